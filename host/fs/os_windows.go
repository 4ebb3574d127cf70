// This file is what os.Root leaves to the system, on Windows.

package fs

import (
	"os"
	"strings"
	"time"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/windows"
)

func openDir(path string, access Access) (Dir, error) { return openRootDir(path, access) }

// checkSystemName refuses what Windows reads differently than POSIX: another
// separator, volumes, the streams of a file, and what no name may hold.
func checkSystemName(name string) error {
	if strings.ContainsAny(name, `\:*?"<>|`) {
		return host.EINVAL
	}
	return nil
}

// completeStat fills in what io/fs does not say of the file name below root. A
// file that cannot be opened keeps Dev and Ino zero.
func completeStat(st *Stat, root *os.Root, name string, info os.FileInfo) {
	if st.Type != Regular && st.Type != Directory {
		return
	}
	f, err := root.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	if opened, err := f.Stat(); err == nil && opened.Mode().Type() == info.Mode().Type() {
		completeFileStat(st, f, info)
	}
}

// completeFileStat is completeStat for an open file.
func completeFileStat(st *Stat, f *os.File, _ os.FileInfo) {
	withHandle(f, func(h windows.Handle) error {
		var info windows.ByHandleFileInformation
		if err := windows.GetFileInformationByHandle(h, &info); err != nil {
			return err
		}
		st.Dev = uint64(info.VolumeSerialNumber)
		st.Ino = uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)
		st.Links = uint64(info.NumberOfLinks)
		st.Atime = time.Unix(0, info.LastAccessTime.Nanoseconds())
		return nil
	})
}

func setFileTimes(f *os.File, atime, mtime SetTime) error {
	var times [2]*windows.Filetime
	for i, t := range [2]SetTime{atime, mtime} {
		at, err := t.orZero()
		if err != nil {
			return err
		}
		if t.Kind != Keep {
			ft := windows.NsecToFiletime(at.UnixNano())
			times[i] = &ft
		}
	}
	return withHandle(f, func(h windows.Handle) error {
		return windows.SetFileTime(h, nil, times[0], times[1])
	})
}

// withHandle runs op with the handle of f, which stays open meanwhile.
func withHandle(f *os.File, op func(h windows.Handle) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return host.ErrnoOf(err)
	}
	if cerr := conn.Control(func(h uintptr) { err = op(windows.Handle(h)) }); cerr != nil {
		return host.EBADF // it is closed
	}
	return errno(err)
}
