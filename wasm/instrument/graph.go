// This file finds out which functions check the budget at their entry, and
// which count the call stack, from a graph of calls.
//
// The nodes of the graph are the functions that the module defines; a node for
// each type of function, with edges to the functions of that type that a table
// or reference may hold; and one for the world outside, to which every function
// leads that calls an import.
//
// # Cycles
//
// A depth-first search finds the edges that lead back to a node that it has not
// left yet; every cycle has one. Of the two ends of each, one is marked: the
// function that it leads to, or else the one that it leads from (from nodes
// that are no functions, edges lead to functions). So every cycle has a marked
// function in it.
//
// Where the outside calls exported functions, that is no edge. Instead, the
// exported functions from which the outside can be reached, or a marked function,
// are gates: every way through the outside into the module that leads on to
// more than a few calls goes through a gate, or along an edge.
//
// # The budget
//
// Marked functions and gates check it. So do functions one activation of which
// could make more than maxUnchecked calls without a check, where each call in
// the code counts once, as loops have a check of their own. With that, the calls
// between two checks are bounded by the code of a function, and by how deep the
// stack is.
//
// # The stack
//
// Marked functions and gates count. What one that counts takes is its own frame
// and the most that lies on the stack between it and the next one that counts. A
// function with which the latter would become more than maxPassed counts, too.
// What nobody takes is the top of the stack, behind the last function that
// counts: there, a function counts with which it would become more than maxTop.
// So all frames on a stack together are not more than what was taken and twice
// maxTop (once for what the last function of the outside calls), and maxPassed
// for the outermost call, which may be of a function that is no gate.

package instrument

import (
	"slices"

	"github.com/dray-wasm/dray/wasm"
)

// The estimated size of a frame, in bytes: what each has, one for so many bytes
// of code (a compiler keeps much of what is live across calls in places of its
// own), and 8 for each parameter, result and local. Measured with wazero on C,
// Rust and Go, a frame has 0.5 to 2.7 times of this, most often 0.8 times.
const (
	frameBytes   = 48
	codePerByte  = 4
	maxFrameCost = 1 << 20
)

// A graph is the graph of calls.
type graph struct {
	m        *wasm.Module
	imported uint32
	funcs    uint32 // defined ones; these are the first nodes
	outside  uint32 // the last node
	// class is the number of its type's node for each type index, from 0.
	class []uint32
	// Edges of functions: of function i up to ends[i] and from there on of the
	// next.
	edges []uint32
	ends  []uint32
	// types and back are the edges of types and of the outside.
	types    [][]uint32
	back     []uint32
	exported []bool
	frames   []int64
	// catches is the offset of the first instruction that catches exceptions, or
	// -1.
	catches int64

	order         []uint32 // nodes as the search leaves them
	marked        []bool
	check, counts []bool // of functions, what this is all for
	// For nodes: the bytes that lie on the stack at most between an edge to the
	// node and a function that counts, or -1 where none is reached; the bytes on
	// the top of the stack; and calls without a check.
	passed, top []int64
	unchecked   []uint32
}

// newGraph reads the bodies. What is malformed in them is left out.
func newGraph(m *wasm.Module) *graph {
	n := len(m.Funcs)
	g := &graph{
		m: m, imported: uint32(m.ImportedFuncs()), funcs: uint32(n),
		ends: make([]uint32, 0, n), exported: make([]bool, n), frames: make([]int64, n), catches: -1,
	}
	g.classes()
	g.outside = g.funcs + uint32(len(g.types))
	for i := range m.Funcs {
		g.frames[i] = g.frame(&m.Funcs[i])
	}
	scans := scanBodies(m)
	foreign := foreignRefs(m)
	escaping := make([]bool, g.imported+g.funcs)
	g.escape(escaping, scans, foreign)
	leads := g.spread(escaping, foreign)
	for _, s := range scans {
		g.link(s, leads)
		if g.catches < 0 {
			g.catches = s.catches
		}
	}
	return g
}

// classes numbers types of functions that may be equal, or subtypes of each
// other: those that differ only in which references they take and give.
func (g *graph) classes() {
	numbers := map[string]uint32{}
	g.class = make([]uint32, len(g.m.Types))
	var key []byte
	for i := range g.m.Types {
		t := g.m.FuncType(uint32(i))
		if t == nil {
			continue
		}
		key = key[:0]
		for _, list := range [][]wasm.ValType{t.Params, t.Results} {
			for _, v := range list {
				if v.IsRef() {
					key = append(key, 0)
				} else {
					key = append(key, v.Code())
				}
			}
			key = append(key, 1)
		}
		number, ok := numbers[string(key)]
		if !ok {
			number = uint32(len(numbers))
			numbers[string(key)] = number
		}
		g.class[i] = number
	}
	g.types = make([][]uint32, len(numbers))
}

