package bindgen

// This file finds out what there is to generate, and names it.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wit"
)

// A key is a type with a name, as one side sees it. A type with handles of an
// interface that is both imported and exported is two: one with resources of
// the host, and one with those of the component.
type key struct {
	t     *wit.TypeDef
	guest bool
}

// A unit is an interface that a component imports, exports, or both; or the
// functions and types of the world itself, which have no interface.
type unit struct {
	name   string // in Go
	item   *wit.WorldItem
	iface  *wit.Interface
	origin string // the extern name, "" for the world
	docs   string
	// types are declared here.
	types []key
	// imports and exports are the functions on each side; nil where the unit
	// is not on that side.
	imports, exports []*function
	imported         bool
	exported         bool
	file             string
}

// A function is a function on one side.
type function struct {
	f      *wit.Func
	unit   *unit
	export bool
	index  int    // among those of the side
	name   string // of the Go method
	// params are the Go names of the parameters.
	params []string
	// ok and err are the cases of a result that is the function's own.
	isResult bool
	ok, err  *wit.TypeDef
}

// typeVar is the variable with the function's type.
func (f *function) typeVar() string {
	side := "host"
	if f.export {
		side = "guest"
	}
	return "func_" + side + "_" + f.unit.name + "_" + f.full()
}

// full is a name that no other function of the unit and side has.
func (f *function) full() string {
	if f.f.Kind == wit.Method {
		return exported(f.f.Resource.Name) + "_" + f.name
	}
	return f.name
}

// A resource is a resource type.
type resource struct {
	key
	index int
	name  string // in Go
	unit  *unit  // nil where another package has it
	// variable is the variable with the resource type, for one of the host.
	variable string
}

// A generator makes the bindings of a world.
type generator struct {
	w      *wit.World
	config Config
	pkg    string

	world  *unit
	units  []*unit // without world
	byFace map[*wit.Interface]*unit
	home   map[key]*unit
	names  map[key]string
	top    scope
	res    map[key]*resource
	resOrd []*resource
	// errors are the types that are errors of functions.
	errors map[key]bool
	guests map[*wit.TypeDef]bool // memo of hasGuest

	values  map[*wit.TypeDef]*value.Type
	layouts *abi.Types
	costs   map[*wit.TypeDef]uint64
	wrong   map[*wit.TypeDef]bool // memo of canBeWrong

	helpers    helpers
	elems      []*elems
	byElem     map[string]*elems
	imports    []goImport
	exts       map[*wit.Interface]*extern
	extVars    []key            // types of other packages with a variable here
	extDone    map[key]bool     // those
	fieldNames map[key][]string // memo of members
	cases      map[key][]string // memo of caseNames
	kinds      map[key]string   // memo of caseType
}

func newGenerator(w *wit.World, c Config) *generator {
	g := &generator{
		w: w, config: c, pkg: c.Package,
		byFace: map[*wit.Interface]*unit{}, home: map[key]*unit{}, names: map[key]string{}, top: scope{},
		res: map[key]*resource{}, errors: map[key]bool{}, guests: map[*wit.TypeDef]bool{},
		values: map[*wit.TypeDef]*value.Type{}, layouts: abi.NewTypes(), costs: map[*wit.TypeDef]uint64{}, wrong: map[*wit.TypeDef]bool{},
		imports: slices.Clone(baseImports), exts: map[*wit.Interface]*extern{}, fieldNames: map[key][]string{}, extDone: map[key]bool{},
		cases: map[key][]string{}, kinds: map[key]string{}, byElem: map[string]*elems{},
	}
	g.helpers.init()
	if g.pkg == "" {
		g.pkg = packageName(w.Name)
	}
	return g
}

// collect finds units, types, resources and functions.
func (g *generator) collect() error {
	if err := g.externs(); err != nil {
		return err
	}
	if err := g.collectNames(); err != nil {
		return err
	}
	for _, u := range g.all() {
		for _, k := range u.types {
			if err := g.checkType(k.t, fmt.Sprintf("type %q of %s", k.t.Name, u.what())); err != nil {
				return err
			}
		}
	}
	for _, u := range g.all() {
		if err := g.collectFuncs(u); err != nil {
			return err
		}
	}
	return nil
}

