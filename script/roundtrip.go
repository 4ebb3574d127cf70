// This file compares what a round trip gave.

package script

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/wasm"
)

// mismatch is the first offset at which two byte strings differ.
func mismatch(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// firstDifference shows the first lines in which two texts differ.
func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return fmt.Sprintf("line %d is %q and then %q", i+1, clip(as[i]), clip(bs[i]))
		}
	}
	return fmt.Sprintf("one has %d lines, the other %d", len(as), len(bs))
}

func clip(s string) string {
	if s = strings.TrimSpace(s); len(s) > 120 {
		return s[:120] + "..."
	}
	return s
}

// canonical tells whether a module that was decoded has no number or section
// that text cannot express.
func canonical(m *wasm.Module) bool {
	for _, s := range m.Sections {
		if s.SizeLen != 0 || s.CountLen != 0 {
			return false
		}
	}
	for i := range m.Funcs {
		if m.Funcs[i].Body.SizeLen != 0 {
			return false
		}
	}
	for i := range m.Customs {
		if m.Customs[i].SizeLen != 0 || m.Customs[i].NameLen != 0 {
			return false
		}
	}
	return true
}
