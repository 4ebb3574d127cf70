//go:build unix

// This file is the system calls of a UDP socket. None waits.

package net

import (
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

// A datagram is one send or receive, made while the descriptor is kept from
// being closed.
type datagram struct {
	p    []byte
	to   unix.Sockaddr
	send bool
	n    int
	from unix.Sockaddr
	err  error
	// in4 and in6 are what to points to.
	in4 unix.SockaddrInet4
	in6 unix.SockaddrInet6
	// run is g.call, made once.
	run func(fd uintptr)
}

var datagrams = sync.Pool{New: func() any {
	g := new(datagram)
	g.run = g.call
	return g
}}

func (g *datagram) call(fd uintptr) {
	for {
		if g.send {
			g.n, g.err = unix.SendmsgN(int(fd), g.p, nil, g.to, unix.MSG_DONTWAIT)
		} else {
			g.n, g.from, g.err = unix.Recvfrom(int(fd), g.p, unix.MSG_DONTWAIT)
		}
		if g.err != unix.EINTR {
			return
		}
	}
}

// do runs g and gives it back.
func (d *descriptor) do(g *datagram) (n int, from unix.Sockaddr, err error) {
	if d.rc.Control(g.run) != nil {
		g.n, g.err = 0, host.EBADF
	}
	n, from, err = g.n, g.from, g.err
	g.p, g.to, g.from, g.err = nil, nil, nil, nil
	datagrams.Put(g)
	return max(n, 0), from, datagramErrno(err)
}

// datagramErrno is host.ErrnoOf as an error, quick for the usual one.
func datagramErrno(err error) error {
	switch err {
	case nil:
		return nil
	case unix.EAGAIN:
		return host.EAGAIN
	}
	return host.ErrnoOf(err)
}

func (d *descriptor) receive(p []byte) (int, netip.AddrPort, error) {
	g := datagrams.Get().(*datagram)
	g.send, g.p = false, p
	n, from, err := d.do(g)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	return n, addrPortOf(from), nil
}

// send sends to the peer when to is the zero AddrPort.
func (d *descriptor) send(p []byte, to netip.AddrPort) (int, error) {
	g := datagrams.Get().(*datagram)
	g.send, g.p = true, p
	switch ip := to.Addr(); {
	case ip.Is4():
		g.in4 = unix.SockaddrInet4{Port: int(to.Port()), Addr: ip.As4()}
		g.to = &g.in4
	case ip.Is6():
		zone, _ := zoneOf(ip)
		g.in6 = unix.SockaddrInet6{Port: int(to.Port()), Addr: ip.As16(), ZoneId: zone}
		g.to = &g.in6
	}
	n, _, err := d.do(g)
	if err == host.ENOBUFS {
		// The queue of the interface is full, as the socket's may be.
		err = host.EAGAIN
	}
	return n, err
}

// disconnect undoes connect, and keeps the port.
func (d *descriptor) disconnect() error {
	return d.control(func(fd int) error {
		before, err := unix.Getsockname(fd)
		if err != nil {
			return err
		}
		if err := unconnect(fd, d.family); err != nil {
			return err
		}
		after, err := unix.Getsockname(fd)
		if err != nil {
			return err
		}
		port := addrPortOf(before).Port()
		if addrPortOf(after).Port() == port {
			return nil
		}
		// A port that the system chose it takes back.
		ip := addrPortOf(after).Addr()
		return unix.Bind(fd, sockaddrOf(netip.AddrPortFrom(ip, port)))
	})
}
