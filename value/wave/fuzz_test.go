package wave

// This file fuzzes the parser: what it reads, it prints so that it reads the
// same value again.

import (
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
)

// fuzzTypes are the types that texts are read as.
var fuzzTypes = func() []*value.Type {
	out := []*value.Type{basic, allOpt, status, response, perms, counts, file,
		value.ListOf(value.TypeU8), value.ListOf(value.TypeF32), value.ListOf(value.ListOf(value.TypeString)),
		value.OptionOf(response), value.OptionOf(value.OptionOf(basic)), value.ResultOf(value.ListOf(perms), status),
		value.FixedListOf(value.TypeChar, 2), value.MapOf(value.TypeBool, allOpt),
		value.TupleOf(value.TypeString, value.TypeF64, value.OptionOf(value.TypeS8))}
	for k := value.KindBool; k <= value.KindString; k++ {
		out = append(out, value.Prim(k))
	}
	return out
}()

func FuzzParse(f *testing.F) {
	for i, src := range []string{"{must-have: 1, optional: 2}", "{:}", "%ok", `body([1, 2])`, "{read, %true}", `{"a": 1}`, "1",
		"[0, 255]", "[-0, nan, 1e9]", `[["\u{1f}"], []]`, "%none", "some(none)", "ok([{}])", "['a', '\\'']", "{true: {:}}",
		"(\"\"\"\n  a\n  \"\"\", -inf, -1)", "true", "-1", "1", "-1", "1", "-1", "1", "-1", "1", "1.5", "1e-7", "'x'", `"\t"`} {
		f.Add(byte(i), src)
	}
	f.Fuzz(func(t *testing.T, i byte, src string) {
		typ := fuzzTypes[int(i)%len(fuzzTypes)]
		v, err := Parse(typ, src)
		if err != nil {
			if e, ok := err.(*diag.Error); !ok || e.At.Line == 0 || e.At.Offset > int64(len(src)) {
				t.Errorf("error without a place: %#v", err)
			}
			return
		}
		if !v.Type().Equal(typ) {
			t.Errorf("type %s, want %s", v.Type(), typ)
		}
		text := Print(v)
		w, err := Parse(typ, text)
		if err != nil || !w.Equal(v) || Print(w) != text {
			t.Errorf("%s: %v, %v", text, w, err)
		}
	})
}

func FuzzCall(f *testing.F) {
	for _, src := range []string{`a:b/c@1.0.0.d("x", 1)`, "f()", "[method]a.b(())", "a#b(//\n)"} {
		f.Add(src)
	}
	params := []value.Field{{Name: "a", Type: value.OptionOf(value.TypeString)}, {Name: "b", Type: value.OptionOf(value.TypeU8)}}
	f.Fuzz(func(t *testing.T, src string) {
		c, err := ParseCall(src)
		if err != nil {
			return
		}
		iface, fn, err := ParseName(c.String())
		if iface != c.Interface || fn != c.Func || err != nil {
			t.Errorf("%q: %q %q, %v", src, iface, fn, err)
		}
		if args, err := c.Args(params); err == nil && len(args) != 2 {
			t.Errorf("%q: %v", src, args)
		}
	})
}
