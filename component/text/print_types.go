// This file prints types and their declarations.

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	core "github.com/dray-wasm/dray/wasm/text"
)

func (p *printer) valType(t component.ValType) {
	if x, ok := t.Index(); ok {
		p.index(component.SortType, x)
		return
	}
	prim, ok := t.Prim()
	if !ok || !prim.Valid() {
		p.fail("a value type is missing or unknown")
	}
	p.str(prim.String())
}

// optValType writes a value type behind a space, if there is one.
func (p *printer) optValType(t component.ValType) {
	if t != 0 {
		p.str(" ")
		p.valType(t)
	}
}

// result writes the result of a function behind a space, if there is one.
func (p *printer) result(t component.ValType) {
	if t != 0 {
		p.str(" (result ")
		p.valType(t)
		p.str(")")
	}
}

func (p *printer) typeDef(d *component.TypeDef) {
	p.str("(type ")
	p.bind(component.SortType)
	p.str(" ")
	p.defType(d.Type)
	p.str(")")
	p.next(component.SortType)
}

func (p *printer) defType(t component.DefType) {
	switch t := t.(type) {
	case *component.PrimType:
		p.valType(component.Prim(t.Prim))
	case *component.RecordType:
		p.str("(record")
		p.labelTypes("field", t.Fields)
	case *component.VariantType:
		p.str("(variant")
		p.labelTypes("case", t.Cases)
	case *component.ListType:
		p.str("(list ")
		p.valType(t.Elem)
		if t.Fixed {
			p.str(" ")
			p.uint(t.Len)
		}
	case *component.TupleType:
		p.str("(tuple")
		for _, x := range t.Types {
			p.str(" ")
			p.valType(x)
		}
	case *component.FlagsType:
		p.str("(flags")
		p.labels(t.Labels)
	case *component.EnumType:
		p.str("(enum")
		p.labels(t.Labels)
	case *component.OptionType:
		p.str("(option ")
		p.valType(t.Type)
	case *component.ResultType:
		p.str("(result")
		p.optValType(t.OK)
		if t.Err != 0 {
			p.str(" (error ")
			p.valType(t.Err)
			p.str(")")
		}
	case *component.MapType:
		p.str("(map ")
		p.valType(t.Key)
		p.str(" ")
		p.valType(t.Value)
	default:
		p.otherType(t)
	}
	if _, ok := t.(*component.PrimType); !ok {
		p.str(")")
	}
}

// otherType writes handles, streams, futures, and what is no value type,
// without the ")".
func (p *printer) otherType(t component.DefType) {
	switch t := t.(type) {
	case *component.OwnType:
		p.str("(own ")
		p.index(component.SortType, t.Resource)
	case *component.BorrowType:
		p.str("(borrow ")
		p.index(component.SortType, t.Resource)
	case *component.StreamType:
		p.str("(stream")
		p.optValType(t.Elem)
	case *component.FutureType:
		p.str("(future")
		p.optValType(t.Elem)
	case *component.FuncType:
		p.str("(func")
		p.word(t.Async, " async")
		p.labelTypes("param", t.Params)
		p.result(t.Result)
	case *component.ComponentType:
		p.str("(component")
		p.decls(t.Decls)
	case *component.InstanceType:
		p.str("(instance")
		p.decls(t.Decls)
	case *component.ResourceType:
		p.str("(resource (rep ")
		p.buf = core.PrintValType(p.buf, t.Rep, p.coreTypeID)
		p.str(")")
		if t.HasDtor {
			p.str(" (dtor ")
			p.ref(component.SortIdx{Sort: component.SortCoreFunc, Index: t.Dtor}, false)
			p.str(")")
		}
	default:
		p.fail("there is no type %T", t)
	}
}

func (p *printer) labelTypes(keyword string, ls []component.LabelType) {
	for _, l := range ls {
		p.str(" (" + keyword + " ")
		p.quote(l.Label)
		p.optValType(l.Type)
		p.str(")")
		if len(p.buf) >= printFlush {
			p.flush()
		}
	}
}

func (p *printer) labels(ls []string) {
	for _, l := range ls {
		p.str(" ")
		p.quote(l)
	}
}

// enter opens the scope of a type and gives the one around it; nil when types
// nest too deep.
func (p *printer) enter(module bool) *printScope {
	if p.typeDepth == binary.MaxTypeNesting {
		p.fail("types nest more than %d levels deep", binary.MaxTypeNesting)
		return nil
	}
	p.typeDepth++
	outer := p.scope
	p.scope = &printScope{module: module}
	p.level++
	return outer
}

// leave closes the scope of a type with n declarations.
func (p *printer) leave(outer *printScope, n int) {
	p.scope = outer
	p.typeDepth--
	p.level--
	if n > 0 {
		p.line()
	}
}

