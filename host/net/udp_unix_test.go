//go:build unix

package net

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
)

func newTestUDP(t testing.TB, f Family) *UDP {
	t.Helper()
	s, err := NewUDP(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// boundUDP is a socket on the loopback address.
func boundUDP(t testing.TB, f Family) (*UDP, netip.AddrPort) {
	t.Helper()
	s := newTestUDP(t, f)
	if err := s.Bind(loopback(f)); err != nil {
		t.Fatal(err)
	}
	a, err := s.LocalAddr()
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}

func send(t *testing.T, s *UDP, text string, to netip.AddrPort) {
	t.Helper()
	if n, err := s.TrySend([]byte(text), to); n != len(text) || err != nil {
		t.Fatalf("TrySend(%q, %v) = %d, %v", text, to, n, err)
	}
}

// receive waits for a datagram.
func receive(t *testing.T, s *UDP) (string, netip.AddrPort) {
	t.Helper()
	p := make([]byte, MaxDatagram)
	for {
		n, from, err := s.TryReceive(p)
		if err == nil {
			return string(p[:n]), from
		}
		if err != host.EAGAIN {
			t.Fatal(err)
		}
		if err := s.Readable().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUDPConversation(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		a, aAddr := boundUDP(t, f)
		b, bAddr := boundUDP(t, f)
		if _, _, err := a.TryReceive(make([]byte, 8)); err != host.EAGAIN {
			t.Errorf("TryReceive of nothing = %v", err)
		}
		if a.Readable().Ready() || !a.Writable().Ready() || a.Family() != f {
			t.Error("an idle socket is readable, or not writable")
		}
		for _, text := range []string{"one", "", strings.Repeat("x", 20_000)} {
			send(t, a, text, bAddr)
			if got, from := receive(t, b); got != text || from != aAddr {
				t.Errorf("received %d bytes from %v", len(got), from)
			}
		}
		// What does not fit is lost.
		send(t, a, "12345", bAddr)
		if err := b.Readable().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, _, err := b.TryReceive(make([]byte, 3)); n != 3 || err != nil {
			t.Errorf("TryReceive = %d, %v", n, err)
		}
		if _, _, err := b.TryReceive(make([]byte, 3)); err != host.EAGAIN {
			t.Errorf("TryReceive = %v", err)
		}
	})
}

func TestUDPErrors(t *testing.T) {
	_, used := boundUDP(t, IPv4)
	for _, tt := range []struct {
		family Family
		bind   string
		want   host.Errno
	}{
		{IPv4, "[::1]:0", host.EINVAL},
		{IPv6, "127.0.0.1:0", host.EINVAL},
		{IPv6, "[::ffff:127.0.0.1]:0", host.EINVAL},
		{IPv4, "198.51.100.7:0", host.EADDRNOTAVAIL},
		{IPv6, "[2001:db8::7]:0", host.EADDRNOTAVAIL},
		{IPv4, used.String(), host.EADDRINUSE},
		{IPv4, fmt.Sprintf("0.0.0.0:%d", used.Port()), host.EADDRINUSE},
		{IPv6, fmt.Sprintf("[::]:%d", used.Port()), host.Success},
	} {
		s := newTestUDP(t, tt.family)
		if err := s.Bind(addrPort(tt.bind)); host.ErrnoOf(err) != tt.want {
			t.Errorf("%v: Bind(%s) = %v, want %v", tt.family, tt.bind, err, tt.want)
		}
		s.Close()
	}
	for _, tt := range []struct {
		family Family
		addr   string
	}{
		{IPv4, "[::1]:80"}, {IPv6, "127.0.0.1:80"}, {IPv6, "[::ffff:127.0.0.1]:80"},
		{IPv4, "127.0.0.1:0"}, {IPv4, "0.0.0.0:80"}, {IPv6, "[::]:80"}, {IPv6, "[fe80::1%lo]:80"},
	} {
		s, _ := boundUDP(t, tt.family)
		if err := s.Connect(addrPort(tt.addr)); err != host.EINVAL {
			t.Errorf("%v: Connect(%s) = %v", tt.family, tt.addr, err)
		}
		if _, err := s.TrySend([]byte("x"), addrPort(tt.addr)); err != host.EINVAL {
			t.Errorf("%v: TrySend to %s = %v", tt.family, tt.addr, err)
		}
		s.Close()
	}
	s := newTestUDP(t, IPv4)
	if _, err := s.LocalAddr(); err != host.ENOTCONN {
		t.Errorf("LocalAddr of an unbound socket = %v", err)
	}
	if _, err := s.RemoteAddr(); err != host.ENOTCONN {
		t.Errorf("RemoteAddr of an unbound socket = %v", err)
	}
	if err := errors.Join(s.Disconnect(), s.Bind(loopback(IPv4))); err != nil {
		t.Error(err)
	}
	if err := s.Bind(loopback(IPv4)); err != host.EISCONN {
		t.Errorf("Bind again = %v", err)
	}
	if _, err := s.TrySend([]byte("x"), netip.AddrPort{}); err != host.EINVAL {
		t.Errorf("TrySend to nobody = %v", err)
	}
	if _, err := s.TrySend(make([]byte, 65_508), used); err != host.EMSGSIZE {
		t.Errorf("TrySend of too much = %v", err)
	}
	if _, err := s.TrySend(make([]byte, 1<<20), used); err != host.EMSGSIZE {
		t.Errorf("TrySend of far too much = %v", err)
	}
	// A socket that sends has an address.
	s = newTestUDP(t, IPv4)
	send(t, s, "x", used)
	if a, err := s.LocalAddr(); a.Port() == 0 || err != nil {
		t.Errorf("LocalAddr = %v, %v", a, err)
	}
	if err := s.Bind(loopback(IPv4)); err != host.EISCONN {
		t.Errorf("Bind after TrySend = %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_, _, err1 := s.TryReceive(nil)
	_, err2 := s.TrySend(nil, used)
	_, err3 := s.LocalAddr()
	_, err4 := s.RemoteAddr()
	_, err5 := s.HopLimit()
	for i, err := range []error{err1, err2, err3, err4, err5, s.Bind(used), s.Connect(used), s.Disconnect(), s.Close()} {
		if err != host.EBADF {
			t.Errorf("question %d after Close: %v", i, err)
		}
	}
}

// A socket with one peer hears no other, not even what came before.
func TestUDPConnect(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		a, aAddr := boundUDP(t, f)
		b, bAddr := boundUDP(t, f)
		c, cAddr := boundUDP(t, f)
		send(t, c, "early, from elsewhere", aAddr)
		send(t, b, "early", aAddr)
		if err := a.Connect(bAddr); err != nil {
			t.Fatal(err)
		}
		if got, err := a.RemoteAddr(); got != bAddr || err != nil {
			t.Errorf("RemoteAddr = %v, %v", got, err)
		}
		send(t, c, "late, from elsewhere", aAddr)
		send(t, b, "late", aAddr)
		for _, want := range []string{"early", "late"} {
			if got, from := receive(t, a); got != want || from != bAddr {
				t.Errorf("received %q from %v", got, from)
			}
		}
		send(t, a, "to the peer", netip.AddrPort{})
		send(t, a, "to the peer by address", bAddr)
		for _, want := range []string{"to the peer", "to the peer by address"} {
			if got, _ := receive(t, b); got != want {
				t.Errorf("received %q", got)
			}
		}
		if _, err := a.TrySend([]byte("x"), cAddr); err != host.EINVAL {
			t.Errorf("TrySend to another = %v", err)
		}
		// Another peer.
		if err := a.Connect(cAddr); err != nil {
			t.Fatal(err)
		}
		send(t, a, "to the other", netip.AddrPort{})
		if got, from := receive(t, c); got != "to the other" || from != aAddr {
			t.Errorf("received %q from %v", got, from)
		}
		// No peer: the port is still the same.
		for range 2 {
			if err := a.Disconnect(); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := a.LocalAddr(); got != aAddr || err != nil {
			t.Errorf("LocalAddr = %v, %v, want %v", got, err, aAddr)
		}
		if _, err := a.RemoteAddr(); err != host.ENOTCONN {
			t.Errorf("RemoteAddr = %v", err)
		}
		send(t, b, "again", aAddr)
		if got, from := receive(t, a); got != "again" || from != bAddr {
			t.Errorf("received %q from %v", got, from)
		}
	})
}

// A socket of all interfaces takes the local address that leads to its peer,
// and gives it back.
func TestUDPConnectUnspecified(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		_, peer := boundUDP(t, f)
		s := newTestUDP(t, f)
		if err := s.Bind(netip.AddrPortFrom(f.unspecified(), 0)); err != nil {
			t.Fatal(err)
		}
		before, err := s.LocalAddr()
		if err != nil || before.Addr() != f.unspecified() {
			t.Fatalf("LocalAddr = %v, %v", before, err)
		}
		if err := s.Connect(peer); err != nil {
			t.Fatal(err)
		}
		during, err := s.LocalAddr()
		if err != nil || during != netip.AddrPortFrom(peer.Addr(), before.Port()) {
			t.Errorf("connected: LocalAddr = %v, %v", during, err)
		}
		if err := s.Disconnect(); err != nil {
			t.Fatal(err)
		}
		if after, err := s.LocalAddr(); after != before || err != nil {
			t.Errorf("LocalAddr = %v, %v, want %v", after, err, before)
		}
		// A second peer may be elsewhere; a failure leaves no peer.
		if err := s.Connect(peer); err != nil {
			t.Fatal(err)
		}
		elsewhere := addrPort("192.0.2.99:9")
		if f == IPv6 {
			elsewhere = addrPort("[2001:db8::9]:9")
		}
		if err := s.Connect(elsewhere); err == nil {
			if got, err := s.LocalAddr(); err != nil || got.Addr().IsLoopback() {
				t.Errorf("to %v: LocalAddr = %v, %v", elsewhere, got, err)
			}
		} else if _, remote := s.RemoteAddr(); remote != host.ENOTCONN || err == host.EINVAL {
			t.Errorf("after Connect = %v: RemoteAddr = %v", err, remote)
		}
	})
}

// A datagram that nobody takes is an error of the next call.
func TestUDPRefused(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		gone, addr := boundUDP(t, f)
		gone.Close()
		s, _ := boundUDP(t, f)
		if err := s.Connect(addr); err != nil {
			t.Fatal(err)
		}
		send(t, s, "hello", netip.AddrPort{})
		if err := s.Readable().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.TryReceive(make([]byte, 8)); err != host.ECONNREFUSED {
			t.Errorf("TryReceive = %v", err)
		}
		if _, _, err := s.TryReceive(make([]byte, 8)); err != host.EAGAIN {
			t.Errorf("TryReceive = %v", err)
		}
		send(t, s, "hello", netip.AddrPort{})
		if err := s.Readable().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TrySend([]byte("x"), addr); err != host.ECONNREFUSED {
			t.Errorf("TrySend = %v", err)
		}
	})
}