// all are all units.
func (g *generator) all() []*unit { return append([]*unit{g.world}, g.units...) }

// collectNames finds and names units, types and resources.
func (g *generator) collectNames() error {
	if err := g.collectUnits(); err != nil {
		return err
	}
	g.nameUnits()
	for _, u := range g.all() {
		g.collectTypes(u)
	}
	g.nameTypes()
	for _, u := range g.all() {
		for _, k := range u.types {
			switch k.t.Kind.(type) {
			case *wit.Resource:
				r := &resource{key: k, index: len(g.resOrd), name: g.names[k], unit: u}
				if !k.guest {
					r.variable = g.top.add(r.name + "Resource")
				}
				g.res[k] = r
				g.resOrd = append(g.resOrd, r)
			case *wit.Variant:
				g.kinds[k] = g.top.add(g.names[k] + "Case")
				g.nameCases(k)
			case *wit.Enum, *wit.Flags:
				g.nameCases(k)
			}
		}
	}
	return nil
}

// what is the unit for messages.
func (u *unit) what() string {
	if u.iface == nil {
		return "the world"
	}
	return "interface " + u.origin
}

func (g *generator) collectUnits() error {
	g.world = &unit{imported: true, exported: true}
	for side, items := range [2][]*wit.WorldItem{g.w.Imports, g.w.Exports} {
		for _, it := range items {
			if it.Interface == nil {
				continue
			}
			u := g.byFace[it.Interface]
			x := g.exts[it.Interface]
			if x != nil && side == 0 {
				g.borrowTypes(it.Interface, x)
				continue
			}
			if u == nil {
				u = &unit{item: it, iface: it.Interface, origin: it.ExternName(), docs: it.Interface.Docs}
				g.byFace[it.Interface] = u
				g.units = append(g.units, u)
			}
			if u.origin != it.ExternName() {
				return errorf(CodeUnsupported, "the world has one interface under two names, %q and %q: there are no bindings for that", u.origin, it.ExternName())
			}
			if side == 0 {
				u.imported = true
			} else {
				u.exported = true
			}
		}
	}
	return nil
}

// nameUnits gives units Go names: that of the interface, with more of its
// package's where two have the same.
func (g *generator) nameUnits() {
	candidates := func(u *unit) []string {
		name := u.iface.Name
		if u.item.Name != "" {
			name = u.item.Name
		}
		list := []string{exported(name)}
		if p := u.iface.Package; p != nil && u.iface.Name != "" {
			n := p.Name
			list = append(list, exported(n.Name+"-"+name), exported(n.Namespace+"-"+n.Name+"-"+name))
			if n.Version != "" {
				list = append(list, list[2]+"V"+strings.Map(alnum, n.Version))
			}
		}
		return list
	}
	g.world.name = exported(g.w.Name)
	names := distinct(len(g.units), func(i int) []string { return candidates(g.units[i]) }, func(s string) bool { return false })
	used, files := scope{}, scope{"abi": true, "world": true}
	g.world.file = "world"
	for i, u := range g.units {
		u.name = used.add(names[i])
		u.file = files.add(packageName(u.name))
	}
	g.world.name = used.add(g.world.name)
	for _, s := range []string{"Host", "Link", "Exports", "New"} {
		g.top[s] = true
	}
	for _, u := range append([]*unit{g.world}, g.units...) {
		for _, s := range []string{u.name + "Host", "Link" + u.name, u.name + "Exports", "New" + u.name} {
			g.top[s] = true
		}
	}
}

