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
		d.failAt(d.pos, CodeLimit, "nesting too deep: types nest more than %d levels deep", MaxTypeNesting)
	}
	d.typeDepth++
	return d.err == nil
}

func (d *decoder) leave() { d.typeDepth-- }

func (d *decoder) typeDef() *component.TypeDef {
	t := &component.TypeDef{Pos: d.offset()}
	t.Type = d.defType()
	return t
}

func (d *decoder) defType() component.DefType {
	c := d.byte("a type")
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
		return &component.ListType{Elem: elem, Fixed: true, Len: d.u32("length of a list")}
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
		return &component.OwnType{Resource: d.u32("type index")}
	case codeBorrow:
		return &component.BorrowType{Resource: d.u32("type index")}
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
	n := d.count(what, limit)
	out := makeRoom[component.LabelType](d.room(n, 2))
	for i := 0; i < n && d.err == nil; i++ {
		label := d.name("label")
		out = append(out, component.LabelType{Label: label, Type: d.valType()})
	}
	return out
}

func (d *decoder) cases() []component.LabelType {
	n := d.count("number of cases", MaxFields)
	out := makeRoom[component.LabelType](d.room(n, 3))
	for i := 0; i < n && d.err == nil; i++ {
		label := d.name("label")
		out = append(out, component.LabelType{Label: label, Type: d.optValType("case type")})
		if c := d.byte("a zero byte after a case"); c != 0 {
			d.failByte(c, "zero byte required", "0x0 after a case")
		}
	}
	return out
}

func (d *decoder) tuple() []component.ValType {
	n := d.count("number of tuple fields", MaxFields)
	out := makeRoom[component.ValType](n)
	for i := 0; i < n && d.err == nil; i++ {
		out = append(out, d.valType())
	}
	return out
}

func (d *decoder) labels(what string) []string {
	n := d.count(what, MaxFields)
	out := makeRoom[string](n)
	for i := 0; i < n && d.err == nil; i++ {
		out = append(out, d.name("label"))
	}
	return out
}

// resultList reads the result of a function; zero for none.
func (d *decoder) resultList() component.ValType {
	switch c := d.byte("function results"); c {
	case 0:
		return d.valType()
	case 1:
		if c := d.byte("number of results"); c != 0 {
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
		t.Dtor = d.u32("function index of a destructor")
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
	n := d.count("number of declarations", MaxDefs)
	out := makeRoom[component.Decl](d.room(n, 2))
	for i := 0; i < n && d.err == nil; i++ {
		at := d.offset()
		c := d.byte("a declaration")
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
		t.Index = d.u32("type index")
	case component.SortType:
		switch c := d.byte("a type bound"); c {
		case 0:
			t.Bound, t.Index = component.BoundEq, d.u32("type index")
		case 1:
			t.Bound = component.BoundSubResource
		default:
			d.failByte(c, "type bound", "0x0 for eq or 0x1 for sub resource")
		}
	case component.SortValue:
		switch c := d.byte("a value bound"); c {
		case 0:
			t.Bound, t.Index = component.BoundEq, d.u32("value index")
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
	t := &component.CoreType{Pos: d.offset()}
	c, _ := d.peek()
	if c == codeModule {
		d.pos++
		t.Module = d.moduleType()
		return t
	}
	if c == 0 {
		d.byte("a core type")
		if c := d.byte("an open sub type"); c != codeModule {
			d.failByte(c, "core type", "0x50 for a sub type after 0x0")
		}
		if d.err == nil {
			d.pos--
		}
	}
	if d.err != nil {
		return t
	}
	types, rec, n, err := core.DecodeRecType(d.b[d.pos:], d.offset())
	t.Types, t.Rec = types, rec
	d.pos += n
	d.coreFail(err)
	return t
}

func (d *decoder) moduleType() *component.ModuleType {
	m := new(component.ModuleType)
	if !d.deeper() {
		return m
	}
	defer d.leave()
	n := d.count("number of declarations", MaxDefs)
	m.Decls = makeRoom[component.ModuleDecl](d.room(n, 2))
	for i := 0; i < n && d.err == nil; i++ {
		m.Decls = append(m.Decls, d.moduleDecl())
	}
	return m
}

func (d *decoder) moduleDecl() component.ModuleDecl {
	c := d.byte("a declaration")
	at := d.offset()
	switch c {
	case coreDeclImport:
		x := &component.CoreImport{Pos: at}
		x.Module = d.name("module name of an import")
		x.Name = d.name("name of an import")
		x.Type = d.coreExternType()
		return x
	case coreDeclType:
		return d.coreType()
	case coreDeclAlias:
		return d.coreAlias()
	case coreDeclExport:
		x := &component.CoreExportDecl{Pos: at}
		x.Name = d.name("name of an export")
		x.Type = d.coreExternType()
		return x
	}
	d.failByte(c, "type definition", "the code of a declaration of a module type")
	return nil
}

func (d *decoder) coreAlias() *component.CoreAlias {
	x := &component.CoreAlias{Pos: d.offset()}
	if c := d.byte("a core sort"); c != component.SortCoreType.Code() {
		d.failByte(c, "outer alias kind", "0x10 for a type")
	}
	if c := d.byte("target of an alias"); c != 1 {
		d.failByte(c, "outer alias target", "0x1 for outer")
	}
	x.Outer = d.u32("count of an outer alias")
	x.Index = d.u32("index of an outer alias")
	return x
}
