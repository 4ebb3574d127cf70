package wazero

// This file is calls from Go into the guest and from the guest into Go.

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero/api"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// callContext is the context that wazero sees and hands to host functions. It
// tells them whose call it is. Only wazero asks it for values, and finds none.
type callContext struct {
	context.Context
	inst *instance
	// caller is the instance found last by callerOf for mod.
	mod    api.Module
	caller *instance
}

func (c *callContext) Value(any) any { return nil }

// A function is a function of an instance.
type function struct {
	extern
	typ wasm.FuncType

	// fast and more hold idle handles. A handle of wazero costs 4 us and 12 KB
	// to make, and must not be used twice at a time.
	fast atomic.Pointer[handle]
	mu   sync.Mutex
	more []*handle
}

// A handle is one of wazero's functions, ready to be called.
type handle struct {
	fn api.Function
	cc callContext
}

// maxIdle bounds the idle handles of a function.
const maxIdle = 64

// A serial is a function that is called by one goroutine at a time.
type serial struct {
	f *function
	// ready is an idle handle, more are others.
	ready *handle
	more  []*handle
}

// maxNested bounds the calls of a store's serials that are under way at a time.
// Guests that the host calls from host functions nest on the goroutine's stack,
// 3 KB each, and Go ends the program when that stack has a gigabyte.
const maxNested = 20_000

// Serial implements engine.Func.
func (f *function) Serial() engine.Serial { return &serial{f: f} }

// Call implements engine.Serial.
func (s *serial) Call(ctx context.Context, stack []uint64) error {
	h := s.ready
	if h == nil {
		var err error
		if h, err = s.another(); err != nil {
			return err
		}
	}
	st := s.f.inst.store
	if st.nested >= maxNested {
		return &engine.Trap{Kind: engine.TrapStackExhausted}
	}
	st.nested++
	s.ready = nil
	h.cc.Context = ctx
	err := h.fn.CallWithStack(&h.cc, stack)
	runtime.KeepAlive(stack) // see function.Call
	st.nested--
	if err != nil {
		return s.f.inst.module.trapOf(ctx, err)
	}
	if s.ready != nil && len(s.more) < maxIdle {
		s.more = append(s.more, s.ready)
	}
	s.ready = h
	return nil
}

// another is a handle beside those in use.
func (s *serial) another() (*handle, error) {
	if n := len(s.more); n > 0 {
		h := s.more[n-1]
		s.more = s.more[:n-1]
		return h, nil
	}
	return s.f.newHandle()
}

func (f *function) FuncType() wasm.FuncType { return f.typ }

func (f *function) get() (*handle, error) {
	if h := f.fast.Swap(nil); h != nil {
		return h, nil
	}
	f.mu.Lock()
	if n := len(f.more); n > 0 {
		h := f.more[n-1]
		f.more = f.more[:n-1]
		f.mu.Unlock()
		return h, nil
	}
	f.mu.Unlock()
	return f.newHandle()
}

func (f *function) newHandle() (*handle, error) {
	fn := f.inst.mod.ExportedFunction(f.name)
	if fn == nil {
		return nil, fmt.Errorf("function %q is not exported", f.name)
	}
	return &handle{fn: fn, cc: callContext{inst: f.inst}}, nil
}

func (f *function) put(h *handle) {
	h.cc.Context = nil
	if f.fast.CompareAndSwap(nil, h) {
		return
	}
	f.mu.Lock()
	if len(f.more) < maxIdle {
		f.more = append(f.more, h)
	}
	f.mu.Unlock()
}

// Call implements engine.Func.
func (f *function) Call(ctx context.Context, stack []uint64) error {
	s := f.inst.store
	if !s.enter() {
		return engine.ErrClosed
	}
	defer s.leave()
	h, err := f.get()
	if err != nil {
		return err
	}
	h.cc.Context = ctx
	err = h.fn.CallWithStack(&h.cc, stack)
	// wazero keeps only an address of the stack while the guest runs.
	runtime.KeepAlive(stack)
	if err == nil {
		f.put(h)
		return nil
	}
	err = f.inst.module.trapOf(ctx, err)
	if t, ok := err.(*engine.Trap); !ok || t.Kind != engine.TrapStackExhausted {
		f.put(h) // else the handle keeps its enormous stack
	}
	return err
}

