// This file is what the printers of modules and of components write to.

package text

import (
	"io"
	"strconv"
)

const (
	// printIndentLevels is how deep indentation grows.
	printIndentLevels = 50
	// printFlush is how much text is collected before it is written, in bytes.
	printFlush = 64 << 10
	// Identifiers of up to printShort bytes are printed wherever they are used,
	// those of more than printLong bytes only where they are defined. The uses
	// of the others may take printBudget bytes together, and printBudgetByte
	// more for each byte of a body or custom section; beyond that they are
	// printed as indices.
	printShort      = 64
	printLong       = 4096
	printBudget     = 1 << 20
	printBudgetByte = 32
	// printDataLine is the number of bytes on one line of a long data string.
	printDataLine = 4096
)

// A Writer collects text for a printer of modules or of what has modules in
// it, and writes it in large pieces. A Writer belongs to one goroutine.
type Writer struct {
	// Buf is the text that is not written yet. Printers append to it.
	Buf []byte
	// Err is the first error. There is no more output behind it.
	Err error

	w      io.Writer
	budget int64  // what is left for the uses of long identifiers
	left   uint64 // of MaxPrintTypes
}

// NewWriter makes a Writer that writes to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, budget: printBudget, left: MaxPrintTypes}
}

// Fail records an error, unless there is one.
func (w *Writer) Fail(err error) {
	if w.Err == nil {
		w.Err = err
	}
}

// Flush writes what is collected, and gives the first error. Errors of the
// underlying writer are returned as they are.
func (w *Writer) Flush() error {
	if w.Err == nil && len(w.Buf) > 0 {
		_, w.Err = w.w.Write(w.Buf)
	}
	w.Buf = w.Buf[:0]
	return w.Err
}

// Room writes the collected text if it is long.
func (w *Writer) Room() {
	if len(w.Buf) >= printFlush {
		w.Flush()
	}
}

// Str appends s as it is.
func (w *Writer) Str(s string) { w.Buf = append(w.Buf, s...) }

// Uint appends a decimal number.
func (w *Writer) Uint(v uint64) { w.Buf = strconv.AppendUint(w.Buf, v, 10) }

// Quote appends a string literal, as [Quote].
func (w *Writer) Quote(s string) { w.Buf = Quote(w.Buf, []byte(s)) }

const printSpaces = "\n                                                                                                    "

// Line begins a line with an indentation of depth levels.
func (w *Writer) Line(depth int) {
	w.Room()
	w.Buf = append(w.Buf, printSpaces[:1+2*min(depth, printIndentLevels)]...)
}

// Index appends an index in a comment: "(;7;)".
func (w *Writer) Index(x uint32) {
	w.Str("(;")
	w.Uint(uint64(x))
	w.Str(";)")
}

// Data appends bytes as string literals of ASCII and escapes behind a space: as
// one, or where they are many as one on each line. These stand depth+1 levels
// deep, and a line that is depth levels deep is begun behind them.
func (w *Writer) Data(b []byte, depth int) {
	if len(b) <= printDataLine {
		w.Str(" ")
		w.bytes(b)
		return
	}
	for len(b) > 0 {
		n := min(len(b), printDataLine)
		w.Line(depth + 1)
		w.bytes(b[:n])
		b = b[n:]
	}
	w.Line(depth)
}

// bytes writes a string of ASCII and escapes.
func (w *Writer) bytes(b []byte) {
	out := append(w.Buf, '"')
	for _, c := range b {
		out = printByte(out, c)
	}
	w.Buf = append(out, '"')
}

// Size appends what stands for a content that is left out: " ... (;7 bytes;)".
func (w *Writer) Size(n int, unit string) {
	w.Str(" ... (;")
	w.Uint(uint64(n))
	w.Str(" " + unit + ";)")
}

// Allow lets the uses of long identifiers take more room: it is called for the
// n bytes of a custom section or body that is printed.
func (w *Writer) Allow(n int) { w.budget += printBudgetByte * int64(n) }

// Afford tells whether an identifier of n bytes may be used here, and counts
// the use if it may. It keeps the length of the text proportional to the
// input.
func (w *Writer) Afford(n int) bool {
	if n <= printShort {
		return true
	}
	if n > printLong || int64(n) > w.budget {
		return false
	}
	w.budget -= int64(n)
	return true
}
