// Package task is the state of component instances at run time: stores,
// instances, handle tables, tasks, threads and waitables. Names and order are
// those of canonical-abi/definitions.py, from "Component Instances" to "Future
// State".
//
// All of it belongs to a Store and is touched only by who holds the store's
// baton: one goroutine at a time.
package task

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
)

// A Store is component instances that may call each other (section "Embedding
// API"). Enter takes its baton; everything else needs it.
type Store struct {
	// Engine holds the core instances.
	Engine engine.Store
	// Current is the thread that runs.
	Current *Thread
	// Data is what the embedder keeps for the instances.
	Data any
	// Instances is one more than the instances, of components and core modules,
	// that may still be made; MaxHandles bounds the handle table of each, and its threads.
	// 0 means no limit.
	Instances, MaxHandles int
	// CopyBytes bounds the host's memory that the values of one call take.
	CopyBytes int64
	// Choose picks which of n > 0 ready threads runs next; nil picks the
	// first.
	Choose func(n int) int
	// Ended is called once when the store has been closed, without the baton,
	// with what closing the engine's store gave: by Close, or by a goroutine of
	// its own.
	Ended func(err error)

	// Patient says that a call waits, until its context ends, where no thread
	// can go on and nothing of the host is under way: other calls may come.
	// Otherwise that is a deadlock.
	Patient bool

	state   atomic.Int32 // 1 while somebody has the baton
	closing atomic.Bool  // no calls begin any more
	driver  atomic.Bool  // a goroutine is about to drive
	queue   queue
	inbox   inbox

	runnable threadList // waiting threads that may be ready
	relisted bool       // some were listed since the list was looked through
	yielded  bool       // the thread that ran last is listed again
	live     map[*Thread]struct{}
	session  *session      // made when a host function is called
	hostCtx  *batonContext // the last one made
	closed   bool
	handles  []*ResourceHandle // free
	contexts [2]abi.Context    // by direction; see Instance.Context
	idle     []*worker

	// What the host does for guests, and what it waits for.
	waits   map[*HostWait]struct{}
	callers map[*HostWait]struct{} // those of waits that are not passive
	works   map[*Work]struct{}
	sources map[*hostWriter]struct{}
	readers map[*HostReader]struct{}
	reading int // readers that wait for a guest
}

// NewStore makes a store.
func NewStore(e engine.Store) *Store {
	return &Store{Engine: e, CopyBytes: abi.DefaultBudget}
}

// ErrClosed is what a closed store answers.
var ErrClosed = errors.New("the instance is closed")

// Enter takes the baton, waiting for it until ctx ends. Code that the store
// itself called, and that uses the context it was given, has it already: then
// nested is set and Leave must not be called.
func (s *Store) Enter(ctx context.Context) (nested bool, err error) {
	if !s.state.CompareAndSwap(0, 1) {
		if b, ok := ctx.Value(batonKey{}).(*batonContext); ok && b.holds(s) {
			if s.closing.Load() {
				return true, ErrClosed
			}
			return true, nil
		}
		if err := s.await(ctx); err != nil {
			return false, err
		}
	}
	if s.closing.Load() {
		s.Leave()
		return false, ErrClosed
	}
	return false, nil
}

// Leave gives the baton back. Threads that are ready run on another goroutine.
func (s *Store) Leave() {
	more := s.runnable.first != nil
	s.leave()
	if (more || s.inbox.posted.Load()) && s.driver.CompareAndSwap(false, true) {
		go func() {
			s.driver.Store(false)
			s.drive()
		}()
	}
}

// leave is Leave where no thread is ready.
func (s *Store) leave() {
	s.standstill()
	s.endSession()
	s.state.Store(0)
	if s.closing.Load() {
		s.shut(true)
	}
	s.pass()
}

// Close ends all threads that wait for something, and closes the instances: at
// once, or when the call ends that has the baton. No calls begin any more.
func (s *Store) Close() error {
	s.closing.Store(true)
	return s.shut(false)
}

