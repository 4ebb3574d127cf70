package bindgen

// This file lists and names functions.

import (
	"fmt"

	"github.com/dray-wasm/dray/wit"
)

// collectFuncs lists the functions of a unit.
func (g *generator) collectFuncs(u *unit) error {
	if u.iface != nil {
		var funcs []*wit.Func
		for f := range u.iface.AllFuncs() {
			funcs = append(funcs, f)
		}
		if u.imported {
			if err := g.addFuncs(u, funcs, false); err != nil {
				return err
			}
		}
		if u.exported {
			return g.addFuncs(u, funcs, true)
		}
		return nil
	}
	var imports, exports []*wit.Func
	for _, t := range g.w.Types {
		if r, ok := t.Kind.(*wit.Resource); ok {
			imports = append(imports, r.Funcs...)
		}
	}
	for side, items := range [2][]*wit.WorldItem{g.w.Imports, g.w.Exports} {
		for _, it := range items {
			switch {
			case it.Func == nil:
			case side == 0:
				imports = append(imports, it.Func)
			default:
				exports = append(exports, it.Func)
			}
		}
	}
	if err := g.addFuncs(u, imports, false); err != nil {
		return err
	}
	return g.addFuncs(u, exports, true)
}

// addFuncs names the functions of a side. Methods have a scope for each
// resource, the others one together.
func (g *generator) addFuncs(u *unit, funcs []*wit.Func, export bool) error {
	free := scope{}
	if u.iface == nil && export {
		for _, v := range g.units { // fields of Exports
			if v.exported {
				free[v.name] = true
			}
		}
	}
	methods := map[*wit.TypeDef]scope{}
	for _, f := range funcs {
		fn := &function{f: f, unit: u, export: export}
		name := exported(f.Name)
		switch f.Kind {
		case wit.Constructor:
			fn.name = free.add("New" + exported(f.Resource.Name))
		case wit.Static:
			fn.name = free.add(exported(f.Resource.Name) + name)
		case wit.Method:
			s := methods[f.Resource]
			if s == nil {
				s = scope{"Drop": true}
				methods[f.Resource] = s
			}
			fn.name = s.add(name)
		default:
			fn.name = free.add(name)
		}
		if err := g.checkFunc(fn); err != nil {
			return err
		}
		params := scope{}
		for _, p := range f.Params {
			fn.params = append(fn.params, params.add(local(p.Name)))
		}
		if f.Result != nil {
			if r, ok := f.Result.Resolved().Kind.(*wit.Result); ok {
				fn.isResult, fn.ok, fn.err = true, r.OK, r.Err
				g.markError(r.Err, export)
			}
		}
		if export {
			fn.index = len(u.exports)
			u.exports = append(u.exports, fn)
		} else {
			fn.index = len(u.imports)
			u.imports = append(u.imports, fn)
		}
	}
	return nil
}

func (g *generator) checkFunc(fn *function) error {
	where := fmt.Sprintf("function %q of %s", fn.f.ExternName(), fn.unit.what())
	for _, p := range fn.f.Params {
		if err := g.checkType(p.Type, where); err != nil {
			return err
		}
	}
	return g.checkType(fn.f.Result, where)
}

// markError notes the type of an error, where it has a name of its own and can
// have methods.
func (g *generator) markError(t *wit.TypeDef, export bool) {
	if k, ok := g.errorType(t, export); ok {
		g.errors[k] = true
	}
}

// errorType is the type behind the error case of a function's result, where
// that can be an error itself.
func (g *generator) errorType(t *wit.TypeDef, export bool) (key, bool) {
	if t == nil {
		return key{}, false
	}
	t = t.Resolved()
	switch t.Kind.(type) {
	case *wit.Record, *wit.Variant, *wit.Enum, *wit.Flags:
		k := g.key(t, export)
		x := g.ext(k)
		return k, x == nil || x.g.errors[k]
	}
	return key{}, false
}
