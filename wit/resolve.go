// Package wit reads and writes WIT, the text format of interfaces and worlds
// of the Component Model (WIT.md of the Component Model).
//
// [ParseDir], [ParseFile] and [Parse] read WIT and link it: the result, a
// [Resolve], has packages, interfaces, worlds and types that point to each
// other. [Print] writes it as canonical WIT, and [Resolve.JSON] as JSON.
// Package wit/encode goes from WIT to the binary format and back, and its
// function Load reads whatever holds WIT: a folder, a file, a component or a
// module.
//
// A Resolve is plain data: once made, it is safe for concurrent reading.
package wit

import (
	"iter"

	"github.com/dray-wasm/dray/valtype"
)

// A Resolve is linked WIT.
type Resolve struct {
	// Root is the package that was asked for; the others are those it comes
	// with.
	Root *Package
	// Packages are all packages, each after those whose interfaces it refers to.
	Packages []*Package
	// Interfaces are all interfaces, also those without a name, which are
	// within worlds; each comes after those that it uses types of.
	Interfaces []*Interface
	// Worlds are all worlds, each after those that it includes.
	Worlds []*World
	// Types are all types that have a name, each after those that it is made
	// of. Types without a name are only where they are used.
	Types []*TypeDef
}

// A PackageName is the name of a package. It is comparable: packages are the
// same exactly when their names are equal.
type PackageName struct {
	// Namespace and Name are "wasi" and "http" of wasi:http@0.2.0. Nested ones
	// keep their separators: "a:b" and "c/d".
	Namespace, Name string
	// Version is a semantic version, "" for none.
	Version string
}

// String is "ns:name@version".
func (n PackageName) String() string { return n.item("") }

// item is the name of an item of the package, "ns:name/item@version"; that of
// the package for "".
func (n PackageName) item(name string) string {
	s := n.Namespace + ":" + n.Name
	if name != "" {
		s += "/" + name
	}
	if n.Version != "" {
		s += "@" + n.Version
	}
	return s
}

// A Package is a named collection of interfaces and worlds.
type Package struct {
	Name PackageName
	Docs string
	// Interfaces and Worlds are in the order in which they were written.
	Interfaces []*Interface
	Worlds     []*World
}

