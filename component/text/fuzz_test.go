// This file fuzzes the parser, and measures it on hostile inputs.

package text

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/diag"
)

func FuzzParse(f *testing.F) {
	for _, test := range sugar {
		f.Add([]byte("(component " + test.short + ")"))
	}
	f.Add([]byte(`(component (value (list (option char)) (list none (some 'a'))))`))
	f.Add([]byte(`(component $C (type $t (flags "a")) (value $t (flags "a")) (value (type $t) (binary "\00")))`))
	if _, err := sharedDir(); err == nil {
		_, all := scriptComponents(f)
		for _, c := range all {
			if len(c.src) < 4000 && !c.quoted {
				f.Add(c.src)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		src, err := Parse(data)
		if err != nil {
			if e, ok := err.(*diag.Error); !ok || e.Code == "" || e.Msg == "" || !e.At.Valid {
				t.Errorf("error without code, text or place: %v", err)
			}
			return
		}
		first, err := binary.Encode(src.Component)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		if _, err := binary.Decode(first); err != nil {
			t.Fatalf("decode: %v", err)
		}
	})
}

// hostile are forms that are repeated to make a large input: the text before,
// the one that repeats with %d as its number, and the one behind.
var hostile = []struct{ name, before, repeat, after string }{
	{"types", "", "(type $t%d u8)", ""},
	{"outer", "(type $t u8)" + strings.Repeat("(component ", 90), "(type (list $t))", strings.Repeat(")", 90)},
	{"shadowed", "", "(component (type $t u8))", ""},
	{"inline", "", `(import "x" (func (param "x" (list (list u8)))))`, ""},
	{"aliases", `(import "i" (instance $i))`, `(export "x" (func $i "a" "b"))`, ""},
	{"names", `(import "i" (instance $i)) (export "x" (func $i`, ` "a"`, "))"},
	{"modules", "", "(core module (func nop))", ""},
	{"exports", "", `(instance (export "a") (export "b") (export "x" (func 0)))`, ""},
	{"attributes", "", `(import "x" (external-id "a") (implements "b") (func))`, ""},
	{"module types", "(core type $f (func)) (core type (module ", `(import "a" "b" (func (param i32)))(export "x" (func (type $f)))`, "))"},
	{"core types", "(core type $f (func)) (component ", `(core type (func (param (ref $f))))`, ")"},
	{"core rec", "(core type $f (func)) (component (core rec ", `(type $t%d (func (param (ref $f) (ref $t%[1]d))))`, "))"},
	{"flags", `(type $f (flags "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p")) (value (list $f) (list `, `(flags "p")`, "))"},
	{"labels", `(type $f (enum ` + manyLabels(9000) + `)) (value (list $f) (list `, `(enum "l8999")`, "))"},
	{"parens", "", "(", ""},
	{"comments", "", "(; ;)", ""},
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` "l%d"`, i)
	}
	return b.String()
}

// hostileInput repeats a form until the input has a size.
func hostileInput(before, repeat, after string, size int) []byte {
	b := []byte("(component " + before)
	for i := 0; len(b) < size; i++ {
		if strings.Contains(repeat, "%") {
			b = fmt.Appendf(b, repeat, i)
		} else {
			b = append(b, repeat...)
		}
	}
	return append(b, after+")"...)
}

// BenchmarkHostile shows that time does not grow faster than the input: the
// MB/s of the two sizes are about the same.
func BenchmarkHostile(b *testing.B) {
	for _, h := range hostile {
		for _, size := range []int{200_000, 2_000_000} {
			src := hostileInput(h.before, h.repeat, h.after, size)
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(h.name, " ", "-"), size), func(b *testing.B) {
				b.SetBytes(int64(len(src)))
				b.ReportAllocs()
				for b.Loop() {
					_, _ = Parse(src)
				}
			})
		}
	}
}
