package p1

// This file is arguments and environment variables.

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/host"
)

// A stringList is strings as the guest gets them: one after the other, each
// with a zero byte behind it, and an array of pointers to them.
type stringList struct {
	buf string
	// starts[i] is where the i-th string starts in buf.
	starts []uint32
}

// newStringList makes a list; what names an element in errors.
func newStringList(what string, list []string) (stringList, error) {
	total := uint64(0)
	for i, s := range list {
		if at := strings.IndexByte(s, 0); at >= 0 {
			return stringList{}, fmt.Errorf("%s %d, %q, has a zero byte at offset %d", what, i, s, at)
		}
		total += uint64(len(s)) + 1
	}
	if total > maxStrings {
		return stringList{}, fmt.Errorf("the %ss have %d bytes together, more than %d", what, total, maxStrings)
	}
	l := stringList{starts: make([]uint32, len(list))}
	var b strings.Builder
	b.Grow(int(total))
	for i, s := range list {
		l.starts[i] = uint32(b.Len())
		b.WriteString(s)
		b.WriteByte(0)
	}
	l.buf = b.String()
	return l, nil
}

// get stores the strings at buf and the pointers to them at array.
func (l *stringList) get(m memory, array, buf uint32) error {
	pointers, ok1 := m.bytes(array, uint64(len(l.starts))*4)
	text, ok2 := m.bytes(buf, uint64(len(l.buf)))
	if !ok1 || !ok2 {
		return host.EFAULT
	}
	copy(text, l.buf)
	for i, start := range l.starts {
		binary.LittleEndian.PutUint32(pointers[i*4:], buf+start)
	}
	return nil
}

// sizes stores the number of strings at count and of bytes at size.
func (l *stringList) sizes(m memory, count, size uint32) error {
	if !m.has(count, 4) || !m.has(size, 4) {
		return host.EFAULT
	}
	if err := m.putU32(count, uint32(len(l.starts))); err != nil {
		return err
	}
	return m.putU32(size, uint32(len(l.buf)))
}

func (c call) argsGet(p []uint64) error {
	return c.state.args.get(c.memory(), uint32(p[0]), uint32(p[1]))
}

func (c call) argsSizesGet(p []uint64) error {
	return c.state.args.sizes(c.memory(), uint32(p[0]), uint32(p[1]))
}

func (c call) environGet(p []uint64) error {
	return c.state.env.get(c.memory(), uint32(p[0]), uint32(p[1]))
}

func (c call) environSizesGet(p []uint64) error {
	return c.state.env.sizes(c.memory(), uint32(p[0]), uint32(p[1]))
}
