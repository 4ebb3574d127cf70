package instrument

// This file tests the limit of the call stack.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// left is what is left of the stack.
func (r *run) left() int32 { return int32(r.mod.ExportedGlobal(StackExport).Get()) }

var errExhausted = errors.New("call stack exhausted")

// raise is the function of the host that raises what is left of the stack.
func (r *run) raise(_ context.Context, m api.Module, need int32) {
	g := m.ExportedGlobal(StackExport).(api.MutableGlobal)
	left := int64(int32(g.Get()))
	lack := int64(need) - left
	if lack <= 0 || left < 0 {
		panic(fmt.Sprintf("%d bytes are needed where %d are left", need, left))
	}
	if lack > r.more {
		panic(errExhausted)
	}
	r.more -= lack
	g.Set(uint64(need))
}

// TestStackIsGivenBack: whatever way a call takes, it leaves the stack as it
// was, and does what it did without a limit.
func TestStackIsGivenBack(t *testing.T) {
	const limit = 1 << 20
	modules := map[string]*wasm.Module{"counting": counting()}
	for seed := range uint64(40) {
		modules[fmt.Sprint("seed ", seed)] = (&generator{r: newRand(seed)}).module()
	}
	for name, m := range modules {
		with, _ := interrupt(t, m, Options{Budget: 3, Stack: limit})
		for engine, cfg := range engines {
			if engine == "compiler" && name != "counting" && !strings.HasSuffix(name, "7") {
				continue
			}
			old, got := start(t, cfg(), m, 0), start(t, cfg(), with, 2)
			if got.left() != limit {
				t.Fatalf("%s: the stack starts with %d", name, got.left())
			}
			for i := range m.Funcs {
				fn := fmt.Sprint("f", i)
				sameCall(t, old, got, fn, 5, 7)
				// A call that trapped gives nothing back: the host does.
				got.mod.ExportedGlobal(StackExport).(api.MutableGlobal).Set(limit)
				params := len(got.mod.ExportedFunction(fn).Definition().ParamTypes())
				old.call(fn, []uint64{5, 7}[:params]...) // so that both have the same history
				if _, err := got.call(fn, []uint64{5, 7}[:params]...); err != nil {
					continue
				}
				if got.left() != limit {
					t.Fatalf("%s, %s on the %s: %d of %d bytes are left", name, fn, engine, got.left(), limit)
				}
			}
		}
	}
}

// recursion calls itself as often as its parameter says, in ways of its own:
// plainly, through a table, and in the middle of a block from which it returns.
func recursion() *wasm.Module {
	down := []wasm.Instr{get(0), i32(1), op(wasm.OpI32Sub)}
	done := []wasm.Instr{get(0), op(wasm.OpI32Eqz), blk(wasm.OpIf, wasm.BlockEmpty), i32(0), op(wasm.OpReturn), op(wasm.OpEnd)}
	body := func(ins ...wasm.Instr) []wasm.Instr {
		return append(append(append([]wasm.Instr{}, done...), down...), ins...)
	}
	return testModule(
		fn(typeUnary, 0, body(idx(wasm.OpCall, 1), i32(1), op(wasm.OpI32Add))...),
		fn(typeUnary, 3, body(idx(wasm.OpCall, 2), op(wasm.OpReturn))...),
		fn(typeUnary, 0, body(idx(wasm.OpReturnCall, 3))...),
	)
}

// TestStackIsExhausted: recursion ends at the limit; what is left can be raised;
// tail calls need no stack.
func TestStackIsExhausted(t *testing.T) {
	with, _ := interrupt(t, recursion(), Options{Stack: 64 << 10})
	for engine, cfg := range engines {
		for f, deep := range []uint64{300, 300, 1_000_000} {
			r := start(t, cfg(), with, DefaultBudget)
			name := fmt.Sprint("f", f)
			if _, err := r.call(name, deep); err != nil {
				t.Errorf("%s: %s(%d): %v", engine, name, deep, err)
			}
			_, err := r.call(name, 10_000_000)
			if tail := f == 2; tail != (err == nil) || !tail && !errors.Is(err, errExhausted) {
				t.Errorf("%s: %s without end: %v", engine, name, err)
			}
			r.mod.ExportedGlobal(StackExport).(api.MutableGlobal).Set(64 << 10)
			r.more = 1 << 20
			if _, err := r.call(name, 5*deep); err != nil || f != 2 && (r.left() <= 64<<10 || r.more == 1<<20) {
				t.Errorf("%s: %s with more: %v, %d bytes left", engine, name, err, r.left())
			}
		}
	}
}

func TestStackUnsupported(t *testing.T) {
	exports := testModule()
	exports.Exports = append(exports.Exports, wasm.Export{Name: StackExport, Kind: wasm.ExternFunc})
	catches := testModule(fn(typeVoid, 0, blk(wasm.OpTryTable, wasm.BlockEmpty), idx(wasm.OpCall, 1), op(wasm.OpEnd)))
	for _, m := range []*wasm.Module{exports, catches} {
		var d *diag.Error
		if _, _, err := Interrupt(m, Options{Stack: 1000}); !errors.As(err, &d) || d.Code != CodeUnsupported {
			t.Errorf("got %v", err)
		}
		if _, _, err := Interrupt(m, Options{}); err != nil {
			t.Errorf("without a limit: %v", err)
		}
	}
}

// TestStackMapPlaces: places are found in modules with a limit, too.
func TestStackMapPlaces(t *testing.T) {
	for _, m := range []*wasm.Module{counting(), recursion()} {
		m = reencode(t, m)
		with, mp := interrupt(t, m, Options{Stack: 1 << 20})
		for i := range m.Funcs {
			seen := map[wasm.Opcode]int{}
			for _, in := range instrs(t, &with.Funcs[i].Body) {
				_, at, ok := mp.Original(mp.newFunc(uint32(i)+mp.imported), in.Pos)
				if !ok || at < 0 {
					t.Fatalf("function %d, offset %d: %d, %v", i, in.Pos, at, ok)
				}
				seen[in.Op]++
			}
			if len(seen) == 0 {
				t.Errorf("function %d is empty", i)
			}
		}
	}
}
