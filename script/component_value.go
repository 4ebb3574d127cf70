// This file makes values of scripts into values of components, and the other
// way round.

package script

import (
	"fmt"
	"math"
	"slices"

	"github.com/dray-wasm/dray/value"
)

// scalars are the kinds of value that are bits, as scripts have them.
var scalars = map[value.Kind]ValueKind{
	value.KindBool: ValueBool, value.KindU8: ValueU8, value.KindS8: ValueS8, value.KindU16: ValueU16,
	value.KindS16: ValueS16, value.KindU32: ValueU32, value.KindS32: ValueS32, value.KindU64: ValueU64,
	value.KindS64: ValueS64, value.KindF32: ValueF32, value.KindF64: ValueF64, value.KindChar: ValueChar,
}

// arguments are the arguments of a function.
func arguments(args []Value, t *value.FuncType) ([]value.Value, error) {
	if len(args) != len(t.Params) {
		return nil, fmt.Errorf("the function takes %d arguments, but the script gives %d: its type is %v", len(t.Params), len(args), t)
	}
	out := make([]value.Value, len(args))
	for i, p := range t.Params {
		var err error
		if out[i], err = args[i].of(p.Type); err != nil {
			return nil, fmt.Errorf("argument %q of type %s: %w", p.Name, p.Type.Short(), err)
		}
	}
	return out, nil
}

// of is the value as one of a type.
func (v *Value) of(t *value.Type) (value.Value, error) {
	if kind, ok := scalars[t.Kind]; ok && v.Kind == kind && v.NaN == NaNNone {
		return value.FromBits(t, v.Num)
	}
	switch {
	case t.Kind == value.KindString && v.Kind == ValueString:
		return value.String(v.Str), nil
	case t.Kind == value.KindList && v.Kind == ValueList:
		items, err := v.itemsOf(func(int) *value.Type { return t.Elem })
		if err != nil {
			return value.Value{}, err
		}
		return value.List(t, items)
	case t.Kind == value.KindMap && v.Kind == ValueList:
		return v.mapOf(t)
	case t.Kind == value.KindTuple && v.Kind == ValueTuple && len(v.Items) == len(t.Fields):
		items, err := v.itemsOf(func(i int) *value.Type { return t.Fields[i].Type })
		if err != nil {
			return value.Value{}, err
		}
		return value.Tuple(t, items...)
	case t.Kind == value.KindRecord && v.Kind == ValueRecord:
		return v.recordOf(t)
	case t.Kind == value.KindFlags && v.Kind == ValueFlags:
		return value.Flags(t, v.Names...)
	}
	if name, ok := v.caseName(t.Kind); ok {
		return v.caseOf(t, name)
	}
	return value.Value{}, fmt.Errorf("%v is no %s", v, t.Short())
}

// caseName is the case of a value that is one of a kind of type with cases.
func (v *Value) caseName(k value.Kind) (name string, ok bool) {
	switch {
	case k == value.KindVariant && v.Kind == ValueVariant, k == value.KindEnum && v.Kind == ValueEnum:
		return v.Str, true
	case k == value.KindOption && v.Kind == ValueOption:
		return [2]string{"none", "some"}[len(v.Items)], true
	case k == value.KindResult && v.Kind == ValueResult && v.Str == "err":
		return "error", true
	case k == value.KindResult && v.Kind == ValueResult:
		return "ok", true
	}
	return "", false
}

func (v *Value) caseOf(t *value.Type, name string) (value.Value, error) {
	i := slices.IndexFunc(t.Cases, func(c value.Field) bool { return c.Name == name })
	if i < 0 {
		return value.Value{}, fmt.Errorf("%v: %s has no case %q", v, t.Short(), name)
	}
	if len(v.Items) == 0 || t.Cases[i].Type == nil {
		if len(v.Items) > 0 {
			return value.Value{}, fmt.Errorf("%v: the case %q of %s has no payload", v, name, t.Short())
		}
		return value.VariantCase(t, i, nil)
	}
	x, err := v.Items[0].of(t.Cases[i].Type)
	if err != nil {
		return value.Value{}, err
	}
	return value.VariantCase(t, i, &x)
}

