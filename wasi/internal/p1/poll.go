package p1

// This file is poll_oneoff.

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/stream"
)

// A subscription is one event that a poll waits for.
type subscription struct {
	userdata uint64
	typ      uint8
	// err is why the event cannot be waited for; it is then told at once.
	err error

	// at is when a clock's event is due, on the monotonic clock. For an
	// absolute time of the wall clock, wall is that, and what comes first
	// counts.
	at, wall uint64

	// d is the descriptor, w what its event is waited for with; nil is always
	// ready. ready says that the wait ended with it.
	d     *descriptor
	w     stream.Waitable
	ready bool
}

// A poll is one call of poll_oneoff. It is kept for the next one.
type poll struct {
	subs  []subscription
	ws    []stream.Waitable
	ready []bool
	// of[i] is the index of the subscription that ws[i] is for, -1 for one
	// that just looks whether a descriptor is closed.
	of []int
}

var polls = sync.Pool{New: func() any { return new(poll) }}

// maxKeptPoll is up to how many subscriptions the room for them is kept.
const maxKeptPoll = 1024

func (q *poll) free() {
	if cap(q.subs) > maxKeptPoll {
		return
	}
	clear(q.subs)
	clear(q.ws)
	q.subs, q.ws, q.ready, q.of = q.subs[:0], q.ws[:0], q.ready[:0], q.of[:0]
	polls.Put(q)
}

// pollOneoff waits for the first of several events and tells which happened.
// What is wrong with one subscription is told as its event.
func (c call) pollOneoff(p []uint64) error {
	n, result := uint64(uint32(p[2])), uint32(p[3])
	if n == 0 || n > uint64(c.state.limits.MaxSubscriptions) {
		return host.EINVAL
	}
	m := c.memory()
	in, ok := m.bytes(uint32(p[0]), n*subscriptionSize)
	if !ok || !m.has(uint32(p[1]), n*eventSize) || !m.has(result, 4) {
		return host.EFAULT
	}
	q := polls.Get().(*poll)
	defer q.free()
	for i := range int(n) {
		s, err := c.state.subscription(in[i*subscriptionSize : (i+1)*subscriptionSize])
		if err != nil {
			return err
		}
		q.subs = append(q.subs, s)
	}
	for {
		out, ok := c.memory().bytes(uint32(p[1]), n*eventSize)
		if !ok {
			return host.EFAULT
		}
		if events := q.collect(c.state, out); events > 0 {
			return c.memory().putU32(result, uint32(events))
		}
		if err := q.wait(c); err != nil {
			return err
		}
	}
}

// subscription reads a subscription. One of an unknown type is EINVAL.
func (s *State) subscription(b []byte) (subscription, error) {
	u := subscription{userdata: binary.LittleEndian.Uint64(b[subUserdata:]), typ: b[subTag]}
	switch u.typ {
	case eventtypeClock:
		u.err = s.due(&u, binary.LittleEndian.Uint32(b[subClockID:]),
			binary.LittleEndian.Uint64(b[subClockTimeout:]), binary.LittleEndian.Uint16(b[subClockFlags:]))
	case eventtypeFdRead, eventtypeFdWrite:
		u.d, u.err = s.table.get(binary.LittleEndian.Uint32(b[subFD:]))
		if u.err == nil {
			u.w, u.err = u.d.waitable(u.typ)
		}
	default:
		return u, host.EINVAL
	}
	return u, nil
}

// due finds out when a clock's event is due. Processor time cannot be waited
// for: ENOTSUP.
func (s *State) due(u *subscription, clock uint32, timeout uint64, flags uint16) error {
	if flags&^subclockAbstime != 0 {
		return host.EINVAL
	}
	abs := flags&subclockAbstime != 0
	u.wall = math.MaxUint64
	switch clock {
	case clockMonotonic:
		if abs {
			u.at = timeout
			return nil
		}
	case clockRealtime:
		if abs {
			u.wall = timeout
			timeout -= min(nanoseconds(s.clock.Wall()), timeout)
		}
	case clockProcess, clockThread:
		return host.ENOTSUP
	default:
		return host.EINVAL
	}
	u.at = s.clock.Monotonic()
	u.at += min(timeout, math.MaxUint64-u.at)
	return nil
}

