package filesystem

// This file is the attributes of files.

import (
	"context"
	"math"
	"time"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/gen/p2/clocks"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
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

// datetimeOf is a time of a file; nil where the system does not know it, or it
// lies before 1970.
func datetimeOf(t time.Time) *clocks.Datetime {
	if t.IsZero() || t.Unix() < 0 {
		return nil
	}
	return &clocks.Datetime{Seconds: uint64(t.Unix()), Nanoseconds: uint32(t.Nanosecond())}
}

// setTimeOf is what a new-timestamp asks for.
func setTimeOf(t gen.NewTimestamp) (fs.SetTime, error) {
	switch t.Case {
	case gen.NewTimestampNow:
		return fs.SetTime{Kind: fs.SetNow}, nil
	case gen.NewTimestampTimestamp:
		return files.SetAt(int64(min(t.Timestamp.Seconds, math.MaxInt64)), t.Timestamp.Nanoseconds)
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

func hashOf(st *fs.Stat) gen.MetadataHashValue {
	lower, upper := files.Hash(st)
	return gen.MetadataHashValue{Lower: lower, Upper: upper}
}

// Stat describes what is open.
func (d *Descriptor) Stat(ctx context.Context) (gen.DescriptorStat, error) {
	st, err := d.f.Stat()
	if err != nil {
		return gen.DescriptorStat{}, failed(ctx, err)
	}
	return statOf(&st), nil
}

// StatAt describes what a path names.
func (d *Descriptor) StatAt(ctx context.Context, flags gen.PathFlags, path string) (gen.DescriptorStat, error) {
	st, err := d.f.StatAt(path, follow(flags))
	if err != nil {
		return gen.DescriptorStat{}, failed(ctx, err)
	}
	return statOf(&st), nil
}

// MetadataHash gives a number that changes with the file.
func (d *Descriptor) MetadataHash(ctx context.Context) (gen.MetadataHashValue, error) {
	st, err := d.f.Stat()
	if err != nil {
		return gen.MetadataHashValue{}, failed(ctx, err)
	}
	return hashOf(&st), nil
}

// MetadataHashAt is MetadataHash of what a path names.
func (d *Descriptor) MetadataHashAt(ctx context.Context, flags gen.PathFlags, path string) (gen.MetadataHashValue, error) {
	st, err := d.f.StatAt(path, follow(flags))
	if err != nil {
		return gen.MetadataHashValue{}, failed(ctx, err)
	}
	return hashOf(&st), nil
}

// IsSameObject tells whether two descriptors are of one file.
func (d *Descriptor) IsSameObject(_ context.Context, other gen.Descriptor) (bool, error) {
	return d.f.Same(other.(*Descriptor).f), nil
}

// SetTimes sets the times of what is open.
func (d *Descriptor) SetTimes(ctx context.Context, atime, mtime gen.NewTimestamp) error {
	if err := d.f.Check(); err != nil {
		return failed(ctx, err)
	}
	a, m, err := setTimesOf(atime, mtime)
	if err == nil {
		err = d.f.SetTimes(a, m)
	}
	return failed(ctx, err)
}

// SetTimesAt sets the times of what a path names.
func (d *Descriptor) SetTimesAt(ctx context.Context, flags gen.PathFlags, path string, atime, mtime gen.NewTimestamp) error {
	if _, err := d.f.Dir(); err != nil {
		return failed(ctx, err)
	}
	a, m, err := setTimesOf(atime, mtime)
	if err == nil {
		err = d.f.SetTimesAt(path, follow(flags), a, m)
	}
	return failed(ctx, err)
}
