package wazero

import (
	"context"
	"errors"
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/valid"
)

// wat compiles a module in the text format, which must be valid.
func wat(t testing.TB, e *Engine, src string) engine.Module {
	t.Helper()
	s, err := text.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	features := wasm.Features(0)
	for f := range wasm.NumFeatures {
		if e.Supports(f) {
			features = features.With(f)
		}
	}
	if err := valid.Module(s.Module, features); err != nil {
		t.Fatal(s.Locate(err))
	}
	return compile(t, e, s.Module)
}

// failures are modules that trap at instantiation, with imports of a table of
// 10 elements, a memory of one page, an i32 of -1 and a function that must not
// run. Every one puts functions into the table that return 7, 8 and so on at
// those places, and bytes 7, 8 and so on into the memory; elems and data tell
// which of them must be there afterwards.
var failures = []struct {
	name, fields string
	trap         engine.TrapKind
	elems, data  []uint64
}{
	{"second element segment", `(elem (i32.const 7) $7) (elem (i32.const 8) $8 $8 $8)
		(elem (i32.const 9) $9) (data (i32.const 7) "\07")`, engine.TrapTableOutOfBounds, []uint64{7}, nil},
	{"data behind elements", `(elem (i32.const 7) $7 $8) (data (i32.const 7) "\07")
		(data (i32.const 0xffff) "\08\08") (data (i32.const 9) "\09")`, engine.TrapMemoryOutOfBounds, []uint64{7, 8}, []uint64{7}},
	{"offset of an import", `(elem (i32.const 7) $7) (elem (global.get 0) $8)`, engine.TrapTableOutOfBounds, []uint64{7}, nil},
	{"offset that is computed", `(elem (i32.add (i32.const 3) (i32.const 4)) $7) (elem (i32.sub (i32.const 3) (i32.const 4)) $8)`,
		engine.TrapTableOutOfBounds, []uint64{7}, nil},
	{"data offset of an import", `(data (i32.const 7) "\07") (data (global.get 0) "\08")`, engine.TrapMemoryOutOfBounds, nil, []uint64{7}},
	{"empty segment behind the end", `(elem (i32.const 7) $7) (elem (i32.const 11) func)
		(elem (i32.const 8) $8)`, engine.TrapTableOutOfBounds, []uint64{7}, nil},
	{"empty data behind the end", `(data (i32.const 7) "\07") (data (i32.const 0x10001) "")
		(data (i32.const 8) "\08")`, engine.TrapMemoryOutOfBounds, nil, []uint64{7}},
	{"own table", `(table $own 1 funcref) (elem (i32.const 7) $7)
		(elem (table $own) (i32.const 1) func $8)`, engine.TrapTableOutOfBounds, []uint64{7}, nil},
	{"expressions", `(elem (i32.const 7) funcref (ref.func $7)) (elem (i32.const 9) funcref (ref.func $8) (ref.null func))`,
		engine.TrapTableOutOfBounds, []uint64{7}, nil},
	{"externref", `(table $ext 2 externref) (elem (i32.const 7) $7)
		(elem (table $ext) (i32.const 1) externref (ref.null extern) (ref.null extern))`, engine.TrapTableOutOfBounds, []uint64{7}, nil},
}

const importer = `(module
	(import "a" "t" (table 1 funcref)) (import "a" "m" (memory 0))
	(import "a" "g" (global i32)) (import "a" "never" (func $never))
	(func $start (call $never)) (start $start)
	(func $7 (result i32) (i32.const 7)) (func $8 (result i32) (i32.const 8)) (func $9 (result i32) (i32.const 9)) `

const exporter = `(module
	(table (export "t") 10 funcref) (memory (export "m") 1) (global (export "g") i32 (i32.const -1))
	(type $f (func (result i32)))
	(func (export "call") (param i32) (result i32) (call_indirect (type $f) (local.get 0)))
	(func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))`

