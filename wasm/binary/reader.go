// This file reads the primitives of the binary format from a slice: bytes,
// integers, lengths and names (Binary Format, section "Values").

package binary

import (
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// A reader reads from b. After the first error all reads give zero values and
// do not move; err keeps that first error. The strings that the methods take
// name what is read, for messages.
type reader struct {
	b    []byte
	pos  int
	base int64 // offset of b[0] in the file
	err  error
}

// offset is the place in the file of the next byte.
func (r *reader) offset() int64 { return r.base + int64(r.pos) }

// left is the number of bytes not read yet.
func (r *reader) left() int { return len(r.b) - r.pos }

// failAt records an error at an index of b, unless there is one already.
func (r *reader) failAt(pos int, code diag.Code, format string, args ...any) {
	if r.err == nil {
		r.err = diag.Errorf(code, diag.Offset(r.base+int64(pos)), format, args...)
	}
}

func (r *reader) failEnd(what string) {
	r.failAt(len(r.b), CodeTruncated, "unexpected end of section or function: expected %s", what)
}

func (r *reader) failInt(err error, what string) {
	if err == leb128.ErrTruncated {
		r.failEnd(what)
		return
	}
	r.failAt(r.pos, CodeInteger, "%s: %s", err, what)
}

func (r *reader) byte(what string) byte {
	if r.err != nil {
		return 0
	}
	if r.pos >= len(r.b) {
		r.failEnd(what)
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

// peek is the next byte without reading it, and false at the end.
func (r *reader) peek() (byte, bool) {
	if r.err != nil || r.pos >= len(r.b) {
		return 0, false
	}
	return r.b[r.pos], true
}

// bytes reads n bytes, which stay shared with the input.
func (r *reader) bytes(n int, what string) []byte {
	if r.err != nil {
		return nil
	}
	if n > r.left() {
		r.failEnd(what)
		return nil
	}
	s := r.b[r.pos : r.pos+n : r.pos+n]
	r.pos += n
	return s
}

// u32 reads a u32.
func (r *reader) u32(what string) uint32 {
	if r.pos < len(r.b) && r.b[r.pos] < 0x80 && r.err == nil {
		r.pos++
		return uint32(r.b[r.pos-1])
	}
	return r.u32Slow(what)
}

func (r *reader) u32Slow(what string) uint32 {
	if r.err != nil {
		return 0
	}
	v, n, err := leb128.Uint32(r.b[r.pos:])
	if err != nil {
		r.failInt(err, what)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) u64(what string) uint64 {
	if r.pos < len(r.b) && r.b[r.pos] < 0x80 && r.err == nil {
		r.pos++
		return uint64(r.b[r.pos-1])
	}
	return r.u64Slow(what)
}

func (r *reader) u64Slow(what string) uint64 {
	if r.err != nil {
		return 0
	}
	v, n, err := leb128.Uint64(r.b[r.pos:])
	if err != nil {
		r.failInt(err, what)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) s32(what string) int32 {
	if r.err != nil {
		return 0
	}
	v, n, err := leb128.Int32(r.b[r.pos:])
	if err != nil {
		r.failInt(err, what)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) s33(what string) int64 {
	if r.err != nil {
		return 0
	}
	v, n, err := leb128.Int33(r.b[r.pos:])
	if err != nil {
		r.failInt(err, what)
		return 0
	}
	r.pos += n
	return v
}

func (r *reader) s64(what string) int64 {
	if r.err != nil {
		return 0
	}
	v, n, err := leb128.Int64(r.b[r.pos:])
	if err != nil {
		r.failInt(err, what)
		return 0
	}
	r.pos += n
	return v
}

// length reads a u32 that counts bytes to come, and checks that they are there.
func (r *reader) length(what string) int {
	start := r.pos
	n := r.u32(what)
	if r.err == nil && int64(n) > int64(r.left()) {
		r.failAt(start, CodeTruncated, "unexpected end of section or function: length out of bounds: %s is %d, but %d bytes are left", what, n, r.left())
		return 0
	}
	return int(n)
}

// count reads a u32 that counts elements to come, each of at least one byte.
// limit is the most that this implementation accepts.
func (r *reader) count(what string, limit int) int {
	start := r.pos
	n := r.length(what)
	if r.err == nil && n > limit {
		r.failAt(start, CodeLimit, "%s is %d, and the limit of this implementation is %d", what, n, limit)
		return 0
	}
	return n
}

// room is how many of n elements can be there at most when each takes at least
// size bytes: so much memory may be allocated at once.
func (r *reader) room(n, size int) int { return min(n, r.left()/size) }

// name reads a name: a length and that many bytes of UTF-8.
func (r *reader) name(what string) string {
	n := r.length(what)
	start := r.pos
	b := r.bytes(n, what)
	if !utf8.Valid(b) {
		r.failAt(start, CodeUTF8, "malformed UTF-8 encoding: %s %.40q", what, b)
		return ""
	}
	return string(b)
}
