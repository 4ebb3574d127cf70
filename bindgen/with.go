package bindgen

// This file is types that other Go packages have: those of packages of WIT
// that Config.With names.

import (
	"go/token"
	"path"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/wit"
)

// An extern is the Go package for a package of WIT.
type extern struct {
	path, alias string
	// g has the names, as they were when the package was made.
	g *generator
}

// externs finds the Go packages of Config.With.
func (g *generator) externs() error {
	byPackage := map[*wit.Package]*extern{}
	for _, items := range [2][]*wit.WorldItem{g.w.Imports, g.w.Exports} {
		for _, it := range items {
			if it.Interface == nil || it.Interface.Name == "" {
				continue
			}
			p := it.Interface.Package
			path, ok := g.config.With[p.Name.String()]
			if !ok {
				path, ok = g.config.With[p.Name.Namespace+":"+p.Name.Name]
			}
			if !ok {
				continue
			}
			if byPackage[p] == nil {
				x, err := newExtern(p, path, g.config)
				if err != nil {
					return err
				}
				byPackage[p] = x
				g.imports = append(g.imports, goImport{x.alias, x.path})
			}
			g.exts[it.Interface] = byPackage[p]
		}
	}
	return nil
}

// newExtern names what is in the Go package for the interfaces of p.
func newExtern(p *wit.Package, goPath string, c Config) (*extern, error) {
	alias := strings.NewReplacer("-", "", ":", "_", "/", "").Replace(p.Name.Namespace + ":" + p.Name.Name)
	if !token.IsIdentifier(alias) || goPath == "" || strings.ContainsAny(goPath, "\"`\\ \n") || path.Clean(goPath) != goPath {
		return nil, errorf(CodePackage, "%q cannot be the import path of a Go package, for %s", goPath, p.Name)
	}
	x := &extern{goPath, alias, newGenerator(interfacesOf(p), Config{Prefix: c.Prefix})}
	if err := x.g.collectNames(); err != nil {
		return nil, err
	}
	for _, u := range x.g.units {
		for f := range u.iface.AllFuncs() {
			if f.Result == nil {
				continue
			}
			if r, ok := f.Result.Resolved().Kind.(*wit.Result); ok {
				x.g.markError(r.Err, false)
			}
		}
	}
	return x, nil
}

// interfacesOf is a world that imports the interfaces of a package, and nothing
// that they use of others.
func interfacesOf(p *wit.Package) *wit.World {
	w := &wit.World{Name: p.Name.Name, Package: p, Docs: p.Docs}
	for _, i := range p.Interfaces {
		w.Imports = append(w.Imports, &wit.WorldItem{Interface: i})
	}
	return w
}

// ext is the Go package that has a type; nil where it is declared here.
func (g *generator) ext(k key) *extern {
	if k.guest || k.t.Interface == nil {
		return nil
	}
	return g.exts[k.t.Interface]
}

// borrowTypes names the types of an interface that another package has.
func (g *generator) borrowTypes(i *wit.Interface, x *extern) {
	for _, t := range i.Types {
		k := key{t, false}
		name, ok := x.g.names[k]
		if !ok {
			continue
		}
		g.names[k] = x.alias + "." + name
		if isResource(t) && t.Resolved() == t {
			g.res[k] = &resource{key: k, index: len(g.resOrd), name: g.names[k]}
			g.resOrd = append(g.resOrd, g.res[k])
		}
	}
}

// ident is the name of a type as a part of the names of functions.
func (g *generator) ident(k key) string { return strings.ReplaceAll(g.names[k], ".", "_") }

// Interfaces is a world that imports all interfaces of the root package of r,
// and those of others that they use.
func Interfaces(r *wit.Resolve) *wit.World {
	w := interfacesOf(r.Root)
	need := map[*wit.Interface]bool{}
	for _, i := range r.Root.Interfaces {
		need[i] = true
	}
	// Interfaces come after those that they use types of.
	w.Imports = nil
	for _, i := range slices.Backward(r.Interfaces) {
		if !need[i] {
			continue
		}
		for _, t := range i.Types {
			if from, ok := t.Used(); ok {
				need[from.Interface] = true
			}
		}
	}
	for _, i := range r.Interfaces {
		if need[i] && i.Name != "" {
			w.Imports = append(w.Imports, &wit.WorldItem{Interface: i})
		}
	}
	return w
}