// itemsOf are the items as values of types.
func (v *Value) itemsOf(t func(i int) *value.Type) ([]value.Value, error) {
	out := make([]value.Value, len(v.Items))
	for i := range v.Items {
		var err error
		if out[i], err = v.Items[i].of(t(i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// recordOf takes the fields in any order.
func (v *Value) recordOf(t *value.Type) (value.Value, error) {
	if len(v.Items) != len(t.Fields) {
		return value.Value{}, fmt.Errorf("%v has %d fields, but %s has %d", v, len(v.Items), t.Short(), len(t.Fields))
	}
	out := make([]value.Value, len(t.Fields))
	for i, f := range t.Fields {
		n := i
		if v.Names[n] != f.Name {
			n = slices.Index(v.Names, f.Name)
		}
		if n < 0 {
			return value.Value{}, fmt.Errorf("%v has no field %q of %s", v, f.Name, t.Short())
		}
		var err error
		if out[i], err = v.Items[n].of(f.Type); err != nil {
			return value.Value{}, err
		}
	}
	return value.Record(t, out...)
}

// mapOf makes a map of a list of pairs: scripts have no other form for maps.
func (v *Value) mapOf(t *value.Type) (value.Value, error) {
	out := make([]value.Entry, len(v.Items))
	for i := range v.Items {
		pair := &v.Items[i]
		if pair.Kind != ValueTuple || len(pair.Items) != 2 {
			return value.Value{}, fmt.Errorf("%v is no pair of a key and a value: a map is written as a list of tuples", pair)
		}
		var err error
		if out[i].Key, err = pair.Items[0].of(t.Key); err != nil {
			return value.Value{}, err
		}
		if out[i].Value, err = pair.Items[1].of(t.Elem); err != nil {
			return value.Value{}, err
		}
	}
	return value.Map(t, out)
}

// fromValue is a value of a component as a script has it.
func fromValue(v value.Value) Value {
	if kind, ok := scalars[v.Kind()]; ok {
		return Value{Kind: kind, Num: v.Bits()}
	}
	switch v.Kind() {
	case value.KindString:
		return Value{Kind: ValueString, Str: v.Text()}
	case value.KindList:
		return Value{Kind: ValueList, Items: fromValues(v.Elems())}
	case value.KindTuple:
		return Value{Kind: ValueTuple, Items: fromValues(v.Elems())}
	case value.KindRecord:
		out := Value{Kind: ValueRecord, Items: fromValues(v.Elems())}
		for _, f := range v.Type().Fields {
			out.Names = append(out.Names, f.Name)
		}
		return out
	case value.KindMap:
		out := Value{Kind: ValueList}
		for _, e := range v.Entries() {
			out.Items = append(out.Items, Value{Kind: ValueTuple, Items: []Value{fromValue(e.Key), fromValue(e.Value)}})
		}
		return out
	case value.KindFlags:
		return Value{Kind: ValueFlags, Names: v.Labels()}
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return fromCase(v)
	}
	return Value{Kind: ValueHandle, Str: v.String()}
}

func fromValues(vs []value.Value) []Value {
	out := make([]Value, len(vs))
	for i, v := range vs {
		out[i] = fromValue(v)
	}
	return out
}

func fromCase(v value.Value) Value {
	kinds := map[value.Kind]ValueKind{
		value.KindVariant: ValueVariant, value.KindEnum: ValueEnum,
		value.KindOption: ValueOption, value.KindResult: ValueResult,
	}
	out := Value{Kind: kinds[v.Kind()], Str: v.CaseName()}
	switch {
	case out.Kind == ValueOption:
		out.Str = ""
	case out.Kind == ValueResult && out.Str != "ok":
		out.Str = "err"
	}
	if p, ok := v.Payload(); ok {
		out.Items = []Value{fromValue(p)}
	}
	return out
}

// accepts tells whether a value that a component gave is what the pattern asks
// for. One NaN is as good as another unless the pattern says which: components
// do not tell them apart.
func (v *Value) accepts(got *Value) bool {
	if v.Kind == ValueEither {
		return slices.ContainsFunc(v.Items, func(x Value) bool { return x.accepts(got) })
	}
	if v.Kind != got.Kind || v.Str != got.Str {
		return false
	}
	switch v.Kind {
	case ValueF32, ValueF64:
		width := 32 * int(1+v.Kind-ValueF32)
		if v.NaN == NaNNone && isAnyNaN(v.Num, width) {
			return isAnyNaN(got.Num, width)
		}
		return matchFloat(v.NaN, v.Num, got.Num, width)
	case ValueFlags:
		return sameNames(v.Names, got.Names)
	case ValueRecord:
		return v.acceptsRecord(got)
	case ValueHandle:
		return false
	}
	return v.Num == got.Num && slices.EqualFunc(v.Items, got.Items, func(x, y Value) bool { return x.accepts(&y) })
}

func (v *Value) acceptsRecord(got *Value) bool {
	if len(v.Items) != len(got.Items) || !sameNames(v.Names, got.Names) {
		return false
	}
	for i, name := range v.Names {
		if !v.Items[i].accepts(&got.Items[slices.Index(got.Names, name)]) {
			return false
		}
	}
	return true
}

// sameNames compares names in any order.
func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func isAnyNaN(bits uint64, width int) bool {
	if width == 32 {
		f := math.Float32frombits(uint32(bits))
		return f != f
	}
	return math.IsNaN(math.Float64frombits(bits))
}
