package http

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

func TestFields(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	f := g.fields("foo", "1", "bar", "2", "FOO", "3")
	if got := g.text(f); got != "foo: 1\nbar: 2\nfoo: 3\n" {
		t.Errorf("%q", got)
	}
	c := must(f.Clone(ctx))
	if got := must(f.GetAndDelete(ctx, "Foo")); len(got) != 2 || string(got[0]) != "1" || string(got[1]) != "3" {
		t.Errorf("%q", got)
	}
	if got := must(f.GetAndDelete(ctx, "Foo")); got == nil || len(got) != 0 {
		t.Errorf("%q", got)
	}
	if err := f.Set(ctx, "BAR", [][]byte{[]byte(" x "), {}}); err != nil || g.text(f) != "BAR:  x \nBAR: \n" {
		t.Errorf("%q, %v", g.text(f), err)
	}
	if err := f.Set(ctx, "bar", nil); err != nil || must(f.Has(ctx, "bar")) {
		t.Errorf("%q, %v", g.text(f), err)
	}
	if got := g.text(c); got != "foo: 1\nbar: 2\nfoo: 3\n" {
		t.Errorf("the clone became %q", got)
	}
	f.Drop(ctx)
	c.Drop(ctx)
	g.idle()
}

func TestFieldsErrors(t *testing.T) {
	g := newGuest(t, Config{})
	ctx := g.ctx
	is := func(c gen.HeaderErrorCase) error { return gen.HeaderError{Case: c} }
	big := bytes.Repeat([]byte("x"), DefaultMaxFields)
	for _, test := range []struct {
		name  string
		value []byte
		want  gen.HeaderErrorCase
	}{
		{"", nil, gen.HeaderErrorInvalidSyntax}, {"a b", nil, gen.HeaderErrorInvalidSyntax}, {"é", nil, gen.HeaderErrorInvalidSyntax},
		{"a", []byte("\n"), gen.HeaderErrorInvalidSyntax}, {"a", []byte("\x7f"), gen.HeaderErrorInvalidSyntax},
		{"Host", nil, gen.HeaderErrorForbidden}, {"KEEP-alive", nil, gen.HeaderErrorForbidden},
		{"a", big, gen.HeaderErrorSizeExceeded},
	} {
		f := g.fields("k", "v")
		_, fromErr := g.h.FieldsFromList(ctx, []bind.Tuple2[string, []byte]{{F0: "ok"}, {F0: test.name, F1: test.value}})
		errs := []error{f.Append(ctx, test.name, test.value), f.Set(ctx, test.name, [][]byte{test.value}), fromErr}
		if test.value == nil {
			_, err := f.GetAndDelete(ctx, test.name)
			errs = append(errs, f.Delete(ctx, test.name), err)
		}
		for i, err := range errs {
			if err != is(test.want) {
				t.Errorf("%q, operation %d: %v", test.name, i, err)
			}
		}
		if g.text(f) != "k: v\n" {
			t.Errorf("%q", g.text(f))
		}
		f.Drop(ctx)
	}
	r, _ := g.request("", g.fields("a", "1"), nil, none())
	h := must(r.GetHeaders(ctx))
	_, err := h.GetAndDelete(ctx, "a")
	for _, err := range []error{err, h.Append(ctx, "b", nil), h.Set(ctx, "a", nil), h.Delete(ctx, "a")} {
		if err != is(gen.HeaderErrorImmutable) {
			t.Error(err)
		}
	}
	r.Drop(ctx)
	if g.text(h) != "a: 1\n" {
		t.Errorf("a child of a dropped request: %q", g.text(h))
	}
	h.Drop(ctx)
	g.idle()
}

// TestCodes: what a code carries survives the way to the guest and back.
func TestCodes(t *testing.T) {
	for c := range hosthttp.Code(hosthttp.CodeCount) {
		n := uint64(7)
		for _, e := range []*hosthttp.Error{{Code: c}, {Code: c, Detail: "d", Number: &n}} {
			code := errorCode(e)
			back := ErrorOf(code)
			if back.Code != c {
				t.Errorf("%q became %q", c, back.Code)
			}
			if again := errorCode(back); !reflect.DeepEqual(again, code) {
				t.Errorf("%v became %v", code, again)
			}
		}
	}
	if c := errorCode(errTest); c.Case != gen.ErrorCodeInternalError || *c.InternalError == errTest.Error() {
		t.Error(c)
	}
	if c := errorCode(message.Broken(errTest)); c.Case != gen.ErrorCodeConnectionTerminated {
		t.Error(c)
	}
}
