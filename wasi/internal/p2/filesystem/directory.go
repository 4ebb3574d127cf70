package filesystem

// This file is listing directories.

import (
	"context"
	"io"
	"unicode/utf8"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
)

// batch is how many entries are read from a directory at a time.
const batch = 16

// An EntryStream is the resource directory-entry-stream.
type EntryStream struct {
	list *files.Listing
	// some are the entries that were read and not given yet.
	some []gen.DirectoryEntry
	next int
}

var _ gen.DirectoryEntryStream = (*EntryStream)(nil)

// ReadDirectory gives a stream of the entries, from the first.
func (d *Descriptor) ReadDirectory(ctx context.Context) (gen.DirectoryEntryStream, error) {
	l, err := d.f.List(ctx)
	if err != nil {
		return nil, failed(ctx, err)
	}
	return &EntryStream{list: l}, nil
}

// ReadDirectoryEntry gives the next entry, nil when there are no more. A name
// that is not UTF-8 is illegal-byte-sequence; the entries behind it follow.
func (s *EntryStream) ReadDirectoryEntry(ctx context.Context) (*gen.DirectoryEntry, error) {
	if s.next == len(s.some) {
		s.some, s.next = s.some[:0], 0
		err := s.list.Next(batch, func(e *fs.DirEntry) {
			s.some = append(s.some, gen.DirectoryEntry{Type: typeOf(e.Type), Name: e.Name})
		})
		switch {
		case err == io.EOF:
			return nil, nil
		case err != nil && len(s.some) == 0:
			return nil, failed(ctx, err)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
	}
	e := &s.some[s.next]
	s.next++
	if !utf8.ValidString(e.Name) {
		return nil, failed(ctx, host.EILSEQ)
	}
	return e, nil
}

// Drop implements gen.DirectoryEntryStream.
func (s *EntryStream) Drop(context.Context) error { return s.list.Drop() }
