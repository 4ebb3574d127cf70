// This file writes the primitives to a slice.

package values

import (
	"fmt"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// A Writer appends to Buf. After the first error, what it writes means nothing;
// Err keeps that error, which has no position. Writers are made by [NewWriter].
type Writer struct {
	Buf []byte
	Err error
	f   *Format
}

// NewWriter makes a writer that appends to buf.
func NewWriter(buf []byte, f *Format) Writer { return Writer{Buf: buf, f: f} }

// Fail records an error, unless there is one already.
func (w *Writer) Fail(format string, args ...any) {
	if w.Err == nil {
		w.Err = &diag.Error{Code: w.f.Encode, Msg: "cannot encode the " + w.f.Subject + ": " + fmt.Sprintf(format, args...)}
	}
}

// Byte writes a byte.
func (w *Writer) Byte(c byte) { w.Buf = append(w.Buf, c) }

// U32 writes a u32.
func (w *Writer) U32(v uint32) { w.U64(uint64(v)) }

// U64 writes a u64.
func (w *Writer) U64(v uint64) { w.Buf = leb128.AppendUint(w.Buf, v) }

// Len writes the length of what follows.
func (w *Writer) Len(n int) { w.U64(uint64(n)) }

// PaddedLen writes a length in at least width bytes, as far as a u32 may take
// them.
func (w *Writer) PaddedLen(n int, width uint8) {
	w.Buf = leb128.AppendUintPadded(w.Buf, uint64(n), Width(width))
}

// Width is a recorded width, bounded by what a u32 may take.
func Width(n uint8) int { return min(int(n), leb128.MaxLen32) }

// Bool writes a byte that is 0 or 1.
func (w *Writer) Bool(v bool) {
	if v {
		w.Byte(1)
	} else {
		w.Byte(0)
	}
}

// Name writes a name.
func (w *Writer) Name(s string) { w.PaddedName(s, 0) }

// PaddedName writes a name with a length field of at least width bytes.
func (w *Writer) PaddedName(s string, width uint8) {
	if !utf8.ValidString(s) {
		w.Fail("the name %.40q is not UTF-8", s)
	}
	w.PaddedLen(len(s), width)
	w.Buf = append(w.Buf, s...)
}