func TestSegmentsThatTrap(t *testing.T) {
	for _, cacheDir := range []string{"", t.TempDir()} {
		e := newEngine(t, Config{CacheDir: cacheDir})
		started := false
		h, err := e.CompileHost([]engine.HostFunc{{Name: "never", Call: func(context.Context, engine.Caller, []uint64) error {
			started = true
			return nil
		}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range failures {
			t.Run(c.name, func(t *testing.T) {
				s := e.NewStore(engine.Limits{})
				defer s.Close()
				a := instantiate(t, s, wat(t, e, exporter), nil, nil)
				m := wat(t, e, importer+c.fields+")")
				for range 2 {
					_, err = s.Instantiate(ctx, m, []engine.Extern{a.Export("t"), a.Export("m"), a.Export("g"), h.Func(0)}, nil)
					var trap *engine.Trap
					if !errors.As(err, &trap) || trap.Kind != c.trap || trap.Frames != nil {
						t.Fatalf("got %v, want %q", err, c.trap)
					}
				}
				m.Close() // what the instance needs stays
				if started {
					t.Error("the start function ran")
				}
				found := map[string][]uint64{}
				for i := range uint64(10) {
					if got, err := call(t, a, "call", i); err == nil {
						found["elems"] = append(found["elems"], got[0])
						if got[0] != i {
							t.Errorf("element %d is the function of %d", i, got[0])
						}
					}
					if got, err := call(t, a, "load", i); err != nil || got[0] != 0 {
						found["data"] = append(found["data"], got[0])
					}
				}
				if !equal(found["elems"], c.elems) || !equal(found["data"], c.data) {
					t.Errorf("found %v, want elements %v and data %v", found, c.elems, c.data)
				}
			})
		}
	}
}

func equal(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// TestSegmentsAfterwards: segments that were written are dropped, and those
// behind one that trapped are not.
func TestSegmentsAfterwards(t *testing.T) {
	e := newEngine(t, Config{})
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	in := instantiate(t, s, wat(t, e, `(module (memory (export "m") 1) (table $t 2 funcref)
		(data (i32.const 3) "\09") (elem (i32.const 1) func $e)
		(func $e (export "elem") (table.init $t 0 (i32.const 0) (i32.const 0) (i32.const 1)))
		(func (export "data") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))))`), nil, nil)
	if b := in.Export("m").(engine.Memory).Bytes(); b[3] != 9 {
		t.Error("the data was not written")
	}
	for name, kind := range map[string]engine.TrapKind{"elem": engine.TrapTableOutOfBounds, "data": engine.TrapMemoryOutOfBounds} {
		var trap *engine.Trap
		if _, err := call(t, in, name); !errors.As(err, &trap) || trap.Kind != kind {
			t.Errorf("%s: got %v, want %q", name, err, kind)
		}
	}

	a := instantiate(t, s, wat(t, e, exporter), nil, nil)
	_, err := s.Instantiate(ctx, wat(t, e, `(module (import "a" "t" (table 10 funcref)) (memory 1)
		(data (i32.const 70000) "x") (data (i32.const 0) "\2a")
		(elem (i32.const 4) $load)
		(func $load (result i32) (memory.init 1 (i32.const 5) (i32.const 0) (i32.const 1)) (i32.load8_u (i32.const 5))))`),
		[]engine.Extern{a.Export("t")}, nil)
	if err == nil {
		t.Fatal("no trap")
	}
	if got, err := call(t, a, "call", 4); err != nil || got[0] != 42 {
		t.Errorf("a segment behind the one that trapped: %v, %v, want 42", got, err)
	}
}

// TestSegmentsFit: the same with segments that fit.
func TestSegmentsFit(t *testing.T) {
	e := newEngine(t, Config{})
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	tab, err := s.NewTable(ctx, wasm.TableType{Limits: wasm.Limits{Min: 3}, Elem: wasm.FuncRef})
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.NewGlobal(ctx, wasm.GlobalType{Type: wasm.I32}, engine.Value{Lo: 2})
	if err != nil {
		t.Fatal(err)
	}
	// The names of the exports are those that the engine would like.
	in := instantiate(t, s, wat(t, e, `(module
		(import "a" "t" (table 1 funcref)) (import "a" "g" (global i32)) (memory (export "m") 1)
		(global $done (export "segments") (mut i32) (i32.const 0))
		(global (export "segments'") i32 (i32.const 0))
		(func $start (export "start") (global.set $done (i32.add (global.get $done) (i32.load8_u (i32.const 2)))))
		(start $start)
		(elem (global.get 0) $start) (data (global.get 0) "\05")
		(table $x (export "x") 2 externref) (elem (table $x) (i32.const 0) externref (ref.null extern))
	)`), []engine.Extern{tab, g}, nil)
	if v, err := tab.Get(ctx, 2); err != nil || v.Lo == 0 {
		t.Errorf("the element is %v, %v", v, err)
	}
	if n := in.Export("segments").(engine.Global).Get().Lo; n != 5 {
		t.Errorf("the start function left %d, want 5", n)
	}
	if _, err := call(t, in, "start"); err != nil {
		t.Error(err)
	}
}

// TestStartTraps: an instance whose start function traps lives on in a table
// with its own data for host functions, and it can grow its memory.
func TestStartTraps(t *testing.T) {
	e := newEngine(t, Config{})
	h, err := e.CompileHost([]engine.HostFunc{{Name: "data", Type: wasm.FuncType{Results: i32},
		Call: func(_ context.Context, c engine.Caller, stack []uint64) error {
			stack[0] = uint64(c.Data().(int))
			if n, ok := c.Memory().Grow(1); ok {
				stack[0] += 1000 * n
			}
			if c.Export("memory") != c.Memory() {
				return errors.New("the memory is not the one that is exported")
			}
			return nil
		}}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	a := instantiate(t, s, wat(t, e, exporter), nil, 1)
	m := wat(t, e, `(module (import "a" "t" (table 10 funcref)) (import "h" "data" (func $data (result i32)))
		(memory (export "memory") 1)
		(func $start (drop (call $data)) unreachable) (start $start)
		(elem (i32.const 4) $data $f) (func $f (result i32) (call $data)))`)
	_, err = s.Instantiate(ctx, m, []engine.Extern{a.Export("t"), h.Func(0)}, 50)
	var trap *engine.Trap
	if !errors.As(err, &trap) || trap.Kind != engine.TrapUnreachable || len(trap.Frames) != 1 || trap.Frames[0].Func != 1 {
		t.Fatalf("got %v", err)
	}
	m.Close()
	if got, err := call(t, a, "call", 5); err != nil || got[0] != 2050 {
		t.Errorf("got %v, %v, want 2050", got, err)
	}
}

// TestStartIsHostFunction: an imported function can be the start function.
func TestStartIsHostFunction(t *testing.T) {
	e := newEngine(t, Config{})
	var data any
	h, err := e.CompileHost([]engine.HostFunc{{Name: "f", Call: func(_ context.Context, c engine.Caller, _ []uint64) error {
		data = c.Data()
		return &exit{4}
	}}})
	if err != nil {
		t.Fatal(err)
	}
	s := e.NewStore(engine.Limits{})
	defer s.Close()
	_, err = s.Instantiate(ctx, wat(t, e, `(module (import "h" "f" (func $f)) (start $f))`), []engine.Extern{h.Func(0)}, 3)
	var x *exit
	if !errors.As(err, &x) || x.code != 4 || data != 3 {
		t.Errorf("got %v, and the caller's data is %v", err, data)
	}
}

// BenchmarkInstantiateSegments is a module whose segments are written by wazero
// and one whose offsets are not known before.
func BenchmarkInstantiateSegments(b *testing.B) {
	for name, offset := range map[string]string{"fit": "i32.const 1", "unknown": "global.get 0"} {
		b.Run(name, func(b *testing.B) {
			e := newEngine(b, Config{})
			m := wat(b, e, `(module (import "a" "g" (global i32)) (memory 1) (table 9 funcref) (func $f)
				(elem (`+offset+`) $f) (data (`+offset+`) "abc"))`)
			b.ReportAllocs()
			for b.Loop() {
				s := e.NewStore(engine.Limits{})
				g, err := s.NewGlobal(ctx, wasm.GlobalType{Type: wasm.I32}, engine.Value{Lo: 2})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := s.Instantiate(ctx, m, []engine.Extern{g}, nil); err != nil {
					b.Fatal(err)
				}
				s.Close()
			}
		})
	}
}
