package instrument

// This file tests waiting in functions of the host, traps where growing failed,
// and the export of the budget: what is imported, that all else stays, and that
// places are found.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

func i64(v int64) wasm.Instr { return wasm.Instr{Op: wasm.OpI64Const, Value: uint64(v)} }

func access(o wasm.Opcode, offset uint64) wasm.Instr {
	return wasm.Instr{Op: o, Align: uint32(o.Info().Align), Offset: offset}
}

// shareMemory gives a module a shared memory.
func shareMemory(m *wasm.Module) *wasm.Module {
	m.Memories = []wasm.MemoryType{{Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true, Shared: true}}}
	m.Exports = append(m.Exports, wasm.Export{Name: "memory", Kind: wasm.ExternMemory})
	return m
}

// waiting is functions of addr, value and one more that wait and notify.
func waiting() *wasm.Module {
	wait32, wait64, notify := wasm.OpMemoryAtomicWait32, wasm.OpMemoryAtomicWait64, wasm.OpMemoryAtomicNotify
	return shareMemory(testModule(
		fn(typeBinary, 0, get(0), get(1), i64(0), access(wait32, 0)),
		fn(typeBinary, 0, get(0), get(1), op(wasm.OpI64ExtendI32S), i64(1000), access(wait64, 8)),
		fn(typeBinary, 0, get(0), get(1), access(notify, 4)),
		fn(typeBinary, 0, get(0), get(1), access(notify, 1<<32-4)),
		// In a loop, in a branch, and where nothing is reached.
		fn(typeBinary, 1, blk(wasm.OpLoop, empty), get(0), i32(7), i64(5), access(wait32, 16), set(2),
			get(1), i32(1), op(wasm.OpI32Sub), idx(wasm.OpLocalTee, 1), i32(0), op(wasm.OpI32GtS), idx(wasm.OpBrIf, 0), end, get(2)),
		fn(typeUnary, 0, get(0), op(wasm.OpReturn), access(wait32, 0), op(wasm.OpDrop), access(notify, 0)),
		fn(typeUnary, 0, get(0), idx(wasm.OpCall, 0), get(0), idx(wasm.OpCall, 6)),
		// Growing, in three ways to use the answer.
		fn(typeUnary, 0, get(0), op(wasm.OpMemoryGrow)),
		fn(typeUnary, 1, get(0), op(wasm.OpMemoryGrow), set(1), op(wasm.OpMemorySize)),
	))
}

// hostWaits answers what the instructions would where nobody else is there.
func hostWaits(r *run) map[string]any {
	word := func(addr uint64, size uint32) uint64 {
		b, ok := r.mod.ExportedMemory(MemoryExport).Read(uint32(addr), size)
		if !ok || addr >= 1<<32 {
			panic(errors.New("wasm error: out of bounds memory access"))
		}
		if addr%uint64(size) != 0 {
			panic(errors.New("wasm error: unaligned atomic"))
		}
		return uint64(b[0])
	}
	wait := func(addr, want uint64, size uint32) uint32 {
		if word(addr, size) != want {
			return 1
		}
		return 2
	}
	return map[string]any{
		WaitNames[0]: func(_ context.Context, a, v uint32, _ int64, off uint64) uint32 {
			return wait(uint64(a)+off, uint64(v), 4)
		},
		WaitNames[1]: func(_ context.Context, a uint32, v uint64, _ int64, off uint64) uint32 {
			return wait(uint64(a)+off, v, 8)
		},
		WaitNames[2]: func(_ context.Context, a, _ uint32, off uint64) uint32 {
			word(uint64(a)+off, 4)
			return 0
		},
		GrowName: func(context.Context) { panic(errGrow) },
	}
}

var errGrow = errors.New("it cannot grow")

