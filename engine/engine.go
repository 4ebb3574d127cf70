// Package engine is the boundary between what WebAssembly means and what runs
// it. It mirrors the Embedding appendix of the core specification: a module is
// compiled, then instantiated in a store with externs given by position, and
// its exports are functions, memories, tables and globals that Go can use.
//
// Nothing above this package knows which engine it has. Engines live in the
// folders below and keep their peculiarities there.
package engine

import (
	"context"

	"github.com/dray-wasm/dray/wasm"
)

// An Engine compiles modules and makes stores. It is safe for concurrent use,
// as are the modules it compiles.
type Engine interface {
	// Name is the engine's name, for messages and cache keys.
	Name() string
	// Supports tells whether Compile accepts modules that use a proposal.
	Supports(wasm.Feature) bool
	// Interruptible tells whether running guests heed the context of their
	// call without help. Where it is false, modules that must be stoppable are
	// instrumented before Compile.
	Interruptible() bool
	// Compile compiles a module (module_validate). Before it makes new code it
	// calls check, if that is not nil, and an error of it is returned as it is:
	// the place to validate, which is not done again for code that the engine
	// has kept. m must be valid where check says nothing, and valid but for
	// function bodies in any case. The engine keeps no reference to m or check. Other errors are a *[CompileError].
	Compile(ctx context.Context, m *wasm.Module, check func() error) (Module, error)
	// CompileHost prepares Go functions to be imported by guests. It is
	// costly: do it once for a set of functions, not once for an instance.
	CompileHost(funcs []HostFunc) (HostModule, error)
	// NewStore makes an empty store (store_init).
	NewStore(limits Limits) Store
	// Close releases all compiled code. Stores must be closed before.
	Close() error
}

// A Module is a compiled module. It is immutable.
type Module interface {
	// Imports are the types of the imports, in order (module_imports).
	Imports() []wasm.Import
	// Exports are the exports in order, and their types (module_exports).
	Exports() []wasm.ExportType
	// Close releases the code once no instance uses it any more.
	Close() error
}

// A HostModule is a set of Go functions that guests can import.
type HostModule interface {
	// Func is the i-th function of the set as an extern.
	Func(i int) Extern
	// Close releases the set once no instance uses it any more.
	Close() error
}

// Limits bounds what the instances of one store may use together. A zero
// field means no limit but that of the type.
type Limits struct {
	// MemoryBytes bounds the sum of the sizes of all linear memories. A
	// memory.grow beyond it answers -1; an instantiation beyond it fails.
	MemoryBytes uint64
	// TableElements bounds the sum of the sizes of all tables when they are
	// made. How far they grow is bounded by the engine.
	TableElements uint64
}

// A Store holds instances that may share externs, and everything they own.
// Two stores share nothing. Instantiate and Close are safe for concurrent use.
type Store interface {
	// Instantiate makes an instance (module_instantiate): imports[i] stands
	// for the i-th import of m and must match its type, else the error is a
	// *[LinkError]. Active segments are written and the start function runs
	// before Instantiate returns; their trap is the error. What was written
	// before a trap stays, and the store keeps the instance: its functions
	// may be in an imported table. data is what host functions called from
	// this instance's code see as Caller.Data.
	Instantiate(ctx context.Context, m Module, imports []Extern, data any) (Instance, error)
	// NewMemory, NewTable and NewGlobal make externs of the host
	// (mem_alloc, table_alloc, global_alloc).
	NewMemory(ctx context.Context, t wasm.MemoryType) (Memory, error)
	NewTable(ctx context.Context, t wasm.TableType) (Table, error)
	NewGlobal(ctx context.Context, t wasm.GlobalType, v Value) (Global, error)
	// Thread makes a store for one thread of a guest: its instances may import
	// what instances of this store export, it counts against the limits of
	// this store, and it can be closed before. This store is not released
	// before it is.
	Thread() (Store, error)
	// Close releases all instances and their memories. Calls that run are
	// left to end first: memory is freed when the last of them returns.
	Close() error
}

