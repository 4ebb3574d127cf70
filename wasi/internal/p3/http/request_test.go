package http

import (
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

func TestRequest(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	r := must(g.h.RequestNew(ctx, g.fields(), nil, none(), nil)).F0
	if must(r.GetMethod(ctx)) != (gen.Method{}) || must(r.GetPathWithQuery(ctx)) != nil || must(r.GetScheme(ctx)) != nil ||
		must(r.GetAuthority(ctx)) != nil || must(r.GetOptions(ctx)) != nil {
		t.Error("the request is not empty")
	}
	for c := range gen.MethodOther {
		if err := r.SetMethod(ctx, gen.Method{Case: gen.MethodOther, Other: message.MethodText(int(c), "")}); err != nil || must(r.GetMethod(ctx)).Case != c {
			t.Errorf("%v, %v", must(r.GetMethod(ctx)), err)
		}
	}
	for s, ok := range map[string]bool{"coucou": true, "get": true, "": false, "a b": false, strings.Repeat("a", message.MaxMethod+1): false} {
		m := gen.Method{Case: gen.MethodOther, Other: s}
		if err := r.SetMethod(ctx, m); (err == nil) != ok || (must(r.GetMethod(ctx)) == m) != ok {
			t.Errorf("method %q: %v", s, err)
		}
		r.SetMethod(ctx, gen.Method{})
	}
	for s, want := range map[string]string{
		"": "/", "/a?b": "/a?b", "a/b": "a/b", "/é": "/é", "/ ": "-", "/\n": "-", "/" + strings.Repeat("a", message.MaxPath): "-",
	} {
		if err := r.SetPathWithQuery(ctx, &s); (err != nil) != (want == "-") || err == nil && *must(r.GetPathWithQuery(ctx)) != want {
			t.Errorf("path %.20q: %v", s, err)
		}
	}
	for s, want := range map[string]gen.Scheme{
		"http": {Case: gen.SchemeHTTP}, "https": {Case: gen.SchemeHTTPS}, "ftp": {Case: gen.SchemeOther, Other: "ftp"},
	} {
		if err := r.SetScheme(ctx, &gen.Scheme{Case: gen.SchemeOther, Other: s}); err != nil || *must(r.GetScheme(ctx)) != want {
			t.Errorf("scheme %q: %v", s, err)
		}
	}
	if r.SetScheme(ctx, &gen.Scheme{Case: gen.SchemeOther}) == nil || r.SetAuthority(ctx, ptr("::")) == nil || r.SetAuthority(ctx, ptr("")) == nil {
		t.Error("what is wrong was taken")
	}
	if err := r.SetAuthority(ctx, ptr("u:p@h:80")); err != nil || *must(r.GetAuthority(ctx)) != "u:p@h:80" {
		t.Error(err)
	}
	for _, err := range []error{r.SetAuthority(ctx, nil), r.SetPathWithQuery(ctx, nil), r.SetScheme(ctx, nil)} {
		if err != nil {
			t.Error(err)
		}
	}
	r.Drop(ctx)
	g.idle()
}

func TestOptions(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	o := must(g.h.NewRequestOptions(ctx))
	for _, err := range []error{o.SetConnectTimeout(ctx, ptr(uint64(1))), o.SetFirstByteTimeout(ctx, ptr(uint64(2))), o.SetBetweenBytesTimeout(ctx, ptr(uint64(3)))} {
		if err != nil {
			t.Error(err)
		}
	}
	c := must(o.Clone(ctx))
	c.SetConnectTimeout(ctx, nil)
	r := must(g.h.RequestNew(ctx, g.fields(), nil, none(), o)).F0
	got := must(r.GetOptions(ctx))
	if *must(got.GetConnectTimeout(ctx)) != 1 || *must(got.GetFirstByteTimeout(ctx)) != 2 || *must(got.GetBetweenBytesTimeout(ctx)) != 3 {
		t.Error("the options are not those that were given")
	}
	for _, err := range []error{got.SetConnectTimeout(ctx, nil), got.SetFirstByteTimeout(ctx, nil), got.SetBetweenBytesTimeout(ctx, nil)} {
		if err != error(gen.RequestOptionsError{Case: gen.RequestOptionsErrorImmutable}) {
			t.Error(err)
		}
	}
	if m := must(got.Clone(ctx)); m.SetConnectTimeout(ctx, ptr(uint64(9))) != nil || *must(got.GetConnectTimeout(ctx)) != 1 {
		t.Error("a clone is not one of its own")
	}
	r.Drop(ctx)
}

// TestConsume: the parts of a guest's message are those that it gave, and the
// result of handling them is that of the transmission.
func TestConsume(t *testing.T) {
	checkLeaks(t)
	g := newGuest(t, Config{})
	w := watch(strings.NewReader("abc"))
	tr := none()
	r, sent := g.request("", nil, w, tr)
	p, res := bind.NewPromise[verdict]()
	parts := must(g.h.RequestConsumeBody(g.ctx, r, res))
	if parts.F0.(*watched) != w || parts.F1 != tr {
		t.Error("the parts are others")
	}
	p.Resolve(verdict{IsErr: true, Err: gen.ErrorCode{Case: gen.ErrorCodeLoopDetected}})
	if v := g.verdict(sent); v != "loop-detected" {
		t.Error(v)
	}
	parts.F0.Close()
	g.idle()
	// No contents are a stream that has ended.
	r, sent = g.request("", nil, nil, none())
	if body, tail := g.parts(must(g.h.RequestConsumeBody(g.ctx, r, bind.Resolved(verdict{})))); body != "" || tail != "" {
		t.Errorf("%q, %q", body, tail)
	}
	if v := g.verdict(sent); v != "ok" {
		t.Error(v)
	}
	// Nobody waits for more results than the limit.
	g.st.verdicts.Max = 10
	busy := 0
	for range 100 {
		r, sent := g.request("", nil, nil, none())
		_, never := bind.NewPromise[verdict]()
		must(g.h.RequestConsumeBody(g.ctx, r, never))
		if g.st.verdicts.Count() == 10 && busy < 90 {
			busy++
			if busy > 1 {
				if v := g.verdict(sent); v != "internal-error" {
					t.Error(v)
				}
			}
		}
	}
	if busy < 90 {
		t.Errorf("%d results were given up", busy)
	}
	g.g.Close()
	eventually(t, "nobody waits", func() bool { return g.st.verdicts.Count() == 0 })
}
