package http

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

func TestFields(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	f := g.fields("B-x", "1", "a", "2", "b-X", "3")
	if got := g.text(f); got != "B-x: 1\na: 2\nb-X: 3\n" {
		t.Errorf("entries %q", got)
	}
	if got := must(f.Get(ctx, "B-X")); len(got) != 2 || string(got[0]) != "1" || string(got[1]) != "3" {
		t.Errorf("get %q", got)
	}
	for name, want := range map[string]bool{"A": true, "b-x": true, "c": false, "": false, "a b": false} {
		if must(f.Has(ctx, name)) != want {
			t.Errorf("has %q is not %v", name, want)
		}
		if got := must(f.Get(ctx, name)); got == nil || (len(got) > 0) != want {
			t.Errorf("get %q = %q", name, got)
		}
	}
	c := must(f.Clone(ctx))
	if err := f.Set(ctx, "b-x", [][]byte{[]byte("4"), {}}); err != nil {
		t.Fatal(err)
	}
	if got := g.text(f); got != "b-x: 4\nb-x: \na: 2\n" {
		t.Errorf("after set: %q", got)
	}
	if err := f.Delete(ctx, "A"); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(ctx, "nothing"); err != nil {
		t.Fatal(err)
	}
	if err := f.Set(ctx, "b-x", nil); err != nil || g.text(f) != "" {
		t.Errorf("after set to nothing: %q, %v", g.text(f), err)
	}
	if got := g.text(c); got != "B-x: 1\na: 2\nb-X: 3\n" {
		t.Errorf("the clone became %q", got)
	}
	if err := c.Append(ctx, "new", []byte("\xff")); err != nil {
		t.Error(err)
	}
	f.Drop(ctx)
	c.Drop(ctx)
	if g.st.fields.Used() != 0 {
		t.Errorf("%d bytes are still counted", g.st.fields.Used())
	}
}

func TestFieldsErrors(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	tests := []struct {
		name, value string
		want        error
	}{
		{"", "x", invalid}, {"a b", "x", invalid}, {"a\r\n", "x", invalid}, {"é", "x", invalid}, {"a:", "x", invalid},
		{"a", "x\r\ny: z", invalid}, {"a", "\x00", invalid}, {"a", "\x7f", invalid},
		{"Host", "x", forbidden}, {"connection", "x", forbidden}, {"Keep-Alive", "x", forbidden}, {"TRANSFER-ENCODING", "x", forbidden},
		{"upgrade", "x", forbidden}, {"proxy-connection", "x", forbidden}, {"Proxy-Authenticate", "x", forbidden},
		{"proxy-authorization", "x", forbidden}, {"HTTP2-Settings", "x", forbidden},
	}
	for _, test := range tests {
		f := g.fields("k", "v")
		if err := f.Append(ctx, test.name, []byte(test.value)); err != test.want {
			t.Errorf("append %q: %q is %v", test.name, test.value, err)
		}
		if err := f.Set(ctx, test.name, [][]byte{[]byte("ok"), []byte(test.value)}); err != test.want {
			t.Errorf("set %q: %q is %v", test.name, test.value, err)
		}
		if _, err := g.h.FieldsFromList(ctx, []bind.Tuple2[string, []byte]{{F0: "ok"}, {F0: test.name, F1: []byte(test.value)}}); err != test.want {
			t.Errorf("from-list %q: %q is %v", test.name, test.value, err)
		}
		if test.value == "x" {
			if err := f.Delete(ctx, test.name); err != test.want {
				t.Errorf("delete %q is %v", test.name, err)
			}
		}
		if got := g.text(f); got != "k: v\n" {
			t.Errorf("fields are %q", got)
		}
	}
	f := must(g.h.FieldsFromList(ctx, []bind.Tuple2[string, []byte]{{F0: "A", F1: []byte("1")}, {F0: "a", F1: nil}}))
	r := must(g.h.NewOutgoingRequest(ctx, f))
	h := must(r.Headers(ctx))
	for _, err := range []error{h.Append(ctx, "host", nil), h.Set(ctx, "a b", nil), h.Delete(ctx, "a")} {
		if err != immutable {
			t.Errorf("immutable fields say %v", err)
		}
	}
	r.Drop(ctx)
	if g.text(h) != "A: 1\na: \n" {
		t.Errorf("the child of a dropped request is %q", g.text(h))
	}
	c := must(h.Clone(ctx))
	if err := c.Delete(ctx, "a"); err != nil || g.text(h) == g.text(c) {
		t.Error("the clone is not one of its own")
	}
}

