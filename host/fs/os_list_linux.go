// This file lists a directory from a position. Linux file systems have cookies
// of their own: the offset behind an entry, where lseek(2) goes on however many
// entries came and went. So nothing is kept here but one buffer.

package fs

import (
	"bytes"
	"encoding/binary"
	"math"
	"sync"
	"unsafe"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

// A dirLister keeps a listState, which one call uses at a time. The zero value
// is ready.
type dirLister struct {
	mu    sync.Mutex
	busy  bool
	state *listState
}

// take gives the state to one caller, who gives it back by keep. While it is
// gone, others, and the yield of the same call, get false.
func (l *dirLister) take() (*listState, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy {
		return nil, false
	}
	l.busy = true
	if l.state == nil {
		l.state = new(listState)
	}
	return l.state, true
}

func (l *dirLister) keep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = false
}

// A listState is what was read of a directory and not asked for yet.
type listState struct {
	// buf[:n] holds whole entries as getdents64(2) gives them; the descriptor
	// stands behind them. It is nil when nothing is kept.
	buf *[listBuffer]byte
	n   int
	// start is the cookie in front of buf[0]; pos is where the last call
	// stopped, and at the cookie in front of it.
	start, at uint64
	pos       int
	entry     DirEntry
}

// listBuffer is how much is read from a directory at a time.
const listBuffer = 16 << 10

var listBuffers = sync.Pool{New: func() any { return new([listBuffer]byte) }}

// ReadDir implements Dir.
func (d *unixDir) ReadDir(cookie uint64, yield func(e *DirEntry) bool) error {
	if cookie > math.MaxInt64 {
		return host.EINVAL
	}
	if err := d.fd.acquire(); err != nil {
		return err
	}
	defer d.fd.release()
	fd := d.fd.fd
	s, mine := d.list.take()
	if mine {
		defer d.list.keep()
	} else {
		// The position of the descriptor is in use: take another one.
		own, err := openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return err
		}
		defer unix.Close(own)
		fd, s = own, new(listState)
	}
	if err := s.seek(fd, cookie); err != nil {
		return err
	}
	return s.read(fd, yield)
}

// seek goes to cookie: within the buffer where it is there, so that many small
// reads do not read the directory many times.
func (s *listState) seek(fd int, cookie uint64) error {
	if cookie != 0 && s.buf != nil {
		if cookie == s.at {
			return nil
		}
		at := s.start
		for pos := 0; pos < s.n; {
			if at == cookie {
				s.pos, s.at = pos, at
				return nil
			}
			e, ok := parseDirent(s.buf[pos:s.n])
			if !ok {
				break
			}
			at = e.off
			pos += e.size
		}
	}
	s.drop()
	_, err := unix.Seek(fd, int64(cookie), unix.SEEK_SET)
	s.start, s.at = cookie, cookie
	return errno(err)
}

// drop gives the buffer back.
func (s *listState) drop() {
	if s.buf != nil {
		listBuffers.Put(s.buf)
	}
	s.buf, s.n, s.pos = nil, 0, 0
}

// read yields entries until yield returns false or there are no more.
func (s *listState) read(fd int, yield func(e *DirEntry) bool) error {
	self := uint64(0)
	for {
		if s.pos >= s.n {
			if err := s.fill(fd); err != nil || s.n == 0 {
				s.drop()
				return err
			}
		}
		e, ok := parseDirent(s.buf[s.pos:s.n])
		if !ok {
			s.drop()
			return host.EIO
		}
		s.entry = DirEntry{Name: string(e.name), Ino: e.ino, Type: e.fileType(), Next: e.off}
		var st unix.Stat_t
		switch {
		case s.entry.Name == "..":
			// What is above this directory is not to be told.
			if self == 0 && fstat(fd, &st) == nil {
				self = st.Ino
			}
			s.entry.Ino = self
		case s.entry.Type == Unknown && fstatat(fd, s.entry.Name, &st) == nil:
			s.entry.Type = typeOf(st.Mode)
		}
		if !yield(&s.entry) {
			return nil
		}
		s.pos += e.size
		s.at = e.off
	}
}

// fill reads the next entries.
func (s *listState) fill(fd int) error {
	if s.buf == nil {
		s.buf = listBuffers.Get().(*[listBuffer]byte)
	}
	s.start, s.pos, s.n = s.at, 0, 0
	for {
		n, err := unix.Getdents(fd, s.buf[:])
		if err == unix.EINTR {
			continue
		}
		s.n = max(n, 0)
		return errno(err)
	}
}

// A dirent is a struct linux_dirent64.
type dirent struct {
	ino, off uint64
	typ      byte
	name     []byte
	size     int
}

// parseDirent reads the first entry of b.
func parseDirent(b []byte) (e dirent, ok bool) {
	const (
		inoAt  = unsafe.Offsetof(unix.Dirent{}.Ino)
		offAt  = unsafe.Offsetof(unix.Dirent{}.Off)
		sizeAt = unsafe.Offsetof(unix.Dirent{}.Reclen)
		typeAt = unsafe.Offsetof(unix.Dirent{}.Type)
		nameAt = unsafe.Offsetof(unix.Dirent{}.Name)
	)
	if len(b) < int(nameAt) {
		return e, false
	}
	e.ino = binary.NativeEndian.Uint64(b[inoAt:])
	e.off = binary.NativeEndian.Uint64(b[offAt:])
	e.size = int(binary.NativeEndian.Uint16(b[sizeAt:]))
	e.typ = b[typeAt]
	if e.size <= int(nameAt) || e.size > len(b) {
		return e, false
	}
	e.name = b[nameAt:e.size]
	if end := bytes.IndexByte(e.name, 0); end >= 0 {
		e.name = e.name[:end]
	}
	return e, len(e.name) > 0
}

func (e *dirent) fileType() FileType {
	switch e.typ {
	case unix.DT_REG:
		return Regular
	case unix.DT_DIR:
		return Directory
	case unix.DT_LNK:
		return Symlink
	case unix.DT_CHR:
		return CharDevice
	case unix.DT_BLK:
		return BlockDevice
	case unix.DT_FIFO:
		return Fifo
	case unix.DT_SOCK:
		return SocketStream
	}
	return Unknown
}
