// This file reads core modules and core instances (explainer, sections
// "Component Definitions" and "Instance Definitions").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// coreModule reads a core module behind its identifier.
func (p *parser) coreModule(pos uint32, b binder) (uint32, error) {
	if t := p.s.Peek(); t.Kind == lex.Keyword {
		return 0, p.unexpected(t, "the fields of a core module; binary and quoted modules stand in test scripts only")
	}
	src, err := core.ParseFields(p.s, b.name)
	if err != nil {
		return 0, err
	}
	shiftOffsets(src.Module, int64(len(p.modules))<<moduleShift)
	p.modules = append(p.modules, src)
	return p.define(&component.CoreModule{Pos: int64(pos), Module: src.Module}, component.SortCoreModule, b)
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

// coreInstance reads a core instance behind its identifier.
func (p *parser) coreInstance(pos uint32, b binder) (uint32, error) {
	d := &component.CoreInstance{Pos: int64(pos)}
	if !p.s.Open("instantiate") {
		d.Inline = true
		var err error
		if d.Exports, err = p.coreInlineInstance(); err != nil {
			return 0, err
		}
		return p.define(d, component.SortCoreInstance, b)
	}
	module, err := p.refOrIndex(component.SortCoreModule, false)
	if err != nil {
		return 0, err
	}
	var items []ref
	for p.at(lex.LParen) {
		name, item, err := p.with(component.SortCoreInstance)
		if err != nil {
			return 0, err
		}
		d.Args = append(d.Args, component.CoreArg{Name: name})
		if items = append(items, item); len(items) > binary.MaxArgs {
			return 0, p.limit(pos, binary.MaxArgs, "arguments of a core instance")
		}
	}
	if err = p.close(`"(with"`); err == nil {
		err = p.close("")
	}
	if err != nil {
		return 0, err
	}
	if d.Module, err = p.resolve(module); err != nil {
		return 0, err
	}
	for i, item := range items {
		if d.Args[i].Instance, err = p.resolve(item); err != nil {
			return 0, err
		}
	}
	return p.define(d, component.SortCoreInstance, b)
}

// coreInlineInstance reads the exports of a core instance and the ")".
func (p *parser) coreInlineInstance() ([]component.CoreInlineExport, error) {
	var out []component.CoreInlineExport
	for p.at(lex.LParen) {
		pos, err := p.open("export")
		if err != nil {
			return nil, err
		}
		var e component.CoreInlineExport
		if e.Name, err = p.str("a name"); err != nil {
			return nil, err
		}
		if e.Item, err = p.exported(true); err != nil {
			return nil, err
		}
		if out = append(out, e); len(out) > binary.MaxArgs {
			return nil, p.limit(pos, binary.MaxArgs, "exports of a core instance")
		}
	}
	return out, p.close(`"(export"`)
}