// TestWaitIsTheSame compares waiting in the host with the instructions.
func TestWaitIsTheSame(t *testing.T) {
	m := waiting()
	for _, opts := range []Options{{Wait: true, Budget: 1}, {Wait: true, Budget: 3, Stack: 1 << 20, ExportBudget: true}} {
		with, mp := interrupt(t, m, opts)
		if !slices.Equal(mp.Added()[:len(WaitNames)], WaitNames[:]) {
			t.Errorf("added %q", mp.Added())
		}
		for engine, cfg := range engines {
			old, got := start(t, cfg(), m, 0), start(t, cfg(), with, 2)
			for _, addr := range []uint64{0, 8, 4, 1, 2, 65536, 65532, 65528, 1<<32 - 4, 1<<32 - 8, 4 << 16} {
				for _, v := range []uint64{0, 3, 1<<32 - 1} {
					for i, at := range []struct{ offset, size uint64 }{{0, 4}, {8, 8}, {4, 4}, {1<<32 - 4, 4}} {
						if ea := addr + at.offset; ea%at.size != 0 && ea+at.size > 65536 {
							continue // wazero's two engines differ in which of the traps it is
						}
						sameCall(t, old, got, fmt.Sprint("f", i), addr, v)
					}
				}
				if addr%4 == 0 {
					sameCall(t, old, got, "f4", addr, 3)
				}
				sameCall(t, old, got, "f5", addr)
				sameCall(t, old, got, "f6", addr)
			}
			if t.Failed() {
				t.Fatalf("%s, %+v", engine, opts)
			}
		}
	}
}

// TestGrowTraps: growing is as before where it works, and a call of the host
// where it does not.
func TestGrowTraps(t *testing.T) {
	m := waiting()
	m.Tables = []wasm.Table{{Type: wasm.TableType{Limits: wasm.Limits{Min: 1, Max: 3, HasMax: true}, Elem: wasm.FuncRef}}}
	m.Funcs = append(m.Funcs, fn(typeUnary, 0, wasm.Instr{Op: wasm.OpRefNull, Heap: wasm.HeapFunc}, get(0), op(wasm.OpTableGrow)))
	m.Exports = append(m.Exports, wasm.Export{Name: "f9", Kind: wasm.ExternFunc, Index: uint32(len(m.Funcs))})
	for _, opts := range []Options{{TrapGrow: true, Budget: 1}, {TrapGrow: true, Wait: true, Stack: 1 << 20}} {
		with, mp := interrupt(t, m, opts)
		if names := mp.Added(); names[len(names)-1] != GrowName {
			t.Errorf("added %q", names)
		}
		for engine, cfg := range engines {
			r := start(t, cfg(), with, 2)
			for _, c := range []struct {
				f       string
				n, want uint64
				fails   bool
			}{
				{"f7", 0, 1, false}, {"f7", 5, 0, true}, {"f8", 9, 0, true}, {"f7", 1, 1, false}, {"f8", 0, 2, false},
				{"f7", 1, 0, true}, {"f9", 1, 1, false}, {"f9", 2, 0, true}, {"f9", 1, 2, false}, {"f9", 1 << 31, 0, true},
			} {
				res, err := r.call(c.f, c.n)
				if c.fails != errors.Is(err, errGrow) || !c.fails && (err != nil || res[0] != c.want) {
					t.Errorf("%s: %s(%d): %v, %v", engine, c.f, c.n, res, err)
				}
			}
		}
	}
}

