package dray

// This file bounds the call stacks of guests. Their code counts what calls take
// of the stack (see package instrument) and asks for more where what its
// instance was given is used up.

import (
	"context"
	"math"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/instrument"
)

// NoStackLimit as Config.MaxStackBytes leaves call stacks to the engine.
const NoStackLimit = math.MaxUint64

// In bytes, as estimated.
const (
	defaultStack = 8 << 20
	// firstStack is what each instance has from the beginning, besides what a
	// pool gives.
	firstStack = 16 << 10
	// moreStack is what instances are given at a time, where there is so much.
	moreStack = 64 << 10
	// nestedStack is what a call of the host takes that is made while another
	// call of the instance is under way: it has a stack of its own.
	nestedStack = 16 << 10
	// sharedStacks is how many times the limit the threads of a guest have
	// together.
	sharedStacks = 16
)

// stackLimit is the limit for call stacks, in bytes; 0 means none.
func (r *Runtime) stackLimit() uint64 {
	switch {
	case r.cfg.MaxStackBytes == NoStackLimit:
		return 0
	case r.cfg.MaxStackBytes != 0:
		return min(r.cfg.MaxStackBytes, instrument.MaxStack)
	case r.cfg.Uninterruptible || r.eng.Interruptible():
		return 0
	}
	return defaultStack
}

// A stackPool is what the instances of a store may use of call stacks together.
type stackPool struct {
	limit int64
	// parallel is set where several instances compute at a time, so that none
	// can be given what others have left.
	parallel bool

	mu     sync.Mutex
	left   int64 // what no instance has been given
	shares map[engine.Global]*stackShare
}

// A stackShare is the call stack of one instance.
type stackShare struct {
	left engine.Global
	pool *stackPool
	// given is what it has got from the pool.
	given atomic.Int64
	// inst is the component instance that it is of, nil for modules.
	inst *task.Instance
	// calls is how many calls are under way; it is counted in parallel pools.
	calls atomic.Int32
}

// begin fills the pool.
func (p *stackPool) begin(limit uint64, parallel bool) {
	p.limit, p.parallel, p.left = int64(limit), parallel, int64(limit)
	if parallel {
		p.left = sharedStacks * p.limit
	}
	p.left = max(0, p.left-firstStack)
}

// share finds the share of an instance by its global, or makes it. Needs mu.
func (p *stackPool) share(g engine.Global, inst *task.Instance) *stackShare {
	s := p.shares[g]
	if s == nil {
		s = &stackShare{left: g, pool: p, inst: inst}
		if p.shares == nil {
			p.shares = map[engine.Global]*stackShare{}
		}
		p.shares[g] = s
	}
	return s
}

// raise gives an instance as much as it has need bytes left, or more.
func (p *stackPool) raise(s *stackShare, need int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := s.value()
	lack := need - left
	if lack <= 0 {
		return nil
	}
	n := min(max(lack, moreStack), max(0, p.limit-firstStack)-s.given.Load())
	if p.left < n && !p.parallel {
		p.collect(s)
	}
	if n = min(n, p.left); n < lack {
		return &engine.Trap{Kind: engine.TrapStackExhausted}
	}
	if err := s.set(left + n); err != nil {
		return err
	}
	p.left -= n
	s.given.Add(n)
	return nil
}

// collect takes back what the other instances have left of what they were
// given, and all of those that have trapped.
func (p *stackPool) collect(but *stackShare) {
	for g, s := range p.shares {
		if s == but {
			continue
		}
		given := s.given.Load()
		if s.inst != nil && s.inst.Trapped() {
			p.left += given
			delete(p.shares, g)
			continue
		}
		left := s.value()
		if n := min(left, given); n > 0 && s.set(left-n) == nil {
			s.given.Add(-n)
			p.left += n
		}
	}
}

// rest gives back what an instance was given, when no call of it is under way.
func (p *stackPool) rest(s *stackShare) error {
	if s.given.Load() == 0 {
		return s.set(s.most())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left += s.given.Swap(0)
	return s.set(s.most())
}

// forget gives back what an instance was given that is closed.
func (p *stackPool) forget(s *stackShare) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shares[s.left] == s {
		p.left += s.given.Swap(0)
		delete(p.shares, s.left)
	}
}

func (s *stackShare) value() int64 { return int64(int32(s.left.Get().Lo)) }

func (s *stackShare) set(n int64) error {
	return s.left.Set(engine.Value{Lo: uint64(uint32(n))})
}

// most is what is left when no call is under way.
func (s *stackShare) most() int64 { return min(firstStack, s.pool.limit) + s.given.Load() }

// watch finds the stack of an instance of a module, or nil.
func (r *Runtime) watch(in engine.Instance, p *stackPool) *stackShare {
	g, ok := in.Export(instrument.StackExport).(engine.Global)
	if !ok || p.limit == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.share(g, nil)
}

// call calls a function. A call that traps does not give back what it took of
// the stack, so that is done here.
func (s *stackShare) call(ctx context.Context, f engine.Func, stack []uint64) error {
	if s == nil {
		return f.Call(ctx, stack)
	}
	if s.pool.parallel {
		s.calls.Add(1)
		defer func() {
			if s.calls.Add(-1) == 0 {
				s.pool.rest(s)
			}
		}()
	}
	used := s.most() - s.value()
	if used > 0 {
		return s.nested(ctx, f, stack, used)
	}
	err := f.Call(ctx, stack)
	if err != nil {
		if serr := s.set(s.most()); serr != nil {
			return serr
		}
	}
	return err
}

// nested is a call while others are under way that use so much of the stack.
func (s *stackShare) nested(ctx context.Context, f engine.Func, stack []uint64, used int64) error {
	if err := s.pool.raise(s, nestedStack); err != nil {
		return err
	}
	if err := s.set(s.value() - nestedStack); err != nil {
		return err
	}
	err := f.Call(ctx, stack)
	if serr := s.set(s.most() - used); serr != nil {
		return serr
	}
	return err
}

// moreStackFunc is the function that instrumented modules call for more.
func moreStackFunc() engine.HostFunc {
	return engine.HostFunc{Name: instrument.StackName, Type: instrument.StackType,
		Call: func(_ context.Context, c engine.Caller, stack []uint64) error {
			g, ok := c.Export(instrument.StackExport).(engine.Global)
			p, inst := stackPoolOf(c)
			if !ok || p == nil || p.limit == 0 {
				return &engine.Trap{Kind: engine.TrapStackExhausted}
			}
			p.mu.Lock()
			s := p.share(g, inst)
			p.mu.Unlock()
			return p.raise(s, int64(uint32(stack[0])))
		}}
}

// stackPoolOf is where the instance that calls has its stack from.
func stackPoolOf(c engine.Caller) (*stackPool, *task.Instance) {
	switch d := c.Data().(type) {
	case *state:
		return &d.stack, nil
	case *task.Instance:
		if data, ok := d.Store.Data.(*storeData); ok {
			return &data.state.stack, d
		}
	}
	return nil, nil
}

// bounded instruments a module with a limit for its call stack. Where it cannot
// have one and none was asked for, it goes without.
func (r *Runtime) bounded(m *wasm.Module, opts instrument.Options) (*wasm.Module, *instrument.Map, error) {
	opts.Stack = min(r.stackLimit(), firstStack)
	out, moved, err := instrument.Interrupt(m, opts)
	if err != nil && opts.Stack != 0 && r.cfg.MaxStackBytes == 0 {
		opts.Stack = 0
		return instrument.Interrupt(m, opts)
	}
	return out, moved, err
}
