//go:build unix

// This file asks the system about the file behind a stream.

package stdio

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host/fs"
)

func (s *Stream) statFile() (fs.Stat, error) {
	var st unix.Stat_t
	var socket int
	err := s.control(func(fd uintptr) (err error) {
		if err := unix.Fstat(int(fd), &st); err != nil {
			return err
		}
		if uint32(st.Mode)&unix.S_IFMT == unix.S_IFSOCK {
			socket, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TYPE)
		}
		return err
	})
	if err != nil {
		return fs.Stat{}, errno(err)
	}
	return fs.Stat{
		Dev:   uint64(st.Dev),
		Ino:   st.Ino,
		Type:  fileType(uint32(st.Mode), socket),
		Links: uint64(st.Nlink),
		Size:  st.Size,
		Atime: time.Unix(st.Atim.Unix()),
		Mtime: time.Unix(st.Mtim.Unix()),
		Ctime: time.Unix(st.Ctim.Unix()),
	}, nil
}

func fileType(mode uint32, socket int) fs.FileType {
	switch mode & unix.S_IFMT {
	case unix.S_IFBLK:
		return fs.BlockDevice
	case unix.S_IFCHR:
		return fs.CharDevice
	case unix.S_IFDIR:
		return fs.Directory
	case unix.S_IFREG:
		return fs.Regular
	case unix.S_IFIFO:
		return fs.Fifo
	case unix.S_IFSOCK:
		if socket == unix.SOCK_DGRAM {
			return fs.SocketDgram
		}
		return fs.SocketStream
	}
	return fs.Unknown
}

// writeAt is pwrite(2). An os.File refuses it for a file opened to append.
func (s *Stream) writeAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		m := 0
		err = s.control(func(fd uintptr) (err error) {
			m, err = unix.Pwrite(int(fd), p[n:], off+int64(n))
			return err
		})
		if err == unix.EINTR {
			continue
		}
		if err != nil || m <= 0 {
			return n, err
		}
		n += m
	}
	return n, nil
}
