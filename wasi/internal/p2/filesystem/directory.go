package filesystem

// This file is listing directories.

import (
	"context"
	"unicode/utf8"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
)

// batch is how many entries are read from a directory at a time.
const batch = 16

// An EntryStream is the resource directory-entry-stream. It has the directory
// open for itself, so that no other listing disturbs it.
type EntryStream struct {
	open
	dir    fs.Dir
	cookie uint64
	// some are the entries that were read and not given yet.
	some []gen.DirectoryEntry
	next int
	over bool
}

var _ gen.DirectoryEntryStream = (*EntryStream)(nil)

// ReadDirectory gives a stream of the entries, from the first.
func (d *Descriptor) ReadDirectory(ctx context.Context) (gen.DirectoryEntryStream, error) {
	dir, err := d.asDir()
	if err != nil {
		return nil, failed(ctx, err)
	}
	s := new(EntryStream)
	if err := s.begin(d.st); err != nil {
		return nil, failed(ctx, err)
	}
	n, err := dir.Open(ctx, ".", fs.Open{Read: true, Directory: true})
	if err == nil {
		s.dir, _ = n.(fs.Dir)
		err = s.set(&node{Node: n})
	}
	if err != nil {
		s.drop()
		return nil, failed(ctx, err)
	}
	return s, nil
}

// ReadDirectoryEntry gives the next entry, nil when there are no more. A name
// that is not UTF-8 is illegal-byte-sequence; the entries behind it follow.
func (s *EntryStream) ReadDirectoryEntry(ctx context.Context) (*gen.DirectoryEntry, error) {
	for s.next == len(s.some) {
		if s.over {
			return nil, nil
		}
		if err := s.fill(); err != nil {
			return nil, failed(ctx, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	e := &s.some[s.next]
	s.next++
	if !utf8.ValidString(e.Name) {
		return nil, failed(ctx, host.EILSEQ)
	}
	return e, nil
}

// fill reads some entries, and closes the directory behind the last.
func (s *EntryStream) fill() error {
	if err := s.check(); err != nil {
		return err
	}
	s.some, s.next = s.some[:0], 0
	seen, more := 0, false
	err := s.dir.ReadDir(s.cookie, func(e *fs.DirEntry) bool {
		s.cookie = e.Next
		if e.Name != "." && e.Name != ".." {
			s.some = append(s.some, gen.DirectoryEntry{Type: typeOf(e.Type), Name: e.Name})
		}
		seen++
		more = seen == batch
		return !more
	})
	if err == nil && !more {
		s.over = true
		s.Close()
	}
	return err
}

// Drop implements gen.DirectoryEntryStream.
func (s *EntryStream) Drop(context.Context) error { return s.drop() }
