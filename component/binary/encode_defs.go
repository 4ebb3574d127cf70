// This file writes instances, aliases, imports, exports and canonical
// definitions (Binary Format, the sections of these names).

package binary

import "github.com/dray-wasm/dray/component"

func (e *encoder) sort(s component.Sort) {
	if s >= component.NumSorts {
		e.Fail("there is no sort %d", s)
	}
	if s.Core() {
		e.Byte(0)
	}
	e.Byte(s.Code())
}

func (e *encoder) coreSort(s component.Sort) {
	if !s.Core() {
		e.Fail("the sort %s stands where a core sort must", s)
	}
	e.Byte(s.Code())
}

func (e *encoder) sortIdx(x component.SortIdx) {
	e.sort(x.Sort)
	e.U32(x.Index)
}

func (e *encoder) coreInstance(x *component.CoreInstance) {
	e.Bool(x.Inline)
	if x.Inline {
		e.Len(len(x.Exports))
		for _, a := range x.Exports {
			e.Name(a.Name)
			e.coreSort(a.Item.Sort)
			e.U32(a.Item.Index)
		}
		return
	}
	e.U32(x.Module)
	e.Len(len(x.Args))
	for _, a := range x.Args {
		e.Name(a.Name)
		e.Byte(component.SortCoreInstance.Code())
		e.U32(a.Instance)
	}
}

func (e *encoder) instance(x *component.Instance) {
	e.Bool(x.Inline)
	if x.Inline {
		e.Len(len(x.Exports))
		for _, a := range x.Exports {
			e.externName(a.Name)
			e.sortIdx(a.Item)
		}
		return
	}
	e.U32(x.Component)
	e.Len(len(x.Args))
	for _, a := range x.Args {
		e.Name(a.Name)
		e.sortIdx(a.Item)
	}
}

func (e *encoder) alias(a *component.Alias) {
	e.sort(a.Sort)
	e.Byte(byte(a.Kind))
	switch a.Kind {
	case component.AliasOuter:
		if !outerSort(a.Sort) {
			e.Fail("there is no outer alias of a %s", a.Sort)
		}
		e.U32(a.Outer)
		e.U32(a.Index)
	case component.AliasExport, component.AliasCoreExport:
		if a.Kind == component.AliasCoreExport && !a.Sort.Core() {
			e.Fail("there is no core export alias of a %s", a.Sort)
		}
		e.U32(a.Instance)
		e.Name(a.Name)
	default:
		e.Fail("there is no kind of alias %d", a.Kind)
	}
}

func (e *encoder) externName(n component.ExternName) {
	if n.Form > 2 {
		e.Fail("there is no form of name %d", n.Form)
	}
	if len(n.Attrs) == 0 && n.Form < 2 {
		e.Byte(n.Form)
		e.Name(n.Name)
		return
	}
	e.Byte(2)
	e.Name(n.Name)
	e.Len(len(n.Attrs))
	for _, a := range n.Attrs {
		if a.Kind > component.ExternalID {
			e.Fail("there is no kind of attribute %d", a.Kind)
		}
		e.Byte(byte(a.Kind))
		e.Name(a.Value)
	}
}

func (e *encoder) canon(x *component.Canon) {
	info := x.Op.Info()
	if info == nil {
		e.Fail("there is no canonical definition %#x", byte(x.Op))
		return
	}
	e.Byte(byte(x.Op))
	if x.Op == component.CanonLift || x.Op == component.CanonLower {
		e.Byte(0)
	}
	for _, imm := range info.Imms {
		e.canonImm(x, imm)
	}
}

func (e *encoder) canonImm(x *component.Canon, imm component.CanonImm) {
	switch imm {
	case component.CanonImmCoreFunc, component.CanonImmFunc:
		e.U32(x.Func)
	case component.CanonImmType, component.CanonImmCoreType:
		e.U32(x.Type)
	case component.CanonImmTable:
		e.U32(x.Table)
	case component.CanonImmMemory:
		e.U32(x.Memory)
	case component.CanonImmAsync:
		e.Bool(x.Async)
	case component.CanonImmCancellable:
		e.Bool(x.Cancellable)
	case component.CanonImmShared:
		e.Bool(x.Shared)
	case component.CanonImmResult:
		e.resultList(x.Result)
	case component.CanonImmSlot:
		e.coreValType(x.SlotType)
		e.U32(x.Slot)
	case component.CanonImmOpts:
		e.Len(len(x.Opts))
		for _, o := range x.Opts {
			e.canonOpt(o)
		}
	}
}

func (e *encoder) canonOpt(o component.CanonOpt) {
	if o.Kind >= component.NumCanonOpts {
		e.Fail("there is no canonical option %d", o.Kind)
	}
	e.Byte(byte(o.Kind))
	if o.Kind.HasIndex() {
		e.U32(o.Index)
	}
}
