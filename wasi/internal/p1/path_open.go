package p1

// This file is path_open.

import (
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// pathOpen opens for reading and writing as the rights fd_read and fd_write
// ask; the other rights are there anyway.
func (c call) pathOpen(p []uint64) error {
	dir, name, err := c.at(p[0], p[2], p[3])
	if err != nil {
		return err
	}
	followLink, err := follow(p[1])
	if err != nil {
		return err
	}
	oflags, rights, flags, result := uint32(p[4]), p[5], uint32(p[7]), uint32(p[8])
	if oflags&^oflagsAll != 0 || flags&^fdflagsAll != 0 {
		return host.EINVAL
	}
	if !c.memory().has(result, 4) {
		return host.EFAULT
	}
	// Ask before anything is created or emptied.
	if c.state.table.full() {
		return host.EMFILE
	}
	how := fs.Open{
		Read:      rights&rightFdRead != 0,
		Write:     rights&rightFdWrite != 0,
		Create:    oflags&oflagCreat != 0,
		Exclusive: oflags&oflagExcl != 0,
		Truncate:  oflags&oflagTrunc != 0,
		Directory: oflags&oflagDirectory != 0,
		Follow:    followLink,
		NonBlock:  flags&fdflagNonblock != 0,
	}
	how.Sync, how.Dsync = syncFlags(flags)
	n, err := dir.Open(c.ctx, name, how)
	if err != nil {
		return err
	}
	if _, ok := n.(fs.Dir); ok {
		flags &= fdflagNonblock
	}
	return c.install(nodeDescriptor(n, how.Read, how.Write, flags), result)
}

// install puts a new descriptor into the table and stores its number; it is
// closed when that fails.
func (c call) install(d *descriptor, result uint32) error {
	fd, err := c.state.table.insert(d)
	if err != nil {
		d.close()
		return err
	}
	if err := c.memory().putU32(result, fd); err != nil {
		if d, rerr := c.state.table.remove(fd); rerr == nil {
			d.close()
		}
		return err
	}
	return nil
}