// Closing tells whether Close was called. It does not need the baton.
func (s *Store) Closing() bool { return s.closing.Load() }

// shut closes the store, unless somebody has the baton, who will do so then.
// away has Ended called by another goroutine: what is ended may be what the
// caller does.
func (s *Store) shut(away bool) error {
	if !s.state.CompareAndSwap(0, 1) {
		return nil
	}
	first := !s.closed
	if first {
		s.closed = true
		s.endThreads(nil, ErrClosed)
		s.endHost(nil, ErrClosed)
		s.endIdle()
	}
	s.state.Store(0)
	s.pass()
	if !first {
		return nil
	}
	err := s.Engine.Close()
	switch {
	case s.Ended == nil:
	case away:
		go s.Ended(err)
	default:
		s.Ended(err)
	}
	return err
}

type batonKey struct{}

// endSession ends the contexts that have the baton.
func (s *Store) endSession() {
	if s.session != nil {
		s.session.over.Store(true)
		s.session, s.hostCtx = nil, nil
	}
}

// A session is the time between Enter and Leave.
type session struct {
	store *Store
	over  atomic.Bool
}

// A batonContext is the context of host functions: it tells a call that goes
// back into the same store that it has the baton.
type batonContext struct {
	context.Context
	session *session
	// work says that the context is that of work without any baton.
	work bool
}

func (b *batonContext) Value(key any) any {
	if _, ok := key.(batonKey); ok {
		return b
	}
	return b.Context.Value(key)
}

// holds tells whether the call that the context belongs to has the baton of s,
// directly or through a call to another store.
func (b *batonContext) holds(s *Store) bool {
	for b != nil && !b.work {
		if b.session.store == s && !b.session.over.Load() {
			return true
		}
		b, _ = b.Context.Value(batonKey{}).(*batonContext)
	}
	return false
}

// WorkContext is the context for work without the baton: of the values of ctx
// only, it does not end.
func (s *Store) WorkContext(ctx context.Context) context.Context {
	return &batonContext{context.WithoutCancel(ctx), &session{store: s}, true}
}

// HostContext is the context for a host function. Needs the baton.
func (s *Store) HostContext(ctx context.Context) context.Context {
	if s.session == nil {
		s.session = &session{store: s}
	}
	if b, ok := ctx.(*batonContext); ok && b.session == s.session {
		return b
	}
	if s.hostCtx == nil || !sameContext(s.hostCtx.Context, ctx) {
		s.hostCtx = &batonContext{ctx, s.session, false}
	}
	return s.hostCtx
}

// StoreOf is the store whose host function was given ctx, or a context derived
// from it; nil for others. It does not need the baton.
func StoreOf(ctx context.Context) *Store {
	b, ok := ctx.(*batonContext)
	if !ok {
		if b, ok = ctx.Value(batonKey{}).(*batonContext); !ok {
			return nil
		}
	}
	return b.session.store
}

// sameContext compares contexts. Some cannot be compared, and are not the same.
func sameContext(a, b context.Context) (same bool) {
	defer func() { recover() }()
	return a == b
}

// newHandle takes a resource handle from the free ones.
func (s *Store) newHandle() *ResourceHandle {
	if n := len(s.handles); n > 0 {
		h := s.handles[n-1]
		s.handles = s.handles[:n-1]
		return h
	}
	return new(ResourceHandle)
}

// freeHandle gives one back that no table and no scope refers to.
func (s *Store) freeHandle(h *ResourceHandle) {
	*h = ResourceHandle{}
	if len(s.handles) < 64 {
		s.handles = append(s.handles, h)
	}
}

// CountInstance counts an instance that is about to be made against the limit.
func (s *Store) CountInstance() error {
	switch s.Instances {
	case 0:
		return nil
	case 1:
		return errors.New("the component has more instances in it than the limit allows")
	}
	s.Instances--
	return nil
}