func alnum(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// distinct gives each of n things the first of its candidates at a length where
// no other one has the same.
func distinct(n int, candidates func(int) []string, reserved func(string) bool) []string {
	level := make([]int, n)
	for {
		count := map[string]int{}
		name := func(i int) string { return candidates(i)[level[i]] }
		for i := range n {
			count[name(i)]++
		}
		changed := false
		out := make([]string, n)
		for i := range n {
			out[i] = name(i)
			if (count[out[i]] > 1 || reserved(out[i])) && level[i] < len(candidates(i))-1 {
				level[i]++
				changed = true
			}
		}
		if !changed {
			return out
		}
	}
}

// collectTypes lists the types that are declared in a unit.
func (g *generator) collectTypes(u *unit) {
	types, sides := g.w.Types, []bool{false}
	if u.iface != nil {
		types, sides = u.iface.Types, nil
		if u.imported {
			sides = append(sides, false)
		}
		if u.exported {
			sides = append(sides, true)
		}
	}
	for _, t := range types {
		if _, used := t.Used(); used {
			continue
		}
		for _, export := range sides {
			k := g.key(t, export)
			if g.home[k] == nil && g.ext(k) == nil {
				g.home[k] = u
				u.types = append(u.types, k)
			}
		}
	}
}

// key is a type with a name as a side sees it.
func (g *generator) key(t *wit.TypeDef, export bool) key { return key{t, export && g.hasGuest(t)} }

// hasGuest tells whether a type, seen from the side of exports, has handles of
// resources of the component, or is such a resource.
func (g *generator) hasGuest(t *wit.TypeDef) bool {
	if t == nil {
		return false
	}
	if has, ok := g.guests[t]; ok {
		return has
	}
	has := false
	if _, ok := t.Kind.(*wit.Resource); ok {
		u := g.byFace[t.Interface]
		has = t.Interface != nil && u != nil && u.exported
	} else {
		has = slices.ContainsFunc(parts(t), g.hasGuest)
	}
	g.guests[t] = has
	return has
}

// parts are the types that a type is made of, nil for none among them.
func parts(t *wit.TypeDef) []*wit.TypeDef {
	switch k := t.Kind.(type) {
	case *wit.Record:
		return fieldTypes(k.Fields)
	case *wit.Variant:
		return fieldTypes(k.Cases)
	case *wit.Tuple:
		return k.Types
	case *wit.List:
		return []*wit.TypeDef{k.Elem}
	case *wit.Option:
		return []*wit.TypeDef{k.Type}
	case *wit.Result:
		return []*wit.TypeDef{k.OK, k.Err}
	case *wit.Map:
		return []*wit.TypeDef{k.Key, k.Value}
	case *wit.Own:
		return []*wit.TypeDef{k.Resource}
	case *wit.Borrow:
		return []*wit.TypeDef{k.Resource}
	case *wit.Alias:
		return []*wit.TypeDef{k.Of}
	case *wit.Stream:
		return []*wit.TypeDef{k.Elem}
	case *wit.Future:
		return []*wit.TypeDef{k.Elem}
	}
	return nil
}

func fieldTypes(fields []wit.Field) []*wit.TypeDef {
	out := make([]*wit.TypeDef, len(fields))
	for i, f := range fields {
		out[i] = f.Type
	}
	return out
}

// nameTypes gives types Go names.
func (g *generator) nameTypes() {
	var keys []key
	for _, u := range g.all() {
		keys = append(keys, u.types...)
	}
	candidates := func(i int) []string {
		k, u := keys[i], g.home[keys[i]]
		name := exported(k.t.Name)
		if k.guest && g.names[key{k.t, false}] != "" || k.guest && g.home[key{k.t, false}] != nil {
			name = "Guest" + name
		}
		list := []string{name, u.name + name}
		if g.config.Prefix && u != g.world {
			list = list[1:]
		}
		return list
	}
	names := distinct(len(keys), candidates, func(s string) bool { return g.top[s] })
	for i, k := range keys {
		g.names[k] = g.top.add(names[i])
	}
}

// checkType finds types that there are no bindings for.
func (g *generator) checkType(t *wit.TypeDef, where string) error {
	if t == nil {
		return nil
	}
	unsupported := ""
	switch k := t.Kind.(type) {
	case *wit.List:
		if k.Fixed && k.Len > maxFixed {
			unsupported = fmt.Sprintf("a list of %d elements, more than %d,", k.Len, maxFixed)
		}
	case *wit.Alias, *wit.Own, *wit.Borrow, *wit.Resource:
		return nil // checked where it is defined
	}
	if unsupported != "" {
		return errorf(CodeUnsupported, "%s has %s: dray bindgen has no bindings for that", where, unsupported)
	}
	for _, p := range parts(t) {
		if p == nil || p.Name != "" {
			continue // checked where it is defined
		}
		if err := g.checkType(p, where); err != nil {
			return err
		}
	}
	return nil
}

// maxFixed is the largest length of a list of fixed length, which is an array
// in Go.
const maxFixed = 1 << 12
