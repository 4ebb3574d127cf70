// This file is the canonical built-ins (explainer, section "Canonical
// Built-ins").

package valid

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
)

// maxSlots is the number of slots of context.get and context.set.
const maxSlots = 2

// builtinTypes are the core types of the built-ins: parameters and results,
// a letter each. i is i32, l is i64, p the addresses of the memory; the others
// depend on the type immediate: t is the type of the slot or of the
// representation, c the type of the argument of a thread, u the addresses of
// the table.
var builtinTypes = map[component.CanonOp][2]string{
	component.CanonResourceNew:              {"t", "i"},
	component.CanonResourceDrop:             {"i", ""},
	component.CanonResourceRep:              {"i", "t"},
	component.CanonTaskCancel:               {"", ""},
	component.CanonSubtaskCancel:            {"i", "i"},
	component.CanonContextGet:               {"", "t"},
	component.CanonContextSet:               {"t", ""},
	component.CanonThreadYield:              {"", "i"},
	component.CanonSubtaskDrop:              {"i", ""},
	component.CanonStreamNew:                {"", "l"},
	component.CanonStreamRead:               {"ipp", "p"},
	component.CanonStreamWrite:              {"ipp", "p"},
	component.CanonStreamCancelRead:         {"i", "i"},
	component.CanonStreamCancelWrite:        {"i", "i"},
	component.CanonStreamDropReadable:       {"i", ""},
	component.CanonStreamDropWritable:       {"i", ""},
	component.CanonFutureNew:                {"", "l"},
	component.CanonFutureRead:               {"ip", "i"},
	component.CanonFutureWrite:              {"ip", "i"},
	component.CanonFutureCancelRead:         {"i", "i"},
	component.CanonFutureCancelWrite:        {"i", "i"},
	component.CanonFutureDropReadable:       {"i", ""},
	component.CanonFutureDropWritable:       {"i", ""},
	component.CanonErrorContextNew:          {"pp", "i"},
	component.CanonErrorContextDebugMessage: {"ip", ""},
	component.CanonErrorContextDrop:         {"i", ""},
	component.CanonWaitableSetNew:           {"", "i"},
	component.CanonWaitableSetWait:          {"ip", "i"},
	component.CanonWaitableSetPoll:          {"ip", "i"},
	component.CanonWaitableSetDrop:          {"i", ""},
	component.CanonWaitableJoin:             {"ii", ""},
	component.CanonBackpressureInc:          {"", ""},
	component.CanonBackpressureDec:          {"", ""},
	component.CanonThreadIndex:              {"", "i"},
	component.CanonThreadNewIndirect:        {"uc", "i"},
	component.CanonThreadResumeLater:        {"i", ""},
	component.CanonThreadSuspend:            {"", "i"},
	component.CanonThreadSuspendThenResume:  {"i", "i"},
	component.CanonThreadYieldThenResume:    {"i", "i"},
	component.CanonThreadSuspendThenPromote: {"i", "i"},
	component.CanonThreadYieldThenPromote:   {"i", "i"},
	component.CanonThreadSpawnRef:           {"fc", "i"},
	component.CanonThreadSpawnIndirect:      {"uc", "i"},
	component.CanonThreadParallelism:        {"", "i"},
}

// letters are what the letters of builtinTypes stand for.
type letters struct{ p, t, c, u, f wasm.ValType }

func (l letters) types(s string) []wasm.ValType {
	var out []wasm.ValType
	for _, c := range s {
		out = append(out, map[rune]wasm.ValType{'i': wasm.I32, 'l': wasm.I64, 'p': l.p, 't': l.t, 'c': l.c, 'u': l.u, 'f': l.f}[c])
	}
	return out
}

