// This file is the locals of a function: their types, and which of those
// without a default value are set (Validation, section "Locals").

package valid

import (
	"sort"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// locals are the locals of the present function.
type locals struct {
	// first holds the types of the first locals, parameters included. How many
	// depends on the size of the body, so that a short body with many locals
	// takes little time.
	first []wasm.ValType
	n     uint32 // number of locals
	// runs are the declared locals.
	params []wasm.ValType
	runs   []localRun
	// tracked is set when a declared local has no default value. Then
	// epochs[x] is the present epoch if the local x is set, and set lists the
	// locals that were set, in order.
	tracked bool
	epochs  []uint32
	epoch   uint32
	set     []uint32
}

// A localRun is consecutive locals of one canonical type, up to the local end
// (exclusive).
type localRun struct {
	end uint32
	typ wasm.ValType
}

// defaultable tells whether a value type has a default value.
func defaultable(t wasm.ValType) bool { return !t.IsRef() || t.Nullable() }

// setLocals prepares the locals of a function.
func (c *checker) setLocals(f *wasm.Func, typ *wasm.FuncType) *diag.Error {
	l := &c.locals
	at := diag.Offset(f.Body.Start)
	if f.Body.Start == 0 {
		at = diag.Offset(f.Body.Offset)
	}
	l.params, l.runs, l.set, l.tracked = typ.Params, l.runs[:0], l.set[:0], false
	limit := len(f.Body.Code) + 16
	l.first = append(l.first[:0], typ.Params[:min(limit, len(typ.Params))]...)
	total := uint64(len(typ.Params))
	for _, run := range f.Body.Locals {
		t := run.Type
		if t.IsRef() || t == wasm.V128 {
			var err error
			if t, err = c.valType(t); err != nil {
				e := *err.(*diag.Error)
				e.At = at
				return &e
			}
		}
		total += uint64(run.Count)
		if total > binary.MaxLocals+binary.MaxParams {
			return diag.Errorf(CodeLimit, at, "too many locals: more than %d", binary.MaxLocals)
		}
		l.tracked = l.tracked || run.Count > 0 && !defaultable(t)
		l.runs = append(l.runs, localRun{end: uint32(total), typ: t})
		for i := min(int(run.Count), limit-len(l.first)); i > 0; i-- {
			l.first = append(l.first, t)
		}
	}
	l.n = uint32(total)
	if l.tracked {
		l.track()
	}
	return nil
}

// track starts a new epoch, in which no local is set.
func (l *locals) track() {
	if l.epoch++; l.epoch == 0 || int(l.n) > len(l.epochs) {
		l.epochs, l.epoch = make([]uint32, max(int(l.n), 2*len(l.epochs))), 1
	}
}

// at is the type of a local; ok is false when there is no such local.
func (l *locals) at(x uint32) (t wasm.ValType, ok bool) {
	switch {
	case uint64(x) < uint64(len(l.first)):
		return l.first[x], true
	case uint64(x) < uint64(len(l.params)):
		return l.params[x], true
	case x >= l.n:
		return 0, false
	}
	i := sort.Search(len(l.runs), func(i int) bool { return l.runs[i].end > x })
	return l.runs[i].typ, true
}

// isSet tells whether a local of type t has a value.
func (l *locals) isSet(x uint32, t wasm.ValType) bool {
	return defaultable(t) || uint64(x) < uint64(len(l.params)) || l.epochs[x] == l.epoch
}

// unset forgets the locals that were set since the list had a height.
func (l *locals) unset(height int) {
	for len(l.set) > height {
		l.epochs[l.set[len(l.set)-1]] = 0
		l.set = l.set[:len(l.set)-1]
	}
}

func (c *checker) local(x uint32) wasm.ValType {
	t, ok := c.locals.at(x)
	if !ok {
		c.fail(CodeUnknownLocal, "unknown local %d: the function has %d locals", x, c.locals.n)
	}
	return t
}

func (c *checker) localGetSlow(x uint32) {
	t := c.local(x)
	if c.err == nil && c.locals.tracked && !c.locals.isSet(x, t) {
		c.fail(CodeUninitialized, "uninitialized local %d: its type %s has no default value, and it is not set before", x, c.typeName(t))
	}
	c.push(t)
}

// localSetSlow is local.set, or local.tee where the value stays.
func (c *checker) localSetSlow(x uint32, tee bool) {
	t := c.local(x)
	if c.err != nil {
		return
	}
	c.pop(t)
	if c.locals.tracked && !c.locals.isSet(x, t) {
		c.locals.epochs[x] = c.locals.epoch
		c.locals.set = append(c.locals.set, x)
	}
	if tee {
		c.push(t)
	}
}
