package p1

// This file is the attributes of open files.

import (
	"encoding/binary"
	"math"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// putFilestat stores a filestat at b, which has room for it.
func putFilestat(b []byte, st *fs.Stat, filetype uint8) {
	clear(b)
	b[filestatFiletype] = filetype
	for _, f := range [...]struct {
		at int
		v  uint64
	}{
		{filestatDev, st.Dev},
		{filestatIno, st.Ino},
		{filestatNlink, st.Links},
		{filestatSizeOf, uint64(max(st.Size, 0))},
		{filestatAtim, nanoseconds(st.Atime)},
		{filestatMtim, nanoseconds(st.Mtime)},
		{filestatCtim, nanoseconds(st.Ctime)},
	} {
		binary.LittleEndian.PutUint64(b[f.at:], f.v)
	}
}

func (c call) fdFilestatGet(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	b, ok := c.memory().bytes(uint32(p[1]), filestatSize)
	if !ok {
		return host.EFAULT
	}
	var st fs.Stat
	if n := d.node(); n != nil {
		if st, err = n.Stat(); err != nil {
			return err
		}
	} else if d.std != nil {
		// A standard stream of which nothing is known has a type anyway.
		st, _ = d.std.Stat()
	}
	putFilestat(b, &st, d.filetype)
	return nil
}

func (c call) fdFilestatSetSize(p []uint64) error {
	d, err := c.fd(p[0])
	switch {
	case err != nil:
		return err
	case d.dir != nil:
		return host.EBADF
	case d.file == nil || !d.regular():
		return host.EINVAL
	case p[1] > math.MaxInt64:
		return host.EFBIG
	}
	return d.file.Truncate(int64(p[1]))
}

func (c call) fdFilestatSetTimes(p []uint64) error {
	d, err := c.fd(p[0])
	if err != nil {
		return err
	}
	atime, mtime, err := setTimes(p[1], p[2], uint32(p[3]))
	if err != nil {
		return err
	}
	n := d.node()
	if n == nil {
		return host.ENOTSUP
	}
	return n.SetTimes(atime, mtime)
}

// setTimes is what two timestamps and fstflags ask for; asking for a time and
// for now is EINVAL.
func setTimes(atim, mtim uint64, flags uint32) (atime, mtime fs.SetTime, err error) {
	const a, m = fstAtim | fstAtimNow, fstMtim | fstMtimNow
	if flags&^fstAll != 0 || flags&a == a || flags&m == m {
		return atime, mtime, host.EINVAL
	}
	switch {
	case flags&fstAtim != 0:
		atime = fs.SetTime{Kind: fs.SetAt, At: timeOf(atim)}
	case flags&fstAtimNow != 0:
		atime.Kind = fs.SetNow
	}
	switch {
	case flags&fstMtim != 0:
		mtime = fs.SetTime{Kind: fs.SetAt, At: timeOf(mtim)}
	case flags&fstMtimNow != 0:
		mtime.Kind = fs.SetNow
	}
	return atime, mtime, nil
}
