package wave

import (
	"math"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
)

var (
	basic    = value.RecordOf(value.Field{Name: "must-have", Type: value.TypeU8}, value.Field{Name: "optional", Type: value.OptionOf(value.TypeU8)})
	allOpt   = value.RecordOf(value.Field{Name: "a", Type: value.OptionOf(value.TypeU8)}, value.Field{Name: "some", Type: value.OptionOf(value.OptionOf(value.TypeU8))})
	status   = value.EnumOf("ok", "not-found", "HTTP3", "true")
	response = value.VariantOf(value.Field{Name: "empty"}, value.Field{Name: "body", Type: value.ListOf(value.TypeU8)}, value.Field{Name: "err", Type: value.TypeString}, value.Field{Name: "none"})
	perms    = value.FlagsOf("read", "write", "true")
	counts   = value.MapOf(value.TypeString, value.TypeU32)
	file     = value.OwnOf(&value.Resource{Name: "file"})
)

func TestParse(t *testing.T) {
	tests := []struct {
		t         *value.Type
		src, want string // want is empty where it is src
	}{
		{value.TypeBool, "true", ""},
		{value.TypeBool, " false // no\n", "false"},
		{value.TypeU8, "255", ""},
		{value.TypeS8, "-128", ""},
		{value.TypeS8, "-0", "0"},
		{value.TypeS16, "-32768", ""},
		{value.TypeU16, "65535", ""},
		{value.TypeS32, "-2147483648", ""},
		{value.TypeU32, "4294967295", ""},
		{value.TypeS64, "-9223372036854775808", ""},
		{value.TypeU64, "18446744073709551615", ""},
		{value.TypeF32, "3.14", ""},
		{value.TypeF64, "6.022e+23", ""},
		{value.TypeF64, "6.022E23", "6.022e+23"},
		{value.TypeF64, "1e-7", ""},
		{value.TypeF64, "0.000001", ""},
		{value.TypeF64, "100000000000000000000", ""},
		{value.TypeF64, "-0", ""},
		{value.TypeF32, "-0.0e-00", "-0"},
		{value.TypeF32, "nan", ""},
		{value.TypeF64, "inf", ""},
		{value.TypeF32, "-inf", ""},
		{value.TypeF32, "3.4028234664e39", "inf"},
		{value.TypeF32, "1.4012984643e-46", "0"},
		{value.TypeF64, "5e-324", ""},
		{value.TypeF64, "1e400", "inf"},
		{value.TypeChar, "'x'", ""},
		{value.TypeChar, "'\"'", ""},
		{value.TypeChar, `'\"'`, `'"'`},
		{value.TypeChar, `'\''`, ""},
		{value.TypeChar, `'\\'`, ""},
		{value.TypeChar, `'\n'`, ""},
		{value.TypeChar, `'\u{0}'`, ""},
		{value.TypeChar, `'\u{10ffff}'`, ""},
		{value.TypeChar, `'\u{0000000000041}'`, "'A'"},
		{value.TypeChar, "'☃'", ""},
		{value.TypeString, `""`, ""},
		{value.TypeString, `"abc\t123"`, ""},
		{value.TypeString, `"'\'\""`, `"''\""`},
		{value.TypeString, "\"\t\x01\"", `"\t\u{1}"`},
		{value.TypeString, `"\u{202e}"`, ""},
		{value.TypeString, "\"\"\"\nA single line\n\"\"\"", `"A single line"`},
		{value.TypeString, "\"\"\"\r\n\"\"\"", `""`},
		{value.TypeString, "\"\"\"\n    In\n      side\n  \"\"\"", `"  In\n    side"`},
		{value.TypeString, "\"\"\"\r\n  a\\r\r\n  \"\"\\\"\"\r\n  \"\"\"", `"a\r\n\"\"\"\""`},
		{value.TupleOf(value.TypeString, value.TypeU8), `("abc", 123)`, ""},
		{value.TupleOf(value.TypeU8), `( 1 , )`, "(1)"},
		{value.ListOf(value.TypeU8), "[]", ""},
		{value.ListOf(value.TypeU8), "[1,2,\n3 ,]", "[1, 2, 3]"},
		{value.ListOf(value.TypeF32), "[1.5, nan, inf]", ""},
		{value.ListOf(value.TypeBool), "[true, false]", ""},
		{value.ListOf(value.TypeChar), "['a', 'b']", ""},
		{value.FixedListOf(value.TypeU16, 2), "[1, 2]", ""},
		{value.ListOf(value.ListOf(value.TypeString)), `[["a"], []]`, ""},
		{basic, "{must-have: 1}", ""},
		{basic, "{optional: none, must-have: 1,}", "{must-have: 1}"},
		{basic, "{%optional: 2, %must-have: 1}", "{must-have: 1, optional: some(2)}"},
		{allOpt, "{:}", ""},
		{allOpt, "{ : }", "{:}"},
		{allOpt, "{some: some(none), a: 3}", "{a: some(3), some: some(none)}"},
		{response, "empty", ""},
		{response, "%empty", "empty"},
		{response, "body([79, 75])", ""},
		{response, `body ( [ ] )`, "body([])"},
		{response, `%err("oops")`, ""},
		{response, `%none`, ""},
		{status, "%ok", ""},
		{status, "not-found", ""},
		{status, "HTTP3", ""},
		{status, "%true", ""},
		{value.OptionOf(value.TypeU8), "123", "some(123)"},
		{value.OptionOf(value.TypeU8), "some(123)", ""},
		{value.OptionOf(value.TypeU8), "none", ""},
		{value.OptionOf(response), "%none", "some(%none)"},
		{value.OptionOf(response), "none", ""},
		{value.OptionOf(value.OptionOf(value.TypeU8)), "some(1)", "some(some(1))"},
		{value.OptionOf(value.OptionOf(value.TypeU8)), "some(none)", ""},
		{value.ResultOf(value.TypeU8, nil), "123", "ok(123)"},
		{value.ResultOf(value.TypeU8, nil), "err", ""},
		{value.ResultOf(nil, value.TypeString), `err("oops")`, ""},
		{value.ResultOf(nil, value.TypeString), "ok", ""},
		{value.ResultOf(nil, nil), "ok", ""},
		{value.ResultOf(value.OptionOf(value.TypeU8), nil), "ok(5)", "ok(some(5))"},
		{perms, "{}", ""},
		{perms, "{write, read,}", "{read, write}"},
		{perms, "{true}", ""},
		{perms, "{%true}", "{true}"},
		{counts, "{}", ""},
		{counts, "{:}", "{}"},
		{counts, `{"a": 1, "b": 2, "a": 3,}`, `{"a": 1, "b": 2, "a": 3}`},
		{value.MapOf(value.TypeBool, counts), `{true: {"x": 1}}`, ""},
	}
	for _, tt := range tests {
		want := tt.want
		if want == "" {
			want = tt.src
		}
		v, err := Parse(tt.t, tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if got := Print(v); got != want {
			t.Errorf("%s: got %s, want %s", tt.src, got, want)
		}
		if again, err := Parse(tt.t, Print(v)); err != nil || !again.Equal(v) {
			t.Errorf("%s: printed and read again: %v, %v", tt.src, again, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		t         *value.Type
		src, want string
	}{
		{value.TypeBool, "", "1:1: expected a value of type `bool`, found the end of the text"},
		{value.TypeBool, "yes", "1:1: expected a value of type `bool`, found `yes`"},
		{value.TypeBool, "%true", "1:1: expected a value of type `bool`, found `%true`"},
		{value.TypeBool, "true false", "1:6: expected the end of the text, found `false`"},
		{value.TypeU8, "256", "1:1: 256 is beyond the numbers of type `u8`"},
		{value.TypeU8, "-1", "1:1: -1 is beyond the numbers of type `u8`"},
		{value.TypeU8, "01", "1:1: expected a value of type `u8`, found `01`"},
		{value.TypeU8, "1.0", "1:1: expected a value of type `u8`, found `1`"},
		{value.TypeU8, "1x", "1:1: expected a value of type `u8`, found `1x`"},
		{value.TypeU8, "`", "1:1: expected a value of type `u8`, found a backquote"},
		{value.TypeF32, "-nan", "expected a value of type `f32`"},
		{value.TypeF32, "Infinity", "expected a value of type `f32`"},
		{value.TypeF32, "1.", "expected a value of type `f32`"},
		{value.TypeF32, ".5", "expected a value of type `f32`"},
		{value.TypeF32, "1e", "expected a value of type `f32`"},
		{value.TypeF32, "0x10", "expected a value of type `f32`"},
		{value.TypeChar, "''", "expected a character"},
		{value.TypeChar, "'", "expected a character, found the end"},
		{value.TypeChar, "'ab'", "expected one character"},
		{value.TypeChar, `'\z'`, "expected an escape"},
		{value.TypeChar, `'\`, "expected an escape"},
		{value.TypeChar, `'\u1f'`, "expected \\u{...}"},
		{value.TypeChar, `'\u{}'`, "expected \\u{...}"},
		{value.TypeChar, `'\u{x}'`, "expected \\u{...}"},
		{value.TypeChar, `'\u{1f`, "expected \\u{...}"},
		{value.TypeChar, `'\u{d800}'`, "`\\u{d800}` is not a Unicode scalar value"},
		{value.TypeChar, `'\u{110000}'`, "is not a Unicode scalar value"},
		{value.TypeChar, `'\u{ffffffffffffffff0}'`, "is not a Unicode scalar value"},
		{value.TypeChar, "'\n'", "expected a character"},
		{value.TypeString, `"abc`, "1:1: the string does not end"},
		{value.TypeString, "\"abc\n\"", "1:5: line break in a string"},
		{value.TypeString, `""""""`, "expected a line break behind the opening"},
		{value.TypeString, "\"\"\"\n\"\"", "the string does not end"},
		{value.TypeString, "\"\"\"\nx\"\"\"", "2:2: expected nothing but spaces"},
		{value.TypeString, "\"\"\"\n x\n  \"\"\"", "2:1: expected at least 2 spaces"},
		{value.TypeString, "\"\"\"\n  a\n\n  \"\"\"", "3:1: expected at least 2 spaces"},
		{value.TypeString, "\"\"\"\n\\j\n\"\"\"", "2:1: expected an escape"},
		{value.TypeString, "\"\xff\"", "1:2: byte 0xff is not UTF-8"},
		{value.TupleOf(value.TypeU8, value.TypeU8), "(1)", "expected 2 elements"},
		{value.TupleOf(value.TypeU8, value.TypeU8), "(1, 2, 3)", "1:8: too many elements"},
		{value.ListOf(value.TypeU8), "[,]", "1:2: expected a value of type `u8`, found `,`"},
		{value.ListOf(value.TypeU8), "[1,,]", "1:4: expected a value of type `u8`, found `,`"},
		{value.ListOf(value.TypeU8), "[1)", "1:3: expected `,` or `]`, found `)`"},
		{value.FixedListOf(value.TypeU8, 2), "[1]", "must have 2 elements, not 1"},
		{value.FixedListOf(value.TypeU8, 2), "[1, 2, 3]", "too many elements"},
		{basic, "{}", "expected a field of type"},
		{basic, "{:}", "field `must-have` is missing, of type `u8`"},
		{basic, "{\n  x: 1}", "2:3: there is no field `x` in type `record { must-have: u8, optional: option<u8> }`"},
		{basic, "{must-have: 1, must-have: 2}", "1:16: field `must-have` is there twice"},
		{basic, "{must-have: 1, optional: none, optional: none}", "is there twice"},
		{basic, "{must_have: 1}", "there is no field `must`"},
		{basic, "{Must-have: 1}", "in kebab case, found `Must-have`"},
		{response, "full", "there is no case `full`"},
		{response, "body", "expected a payload of type `list<u8>` in parentheses, found the end"},
		{response, "body()", "expected a value of type `list<u8>`"},
		{response, "empty(1)", "case `empty` has no payload"},
		{response, `err("x")`, "`err` is a keyword: write `%err`"},
		{status, "ok", "`ok` is a keyword"},
		{status, "not-found(1)", "expected the end of the text"},
		{value.OptionOf(value.TypeU8), "some", "expected a payload"},
		{value.OptionOf(value.TypeU8), "some(some(0))", "expected a value of type `u8`"},
		{value.OptionOf(value.TypeU8), "none(0)", "case `none` has no payload"},
		{value.OptionOf(value.OptionOf(value.TypeU8)), "1", "expected a value of type `option<option<u8>>`"},
		{value.ResultOf(nil, value.TypeU8), "1", "expected a value of type `result<_, u8>`"},
		{value.ResultOf(value.TypeU8, nil), "ok", "expected a payload"},
		{perms, "{read, read}", "label `read` is there twice"},
		{perms, "{execute}", "there is no label `execute` in type `flags { read, write, true }`"},
		{perms, "{:}", "expected a label"},
		{counts, `{"a"}`, "expected `:`, found `}`"},
		{file, "1", "a value of type `own<file>` has no text form"},
		{value.StreamOf(value.TypeU8), "[1]", "a value of type `stream<u8>` has no text form"},
		{value.FutureOf(nil), "<future>", "a value of type `future` has no text form"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.t, tt.src)
		e, ok := err.(*diag.Error)
		if !ok || e.At.Line == 0 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.src, err, tt.want)
		}
	}
}

func TestParseLimits(t *testing.T) {
	deep := value.TypeU8
	for range MaxDepth {
		deep = value.ListOf(deep)
	}
	fields := make([]value.Field, 10000)
	for i := range fields {
		fields[i] = value.Field{Name: "f" + strings.Repeat("x", i%50), Type: value.OptionOf(value.TypeU8)}
	}
	for _, tt := range []struct {
		t   *value.Type
		src string
	}{
		{deep, strings.Repeat("[", 300)},
		{value.TypeString, strings.Repeat(" ", MaxText+1)},
		{value.ListOf(value.RecordOf(fields...)), "[" + strings.Repeat("{:},", 1000) + "]"},
	} {
		_, err := Parse(tt.t, tt.src)
		if e, ok := err.(*diag.Error); !ok || e.Code != CodeLimit {
			t.Errorf("%.20s: %v", tt.src, err)
		}
	}
}

func TestCall(t *testing.T) {
	params := []value.Field{{Name: "a", Type: value.TypeString}, {Name: "b", Type: value.OptionOf(value.TypeU8)}}
	tests := []struct{ src, name, args string }{
		{`find("x")`, "find", `"x" none`},
		{` %find ( "x" , 1 ) // done`, "find", `"x" some(1)`},
		{`registry.find("x", none,)`, "registry#find", `"x" none`},
		{`registry#find("x")`, "registry#find", `"x" none`},
		{`docs:people/registry.find("x")`, "docs:people/registry#find", `"x" none`},
		{`docs:people/registry#find("x")`, "docs:people/registry#find", `"x" none`},
		{`docs:people/registry@1.0.0#find("x")`, "docs:people/registry@1.0.0#find", `"x" none`},
		{`docs:people/registry@1.0.0-rc.1.find("x")`, "docs:people/registry@1.0.0-rc.1#find", `"x" none`},
		{`docs:people/registry.find@1.0.0("x")`, "docs:people/registry@1.0.0#find", `"x" none`},
		{`docs:people/registry.[method]file.read("x")`, "docs:people/registry#[method]file.read", `"x" none`},
		{`[constructor]file("(")`, "[constructor]file", `"(" none`},
	}
	for _, tt := range tests {
		c, err := ParseCall(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		for range 2 {
			args, err := c.Args(params)
			var got []string
			for _, a := range args {
				got = append(got, a.String())
			}
			if err != nil || c.String() != tt.name || strings.Join(got, " ") != tt.args {
				t.Errorf("%s: got %s(%s), %v", tt.src, c, got, err)
			}
		}
	}
}

func TestCallErrors(t *testing.T) {
	params := []value.Field{{Name: "a", Type: value.TypeString}}
	tests := []struct{ src, want string }{
		{"", "expected `(`"},
		{"find", "1:5: expected `(`"},
		{"find()", "1:6: `find` has 1 parameters, found 0 arguments: parameter `a` of type `string` is missing"},
		{`find("x", 1)`, "1:11: too many arguments: `find` has 1 parameters"},
		{`find("x"`, "expected `,` or `)`"},
		{`find("x") x`, "expected the end of the text, found `x`"},
		{`("x")`, "1:1: expected the name of a function"},
		{`Find_it("x")`, "expected the name of a function"},
		{`a:b#find("x")`, "expected the name of a function"},
		{`a:b/c@1.0.0("x")`, "expected the name of a function"},
		{`[method]file("x")`, "expected the name of a function"},
	}
	for _, tt := range tests {
		c, err := ParseCall(tt.src)
		if err == nil {
			_, err = c.Args(params)
		}
		if _, ok := err.(*diag.Error); !ok || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.src, err, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	iface, fn, err := ParseName("a:b/c@0.1.0#d")
	if iface != "a:b/c@0.1.0" || fn != "d" || err != nil {
		t.Error(iface, fn, err)
	}
	if _, _, err := ParseName("a:b/c#"); err == nil {
		t.Error("no error")
	}
}

func TestFloatBits(t *testing.T) {
	for _, bits := range []uint64{0, 1, 1 << 63, 0x7fefffffffffffff, 0x3ff0000000000001, 0x4340000000000001} {
		v := value.F64(math.Float64frombits(bits))
		if w, err := Parse(value.TypeF64, Print(v)); err != nil || w.Bits() != bits {
			t.Errorf("%x: %s, %v", bits, Print(v), err)
		}
	}
}
