// This file is modules that are made to take long: each must take time in
// proportion to its size.

package valid_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/leb128"
	"github.com/dray-wasm/dray/wasm/valid"
)

// code makes instructions: bytes, and ints as u32.
func code(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case wasm.Opcode:
			b = binary.AppendOpcode(b, p)
		case int:
			b = leb128.AppendUint(b, uint64(p))
		case []byte:
			b = append(b, p...)
		}
	}
	return b
}

func repeat(n int, parts ...any) []byte { return bytes.Repeat(code(parts...), n) }

// oneFunc is a module with types, of which the first is that of a function
// with a body.
func oneFunc(body []byte, types ...wasm.SubType) *wasm.Module {
	m := &wasm.Module{Types: types}
	if len(types) == 0 {
		m.Types = []wasm.SubType{{}}
	}
	m.Funcs = []wasm.Func{{Body: wasm.Body{Code: append(body, byte(wasm.OpEnd))}}}
	return m
}

func funcType(params, results []wasm.ValType) wasm.SubType {
	return wasm.SubType{Comp: wasm.CompType{Func: wasm.FuncType{Params: params, Results: results}}}
}

const void = 0x40

// adversaries are makers of modules; size is about the size of the module in
// bytes. ok is false where the module is not valid.
var adversaries = []struct {
	name string
	make func(size int) *wasm.Module
	ok   bool
}{
	{"table of equal labels", func(size int) *wasm.Module {
		// One block with 1000 results, and a branch table that names it often.
		many := slices.Repeat([]wasm.ValType{wasm.I64}, 1000)
		return oneFunc(code(wasm.OpBlock, 1, wasm.OpUnreachable, wasm.OpBrTable, size, make([]byte, size+1), wasm.OpEnd, wasm.OpUnreachable),
			funcType(nil, nil), funcType(nil, many))
	}, true},
	{"table of nested labels", func(size int) *wasm.Module {
		// Every label is another block, all of one type with 1000 results.
		many := slices.Repeat([]wasm.ValType{wasm.I64}, 1000)
		n := size / 6
		b := repeat(n, wasm.OpBlock, 1)
		b = append(b, code(wasm.OpUnreachable, wasm.OpCall, 1, wasm.OpI32Const, 0, wasm.OpBrTable, n-1)...)
		for i := range n {
			b = leb128.AppendUint(b, uint64(i))
		}
		b = append(b, repeat(n, wasm.OpEnd)...)
		m := oneFunc(append(b, byte(wasm.OpUnreachable)), funcType(nil, nil), funcType(nil, many))
		m.Funcs = append(m.Funcs, wasm.Func{TypeIndex: 1, Body: wasm.Body{Code: []byte{byte(wasm.OpUnreachable), byte(wasm.OpEnd)}}})
		return m
	}, true},
	{"many branch tables", func(size int) *wasm.Module {
		many := slices.Repeat([]wasm.ValType{wasm.I64}, 1000)
		b := append(code(wasm.OpBlock, 1), repeat(size/4, wasm.OpUnreachable, wasm.OpBrTable, 0, 0)...)
		return oneFunc(append(b, code(wasm.OpEnd, wasm.OpUnreachable)...), funcType(nil, nil), funcType(nil, many))
	}, true},
	{"branches with many values", func(size int) *wasm.Module {
		many := slices.Repeat([]wasm.ValType{wasm.I64}, 1000)
		b := append(code(wasm.OpBlock, 1, wasm.OpUnreachable), repeat(size/4, wasm.OpI32Const, 0, wasm.OpBrIf, 0)...)
		return oneFunc(append(b, code(wasm.OpEnd, wasm.OpUnreachable)...), funcType(nil, nil), funcType(nil, many))
	}, true},
	{"calls that fill the stack", func(size int) *wasm.Module {
		many := slices.Repeat([]wasm.ValType{wasm.I64}, 1000)
		return oneFunc(append(repeat(size/2, wasm.OpCall, 0), byte(wasm.OpUnreachable)), funcType(nil, many))
	}, false},
	{"deep nesting", func(size int) *wasm.Module {
		return oneFunc(append(repeat(size/3, wasm.OpBlock, void), repeat(size/3, wasm.OpEnd)...))
	}, true},
	{"many functions with many locals", func(size int) *wasm.Module {
		m := &wasm.Module{Types: []wasm.SubType{{}}}
		run := []wasm.LocalRun{{Count: binary.MaxLocals, Type: wasm.Ref(false, wasm.HeapFunc)}}
		body := wasm.Body{Locals: run, Code: []byte{byte(wasm.OpEnd)}}
		m.Funcs = slices.Repeat([]wasm.Func{{Body: body}}, size/8)
		return m
	}, true},
	{"locals in many runs", func(size int) *wasm.Module {
		b := repeat(size/4, wasm.OpLocalGet, 49_999, wasm.OpDrop)
		m := oneFunc(b)
		m.Funcs[0].Body.Locals = slices.Repeat([]wasm.LocalRun{{Count: 1, Type: wasm.I32}, {Count: 1, Type: wasm.I64}}, binary.MaxLocals/2)
		return m
	}, true},
	{"set and forgotten locals", func(size int) *wasm.Module {
		body := repeat(size/7, wasm.OpBlock, void, wasm.OpUnreachable, wasm.OpLocalSet, 1, wasm.OpEnd)
		m := oneFunc(body)
		m.Funcs[0].Body.Locals = []wasm.LocalRun{{Count: binary.MaxLocals, Type: wasm.Ref(false, wasm.HeapFunc)}}
		return m
	}, true},
	{"huge recursion group", func(size int) *wasm.Module {
		n := uint32(size / 6)
		m := &wasm.Module{RecGroups: []wasm.RecGroup{{Count: n}}}
		for i := range n {
			ref := wasm.Ref(true, wasm.HeapIndex(n-1-i))
			m.Types = append(m.Types, funcType([]wasm.ValType{ref}, nil))
		}
		return m
	}, true},
	{"types that contain one another", func(size int) *wasm.Module {
		// Written out, each type would be twice as large as the one before.
		m := &wasm.Module{Types: []wasm.SubType{{}}}
		for i := range uint32(size / 8) {
			ref := wasm.Ref(true, wasm.HeapIndex(i))
			m.Types = append(m.Types, funcType([]wasm.ValType{ref, ref}, nil))
		}
		return m
	}, true},
	{"deep supertypes", func(size int) *wasm.Module {
		m := &wasm.Module{}
		for i := range uint32(valid.MaxSubtypeDepth + 1) {
			t := wasm.SubType{Open: true, Comp: wasm.CompType{Kind: wasm.CompStruct}}
			if i > 0 {
				t.Supers = []uint32{i - 1}
			}
			m.Types = append(m.Types, t)
		}
		ref := func(x uint32) wasm.ValType { return wasm.Ref(false, wasm.HeapIndex(x)) }
		low := slices.Repeat([]wasm.ValType{ref(valid.MaxSubtypeDepth), ref(valid.MaxSubtypeDepth - 1)}, 500)
		high := slices.Repeat([]wasm.ValType{ref(0), ref(1)}, 500)
		// Call a function that gives the lowest types, branch with the highest.
		m.Types = append(m.Types, funcType(nil, high), funcType(nil, low))
		body := repeat(size/4, wasm.OpCall, 1, wasm.OpBr, 0)
		m.Funcs = []wasm.Func{
			{TypeIndex: valid.MaxSubtypeDepth + 1, Body: wasm.Body{Code: append(body, byte(wasm.OpEnd))}},
			{TypeIndex: valid.MaxSubtypeDepth + 2, Body: wasm.Body{Code: []byte{0, byte(wasm.OpEnd)}}},
		}
		return m
	}, false},
	{"array of many operands", func(size int) *wasm.Module {
		array := wasm.SubType{Comp: wasm.CompType{Kind: wasm.CompArray, Fields: []wasm.FieldType{{Storage: wasm.I32}}}}
		b := append([]byte{byte(wasm.OpUnreachable)}, repeat(size/8, wasm.OpArrayNewFixed, 1, 1<<31, wasm.OpDrop)...)
		return oneFunc(b, wasm.SubType{}, array)
	}, true},
	{"many exports", func(size int) *wasm.Module {
		m := oneFunc(nil)
		for i := range size / 10 {
			m.Exports = append(m.Exports, wasm.Export{Name: itoa(i)})
		}
		return m
	}, true},
	{"many catch clauses", func(size int) *wasm.Module {
		many := slices.Repeat([]wasm.ValType{wasm.I64}, 1000)
		n := min(size/3, binary.MaxCatchClauses)
		b := code(wasm.OpBlock, 1, wasm.OpTryTable, void, n, repeat(n, 0, 0, 0), wasm.OpUnreachable, wasm.OpEnd, wasm.OpUnreachable, wasm.OpEnd, wasm.OpUnreachable)
		m := oneFunc(b, funcType(nil, nil), funcType(nil, many), funcType(many, nil))
		m.Tags = []wasm.TagType{{TypeIndex: 2}}
		return m
	}, true},
}

// TestAdversarial validates the modules; the benchmark of the same name shows
// that time grows with size alone.
func TestAdversarial(t *testing.T) {
	for _, a := range adversaries {
		t.Run(a.name, func(t *testing.T) {
			if err := valid.Module(a.make(80_000), wasm.AllFeatures); (err == nil) != a.ok {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func BenchmarkAdversarial(b *testing.B) {
	const size = 1_000_000
	for _, a := range adversaries {
		b.Run(a.name, func(b *testing.B) {
			m := a.make(size)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				if err := valid.Module(m, wasm.AllFeatures); (err == nil) != a.ok {
					b.Fatal(err)
				}
			}
		})
	}
}
