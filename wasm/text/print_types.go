// This file prints types (Text Format, section "Types").

package text

import (
	"strconv"

	"github.com/dray-wasm/dray/wasm"
)

// PrintValType appends a value type. name gives the identifier of a type with
// "$" in front, or "" where the index is to be printed; a nil name always
// prints indices.
func PrintValType(dst []byte, t wasm.ValType, name func(typeIndex uint32) string) []byte {
	if x, ok := t.Heap().Index(); ok && t.IsRef() && name != nil {
		if id := name(x); id != "" {
			dst = append(dst, "(ref "...)
			if t.Nullable() {
				dst = append(dst, "null "...)
			}
			return append(append(dst, id...), ')')
		}
	}
	return append(dst, t.String()...)
}

// printTypeIndex appends a type index, as an identifier if name has one.
func printTypeIndex(dst []byte, x uint32, name func(uint32) string) []byte {
	if name != nil {
		if id := name(x); id != "" {
			return append(dst, id...)
		}
	}
	return strconv.AppendUint(dst, uint64(x), 10)
}

// printHeapType appends a heap type.
func printHeapType(dst []byte, h wasm.HeapType, name func(uint32) string) []byte {
	if x, ok := h.Index(); ok {
		return printTypeIndex(dst, x, name)
	}
	return append(dst, h.String()...)
}

// printTypes appends " (head t t)" unless there are no types.
func printTypes(dst []byte, head string, ts []wasm.ValType, name func(uint32) string) []byte {
	if len(ts) == 0 {
		return dst
	}
	dst = append(dst, head...)
	for _, t := range ts {
		dst = append(dst, ' ')
		dst = PrintValType(dst, t, name)
	}
	return append(dst, ')')
}

// printFuncType appends the parameters and results with a space in front of
// each.
func printFuncType(dst []byte, f *wasm.FuncType, name func(uint32) string) []byte {
	dst = printTypes(dst, " (param", f.Params, name)
	return printTypes(dst, " (result", f.Results, name)
}

// PrintSubType appends a type definition without "type": "(func (param i32))"
// or "(sub $a (struct))". name is as in [PrintValType].
func PrintSubType(dst []byte, t wasm.SubType, name func(typeIndex uint32) string) []byte {
	return printSubType(dst, &t, name, nil)
}

// printSubType is PrintSubType with identifiers for fields.
func printSubType(dst []byte, t *wasm.SubType, name func(uint32) string, fields *IDs) []byte {
	plain := !t.Open && len(t.Supers) == 0
	if !plain {
		dst = append(dst, "(sub "...)
		if !t.Open {
			dst = append(dst, "final "...)
		}
		for _, x := range t.Supers {
			dst = append(printTypeIndex(dst, x, name), ' ')
		}
	}
	dst = append(dst, '(')
	dst = append(dst, t.Comp.Kind.String()...)
	switch t.Comp.Kind {
	case wasm.CompFunc:
		dst = printFuncType(dst, &t.Comp.Func, name)
	case wasm.CompStruct:
		for i, f := range t.Comp.Fields {
			dst = append(dst, " (field "...)
			if fields != nil && fields.named(uint32(i)) {
				dst = append(fields.AppendDef(dst, uint32(i)), ' ')
			}
			dst = append(printFieldType(dst, f, name), ')')
		}
	case wasm.CompArray:
		for _, f := range t.Comp.Fields {
			dst = append(dst, ' ')
			dst = printFieldType(dst, f, name)
		}
	}
	dst = append(dst, ')')
	if !plain {
		dst = append(dst, ')')
	}
	return dst
}

func printFieldType(dst []byte, f wasm.FieldType, name func(uint32) string) []byte {
	if !f.Mutable {
		return PrintValType(dst, f.Storage, name)
	}
	dst = append(dst, "(mut "...)
	return append(PrintValType(dst, f.Storage, name), ')')
}

