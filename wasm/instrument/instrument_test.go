// This file tests that instrumented modules do what the old ones do, and that
// they tick.

package instrument

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// features are all that wazero knows.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads | experimental.CoreFeaturesTailCall |
	experimental.CoreFeaturesExtendedConst | experimental.CoreFeaturesExceptionHandling

// Short forms of instructions.
func op(o wasm.Opcode) wasm.Instr                    { return wasm.Instr{Op: o} }
func idx(o wasm.Opcode, i uint32) wasm.Instr         { return wasm.Instr{Op: o, Index: i} }
func i32(v int32) wasm.Instr                         { return wasm.Instr{Op: wasm.OpI32Const, Value: uint64(int64(v))} }
func get(i uint32) wasm.Instr                        { return idx(wasm.OpLocalGet, i) }
func set(i uint32) wasm.Instr                        { return idx(wasm.OpLocalSet, i) }
func blk(o wasm.Opcode, t wasm.BlockType) wasm.Instr { return wasm.Instr{Op: o, Block: t} }
func table(labels ...uint32) wasm.Instr              { return wasm.Instr{Op: wasm.OpBrTable, Labels: labels} }

var (
	end   = op(wasm.OpEnd)
	empty = wasm.BlockEmpty
)

// fn is a function of a type with i32 locals.
func fn(typeIndex, locals uint32, ins ...wasm.Instr) wasm.Func {
	f := wasm.Func{TypeIndex: typeIndex, Body: wasm.Body{Code: code(append(ins, end)...)}}
	if locals > 0 {
		f.Body.Locals = []wasm.LocalRun{{Count: locals, Type: wasm.I32}}
	}
	return f
}

// The types of testModule.
const (
	typeVoid    = iota // [] -> []
	typeUnary          // [i32] -> [i32]
	typeBinary         // [i32 i32] -> [i32]
	typePair           // [i32 i32] -> [i32 i32]
	typeResult         // [] -> [i32]
	typeCounter        // [i32] -> []
)

// testModule is a module with functions, exported as f0, f1 and so on, after
// an imported one: function 0 is "env" "note" of [i32] -> [].
func testModule(funcs ...wasm.Func) *wasm.Module {
	x := func(n int) []wasm.ValType { return slices.Repeat([]wasm.ValType{wasm.I32}, n) }
	m := &wasm.Module{Funcs: funcs}
	for _, t := range [][2]int{{0, 0}, {1, 1}, {2, 1}, {2, 2}, {0, 1}, {1, 0}} {
		m.Types = append(m.Types, wasm.SubType{Comp: wasm.CompType{Func: wasm.FuncType{Params: x(t[0]), Results: x(t[1])}}})
	}
	m.Imports = []wasm.Import{{Module: "env", Name: "note", Type: wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: typeCounter}}}
	for i := range funcs {
		m.Exports = append(m.Exports, wasm.Export{Name: fmt.Sprint("f", i), Kind: wasm.ExternFunc, Index: uint32(i + 1)})
	}
	return m
}

// A run is what a host sees of an instance.
type run struct {
	mod   api.Module
	notes []uint32
	ticks int
	// limit ends the guest at that tick, if it is not 0.
	limit  int
	budget int32
	// more is what the call stack may be raised by, in bytes.
	more int64
}

var errStop = errors.New("stopped by the tick")

// start instantiates a module, encoded anew.
func start(t testing.TB, cfg wazero.RuntimeConfig, m *wasm.Module, budget int32) *run {
	t.Helper()
	ctx := context.Background()
	bin, err := binary.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	r := wazero.NewRuntimeWithConfig(ctx, cfg.WithCoreFeatures(features))
	t.Cleanup(func() { r.Close(ctx) })
	out := &run{budget: budget}
	note := func(_ context.Context, x uint32) { out.notes = append(out.notes, x) }
	tick := func(context.Context) int32 {
		if out.ticks++; out.ticks == out.limit {
			panic(errStop)
		}
		return out.budget
	}
	_, err1 := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(note).Export("note").Instantiate(ctx)
	dray := r.NewHostModuleBuilder("dray").NewFunctionBuilder().WithFunc(tick).Export("tick")
	dray = dray.NewFunctionBuilder().WithFunc(out.raise).Export(StackName)
	for name, f := range hostWaits(out) {
		dray = dray.NewFunctionBuilder().WithFunc(f).Export(name)
	}
	_, err2 := dray.Instantiate(ctx)
	if out.mod, err = r.Instantiate(ctx, bin); err != nil || err1 != nil || err2 != nil {
		t.Fatal(err, err1, err2)
	}
	return out
}

