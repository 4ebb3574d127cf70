//go:build linux || darwin || freebsd

// This file is what os.Root leaves to the system, on Unix.

package fs

import (
	"os"
	"syscall"

	"github.com/dray-wasm/dray/host"
)

// identity is the device and number of a file, where its information has them.
func identity(info os.FileInfo) (dev, ino uint64, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return uint64(st.Dev), uint64(st.Ino), true
}

// completeStat fills in what io/fs does not say of the file name below root.
func completeStat(st *Stat, _ *os.Root, _ string, info os.FileInfo) {
	completeFileStat(st, nil, info)
}

// completeFileStat is completeStat for an open file.
func completeFileStat(st *Stat, _ *os.File, info os.FileInfo) {
	if sys, ok := info.Sys().(*syscall.Stat_t); ok {
		st.Dev, st.Ino, st.Links = uint64(sys.Dev), uint64(sys.Ino), uint64(sys.Nlink)
	}
}

// checkSystemName refuses what the system reads differently than POSIX.
func checkSystemName(string) error { return nil }

func setFileTimes(f *os.File, atime, mtime SetTime) error {
	times, err := timespecs(atime, mtime)
	if err != nil {
		return err
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return host.ErrnoOf(err)
	}
	if cerr := conn.Control(func(fd uintptr) { err = futimens(int(fd), &times) }); cerr != nil {
		return host.EBADF // it is closed
	}
	return errno(err)
}
