// This file is the options of sockets.

package net

import (
	"sync"
	"time"

	"github.com/dray-wasm/dray/host"
)

// An option is one that the operating system keeps for a socket.
type option uint8

const (
	optNoDelay option = iota
	optKeepAlive
	optKeepIdle     // seconds
	optKeepInterval // seconds
	optKeepCount
	optHopLimit
	optReceiveBuffer // bytes
	optSendBuffer    // bytes
	optionCount
)

// The most that every system takes.
const (
	maxKeepSeconds = 1<<15 - 1
	maxKeepCount   = 1<<7 - 1
	maxBuffer      = 1<<30 - 1
)

// options are the options of one socket. A value of 0 is host.EINVAL, one that
// the system does not take becomes the nearest that it does take.
type options struct {
	d      *descriptor
	family Family

	setMu sync.Mutex
	// set holds what was asked for, for the sockets that come from this one.
	set [optionCount]struct {
		given bool
		value int
	}
}

func (o *options) change(opt option, value int) error {
	o.setMu.Lock()
	defer o.setMu.Unlock()
	if err := o.d.set(opt, value); err != nil {
		return err
	}
	o.set[opt].given, o.set[opt].value = true, value
	return nil
}

// inherit takes over what was asked for of the listener, on systems that do not
// see to that.
func (o *options) inherit(from *options) {
	from.setMu.Lock()
	set := from.set
	from.setMu.Unlock()
	for opt := range optionCount {
		if set[opt].given {
			// A peer that has gone already makes this fail.
			_ = o.change(opt, set[opt].value)
		}
	}
}

// Family is the family of the socket.
func (o *options) Family() Family { return o.family }

// HopLimit is how many routers a packet may pass.
func (o *options) HopLimit() (uint8, error) {
	n, err := o.d.get(optHopLimit)
	return uint8(max(0, min(n, 255))), err
}

// SetHopLimit sets HopLimit.
func (o *options) SetHopLimit(n uint8) error {
	if n == 0 {
		return host.EINVAL
	}
	return o.change(optHopLimit, int(n))
}

// ReceiveBuffer is how many bytes the system holds that were not yet read.
func (o *options) ReceiveBuffer() (uint64, error) { return o.size(optReceiveBuffer) }

// SetReceiveBuffer sets ReceiveBuffer.
func (o *options) SetReceiveBuffer(n uint64) error { return o.setSize(optReceiveBuffer, n) }

// SendBuffer is how many bytes the system holds that were not yet sent.
func (o *options) SendBuffer() (uint64, error) { return o.size(optSendBuffer) }

// SetSendBuffer sets SendBuffer.
func (o *options) SetSendBuffer(n uint64) error { return o.setSize(optSendBuffer, n) }

func (o *options) size(opt option) (uint64, error) {
	n, err := o.d.get(opt)
	return uint64(max(n, 0)), err
}

func (o *options) setSize(opt option, n uint64) error {
	if n == 0 {
		return host.EINVAL
	}
	return o.change(opt, int(min(n, maxBuffer)))
}

// KeepAlive is whether the peer of a connection at rest is asked, now and
// then, if it is still there.
func (s *TCP) KeepAlive() (bool, error) {
	n, err := s.d.get(optKeepAlive)
	return n != 0, err
}

// SetKeepAlive sets KeepAlive.
func (s *TCP) SetKeepAlive(on bool) error {
	n := 0
	if on {
		n = 1
	}
	return s.change(optKeepAlive, n)
}

// KeepIdle is how long a connection is at rest before the peer is asked.
func (s *TCP) KeepIdle() (time.Duration, error) { return s.duration(optKeepIdle) }

// SetKeepIdle sets KeepIdle, rounded up to seconds.
func (s *TCP) SetKeepIdle(d time.Duration) error { return s.setDuration(optKeepIdle, d) }

// KeepInterval is how long to wait for an answer before the peer is asked
// again.
func (s *TCP) KeepInterval() (time.Duration, error) { return s.duration(optKeepInterval) }

// SetKeepInterval sets KeepInterval, rounded up to seconds.
func (s *TCP) SetKeepInterval(d time.Duration) error { return s.setDuration(optKeepInterval, d) }

// KeepCount is after how many questions without an answer the connection is
// given up.
func (s *TCP) KeepCount() (uint32, error) {
	n, err := s.d.get(optKeepCount)
	return uint32(max(n, 0)), err
}

// SetKeepCount sets KeepCount.
func (s *TCP) SetKeepCount(n uint32) error {
	if n == 0 {
		return host.EINVAL
	}
	return s.change(optKeepCount, int(min(n, maxKeepCount)))
}

func (s *TCP) duration(opt option) (time.Duration, error) {
	n, err := s.d.get(opt)
	return time.Duration(max(n, 0)) * time.Second, err
}

func (s *TCP) setDuration(opt option, d time.Duration) error {
	if d <= 0 {
		return host.EINVAL
	}
	d = min(d, maxKeepSeconds*time.Second)
	return s.change(opt, int((d+time.Second-1)/time.Second))
}
