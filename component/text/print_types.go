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
	p.Str(prim.String())
}

// optValType writes a value type behind a space, if there is one.
func (p *printer) optValType(t component.ValType) {
	if t != 0 {
		p.Str(" ")
		p.valType(t)
	}
}

// result writes the result of a function behind a space, if there is one.
func (p *printer) result(t component.ValType) {
	if t != 0 {
		p.Str(" (result ")
		p.valType(t)
		p.Str(")")
	}
}

func (p *printer) typeDef(d *component.TypeDef) {
	p.Str("(type ")
	p.bind(component.SortType)
	p.Str(" ")
	p.defType(d.Type)
	p.Str(")")
	p.next(component.SortType)
}

func (p *printer) defType(t component.DefType) {
	switch t := t.(type) {
	case *component.PrimType:
		p.valType(component.Prim(t.Prim))
	case *component.RecordType:
		p.Str("(record")
		p.labelTypes("field", t.Fields)
	case *component.VariantType:
		p.Str("(variant")
		p.labelTypes("case", t.Cases)
	case *component.ListType:
		p.Str("(list ")
		p.valType(t.Elem)
		if t.Fixed {
			p.Str(" ")
			p.Uint(uint64(t.Len))
		}
	case *component.TupleType:
		p.Str("(tuple")
		for _, x := range t.Types {
			p.Str(" ")
			p.valType(x)
		}
	case *component.FlagsType:
		p.Str("(flags")
		p.labels(t.Labels)
	case *component.EnumType:
		p.Str("(enum")
		p.labels(t.Labels)
	case *component.OptionType:
		p.Str("(option ")
		p.valType(t.Type)
	case *component.ResultType:
		p.Str("(result")
		p.optValType(t.OK)
		if t.Err != 0 {
			p.Str(" (error ")
			p.valType(t.Err)
			p.Str(")")
		}
	case *component.MapType:
		p.Str("(map ")
		p.valType(t.Key)
		p.Str(" ")
		p.valType(t.Value)
	default:
		p.otherType(t)
	}
	if _, ok := t.(*component.PrimType); !ok {
		p.Str(")")
	}
}

// otherType writes handles, streams, futures, and what is no value type,
// without the ")".
func (p *printer) otherType(t component.DefType) {
	switch t := t.(type) {
	case *component.OwnType:
		p.Str("(own ")
		p.index(component.SortType, t.Resource)
	case *component.BorrowType:
		p.Str("(borrow ")
		p.index(component.SortType, t.Resource)
	case *component.StreamType:
		p.Str("(stream")
		p.optValType(t.Elem)
	case *component.FutureType:
		p.Str("(future")
		p.optValType(t.Elem)
	case *component.FuncType:
		p.Str("(func")
		p.word(t.Async, " async")
		p.labelTypes("param", t.Params)
		p.result(t.Result)
	case *component.ComponentType:
		p.Str("(component")
		p.decls(t.Decls)
	case *component.InstanceType:
		p.Str("(instance")
		p.decls(t.Decls)
	case *component.ResourceType:
		p.Str("(resource (rep ")
		p.Buf = core.PrintValType(p.Buf, t.Rep, p.coreTypeID)
		p.Str(")")
		if t.HasDtor {
			p.Str(" (dtor ")
			p.ref(component.SortIdx{Sort: component.SortCoreFunc, Index: t.Dtor}, false)
			p.Str(")")
		}
	default:
		p.fail("there is no type %T", t)
	}
}

func (p *printer) labelTypes(keyword string, ls []component.LabelType) {
	for _, l := range ls {
		p.Str(" (" + keyword + " ")
		p.Quote(l.Label)
		p.optValType(l.Type)
		p.Str(")")
		p.Room()
	}
}

func (p *printer) labels(ls []string) {
	for _, l := range ls {
		p.Str(" ")
		p.Quote(l)
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
		if p.Err != nil {
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
	p.Str("(" + t.Sort.String() + " ")
	if bind {
		p.bind(t.Sort)
		p.Str(" ")
	}
	typeSort := component.SortType
	switch t.Sort {
	case component.SortType:
		if t.Bound == component.BoundSubResource {
			p.Str("(sub resource)")
			break
		}
		p.Str("(eq ")
		p.index(component.SortType, t.Index)
		p.Str(")")
	case component.SortValue:
		if t.Bound == component.BoundType {
			p.valType(t.Value)
			break
		}
		p.Str("(eq ")
		p.index(component.SortValue, t.Index)
		p.Str(")")
	case component.SortCoreModule:
		typeSort = component.SortCoreType
		fallthrough
	case component.SortFunc, component.SortComponent, component.SortInstance:
		p.Str("(type ")
		p.index(typeSort, t.Index)
		p.Str(")")
	default:
		p.fail("there is no import or export of a %s", t.Sort)
	}
	p.Str(")")
}

// coreType writes the definition of core types.
func (p *printer) coreType(d *component.CoreType) {
	if p.scope.module {
		p.Str("(")
	} else {
		p.Str("(core ")
	}
	switch {
	case d.Module != nil:
		p.Str("type ")
		p.bind(component.SortCoreType)
		p.Str(" (module")
		p.moduleDecls(d.Module.Decls)
		p.Str(")")
		p.next(component.SortCoreType)
	case d.Rec:
		p.recGroup(d)
	case len(d.Types) == 1:
		p.Str("type ")
		p.bind(component.SortCoreType)
		p.Str(" ")
		p.Buf = core.PrintSubType(p.Buf, d.Types[0], p.coreTypeID)
		p.next(component.SortCoreType)
	default:
		p.fail("%d core types stand in a definition without a recursion group", len(d.Types))
	}
	p.Str(")")
}

// recGroup writes a recursion group without the parentheses around it. Members
// can refer to later ones, by index.
func (p *printer) recGroup(d *component.CoreType) {
	p.Str("rec")
	p.level++
	for i := range d.Types {
		p.line()
		p.Str("(type ")
		x := p.scope.counts[component.SortCoreType]
		if n := p.scope.names; n != nil {
			if listed, plain := n.plainName(component.SortCoreType, x); listed && !plain {
				n.exact = false // there are no annotations in a group
			}
			if id := n.ids[component.SortCoreType].ID(x); id != "" {
				p.Str(id + " ")
			}
		}
		p.Index(x)
		p.Str(" ")
		p.Buf = core.PrintSubType(p.Buf, d.Types[i], p.coreTypeID)
		p.Str(")")
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
		if p.Err != nil {
			return
		}
		p.line()
		switch d := d.(type) {
		case *component.CoreImport:
			p.Str("(import ")
			p.Quote(d.Module)
			p.Str(" ")
			p.Quote(d.Name)
			p.Str(" ")
			p.Buf = core.PrintExternType(p.Buf, d.Type, "", nil)
			p.Str(")")
		case *component.CoreType:
			p.coreType(d)
		case *component.CoreAlias:
			p.Str("(alias outer ")
			p.Uint(uint64(d.Outer))
			p.Str(" ")
			p.Uint(uint64(d.Index))
			p.Str(" (type ")
			p.bind(component.SortCoreType)
			p.Str("))")
			p.next(component.SortCoreType)
		case *component.CoreExportDecl:
			p.Str("(export ")
			p.Quote(d.Name)
			p.Str(" ")
			p.Buf = core.PrintExternType(p.Buf, d.Type, "", nil)
			p.Str(")")
		default:
			p.fail("there is no declaration %T", d)
		}
	}
	p.leave(outer, len(ds))
}
