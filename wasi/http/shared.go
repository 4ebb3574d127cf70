package http

// This file is instances of WASI 0.3: each of them answers many requests, some
// of them at the same time.

import (
	"context"
	"errors"
	nethttp "net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray"
)

// What a [Config] that does not say means, for components of WASI 0.3: how many
// requests an instance answers, how many of them at a time, and how long it
// waits for one.
const (
	DefaultMaxReuse           = 128
	DefaultMaxConcurrentReuse = 16
	DefaultIdleTimeout        = time.Second
)

// A server is an instance of WASI 0.3. Its fields belong to the crowd.
type server struct {
	*guest
	active, served int
	retired        bool // it gets no more requests
	// free is since when it has no request; expiry, once there is one, comes
	// later.
	free   time.Time
	expiry *time.Timer
	due    bool // expiry is set
	// noted tells that its trap was counted and logged.
	noted atomic.Bool
}

// A crowd is the instances that answer requests.
type crowd struct {
	p                    *pool
	reuse, atOnce, least int
	patience             time.Duration

	mu      sync.Mutex
	servers []*server
	// making is how many instances are being made, waiting how many requests
	// wait for that, news is closed when one of them may go on.
	making, waiting int
	news            chan struct{}
	closed          bool
	closing         sync.WaitGroup // instances that are being closed
}

func (c *crowd) init(h *Handler) {
	c.p = &h.pool
	c.reuse, c.atOnce, c.patience = h.cfg.MaxReuse, h.cfg.MaxConcurrentReuse, h.cfg.IdleTimeout
	if c.reuse == 0 {
		c.reuse = DefaultMaxReuse
	}
	if c.atOnce == 0 {
		c.atOnce = DefaultMaxConcurrentReuse
	}
	if c.patience == 0 {
		c.patience = DefaultIdleTimeout
	}
	c.atOnce = min(c.atOnce, c.reuse)
	c.least = runtime.GOMAXPROCS(0)
}

// count is how many instances there are that get requests.
func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.servers)
}

// get is an instance for a request: one that has the least to do, or a new one
// where all have much. leave must follow.
func (c *crowd) get(ctx context.Context, number uint64, r *nethttp.Request) (*server, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if c.closed {
			return nil, ErrClosed
		}
		best := c.best()
		// A processor that has no instance of its own would have nothing to do.
		if best != nil && (best.active == 0 || len(c.servers)+c.making >= c.least) {
			c.take(best)
			return best, nil
		}
		if c.waiting >= c.making*(c.atOnce-1) {
			return c.make(ctx, number, r)
		}
		if err := c.wait(ctx); err != nil {
			return nil, err
		}
	}
}

// best is the instance that has the least to do, nil where all have as much as
// they may. Those that trapped are let go. c.mu is held.
func (c *crowd) best() (best *server) {
	for i := 0; i < len(c.servers); i++ {
		s := c.servers[i]
		switch {
		case s.in.Trapped():
			c.retire(s)
			i--
		case s.active < c.atOnce && (best == nil || s.active < best.active):
			best = s
		}
	}
	return best
}

// wait waits for an instance that is being made, or free again. c.mu is held,
// but not meanwhile.
func (c *crowd) wait(ctx context.Context) error {
	if c.news == nil {
		c.news = make(chan struct{})
	}
	news := c.news
	c.waiting++
	c.mu.Unlock()
	var err error
	select {
	case <-news:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	c.mu.Lock()
	c.waiting--
	return err
}

// tell has those look again who wait. c.mu is held.
func (c *crowd) tell() {
	if c.news != nil {
		close(c.news)
		c.news = nil
	}
}

// make makes an instance and takes it. c.mu is held, but not meanwhile.
func (c *crowd) make(ctx context.Context, number uint64, r *nethttp.Request) (*server, error) {
	c.making++
	c.mu.Unlock()
	g, err := c.p.get(ctx, number, r)
	c.mu.Lock()
	c.making--
	c.tell()
	if err != nil {
		return nil, err
	}
	s := &server{guest: g}
	c.servers = append(c.servers, s)
	c.take(s)
	return s, nil
}

// take has an instance answer one more request. c.mu is held.
func (c *crowd) take(s *server) {
	s.active++
	if s.served++; s.served >= c.reuse {
		c.retire(s)
	}
}

// retire lets an instance have no more requests, and closes it if it has none.
// c.mu is held.
func (c *crowd) retire(s *server) {
	if s.retired {
		return
	}
	s.retired = true
	if i := slices.Index(c.servers, s); i >= 0 {
		c.servers = slices.Delete(c.servers, i, i+1)
	}
	if s.expiry != nil {
		s.expiry.Stop()
	}
	if s.active == 0 {
		c.end(s)
	}
}

// leave ends a request. broken says that the instance is good for nothing any
// more.
func (c *crowd) leave(s *server, broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell()
	s.active--
	switch {
	case s.retired:
		if s.active == 0 {
			c.end(s)
		}
	case broken || c.closed:
		c.retire(s)
	case s.active == 0 && c.patience > 0:
		s.free = time.Now()
		c.plan(s, c.patience)
	}
}

// plan has a look at an instance that has no request, some time later. c.mu is
// held.
func (c *crowd) plan(s *server, d time.Duration) {
	switch {
	case s.due: // then it is planned again
	case s.expiry == nil:
		s.expiry = time.AfterFunc(d, func() { c.expire(s) })
	default:
		s.expiry.Reset(d)
	}
	s.due = true
}

// expire closes an instance that had no request for too long.
func (c *crowd) expire(s *server) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.due = false
	if s.retired || s.active > 0 {
		return
	}
	if left := c.patience - time.Since(s.free); left > 0 {
		c.plan(s, left)
		return
	}
	c.retire(s)
}

// end closes an instance, when what it left going on has ended. It is called
// once for each. c.mu is held.
func (c *crowd) end(s *server) {
	c.closing.Add(1)
	go func() {
		defer c.closing.Done()
		ctx, cancel := context.WithTimeout(c.p.h.life, c.p.h.lastWork())
		defer cancel()
		err := s.in.Wait(ctx)
		if err == nil {
			err = s.state.Flush(ctx)
		}
		if ctx.Err() == nil {
			c.p.h.lateTrap(s, err)
		}
		s.close()
	}()
}

// lateTrap notes the trap of an instance that no request has noted.
func (h *Handler) lateTrap(s *server, err error) {
	var trap *dray.Trap
	if errors.As(err, &trap) && !wasExit(err) && !wasInterrupted(err) && s.noted.CompareAndSwap(false, true) {
		h.traps.Add(1)
		h.cfg.Logger.Error("a guest trapped", "error", err, "backtrace", trap.Backtrace())
	}
}

// shut lets no more requests in. awaitEnd waits until all instances are closed, when
// their requests have ended.
func (c *crowd) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.tell()
	for _, s := range slices.Clone(c.servers) {
		if s.active == 0 {
			c.retire(s)
		}
	}
}

func (c *crowd) awaitEnd() { c.closing.Wait() }

// errShared is a configuration that only instances of their own can have.
var errShared = errors.New("http: Config.ForRequest needs an instance for each request: set Config.MaxReuse to 1")
