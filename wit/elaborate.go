// This file adds to worlds what their items need (WIT.md, section "Transitive
// imports and worlds").

package wit

import (
	"math"
	"slices"
)

// Elaborate brings the imports and exports of a world into the form that
// [World] describes: it adds imports of interfaces whose types are used, and
// puts interfaces behind those that they use types of, and imported functions
// behind interfaces. Worlds of a Resolve have this form.
func (w *World) Elaborate() {
	budget := math.MaxInt
	elaborate(w, dependencies, &budget)
}

// UsesFirst puts the types that come from other interfaces first, and leaves
// them else in their order: that is the order of types in an interface or world.
func UsesFirst(types []*TypeDef) {
	slices.SortStableFunc(types, func(a, b *TypeDef) int {
		_, x := a.Used()
		_, y := b.Used()
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
}

// dependencies are the interfaces that an interface uses types of.
func dependencies(i *Interface) []*Interface { return owners(i.Types) }

// owners are the interfaces that types come from by "use".
func owners(types []*TypeDef) []*Interface {
	var deps []*Interface
	for _, t := range types {
		if of, ok := t.Used(); ok {
			deps = append(deps, of.Interface)
		}
	}
	return unique(deps)
}

// unique is a list without repetition; short ones stay where they are.
func unique[T comparable](list []T) []T {
	if len(list) < 2 {
		return list
	}
	seen := make(map[T]bool, len(list))
	return slices.DeleteFunc(list, func(x T) bool {
		old := seen[x]
		seen[x] = true
		return old
	})
}

// interfaceDeps is dependencies, remembered.
func (lk *linker) interfaceDeps(i *Interface) []*Interface {
	deps, ok := lk.deps[i]
	if !ok {
		deps = dependencies(i)
		lk.deps[i] = deps
	}
	return deps
}

// worldDeps are the interfaces that a world names, and that its own interfaces
// use.
func worldDeps(w *World, deps func(*Interface) []*Interface) []*Interface {
	found := owners(w.Types)
	for _, list := range [2][]*WorldItem{w.Imports, w.Exports} {
		for _, it := range list {
			switch {
			case it.Interface == nil:
			case it.Interface.Name == "":
				found = append(found, deps(it.Interface)...)
			default:
				found = append(found, it.Interface)
			}
		}
	}
	return unique(found)
}

// An elaboration visits interfaces after their dependencies.
type elaboration struct {
	deps    func(*Interface) []*Interface
	budget  *int
	imports []*WorldItem
	// imported are the interfaces that imports has or will have.
	imported map[*Interface]bool
	// written are the items of interfaces that are written as imports, which
	// come with their docs and gates.
	written map[*Interface]*WorldItem
}

func elaborate(w *World, deps func(*Interface) []*Interface, budget *int) {
	UsesFirst(w.Types)
	e := &elaboration{deps: deps, budget: budget, imported: map[*Interface]bool{}, written: map[*Interface]*WorldItem{}}
	for _, it := range w.Imports {
		if it.Interface != nil && it.Name == "" {
			e.written[it.Interface] = it
		}
	}
	for _, i := range owners(w.Types) {
		e.add(i)
	}
	var funcs []*WorldItem
	for _, it := range w.Imports {
		switch {
		case it.Func != nil:
			funcs = append(funcs, it)
		case it.Name == "":
			e.add(it.Interface)
		default:
			for _, d := range e.deps(it.Interface) {
				e.add(d)
			}
			e.imports = append(e.imports, it)
		}
	}
	exports := e.exports(w.Exports)
	w.Imports = append(e.imports, funcs...)
	w.Exports = exports
}

// add imports an interface and what it depends on.
func (e *elaboration) add(i *Interface) {
	e.visit(i, e.imported, nil, func(i *Interface) {
		it := e.written[i]
		if it == nil {
			it = &WorldItem{Interface: i}
		}
		e.imports = append(e.imports, it)
	})
}

// visit visits an interface that was not seen, after its dependencies. Those
// that only is not nil for and does not have are given to it instead. It does
// not recurse: chains may be long.
func (e *elaboration) visit(root *Interface, seen map[*Interface]bool, only func(*Interface) bool, done func(*Interface)) {
	type frame struct {
		i    *Interface
		deps []*Interface
	}
	if seen[root] || *e.budget < 0 {
		return
	}
	seen[root] = true
	stack := []frame{{root, e.deps(root)}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.deps) == 0 {
			done(top.i)
			stack = stack[:len(stack)-1]
			continue
		}
		d := top.deps[0]
		top.deps = top.deps[1:]
		if *e.budget--; *e.budget < 0 {
			return
		}
		if !seen[d] && (only == nil || only(d)) {
			seen[d] = true
			stack = append(stack, frame{d, e.deps(d)})
		}
	}
}

// exports puts exports in order and imports what they need and is not among
// them.
func (e *elaboration) exports(items []*WorldItem) []*WorldItem {
	written := map[*Interface]*WorldItem{}
	for _, it := range items {
		if it.Interface != nil && it.Name == "" {
			written[it.Interface] = it
		}
	}
	exported := map[*Interface]bool{}
	var out []*WorldItem
	only := func(i *Interface) bool {
		if written[i] == nil {
			e.add(i)
			return false
		}
		return true
	}
	add := func(i *Interface) {
		e.visit(i, exported, only, func(i *Interface) { out = append(out, written[i]) })
	}
	for _, it := range items {
		switch {
		case it.Func != nil:
			out = append(out, it)
		case it.Name == "":
			add(it.Interface)
		default:
			for _, d := range e.deps(it.Interface) {
				if only(d) {
					add(d)
				}
			}
			out = append(out, it)
		}
	}
	return out
}