// builtin checks a canonical built-in.
func (v *validator) builtin(d *component.Canon) (CanonType, error) {
	l := letters{p: wasm.I32, u: wasm.I32}
	c := CanonType{}
	var err error
	switch d.Op {
	case component.CanonTaskReturn:
		return v.taskReturn(d)
	case component.CanonResourceNew, component.CanonResourceDrop, component.CanonResourceRep:
		c.Type, l.t, err = v.resourceBuiltin(d)
	case component.CanonContextGet, component.CanonContextSet:
		l.t, err = d.SlotType, v.slot(d)
	case component.CanonWaitableSetWait, component.CanonWaitableSetPoll:
		c.Memory64, err = v.memoryOption(d.Memory)
	case component.CanonStreamRead, component.CanonStreamWrite, component.CanonFutureRead, component.CanonFutureWrite:
		c, err = v.copyBuiltin(d)
	case component.CanonErrorContextNew, component.CanonErrorContextDebugMessage:
		c.Memory64, err = v.errorContext(d)
	case component.CanonThreadNewIndirect, component.CanonThreadSpawnIndirect:
		if l.c, err = v.threadType(d); err == nil {
			l.u, err = v.threadTable(d.Table)
		}
	case component.CanonThreadSpawnRef:
		if l.c, err = v.threadType(d); err == nil {
			l.f = wasm.Ref(true, wasm.HeapIndex(uint32(v.scope.CoreTypes[d.Type].Type)))
		}
	default:
		c.Type, err = v.plainBuiltin(d)
	}
	if err != nil {
		return c, err
	}
	l.p = addrType(c.Memory64)
	sig := builtinTypes[d.Op]
	c.Core = v.core.AddFunc(wasm.FuncType{Params: l.types(sig[0]), Results: l.types(sig[1])})
	return c, nil
}

// plainBuiltin checks a built-in that at most has a stream or future type and
// the keyword async.
func (v *validator) plainBuiltin(d *component.Canon) (TypeID, error) {
	if d.Async {
		if err := v.needs(component.FeatureMoreAsync, "`async` on `canon "+d.Op.String()+"`"); err != nil {
			return 0, err
		}
	}
	switch d.Op {
	case component.CanonStreamNew, component.CanonStreamCancelRead, component.CanonStreamCancelWrite,
		component.CanonStreamDropReadable, component.CanonStreamDropWritable:
		return v.channelAt(d, KindStream)
	case component.CanonFutureNew, component.CanonFutureCancelRead, component.CanonFutureCancelWrite,
		component.CanonFutureDropReadable, component.CanonFutureDropWritable:
		return v.channelAt(d, KindFuture)
	}
	return 0, nil
}

// channelAt is the stream or future type of a built-in.
func (v *validator) channelAt(d *component.Canon, k Kind) (TypeID, error) {
	id, err := v.scope.typeAt(d.Type)
	if err != nil {
		return 0, err
	}
	if found := v.types.types[id].Kind; found != k {
		return 0, errf(CodeCanon, "`canon %s` requires a %s type, but type index %d is not one: found %s", d.Op, k, d.Type, v.types.describe(id))
	}
	return id, nil
}

// resourceBuiltin checks resource.new, resource.drop and resource.rep, and
// gives the representation of the resource.
func (v *validator) resourceBuiltin(d *component.Canon) (TypeID, wasm.ValType, error) {
	id, err := v.kindAt(d.Type, KindResource)
	if err != nil || d.Op == component.CanonResourceDrop {
		return id, 0, err
	}
	r := &v.types.resources[v.types.types[id].Resource]
	if r.Def == nil || r.scope != v.scope.id {
		return 0, 0, errf(CodeResource, "type index %d is not a local resource: `canon %s` is for resources that the component defines itself", d.Type, d.Op)
	}
	return id, r.Def.Rep, nil
}

// slot checks context.get and context.set.
func (v *validator) slot(d *component.Canon) error {
	switch d.SlotType {
	case wasm.I32:
	case wasm.I64:
		if err := v.needs(component.FeatureMemory64, "a context slot of type i64"); err != nil {
			return err
		}
	default:
		return errf(CodeCanon, "`canon %s` needs the type i32 or i64, found %s", d.Op, d.SlotType)
	}
	if d.Slot >= maxSlots {
		return errf(CodeCanon, "`canon %s` immediate must be less than %d: found %d", d.Op, maxSlots, d.Slot)
	}
	if was := v.scope.slotType; was != wasm.Bot && was != d.SlotType {
		return errf(CodeCanon, "`canon %s` has the type %s, but the context slots of a component must have one type, and another has %s", d.Op, d.SlotType, was)
	}
	v.scope.slotType = d.SlotType
	return nil
}

