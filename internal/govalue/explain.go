package govalue

// This file is the texts of errors about Go types that do not fit.

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

// A place is a part of a function type: its path in the component's type, and
// what stands for it in Go.
type place struct {
	path string // "parameter "p": field "age""
	goes string // "Person.Age"
}

// in is a part of the place. The empty place in Go is none.
func (p place) in(part, goes string) place {
	if p.path != "" {
		part = p.path + ": " + part
	}
	return place{part, goes}
}

// to is the same place with something else in Go.
func (p place) to(goes string) place { return place{p.path, goes} }

func (p place) errorf(format string, args ...any) error {
	return bindErr("%s "+format, append([]any{p.path}, args...)...)
}

// mismatch says that a Go type does not stand for a component type, and what
// does.
func (p place) mismatch(k *codec) error {
	return p.errorf("is %s, but %s is %s; use %s", article(k.t.Type), p.goes, goType(k.rt), suggest(k.t))
}

func (p place) resource(k *codec, what, use string) error {
	return p.errorf("is %s, %s, but %s is %s; use %s", article(k.t.Type), what, p.goes, goType(k.rt), use)
}

// pointer says that the field of a case is no pointer to what the case holds.
func (p place) pointer(rt reflect.Type, payload *abi.Type) error {
	if payload == nil {
		return p.errorf("has no payload, but %s is %s; use *struct{}", p.goes, goType(rt))
	}
	return p.errorf("holds %s, but %s is %s; use a pointer, which is set for this case", article(payload.Type), p.goes, goType(rt))
}

// missing says that a struct has no field for a name.
func (p place) missing(rt reflect.Type, f value.Field, what string) error {
	typ := ""
	if f.Type != nil {
		typ = ", " + article(f.Type) + ","
	}
	return p.errorf("has the %s %s%s but %s has no field for it; add one named %s, or with the tag `wit:%s`",
		what, quote(f.Name), typ, goName(rt), camel(f.Name), quote(f.Name))
}

// extra says that a field of a struct stands for nothing.
func (p place) extra(rt reflect.Type, f reflect.StructField, names []value.Field, what string) error {
	return p.errorf("has no %s for %s.%s; %s. Remove the field or give it the tag `wit:\"-\"`", what, goName(rt), f.Name, list(names, what))
}

// list says which names there are.
func list(names []value.Field, what string) string {
	const most = 8
	if len(names) == 0 {
		return "there are none"
	}
	var b strings.Builder
	b.WriteString("there are ")
	if len(names) == 1 {
		b.Reset()
		b.WriteString("there is the " + what + " ")
	}
	for i, n := range names {
		switch {
		case i == most:
			b.WriteString(", and " + strconv.Itoa(len(names)-most) + " more")
			return b.String()
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(quote(n.Name))
	}
	return b.String()
}

func quote(s string) string { return `"` + s + `"` }

// article is a component type with its article: "a u32", "an option<string>".
func article(t *value.Type) string {
	switch t.Kind {
	case value.KindRecord, value.KindVariant, value.KindEnum:
		return withArticle(t.Kind.String())
	case value.KindFlags:
		return "flags"
	}
	return withArticle(t.Short())
}

// goType is a Go type with its article.
func goType(rt reflect.Type) string { return withArticle(short(rt)) }

// goName is a Go type in the name of a field.
func goName(rt reflect.Type) string {
	if n := rt.Name(); n != "" && !strings.Contains(n, "[") {
		return n
	}
	return short(rt)
}

// short is the text of a Go type, cut where it is long. Types of package dray
// are called what they are called there.
func short(rt reflect.Type) string {
	const most = 120
	s := withoutPaths(rt.String())
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// withoutPaths is the text of a type without the paths of the packages that
// its type arguments are from.
func withoutPaths(s string) string {
	var b strings.Builder
	begin := 0 // of the name
	for i, r := range s {
		switch r {
		case '/':
			begin = i + 1
		case '[', ']', ',', '*', ' ', '(', ')', '{', '}', ';':
			b.WriteString(drayName(s[begin:i]))
			b.WriteRune(r)
			begin = i + 1
		}
	}
	b.WriteString(drayName(s[begin:]))
	return b.String()
}

// drayName is the name of a type of package dray there.
func drayName(s string) string {
	switch s {
	case "ends.Stream", "ends.Future", "ends.ByteStream", "value.Value", "task.Handle", "task.ErrorContext", "govalue.Result":
		return "dray" + s[strings.IndexByte(s, '.'):]
	}
	return s
}

func withArticle(s string) string {
	switch {
	case strings.HasPrefix(s, "[") || strings.HasPrefix(s, "*") || strings.HasPrefix(s, "<"):
		return s
	case strings.HasPrefix(s, "f32") || strings.HasPrefix(s, "f64"):
		return "an " + s
	case strings.HasPrefix(s, "s8") || strings.HasPrefix(s, "s16") || strings.HasPrefix(s, "s32") || strings.HasPrefix(s, "s64"):
		return "an " + s
	case strings.ContainsRune("aeio", rune(s[0])):
		return "an " + s
	}
	return "a " + s
}

// suggest is what Go type stands for a component type.
func suggest(t *abi.Type) string {
	if s := scalarName(t); s != "" {
		return s
	}
	switch t.Kind {
	case value.KindList:
		return suggestList(t)
	case value.KindRecord:
		return "a struct with a field for each of its fields"
	case value.KindTuple:
		return "a struct with " + strconv.Itoa(len(t.Fields)) + " fields"
	case value.KindOption:
		if s := scalarName(t.Cases[1]); s != "" {
			return "*" + s
		}
		return "a pointer"
	case value.KindVariant:
		return "a struct with a pointer field for each case"
	case value.KindResult:
		return "dray.Result[" + payloadName(t.Cases[0], "T") + ", " + payloadName(t.Cases[1], "E") + "]"
	case value.KindEnum:
		return "an integer or string type"
	case value.KindFlags:
		return "a struct of bools or an unsigned integer"
	case value.KindMap:
		return "a map"
	case value.KindStream, value.KindFuture:
		return suggestEnd(t)
	case value.KindErrorContext:
		return "*dray.ErrorContext"
	}
	return "dray.Value"
}

func suggestList(t *abi.Type) string {
	s := scalarName(t.Elem)
	n := ""
	if t.Fixed {
		n = strconv.FormatUint(uint64(t.Len), 10)
	}
	switch {
	case t.Elem.Kind == value.KindU8:
		return "[" + n + "]byte"
	case s != "":
		return "[" + n + "]" + s
	case t.Fixed:
		return "an array of length " + n
	}
	return "a slice"
}

// scalarName is the Go type for a component type without parts, or "".
func scalarName(t *abi.Type) string {
	switch k := t.Kind; {
	case k == value.KindChar:
		return "rune"
	case k.Primitive() && k != value.KindErrorContext:
		return scalars[k].kind.String()
	}
	return ""
}

func payloadName(t *abi.Type, other string) string {
	if t == nil {
		return "struct{}"
	}
	if s := scalarName(t); s != "" {
		return s
	}
	return other
}
