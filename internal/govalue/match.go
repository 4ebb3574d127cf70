package govalue

// This file is how the fields of structs are found for names of components.

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dray-wasm/dray/value"
)

// exported are the fields of a struct that stand for something.
func exported(rt reflect.Type) []int {
	var out []int
	for i := range rt.NumField() {
		if f := rt.Field(i); f.IsExported() && f.Tag.Get("wit") != "-" {
			out = append(out, i)
		}
	}
	return out
}

// camel is a kebab-case name as a Go name: FirstName for first-name.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		r, n := utf8.DecodeRuneInString(word)
		if n > 0 {
			b.WriteRune(unicode.ToUpper(r))
			b.WriteString(word[n:])
		}
	}
	return b.String()
}

// folded is a name in the form that names are compared in when upper and lower
// case do not count.
func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "-", "")) }

// matchFields finds the Go field for each name: by tag, then by the name as Go
// has it, then by the name without regard to case. what the names are of is
// for errors: "field", "case" or "flag".
func matchFields(rt reflect.Type, names []value.Field, what string, at place) ([]int, error) {
	tags, exact, fold := map[string]int{}, map[string]int{}, map[string]int{}
	list := exported(rt)
	for _, i := range list {
		f := rt.Field(i)
		if tag := f.Tag.Get("wit"); tag != "" {
			if other, ok := tags[tag]; ok {
				return nil, at.errorf("cannot be %s: %s and %s have the same tag", goName(rt), rt.Field(other).Name, f.Name)
			}
			tags[tag] = i
			continue
		}
		exact[f.Name] = i
		if _, ok := fold[folded(f.Name)]; ok {
			i = -1 // which one is meant is not clear
		}
		fold[folded(f.Name)] = i
	}
	out, used := make([]int, len(names)), make(map[int]bool, len(names))
	for i, n := range names {
		j, ok := tags[n.Name]
		if !ok {
			j, ok = exact[camel(n.Name)]
		}
		if !ok {
			j, ok = fold[folded(n.Name)]
		}
		if !ok || j < 0 || used[j] {
			return nil, at.missing(rt, n, what)
		}
		out[i], used[j] = j, true
	}
	for _, i := range list {
		if !used[i] {
			return nil, at.extra(rt, rt.Field(i), names, what)
		}
	}
	return out, nil
}
