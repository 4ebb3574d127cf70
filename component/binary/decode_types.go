// This file reads types and their declarations (Binary Format, section "Type
// Definitions").

package binary

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	core "github.com/dray-wasm/dray/wasm/binary"
)

// deeper counts a level of types that nest, and fails when there are too many.
// leave undoes it.
func (d *decoder) deeper() bool {
	if d.typeDepth == MaxTypeNesting {
		d.FailAt(d.Pos, CodeLimit, "nesting too deep: types nest more than %d levels deep", MaxTypeNesting)
	}
	d.typeDepth++
	return d.Err == nil
}

func (d *decoder) leave() { d.typeDepth-- }

func (d *decoder) typeDef() *component.TypeDef {
	t := &component.TypeDef{Pos: d.Offset()}
	t.Type = d.defType()
	return t
}

func (d *decoder) defType() component.DefType {
	c := d.Byte("a type")
	if p := valtype.Prim(c); p.Valid() {
		return &component.PrimType{Prim: p}
	}
	switch c {
	case codeRecord:
		return &component.RecordType{Fields: d.labelTypes("number of fields", MaxFields)}
	case codeVariant:
		return &component.VariantType{Cases: d.cases()}
	case codeList:
		return &component.ListType{Elem: d.valType()}
	case codeFixedList:
		elem := d.valType()
		return &component.ListType{Elem: elem, Fixed: true, Len: d.U32("length of a list")}
	case codeTuple:
		return &component.TupleType{Types: d.tuple()}
	case codeFlags:
		return &component.FlagsType{Labels: d.labels("number of flags")}
	case codeEnum:
		return &component.EnumType{Labels: d.labels("number of enum cases")}
	case codeOption:
		return &component.OptionType{Type: d.valType()}
	case codeResult:
		ok := d.optValType("ok type")
		return &component.ResultType{OK: ok, Err: d.optValType("error type")}
	case codeMap:
		key := d.valType()
		return &component.MapType{Key: key, Value: d.valType()}
	case codeOwn:
		return &component.OwnType{Resource: d.U32("type index")}
	case codeBorrow:
		return &component.BorrowType{Resource: d.U32("type index")}
	case codeStream:
		return &component.StreamType{Elem: d.optValType("element type")}
	case codeFuture:
		return &component.FutureType{Elem: d.optValType("element type")}
	case codeFunc, codeAsyncFunc:
		params := d.labelTypes("number of parameters", MaxParams)
		return &component.FuncType{Async: c == codeAsyncFunc, Params: params, Result: d.resultList()}
	case codeComponent:
		return &component.ComponentType{Decls: d.decls(true)}
	case codeInstance:
		return &component.InstanceType{Decls: d.decls(false)}
	case codeResource:
		return d.resourceType()
	}
	d.failByte(c, "component defined type", "the code of a type")
	return nil
}

func (d *decoder) labelTypes(what string, limit int) []component.LabelType {
	n := d.Count(what, limit)
	out := makeRoom[component.LabelType](d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		label := d.Name("label")
		out = append(out, component.LabelType{Label: label, Type: d.valType()})
	}
	return out
}

func (d *decoder) cases() []component.LabelType {
	n := d.Count("number of cases", MaxFields)
	out := makeRoom[component.LabelType](d.Room(n, 3))
	for i := 0; i < n && d.Err == nil; i++ {
		label := d.Name("label")
		out = append(out, component.LabelType{Label: label, Type: d.optValType("case type")})
		if c := d.Byte("a zero byte after a case"); c != 0 {
			d.failByte(c, "zero byte required", "0x0 after a case")
		}
	}
	return out
}

func (d *decoder) tuple() []component.ValType {
	n := d.Count("number of tuple fields", MaxFields)
	out := makeRoom[component.ValType](n)
	for i := 0; i < n && d.Err == nil; i++ {
		out = append(out, d.valType())
	}
	return out
}

func (d *decoder) labels(what string) []string {
	n := d.Count(what, MaxFields)
	out := makeRoom[string](n)
	for i := 0; i < n && d.Err == nil; i++ {
		out = append(out, d.Name("label"))
	}
	return out
}

// resultList reads the result of a function; zero for none.
func (d *decoder) resultList() component.ValType {
	switch c := d.Byte("function results"); c {
	case 0:
		return d.valType()
	case 1:
		if c := d.Byte("number of results"); c != 0 {
			d.failByte(c, "number of results", "0x0")
		}
	default:
		d.failByte(c, "component function results", "0x0 for one result or 0x1 for none")
	}
	return 0
}

