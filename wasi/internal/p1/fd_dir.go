package p1

// This file is reading directories.

import (
	"encoding/binary"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// fdReaddir fills the buffer with entries; the last is cut where the buffer
// ends. A buffer that is not full means that the directory ended.
func (c call) fdReaddir(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	if d.dir == nil {
		return host.ENOTDIR
	}
	m, result := c.memory(), uint32(p[4])
	buf, ok := m.bytes(uint32(p[1]), uint64(uint32(p[2])))
	if !ok || !m.has(result, 4) {
		return host.EFAULT
	}
	used := 0
	err = d.dir.ReadDir(p[3], func(e *fs.DirEntry) bool {
		used += putDirent(buf[used:], e)
		return used < len(buf) && c.ctx.Err() == nil
	})
	if err == nil {
		err = c.ctx.Err()
	}
	if err != nil {
		return err
	}
	return m.putU32(result, uint32(used))
}

// putDirent stores as much of an entry in b as fits, and returns how much that
// is.
func putDirent(b []byte, e *fs.DirEntry) int {
	var head [direntSize]byte
	binary.LittleEndian.PutUint64(head[direntNext:], e.Next)
	binary.LittleEndian.PutUint64(head[direntIno:], e.Ino)
	binary.LittleEndian.PutUint32(head[direntNamlen:], uint32(len(e.Name)))
	head[direntType] = filetypeOf(e.Type)
	n := copy(b, head[:])
	return n + copy(b[n:], e.Name)
}
