// This file is what callers may ask that must not be kept waiting.

package fs

// A NowReader is a File that can be read as far as nothing has to be waited
// for.
type NowReader interface {
	// ReadNow is ReadAt, but answers host.EAGAIN where the bytes must come from
	// a device first, or where the system cannot tell. It reads what is there
	// when only a part is.
	ReadNow(p []byte, off int64) (int, error)
}

// Quick tells whether questions about what is below d are answered by memory or
// by the operating system. Other trees are Go programs of their own, which may
// take their time.
func Quick(d Dir) bool {
	_, ok := d.(interface{ quick() })
	return ok
}

func (d *memDir) quick()  {}
func (d *rootDir) quick() {}

// ReadNow implements NowReader.
func (f *memFile) ReadNow(p []byte, off int64) (int, error) { return f.ReadAt(p, off) }
