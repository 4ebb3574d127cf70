package bind

// This file compares the types of bindings with those of components.

import (
	"fmt"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// CodeType is the code of errors about bindings that do not fit a component.
const CodeType diag.Code = "bind/type"

func badType(format string, args ...any) error {
	return diag.Errorf(CodeType, diag.Pos{}, format, args...)
}

// match compares a function type of bindings, whose resources are positions in
// res, with that of a component, whose resources are slots of rts. It gives the
// slots of the resources, by position.
func match(mine *FuncType, res []*Resource, theirs *FuncType, rts []*task.ResourceType) ([]int, error) {
	m := &matcher{res: res, rts: rts, slots: make([]int, len(res)), seen: map[[2]*Type]bool{}}
	for i := range m.slots {
		m.slots[i] = -1
	}
	if msg := m.fn(mine, theirs); msg != "" {
		return nil, badType("the bindings do not fit the component: %s", msg)
	}
	return m.slots, nil
}

// A matcher compares types. What it says of a difference is empty where there
// is none.
type matcher struct {
	res   []*Resource
	rts   []*task.ResourceType
	slots []int
	seen  map[[2]*Type]bool // equal
}

func (m *matcher) fn(mine, theirs *FuncType) string {
	switch {
	case mine.Async != theirs.Async:
		return fmt.Sprintf("there is %v, the bindings have %v", theirs, mine)
	case len(mine.Params) != len(theirs.Params):
		return fmt.Sprintf("there are %d parameters, the bindings have %d: %v instead of %v",
			len(theirs.Params), len(mine.Params), theirs, mine)
	case (mine.Result == nil) != (theirs.Result == nil):
		return fmt.Sprintf("there is %v, the bindings have %v", theirs, mine)
	}
	for i, p := range mine.Params {
		q := theirs.Params[i]
		if p.Name != q.Name {
			return fmt.Sprintf("parameter %d is named %q there, in the bindings it is %q", i, q.Name, p.Name)
		}
		if msg := m.typ(p.Type, q.Type); msg != "" {
			return fmt.Sprintf("parameter %q: %s", p.Name, msg)
		}
	}
	if mine.Result != nil {
		if msg := m.typ(mine.Result, theirs.Result); msg != "" {
			return "result: " + msg
		}
	}
	return ""
}

func (m *matcher) typ(mine, theirs *Type) string {
	if mine == theirs && mine.Kind.Primitive() || m.seen[[2]*Type{mine, theirs}] {
		return ""
	}
	msg := m.parts(mine, theirs)
	if msg == "" {
		m.seen[[2]*Type{mine, theirs}] = true
	}
	return msg
}

func (m *matcher) parts(mine, theirs *Type) string {
	if mine.Kind != theirs.Kind || mine.Fixed != theirs.Fixed || mine.Len != theirs.Len {
		return fmt.Sprintf("the type there is %s, the bindings have %s", theirs.Short(), mine.Short())
	}
	switch mine.Kind {
	case value.KindRecord, value.KindTuple:
		return m.fields("field", mine.Fields, theirs.Fields)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return m.fields("case", mine.Cases, theirs.Cases)
	case value.KindFlags:
		if len(mine.Labels) != len(theirs.Labels) {
			return fmt.Sprintf("there are %d flags, the bindings have %d", len(theirs.Labels), len(mine.Labels))
		}
		for i, l := range mine.Labels {
			if l != theirs.Labels[i] {
				return fmt.Sprintf("flag %d is %q there, in the bindings it is %q", i, theirs.Labels[i], l)
			}
		}
	case value.KindList, value.KindMap:
		if mine.Key != nil {
			if msg := m.typ(mine.Key, theirs.Key); msg != "" {
				return "key: " + msg
			}
		}
		if msg := m.typ(mine.Elem, theirs.Elem); msg != "" {
			return "element: " + msg
		}
	case value.KindOwn, value.KindBorrow:
		return m.resource(mine.Resource.Slot, theirs.Resource.Slot)
	case value.KindStream, value.KindFuture, value.KindErrorContext:
		return fmt.Sprintf("generated bindings have no values of type %s", theirs.Short())
	}
	return ""
}

func (m *matcher) fields(what string, mine, theirs []Field) string {
	if len(mine) != len(theirs) {
		return fmt.Sprintf("there are %d %ss, the bindings have %d", len(theirs), what, len(mine))
	}
	for i, f := range mine {
		g := theirs[i]
		switch {
		case f.Name != g.Name:
			return fmt.Sprintf("%s %d is %q there, in the bindings it is %q", what, i, g.Name, f.Name)
		case f.Type == nil && g.Type != nil:
			return fmt.Sprintf("%s %q has a payload there, in the bindings it has none", what, f.Name)
		case f.Type != nil && g.Type == nil:
			return fmt.Sprintf("%s %q has no payload there, in the bindings it has one", what, f.Name)
		case f.Type == nil:
			continue
		}
		if msg := m.typ(f.Type, g.Type); msg != "" {
			return fmt.Sprintf("%s %q: %s", what, f.Name, msg)
		}
	}
	return ""
}

// resource notes the slot of a resource, and checks who implements it.
func (m *matcher) resource(i, slot int) string {
	r := m.res[i]
	if slot < 0 || slot >= len(m.rts) || m.rts[slot] == nil {
		return fmt.Sprintf("resource %q is not defined", r.name)
	}
	rt := m.rts[slot]
	switch {
	case r.rt != nil && rt != r.rt:
		return fmt.Sprintf("resource %q is not the one of these bindings", r.name)
	case r.rt == nil && rt.Host():
		return fmt.Sprintf("resource %q is one of the host, in the bindings it is the component's", r.name)
	case m.slots[i] >= 0 && m.rts[m.slots[i]] != rt:
		return fmt.Sprintf("resource %q stands for two different ones", r.name)
	}
	m.slots[i] = slot
	return ""
}
