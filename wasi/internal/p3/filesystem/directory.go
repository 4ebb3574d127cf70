package filesystem

// This file is listing directories.

import (
	"context"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
)

// entries is a stream of directory entries and how it ended.
type entries = bind.Tuple2[*bind.Stream[gen.DirectoryEntry], *bind.Future[outcome]]

// ReadDirectory gives a stream of the entries, from the first. Names that are
// not UTF-8 are left out, and then the future is illegal-byte-sequence.
func (d *Descriptor) ReadDirectory(ctx context.Context) (entries, error) {
	list, err := d.f.List(ctx)
	if err != nil {
		return entries{F0: bind.StreamFrom[gen.DirectoryEntry](), F1: bind.Resolved(outcomeOf(err))}, nil
	}
	l := &listing{list: list}
	var future *bind.Future[outcome]
	l.promise, future = bind.NewPromise[outcome]()
	return entries{F0: bind.NewStream(l.read, l.close), F1: future}, nil
}

// A listing is what a stream of entries comes from.
type listing struct {
	list    *files.Listing
	promise *bind.Promise[outcome]
	// bad is set when a name had to be left out.
	bad  error
	once sync.Once
}

// read gives the next entries.
func (l *listing) read(ctx context.Context, p []gen.DirectoryEntry) (int, error) {
	n := 0
	var err error
	for n == 0 && err == nil {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		err = l.list.Next(len(p), func(e *fs.DirEntry) {
			if !utf8.ValidString(e.Name) {
				l.bad = host.EILSEQ
				return
			}
			p[n] = gen.DirectoryEntry{Type: typeOf(e.Type), Name: e.Name}
			n++
		})
	}
	if err == io.EOF && l.bad != nil {
		err = l.bad
	}
	if err != nil {
		l.end(err)
	}
	return n, err
}

// end closes the directory and says how reading it ended. Only the first end
// counts.
func (l *listing) end(err error) {
	l.once.Do(func() {
		l.list.Drop()
		l.promise.Resolve(outcomeOf(err))
	})
}

// close is called when nobody reads any more.
func (l *listing) close() { l.end(nil) }
