package filesystem

// This file is the attributes of files.

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/gen/p2/clocks"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
)

// types maps the host's kinds of files.
var types = [...]gen.DescriptorType{
	fs.Unknown:      gen.DescriptorTypeUnknown,
	fs.BlockDevice:  gen.DescriptorTypeBlockDevice,
	fs.CharDevice:   gen.DescriptorTypeCharacterDevice,
	fs.Directory:    gen.DescriptorTypeDirectory,
	fs.Regular:      gen.DescriptorTypeRegularFile,
	fs.Symlink:      gen.DescriptorTypeSymbolicLink,
	fs.Fifo:         gen.DescriptorTypeFifo,
	fs.SocketDgram:  gen.DescriptorTypeSocket,
	fs.SocketStream: gen.DescriptorTypeSocket,
}

func typeOf(t fs.FileType) gen.DescriptorType {
	if int(t) < len(types) {
		return types[t]
	}
	return gen.DescriptorTypeUnknown
}

// maxSeconds is the last second that both time.Time and the host's files know.
const maxSeconds = math.MaxInt64 - 62135596800

// datetimeOf is a time of a file; nil where the system does not know it, or it
// lies before 1970.
func datetimeOf(t time.Time) *clocks.Datetime {
	if t.IsZero() || t.Unix() < 0 {
		return nil
	}
	return &clocks.Datetime{Seconds: uint64(t.Unix()), Nanoseconds: uint32(t.Nanosecond())}
}

// setTimeOf is what a new-timestamp asks for: host.EINVAL for a billion or more
// nanoseconds, host.EOVERFLOW for seconds that no file has.
func setTimeOf(t gen.NewTimestamp) (fs.SetTime, error) {
	switch t.Case {
	case gen.NewTimestampNow:
		return fs.SetTime{Kind: fs.SetNow}, nil
	case gen.NewTimestampTimestamp:
		switch at := t.Timestamp; {
		case at.Nanoseconds >= 1e9:
			return fs.SetTime{}, host.EINVAL
		case at.Seconds > maxSeconds:
			return fs.SetTime{}, host.EOVERFLOW
		default:
			return fs.SetTime{Kind: fs.SetAt, At: time.Unix(int64(at.Seconds), int64(at.Nanoseconds))}, nil
		}
	}
	return fs.SetTime{}, nil
}

func setTimesOf(atime, mtime gen.NewTimestamp) (a, m fs.SetTime, err error) {
	if a, err = setTimeOf(atime); err == nil {
		m, err = setTimeOf(mtime)
	}
	return a, m, err
}

func statOf(st *fs.Stat) gen.DescriptorStat {
	return gen.DescriptorStat{
		Type:                      typeOf(st.Type),
		LinkCount:                 st.Links,
		Size:                      uint64(max(st.Size, 0)),
		DataAccessTimestamp:       datetimeOf(st.Atime),
		DataModificationTimestamp: datetimeOf(st.Mtime),
		StatusChangeTimestamp:     datetimeOf(st.Ctime),
	}
}

// hashOf makes a number from what a file is. The lower half depends on which
// file it is only, since C libraries give it to programs as the file's number;
// the upper half also on its size and the time of its last change.
func hashOf(st *fs.Stat) gen.MetadataHashValue {
	var b [40]byte
	binary.LittleEndian.PutUint64(b[0:], st.Dev)
	binary.LittleEndian.PutUint64(b[8:], st.Ino)
	file := sha256.Sum256(b[:16])
	binary.LittleEndian.PutUint64(b[16:], uint64(st.Size))
	binary.LittleEndian.PutUint64(b[24:], uint64(st.Mtime.Unix()))
	binary.LittleEndian.PutUint64(b[32:], uint64(st.Mtime.Nanosecond()))
	all := sha256.Sum256(b[:])
	return gen.MetadataHashValue{
		Lower: binary.LittleEndian.Uint64(file[:]),
		Upper: binary.LittleEndian.Uint64(all[:]),
	}
}

func (d *Descriptor) stat() (fs.Stat, error) {
	n, err := d.asNode()
	if err != nil {
		return fs.Stat{}, err
	}
	return n.Stat()
}

func (d *Descriptor) statAt(flags gen.PathFlags, path string) (fs.Stat, error) {
	dir, err := d.asDir()
	if err != nil {
		return fs.Stat{}, err
	}
	return dir.StatAt(path, flags&gen.PathFlagsSymlinkFollow != 0)
}

// Stat describes what is open.
func (d *Descriptor) Stat(ctx context.Context) (gen.DescriptorStat, error) {
	st, err := d.stat()
	if err != nil {
		return gen.DescriptorStat{}, failed(ctx, err)
	}
	return statOf(&st), nil
}

// StatAt describes what a path names.
func (d *Descriptor) StatAt(ctx context.Context, flags gen.PathFlags, path string) (gen.DescriptorStat, error) {
	st, err := d.statAt(flags, path)
	if err != nil {
		return gen.DescriptorStat{}, failed(ctx, err)
	}
	return statOf(&st), nil
}

// MetadataHash gives a number that changes with the file.
func (d *Descriptor) MetadataHash(ctx context.Context) (gen.MetadataHashValue, error) {
	st, err := d.stat()
	if err != nil {
		return gen.MetadataHashValue{}, failed(ctx, err)
	}
	return hashOf(&st), nil
}

// MetadataHashAt is MetadataHash of what a path names.
func (d *Descriptor) MetadataHashAt(ctx context.Context, flags gen.PathFlags, path string) (gen.MetadataHashValue, error) {
	st, err := d.statAt(flags, path)
	if err != nil {
		return gen.MetadataHashValue{}, failed(ctx, err)
	}
	return hashOf(&st), nil
}

// IsSameObject tells whether two descriptors are of one file.
func (d *Descriptor) IsSameObject(_ context.Context, other gen.Descriptor) (bool, error) {
	o := other.(*Descriptor)
	if d == o {
		return true, nil
	}
	a, err := d.stat()
	if err != nil {
		return false, nil
	}
	b, err := o.stat()
	// A system that knows no numbers gives all files the same.
	known := a.Dev != 0 || a.Ino != 0
	return err == nil && known && a.Dev == b.Dev && a.Ino == b.Ino, nil
}

// SetTimes sets the times of what is open.
func (d *Descriptor) SetTimes(ctx context.Context, atime, mtime gen.NewTimestamp) error {
	n, err := d.asNode()
	if err != nil {
		return failed(ctx, err)
	}
	a, m, err := setTimesOf(atime, mtime)
	if err != nil {
		return failed(ctx, err)
	}
	return failed(ctx, n.SetTimes(a, m))
}

// SetTimesAt sets the times of what a path names.
func (d *Descriptor) SetTimesAt(ctx context.Context, flags gen.PathFlags, path string, atime, mtime gen.NewTimestamp) error {
	dir, err := d.asDir()
	if err != nil {
		return failed(ctx, err)
	}
	a, m, err := setTimesOf(atime, mtime)
	if err != nil {
		return failed(ctx, err)
	}
	return failed(ctx, dir.SetTimesAt(path, flags&gen.PathFlagsSymlinkFollow != 0, a, m))
}
