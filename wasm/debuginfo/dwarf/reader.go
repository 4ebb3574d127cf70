package dwarf

// This file reads the primitive data of all sections (DWARF 5, section 7).

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A reader reads little-endian data from data[off:end]. A read past the end
// sets bad and moves off to the end; it and all later reads give zero.
type reader struct {
	data []byte
	off  int
	end  int
	bad  bool
}

// at makes a reader of a section from an offset on.
func at(section []byte, off uint64) reader {
	if off > uint64(len(section)) {
		return reader{bad: true}
	}
	return reader{data: section, off: int(off), end: len(section)}
}

func (r *reader) fail() {
	r.bad = true
	r.off = r.end
}

// more tells whether there is something left to read.
func (r *reader) more() bool { return !r.bad && r.off < r.end }

// bytes is the next n bytes, nil when there are fewer.
func (r *reader) bytes(n uint64) []byte {
	if r.bad || n > uint64(r.end-r.off) {
		r.fail()
		return nil
	}
	b := r.data[r.off : r.off+int(n)]
	r.off += int(n)
	return b
}

// uint is the next n bytes as a number; n is at most 8.
func (r *reader) uint(n int) uint64 {
	b := r.bytes(uint64(n))
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	var v uint64
	for i, c := range b {
		v |= uint64(c) << (8 * i)
	}
	return v
}

func (r *reader) byte() byte {
	if r.bad || r.off >= r.end {
		r.fail()
		return 0
	}
	r.off++
	return r.data[r.off-1]
}

// uleb is an unsigned LEB128 number of at most 64 bits.
func (r *reader) uleb() uint64 {
	var v uint64
	for shift := 0; shift < 70; shift += 7 {
		b := r.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	r.fail()
	return 0
}

// sleb is a signed LEB128 number of at most 64 bits.
func (r *reader) sleb() int64 {
	var v int64
	for shift := 0; shift < 70; shift += 7 {
		b := r.byte()
		v |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 && shift < 57 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	r.fail()
	return 0
}

// skipString moves behind the next NUL.
func (r *reader) skipString() {
	if r.bad {
		return
	}
	n := bytes.IndexByte(r.data[r.off:r.end], 0)
	if n < 0 {
		r.fail()
		return
	}
	r.off += n + 1
}

// text is the string at the place of the reader, cut at maxName bytes.
func (r *reader) text() string {
	if r.bad {
		return ""
	}
	b := r.data[r.off:min(r.end, r.off+maxName)]
	if n := bytes.IndexByte(b, 0); n >= 0 {
		b = b[:n]
	}
	return string(b)
}

// length is an initial length: the number of bytes that follow, and the size
// of offsets in them (7.4).
func (r *reader) length() (n uint64, offSize int) {
	n = r.uint(4)
	switch {
	case n < 0xfffffff0:
		return n, 4
	case n == math.MaxUint32:
		return r.uint(8), 8
	}
	r.fail()
	return 0, 4
}
