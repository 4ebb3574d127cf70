// This file lists directories of which no system keeps the place: it takes the
// names once and counts. The list is taken anew at cookie 0, and has a cap.

package fs

import (
	"fmt"
	"io"
	iofs "io/fs"
	"sync"

	"github.com/dray-wasm/dray/host"
)

// maxSnapshot is how many entries a directory may have to be listed from a
// snapshot.
const maxSnapshot = 1 << 20

// errLarge refuses a directory that is larger.
var errLarge = fmt.Errorf("a directory of more than %d entries cannot be listed here: %w", maxSnapshot, host.EOVERFLOW)

// A snapshot is the entries of a directory at one moment, without "." and "..".
// A cookie counts the entries in front of it, those two included. The zero value
// has none.
type snapshot struct {
	mu      sync.Mutex
	entries []snapEntry
	taken   bool
}

type snapEntry struct {
	name string
	ino  uint64
	typ  FileType
}

// A snapSource is the directory behind a snapshot.
type snapSource interface {
	// selfIno is the directory's own number.
	selfIno() uint64
	// listAll reads the directory.
	listAll() ([]snapEntry, error)
	// complete fills in what listAll did not find out. It reports false when
	// the entry has gone.
	complete(e *DirEntry) bool
}

// read yields the entries behind cookie.
func (s *snapshot) read(src snapSource, cookie uint64, yield func(e *DirEntry) bool) error {
	entries, err := s.at(src, cookie)
	if err != nil {
		return err
	}
	self := src.selfIno()
	var e DirEntry
	for i := cookie; i < uint64(len(entries))+2; i++ {
		switch i {
		case 0:
			e = DirEntry{Name: ".", Ino: self, Type: Directory}
		case 1:
			e = DirEntry{Name: "..", Ino: self, Type: Directory}
		default:
			found := entries[i-2]
			e = DirEntry{Name: found.name, Ino: found.ino, Type: found.typ}
			if !src.complete(&e) {
				continue
			}
		}
		e.Next = i + 1
		if !yield(&e) {
			return nil
		}
	}
	return nil
}

// at is the list that cookie belongs to.
func (s *snapshot) at(src snapSource, cookie uint64) ([]snapEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cookie == 0 || !s.taken {
		entries, err := src.listAll()
		if err != nil {
			return nil, err
		}
		s.entries, s.taken = entries, true
	}
	return s.entries, nil
}

// readAllEntries reads the names and kinds of a directory.
func readAllEntries(f iofs.ReadDirFile) ([]snapEntry, error) {
	var all []snapEntry
	for {
		entries, err := f.ReadDir(1024)
		for _, e := range entries {
			all = append(all, snapEntry{name: e.Name(), typ: typeOfMode(e.Type())})
		}
		switch {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, host.ErrnoOf(err)
		case len(all) > maxSnapshot:
			return nil, errLarge
		}
	}
}
