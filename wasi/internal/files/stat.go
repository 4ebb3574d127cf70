package files

// This file is the attributes of files.

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// maxSeconds is the last second that both time.Time and the host's files know.
const maxSeconds = math.MaxInt64 - 62135596800

// SetAt asks for a time since 1970: host.EINVAL for a billion or more
// nanoseconds, host.EOVERFLOW for seconds that no file has.
func SetAt(seconds int64, nanoseconds uint32) (fs.SetTime, error) {
	switch {
	case nanoseconds >= 1e9:
		return fs.SetTime{}, host.EINVAL
	case seconds > maxSeconds:
		return fs.SetTime{}, host.EOVERFLOW
	}
	return fs.SetTime{Kind: fs.SetAt, At: time.Unix(seconds, int64(nanoseconds))}, nil
}

// Hash makes a number from what a file is. The lower half depends on which file
// it is only, since C libraries give it to programs as the file's number; the
// upper half also on its size and the time of its last change.
func Hash(st *fs.Stat) (lower, upper uint64) {
	var b [40]byte
	binary.LittleEndian.PutUint64(b[0:], st.Dev)
	binary.LittleEndian.PutUint64(b[8:], st.Ino)
	file := sha256.Sum256(b[:16])
	binary.LittleEndian.PutUint64(b[16:], uint64(st.Size))
	binary.LittleEndian.PutUint64(b[24:], uint64(st.Mtime.Unix()))
	binary.LittleEndian.PutUint64(b[32:], uint64(st.Mtime.Nanosecond()))
	all := sha256.Sum256(b[:])
	return binary.LittleEndian.Uint64(file[:]), binary.LittleEndian.Uint64(all[:])
}

// Stat describes what is open.
func (d *Descriptor) Stat() (fs.Stat, error) {
	n, err := d.asNode()
	if err != nil {
		return fs.Stat{}, err
	}
	return n.Stat()
}

// StatAt describes what a path names.
func (d *Descriptor) StatAt(path string, follow bool) (fs.Stat, error) {
	dir, err := d.Dir()
	if err != nil {
		return fs.Stat{}, err
	}
	return dir.StatAt(path, follow)
}

// Same tells whether two descriptors are of one file.
func (d *Descriptor) Same(o *Descriptor) bool {
	if d == o {
		return true
	}
	a, err := d.Stat()
	if err != nil {
		return false
	}
	b, err := o.Stat()
	// A system that knows no numbers gives all files the same.
	known := a.Dev != 0 || a.Ino != 0
	return err == nil && known && a.Dev == b.Dev && a.Ino == b.Ino
}

// SetTimes sets the times of what is open.
func (d *Descriptor) SetTimes(atime, mtime fs.SetTime) error {
	n, err := d.asNode()
	if err != nil {
		return err
	}
	return n.SetTimes(atime, mtime)
}

// SetTimesAt sets the times of what a path names.
func (d *Descriptor) SetTimesAt(path string, follow bool, atime, mtime fs.SetTime) error {
	dir, err := d.Dir()
	if err != nil {
		return err
	}
	return dir.SetTimesAt(path, follow, atime, mtime)
}
