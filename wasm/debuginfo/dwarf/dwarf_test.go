package dwarf

// This file looks the program of asm_test.go up in all dialects.

import (
	"fmt"
	"strings"
	"testing"
)

// text is frames as the tests write them: "name|linkage@file:line:col".
func text(frames []Frame) string {
	var s []string
	for _, f := range frames {
		s = append(s, fmt.Sprintf("%s|%s@%s:%d:%d", f.Name, f.LinkageName, f.File, f.Line, f.Col))
	}
	return strings.Join(s, " < ")
}

func TestLookup(t *testing.T) {
	const (
		inner = "inner|@/inc/b.h:%s < mid|@/inc/b.h:9:3 < outer|_Zouter@/src/lib/a.c:5:7"
		mid   = "mid|@/inc/b.h:%s < outer|_Zouter@/src/lib/a.c:5:7"
	)
	for _, tt := range []struct {
		pc, low uint32
		want    string
	}{
		{0x0f, 0x0f, ""},
		{0x10, 0x10, "outer|_Zouter@/src/lib/a.c:1:1"},
		{0x17, 0x10, "outer|_Zouter@/src/lib/a.c:1:1"},
		{0x18, 0x10, fmt.Sprintf(mid, "20:2")},
		{0x1b, 0x10, fmt.Sprintf(mid, "20:2")},
		{0x1c, 0x10, fmt.Sprintf(inner, "30:4")},
		{0x20, 0x10, fmt.Sprintf(mid, "21:2")},
		{0x28, 0x10, fmt.Sprintf(inner, "21:2")},
		{0x2c, 0x10, fmt.Sprintf(mid, "21:2")},
		{0x30, 0x10, "outer|_Zouter@/src/lib/a.c:0:0"},
		{0x3f, 0x10, "outer|_Zouter@/src/lib/a.c:0:0"},
		{0x40, 0x40, "split|@/src/lib/a.c:40:0"},
		{0x47, 0x40, "split|@/src/lib/a.c:40:0"},
		{0x48, 0x48, ""},
		{0x5f, 0x48, ""},
		{0x60, 0x60, "split|@/src/lib/a.c:50:0"},
		{0x68, 0x68, ""},
		// The size field of the entry may be counted in, other code not.
		{0x12, 0x12, "outer|_Zouter@/src/lib/a.c:1:1"},
		{0x17, 0x16, "|@/src/lib/a.c:1:1"},
		// What was dropped may be said to be at 0.
		{0x09, 0x05, ""},
		{0, 0, ""},
		{1 << 20, 1 << 20, ""},
		{0xffffffff, 0xffffffff, ""},
	} {
		for _, d := range dialects {
			data := New(program(d).sections(), 0x1000)
			if got := text(data.Lookup(tt.pc, tt.low)); got != tt.want {
				t.Errorf("%s: Lookup(%#x) = %s, want %s", d.name, tt.pc, got, tt.want)
			}
		}
	}
}
