// This file reads instances and core instances (explainer, section "Instance
// Definitions").

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// instance reads an instance definition behind its identifier.
func (p *parser) instance(pos uint32, b binder) (uint32, error) {
	d := &component.Instance{Pos: int64(pos)}
	if !p.s.Open("instantiate") {
		d.Inline = true
		var err error
		if d.Exports, err = p.inlineInstance(); err != nil {
			return 0, err
		}
		return p.define(d, component.SortInstance, b)
	}
	c, err := p.refOrIndex(component.SortComponent, false)
	if err != nil {
		return 0, err
	}
	var items []ref
	for p.at(lex.LParen) {
		name, item, err := p.with(component.SortInstance)
		if err != nil {
			return 0, err
		}
		d.Args = append(d.Args, component.Arg{Name: name, Item: component.SortIdx{Sort: item.sort}})
		if items = append(items, item); len(items) > binary.MaxArgs {
			return 0, p.limit(pos, binary.MaxArgs, "arguments of an instance")
		}
	}
	if err = p.close(`"(with"`); err == nil {
		err = p.close("")
	}
	if err != nil {
		return 0, err
	}
	if d.Component, err = p.resolve(c); err != nil {
		return 0, err
	}
	for i, item := range items {
		if d.Args[i].Item.Index, err = p.resolve(item); err != nil {
			return 0, err
		}
	}
	return p.define(d, component.SortInstance, b)
}

// with reads an argument of an instantiation. An instance made of exports is
// defined at once. sort is SortInstance or SortCoreInstance.
func (p *parser) with(sort component.Sort) (name string, item ref, err error) {
	pos, err := p.open("with")
	if err != nil {
		return "", ref{}, err
	}
	if name, err = p.str("the name of an import"); err != nil {
		return "", ref{}, err
	}
	bundle := p.s.HeadIs("instance") && p.ahead(func() bool {
		p.s.Open("instance")
		return !p.atIndex()
	})
	switch {
	case bundle:
		p.s.Open("instance")
		item, err = p.bundle(sort, pos)
	case sort == component.SortCoreInstance:
		item, err = p.sortRef(sort, false)
	default:
		item, err = p.externRef(false)
	}
	if err == nil {
		err = p.close("")
	}
	return name, item, err
}

// bundle defines an instance made of exports, which come next.
func (p *parser) bundle(sort component.Sort, pos uint32) (ref, error) {
	r := ref{sort: sort}
	var err error
	if sort == component.SortInstance {
		d := &component.Instance{Pos: int64(pos), Inline: true}
		if d.Exports, err = p.inlineInstance(); err == nil {
			r.idx.num, err = p.define(d, sort, binder{})
		}
		return r, err
	}
	d := &component.CoreInstance{Pos: int64(pos), Inline: true}
	if d.Exports, err = p.coreInlineInstance(); err == nil {
		r.idx.num, err = p.define(d, sort, binder{})
	}
	return r, err
}

// inlineInstance reads the exports of an instance and the ")".
func (p *parser) inlineInstance() ([]component.InlineExport, error) {
	var out []component.InlineExport
	for p.at(lex.LParen) {
		pos, err := p.open("export")
		if err != nil {
			return nil, err
		}
		var e component.InlineExport
		if e.Name, err = p.externName(); err != nil {
			return nil, err
		}
		if e.Item, err = p.exported(false); err != nil {
			return nil, err
		}
		if out = append(out, e); len(out) > binary.MaxArgs {
			return nil, p.limit(pos, binary.MaxArgs, "exports of an instance")
		}
	}
	return out, p.close(`"(export"`)
}

// exported reads and resolves what an inline export gives, with the ")" of the
// export.
func (p *parser) exported(inCore bool) (component.SortIdx, error) {
	r, err := p.externRef(inCore)
	if err == nil {
		err = p.close("")
	}
	if err != nil {
		return component.SortIdx{}, err
	}
	x, err := p.resolve(r)
	return component.SortIdx{Sort: r.sort, Index: x}, err
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
