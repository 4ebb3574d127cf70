// This file is a directory in memory.

package fs

import (
	"context"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
)

// A memDir is a Dir of a Mem.
type memDir struct {
	m      *Mem
	node   *memNode
	access Access
	closed atomic.Bool
}

// openDir needs m.mu.
func (m *Mem) openDir(n *memNode, access Access) *memDir {
	n.opens++
	return &memDir{m: m, node: n, access: access}
}

// Access implements Dir.
func (d *memDir) Access() Access { return d.access }

// Close implements Node.
func (d *memDir) Close() error {
	if d.closed.Swap(true) {
		return host.EBADF
	}
	d.m.closeNode(d.node)
	return nil
}

func (d *memDir) ok() error {
	if d.closed.Load() {
		return host.EBADF
	}
	return nil
}

// mayChange is ok for an operation that changes the tree.
func (d *memDir) mayChange() error {
	if d.access == ReadOnly {
		return host.EROFS
	}
	return d.ok()
}

// Stat implements Node.
func (d *memDir) Stat() (Stat, error) {
	if err := d.ok(); err != nil {
		return Stat{}, err
	}
	d.m.mu.RLock()
	defer d.m.mu.RUnlock()
	return d.m.stat(d.node), nil
}

// SetTimes implements Node.
func (d *memDir) SetTimes(atime, mtime SetTime) error {
	if err := d.mayChange(); err != nil {
		return err
	}
	return d.node.setTimes(atime, mtime)
}

// Sync implements Node.
func (d *memDir) Sync(bool) error { return d.ok() }

// StatAt implements Dir.
func (d *memDir) StatAt(name string, follow bool) (Stat, error) {
	if err := d.ok(); err != nil {
		return Stat{}, err
	}
	d.m.mu.RLock()
	defer d.m.mu.RUnlock()
	n, err := find(d.node, name, follow)
	if err != nil {
		return Stat{}, err
	}
	return d.m.stat(n), nil
}

// SetTimesAt implements Dir.
func (d *memDir) SetTimesAt(name string, follow bool, atime, mtime SetTime) error {
	if err := d.mayChange(); err != nil {
		return err
	}
	d.m.mu.RLock()
	defer d.m.mu.RUnlock()
	n, err := find(d.node, name, follow)
	if err != nil {
		return err
	}
	return n.setTimes(atime, mtime)
}

// Readlink implements Dir.
func (d *memDir) Readlink(name string) (string, error) {
	if err := d.ok(); err != nil {
		return "", err
	}
	d.m.mu.RLock()
	defer d.m.mu.RUnlock()
	n, err := find(d.node, name, false)
	if err != nil {
		return "", err
	}
	if n.typ != Symlink {
		return "", host.EINVAL
	}
	return n.target, nil
}

// Open implements Dir.
func (d *memDir) Open(_ context.Context, name string, how Open) (Node, error) {
	how, err := admit(d, name, how)
	if err != nil {
		return nil, err
	}
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	// Within mu, a directory that is not closed has not given its room back.
	if err := d.ok(); err != nil {
		return nil, err
	}
	n, err := d.lookOrMake(name, how)
	if err != nil {
		return nil, err
	}
	if n.typ == Directory {
		return d.m.openDir(n, d.access), nil
	}
	if how.Truncate {
		n.mu.Lock()
		d.m.giveBytes(n.data.truncate(0))
		n.mu.Unlock()
		n.touch(true)
	}
	return d.m.openFile(n, how, d.access), nil
}

// lookOrMake finds what Open opens.
func (d *memDir) lookOrMake(name string, how Open) (*memNode, error) {
	follow := followFlag(how.Follow)
	switch {
	case how.Exclusive, how.Create && !how.Follow:
		follow = followNone
	case how.Create:
		follow = followBare
	}
	p, err := walk(d.node, name, follow)
	n := p.node
	switch {
	case err != nil:
		return nil, err
	case how.Create && p.slash && p.kind == normal:
		return nil, host.EISDIR
	case n == nil && !how.Create, n == nil && p.dir.dead:
		return nil, host.ENOENT
	case n == nil:
		n = d.m.newNode(Regular)
		if err := d.m.takeEntry(len(p.base)); err != nil {
			return nil, err
		}
		p.dir.names.add(p.base, n)
		p.dir.touch(true)
		return n, nil
	case how.Exclusive:
		return nil, host.EEXIST
	case n.typ == Directory && (how.Create || how.Write || how.Truncate):
		return nil, host.EISDIR
	case n.typ != Directory && (how.Directory || p.slash):
		return nil, host.ENOTDIR
	case n.typ == Symlink:
		return nil, host.ELOOP
	}
	return n, nil
}

// ReadDir implements Dir.
func (d *memDir) ReadDir(cookie uint64, yield func(e *DirEntry) bool) error {
	if err := d.ok(); err != nil {
		return err
	}
	var buf [64]memEntry
	var e DirEntry
	for {
		d.m.mu.RLock()
		if d.node.dead {
			d.m.mu.RUnlock()
			return host.ENOENT
		}
		// "." and ".." are the first two entries.
		some := buf[:0]
		for i, name := range [...]string{".", ".."} {
			if uint64(i) >= cookie {
				some = append(some, memEntry{name: name, node: d.node, cookie: uint64(i) + 1})
			}
		}
		some = d.node.names.after(max(cookie, firstCookie), len(buf), some)
		d.m.mu.RUnlock()
		for i := range some {
			cookie = some[i].cookie
			e = DirEntry{Name: some[i].name, Ino: some[i].node.ino, Type: some[i].node.typ, Next: cookie}
			if !yield(&e) {
				return nil
			}
		}
		if len(some) < len(buf) {
			return nil
		}
	}
}
