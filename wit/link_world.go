// This file links worlds (WIT.md, section "WIT Worlds").

package wit

import (
	"strings"
)

// A worldLinker fills one world.
type worldLinker struct {
	*space
	*World
	// exported are the plain names of exports in lower case; those of imports
	// are in the space.
	exported map[string]bool
	// whole are the interfaces that are imported and exported under their own
	// names.
	whole [2]map[*Interface]bool
}

// buildWorlds fills the worlds, each after those it includes.
func (lk *linker) buildWorlds() error {
	edges := make([][]int, len(lk.items))
	for i, item := range lk.items {
		if item.wrld == nil {
			continue
		}
		for _, wi := range item.worldI {
			if wi.include == nil || !lk.enabled(wi.stability) {
				continue
			}
			to, err := lk.find(item.scope, wi.include.path)
			if err != nil {
				return err
			}
			if !to.world {
				n := wi.include.path.name
				return item.scope.errorf(CodeName, n.pos, "`%s` is an interface: a world includes worlds", n.text)
			}
			edges[i] = append(edges[i], to.index)
		}
	}
	order, cycle := sortTopologically(len(lk.items), func(i int) []int { return edges[i] })
	if cycle >= 0 {
		item := lk.items[cycle]
		return item.scope.errorf(CodeCycle, item.name.pos, "world `%s` includes itself", item.name.text)
	}
	for _, i := range order {
		if item := lk.items[i]; item.wrld != nil {
			if err := lk.buildWorld(item); err != nil {
				return err
			}
			lk.resolve.Worlds = append(lk.resolve.Worlds, item.wrld)
		}
	}
	return nil
}

func (lk *linker) buildWorld(item *linkItem) error {
	w := &worldLinker{space: lk.newSpace(item.scope, nil, item.wrld), World: item.wrld, exported: map[string]bool{}}
	w.whole = [2]map[*Interface]bool{{}, {}}
	var defs []*astDef
	for _, wi := range item.worldI {
		if err := lk.checkGate(item.scope, wi.astMeta); err != nil {
			return err
		}
		if wi.def != nil {
			defs = append(defs, wi.def)
		}
	}
	types, err := w.defineTypes(defs)
	if err != nil {
		return err
	}
	w.Types = types
	for _, wi := range item.worldI {
		if !lk.enabled(wi.stability) {
			continue
		}
		if wi.extern != nil {
			err = w.extern(wi)
		}
		if err == nil && wi.include != nil {
			err = w.include(wi.include)
		}
		if err != nil {
			return err
		}
	}
	elaborate(item.wrld, lk.interfaceDeps, &lk.budget)
	if lk.budget < 0 {
		return w.tooMuch(item.name.pos)
	}
	return nil
}

func (w *worldLinker) tooMuch(pos int) error {
	return w.scope.errorf(CodeLimit, pos, "the worlds are too large: more than %d imports, exports and parts of them together", maxElaborated)
}

// side is 0 for an import, 1 for an export.
func side(export bool) int {
	if export {
		return 1
	}
	return 0
}

// add adds an item; one that is there already is left out when it has the name
// of an interface.
func (w *worldLinker) add(export bool, it *WorldItem, pos int) error {
	s := side(export)
	if w.lk.budget--; w.lk.budget < 0 {
		return w.tooMuch(pos)
	}
	if it.Name == "" {
		if w.whole[s][it.Interface] {
			return nil
		}
		w.whole[s][it.Interface] = true
	} else {
		key := strings.ToLower(it.Name)
		_, taken := w.keys[key]
		if export {
			taken = w.exported[key]
			w.exported[key] = true
		} else if !taken {
			w.keys[key] = pos
		}
		if taken {
			return w.scope.errorf(CodeDuplicate, pos, "the world has the name `%s` twice among its %ss; `include ... with { name as other }` gives another", it.Name, [2]string{"import", "export"}[s])
		}
	}
	if export {
		w.Exports = append(w.Exports, it)
	} else {
		w.Imports = append(w.Imports, it)
	}
	return nil
}

// extern adds an import or export.
func (w *worldLinker) extern(wi *astWorldItem) error {
	x := wi.extern
	it := &WorldItem{Stability: wi.stability, Docs: wi.docs, ExternalID: wi.externalID}
	if x.name != nil {
		it.Name = x.name.text
	} else if it.ExternalID != "" {
		return w.scope.errorf(CodeWorld, x.pos, "an external id is for an import or export with a plain name: write `name: %s`", x.path.name.text)
	}
	switch {
	case x.path != nil:
		target, err := w.lk.findInterface(w.scope, *x.path)
		if err != nil {
			return err
		}
		it.Interface = target.iface
	case x.inline:
		i := &Interface{Package: w.Package, Docs: wi.docs, Stability: wi.stability}
		if _, err := w.lk.buildInterface(w.scope, i, x.body); err != nil {
			return err
		}
		it.Interface = i
		it.Docs = ""
		w.lk.resolve.Interfaces = append(w.lk.resolve.Interfaces, i)
	default:
		f := &Func{Name: it.Name, Async: x.fun.async, Docs: wi.docs, Stability: wi.stability, ExternalID: wi.externalID}
		if err := w.signature(f, x.fun, *x.name); err != nil {
			return err
		}
		it = &WorldItem{Name: f.Name, Func: f, Stability: f.Stability}
	}
	return w.add(x.export, it, x.pos)
}

// An inclusion is one world in another.
type inclusion struct {
	w     *worldLinker
	from  *World
	pos   int
	names map[string]string
	used  map[string]bool
	types map[*TypeDef]*TypeDef
}

