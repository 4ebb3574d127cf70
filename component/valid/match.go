// This file decides whether a type matches another, that is, may be given
// where the other is asked for (explainer, section "Type Checking").

package valid

import (
	"slices"

	"github.com/dray-wasm/dray/component"
)

// A matcher matches types against expected types. Where an expected type has a
// resource type that is open, the first type given for it stands for it from
// then on.
type matcher struct {
	v *validator
	// s replaces in expected types what was given so far.
	s *subst
	// Open are the resource types of the scope bind that are imported or not,
	// from since on.
	bind     scopeID
	imported bool
	since    ResourceID
}

func (v *validator) newMatcher(bind scopeID, imported bool) *matcher {
	return &matcher{v: v, s: v.newSubst(), bind: bind, imported: imported}
}

// open tells whether a resource type is to be given.
func (m *matcher) open(r ResourceID) bool {
	if _, given := m.s.resources[r]; given || m.bind == 0 || r < m.since {
		return false
	}
	res := &m.v.types.resources[r]
	return res.scope == m.bind && res.Imported == m.imported
}

// extern matches an import or export, or an argument, against an expected one.
func (m *matcher) extern(found, want Extern) error {
	if err := m.v.charge(1); err != nil {
		return err
	}
	if found.Sort != want.Sort {
		return errf(CodeMismatch, "expected %s, found %s", want.Sort.Keyword(), found.Sort.Keyword())
	}
	switch want.Sort {
	case component.SortCoreModule:
		return m.v.matchModule(found.Module, want.Module)
	case component.SortType:
		return m.typeBound(found.Type, want.Type)
	case component.SortInstance:
		return m.exports(found.Type, m.v.types.Exports(want.Type))
	case component.SortComponent:
		want, err := m.s.apply(want.Type)
		if err != nil {
			return err
		}
		return m.v.matchComponent(found.Type, want)
	}
	return m.equal(found.Type, want.Type)
}

// exports matches the exports of an instance or component type against those
// that are expected.
func (m *matcher) exports(found TypeID, want []Extern) error {
	if m.v.types.types[found].props&hasResource == 0 && sameList(m.v.types.Exports(found), want) {
		return nil
	}
	for _, w := range want {
		f := m.v.types.Export(found, w.Name)
		if f == nil {
			return errf(CodeMissing, "missing expected export %s", quote(w.Name))
		}
		if err := m.extern(*f, w); err != nil {
			return within(err, "type mismatch in instance export "+quote(w.Name))
		}
	}
	return nil
}

// sameList tells whether two lists are one and the same.
func sameList(a, b []Extern) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// typeBound matches a type against the bound of a type that is asked for.
func (m *matcher) typeBound(found, want TypeID) error {
	f, w := m.v.types.types[found], m.v.types.types[want]
	if describeSort(f.Kind) != describeSort(w.Kind) {
		return errf(CodeMismatch, "expected %s, found %s", describeSort(w.Kind), describeSort(f.Kind))
	}
	switch {
	case w.Kind == KindResource && m.open(w.Resource):
		m.s.resources[w.Resource] = f.Resource
	case w.Kind == KindInstance || w.Kind == KindComponent:
		to, err := m.s.apply(want)
		if err != nil {
			return err
		}
		return m.v.equalExterns(found, to)
	case w.Kind == KindPrim && f.Kind != KindPrim:
		return errf(CodeMismatch, "expected primitive, found %s", f.Kind)
	default:
		if err := m.equal(found, want); err != nil {
			return err
		}
	}
	if w.Kind.named() {
		m.s.types[want] = found
	}
	return nil
}

// equal checks that a value, function or resource type is the expected one.
func (m *matcher) equal(found, want TypeID) error {
	types := m.v.types
	if types.types[want].props&hasResource != 0 {
		to, err := m.s.apply(want)
		if err != nil {
			return err
		}
		want = to
	}
	if types.Equal(found, want) {
		return nil
	}
	return types.difference(found, want)
}

// equalExterns checks that two instance or component types match each other.
func (v *validator) equalExterns(a, b TypeID) error {
	if a == b {
		return nil
	}
	match := v.matchComponent
	if v.types.types[a].Kind == KindInstance {
		match = v.matchInstanceType
	}
	if err := match(a, b); err != nil {
		return err
	}
	return within(match(b, a), "the type that is expected must match the other way round as well")
}

// matchInstanceType matches an instance type that is not opened.
func (v *validator) matchInstanceType(found, want TypeID) error {
	ext := v.types.types[want].ext
	return v.newMatcher(ext.scope, false).exports(found, ext.exports)
}

// matchComponent matches a component type: it may import less and export more
// than is expected.
func (v *validator) matchComponent(found, want TypeID) error {
	if found == want {
		return nil
	}
	f, w := v.types.types[found].ext, v.types.types[want].ext
	// What is expected to be imported is what the imports get.
	m := v.newMatcher(f.scope, true)
	for _, imp := range f.imports {
		given := v.types.Import(want, imp.Name)
		if given == nil {
			return errf(CodeMissing, "missing expected import %s: the component needs it, and its expected type does not have it", quote(imp.Name))
		}
		if err := m.extern(*given, imp); err != nil {
			return within(err, "type mismatch in import "+quote(imp.Name))
		}
	}
	out := v.newMatcher(w.scope, false)
	for _, exp := range w.exports {
		given := v.types.Export(found, exp.Name)
		if given == nil {
			return errf(CodeMissing, "missing expected export %s", quote(exp.Name))
		}
		x := *given
		if x.Sort != component.SortCoreModule {
			var err error
			if x.Type, err = m.s.apply(x.Type); err != nil {
				return err
			}
		}
		if err := out.extern(x, exp); err != nil {
			return within(err, "type mismatch in export "+quote(exp.Name))
		}
	}
	return nil
}

