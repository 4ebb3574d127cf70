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
	"time"
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
	idle           *time.Timer
}

// A crowd is the instances that answer requests.
type crowd struct {
	p                    *pool
	reuse, atOnce, least int
	patience             time.Duration

	mu      sync.Mutex
	servers []*server
	making  int
	closed  bool
	closing sync.WaitGroup // instances that are being closed
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

// count is how many instances there are.
func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.servers)
}

// get is an instance for a request: one that has the least to do, or a new one
// where all have much. leave must follow.
func (c *crowd) get(ctx context.Context, number uint64, r *nethttp.Request) (*server, error) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, ErrClosed
	}
	var best *server
	for _, s := range c.servers {
		if s.active < c.atOnce && (best == nil || s.active < best.active) {
			best = s
		}
	}
	// A processor that has no instance of its own would have nothing to do.
	if best != nil && (best.active == 0 || len(c.servers)+c.making >= c.least) {
		c.take(best)
		c.mu.Unlock()
		return best, nil
	}
	c.making++
	c.mu.Unlock()
	g, err := c.p.get(ctx, number, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.making--
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
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
	s.active++
	if s.served++; s.served >= c.reuse {
		c.retire(s)
	}
}

// retire lets an instance have no more requests. c.mu is held.
func (c *crowd) retire(s *server) {
	s.retired = true
	if i := slices.Index(c.servers, s); i >= 0 {
		c.servers = slices.Delete(c.servers, i, i+1)
	}
}

// leave ends a request. broken says that the instance is good for nothing any
// more.
func (c *crowd) leave(s *server, broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s.active--
	if broken || c.closed {
		c.retire(s)
	}
	switch {
	case s.active > 0:
	case s.retired:
		c.end(s)
	case c.patience > 0:
		s.idle = time.AfterFunc(c.patience, func() { c.expire(s) })
	}
}

// expire closes an instance that had no request for too long.
func (c *crowd) expire(s *server) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.active == 0 && !s.retired && s.idle != nil {
		c.retire(s)
		c.end(s)
	}
}

// end closes an instance, when what it left going on has ended. c.mu is held.
func (c *crowd) end(s *server) {
	c.closing.Add(1)
	go func() {
		defer c.closing.Done()
		ctx, cancel := context.WithTimeout(c.p.h.life, c.p.h.lastWork())
		defer cancel()
		if s.in.Wait(ctx) == nil {
			_ = s.state.Flush(ctx)
		}
		s.close()
	}()
}

// shut lets no more requests in. wait waits until all instances are closed, when
// their requests have ended.
func (c *crowd) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, s := range slices.Clone(c.servers) {
		if s.active == 0 {
			c.retire(s)
			c.end(s)
		}
	}
}

func (c *crowd) wait() { c.closing.Wait() }

// errShared is a configuration that only instances of their own can have.
var errShared = errors.New("http: Config.ForRequest needs an instance for each request: set Config.MaxReuse to 1")