func (d *decoder) resourceType() *component.ResourceType {
	t := &component.ResourceType{Rep: d.coreValType()}
	if t.HasDtor = d.present("resource destructor"); t.HasDtor {
		t.Dtor = d.U32("function index of a destructor")
	}
	return t
}

// decls reads the declarations of a component type, or of an instance type,
// which cannot have imports.
func (d *decoder) decls(imports bool) []component.Decl {
	if !d.deeper() {
		return nil
	}
	defer d.leave()
	n := d.Count("number of declarations", MaxDefs)
	out := makeRoom[component.Decl](d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		at := d.Offset()
		c := d.Byte("a declaration")
		switch {
		case c == declCoreType:
			out = append(out, d.coreType())
		case c == declType:
			out = append(out, d.typeDef())
		case c == declAlias:
			out = append(out, d.alias())
		case c == declImport && imports:
			out = append(out, d.importDecl())
		case c == declExport:
			x := &component.ExportDecl{Pos: at + 1, Name: d.externName()}
			x.Type = d.externType()
			out = append(out, x)
		default:
			d.failByte(c, "component or instance type declaration", "the code of a declaration")
		}
	}
	return out
}

// externType reads the type of an import or export.
func (d *decoder) externType() (t component.ExternType) {
	t.Sort = d.sort("component external kind")
	switch t.Sort {
	case component.SortCoreModule, component.SortFunc, component.SortComponent, component.SortInstance:
		t.Index = d.U32("type index")
	case component.SortType:
		switch c := d.Byte("a type bound"); c {
		case 0:
			t.Bound, t.Index = component.BoundEq, d.U32("type index")
		case 1:
			t.Bound = component.BoundSubResource
		default:
			d.failByte(c, "type bound", "0x0 for eq or 0x1 for sub resource")
		}
	case component.SortValue:
		switch c := d.Byte("a value bound"); c {
		case 0:
			t.Bound, t.Index = component.BoundEq, d.U32("value index")
		case 1:
			t.Bound, t.Value = component.BoundType, d.valType()
		default:
			d.failByte(c, "value bound", "0x0 for eq or 0x1 for a type")
		}
	default:
		d.failByte(t.Sort.Code(), "component external kind", "0x11 for a core module")
	}
	return t
}

// coreType reads a core type. A sub type that is open is preceded by a zero
// byte here, because its code is also that of a module type.
func (d *decoder) coreType() *component.CoreType {
	t := &component.CoreType{Pos: d.Offset()}
	c, _ := d.Peek()
	if c == codeModule {
		d.Pos++
		t.Module = d.moduleType()
		return t
	}
	if c == 0 {
		d.Byte("a core type")
		if c := d.Byte("an open sub type"); c != codeModule {
			d.failByte(c, "core type", "0x50 for a sub type after 0x0")
		}
		if d.Err == nil {
			d.Pos--
		}
	}
	if d.Err != nil {
		return t
	}
	types, rec, n, err := core.DecodeRecType(d.Data[d.Pos:], d.Offset())
	t.Types, t.Rec = types, rec
	d.Pos += n
	d.coreFail(err)
	return t
}

func (d *decoder) moduleType() *component.ModuleType {
	m := new(component.ModuleType)
	if !d.deeper() {
		return m
	}
	defer d.leave()
	n := d.Count("number of declarations", MaxDefs)
	m.Decls = makeRoom[component.ModuleDecl](d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		m.Decls = append(m.Decls, d.moduleDecl())
	}
	return m
}

func (d *decoder) moduleDecl() component.ModuleDecl {
	c := d.Byte("a declaration")
	at := d.Offset()
	switch c {
	case coreDeclImport:
		x := &component.CoreImport{Pos: at}
		x.Module = d.Name("module name of an import")
		x.Name = d.Name("name of an import")
		x.Type = d.coreExternType()
		return x
	case coreDeclType:
		return d.coreType()
	case coreDeclAlias:
		return d.coreAlias()
	case coreDeclExport:
		x := &component.CoreExportDecl{Pos: at}
		x.Name = d.Name("name of an export")
		x.Type = d.coreExternType()
		return x
	}
	d.failByte(c, "type definition", "the code of a declaration of a module type")
	return nil
}

func (d *decoder) coreAlias() *component.CoreAlias {
	x := &component.CoreAlias{Pos: d.Offset()}
	if c := d.Byte("a core sort"); c != component.SortCoreType.Code() {
		d.failByte(c, "outer alias kind", "0x10 for a type")
	}
	if c := d.Byte("target of an alias"); c != 1 {
		d.failByte(c, "outer alias target", "0x1 for outer")
	}
	x.Outer = d.U32("count of an outer alias")
	x.Index = d.U32("index of an outer alias")
	return x
}
