// This file makes valid programs at random.

package instrument

import (
	"math/rand/v2"

	"github.com/dray-wasm/dray/wasm"
)

// A generator makes functions of [i32 i32] -> [i32] with locals 0 to 4, and
// local 5 as fuel: each loop takes of it, so all of them end. Functions call
// those before them only.
type generator struct {
	r      *rand.Rand
	out    []wasm.Instr
	labels []bool // open blocks; true where a branch is allowed (not loops)
	funcs  int    // functions that may be called: 1 to funcs
	size   int
}

func (g *generator) module() *wasm.Module {
	var funcs []wasm.Func
	for range 2 + g.r.IntN(4) {
		g.out, g.labels, g.size = nil, nil, 0
		g.emit(i32(int32(20+g.r.IntN(50))), set(5))
		g.statements(4)
		g.expr(3)
		funcs = append(funcs, fn(typeBinary, 4, g.out...))
		g.funcs = len(funcs)
	}
	return testModule(funcs...)
}

func (g *generator) emit(ins ...wasm.Instr) {
	g.out = append(g.out, ins...)
	g.size += len(ins)
}

func (g *generator) statements(depth int) {
	for range 1 + g.r.IntN(4) {
		g.statement(depth)
	}
}

func (g *generator) open(in wasm.Instr, branch bool) {
	g.emit(in)
	g.labels = append(g.labels, branch)
}

func (g *generator) close() {
	g.emit(end)
	g.labels = g.labels[:len(g.labels)-1]
}

func (g *generator) statement(depth int) {
	if depth == 0 || g.size > 400 {
		g.expr(2)
		g.emit(set(uint32(g.r.IntN(5))))
		return
	}
	switch g.r.IntN(9) {
	case 0:
		g.expr(1)
		g.emit(idx(wasm.OpCall, 0)) // note
	case 1:
		g.expr(2)
		g.open(blk(wasm.OpIf, empty), true)
		g.statements(depth - 1)
		if g.r.IntN(2) == 0 {
			g.emit(op(wasm.OpElse))
			g.statements(depth - 1)
		}
		g.close()
	case 2:
		g.open(blk(wasm.OpBlock, empty), true)
		g.statements(depth - 1)
		g.close()
	case 3, 4:
		g.loop(depth)
	case 5:
		g.paramLoop(depth)
	case 6:
		g.branch()
	default:
		g.expr(3)
		g.emit(set(uint32(g.r.IntN(5))))
	}
}

// loop is a loop that goes on while there is fuel and a condition holds.
func (g *generator) loop(depth int) {
	g.open(blk(wasm.OpLoop, empty), false)
	g.statements(depth - 1)
	g.fuel()
	g.expr(1)
	g.emit(op(wasm.OpI32And), idx(wasm.OpBrIf, 0))
	g.close()
}

// paramLoop is a loop with two parameters and two results.
func (g *generator) paramLoop(depth int) {
	a, b := uint32(g.r.IntN(5)), uint32(g.r.IntN(5))
	g.expr(1)
	g.expr(1)
	g.open(blk(wasm.OpLoop, wasm.BlockIndex(typePair)), false)
	g.emit(set(a), set(b))
	g.statements(depth - 1)
	g.emit(get(b), get(a))
	g.fuel()
	g.emit(idx(wasm.OpBrIf, 0))
	g.close()
	g.emit(op(wasm.OpI32Xor), set(a))
}

// fuel takes one of the fuel and leaves whether some is left, as 0 or -1.
func (g *generator) fuel() {
	g.emit(get(5), i32(1), op(wasm.OpI32Sub), idx(wasm.OpLocalTee, 5), i32(0), op(wasm.OpI32GtS), i32(-1), op(wasm.OpI32Mul))
}

// branch is br_if or br_table to blocks around, which are not loops.
func (g *generator) branch() {
	var targets []uint32
	for i, ok := range g.labels {
		if ok {
			targets = append(targets, uint32(len(g.labels)-1-i))
		}
	}
	if len(targets) == 0 {
		return
	}
	pick := func() uint32 { return targets[g.r.IntN(len(targets))] }
	if g.r.IntN(2) == 0 {
		g.expr(2)
		g.emit(idx(wasm.OpBrIf, pick()))
		return
	}
	// In a block of its own, since what follows br_table is never reached.
	g.expr(1)
	g.open(blk(wasm.OpIf, empty), true)
	g.expr(1)
	g.emit(table(pick()+1, 0, pick()+1))
	g.close()
}

