// This file makes the types and functions of interfaces and worlds out of
// those of components.

package encode

import (
	"slices"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

// An owner is an interface or world while it is made. An interface may be met
// several times in a binary, with some or all that it has: what is new is
// added, and the largest one gives the order.
type owner struct {
	d     *decoder
	iface *wit.Interface
	world *wit.World

	types map[string]*wit.TypeDef
	funcs map[string]bool
	// exports are the functions that a world exports, items the interfaces
	// that it imports and exports.
	exports map[string]bool
	items   [2]map[string]bool
	memo    map[*node]sized

	seen, order []string
}

// A sized is a type with how many there are in it.
type sized struct {
	t    *wit.TypeDef
	size int
}

func (d *decoder) newOwner(i *wit.Interface, w *wit.World) *owner {
	return &owner{
		d: d, iface: i, world: w, types: map[string]*wit.TypeDef{}, funcs: map[string]bool{}, exports: map[string]bool{},
		items: [2]map[string]bool{{}, {}}, memo: map[*node]sized{},
	}
}

// begin and end surround one time that an interface is met.
func (o *owner) begin() {
	if o != nil {
		o.seen = o.seen[:0]
	}
}

func (o *owner) end() {
	if o != nil && len(o.seen) > len(o.order) {
		o.order = slices.Clone(o.seen)
	}
}

// finish puts what there is in order.
func (o *owner) finish() {
	if o.world != nil {
		wit.UsesFirst(o.world.Types)
		return
	}
	at := map[string]int{}
	for n, name := range o.order {
		at[name] = n + 1
	}
	rank := func(name string) int {
		if n := at[name]; n > 0 {
			return n
		}
		return len(at) + 1
	}
	slices.SortStableFunc(o.iface.Types, func(a, b *wit.TypeDef) int { return rank(a.Name) - rank(b.Name) })
	wit.UsesFirst(o.iface.Types)
	slices.SortStableFunc(o.iface.Funcs, func(a, b *wit.Func) int { return rank(a.ExternName()) - rank(b.ExternName()) })
	for _, t := range o.iface.Types {
		if r, ok := t.Kind.(*wit.Resource); ok {
			slices.SortStableFunc(r.Funcs, func(a, b *wit.Func) int { return rank(a.ExternName()) - rank(b.ExternName()) })
		}
	}
}

// addItem adds an import or export of an interface to a world.
func (o *owner) addItem(it *wit.WorldItem, export bool) {
	list, known := &o.world.Imports, o.items[0]
	if export {
		list, known = &o.world.Exports, o.items[1]
	}
	if name := it.ExternName(); !known[name] {
		known[name] = true
		*list = append(*list, it)
	}
}

func externalID(n component.ExternName) string {
	for _, a := range n.Attrs {
		if a.Kind == component.ExternalID {
			return a.Value
		}
	}
	return ""
}

// declareType makes the type of an import or export of a type.
func (o *owner) declareType(name component.ExternName, n *node) error {
	o.seen = append(o.seen, name.Name)
	if t := o.types[name.Name]; t != nil {
		n.name(t)
		return nil
	}
	if o.funcs[name.Name] {
		return errorf("%q is a type and a function", name.Name)
	}
	t := &wit.TypeDef{Name: name.Name, Interface: o.iface, World: o.world, ExternalID: externalID(name)}
	var err error
	if t.Kind, err = o.kindOf(n); err != nil {
		return err
	}
	n.name(t)
	o.add(t)
	return nil
}

// name makes a node, and those it is a name of, stand for a type; but what is
// behind them only where it needs a name.
func (n *node) name(t *wit.TypeDef) {
	n.td = t
	for n = n.eq; n != nil && n.td == nil && n != unknown; n = n.eq {
		if n.eq != nil || n.resource || named(n.def) {
			n.td = t
		}
	}
}

// named tells whether types defined so need a name.
func named(def component.DefType) bool {
	switch def.(type) {
	case *component.RecordType, *component.VariantType, *component.EnumType, *component.FlagsType:
		return true
	}
	return false
}

func (o *owner) add(t *wit.TypeDef) {
	o.types[t.Name] = t
	if o.world != nil {
		o.world.Types = append(o.world.Types, t)
	} else {
		o.iface.Types = append(o.iface.Types, t)
	}
}

// kindOf is what a type is that is about to get a name.
func (o *owner) kindOf(n *node) (wit.Kind, error) {
	outside := ""
	for m := n; m != nil; m = m.eq {
		switch {
		case m.td == nil:
		case o.visible(m.td):
			return &wit.Alias{Of: m.td}, nil
		default:
			outside = m.td.Name
		}
	}
	n = n.base()
	if n.resource {
		if outside != "" {
			return nil, errOutside(outside)
		}
		return &wit.Resource{}, nil
	}
	if p, ok := n.def.(*component.PrimType); ok {
		return &wit.Alias{Of: wit.PrimType(p.Prim)}, nil
	}
	return o.kind(n.def, n.scope, new(int))
}

// visible tells whether WIT can name a type in this interface or world: those
// of worlds and of interfaces without a name are only where they are.
func (o *owner) visible(t *wit.TypeDef) bool {
	return t.Interface == o.iface && t.World == o.world || t.World == nil && t.Interface.Name != ""
}

func errOutside(name string) error {
	return errorf("the type %q is used outside of where it is defined, which WIT cannot express", name)
}

// declareFunc makes a function of an import or export.
func (o *owner) declareFunc(name component.ExternName, n *node, export bool) error {
	o.seen = append(o.seen, name.Name)
	known := o.funcs
	if o.world != nil && export {
		known = o.exports
	}
	if known[name.Name] {
		return nil
	}
	known[name.Name] = true
	parsed, err := valtype.ParseName(name.Name)
	if err != nil {
		return errorf("%v", err)
	}
	f := &wit.Func{Name: parsed.Label, ExternalID: externalID(name)}
	switch parsed.Kind {
	case valtype.LabelName:
	case valtype.ConstructorName:
		f.Kind, f.Name = wit.Constructor, parsed.Resource
	case valtype.MethodName:
		f.Kind = wit.Method
	case valtype.StaticName:
		f.Kind = wit.Static
	default:
		return errorf("the function %q has the name of an interface, which WIT cannot express", name.Name)
	}
	if err := o.signature(f, n); err != nil {
		return err
	}
	return o.place(f, parsed, export)
}

// place puts a function where it belongs.
func (o *owner) place(f *wit.Func, name valtype.Name, export bool) error {
	if f.Kind != wit.Freestanding {
		f.Resource = o.types[name.Resource]
		if f.Resource == nil {
			return errorf("the function %q is of a resource that is not there", f.Name)
		}
		r, ok := f.Resource.Kind.(*wit.Resource)
		if !ok {
			// The functions of a resource under another name are those of the
			// resource.
			return nil
		}
		r.Funcs = append(r.Funcs, f)
		return nil
	}
	switch {
	case o.world == nil:
		o.iface.Funcs = append(o.iface.Funcs, f)
	case export:
		o.world.Exports = append(o.world.Exports, &wit.WorldItem{Name: f.Name, Func: f})
	default:
		o.world.Imports = append(o.world.Imports, &wit.WorldItem{Name: f.Name, Func: f})
	}
	return nil
}

// signature gives a function its parameters and result.
func (o *owner) signature(f *wit.Func, n *node) error {
	n = n.base()
	def, ok := n.def.(*component.FuncType)
	if !ok {
		return errorf("the type of the function %q cannot be followed", f.Name)
	}
	size := 0
	f.Async = def.Async
	for _, p := range def.Params {
		t, err := o.value(p.Type, n.scope, &size)
		if err != nil {
			return err
		}
		f.Params = append(f.Params, wit.Param{Name: p.Label, Type: t})
	}
	var err error
	f.Result, err = o.value(def.Result, n.scope, &size)
	return err
}

// value is a type where it is used, nil for none. What it consists of is added
// to size.
func (o *owner) value(v component.ValType, s *scope, size *int) (*wit.TypeDef, error) {
	if v == 0 {
		return nil, nil
	}
	*size++
	if p, ok := v.Prim(); ok {
		return wit.PrimType(p), nil
	}
	x, _ := v.Index()
	n := s.typeAt(x)
	for m := n; m != nil; m = m.eq {
		if m.td != nil {
			return o.use(m.td)
		}
	}
	n = n.base()
	m, ok := o.memo[n]
	if !ok {
		if p, ok := n.def.(*component.PrimType); ok {
			return wit.PrimType(p.Prim), nil
		}
		if named(n.def) {
			return nil, errorf("a record, variant, enum or flags has no name, which WIT cannot express")
		}
		k, err := o.kind(n.def, n.scope, &m.size)
		if err != nil {
			return nil, err
		}
		m.t = &wit.TypeDef{Kind: k}
		o.memo[n] = m
	}
	*size += m.size
	if o.d.types += m.size; o.d.types > maxTypes {
		return nil, diag.Errorf(CodeLimit, diag.Pos{}, "the types of the component are too large when they are written: more than %d parts", maxTypes)
	}
	return m.t, nil
}

// use is a type with a name as it is in this interface or world: one of another
// gets a name here when it has none.
func (o *owner) use(t *wit.TypeDef) (*wit.TypeDef, error) {
	if t.Interface == o.iface && t.World == o.world {
		return t, nil
	}
	if mine := o.types[t.Name]; mine != nil && mine.Resolved() == t.Resolved() {
		return mine, nil
	}
	if !o.visible(t) {
		return nil, errOutside(t.Name)
	}
	if o.types[t.Name] != nil || o.funcs[t.Name] {
		return nil, errorf("the type %q of %s is used without a name, where another type has this name", t.Name, t.Interface.ExternName())
	}
	alias := &wit.TypeDef{Name: t.Name, Interface: o.iface, World: o.world, Kind: &wit.Alias{Of: t}}
	o.add(alias)
	return alias, nil
}

// resource is the resource type of a handle.
func (o *owner) resource(x uint32, s *scope) (*wit.TypeDef, error) {
	for m := s.typeAt(x); m != nil; m = m.eq {
		if m.td != nil {
			return o.use(m.td)
		}
	}
	return nil, errorf("a handle is of a resource that has no name, which WIT cannot express")
}

func (o *owner) fields(list []component.LabelType, s *scope, size *int) ([]wit.Field, error) {
	fields := make([]wit.Field, len(list))
	for i, l := range list {
		t, err := o.value(l.Type, s, size)
		if err != nil {
			return nil, err
		}
		fields[i] = wit.Field{Name: l.Label, Type: t}
	}
	return fields, nil
}

func names(labels []string) []wit.Field {
	fields := make([]wit.Field, len(labels))
	for i, l := range labels {
		fields[i].Name = l
	}
	return fields
}

// kind is what a type is defined as.
func (o *owner) kind(def component.DefType, s *scope, size *int) (wit.Kind, error) {
	switch def := def.(type) {
	case *component.RecordType:
		fields, err := o.fields(def.Fields, s, size)
		return &wit.Record{Fields: fields}, err
	case *component.VariantType:
		cases, err := o.fields(def.Cases, s, size)
		return &wit.Variant{Cases: cases}, err
	case *component.EnumType:
		return &wit.Enum{Cases: names(def.Labels)}, nil
	case *component.FlagsType:
		return &wit.Flags{Flags: names(def.Labels)}, nil
	case *component.OwnType:
		r, err := o.resource(def.Resource, s)
		return &wit.Own{Resource: r}, err
	case *component.BorrowType:
		r, err := o.resource(def.Resource, s)
		return &wit.Borrow{Resource: r}, err
	}
	return o.generic(def, s, size)
}

// generic is a type that is made of others.
func (o *owner) generic(def component.DefType, s *scope, size *int) (wit.Kind, error) {
	var err error
	part := func(v component.ValType) *wit.TypeDef {
		t, e := o.value(v, s, size)
		if err == nil {
			err = e
		}
		return t
	}
	var k wit.Kind
	switch def := def.(type) {
	case *component.TupleType:
		types := make([]*wit.TypeDef, len(def.Types))
		for i, v := range def.Types {
			types[i] = part(v)
		}
		k = &wit.Tuple{Types: types}
	case *component.ListType:
		k = &wit.List{Elem: part(def.Elem), Fixed: def.Fixed, Len: def.Len}
	case *component.OptionType:
		k = &wit.Option{Type: part(def.Type)}
	case *component.ResultType:
		k = &wit.Result{OK: part(def.OK), Err: part(def.Err)}
	case *component.MapType:
		m := &wit.Map{Key: part(def.Key), Value: part(def.Value)}
		if err == nil {
			m.Key = m.Key.Resolved() // WIT has no other names for keys
		}
		k = m
	case *component.StreamType:
		k = &wit.Stream{Elem: part(def.Elem)}
	case *component.FutureType:
		k = &wit.Future{Elem: part(def.Elem)}
	default:
		return nil, errorf("a type cannot be followed, or WIT cannot express it")
	}
	return k, err
}
