package debuginfo_test

// This file looks up known instructions of real guests, and finds the lines
// they must be at by searching the guests' sources.

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo"
)

const guests = "../../testdata/guests"

func load(t *testing.T, name string) *wasm.Module {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(guests, name))
	if err != nil {
		t.Skipf("GUEST IS MISSING: %v", err)
	}
	m, err := binary.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lineOf is the number of the only line of a source that holds a text.
func lineOf(t *testing.T, file, text string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(guests, file))
	if err != nil {
		t.Skipf("SOURCE IS MISSING: %v", err)
	}
	found := 0
	for i, line := range strings.Split(string(data), "\n") {
		if strings.Contains(line, text) {
			if found != 0 {
				t.Fatalf("%s has %q in line %d and in line %d", file, text, found, i+1)
			}
			found = i + 1
		}
	}
	if found == 0 {
		t.Fatalf("%s has no %q", file, text)
	}
	return found
}

// instrs calls yield for each instruction of a function, with offsets from the
// start of the body.
func instrs(t *testing.T, b *wasm.Body, yield func(op wasm.Opcode, pos, end int64)) {
	t.Helper()
	r := binary.NewInstrReader(b.Code, b.Offset)
	var in wasm.Instr
	for r.Offset() < b.Offset+int64(len(b.Code)) {
		if err := r.Next(&in); err != nil {
			t.Fatal(err)
		}
		yield(in.Op, in.Pos-b.Start, in.End-b.Start)
	}
}

func TestLookupGuests(t *testing.T) {
	for _, tt := range []struct {
		guest, fn string
		op        wasm.Opcode
		// want are frames: function, source, and a text of the line.
		want [][3]string
	}{
		{"trap-cpp.wasm", "shapes::Polygon<int, 4>::scaled(long) const::{lambda(int)#1}::operator()", wasm.OpI32DivS,
			[][3]string{{"shapes::Polygon<int, 4>::scaled(long) const::{lambda(int)#1}::operator()", "c/trap-cpp.cc", "return edge_ / n;"}}},
		{"trap-cpp.wasm", "shapes::operator%", wasm.OpCallIndirect, [][3]string{
			{"shapes::inlined_total", "c/trap-cpp.cc", "return a.scaled(by)"},
			{"shapes::operator%", "c/trap-cpp.cc", "return inlined_total(a, a, by)"},
		}},
		{"trap.wasm", "trap_div_zero", wasm.OpI32DivS,
			[][3]string{{"trap_div_zero", "c/trap.c", "static void trap_div_zero"}}},
		{"trap.wasm", "trap_unreachable", wasm.OpUnreachable,
			[][3]string{{"trap_unreachable", "c/trap.c", "static void trap_unreachable"}}},
		{"trap.wasm", "inner", wasm.OpCallIndirect,
			[][3]string{{"inner", "c/trap.c", "kinds[kind].run();"}}},
		{"trap.wasm", "outer", wasm.OpCall,
			[][3]string{{"outer", "c/trap.c", "  middle(kind);"}}},
		{"trap-rust-lines.wasm", "trap_rust_lines::unreachable::{closure#0}", wasm.OpUnreachable, [][3]string{
			{"core::core_arch::wasm32::unreachable", "", ""},
			{"trap_rust_lines::unreachable::{closure#0}", "rust/trap-rust-lines.rs", "below(&|| core::arch::wasm32::unreachable());"},
		}},
		{"trap-rust-lines.wasm", "trap_rust_lines::panic::{closure#0}", wasm.OpCall,
			[][3]string{{"trap_rust_lines::panic::{closure#0}", "rust/trap-rust-lines.rs", `panic!("as asked`}}},
	} {
		t.Run(tt.guest+"/"+tt.fn, func(t *testing.T) {
			m := load(t, tt.guest)
			for _, got := range lookupOp(t, m, tt.fn, tt.op) {
				if len(got) == len(tt.want) && matches(t, got, tt.want) {
					return
				}
				t.Logf("%v at %+v", tt.op, got)
			}
			t.Errorf("no %v in %s is at %v", tt.op, tt.fn, tt.want)
		})
	}
}

