// This file is a tree in memory: its limits, its nodes and the room they take.

package fs

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray/host"
)

// MemLimits are the most that a tree in memory may hold. What goes beyond is
// host.ENOSPC.
type MemLimits struct {
	// MaxBytes counts the contents of files, in pages of 4 KiB as far as they
	// were written, and the names and the targets of symbolic links. 0 means
	// DefaultMemBytes.
	MaxBytes int64
	// MaxEntries counts names, and files that are open without one. 0 means
	// DefaultMemEntries.
	MaxEntries int64
}

// The limits of a tree whose MemLimits are zero.
const (
	DefaultMemBytes   = 256 << 20
	DefaultMemEntries = 1 << 16
)

// A Mem is a tree in memory. It starts empty, keeps no permissions and no times
// of last access by reading, and goes away with the last reference to it.
type Mem struct {
	limits         MemLimits
	bytes, entries atomic.Int64
	dev            uint64
	lastIno        atomic.Uint64
	root           *memNode
	// mu guards the names: every memNode's parent, links, opens and list. It is
	// taken before a node's own mu.
	mu sync.RWMutex
}

// NewMem makes an empty tree.
func NewMem(limits MemLimits) *Mem {
	if limits.MaxBytes <= 0 {
		limits.MaxBytes = DefaultMemBytes
	}
	if limits.MaxEntries <= 0 {
		limits.MaxEntries = DefaultMemEntries
	}
	m := &Mem{limits: limits, dev: newDevice()}
	m.root = m.newNode(Directory)
	m.root.parent, m.root.links = m.root, 2
	return m
}

// Dir grants the top of the tree. Several grants of one tree, also of different
// access, see the same files; names can be linked and renamed between them.
func (m *Mem) Dir(access Access) Dir {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.openDir(m.root, access)
}

// Usage is how much of the limits is used.
func (m *Mem) Usage() (bytes, entries int64) { return m.bytes.Load(), m.entries.Load() }

// lastDevice numbers the trees that have no device of the system. The numbers
// are above those of any system.
var lastDevice atomic.Uint64

func newDevice() uint64 { return 1<<63 | lastDevice.Add(1) }

// take reserves room, or answers host.ENOSPC.
func take(used *atomic.Int64, n, limit int64) error {
	for {
		old := used.Load()
		if n > limit-old {
			return host.ENOSPC
		}
		if used.CompareAndSwap(old, old+n) {
			return nil
		}
	}
}

func (m *Mem) takeBytes(n int) error { return take(&m.bytes, int64(n), m.limits.MaxBytes) }
func (m *Mem) giveBytes(n int)       { m.bytes.Add(-int64(n)) }

// takeEntry reserves a name, with bytes for it and for what it brings.
func (m *Mem) takeEntry(bytes int) error {
	if err := take(&m.entries, 1, m.limits.MaxEntries); err != nil {
		return err
	}
	if err := m.takeBytes(bytes); err != nil {
		m.entries.Add(-1)
		return err
	}
	return nil
}

// A memNode is a file, directory or symbolic link.
type memNode struct {
	ino uint64
	typ FileType
	// links counts names, and for a directory "." and the ".." of those in it;
	// opens counts Files and Dirs. When both are 0 the node gives its room back.
	links, opens int
	// parent is the directory that a directory is in; dead says that it was
	// removed.
	parent *memNode
	dead   bool
	names  memNames
	target string // of a Symlink

	mu           sync.RWMutex // guards what follows
	data         memData
	atime, mtime time.Time
	ctime        time.Time
}

func (m *Mem) newNode(typ FileType) *memNode {
	now := time.Now()
	return &memNode{ino: m.lastIno.Add(1), typ: typ, links: 1, atime: now, mtime: now, ctime: now}
}

// touch sets the times that a change of the content sets, or only that of a
// change of the node.
func (n *memNode) touch(content bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if content {
		n.touched()
	} else {
		n.ctime = time.Now()
	}
}

// touched is touch(true) with n.mu held.
func (n *memNode) touched() {
	n.ctime = time.Now()
	n.mtime = n.ctime
}

// stat needs the tree's mu for reading.
func (m *Mem) stat(n *memNode) Stat {
	n.mu.RLock()
	defer n.mu.RUnlock()
	st := Stat{
		Dev:   m.dev,
		Ino:   n.ino,
		Type:  n.typ,
		Links: uint64(n.links),
		Size:  n.data.size,
		Atime: n.atime,
		Mtime: n.mtime,
		Ctime: n.ctime,
	}
	if n.typ == Symlink {
		st.Size = int64(len(n.target))
	}
	return st
}

func (n *memNode) setTimes(atime, mtime SetTime) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	a, err := atime.in(n.atime, now)
	if err != nil {
		return err
	}
	b, err := mtime.in(n.mtime, now)
	if err != nil {
		return err
	}
	if atime.Kind != Keep || mtime.Kind != Keep {
		n.ctime = now
	}
	n.atime, n.mtime = a, b
	return nil
}

// in is what a time becomes.
func (t SetTime) in(old, now time.Time) (time.Time, error) {
	switch t.Kind {
	case Keep:
		return old, nil
	case SetNow:
		return now, nil
	case SetAt:
		return t.At, nil
	}
	return old, host.EINVAL
}

// drop gives the room of a node back when nothing holds it. It needs the tree's
// mu.
func (m *Mem) drop(n *memNode) {
	if n.links > 0 || n.opens > 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	m.giveBytes(n.data.clear() + len(n.target))
	m.entries.Add(-1)
}

// closeNode is the end of one File or Dir.
func (m *Mem) closeNode(n *memNode) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n.opens--
	m.drop(n)
}
