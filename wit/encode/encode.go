// Package encode goes from WIT to the binary format of components and back
// (WIT.md of the Component Model, section "Package Format").
//
// [Encode] makes the binary of a WIT package. [Decode] reads the WIT of such a
// binary, of any component, and of a core module with embedded types, as
// generators of bindings leave them. [Load] reads whatever holds WIT from files.
package encode

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wit"
)

// The codes of errors.
const (
	// CodeEncode: WIT that has no binary form.
	CodeEncode diag.Code = "wit/encode"
	// CodeDecode: a binary that holds no WIT, or what WIT cannot express.
	CodeDecode diag.Code = "wit/decode"
	// CodeLimit: beyond a limit of this implementation.
	CodeLimit diag.Code = "wit/limit"
)

// Encode is the root package in the binary format. Documentation and gates go
// into its custom section "package-docs". The types that it uses of other
// packages are copied into it, the packages are not.
func Encode(r *wit.Resolve) ([]byte, error) {
	c, err := Package(r)
	if err != nil {
		return nil, err
	}
	return binary.Encode(c)
}

// Package is the component that the root package is encoded as: it exports a
// type for each interface and world.
func Package(r *wit.Resolve) (*component.Component, error) {
	e := new(encoder)
	c := &component.Component{}
	types := uint32(0)
	add := func(name string, b *builder) error {
		if e.size += b.size; b.err == nil && e.size > maxDecls {
			b.err = errLimit()
		}
		if b.err != nil {
			return b.err
		}
		c.Defs = append(c.Defs, &component.TypeDef{Type: &component.ComponentType{Decls: b.decls}},
			&component.Export{Name: component.ExternName{Name: name}, Item: component.SortIdx{Sort: component.SortType, Index: types}})
		types += 2
		return nil
	}
	for _, i := range r.Root.Interfaces {
		if err := add(i.Name, e.interfaceType(i)); err != nil {
			return nil, err
		}
	}
	for _, w := range r.Root.Worlds {
		b := newBuilder(nil)
		inner := e.world(w)
		b.err, b.size = inner.err, inner.size
		at := b.define(&component.ComponentType{Decls: inner.decls})
		b.export(component.ExternName{Name: w.ExternName()}, component.ExternType{Sort: component.SortComponent, Index: at})
		if err := add(w.Name, b); err != nil {
			return nil, err
		}
	}
	docs, err := encodeDocs(r.Root)
	if docs != nil {
		c.Defs = append(c.Defs, &component.Custom{Name: docsSection, Data: docs})
	}
	return c, err
}

// World is the type of the components of a world.
func World(w *wit.World) (*component.ComponentType, error) {
	b := new(encoder).world(w)
	return &component.ComponentType{Decls: b.decls}, b.err
}

// maxDecls is how many declarations a package may have: what an interface uses
// is copied into each that uses it.
const maxDecls = 1 << 22

func errLimit() error {
	return diag.Errorf(CodeLimit, diag.Pos{}, "the package is too large in the binary format: more than %d declarations", maxDecls)
}

// An encoder counts declarations.
type encoder struct {
	size int
}

// interfaceType is a component type with an interface as its export. It imports
// what the interface uses of others, and no more of them.
func (e *encoder) interfaceType(i *wit.Interface) *builder {
	b := newBuilder(nil)
	needed := neededTypes(i)
	for _, d := range inOrder(i, needed) {
		inst := b.instanceType(d, needed[d])
		b.importInstance(component.ExternName{Name: d.ExternName()}, inst)
		b.imported[d] = b.instances - 1
	}
	inst := b.instanceType(i, nil)
	b.export(component.ExternName{Name: i.ExternName()}, component.ExternType{Sort: component.SortInstance, Index: inst})
	return b
}

// neededTypes are the types of other interfaces that an interface needs, with
// all that they are made of.
func neededTypes(i *wit.Interface) map[*wit.Interface]map[*wit.TypeDef]bool {
	needed := map[*wit.Interface]map[*wit.TypeDef]bool{}
	var todo []*wit.TypeDef
	need := func(t *wit.TypeDef) {
		if t == nil || t.Interface == nil || t.Interface == i {
			return
		}
		if needed[t.Interface] == nil {
			needed[t.Interface] = map[*wit.TypeDef]bool{}
		}
		if !needed[t.Interface][t] {
			needed[t.Interface][t] = true
			todo = append(todo, t)
		}
	}
	for _, t := range i.Types {
		if of, ok := t.Used(); ok {
			need(of)
		}
	}
	for len(todo) > 0 {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		parts(t.Kind, need)
	}
	return needed
}