// linkLocal is an address that needs its interface, with the number of that.
func linkLocal(t *testing.T) netip.Addr {
	t.Helper()
	ifs, err := net.Interfaces()
	if err != nil {
		t.Skip(err)
	}
	for _, i := range ifs {
		as, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range as {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() {
				return p.Addr().WithZone(strconv.Itoa(i.Index))
			}
		}
	}
	t.Skip("this system has no link-local addresses")
	return netip.Addr{}
}

// The zone of an address is the number of its interface.
func TestZones(t *testing.T) {
	ip := linkLocal(t)
	s := newTestUDP(t, IPv6)
	if err := s.Bind(netip.AddrPortFrom(ip.WithZone(""), 0)); err == nil {
		t.Errorf("bound to %v without a zone", ip)
	}
	if err := s.Bind(netip.AddrPortFrom(ip, 0)); err != nil {
		t.Fatal(err)
	}
	a, err := s.LocalAddr()
	if err != nil || a.Addr() != ip {
		t.Fatalf("LocalAddr = %v, %v, want %v", a, err, ip)
	}
	send(t, s, "to myself", a)
	if text, from := receive(t, s); text != "to myself" || from != a {
		t.Errorf("received %q from %v", text, from)
	}
	// A peer without a zone is on the interface to which the socket is bound.
	if err := s.Connect(netip.AddrPortFrom(ip.WithZone(""), a.Port())); err != nil {
		t.Fatal(err)
	}
	send(t, s, "again", netip.AddrPort{})
	if text, from := receive(t, s); text != "again" || from != a {
		t.Errorf("received %q from %v", text, from)
	}
	for _, zone := range []string{"0", "01", "-1", "4294967296", "eth0"} {
		if n, err := zoneOf(ip.WithZone(zone)); err != host.EINVAL {
			t.Errorf("zone %s = %d, %v", zone, n, err)
		}
	}
}