func TestFieldsLimits(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	f := g.fields()
	n := 0
	for f.Append(ctx, "n", nil) == nil {
		n++
	}
	if n != DefaultMaxFields/(message.PerField+1) {
		t.Errorf("%d fields fit", n)
	}
	if err := f.Append(ctx, "n", nil); err != invalid {
		t.Errorf("error %v", err)
	}
	big := bytes.Repeat([]byte("x"), DefaultMaxFields)
	e := g.fields()
	for _, err := range []error{e.Append(ctx, "a", big), e.Set(ctx, "a", [][]byte{big}), e.Set(ctx, "a", make([][]byte, DefaultMaxFields/message.PerField))} {
		if err != invalid {
			t.Errorf("error %v", err)
		}
	}
	if _, err := g.h.FieldsFromList(ctx, make([]bind.Tuple2[string, []byte], 40_000)); err != invalid {
		t.Errorf("error %v", err)
	}
	many := make([]bind.Tuple2[string, []byte], 40_000)
	for i := range many {
		many[i].F0 = fmt.Sprint("x", i)
	}
	if _, err := g.h.FieldsFromList(ctx, many); err != invalid {
		t.Errorf("error %v", err)
	}
	// Clones cost nothing until they change, and then they count.
	clones := []gen.Fields{}
	for range 10 * message.AllFields {
		clones = append(clones, must(f.Clone(ctx)))
	}
	changed := 0
	for _, c := range clones {
		if c.Delete(ctx, "x") == nil {
			changed++
		}
	}
	if changed != message.AllFields-1 {
		t.Errorf("%d clones could be changed", changed)
	}
	for _, c := range clones {
		c.Drop(ctx)
	}
	f.Drop(ctx)
	if g.st.fields.Used() != 0 {
		t.Errorf("%d bytes are still counted", g.st.fields.Used())
	}
}

func TestIncomingFields(t *testing.T) {
	g := newGuest(t, Config{})
	r := must(g.st.NewIncomingRequest(IncomingConfig{Header: hosthttp.Header{
		"X-B": {"1", "2"}, "Accept": {"*/*"}, "Connection": {"close"}, "Host": {"h"},
		"X-C": {"a\rb\x00\xff"}, "a b": {"c"},
	}}))
	h := must(r.Headers(g.ctx))
	if got := g.text(h); got != "accept: */*\nx-b: 1\nx-b: 2\nx-c: a b \xff\n" {
		t.Errorf("%q", got)
	}
	if h.Set(g.ctx, "a", nil) != immutable {
		t.Error("the headers can be changed")
	}
	r.Drop(g.ctx)
	h.Drop(g.ctx)
	if g.st.fields.Used() != 0 {
		t.Errorf("%d bytes are still counted", g.st.fields.Used())
	}
}

// FuzzFieldsModel runs operations on fields and on a plain list beside them.
func FuzzFieldsModel(f *testing.F) {
	f.Add([]byte("abcdefghijkl"))
	f.Add([]byte{0, 1, 2, 3, 200, 100, 50, 4, 9, 9, 9})
	f.Fuzz(func(t *testing.T, ops []byte) {
		g := newGuest(t, Config{MaxFields: 1000})
		ctx := g.ctx
		names := []string{"a", "A", "b", "host", "x y", "cc"}
		fs := []gen.Fields{g.fields()}
		models := [][]message.Field{nil}
		for i, op := range ops {
			k := i % len(fs)
			name := names[int(op>>3)%len(names)]
			var err error
			want := slices.Clone(models[k])
			drop := func() {
				want = slices.DeleteFunc(want, func(e message.Field) bool { return strings.EqualFold(e.Name, name) })
			}
			switch op % 4 {
			case 0:
				err = fs[k].Append(ctx, name, []byte{op | 0x80})
				want = append(want, message.Field{Name: name, Value: string([]byte{op | 0x80})})
			case 1:
				err = fs[k].Delete(ctx, name)
				drop()
			case 2:
				at := slices.IndexFunc(want, func(e message.Field) bool { return strings.EqualFold(e.Name, name) })
				drop()
				if at < 0 {
					at = len(want)
				}
				want = slices.Insert(want, at, message.Field{Name: name, Value: "s"}, message.Field{Name: name, Value: ""})
				err = fs[k].Set(ctx, name, [][]byte{[]byte("s"), nil})
			case 3:
				if len(fs) < 4 {
					fs = append(fs, must(fs[k].Clone(ctx)))
					models = append(models, slices.Clone(models[k]))
				}
			}
			if err == nil {
				models[k] = want
			}
			got := fs[k].(*Fields).f.List()
			if !slices.Equal(got.Entries(), models[k]) {
				t.Fatalf("after %d operations: %q, want %q (%v)", i+1, got.Entries(), models[k], err)
			}
			if got.Size() > 1000 {
				t.Fatalf("the size is %d", got.Size())
			}
		}
		for _, f := range fs {
			f.Drop(ctx)
		}
		if g.st.fields.Used() != 0 {
			t.Fatalf("%d bytes are still counted", g.st.fields.Used())
		}
	})
}
