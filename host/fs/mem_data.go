// This file is the content of a file in memory: pages, and nothing where nothing
// was written.

package fs

import "io"

const memPage = 4096

// A memData is the content of one file. The zero value is empty.
type memData struct {
	size  int64
	pages map[int64]*[memPage]byte
}

// readAt reads up to len(p) bytes at off >= 0.
func (d *memData) readAt(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if off >= d.size {
		return 0, io.EOF
	}
	if rest := d.size - off; int64(len(p)) > rest {
		p = p[:rest]
	}
	for done := 0; done < len(p); {
		at := off + int64(done)
		in := int(at % memPage)
		n := min(len(p)-done, memPage-in)
		if page := d.pages[at/memPage]; page != nil {
			copy(p[done:done+n], page[in:])
		} else {
			clear(p[done : done+n])
		}
		done += n
	}
	return len(p), nil
}

// writeAt writes p at off; the range is checked. For each new page it asks take,
// and stops with its error.
func (d *memData) writeAt(p []byte, off int64, take func(n int) error) (int, error) {
	for done := 0; done < len(p); {
		at := off + int64(done)
		in := int(at % memPage)
		page := d.pages[at/memPage]
		if page == nil {
			if err := take(memPage); err != nil {
				return done, err
			}
			if d.pages == nil {
				d.pages = make(map[int64]*[memPage]byte)
			}
			page = new([memPage]byte)
			d.pages[at/memPage] = page
		}
		done += copy(page[in:], p[done:])
		d.size = max(d.size, off+int64(done))
	}
	return len(p), nil
}

// truncate sets the size and returns how many bytes of room that frees.
func (d *memData) truncate(size int64) (freed int) {
	if size < d.size {
		for i := range d.pages {
			if i*memPage >= size {
				delete(d.pages, i)
				freed += memPage
			}
		}
		if page := d.pages[size/memPage]; page != nil {
			clear(page[size%memPage:])
		}
	}
	d.size = size
	return freed
}

// clear drops everything and returns how many bytes of room that frees.
func (d *memData) clear() int {
	freed := len(d.pages) * memPage
	*d = memData{}
	return freed
}
