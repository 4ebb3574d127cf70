// This file builds component types and instance types.

package encode

import (
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wit"
)

// A builder builds one component type or instance type.
type builder struct {
	up    *builder
	decls []component.Decl
	// types and instances count the index spaces.
	types, instances uint32
	// iface is the interface of an instance type, world that of a component
	// type.
	iface *wit.Interface
	world *wit.World
	// named are the types that have names here, anon those without by what
	// they are made of, foreign those of other interfaces.
	named   map[*wit.TypeDef]uint32
	anon    map[string]uint32
	foreign map[foreignKey]uint32
	// imported and exported are the instances of interfaces. Exports prefer
	// the latter, which is when exporting is set.
	imported, exported map[*wit.Interface]uint32
	exporting          bool
	// size counts declarations, with those of instance types.
	size int
	err  error
}

// A foreignKey is a type of an instance.
type foreignKey struct {
	instance uint32
	typ      *wit.TypeDef
}

func newBuilder(up *builder) *builder {
	return &builder{
		up: up, named: map[*wit.TypeDef]uint32{}, anon: map[string]uint32{}, foreign: map[foreignKey]uint32{},
		imported: map[*wit.Interface]uint32{}, exported: map[*wit.Interface]uint32{},
	}
}

// fail keeps the first error.
func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = diag.Errorf(CodeEncode, diag.Pos{}, format, args...)
	}
}

// define adds a type and gives its index.
func (b *builder) define(t component.DefType) uint32 {
	b.decls = append(b.decls, &component.TypeDef{Type: t})
	b.types++
	return b.types - 1
}

// export adds an export declaration.
func (b *builder) export(n component.ExternName, t component.ExternType) {
	b.decls = append(b.decls, &component.ExportDecl{Name: n, Type: t})
}

func (b *builder) importInstance(n component.ExternName, instanceType uint32) {
	b.decls = append(b.decls, &component.Import{Name: n, Type: component.ExternType{Sort: component.SortInstance, Index: instanceType}})
	b.instances++
}

func (b *builder) importFunc(f *wit.Func) {
	at := b.funcType(f)
	b.decls = append(b.decls, &component.Import{Name: funcName(f), Type: component.ExternType{Sort: component.SortFunc, Index: at}})
}

// instanceType defines the instance type of an interface; of only some of its
// types and no function where only is not nil.
func (b *builder) instanceType(i *wit.Interface, only map[*wit.TypeDef]bool) uint32 {
	in := newBuilder(b)
	in.iface = i
	b.size += len(i.Types) // all are looked at
	for _, t := range i.Types {
		if only == nil || only[t] {
			in.declareType(t, in.export)
		}
	}
	if only == nil {
		for f := range i.AllFuncs() {
			at := in.funcType(f)
			in.export(funcName(f), component.ExternType{Sort: component.SortFunc, Index: at})
		}
	}
	if b.size += len(in.decls); b.size > maxDecls && in.err == nil {
		in.err = errLimit()
	}
	if b.err == nil {
		b.err = in.err
	}
	return b.define(&component.InstanceType{Decls: in.decls})
}

// declareType declares a type under its name.
func (b *builder) declareType(t *wit.TypeDef, declare func(component.ExternName, component.ExternType)) {
	et := component.ExternType{Sort: component.SortType, Bound: component.BoundEq}
	switch k := t.Kind.(type) {
	case *wit.Resource:
		et.Bound = component.BoundSubResource
	case *wit.Alias:
		if p, ok := k.Of.Kind.(*wit.Prim); ok && k.Of.Name == "" {
			et.Index = b.define(&component.PrimType{Prim: p.Prim})
		} else {
			et.Index = b.index(k.Of)
		}
	default:
		et.Index = b.define(b.defType(t.Kind))
	}
	declare(withID(component.ExternName{Name: t.Name}, t.ExternalID), et)
	b.named[t] = b.types
	b.types++
}

