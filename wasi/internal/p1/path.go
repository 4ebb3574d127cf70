package p1

// This file is the functions on paths but for path_open.

import (
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// dir is the open directory with the number in a parameter, else EBADF or
// ENOTDIR.
func (c call) dir(fd uint64) (fs.Dir, error) {
	d, err := c.fd(fd)
	switch {
	case err != nil:
		return nil, err
	case d.dir == nil:
		return nil, host.ENOTDIR
	}
	return d.dir, nil
}

// at is a directory and the path at ptr, of n bytes, below it.
func (c call) at(fd, ptr, n uint64) (fs.Dir, string, error) {
	d, err := c.dir(fd)
	if err != nil {
		return nil, "", err
	}
	name, err := c.memory().path(uint32(ptr), uint32(n))
	return d, name, err
}

// follow is what lookupflags say about a link in the last place.
func follow(flags uint64) (bool, error) {
	f := uint32(flags)
	if f&^lookupSymlinkFollow != 0 {
		return false, host.EINVAL
	}
	return f&lookupSymlinkFollow != 0, nil
}

func (c call) pathCreateDirectory(p []uint64) error {
	d, name, err := c.at(p[0], p[1], p[2])
	if err != nil {
		return err
	}
	return d.Mkdir(name)
}

func (c call) pathRemoveDirectory(p []uint64) error {
	d, name, err := c.at(p[0], p[1], p[2])
	if err != nil {
		return err
	}
	return d.Rmdir(name)
}

func (c call) pathUnlinkFile(p []uint64) error {
	d, name, err := c.at(p[0], p[1], p[2])
	if err != nil {
		return err
	}
	return d.Unlink(name)
}

func (c call) pathFilestatGet(p []uint64) error {
	d, name, err := c.at(p[0], p[2], p[3])
	if err != nil {
		return err
	}
	followLink, err := follow(p[1])
	if err != nil {
		return err
	}
	b, ok := c.memory().bytes(uint32(p[4]), filestatSize)
	if !ok {
		return host.EFAULT
	}
	st, err := d.StatAt(name, followLink)
	if err != nil {
		return err
	}
	putFilestat(b, &st, filetypeOf(st.Type))
	return nil
}

func (c call) pathFilestatSetTimes(p []uint64) error {
	d, name, err := c.at(p[0], p[2], p[3])
	if err != nil {
		return err
	}
	followLink, err := follow(p[1])
	if err != nil {
		return err
	}
	atime, mtime, err := setTimes(p[4], p[5], uint32(p[6]))
	if err != nil {
		return err
	}
	return d.SetTimesAt(name, followLink, atime, mtime)
}

func (c call) pathLink(p []uint64) error {
	d, name, err := c.at(p[0], p[2], p[3])
	if err != nil {
		return err
	}
	followLink, err := follow(p[1])
	if err != nil {
		return err
	}
	to, toName, err := c.at(p[4], p[5], p[6])
	if err != nil {
		return err
	}
	return d.Link(name, followLink, to, toName)
}

func (c call) pathRename(p []uint64) error {
	d, name, err := c.at(p[0], p[1], p[2])
	if err != nil {
		return err
	}
	to, toName, err := c.at(p[3], p[4], p[5])
	if err != nil {
		return err
	}
	return d.Rename(name, to, toName)
}

func (c call) pathSymlink(p []uint64) error {
	d, name, err := c.at(p[2], p[3], p[4])
	if err != nil {
		return err
	}
	target, err := c.memory().path(uint32(p[0]), uint32(p[1]))
	if err != nil {
		return err
	}
	return d.Symlink(target, name)
}

func (c call) pathReadlink(p []uint64) error {
	d, name, err := c.at(p[0], p[1], p[2])
	if err != nil {
		return err
	}
	m, result := c.memory(), uint32(p[5])
	buf, ok := m.bytes(uint32(p[3]), uint64(uint32(p[4])))
	if !ok || !m.has(result, 4) {
		return host.EFAULT
	}
	target, err := d.Readlink(name)
	if err != nil {
		return err
	}
	return m.putU32(result, uint32(copy(buf, target)))
}
