// This file writes types and their declarations (Binary Format, section "Type
// Definitions").

package binary

import (
	"github.com/dray-wasm/dray/component"
	core "github.com/dray-wasm/dray/wasm/binary"
)

// deeper counts a level of types that nest, and fails when there are too many.
// leave undoes it.
func (e *encoder) deeper() bool {
	if e.typeDepth == MaxTypeNesting {
		e.fail("nesting too deep: types nest more than %d levels deep", MaxTypeNesting)
	}
	e.typeDepth++
	return e.err == nil
}

func (e *encoder) leave() { e.typeDepth-- }

func (e *encoder) defType(t component.DefType) {
	switch t := t.(type) {
	case *component.PrimType:
		e.valType(component.Prim(t.Prim))
	case *component.RecordType:
		e.byte(codeRecord)
		e.labelTypes(t.Fields)
	case *component.VariantType:
		e.byte(codeVariant)
		e.len(len(t.Cases))
		for _, c := range t.Cases {
			e.name(c.Label)
			e.optValType(c.Type)
			e.byte(0)
		}
	case *component.ListType:
		e.listType(t)
	case *component.TupleType:
		e.byte(codeTuple)
		e.len(len(t.Types))
		for _, x := range t.Types {
			e.valType(x)
		}
	case *component.FlagsType:
		e.byte(codeFlags)
		e.labels(t.Labels)
	case *component.EnumType:
		e.byte(codeEnum)
		e.labels(t.Labels)
	case *component.OptionType:
		e.byte(codeOption)
		e.valType(t.Type)
	case *component.ResultType:
		e.byte(codeResult)
		e.optValType(t.OK)
		e.optValType(t.Err)
	case *component.MapType:
		e.byte(codeMap)
		e.valType(t.Key)
		e.valType(t.Value)
	default:
		e.otherType(t)
	}
}

// otherType writes handles, streams, futures, and what is no value type.
func (e *encoder) otherType(t component.DefType) {
	switch t := t.(type) {
	case *component.OwnType:
		e.byte(codeOwn)
		e.u32(t.Resource)
	case *component.BorrowType:
		e.byte(codeBorrow)
		e.u32(t.Resource)
	case *component.StreamType:
		e.byte(codeStream)
		e.optValType(t.Elem)
	case *component.FutureType:
		e.byte(codeFuture)
		e.optValType(t.Elem)
	case *component.FuncType:
		if t.Async {
			e.byte(codeAsyncFunc)
		} else {
			e.byte(codeFunc)
		}
		e.labelTypes(t.Params)
		e.resultList(t.Result)
	case *component.ComponentType:
		e.byte(codeComponent)
		e.decls(t.Decls, true)
	case *component.InstanceType:
		e.byte(codeInstance)
		e.decls(t.Decls, false)
	case *component.ResourceType:
		e.byte(codeResource)
		e.coreValType(t.Rep)
		e.bool(t.HasDtor)
		if t.HasDtor {
			e.u32(t.Dtor)
		}
	default:
		e.fail("there is no encoding of a type %T", t)
	}
}

func (e *encoder) listType(t *component.ListType) {
	if !t.Fixed {
		e.byte(codeList)
		e.valType(t.Elem)
		return
	}
	e.byte(codeFixedList)
	e.valType(t.Elem)
	e.u32(t.Len)
}

func (e *encoder) labelTypes(ls []component.LabelType) {
	e.len(len(ls))
	for _, l := range ls {
		e.name(l.Label)
		e.valType(l.Type)
	}
}

func (e *encoder) labels(ls []string) {
	e.len(len(ls))
	for _, l := range ls {
		e.name(l)
	}
}

// resultList writes the result of a function; zero is none.
func (e *encoder) resultList(t component.ValType) {
	if t == 0 {
		e.byte(1)
		e.byte(0)
		return
	}
	e.byte(0)
	e.valType(t)
}

func (e *encoder) decls(ds []component.Decl, imports bool) {
	if !e.deeper() {
		return
	}
	defer e.leave()
	e.len(len(ds))
	for _, d := range ds {
		switch d := d.(type) {
		case *component.CoreType:
			e.byte(declCoreType)
			e.coreType(d)
		case *component.TypeDef:
			e.byte(declType)
			e.defType(d.Type)
		case *component.Alias:
			e.byte(declAlias)
			e.alias(d)
		case *component.Import:
			if !imports {
				e.fail("an instance type has an import")
			}
			e.byte(declImport)
			e.externName(d.Name)
			e.externType(d.Type)
		case *component.ExportDecl:
			e.byte(declExport)
			e.externName(d.Name)
			e.externType(d.Type)
		default:
			e.fail("there is no encoding of a declaration %T", d)
		}
	}
}

func (e *encoder) externType(t component.ExternType) {
	e.sort(t.Sort)
	switch t.Sort {
	case component.SortCoreModule, component.SortFunc, component.SortComponent, component.SortInstance:
		e.u32(t.Index)
		return
	case component.SortType, component.SortValue:
	default:
		e.fail("there is no import or export of a %s", t.Sort)
		return
	}
	switch {
	case t.Bound == component.BoundEq:
		e.byte(0)
		e.u32(t.Index)
	case t.Bound == component.BoundSubResource && t.Sort == component.SortType:
		e.byte(1)
	case t.Bound == component.BoundType && t.Sort == component.SortValue:
		e.byte(1)
		e.valType(t.Value)
	default:
		e.fail("a %s has no bound, or one of another sort", t.Sort)
	}
}

func (e *encoder) coreType(t *component.CoreType) {
	if t.Module != nil {
		e.byte(codeModule)
		e.moduleType(t.Module)
		return
	}
	if !t.Rec && len(t.Types) == 1 && t.Types[0].Open {
		e.byte(0)
	}
	e.core(core.AppendRecType(e.out, t.Types, t.Rec))
}

func (e *encoder) moduleType(m *component.ModuleType) {
	if !e.deeper() {
		return
	}
	defer e.leave()
	e.len(len(m.Decls))
	for _, d := range m.Decls {
		switch d := d.(type) {
		case *component.CoreImport:
			e.byte(coreDeclImport)
			e.name(d.Module)
			e.name(d.Name)
			e.coreExternType(d.Type)
		case *component.CoreType:
			e.byte(coreDeclType)
			e.coreType(d)
		case *component.CoreAlias:
			e.byte(coreDeclAlias)
			e.byte(component.SortCoreType.Code())
			e.byte(1)
			e.u32(d.Outer)
			e.u32(d.Index)
		case *component.CoreExportDecl:
			e.byte(coreDeclExport)
			e.name(d.Name)
			e.coreExternType(d.Type)
		default:
			e.fail("there is no encoding of a declaration %T", d)
		}
	}
}
