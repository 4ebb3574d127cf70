// This file reads the primitives of the binary format from a slice: bytes,
// integers, lengths, names, and the core types that components embed.

package binary

import (
	"unicode/utf8"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/binary"
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
	r.failAt(len(r.b), CodeTruncated, "unexpected end-of-file: expected %s", what)
}

func (r *reader) failInt(err error, what string) {
	if err == leb128.ErrTruncated {
		r.failEnd(what)
		return
	}
	r.failAt(r.pos, CodeInteger, "%s: %s", err, what)
}

// failByte records that the byte that was read last cannot start what.
func (r *reader) failByte(c byte, what, expected string) {
	r.failAt(r.pos-1, CodeByte, "invalid leading byte (%#x) for %s: expected %s", c, what, expected)
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

// length reads a u32 that counts bytes to come, and checks that they are there.
func (r *reader) length(what string) int {
	start := r.pos
	n := r.u32(what)
	if r.err == nil && int64(n) > int64(r.left()) {
		r.failAt(start, CodeTruncated, "unexpected end-of-file: %s is %d, but %d bytes are left", what, n, r.left())
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
	at := r.pos
	n := r.u32(what)
	if r.err == nil && int64(n) > int64(r.left()) {
		r.failAt(at, CodeTruncated, "unexpected end-of-file: the length of %s is %d, but %d bytes are left", what, n, r.left())
	}
	start := r.pos
	b := r.bytes(int(n), what)
	if !utf8.Valid(b) {
		r.failAt(start, CodeUTF8, "malformed UTF-8 encoding: %s %.40q", what, b)
		return ""
	}
	return string(b)
}

// flag reads a byte that is 0 or 1.
func (r *reader) flag(what string) bool {
	c := r.byte(what)
	if c > 1 {
		r.failAt(r.pos-1, CodeByte, "invalid boolean value %#x: %s is 0x0 or 0x1", c, what)
	}
	return c == 1
}

// present reads the byte in front of something optional.
func (r *reader) present(what string) bool {
	c := r.byte(what)
	if c > 1 {
		r.failByte(c, "optional "+what, "0x0 for none or 0x1")
	}
	return c == 1
}

// valType reads a component value type.
func (r *reader) valType() component.ValType {
	c, ok := r.peek()
	if !ok {
		r.byte("a value type")
		return 0
	}
	if p := valtype.Prim(c); p.Valid() {
		r.pos++
		return component.Prim(p)
	}
	x, n, err := leb128.Int33(r.b[r.pos:])
	switch {
	case err != nil:
		r.failInt(err, "type index")
		return 0
	case x < 0:
		r.failAt(r.pos, CodeByte, "invalid leading byte (%#x) for component value type: expected a primitive type or a type index", c)
		return 0
	}
	r.pos += n
	return component.Index(uint32(x))
}

// optValType reads a value type that may be absent.
func (r *reader) optValType(what string) component.ValType {
	if r.present(what) {
		return r.valType()
	}
	return 0
}

// coreValType reads a core value type.
func (r *reader) coreValType() wasm.ValType {
	if r.err != nil {
		return 0
	}
	t, n, err := core.DecodeValType(r.b[r.pos:], r.offset())
	r.pos += n
	r.coreFail(err)
	return t
}

// coreExternType reads the type of a core import.
func (r *reader) coreExternType() wasm.ExternType {
	if r.err != nil {
		return wasm.ExternType{}
	}
	t, n, err := core.DecodeExternType(r.b[r.pos:], r.offset())
	r.pos += n
	r.coreFail(err)
	return t
}

// coreFail records an error of wasm/binary.
func (r *reader) coreFail(err error) {
	if err != nil && r.err == nil {
		r.err = coreError(err, 0)
	}
}
