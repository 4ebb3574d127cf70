package instance

// This file compares types of what is given with those of what is wanted, and
// finds through which shape a component that is given is seen.

import (
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// A comparer compares types, and resource types in them by their slots.
type comparer struct {
	resource func(have, want int) bool
}

// comparer compares types whose resource types are slots of res with types of
// the component that is linked. Where a resource type is missing, that has been
// noted.
func (l *linker) comparer(res []*task.ResourceType) comparer {
	return comparer{func(have, want int) bool {
		wanted := l.slots[want]
		return wanted == nil || have < len(res) && res[have] == wanted
	}}
}

// funcs says how a function type differs from the one wanted.
func (c comparer) funcs(have, want *value.FuncType) string {
	switch {
	case have.Async != want.Async:
		return fmt.Sprintf("the function is there as %s, but %s is wanted", have.Short(), want.Short())
	case len(have.Params) != len(want.Params):
		return fmt.Sprintf("the function there has %d parameters, but %d are wanted: it is %s, wanted is %s", len(have.Params), len(want.Params), have.Short(), want.Short())
	case (have.Result == nil) != (want.Result == nil):
		return fmt.Sprintf("one of the functions has a result, the other has not: there is %s, wanted is %s", have.Short(), want.Short())
	}
	for i, p := range want.Params {
		h := have.Params[i]
		if h.Name != p.Name {
			return fmt.Sprintf("parameter %d is named %q there, but %q is wanted", i+1, h.Name, p.Name)
		}
		if !c.same(h.Type, p.Type) {
			return differ(fmt.Sprintf("parameter %q", p.Name), h.Type, p.Type)
		}
	}
	if want.Result != nil && !c.same(have.Result, want.Result) {
		return differ("the result", have.Result, want.Result)
	}
	return ""
}

// differ says that a part of a function is of another type.
func differ(part string, have, want *value.Type) string {
	if have.SameShape(want) {
		return fmt.Sprintf("%s is of type %s there, with another resource type of that name than the one that is given for it", part, have.Short())
	}
	return fmt.Sprintf("%s is of type %s there, but %s is wanted", part, have.Short(), want.Short())
}

// same tells whether two types are equal, resource types included.
func (c comparer) same(have, want *value.Type) bool {
	if have == nil || want == nil {
		return have == want
	}
	if have.Kind != want.Kind || have.Fixed != want.Fixed || have.Len != want.Len ||
		len(have.Fields) != len(want.Fields) || len(have.Cases) != len(want.Cases) || len(have.Labels) != len(want.Labels) {
		return false
	}
	for i, f := range want.Fields {
		if have.Fields[i].Name != f.Name || !c.same(have.Fields[i].Type, f.Type) {
			return false
		}
	}
	for i, x := range want.Cases {
		if have.Cases[i].Name != x.Name || !c.same(have.Cases[i].Type, x.Type) {
			return false
		}
	}
	for i, n := range want.Labels {
		if have.Labels[i] != n {
			return false
		}
	}
	if want.Resource != nil && !c.resource(have.Resource.Slot, want.Resource.Slot) {
		return false
	}
	return c.same(have.Elem, want.Elem) && c.same(have.Key, want.Key)
}

// A relation is how the resource types of a component that is given relate to
// those of the type it is given for: the ones that it imports are given to it,
// the ones that it exports stand for those of the type.
type relation struct{ imported, exported map[int]int }

// same tells whether the slots, of the component and of the type, are of the
// same resource type.
func (r relation) same(have, want int) bool {
	if w, ok := r.imported[have]; ok && w == want {
		return true
	}
	h, ok := r.exported[want]
	return ok && h == have
}

// matchComponent compares a component with the type wanted.
func (l *linker) matchComponent(d *Definition, want *plan.Extern, path []string) Item {
	c, ok := d.Item.(*Component)
	if !ok {
		l.problem(path, want, "what is there is %s, not a component", describe(d))
		return nil
	}
	r := relation{map[int]int{}, map[int]int{}}
	s, msg := r.component(c.Plan.Imports, c.Plan.Exports, want)
	if msg != "" {
		l.problem(path, want, "the component does not fit: %s", msg)
		return nil
	}
	return view(c, s)
}

// component is the shape of a component with some imports and exports, seen as
// one of the type wanted.
func (r relation) component(imports, exports []plan.Extern, want *plan.Extern) (*plan.Shape, string) {
	s := &plan.Shape{Component: true}
	var msg string
	if s.Imports, msg = r.align(want.Imports, imports, "import", true); msg != "" {
		return nil, msg
	}
	s.Exports, msg = r.align(exports, want.Exports, "export", false)
	return s, msg
}

// align finds each of want in have. given tells that these are imports of the
// component, and have is what the type gives to it.
func (r relation) align(have, want []plan.Extern, what string, given bool) ([]plan.Part, string) {
	at := make(map[string]int, len(have))
	for i := range have {
		at[have[i].Name] = i
	}
	parts := make([]plan.Part, len(want))
	for i := range want {
		w := &want[i]
		name := fmt.Sprintf("%s %q", what, w.Name)
		pos, ok := at[w.Name]
		if !ok || have[pos].Sort != w.Sort {
			return nil, fmt.Sprintf("its %s is missing, or of another kind", name)
		}
		shape, msg := r.extern(&have[pos], w, name, given)
		if msg != "" {
			return nil, msg
		}
		parts[i] = plan.Part{Pos: pos, Shape: shape}
	}
	return parts, ""
}

// extern compares two of the same sort, and gives the shape that one of type
// have is seen through.
func (r relation) extern(have, want *plan.Extern, name string, given bool) (*plan.Shape, string) {
	c := comparer{r.same}
	if given {
		c.resource = func(have, want int) bool { return r.same(want, have) }
	}
	msg := ""
	switch want.Sort {
	case component.SortFunc:
		msg = c.funcs(have.Func.FuncType, want.Func.FuncType)
	case component.SortValue:
		if !c.same(have.Type, want.Type) {
			msg = differ("the value", have.Type, want.Type)
		}
	case component.SortType:
		msg = r.types(c, have, want, given)
	case component.SortCoreModule:
		msg = modules(have.Module.Imports, have.Module.Exports, want.Module)
	case component.SortInstance:
		parts, msg := r.align(have.Exports, want.Exports, name+": export", given)
		return &plan.Shape{Exports: parts}, msg
	case component.SortComponent:
		if given { // the component wants one, and the type gives it
			turned := relation{r.exported, r.imported}
			return turned.component(have.Imports, have.Exports, want)
		}
		return r.component(have.Imports, have.Exports, want)
	}
	if msg != "" {
		msg = name + ": " + msg
	}
	return nil, msg
}

// types compares types that are imported or exported, and relates resource
// types.
func (r relation) types(c comparer, have, want *plan.Extern, given bool) string {
	switch {
	case (have.Resource < 0) != (want.Resource < 0):
		return "one is a resource type, the other is not"
	case want.Resource < 0:
		if have.Type != nil && want.Type != nil && !c.same(have.Type, want.Type) {
			return differ("it", have.Type, want.Type)
		}
		return ""
	case c.resource(have.Resource, want.Resource):
		return ""
	}
	known := r.exported
	if given {
		known = r.imported
	}
	if _, ok := known[want.Resource]; ok {
		return "it is another resource type than the one given for it elsewhere"
	}
	known[want.Resource] = have.Resource
	return ""
}

func (l *linker) matchModule(d *Definition, want *plan.Extern, path []string) Item {
	m, ok := d.Item.(*plan.Module)
	if !ok {
		l.problem(path, want, "what is there is %s, not a core module", describe(d))
		return nil
	}
	if msg := modules(m.Imports, m.Code.Exports(), want.Module); msg != "" {
		l.problem(path, want, "%s", msg)
		return nil
	}
	return m
}

// modules says how a core module with some imports and exports differs from the
// type wanted.
func modules(imports []wasm.Import, exports []wasm.ExportType, want *plan.ModuleType) string {
	given := make(map[[2]string]wasm.ExternType, len(want.Imports))
	for _, w := range want.Imports {
		given[[2]string{w.Module, w.Name}] = w.Type
	}
	for _, h := range imports {
		if t, ok := given[[2]string{h.Module, h.Name}]; !ok || !engine.Matches(t, h.Type) {
			return fmt.Sprintf("the module imports %q %q of type %v, which it would not be given", h.Module, h.Name, h.Type)
		}
	}
	have := make(map[string]wasm.ExternType, len(exports))
	for _, h := range exports {
		have[h.Name] = h.Type
	}
	for _, w := range want.Exports {
		if t, ok := have[w.Name]; !ok || !engine.Matches(t, w.Type) {
			return fmt.Sprintf("the module does not export %q of type %v", w.Name, w.Type)
		}
	}
	return ""
}
