// This file reads and writes maps of names and subsections of name sections
// (Appendix, section "Custom Sections").

package values

import (
	"cmp"
	"math"
	"slices"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// NameMap reads a name map. Names out of order are sorted; those before an
// error are kept.
func (r *Reader) NameMap() wasm.NameMap {
	n := r.Count("number of names", math.MaxInt32)
	m := make(wasm.NameMap, 0, r.Room(n, 2))
	sorted := true
	for i := 0; i < n && r.Err == nil; i++ {
		a := wasm.NameAssoc{Index: r.U32("index of a name"), Name: r.Name("a name")}
		if r.Err != nil {
			break
		}
		sorted = sorted && (i == 0 || m[i-1].Index < a.Index)
		m = append(m, a)
	}
	if !sorted {
		slices.SortStableFunc(m, func(a, b wasm.NameAssoc) int { return cmp.Compare(a.Index, b.Index) })
	}
	return m
}

// NameMap writes a name map.
func (w *Writer) NameMap(m wasm.NameMap) {
	w.Len(len(m))
	for _, a := range m {
		w.U32(a.Index)
		w.Name(a.Name)
	}
}

// NameSubsection appends to dst a subsection with the content Buf, and empties
// Buf.
func (w *Writer) NameSubsection(dst []byte, id byte) []byte {
	if uint64(len(w.Buf)) > math.MaxUint32 {
		w.Fail("name subsection %d has %d bytes", id, len(w.Buf))
	}
	dst = leb128.AppendUint(append(dst, id), uint64(len(w.Buf)))
	dst = append(dst, w.Buf...)
	w.Buf = w.Buf[:0]
	return dst
}
