package files

// This file is descriptors, and how they are opened.

import (
	"context"
	"math"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
)

// Flags are the descriptor-flags, which have the same bits in every version.
type Flags uint8

// The flags.
const (
	Read Flags = 1 << iota
	Write
	FileIntegritySync
	DataIntegritySync
	RequestedWriteSync
	MutateDirectory
)

// syncFlags are the flags that say how writes reach the disk.
const syncFlags = FileIntegritySync | DataIntegritySync | RequestedWriteSync

// OpenFlags are the open-flags, which have the same bits in every version.
type OpenFlags uint8

// The open flags.
const (
	Create OpenFlags = 1 << iota
	OnlyDirectory
	Exclusive
	Truncate
)

// A Descriptor is what is behind the resource descriptor: one of dir and file
// is set.
type Descriptor struct {
	Use
	dir  fs.Dir
	file fs.File
	// access is what the guest may do with it at most; flags is what it asked
	// for and get-flags tells.
	access fs.Access
	flags  Flags
	quick  bool
}

// Dir is the directory, else host.ENOTDIR.
func (d *Descriptor) Dir() (fs.Dir, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if d.dir == nil {
		return nil, host.ENOTDIR
	}
	return d.dir, nil
}

// asFile is the file; for a directory the error is directory.
func (d *Descriptor) asFile(directory error) (fs.File, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if d.file == nil {
		return nil, directory
	}
	return d.file, nil
}

// Readable is the file of a descriptor that was opened for reading.
func (d *Descriptor) Readable() (fs.File, error) {
	f, err := d.asFile(host.EISDIR)
	if err == nil && d.flags&Read == 0 {
		err = host.EBADF
	}
	return f, err
}

// Writable is the file of a descriptor that was opened for writing.
func (d *Descriptor) Writable() (fs.File, error) {
	f, err := d.asFile(host.EBADF)
	switch {
	case err != nil:
	case d.access == fs.ReadOnly:
		err = host.EROFS
	case d.flags&Write == 0:
		err = host.EBADF
	}
	return f, err
}

// asNode is what is open, for the operations that files and directories share.
func (d *Descriptor) asNode() (fs.Node, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	if d.dir != nil {
		return d.dir, nil
	}
	return d.file, nil
}

// Quick tells whether questions about the descriptor, and about what is below
// it, are answered soon: see [fs.Quick].
func (d *Descriptor) Quick() bool { return d.quick }

// How is what open-at asks for. Without a flag that says otherwise it opens for
// reading; create and truncate open for writing.
func How(follow bool, open OpenFlags, flags Flags) fs.Open {
	return fs.Open{
		Read:      flags&Read != 0 || flags&Write == 0,
		Write:     flags&Write != 0 || open&(Create|Truncate) != 0,
		Create:    open&Create != 0,
		Exclusive: open&Exclusive != 0,
		Truncate:  open&Truncate != 0,
		Directory: open&OnlyDirectory != 0,
		Follow:    follow,
		Sync:      flags&FileIntegritySync != 0,
		Dsync:     flags&DataIntegritySync != 0,
	}
}

// OpenAt opens or creates a file, or opens a directory: how is of [How], flags
// are those that How was given.
func (d *Descriptor) OpenAt(ctx context.Context, path string, how fs.Open, flags Flags) (*Descriptor, error) {
	dir, err := d.Dir()
	if err != nil {
		return nil, err
	}
	// It is counted before anything is created or emptied.
	got := new(Descriptor)
	if err := got.begin(d.st); err != nil {
		return nil, err
	}
	if err := got.fill(ctx, dir, path, how, flags); err != nil {
		got.Drop()
		return nil, err
	}
	return got, nil
}

// fill opens path for a descriptor that is counted.
func (d *Descriptor) fill(ctx context.Context, dir fs.Dir, path string, how fs.Open, flags Flags) error {
	mutate := flags & MutateDirectory
	d.access, d.quick = dir.Access(), fs.Quick(dir)
	n, err := dir.Open(ctx, path, how)
	if err != nil {
		return err
	}
	if mutate != 0 && d.access == fs.ReadOnly {
		n.Close()
		return host.EROFS
	}
	if err := d.set(&node{Node: n}); err != nil {
		return err
	}
	switch n := n.(type) {
	case fs.Dir:
		d.dir, d.flags = n, Read|mutate
		return nil
	case fs.File:
		d.file, d.flags = n, flags&syncFlags
	}
	if how.Read {
		d.flags |= Read
	}
	if how.Write {
		d.flags |= Write
	}
	return nil
}

// Flags tells how the descriptor was opened.
func (d *Descriptor) Flags() (Flags, error) { return d.flags, d.Check() }

// Type tells what is open.
func (d *Descriptor) Type() (fs.FileType, error) {
	if err := d.Check(); err != nil {
		return fs.Unknown, err
	}
	if d.dir != nil {
		return fs.Directory, nil
	}
	return d.file.Type(), nil
}

// Advise tells how a part of a file will be used.
func (d *Descriptor) Advise(offset, length uint64, advice fs.Advice) error {
	f, err := d.asFile(host.EBADF)
	switch {
	case err != nil:
		return err
	case offset > math.MaxInt64:
		return host.EINVAL
	}
	return f.Advise(int64(offset), int64(min(length, math.MaxInt64)), advice)
}

// Sync writes what is cached to the disk; with dataOnly, without what reading
// the data back does not need. It does nothing for a file that was not opened
// for writing.
func (d *Descriptor) Sync(dataOnly bool) error {
	n, err := d.asNode()
	if err != nil {
		return err
	}
	if d.file != nil && d.flags&Write == 0 {
		return nil
	}
	return n.Sync(dataOnly)
}

// SetSize sets the size of a file that was opened for writing.
func (d *Descriptor) SetSize(size uint64) error {
	f, err := d.asFile(host.EBADF)
	switch {
	case err != nil:
		return err
	case size > math.MaxInt64:
		return host.EFBIG
	}
	return f.Truncate(int64(size))
}
