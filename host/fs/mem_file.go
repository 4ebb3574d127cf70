// This file is an open file in memory.

package fs

import (
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// A memFile is a File of a Mem.
type memFile struct {
	m           *Mem
	node        *memNode
	read, write bool
	access      Access
	closed      atomic.Bool
}

// openFile needs m.mu.
func (m *Mem) openFile(n *memNode, how Open, access Access) *memFile {
	n.opens++
	return &memFile{m: m, node: n, read: how.Read, write: how.Write && access == ReadWrite, access: access}
}

func (f *memFile) ok() error {
	if f.closed.Load() {
		return host.EBADF
	}
	return nil
}

// Type implements File.
func (f *memFile) Type() FileType { return Regular }

// Stream implements File.
func (f *memFile) Stream() (stream.Input, stream.Output) { return nil, nil }

// Close implements Node.
func (f *memFile) Close() error {
	if f.closed.Swap(true) {
		return host.EBADF
	}
	f.m.closeNode(f.node)
	return nil
}

// Stat implements Node.
func (f *memFile) Stat() (Stat, error) {
	if err := f.ok(); err != nil {
		return Stat{}, err
	}
	f.m.mu.RLock()
	defer f.m.mu.RUnlock()
	return f.m.stat(f.node), nil
}

// SetTimes implements Node.
func (f *memFile) SetTimes(atime, mtime SetTime) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	if err := f.ok(); err != nil {
		return err
	}
	return f.node.setTimes(atime, mtime)
}

// Sync implements Node.
func (f *memFile) Sync(bool) error { return f.ok() }

// SetSync implements File.
func (f *memFile) SetSync(bool, bool) error { return f.ok() }

// Advise implements File.
func (f *memFile) Advise(off, n int64, a Advice) error {
	if off < 0 || n < 0 || a > AdviceNoReuse {
		return host.EINVAL
	}
	return f.ok()
}

// ReadAt implements File.
func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, host.EINVAL
	}
	if !f.read {
		return 0, host.EBADF
	}
	f.node.mu.RLock()
	defer f.node.mu.RUnlock()
	if err := f.ok(); err != nil {
		return 0, err
	}
	return f.node.data.readAt(p, off)
}

// WriteAt implements File.
func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	if err := checkRange(off, len(p)); err != nil {
		return 0, err
	}
	return f.writeTo(p, func() int64 { return off })
}

// Append implements File.
func (f *memFile) Append(p []byte) (int, error) {
	return f.writeTo(p, func() int64 { return f.node.data.size })
}

// writeTo writes p where at says, which it asks with the node's mu held.
func (f *memFile) writeTo(p []byte, at func() int64) (int, error) {
	if f.access == ReadOnly {
		return 0, host.EROFS
	}
	if !f.write {
		return 0, host.EBADF
	}
	f.node.mu.Lock()
	defer f.node.mu.Unlock()
	if err := f.ok(); err != nil {
		return 0, err
	}
	off := at()
	if err := checkRange(off, len(p)); err != nil {
		return 0, err
	}
	n, err := f.node.data.writeAt(p, off, f.m.takeBytes)
	if n > 0 {
		f.node.touched()
	}
	return n, err
}

// Truncate implements File.
func (f *memFile) Truncate(size int64) error {
	if f.access == ReadOnly {
		return host.EROFS
	}
	if size < 0 || !f.write {
		return host.EINVAL
	}
	f.node.mu.Lock()
	defer f.node.mu.Unlock()
	if err := f.ok(); err != nil {
		return err
	}
	f.m.giveBytes(f.node.data.truncate(size))
	f.node.touched()
	return nil
}
