// This file writes values as scripts have them, for messages.

package script

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/wasm"
)

// valueNames are the keywords of values.
var valueNames = map[ValueKind]string{
	ValueI32: "i32.const", ValueI64: "i64.const", ValueF32: "f32.const", ValueF64: "f64.const",
	ValueV128: "v128.const", ValueEither: "either",
	ValueBool: "bool.const", ValueU8: "u8.const", ValueS8: "s8.const", ValueU16: "u16.const",
	ValueS16: "s16.const", ValueU32: "u32.const", ValueS32: "s32.const", ValueU64: "u64.const",
	ValueS64: "s64.const", ValueChar: "char.const", ValueString: "str.const", ValueList: "list.const",
	ValueRecord: "record.const", ValueTuple: "tuple.const", ValueVariant: "variant.const",
	ValueEnum: "enum.const", ValueFlags: "flags.const",
}

// valueKinds is the inverse of valueNames.
var valueKinds = func() map[string]ValueKind {
	m := make(map[string]ValueKind, len(valueNames))
	for k, name := range valueNames {
		m[name] = k
	}
	return m
}()

// wasmFloat is a float of 32 or 64 bits in the text format.
func wasmFloat(bits uint64, width int) string {
	f, payload := math.Float64frombits(bits), bits&(1<<52-1)
	if width == 32 {
		f, payload = float64(math.Float32frombits(uint32(bits))), bits&(1<<23-1)
	}
	sign := ""
	if bits>>(width-1)&1 != 0 {
		sign = "-"
	}
	switch {
	case math.IsNaN(f):
		return sign + "nan:0x" + strconv.FormatUint(payload, 16)
	case math.IsInf(f, 0):
		return sign + "inf"
	}
	return strconv.FormatFloat(f, 'g', -1, width)
}

// componentText is a component value, or an either, as a script writes it.
func (v *Value) componentText() string {
	if v.Kind == ValueHandle {
		return v.Str
	}
	var b strings.Builder
	switch v.Kind {
	case ValueOption:
		b.WriteString("(option." + [2]string{"none", "some"}[min(len(v.Items), 1)])
	case ValueResult:
		b.WriteString("(result." + v.Str)
	default:
		b.WriteString("(" + valueNames[v.Kind])
	}
	switch v.Kind {
	case ValueBool:
		b.WriteString(" " + strconv.FormatBool(v.Num != 0))
	case ValueU8, ValueU16, ValueU32, ValueU64:
		fmt.Fprintf(&b, " %d", v.Num)
	case ValueS8, ValueS16, ValueS32, ValueS64:
		fmt.Fprintf(&b, " %d", int64(v.Num))
	case ValueChar:
		b.WriteString(" " + strconv.Quote(string(rune(v.Num))))
	case ValueString, ValueVariant, ValueEnum:
		b.WriteString(" " + strconv.Quote(v.Str))
	case ValueFlags:
		for _, n := range v.Names {
			b.WriteString(" " + strconv.Quote(n))
		}
	}
	for i := range v.Items {
		item := v.Items[i].String()
		if v.Kind == ValueRecord {
			item = "(field " + strconv.Quote(v.Names[i]) + " " + strings.TrimPrefix(item, "(")
		}
		b.WriteString(" " + item)
	}
	return b.String() + ")"
}

// resultText is a value that a module gave, for messages.
func resultText(t wasm.ValType, lo, hi uint64) string {
	switch {
	case t == wasm.I32:
		return Value{Kind: ValueI32, Num: lo}.String()
	case t == wasm.I64:
		return Value{Kind: ValueI64, Num: lo}.String()
	case t == wasm.F32:
		return Value{Kind: ValueF32, Num: uint64(uint32(lo))}.String()
	case t == wasm.F64:
		return Value{Kind: ValueF64, Num: lo}.String()
	case t == wasm.V128:
		return fmt.Sprintf("(v128.const i64x2 0x%016x 0x%016x)", lo, hi)
	case lo == 0:
		return "(ref.null " + t.Heap().String() + ")"
	case t.Heap() == wasm.HeapExtern:
		return fmt.Sprintf("(ref.extern %d)", lo-1)
	}
	return fmt.Sprintf("a reference of type %v that is not null", t)
}
