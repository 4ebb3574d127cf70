// This file reads the primitives from a slice.

package values

import (
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// A Reader reads from Data. After the first error all reads give zero values
// and do not move; Err keeps that first error, a [*diag.Error] with an offset
// in the file. The strings that the methods take name what is read, for
// messages. Readers are made by [NewReader] and [Reader.Sub].
type Reader struct {
	Data []byte
	Pos  int   // index in Data of the next byte
	Base int64 // offset of Data[0] in the file
	Err  error
	f    *Format
}

// NewReader makes a reader of data, whose first byte is at offset base of the
// file.
func NewReader(data []byte, base int64, f *Format) Reader {
	return Reader{Data: data, Base: base, f: f}
}

// Sub reads n bytes and gives a reader of them, which takes over the error.
func (r *Reader) Sub(n int, what string) Reader {
	sub := NewReader(nil, r.Offset(), r.f)
	sub.Data = r.Bytes(n, what)
	sub.Err = r.Err
	return sub
}

// Offset is the place in the file of the next byte.
func (r *Reader) Offset() int64 { return r.Base + int64(r.Pos) }

// Left is the number of bytes not read yet.
func (r *Reader) Left() int { return len(r.Data) - r.Pos }

// FailAt records an error at an index of Data, unless there is one already.
func (r *Reader) FailAt(pos int, code diag.Code, format string, args ...any) {
	if r.Err == nil {
		r.Err = diag.Errorf(code, diag.Offset(r.Base+int64(pos)), format, args...)
	}
}

// FailEnd records that the input ends before what.
func (r *Reader) FailEnd(what string) {
	r.FailAt(len(r.Data), r.f.Truncated, "%s: expected %s", r.f.End, what)
}

// FailInt records an error of leb128 about the integer that starts here.
func (r *Reader) FailInt(err error, what string) {
	if err == leb128.ErrTruncated {
		r.FailEnd(what)
		return
	}
	r.FailAt(r.Pos, r.f.Integer, "%s: %s", err, what)
}

// Byte reads a byte.
func (r *Reader) Byte(what string) byte {
	if r.Err != nil {
		return 0
	}
	if r.Pos >= len(r.Data) {
		r.FailEnd(what)
		return 0
	}
	c := r.Data[r.Pos]
	r.Pos++
	return c
}

// Peek is the next byte without reading it, and false at the end.
func (r *Reader) Peek() (byte, bool) {
	if r.Err != nil || r.Pos >= len(r.Data) {
		return 0, false
	}
	return r.Data[r.Pos], true
}

// Bytes reads n bytes, which stay shared with the input.
func (r *Reader) Bytes(n int, what string) []byte {
	if r.Err != nil {
		return nil
	}
	if n > r.Left() {
		r.FailEnd(what)
		return nil
	}
	s := r.Data[r.Pos : r.Pos+n : r.Pos+n]
	r.Pos += n
	return s
}

// U32 reads a u32.
func (r *Reader) U32(what string) uint32 {
	if r.Pos < len(r.Data) && r.Data[r.Pos] < 0x80 && r.Err == nil {
		r.Pos++
		return uint32(r.Data[r.Pos-1])
	}
	v, n, err := leb128.Uint32(r.Data[r.Pos:])
	if !r.took(n, err, what) {
		return 0
	}
	return v
}

// U64 reads a u64.
func (r *Reader) U64(what string) uint64 {
	if r.Pos < len(r.Data) && r.Data[r.Pos] < 0x80 && r.Err == nil {
		r.Pos++
		return uint64(r.Data[r.Pos-1])
	}
	v, n, err := leb128.Uint64(r.Data[r.Pos:])
	if !r.took(n, err, what) {
		return 0
	}
	return v
}

// S32 reads an s32.
func (r *Reader) S32(what string) int32 {
	v, n, err := leb128.Int32(r.Data[r.Pos:])
	if !r.took(n, err, what) {
		return 0
	}
	return v
}

// S33 reads an s33.
func (r *Reader) S33(what string) int64 {
	v, n, err := leb128.Int33(r.Data[r.Pos:])
	if !r.took(n, err, what) {
		return 0
	}
	return v
}

// S64 reads an s64.
func (r *Reader) S64(what string) int64 {
	v, n, err := leb128.Int64(r.Data[r.Pos:])
	if !r.took(n, err, what) {
		return 0
	}
	return v
}

// took moves behind an integer of n bytes, or records why there is none.
func (r *Reader) took(n int, err error, what string) bool {
	if err != nil {
		r.FailInt(err, what)
	}
	if r.Err != nil {
		return false
	}
	r.Pos += n
	return true
}

// Length reads a u32 that counts bytes to come, and checks that they are there.
func (r *Reader) Length(what string) int { return r.length(r.f.LongLength, what) }

func (r *Reader) length(long, what string) int {
	start := r.Pos
	n := r.U32(what)
	if r.Err == nil && int64(n) > int64(r.Left()) {
		r.FailAt(start, r.f.Truncated, "%s%s is %d, but %d bytes are left", long, what, n, r.Left())
		return 0
	}
	return int(n)
}

// Count reads a u32 that counts elements to come, each of at least one byte.
// limit is the most that this implementation accepts.
func (r *Reader) Count(what string, limit int) int {
	start := r.Pos
	n := r.Length(what)
	if r.Err == nil && n > limit {
		r.FailAt(start, r.f.Limit, "%s is %d, and the limit of this implementation is %d", what, n, limit)
		return 0
	}
	return n
}

// Room is how many of n elements can be there at most when each takes at least
// size bytes: so much memory may be allocated at once.
func (r *Reader) Room(n, size int) int { return min(n, r.Left()/size) }

// Name reads a name: a length and that many bytes of UTF-8.
func (r *Reader) Name(what string) string {
	n := r.length(r.f.LongName, what)
	start := r.Pos
	b := r.Bytes(n, what)
	if !utf8.Valid(b) {
		r.FailAt(start, r.f.UTF8, "malformed UTF-8 encoding: %s %.40q", what, b)
		return ""
	}
	return string(b)
}
