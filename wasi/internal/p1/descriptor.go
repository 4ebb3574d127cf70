package p1

// This file is descriptors: what is behind a number of the table.

import (
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/host/stream"
)

// A descriptor is one open thing: exactly one of dir, file, std, conn and lis
// is set. It is safe for concurrent use.
type descriptor struct {
	dir  fs.Dir
	file fs.File
	std  *stdio.Stream
	conn net.Conn
	lis  net.Listener
	// in and out are the ways to read and write what is not a regular file;
	// nil where there are none.
	in  stream.Input
	out stream.Output
	// owned says that closing the descriptor closes what is behind it.
	owned bool

	filetype uint8
	// preopen says that it was there from the start; guest is then the name
	// of a directory.
	preopen bool
	guest   string
	// read and write are what it was opened for.
	read, write bool
	flags       atomic.Uint32

	// mu guards off, the offset of a regular file, and keeps reads and writes
	// that use it apart. It is held during them: they do not wait for others.
	mu  sync.Mutex
	off int64

	closed atomic.Bool
	// gone becomes ready when the descriptor is closed.
	gone stream.Event
}

// filetypes maps the host's kinds of files.
var filetypes = [...]uint8{
	fs.Unknown:      filetypeUnknown,
	fs.BlockDevice:  filetypeBlockDevice,
	fs.CharDevice:   filetypeCharacterDevice,
	fs.Directory:    filetypeDirectory,
	fs.Regular:      filetypeRegularFile,
	fs.Symlink:      filetypeSymbolicLink,
	fs.Fifo:         filetypeUnknown,
	fs.SocketDgram:  filetypeSocketDgram,
	fs.SocketStream: filetypeSocketStream,
}

func filetypeOf(t fs.FileType) uint8 {
	if int(t) < len(filetypes) {
		return filetypes[t]
	}
	return filetypeUnknown
}

// stdDescriptor is a standard stream. A terminal is a character device; no
// other standard stream is, since libraries take those for terminals.
func stdDescriptor(s *stdio.Stream) *descriptor {
	d := &descriptor{std: s, in: s.In, out: s.Out, read: s.In != nil, write: s.Out != nil}
	if s.IsTerminal() {
		d.filetype = filetypeCharacterDevice
	} else if st, err := s.Stat(); err == nil && st.Type != fs.CharDevice {
		d.filetype = filetypeOf(st.Type)
	}
	return d
}

func preopenDescriptor(p Preopen) *descriptor {
	return &descriptor{dir: p.Dir, filetype: filetypeDirectory, preopen: true, guest: p.Guest}
}

// listenerDescriptor is a socket that does not wait in sock_accept until the
// guest says so, as wasmtime gives them: the run time of a Go guest relies on
// it, and everyone else can clear the flag.
func listenerDescriptor(l net.Listener) *descriptor {
	d := &descriptor{lis: l, filetype: filetypeSocketStream, preopen: true}
	d.flags.Store(fdflagNonblock)
	return d
}

func connDescriptor(c net.Conn, flags uint32) *descriptor {
	d := &descriptor{conn: c, in: c, out: c, read: true, write: true,
		filetype: filetypeSocketStream, owned: true}
	d.flags.Store(flags)
	return d
}

// nodeDescriptor is a file or directory that was opened.
func nodeDescriptor(n fs.Node, read, write bool, flags uint32) *descriptor {
	d := &descriptor{owned: true}
	d.flags.Store(flags)
	if dir, ok := n.(fs.Dir); ok {
		d.dir, d.filetype = dir, filetypeDirectory
		return d
	}
	d.file = n.(fs.File)
	d.filetype = filetypeOf(d.file.Type())
	d.read, d.write = read, write
	if in, out := d.file.Stream(); in != nil || out != nil {
		d.in, d.out = in, out
	}
	return d
}

// close closes what the descriptor owns and ends what waits for it. It is
// called once, by whoever took the descriptor out of the table.
func (d *descriptor) close() error {
	d.closed.Store(true)
	d.gone.Set()
	switch {
	case !d.owned:
		return nil
	case d.dir != nil:
		return d.dir.Close()
	case d.file != nil:
		return d.file.Close()
	case d.conn != nil:
		return d.conn.Close()
	}
	return nil
}

func (d *descriptor) nonblock() bool { return d.flags.Load()&fdflagNonblock != 0 }

// regular tells whether there is an offset: d is a regular file, maybe as a
// standard stream.
func (d *descriptor) regular() bool { return d.filetype == filetypeRegularFile }

// node is the file or directory behind d, or nil.
func (d *descriptor) node() fs.Node {
	switch {
	case d.dir != nil:
		return d.dir
	case d.file != nil:
		return d.file
	}
	return nil
}

// readable is why d cannot be read: EISDIR, EBADF, ENOTCONN, or nil.
func (d *descriptor) readable() error {
	switch {
	case d.dir != nil:
		return host.EISDIR
	case d.lis != nil:
		return host.ENOTCONN
	case !d.read:
		return host.EBADF
	}
	return nil
}

// writable is why d cannot be written: EBADF, ENOTCONN, or nil.
func (d *descriptor) writable() error {
	switch {
	case d.lis != nil:
		return host.ENOTCONN
	case d.dir != nil || !d.write:
		return host.EBADF
	}
	return nil
}
