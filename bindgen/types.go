package bindgen

// This file is which Go types, type variables and layouts stand for types.

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wit"
)

// A prim is what stands for a primitive type.
type prim struct {
	goType string
	typ    *value.Type
	cost   uint64 // of a value in Go, in bytes
}

var prims = map[valtype.Prim]prim{
	valtype.Bool:   {"bool", value.TypeBool, 1},
	valtype.S8:     {"int8", value.TypeS8, 1},
	valtype.U8:     {"uint8", value.TypeU8, 1},
	valtype.S16:    {"int16", value.TypeS16, 2},
	valtype.U16:    {"uint16", value.TypeU16, 2},
	valtype.S32:    {"int32", value.TypeS32, 4},
	valtype.U32:    {"uint32", value.TypeU32, 4},
	valtype.S64:    {"int64", value.TypeS64, 8},
	valtype.U64:    {"uint64", value.TypeU64, 8},
	valtype.F32:    {"float32", value.TypeF32, 4},
	valtype.F64:    {"float64", value.TypeF64, 8},
	valtype.Char:   {"rune", value.TypeChar, 4},
	valtype.String: {"string", value.TypeString, 16},

	valtype.ErrorContext: {"*bind.ErrorContext", value.TypeErrorContext, 8},
}

// goType is the Go type for a type, as a side sees it; None for none.
func (g *generator) goType(t *wit.TypeDef, export bool) string {
	if t == nil {
		return "bind.None"
	}
	if from, ok := t.Used(); ok {
		return g.goType(from, export)
	}
	if _, ok := t.Kind.(*wit.Prim); !ok && t.Name != "" {
		k := g.key(t, export)
		if k.guest && isResource(t) {
			return "*" + g.names[k]
		}
		return g.names[k]
	}
	return g.goKind(t, export)
}

func isResource(t *wit.TypeDef) bool {
	_, ok := t.Resolved().Kind.(*wit.Resource)
	return ok
}

// isHandle tells whether values of a type are handles, which nil is none of.
func isHandle(t *wit.TypeDef) bool {
	switch k := t.Resolved().Kind.(type) {
	case *wit.Own, *wit.Borrow, *wit.Stream, *wit.Future:
		return true
	case *wit.Prim:
		return k.Prim == valtype.ErrorContext
	}
	return false
}

// goKind is the Go type for what a type is made of.
func (g *generator) goKind(t *wit.TypeDef, export bool) string {
	switch k := t.Kind.(type) {
	case *wit.Prim:
		return prims[k.Prim].goType
	case *wit.Alias:
		return g.goType(k.Of, export)
	case *wit.List:
		elem := g.goType(k.Elem, export)
		if k.Fixed {
			return fmt.Sprintf("[%d]%s", k.Len, elem)
		}
		if elem == "uint8" {
			elem = "byte"
		}
		return "[]" + elem
	case *wit.Option:
		if isHandle(k.Type) {
			return g.goType(k.Type, export) // nil is none
		}
		return "*" + g.goType(k.Type, export)
	case *wit.Result:
		return "bind.Result[" + g.goType(k.OK, export) + ", " + g.goType(k.Err, export) + "]"
	case *wit.Map:
		return "map[" + g.goType(k.Key, export) + "]" + g.goType(k.Value, export)
	case *wit.Own:
		return g.goType(k.Resource.Resolved(), export)
	case *wit.Borrow:
		return g.goType(k.Resource.Resolved(), export)
	case *wit.Stream:
		if isByte(k.Elem) {
			return "io.ReadCloser"
		}
		return "*bind.Stream[" + g.goType(k.Elem, export) + "]"
	case *wit.Future:
		return "*bind.Future[" + g.goType(k.Elem, export) + "]"
	case *wit.Tuple:
		var elems []string
		for _, e := range k.Types {
			elems = append(elems, g.goType(e, export))
		}
		if n := len(elems); n >= 1 && n <= 8 {
			return fmt.Sprintf("bind.Tuple%d[%s]", n, strings.Join(elems, ", "))
		}
		for i := range elems {
			elems[i] = fmt.Sprintf("F%d %s", i, elems[i])
		}
		return "struct{" + strings.Join(elems, "; ") + "}"
	}
	panic("bindgen: a type without a name that must have one")
}

