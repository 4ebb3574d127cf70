//go:build unix

// This file is listeners and connections that are descriptors.

package net

import (
	"context"
	"io"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// A sysListener is a listening socket.
type sysListener struct {
	l    net.Listener
	rc   syscall.RawConn
	file *stream.File
}

// systemListener is nil when l is not one of the net package's own, or closed.
func systemListener(l net.Listener) Listener {
	var c syscall.Conn
	switch l := l.(type) {
	case *net.TCPListener:
		c = l
	case *net.UnixListener:
		c = l
	default:
		return nil
	}
	rc, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	file, err := stream.FromConn(c)
	if err != nil {
		return nil
	}
	return &sysListener{l: l, rc: rc, file: file}
}

func (l *sysListener) TryAccept() (Conn, error) {
	var fd int
	var from unix.Sockaddr
	var err error
	if l.rc.Control(func(lfd uintptr) { fd, from, err = acceptNow(int(lfd)) }) != nil {
		return nil, host.EBADF
	}
	if err != nil {
		return nil, host.ErrnoOf(err)
	}
	return newAccepted(fd, l.l.Addr(), from)
}

// acceptNow accepts one connection without waiting: the socket is non-blocking.
func acceptNow(lfd int) (int, unix.Sockaddr, error) {
	for {
		fd, from, err := accept4(lfd)
		switch err {
		case unix.EINTR, unix.ECONNABORTED:
			// The next one.
		default:
			return fd, from, err
		}
	}
}

// newAccepted owns the descriptor of a connection that was just accepted.
func newAccepted(fd int, listener net.Addr, from unix.Sockaddr) (Conn, error) {
	if _, ok := listener.(*net.TCPAddr); ok {
		// A peer that has gone already makes these fail; a read will tell.
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	}
	local := listener
	if sa, err := unix.Getsockname(fd); err == nil {
		local = addrOf(sa, listener)
	}
	f := os.NewFile(uintptr(fd), "socket")
	c, err := newSysConn(f, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	c.local, c.remote = local, addrOf(from, listener)
	return c, nil
}

func (l *sysListener) Accept(ctx context.Context) (Conn, error) { return accept(ctx, l) }
func (l *sysListener) Acceptable() stream.Waitable              { return l.file.Readable() }
func (l *sysListener) Addr() net.Addr                           { return l.l.Addr() }

func (l *sysListener) Close() error {
	if err := l.file.Close(); err != nil {
		return err
	}
	return errno(l.l.Close())
}

// A sysConn is a connected socket.
type sysConn struct {
	*stream.File
	rc            syscall.RawConn
	closer        io.Closer
	local, remote net.Addr
}

func newSysConn(c syscall.Conn, closer io.Closer) (*sysConn, error) {
	rc, err := c.SyscallConn()
	if err != nil {
		return nil, host.EBADF
	}
	file, err := stream.FromConn(c)
	if err != nil {
		return nil, err
	}
	return &sysConn{File: file, rc: rc, closer: closer}, nil
}

// systemConn is nil when c is not one of the net package's own, or closed.
func systemConn(c net.Conn) Conn {
	var sc syscall.Conn
	switch c := c.(type) {
	case *net.TCPConn:
		sc = c
	case *net.UnixConn:
		sc = c
	default:
		return nil
	}
	s, err := newSysConn(sc, c)
	if err != nil {
		return nil
	}
	s.local, s.remote = c.LocalAddr(), c.RemoteAddr()
	return s
}

// control runs f with the descriptor.
func (c *sysConn) control(f func(fd int) error) error {
	var err error
	if c.rc.Control(func(fd uintptr) { err = f(int(fd)) }) != nil {
		return host.EBADF
	}
	return errno(err)
}

func (c *sysConn) Peek(ctx context.Context, p []byte) (int, error) {
	for {
		n, err := c.TryPeek(p)
		if err != host.EAGAIN {
			return n, err
		}
		if err := c.Readable().Wait(ctx); err != nil {
			return 0, err
		}
	}
}

func (c *sysConn) TryPeek(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	err = c.control(func(fd int) error {
		for {
			n, _, err = unix.Recvfrom(fd, p, unix.MSG_PEEK|unix.MSG_DONTWAIT)
			if err != unix.EINTR {
				return err
			}
		}
	})
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (c *sysConn) Shutdown(read, write bool) error {
	how := unix.SHUT_RDWR
	switch {
	case !read && !write:
		return host.EINVAL
	case !write:
		how = unix.SHUT_RD
	case !read:
		how = unix.SHUT_WR
	}
	return c.control(func(fd int) error { return unix.Shutdown(fd, how) })
}

func (c *sysConn) LocalAddr() net.Addr  { return c.local }
func (c *sysConn) RemoteAddr() net.Addr { return c.remote }

func (c *sysConn) Close() error {
	if err := c.File.Close(); err != nil {
		return err
	}
	return errno(c.closer.Close())
}

// addrOf is a socket address in the terms of the net package. The address of
// the listener says which kind it is.
func addrOf(sa unix.Sockaddr, listener net.Addr) net.Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return &net.TCPAddr{IP: net.IP(sa.Addr[:]), Port: sa.Port}
	case *unix.SockaddrInet6:
		addr := &net.TCPAddr{IP: net.IP(sa.Addr[:]), Port: sa.Port}
		if sa.ZoneId != 0 {
			if ifi, err := net.InterfaceByIndex(int(sa.ZoneId)); err == nil {
				addr.Zone = ifi.Name
			}
		}
		return addr
	case *unix.SockaddrUnix:
		return &net.UnixAddr{Name: sa.Name, Net: "unix"}
	}
	if _, ok := listener.(*net.UnixAddr); ok {
		return &net.UnixAddr{Net: "unix"}
	}
	return &net.TCPAddr{}
}
