package wasi

// This file is core modules with threads: wasm32-wasip1-threads.

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi/internal/threads"
)

// group is the threads of an instance.
var group = dray.NewStateKey[*threads.Group]()

var threadSpawn = dray.NewHostModule(threads.Module, threads.Func(group.Of))

// A program is a module's instance and its threads, which are nil where the
// module has none.
type program struct {
	*dray.ModuleInstance
	threads *threads.Group
	main    atomic.Pointer[dray.ModuleInstance] // once the instance is complete
}

// newProgram makes an instance, with a WASI state of its own. Its threads end
// with life.
func newProgram(ctx, life context.Context, l *dray.ModuleLinker, m *dray.Module, cfg Config, opts []dray.Option) (*program, error) {
	many, err := threads.Check(m.Syntax())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name(), err)
	}
	if many && cfg.Limits.Threads < 0 {
		return nil, fmt.Errorf("%s: the module starts threads, and the limit of threads (-S threads) allows none", m.Name())
	}
	st, closeState, err := newModuleState(cfg)
	if err != nil {
		return nil, err
	}
	p := &program{}
	ours := []dray.Option{moduleState.With(st), dray.OnClose(closeState), dray.SharedMemory(), dray.WithLimits(cfg.Limits)}
	if many {
		p.threads = threads.NewGroup(life, cfg.Limits.Threads, p.thread)
		ours = append(ours, group.With(p.threads), dray.OnClose(func() error { return Exited(p.threads.Close()) }))
	}
	if p.ModuleInstance, err = l.Instantiate(ctx, m, append(ours, opts...)...); err != nil {
		return nil, Exited(err)
	}
	p.main.Store(p.ModuleInstance)
	return p, nil
}

// run calls an export without parameters and results on the main thread. All
// threads have ended when it returns.
func (p *program) run(ctx context.Context, name string) error {
	if p.threads == nil {
		return callVoid(ctx, p.ModuleInstance, name)
	}
	return Exited(p.threads.Main(func(ctx context.Context) error {
		return callVoid(ctx, p.ModuleInstance, name)
	}))
}

var errEarly = errors.New("a thread was started before the instance was complete")

// thread makes an instance for a thread.
func (p *program) thread(ctx context.Context) (threads.Thread, error) {
	main := p.main.Load()
	if main == nil {
		return nil, errEarly
	}
	in, err := main.Thread(ctx)
	if err != nil {
		return nil, err
	}
	return thread{in}, nil
}

// A thread is an instance made for one thread.
type thread struct{ *dray.ModuleInstance }

// Run implements threads.Thread.
func (t thread) Run(ctx context.Context, id, arg uint32) error {
	f, err := t.Func(threads.Start)
	if err != nil {
		return err
	}
	return f.Call(ctx, []uint64{uint64(id), uint64(arg)})
}