// typeExpr is Go source for the type of the run time.
func (g *generator) typeExpr(t *wit.TypeDef, export bool) string {
	if t == nil {
		return "nil"
	}
	if a, ok := t.Kind.(*wit.Alias); ok {
		return g.typeExpr(a.Of, export)
	}
	if t.Name != "" {
		k := g.key(t, export)
		if g.ext(k) != nil && !g.extDone[k] {
			g.extDone[k] = true
			g.extVars = append(g.extVars, k)
		}
		return "type_" + g.ident(k)
	}
	return g.typeKind(t, export)
}

// typeKind is typeExpr for what a type is made of.
func (g *generator) typeKind(t *wit.TypeDef, export bool) string {
	switch k := t.Kind.(type) {
	case *wit.Prim:
		if k.Prim == valtype.ErrorContext {
			return "bind.TypeErrorContext"
		}
		s := k.Prim.String()
		return "bind.Type" + strings.ToUpper(s[:1]) + s[1:]
	case *wit.List:
		if k.Fixed {
			return fmt.Sprintf("bind.FixedListOf(%s, %d)", g.typeExpr(k.Elem, export), k.Len)
		}
		return "bind.ListOf(" + g.typeExpr(k.Elem, export) + ")"
	case *wit.Option:
		return "bind.OptionOf(" + g.typeExpr(k.Type, export) + ")"
	case *wit.Result:
		return "bind.ResultOf(" + g.typeExpr(k.OK, export) + ", " + g.typeExpr(k.Err, export) + ")"
	case *wit.Map:
		return "bind.MapOf(" + g.typeExpr(k.Key, export) + ", " + g.typeExpr(k.Value, export) + ")"
	case *wit.Tuple:
		var elems []string
		for _, e := range k.Types {
			elems = append(elems, g.typeExpr(e, export))
		}
		return "bind.TupleOf(" + strings.Join(elems, ", ") + ")"
	case *wit.Record:
		return "bind.RecordOf(" + g.fieldExprs(k.Fields, export) + ")"
	case *wit.Variant:
		return "bind.VariantOf(" + g.fieldExprs(k.Cases, export) + ")"
	case *wit.Enum:
		return "bind.EnumOf(" + labels(k.Cases) + ")"
	case *wit.Flags:
		return "bind.FlagsOf(" + labels(k.Flags) + ")"
	case *wit.Own:
		r := g.resourceOf(k.Resource, export)
		return fmt.Sprintf("bind.OwnOf(%q, %d)", r.t.Name, r.index)
	case *wit.Borrow:
		r := g.resourceOf(k.Resource, export)
		return fmt.Sprintf("bind.BorrowOf(%q, %d)", r.t.Name, r.index)
	case *wit.Stream:
		if isByte(k.Elem) {
			return "bind.TypeByteStream"
		}
		return g.elemsOf(t, export).variable() + ".Type"
	case *wit.Future:
		return g.elemsOf(t, export).variable() + ".Type"
	}
	panic("bindgen: no type of the run time")
}

func (g *generator) fieldExprs(fields []wit.Field, export bool) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "\n\tbind.Field{Name: %q", f.Name)
		if f.Type != nil {
			b.WriteString(", Type: " + g.typeExpr(f.Type, export))
		}
		b.WriteString("},")
	}
	return b.String() + "\n"
}

// labels are names in quotes, some to a line.
func labels(fields []wit.Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i%8 == 0 {
			b.WriteString("\n\t")
		}
		b.WriteString(strconv.Quote(f.Name) + ", ")
	}
	return b.String() + "\n"
}

