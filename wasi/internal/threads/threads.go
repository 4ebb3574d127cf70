// Package threads is wasi-threads, as wasm32-wasip1-threads has it: the import
// "wasi" "thread-spawn", and threads that begin at the export
// wasi_thread_start. Each is an instance of its own on a goroutine of its own;
// they share memory and WASI state. A trap or an exit in any of them ends all,
// and so does the main thread when it returns.
package threads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasi/internal/p1"
	"github.com/dray-wasm/dray/wasm"
)

// The names of the import and the export, and their types.
const (
	Module = "wasi"
	Spawn  = "thread-spawn"
	Start  = "wasi_thread_start"
)

var (
	spawnType = wasm.FuncType{Params: []wasm.ValType{wasm.I32}, Results: []wasm.ValType{wasm.I32}}
	startType = wasm.FuncType{Params: []wasm.ValType{wasm.I32, wasm.I32}}
)

// DefaultMax is how many threads a guest may have at a time, besides the main
// one, when it is not said.
const DefaultMax = 1024

// maxID is the largest number of a thread.
const maxID = 1<<29 - 1

// again is what thread-spawn answers when there is no room for another thread:
// the negative of preview 1's errno "again".
const again = ^uint32(6) + 1

// A Thread is an instance made for one thread.
type Thread interface {
	// Run calls wasi_thread_start.
	Run(ctx context.Context, id, arg uint32) error
	Close() error
}

// A Group is the threads of one guest. It is safe for concurrent use.
type Group struct {
	ctx   context.Context
	end   context.CancelCauseFunc
	spawn func(ctx context.Context) (Thread, error)
	max   int

	mu     sync.Mutex
	ids    map[uint32]struct{} // of threads that run
	last   uint32
	closed bool // no thread begins any more
	// over is set by what ends all threads first. why is its error; nil where
	// that was the context the group was made with.
	over    bool
	why     error
	running sync.WaitGroup
}

// errOver is why threads are stopped when the main one has returned.
var errOver = errors.New("the program's main thread has returned")

// NewGroup makes the group of a guest whose main thread is about to run. Its
// threads end with ctx. spawn makes a thread; max bounds how many run at a time,
// 0 means [DefaultMax].
func NewGroup(ctx context.Context, max int, spawn func(ctx context.Context) (Thread, error)) *Group {
	if max == 0 {
		max = DefaultMax
	}
	g := &Group{spawn: spawn, max: max, ids: map[uint32]struct{}{}}
	g.ctx, g.end = context.WithCancelCause(ctx)
	return g
}

// Main runs the main thread, and then ends all others and waits for them. Its
// error is that of the thread that ended all: nil where the main one returned.
func (g *Group) Main(main func(ctx context.Context) error) error {
	err := main(g.ctx)
	why := err
	if why == nil {
		why = errOver
	}
	switch first := g.stop(why); first {
	case nil:
		return err
	case errOver:
		return nil
	default:
		return first
	}
}

// Close ends all threads and waits for them. Its error is that of a thread that
// had ended all before.
func (g *Group) Close() error {
	if first := g.stop(errOver); first != errOver {
		return first
	}
	return nil
}

// stop ends all threads and waits for them. It returns why they ended.
func (g *Group) stop(why error) error {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.finish(why)
	g.running.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why
}

// finish ends all threads, unless something else has: the first decides.
func (g *Group) finish(why error) {
	g.mu.Lock()
	if !g.over {
		g.over = true
		if g.ctx.Err() == nil {
			g.why = why
		}
	}
	g.mu.Unlock()
	g.end(why)
}

// take gives a number to a new thread.
func (g *Group) take() (uint32, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || g.over || len(g.ids) >= g.max {
		return 0, false
	}
	for {
		g.last = g.last%maxID + 1
		if _, taken := g.ids[g.last]; !taken {
			g.ids[g.last] = struct{}{}
			g.running.Add(1)
			return g.last, true
		}
	}
}

func (g *Group) give(id uint32) {
	g.mu.Lock()
	delete(g.ids, id)
	g.mu.Unlock()
	g.running.Done()
}

// start begins a thread: its number, or the negative answer of thread-spawn. A
// thread whose instance traps or exits before it begins has ended all; the
// error is then its.
func (g *Group) start(arg uint32) (uint32, error) {
	id, ok := g.take()
	if !ok {
		return again, nil
	}
	t, err := g.spawn(g.ctx)
	if err != nil {
		g.give(id)
		if !decides(err) {
			return again, nil
		}
		g.finish(err)
		return 0, err
	}
	go func() {
		defer g.give(id)
		if err := t.Run(g.ctx, id, arg); err != nil {
			g.finish(err)
		}
		if err := t.Close(); err != nil {
			g.finish(err)
		}
	}()
	return id, nil
}

// decides tells whether an error is the guest's own end, and not one of the
// host's that lacks something.
func decides(err error) bool {
	var trap *dray.Trap
	var exit engine.Unwinder
	return errors.As(err, &trap) || errors.As(err, &exit)
}

// Func is thread-spawn; of finds the group of the guest that calls.
func Func(of func(engine.Caller) *Group) engine.HostFunc {
	return engine.HostFunc{Name: Spawn, Type: spawnType, Call: func(_ context.Context, c engine.Caller, p []uint64) error {
		g := of(c)
		if g == nil {
			return fmt.Errorf("%s %s: the instance was not made for threads; make it with package wasi", Module, Spawn)
		}
		id, err := g.start(uint32(p[0]))
		p[0] = uint64(id)
		return err
	}}
}

// Check tells whether a module is a program with threads, and what it lacks to
// be one.
func Check(m *wasm.Module) (threads bool, err error) {
	imports := m.ImportTypes()
	imported, reads := false, false
	for _, imp := range imports {
		switch {
		case imp.Module == Module && imp.Name == Spawn:
			threads = true
		case imp.Type.Kind == wasm.ExternMemory:
			imported = true
		case imp.Module == p1.Module && imp.Name != "proc_exit" && imp.Name != "sched_yield":
			reads = true
		}
	}
	if !threads {
		return false, nil
	}
	shared := slices.ContainsFunc(m.MemoryTypes(), func(t wasm.MemoryType) bool { return t.Limits.Shared })
	memory, exported := m.Export("memory")
	what := ""
	switch t := exportedFunc(m, Start); {
	case !imported:
		what = "it defines its memory instead of importing it, so that threads cannot share it: link with --import-memory --shared-memory"
	case !shared:
		what = "its memory is not shared: link with --shared-memory and --max-memory"
	case t == nil:
		what = fmt.Sprintf("it does not export %s, where threads begin: link with --export=%s", Start, Start)
	case !t.Equal(startType):
		what = fmt.Sprintf("its export %s has the type (func %v) instead of (func %v)", Start, *t, startType)
	case reads && !(exported && memory.Kind == wasm.ExternMemory):
		what = `it does not export its memory as "memory", where functions of WASI look for what they are given: link with --export-memory`
	}
	if what != "" {
		return true, fmt.Errorf("the module imports %q %q, as programs for wasm32-wasip1-threads do, but %s", Module, Spawn, what)
	}
	return true, nil
}

func exportedFunc(m *wasm.Module, name string) *wasm.FuncType {
	for _, e := range m.ExportTypes() {
		if e.Name == name {
			return e.Type.Func
		}
	}
	return nil
}
