//go:build unix

// This file is the descriptor of a socket, and its system calls. None waits.

package net

import (
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// A descriptor is that of a socket. It is closed when all who retain it have
// released it; whoever makes it retains it once.
type descriptor struct {
	f      *os.File
	rc     syscall.RawConn
	family Family
	refs   atomic.Int32
}

// openDescriptor makes a socket. It does not wait, is closed in children, and
// an IPv6 one knows no IPv4.
func openDescriptor(f Family, p Proto) (*descriptor, error) {
	domain, kind := unix.AF_INET, unix.SOCK_STREAM
	if f == IPv6 {
		domain = unix.AF_INET6
	}
	if p == ProtoUDP {
		kind = unix.SOCK_DGRAM
	}
	fd, err := socket(domain, kind)
	if err != nil {
		return nil, errno(err)
	}
	if f == IPv6 {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			unix.Close(fd)
			return nil, errno(err)
		}
	}
	return newDescriptor(fd, f)
}

// newDescriptor owns fd.
func newDescriptor(fd int, family Family) (*descriptor, error) {
	f := os.NewFile(uintptr(fd), "socket")
	rc, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, errno(err)
	}
	d := &descriptor{f: f, rc: rc, family: family}
	d.refs.Store(1)
	return d, nil
}

func (d *descriptor) retain() { d.refs.Add(1) }

func (d *descriptor) release() {
	if d.refs.Add(-1) == 0 {
		d.f.Close()
	}
}

// stream is the descriptor as a stream, which the caller closes.
func (d *descriptor) stream() (*stream.File, error) { return stream.FromConn(d.f) }

// control runs f, again when a signal interrupts it.
func (d *descriptor) control(f func(fd int) error) error {
	var err error
	run := func(fd uintptr) {
		for {
			if err = f(int(fd)); err != unix.EINTR {
				return
			}
		}
	}
	if d.rc.Control(run) != nil {
		return host.EBADF
	}
	return errno(err)
}

func (d *descriptor) reuseAddr() error {
	return d.control(func(fd int) error {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	})
}

func (d *descriptor) bind(a netip.AddrPort) error {
	return d.control(func(fd int) error { return unix.Bind(fd, sockaddrOf(a)) })
}

// connect is host.EINPROGRESS when it goes on by itself.
func (d *descriptor) connect(a netip.AddrPort) error {
	var err error
	// One that was interrupted goes on too.
	if e := d.control(func(fd int) error {
		if err = unix.Connect(fd, sockaddrOf(a)); err == unix.EINTR {
			err = unix.EINPROGRESS
		}
		return nil
	}); e != nil {
		return e
	}
	return errno(err)
}

// connectError is why a connect that is over has failed, and nil when it has
// not.
func (d *descriptor) connectError() error {
	return d.control(func(fd int) error {
		n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && n != 0 {
			err = unix.Errno(n)
		}
		return err
	})
}

func (d *descriptor) listen(backlog int) error {
	return d.control(func(fd int) error { return unix.Listen(fd, backlog) })
}

func (d *descriptor) accept() (*descriptor, netip.AddrPort, error) {
	nfd := -1
	var from unix.Sockaddr
	err := d.control(func(fd int) (err error) {
		nfd, from, err = accept4(fd)
		return acceptError(err)
	})
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	n, err := newDescriptor(nfd, d.family)
	return n, addrPortOf(from), err
}

// acceptError has one name for all that can be wrong with the connection that
// was to be accepted: Linux passes on what the network says of it.
func acceptError(err error) error {
	switch err {
	case unix.ENETDOWN, unix.EPROTO, unix.ENOPROTOOPT, unix.EHOSTDOWN,
		unix.EHOSTUNREACH, unix.EOPNOTSUPP, unix.ENETUNREACH, unix.ECONNRESET, unix.ETIMEDOUT:
		return unix.ECONNABORTED
	}
	return err
}

func (d *descriptor) shutdown(receive, send bool) error {
	how := unix.SHUT_RDWR
	if !send {
		how = unix.SHUT_RD
	} else if !receive {
		how = unix.SHUT_WR
	}
	return d.control(func(fd int) error { return unix.Shutdown(fd, how) })
}

// localAddr is host.ENOTCONN when there is none.
func (d *descriptor) localAddr() (a netip.AddrPort, err error) {
	err = d.control(func(fd int) error {
		sa, err := unix.Getsockname(fd)
		if err != nil {
			return err
		}
		if a = addrPortOf(sa); a.Port() == 0 {
			return unix.ENOTCONN
		}
		return nil
	})
	return a, err
}

func (d *descriptor) get(opt option) (n int, err error) {
	level, name, ok := d.optionName(opt)
	if !ok {
		return 0, host.ENOTSUP
	}
	err = d.control(func(fd int) (err error) {
		n, err = unix.GetsockoptInt(fd, level, name)
		return err
	})
	if buffersDoubled && (opt == optReceiveBuffer || opt == optSendBuffer) {
		n /= 2
	}
	return n, err
}

func (d *descriptor) set(opt option, n int) error {
	level, name, ok := d.optionName(opt)
	if !ok {
		return host.ENOTSUP
	}
	return d.control(func(fd int) error {
		err := unix.SetsockoptInt(fd, level, name, n)
		// Some systems refuse a buffer that is too large.
		for err == unix.ENOBUFS && n > 1 && (opt == optReceiveBuffer || opt == optSendBuffer) {
			n /= 2
			err = unix.SetsockoptInt(fd, level, name, n)
		}
		return err
	})
}

// optionName is what the system calls an option.
func (d *descriptor) optionName(opt option) (level, name int, ok bool) {
	switch opt {
	case optNoDelay:
		return unix.IPPROTO_TCP, unix.TCP_NODELAY, true
	case optKeepAlive:
		return unix.SOL_SOCKET, unix.SO_KEEPALIVE, true
	case optReceiveBuffer:
		return unix.SOL_SOCKET, unix.SO_RCVBUF, true
	case optSendBuffer:
		return unix.SOL_SOCKET, unix.SO_SNDBUF, true
	case optHopLimit:
		if d.family == IPv4 {
			return unix.IPPROTO_IP, unix.IP_TTL, true
		}
		return unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, true
	}
	name, ok = keepName(opt)
	return unix.IPPROTO_TCP, name, ok
}

// sockaddrOf is an address that was checked, as the system has it.
func sockaddrOf(a netip.AddrPort) unix.Sockaddr {
	ip := a.Addr()
	if ip.Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: ip.As4()}
	}
	zone, _ := zoneOf(ip)
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: ip.As16(), ZoneId: zone}
}

// addrPortOf is the zero AddrPort for what is no address.
func addrPortOf(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(withZone(netip.AddrFrom16(sa.Addr), sa.ZoneId), uint16(sa.Port))
	}
	return netip.AddrPort{}
}
