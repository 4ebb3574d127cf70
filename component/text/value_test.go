// This file checks the encoding of values.

package text

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
)

func TestValues(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{`bool true`, "01"},
		{`bool false`, "00"},
		{`u8 255`, "ff"},
		{`s8 -1`, "ff"},
		{`s8 -128`, "80"},
		{`u16 0xffff`, "ffff03"},
		{`s16 -32768`, "80807e"},
		{`u32 4_294_967_295`, "ffffffff0f"},
		{`s32 +64`, "c000"},
		{`u64 18446744073709551615`, "ffffffffffffffffff01"},
		{`s64 -9223372036854775808`, "8080808080808080807f"},
		{`f32 9.5`, "00001841"},
		{`f32 nan`, "0000c07f"},
		{`f64 nan`, "000000000000f87f"},
		{`f64 -inf`, "000000000000f0ff"},
		{`f64 1`, "000000000000f03f"},
		{`char 'a'`, "61"},
		{`char '☃'`, "e29883"},
		{`char '"'`, "22"},
		{`char '('`, "28"},
		{`char ';'`, "3b"},
		{`char (; '"' ;) ' ' ;; '`, "20"},
		{`char '\''`, "27"},
		{`char '\n'`, "0a"},
		{`char '\41'`, "41"},
		{`char '\u{1_f600}'`, "f09f9880"},
		{`string "hello"`, "0568656c6c6f"},
		{`(record (field "a" bool) (field "b" u8)) (record true 1)`, "0101"},
		{`(variant (case "a" bool) (case "b" u8) (case "c")) (variant "b" 1)`, "0101"},
		{`(variant (case "a" bool) (case "c")) (variant "c")`, "01"},
		{`(list (result (option u8))) (list error (ok (some 1)) (ok none) error (ok (some 2)))`, "05" + "01" + "000101" + "0000" + "01" + "000102"},
		{`(result u8 (error string)) (error "x")`, "010178"},
		{`(result) ok`, "00"},
		{`(tuple u8 u16 u32) (tuple 1 2 300)`, "0102ac02"},
		{`(flags "a" "b" "c") (flags "a" "c")`, "05"},
		{`(flags "a" "b" "c" "d" "e" "f" "g" "h" "i") (flags "i")`, "0001"},
		{`(enum "a" "b" "c") (enum "b")`, "01"},
		{`(list char) (list 'a' ')' '"')`, "03612922"},
		{`(list char) (list)`, "00"},
		{`(map string u8) (list (tuple "a" 1) (tuple "b" 2))`, "020161010162" + "02"},
		{`bool (binary "\00" "\01")`, "0001"},
		{`$abc (flags "b" "a")`, "03"},
		{`(type $p) 7`, "07"},
		{`(tuple $abc $p) (tuple (flags) 7)`, "0007"},
		{`$eq (tuple (flags "a") 7)`, "0107"},
	} {
		c, err := Parse([]byte(`(component $C (type $abc (flags "a" "b" "c")) (type $p u8)
			(type $r (tuple $abc $p)) (component (import "r" (type $i (eq $r))) (export $eq "r" (type $i)) (value $v ` + test.src + "\n)))"))
		if err != nil {
			t.Errorf("%s: %v", test.src, err)
			continue
		}
		got := ""
		for _, d := range c.Component.Defs {
			if c, ok := d.(*component.Component); ok {
				for _, d := range c.Defs {
					if v, ok := d.(*component.Value); ok {
						got += hex.EncodeToString(v.Bytes)
					}
				}
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.src, got, test.want)
		}
		checkBinary(t, test.src, c)
	}
}

func TestValueErrors(t *testing.T) {
	flags := `"f0"`
	for i := range 40 {
		flags += fmt.Sprintf(` "g%d"`, i)
	}
	for _, test := range []struct{ src, want string }{
		{`bool 1`, `unexpected token "1": expected false or true`},
		{`u8 256`, `constant out of range: "256" is no value of type u8`},
		{`u8 -1`, `constant out of range`},
		{`s8 128`, `constant out of range`},
		{`s8 -129`, `constant out of range`},
		{`s64 9223372036854775808`, `constant out of range`},
		{`u64 18446744073709551616`, `constant out of range`},
		{`u8 1.5`, `unexpected token "1.5": expected an integer of type u8`},
		{`u8 "1"`, `unexpected token "1": expected a number of type u8`},
		{`f32 nan:0x1`, `expected a number of type f32`},
		{`f32 -nan`, `expected a number of type f32`},
		{`f32 1e99`, `constant out of range`},
		{`char "a"`, `expected a character in single quotes`},
		{`char 'ab'`, `malformed character`},
		{`char ''`, `malformed character`},
		{`char '\ff'`, `malformed character`},
		{`char '\q'`, `malformed character`},
		{`char 'a`, `malformed character`},
		{`char '`, `malformed character`},
		{`char '\`, `malformed character`},
		{`(record (field "a" u8)) (record)`, `expected a number of type u8`},
		{`(record (field "a" u8)) (record 1 2)`, `unexpected token "2": expected ")"`},
		{`(enum "a") (enum "b")`, `unknown label "b"`},
		{`(option u8) 1`, `expected "(some"`},
		{`(result u8) ok`, `expected ok or error`},
		{`(result) (ok 1)`, `expected ok or error`},
		{`(flags ` + flags + `) (flags)`, `41 flags`},
		{`(list u8 2) (list 1 2)`, `no values of this type`},
		{`(stream u8) 1`, `no values of this type`},
		{`error-context 1`, `no values of type error-context`},
		{`7 1`, `type 7, which is no value type defined in a component here`},
		{strings.Repeat("(list ", 600) + "u8" + strings.Repeat(")", 600) + ` (list)`, `nesting too deep`},
	} {
		_, err := Parse([]byte(`(component (value $v ` + test.src + `))`))
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `token "\"1\""`, `token "1"`), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.src, err, test.want)
		}
	}
}
