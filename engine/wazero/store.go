package wazero

// This file is stores: groups of instances that are linked and closed
// together.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// anonymous is how every module is instantiated: without a name, without
// running start functions by name, and without a random source of its own
// (wazero would make one for each).
var anonymous = wazero.NewModuleConfig().WithName("").WithStartFunctions().
	WithRandSource(noRandom{})

type noRandom struct{}

func (noRandom) Read(p []byte) (int, error) { return 0, errors.New("no random source") }

// A store is a group of instances.
type store struct {
	e *Engine
	*account
	// parent is the store whose thread this one is of; it lives longer.
	parent *store

	// life counts the calls and instantiations under way.
	life lifetime
	// nested counts the calls of serials under way.
	nested int

	mu       sync.Mutex
	modules  []api.Module // in order of instantiation
	memories []*memory
	users    []*module
}

// An account is what a store and those of its threads use together.
type account struct {
	limits  engine.Limits
	memUsed atomic.Uint64 // bytes of linear memory
	tabUsed atomic.Uint64 // elements of tables
}

// NewStore implements engine.Engine.
func (e *Engine) NewStore(limits engine.Limits) engine.Store {
	return &store{e: e, account: &account{limits: limits}}
}

// Thread implements engine.Store.
func (s *store) Thread() (engine.Store, error) {
	if !s.enter() {
		return nil, engine.ErrClosed
	}
	return &store{e: s.e, account: s.account, parent: s}, nil
}

// enter keeps what the store owns until leave; false when it is closed.
func (s *store) enter() bool { return s.life.enter() }

func (s *store) leave() {
	if s.life.leave() {
		s.release()
	}
}

// Close implements engine.Store.
func (s *store) Close() error {
	if s.life.close() {
		s.release()
	}
	return nil
}

// release frees everything.
func (s *store) release() {
	s.mu.Lock()
	modules, memories, users := s.modules, s.memories, s.users
	s.modules, s.memories, s.users = nil, nil, nil
	s.mu.Unlock()
	s.closeModules(modules)
	for _, m := range memories {
		s.takeMemory(uint64(len(*m.view.Load())), 0)
		m.free()
	}
	for _, m := range users {
		s.tabUsed.Add(-m.tableElements)
		m.leave()
	}
	if s.parent != nil {
		s.parent.leave()
	}
}

func (s *store) closeModules(modules []api.Module) {
	s.e.releasing.RLock()
	defer s.e.releasing.RUnlock()
	ctx := context.Background()
	for i := len(modules) - 1; i >= 0; i-- {
		s.e.instances.Delete(modules[i])
		detachMemory(modules[i])
		modules[i].Close(ctx)
	}
}

// Instantiate implements engine.Store.
func (s *store) Instantiate(ctx context.Context, em engine.Module, imports []engine.Extern, data any) (engine.Instance, error) {
	m, ok := em.(*module)
	if !ok || m.e != s.e {
		return nil, &engine.LinkError{Index: -1, Msg: "the module was compiled by another engine"}
	}
	if !s.enter() {
		return nil, engine.ErrClosed
	}
	defer s.leave()
	if err := checkImports(m, imports); err != nil {
		return nil, err
	}
	if !m.enter() {
		return nil, engine.ErrClosed
	}
	inst, err := s.instantiate(ctx, m, imports, data)
	if err != nil {
		m.leave()
		return nil, err
	}
	s.keep(inst)
	if err := inst.begin(ctx); err != nil {
		return nil, err
	}
	return inst, nil
}

// keep makes an instance the store's. It stays there when it traps while it
// begins: its functions may be in a table of another one by then.
func (s *store) keep(inst *instance) {
	s.e.instances.Store(inst.mod, inst)
	s.mu.Lock()
	s.modules = append(s.modules, inst.mod)
	s.users = append(s.users, inst.module)
	s.mu.Unlock()
}

// instantiate makes an instance in which nothing has run.
func (s *store) instantiate(ctx context.Context, m *module, imports []engine.Extern, data any) (*instance, error) {
	sources := make([]api.Module, len(imports))
	for i, x := range imports {
		src, err := s.sourceOf(x, m.imports[i])
		if err != nil {
			return nil, &engine.LinkError{Index: i, Import: m.imports[i], Msg: err.Error()}
		}
		sources[i] = src
	}
	inst := &instance{store: s, module: m, data: data}
	if err := s.takeTables(m); err != nil {
		return nil, err
	}
	if err := inst.makeMemory(imports); err != nil {
		s.tabUsed.Add(-m.tableElements)
		return nil, err
	}
	wctx := experimental.WithImportResolver(ctx, func(slot string) api.Module {
		i, err := strconv.Atoi(slot)
		if err != nil || i < 0 || i >= len(sources) {
			return nil
		}
		return sources[i]
	})
	if inst.own != nil {
		wctx = experimental.WithMemoryAllocator(wctx, inst.own)
	}
	mod, err := s.e.instantiate(wctx, m.code)
	if err != nil {
		s.tabUsed.Add(-m.tableElements)
		return nil, m.trapOf(ctx, err)
	}
	inst.mod = mod
	return inst, nil
}

// takeTables counts the module's own tables against the store's limit.
func (s *store) takeTables(m *module) error {
	n := m.tableElements
	if n == 0 {
		return nil
	}
	total := s.tabUsed.Add(n)
	if limit := s.limits.TableElements; limit != 0 && total > limit {
		s.tabUsed.Add(-n)
		return fmt.Errorf("the module's tables have %d elements, but the limit is %d (max-table-elements)", n, limit)
	}
	return nil
}

// sourceOf finds a module of wazero's that exports x under the name of imp.
func (s *store) sourceOf(x engine.Extern, imp wasm.Import) (api.Module, error) {
	src, ok := x.(interface{ source() (api.Module, string) })
	if !ok {
		return nil, errors.New("the extern is of another engine")
	}
	mod, name := src.source()
	if name == imp.Name {
		return mod, nil
	}
	return s.reexport(mod, name, imp)
}

// checkImports compares what is given with what the module asks for.
func checkImports(m *module, imports []engine.Extern) error {
	if len(imports) != len(m.imports) {
		return &engine.LinkError{Index: -1, Msg: fmt.Sprintf("the module has %d imports, but %d externs were given", len(m.imports), len(imports))}
	}
	for i, x := range imports {
		if x == nil {
			return &engine.LinkError{Index: i, Import: m.imports[i], Msg: "nothing was given for it"}
		}
		want := m.imports[i].Type
		if t, ok := x.(*table); ok && engine.Matches(wasm.ExternType{Kind: wasm.ExternTable, Table: t.typ}, want) {
			continue // without asking for its size, which takes a call
		}
		if got := x.Type(); !engine.Matches(got, want) {
			return &engine.LinkError{Index: i, Import: m.imports[i],
				Msg: fmt.Sprintf("incompatible import type: the module wants %v, but it is given %v", want, got)}
		}
	}
	return nil
}

// instantiate makes an instance of wazero's. No code of it runs.
func (e *Engine) instantiate(ctx context.Context, code wazero.CompiledModule) (api.Module, error) {
	if err := e.use(); err != nil {
		return nil, err
	}
	defer e.done()
	return e.rt.InstantiateModule(ctx, code, anonymous)
}
