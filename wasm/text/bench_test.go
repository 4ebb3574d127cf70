// This file measures the parser on real and on adversarial texts.

package text

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParse parses the printed text of a guest.
func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"hello-rust", "hello-go"} {
		src := []byte(printed(b, readGuest(b, name), PrintOptions{}))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// repeat joins n texts.
func repeat(n int, text func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(text(i))
	}
	return b.String()
}

// adversarial makes texts of about n bytes that hurt parsers with nested
// loops. All but those with bad in the name are modules.
var adversarial = map[string]func(n int) string{
	"comments": func(n int) string {
		return strings.Repeat("(;", n/4) + strings.Repeat(";)", n/4)
	},
	"bad-comments": func(n int) string { return strings.Repeat("(;", n/2) },
	"bad-parens":   func(n int) string { return strings.Repeat("(", n) },
	"folded": func(n int) string {
		k := min(n/7, maxBlocks-1)
		return "(func " + strings.Repeat("(drop ", k) + strings.Repeat(")", k) + ")"
	},
	"folded-if": func(n int) string {
		k := min(n/12, maxBlocks/2-1)
		return "(func " + strings.Repeat("(if $a (then ", k) + strings.Repeat("))", k) + ")"
	},
	"annotations":     func(n int) string { return strings.Repeat("(@a (b) \")\")", n/12) },
	"bad-annotations": func(n int) string { return strings.Repeat("(@a ", n/4) },
	"string":          func(n int) string { return `(data "` + strings.Repeat(`\u{0}\00`, n/8) + `")` },
	"strings":         func(n int) string { return `(data ` + strings.Repeat(`"" `, n/3) + `)` },
	"digits":          func(n int) string { return "(func f64.const 0." + strings.Repeat("0", n) + "1e5 drop)" },
	"one-identifier":  func(n int) string { return "(func $" + strings.Repeat("a", n) + ")" },
	"identifiers": func(n int) string {
		return repeat(n/20, func(i int) string { return fmt.Sprintf("(func $f%07d nop)", i) })
	},
	"forward-references": func(n int) string {
		return repeat(n/40, func(i int) string { return fmt.Sprintf("(func $f%07d call $f%07d)", i, n/40-1-i) })
	},
	"locals": func(n int) string {
		return "(func " + repeat(n/40, func(i int) string { return fmt.Sprintf("(local $l%07d i32)", i) }) + ")" +
			repeat(n/60, func(int) string { return "(func (local $a i32) local.get $a drop)" })
	},
	"types": func(n int) string {
		return repeat(n/60, func(i int) string {
			digits := strings.NewReplacer("0", "i32 ", "1", "i64 ").Replace(fmt.Sprintf("%012b", i))
			return "(func (param " + digits + "))"
		})
	},
	"blocks": func(n int) string {
		k := min(n/32, maxBlocks-1)
		return "(func " + repeat(k, func(i int) string { return fmt.Sprintf("block $b%07d br $b0000000 ", i) }) + strings.Repeat("end ", k) + ")"
	},
	"shadowed-labels": func(n int) string {
		k := min(n/18, maxBlocks-1)
		return "(func " + strings.Repeat("block $b br $b ", k) + strings.Repeat("end ", k) + ")"
	},
	"bad-blocks": func(n int) string { return "(func " + strings.Repeat("block ", n/6) + ")" },
	"fields": func(n int) string {
		return "(type (struct " + repeat(n/24, func(i int) string { return fmt.Sprintf("(field $f%07d i32)", i) }) + "))"
	},
	"type-uses": func(n int) string {
		return "(type $t (func (param " + strings.Repeat("i32 ", n/8) + ")))" + strings.Repeat("(func (type $t))", n/32)
	},
	"branch-table": func(n int) string { return "(func br_table " + strings.Repeat("0 ", n/2) + ")" },
	"customs":      func(n int) string { return strings.Repeat(`(@custom "a" (before code))`, n/27) },
	"lines":        func(n int) string { return strings.Repeat("\n", n) + "(func)" },
}

// TestAdversarial parses inputs that are built to be slow; the benchmark of the
// same name shows that time grows with size alone.
func TestAdversarial(t *testing.T) {
	for name, text := range adversarial {
		t.Run(name, func(t *testing.T) {
			src := text(1 << 20)
			_, err := Parse([]byte(src))
			if bad := strings.HasPrefix(name, "bad-"); bad != (err != nil) {
				t.Errorf("%d bytes: error %v, want one: %t", len(src), err, bad)
			}
		})
	}
}

func BenchmarkAdversarial(b *testing.B) {
	for name, text := range adversarial {
		for _, n := range []int{1 << 16, 1 << 20} {
			src := []byte(text(n))
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.SetBytes(int64(len(src)))
				b.ReportAllocs()
				for b.Loop() {
					_, _ = Parse(src)
				}
			})
		}
	}
}
