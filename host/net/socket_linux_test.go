package net

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

// setRaw sets an option that a guest cannot.
func setRaw(t *testing.T, d *descriptor, level, name, value int) {
	t.Helper()
	if err := d.control(func(fd int) error { return unix.SetsockoptInt(fd, level, name, value) }); err != nil {
		t.Fatal(err)
	}
}

// Without routes everything but the next network is unreachable.
func TestUnreachable(t *testing.T) {
	checkLeaks(t)
	s := newTestTCP(t, IPv4)
	setRaw(t, s.d, unix.SOL_SOCKET, unix.SO_DONTROUTE, 1)
	if _, _, err := connect(t.Context(), s, addrPort("203.0.113.1:80")); err != host.ENETUNREACH {
		t.Errorf("connect = %v", err)
	}
	if _, _, err := s.FinishConnect(); err != host.ENOTCONN {
		t.Errorf("FinishConnect = %v", err)
	}
	u, _ := boundUDP(t, IPv4)
	u.Close()
	u = newTestUDP(t, IPv4)
	setRaw(t, u.d, unix.SOL_SOCKET, unix.SO_DONTROUTE, 1)
	if err := u.Connect(addrPort("203.0.113.1:80")); err != host.ENETUNREACH {
		t.Errorf("UDP: Connect = %v", err)
	}
	if _, err := u.TrySend([]byte("x"), addrPort("203.0.113.1:80")); err != host.ENETUNREACH {
		t.Errorf("UDP: TrySend = %v", err)
	}
}

// A peer that never answers is given up.
func TestConnectTimeout(t *testing.T) {
	full := fullListener(t)
	checkLeaks(t)
	s := newTestTCP(t, IPv4)
	setRaw(t, s.d, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 1)
	if _, _, err := connect(t.Context(), s, full); err != host.ETIMEDOUT {
		t.Errorf("connect = %v", err)
	}
}

// When all ports are in use, of a range of one, a connect says so.
func TestNoPortLeft(t *testing.T) {
	_, addr := listening(t, IPv4)
	s := newTestTCP(t, IPv4)
	a, _ := boundUDP(t, IPv4)
	local, err := a.LocalAddr()
	if err != nil {
		t.Fatal(err)
	}
	narrow := int(local.Port()) | int(local.Port())<<16
	const ipLocalPortRange = 51 // since Linux 6.3
	if err := s.d.control(func(fd int) error {
		return unix.SetsockoptInt(fd, unix.IPPROTO_IP, ipLocalPortRange, narrow)
	}); err != nil {
		t.Skip(err)
	}
	other := newTestTCP(t, IPv4)
	if err := other.Bind(local); err != nil {
		t.Skip(err)
	}
	if err := other.Listen(1); err != nil {
		t.Skip(err)
	}
	if err := s.StartConnect(addr); err != host.EADDRINUSE {
		t.Errorf("StartConnect = %v", err)
	}
	u := newTestUDP(t, IPv4)
	setRaw(t, u.d, unix.IPPROTO_IP, ipLocalPortRange, narrow)
	if err := u.Bind(loopback(IPv4)); err != host.EADDRINUSE {
		t.Errorf("UDP: Bind = %v", err)
	}
}

func TestAcceptError(t *testing.T) {
	for err, want := range map[error]error{
		nil: nil, unix.EAGAIN: unix.EAGAIN, unix.EMFILE: unix.EMFILE, unix.EPROTO: unix.ECONNABORTED,
		unix.ENETUNREACH: unix.ECONNABORTED, unix.ECONNABORTED: unix.ECONNABORTED,
	} {
		if got := acceptError(err); !errors.Is(got, want) {
			t.Errorf("%v becomes %v, want %v", err, got, want)
		}
	}
}
