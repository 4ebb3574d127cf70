package p1

// This file is the functions on descriptors that are neither input nor output.

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// fd is the open descriptor with the number in a parameter.
func (c call) fd(p uint64) (*descriptor, error) { return c.state.table.get(uint32(p)) }

func (c call) fdClose(p []uint64) error {
	d, err := c.state.table.remove(uint32(p[0]))
	if err != nil {
		return err
	}
	return d.close()
}

func (c call) fdRenumber(p []uint64) error {
	old, err := c.state.table.renumber(uint32(p[0]), uint32(p[1]))
	if err != nil || old == nil {
		return err
	}
	// The number has been taken over whatever closing what had it says.
	old.close()
	return nil
}

func (c call) fdAdvise(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	off, n, advice := p[1], p[2], uint32(p[3])
	switch {
	case advice > adviceLast || off > math.MaxInt64 || n > math.MaxInt64:
		return host.EINVAL
	case d.dir != nil:
		return host.EBADF
	case d.file == nil || !d.regular():
		return host.ESPIPE
	}
	return d.file.Advise(int64(off), int64(n), fs.Advice(advice))
}

// fdAllocate: no file system here promises room.
func (c call) fdAllocate(p []uint64) error {
	d, err := c.fd(p[0])
	switch {
	case err != nil:
		return err
	case d.dir != nil:
		return host.EBADF
	}
	return host.ENOTSUP
}

func (c call) fdSync(p []uint64) error     { return c.sync(p[0], false) }
func (c call) fdDatasync(p []uint64) error { return c.sync(p[0], true) }

func (c call) sync(fd uint64, dataOnly bool) error {
	d, err := c.fd(fd)
	if err != nil {
		return err
	}
	if n := d.node(); n != nil {
		return n.Sync(dataOnly)
	}
	return host.EINVAL
}

func (c call) fdFdstatGet(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	b, ok := c.memory().bytes(uint32(p[1]), fdstatSize)
	if !ok {
		return host.EFAULT
	}
	base, inheriting := d.rights()
	clear(b)
	b[fdstatFiletype] = d.filetype
	binary.LittleEndian.PutUint16(b[fdstatFlags:], uint16(d.flags.Load()))
	binary.LittleEndian.PutUint64(b[fdstatBase:], base)
	binary.LittleEndian.PutUint64(b[fdstatInheriting:], inheriting)
	return nil
}

// fdFdstatSetFlags: files have all the flags, everything else has nonblock.
func (c call) fdFdstatSetFlags(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	flags := uint32(p[1])
	if flags&^fdflagsAll != 0 {
		return host.EINVAL
	}
	if d.file == nil {
		if flags&^fdflagNonblock != 0 {
			return host.ENOTSUP
		}
		d.flags.Store(flags)
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if sync, dsync := syncFlags(flags); (d.flags.Load()^flags)&(fdflagSync|fdflagRsync|fdflagDsync) != 0 {
		if err := d.file.SetSync(sync, dsync); err != nil {
			return err
		}
	}
	d.flags.Store(flags)
	return nil
}

// syncFlags are the host's O_SYNC and O_DSYNC for flags. Synchronized reads
// ask for both, as in Linux.
func syncFlags(flags uint32) (sync, dsync bool) {
	return flags&(fdflagSync|fdflagRsync) != 0, flags&fdflagDsync != 0
}

// fdFdstatSetRights: rights cannot be given up.
func (c call) fdFdstatSetRights(p []uint64) error {
	if _, err := c.fd(p[0]); err != nil {
		return err
	}
	return host.ENOTSUP
}

func (c call) fdPrestatGet(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	if !d.preopen {
		return host.EBADF
	}
	b, ok := c.memory().bytes(uint32(p[1]), prestatSize)
	if !ok {
		return host.EFAULT
	}
	clear(b)
	if d.dir == nil {
		b[prestatTag] = preopentypeListener
		return nil
	}
	b[prestatTag] = preopentypeDir
	binary.LittleEndian.PutUint32(b[prestatNameLen:], uint32(len(d.guest)))
	return nil
}

func (c call) fdPrestatDirName(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	switch {
	case !d.preopen:
		return host.EBADF
	case d.dir == nil:
		return host.ENOTDIR
	case uint64(uint32(p[2])) < uint64(len(d.guest)):
		return host.ENAMETOOLONG
	}
	b, ok := c.memory().bytes(uint32(p[1]), uint64(len(d.guest)))
	if !ok {
		return host.EFAULT
	}
	copy(b, d.guest)
	return nil
}

func (c call) fdSeek(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	result := uint32(p[3])
	if !c.memory().has(result, 8) {
		return host.EFAULT
	}
	off, err := d.seek(int64(p[1]), uint32(p[2]))
	if err != nil {
		return err
	}
	return c.memory().putU64(result, uint64(off))
}

func (c call) fdTell(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	result := uint32(p[1])
	if !c.memory().has(result, 8) {
		return host.EFAULT
	}
	off, err := d.seek(0, whenceCur)
	if err != nil {
		return err
	}
	return c.memory().putU64(result, uint64(off))
}

// seek moves the offset and returns it.
func (d *descriptor) seek(delta int64, whence uint32) (int64, error) {
	switch {
	case whence > whenceEnd:
		return 0, host.EINVAL
	case d.dir != nil:
		return 0, host.EBADF
	case d.std != nil:
		return d.std.Seek(delta, [...]int{io.SeekStart, io.SeekCurrent, io.SeekEnd}[whence])
	case d.file == nil || !d.regular():
		return 0, host.ESPIPE
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	base := int64(0)
	switch whence {
	case whenceCur:
		base = d.off
	case whenceEnd:
		st, err := d.file.Stat()
		if err != nil {
			return 0, err
		}
		base = st.Size
	}
	switch off := base + delta; {
	case delta > 0 && off < base:
		return 0, host.EOVERFLOW
	case off < 0:
		return 0, host.EINVAL
	default:
		d.off = off
		return off, nil
	}
}
