// This file prints canonical definitions.

package text

import (
	"github.com/dray-wasm/dray/component"
	core "github.com/dray-wasm/dray/wasm/text"
)

// canon writes a canonical definition with the function that it defines first.
func (p *printer) canon(d *component.Canon) {
	info := d.Op.Info()
	if info == nil {
		p.fail("there is no canonical definition %#x", byte(d.Op))
		return
	}
	s := canonSort(d.Op)
	p.Str("(" + s.String() + " ")
	p.bind(s)
	if d.Op == component.CanonLift {
		p.Str(" (type ")
		p.index(component.SortType, d.Type)
		p.Str(")")
	}
	p.Str(" (canon " + info.Name)
	for _, imm := range info.Imms {
		if d.Op == component.CanonLift && imm == component.CanonImmType {
			break
		}
		p.canonImm(d, imm)
	}
	p.Str("))")
	p.next(s)
}

func (p *printer) canonImm(d *component.Canon, imm component.CanonImm) {
	switch imm {
	case component.CanonImmCoreFunc:
		p.Str(" ")
		p.ref(component.SortIdx{Sort: component.SortCoreFunc, Index: d.Func}, false)
	case component.CanonImmFunc:
		p.Str(" ")
		p.ref(component.SortIdx{Sort: component.SortFunc, Index: d.Func}, false)
	case component.CanonImmType:
		p.Str(" ")
		p.index(component.SortType, d.Type)
	case component.CanonImmCoreType:
		p.Str(" ")
		p.index(component.SortCoreType, d.Type)
	case component.CanonImmTable:
		p.Str(" ")
		p.index(component.SortCoreTable, d.Table)
	case component.CanonImmMemory:
		p.canonOpt(component.CanonOpt{Kind: component.OptMemory, Index: d.Memory})
	case component.CanonImmAsync:
		p.word(d.Async, " async")
	case component.CanonImmCancellable:
		p.word(d.Cancellable, " cancellable")
	case component.CanonImmShared:
		p.word(d.Shared, " shared")
	case component.CanonImmResult:
		p.result(d.Result)
	case component.CanonImmSlot:
		p.Str(" ")
		p.Buf = core.PrintValType(p.Buf, d.SlotType, p.coreTypeID)
		p.Str(" ")
		p.Uint(uint64(d.Slot))
	case component.CanonImmOpts:
		for _, o := range d.Opts {
			p.canonOpt(o)
		}
	}
}

// word writes a keyword if it is there.
func (p *printer) word(there bool, word string) {
	if there {
		p.Str(word)
	}
}

func (p *printer) canonOpt(o component.CanonOpt) {
	if o.Kind >= component.NumCanonOpts {
		p.fail("there is no canonical option %d", o.Kind)
	}
	if !o.Kind.HasIndex() {
		p.Str(" " + o.Kind.String())
		return
	}
	s := component.SortCoreFunc
	if o.Kind == component.OptMemory {
		s = component.SortCoreMemory
	}
	p.Str(" (" + o.Kind.String() + " ")
	p.index(s, o.Index)
	p.Str(")")
}
