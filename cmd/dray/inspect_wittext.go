package main

// This file writes the types of components as WIT does.

import (
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/component"
)

const (
	// witLimit is about how long a type is written out, in bytes, and witDepth
	// how deep: types may share parts, and be much longer than their file.
	witLimit = 8 << 10
	witDepth = 100
)

// A witWriter writes one type.
type witWriter struct {
	strings.Builder
	depth int
}

// full tells whether there is no room, and marks the place.
func (w *witWriter) full() bool {
	if w.Len() > witLimit || w.depth > witDepth {
		if !strings.HasSuffix(w.String(), "...") {
			w.WriteString("...")
		}
		return true
	}
	return false
}

// funcText is a function type: "func(a: u32) -> string". skip is how many
// parameters are left out at the start.
func (t *witType) funcText(skip int) string {
	def, ok := t.def.(*component.FuncType)
	if !ok {
		return "func"
	}
	var w witWriter
	if def.Async {
		w.WriteString("async ")
	}
	w.WriteString("func(")
	w.labels(t.scope, def.Params[min(skip, len(def.Params)):])
	w.WriteString(")")
	if def.Result != 0 {
		w.WriteString(" -> ")
		w.value(t.scope, def.Result)
	}
	return w.String()
}

// labels writes "a: u32, b: string".
func (w *witWriter) labels(s *witScope, ls []component.LabelType) {
	for i, l := range ls {
		if w.full() {
			return
		}
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(word(l.Label) + ": ")
		w.value(s, l.Type)
	}
}

// value writes a value type where it is used: its name, or what it is.
func (w *witWriter) value(s *witScope, v component.ValType) {
	if w.full() {
		return
	}
	x, ok := v.Index()
	if !ok {
		w.WriteString(v.String())
		return
	}
	if s == nil {
		w.WriteString("unknown")
		return
	}
	t := s.typeAt(x)
	if t.name != "" {
		w.WriteString(word(t.name))
		return
	}
	w.depth++
	w.def(t)
	w.depth--
}

// def writes what a type is.
func (w *witWriter) def(t *witType) {
	s := t.scope
	switch d := t.def.(type) {
	case nil:
		w.WriteString("unknown")
	case *component.PrimType:
		w.WriteString(d.Prim.String())
	case *component.RecordType:
		w.WriteString("record { ")
		w.labels(s, d.Fields)
		w.WriteString(" }")
	case *component.VariantType:
		w.WriteString("variant { ")
		w.cases(s, d.Cases)
		w.WriteString(" }")
	case *component.FlagsType:
		w.names("flags { ", d.Labels)
	case *component.EnumType:
		w.names("enum { ", d.Labels)
	case *component.OwnType:
		w.value(s, component.Index(d.Resource))
	case *component.BorrowType:
		w.generic(s, "borrow", component.Index(d.Resource))
	case *component.ListType:
		w.list(s, d)
	default:
		w.container(s, d)
	}
}

func (w *witWriter) list(s *witScope, d *component.ListType) {
	w.WriteString("list<")
	w.value(s, d.Elem)
	if d.Fixed {
		w.WriteString(", " + strconv.FormatUint(uint64(d.Len), 10))
	}
	w.WriteString(">")
}

// container writes the types that have others in angle brackets.
func (w *witWriter) container(s *witScope, def component.DefType) {
	switch d := def.(type) {
	case *component.TupleType:
		w.generic(s, "tuple", d.Types...)
	case *component.OptionType:
		w.generic(s, "option", d.Type)
	case *component.MapType:
		w.generic(s, "map", d.Key, d.Value)
	case *component.StreamType:
		w.generic(s, "stream", d.Elem)
	case *component.FutureType:
		w.generic(s, "future", d.Elem)
	case *component.ResultType:
		if d.Err == 0 {
			w.generic(s, "result", d.OK)
		} else {
			w.generic(s, "result", d.OK, d.Err)
		}
	case *component.FuncType:
		w.WriteString("func")
	case *component.ComponentType:
		w.WriteString("component")
	case *component.InstanceType:
		w.WriteString("interface")
	case *component.ResourceType:
		w.WriteString("resource")
	}
}

// generic writes "name<a, b>"; no type is "_", and one such argument is none.
func (w *witWriter) generic(s *witScope, name string, args ...component.ValType) {
	w.WriteString(name)
	if len(args) == 0 || len(args) == 1 && args[0] == 0 {
		return
	}
	for i, a := range args {
		if w.full() {
			return
		}
		w.WriteString([]string{"<", ", "}[min(i, 1)])
		if a == 0 {
			w.WriteString("_")
		} else {
			w.value(s, a)
		}
	}
	w.WriteString(">")
}

func (w *witWriter) cases(s *witScope, cs []component.LabelType) {
	for i, c := range cs {
		if w.full() {
			return
		}
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(word(c.Label))
		if c.Type != 0 {
			w.WriteString("(")
			w.value(s, c.Type)
			w.WriteString(")")
		}
	}
}

func (w *witWriter) names(open string, labels []string) {
	w.WriteString(open)
	for i, l := range labels {
		if w.full() {
			return
		}
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(word(l))
	}
	w.WriteString(" }")
}

// declText declares a type under a name.
func (t *witType) declText(name string) string {
	name = word(name)
	switch {
	case t.owner != "" && word(t.name) == name:
		return "use " + word(t.owner) + ".{" + name + "}"
	case t.owner != "":
		return "use " + word(t.owner) + ".{" + word(t.name) + " as " + name + "}"
	case t.resource:
		return "resource " + name
	}
	var w witWriter
	w.def(t)
	switch t.def.(type) {
	case *component.RecordType, *component.VariantType, *component.FlagsType, *component.EnumType:
		keyword, rest, _ := strings.Cut(w.String(), " ")
		return keyword + " " + name + " " + rest
	}
	return "type " + name + " = " + w.String()
}

// methodText is a function of a resource, for example "m: func() -> u32",
// without the parameter self; resource is "" for other functions.
func (i *witItem) methodText() (resource, text string) {
	kind, rest, ok := strings.Cut(i.name, "]")
	if i.sort != component.SortFunc || !ok {
		return "", ""
	}
	resource, method, _ := strings.Cut(rest, ".")
	switch kind {
	case "[constructor":
		return rest, "constructor: " + i.typ.funcText(0)
	case "[method":
		return resource, word(method) + ": " + i.typ.funcText(1)
	case "[static":
		return resource, word(method) + ": static " + i.typ.funcText(0)
	}
	return "", ""
}