// PrintExternType appends the type of an import or export: "(func $f (type
// 0))", "(memory 1)". id stands behind the keyword as it is; it may be empty.
// name is as in [PrintValType]. The type of a func or tag is written as its
// index; ExternType.Func does not count.
func PrintExternType(dst []byte, t wasm.ExternType, id string, name func(typeIndex uint32) string) []byte {
	dst = append(dst, '(')
	dst = append(dst, t.Kind.String()...)
	dst = append(dst, ' ')
	if id != "" {
		dst = append(append(dst, id...), ' ')
	}
	switch t.Kind {
	case wasm.ExternFunc, wasm.ExternTag:
		dst = append(dst, "(type "...)
		dst = append(printTypeIndex(dst, t.TypeIndex, name), ')')
	case wasm.ExternTable:
		dst = printTableType(dst, t.Table, name)
	case wasm.ExternMemory:
		dst = append(dst, t.Memory.String()...)
	case wasm.ExternGlobal:
		dst = printGlobalType(dst, t.Global, name)
	}
	return append(dst, ')')
}

func printTableType(dst []byte, t wasm.TableType, name func(uint32) string) []byte {
	dst = append(dst, t.Limits.String()...)
	dst = append(dst, ' ')
	return PrintValType(dst, t.Elem, name)
}

func printGlobalType(dst []byte, t wasm.GlobalType, name func(uint32) string) []byte {
	return printFieldType(dst, wasm.FieldType{Storage: t.Type, Mutable: t.Mutable}, name)
}

// typeFields writes the type section.
func (p *printer) typeFields() {
	groups := p.m.RecGroups
	for i := 0; i <= len(p.m.Types); {
		if len(groups) == 0 || int64(groups[0].First) > int64(i) {
			if i < len(p.m.Types) {
				p.typeField(i, 1)
			}
			i++
			continue
		}
		g := groups[0]
		end := int64(g.First) + int64(g.Count)
		if int64(g.First) < int64(i) || end > int64(len(p.m.Types)) {
			p.failModule("the recursion group of %d types from type %d overlaps another or goes beyond the last type", g.Count, g.First)
			return
		}
		p.line(1)
		p.Str("(rec")
		for ; int64(i) < end; i++ {
			p.typeField(i, 2)
		}
		if g.Count > 0 {
			p.line(1)
		}
		p.Str(")")
		groups = groups[1:]
	}
}

func (p *printer) typeField(i, depth int) {
	p.line(depth)
	p.Str("(type")
	p.define(&p.names.types, uint32(i))
	p.Str(" ")
	t := &p.m.Types[i]
	p.Buf = printSubType(p.Buf, t, p.names.typeName, p.names.fields(uint32(i)))
	p.Str(")")
}

// typeUse writes the reference to a function type and, with list, its
// parameters and results. ids has the parameters' names; it may be nil.
func (p *printer) typeUse(x uint32, list bool, ids *IDs) {
	p.Str("(type ")
	p.index(&p.names.types, x)
	p.Str(")")
	t := p.m.FuncType(x)
	if !list || t == nil {
		return
	}
	p.declare(" (param", t.Params, 0, ids)
	p.Buf = printTypes(p.Buf, " (result", t.Results, p.names.typeName)
}

// declare writes parameters or locals: those with names one by one, the others
// in runs. first is the local index of the first.
func (p *printer) declare(head string, ts []wasm.ValType, first uint32, ids *IDs) {
	open := false
	for i, t := range ts {
		open = p.declareOne(head, t, first+uint32(i), ids, open)
	}
	if open {
		p.Str(")")
	}
}

// declareOne writes one parameter or local. open tells whether the form before
// is still open for more without names; the result is the same for this one.
func (p *printer) declareOne(head string, t wasm.ValType, x uint32, ids *IDs, open bool) bool {
	named := ids != nil && ids.named(x)
	if open && named {
		p.Str(")")
		open = false
	}
	if !open {
		p.Str(head)
	}
	p.Str(" ")
	if named {
		p.Buf = append(ids.AppendDef(p.Buf, x), ' ')
	}
	p.Buf = PrintValType(p.Buf, t, p.names.typeName)
	if named {
		p.Str(")")
		return false
	}
	p.Room()
	return true
}
