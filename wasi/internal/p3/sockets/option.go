package sockets

// This file is the options of sockets. A value of 0 is refused, and any other
// becomes one that the system takes.

import (
	"context"
	"math"
	"time"

	wasi_clocks "github.com/dray-wasm/dray/wasi/gen/p3/clocks"
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
		return errInvalidArgument
	case refused != nil:
		return refused
	}
	return codeOf(option(v))
}

// toDuration is nanoseconds in the form of the host, which has fewer.
func toDuration(d wasi_clocks.Duration) time.Duration {
	return time.Duration(min(d, math.MaxInt64))
}

// GetKeepAliveEnabled implements gen.TCPSocket.
func (s *TCPSocket) GetKeepAliveEnabled(context.Context) (bool, error) {
	return get(s.may(tcpOption), s.conn.sock.KeepAlive)
}

// SetKeepAliveEnabled implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveEnabled(_ context.Context, on bool) error {
	if err := s.may(tcpOption); err != nil {
		return err
	}
	return codeOf(s.conn.sock.SetKeepAlive(on))
}

// GetKeepAliveIdleTime implements gen.TCPSocket.
func (s *TCPSocket) GetKeepAliveIdleTime(context.Context) (wasi_clocks.Duration, error) {
	d, err := get(s.may(tcpOption), s.conn.sock.KeepIdle)
	return wasi_clocks.Duration(d), err
}

// SetKeepAliveIdleTime implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveIdleTime(_ context.Context, d wasi_clocks.Duration) error {
	return set(s.may(tcpOption), s.conn.sock.SetKeepIdle, toDuration(d))
}

// GetKeepAliveInterval implements gen.TCPSocket.
func (s *TCPSocket) GetKeepAliveInterval(context.Context) (wasi_clocks.Duration, error) {
	d, err := get(s.may(tcpOption), s.conn.sock.KeepInterval)
	return wasi_clocks.Duration(d), err
}

// SetKeepAliveInterval implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveInterval(_ context.Context, d wasi_clocks.Duration) error {
	return set(s.may(tcpOption), s.conn.sock.SetKeepInterval, toDuration(d))
}

// GetKeepAliveCount implements gen.TCPSocket.
func (s *TCPSocket) GetKeepAliveCount(context.Context) (uint32, error) {
	return get(s.may(tcpOption), s.conn.sock.KeepCount)
}

// SetKeepAliveCount implements gen.TCPSocket.
func (s *TCPSocket) SetKeepAliveCount(_ context.Context, n uint32) error {
	return set(s.may(tcpOption), s.conn.sock.SetKeepCount, n)
}

// GetHopLimit implements gen.TCPSocket.
func (s *TCPSocket) GetHopLimit(context.Context) (uint8, error) {
	return get(s.may(tcpOption), s.conn.sock.HopLimit)
}

// SetHopLimit implements gen.TCPSocket.
func (s *TCPSocket) SetHopLimit(_ context.Context, n uint8) error {
	return set(s.may(tcpOption), s.conn.sock.SetHopLimit, n)
}

// GetReceiveBufferSize implements gen.TCPSocket.
func (s *TCPSocket) GetReceiveBufferSize(context.Context) (uint64, error) {
	return get(s.may(tcpOption), s.conn.sock.ReceiveBuffer)
}

// SetReceiveBufferSize implements gen.TCPSocket.
func (s *TCPSocket) SetReceiveBufferSize(_ context.Context, n uint64) error {
	return set(s.may(tcpOption), s.conn.sock.SetReceiveBuffer, n)
}

// GetSendBufferSize implements gen.TCPSocket.
func (s *TCPSocket) GetSendBufferSize(context.Context) (uint64, error) {
	return get(s.may(tcpOption), s.conn.sock.SendBuffer)
}

// SetSendBufferSize implements gen.TCPSocket.
func (s *TCPSocket) SetSendBufferSize(_ context.Context, n uint64) error {
	return set(s.may(tcpOption), s.conn.sock.SetSendBuffer, n)
}

// GetUnicastHopLimit implements gen.UDPSocket.
func (s *UDPSocket) GetUnicastHopLimit(context.Context) (uint8, error) {
	return get(nil, s.sock.HopLimit)
}

// SetUnicastHopLimit implements gen.UDPSocket.
func (s *UDPSocket) SetUnicastHopLimit(_ context.Context, n uint8) error {
	return set(nil, s.sock.SetHopLimit, n)
}

// GetReceiveBufferSize implements gen.UDPSocket.
func (s *UDPSocket) GetReceiveBufferSize(context.Context) (uint64, error) {
	return get(nil, s.sock.ReceiveBuffer)
}

// SetReceiveBufferSize implements gen.UDPSocket.
func (s *UDPSocket) SetReceiveBufferSize(_ context.Context, n uint64) error {
	return set(nil, s.sock.SetReceiveBuffer, n)
}

// GetSendBufferSize implements gen.UDPSocket.
func (s *UDPSocket) GetSendBufferSize(context.Context) (uint64, error) {
	return get(nil, s.sock.SendBuffer)
}

// SetSendBufferSize implements gen.UDPSocket.
func (s *UDPSocket) SetSendBufferSize(_ context.Context, n uint64) error {
	return set(nil, s.sock.SetSendBuffer, n)
}
