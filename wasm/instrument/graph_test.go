package instrument

// This file tests what is chosen from the graph of calls.

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dray-wasm/dray/wasm"
)

// randomCalls is a module of functions of a few types that call each other at
// random: directly, through types, and an import. Some are exported, some in the
// table, and some have large frames.
func randomCalls(r *rand.Rand) *wasm.Module {
	n := 1 + r.IntN(30)
	funcs := make([]wasm.Func, n)
	for i := range funcs {
		var body []wasm.Instr
		for range r.IntN(4) {
			switch r.IntN(8) {
			case 0:
				body = append(body, idx(wasm.OpCallIndirect, uint32(r.IntN(6))))
			case 1:
				body = append(body, idx(wasm.OpCall, 0))
			case 2:
				body = append(body, idx(wasm.OpRefFunc, uint32(r.IntN(n+1))))
			default:
				body = append(body, idx(wasm.OpCall, 1+uint32(r.IntN(n))))
			}
		}
		locals := uint32(r.IntN(20))
		if r.IntN(10) == 0 {
			locals = uint32(r.IntN(100_000))
		}
		funcs[i] = fn(uint32(r.IntN(6)), locals, body...)
	}
	m := testModule(funcs...)
	m.Exports = slices.DeleteFunc(m.Exports, func(wasm.Export) bool { return r.IntN(4) > 0 })
	m.Tables = []wasm.Table{{Type: wasm.TableType{Elem: wasm.FuncRef}}}
	if r.IntN(3) == 0 {
		m.Exports = append(m.Exports, wasm.Export{Name: "table", Kind: wasm.ExternTable})
	}
	var elems []uint32
	for range r.IntN(4) {
		elems = append(elems, uint32(r.IntN(n+1)))
	}
	m.Elems = []wasm.ElemSegment{{Funcs: elems}}
	return m
}

// calls are the functions that each function may call next, worked out without
// the graph, and those that outside may call.
func calls(m *wasm.Module) (next [][]uint32, entries []uint32) {
	foreign := foreignRefs(m)
	held := make([]bool, len(m.Funcs)+1)
	for _, x := range m.Elems[0].Funcs {
		held[x] = true
	}
	for _, s := range scanBodies(m) {
		for _, x := range s.refs {
			held[x] = true
		}
	}
	for _, e := range m.Exports {
		if e.Kind == wasm.ExternFunc {
			entries = append(entries, e.Index-1)
			held[e.Index] = held[e.Index] || foreign
		}
	}
	for i := range m.Funcs {
		if foreign && held[i+1] && !slices.Contains(entries, uint32(i)) {
			entries = append(entries, uint32(i))
		}
	}
	next, outside := make([][]uint32, len(m.Funcs)), make([]bool, len(m.Funcs))
	for _, s := range scanBodies(m) {
		from := uint32(0)
		for i, end := range s.ends {
			for _, x := range s.calls[from:end] {
				switch {
				case x == 0:
					outside[i] = true
				case x&1 == 0:
					next[i] = append(next[i], x/2-1)
				default:
					outside[i] = outside[i] || foreign || held[0] && x/2 == typeCounter
					for j := range m.Funcs {
						if held[j+1] && m.Funcs[j].TypeIndex == x/2 {
							next[i] = append(next[i], uint32(j))
						}
					}
				}
			}
			if outside[i] {
				next[i] = append(next[i], entries...)
			}
			from = end
		}
	}
	return next, entries
}

// TestGraphBoundsTheStack walks at random through the calls of random modules.
// The frames on the stack never sum up to much more than what is counted, and
// calls without a check come to an end.
func TestGraphBoundsTheStack(t *testing.T) {
	for seed := range uint64(3000) {
		r := newRand(seed)
		m := randomCalls(r)
		g := newGraph(m)
		p := g.plan()
		next, entries := calls(m)
		if len(entries) == 0 {
			continue
		}
		for range 20 {
			f := entries[r.IntN(len(entries))]
			real, counted, unchecked := int64(0), int64(0), 0
			for range 300 {
				real += g.frames[f]
				counted += int64(p.stack[f])
				if unchecked++; p.check[f] {
					unchecked = 0
				}
				if real > counted+2*maxTop+maxPassed {
					t.Fatalf("seed %d: %d bytes on the stack where %d are counted", seed, real, counted)
				}
				if unchecked > len(m.Funcs) {
					t.Fatalf("seed %d: %d calls deep without a check", seed, unchecked)
				}
				if len(next[f]) == 0 {
					break
				}
				f = next[f][r.IntN(len(next[f]))]
			}
		}
	}
}

