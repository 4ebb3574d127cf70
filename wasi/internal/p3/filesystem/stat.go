package filesystem

// This file is the attributes of files.

import (
	"context"
	"time"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/gen/p3/clocks"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
)

// types maps the host's kinds of files.
var types = [...]gen.DescriptorTypeCase{
	fs.Unknown:      gen.DescriptorTypeOther,
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
		return gen.DescriptorType{Case: types[t]}
	}
	return gen.DescriptorType{Case: gen.DescriptorTypeOther}
}

// instantOf is a time of a file; nil where the system does not know it.
func instantOf(t time.Time) *clocks.Instant {
	if t.IsZero() {
		return nil
	}
	return &clocks.Instant{Seconds: t.Unix(), Nanoseconds: uint32(t.Nanosecond())}
}

// setTimeOf is what a new-timestamp asks for.
func setTimeOf(t gen.NewTimestamp) (fs.SetTime, error) {
	switch t.Case {
	case gen.NewTimestampNow:
		return fs.SetTime{Kind: fs.SetNow}, nil
	case gen.NewTimestampTimestamp:
		return files.SetAt(t.Timestamp.Seconds, t.Timestamp.Nanoseconds)
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
		DataAccessTimestamp:       instantOf(st.Atime),
		DataModificationTimestamp: instantOf(st.Mtime),
		StatusChangeTimestamp:     instantOf(st.Ctime),
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

// TryStat is Stat.
func (d *Descriptor) TryStat(ctx context.Context) (st gen.DescriptorStat, done bool, err error) {
	if d.f.Quick() {
		st, err = d.Stat(ctx)
		done = true
	}
	return st, done, err
}

// StatAt describes what a path names.
func (d *Descriptor) StatAt(ctx context.Context, flags gen.PathFlags, path string) (gen.DescriptorStat, error) {
	st, err := d.f.StatAt(path, follow(flags))
	if err != nil {
		return gen.DescriptorStat{}, failed(ctx, err)
	}
	return statOf(&st), nil
}

// TryStatAt is StatAt.
func (d *Descriptor) TryStatAt(ctx context.Context, flags gen.PathFlags, path string) (st gen.DescriptorStat, done bool, err error) {
	if d.f.Quick() {
		st, err = d.StatAt(ctx, flags, path)
		done = true
	}
	return st, done, err
}

// MetadataHash gives a number that changes with the file.
func (d *Descriptor) MetadataHash(ctx context.Context) (gen.MetadataHashValue, error) {
	st, err := d.f.Stat()
	if err != nil {
		return gen.MetadataHashValue{}, failed(ctx, err)
	}
	return hashOf(&st), nil
}

// TryMetadataHash is MetadataHash.
func (d *Descriptor) TryMetadataHash(ctx context.Context) (v gen.MetadataHashValue, done bool, err error) {
	if d.f.Quick() {
		v, err = d.MetadataHash(ctx)
		done = true
	}
	return v, done, err
}

// MetadataHashAt is MetadataHash of what a path names.
func (d *Descriptor) MetadataHashAt(ctx context.Context, flags gen.PathFlags, path string) (gen.MetadataHashValue, error) {
	st, err := d.f.StatAt(path, follow(flags))
	if err != nil {
		return gen.MetadataHashValue{}, failed(ctx, err)
	}
	return hashOf(&st), nil
}

// TryMetadataHashAt is MetadataHashAt.
func (d *Descriptor) TryMetadataHashAt(ctx context.Context, flags gen.PathFlags, path string) (v gen.MetadataHashValue, done bool, err error) {
	if d.f.Quick() {
		v, err = d.MetadataHashAt(ctx, flags, path)
		done = true
	}
	return v, done, err
}

// IsSameObject tells whether two descriptors are of one file.
func (d *Descriptor) IsSameObject(_ context.Context, other gen.Descriptor) (bool, error) {
	return d.f.Same(other.(*Descriptor).f), nil
}

// TryIsSameObject is IsSameObject.
func (d *Descriptor) TryIsSameObject(_ context.Context, other gen.Descriptor) (same, done bool, err error) {
	o := other.(*Descriptor).f
	if d.f.Quick() && o.Quick() {
		return d.f.Same(o), true, nil
	}
	return false, false, nil
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
