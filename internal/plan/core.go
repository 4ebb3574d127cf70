package plan

// This file is core modules and core instances.

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
)

// A coreInstance is what is known of a core instance: what it is made of, or
// nothing for the instance of a module.
type coreInstance struct{ inline map[string]CoreRef }

// A moduleUse is a core module defined in a component, and what its imports
// stand for.
type moduleUse struct {
	syntax *wasm.Module
	module *Module
	// origins are the names that the imports have where they come from. An
	// engine finds an import faster when it has the same name.
	origins []string
	mixed   []bool // different names in different instances
}

func (b *builder) module(d *component.CoreModule) error {
	b.define(component.SortCoreModule)
	m := &Module{Imports: d.Module.ImportTypes()}
	b.modules = append(b.modules, &moduleUse{
		syntax: d.Module, module: m,
		origins: make([]string, len(m.Imports)), mixed: make([]bool, len(m.Imports)),
	})
	b.emit(&ModuleInit{m})
	return nil
}

// use notes what an import stands for in an instance.
func (u *moduleUse) use(i int, name string) {
	switch {
	case u.mixed[i]:
	case u.origins[i] == "":
		u.origins[i] = name
	case u.origins[i] != name:
		u.mixed[i] = true
	}
}

// renamed is the module with the names of imports as they are where they come
// from.
func (u *moduleUse) renamed() *wasm.Module {
	m := *u.syntax
	m.Imports = append([]wasm.Import(nil), m.Imports...)
	for i := range m.Imports {
		if !u.mixed[i] && u.origins[i] != "" {
			m.Imports[i].Name = u.origins[i]
		}
	}
	return &m
}

func (b *builder) coreInstance(d *component.CoreInstance) {
	b.define(component.SortCoreInstance)
	if d.Inline {
		exports := make(map[string]CoreRef, len(d.Exports))
		for _, x := range d.Exports {
			exports[x.Name] = CoreRef{Sort: x.Item.Sort, Index: x.Item.Index}
		}
		b.cores = append(b.cores, coreInstance{exports})
		b.emit(&CoreInlineInit{exports})
		return
	}
	b.cores = append(b.cores, coreInstance{})
	init := &CoreInstanceInit{Module: d.Module, Args: make(map[string]uint32, len(d.Args))}
	for _, a := range d.Args {
		init.Args[a.Name] = a.Instance
	}
	if u := b.modules[d.Module]; u != nil {
		init.Imports = make([]CoreRef, len(u.module.Imports))
		for i, imp := range u.module.Imports {
			r := b.coreExport(init.Args[imp.Module], imp.Name)
			init.Imports[i] = r
			u.use(i, b.originOf(r))
		}
	}
	b.emit(init)
}

// coreExport is an export of a core instance.
func (b *builder) coreExport(instance uint32, name string) CoreRef {
	if r, ok := b.cores[instance].inline[name]; ok {
		return r
	}
	return CoreRef{Alias: true, Instance: instance, Name: name}
}

// origin remembers under which name a core definition is exported where it
// comes from.
func (b *builder) origin(s component.Sort, i int, name string) {
	for len(b.origins[s]) <= i {
		b.origins[s] = append(b.origins[s], "")
	}
	b.origins[s][i] = name
}

func (b *builder) originOf(r CoreRef) string {
	if r.Alias {
		return r.Name
	}
	if o := b.origins[r.Sort]; int(r.Index) < len(o) {
		return o[r.Index]
	}
	return ""
}