// taskReturn checks task.return.
func (v *validator) taskReturn(d *component.Canon) (CanonType, error) {
	var c CanonType
	id, err := v.valType(d.Result)
	if err != nil {
		return c, err
	}
	if v.types.types[id].props&hasBorrow != 0 {
		return c, errf(CodeType, "the result of `canon task.return` cannot contain a `borrow` type")
	}
	o, err := v.options(d, optReturn)
	if err != nil {
		return c, err
	}
	params := v.types.flatten(id, o.ptr64)
	o.needMemory = params.more || v.pointers([]TypeID{id})
	if err := o.complete(); err != nil {
		return c, err
	}
	return CanonType{Type: id, Core: v.core.AddFunc(v.flatFunc(params, flat{}, o, false)), Memory64: o.ptr64}, nil
}

// copyBuiltin checks the reads and writes of streams and futures.
func (v *validator) copyBuiltin(d *component.Canon) (CanonType, error) {
	var c CanonType
	kind := KindStream
	if d.Op == component.CanonFutureRead || d.Op == component.CanonFutureWrite {
		kind = KindFuture
	}
	id, err := v.channelAt(d, kind)
	if err != nil {
		return c, err
	}
	o, err := v.options(d, optLower)
	if err != nil {
		return c, err
	}
	if !o.async {
		if err := v.needs(component.FeatureMoreAsync, "`canon "+d.Op.String()+"` without `async`"); err != nil {
			return c, err
		}
	}
	elem := v.types.types[id].Elems[0]
	o.needMemory = elem != 0
	o.needRealloc = v.pointers([]TypeID{elem}) && (d.Op == component.CanonStreamRead || d.Op == component.CanonFutureRead)
	return CanonType{Type: id, Memory64: o.ptr64}, o.complete()
}

// errorContext checks error-context.new and error-context.debug-message.
func (v *validator) errorContext(d *component.Canon) (ptr64 bool, err error) {
	o, err := v.options(d, optError)
	if err != nil {
		return false, err
	}
	o.needMemory = true
	o.needRealloc = d.Op == component.CanonErrorContextDebugMessage
	return o.ptr64, o.complete()
}

// threadType checks the type of the function that a thread runs, and gives the
// type of its argument.
func (v *validator) threadType(d *component.Canon) (wasm.ValType, error) {
	if err := v.scope.check(component.SortCoreType, d.Type); err != nil {
		return 0, err
	}
	if d.Shared {
		return 0, errf(CodeCanon, "`canon %s` with `shared` requires a shared function type, but core type index %d is not shared", d.Op, d.Type)
	}
	t := v.scope.CoreTypes[d.Type]
	if t.Module == 0 {
		if f := v.core.Func(t.Type); f != nil && len(f.Params) == 1 && len(f.Results) == 0 {
			switch f.Params[0] {
			case wasm.I32:
				return wasm.I32, nil
			case wasm.I64:
				return wasm.I64, v.needs(component.FeatureMemory64, "a thread with an argument of type i64")
			}
		}
	}
	return 0, errf(CodeCanon, "`canon %s` start function must have the type (func (param i32)), but core type index %d is another", d.Op, d.Type)
}

// threadTable checks the table that a thread gets its function from, and gives
// the type of its indices.
func (v *validator) threadTable(x uint32) (wasm.ValType, error) {
	if err := v.scope.check(component.SortCoreTable, x); err != nil {
		return 0, err
	}
	t := v.scope.CoreTables[x]
	if !v.core.MatchVal(t.Elem, wasm.FuncRef) {
		return 0, errf(CodeCanon, "core table %d must have elements of type funcref, found %s", x, t.Elem)
	}
	if t.Limits.Is64 {
		return wasm.I64, v.needs(component.FeatureMemory64, "a table with 64-bit indices")
	}
	return wasm.I32, nil
}
