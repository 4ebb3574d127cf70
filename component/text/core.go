// This file reads core modules (explainer, section "Component Definitions").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// coreModule reads a core module behind its identifier.
func (p *parser) coreModule(pos uint32, b binder) (uint32, error) {
	if t := p.s.Peek(); t.Kind == lex.Keyword {
		return 0, p.unexpected(t, "the fields of a core module; binary and quoted modules stand in test scripts only")
	}
	if p.s.Mark() == b.end {
		// ParseFields reads the annotation, which may have the empty name.
		p.s.Reset(b.note)
	}
	src, err := core.ParseFields(p.s, b.name)
	if err != nil {
		return 0, err
	}
	shiftOffsets(src.Module, int64(len(p.modules))<<moduleShift)
	p.modules = append(p.modules, src)
	return p.define(&component.CoreModule{Pos: int64(pos), Module: src.Module}, component.SortCoreModule, b.outside())
}

// shiftOffsets adds to the offsets of all code of a module.
func shiftOffsets(m *wasm.Module, by int64) {
	shift := func(e *wasm.ConstExpr) {
		if len(e.Code) > 0 {
			e.Offset += by
		}
	}
	for i := range m.Funcs {
		body := &m.Funcs[i].Body
		if body.Offset != 0 {
			body.Offset += by
		}
		if body.Start != 0 {
			body.Start += by
		}
	}
	for i := range m.Tables {
		shift(&m.Tables[i].Init)
	}
	for i := range m.Globals {
		shift(&m.Globals[i].Init)
	}
	for i := range m.Elems {
		shift(&m.Elems[i].Offset)
		for j := range m.Elems[i].Exprs {
			shift(&m.Elems[i].Exprs[j])
		}
	}
	for i := range m.Datas {
		shift(&m.Datas[i].Offset)
	}
}