// TestGraphCycles: every cycle of calls has a function that checks and counts.
// Without these, what is left of the graph has no way back.
func TestGraphCycles(t *testing.T) {
	for seed := range uint64(3000) {
		m := randomCalls(newRand(seed))
		p := newGraph(m).plan()
		next, _ := calls(m)
		for what, cut := range map[string]func(int) bool{
			"check": func(i int) bool { return p.check[i] },
			"count": func(i int) bool { return p.stack[i] > 0 },
		} {
			left := slices.Clone(next)
			for i := range left {
				if cut(i) {
					left[i] = nil
				}
			}
			for again := true; again; {
				again = false
				for i := range left {
					kept := slices.DeleteFunc(slices.Clone(left[i]), func(j uint32) bool { return left[j] == nil })
					if left[i] != nil && len(kept) == 0 {
						left[i], again = nil, true
					}
				}
			}
			for i := range left {
				if left[i] != nil {
					t.Fatalf("seed %d: function %d is on a cycle, or leads to one, without a %s", seed, i, what)
				}
			}
		}
	}
}

// TestGraphUnchecked: one activation makes few calls without a check.
func TestGraphUnchecked(t *testing.T) {
	for seed := range uint64(500) {
		m := randomCalls(newRand(seed))
		g := newGraph(m)
		p := g.plan()
		var count func(n uint32) uint32
		count = func(n uint32) (sum uint32) {
			for _, to := range g.successors(n) {
				switch {
				case n >= g.funcs && (to >= g.funcs || !p.check[to]):
					sum = max(sum, count(to))
				case to < g.funcs && !p.check[to]:
					sum += 1 + count(to)
				case to >= g.funcs && to != g.outside:
					sum += 1 + count(to)
				}
			}
			return sum
		}
		for i := range g.funcs {
			if p.check[i] {
				continue
			}
			if n := count(i); n > maxUnchecked {
				t.Fatalf("seed %d: function %d makes %d calls without a check", seed, i, n)
			}
		}
	}
}

// TestGraphChoices: what is not on a cycle and not exported counts nothing, and
// long chains of it count now and then.
func TestGraphChoices(t *testing.T) {
	const n = 100
	funcs := make([]wasm.Func, n)
	for i := range n - 1 {
		funcs[i] = fn(typeVoid, 0, idx(wasm.OpCall, uint32(i+2)))
	}
	funcs[n-1] = fn(typeVoid, 0)
	m := testModule(funcs...)
	m.Exports = m.Exports[:1]
	p := newGraph(m).plan()
	for i, bytes := range p.stack {
		if bytes != 0 {
			t.Errorf("function %d of a chain counts %d bytes", i, bytes)
		}
	}
	funcs[n-1] = fn(typeVoid, 0, idx(wasm.OpCall, 1))
	p = newGraph(testModule(funcs...)).plan()
	if p.stack[0] == 0 || !p.check[0] {
		t.Error("the head of a cycle does not count, or not check")
	}
	m = testModule(funcs...)
	m.Exports = m.Exports[:1]
	counting := 0
	for _, bytes := range newGraph(m).plan().stack {
		if bytes != 0 {
			counting++
		}
	}
	if counting < 4 || counting > 10 {
		t.Errorf("%d functions of a long cycle count", counting)
	}
	// Types of the same structure are one, and references do not matter.
	m.Types = append(m.Types, m.Types[typeVoid])
	g := newGraph(m)
	if g.class[len(m.Types)-1] != g.class[typeVoid] || g.class[typeUnary] == g.class[typeVoid] {
		t.Error("types are not told apart by their structure")
	}
}

// BenchmarkGraph is the part of the pass that looks at all bodies first.
func BenchmarkGraph(b *testing.B) {
	m := decodeFile(b, "../../testdata/guests/hello-go.wasm")
	b.ReportAllocs()
	var p *plan
	for b.Loop() {
		p = newGraph(m).plan()
	}
	n := 0
	for i := range p.stack {
		if p.stack[i] > 0 {
			n++
		}
	}
	b.ReportMetric(float64(n), "counting")
}
