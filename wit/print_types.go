// This file prints types.

package wit

import (
	"strconv"
	"strings"
)

// types writes type definitions; those that come one after the other from one
// interface are in one "use".
func (p *printer) types(types []*TypeDef) {
	blank := true
	for n := 0; n < len(types); n++ {
		t := types[n]
		from, ok := t.Used()
		if !ok {
			p.item(true, t.Docs, t.Stability, t.ExternalID)
			p.typeDef(t)
			continue
		}
		names := []string{rename(from, t)}
		for n+1 < len(types) {
			next, ok := types[n+1].Used()
			if !ok || next.Interface != from.Interface || types[n+1].Stability != t.Stability {
				break
			}
			n++
			names = append(names, rename(next, types[n]))
		}
		p.item(blank, "", t.Stability, "")
		p.line("use " + p.path(from.Interface) + ".{" + strings.Join(names, ", ") + "};")
		blank = false
	}
}

// rename is a type in a "use".
func rename(from, as *TypeDef) string {
	if from.Name == as.Name {
		return word(as.Name)
	}
	return word(from.Name) + " as " + word(as.Name)
}

// typeDef writes the definition of a type.
func (p *printer) typeDef(t *TypeDef) {
	name := word(t.Name)
	switch k := t.Kind.(type) {
	case *Record:
		p.fields("record "+name, k.Fields, ": ", "")
	case *Variant:
		p.fields("variant "+name, k.Cases, "(", ")")
	case *Enum:
		p.fields("enum "+name, k.Cases, "", "")
	case *Flags:
		p.fields("flags "+name, k.Flags, "", "")
	case *Resource:
		p.resource(name, k)
	case *Alias:
		target := word(k.Of.Name)
		if prim, ok := k.Of.Kind.(*Prim); ok && k.Of.Name == "" {
			target = prim.Prim.String()
		}
		p.line("type " + name + " = " + target + ";")
	case *Own:
		p.line("type " + name + " = own<" + word(k.Resource.Name) + ">;")
	default:
		p.line("type " + name + " = " + kindText(t.Kind) + ";")
	}
}

func (p *printer) fields(head string, fields []Field, before, after string) {
	p.open(head)
	for _, f := range fields {
		p.docs(f.Docs)
		text := word(f.Name)
		if f.Type != nil {
			text += before + typeText(f.Type) + after
		}
		p.line(text + ",")
	}
	p.close()
}

func (p *printer) resource(name string, r *Resource) {
	if len(r.Funcs) == 0 {
		p.line("resource " + name + ";")
		return
	}
	p.open("resource " + name)
	for _, f := range r.Funcs {
		p.item(false, f.Docs, f.Stability, f.ExternalID)
		switch f.Kind {
		case Constructor:
			text := "constructor(" + params(f.Params) + ")"
			if _, plain := f.Result.Kind.(*Own); !plain {
				text += " -> " + typeText(f.Result)
			}
			p.line(text + ";")
		case Static:
			p.line(word(f.Name) + ": static " + p.signature(f) + ";")
		default:
			p.line(word(f.Name) + ": " + p.signature(f) + ";")
		}
	}
	p.close()
}

// signature is "async func(a: t) -> t"; the first parameter of a method is
// left out.
func (p *printer) signature(f *Func) string {
	list := f.Params
	if f.Kind == Method {
		list = list[1:]
	}
	s := "func(" + params(list) + ")"
	if f.Async {
		s = "async " + s
	}
	if f.Result != nil {
		s += " -> " + typeText(f.Result)
	}
	return s
}

func params(list []Param) string {
	parts := make([]string, len(list))
	for i, p := range list {
		parts[i] = word(p.Name) + ": " + typeText(p.Type)
	}
	return strings.Join(parts, ", ")
}

// typeText is a type where it is used.
func typeText(t *TypeDef) string {
	if t == nil {
		return "_"
	}
	if t.Name != "" {
		return word(t.Name)
	}
	return kindText(t.Kind)
}

// kindText is a type without a name.
func kindText(k Kind) string {
	switch k := k.(type) {
	case *Prim:
		return k.Prim.String()
	case *Tuple:
		return generic("tuple", k.Types...)
	case *List:
		if k.Fixed {
			return "list<" + typeText(k.Elem) + ", " + strconv.FormatUint(uint64(k.Len), 10) + ">"
		}
		return generic("list", k.Elem)
	case *Option:
		return generic("option", k.Type)
	case *Result:
		if k.Err == nil {
			return generic("result", k.OK)
		}
		return generic("result", k.OK, k.Err)
	case *Map:
		return generic("map", k.Key, k.Value)
	case *Stream:
		return generic("stream", k.Elem)
	case *Future:
		return generic("future", k.Elem)
	case *Own:
		return word(k.Resource.Name)
	case *Borrow:
		return generic("borrow", k.Resource)
	}
	return "_"
}

// generic is "name<a, b>"; a single argument that is nil is none.
func generic(name string, args ...*TypeDef) string {
	if len(args) == 1 && args[0] == nil {
		return name
	}
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = typeText(a)
	}
	return name + "<" + strings.Join(parts, ", ") + ">"
}
