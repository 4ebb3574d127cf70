// This file is the custom section "package-docs": a version, then JSON with
// the documentation and gates of a package, which its types do not carry.

package encode

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

const (
	docsSection = "package-docs"
	docsVersion = 1
)

type (
	docsPackage struct {
		Docs       string                    `json:"docs,omitempty"`
		Worlds     map[string]*docsWorld     `json:"worlds,omitempty"`
		Interfaces map[string]*docsInterface `json:"interfaces,omitempty"`
	}
	docsWorld struct {
		Docs      string         `json:"docs,omitempty"`
		Stability *docsStability `json:"stability,omitempty"`
		// Interfaces and Funcs are imports, and exports whose name no import
		// has; the others are in the next two.
		Interfaces       map[string]*docsInterface `json:"interfaces,omitempty"`
		Types            map[string]*docsType      `json:"types,omitempty"`
		Funcs            map[string]*docsFunc      `json:"funcs,omitempty"`
		InterfaceExports map[string]*docsInterface `json:"interface_exports,omitempty"`
		FuncExports      map[string]*docsFunc      `json:"func_exports,omitempty"`
		// Those of interfaces that are imported and exported by their names.
		ImportStability map[string]*docsStability `json:"interface_import_stability,omitempty"`
		ExportStability map[string]*docsStability `json:"interface_export_stability,omitempty"`
		ImportDocs      map[string]string         `json:"interface_import_docs,omitempty"`
		ExportDocs      map[string]string         `json:"interface_export_docs,omitempty"`
	}
	docsInterface struct {
		Docs      string               `json:"docs,omitempty"`
		Stability *docsStability       `json:"stability,omitempty"`
		Funcs     map[string]*docsFunc `json:"funcs,omitempty"`
		Types     map[string]*docsType `json:"types,omitempty"`
	}
	docsType struct {
		Docs      string            `json:"docs,omitempty"`
		Stability *docsStability    `json:"stability,omitempty"`
		Items     map[string]string `json:"items,omitempty"` // fields, cases, flags
	}
	// A docsFunc is a string where it has no gates.
	docsFunc struct {
		Docs      string         `json:"docs,omitempty"`
		Stability *docsStability `json:"stability,omitempty"`
	}
	docsStability struct {
		Stable   *docsStable   `json:"stable,omitempty"`
		Unstable *docsUnstable `json:"unstable,omitempty"`
	}
	docsStable struct {
		Since      string `json:"since"`
		Deprecated string `json:"deprecated,omitempty"`
	}
	docsUnstable struct {
		Feature    string `json:"feature"`
		Deprecated string `json:"deprecated,omitempty"`
	}
)

// MarshalJSON writes documentation alone as a string.
func (f *docsFunc) MarshalJSON() ([]byte, error) {
	if f.Stability == nil {
		return json.Marshal(f.Docs)
	}
	type plain docsFunc
	return json.Marshal((*plain)(f))
}

// UnmarshalJSON reads both forms.
func (f *docsFunc) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) || string(data) == "null" {
		return json.Unmarshal(data, &f.Docs)
	}
	type plain docsFunc
	return json.Unmarshal(data, (*plain)(f))
}

// UnmarshalJSON takes the string "unknown" for no gates.
func (s *docsStability) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return nil
	}
	type plain docsStability
	return json.Unmarshal(data, (*plain)(s))
}

func docsOfStability(s wit.Stability) *docsStability {
	switch {
	case s.Since != "":
		return &docsStability{Stable: &docsStable{s.Since, s.Deprecated}}
	case s.Feature != "":
		return &docsStability{Unstable: &docsUnstable{s.Feature, s.Deprecated}}
	}
	return nil
}