// lookupOp looks up each instruction of an opcode in a function, as itself and
// as a call that will return.
func lookupOp(t *testing.T, m *wasm.Module, fn string, op wasm.Opcode) (all [][]debuginfo.Line) {
	i := debuginfo.New(m)
	for own := range m.Funcs {
		index := uint32(m.ImportedFuncs() + own)
		lines := i.Lookup(index, int64(len(m.Funcs[own].Body.Code))/2, false)
		if len(lines) == 0 || lines[len(lines)-1].Func != fn {
			continue
		}
		instrs(t, &m.Funcs[own].Body, func(o wasm.Opcode, pos, end int64) {
			if o == op {
				all = append(all, i.Lookup(index, pos, false))
			}
		})
	}
	return all
}

func matches(t *testing.T, got []debuginfo.Line, want [][3]string) bool {
	for i, w := range want {
		if got[i].Func != w[0] || w[1] != "" && (got[i].File != w[1] || got[i].Line != lineOf(t, w[1], w[2])) {
			return false
		}
	}
	return true
}

// TestReturning: where a call returns to is not where it is.
func TestReturning(t *testing.T) {
	calls := 0
	for _, name := range []string{"trap.wasm", "trap-cpp.wasm", "trap-rust-lines.wasm"} {
		m := load(t, name)
		i := debuginfo.New(m)
		for own := range m.Funcs {
			index := uint32(m.ImportedFuncs() + own)
			instrs(t, &m.Funcs[own].Body, func(op wasm.Opcode, pos, end int64) {
				if op != wasm.OpCall && op != wasm.OpCallIndirect {
					return
				}
				calls++
				at, back := i.Lookup(index, pos, false), i.Lookup(index, end, true)
				if len(at) != len(back) || len(at) > 0 && at[0] != back[0] {
					t.Errorf("%s: function %d: call at %#x: %+v, but returning to %#x: %+v", name, index, pos, at, end, back)
				}
			})
		}
	}
	if calls < 100 {
		t.Errorf("only %d calls in all guests", calls)
	}
}

// TestConcurrent asks one Info from many goroutines at once.
func TestConcurrent(t *testing.T) {
	m := load(t, "trap-rust-lines.wasm")
	i := debuginfo.New(m)
	frames := func(own int) []debuginfo.Frame {
		return []debuginfo.Frame{{Func: uint32(m.ImportedFuncs() + own), Offset: 9}}
	}
	texts := make([][]string, 8)
	var wg sync.WaitGroup
	for g := range texts {
		wg.Go(func() {
			for own := range m.Funcs {
				texts[g] = append(texts[g], i.Backtrace(frames(own))...)
			}
		})
	}
	wg.Wait()
	for g := range texts {
		if got, want := strings.Join(texts[g], "\n"), strings.Join(texts[0], "\n"); got != want || got == "" {
			t.Fatalf("goroutine %d got:\n%s\nwant:\n%s", g, got, want)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	m := biggest(b)
	i := debuginfo.New(m)
	n := m.ImportedFuncs()
	i.Lookup(uint32(n), 0, false)
	b.ReportAllocs()
	for k := 0; b.Loop(); k++ {
		own := k % len(m.Funcs)
		i.Lookup(uint32(n+own), int64(len(m.Funcs[own].Body.Code)/2), false)
	}
}

// BenchmarkFirstLookup opens the debug information each time.
func BenchmarkFirstLookup(b *testing.B) {
	m := biggest(b)
	n := m.ImportedFuncs()
	b.ReportAllocs()
	for k := 0; b.Loop(); k++ {
		own := k % len(m.Funcs)
		debuginfo.New(m).Lookup(uint32(n+own), int64(len(m.Funcs[own].Body.Code)/2), false)
	}
}

// biggest is the guest with the most debug information; the variable
// DRAY_DEBUG_GUEST is the path of another module.
func biggest(b *testing.B) (m *wasm.Module) {
	files := []string{os.Getenv("DRAY_DEBUG_GUEST")}
	if files[0] == "" {
		files, _ = filepath.Glob(filepath.Join(guests, "*.wasm"))
	}
	most := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		one, err := binary.Decode(data)
		if err != nil {
			continue // some guests are bad on purpose
		}
		size := 0
		for _, c := range one.Customs {
			if strings.HasPrefix(c.Name, ".debug_") {
				size += len(c.Data)
			}
		}
		if size > most {
			most, m = size, one
		}
	}
	if m == nil {
		b.Skip("NO GUEST has debug information")
	}
	return m
}