// An Extern is a function, memory, table, global or tag that can be imported.
// Its methods have the concurrency of WebAssembly itself: calls into one store
// at the same time need a guest built for threads.
type Extern interface {
	// Type is the extern's type; for a memory or table with its current size
	// as the minimum.
	Type() wasm.ExternType
}

// An Instance is an instantiated module (moduleinst).
type Instance interface {
	// Export is the extern of a name, or nil (instance_export). Asking again
	// returns the same extern.
	Export(name string) Extern
}

// A Value holds any core value: i32 and f32 in the low half, v128 in both
// words, references as the engine's own handles.
type Value struct{ Lo, Hi uint64 }

// A Func is a function of an instance.
type Func interface {
	Extern
	// FuncType is the function's type.
	FuncType() wasm.FuncType
	// Call invokes the function (func_invoke). The parameters are in stack,
	// one word each and two for a v128; the results replace them. stack must
	// have room for the longer of the two. Call may be used from several
	// goroutines and from inside a host function.
	//
	// The error is a *[Trap], or what a host function returned.
	Call(ctx context.Context, stack []uint64) error
	// Serial is the function for a caller that lets one goroutine at a time
	// run in the store, and closes the store only when no call is under way.
	// Its Call costs less.
	Serial() Serial
}

// A Serial is a function of a store in which one goroutine at a time runs.
type Serial interface {
	// Call is that of Func. It may be used from inside a host function, and
	// while another call of the function is suspended in one.
	Call(ctx context.Context, stack []uint64) error
}

// A Memory is a linear memory.
type Memory interface {
	Extern
	// Bytes is the memory itself. The slice is valid until guest code runs,
	// Grow is called, or the store is closed (unless a call keeps it: in a host
	// function it is valid in any case). Touching it later may crash the
	// process.
	Bytes() []byte
	// Grow adds pages of 64 KiB and returns the size in pages before
	// (mem_grow); false when the memory cannot grow so much.
	Grow(pages uint64) (uint64, bool)
}

// A Table is a table of references.
type Table interface {
	Extern
	Size() uint64
	// Get and Set access one element (table_read, table_write); out of bounds
	// is an error.
	Get(ctx context.Context, i uint64) (Value, error)
	Set(ctx context.Context, i uint64, v Value) error
	// Grow adds n elements of value v and returns the size before; false when
	// the table cannot grow so much.
	Grow(ctx context.Context, n uint64, v Value) (uint64, bool)
	// Func is the function that element i refers to now, as call_indirect
	// finds it; later changes of the table do not change it. The error is a
	// *[Trap] of kind TrapTableOutOfBounds, TrapNullReference for an element
	// that is null, or TrapIndirectCallMismatch for a function of another type
	// than t; a table of other references than functions has another error.
	//
	// The function is called as [Func.Call] is, at any time before the store is
	// closed and any number of times. Host functions that are in the table see
	// the table's instance as their caller.
	Func(ctx context.Context, i uint64, t wasm.FuncType) (func(ctx context.Context, stack []uint64) error, error)
}

// A Global is a global variable.
type Global interface {
	Extern
	Get() Value
	// Set changes a mutable global; an immutable one is an error.
	Set(v Value) error
}

// A HostFunc is a function in Go that guests can import.
type HostFunc struct {
	// Name is used in backtraces. Names are unique within a set.
	Name string
	Type wasm.FuncType
	// Call does the work. Parameters and results are in stack as in
	// Func.Call. A returned error ends the guest's call: it is what Func.Call
	// returns. Call must not keep stack or c. A panic in Call is returned as
	// an error of the Trap that ends the call.
	Call func(ctx context.Context, c Caller, stack []uint64) error
}

// A Caller is the instance whose code called a host function.
type Caller interface {
	// Data is what was given to Store.Instantiate.
	Data() any
	// Memory is the memory that the calling instance exports as "memory", or
	// nil.
	Memory() Memory
	// Export is the calling instance's extern of a name, or nil.
	Export(name string) Extern
}