// difference says in what two types differ. They are not equal.
func (s *Types) difference(found, want TypeID) error {
	f, w := &s.types[found], &s.types[want]
	if f.Kind == KindPrim && w.Kind == KindPrim {
		return errf(CodeMismatch, "expected primitive `%s` found primitive `%s`", w.Prim, f.Prim)
	}
	if f.Kind != w.Kind {
		return errf(CodeMismatch, "expected %s, found %s", s.describe(want), s.describe(found))
	}
	switch w.Kind {
	case KindFunc:
		return s.funcDifference(f, w)
	case KindResource:
		return errf(CodeMismatch, "resource types are not the same")
	case KindRecord, KindVariant:
		return s.labelDifference(f, w)
	case KindFlags, KindEnum:
		return errf(CodeMismatch, "mismatch in %s elements: expected %s, found %s", w.Kind, quoteLabels(w.Labels), quoteLabels(f.Labels))
	case KindTuple:
		if len(f.Elems) != len(w.Elems) {
			return errf(CodeMismatch, "expected %d types, found %d", len(w.Elems), len(f.Elems))
		}
	case KindList:
		if f.Fixed != w.Fixed || f.Len != w.Len {
			return errf(CodeMismatch, "expected %s, found %s", listString(w), listString(f))
		}
	}
	return s.partDifference(f, w)
}

func listString(t *Type) string {
	if t.Fixed {
		return "list of length " + utoa(uint64(t.Len))
	}
	return "list of any length"
}

// partDifference finds the difference of two types of a kind in their parts.
func (s *Types) partDifference(f, w *Type) error {
	for i := range w.Elems {
		a, b := f.Elems[i], w.Elems[i]
		if s.Equal(a, b) {
			continue
		}
		part := partName(w.Kind, i)
		switch {
		case b == 0:
			return errf(CodeMismatch, "expected %s type to not be present", part)
		case a == 0:
			return errf(CodeMismatch, "expected %s type, but found none", part)
		case w.Kind == KindOwn || w.Kind == KindBorrow:
			return s.difference(a, b)
		case w.Kind == KindResult:
			part += " variant"
		}
		return within(s.difference(a, b), "type mismatch in "+part)
	}
	return errf(CodeMismatch, "the types are not the same")
}

// partName is the name of a part of a type.
func partName(k Kind, i int) string {
	switch k {
	case KindTuple:
		return "tuple field " + utoa(uint64(i))
	case KindResult:
		return [2]string{"ok", "err"}[i]
	case KindMap:
		return [2]string{"map key", "map value"}[i]
	}
	return k.String() + " element"
}

// labelDifference finds the difference of two records or variants.
func (s *Types) labelDifference(f, w *Type) error {
	fields := w.Kind == KindRecord
	if len(f.Labels) != len(w.Labels) {
		if fields {
			return errf(CodeMismatch, "expected %d fields, found %d", len(w.Labels), len(f.Labels))
		}
		return errf(CodeMismatch, "expected %d cases, found %d", len(w.Labels), len(f.Labels))
	}
	for i, l := range w.Labels {
		a, b := f.Elems[i], w.Elems[i]
		switch {
		case l != f.Labels[i] && fields:
			return errf(CodeMismatch, "expected field name %s, found %s", quote(l), quote(f.Labels[i]))
		case l != f.Labels[i]:
			return errf(CodeMismatch, "expected case named %s, found %s", quote(l), quote(f.Labels[i]))
		case s.Equal(a, b):
		case b == 0:
			return errf(CodeMismatch, "expected case %s to have no type", quote(l))
		case a == 0:
			return errf(CodeMismatch, "expected case %s to have a type, found none", quote(l))
		case fields:
			return within(s.difference(a, b), "type mismatch in record field "+quote(l))
		default:
			return within(s.difference(a, b), "type mismatch in variant case "+quote(l))
		}
	}
	return errf(CodeMismatch, "the types are not the same")
}

// funcDifference finds the difference of two function types.
func (s *Types) funcDifference(f, w *Type) error {
	switch {
	case f.Async != w.Async:
		return errf(CodeMismatch, "expected %s, found %s", funcString(w), funcString(f))
	case len(f.Elems) != len(w.Elems):
		return errf(CodeMismatch, "expected %d parameters, found %d", len(w.Elems), len(f.Elems))
	}
	for i, l := range w.Labels {
		if l != f.Labels[i] {
			return errf(CodeMismatch, "expected parameter named %s, found %s", quote(l), quote(f.Labels[i]))
		}
		if !s.Equal(f.Elems[i], w.Elems[i]) {
			return within(s.difference(f.Elems[i], w.Elems[i]), "type mismatch in function parameter "+quote(l))
		}
	}
	switch {
	case f.Result == 0:
		return errf(CodeMismatch, "expected a result, found none")
	case w.Result == 0:
		return errf(CodeMismatch, "expected no result, found %s", s.describe(f.Result))
	}
	return within(s.difference(f.Result, w.Result), "type mismatch with result type")
}

func funcString(t *Type) string {
	if t.Async {
		return "async func"
	}
	return "func"
}

// quoteLabels is a list of labels in messages, cut when it is long.
func quoteLabels(labels []string) string {
	const most = 8
	more := ""
	if len(labels) > most {
		labels, more = labels[:most], " ..."
	}
	var b []byte
	for i, l := range slices.Clip(labels) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, quote(l)...)
	}
	return string(b) + more
}
