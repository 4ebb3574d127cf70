package guest

// This file is streams of bytes of a guest on their way out.

import (
	"context"
	"io"
	"sync"

	"github.com/dray-wasm/dray/host"
)

// The room for bytes on their way: of a stream at first and at most, and of all
// streams of a guest together beyond the first.
const (
	firstRoom = 1 << 10
	mostRoom  = 64 << 10
	allRoom   = 16 << 20
)

// A pump writes what comes in a stream of a guest to somewhere.
type pump struct {
	st    *State
	data  io.ReadCloser
	write func(ctx context.Context, p []byte) error
	room  []byte
	once  sync.Once // of closing data
	ended chan struct{}

	mu sync.Mutex
	// stop interrupts the read under way.
	stop context.CancelFunc
	// asked are those who wait until what was read is written.
	asked []chan struct{}
}

// Pump writes what comes in data with write, in the background, until the
// stream or the guest ends, or write fails. Then it closes data and calls done,
// once, on whatever goroutine: with nil when everything is written. The pump is
// among what the guest has open, and [State.Flush] waits until what came is
// written.
//
// write takes all of p; its context ends with the guest. Reading data ends with
// a context where it has ReadContext, as streams of guests have (see package
// bind), else with Close.
func (s *State) Pump(data io.ReadCloser, write func(ctx context.Context, p []byte) error, done func(error)) {
	p := &pump{st: s, data: data, write: write, room: make([]byte, firstRoom), ended: make(chan struct{})}
	err := s.Opened(p)
	if err == nil && !s.Busy(p) {
		s.Closed(p)
		err = host.EBADF
	}
	if err != nil {
		p.Close()
		done(err)
		return
	}
	go func() {
		err := p.run()
		p.Close()
		s.Closed(p)
		s.giveRoom(len(p.room) - firstRoom)
		done(err)
		s.Done(p)
		close(p.ended)
	}()
}

func (p *pump) run() error {
	for {
		n, err := p.read()
		if n > 0 {
			if err := p.write(p.st.life, p.room[:n]); err != nil {
				return err
			}
			p.grow(n)
		}
		switch interrupted := p.answer(); {
		case n > 0 || err == nil || interrupted:
		case err == io.EOF:
			return nil
		default:
			return err
		}
	}
}

// read reads what has come. Idle interrupts it.
func (p *pump) read() (int, error) {
	r, ok := p.data.(interface {
		ReadContext(ctx context.Context, p []byte) (int, error)
	})
	if !ok {
		return p.data.Read(p.room)
	}
	p.mu.Lock()
	if len(p.asked) > 0 {
		p.mu.Unlock()
		return 0, nil
	}
	ctx, stop := context.WithCancel(p.st.life)
	p.stop = stop
	p.mu.Unlock()
	defer stop()
	return r.ReadContext(ctx, p.room)
}

// answer tells those who asked that what was read is written, and whether there
// were any.
func (p *pump) answer() (asked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked = len(p.asked) > 0
	for _, ch := range p.asked {
		close(ch)
	}
	p.asked = nil
	return asked
}

// Idle implements Writer. The stream may have more to come. Of a guest that has
// ended it waits for the end of the pump.
func (p *pump) Idle(ctx context.Context) error {
	ch := make(chan struct{})
	p.mu.Lock()
	p.asked = append(p.asked, ch)
	if p.stop != nil {
		p.stop()
	}
	p.mu.Unlock()
	if p.st.life.Err() != nil {
		ch = nil
	}
	select {
	case <-ch:
	case <-p.ended:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// Close implements Closer.
func (p *pump) Close() (err error) {
	p.once.Do(func() { err = p.data.Close() })
	return err
}

// grow makes more room where n bytes filled it.
func (p *pump) grow(n int) {
	if size := len(p.room); n == size && size < mostRoom && p.st.takeRoom(size) {
		p.room = make([]byte, 2*size)
	}
}

// takeRoom takes n bytes from what the pumps of the guest may have.
func (s *State) takeRoom(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room+n > allRoom {
		return false
	}
	s.room += n
	return true
}

func (s *State) giveRoom(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room -= n
}