func TestUDPOptions(t *testing.T) {
	eachFamily(t, func(t *testing.T, f Family) {
		s := newTestUDP(t, f)
		for _, err := range []error{s.SetHopLimit(0), s.SetReceiveBuffer(0), s.SetSendBuffer(0)} {
			if err != host.EINVAL {
				t.Errorf("an option of 0 = %v", err)
			}
		}
		checkOption(t, s.SetHopLimit, s.HopLimit, 3, 3)
		checkOption(t, s.SetReceiveBuffer, s.ReceiveBuffer, 20_000, 20_000)
		checkOption(t, s.SetSendBuffer, s.SendBuffer, 20_000, 20_000)
		if err := errors.Join(s.SetReceiveBuffer(1<<64-1), s.SetSendBuffer(1<<64-1)); err != nil {
			t.Error(err)
		}
	})
}

func TestUDPWaits(t *testing.T) {
	checkLeaks(t)
	s, _ := boundUDP(t, IPv4)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if err := s.Readable().Wait(ctx); err != context.Canceled {
		t.Errorf("Wait = %v", err)
	}
	done := make(chan error)
	go func() { done <- s.Readable().Wait(t.Context()) }()
	s.Close()
	if err := <-done; err != nil {
		t.Errorf("Wait = %v", err)
	}
}

func TestUDPConcurrent(t *testing.T) {
	checkLeaks(t)
	a, aAddr := boundUDP(t, IPv4)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			p := make([]byte, 64)
			for i := range 200 {
				a.TrySend(p, aAddr)
				a.TrySend(p, netip.AddrPort{})
				a.TryReceive(p)
				if i%20 == 0 {
					a.Connect(aAddr)
					a.RemoteAddr()
					a.Disconnect()
				}
			}
			a.Close()
		})
	}
	wg.Wait()
}