// include adds what another world has.
func (w *worldLinker) include(inc *astInclude) error {
	item, err := w.lk.find(w.scope, inc.path)
	if err != nil {
		return err
	}
	in := &inclusion{w: w, from: item.wrld, pos: inc.path.name.pos, names: map[string]string{}, used: map[string]bool{}, types: map[*TypeDef]*TypeDef{}}
	for _, r := range inc.with {
		if _, ok := in.names[r.name.text]; ok {
			return w.scope.errorf(CodeWorld, r.name.pos, "`%s` is renamed twice", r.name.text)
		}
		in.names[r.name.text] = r.as.text
	}
	if err := in.addTypes(); err != nil {
		return err
	}
	if w.lk.budget < 0 {
		return w.tooMuch(in.pos)
	}
	for s, list := range [2][]*WorldItem{item.wrld.Imports, item.wrld.Exports} {
		for _, it := range list {
			if err := w.add(s == 1, in.item(it), in.pos); err != nil {
				return err
			}
		}
	}
	for _, r := range inc.with {
		if !in.used[r.name.text] {
			return w.scope.errorf(CodeWorld, r.name.pos, "world `%s` has no plain name `%s` to rename; names of interfaces cannot be renamed", item.wrld.Name, r.name.text)
		}
	}
	return nil
}

// rename is the name of something of the included world.
func (in *inclusion) rename(name string) string {
	if as, ok := in.names[name]; ok {
		in.used[name] = true
		return as
	}
	return name
}

// gates are the gates that an item of the included world has in this one. Their
// versions are those of its package, and mean nothing in another one. A package
// without a version has no gates at all.
func (in *inclusion) gates(s Stability) Stability {
	switch {
	case in.from.Package == in.w.Package:
		return s
	case in.w.Package.Name.Version == "":
		return Stability{}
	}
	return Stability{Feature: s.Feature}
}

// addTypes makes the types of the included world types of this one.
func (in *inclusion) addTypes() error {
	for _, t := range in.from.Types {
		in.w.lk.budget--
		name := in.rename(t.Name)
		if a, ok := t.Kind.(*Alias); ok {
			// The same type used twice is one.
			if old := in.w.types[name]; old != nil {
				if b, ok := old.Kind.(*Alias); ok && a.Of == b.Of {
					in.types[t] = old
					continue
				}
			}
		}
		if err := in.w.take(name, in.pos); err != nil {
			return err
		}
		c := *t
		c.Name, c.World, c.Stability = name, in.w.World, in.gates(t.Stability)
		in.types[t] = &c
		in.w.types[name] = &c
		in.w.Types = append(in.w.Types, &c)
	}
	for _, t := range in.from.Types {
		if c := in.types[t]; c.World == in.w.World {
			c.Kind = in.kind(c, t.Kind)
		}
	}
	return nil
}

// item is an import or export with the types of this world.
func (in *inclusion) item(it *WorldItem) *WorldItem {
	gates := in.gates(it.Stability)
	if it.Name == "" && gates == it.Stability {
		return it
	}
	c := *it
	c.Stability = gates
	if it.Name != "" {
		c.Name = in.rename(it.Name)
	}
	if it.Func != nil {
		c.Func = in.function(it.Func, nil)
		c.Func.Name = c.Name
	}
	return &c
}

func (in *inclusion) function(f *Func, resource *TypeDef) *Func {
	c := *f
	c.Resource, c.Stability = resource, in.gates(f.Stability)
	if c.Kind == Constructor {
		c.Name = resource.Name
	}
	c.Params = make([]Param, len(f.Params))
	for i, p := range f.Params {
		c.Params[i] = Param{p.Name, in.typ(p.Type)}
	}
	c.Result = in.typ(f.Result)
	return &c
}

// typ is a type of the included world as one of this world.
func (in *inclusion) typ(t *TypeDef) *TypeDef {
	in.w.lk.budget--
	if t == nil || len(in.types) == 0 {
		return t
	}
	if c := in.types[t]; c != nil {
		return c
	}
	if t.Name != "" {
		return t
	}
	if _, ok := t.Kind.(*Prim); ok {
		return t
	}
	c := *t
	c.Kind = in.kind(nil, t.Kind)
	return &c
}

func (in *inclusion) fields(fields []Field) []Field {
	c := make([]Field, len(fields))
	for i, f := range fields {
		c[i] = Field{f.Name, in.typ(f.Type), f.Docs}
	}
	return c
}

// kind is what a type is, with the types of this world; owner is the type when
// it is a resource.
func (in *inclusion) kind(owner *TypeDef, k Kind) Kind {
	switch k := k.(type) {
	case *Record:
		return &Record{in.fields(k.Fields)}
	case *Variant:
		return &Variant{in.fields(k.Cases)}
	case *Tuple:
		types := make([]*TypeDef, len(k.Types))
		for i, t := range k.Types {
			types[i] = in.typ(t)
		}
		return &Tuple{types}
	case *List:
		return &List{in.typ(k.Elem), k.Fixed, k.Len}
	case *Option:
		return &Option{in.typ(k.Type)}
	case *Result:
		return &Result{in.typ(k.OK), in.typ(k.Err)}
	case *Map:
		return &Map{in.typ(k.Key), in.typ(k.Value)}
	case *Stream:
		return &Stream{in.typ(k.Elem)}
	case *Future:
		return &Future{in.typ(k.Elem)}
	case *Own:
		return &Own{in.typ(k.Resource)}
	case *Borrow:
		return &Borrow{in.typ(k.Resource)}
	case *Alias:
		return &Alias{in.typ(k.Of)}
	case *Resource:
		r := &Resource{}
		for _, f := range k.Funcs {
			r.Funcs = append(r.Funcs, in.function(f, owner))
		}
		return r
	}
	return k
}
