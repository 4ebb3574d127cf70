package dray

// This file is compiled components.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/component"
	cbinary "github.com/dray-wasm/dray/component/binary"
	ctext "github.com/dray-wasm/dray/component/text"
	cvalid "github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A Component is a compiled component. It is safe for concurrent use.
type Component struct {
	rt     *Runtime
	name   string
	syntax *component.Component
	root   *instance.Component

	// modules are kept for backtraces: see Runtime.moduleOf.
	modules []*Module
}

// componentFeatures is what components may use: all that is implemented.
var componentFeatures = component.AllFeatures.Without(component.FeatureNestedNames)

// CompileComponentFile reads and compiles a component. Errors name the file.
func (r *Runtime) CompileComponentFile(ctx context.Context, path string) (*Component, error) {
	src, err := r.readFile(path)
	if err != nil {
		return nil, err
	}
	return r.compileComponent(ctx, path, src)
}

// CompileComponentReader reads a component to its end and compiles it. The name
// is for error messages.
func (r *Runtime) CompileComponentReader(ctx context.Context, name string, src io.Reader) (*Component, error) {
	bin, err := r.read(name, src, 0)
	if err != nil {
		return nil, err
	}
	return r.compileComponent(ctx, name, bin)
}

// LoadFile reads and compiles a file that is a core module or a component: one
// of the two that it returns is set. Errors name the file.
func (r *Runtime) LoadFile(ctx context.Context, path string) (*Module, *Component, error) {
	src, err := r.readFile(path)
	if err != nil {
		return nil, nil, err
	}
	return r.load(ctx, path, src)
}

// LoadReader is [Runtime.LoadFile] for what a reader gives to its end. The name
// is for error messages.
func (r *Runtime) LoadReader(ctx context.Context, name string, src io.Reader) (*Module, *Component, error) {
	bin, err := r.read(name, src, 0)
	if err != nil {
		return nil, nil, err
	}
	return r.load(ctx, name, bin)
}

func (r *Runtime) load(ctx context.Context, name string, src []byte) (m *Module, c *Component, err error) {
	if IsComponent(src) {
		c, err = r.compileComponent(ctx, name, src)
	} else {
		m, err = r.compileNamed(ctx, name, src)
	}
	return m, c, err
}

func (r *Runtime) compileComponent(ctx context.Context, name string, src []byte) (*Component, error) {
	c, err := r.CompileComponent(ctx, src)
	if err != nil {
		return nil, diag.WithPath(err, name)
	}
	c.name = name
	return c, nil
}

// CompileComponent validates and compiles a component in the binary or text
// format, with all core modules and components in it. The runtime keeps src
// and it must not be changed.
func (r *Runtime) CompileComponent(ctx context.Context, src []byte) (*Component, error) {
	if int64(len(src)) > r.cfg.MaxModuleBytes {
		return nil, r.tooLarge()
	}
	syntax, info, err := r.decodeComponent(src)
	if err != nil {
		return nil, err
	}
	c := &Component{rt: r, syntax: syntax}
	p, err := plan.New(ctx, syntax, info, plan.Config{Engine: r.eng, Compile: c.compile, Call: instance.Call})
	if err != nil {
		return nil, err
	}
	c.root = instance.New(p)
	return c, nil
}

// decodeComponent reads and validates a component.
func (r *Runtime) decodeComponent(src []byte) (*component.Component, *cvalid.Info, error) {
	if !IsComponent(src) {
		if err := identify(src); err != nil {
			return nil, nil, err
		}
		return nil, nil, &diag.Error{Code: "component/module", Msg: "this is a core module, not a component"}
	}
	locate := func(err error) error { return err }
	if binary.Sniff(src) == binary.KindText {
		parsed, err := ctext.Parse(src)
		if err != nil {
			return nil, nil, err
		}
		locate = parsed.Locate
		if _, err := cvalid.Component(parsed.Component, componentFeatures, r.Features()); err != nil {
			return nil, nil, locate(err)
		}
		// From here on positions are those of the binary.
		if src, err = cbinary.Encode(parsed.Component); err != nil {
			return nil, nil, err
		}
	}
	c, err := cbinary.Decode(src)
	if err != nil {
		return nil, nil, err
	}
	info, err := cvalid.Component(c, componentFeatures, r.Features())
	if err != nil {
		return nil, nil, locate(err)
	}
	return c, info, nil
}

