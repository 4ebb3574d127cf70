// Package instrument rewrites modules so that they can be interrupted.
//
// [Interrupt] adds a budget to a module: a mutable global that is decremented
// at the head of each loop and at the entry of functions, and lowered by the
// size of bulk instructions. When it is used up, the code calls an imported
// function, the tick, and takes what that returns as the new budget. The host
// decides in the tick whether the guest goes on, waits or ends (by trapping).
//
// Functions that call no others have no check at their entry, and others have
// none where few calls can be made before the next check, or return (see
// graph.go). So between two checks lies at most the straight-line code of a
// function and of few others that it calls, and no guest can run for long
// without a tick.
//
// The pass works on undecoded bodies, instruction by instruction. The new
// module behaves as the old one in all other respects; its memory, stack and
// exports are the same. What changes is where code lies and the indices of
// functions, and [Map] translates these back.
//
// # Custom sections
//
// The name section follows the new function indices, without label names.
// Sections that hold function indices or code offsets in other ways, and that
// only linkers and optimisers read, are left out: "linking", "reloc.*",
// "dylink.0" and "metadata.code.*". All others stay as they are; in particular
// ".debug_*" sections keep describing the old code, so translate code offsets
// with [Map.Original] before looking them up.
//
// # The call stack
//
// With [Options.Stack] the depth of calls is bounded, too; see stack.go.
//
// # Waiting
//
// With [Options.Wait] threads wait in functions of the host; see wait.go.
package instrument

import (
	"strings"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// CodeInvalid is the class of errors about modules that are not valid.
const CodeInvalid diag.Code = "instrument/invalid"

// Defaults of [Options].
const (
	DefaultModule = "dray"
	DefaultName   = "tick"
	DefaultBudget = 100_000
)

// Options says how a module is made interruptible. Zero fields mean the
// defaults.
type Options struct {
	// Module and Name name the import of the tick, a function of type
	// [] -> [i32] that returns the next budget, a positive number of checks.
	// After a number that is not positive it may be called again at once.
	Module, Name string
	// Budget is the number of checks until the first tick of an instance.
	Budget int32
	// ExportBudget exports the budget; see [BudgetExport]. Then every function
	// that calls others has a check at its entry, so that what the budget counts
	// does not depend on what the pass finds out about the module.
	ExportBudget bool
	// Wait replaces the instructions that wait for other threads and wake them,
	// in a module with a shared memory; see wait.go.
	Wait bool
	// TrapGrow calls a function of the host where a memory or table could not
	// grow; see grow.go.
	TrapGrow bool
	// Stack, if it is not 0, has the call stack counted, and is what an instance
	// begins with, in bytes as estimated; at most [MaxStack] counts. See
	// [StackExport].
	Stack uint64
}

func (o Options) withDefaults() Options {
	if o.Module == "" && o.Name == "" {
		o.Module, o.Name = DefaultModule, DefaultName
	}
	if o.Budget <= 0 {
		o.Budget = DefaultBudget
	}
	return o
}

// Interrupt makes an interruptible copy of a module. The copy shares with m
// what it does not change; m itself stays as it is and must not change while
// the copy or the Map is in use.
//
// The tick is the import at [Map.Import], behind all others, whose indices do
// not move; what [Options.Wait] adds follows.
//
// Function bodies that are malformed, and indices of functions, globals, types
// and labels that are out of bounds, are errors (a *diag.Error with the offset where it is
// known): the new module must not be valid where the old one is not. Other
// than that the module need not be valid.
func Interrupt(m *wasm.Module, opts Options) (*wasm.Module, *Map, error) {
	opts = opts.withDefaults()
	if err := checkIndices(m); err != nil {
		return nil, nil, err
	}
	mp := newMap(m)
	out := *m
	mp.addTick(&out, opts)
	if err := mp.addWait(&out, opts); err != nil {
		return nil, nil, err
	}
	if err := mp.addBudget(&out, opts); err != nil {
		return nil, nil, err
	}
	if err := mp.addStack(&out, opts); err != nil {
		return nil, nil, err
	}
	mp.addGrow(&out, opts)
	mp.everyEntry = opts.ExportBudget
	if mp.more != 0 || !mp.everyEntry {
		mp.plan = newGraph(m).plan()
	}
	if err := mp.moveIndices(&out); err != nil {
		return nil, nil, err
	}
	if err := mp.rewriteBodies(&out); err != nil {
		return nil, nil, err
	}
	mp.customs(&out, opts)
	out.Sections = nil
	return &out, mp, nil
}

// addTick appends the import of the tick, the function that calls it, and
// their types.
func (mp *Map) addTick(out *wasm.Module, opts Options) {
	tick := wasm.CompType{Func: wasm.FuncType{Results: []wasm.ValType{wasm.I32}}}
	typeIndex := uint32(len(out.Types))
	out.Types = extend(out.Types, wasm.SubType{Comp: tick}, wasm.SubType{})
	out.Funcs = extend(out.Funcs, wasm.Func{TypeIndex: typeIndex + 1, Body: wasm.Body{Code: code(
		wasm.Instr{Op: wasm.OpCall, Index: mp.imported},
		wasm.Instr{Op: wasm.OpGlobalSet, Index: mp.globals},
		wasm.Instr{Op: wasm.OpEnd},
	)}})
	out.Imports = extend(out.Imports, wasm.Import{
		Module: opts.Module, Name: opts.Name,
		Type: wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: typeIndex},
	})
}

// BudgetExport is the name under which a module with [Options.ExportBudget]
// exports what is left of its budget, as a mutable i32. In the tick it is not
// positive: what was overdrawn, as a negative number. The check that found it
// then takes one from the new budget.
const BudgetExport = "dray.budget"

