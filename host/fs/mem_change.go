// This file changes directories in memory.

package fs

import "github.com/dray-wasm/dray/host"

// Mkdir implements Dir.
func (d *memDir) Mkdir(name string) error {
	if err := d.mayChange(); err != nil {
		return err
	}
	m := d.m
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := vacant(d.node, name, true)
	if err != nil {
		return err
	}
	if err := m.takeEntry(len(p.base)); err != nil {
		return err
	}
	n := m.newNode(Directory)
	n.parent, n.links = p.dir, 2
	p.dir.links++
	p.dir.names.add(p.base, n)
	p.dir.touch(true)
	return nil
}

// Symlink implements Dir.
func (d *memDir) Symlink(target, name string) error {
	if err := d.mayChange(); err != nil {
		return err
	}
	if err := checkTarget(target); err != nil {
		return err
	}
	m := d.m
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := vacant(d.node, name, false)
	if err != nil {
		return err
	}
	if err := m.takeEntry(len(p.base) + len(target)); err != nil {
		return err
	}
	n := m.newNode(Symlink)
	n.target = target
	p.dir.names.add(p.base, n)
	p.dir.touch(true)
	return nil
}

// unname takes a name away. A node that has no other is dropped, now or when it
// is closed; its entry is given back then, that of another name at once.
func (m *Mem) unname(p *memPlace) {
	p.dir.names.remove(p.base)
	p.dir.touch(true)
	m.giveBytes(len(p.base))
	m.unlinked(p.dir, p.node)
}

// unlinked is what losing a name in dir does to a node.
func (m *Mem) unlinked(dir, n *memNode) {
	if n.typ == Directory {
		n.dead, n.links = true, 0
		dir.links--
		m.drop(n)
		return
	}
	n.links--
	n.touch(false)
	if n.links > 0 {
		m.entries.Add(-1)
		return
	}
	m.drop(n)
}

// Rmdir implements Dir.
func (d *memDir) Rmdir(name string) error {
	if err := d.mayChange(); err != nil {
		return err
	}
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	p, err := entry(d.node, name, &cannotRmdir)
	switch {
	case err != nil:
		return err
	case p.node == nil:
		return host.ENOENT
	case p.node.typ != Directory:
		return host.ENOTDIR
	case p.node.names.len() > 0:
		return host.ENOTEMPTY
	}
	d.m.unname(&p)
	return nil
}

// Unlink implements Dir.
func (d *memDir) Unlink(name string) error {
	if err := d.mayChange(); err != nil {
		return err
	}
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	p, err := entry(d.node, name, &cannotUnlink)
	switch {
	case err != nil:
		return err
	case p.node == nil:
		return host.ENOENT
	case p.node.typ == Directory:
		return host.EISDIR
	case p.slash:
		return host.ENOTDIR
	}
	d.m.unname(&p)
	return nil
}

// other is the memDir behind a Dir, when both are of one tree.
func (d *memDir) other(to Dir) (*memDir, error) {
	t, ok := to.(*memDir)
	if !ok || t.m != d.m {
		return nil, host.EXDEV
	}
	if err := d.mayChange(); err != nil {
		return nil, err
	}
	return t, t.mayChange()
}

// Link implements Dir.
func (d *memDir) Link(name string, follow bool, to Dir, toName string) error {
	t, err := d.other(to)
	if err != nil {
		return err
	}
	m := d.m
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := find(d.node, name, follow)
	if err != nil {
		return err
	}
	p, err := vacant(t.node, toName, false)
	if err != nil {
		return err
	}
	if n.typ == Directory {
		return host.EPERM
	}
	if err := m.takeEntry(len(p.base)); err != nil {
		return err
	}
	n.links++
	n.touch(false)
	p.dir.names.add(p.base, n)
	p.dir.touch(true)
	return nil
}

// Rename implements Dir.
func (d *memDir) Rename(name string, to Dir, toName string) error {
	t, err := d.other(to)
	if err != nil {
		return err
	}
	m := d.m
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := walk(d.node, name, followNone)
	if err != nil {
		return err
	}
	q, err := walk(t.node, toName, followNone)
	if err != nil {
		return err
	}
	if err := checkRename(&p, &q); err != nil || p.node == q.node {
		return err
	}
	return m.move(&p, &q)
}

// checkRename is why a rename is refused, in the order of Linux.
func checkRename(p, q *memPlace) error {
	n, old := p.node, q.node
	switch {
	case p.kind != normal:
		return cannotRename[p.kind]
	case q.kind != normal:
		return cannotRename[q.kind]
	case n == nil:
		return host.ENOENT
	case n.typ != Directory && (p.slash || q.slash):
		return host.ENOTDIR
	case n.holds(q.dir):
		return host.EINVAL
	case old != nil && old.holds(p.dir):
		return host.ENOTEMPTY
	case old == nil && q.dir.dead:
		return host.ENOENT
	case old == nil || old == n:
		return nil
	case n.typ == Directory && old.typ != Directory:
		return host.ENOTDIR
	case n.typ != Directory && old.typ == Directory:
		return host.EISDIR
	case old.typ == Directory && old.names.len() > 0:
		return host.ENOTEMPTY
	}
	return nil
}

// holds reports whether dir is n or below it.
func (n *memNode) holds(dir *memNode) bool {
	if n.typ != Directory {
		return false
	}
	for dir != n {
		if dir.parent == dir || dir.dead {
			return false
		}
		dir = dir.parent
	}
	return true
}

// move does a rename that checkRename allows.
func (m *Mem) move(p, q *memPlace) error {
	n, old := p.node, q.node
	if more := len(q.base) - len(p.base); old == nil && more > 0 {
		if err := m.takeBytes(more); err != nil {
			return err
		}
	} else if old == nil {
		m.giveBytes(-more)
	} else {
		m.giveBytes(len(p.base))
	}
	p.dir.names.remove(p.base)
	if old == nil {
		q.dir.names.add(q.base, n)
	} else {
		q.dir.names.replace(q.base, n)
		m.unlinked(q.dir, old)
	}
	if n.typ == Directory {
		n.parent = q.dir
		p.dir.links--
		q.dir.links++
	}
	p.dir.touch(true)
	q.dir.touch(true)
	n.touch(false)
	return nil
}