func (r *run) call(name string, args ...uint64) ([]uint64, error) {
	return r.mod.ExportedFunction(name).Call(context.Background(), args...)
}

func interrupt(t testing.TB, m *wasm.Module, opts Options) (*wasm.Module, *Map) {
	t.Helper()
	out, mp, err := Interrupt(m, opts)
	if err != nil {
		t.Fatal(err)
	}
	return out, mp
}

var engines = map[string]func() wazero.RuntimeConfig{
	"compiler": wazero.NewRuntimeConfigCompiler, "interpreter": wazero.NewRuntimeConfigInterpreter,
}

// counting is a module of many shapes of loops and calls.
func counting() *wasm.Module {
	down := []wasm.Instr{get(0), i32(1), op(wasm.OpI32Sub), idx(wasm.OpLocalTee, 0)} // --local 0
	note := idx(wasm.OpCall, 0)
	m := testModule(
		// f0: sum of 1..n.
		fn(typeUnary, 1, slices.Concat([]wasm.Instr{
			blk(wasm.OpBlock, empty), get(0), op(wasm.OpI32Eqz), idx(wasm.OpBrIf, 0),
			blk(wasm.OpLoop, empty), get(1), get(0), op(wasm.OpI32Add), set(1)}, down, []wasm.Instr{
			idx(wasm.OpBrIf, 0), end, end, get(1)})...),
		// f1: fibonacci.
		fn(typeUnary, 0, get(0), i32(2), op(wasm.OpI32LtU), blk(wasm.OpIf, wasm.BlockResult(wasm.I32)), get(0),
			op(wasm.OpElse), get(0), i32(1), op(wasm.OpI32Sub), idx(wasm.OpCall, 2), get(0), i32(2), op(wasm.OpI32Sub),
			idx(wasm.OpCall, 2), op(wasm.OpI32Add), end),
		// f2: a loop with parameters: gcd.
		fn(typeBinary, 1, get(0), get(1), blk(wasm.OpLoop, wasm.BlockIndex(typePair)), // a b
			set(1), set(0), get(1), op(wasm.OpI32Eqz), blk(wasm.OpIf, empty), get(0), op(wasm.OpReturn), end,
			get(1), get(0), get(1), op(wasm.OpI32RemU), idx(wasm.OpBr, 0), end, op(wasm.OpI32Add)),
		// f3: nested loops with notes, and br_table out of all of them.
		fn(typeUnary, 2, slices.Concat([]wasm.Instr{
			blk(wasm.OpBlock, empty), blk(wasm.OpLoop, empty), i32(3), set(1),
			blk(wasm.OpLoop, empty), get(0), i32(10), op(wasm.OpI32Mul), get(1), op(wasm.OpI32Add), note,
			get(1), i32(1), op(wasm.OpI32Sub), idx(wasm.OpLocalTee, 1), idx(wasm.OpBrIf, 0), end},
			down, []wasm.Instr{table(1, 0, 0, 0), end, end, get(2), get(1), op(wasm.OpI32Add)})...),
		// f4: mutual tail recursion: is n even?
		fn(typeUnary, 0, get(0), op(wasm.OpI32Eqz), blk(wasm.OpIf, empty), i32(1), op(wasm.OpReturn), end,
			get(0), i32(1), op(wasm.OpI32Sub), idx(wasm.OpReturnCall, 6)),
		// f5: is n odd?
		fn(typeUnary, 0, get(0), op(wasm.OpI32Eqz), blk(wasm.OpIf, empty), i32(0), op(wasm.OpReturn), end,
			get(0), i32(1), op(wasm.OpI32Sub), idx(wasm.OpReturnCall, 5)),
		// f6: a call through the table, to f0 or f1.
		fn(typeBinary, 0, get(0), get(1), wasm.Instr{Op: wasm.OpCallIndirect, Index: typeUnary}),
		// f7: unreachable code with loops in it.
		fn(typeUnary, 0, get(0), op(wasm.OpReturn), blk(wasm.OpLoop, wasm.BlockResult(wasm.I32)), idx(wasm.OpBr, 0), end, op(wasm.OpDrop)),
		// f8: a loop that gives a value, in a function that calls.
		fn(typeUnary, 1, slices.Concat([]wasm.Instr{get(0), note, blk(wasm.OpLoop, wasm.BlockResult(wasm.I32)), get(1), i32(1), op(wasm.OpI32Add), set(1)},
			down, []wasm.Instr{i32(0), op(wasm.OpI32GtS), idx(wasm.OpBrIf, 0), get(1), end})...),
		// f9: a function reference from the table called, which traps.
		fn(typeUnary, 0, get(0), i32(9), wasm.Instr{Op: wasm.OpCallIndirect, Index: typeUnary}),
	)
	m.Tables = []wasm.Table{{Type: wasm.TableType{Limits: wasm.Limits{Min: 10}, Elem: wasm.FuncRef}}}
	m.Elems = []wasm.ElemSegment{
		{Offset: constant(i32(0)), Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{1, 2}},
		{Offset: constant(i32(2)), Type: wasm.FuncRef, UseExprs: true, Exprs: []wasm.ConstExpr{
			constant(idx(wasm.OpRefFunc, 2)), constant(wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapFunc})}},
	}
	m.Globals = []wasm.Global{{Type: wasm.GlobalType{Type: wasm.FuncRef}, Init: constant(idx(wasm.OpRefFunc, 3))}}
	return m
}