// addBudget appends the global.
func (mp *Map) addBudget(out *wasm.Module, opts Options) error {
	if opts.ExportBudget {
		if _, taken := out.Export(BudgetExport); taken {
			return diag.Errorf(CodeUnsupported, diag.Pos{}, "the module exports %q itself, so its fuel cannot be counted", BudgetExport)
		}
		out.Exports = extend(out.Exports, wasm.Export{Name: BudgetExport, Kind: wasm.ExternGlobal, Index: mp.globals})
	}
	init := code(wasm.Instr{Op: wasm.OpI32Const, Value: uint64(opts.Budget)}, wasm.Instr{Op: wasm.OpEnd})
	out.Globals = extend(out.Globals, wasm.Global{
		Type: wasm.GlobalType{Type: wasm.I32, Mutable: true}, Init: wasm.ConstExpr{Code: init},
	})
	return nil
}

// extend is s with elements after it, in memory of its own.
func extend[T any](s []T, xs ...T) []T {
	return append(append(make([]T, 0, len(s)+len(xs)), s...), xs...)
}

// moveIndices translates the function indices outside of code.
func (mp *Map) moveIndices(out *wasm.Module) error {
	w := mp.rewriter()
	if out.Start != nil {
		start := mp.newFunc(*out.Start)
		out.Start = &start
	}
	out.Exports = append([]wasm.Export(nil), out.Exports...)
	for i := range out.Exports {
		if e := &out.Exports[i]; e.Kind == wasm.ExternFunc {
			e.Index = mp.newFunc(e.Index)
		}
	}
	for i := range out.Globals {
		w.constExpr(&out.Globals[i].Init)
	}
	out.Tables = append([]wasm.Table(nil), out.Tables...)
	for i := range out.Tables {
		w.constExpr(&out.Tables[i].Init)
	}
	out.Elems = append([]wasm.ElemSegment(nil), out.Elems...)
	for i := range out.Elems {
		mp.moveElem(w, &out.Elems[i])
	}
	out.Datas = append([]wasm.DataSegment(nil), out.Datas...)
	for i := range out.Datas {
		w.constExpr(&out.Datas[i].Offset)
	}
	return w.err
}

func (mp *Map) moveElem(w *rewriter, e *wasm.ElemSegment) {
	w.constExpr(&e.Offset)
	e.Funcs = append([]uint32(nil), e.Funcs...)
	for i, x := range e.Funcs {
		e.Funcs[i] = mp.newFunc(x)
	}
	e.Exprs = append([]wasm.ConstExpr(nil), e.Exprs...)
	for i := range e.Exprs {
		w.constExpr(&e.Exprs[i])
	}
}

// rewriteBodies rewrites the code. All new code lies in a few large pieces.
func (mp *Map) rewriteBodies(out *wasm.Module) error {
	w := mp.rewriter()
	var room []byte
	for i := range mp.m.Funcs {
		b := &out.Funcs[i].Body
		entry, code, err := w.body(i)
		if err != nil {
			return err
		}
		size := len(entry) + len(code)
		if cap(room)-len(room) < size {
			room = make([]byte, 0, max(size, 1<<18))
		}
		start := len(room)
		room = append(append(room, entry...), code...)
		*b = wasm.Body{Locals: w.locals(b), Code: room[start:len(room):len(room)]}
	}
	return nil
}

// customs translates the name section and leaves out sections that would be
// wrong.
func (mp *Map) customs(out *wasm.Module, opts Options) {
	kept := make([]wasm.Custom, 0, len(out.Customs))
	for _, c := range out.Customs {
		switch {
		case c.Name == "name":
			if data, ok := mp.names(c, opts); ok {
				kept = append(kept, wasm.Custom{Name: c.Name, Data: data, After: c.After})
			}
		case c.Name == "linking", c.Name == "dylink.0",
			strings.HasPrefix(c.Name, "reloc."), strings.HasPrefix(c.Name, "metadata.code."):
		default:
			kept = append(kept, c)
		}
	}
	out.Customs = kept
}

// names is the name section for the new function indices; ok is false when the
// old one is malformed.
func (mp *Map) names(c wasm.Custom, opts Options) (data []byte, ok bool) {
	names, err := binary.DecodeNames(c.Data, c.Offset)
	if err != nil {
		return nil, false
	}
	tick := []wasm.NameAssoc{{Index: mp.imported, Name: opts.Module + "." + opts.Name}}
	for i, name := range mp.Added() {
		tick = append(tick, wasm.NameAssoc{Index: mp.imported + 1 + uint32(i), Name: name})
	}
	var funcs wasm.NameMap
	named := false // the tick has its place in the list
	for _, a := range names.Funcs {
		if a.Index >= mp.funcs {
			break
		}
		if a.Index >= mp.imported && !named {
			funcs = append(funcs, tick...)
			named = true
		}
		funcs = append(funcs, wasm.NameAssoc{Index: mp.newFunc(a.Index), Name: a.Name})
	}
	if len(funcs) > 0 {
		if !named {
			funcs = append(funcs, tick...)
		}
		funcs = append(funcs, wasm.NameAssoc{Index: mp.refill(), Name: opts.Module + "." + opts.Name + ".refill"})
	}
	names.Funcs = funcs
	names.Labels = nil
	locals := names.Locals
	names.Locals = nil
	for _, a := range locals {
		if a.Index < mp.funcs {
			a.Index = mp.newFunc(a.Index)
			names.Locals = append(names.Locals, a)
		}
	}
	data, err = binary.EncodeNames(names)
	return data, err == nil
}
