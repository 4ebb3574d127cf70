package bind

// This file compares the types of bindings with those of components.

import (
	"fmt"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// CodeType is the code of errors about bindings that do not fit a component.
const CodeType diag.Code = "bind/type"

func badType(format string, args ...any) error {
	return diag.Errorf(CodeType, diag.Pos{}, format, args...)
}

// match compares a function type of bindings, whose resources are positions in
// res, with that of a component, whose resources are slots of rts. It gives what
// the function knows then.
func match(mine *FuncType, res []*Resource, theirs *abi.FuncType, rts []*task.ResourceType) (Bound, error) {
	m := newMatcher(res, rts)
	if msg := m.fn(mine, theirs); msg != "" {
		return Bound{}, badType("the bindings do not fit the component: %s", msg)
	}
	return m.bound, nil
}

// A matcher compares types. What it says of a difference is empty where there
// is none.
type matcher struct {
	rts   []*task.ResourceType
	bound Bound
	seen  map[[2]*Type]bool // equal
}

func newMatcher(res []*Resource, rts []*task.ResourceType) *matcher {
	m := &matcher{rts: rts, bound: Bound{res: res, slots: make([]int, len(res))}, seen: map[[2]*Type]bool{}}
	for i := range m.bound.slots {
		m.bound.slots[i] = -1
	}
	return m
}

func (m *matcher) fn(mine *FuncType, theirs *abi.FuncType) string {
	switch {
	case mine.Async != theirs.Async:
		return fmt.Sprintf("there is %v, the bindings have %v", theirs.FuncType, mine)
	case len(mine.Params) != len(theirs.FuncType.Params):
		return fmt.Sprintf("there are %d parameters, the bindings have %d: %v instead of %v",
			len(theirs.FuncType.Params), len(mine.Params), theirs.FuncType, mine)
	case (mine.Result == nil) != (theirs.FuncType.Result == nil):
		return fmt.Sprintf("there is %v, the bindings have %v", theirs.FuncType, mine)
	}
	for i, p := range mine.Params {
		q := theirs.FuncType.Params[i]
		if p.Name != q.Name {
			return fmt.Sprintf("parameter %d is named %q there, in the bindings it is %q", i, q.Name, p.Name)
		}
		if msg := m.typ(p.Type, theirs.Params.Fields[i]); msg != "" {
			return fmt.Sprintf("parameter %q: %s", p.Name, msg)
		}
	}
	if mine.Result != nil {
		if msg := m.typ(mine.Result, theirs.Result.Fields[0]); msg != "" {
			return "result: " + msg
		}
	}
	return ""
}

func (m *matcher) typ(mine *Type, theirs *abi.Type) string {
	if mine == theirs.Type && mine.Kind.Primitive() || m.seen[[2]*Type{mine, theirs.Type}] {
		return ""
	}
	msg := m.parts(mine, theirs)
	if msg == "" {
		m.seen[[2]*Type{mine, theirs.Type}] = true
	}
	return msg
}

func (m *matcher) parts(mine *Type, theirs *abi.Type) string {
	if mine.Kind != theirs.Kind || mine.Fixed != theirs.Fixed || mine.Len != theirs.Len {
		return fmt.Sprintf("the type there is %s, the bindings have %s", theirs.Short(), mine.Short())
	}
	switch mine.Kind {
	case value.KindRecord, value.KindTuple:
		return m.fields("field", mine.Fields, theirs.Type.Fields, theirs.Fields)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return m.fields("case", mine.Cases, theirs.Type.Cases, theirs.Cases)
	case value.KindFlags:
		if len(mine.Labels) != len(theirs.Labels) {
			return fmt.Sprintf("there are %d flags, the bindings have %d", len(theirs.Labels), len(mine.Labels))
		}
		for i, l := range mine.Labels {
			if l != theirs.Labels[i] {
				return fmt.Sprintf("flag %d is %q there, in the bindings it is %q", i, theirs.Labels[i], l)
			}
		}
	case value.KindMap:
		if msg := m.typ(mine.Key, theirs.Elem.Fields[0]); msg != "" {
			return "key: " + msg
		}
		if msg := m.typ(mine.Elem, theirs.Elem.Fields[1]); msg != "" {
			return "element: " + msg
		}
	case value.KindList:
		if msg := m.typ(mine.Elem, theirs.Elem); msg != "" {
			return "element: " + msg
		}
	case value.KindOwn, value.KindBorrow:
		return m.resource(mine.Resource.Slot, theirs.Resource.Slot)
	case value.KindStream, value.KindFuture:
		return m.end(mine, theirs)
	}
	return ""
}

// end compares the payloads of streams or futures, and notes the type.
func (m *matcher) end(mine *Type, theirs *abi.Type) string {
	switch {
	case (mine.Elem == nil) != (theirs.Elem == nil):
		return fmt.Sprintf("the type there is %s, the bindings have %s", theirs.Short(), mine.Short())
	case mine.Elem != nil:
		if msg := m.typ(mine.Elem, theirs.Elem); msg != "" {
			return "element: " + msg
		}
	}
	m.bound.ends = append(m.bound.ends, endType{mine, theirs})
	return ""
}

// fields compares fields; layouts are those of theirs.
func (m *matcher) fields(what string, mine, theirs []Field, layouts []*abi.Type) string {
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
		if msg := m.typ(f.Type, layouts[i]); msg != "" {
			return fmt.Sprintf("%s %q: %s", what, f.Name, msg)
		}
	}
	return ""
}

// resource notes the slot of a resource, and checks who implements it.
func (m *matcher) resource(i, slot int) string {
	r := m.bound.res[i]
	if slot < 0 || slot >= len(m.rts) || m.rts[slot] == nil {
		return fmt.Sprintf("resource %q is not defined", r.name)
	}
	rt := m.rts[slot]
	switch {
	case r.rt != nil && rt != r.rt:
		return fmt.Sprintf("resource %q is not the one of these bindings", r.name)
	case r.rt == nil && rt.Host():
		return fmt.Sprintf("resource %q is one of the host, in the bindings it is the component's", r.name)
	case m.bound.slots[i] >= 0 && m.rts[m.bound.slots[i]] != rt:
		return fmt.Sprintf("resource %q stands for two different ones", r.name)
	}
	m.bound.slots[i] = slot
	return ""
}
