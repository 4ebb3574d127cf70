package instance

// This file is linking: what is given for the imports of a component is
// compared with their types, and brought into their order (explainer, section
// "Type Checking").

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/value"
)

// A Definition is what a linker has under a name: an item, or a set of named
// ones that makes an instance.
type Definition struct {
	Item Item
	// Names are the exports of an instance.
	Names map[string]*Definition
	// Type is the type of the definition, where it is known; resource types in
	// it are those of Resources, by slot. A function of the host without a type
	// takes any.
	Type      *plan.Extern
	Resources []*task.ResourceType
	// Bind is set, in place of Item, for a function of the host that is made
	// when it is known what type it is to have.
	Bind Binder
}

// A Binder makes a function of the host of a type; resource types in it are
// those of res, by slot.
type Binder func(t *abi.FuncType, res []*task.ResourceType) (canon.HostFunc, error)

// Definition is the instance as something to give to others.
func (in *Instance) Definition() *Definition {
	return exportsOf(in.Items, in.Plan.Exports, in.State.Resources)
}

// exportsOf is items of known types as named definitions.
func exportsOf(items []Item, types []plan.Extern, res []*task.ResourceType) *Definition {
	d := &Definition{Names: make(map[string]*Definition, len(items))}
	for i := range types {
		t := &types[i]
		x := &Definition{Item: items[i], Type: t, Resources: res}
		if t.Sort == component.SortInstance {
			x.Names = exportsOf(items[i].(*Exports).Items, t.Exports, res).Names
		}
		d.Names[t.Name] = x
	}
	return d
}

// A Problem is an import that cannot be satisfied.
type Problem struct {
	// Path leads to what is missing or does not fit: the import, then exports
	// of instances.
	Path []string
	// Want is its type.
	Want *plan.Extern
	// Msg says what is wrong with what is there; empty when nothing is there.
	Msg string
	// Near is a name that is there and close to the one wanted.
	Near string
}

// A linker links one component.
type linker struct {
	slots    []*task.ResourceType
	problems []Problem
}

// Link finds what stands for each import of a plan among definitions, by the
// version rule of names. Problems are all that is wrong; then the items are
// nil.
func Link(p *plan.Plan, defs map[string]*Definition) ([]Item, []Problem) {
	l := &linker{slots: make([]*task.ResourceType, len(p.Slots))}
	items := make([]Item, len(p.Imports))
	for i := range p.Imports {
		want := &p.Imports[i]
		items[i] = l.match(defs, want, nil, Find)
	}
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return items, nil
}

// Find looks a name up: exactly, or by its version.
func Find(defs map[string]*Definition, name string) *Definition {
	if d, ok := defs[name]; ok {
		return d
	}
	if !strings.Contains(name, "@") {
		return nil
	}
	base, _, _ := strings.Cut(name, "@")
	var names []string
	for n := range defs {
		if strings.HasPrefix(n, base) {
			names = append(names, n)
		}
	}
	if i, ok := valtype.MatchName(name, names); ok {
		return defs[names[i]]
	}
	return nil
}

func (l *linker) problem(path []string, want *plan.Extern, format string, args ...any) {
	l.problems = append(l.problems, Problem{Path: append(path[:len(path):len(path)], want.Name), Want: want, Msg: fmt.Sprintf(format, args...)})
}

// match is one of some definitions, which find finds, as an item of the type
// wanted; nil when it does not fit, which is noted.
func (l *linker) match(defs map[string]*Definition, want *plan.Extern, path []string, find func(map[string]*Definition, string) *Definition) Item {
	d := find(defs, want.Name)
	if d == nil {
		if want.Sort == component.SortType {
			if want.Resource < 0 {
				return nil // a type that is no resource has nothing to give
			}
			if rt := l.slots[want.Resource]; rt != nil {
				return rt // it came with another import
			}
		}
		l.missing(defs, want, path)
		return nil
	}
	switch want.Sort {
	case component.SortFunc:
		return l.matchFunc(d, want, path)
	case component.SortInstance:
		return l.matchInstance(d, want, path)
	case component.SortType:
		return l.matchType(d, want, path)
	case component.SortComponent:
		return l.matchComponent(d, want, path)
	case component.SortCoreModule:
		return l.matchModule(d, want, path)
	case component.SortValue:
		v, ok := d.Item.(value.Value)
		if !ok || !v.Type().Equal(want.Type) {
			l.problem(path, want, "what is there is no value of type %s", want.Type.Short())
			return nil
		}
		return v
	}
	return nil
}

