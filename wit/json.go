// This file writes a Resolve as JSON.

package wit

import (
	"bytes"
	"encoding/json"
)

// JSON is the Resolve as JSON, indented, with a line feed at the end. Fields are added in later versions,
// but do not change:
//
//	{"root": "ns:pkg@1.0.0", "packages": [PACKAGE...]}
//
//	PACKAGE    {"name": "ns:pkg@1.0.0", "docs", "interfaces": [INTERFACE...], "worlds": [WORLD...]}
//	INTERFACE  {"name", META, "types": [DEF...], "functions": [FUNC...]}
//	WORLD      {"name", META, "types": [DEF...], "imports": [ITEM...], "exports": [ITEM...]}
//	ITEM       {"name", META, "kind": "function", "function": FUNC}
//	           {"name", META, "kind": "interface", "interface": "ns:pkg/iface@1.0.0"}
//	           {"name", META, "kind": "interface", "inline": INTERFACE}
//	DEF        {"name", META} and the fields of a TYPE, or of
//	           {"kind": "record" | "variant" | "enum" | "flags", "fields": [FIELD...]}
//	           {"kind": "resource", "functions": [FUNC...]}
//	           {"kind": "alias", "of": TYPE}
//	FIELD      {"name", "docs", "type": TYPE}
//	FUNC       {"name", META, "kind": "freestanding" | "method" | "static" | "constructor",
//	            "async": true, "params": [{"name", "type": TYPE}...], "result": TYPE}
//	TYPE       {"kind": "u32"}, or another primitive type
//	           {"kind": "named", "name", "owner": "ns:pkg/iface@1.0.0"}
//	           {"kind": "list", "of": TYPE, "length": 4}, with a length where it is fixed
//	           {"kind": "option" | "stream" | "future" | "own" | "borrow", "of": TYPE}
//	           {"kind": "tuple", "types": [TYPE...]}
//	           {"kind": "result", "ok": TYPE, "err": TYPE}
//	           {"kind": "map", "key": TYPE, "value": TYPE}
//	META       "docs", "since": "1.0.0", "unstable": "feature", "deprecated": "1.0.0", "external_id"
//
// What is absent is left out. The name of an ITEM is that of the import or
// export, the name of a FUNC is that in a component: "[method]r.f". A named
// type of the interface or world that it is used in has no owner.
func (r *Resolve) JSON() ([]byte, error) {
	doc := jsonResolve{Root: r.Root.Name.String()}
	for _, p := range r.Packages {
		j := jsonPackage{Name: p.Name.String(), Docs: p.Docs, Interfaces: []*jsonInterface{}, Worlds: []*jsonWorld{}}
		for _, i := range p.Interfaces {
			j.Interfaces = append(j.Interfaces, jsonOfInterface(i))
		}
		for _, w := range p.Worlds {
			j.Worlds = append(j.Worlds, jsonOfWorld(w))
		}
		doc.Packages = append(doc.Packages, j)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

type (
	jsonResolve struct {
		Root     string        `json:"root"`
		Packages []jsonPackage `json:"packages"`
	}
	jsonPackage struct {
		Name       string           `json:"name"`
		Docs       string           `json:"docs,omitempty"`
		Interfaces []*jsonInterface `json:"interfaces"`
		Worlds     []*jsonWorld     `json:"worlds"`
	}
	jsonMeta struct {
		Docs       string `json:"docs,omitempty"`
		Since      string `json:"since,omitempty"`
		Unstable   string `json:"unstable,omitempty"`
		Deprecated string `json:"deprecated,omitempty"`
		ExternalID string `json:"external_id,omitempty"`
	}
	jsonInterface struct {
		Name string `json:"name,omitempty"`
		jsonMeta
		Types     []jsonDef  `json:"types"`
		Functions []jsonFunc `json:"functions"`
	}
	jsonWorld struct {
		Name string `json:"name"`
		jsonMeta
		Types   []jsonDef  `json:"types"`
		Imports []jsonItem `json:"imports"`
		Exports []jsonItem `json:"exports"`
	}
	jsonItem struct {
		Name string `json:"name"`
		jsonMeta
		Kind      string         `json:"kind"`
		Function  *jsonFunc      `json:"function,omitempty"`
		Interface string         `json:"interface,omitempty"`
		Inline    *jsonInterface `json:"inline,omitempty"`
	}
	jsonDef struct {
		Name string `json:"name"`
		jsonMeta
		jsonType
		Fields    []jsonField `json:"fields,omitempty"`
		Functions []jsonFunc  `json:"functions,omitempty"`
	}
	jsonField struct {
		Name string    `json:"name"`
		Docs string    `json:"docs,omitempty"`
		Type *jsonType `json:"type,omitempty"`
	}
	jsonFunc struct {
		Name string `json:"name"`
		jsonMeta
		Kind   string      `json:"kind"`
		Async  bool        `json:"async,omitempty"`
		Params []jsonField `json:"params"`
		Result *jsonType   `json:"result,omitempty"`
	}
	jsonType struct {
		Kind   string      `json:"kind"`
		Named  string      `json:"name,omitempty"`
		Owner  string      `json:"owner,omitempty"`
		Of     *jsonType   `json:"of,omitempty"`
		Length uint32      `json:"length,omitempty"`
		Types  []*jsonType `json:"types,omitempty"`
		OK     *jsonType   `json:"ok,omitempty"`
		Err    *jsonType   `json:"err,omitempty"`
		Key    *jsonType   `json:"key,omitempty"`
		Value  *jsonType   `json:"value,omitempty"`
	}
)

func jsonOfMeta(docs string, s Stability, externalID string) jsonMeta {
	return jsonMeta{docs, s.Since, s.Feature, s.Deprecated, externalID}
}

func jsonOfInterface(i *Interface) *jsonInterface {
	j := &jsonInterface{Name: i.Name, jsonMeta: jsonOfMeta(i.Docs, i.Stability, ""), Functions: jsonFuncs(i.Funcs, i)}
	j.Types = jsonDefs(i.Types, i)
	return j
}

func jsonOfWorld(w *World) *jsonWorld {
	return &jsonWorld{
		Name: w.Name, jsonMeta: jsonOfMeta(w.Docs, w.Stability, ""), Types: jsonDefs(w.Types, nil),
		Imports: jsonItems(w.Imports), Exports: jsonItems(w.Exports),
	}
}

func jsonItems(items []*WorldItem) []jsonItem {
	list := make([]jsonItem, len(items))
	for n, it := range items {
		j := jsonItem{Name: it.ExternName(), jsonMeta: jsonOfMeta(it.Docs, it.Stability, it.ExternalID), Kind: "interface"}
		switch {
		case it.Func != nil:
			f := jsonFuncs([]*Func{it.Func}, nil)[0]
			j.Kind, j.Function, j.jsonMeta = "function", &f, jsonMeta{}
		case it.Interface.Name == "":
			j.Inline = jsonOfInterface(it.Interface)
		default:
			j.Interface = it.Interface.ExternName()
		}
		list[n] = j
	}
	return list
}

func jsonFuncs(funcs []*Func, in *Interface) []jsonFunc {
	list := make([]jsonFunc, len(funcs))
	for n, f := range funcs {
		list[n] = jsonFunc{
			Name: f.ExternName(), jsonMeta: jsonOfMeta(f.Docs, f.Stability, f.ExternalID),
			Kind: f.Kind.String(), Async: f.Async, Params: make([]jsonField, len(f.Params)), Result: jsonOfType(f.Result, in),
		}
		for i, p := range f.Params {
			list[n].Params[i] = jsonField{Name: p.Name, Type: jsonOfType(p.Type, in)}
		}
	}
	return list
}

func jsonFields(fields []Field, in *Interface) []jsonField {
	list := make([]jsonField, len(fields))
	for i, f := range fields {
		list[i] = jsonField{f.Name, f.Docs, jsonOfType(f.Type, in)}
	}
	return list
}

// jsonDefs is the definitions of an interface, or of a world.
func jsonDefs(types []*TypeDef, in *Interface) []jsonDef {
	list := make([]jsonDef, len(types))
	for n, t := range types {
		j := jsonDef{Name: t.Name, jsonMeta: jsonOfMeta(t.Docs, t.Stability, t.ExternalID)}
		switch k := t.Kind.(type) {
		case *Record:
			j.Kind, j.Fields = "record", jsonFields(k.Fields, in)
		case *Variant:
			j.Kind, j.Fields = "variant", jsonFields(k.Cases, in)
		case *Enum:
			j.Kind, j.Fields = "enum", jsonFields(k.Cases, in)
		case *Flags:
			j.Kind, j.Fields = "flags", jsonFields(k.Flags, in)
		case *Resource:
			j.Kind, j.Functions = "resource", jsonFuncs(k.Funcs, in)
		case *Alias:
			j.Kind, j.Of = "alias", jsonOfType(k.Of, in)
		default:
			j.jsonType = *jsonOfType(&TypeDef{Kind: k}, in)
		}
		list[n] = j
	}
	return list
}

// jsonOfType is a type where it is used.
func jsonOfType(t *TypeDef, in *Interface) *jsonType {
	switch {
	case t == nil:
		return nil
	case t.Name != "":
		j := &jsonType{Kind: "named", Named: t.Name}
		if t.Interface != nil && t.Interface != in {
			j.Owner = t.Interface.ExternName()
		}
		return j
	}
	switch k := t.Kind.(type) {
	case *Prim:
		return &jsonType{Kind: k.Prim.String()}
	case *Tuple:
		j := &jsonType{Kind: "tuple"}
		for _, e := range k.Types {
			j.Types = append(j.Types, jsonOfType(e, in))
		}
		return j
	case *List:
		return &jsonType{Kind: "list", Of: jsonOfType(k.Elem, in), Length: k.Len}
	case *Option:
		return &jsonType{Kind: "option", Of: jsonOfType(k.Type, in)}
	case *Result:
		return &jsonType{Kind: "result", OK: jsonOfType(k.OK, in), Err: jsonOfType(k.Err, in)}
	case *Map:
		return &jsonType{Kind: "map", Key: jsonOfType(k.Key, in), Value: jsonOfType(k.Value, in)}
	case *Stream:
		return &jsonType{Kind: "stream", Of: jsonOfType(k.Elem, in)}
	case *Future:
		return &jsonType{Kind: "future", Of: jsonOfType(k.Elem, in)}
	case *Own:
		return &jsonType{Kind: "own", Of: jsonOfType(k.Resource, in)}
	case *Borrow:
		return &jsonType{Kind: "borrow", Of: jsonOfType(k.Resource, in)}
	}
	return &jsonType{Kind: "unknown"}
}
