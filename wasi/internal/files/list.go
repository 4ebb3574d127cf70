package files

// This file is listing directories.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/host/fs"
)

// A Listing reads the entries of a directory. It has the directory open for
// itself, so that no other listing disturbs it.
type Listing struct {
	Use
	dir    fs.Dir
	cookie uint64
	over   bool
}

// List begins to read the entries, from the first.
func (d *Descriptor) List(ctx context.Context) (*Listing, error) {
	dir, err := d.Dir()
	if err != nil {
		return nil, err
	}
	l := new(Listing)
	if err := l.begin(d.st); err != nil {
		return nil, err
	}
	n, err := dir.Open(ctx, ".", fs.Open{Read: true, Directory: true})
	if err == nil {
		l.dir, _ = n.(fs.Dir)
		err = l.set(&node{Node: n})
	}
	if err != nil {
		l.Drop()
		return nil, err
	}
	return l, nil
}

// Next calls add for at most n entries, which are none of the directory itself
// and of what it is in; io.EOF when there are no more, which closes the
// directory. e is valid during the call of add only.
func (l *Listing) Next(n int, add func(e *fs.DirEntry)) error {
	if l.over {
		return io.EOF
	}
	if err := l.Check(); err != nil {
		return err
	}
	seen := 0
	err := l.dir.ReadDir(l.cookie, func(e *fs.DirEntry) bool {
		l.cookie = e.Next
		if e.Name != "." && e.Name != ".." {
			add(e)
			seen++
		}
		return seen < n
	})
	if err != nil || seen == n {
		return err
	}
	l.over = true
	l.Close()
	if seen == 0 {
		return io.EOF
	}
	return nil
}
