package dray

// This file is pools of instances, for servers.

import (
	"context"
	"errors"
	"sync"
)

// PoolConfig configures a [Pool]. A zero field means the default.
type PoolConfig struct {
	// MaxInstances bounds the instances that are in use at the same time: Get
	// waits. The default is no bound.
	MaxInstances int
	// MaxIdle bounds the instances that are kept for reuse; the default is 16.
	// Negative keeps none.
	MaxIdle int
	// MaxReuse is how often an instance is handed out before it is closed. The
	// default is 1: every user gets a fresh one, and none sees what another
	// left behind.
	MaxReuse int
	// Options are those of new instances, called for each.
	Options func() []Option
}

// A Pool makes instances of a prepared component and hands them out, one user
// at a time. It is safe for concurrent use.
//
// Where the component is linked to instances that a linker was given, its
// instances take turns with those and are released with them only (see
// [Instance.Close]): let MaxReuse be large then.
type Pool struct {
	p   *Prepared
	cfg PoolConfig
	// free has a token for each instance that may still be made; nil without
	// a bound.
	free chan struct{}

	mu     sync.Mutex
	idle   []*Pooled
	closed bool
}

// Pool makes a pool.
func (p *Prepared) Pool(cfg PoolConfig) *Pool {
	if cfg.MaxIdle == 0 {
		cfg.MaxIdle = 16
	}
	if cfg.MaxReuse <= 0 {
		cfg.MaxReuse = 1
	}
	pool := &Pool{p: p, cfg: cfg}
	if cfg.MaxInstances > 0 {
		pool.free = make(chan struct{}, cfg.MaxInstances)
		for range cfg.MaxInstances {
			pool.free <- struct{}{}
		}
	}
	return pool
}

// ErrPoolClosed is what a closed pool answers.
var ErrPoolClosed = errors.New("the pool is closed")

// A Pooled is an instance in the hands of one user, who gives it back with
// Release.
type Pooled struct {
	*Instance
	pool *Pool
	used int
	once *sync.Once
}

// Get hands out an instance. Where all are in use, it waits for one until ctx
// ends.
func (p *Pool) Get(ctx context.Context) (*Pooled, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if p.free != nil {
		select {
		case <-p.free:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	in, err := p.take(ctx)
	if err != nil {
		p.giveBack()
		return nil, err
	}
	in.used++
	in.once = new(sync.Once)
	return in, nil
}

func (p *Pool) giveBack() {
	if p.free != nil {
		p.free <- struct{}{}
	}
}

// take takes an idle instance, or makes one.
func (p *Pool) take(ctx context.Context) (*Pooled, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrPoolClosed
	}
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return in, nil
	}
	p.mu.Unlock()
	var opts []Option
	if p.cfg.Options != nil {
		opts = p.cfg.Options()
	}
	in, err := p.p.Instantiate(ctx, opts...)
	if err != nil {
		return nil, err
	}
	return &Pooled{Instance: in, pool: p}, nil
}

// Release gives the instance back; functions of it must not be called any
// more. It is closed when it trapped or was used often enough. Releasing twice
// does nothing.
func (in *Pooled) Release() error {
	var err error
	in.once.Do(func() {
		defer in.pool.giveBack()
		if in.pool.keep(in) {
			return
		}
		err = in.Instance.Close()
	})
	return err
}

// Close closes the instance and gives its place back, in place of Release.
func (in *Pooled) Close() error {
	err := in.Instance.Close()
	return errors.Join(err, in.Release())
}

// keep puts an instance among the idle ones, if it is good for another use.
func (p *Pool) keep(in *Pooled) bool {
	if in.used >= p.cfg.MaxReuse || in.Trapped() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle) >= p.cfg.MaxIdle {
		return false
	}
	p.idle = append(p.idle, &Pooled{Instance: in.Instance, pool: p, used: in.used})
	return true
}

// Close closes idle instances, and those in use when they are released.
func (p *Pool) Close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	var err error
	for _, in := range idle {
		err = errors.Join(err, in.Instance.Close())
	}
	return err
}