// index is the type index of a type with a name.
func (b *builder) index(t *wit.TypeDef) uint32 {
	if x, ok := b.named[t]; ok {
		return x
	}
	if t.Interface == nil || t.Interface == b.iface {
		b.fail("the type %q is used before it is defined, or is not in its interface or world", t.Name)
		return 0
	}
	if b.up == nil {
		return b.aliasExport(t)
	}
	outer := b.up.aliasExport(t)
	key := foreignKey{outer, t}
	x, ok := b.foreign[key]
	if !ok {
		b.decls = append(b.decls, &component.Alias{Kind: component.AliasOuter, Sort: component.SortType, Outer: 1, Index: outer})
		x = b.types
		b.types++
		b.foreign[key] = x
	}
	return x
}

// aliasExport is the index of a type of an instance of this component type.
func (b *builder) aliasExport(t *wit.TypeDef) uint32 {
	inst, ok := b.exported[t.Interface]
	if !ok || !b.exporting {
		if inst, ok = b.imported[t.Interface]; !ok {
			b.fail("the type %q of interface %s is used, but the interface is neither imported nor exported before", t.Name, t.Interface.ExternName())
			return 0
		}
	}
	key := foreignKey{inst, t}
	x, ok := b.foreign[key]
	if !ok {
		b.decls = append(b.decls, &component.Alias{Kind: component.AliasExport, Sort: component.SortType, Instance: inst, Name: t.Name})
		x = b.types
		b.types++
		b.foreign[key] = x
	}
	return x
}

// funcType defines the type of a function.
func (b *builder) funcType(f *wit.Func) uint32 {
	t := &component.FuncType{Async: f.Async, Result: b.value(f.Result)}
	for _, p := range f.Params {
		t.Params = append(t.Params, component.LabelType{Label: p.Name, Type: b.value(p.Type)})
	}
	return b.define(t)
}

// value is a type where it is used.
func (b *builder) value(t *wit.TypeDef) component.ValType {
	if t == nil {
		return 0
	}
	if t.Name != "" {
		return component.Index(b.index(t))
	}
	if p, ok := t.Kind.(*wit.Prim); ok {
		return component.Prim(p.Prim)
	}
	def := b.defType(t.Kind)
	key := fmt.Sprintf("%T%v", def, def)
	x, ok := b.anon[key]
	if !ok {
		x = b.define(def)
		b.anon[key] = x
	}
	return component.Index(x)
}

func (b *builder) labelTypes(fields []wit.Field) []component.LabelType {
	list := make([]component.LabelType, len(fields))
	for i, f := range fields {
		list[i] = component.LabelType{Label: f.Name, Type: b.value(f.Type)}
	}
	return list
}

func labels(fields []wit.Field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.Name
	}
	return list
}

// defType is what a type is defined as, with what it needs defined before.
func (b *builder) defType(k wit.Kind) component.DefType {
	switch k := k.(type) {
	case *wit.Record:
		return &component.RecordType{Fields: b.labelTypes(k.Fields)}
	case *wit.Variant:
		return &component.VariantType{Cases: b.labelTypes(k.Cases)}
	case *wit.Enum:
		return &component.EnumType{Labels: labels(k.Cases)}
	case *wit.Flags:
		return &component.FlagsType{Labels: labels(k.Flags)}
	case *wit.Tuple:
		types := make([]component.ValType, len(k.Types))
		for i, t := range k.Types {
			types[i] = b.value(t)
		}
		return &component.TupleType{Types: types}
	case *wit.List:
		return &component.ListType{Elem: b.value(k.Elem), Fixed: k.Fixed, Len: k.Len}
	case *wit.Option:
		return &component.OptionType{Type: b.value(k.Type)}
	case *wit.Result:
		return &component.ResultType{OK: b.value(k.OK), Err: b.value(k.Err)}
	case *wit.Map:
		return &component.MapType{Key: b.value(k.Key), Value: b.value(k.Value)}
	case *wit.Stream:
		return &component.StreamType{Elem: b.value(k.Elem)}
	case *wit.Future:
		return &component.FutureType{Elem: b.value(k.Elem)}
	case *wit.Own:
		return &component.OwnType{Resource: b.index(k.Resource)}
	case *wit.Borrow:
		return &component.BorrowType{Resource: b.index(k.Resource)}
	}
	b.fail("a type of kind %T has no binary form", k)
	return &component.TupleType{}
}
