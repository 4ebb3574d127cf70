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
		e.Fail("nesting too deep: types nest more than %d levels deep", MaxTypeNesting)
	}
	e.typeDepth++
	return e.Err == nil
}

func (e *encoder) leave() { e.typeDepth-- }

func (e *encoder) defType(t component.DefType) {
	switch t := t.(type) {
	case *component.PrimType:
		e.valType(component.Prim(t.Prim))
	case *component.RecordType:
		e.Byte(codeRecord)
		e.labelTypes(t.Fields)
	case *component.VariantType:
		e.Byte(codeVariant)
		e.Len(len(t.Cases))
		for _, c := range t.Cases {
			e.Name(c.Label)
			e.optValType(c.Type)
			e.Byte(0)
		}
	case *component.ListType:
		e.listType(t)
	case *component.TupleType:
		e.Byte(codeTuple)
		e.Len(len(t.Types))
		for _, x := range t.Types {
			e.valType(x)
		}
	case *component.FlagsType:
		e.Byte(codeFlags)
		e.labels(t.Labels)
	case *component.EnumType:
		e.Byte(codeEnum)
		e.labels(t.Labels)
	case *component.OptionType:
		e.Byte(codeOption)
		e.valType(t.Type)
	case *component.ResultType:
		e.Byte(codeResult)
		e.optValType(t.OK)
		e.optValType(t.Err)
	case *component.MapType:
		e.Byte(codeMap)
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
		e.Byte(codeOwn)
		e.U32(t.Resource)
	case *component.BorrowType:
		e.Byte(codeBorrow)
		e.U32(t.Resource)
	case *component.StreamType:
		e.Byte(codeStream)
		e.optValType(t.Elem)
	case *component.FutureType:
		e.Byte(codeFuture)
		e.optValType(t.Elem)
	case *component.FuncType:
		if t.Async {
			e.Byte(codeAsyncFunc)
		} else {
			e.Byte(codeFunc)
		}
		e.labelTypes(t.Params)
		e.resultList(t.Result)
	case *component.ComponentType:
		e.Byte(codeComponent)
		e.decls(t.Decls, true)
	case *component.InstanceType:
		e.Byte(codeInstance)
		e.decls(t.Decls, false)
	case *component.ResourceType:
		e.Byte(codeResource)
		e.coreValType(t.Rep)
		e.Bool(t.HasDtor)
		if t.HasDtor {
			e.U32(t.Dtor)
		}
	default:
		e.Fail("there is no encoding of a type %T", t)
	}
}

func (e *encoder) listType(t *component.ListType) {
	if !t.Fixed {
		e.Byte(codeList)
		e.valType(t.Elem)
		return
	}
	e.Byte(codeFixedList)
	e.valType(t.Elem)
	e.U32(t.Len)
}

func (e *encoder) labelTypes(ls []component.LabelType) {
	e.Len(len(ls))
	for _, l := range ls {
		e.Name(l.Label)
		e.valType(l.Type)
	}
}

func (e *encoder) labels(ls []string) {
	e.Len(len(ls))
	for _, l := range ls {
		e.Name(l)
	}
}

// resultList writes the result of a function; zero is none.
func (e *encoder) resultList(t component.ValType) {
	if t == 0 {
		e.Byte(1)
		e.Byte(0)
		return
	}
	e.Byte(0)
	e.valType(t)
}

func (e *encoder) decls(ds []component.Decl, imports bool) {
	if !e.deeper() {
		return
	}
	defer e.leave()
	e.Len(len(ds))
	for _, d := range ds {
		switch d := d.(type) {
		case *component.CoreType:
			e.Byte(declCoreType)
			e.coreType(d)
		case *component.TypeDef:
			e.Byte(declType)
			e.defType(d.Type)
		case *component.Alias:
			e.Byte(declAlias)
			e.alias(d)
		case *component.Import:
			if !imports {
				e.Fail("an instance type has an import")
			}
			e.Byte(declImport)
			e.externName(d.Name)
			e.externType(d.Type)
		case *component.ExportDecl:
			e.Byte(declExport)
			e.externName(d.Name)
			e.externType(d.Type)
		default:
			e.Fail("there is no encoding of a declaration %T", d)
		}
	}
}

func (e *encoder) externType(t component.ExternType) {
	e.sort(t.Sort)
	switch t.Sort {
	case component.SortCoreModule, component.SortFunc, component.SortComponent, component.SortInstance:
		e.U32(t.Index)
		return
	case component.SortType, component.SortValue:
	default:
		e.Fail("there is no import or export of a %s", t.Sort)
		return
	}
	switch {
	case t.Bound == component.BoundEq:
		e.Byte(0)
		e.U32(t.Index)
	case t.Bound == component.BoundSubResource && t.Sort == component.SortType:
		e.Byte(1)
	case t.Bound == component.BoundType && t.Sort == component.SortValue:
		e.Byte(1)
		e.valType(t.Value)
	default:
		e.Fail("a %s has no bound, or one of another sort", t.Sort)
	}
}

func (e *encoder) coreType(t *component.CoreType) {
	if t.Module != nil {
		e.Byte(codeModule)
		e.moduleType(t.Module)
		return
	}
	if !t.Rec && len(t.Types) == 1 && t.Types[0].Open {
		e.Byte(0)
	}
	e.core(core.AppendRecType(e.Buf, t.Types, t.Rec))
}

func (e *encoder) moduleType(m *component.ModuleType) {
	if !e.deeper() {
		return
	}
	defer e.leave()
	e.Len(len(m.Decls))
	for _, d := range m.Decls {
		switch d := d.(type) {
		case *component.CoreImport:
			e.Byte(coreDeclImport)
			e.Name(d.Module)
			e.Name(d.Name)
			e.coreExternType(d.Type)
		case *component.CoreType:
			e.Byte(coreDeclType)
			e.coreType(d)
		case *component.CoreAlias:
			e.Byte(coreDeclAlias)
			e.Byte(component.SortCoreType.Code())
			e.Byte(1)
			e.U32(d.Outer)
			e.U32(d.Index)
		case *component.CoreExportDecl:
			e.Byte(coreDeclExport)
			e.Name(d.Name)
			e.coreExternType(d.Type)
		default:
			e.Fail("there is no encoding of a declaration %T", d)
		}
	}
}
