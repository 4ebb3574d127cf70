//go:build !unix

// This file asks the os package about the file behind a stream.

package stdio

import (
	"io/fs"

	hostfs "github.com/dray-wasm/dray/host/fs"
)

func (s *Stream) statFile() (hostfs.Stat, error) {
	if s.terminal {
		return hostfs.Stat{Type: hostfs.CharDevice, Links: 1}, nil
	}
	info, err := s.file.Stat()
	if err != nil {
		return hostfs.Stat{}, errno(err)
	}
	st := hostfs.Stat{Links: 1, Size: info.Size(), Mtime: info.ModTime()}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		st.Type = hostfs.Regular
	case mode.IsDir():
		st.Type = hostfs.Directory
	case mode&fs.ModeNamedPipe != 0:
		st.Type = hostfs.Fifo
	case mode&fs.ModeCharDevice != 0:
		st.Type = hostfs.CharDevice
	case mode&fs.ModeSocket != 0:
		st.Type = hostfs.SocketStream
	}
	return st, nil
}

func (s *Stream) writeAt(p []byte, off int64) (int, error) { return s.file.WriteAt(p, off) }
