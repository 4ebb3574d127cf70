package sockets

// This file is the streams of datagrams.

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stream"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

const (
	// maxDatagrams is how many datagrams one call receives or sends.
	maxDatagrams = 64
	// maxReceived is how many bytes one call receives, but for the last
	// datagram.
	maxReceived = 256 << 10
	// maxLooks is how many datagrams one call looks at, those of strangers
	// included.
	maxLooks = 256
)

// An IncomingDatagramStream is the resource incoming-datagram-stream.
type IncomingDatagramStream struct {
	conn *udpConn
	pair uint64
	// failed is an error that came behind datagrams, for the next call.
	failed error
}

// An OutgoingDatagramStream is the resource outgoing-datagram-stream.
type OutgoingDatagramStream struct {
	conn   *udpConn
	pair   uint64
	family gen.IPAddressFamily
	// permit is how many datagrams check-send allowed and were not sent.
	permit uint64
}

var (
	_ gen.IncomingDatagramStream = (*IncomingDatagramStream)(nil)
	_ gen.OutgoingDatagramStream = (*OutgoingDatagramStream)(nil)
)

// current is why a stream is of no use any more; nil for those made last.
func (c *udpConn) current(pair uint64) error {
	if pair != c.pair {
		return gen.ErrorCodeInvalidState
	}
	return nil
}

// hears tells whether the guest may have a datagram from an address.
func (c *udpConn) hears(from netip.AddrPort) bool {
	return c.peer.IsValid() || c.permit.Hears(from)
}

// Receive takes up to n datagrams that are there.
func (s *IncomingDatagramStream) Receive(_ context.Context, n uint64) ([]gen.IncomingDatagram, error) {
	c := s.conn
	if err := c.current(s.pair); err != nil || n == 0 {
		return nil, err
	}
	if err := s.failed; err != nil {
		s.failed = nil
		return nil, codeOf(err)
	}
	buf := c.st.datagram
	if buf == nil {
		buf = make([]byte, net.MaxDatagram)
		c.st.datagram = buf
	}
	var got []gen.IncomingDatagram
	bytes := 0
	for range maxLooks {
		if uint64(len(got)) >= min(n, maxDatagrams) || bytes >= maxReceived {
			break
		}
		m, from, err := c.sock.TryReceive(buf)
		switch {
		case err == host.EAGAIN:
			return got, nil
		case err != nil && len(got) > 0:
			s.failed = err
			return got, nil
		case err != nil:
			return nil, codeOf(err)
		}
		if !c.hears(from) {
			continue
		}
		bytes += m
		got = append(got, gen.IncomingDatagram{
			Data:          append([]byte(nil), buf[:m]...),
			RemoteAddress: toSocketAddress(from),
		})
	}
	return got, nil
}

// Subscribe gives a pollable that is ready when there is a datagram, or an
// error.
func (s *IncomingDatagramStream) Subscribe(context.Context) (wasi_io.Pollable, error) {
	return p2io.NewPollableFunc(func() stream.Waitable {
		if s.conn.current(s.pair) != nil || s.failed != nil {
			return stream.Always
		}
		return s.conn.sock.Readable()
	}), nil
}

// Drop closes the stream.
func (s *IncomingDatagramStream) Drop(context.Context) error {
	s.conn.release()
	return nil
}

// CheckSend tells how many datagrams the next send may have.
func (s *OutgoingDatagramStream) CheckSend(context.Context) (uint64, error) {
	s.permit = 0
	if err := s.conn.current(s.pair); err != nil {
		return 0, err
	}
	if s.conn.sock.Writable().Ready() {
		s.permit = maxDatagrams
	}
	return s.permit, nil
}

// Send sends datagrams until one cannot be sent, and tells how many were.
func (s *OutgoingDatagramStream) Send(_ context.Context, datagrams []gen.OutgoingDatagram) (uint64, error) {
	n := uint64(len(datagrams))
	err := s.conn.current(s.pair)
	switch {
	case err == nil && n > s.permit:
		return 0, fmt.Errorf("the guest sends %d datagrams to a stream for which check-send permitted %d", n, s.permit)
	case err != nil || n == 0:
		return 0, err
	}
	s.permit = 0
	for i := range datagrams {
		err := s.send(&datagrams[i])
		if err != nil && i == 0 && err != host.EAGAIN {
			return 0, codeOf(err)
		}
		if err != nil {
			return uint64(i), nil
		}
	}
	return n, nil
}

// send sends one datagram.
func (s *OutgoingDatagramStream) send(d *gen.OutgoingDatagram) error {
	c := s.conn
	var to netip.AddrPort
	switch {
	case d.RemoteAddress == nil && !c.peer.IsValid():
		return gen.ErrorCodeInvalidArgument
	case d.RemoteAddress != nil:
		a, err := remoteOf(s.family, net.ProtoUDP, *d.RemoteAddress)
		switch {
		case err != nil:
			return err
		case !c.peer.IsValid():
			if err := c.permit.Connect(a); err != nil {
				return err
			}
			to = a
		case a != c.peer:
			return gen.ErrorCodeInvalidArgument
		}
	}
	_, err := c.sock.TrySend(d.Data, to)
	return err
}

// Subscribe gives a pollable that is ready when check-send has something to
// say.
func (s *OutgoingDatagramStream) Subscribe(context.Context) (wasi_io.Pollable, error) {
	return p2io.NewPollableFunc(func() stream.Waitable {
		if s.conn.current(s.pair) != nil {
			return stream.Always
		}
		return s.conn.sock.Writable()
	}), nil
}

// Drop closes the stream.
func (s *OutgoingDatagramStream) Drop(context.Context) error {
	s.conn.release()
	return nil
}
