package wazero

// This file calls functions of tables. wazero's own way
// (experimental/table.LookupFunction) takes one function for another where a
// module imports functions, and host functions for what they are not. So a
// generated module makes the call: it puts the reference into a table of its
// own, for a call_indirect. Every call under way has its own place in such a
// table, since others may be suspended in host functions meanwhile.

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/tetratelabs/wazero/api"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// Func implements engine.Table.
func (t *table) Func(ctx context.Context, i uint64, typ wasm.FuncType) (func(context.Context, []uint64) error, error) {
	if t.typ.Elem.Heap() != wasm.HeapFunc {
		return nil, fmt.Errorf("a table of type %v has no functions to call", t.typ.Elem)
	}
	v, err := t.Get(ctx, i)
	if trap, ok := err.(*engine.Trap); ok && trap.Kind == engine.TrapTableOutOfBounds {
		return nil, &engine.Trap{Kind: trap.Kind, Err: fmt.Errorf("undefined element %d of a table of %d", i, t.Size())}
	}
	if err != nil {
		return nil, err
	}
	if v.Lo == 0 {
		return nil, &engine.Trap{Kind: engine.TrapNullReference, Err: fmt.Errorf("uninitialized element %d", i)}
	}
	if !t.inst.store.enter() {
		return nil, engine.ErrClosed
	}
	defer t.inst.store.leave()
	c, err := t.indirectCalls(typ)
	if err != nil {
		return nil, err
	}
	ref := v.Lo
	if typeID(ref) != c.typeID {
		return nil, &engine.Trap{Kind: engine.TrapIndirectCallMismatch, Err: fmt.Errorf("element %d is not of type %v", i, typ)}
	}
	return func(ctx context.Context, stack []uint64) error { return c.call(ctx, ref, stack) }, nil
}

// indirectCalls are the calls of a table's functions of one type.
type indirectCalls struct {
	table *table
	typ   wasm.FuncType
	// params and results are numbers of words.
	params, results int

	// typeID is what wazero knows the type by.
	typeID uint32

	mu   sync.Mutex
	idle []*place
	free []*place // without a handle
}

// A place is where a reference is while its function is called.
type place struct {
	mod   api.Module
	index uint32
	// handle calls what is in the place; nil while the place is free.
	handle *handle
	// stack is the handle's: the parameters, the reference and the index.
	stack []uint64
}

const (
	// placesEach is the size of the table of a generated module.
	placesEach = 64
	// maxParams leaves room for the parameters of a generated function among
	// the 1,000 that a function may have.
	maxParams = 998
)

// typeID is the number of a function's type, which calls compare: wazero's
// references, which are never null here, point to two pointers and this.
func typeID(ref uint64) uint32 {
	p := uintptr(ref)
	return *(*uint32)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&p)), 2*unsafe.Sizeof(p)))
}

// indirectCalls finds or makes the calls of a type.
func (t *table) indirectCalls(typ wasm.FuncType) (*indirectCalls, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.calls {
		if c.typ.Equal(typ) {
			return c, nil
		}
	}
	if len(typ.Params) > maxParams {
		return nil, fmt.Errorf("a function of %d parameters cannot be called through a table: the most is %d", len(typ.Params), maxParams)
	}
	c := &indirectCalls{table: t, typ: typ, params: words(typ.Params), results: words(typ.Results)}
	if err := c.more(); err != nil {
		return nil, err
	}
	if err := c.findType(); err != nil {
		return nil, err
	}
	t.calls = append(t.calls, c)
	return c, nil
}

// findType asks a generated module for a function of the type.
func (c *indirectCalls) findType() error {
	fn := c.free[0].mod.ExportedFunction("sample")
	if fn == nil {
		return engine.ErrClosed
	}
	var stack [1]uint64
	if err := fn.CallWithStack(context.Background(), stack[:]); err != nil {
		return err
	}
	c.typeID = typeID(stack[0])
	return nil
}

// words is how many words values take.
func words(types []wasm.ValType) int {
	n := len(types)
	for _, t := range types {
		if t.IsVec() {
			n++
		}
	}
	return n
}

// call calls the function that ref refers to.
func (c *indirectCalls) call(ctx context.Context, ref uint64, stack []uint64) error {
	if n := max(c.params, c.results); len(stack) < n {
		return fmt.Errorf("the function needs a stack of %d words, but it is given %d", n, len(stack))
	}
	s := c.table.inst.store
	if !s.enter() {
		return engine.ErrClosed
	}
	defer s.leave()
	p, err := c.get()
	if err != nil {
		return err
	}
	copy(p.stack, stack[:c.params])
	p.stack[c.params], p.stack[c.params+1] = ref, uint64(p.index)
	p.handle.cc.Context = ctx
	err = p.handle.fn.CallWithStack(&p.handle.cc, p.stack)
	runtime.KeepAlive(p) // see function.Call
	if err != nil {
		err = c.table.inst.module.trapOf(ctx, err)
		var t *engine.Trap
		c.put(p, errors.As(err, &t) && t.Kind == engine.TrapStackExhausted)
		return err
	}
	copy(stack, p.stack[:c.results])
	c.put(p, false)
	return nil
}

// get is a place that is ready for a call.
func (c *indirectCalls) get() (*place, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.idle); n > 0 {
		p := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return p, nil
	}
	if len(c.free) == 0 {
		if err := c.more(); err != nil {
			return nil, err
		}
	}
	p := c.free[len(c.free)-1]
	fn := p.mod.ExportedFunction("call")
	if fn == nil {
		return nil, engine.ErrClosed
	}
	c.free = c.free[:len(c.free)-1]
	p.handle = &handle{fn: fn, cc: callContext{inst: c.table.inst}}
	p.stack = make([]uint64, max(c.params+2, c.results))
	return p, nil
}

// put takes a place back, without its handle where that is not worth keeping.
func (c *indirectCalls) put(p *place, drop bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if drop || len(c.idle) >= maxIdle {
		p.handle, p.stack = nil, nil
		c.free = append(c.free, p)
		return
	}
	p.handle.cc.Context = nil
	c.idle = append(c.idle, p)
}

// more makes places: a table, and a function that calls what it puts there. The
// generated module has a function of the type, too.
func (c *indirectCalls) more() error {
	var g generator
	g.m.Types = []wasm.SubType{{Comp: wasm.CompType{Kind: wasm.CompFunc, Func: c.typ}}}
	g.m.Tables = []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef,
		Limits: wasm.Limits{Min: placesEach, Max: placesEach, HasMax: true}}}}
	n := len(c.typ.Params)
	get := func(code []byte, i int) []byte { return leb128.AppendUint(append(code, 0x20), uint64(i)) }
	code := append(get(get(nil, n+1), n), 0x26, 0) // table.set
	for i := range n {
		code = get(code, i)
	}
	code = append(get(code, n+1), 0x11, 0, 0) // call_indirect
	g.fn("call", append(c.typ.Params[:n:n], wasm.FuncRef, wasm.I32), c.typ.Results, code...)
	g.fn("sample", nil, one(wasm.FuncRef), 0xd2, 2) // ref.func
	g.m.Funcs = append(g.m.Funcs, wasm.Func{Body: wasm.Body{Code: []byte{0x00, 0x0b}}})
	g.m.Elems = []wasm.ElemSegment{{Mode: wasm.SegmentDeclarative, Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{2}}}
	mod, err := c.table.inst.store.addGenerated(&g.m, nil)
	if err != nil {
		return err
	}
	places := make([]place, placesEach)
	for i := range places {
		places[i] = place{mod: mod, index: uint32(i)}
		c.free = append(c.free, &places[i])
	}
	return nil
}