// maxNear is for how many missing imports a near name is looked for.
const maxNear = 20

// missing notes that there is nothing for an import among names.
func (l *linker) missing(defs map[string]*Definition, want *plan.Extern, path []string) {
	l.problem(path, want, "")
	if n := len(l.problems); n <= maxNear {
		l.problems[n-1].Near = diag.Nearest(want.Name, slices.Sorted(maps.Keys(defs)))
	}
}

func (l *linker) matchInstance(d *Definition, want *plan.Extern, path []string) Item {
	if d.Names == nil {
		l.problem(path, want, "what is there is %s, not an instance", describe(d))
		return nil
	}
	path = append(path[:len(path):len(path)], want.Name)
	e := &Exports{make([]Item, len(want.Exports))}
	for i := range want.Exports {
		w := &want.Exports[i]
		e.Items[i] = l.match(d.Names, w, path, exactly)
	}
	return e
}

// exactly finds a name in an instance, where there are no versions.
func exactly(defs map[string]*Definition, name string) *Definition { return defs[name] }

func (l *linker) matchFunc(d *Definition, want *plan.Extern, path []string) Item {
	if d.Bind != nil {
		host, err := d.Bind(want.Func, l.slots)
		if err != nil {
			l.problem(path, want, "%v", err)
			return nil
		}
		return &canon.Func{Name: strings.Join(append(path[:len(path):len(path)], want.Name), "#"), Host: host}
	}
	f, ok := d.Item.(*canon.Func)
	if !ok {
		l.problem(path, want, "what is there is %s, not a function", describe(d))
		return nil
	}
	res := d.Resources
	if f.Inst != nil {
		res = f.Inst.Resources
	}
	t := f.Type
	switch {
	case t != nil:
	case d.Type != nil && d.Type.Func != nil:
		t = d.Type.Func // of the host, as the instance exports it
	default:
		return f
	}
	if msg := l.comparer(res).funcs(t.FuncType, want.Func.FuncType); msg != "" {
		l.problem(path, want, "%s", msg)
		return nil
	}
	return f
}

func (l *linker) matchType(d *Definition, want *plan.Extern, path []string) Item {
	if want.Resource < 0 {
		if d.Type != nil && d.Type.Type != nil && want.Type != nil && !l.comparer(d.Resources).same(d.Type.Type, want.Type) {
			l.problem(path, want, "the type is %s there, but %s is wanted", d.Type.Type.Short(), want.Type.Short())
		}
		return nil
	}
	rt, ok := d.Item.(*task.ResourceType)
	if !ok {
		l.problem(path, want, "what is there is %s, not a resource type", describe(d))
		return nil
	}
	switch bound := l.slots[want.Resource]; bound {
	case nil:
		l.slots[want.Resource] = rt
	case rt:
	default:
		l.problem(path, want, "it is another resource type than the one given for it elsewhere")
	}
	return rt
}

// describe says what a definition is.
func describe(d *Definition) string {
	switch d.Item.(type) {
	case *canon.Func:
		return "a function"
	case *task.ResourceType:
		return "a resource type"
	case *Component:
		return "a component"
	case *plan.Module:
		return "a core module"
	case value.Value:
		return "a value"
	}
	switch {
	case d.Names != nil:
		return "an instance"
	case d.Bind != nil:
		return "a function"
	}
	return "a type"
}