// resourceOf is a resource as a side sees it.
func (g *generator) resourceOf(t *wit.TypeDef, export bool) *resource {
	return g.res[g.key(t.Resolved(), export)]
}

// layout is the layout of a type in memory and in its flat form.
func (g *generator) layout(t *wit.TypeDef) *abi.Type { return g.layouts.Type(g.valueType(t)) }

// tuple is the layout of several values, as parameters are.
func (g *generator) tuple(types []*wit.TypeDef) *abi.Type {
	return g.layout(&wit.TypeDef{Kind: &wit.Tuple{Types: types}})
}

// valueType is the type of the run time. Resources are not told apart in it.
func (g *generator) valueType(t *wit.TypeDef) *value.Type {
	if t == nil {
		return nil
	}
	t = t.Resolved()
	if v, ok := g.values[t]; ok {
		return v
	}
	var v *value.Type
	switch k := t.Kind.(type) {
	case *wit.Prim:
		v = prims[k.Prim].typ
	case *wit.List:
		v = &value.Type{Kind: value.KindList, Elem: g.valueType(k.Elem), Fixed: k.Fixed, Len: k.Len}
	case *wit.Option:
		v = value.OptionOf(g.valueType(k.Type))
	case *wit.Result:
		v = value.ResultOf(g.valueType(k.OK), g.valueType(k.Err))
	case *wit.Map:
		v = value.MapOf(g.valueType(k.Key), g.valueType(k.Value))
	case *wit.Tuple:
		elems := make([]*value.Type, len(k.Types))
		for i, e := range k.Types {
			elems[i] = g.valueType(e)
		}
		v = value.TupleOf(elems...)
	case *wit.Record:
		v = value.RecordOf(g.fields(k.Fields)...)
	case *wit.Variant:
		v = value.VariantOf(g.fields(k.Cases)...)
	case *wit.Enum:
		v = &value.Type{Kind: value.KindEnum, Cases: g.fields(k.Cases)}
	case *wit.Flags:
		v = &value.Type{Kind: value.KindFlags, Labels: make([]string, len(k.Flags))}
		for i, f := range k.Flags {
			v.Labels[i] = f.Name
		}
	case *wit.Own:
		v = value.OwnOf(&value.Resource{})
	case *wit.Borrow:
		v = value.BorrowOf(&value.Resource{})
	case *wit.Stream:
		v = value.StreamOf(g.valueType(k.Elem))
	case *wit.Future:
		v = value.FutureOf(g.valueType(k.Elem))
	}
	g.values[t] = v
	return v
}

func (g *generator) fields(fields []wit.Field) []value.Field {
	out := make([]value.Field, len(fields))
	for i, f := range fields {
		out[i] = value.Field{Name: f.Name, Type: g.valueType(f.Type)}
	}
	return out
}

// cost is about what a value takes in Go, in bytes, without what it refers to.
func (g *generator) cost(t *wit.TypeDef) uint64 {
	if t == nil {
		return 0
	}
	t = t.Resolved()
	if c, ok := g.costs[t]; ok {
		return c
	}
	const most = 1 << 32
	sum := func(types []*wit.TypeDef) (n uint64) {
		for _, p := range types {
			n += g.cost(p)
			if !slices.Contains([]uint64{1, 2, 4}, g.cost(p)) {
				n = (n + 7) &^ 7
			}
		}
		return min(n, most)
	}
	c := uint64(8) // a pointer
	switch k := t.Kind.(type) {
	case *wit.Prim:
		c = prims[k.Prim].cost
	case *wit.List:
		c = 24
		if k.Fixed {
			c = min(g.cost(k.Elem)*uint64(k.Len), most)
		}
	case *wit.Enum, *wit.Flags:
		c = 4
	case *wit.Own, *wit.Borrow, *wit.Stream:
		c = 16
	case *wit.Result, *wit.Variant:
		c = 8 + sum(parts(t))
	case *wit.Record, *wit.Tuple:
		c = sum(parts(t))
	}
	g.costs[t] = c
	return c
}