// Interface is the interface of a name, or nil.
func (p *Package) Interface(name string) *Interface {
	for _, i := range p.Interfaces {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// World is the world of a name, or nil.
func (p *Package) World(name string) *World {
	for _, w := range p.Worlds {
		if w.Name == name {
			return w
		}
	}
	return nil
}

// An Interface is a collection of types and functions.
type Interface struct {
	// Name is empty for an interface that is written within a world; the
	// [WorldItem] has its name.
	Name      string
	Package   *Package
	Docs      string
	Stability Stability
	// Types are the types that have names in the interface, those from other
	// interfaces (see [Alias]) among them. Each comes after those that it is
	// made of.
	Types []*TypeDef
	// Funcs are the functions, without those of resources, which are in
	// [Resource.Funcs].
	Funcs []*Func
}

// ExternName is the name that the interface is imported and exported by:
// "ns:pkg/name@version". It is empty for an interface without a name.
func (i *Interface) ExternName() string {
	if i.Name == "" {
		return ""
	}
	return i.Package.Name.item(i.Name)
}

// Type is the type of a name in the interface, or nil.
func (i *Interface) Type(name string) *TypeDef { return typeNamed(i.Types, name) }

// AllFuncs are the functions of the interface: those of its resources in the
// order of Types, then Funcs. This is their order in an instance type.
func (i *Interface) AllFuncs() iter.Seq[*Func] {
	return func(yield func(*Func) bool) {
		for _, t := range i.Types {
			r, ok := t.Kind.(*Resource)
			if !ok {
				continue
			}
			for _, f := range r.Funcs {
				if !yield(f) {
					return
				}
			}
		}
		for _, f := range i.Funcs {
			if !yield(f) {
				return
			}
		}
	}
}

// A World is what a component imports and exports.
type World struct {
	Name      string
	Package   *Package
	Docs      string
	Stability Stability
	// Types are the types that have names in the world, resources with their
	// functions among them. A component imports them.
	Types []*TypeDef
	// Imports and Exports hold what is written and what that needs: interfaces
	// whose types are used are imported, unless an export uses them and they
	// are exported, too. An interface comes after those that it uses types of.
	Imports, Exports []*WorldItem
}

// ExternName is "ns:pkg/name@version".
func (w *World) ExternName() string { return w.Package.Name.item(w.Name) }

// Type is the type of a name in the world, or nil.
func (w *World) Type(name string) *TypeDef { return typeNamed(w.Types, name) }

func typeNamed(types []*TypeDef, name string) *TypeDef {
	for _, t := range types {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// A WorldItem is an import or export of a world: an interface or a function.
// Either Interface or Func is set.
type WorldItem struct {
	// Name is the plain name of an item that has one: a function, an interface
	// that is written within the world, or one that is imported or exported
	// under another name (see [WorldItem.Implements]). It is empty for an
	// interface under its own name.
	Name      string
	Interface *Interface
	Func      *Func
	// Docs is the documentation of the item; that of a function and of an
	// interface without a name is theirs.
	Docs      string
	Stability Stability
	// ExternalID is the string of @external-id, "" for none. That of a
	// function is in the Func.
	ExternalID string
}

// ExternName is the name of the import or export in a component: a plain name
// or "ns:pkg/iface@version".
func (i *WorldItem) ExternName() string {
	if i.Name != "" {
		return i.Name
	}
	return i.Interface.ExternName()
}

// Implements is the name of the interface that an item with a plain name has
// the type of, where the interface has a name; else it is empty.
func (i *WorldItem) Implements() string {
	if i.Name == "" || i.Interface == nil {
		return ""
	}
	return i.Interface.ExternName()
}

// A Stability is the gates of an item. At most one of Since and Feature is
// set; the zero value is an item without gates.
type Stability struct {
	// Since is the version of @since, Feature the feature of @unstable.
	Since, Feature string
	// Deprecated is the version of @deprecated.
	Deprecated string
}

// A Func is a function.
type Func struct {
	// Name is the name as it is written, that of the resource for a
	// constructor. [Func.ExternName] is the name in a component.
	Name string
	Kind FuncKind
	// Resource is the resource of a function that is not freestanding.
	Resource *TypeDef
	Async    bool
	// Params are the parameters of the function type: the first one of a
	// method is "self", a borrowed handle.
	Params []Param
	// Result is the type of the result, nil for none. That of a constructor
	// is an owned handle, or a result with one.
	Result    *TypeDef
	Docs      string
	Stability Stability
	// ExternalID is the string of @external-id, "" for none.
	ExternalID string
}

// ExternName is the name of the function in a component: "f",
// "[constructor]r", "[method]r.f" or "[static]r.f".
func (f *Func) ExternName() string {
	switch f.Kind {
	case Constructor:
		return "[constructor]" + f.Resource.Name
	case Method:
		return "[method]" + f.Resource.Name + "." + f.Name
	case Static:
		return "[static]" + f.Resource.Name + "." + f.Name
	}
	return f.Name
}

// A FuncKind says how a function relates to a resource.
type FuncKind uint8

// The kinds of functions.
const (
	Freestanding FuncKind = iota
	Constructor
	Method
	Static
)

var funcKinds = [...]string{"freestanding", "constructor", "method", "static"}

// String is the name of the kind.
func (k FuncKind) String() string { return funcKinds[k] }

// A Param is a parameter.
type Param struct {
	Name string
	Type *TypeDef
}

// A TypeDef is a type: one with a name, which has an owner, or one without,
// which is only where it is used. Primitive types are those of [PrimType]; they
// have no owner.
type TypeDef struct {
	Name string
	// Interface or World is where the type has its name; both are nil for a
	// type without a name.
	Interface *Interface
	World     *World
	Kind      Kind
	Docs      string
	Stability Stability
	// ExternalID is the string of @external-id, "" for none.
	ExternalID string
}

// Resolved is the type that is behind aliases: t itself when it is none. Two
// types are the same when their Resolved are, or when neither has a name and
// they are made of the same types.
func (t *TypeDef) Resolved() *TypeDef {
	for {
		a, ok := t.Kind.(*Alias)
		if !ok {
			return t
		}
		t = a.Of
	}
}

// A Kind is what a type is: a *[Prim], *[Record], *[Variant], *[Enum],
// *[Flags], *[Tuple], *[List], *[Option], *[Result], *[Map], *[Stream],
// *[Future], *[Own], *[Borrow], *[Resource] or *[Alias].
//
// A Record, Variant, Enum, Flags, Resource or Alias has a name; a Prim has
// none; the others may have one ("type t = list<u8>").
type Kind interface{ kind() }

type (
	// A Prim is a primitive type.
	Prim struct{ Prim valtype.Prim }
	// A Record has named fields.
	Record struct{ Fields []Field }
	// A Variant is one of some cases; the Type of a case is its payload, nil
	// for none.
	Variant struct{ Cases []Field }
	// An Enum is one of some cases, whose Type is nil.
	Enum struct{ Cases []Field }
	// A Flags is a set of flags, whose Type is nil.
	Flags struct{ Flags []Field }
	// A Tuple has fields without names.
	Tuple struct{ Types []*TypeDef }
	// A List is a list; of exactly Len elements where Fixed is set.
	List struct {
		Elem  *TypeDef
		Fixed bool
		Len   uint32
	}
	// An Option is a value or none.
	Option struct{ Type *TypeDef }
	// A Result is ok or error, each with an optional payload.
	Result struct{ OK, Err *TypeDef }
	// A Map is a map from keys to values.
	Map struct{ Key, Value *TypeDef }
	// A Stream is the readable end of a stream; Elem may be nil.
	Stream struct{ Elem *TypeDef }
	// A Future is the readable end of a future; Elem may be nil.
	Future struct{ Elem *TypeDef }
	// An Own is an owned handle. Resource is a Resource or an alias of one.
	Own struct{ Resource *TypeDef }
	// A Borrow is a borrowed handle. Resource is a Resource or an alias of one.
	Borrow struct{ Resource *TypeDef }
	// A Resource is a resource type with its functions.
	Resource struct{ Funcs []*Func }
	// An Alias is another name of a primitive type or of a type with a name.
	// In the latter case with an Of of another interface it comes from a
	// "use", else from "type".
	Alias struct{ Of *TypeDef }
)

func (*Prim) kind()     {}
func (*Record) kind()   {}
func (*Variant) kind()  {}
func (*Enum) kind()     {}
func (*Flags) kind()    {}
func (*Tuple) kind()    {}
func (*List) kind()     {}
func (*Option) kind()   {}
func (*Result) kind()   {}
func (*Map) kind()      {}
func (*Stream) kind()   {}
func (*Future) kind()   {}
func (*Own) kind()      {}
func (*Borrow) kind()   {}
func (*Resource) kind() {}
func (*Alias) kind()    {}

// A Field is a field, case or flag.
type Field struct {
	Name string
	Type *TypeDef
	Docs string
}

var primTypes = func() map[valtype.Prim]*TypeDef {
	m := make(map[valtype.Prim]*TypeDef)
	for p := range 0x80 {
		if p := valtype.Prim(p); p.Valid() {
			m[p] = &TypeDef{Kind: &Prim{p}}
		}
	}
	return m
}()

// PrimType is the TypeDef of a primitive type; there is one for each. It is nil
// when there is no such type.
func PrimType(p valtype.Prim) *TypeDef { return primTypes[p] }

// Used tells whether t comes from another interface by a "use", and gives the
// type there.
func (t *TypeDef) Used() (from *TypeDef, ok bool) {
	a, ok := t.Kind.(*Alias)
	if !ok || a.Of.Interface == nil || a.Of.Interface == t.Interface {
		return nil, false
	}
	return a.Of, true
}
