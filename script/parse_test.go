package script

// This file tests the parser.

import (
	"strings"
	"testing"
)

// badScripts are sources that are no scripts, with what is said about them.
var badScripts = []struct{ src, want string }{
	{"module", `1:1: unexpected token "module": expected "(" and a command`},
	{"()", `1:2: unexpected token ")": expected a command`},
	{"(foo)", `1:2: unknown command "foo"`},
	{"\n (module", "2:2: unexpected end: the form here is not closed"},
	{"(func) (module)", ""},
	{"(func) module", `1:8: unexpected token "module": expected "(" and a field of a module`},
	{"(func", "1:1: unexpected end"},
	{"(module) \"abc", "1:10: unclosed string"},
	{"(module) (; abc", "1:10: unclosed comment"},
	{"(module \x80)", "1:9: malformed UTF-8 encoding"},
	{"(module binary 7)", `1:16: unexpected token "7": expected ")"`},
	{"(module binary \"a\" (func))", `1:20: unexpected token "("`},
	{"(module definition $x quote \"a\")", ""},
	{"(module instance $a $b $c)", `1:24: unexpected token "$c"`},
	{"(register M)", `1:11: unexpected token "M": expected a name in quotes`},
	{"(register \"M\" \"N\")", `1:15: unexpected token "N"`},
	{"(invoke $i)", `1:11: unexpected token ")": expected the name of an export`},
	{"(invoke \"f\" 5)", `1:13: unexpected token "5": expected "(" and a value`},
	{"(get \"f\" (i32.const 1))", `1:10: unexpected token "("`},
	{"(assert_return (module))", `1:16: unexpected form "module" in assert_return`},
	{"(assert_invalid (invoke \"f\") \"x\")", `1:17: unexpected form "invoke" in assert_invalid`},
	{"(assert_invalid (module))", `1:25: unexpected token ")": expected the text of the failure`},
	{"(assert_invalid module \"x\")", `1:17: unexpected token "module"`},
	{"(assert_exception (invoke \"f\") \"x\")", `1:32: unexpected token "x"`},
	{"(assert_return (invoke \"f\") (i32.const))", `1:39: unexpected token ")": expected a number`},
	{"(assert_return (invoke \"f\") (i32.const 0x1_0000_0000))", `1:40: constant out of range`},
	{"(assert_return (invoke \"f\") (f32.const nan:other))", `1:40: `},
	{"(assert_return (invoke \"f\") (i32.const nan:canonical))", `1:40: unexpected token "nan:canonical"`},
	{"(invoke \"f\" (f32.const nan:canonical))", `1:24: `},
	{"(invoke \"f\" (either (i32.const 1)))", `1:14: unknown value "either"`},
	{"(invoke \"f\" (ref.func))", `1:14: ref.func is a pattern for results`},
	{"(invoke \"f\" (ref.extern))", `1:24: unexpected token ")": expected the number of a host value`},
	{"(invoke \"f\" (ref.null))", `1:22: unexpected token ")": expected a heap type`},
	{"(invoke \"f\" (ref.null foo))", `1:23: unexpected token "foo": expected a heap type`},
	{"(invoke \"f\" (ref.foo))", `1:14: unknown value "ref.foo"`},
	{"(invoke \"f\" (v128.const i32x5 1))", `1:25: unexpected token "i32x5": expected a shape`},
	{"(invoke \"f\" (v128.const i64x2 1))", `1:32: unexpected token ")": expected a number`},
	{"(invoke \"f\" (v128.const i64x2 1 2 3))", `1:35: unexpected token "3"`},
	{"(invoke \"f\" (foo.const 1))", `1:14: unknown value "foo.const"`},
	{"(invoke \"f\" (u8.const 256))", `1:23: constant out of range`},
	{"(invoke \"f\" (u8.const -1))", `1:23: `},
	{"(invoke \"f\" (bool.const 1))", `1:25: unexpected token "1": expected "true" or "false"`},
	{"(invoke \"f\" (char.const \"ab\"))", `1:25: expected one character, found "ab"`},
	{"(invoke \"f\" (str.const \"\\ff\"))", `1:24: malformed UTF-8 encoding`},
	{"(invoke \"f\" (option.none (u8.const 1)))", `1:26: unexpected token "("`},
	{"(invoke \"f\" (option.some))", `1:25: unexpected token ")"`},
	{"(invoke \"f\" (record.const (u8.const 1)))", `1:28: unexpected token "u8.const": expected "field"`},
	{"(thread (shared $m))", `1:17: unexpected token "$m"`},
	{"(thread $t (foo))", `1:13: unknown command "foo"`},
	{"(wait $t", `1:9: unexpected token the end of the source`},
	{strings.Repeat("(script ", 300), "commands nest deeper than 200"},
	{"(invoke \"f\" " + strings.Repeat("(list.const ", 300), "values nest deeper than 200"},
	{"(invoke \"f\" " + strings.Repeat("(record.const (field \"a\" ", 300), "values nest deeper than 200"},
	{"(module " + strings.Repeat("(", 2000), "parentheses nest deeper than 1000"},
}