// IsComponent tells whether a file, or the start of one, is a component in the
// binary or text format rather than a core module.
func IsComponent(src []byte) bool {
	switch binary.Sniff(src) {
	case binary.KindComponent:
		return true
	case binary.KindText:
		return lex.New(src, nil).PeekHead() == "component"
	}
	return false
}

// compile compiles a core module of the component, which is valid.
func (c *Component) compile(ctx context.Context, m *wasm.Module) (*plan.Module, error) {
	mod, err := c.rt.compileValid(ctx, m, nil)
	if err != nil {
		return nil, err
	}
	out := &plan.Module{Code: mod.code, Extra: mod.meterExterns()}
	if c.rt.cfg.Fuel {
		out.Began = watch
	}
	c.modules = append(c.modules, mod)
	return out, nil
}

// Name is the file the component was read from; it may be empty.
func (c *Component) Name() string { return c.name }

// Runtime is the runtime that compiled the component.
func (c *Component) Runtime() *Runtime { return c.rt }

// Syntax is the component as it was written. It is shared: do not change it.
func (c *Component) Syntax() *component.Component { return c.syntax }

// Imports are the imports in order, with their types.
func (c *Component) Imports() []Extern { return externs(c.root.Plan.Imports) }

// Exports are the exports in order, with their types.
func (c *Component) Exports() []Extern { return externs(c.root.Plan.Exports) }

// Close releases the component's code as soon as no instance uses it.
func (c *Component) Close() error { return c.root.Plan.Close() }

// A Type is the type of a component value.
type Type = value.Type

// A FuncType is the type of a component function.
type FuncType = value.FuncType

// A Value is a component value whose type is known when the program runs only.
// Package value makes them.
type Value = value.Value

// An Extern is an import or export of a component, or of an instance, with its
// type.
type Extern struct {
	Name string
	// Kind is what it is: ExternFunc and so on.
	Kind ExternKind
	// Func is the type of a function.
	Func *FuncType
	// Type is the type of a value, or a type that is no resource type.
	Type *Type
	// Imports are those of a component, Exports those of a component or
	// instance.
	Imports, Exports []Extern
}

// An ExternKind is a kind of import or export of a component.
type ExternKind string

// The kinds of imports and exports.
const (
	ExternFunc      ExternKind = "func"
	ExternInstance  ExternKind = "instance"
	ExternType      ExternKind = "type"
	ExternResource  ExternKind = "resource"
	ExternComponent ExternKind = "component"
	ExternModule    ExternKind = "core module"
	ExternValue     ExternKind = "value"
)

var externKinds = map[component.Sort]ExternKind{
	component.SortFunc: ExternFunc, component.SortInstance: ExternInstance, component.SortType: ExternType,
	component.SortComponent: ExternComponent, component.SortCoreModule: ExternModule, component.SortValue: ExternValue,
}

func externs(list []plan.Extern) []Extern {
	out := make([]Extern, len(list))
	for i := range list {
		out[i] = extern(&list[i])
	}
	return out
}

// kindOf is the kind of an import or export.
func kindOf(x *plan.Extern) ExternKind {
	if x.Sort == component.SortType && x.Resource >= 0 {
		return ExternResource
	}
	return externKinds[x.Sort]
}

func extern(from *plan.Extern) Extern {
	x := Extern{Name: from.Name, Kind: kindOf(from), Type: from.Type}
	if from.Func != nil {
		x.Func = from.Func.FuncType
	}
	x.Imports, x.Exports = externs(from.Imports), externs(from.Exports)
	return x
}