// expr leaves an i32.
func (g *generator) expr(depth int) {
	if depth == 0 {
		if g.r.IntN(2) == 0 {
			g.emit(i32(int32(g.r.IntN(20) - 5)))
		} else {
			g.emit(get(uint32(g.r.IntN(6))))
		}
		return
	}
	g.expr(depth - 1)
	g.expr(depth - 1)
	switch g.r.IntN(12) {
	case 0:
		if g.funcs > 0 && len(g.labels) < 2 {
			g.emit(idx(wasm.OpCall, 1+uint32(g.r.IntN(g.funcs))))
			return
		}
		g.emit(op(wasm.OpI32Add))
	case 1:
		g.emit(op(wasm.OpI32DivU)) // may trap
	case 2, 3:
		g.emit(op(wasm.OpI32Mul))
	case 4:
		g.emit(op(wasm.OpI32LtS))
	case 5, 6:
		g.emit(op(wasm.OpI32Sub))
	case 7:
		g.emit(op(wasm.OpI32Xor))
	default:
		g.emit(op(wasm.OpI32Add))
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// exotic is a module with instructions beyond the simple ones: exceptions,
// tail calls, vectors, bulk memory, atomics, references, and passive segments.
func exotic() *wasm.Module {
	zero := []wasm.Instr{i32(0), i32(0), i32(0)}
	mem := func(o wasm.Opcode, align uint32) wasm.Instr { return wasm.Instr{Op: o, Align: align} }
	join := func(parts ...[]wasm.Instr) (out []wasm.Instr) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	m := testModule(
		fn(typeUnary, 1, blk(wasm.OpBlock, empty),
			wasm.Instr{Op: wasm.OpTryTable, Block: empty, Catches: []wasm.Catch{{Kind: wasm.CatchTag, Tag: 0, Label: 0}, {Kind: wasm.CatchAll, Label: 0}}},
			blk(wasm.OpLoop, empty), idx(wasm.OpThrow, 0), end, end, end, get(0), idx(wasm.OpReturnCall, 1)),
		fn(typeVoid, 0, join(
			zero, []wasm.Instr{wasm.Instr{Op: wasm.OpMemoryInit}, op(wasm.OpDataDrop)},
			zero, []wasm.Instr{op(wasm.OpMemoryCopy)}, zero, []wasm.Instr{op(wasm.OpMemoryFill)},
			zero, []wasm.Instr{op(wasm.OpTableInit), op(wasm.OpElemDrop)}, zero, []wasm.Instr{op(wasm.OpTableCopy)},
			[]wasm.Instr{idx(wasm.OpRefFunc, 1), i32(1), op(wasm.OpTableGrow), op(wasm.OpDrop), op(wasm.OpTableSize), op(wasm.OpDrop)},
			[]wasm.Instr{i32(0), mem(wasm.OpI32AtomicLoad, 2), op(wasm.OpDrop), op(wasm.OpAtomicFence)},
			[]wasm.Instr{op(wasm.OpV128Const), op(wasm.OpV128Const), op(wasm.OpI8x16Shuffle), op(wasm.OpDrop)},
			[]wasm.Instr{wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapFunc}, op(wasm.OpRefIsNull), op(wasm.OpDrop)},
			[]wasm.Instr{blk(wasm.OpLoop, empty), idx(wasm.OpCall, 2), end},
		)...),
	)
	m.Tags = []wasm.TagType{{TypeIndex: typeVoid}}
	m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 1, Max: 1, HasMax: true, Shared: true}}}
	m.Tables = []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef}}}
	m.Elems = []wasm.ElemSegment{
		{Mode: wasm.SegmentPassive, Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{1}},
		{Mode: wasm.SegmentDeclarative, Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{2}},
	}
	n := uint32(1)
	m.DataCount = &n
	m.Datas = []wasm.DataSegment{{Mode: wasm.SegmentPassive, Init: []byte{1, 2}}}
	return m
}