func TestParseBad(t *testing.T) {
	for _, tt := range badScripts {
		_, err := Parse([]byte(tt.src))
		switch {
		case err == nil && tt.want != "":
			t.Errorf("%.60q: no error, want %q", tt.src, tt.want)
		case err != nil && (tt.want == "" || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%.60q: %v, want %q", tt.src, err, tt.want)
		}
	}
}

// TestParseValues checks values of components: they are written as they were
// read.
func TestParseValues(t *testing.T) {
	for _, text := range []string{
		`(bool.const true)`, `(bool.const false)`, `(u8.const 255)`, `(s8.const -128)`, `(u16.const 65535)`,
		`(s16.const -32768)`, `(u32.const 4294967295)`, `(s32.const -1)`, `(u64.const 18446744073709551615)`,
		`(s64.const -9223372036854775808)`, `(f32.const 1.5)`, `(f64.const nan:canonical)`, `(char.const "ä")`,
		`(str.const "")`, `(str.const "a\nb")`, `(list.const)`, `(list.const (u8.const 1) (u8.const 2))`,
		`(tuple.const (str.const "a") (list.const))`, `(record.const (field "k" str.const "a") (field "v" u32.const 1))`,
		`(record.const (field "e" enum.const "x") (field "l" list.const (u8.const 1)))`,
		`(variant.const "a")`, `(variant.const "b" (u8.const 7))`, `(enum.const "x")`, `(option.none)`,
		`(option.some (option.some (u8.const 1)))`, `(result.ok)`, `(result.ok (u8.const 1))`, `(result.err)`,
		`(result.err (str.const "e"))`, `(flags.const)`, `(flags.const "a" "b")`,
		`(i32.const -7)`, `(i64.const 8)`, `(v128.const i8x16 0x00 0x01 0x02 0x03 0x04 0x05 0x06 0x07 0x08 0x09 0x0a 0x0b 0x0c 0x0d 0x0e 0xff)`,
		`(v128.const f32x4 1 -inf nan:canonical nan:arithmetic)`, `(ref.null)`, `(ref.null exn)`, `(ref.extern 7)`,
		`(ref.extern)`, `(ref.host 0)`, `(ref.func)`, `(ref.i31)`, `(ref.struct)`, `(ref.array)`, `(ref.eq)`, `(ref.any)`, `(ref)`,
		`(either (i32.const 1) (ref.null func))`,
	} {
		s, err := Parse([]byte(`(assert_return (invoke "f") ` + text + `)`))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := valuesText(s.Commands[0].Expect); got != text {
			t.Errorf("got %s, want %s", got, text)
		}
	}
	s, err := Parse([]byte(`(invoke "f" (record.const (field "k" (u8.const 1))))`))
	if err != nil || s.Commands[0].Action.Args[0].String() != `(record.const (field "k" u8.const 1))` {
		t.Errorf("%v %v", s, err)
	}
}
