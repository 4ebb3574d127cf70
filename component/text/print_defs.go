// This file prints components and their definitions other than types and
// canonical definitions.

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
)

// component writes "(component id ...)".
func (p *printer) component(c *component.Component, names *printNames, id string) {
	if p.depth == binary.MaxNesting {
		p.fail("components nest more than %d levels deep", binary.MaxNesting)
		return
	}
	p.depth++
	outer := p.scope
	p.scope = &printScope{names: names}
	p.Str("(component")
	if id != "" {
		p.Str(" " + id)
	}
	p.level++
	empty := true
	for _, d := range c.Defs {
		if p.Err != nil {
			return
		}
		if x, ok := d.(*component.Custom); ok && x.Name == namesSection && (names.exact || p.o.NoNames) {
			continue
		}
		p.line()
		p.definition(d)
		empty = false
	}
	p.level--
	if !empty {
		p.line()
	}
	p.Str(")")
	p.scope = outer
	p.depth--
}

func (p *printer) definition(d component.Definition) {
	switch d := d.(type) {
	case *component.CoreModule:
		p.coreModule(d)
	case *component.CoreInstance:
		p.coreInstance(d)
	case *component.CoreType:
		p.coreType(d)
	case *component.Component:
		names := p.readNames(d)
		p.component(d, names, p.componentID(names))
	case *component.Instance:
		p.instance(d)
	case *component.Alias:
		p.alias(d)
	case *component.TypeDef:
		p.typeDef(d)
	case *component.Canon:
		p.canon(d)
	case *component.Start:
		p.start(d)
	case *component.Import:
		p.extern("import", d.Name, d.Type)
	case *component.Export:
		p.export(d)
	case *component.Value:
		p.value(d)
	case *component.Custom:
		p.custom(d)
	default:
		p.fail("there is no definition %T", d)
	}
}

func (p *printer) coreModule(d *component.CoreModule) {
	if d.Module == nil {
		p.fail("a core module has no content")
		return
	}
	p.modules.Begin(d.Module)
	p.modules.Print("core module", p.moduleID(), p.level)
}

func (p *printer) coreInstance(d *component.CoreInstance) {
	p.Str("(core instance ")
	p.bind(component.SortCoreInstance)
	if !d.Inline {
		p.instantiate(component.SortCoreModule, d.Module, len(d.Args), func(i int) {
			p.with(d.Args[i].Name, component.SortIdx{Sort: component.SortCoreInstance, Index: d.Args[i].Instance}, true)
		})
	} else {
		p.exports(len(d.Exports), func(i int) {
			p.Quote(d.Exports[i].Name)
			p.Str(" ")
			p.ref(d.Exports[i].Item, true)
		})
	}
	p.next(component.SortCoreInstance)
}

func (p *printer) instance(d *component.Instance) {
	p.Str("(instance ")
	p.bind(component.SortInstance)
	if !d.Inline {
		p.instantiate(component.SortComponent, d.Component, len(d.Args), func(i int) {
			p.with(d.Args[i].Name, d.Args[i].Item, false)
		})
	} else {
		p.exports(len(d.Exports), func(i int) {
			p.externName(d.Exports[i].Name)
			p.Str(" ")
			p.ref(d.Exports[i].Item, false)
		})
	}
	p.next(component.SortInstance)
}

// instantiate writes " (instantiate index arg*))", each argument on a line.
func (p *printer) instantiate(s component.Sort, x uint32, n int, arg func(i int)) {
	p.Str(" (instantiate ")
	p.index(s, x)
	p.level += 2
	for i := range n {
		p.line()
		arg(i)
	}
	p.level--
	if n > 0 {
		p.line()
	}
	p.Str(")")
	p.level--
	if n > 0 {
		p.line()
	}
	p.Str(")")
}

func (p *printer) with(name string, x component.SortIdx, inCore bool) {
	p.Str("(with ")
	p.Quote(name)
	p.Str(" ")
	p.ref(x, inCore)
	p.Str(")")
}

// exports writes the exports of an instance, each on a line, and the ")".
func (p *printer) exports(n int, export func(i int)) {
	p.level++
	for i := range n {
		p.line()
		p.Str("(export ")
		export(i)
		p.Str(")")
	}
	p.level--
	if n > 0 {
		p.line()
	}
	p.Str(")")
}

func (p *printer) alias(a *component.Alias) {
	p.Str("(alias ")
	switch a.Kind {
	case component.AliasOuter:
		p.Str("outer ")
		p.Uint(uint64(a.Outer))
		p.Str(" ")
		p.Uint(uint64(a.Index))
	case component.AliasCoreExport:
		p.Str("core export ")
		p.index(component.SortCoreInstance, a.Instance)
	case component.AliasExport:
		p.Str("export ")
		p.index(component.SortInstance, a.Instance)
	default:
		p.fail("there is no kind of alias %d", a.Kind)
	}
	if a.Kind != component.AliasOuter {
		p.Str(" ")
		p.Quote(a.Name)
	}
	p.Str(" (" + a.Sort.String() + " ")
	p.bind(a.Sort)
	p.Str("))")
	p.next(a.Sort)
}

// externName writes a name with its attributes.
func (p *printer) externName(n component.ExternName) {
	p.Quote(n.Name)
	for _, a := range n.Attrs {
		p.Str(" (" + a.Kind.String() + " ")
		p.Quote(a.Value)
		p.Str(")")
	}
}

// extern writes an import, or the declaration of an export.
func (p *printer) extern(keyword string, n component.ExternName, t component.ExternType) {
	p.Str("(" + keyword + " ")
	p.externName(n)
	p.Str(" ")
	p.externType(t, true)
	p.Str(")")
	p.next(t.Sort)
}

func (p *printer) export(d *component.Export) {
	p.Str("(export ")
	p.bind(d.Item.Sort)
	p.Str(" ")
	p.externName(d.Name)
	p.Str(" ")
	p.ref(d.Item, false)
	if d.Type != nil {
		p.Str(" ")
		p.externType(*d.Type, false)
	}
	p.Str(")")
	p.next(d.Item.Sort)
}

func (p *printer) start(d *component.Start) {
	p.Str("(start ")
	p.index(component.SortFunc, d.Func)
	for _, x := range d.Args {
		p.Str(" ")
		p.ref(component.SortIdx{Sort: component.SortValue, Index: x}, false)
	}
	for i := uint32(0); i < d.Results && p.Err == nil; i++ {
		p.Str(" (result (value ")
		p.bind(component.SortValue)
		p.Str("))")
		p.next(component.SortValue)
		p.Room()
	}
	p.Str(")")
}

func (p *printer) value(d *component.Value) {
	p.Str("(value ")
	p.bind(component.SortValue)
	p.Str(" ")
	p.valType(d.Type)
	p.Str(" (binary")
	p.content(d.Bytes)
	p.Str("))")
	p.next(component.SortValue)
}

func (p *printer) custom(d *component.Custom) {
	p.Str("(@custom ")
	p.Quote(d.Name)
	if len(d.Data) > 0 {
		p.content(d.Data)
	}
	p.Str(")")
}

// content writes data, or its size in a skeleton.
func (p *printer) content(b []byte) {
	if p.o.Skeleton {
		p.Size(len(b), "bytes")
	} else {
		p.Data(b, p.level)
	}
}
