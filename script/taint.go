// This file follows what a module that was skipped would have changed: in what
// state the instances are that share something with it is not known.

package script

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/valid"
)

// shares tells whether who imports something of a type can change what its
// exporter does, or the other way round.
func shares(t valid.ExternType) bool {
	return t.Kind != wasm.ExternTag && (t.Kind != wasm.ExternGlobal || t.Global.Mutable)
}

// connect links a new instance with those that it imports from. The externs of
// "spectest" count as no one's: what its table and memory hold is asked for by
// scripts that wrote it only.
func (sc *scope) connect(in *instance) {
	sc.r.mu.Lock()
	defer sc.r.mu.Unlock()
	seen := map[*instance]bool{sc.r.spec: true}
	for _, imp := range in.def.imports {
		from := sc.registered[imp.Module]
		if shares(imp.Type) && !seen[from] {
			seen[from] = true
			in.links = append(in.links, from)
			from.links = append(from.links, in)
		}
	}
}

// taintBy taints what an instance that was skipped would have changed while it
// was made: through its start function or its active segments.
func (in *instance) taintBy(def *definition) {
	m := def.module
	changes := m.Start != nil
	for i := range m.Elems {
		e := &m.Elems[i]
		changes = changes || e.Mode == wasm.SegmentActive && int64(e.Table) < int64(m.ImportedTables())
	}
	for i := range m.Datas {
		d := &m.Datas[i]
		changes = changes || d.Mode == wasm.SegmentActive && int64(d.Memory) < int64(m.ImportedMemories())
	}
	if changes {
		in.taint(in.skip)
	}
}

// taint has all instances skipped that are linked with one.
func (in *instance) taint(skip error) {
	todo, seen := []*instance{in}, map[*instance]bool{in: true}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if next.skip == nil {
			next.skip = skip
		}
		for _, l := range next.links {
			if !seen[l] {
				seen[l] = true
				todo = append(todo, l)
			}
		}
	}
}
