package plan

// This file builds plans: a definition after the other becomes initializers.

import (
	"context"
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
)

// CodeUnsupported is a valid component that cannot be instantiated here.
const CodeUnsupported diag.Code = "component/unsupported"

// New makes the plan of a component. info is what validation said of it; it is
// not used any more afterwards. Core modules are compiled with ctx.
func New(ctx context.Context, c *component.Component, info *valid.Info, cfg Config) (*Plan, error) {
	return build(ctx, c, info, cfg, abi.NewTypes())
}

// A builder builds one plan.
type builder struct {
	ctx   context.Context
	cfg   Config
	p     *Plan
	info  *valid.Info
	types *types
	// next is the next index of each sort; nested counts components.
	next   [component.NumSorts]int
	nested int

	// funcs and instances have names for messages, by index.
	funcs, instances names
	// cores describes the core instances, coreFuncs and others where core
	// definitions come from.
	cores   []coreInstance
	origins [component.NumSorts][]string
	// modules are the modules defined here, by core module index; nil for
	// others.
	modules []*moduleUse
	bound   map[valid.ResourceID]bool
	walked  map[valid.TypeID]bool
	options map[Options]int
	imports int
}

// names are names by index; later indices may have none.
type names []string

func (n names) at(i uint32) string {
	if uint64(i) < uint64(len(n)) {
		return n[i]
	}
	return ""
}

func (n *names) set(i int, name string) {
	for len(*n) <= i {
		*n = append(*n, "")
	}
	(*n)[i] = name
}

func build(ctx context.Context, c *component.Component, info *valid.Info, cfg Config, layouts *abi.Types) (*Plan, error) {
	b := &builder{
		ctx: ctx, cfg: cfg, p: &Plan{}, info: info, types: newTypes(info, layouts),
		bound: map[valid.ResourceID]bool{}, walked: map[valid.TypeID]bool{}, options: map[Options]int{},
	}
	if n, err := binary.ReadNames(c); err == nil && n != nil {
		b.p.Name = n.Component
	}
	if err := b.all(c); err != nil {
		b.p.Close()
		return nil, err
	}
	return b.p, nil
}

func (b *builder) all(c *component.Component) error {
	b.p.Imports = b.types.externs(b.info.Imports)
	for _, d := range c.Defs {
		if err := b.definition(d); err != nil {
			return at(err, d.Position())
		}
	}
	if err := b.compileModules(); err != nil {
		return err
	}
	if err := b.compileHost(); err != nil {
		return err
	}
	b.p.Exports = b.types.externs(b.info.Exports)
	b.p.Slots = b.types.names
	b.p.Counts = b.next
	return nil
}

// emit appends an initializer.
func (b *builder) emit(i Init) { b.p.Inits = append(b.p.Inits, i) }

// define counts a definition and returns its index.
func (b *builder) define(s component.Sort) int {
	b.next[s]++
	return b.next[s] - 1
}

func (b *builder) definition(d component.Definition) error {
	switch d := d.(type) {
	case *component.CoreModule:
		return b.module(d)
	case *component.CoreInstance:
		b.coreInstance(d)
	case *component.Component:
		return b.component(d)
	case *component.Instance:
		b.instance(d)
	case *component.Alias:
		b.alias(d)
	case *component.TypeDef:
		b.typeDef(d)
	case *component.Canon:
		return b.canon(d)
	case *component.Start:
		b.emit(&StartInit{d.Func, d.Args, d.Results})
		for range d.Results {
			b.define(component.SortValue)
		}
	case *component.Import:
		b.importDef(d)
	case *component.Export:
		b.exportDef(d)
	case *component.Value:
		return &diag.Error{Code: CodeUnsupported, Msg: "a value that is written in the component is not supported: import it or have a function return it"}
	}
	return nil
}

func (b *builder) component(d *component.Component) error {
	info := b.info.Nested[b.nested]
	b.nested++
	p, err := build(b.ctx, d, info, b.cfg, b.types.layouts)
	if err != nil {
		return err
	}
	b.p.nested = append(b.p.nested, p)
	b.define(component.SortComponent)
	b.emit(&ComponentInit{p})
	return nil
}

// instance is an instantiation of a component, or an instance made of
// definitions.
func (b *builder) instance(d *component.Instance) {
	i := b.define(component.SortInstance)
	if d.Inline {
		init := &InlineInit{Items: make([]Ref, len(d.Exports))}
		for n, x := range d.Exports {
			init.Items[n] = Ref{Sort: x.Item.Sort, Index: x.Item.Index}
		}
		b.emit(init)
	} else {
		args := make(map[string]component.SortIdx, len(d.Args))
		for _, a := range d.Args {
			args[a.Name] = a.Item
		}
		imports := b.info.Types.Imports(b.info.Components[d.Component])
		init := &InstanceInit{Component: d.Component, Args: make([]Ref, len(imports))}
		for n, imp := range imports {
			init.Args[n] = b.ref(args[imp.Name], imp)
		}
		b.emit(init)
	}
	b.bindInstance(i)
}

// ref is an item as something of type want.
func (b *builder) ref(it component.SortIdx, want valid.Extern) Ref {
	r := Ref{Sort: it.Sort, Index: it.Index}
	switch it.Sort {
	case component.SortInstance:
		r.Shape = b.types.shape(valid.Extern{Sort: it.Sort, Type: b.info.Instances[it.Index]}, want)
	case component.SortComponent:
		r.Shape = b.types.shape(valid.Extern{Sort: it.Sort, Type: b.info.Components[it.Index]}, want)
	}
	return r
}

