package p1

// This file is the way through the guest's memory. Every address and length is
// checked here before use. Other threads of the guest may change the memory at
// any time: what was read from it twice may differ, so nothing is trusted that
// was not read once and kept.

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/host"
)

// memory is the bytes of the guest's memory.
type memory []byte

// bytes is the n bytes at ptr; ok is false where they are not all in memory.
func (m memory) bytes(ptr uint32, n uint64) (b []byte, ok bool) {
	if n == 0 {
		return nil, true
	}
	p, size := uint64(ptr), uint64(len(m))
	if n > size || p > size-n {
		return nil, false
	}
	return m[p : p+n : p+n], true
}

// has tells whether the n bytes at ptr are in memory.
func (m memory) has(ptr uint32, n uint64) bool {
	_, ok := m.bytes(ptr, n)
	return ok
}

// putU32 stores v at ptr.
func (m memory) putU32(ptr, v uint32) error {
	b, ok := m.bytes(ptr, 4)
	if !ok {
		return host.EFAULT
	}
	binary.LittleEndian.PutUint32(b, v)
	return nil
}

// putU64 stores v at ptr.
func (m memory) putU64(ptr uint32, v uint64) error {
	b, ok := m.bytes(ptr, 8)
	if !ok {
		return host.EFAULT
	}
	binary.LittleEndian.PutUint64(b, v)
	return nil
}

// maxPath bounds the length of a path in bytes.
const maxPath = 4096

// path is the path of n bytes at ptr, checked as the package comment says.
func (m memory) path(ptr, n uint32) (string, error) {
	b, ok := m.bytes(ptr, uint64(n))
	switch {
	case !ok:
		return "", host.EFAULT
	case n == 0:
		return "", host.ENOENT
	case n > maxPath:
		return "", host.ENAMETOOLONG
	}
	s := string(b)
	switch {
	case !utf8.ValidString(s):
		return "", host.EILSEQ
	case strings.IndexByte(s, 0) >= 0:
		return "", host.EINVAL
	}
	return s, nil
}

// iovecs is an array of buffers in memory (iovec_array and ciovec_array).
type iovecs struct {
	m memory
	// array is the array itself, iovecSize bytes an element.
	array []byte
	// used counts the buffers that are not empty, total their bytes, as they
	// were when the array was checked.
	used  int
	total uint64
}

// maxIovecs bounds the number of buffers of one call.
const maxIovecs = 1 << 20

// iovecs checks the array of n buffers at ptr: it and all the buffers must be
// in memory (else EFAULT), and their sizes together must fit the u32 in which
// the result is told (else EINVAL).
func (m memory) iovecs(ptr, n uint32) (iovecs, error) {
	v := iovecs{m: m}
	if n > maxIovecs {
		return v, host.EINVAL
	}
	var ok bool
	if v.array, ok = m.bytes(ptr, uint64(n)*iovecSize); !ok {
		return v, host.EFAULT
	}
	for i := range v.len() {
		p, ok := v.at(i)
		if !ok {
			return v, host.EFAULT
		}
		if len(p) > 0 {
			v.used++
			v.total += uint64(len(p))
		}
	}
	if v.total > 1<<32-1 {
		return v, host.EINVAL
	}
	return v, nil
}

func (v *iovecs) len() int { return len(v.array) / iovecSize }

// at is the i-th buffer.
func (v *iovecs) at(i int) (p []byte, ok bool) {
	e := v.array[i*iovecSize : i*iovecSize+iovecSize]
	return v.m.bytes(binary.LittleEndian.Uint32(e), uint64(binary.LittleEndian.Uint32(e[4:])))
}

// gather copies the buffers, one after the other, into dst and returns how
// much it copied.
func (v *iovecs) gather(dst []byte) int {
	n := 0
	for i := 0; i < v.len() && n < len(dst); i++ {
		if p, ok := v.at(i); ok {
			n += copy(dst[n:], p)
		}
	}
	return n
}

// scatter copies src into the buffers, one after the other, and returns how
// much it copied.
func (v *iovecs) scatter(src []byte) int {
	n := 0
	for i := 0; i < v.len() && n < len(src); i++ {
		if p, ok := v.at(i); ok {
			n += copy(p, src[n:])
		}
	}
	return n
}