// inOrder is the interfaces that an interface needs types of, each after those
// that it uses types of.
func inOrder(root *wit.Interface, needed map[*wit.Interface]map[*wit.TypeDef]bool) []*wit.Interface {
	type frame struct {
		i    *wit.Interface
		deps []*wit.Interface
	}
	open := func(i *wit.Interface) frame {
		f := frame{i: i}
		for _, t := range i.Types {
			if of, ok := t.Used(); ok && (i == root || needed[i][t]) {
				f.deps = append(f.deps, of.Interface)
			}
		}
		return f
	}
	var order []*wit.Interface
	seen := map[*wit.Interface]bool{root: true}
	for stack := []frame{open(root)}; len(stack) > 0; {
		top := &stack[len(stack)-1]
		if len(top.deps) == 0 {
			order = append(order, top.i)
			stack = stack[:len(stack)-1]
			continue
		}
		d := top.deps[0]
		top.deps = top.deps[1:]
		if !seen[d] {
			seen[d] = true
			stack = append(stack, open(d))
		}
	}
	return order[:len(order)-1] // without the root
}

// parts calls a function with the types that have a name and that a type is
// made of.
func parts(k wit.Kind, named func(*wit.TypeDef)) {
	part := func(t *wit.TypeDef) {
		switch {
		case t == nil:
		case t.Name != "":
			named(t)
		default:
			parts(t.Kind, named)
		}
	}
	fields := func(fields []wit.Field) {
		for _, f := range fields {
			part(f.Type)
		}
	}
	switch k := k.(type) {
	case *wit.Record:
		fields(k.Fields)
	case *wit.Variant:
		fields(k.Cases)
	case *wit.Tuple:
		for _, t := range k.Types {
			part(t)
		}
	case *wit.List:
		part(k.Elem)
	case *wit.Option:
		part(k.Type)
	case *wit.Result:
		part(k.OK)
		part(k.Err)
	case *wit.Map:
		part(k.Key)
		part(k.Value)
	case *wit.Stream:
		part(k.Elem)
	case *wit.Future:
		part(k.Elem)
	case *wit.Own:
		part(k.Resource)
	case *wit.Borrow:
		part(k.Resource)
	case *wit.Alias:
		part(k.Of)
	}
}

// world is the declarations of the component type of a world.
func (e *encoder) world(w *wit.World) *builder {
	b := newBuilder(nil)
	b.world = w
	typed := false
	for _, it := range w.Imports {
		if it.Func != nil {
			if !typed {
				b.worldTypes(w)
				typed = true
			}
			b.importFunc(it.Func)
			continue
		}
		inst := b.instanceType(it.Interface, nil)
		b.importInstance(itemName(it), inst)
		if it.Name == "" {
			b.imported[it.Interface] = b.instances - 1
		}
	}
	if !typed {
		b.worldTypes(w)
	}
	for _, it := range w.Exports {
		b.exporting = true
		if it.Func != nil {
			b.exporting = false
			at := b.funcType(it.Func)
			b.export(funcName(it.Func), component.ExternType{Sort: component.SortFunc, Index: at})
			continue
		}
		inst := b.instanceType(it.Interface, nil)
		b.export(itemName(it), component.ExternType{Sort: component.SortInstance, Index: inst})
		b.instances++
		if it.Name == "" {
			b.exported[it.Interface] = b.instances - 1
		}
	}
	return b
}

// worldTypes imports the types of a world with the functions of resources.
func (b *builder) worldTypes(w *wit.World) {
	for _, t := range w.Types {
		b.declareType(t, func(name component.ExternName, et component.ExternType) {
			b.decls = append(b.decls, &component.Import{Name: name, Type: et})
		})
	}
	for _, t := range w.Types {
		if r, ok := t.Kind.(*wit.Resource); ok {
			for _, f := range r.Funcs {
				b.importFunc(f)
			}
		}
	}
}

// itemName is the name of an import or export with its attributes.
func itemName(it *wit.WorldItem) component.ExternName {
	n := component.ExternName{Name: it.ExternName()}
	if i := it.Implements(); i != "" {
		n.Attrs = append(n.Attrs, component.Attribute{Kind: component.Implements, Value: i})
	}
	return withID(n, it.ExternalID)
}

func funcName(f *wit.Func) component.ExternName {
	return withID(component.ExternName{Name: f.ExternName()}, f.ExternalID)
}

func withID(n component.ExternName, id string) component.ExternName {
	if id != "" {
		n.Attrs = append(n.Attrs, component.Attribute{Kind: component.ExternalID, Value: id})
	}
	return n
}
