// This file chooses, from the graph of calls, what is done about functions.

package instrument

import "slices"

// See graph.go; the last two are in bytes.
const (
	maxUnchecked = 16
	maxPassed    = 1 << 10
	maxTop       = 1 << 20
)

// search is the depth-first search.
func (g *graph) search() {
	const (
		left    = 1
		entered = 2
	)
	state := make([]uint8, g.outside+1)
	g.marked = make([]bool, g.funcs)
	g.order = make([]uint32, 0, g.outside+1)
	type visit struct{ node, next uint32 }
	var path []visit
	from := func(root uint32) {
		if state[root] != 0 {
			return
		}
		state[root] = entered
		path = append(path, visit{node: root})
		for len(path) > 0 {
			v := &path[len(path)-1]
			to := g.successors(v.node)
			if int(v.next) == len(to) {
				state[v.node] = left
				g.order = append(g.order, v.node)
				path = path[:len(path)-1]
				continue
			}
			next := to[v.next]
			v.next++
			switch {
			case state[next] == 0:
				state[next] = entered
				path = append(path, visit{node: next})
			case state[next] == entered && next < g.funcs:
				g.marked[next] = true
			case state[next] == entered:
				g.marked[v.node] = true
			}
		}
	}
	for i, is := range g.exported {
		if is {
			from(uint32(i))
		}
	}
	for i := range g.funcs {
		from(i)
	}
}

// choose decides which functions check and which count. Where a node is not
// marked, the nodes that its edges lead to are marked or come before it.
func (g *graph) choose() {
	g.search()
	g.check, g.counts = slices.Clone(g.marked), slices.Clone(g.marked)
	g.passed, g.top = make([]int64, g.outside+1), make([]int64, g.outside+1)
	g.unchecked = make([]uint32, g.outside+1)
	for _, n := range g.order {
		passed, top := g.beyond(n)
		calls := g.calls(n)
		switch {
		case n < g.funcs:
			top += g.frames[n]
			if passed >= 0 {
				passed += g.frames[n]
			}
			gate := g.exported[n] && passed >= 0
			g.counts[n] = g.counts[n] || gate || passed > maxPassed || top > maxTop
			g.check[n] = g.check[n] || gate || calls > maxUnchecked
		case n == g.outside:
			passed = max(passed, 0)
		}
		g.passed[n], g.top[n], g.unchecked[n] = passed, top, calls
	}
}

// beyond is what lies on the stack beyond a node: up to a function that counts,
// or -1, and at the top.
func (g *graph) beyond(n uint32) (passed, top int64) {
	passed = -1
	for _, to := range g.successors(n) {
		if to < g.funcs && g.counts[to] {
			passed = max(passed, 0)
		} else {
			passed, top = max(passed, g.passed[to]), max(top, g.top[to])
		}
	}
	return passed, top
}

// calls counts the calls without a check that one activation of a function
// makes, or that a call through another node can make; up to some number.
func (g *graph) calls(n uint32) (sum uint32) {
	for _, to := range g.successors(n) {
		calls := uint32(0)
		if to >= g.funcs || !g.check[to] {
			calls = g.unchecked[to]
		}
		switch {
		case n >= g.funcs:
			sum = max(sum, calls)
		case to >= g.funcs || !g.check[to]:
			sum = min(sum+calls+1, 2*maxUnchecked)
		}
	}
	return sum
}

// A plan is what is done about functions.
type plan struct {
	// check tells whether entries need a check where there is no other.
	check []bool
	// stack is how many bytes a call takes of the stack; 0 where it does not
	// count.
	stack []uint32
	// catches is the offset of an instruction that catches exceptions, or -1.
	catches int64
}

// plan decides what is done.
func (g *graph) plan() *plan {
	g.choose()
	p := &plan{g.check, make([]uint32, g.funcs), g.catches}
	for i := range p.stack {
		if g.counts[i] {
			passed, _ := g.beyond(uint32(i))
			p.stack[i] = uint32(g.frames[i] + max(passed, 0))
		}
	}
	return p
}