func constant(ins ...wasm.Instr) wasm.ConstExpr {
	return wasm.ConstExpr{Code: code(append(ins, end)...)}
}

func TestSameBehaviour(t *testing.T) {
	calls := []struct {
		name string
		args []uint64
	}{
		{"f0", []uint64{0}}, {"f0", []uint64{1}}, {"f0", []uint64{1000}}, {"f1", []uint64{15}}, {"f2", []uint64{1071, 462}},
		{"f2", []uint64{17, 5}}, {"f3", []uint64{4}}, {"f4", []uint64{1001}}, {"f5", []uint64{1001}}, {"f6", []uint64{100, 0}},
		{"f6", []uint64{10, 1}}, {"f6", []uint64{10, 2}}, {"f6", []uint64{10, 3}}, {"f7", []uint64{5}}, {"f8", []uint64{6}}, {"f9", []uint64{6}},
	}
	m := counting()
	for engine, cfg := range engines {
		for _, budget := range []int32{1, 2, 7, DefaultBudget} {
			t.Run(fmt.Sprintf("%s/%d", engine, budget), func(t *testing.T) {
				with, _ := interrupt(t, m, Options{Budget: budget})
				old, got := start(t, cfg(), m, 0), start(t, cfg(), with, budget)
				for _, c := range calls {
					sameCall(t, old, got, c.name, c.args...)
				}
				if (got.ticks > 0) != (budget < DefaultBudget) {
					t.Errorf("%d ticks", got.ticks)
				}
			})
		}
	}
}

// sameCall calls a function of two instances and compares.
func sameCall(t *testing.T, old, got *run, name string, args ...uint64) {
	t.Helper()
	r1, err1 := old.call(name, args...)
	r2, err2 := got.call(name, args...)
	if !slices.Equal(r1, r2) || firstLine(err1) != firstLine(err2) {
		t.Errorf("%s%v: %v, %v\nwas %v, %v", name, args, r2, err2, r1, err1)
	}
	if !slices.Equal(old.notes, got.notes) {
		t.Errorf("%s%v: notes %v, were %v", name, args, got.notes, old.notes)
	}
}