// TestAllOptionsOnRandomPrograms: modules with everything switched on do what
// they did.
func TestAllOptionsOnRandomPrograms(t *testing.T) {
	for seed := range uint64(80) {
		g := &generator{r: newRand(seed)}
		m := shareMemory(g.module())
		with, _ := interrupt(t, m, Options{Budget: 3, Wait: true, TrapGrow: true, ExportBudget: true, Stack: 1 << 20})
		cfg := engines["interpreter"]()
		if seed%8 == 0 {
			cfg = engines["compiler"]()
		}
		old, got := start(t, cfg, m, 0), start(t, cfg, with, 1+int32(seed%4))
		for i := range m.Funcs {
			sameCall(t, old, got, fmt.Sprint("f", i), seed, uint64(i))
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestBudgetExport: the export is the budget, negative in the tick.
func TestBudgetExport(t *testing.T) {
	with, _ := interrupt(t, counting(), Options{Budget: 100, ExportBudget: true})
	r := start(t, engines["compiler"](), with, 50)
	g := r.mod.ExportedGlobal(BudgetExport).(api.MutableGlobal)
	if _, err := r.call("f0", 60); err != nil || int32(g.Get()) != 40 {
		t.Errorf("%d of 100 are left, %v", int32(g.Get()), err)
	}
	// 40, then 50 from the tick, one of which the check takes that it is made
	// for.
	if _, err := r.call("f0", 60); err != nil || int32(g.Get()) != 30 || r.ticks != 1 {
		t.Errorf("%d are left after %d ticks, %v", int32(g.Get()), r.ticks, err)
	}
}

func TestNamesOfWhatIsAdded(t *testing.T) {
	m := waiting()
	names, err := binary.EncodeNames(&wasm.Names{Funcs: wasm.NameMap{{Index: 0, Name: "note"}, {Index: 1, Name: "first"}, {Index: 7, Name: "last"}}})
	if err != nil {
		t.Fatal(err)
	}
	m.Customs = []wasm.Custom{{Name: "name", Data: names, After: wasm.SectionData}}
	with, mp := interrupt(t, m, Options{Wait: true, TrapGrow: true})
	got, err := binary.DecodeNames(with.Customs[0].Data, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := map[uint32]string{}
	for i, a := range got.Funcs {
		at[a.Index] = a.Name
		if i > 0 && got.Funcs[i-1].Index >= a.Index {
			t.Errorf("the names are not in order: %v", got.Funcs)
		}
	}
	want := map[uint32]string{0: "note", 1: "dray.tick", 2: WaitNames[0], 3: WaitNames[1], 4: WaitNames[2], 5: GrowName,
		6: "first", 12: "last", mp.refill(): "dray.tick.refill"}
	for i, name := range want {
		if at[i] != name {
			t.Errorf("function %d is %q, want %q", i, at[i], name)
		}
	}
	imports := with.ImportTypes()
	for i, name := range mp.Added() {
		if imp := imports[mp.Import()+1+i]; imp.Module != "dray" || imp.Name != name {
			t.Errorf("import %d is %q %q, want %q", mp.Import()+1+i, imp.Module, imp.Name, name)
		}
	}
	for i := range uint32(6) {
		if old, ok := mp.Func(i); ok != (i == 0) {
			t.Errorf("function %d was %d, %t", i, old, ok)
		}
	}
	if old, ok := mp.Func(6); old != 1 || !ok {
		t.Errorf("function 6 was %d, %t", old, ok)
	}
}

// TestWaitPlaces: a place in a call that stands for an instruction, or in what
// follows one that grows, is in that instruction; all others are found.
func TestWaitPlaces(t *testing.T) {
	for _, opts := range []Options{{Wait: true}, {Wait: true, TrapGrow: true}, {TrapGrow: true}, {Wait: true, Stack: 1 << 20}} {
		m := reencode(t, waiting())
		with, mp := interrupt(t, m, opts)
		with = reencode(t, with)
		for f := range m.Funcs {
			old, now := instrs(t, &m.Funcs[f].Body), instrs(t, &with.Funcs[f].Body)
			found := map[int64]bool{}
			last, end := int64(0), old[len(old)-1].End
			for _, in := range now {
				index, at, ok := mp.Original(uint32(f)+mp.newFunc(mp.imported), in.Pos)
				i := slices.IndexFunc(old, func(o wasm.Instr) bool { return o.Pos <= at && (at < o.End || at == end) })
				if !ok || index != uint32(f)+1 || i < 0 || at < last {
					t.Fatalf("%+v: function %d: %s at %d was at %d, after %d", opts, f, in.Op, in.Pos, at, last)
				}
				found[old[i].Pos] = true
				last = at
			}
			if len(found) != len(old) {
				t.Errorf("%+v: function %d: %d of %d instructions found", opts, f, len(found), len(old))
			}
		}
	}
}

// TestWaitNotNeeded: modules that have nothing to wait at stay as they are.
func TestWaitNotNeeded(t *testing.T) {
	plain, own := waiting(), waiting()
	plain.Memories[0].Limits.Shared = false
	none := testModule(fn(typeVoid, 0))
	own.Exports = append(own.Exports, wasm.Export{Name: MemoryExport, Kind: wasm.ExternFunc, Index: 1})
	for name, m := range map[string]*wasm.Module{"not shared": plain, "no memory": none} {
		if with, mp := interrupt(t, m, Options{Wait: true}); len(mp.Added()) != 0 || len(with.Exports) != len(m.Exports) {
			t.Errorf("%s: added %q", name, mp.Added())
		}
	}
	var d *diag.Error
	if _, _, err := Interrupt(own, Options{Wait: true}); !errors.As(err, &d) || d.Code != CodeUnsupported {
		t.Errorf("the export is taken: %v", err)
	}
	own.Exports[len(own.Exports)-1].Name = BudgetExport
	if _, _, err := Interrupt(own, Options{ExportBudget: true}); !errors.As(err, &d) || d.Code != CodeUnsupported {
		t.Errorf("the export of the budget is taken: %v", err)
	}
}
