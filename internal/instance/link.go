package instance

// This file is linking: what is given for the imports of a component is
// compared with their types, and brought into their order (explainer, section
// "Type Checking").

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/engine"
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
		items[i] = l.match(Find(defs, want.Name), want, nil)
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

// match is a definition as an item of the type wanted; nil when it does not
// fit, which is noted.
func (l *linker) match(d *Definition, want *plan.Extern, path []string) Item {
	if d == nil {
		if want.Sort == component.SortType {
			if want.Resource < 0 {
				return nil // a type that is no resource has nothing to give
			}
			if rt := l.slots[want.Resource]; rt != nil {
				return rt // it came with another import
			}
		}
		l.problem(path, want, "")
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
			l.problem(path, want, "what is there is no value of type %v", want.Type)
			return nil
		}
		return v
	}
	return nil
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
		e.Items[i] = l.match(d.Names[w.Name], w, path)
	}
	return e
}

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
	if f.Type == nil {
		return f
	}
	res := d.Resources
	if f.Inst != nil {
		res = f.Inst.Resources
	}
	if msg := l.compareFunc(f.Type.FuncType, res, want.Func.FuncType); msg != "" {
		l.problem(path, want, "%s", msg)
		return nil
	}
	return f
}

func (l *linker) matchType(d *Definition, want *plan.Extern, path []string) Item {
	if want.Resource < 0 {
		if d.Type != nil && d.Type.Type != nil && want.Type != nil && !l.same(d.Type.Type, d.Resources, want.Type) {
			l.problem(path, want, "the type is %v there, but %v is wanted", d.Type.Type, want.Type)
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

// compareFunc says how a function type differs from the one wanted.
func (l *linker) compareFunc(have *value.FuncType, res []*task.ResourceType, want *value.FuncType) string {
	switch {
	case have.Async != want.Async:
		return fmt.Sprintf("the function is there as %v, but %v is wanted", have, want)
	case len(have.Params) != len(want.Params):
		return fmt.Sprintf("the function there has %d parameters, but %d are wanted: it is %v, wanted is %v", len(have.Params), len(want.Params), have, want)
	case (have.Result == nil) != (want.Result == nil):
		return fmt.Sprintf("one of the functions has a result, the other has not: there is %v, wanted is %v", have, want)
	}
	for i, p := range want.Params {
		h := have.Params[i]
		if h.Name != p.Name {
			return fmt.Sprintf("parameter %d is named %q there, but %q is wanted", i, h.Name, p.Name)
		}
		if !l.same(h.Type, res, p.Type) {
			return fmt.Sprintf("parameter %q is of type %v there, but %v is wanted", p.Name, h.Type, p.Type)
		}
	}
	if want.Result != nil && !l.same(have.Result, res, want.Result) {
		return fmt.Sprintf("the result is of type %v there, but %v is wanted", have.Result, want.Result)
	}
	return ""
}

// same tells whether two types are equal, resource types included.
func (l *linker) same(have *value.Type, res []*task.ResourceType, want *value.Type) bool {
	if have == nil || want == nil {
		return have == want
	}
	if have.Kind != want.Kind || have.Fixed != want.Fixed || have.Len != want.Len ||
		len(have.Fields) != len(want.Fields) || len(have.Cases) != len(want.Cases) || len(have.Labels) != len(want.Labels) {
		return false
	}
	for i, f := range want.Fields {
		if have.Fields[i].Name != f.Name || !l.same(have.Fields[i].Type, res, f.Type) {
			return false
		}
	}
	for i, c := range want.Cases {
		if have.Cases[i].Name != c.Name || !l.same(have.Cases[i].Type, res, c.Type) {
			return false
		}
	}
	for i, n := range want.Labels {
		if have.Labels[i] != n {
			return false
		}
	}
	if want.Resource != nil && (have.Resource.Slot >= len(res) || res[have.Resource.Slot] != l.slots[want.Resource.Slot]) {
		return false
	}
	return l.same(have.Elem, res, want.Elem) && l.same(have.Key, res, want.Key)
}

// matchComponent compares components by the names and sorts of what they
// import and export, and the types of functions without resources.
func (l *linker) matchComponent(d *Definition, want *plan.Extern, path []string) Item {
	c, ok := d.Item.(*Component)
	if !ok {
		l.problem(path, want, "what is there is %s, not a component", describe(d))
		return nil
	}
	s := &plan.Shape{Component: true}
	var msg string
	if s.Exports, msg = align(c.Plan.Exports, want.Exports, "export"); msg == "" {
		s.Imports, msg = align(want.Imports, c.Plan.Imports, "import")
	}
	if msg != "" {
		l.problem(path, want, "%s", msg)
		return nil
	}
	return view(c, s)
}

// align finds each of want in have.
func align(have, want []plan.Extern, what string) ([]plan.Part, string) {
	parts := make([]plan.Part, len(want))
	for i, w := range want {
		pos := -1
		for j := range have {
			if have[j].Name == w.Name {
				pos = j
			}
		}
		if pos < 0 || have[pos].Sort != w.Sort {
			return nil, fmt.Sprintf("the component does not fit: its %s %q is missing, or of another kind", what, w.Name)
		}
		parts[i].Pos = pos
		if w.Sort != component.SortInstance {
			continue
		}
		sub, msg := align(have[pos].Exports, w.Exports, "export "+w.Name)
		if msg != "" {
			return nil, msg
		}
		parts[i].Shape = &plan.Shape{Exports: sub}
	}
	return parts, ""
}

func (l *linker) matchModule(d *Definition, want *plan.Extern, path []string) Item {
	m, ok := d.Item.(*plan.Module)
	if !ok {
		l.problem(path, want, "what is there is %s, not a core module", describe(d))
		return nil
	}
	for _, w := range want.Module.Exports {
		fits := false
		for _, h := range m.Code.Exports() {
			fits = fits || h.Name == w.Name && engine.Matches(h.Type, w.Type)
		}
		if !fits {
			l.problem(path, want, "the module does not export %q of type %v", w.Name, w.Type)
			return nil
		}
	}
	for _, h := range m.Imports {
		fits := false
		for _, w := range want.Module.Imports {
			fits = fits || h.Module == w.Module && h.Name == w.Name && engine.Matches(w.Type, h.Type)
		}
		if !fits {
			l.problem(path, want, "the module imports %q %q of type %v, which it would not be given", h.Module, h.Name, h.Type)
			return nil
		}
	}
	return m
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
