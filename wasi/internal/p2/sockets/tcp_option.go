package sockets

// This file is the options of TCP sockets. A value of 0 is refused, and any
// other becomes one that the system takes.

import (
	"context"
	"math"
	"time"

	wasi_clocks "github.com/dray-wasm/dray/wasi/gen/p2/clocks"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
)

// get is the value of an option, unless there is a reason to refuse.
func get[T any](refused error, option func() (T, error)) (T, error) {
	if refused != nil {
		var zero T
		return zero, refused
	}
	v, err := option()
	return v, codeOf(err)
}

// set changes an option, unless there is a reason to refuse.
func set[T comparable](refused error, option func(T) error, v T) error {
	var zero T
	switch {
	case v == zero:
		return gen.ErrorCodeInvalidArgument
	case refused != nil:
		return refused
	}
	return codeOf(option(v))
}

// toDuration is nanoseconds in the form of the host, which has fewer.
func toDuration(d wasi_clocks.Duration) time.Duration {
	return time.Duration(min(d, math.MaxInt64))
}

// KeepAliveEnabled implements gen.TCPSocket.
func (s *TCPSocket) KeepAliveEnabled(context.Context) (bool, error) {
	return get(s.may(tcpOption), s.conn.sock.KeepAlive)
}

// SetKeepAliveEnabled implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveEnabled(_ context.Context, on bool) error {
	if err := s.may(tcpOption); err != nil {
		return err
	}
	return codeOf(s.conn.sock.SetKeepAlive(on))
}

// KeepAliveIdleTime implements gen.TCPSocket.
func (s *TCPSocket) KeepAliveIdleTime(context.Context) (wasi_clocks.Duration, error) {
	d, err := get(s.may(tcpOption), s.conn.sock.KeepIdle)
	return wasi_clocks.Duration(d), err
}

// SetKeepAliveIdleTime implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveIdleTime(_ context.Context, d wasi_clocks.Duration) error {
	return set(s.may(tcpOption), s.conn.sock.SetKeepIdle, toDuration(d))
}

// KeepAliveInterval implements gen.TCPSocket.
func (s *TCPSocket) KeepAliveInterval(context.Context) (wasi_clocks.Duration, error) {
	d, err := get(s.may(tcpOption), s.conn.sock.KeepInterval)
	return wasi_clocks.Duration(d), err
}

// SetKeepAliveInterval implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveInterval(_ context.Context, d wasi_clocks.Duration) error {
	return set(s.may(tcpOption), s.conn.sock.SetKeepInterval, toDuration(d))
}

// KeepAliveCount implements gen.TCPSocket.
func (s *TCPSocket) KeepAliveCount(context.Context) (uint32, error) {
	return get(s.may(tcpOption), s.conn.sock.KeepCount)
}

// SetKeepAliveCount implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveCount(_ context.Context, n uint32) error {
	return set(s.may(tcpOption), s.conn.sock.SetKeepCount, n)
}

// HopLimit implements gen.TCPSocket.
func (s *TCPSocket) HopLimit(context.Context) (uint8, error) {
	return get(s.may(tcpOption), s.conn.sock.HopLimit)
}

// SetHopLimit implements gen.TCPSocket.
func (s *TCPSocket) SetHopLimit(_ context.Context, n uint8) error {
	return set(s.may(tcpOption), s.conn.sock.SetHopLimit, n)
}

// ReceiveBufferSize implements gen.TCPSocket.
func (s *TCPSocket) ReceiveBufferSize(context.Context) (uint64, error) {
	return get(s.may(tcpOption), s.conn.sock.ReceiveBuffer)
}

// SetReceiveBufferSize implements gen.TCPSocket.
func (s *TCPSocket) SetReceiveBufferSize(_ context.Context, n uint64) error {
	return set(s.may(tcpOption), s.conn.sock.SetReceiveBuffer, n)
}

// SendBufferSize implements gen.TCPSocket.
func (s *TCPSocket) SendBufferSize(context.Context) (uint64, error) {
	return get(s.may(tcpOption), s.conn.sock.SendBuffer)
}

// SetSendBufferSize implements gen.TCPSocket.
func (s *TCPSocket) SetSendBufferSize(_ context.Context, n uint64) error {
	return set(s.may(tcpOption), s.conn.sock.SetSendBuffer, n)
}
