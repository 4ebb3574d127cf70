// This file translates what io/fs says of files.

package fs

import iofs "io/fs"

// statOfInfo is what every io/fs file system knows of a file.
func statOfInfo(info iofs.FileInfo) Stat {
	return Stat{
		Type:  typeOfMode(info.Mode()),
		Links: 1,
		Size:  info.Size(),
		Mtime: info.ModTime(),
	}
}

func typeOfMode(mode iofs.FileMode) FileType {
	switch {
	case mode.IsRegular():
		return Regular
	case mode.IsDir():
		return Directory
	case mode&iofs.ModeSymlink != 0:
		return Symlink
	case mode&iofs.ModeCharDevice != 0:
		return CharDevice
	case mode&iofs.ModeDevice != 0:
		return BlockDevice
	case mode&iofs.ModeNamedPipe != 0:
		return Fifo
	case mode&iofs.ModeSocket != 0:
		return SocketStream
	}
	return Unknown
}