// bindInstance gives slots to the resource types that an instance brings.
func (b *builder) bindInstance(i int) {
	id := b.info.Instances[i]
	b.bind(Ref{Sort: component.SortInstance, Index: uint32(i)}, nil, b.info.Types.Exports(id), id)
}

func (b *builder) bind(from Ref, path []int, list []valid.Extern, id valid.TypeID) {
	if b.walked[id] {
		return
	}
	b.walked[id] = true
	for n, x := range list {
		switch x.Sort {
		case component.SortType:
			if t := b.info.Types.Type(x.Type); t.Kind == valid.KindResource && !b.bound[t.Resource] {
				b.bound[t.Resource] = true
				to := append(path[:len(path):len(path)], n)
				b.emit(&BindInit{Slot: b.types.nameSlot(t.Resource, x.Name), From: from, Path: to})
			}
		case component.SortInstance:
			b.bind(from, append(path[:len(path):len(path)], n), b.info.Types.Exports(x.Type), x.Type)
		}
	}
}

// bindType gives the resource type at a type index its slot.
func (b *builder) bindType(i int, name string) {
	t := b.info.Types.Type(b.info.Spaces.Types[i])
	if t.Kind != valid.KindResource {
		return
	}
	b.types.nameSlot(t.Resource, name)
	if !b.bound[t.Resource] {
		b.bound[t.Resource] = true
		b.emit(&BindInit{Slot: b.types.nameSlot(t.Resource, name), From: Ref{Sort: component.SortType, Index: uint32(i)}})
	}
}

func (b *builder) alias(d *component.Alias) {
	i := b.define(d.Sort)
	switch d.Kind {
	case component.AliasExport:
		list := b.info.Types.Exports(b.info.Instances[d.Instance])
		pos := 0
		for pos < len(list)-1 && list[pos].Name != d.Name {
			pos++
		}
		b.emit(&AliasInit{d.Sort, d.Instance, pos})
		if d.Sort == component.SortCoreModule {
			b.modules = append(b.modules, nil)
		}
		b.named(d.Sort, i, exportName(b.instances.at(d.Instance), d.Name))
	case component.AliasOuter:
		b.outer(d)
	case component.AliasCoreExport:
		b.emit(&CoreAliasInit{d.Sort, b.coreExport(d.Instance, d.Name)})
		b.origin(d.Sort, i, d.Name)
	}
}

// exportName is the name of an export of an instance in messages.
func exportName(instance, name string) string {
	if instance == "" {
		return name
	}
	return instance + "#" + name
}

// named remembers the name of a function or instance.
func (b *builder) named(s component.Sort, i int, name string) {
	switch s {
	case component.SortFunc:
		b.funcs.set(i, name)
	case component.SortInstance:
		b.instances.set(i, name)
	}
}

func (b *builder) outer(d *component.Alias) {
	switch d.Sort {
	case component.SortType, component.SortCoreType:
		b.emitType(d.Sort)
		return
	case component.SortCoreModule:
		b.modules = append(b.modules, nil)
	}
	b.emit(&OuterInit{d.Sort, d.Outer, d.Index})
}

// emitType is a type that has nothing to do at run time.
func (b *builder) emitType(s component.Sort) {
	if s == component.SortType {
		b.emit(&TypeInit{})
	}
}

func (b *builder) typeDef(d *component.TypeDef) {
	i := b.define(component.SortType)
	res, ok := d.Type.(*component.ResourceType)
	if !ok {
		b.emitType(component.SortType)
		return
	}
	id := b.info.Types.Type(b.info.Spaces.Types[i]).Resource
	b.bound[id] = true
	b.emit(&ResourceInit{Slot: b.types.slot(id), Dtor: res.Dtor, HasDtor: res.HasDtor})
}

func (b *builder) importDef(d *component.Import) {
	i := b.define(d.Type.Sort)
	b.emit(&ImportInit{b.imports, d.Type.Sort})
	b.imports++
	switch d.Type.Sort {
	case component.SortType:
		b.bindType(i, d.Name.Name)
	case component.SortInstance:
		b.instances.set(i, d.Name.Name)
		b.bindInstance(i)
	case component.SortFunc:
		b.funcs.set(i, d.Name.Name)
	case component.SortCoreModule:
		b.modules = append(b.modules, nil)
	}
}

func (b *builder) exportDef(d *component.Export) {
	want := b.info.Exports[len(b.p.Items)]
	r := b.ref(d.Item, want)
	b.emit(&ExportInit{r})
	i := b.define(d.Item.Sort)
	b.p.Items = append(b.p.Items, Ref{Sort: d.Item.Sort, Index: uint32(i)})
	switch d.Item.Sort {
	case component.SortType:
		b.bindType(i, d.Name.Name)
	case component.SortInstance:
		b.instances.set(i, d.Name.Name)
		b.bindInstance(i)
	case component.SortCoreModule:
		b.modules = append(b.modules, nil)
	case component.SortFunc:
		b.funcs.set(i, d.Name.Name)
	}
}

// compileModules compiles the core modules, now that it is known what their
// imports stand for.
func (b *builder) compileModules() error {
	for i, u := range b.modules {
		if u == nil {
			continue
		}
		m, err := b.cfg.Compile(b.ctx, u.renamed())
		if err != nil {
			return fmt.Errorf("core module %d: %w", i, err)
		}
		u.module.Code, u.module.Extra, u.module.Began = m.Code, m.Extra, m.Began
		b.p.modules = append(b.p.modules, u.module)
	}
	return nil
}

// at gives an error of this package the place of its definition.
func at(err error, pos int64) error {
	if e, ok := err.(*diag.Error); ok && !e.At.Valid {
		e.At = diag.Offset(pos)
	}
	return err
}