// waitable is what d's event of a type is waited for with; nil for a file that
// is always ready.
func (d *descriptor) waitable(typ uint8) (stream.Waitable, error) {
	if typ == eventtypeFdRead {
		if d.lis != nil {
			return d.lis.Acceptable(), nil
		}
		if err := d.readable(); err != nil {
			return nil, host.EBADF
		}
		if d.in == nil {
			return nil, nil
		}
		return d.in.Readable(), nil
	}
	if err := d.writable(); err != nil {
		return nil, host.EBADF
	}
	if d.out == nil {
		return nil, nil
	}
	return d.out.Writable(), nil
}

// collect stores the events that happened at out and counts them.
func (q *poll) collect(s *State, out []byte) (events int) {
	var now, wall uint64
	known := false
	for i := range q.subs {
		u := &q.subs[i]
		if u.typ == eventtypeClock && u.err == nil {
			if !known {
				now, wall, known = s.clock.Monotonic(), nanoseconds(s.clock.Wall()), true
			}
			if now < u.at && wall < u.wall {
				continue
			}
		}
		nbytes, flags, happened := u.state()
		if !happened {
			continue
		}
		e := out[events*eventSize : (events+1)*eventSize]
		clear(e)
		binary.LittleEndian.PutUint64(e[eventUserdata:], u.userdata)
		binary.LittleEndian.PutUint16(e[eventError:], uint16(errnoOf(u.err)))
		e[eventType] = u.typ
		binary.LittleEndian.PutUint64(e[eventNbytes:], nbytes)
		binary.LittleEndian.PutUint16(e[eventFlags:], flags)
		events++
	}
	return events
}

// state tells whether the event happened, and what is told of a descriptor.
// For a clock's it is asked when that is due.
func (u *subscription) state() (nbytes uint64, flags uint16, happened bool) {
	if u.err != nil || u.typ == eventtypeClock {
		return 0, 0, true
	}
	if u.d.closed.Load() {
		u.err = host.EBADF
		return 0, 0, true
	}
	if u.w != nil && !u.ready && !u.w.Ready() {
		return 0, 0, false
	}
	if u.typ == eventtypeFdWrite {
		// How much room there is nobody knows: some.
		return 1, 0, true
	}
	switch d := u.d; {
	case d.lis != nil:
		return 1, 0, true
	case d.in == nil:
		return d.remaining(), 0, true
	default:
		ready := u.w.Ready()
		nbytes = uint64(max(d.in.Available(), 0))
		if nbytes == 0 && ready && d.hungUp() {
			flags = fdReadwriteHangup
		}
		return nbytes, flags, true
	}
}

// remaining is how many bytes of a regular file are behind the offset.
func (d *descriptor) remaining() uint64 {
	st, err := d.file.Stat()
	if err != nil || st.Type != fs.Regular {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return uint64(max(st.Size-d.off, 0))
}

// hungUp tells, for a stream that is ready though no byte is known to be
// there, whether that is the end. A device may be ready without an end.
func (d *descriptor) hungUp() bool {
	if d.conn == nil {
		return d.filetype != filetypeCharacterDevice
	}
	var b [1]byte
	n, err := d.conn.TryPeek(b[:])
	return n == 0 && host.ErrnoOf(err) != host.EAGAIN
}

// wait waits until one of the events may have happened.
func (q *poll) wait(c call) error {
	q.ws, q.of = q.ws[:0], q.of[:0]
	until := stream.Deadline{}
	for i := range q.subs {
		u := &q.subs[i]
		switch {
		case u.typ != eventtypeClock:
			q.ws = append(q.ws, u.w, &u.d.gone)
			q.of = append(q.of, i, -1)
		case until.Clock == nil || u.at < until.At:
			until = stream.Deadline{Clock: c.state.clock, At: u.at}
		}
	}
	if cap(q.ready) < len(q.ws) {
		q.ready = make([]bool, len(q.ws))
	}
	q.ready = q.ready[:len(q.ws)]
	if _, err := stream.Poll(c.ctx, q.ws, q.ready, until); err != nil {
		return err
	}
	for k, i := range q.of {
		if i >= 0 {
			q.subs[i].ready = q.ready[k]
		}
	}
	return nil
}