// stability is gates as far as they are well formed.
func (s *docsStability) stability() wit.Stability {
	var out wit.Stability
	switch {
	case s == nil:
	case s.Stable != nil:
		out.Since, out.Deprecated = s.Stable.Since, s.Stable.Deprecated
	case s.Unstable != nil:
		out.Feature, out.Deprecated = s.Unstable.Feature, s.Unstable.Deprecated
	}
	for _, v := range []string{out.Since, out.Deprecated} {
		if _, err := valtype.ParseVersion(v); v != "" && err != nil {
			return wit.Stability{}
		}
	}
	if out.Feature != "" && valtype.CheckLabel(out.Feature) != nil || out.Since == "" && out.Feature == "" {
		return wit.Stability{}
	}
	return out
}

// set puts a value into a map that is made when it is needed.
func set[T any](m *map[string]T, name string, value T) {
	if *m == nil {
		*m = map[string]T{}
	}
	(*m)[name] = value
}

// encodeDocs is the section of a package, nil when there is nothing in it.
func encodeDocs(p *wit.Package) ([]byte, error) {
	doc := docsPackage{Docs: p.Docs}
	for _, i := range p.Interfaces {
		if d := docsOfInterface(i); d != nil {
			set(&doc.Interfaces, i.Name, d)
		}
	}
	for _, w := range p.Worlds {
		if d := docsOfWorld(w); d != nil {
			set(&doc.Worlds, w.Name, d)
		}
	}
	if doc.Docs == "" && doc.Interfaces == nil && doc.Worlds == nil {
		return nil, nil
	}
	var b bytes.Buffer
	b.WriteByte(docsVersion)
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func docsOfInterface(i *wit.Interface) *docsInterface {
	d := &docsInterface{Docs: i.Docs, Stability: docsOfStability(i.Stability), Types: docsOfTypes(i.Types)}
	for f := range i.AllFuncs() {
		addFunc(&d.Funcs, f)
	}
	if d.Docs == "" && d.Stability == nil && d.Types == nil && d.Funcs == nil {
		return nil
	}
	return d
}

func addFunc(to *map[string]*docsFunc, f *wit.Func) {
	if s := docsOfStability(f.Stability); s != nil || f.Docs != "" {
		set(to, f.ExternName(), &docsFunc{f.Docs, s})
	}
}

func docsOfTypes(types []*wit.TypeDef) map[string]*docsType {
	var list map[string]*docsType
	for _, t := range types {
		d := &docsType{Docs: t.Docs, Stability: docsOfStability(t.Stability)}
		for _, f := range fieldsOf(t) {
			if f.Docs != "" {
				set(&d.Items, f.Name, f.Docs)
			}
		}
		if d.Docs != "" || d.Stability != nil || d.Items != nil {
			set(&list, t.Name, d)
		}
	}
	return list
}

// fieldsOf are the fields, cases or flags of a type.
func fieldsOf(t *wit.TypeDef) []wit.Field {
	switch k := t.Kind.(type) {
	case *wit.Record:
		return k.Fields
	case *wit.Variant:
		return k.Cases
	case *wit.Enum:
		return k.Cases
	case *wit.Flags:
		return k.Flags
	}
	return nil
}

func docsOfWorld(w *wit.World) *docsWorld {
	d := &docsWorld{Docs: w.Docs, Stability: docsOfStability(w.Stability), Types: docsOfTypes(w.Types)}
	for _, t := range w.Types {
		if r, ok := t.Kind.(*wit.Resource); ok {
			for _, f := range r.Funcs {
				addFunc(&d.Funcs, f)
			}
		}
	}
	imported := map[string]bool{}
	for _, it := range w.Imports {
		imported[it.Name] = true
		d.item(it, &d.Interfaces, &d.Funcs, &d.ImportStability, &d.ImportDocs)
	}
	for _, it := range w.Exports {
		interfaces, funcs := &d.Interfaces, &d.Funcs
		if imported[it.Name] {
			interfaces, funcs = &d.InterfaceExports, &d.FuncExports
		}
		d.item(it, interfaces, funcs, &d.ExportStability, &d.ExportDocs)
	}
	if d.Docs == "" && d.Stability == nil && d.Types == nil && d.Interfaces == nil && d.Funcs == nil && d.InterfaceExports == nil &&
		d.FuncExports == nil && d.ImportStability == nil && d.ExportStability == nil && d.ImportDocs == nil && d.ExportDocs == nil {
		return nil
	}
	return d
}

// item adds what is known of an import or export.
func (d *docsWorld) item(it *wit.WorldItem, interfaces *map[string]*docsInterface, funcs *map[string]*docsFunc, gates *map[string]*docsStability, docs *map[string]string) {
	switch {
	case it.Func != nil:
		addFunc(funcs, it.Func)
	case it.Interface.Name == "":
		if x := docsOfInterface(it.Interface); x != nil {
			set(interfaces, it.Name, x)
		}
	default:
		if s := docsOfStability(it.Stability); s != nil {
			set(gates, it.ExternName(), s)
		}
		if it.Docs != "" {
			set(docs, it.ExternName(), it.Docs)
		}
	}
}

// applyDocs gives a package what its section tells. What does not fit is left
// out.
func applyDocs(p *wit.Package, data []byte) {
	var doc docsPackage
	if len(data) == 0 || data[0] > docsVersion || json.Unmarshal(data[1:], &doc) != nil {
		return
	}
	p.Docs = cleanDocs(doc.Docs)
	for _, i := range p.Interfaces {
		doc.Interfaces[i.Name].apply(i)
	}
	for _, w := range p.Worlds {
		doc.Worlds[w.Name].apply(w)
	}
}

// cleanDocs is documentation as the parser gives it.
func cleanDocs(docs string) string {
	lines := strings.Split(docs, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r")
	}
	return strings.Join(lines, "\n")
}

func (d *docsInterface) apply(i *wit.Interface) {
	if d == nil {
		return
	}
	i.Docs, i.Stability = cleanDocs(d.Docs), d.Stability.stability()
	applyTypes(i.Types, d.Types)
	for f := range i.AllFuncs() {
		d.Funcs[f.ExternName()].apply(f)
	}
}

func (d *docsFunc) apply(f *wit.Func) {
	if d != nil {
		f.Docs, f.Stability = cleanDocs(d.Docs), d.Stability.stability()
	}
}

func applyTypes(types []*wit.TypeDef, docs map[string]*docsType) {
	for _, t := range types {
		d := docs[t.Name]
		if d == nil {
			continue
		}
		t.Docs, t.Stability = cleanDocs(d.Docs), d.Stability.stability()
		if _, used := t.Used(); used {
			t.Docs = ""
		}
		fields := fieldsOf(t)
		for i := range fields {
			fields[i].Docs = cleanDocs(d.Items[fields[i].Name])
		}
	}
}

func (d *docsWorld) apply(w *wit.World) {
	if d == nil {
		return
	}
	w.Docs, w.Stability = cleanDocs(d.Docs), d.Stability.stability()
	applyTypes(w.Types, d.Types)
	for _, t := range w.Types {
		if r, ok := t.Kind.(*wit.Resource); ok {
			for _, f := range r.Funcs {
				d.Funcs[f.ExternName()].apply(f)
			}
		}
	}
	imported := map[string]bool{}
	for _, it := range w.Imports {
		imported[it.Name] = true
		applyItem(it, d.Interfaces, d.Funcs, d.ImportStability, d.ImportDocs)
	}
	for _, it := range w.Exports {
		interfaces, funcs := d.Interfaces, d.Funcs
		if imported[it.Name] {
			interfaces, funcs = d.InterfaceExports, d.FuncExports
		}
		applyItem(it, interfaces, funcs, d.ExportStability, d.ExportDocs)
	}
}

func applyItem(it *wit.WorldItem, interfaces map[string]*docsInterface, funcs map[string]*docsFunc, gates map[string]*docsStability, docs map[string]string) {
	switch {
	case it.Func != nil:
		funcs[it.Name].apply(it.Func)
		it.Stability = it.Func.Stability
	case it.Interface.Name == "":
		interfaces[it.Name].apply(it.Interface)
		it.Stability = it.Interface.Stability
	default:
		it.Docs, it.Stability = cleanDocs(docs[it.ExternName()]), gates[it.ExternName()].stability()
	}
}
