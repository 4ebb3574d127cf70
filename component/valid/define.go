// This file is type definitions (explainer, section "Type Definitions").

package valid

import (
	"strconv"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
)

func utoa(n uint64) string { return strconv.FormatUint(n, 10) }

// valType is a value type where it is used; 0 for no type.
func (v *validator) valType(t component.ValType) (TypeID, error) {
	if p, ok := t.Prim(); ok {
		return v.primType(p)
	}
	x, ok := t.Index()
	if !ok {
		return 0, nil
	}
	id, err := v.scope.typeAt(x)
	if err != nil {
		return 0, err
	}
	if k := v.types.types[id].Kind; !k.IsValue() {
		return 0, errf(CodeSort, "type index %d is not a defined type: found %s", x, describeSort(k))
	}
	return id, nil
}

// needType is a value type that may not be absent.
func (v *validator) needType(t component.ValType) (TypeID, error) {
	if t == 0 {
		return 0, errf(CodeType, "a value type is missing")
	}
	return v.valType(t)
}

func (v *validator) primType(p valtype.Prim) (TypeID, error) {
	if !p.Valid() {
		return 0, errf(CodeType, "unknown primitive type %#x", uint8(p))
	}
	if p == valtype.ErrorContext {
		if err := v.needs(component.FeatureErrorContext, "the type `error-context`"); err != nil {
			return 0, err
		}
	}
	return v.types.prim(p), nil
}

// typeDef checks a type definition and appends it to the type index space.
func (v *validator) typeDef(d *component.TypeDef) error {
	if err := v.scope.room(component.SortType); err != nil {
		return err
	}
	id, err := v.defType(d.Type)
	if err != nil {
		return err
	}
	v.scope.Types = append(v.scope.Types, id)
	return nil
}

// defType is the type that a definition defines.
func (v *validator) defType(d component.DefType) (TypeID, error) {
	switch d := d.(type) {
	case *component.FuncType:
		return v.funcType(d)
	case *component.ComponentType:
		return v.declType(KindComponent, d.Decls)
	case *component.InstanceType:
		return v.declType(KindInstance, d.Decls)
	case *component.ResourceType:
		return v.resourceType(d)
	case *component.PrimType:
		return v.primType(d.Prim)
	}
	t, err := v.compound(d)
	if err != nil {
		return 0, err
	}
	id, err := v.types.add(t)
	if err != nil {
		return 0, err
	}
	if size := v.types.layout(id, true).size; size >= MaxElemSize {
		return 0, errf(CodeType, "%s type exceeds maximum byte size: a value takes %d bytes in a 64-bit memory, expected less than %d", t.Kind, size, MaxElemSize)
	}
	return id, nil
}

// compound is a value type made of others.
func (v *validator) compound(d component.DefType) (Type, error) {
	switch d := d.(type) {
	case *component.RecordType:
		if len(d.Fields) == 0 {
			return Type{}, errf(CodeType, "record type must have at least one field")
		}
		return v.labelled(KindRecord, d.Fields, "record field", "field")
	case *component.VariantType:
		if len(d.Cases) == 0 {
			return Type{}, errf(CodeType, "variant type must have at least one case")
		}
		return v.labelled(KindVariant, d.Cases, "variant case", "case")
	case *component.FlagsType:
		switch n := len(d.Labels); {
		case n == 0:
			return Type{}, errf(CodeType, "flags must have at least one entry")
		case n > MaxFlags:
			return Type{}, errf(CodeType, "cannot have more than %d flags, found %d", MaxFlags, n)
		}
		return Type{Kind: KindFlags, Labels: d.Labels}, checkLabels(d.Labels, "flag", "flag")
	case *component.EnumType:
		if len(d.Labels) == 0 {
			return Type{}, errf(CodeType, "enum type must have at least one variant")
		}
		return Type{Kind: KindEnum, Labels: d.Labels}, checkLabels(d.Labels, "enum tag", "tag")
	case *component.TupleType:
		if len(d.Types) == 0 {
			return Type{}, errf(CodeType, "tuple type must have at least one type")
		}
		return v.elems(KindTuple, true, d.Types...)
	case *component.OptionType:
		return v.elems(KindOption, true, d.Type)
	case *component.ResultType:
		return v.elems(KindResult, false, d.OK, d.Err)
	case *component.ListType:
		return v.listType(d)
	case *component.MapType:
		return v.mapType(d)
	case *component.OwnType:
		return v.handle(KindOwn, d.Resource)
	case *component.BorrowType:
		return v.handle(KindBorrow, d.Resource)
	case *component.StreamType:
		return v.channel(KindStream, d.Elem)
	case *component.FutureType:
		return v.channel(KindFuture, d.Elem)
	}
	return Type{}, errf(CodeType, "unknown type definition %T", d)
}