// frame estimates the frame of a function.
func (g *graph) frame(f *wasm.Func) int64 {
	size := uint64(frameBytes + len(f.Body.Code)/codePerByte)
	if t := g.m.FuncType(f.TypeIndex); t != nil {
		size += 8 * uint64(len(t.Params)+len(t.Results))
	}
	for _, run := range f.Body.Locals {
		size += 8 * uint64(run.Count)
	}
	return int64(min(size, maxFrameCost))
}

// foreignRefs tells whether references to functions may come from outside and
// go there.
func foreignRefs(m *wasm.Module) bool {
	foreign := func(t *wasm.ExternType) bool {
		switch t.Kind {
		case wasm.ExternTable:
			return true
		case wasm.ExternGlobal:
			return t.Global.Type.IsRef()
		case wasm.ExternFunc, wasm.ExternTag:
			f := m.FuncType(t.TypeIndex)
			return f != nil && (slices.ContainsFunc(f.Params, wasm.ValType.IsRef) || slices.ContainsFunc(f.Results, wasm.ValType.IsRef))
		}
		return false
	}
	for i := range m.Imports {
		if foreign(&m.Imports[i].Type) {
			return true
		}
	}
	for _, e := range m.Exports {
		if t, ok := m.Extern(e.Kind, e.Index); ok && foreign(&t) {
			return true
		}
	}
	return false
}

// escape finds the functions that tables and references may hold.
func (g *graph) escape(escaping []bool, scans []*scan, foreign bool) {
	add := func(x uint32) {
		if int(x) < len(escaping) {
			escaping[x] = true
		}
	}
	s := scan{catches: -1}
	for i := range g.m.Globals {
		s.read(g.m.Globals[i].Init.Code, 0)
	}
	for i := range g.m.Tables {
		s.read(g.m.Tables[i].Init.Code, 0)
	}
	for i := range g.m.Elems {
		for _, x := range g.m.Elems[i].Funcs {
			add(x)
		}
		for j := range g.m.Elems[i].Exprs {
			s.read(g.m.Elems[i].Exprs[j].Code, 0)
		}
	}
	for _, s := range append(scans[:len(scans):len(scans)], &s) {
		for _, x := range s.refs {
			add(x)
		}
	}
	for _, e := range g.m.Exports {
		if e.Kind != wasm.ExternFunc {
			continue
		}
		if foreign {
			add(e.Index)
		}
		if i := e.Index - g.imported; e.Index >= g.imported && i < g.funcs {
			g.exported[i] = true
		}
	}
}

// spread makes the edges of types and of the outside. It tells which types lead
// outside.
func (g *graph) spread(escaping []bool, foreign bool) (leads []bool) {
	leads = make([]bool, len(g.types))
	for x, is := range escaping {
		t, ok := g.m.FuncTypeIndex(uint32(x))
		if !is || !ok || int(t) >= len(g.class) || len(g.types) == 0 {
			continue
		}
		class := g.class[t]
		if i := uint32(x) - g.imported; uint32(x) >= g.imported {
			g.types[class] = append(g.types[class], i)
			if foreign && !g.exported[i] {
				g.back = append(g.back, i)
			}
		} else {
			leads[class] = true
		}
	}
	for i := range leads {
		leads[i] = leads[i] || foreign
	}
	return leads
}

// link adds the edges of some functions.
func (g *graph) link(s *scan, leads []bool) {
	from := uint32(0)
	for _, end := range s.ends {
		for _, x := range s.calls[from:end] {
			i := x >> 1
			switch {
			case x&1 == 0 && i < g.imported:
				g.edges = append(g.edges, g.outside)
			case x&1 == 0 && i-g.imported < g.funcs:
				g.edges = append(g.edges, i-g.imported)
			case x&1 == 1 && int(i) < len(g.class) && len(g.types) > 0:
				g.edges = append(g.edges, g.funcs+g.class[i])
				if leads[g.class[i]] {
					g.edges = append(g.edges, g.outside)
				}
			}
		}
		from = end
		g.ends = append(g.ends, uint32(len(g.edges)))
	}
}

// successors are the nodes that edges of a node lead to.
func (g *graph) successors(n uint32) []uint32 {
	switch {
	case n == 0 && g.funcs > 0:
		return g.edges[:g.ends[0]]
	case n < g.funcs:
		return g.edges[g.ends[n-1]:g.ends[n]]
	case n < g.outside:
		return g.types[n-g.funcs]
	}
	return g.back
}
