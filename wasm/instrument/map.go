// This file translates places in an instrumented module back.

package instrument

import (
	"sort"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// A Map translates between a module and its instrumented copy. It finds
// places by rewriting the one function again, so it costs no memory of its
// own. It is safe for concurrent use.
type Map struct {
	m        *wasm.Module
	imported uint32 // imported functions of the old module; index of the tick
	funcs    uint32 // functions of the old module
	globals  uint32 // globals of the old module; index of the budget
	types    uint32 // types of the old module
	added    uint32 // imported functions that the new module has more
	waits    bool   // WaitNames are among them
	grow     uint32 // function index of GrowName, or 0
	more     uint32 // function index of StackName, or 0
	// blocks are the types of the blocks that bodies are put into, by type
	// index, where the call stack is counted.
	blocks map[uint32]wasm.BlockType
	// plan tells which functions check and which count; where everyEntry is
	// set, all that call others check.
	plan       *plan
	everyEntry bool
}

func newMap(m *wasm.Module) *Map {
	mp := &Map{
		m:        m,
		imported: uint32(m.ImportedFuncs()),
		globals:  uint32(m.ImportedGlobals() + len(m.Globals)),
		types:    uint32(len(m.Types)),
		added:    1,
	}
	mp.funcs = mp.imported + uint32(len(m.Funcs))
	return mp
}

// Import is the place of the tick in the list of imports of the new module.
func (mp *Map) Import() int { return len(mp.m.Imports) }

// Added are the names of what the new module imports behind the tick:
// WaitNames, StackName and GrowName, as far as they are wanted.
func (mp *Map) Added() (names []string) {
	if mp.waits {
		names = append(names, WaitNames[:]...)
	}
	if mp.more != 0 {
		names = append(names, StackName)
	}
	if mp.grow != 0 {
		names = append(names, GrowName)
	}
	return names
}

// refill is the index in the new module of the function that calls the tick:
// its last function.
func (mp *Map) refill() uint32 { return mp.funcs + mp.added }

// TickFunc is the function index of the tick in the new module.
func (mp *Map) TickFunc() uint32 { return mp.imported }

// BudgetGlobal is the global index of the budget in the new module.
func (mp *Map) BudgetGlobal() uint32 { return mp.globals }

// newFunc is the new index of a function.
func (mp *Map) newFunc(old uint32) uint32 {
	if old >= mp.imported {
		return old + mp.added
	}
	return old
}

// Func is the index in the old module of a function of the new one; ok is
// false for what was added, and for indices out of bounds.
func (mp *Map) Func(newFunc uint32) (oldFunc uint32, ok bool) {
	switch {
	case newFunc < mp.imported:
		return newFunc, true
	case newFunc >= mp.imported+mp.added && newFunc < mp.refill():
		return newFunc - mp.added, true
	}
	return 0, false
}

// Original translates a function and a code offset of the new module. Offsets
// count from the content of the function's entry in the code section (its
// local declarations), in both modules; negative ones mean "not known" and
// stay. A place within a check becomes that of the loop it belongs to, or of
// the first instruction of the function. ok is false for functions that have
// no counterpart, which [Map.Func] lists.
func (mp *Map) Original(newFunc uint32, newOffset int64) (oldFunc uint32, oldOffset int64, ok bool) {
	oldFunc, ok = mp.Func(newFunc)
	if !ok || newOffset < 0 || oldFunc < mp.imported {
		return oldFunc, newOffset, ok
	}
	i := int(oldFunc - mp.imported)
	b := &mp.m.Funcs[i].Body
	oldLocals := int64(binary.LocalsLen(b.Locals))
	if b.Offset > b.Start {
		oldLocals = b.Offset - b.Start
	}
	w := mp.rewriter()
	w.record = true
	entry, _, err := w.body(i)
	at := newOffset - int64(binary.LocalsLen(w.locals(b)))
	switch {
	case at < 0:
		return oldFunc, 0, true
	case err != nil || at < int64(len(entry)):
		return oldFunc, oldLocals, true
	}
	return oldFunc, oldLocals + w.codeOffset(b, at-int64(len(entry))), true
}

// codeOffset translates an offset behind the entry of the body that was
// rewritten last.
func (w *rewriter) codeOffset(b *wasm.Body, at int64) int64 {
	i := sort.Search(len(w.moves), func(i int) bool { return int64(w.moves[i].new) > at })
	last := move{}
	if i > 0 {
		last = w.moves[i-1]
	}
	old := int64(last.old) + at - int64(last.new)
	// Before the next move lies the check of a loop or a longer call: old must
	// not run into the instruction after it.
	if i < len(w.moves) && old >= int64(w.moves[i].old) {
		return int64(w.startBefore(b, w.moves[i].old))
	}
	return min(old, int64(len(b.Code)))
}

// startBefore is the offset of the old instruction that ends at end.
func (w *rewriter) startBefore(b *wasm.Body, end int) int {
	w.r.Reset(b.Code, b.Offset)
	for w.r.Next(&w.in) == nil {
		if int(w.in.End-b.Offset) >= end {
			return int(w.in.Pos - b.Offset)
		}
	}
	return end
}
