// Package plan flattens validated components into lists of initializers, once,
// when a component is compiled: names become positions, types get layouts, core
// modules are compiled. Instantiation runs the list (package instance) and
// resolves nothing.
package plan

import (
	"context"
	"sync/atomic"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/wasm"
)

// A Plan is a component ready to be instantiated any number of times. It is
// immutable and safe for concurrent use.
type Plan struct {
	// Name is the component's own name; it may be empty.
	Name string
	// Imports and Exports are the types of the imports and exports, in order.
	Imports, Exports []Extern
	Inits            []Init
	// Slots are the names of the resource types that the component knows.
	Slots []string
	// Counts are the sizes of the index spaces.
	Counts [component.NumSorts]int
	// Host has the core functions that canonical definitions make; nil when
	// there are none.
	Host engine.HostModule
	// Canons are the canonical definitions in order.
	Canons []*Canon
	// Options are the different sets of canonical options.
	Options []Options
	// Items are what is exported, in the order of Exports.
	Items []Ref
	// Lifts and Lowers are how many of Canons are of these kinds.
	Lifts, Lowers int
	// Context tells that core code uses context slots.
	Context bool

	modules []*Module
	nested  []*Plan
}

// An Init is a step of instantiation. Steps that define something append it to
// the index space of its sort.
type Init interface{ init() }

// A Ref is a definition: an index in the index space of a sort.
type Ref struct {
	Sort  component.Sort
	Index uint32
	// Shape says how the definition is seen by whom it is given to; nil for as
	// it is.
	Shape *Shape
}

type (
	// ImportInit takes the import of a position.
	ImportInit struct {
		Pos  int
		Sort component.Sort
	}
	// ModuleInit defines a core module.
	ModuleInit struct{ Module *Module }
	// CoreInstanceInit instantiates a core module. Args are the core instances
	// for the modules that it imports from. Imports are what each import
	// stands for, in order; nil for a module that is known only when the
	// component is instantiated.
	CoreInstanceInit struct {
		Module  uint32
		Args    map[string]uint32
		Imports []CoreRef
	}
	// CoreInlineInit is a core instance made of definitions.
	CoreInlineInit struct{ Exports map[string]CoreRef }
	// CoreAliasInit takes an export of a core instance.
	CoreAliasInit struct {
		Sort component.Sort
		Ref  CoreRef
	}
	// ComponentInit defines a component.
	ComponentInit struct{ Plan *Plan }
	// InstanceInit instantiates a component; Args are its imports in the order
	// of its type.
	InstanceInit struct {
		Component uint32
		Args      []Ref
	}
	// InlineInit is an instance made of definitions.
	InlineInit struct{ Items []Ref }
	// AliasInit takes the export at a position of an instance.
	AliasInit struct {
		Sort     component.Sort
		Instance uint32
		Pos      int
	}
	// OuterInit takes a definition of an enclosing component.
	OuterInit struct {
		Sort         component.Sort
		Count, Index uint32
	}
	// TypeInit defines a type that is no resource type.
	TypeInit struct{}
	// ResourceInit defines a resource type.
	ResourceInit struct {
		Slot int
		Name string
		// Dtor is a core function, where HasDtor is set.
		Dtor    uint32
		HasDtor bool
	}
	// BindInit gives a slot the resource type at the end of a path of
	// positions that begins at a definition.
	BindInit struct {
		Slot int
		From Ref
		Path []int
	}
	// CanonInit makes the function, or core function, of a canonical
	// definition.
	CanonInit struct{ Canon *Canon }
	// ExportInit adds a definition to its index space once more.
	ExportInit struct{ Ref Ref }
	// StartInit calls a function with values.
	StartInit struct {
		Func    uint32
		Args    []uint32
		Results uint32
	}
)

func (*ImportInit) init()       {}
func (*ModuleInit) init()       {}
func (*CoreInstanceInit) init() {}
func (*CoreInlineInit) init()   {}
func (*CoreAliasInit) init()    {}
func (*ComponentInit) init()    {}
func (*InstanceInit) init()     {}
func (*InlineInit) init()       {}
func (*AliasInit) init()        {}
func (*OuterInit) init()        {}
func (*TypeInit) init()         {}
func (*ResourceInit) init()     {}
func (*BindInit) init()         {}
func (*CanonInit) init()        {}
func (*ExportInit) init()       {}
func (*StartInit) init()        {}

// A CoreRef is a core definition: an index in the index space of a sort, or
// with Alias an export of a core instance.
type CoreRef struct {
	Alias    bool
	Sort     component.Sort
	Index    uint32
	Instance uint32
	Name     string
}

// A Module is a compiled core module.
type Module struct {
	Code engine.Module
	// Extra are externs for imports that compiling added at the end.
	Extra []engine.Extern
	// Imports are those of the module as it was written.
	Imports []wasm.Import
	// Began is told of every instance made, and its store.
	Began func(*task.Store, engine.Instance)
}

// Options are canonical options as indices; -1 is none.
type Options struct {
	Encoding                              abi.Encoding
	Width                                 abi.Width
	Async                                 bool
	Memory, Realloc, PostReturn, Callback int64
}

// A Canon is a canonical definition.
type Canon struct {
	Op component.CanonOp
	// Index is its position in Plan.Canons; Nth among those of its kind.
	Index, Nth int
	Name       string
	// Func is the core function that is lifted, or the function that is
	// lowered.
	Func uint32
	// Type is the function type of lift and lower.
	Type *abi.FuncType
	// Options is a position in Plan.Options.
	Options int
	// Resource is a slot; Value a stream or future type; Result that of
	// task.return, as a tuple.
	Resource      int
	Value, Result *abi.Type
	// Slot and Wide are those of context.get and context.set, Table that of
	// thread.new-indirect.
	Slot               uint32
	Wide               bool
	Table              uint32
	Async, Cancellable bool
	// Adapters are those that lower used last.
	Adapters atomic.Pointer[Adapters]

	core wasm.FuncType
	host int // its position in Plan.Host
}

// Adapters move the values of calls from a caller to a callee.
type Adapters struct {
	Callee          *abi.FuncType
	Width           abi.Width // of the callee
	Params, Results *abi.Adapter
}

// A Config says how plans are made.
type Config struct {
	// Engine prepares host functions.
	Engine engine.Engine
	// Compile compiles a core module, which is valid. m is not shared.
	Compile func(ctx context.Context, m *wasm.Module) (*Module, error)
	// Call is the host function behind the core function that the canonical
	// definition at an index makes.
	Call func(index int) func(ctx context.Context, c engine.Caller, stack []uint64) error
}

// Modules are the compiled modules of the plan and those nested in it.
func (p *Plan) Modules() []*Module {
	all := p.modules[:len(p.modules):len(p.modules)]
	for _, n := range p.nested {
		all = append(all, n.Modules()...)
	}
	return all
}

// Close releases the code once no instance uses it any more.
func (p *Plan) Close() error {
	var first error
	keep := func(err error) {
		if first == nil {
			first = err
		}
	}
	for _, m := range p.modules {
		keep(m.Code.Close())
	}
	if p.Host != nil {
		keep(p.Host.Close())
	}
	for _, n := range p.nested {
		keep(n.Close())
	}
	return first
}
