// This file writes instances, aliases, imports, exports and canonical
// definitions (Binary Format, the sections of these names).

package binary

import "github.com/dray-wasm/dray/component"

func (e *encoder) sort(s component.Sort) {
	if s >= component.NumSorts {
		e.fail("there is no sort %d", s)
	}
	if s.Core() {
		e.byte(0)
	}
	e.byte(s.Code())
}

func (e *encoder) coreSort(s component.Sort) {
	if !s.Core() {
		e.fail("the sort %s stands where a core sort must", s)
	}
	e.byte(s.Code())
}

func (e *encoder) sortIdx(x component.SortIdx) {
	e.sort(x.Sort)
	e.u32(x.Index)
}

func (e *encoder) coreInstance(x *component.CoreInstance) {
	e.bool(x.Inline)
	if x.Inline {
		e.len(len(x.Exports))
		for _, a := range x.Exports {
			e.name(a.Name)
			e.coreSort(a.Item.Sort)
			e.u32(a.Item.Index)
		}
		return
	}
	e.u32(x.Module)
	e.len(len(x.Args))
	for _, a := range x.Args {
		e.name(a.Name)
		e.byte(component.SortCoreInstance.Code())
		e.u32(a.Instance)
	}
}

func (e *encoder) instance(x *component.Instance) {
	e.bool(x.Inline)
	if x.Inline {
		e.len(len(x.Exports))
		for _, a := range x.Exports {
			e.externName(a.Name)
			e.sortIdx(a.Item)
		}
		return
	}
	e.u32(x.Component)
	e.len(len(x.Args))
	for _, a := range x.Args {
		e.name(a.Name)
		e.sortIdx(a.Item)
	}
}

func (e *encoder) alias(a *component.Alias) {
	e.sort(a.Sort)
	e.byte(byte(a.Kind))
	switch a.Kind {
	case component.AliasOuter:
		if !outerSort(a.Sort) {
			e.fail("there is no outer alias of a %s", a.Sort)
		}
		e.u32(a.Outer)
		e.u32(a.Index)
	case component.AliasExport, component.AliasCoreExport:
		if a.Kind == component.AliasCoreExport && !a.Sort.Core() {
			e.fail("there is no core export alias of a %s", a.Sort)
		}
		e.u32(a.Instance)
		e.name(a.Name)
	default:
		e.fail("there is no kind of alias %d", a.Kind)
	}
}

func (e *encoder) externName(n component.ExternName) {
	if n.Form > 2 {
		e.fail("there is no form of name %d", n.Form)
	}
	if len(n.Attrs) == 0 && n.Form < 2 {
		e.byte(n.Form)
		e.name(n.Name)
		return
	}
	e.byte(2)
	e.name(n.Name)
	e.len(len(n.Attrs))
	for _, a := range n.Attrs {
		if a.Kind > component.ExternalID {
			e.fail("there is no kind of attribute %d", a.Kind)
		}
		e.byte(byte(a.Kind))
		e.name(a.Value)
	}
}

func (e *encoder) canon(x *component.Canon) {
	info := x.Op.Info()
	if info == nil {
		e.fail("there is no canonical definition %#x", byte(x.Op))
		return
	}
	e.byte(byte(x.Op))
	if x.Op == component.CanonLift || x.Op == component.CanonLower {
		e.byte(0)
	}
	for _, imm := range info.Imms {
		e.canonImm(x, imm)
	}
}

func (e *encoder) canonImm(x *component.Canon, imm component.CanonImm) {
	switch imm {
	case component.CanonImmCoreFunc, component.CanonImmFunc:
		e.u32(x.Func)
	case component.CanonImmType, component.CanonImmCoreType:
		e.u32(x.Type)
	case component.CanonImmTable:
		e.u32(x.Table)
	case component.CanonImmMemory:
		e.u32(x.Memory)
	case component.CanonImmAsync:
		e.bool(x.Async)
	case component.CanonImmCancellable:
		e.bool(x.Cancellable)
	case component.CanonImmShared:
		e.bool(x.Shared)
	case component.CanonImmResult:
		e.resultList(x.Result)
	case component.CanonImmSlot:
		e.coreValType(x.SlotType)
		e.u32(x.Slot)
	case component.CanonImmOpts:
		e.len(len(x.Opts))
		for _, o := range x.Opts {
			e.canonOpt(o)
		}
	}
}

func (e *encoder) canonOpt(o component.CanonOpt) {
	if o.Kind >= component.NumCanonOpts {
		e.fail("there is no canonical option %d", o.Kind)
	}
	e.byte(byte(o.Kind))
	if o.Kind.HasIndex() {
		e.u32(o.Index)
	}
}