func (p *printer) decls(ds []component.Decl) {
	outer := p.enter(false)
	if outer == nil {
		return
	}
	for _, d := range ds {
		if p.err != nil {
			return
		}
		p.line()
		switch d := d.(type) {
		case *component.CoreType:
			p.coreType(d)
		case *component.TypeDef:
			p.typeDef(d)
		case *component.Alias:
			p.alias(d)
		case *component.Import:
			p.extern("import", d.Name, d.Type)
		case *component.ExportDecl:
			p.extern("export", d.Name, d.Type)
		default:
			p.fail("there is no declaration %T", d)
		}
	}
	p.leave(outer, len(ds))
}

// externType writes the type of an import or export; with bind, it has the
// identifier and index of the next definition of its sort.
func (p *printer) externType(t component.ExternType, bind bool) {
	p.str("(" + t.Sort.String() + " ")
	if bind {
		p.bind(t.Sort)
		p.str(" ")
	}
	typeSort := component.SortType
	switch t.Sort {
	case component.SortType:
		if t.Bound == component.BoundSubResource {
			p.str("(sub resource)")
			break
		}
		p.str("(eq ")
		p.index(component.SortType, t.Index)
		p.str(")")
	case component.SortValue:
		if t.Bound == component.BoundType {
			p.valType(t.Value)
			break
		}
		p.str("(eq ")
		p.index(component.SortValue, t.Index)
		p.str(")")
	case component.SortCoreModule:
		typeSort = component.SortCoreType
		fallthrough
	case component.SortFunc, component.SortComponent, component.SortInstance:
		p.str("(type ")
		p.index(typeSort, t.Index)
		p.str(")")
	default:
		p.fail("there is no import or export of a %s", t.Sort)
	}
	p.str(")")
}

// coreType writes the definition of core types.
func (p *printer) coreType(d *component.CoreType) {
	if p.scope.module {
		p.str("(")
	} else {
		p.str("(core ")
	}
	switch {
	case d.Module != nil:
		p.str("type ")
		p.bind(component.SortCoreType)
		p.str(" (module")
		p.moduleDecls(d.Module.Decls)
		p.str(")")
		p.next(component.SortCoreType)
	case d.Rec:
		p.recGroup(d)
	case len(d.Types) == 1:
		p.str("type ")
		p.bind(component.SortCoreType)
		p.str(" ")
		p.buf = core.PrintSubType(p.buf, d.Types[0], p.coreTypeID)
		p.next(component.SortCoreType)
	default:
		p.fail("%d core types stand in a definition without a recursion group", len(d.Types))
	}
	p.str(")")
}

// recGroup writes a recursion group without the parentheses around it. Members
// can refer to later ones, by index.
func (p *printer) recGroup(d *component.CoreType) {
	p.str("rec")
	p.level++
	for i := range d.Types {
		p.line()
		p.str("(type ")
		x := p.scope.counts[component.SortCoreType]
		if n := p.scope.names; n != nil {
			if listed, plain := n.plainName(component.SortCoreType, x); listed && !plain {
				n.exact = false // there are no annotations in a group
			}
			p.str(printSpaced(n.ids[component.SortCoreType].ID(x)))
		}
		p.str(printIndex(x) + " ")
		p.buf = core.PrintSubType(p.buf, d.Types[i], p.coreTypeID)
		p.str(")")
		p.next(component.SortCoreType)
	}
	p.level--
	if len(d.Types) > 0 {
		p.line()
	}
}

func (p *printer) moduleDecls(ds []component.ModuleDecl) {
	outer := p.enter(true)
	if outer == nil {
		return
	}
	for _, d := range ds {
		if p.err != nil {
			return
		}
		p.line()
		switch d := d.(type) {
		case *component.CoreImport:
			p.str("(import ")
			p.quote(d.Module)
			p.str(" ")
			p.quote(d.Name)
			p.str(" ")
			p.buf = core.PrintExternType(p.buf, d.Type, "", nil)
			p.str(")")
		case *component.CoreType:
			p.coreType(d)
		case *component.CoreAlias:
			p.str("(alias outer ")
			p.uint(d.Outer)
			p.str(" ")
			p.uint(d.Index)
			p.str(" (type ")
			p.bind(component.SortCoreType)
			p.str("))")
			p.next(component.SortCoreType)
		case *component.CoreExportDecl:
			p.str("(export ")
			p.quote(d.Name)
			p.str(" ")
			p.buf = core.PrintExternType(p.buf, d.Type, "", nil)
			p.str(")")
		default:
			p.fail("there is no declaration %T", d)
		}
	}
	p.leave(outer, len(ds))
}
