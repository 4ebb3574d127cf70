package abi

// This file is the flat forms of types (section "Flattening").

import (
	"slices"

	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// flatten sets the flat form with pointers of a width (flatten_type).
func (t *Type) flatten(w Width) {
	flat, n := t.flatForm(w)
	if n > MaxFlatParams {
		flat, n = nil, MaxFlatParams+1
	}
	t.flat[w], t.flatLen = slices.Clip(flat), uint32(n)
}

// flatForm is the flat form and its length; where that is more than
// MaxFlatParams, the form is not complete.
func (t *Type) flatForm(w Width) (flat []wasm.ValType, n uint64) {
	one := wasm.I32
	switch t.Kind {
	case value.KindS64, value.KindU64:
		one = wasm.I64
	case value.KindF32:
		one = wasm.F32
	case value.KindF64:
		one = wasm.F64
	case value.KindString, value.KindMap:
		return ptrFlat[w], 2
	case value.KindList:
		if !t.Type.Fixed {
			return ptrFlat[w], 2
		}
		n = uint64(t.Len) * uint64(t.Elem.flatLen)
		if n <= MaxFlatParams {
			flat = slices.Repeat(t.Elem.flat[w], int(n)/max(1, int(t.Elem.flatLen)))
		}
		return flat, n
	case value.KindRecord, value.KindTuple:
		for _, f := range t.Fields {
			n += uint64(f.flatLen)
			if n > MaxFlatParams {
				return nil, n
			}
			flat = append(flat, f.flat[w]...)
		}
		return flat, n
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return t.flatVariant(w)
	}
	return []wasm.ValType{one}, 1
}

// flatVariant is the discriminant and, for each place, the type that holds
// what any case has there (flatten_variant).
func (t *Type) flatVariant(w Width) (flat []wasm.ValType, n uint64) {
	flat = []wasm.ValType{wasm.I32}
	for _, c := range t.Cases {
		if c == nil {
			continue
		}
		if c.flatLen >= MaxFlatParams {
			return nil, uint64(c.flatLen) + 1
		}
		for i, f := range c.flat[w] {
			if i+1 < len(flat) {
				flat[i+1] = join(flat[i+1], f)
			} else {
				flat = append(flat, f)
			}
		}
	}
	return flat, uint64(len(flat))
}

// join is the type that holds values of two core types.
func join(a, b wasm.ValType) wasm.ValType {
	switch {
	case a == b:
		return a
	case a == wasm.I32 && b == wasm.F32, a == wasm.F32 && b == wasm.I32:
		return wasm.I32
	}
	return wasm.I64
}

// ptrFlat is the flat form of a pointer with a length.
var ptrFlat = [2][]wasm.ValType{{wasm.I32, wasm.I32}, {wasm.I64, wasm.I64}}

// FlattenLift is the type of the core function that is lifted to a function of
// type t (flatten_functype, context "lift"). callback counts for async only.
func (t *FuncType) FlattenLift(w Width, async, callback bool) wasm.FuncType {
	params := t.Params.flatUpTo(w, MaxFlatParams)
	switch {
	case !async:
		return wasm.FuncType{Params: params, Results: t.Result.flatUpTo(w, MaxFlatResults)}
	case callback:
		return wasm.FuncType{Params: params, Results: []wasm.ValType{wasm.I32}}
	}
	return wasm.FuncType{Params: params}
}

// FlattenLower is the type of the core function that a function of type t is
// lowered to (flatten_functype, context "lower").
func (t *FuncType) FlattenLower(w Width, async bool) wasm.FuncType {
	if async {
		params := t.Params.flatUpTo(w, MaxFlatAsyncParams)
		if t.Result.flatLen > 0 {
			params = append(params, w.ptrType())
		}
		return wasm.FuncType{Params: params, Results: []wasm.ValType{wasm.I32}}
	}
	params := t.Params.flatUpTo(w, MaxFlatParams)
	if t.Result.flatLen > MaxFlatResults {
		return wasm.FuncType{Params: append(params, w.ptrType())}
	}
	return wasm.FuncType{Params: params, Results: t.Result.flatUpTo(w, MaxFlatResults)}
}

// flatUpTo is the flat form of a tuple, or a pointer where it has more than
// limit values. The caller may append to it.
func (t *Type) flatUpTo(w Width, limit uint32) []wasm.ValType {
	if t.flatLen > limit {
		return []wasm.ValType{w.ptrType()}
	}
	return slices.Clip(t.flat[w])
}
