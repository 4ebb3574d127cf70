package wazero

// This file checks active element segments. wazero ignores those that do not
// fit their table; they must trap (core specification, Instantiation).

import (
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// An activeElem is an active element segment: n elements at the value of
// offset in a table, which is an import when size is 0 and tableImport is not
// negative.
type activeElem struct {
	offset      []wasm.Instr
	n           uint64
	tableImport int
	size        uint64
	// globals are the positions of the imports of globals.
	globals []int
}

// activeElems lists the segments of a module. An offset that is not a valid
// constant expression is left to wazero, which refuses the module.
func activeElems(m *wasm.Module) []activeElem {
	var tables, globals []int
	for i, imp := range m.Imports {
		switch imp.Type.Kind {
		case wasm.ExternTable:
			tables = append(tables, i)
		case wasm.ExternGlobal:
			globals = append(globals, i)
		}
	}
	var out []activeElem
	for i := range m.Elems {
		seg := &m.Elems[i]
		if seg.Mode != wasm.SegmentActive {
			continue
		}
		a := activeElem{n: uint64(seg.Len()), tableImport: -1, globals: globals}
		if own := int(seg.Table) - len(tables); own < 0 {
			a.tableImport = tables[seg.Table]
		} else if own < len(m.Tables) {
			a.size = m.Tables[own].Type.Limits.Min
		}
		ins, err := binary.ConstInstrs(seg.Offset)
		if err != nil {
			continue
		}
		a.offset = ins
		out = append(out, a)
	}
	return out
}

// checkElems traps when a segment does not fit its table.
func (c *module) checkElems(imports []engine.Extern) error {
	for i := range c.elems {
		a := &c.elems[i]
		at, ok := a.eval(imports)
		if !ok {
			continue
		}
		size := a.size
		if a.tableImport >= 0 {
			size = imports[a.tableImport].(engine.Table).Size()
		}
		if at+a.n > size {
			return &engine.Trap{Kind: engine.TrapTableOutOfBounds}
		}
	}
	return nil
}

// eval computes the offset; ok is false for what the engine refuses anyway.
func (a *activeElem) eval(imports []engine.Extern) (at uint64, ok bool) {
	var stack []uint32
	for i := range a.offset {
		in := &a.offset[i]
		switch in.Op {
		case wasm.OpEnd:
		case wasm.OpI32Const:
			stack = append(stack, uint32(in.Value))
		case wasm.OpGlobalGet:
			if int(in.Index) >= len(a.globals) {
				return 0, false
			}
			g, isGlobal := imports[a.globals[in.Index]].(engine.Global)
			if !isGlobal {
				return 0, false
			}
			stack = append(stack, uint32(g.Get().Lo))
		case wasm.OpI32Add, wasm.OpI32Sub, wasm.OpI32Mul:
			n := len(stack)
			if n < 2 {
				return 0, false
			}
			x, y := stack[n-2], stack[n-1]
			stack = stack[:n-1]
			stack[n-2] = map[wasm.Opcode]uint32{wasm.OpI32Add: x + y, wasm.OpI32Sub: x - y, wasm.OpI32Mul: x * y}[in.Op]
		default:
			return 0, false
		}
	}
	if len(stack) != 1 {
		return 0, false
	}
	return uint64(stack[0]), true
}