// A hostModule is a set of host functions, instantiated once in wazero.
type hostModule struct {
	e     *Engine
	mod   api.Module
	code  api.Closer
	funcs []engine.HostFunc
}

// CompileHost implements engine.Engine.
func (e *Engine) CompileHost(funcs []engine.HostFunc) (engine.HostModule, error) {
	if err := e.use(); err != nil {
		return nil, err
	}
	defer e.done()
	ctx := context.Background()
	b := e.rt.NewHostModuleBuilder("host")
	h := &hostModule{e: e, funcs: funcs}
	seen := make(map[string]bool, len(funcs))
	for i := range funcs {
		f := &funcs[i]
		if seen[f.Name] {
			return nil, fmt.Errorf("two host functions are named %q", f.Name)
		}
		seen[f.Name] = true
		if f.Call == nil {
			return nil, fmt.Errorf("host function %q has no Call", f.Name)
		}
		params, err := apiTypes(f.Type.Params)
		if err != nil {
			return nil, fmt.Errorf("host function %q: %w", f.Name, err)
		}
		results, err := apiTypes(f.Type.Results)
		if err != nil {
			return nil, fmt.Errorf("host function %q: %w", f.Name, err)
		}
		b = b.NewFunctionBuilder().WithGoModuleFunction(e.adapt(f), params, results).
			WithName(f.Name).Export(f.Name)
	}
	code, err := b.Compile(compileContext(ctx))
	if err != nil {
		return nil, err
	}
	mod, err := e.rt.InstantiateModule(ctx, code, anonymous)
	if err != nil {
		code.Close(ctx)
		return nil, err
	}
	h.mod, h.code = mod, code
	return h, nil
}

// adapt makes a host function of ours one of wazero's.
func (e *Engine) adapt(f *engine.HostFunc) api.GoModuleFunc {
	call, name := f.Call, f.Name
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		cc := ctx.(*callContext)
		inst := cc.inst
		if inst.mod != mod {
			inst = e.callerOf(cc, mod)
		}
		if err := call(cc.Context, inst, stack); err != nil {
			panic(&hostError{name: name, err: err})
		}
	}
}

// callerOf finds the instance that calls when it is not the one whose export
// Go called, but one that is linked to it. Where Go calls a host function that
// the instance exports, it is the instance itself.
func (e *Engine) callerOf(cc *callContext, mod api.Module) *instance {
	if cc.mod == mod {
		return cc.caller
	}
	in := cc.inst
	if v, ok := e.instances.Load(mod); ok {
		in = v.(*instance)
	}
	cc.mod, cc.caller = mod, in
	return in
}

// A hostError carries a host function's error through wazero's stack.
type hostError struct {
	name string
	err  error
}

func (h *hostError) Error() string { return h.err.Error() }
func (h *hostError) Unwrap() error { return h.err }

// Func implements engine.HostModule.
func (h *hostModule) Func(i int) engine.Extern {
	return &hostFunc{h: h, f: &h.funcs[i]}
}

// Close implements engine.HostModule.
func (h *hostModule) Close() error {
	ctx := context.Background()
	err := h.mod.Close(ctx)
	if cerr := h.code.Close(ctx); err == nil {
		err = cerr
	}
	return err
}

// A hostFunc is a host function as an extern.
type hostFunc struct {
	h *hostModule
	f *engine.HostFunc
}

func (f *hostFunc) Type() wasm.ExternType {
	return wasm.ExternType{Kind: wasm.ExternFunc, Func: &f.f.Type}
}
func (f *hostFunc) source() (api.Module, string) { return f.h.mod, f.f.Name }

// apiTypes are value types in wazero's encoding.
func apiTypes(ts []wasm.ValType) ([]api.ValueType, error) {
	out := make([]api.ValueType, len(ts))
	for i, t := range ts {
		switch t {
		case wasm.I32, wasm.I64, wasm.F32, wasm.F64, wasm.V128:
			out[i] = t.Code()
		case wasm.FuncRef, wasm.ExternRef:
			out[i] = t.Heap().Code()
		default:
			return nil, fmt.Errorf("the engine has no values of type %v", t)
		}
	}
	return out, nil
}