// elems is a type with types in it; need says that none may be absent.
func (v *validator) elems(k Kind, need bool, ts ...component.ValType) (Type, error) {
	t := Type{Kind: k, Elems: make([]TypeID, len(ts))}
	for i, e := range ts {
		var err error
		if need {
			t.Elems[i], err = v.needType(e)
		} else {
			t.Elems[i], err = v.valType(e)
		}
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// labelled is a record or variant.
func (v *validator) labelled(k Kind, parts []component.LabelType, what, kind string) (Type, error) {
	labels, ts := splitLabels(parts)
	if err := checkLabels(labels, what, kind); err != nil {
		return Type{}, err
	}
	t, err := v.elems(k, k == KindRecord, ts...)
	t.Labels = labels
	return t, err
}

func splitLabels(parts []component.LabelType) ([]string, []component.ValType) {
	labels, ts := make([]string, len(parts)), make([]component.ValType, len(parts))
	for i, p := range parts {
		labels[i], ts[i] = p.Label, p.Type
	}
	return labels, ts
}

func (v *validator) listType(d *component.ListType) (Type, error) {
	t, err := v.elems(KindList, true, d.Elem)
	if err != nil || !d.Fixed {
		return t, err
	}
	t.Fixed, t.Len = true, d.Len
	if err := v.needs(component.FeatureFixedLists, "a list of fixed length"); err != nil {
		return t, err
	}
	if d.Len == 0 {
		return t, errf(CodeType, "a list of fixed length must have at least one element")
	}
	return t, nil
}

func (v *validator) mapType(d *component.MapType) (Type, error) {
	if err := v.needs(component.FeatureMap, "the type `map`"); err != nil {
		return Type{}, err
	}
	t, err := v.elems(KindMap, true, d.Key, d.Value)
	if err != nil {
		return t, err
	}
	key := v.types.types[t.Elems[0]]
	if key.Kind != KindPrim || key.Prim == valtype.F32 || key.Prim == valtype.F64 || key.Prim == valtype.ErrorContext {
		return t, errf(CodeType, "invalid map key type: expected bool, an integer, char or string, found %s", v.types.describe(t.Elems[0]))
	}
	return t, nil
}

// handle is an own or borrow.
func (v *validator) handle(k Kind, x uint32) (Type, error) {
	r, err := v.kindAt(x, KindResource)
	return Type{Kind: k, Elems: []TypeID{r}}, err
}

// channel is a stream or future.
func (v *validator) channel(k Kind, elem component.ValType) (Type, error) {
	if err := v.needs(component.FeatureAsync, "the type `"+k.String()+"`"); err != nil {
		return Type{}, err
	}
	t, err := v.elems(k, false, elem)
	if err != nil {
		return t, err
	}
	e := &v.types.types[t.Elems[0]]
	if e.props&hasBorrow != 0 {
		return t, errf(CodeType, "a %s element cannot contain a `borrow` type", k)
	}
	if k == KindStream && e.Kind == KindPrim && e.Prim == valtype.Char {
		return t, errf(CodeType, "`stream<char>` is not valid at this time")
	}
	return t, nil
}

// funcType is a function type.
func (v *validator) funcType(d *component.FuncType) (TypeID, error) {
	if d.Async {
		if err := v.needs(component.FeatureAsync, "an async function type"); err != nil {
			return 0, err
		}
	}
	labels, ts := splitLabels(d.Params)
	if err := checkLabels(labels, "function parameter", "parameter"); err != nil {
		return 0, err
	}
	t, err := v.elems(KindFunc, true, ts...)
	if err != nil {
		return 0, err
	}
	t.Labels, t.Async = labels, d.Async
	if t.Result, err = v.valType(d.Result); err != nil {
		return 0, err
	}
	if v.types.types[t.Result].props&hasBorrow != 0 {
		return 0, errf(CodeType, "function result cannot contain a `borrow` type")
	}
	return v.types.add(t)
}

// resourceType is a resource type that the component defines.
func (v *validator) resourceType(d *component.ResourceType) (TypeID, error) {
	if v.scope.isType {
		return 0, errf(CodeResource, "resources can only be defined within a concrete component")
	}
	switch d.Rep {
	case wasm.I32:
	case wasm.I64:
		if err := v.needs(component.FeatureMemory64, "a resource represented by i64"); err != nil {
			return 0, err
		}
	default:
		return 0, errf(CodeResource, "resources can only be represented by i32 or i64, found %s", d.Rep)
	}
	if d.HasDtor {
		f, err := v.coreFunc(d.Dtor)
		if err != nil {
			return 0, err
		}
		if !f.Equal(wasm.FuncType{Params: []wasm.ValType{d.Rep}}) {
			return 0, errf(CodeResource, "core function %d has wrong signature for a destructor: expected (func (param %s)), found %s", d.Dtor, d.Rep, funcTypeString(f))
		}
	}
	return v.resource(false, d), nil
}
