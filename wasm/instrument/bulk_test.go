package instrument

// This file tests that bulk instructions are charged for, and still do what
// they did.

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/dray-wasm/dray/wasm"
)

// bulkModule has a function for each bulk instruction, which works on as many
// bytes or elements as its parameter says.
func bulkModule() *wasm.Module {
	n := get(0)
	m := testModule(
		fn(typeUnary, 0, i32(0), i32(7), n, op(wasm.OpMemoryFill), i32(1)),
		fn(typeUnary, 2, i32(1), i32(0), n, op(wasm.OpMemoryCopy), i32(2)),
		fn(typeUnary, 0, i32(3), i32(0), n, op(wasm.OpMemoryInit), i32(3)),
		fn(typeUnary, 1, i32(0), wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapFunc}, n, op(wasm.OpTableFill), i32(4)),
		fn(typeUnary, 0, i32(0), i32(1), n, op(wasm.OpTableCopy), i32(5)),
		fn(typeUnary, 0, i32(0), i32(0), n, op(wasm.OpTableInit), i32(6)),
		fn(typeUnary, 0, wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapFunc}, n, op(wasm.OpTableGrow)),
		// A loop that is nothing but a fill.
		fn(typeUnary, 0, blk(wasm.OpLoop, wasm.BlockEmpty), i32(0), i32(9), i32(65536), op(wasm.OpMemoryFill),
			get(0), i32(1), op(wasm.OpI32Sub), idx(wasm.OpLocalTee, 0), idx(wasm.OpBrIf, 0), op(wasm.OpEnd), i32(0)),
	)
	m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 1}}}
	m.Exports = append(m.Exports, wasm.Export{Name: "memory", Kind: wasm.ExternMemory})
	m.Tables = []wasm.Table{{Type: wasm.TableType{Limits: wasm.Limits{Min: 4, Max: 1000, HasMax: true}, Elem: wasm.FuncRef}}}
	m.Datas = []wasm.DataSegment{{Mode: wasm.SegmentPassive, Init: []byte("hello")}}
	m.Elems = []wasm.ElemSegment{{Mode: wasm.SegmentPassive, Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{1, 2}}}
	one := uint32(1)
	m.DataCount = &one
	return m
}

func TestBulkBehavesTheSame(t *testing.T) {
	m := bulkModule()
	for _, opts := range []Options{{Budget: 1}, {Budget: 5, Stack: 1 << 20}} {
		with, _ := interrupt(t, m, opts)
		for engine, cfg := range engines {
			old, got := start(t, cfg(), m, 0), start(t, cfg(), with, 1)
			for _, n := range []uint64{0, 1, 2, 5, 100, 65536, 1 << 31} {
				for i := range len(m.Funcs) - 1 {
					sameCall(t, old, got, fmt.Sprint("f", i), n)
				}
			}
			a, _ := old.mod.Memory().Read(0, 65536)
			b, _ := got.mod.Memory().Read(0, 65536)
			if !bytes.Equal(a, b) {
				t.Errorf("%s: the memories differ", engine)
			}
		}
	}
}

func TestBulkIsCharged(t *testing.T) {
	with, _ := interrupt(t, bulkModule(), Options{})
	const fills, budget = 1000, 2000
	r := start(t, engines["compiler"](), with, budget)
	if _, err := r.call("f7", fills); err != nil {
		t.Fatal(err)
	}
	// Each fill is 64 units, besides the checks. The first budget is larger.
	if least := (fills*64 - DefaultBudget) / budget; r.ticks < least {
		t.Errorf("%d fills of 64 KiB: %d ticks, want at least %d", fills, r.ticks, least)
	}
	r = start(t, engines["compiler"](), with, DefaultBudget)
	if _, err := r.call("f6", 1<<30); err != nil || r.ticks != 1 {
		t.Errorf("one huge table.grow: %v, %d ticks", err, r.ticks)
	}
}
