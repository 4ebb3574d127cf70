package p1

// This file is clocks.

import (
	"math"
	"time"

	"github.com/dray-wasm/dray/host"
)

// cpuResolution is what is told as the resolution of processor time.
const cpuResolution = 1000

// nanoseconds is t as a timestamp: nanoseconds since 1970. The zero Time,
// which stands for unknown, and times before are 0; times behind the last
// timestamp are that.
func nanoseconds(t time.Time) uint64 {
	sec, nsec := t.Unix(), uint64(t.Nanosecond())
	switch {
	case sec < 0:
		return 0
	case sec >= math.MaxUint64/1_000_000_000:
		return math.MaxUint64
	}
	return uint64(sec)*1e9 + nsec
}

// timeOf is the moment of a timestamp.
func timeOf(ns uint64) time.Time {
	return time.Unix(int64(ns/1e9), int64(ns%1e9))
}

func (c call) clockResGet(p []uint64) error {
	m, result := c.memory(), uint32(p[1])
	var res time.Duration
	switch uint32(p[0]) {
	case clockRealtime:
		res = c.state.clock.WallResolution()
	case clockMonotonic:
		res = c.state.clock.MonotonicResolution()
	case clockProcess, clockThread:
		if _, err := c.state.now(uint32(p[0])); err != nil {
			return err
		}
		res = cpuResolution
	default:
		return host.EINVAL
	}
	return m.putU64(result, uint64(max(res, 1)))
}

func (c call) clockTimeGet(p []uint64) error {
	m, result := c.memory(), uint32(p[2])
	t, err := c.state.now(uint32(p[0]))
	if err != nil {
		return err
	}
	return m.putU64(result, t)
}

// now is the time of a clock; EINVAL where there is no such clock.
func (s *State) now(id uint32) (t uint64, err error) {
	switch id {
	case clockRealtime:
		return nanoseconds(s.clock.Wall()), nil
	case clockMonotonic:
		return s.clock.Monotonic(), nil
	case clockProcess:
		t, err = s.clock.ProcessCPU()
	case clockThread:
		t, err = s.clock.ThreadCPU()
	default:
		return 0, host.EINVAL
	}
	if err != nil {
		return 0, host.EINVAL
	}
	return t, nil
}
