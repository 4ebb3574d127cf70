package dray

// This file is linking of modules: what a module's imports stand for.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// A HostFunc is a function in Go that a guest can import. See
// [engine.HostFunc] for what its Call may do.
type HostFunc = engine.HostFunc

// A Caller is the instance whose code called a host function.
type Caller = engine.Caller

// A ModuleLinker collects definitions for imports. Definitions may be added at any
// time; an instance sees those that were there when it was made. A ModuleLinker is
// safe for concurrent use.
type ModuleLinker struct {
	rt    *Runtime
	mu    sync.RWMutex
	defs  map[importName]engine.Extern
	hints map[string]string
}

type importName struct{ module, name string }

// NewModuleLinker makes a linker without definitions.
func (r *Runtime) NewModuleLinker() *ModuleLinker {
	return &ModuleLinker{rt: r, defs: map[importName]engine.Extern{}, hints: map[string]string{}}
}

// Runtime is the runtime that the linker is of.
func (l *ModuleLinker) Runtime() *Runtime { return l.rt }

// A HostModule is a set of functions in Go under the name of a module. It is
// prepared once for each runtime that it is used with, which is costly: make
// it once, as a package variable, and give it a whole interface. It is safe for
// concurrent use.
type HostModule struct {
	name  string
	funcs []HostFunc
}

// NewHostModule makes a host module.
func NewHostModule(name string, funcs ...HostFunc) *HostModule {
	return &HostModule{name, funcs}
}

// prepare compiles a host module, once for a runtime.
func (r *Runtime) prepare(h *HostModule) (engine.HostModule, error) {
	r.hostMu.Lock()
	defer r.hostMu.Unlock()
	if e, ok := r.hosts[h]; ok {
		return e, nil
	}
	e, err := r.eng.CompileHost(h.funcs)
	if err != nil {
		return nil, fmt.Errorf("host module %q: %w", h.name, err)
	}
	r.hosts[h] = e
	return e, nil
}

// Define defines the functions of a host module. Defining a name twice is an
// error, and defines nothing.
func (l *ModuleLinker) Define(h *HostModule) error {
	host, err := l.rt.prepare(h)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range h.funcs {
		if _, ok := l.defs[importName{h.name, h.funcs[i].Name}]; ok {
			return fmt.Errorf("%s.%s is defined twice", h.name, h.funcs[i].Name)
		}
	}
	for i := range h.funcs {
		l.defs[importName{h.name, h.funcs[i].Name}] = host.Func(i)
	}
	return nil
}

// Funcs is [ModuleLinker.Define] for functions that are used in this linker only.
// What it prepares lives as long as the runtime.
func (l *ModuleLinker) Funcs(module string, funcs ...HostFunc) error {
	return l.Define(NewHostModule(module, funcs...))
}

// Hint is said when an import of a module is missing, to tell what it would
// take to have it.
func (l *ModuleLinker) Hint(module, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hints[module] = text
}

// A LinkError is a module whose imports cannot be satisfied.
type LinkError struct {
	// Module is the name of the module that was to be instantiated.
	Module string
	// Missing are the imports for which there is no definition.
	Missing []wasm.Import
	// Mismatched are the imports whose definition is of another type.
	Mismatched []Mismatch
	// Hints are what is known about the modules of the missing imports.
	Hints map[string]string
	// Err is what the engine says, when it is neither of these.
	Err error
}

// A Mismatch is an import whose definition has another type.
type Mismatch struct {
	Import wasm.Import
	// Got is the type of the definition.
	Got wasm.ExternType
}

func (e *LinkError) Error() string {
	var b strings.Builder
	if e.Module != "" {
		b.WriteString(e.Module + ": ")
	}
	if e.Err != nil {
		b.WriteString(e.Err.Error())
		return b.String()
	}
	if n := len(e.Missing); n > 0 {
		b.WriteString(plural(n, "an import is missing:", "%d imports are missing:"))
		for _, imp := range e.Missing {
			fmt.Fprintf(&b, "\n  %q %q: %v", imp.Module, imp.Name, imp.Type)
		}
	}
	if n := len(e.Mismatched); n > 0 {
		if b.Len() > 0 && len(e.Missing) > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(plural(n, "an import is of another type than what there is:", "%d imports are of other types than what there is:"))
		for _, m := range e.Mismatched {
			fmt.Fprintf(&b, "\n  %q %q: the module wants %v, there is %v", m.Import.Module, m.Import.Name, m.Import.Type, m.Got)
		}
	}
	e.writeHints(&b)
	return b.String()
}

func (e *LinkError) writeHints(b *strings.Builder) {
	told := map[string]bool{}
	for _, imp := range e.Missing {
		if h := e.Hints[imp.Module]; h != "" && !told[imp.Module] {
			told[imp.Module] = true
			b.WriteString("\n" + h)
		}
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// Unwrap is what the engine says.
func (e *LinkError) Unwrap() error { return e.Err }

// resolve finds the definition of every import. With shared, memories that are
// shared and have none are nil.
func (l *ModuleLinker) resolve(m *Module, shared bool) ([]engine.Extern, error) {
	if m.rt != l.rt {
		return nil, errors.New("the module was compiled by another runtime than the linker's")
	}
	imports := m.Imports()
	out := make([]engine.Extern, len(imports))
	l.mu.RLock()
	defer l.mu.RUnlock()
	e := &LinkError{Module: m.name}
	for i, imp := range imports {
		x, ok := l.defs[importName{imp.Module, imp.Name}]
		switch {
		case !ok && shared && sharedMemory(imp):
			continue
		case !ok:
			e.Missing = append(e.Missing, imp)
		case !engine.Matches(x.Type(), imp.Type):
			e.Mismatched = append(e.Mismatched, Mismatch{imp, x.Type()})
		}
		out[i] = x
	}
	if e.Missing != nil || e.Mismatched != nil {
		e.Hints = maps.Clone(l.hints)
		return nil, e
	}
	return append(out, m.meterExterns()...), nil
}

// Instantiate makes an instance of a module. Its start function, if it has
// one, runs with ctx before Instantiate returns.
func (l *ModuleLinker) Instantiate(ctx context.Context, m *Module, opts ...Option) (*ModuleInstance, error) {
	var cfg instanceConfig
	for _, o := range opts {
		o(&cfg)
	}
	externs, err := l.resolve(m, cfg.sharedMemory)
	if err == nil {
		err = m.explain(notInterrupted(ctx))
	}
	if err != nil {
		cfg.close()
		return nil, err
	}
	if err := cfg.fuel(l.rt, !threaded(m.syntax)); err != nil {
		cfg.close()
		return nil, err
	}
	cfg.state.stack.begin(l.rt.stackLimit(), threaded(m.syntax))
	in := &ModuleInstance{module: m, store: l.rt.newStore(cfg.limits), externs: externs, state: &cfg.state, closers: cfg.closers}
	if err = in.shareMemories(ctx); err == nil {
		err = in.begin(ctx)
	}
	if err != nil {
		in.Close()
		return nil, m.explain(err)
	}
	return in, nil
}
