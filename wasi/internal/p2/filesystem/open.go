package filesystem

// This file is what is open, and how it is opened.

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
)

// A node is an open file or directory. A descriptor and the streams that were
// made of it share one, and the last of them closes it.
type node struct {
	fs.Node
	users atomic.Int64
	// borrowed says that it is not to be closed.
	borrowed bool
}

func (n *node) release() error {
	if n.users.Add(-1) > 0 || n.borrowed {
		return nil
	}
	return n.Node.Close()
}

// An open is one user of a node, and is what counts as open. It is safe for
// concurrent use.
type open struct {
	st     *State
	mu     sync.Mutex
	n      *node
	closed bool
}

// begin counts a new one that has no node yet.
func (o *open) begin(st *State) error {
	o.st = st
	return st.io.Opened(o)
}

// set makes o a user of n. Where o was closed meanwhile, n is released and the
// error is host.EBADF.
func (o *open) set(n *node) error {
	n.users.Add(1)
	o.mu.Lock()
	if !o.closed {
		o.n = n
		o.mu.Unlock()
		return nil
	}
	o.mu.Unlock()
	n.release()
	return host.EBADF
}

// check is host.EBADF once o is closed.
func (o *open) check() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return host.EBADF
	}
	return nil
}

// share makes p another user of what o uses, and counts it.
func (o *open) share(p *open) error {
	if err := p.begin(o.st); err != nil {
		return err
	}
	o.mu.Lock()
	n, err := o.n, error(nil)
	if o.closed {
		err = host.EBADF
	} else {
		n.users.Add(1)
	}
	o.mu.Unlock()
	if err == nil {
		err = p.set(n)
		n.release()
	}
	if err != nil {
		p.drop()
	}
	return err
}

// Close ends the use. Closing again does nothing.
func (o *open) Close() error {
	o.mu.Lock()
	n := o.n
	o.n, o.closed = nil, true
	o.mu.Unlock()
	if n == nil {
		return nil
	}
	return n.release()
}

// drop is Close by the guest, who is not told what the system has to say about
// it.
func (o *open) drop() error {
	o.st.io.Closed(o)
	o.Close()
	return nil
}

// A Descriptor is the resource descriptor: one of dir and file is set.
type Descriptor struct {
	open
	dir  fs.Dir
	file fs.File
	// access is what the guest may do with it at most; flags is what it asked
	// for and get-flags tells.
	access fs.Access
	flags  gen.DescriptorFlags
}

var _ gen.Descriptor = (*Descriptor)(nil)

// Drop closes the descriptor. Streams that were made of it go on.
func (d *Descriptor) Drop(context.Context) error { return d.drop() }

// asDir is the directory, else host.ENOTDIR.
func (d *Descriptor) asDir() (fs.Dir, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.dir == nil {
		return nil, host.ENOTDIR
	}
	return d.dir, nil
}

// asFile is the file; for a directory the error is directory.
func (d *Descriptor) asFile(directory error) (fs.File, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.file == nil {
		return nil, directory
	}
	return d.file, nil
}

// readable is the file of a descriptor that was opened for reading.
func (d *Descriptor) readable() (fs.File, error) {
	f, err := d.asFile(host.EISDIR)
	if err == nil && d.flags&gen.DescriptorFlagsRead == 0 {
		err = host.EBADF
	}
	return f, err
}

// writable is the file of a descriptor that was opened for writing.
func (d *Descriptor) writable() (fs.File, error) {
	f, err := d.asFile(host.EBADF)
	switch {
	case err != nil:
	case d.access == fs.ReadOnly:
		err = host.EROFS
	case d.flags&gen.DescriptorFlagsWrite == 0:
		err = host.EBADF
	}
	return f, err
}

// asNode is what is open, for the operations that files and directories share.
func (d *Descriptor) asNode() (fs.Node, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.dir != nil {
		return d.dir, nil
	}
	return d.file, nil
}

// syncFlags are the flags that say how writes reach the disk.
const syncFlags = gen.DescriptorFlagsFileIntegritySync |
	gen.DescriptorFlagsDataIntegritySync | gen.DescriptorFlagsRequestedWriteSync

// OpenAt opens or creates a file, or opens a directory. Without a flag that
// says otherwise it opens for reading; create and truncate open for writing.
func (d *Descriptor) OpenAt(ctx context.Context, pathFlags gen.PathFlags, path string, openFlags gen.OpenFlags, flags gen.DescriptorFlags) (gen.Descriptor, error) {
	const implyWrite = gen.OpenFlagsCreate | gen.OpenFlagsTruncate
	how := fs.Open{
		Read:      flags&gen.DescriptorFlagsRead != 0 || flags&gen.DescriptorFlagsWrite == 0,
		Write:     flags&gen.DescriptorFlagsWrite != 0 || openFlags&implyWrite != 0,
		Create:    openFlags&gen.OpenFlagsCreate != 0,
		Exclusive: openFlags&gen.OpenFlagsExclusive != 0,
		Truncate:  openFlags&gen.OpenFlagsTruncate != 0,
		Directory: openFlags&gen.OpenFlagsDirectory != 0,
		Follow:    pathFlags&gen.PathFlagsSymlinkFollow != 0,
		Sync:      flags&gen.DescriptorFlagsFileIntegritySync != 0,
		Dsync:     flags&gen.DescriptorFlagsDataIntegritySync != 0,
	}
	got, err := d.openAt(ctx, path, how, flags)
	if err != nil {
		return nil, failed(ctx, err)
	}
	return got, nil
}

func (d *Descriptor) openAt(ctx context.Context, path string, how fs.Open, flags gen.DescriptorFlags) (*Descriptor, error) {
	dir, err := d.asDir()
	if err != nil {
		return nil, err
	}
	// It is counted before anything is created or emptied.
	got := new(Descriptor)
	if err := got.begin(d.st); err != nil {
		return nil, err
	}
	if err := got.fill(ctx, dir, path, how, flags); err != nil {
		got.drop()
		return nil, err
	}
	return got, nil
}

// fill opens path for a descriptor that is counted.
func (d *Descriptor) fill(ctx context.Context, dir fs.Dir, path string, how fs.Open, flags gen.DescriptorFlags) error {
	mutate := flags & gen.DescriptorFlagsMutateDirectory
	d.access = dir.Access()
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
		d.dir, d.flags = n, gen.DescriptorFlagsRead|mutate
		return nil
	case fs.File:
		d.file, d.flags = n, flags&syncFlags
	}
	if how.Read {
		d.flags |= gen.DescriptorFlagsRead
	}
	if how.Write {
		d.flags |= gen.DescriptorFlagsWrite
	}
	return nil
}