func firstLine(err error) string {
	if err == nil {
		return ""
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimSuffix(line, " (recovered by wazero)")
}

// endless is functions that never return.
func endless() *wasm.Module {
	m := testModule(
		// f0: an empty loop.
		fn(typeVoid, 0, blk(wasm.OpLoop, empty), idx(wasm.OpBr, 0), end),
		// f1: a loop with a call of a leaf.
		fn(typeVoid, 0, blk(wasm.OpLoop, empty), idx(wasm.OpCall, 6), idx(wasm.OpBr, 0), end),
		// f2 and f3: mutual tail recursion.
		fn(typeVoid, 0, idx(wasm.OpReturnCall, 4)),
		fn(typeVoid, 0, idx(wasm.OpReturnCall, 3)),
		// f4: a loop entered in the middle of nested blocks, left never.
		fn(typeVoid, 0, blk(wasm.OpBlock, empty), blk(wasm.OpLoop, empty), blk(wasm.OpBlock, empty), i32(0), table(0, 1, 0), end,
			idx(wasm.OpBr, 0), end, end),
		// f5: the leaf.
		fn(typeVoid, 1, i32(1), set(0)),
		// f6: tail recursion through the table.
		fn(typeVoid, 0, i32(0), wasm.Instr{Op: wasm.OpReturnCallIndirect, Index: typeVoid}),
		// f7: a loop with a parameter and a result.
		fn(typeUnary, 0, get(0), blk(wasm.OpLoop, wasm.BlockIndex(typeUnary)), i32(1), op(wasm.OpI32Add), idx(wasm.OpBr, 0), end),
		// f8: a tree of calls, 2 to the power of 40 of them.
		fn(typeCounter, 0, get(0), op(wasm.OpI32Eqz), idx(wasm.OpBrIf, 0), get(0), i32(1), op(wasm.OpI32Sub), idx(wasm.OpCall, 9),
			get(0), i32(1), op(wasm.OpI32Sub), idx(wasm.OpCall, 9)),
		// f9: a conditional branch back.
		fn(typeVoid, 0, blk(wasm.OpLoop, empty), op(wasm.OpNop), i32(1), idx(wasm.OpBrIf, 0), end),
	)
	m.Tables = []wasm.Table{{Type: wasm.TableType{Limits: wasm.Limits{Min: 1}, Elem: wasm.FuncRef}}}
	m.Elems = []wasm.ElemSegment{{Offset: constant(i32(0)), Type: wasm.Ref(false, wasm.HeapFunc), Funcs: []uint32{7}}}
	return m
}

func TestEndlessLoopsTick(t *testing.T) {
	m := endless()
	with, _ := interrupt(t, m, Options{Budget: 1000})
	for engine, cfg := range engines {
		for _, name := range []string{"f0", "f1", "f2", "f3", "f4", "f6", "f7", "f8", "f9"} {
			t.Run(engine+"/"+name, func(t *testing.T) {
				r := start(t, cfg(), with, 1000)
				r.limit = 50
				args := make([]uint64, len(r.mod.ExportedFunction(name).Definition().ParamTypes()))
				if len(args) == 1 {
					args[0] = 40
				}
				if _, err := r.call(name, args...); !errors.Is(err, errStop) {
					t.Errorf("got %v, want the tick's error", err)
				}
			})
		}
	}
}

// A budget that is exported counts loop heads and entries of functions that call.
func TestBudgetIsExact(t *testing.T) {
	m := counting()
	for _, tt := range []struct {
		name   string
		arg    uint64
		checks int
	}{
		{"f0", 1000, 1000}, // a leaf: its loop only
		{"f1", 10, 177},    // calls of fibonacci
		{"f3", 4, 4 + 12},  // the outer and the inner loop; a check of the entry is not needed
		{"f4", 100, 101},
		{"f7", 1, 0},
		{"f8", 6, 1 + 6},
	} {
		with, _ := interrupt(t, m, Options{Budget: 1_000_000, ExportBudget: true})
		r := start(t, wazero.NewRuntimeConfigInterpreter(), with, 1)
		if _, err := r.call(tt.name, tt.arg); err != nil {
			t.Fatal(err)
		}
		if used := 1_000_000 - int(int32(r.mod.ExportedGlobal(BudgetExport).Get())); used != tt.checks {
			t.Errorf("%s(%d): %d checks, want %d", tt.name, tt.arg, used, tt.checks)
		}
	}
}

func TestTickIsTheLastImport(t *testing.T) {
	m := counting()
	m.Imports = append(m.Imports, wasm.Import{Module: "env", Name: "memory", Type: wasm.ExternType{Kind: wasm.ExternMemory}})
	first := uint32(4)
	m.Start = &first
	before, err := binary.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	with, mp := interrupt(t, m, Options{Module: "host", Name: "yield", Budget: 42})
	imp := with.ImportTypes()
	if mp.Import() != 2 || len(imp) != 3 || imp[2].Module != "host" || imp[2].Name != "yield" || imp[2].Type.String() != "(func (result i32))" {
		t.Errorf("imports %v, tick at %d", imp, mp.Import())
	}
	if mp.TickFunc() != 1 || with.FuncTypeOf(1).String() != "(result i32)" || *with.Start != 5 || mp.BudgetGlobal() != 1 {
		t.Errorf("tick %d, start %d, budget %d", mp.TickFunc(), *with.Start, mp.BudgetGlobal())
	}
	if init, err := binary.ConstInstrs(with.Globals[1].Init); err != nil || len(init) != 1 || init[0].I32() != 42 {
		t.Errorf("initial budget %v, %v", init, err)
	}
	if g, _ := binary.ConstInstrs(with.Globals[0].Init); g[0].Index != 4 {
		t.Errorf("ref.func of a global: %d", g[0].Index)
	}
	if after, err := binary.Encode(m); err != nil || !slices.Equal(before, after) {
		t.Error("the old module has changed")
	}
	for i, e := range with.Exports {
		if e.Index != m.Exports[i].Index+1 {
			t.Errorf("export %s: function %d", e.Name, e.Index)
		}
	}
}

func TestCustomSections(t *testing.T) {
	m := counting()
	names, err := binary.EncodeNames(&wasm.Names{
		Module: "m", HasModule: true,
		Funcs:  wasm.NameMap{{Index: 0, Name: "note"}, {Index: 1, Name: "sum"}, {Index: 5, Name: "even"}},
		Locals: wasm.IndirectNameMap{{Index: 1, Names: wasm.NameMap{{Index: 0, Name: "n"}}}},
		Labels: wasm.IndirectNameMap{{Index: 1, Names: wasm.NameMap{{Index: 0, Name: "l"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".debug_line", "reloc.CODE", "linking", "metadata.code.branch_hint", "producers", "dylink.0"} {
		m.Customs = append(m.Customs, wasm.Custom{Name: name, Data: []byte(name), After: wasm.SectionData})
	}
	m.Customs = append(m.Customs, wasm.Custom{Name: "name", Data: names, After: wasm.SectionData})
	with, mp := interrupt(t, m, Options{})
	var kept []string
	for _, c := range with.Customs {
		kept = append(kept, c.Name)
	}
	if want := []string{".debug_line", "producers", "name"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
	got, err := binary.ReadNames(with)
	if err != nil {
		t.Fatal(err)
	}
	want := wasm.NameMap{{Index: 0, Name: "note"}, {Index: 1, Name: "dray.tick"}, {Index: 2, Name: "sum"}, {Index: 6, Name: "even"},
		{Index: uint32(len(with.Funcs)) + mp.TickFunc(), Name: "dray.tick.refill"}}
	if !slices.Equal(got.Funcs, want) || got.Module != "m" || len(got.Locals) != 1 || got.Locals[0].Index != 2 || got.Labels != nil {
		t.Errorf("names %+v", got)
	}
	m.Customs = []wasm.Custom{{Name: "name", Data: []byte{1, 200}}}
	if with, _ := interrupt(t, m, Options{}); len(with.Customs) != 0 {
		t.Error("a malformed name section is kept")
	}
}

// What is out of bounds must not become the budget or the type of the tick.
func TestInvalidIndices(t *testing.T) {
	bad := uint32(6) // the first free type
	ref := wasm.Ref(true, wasm.HeapIndex(bad))
	body := func(ins ...wasm.Instr) func(*wasm.Module) {
		return func(m *wasm.Module) { m.Funcs = append(m.Funcs, fn(typeVoid, 0, ins...)) }
	}
	for _, tt := range []struct {
		name   string
		change func(*wasm.Module)
		msg    string
	}{
		{"global.get", body(idx(wasm.OpGlobalGet, 1)), "unknown global 1"},
		{"global.set", body(idx(wasm.OpGlobalSet, 1)), "unknown global 1"},
		{"global in const", func(m *wasm.Module) { m.Globals[0].Init = constant(idx(wasm.OpGlobalGet, 1)) }, "unknown global 1"},
		{"export", func(m *wasm.Module) { m.Exports = []wasm.Export{{Name: "g", Kind: wasm.ExternGlobal, Index: 1}} }, "unknown global 1"},
		{"call", body(idx(wasm.OpCall, 12)), "unknown function 12"},
		{"ref.func", func(m *wasm.Module) { m.Globals[0].Init = constant(idx(wasm.OpRefFunc, 11)) }, "unknown function 11"},
		{"export of a function", func(m *wasm.Module) { m.Exports[0].Index = 11 }, "unknown function 11"},
		{"start", func(m *wasm.Module) { x := uint32(11); m.Start = &x }, "unknown function 11"},
		{"element function", func(m *wasm.Module) { m.Elems[0].Funcs[1] = 11 }, "unknown function 11"},
		{"br", body(idx(wasm.OpBr, 1)), "unknown label 1"},
		{"br in a block", body(blk(wasm.OpBlock, empty), idx(wasm.OpBrIf, 2), end), "unknown label 2"},
		{"br_table", body(i32(0), table(0, 1, 0)), "unknown label 1"},
		{"br_on_cast", body(wasm.Instr{Op: wasm.OpBrOnCast, Index: 1, Heap: wasm.HeapAny, Heap2: wasm.HeapAny}), "unknown label 1"},
		{"catch", body(wasm.Instr{Op: wasm.OpTryTable, Block: empty, Catches: []wasm.Catch{{Kind: wasm.CatchAll, Label: 1}}}, end), "unknown label 1"},
		{"call_indirect", body(wasm.Instr{Op: wasm.OpCallIndirect, Index: bad}), "unknown type 6"},
		{"block", body(blk(wasm.OpBlock, wasm.BlockIndex(bad)), end), "unknown type 6"},
		{"block result", body(blk(wasm.OpBlock, wasm.BlockResult(ref)), end), "unknown type 6"},
		{"ref.null", body(wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapIndex(bad)}), "unknown type 6"},
		{"select", body(wasm.Instr{Op: wasm.OpSelectT, Types: []wasm.ValType{ref}}), "unknown type 6"},
		{"cast", body(wasm.Instr{Op: wasm.OpBrOnCast, Heap: wasm.HeapAny, Heap2: wasm.HeapIndex(bad)}), "unknown type 6"},
		{"array.copy", body(wasm.Instr{Op: wasm.OpArrayCopy, Index: 0, Index2: bad}), "unknown type 6"},
		{"function", func(m *wasm.Module) { m.Funcs[0].TypeIndex = bad }, "unknown type 6"},
		{"import", func(m *wasm.Module) { m.Imports[0].Type.TypeIndex = bad }, "unknown type 6"},
		{"tag", func(m *wasm.Module) { m.Tags = []wasm.TagType{{TypeIndex: bad}} }, "unknown type 6"},
		{"table", func(m *wasm.Module) { m.Tables[0].Type.Elem = ref }, "unknown type 6"},
		{"global type", func(m *wasm.Module) { m.Globals[0].Type.Type = ref }, "unknown type 6"},
		{"element", func(m *wasm.Module) { m.Elems[0].Type = ref }, "unknown type 6"},
		{"local", func(m *wasm.Module) { m.Funcs[0].Body.Locals = []wasm.LocalRun{{Count: 1, Type: ref}} }, "unknown type 6"},
		{"supertype", func(m *wasm.Module) { m.Types[0].Supers = []uint32{bad} }, "unknown type 6"},
		{"param", func(m *wasm.Module) { m.Types[1].Comp.Func.Params[0] = ref }, "unknown type 6"},
		{"field", func(m *wasm.Module) {
			m.Types[0].Comp = wasm.CompType{Kind: wasm.CompArray, Fields: []wasm.FieldType{{Storage: ref}}}
		}, "unknown type 6"},
		{"malformed", func(m *wasm.Module) { m.Funcs[0].Body.Code = []byte{0x27} }, "illegal opcode 27"},
		{"malformed const", func(m *wasm.Module) { m.Elems[0].Offset.Code = []byte{0x27} }, "illegal opcode 27"},
	} {
		m := counting()
		tt.change(m)
		out, mp, err := Interrupt(m, Options{})
		var e *diag.Error
		if out != nil || mp != nil || !errors.As(err, &e) || !strings.Contains(e.Msg, tt.msg) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.msg)
		}
	}
}

// TestRandomPrograms compares programs that are made at random.
func TestRandomPrograms(t *testing.T) {
	for seed := range uint64(150) {
		g := &generator{r: newRand(seed)}
		m := g.module()
		with, _ := interrupt(t, m, Options{Budget: 3})
		cfg := engines["interpreter"]()
		if seed%5 == 0 {
			cfg = engines["compiler"]()
		}
		old, got := start(t, cfg, m, 0), start(t, cfg, with, 1+int32(seed%4))
		for i := range m.Funcs {
			sameCall(t, old, got, fmt.Sprint("f", i), uint64(seed), uint64(i))
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
