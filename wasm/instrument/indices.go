// This file checks indices that must not become valid by what the pass adds:
// the budget takes the first global index that is free, the type of the tick
// the first type index, the function that calls it what would be the new place
// of the first function index, and the block around the body of a function
// whose stack is counted one more label.

package instrument

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// checkIndices checks the indices outside of expressions.
func checkIndices(m *wasm.Module) error {
	mp := newMap(m)
	for i := range m.Types {
		if err := mp.checkSubType(&m.Types[i]); err != nil {
			return err
		}
	}
	for i := range m.Imports {
		t := &m.Imports[i].Type
		if err := first(mp.typeIndex(t.TypeIndex, t.Kind == wasm.ExternFunc || t.Kind == wasm.ExternTag),
			mp.valType(t.Table.Elem), mp.valType(t.Global.Type)); err != nil {
			return err
		}
	}
	for i := range m.Tables {
		if err := mp.valType(m.Tables[i].Type.Elem); err != nil {
			return err
		}
	}
	for _, t := range m.Tags {
		if err := mp.typeIndex(t.TypeIndex, true); err != nil {
			return err
		}
	}
	for i := range m.Globals {
		if err := mp.valType(m.Globals[i].Type.Type); err != nil {
			return err
		}
	}
	for _, e := range m.Exports {
		if err := first(mp.globalIndex(e.Index, e.Kind == wasm.ExternGlobal), mp.funcIndex(e.Index, e.Kind == wasm.ExternFunc)); err != nil {
			return err
		}
	}
	if m.Start != nil {
		if err := mp.funcIndex(*m.Start, true); err != nil {
			return err
		}
	}
	for i := range m.Elems {
		if err := mp.valType(m.Elems[i].Type); err != nil {
			return err
		}
		for _, x := range m.Elems[i].Funcs {
			if err := mp.funcIndex(x, true); err != nil {
				return err
			}
		}
	}
	return mp.checkFuncs()
}

func (mp *Map) checkFuncs() error {
	for i := range mp.m.Funcs {
		f := &mp.m.Funcs[i]
		if err := mp.typeIndex(f.TypeIndex, true); err != nil {
			return err
		}
		for _, run := range f.Body.Locals {
			if err := mp.valType(run.Type); err != nil {
				return err
			}
		}
	}
	return nil
}

func (mp *Map) checkSubType(s *wasm.SubType) error {
	for _, x := range s.Supers {
		if err := mp.typeIndex(x, true); err != nil {
			return err
		}
	}
	for _, f := range s.Comp.Fields {
		if err := mp.valType(f.Storage); err != nil {
			return err
		}
	}
	for _, ts := range [][]wasm.ValType{s.Comp.Func.Params, s.Comp.Func.Results} {
		for _, t := range ts {
			if err := mp.valType(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkInstr checks the type, function, global and label indices of an
// instruction, after which depth blocks are open.
func (mp *Map) checkInstr(in *wasm.Instr, depth int) error {
	for i, imm := range in.Op.Info().Imms {
		if imm == wasm.ImmNone {
			break
		}
		index := in.Index
		if i == 1 {
			index = in.Index2
		}
		if err := first(mp.checkImmediate(in, imm, index), checkLabels(in, imm, depth)); err != nil {
			return at(err, in.Pos)
		}
	}
	return nil
}

// checkLabels checks label indices: up to depth, which is the label of the
// function.
func checkLabels(in *wasm.Instr, imm wasm.Imm, depth int) error {
	switch imm {
	case wasm.ImmLabel, wasm.ImmCast:
		return label(in.Index, depth)
	case wasm.ImmLabelTable:
		for _, l := range in.Labels {
			if err := label(l, depth); err != nil {
				return err
			}
		}
	case wasm.ImmCatches:
		for _, c := range in.Catches {
			// These count from outside of the block that the instruction opens.
			if err := label(c.Label, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}

func label(x uint32, depth int) error {
	if int64(x) > int64(depth) {
		return diag.Errorf(CodeInvalid, diag.Pos{}, "unknown label %d: %d blocks are open", x, depth)
	}
	return nil
}

func (mp *Map) checkImmediate(in *wasm.Instr, imm wasm.Imm, index uint32) error {
	switch imm {
	case wasm.ImmType:
		return mp.typeIndex(index, true)
	case wasm.ImmGlobal:
		return mp.globalIndex(index, true)
	case wasm.ImmFunc:
		return mp.funcIndex(index, true)
	case wasm.ImmBlockType:
		if x, ok := in.Block.Index(); ok {
			return mp.typeIndex(x, true)
		}
		if t, ok := in.Block.Result(); ok {
			return mp.valType(t)
		}
	case wasm.ImmHeapType:
		return mp.heapType(in.Heap)
	case wasm.ImmCast:
		return first(mp.heapType(in.Heap), mp.heapType(in.Heap2))
	case wasm.ImmSelectTypes:
		for _, t := range in.Types {
			if err := mp.valType(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (mp *Map) valType(t wasm.ValType) error {
	if !t.IsRef() {
		return nil
	}
	return mp.heapType(t.Heap())
}

func (mp *Map) heapType(h wasm.HeapType) error {
	x, concrete := h.Index()
	return mp.typeIndex(x, concrete)
}

// typeIndex checks a type index, if it counts.
func (mp *Map) typeIndex(x uint32, counts bool) error {
	if counts && x >= mp.types {
		return diag.Errorf(CodeInvalid, diag.Pos{}, "unknown type %d: the module has %d", x, mp.types)
	}
	return nil
}

// globalIndex checks a global index, if it counts.
func (mp *Map) globalIndex(x uint32, counts bool) error {
	if counts && x >= mp.globals {
		return diag.Errorf(CodeInvalid, diag.Pos{}, "unknown global %d: the module has %d", x, mp.globals)
	}
	return nil
}

// funcIndex checks a function index, if it counts.
func (mp *Map) funcIndex(x uint32, counts bool) error {
	if counts && x >= mp.funcs {
		return diag.Errorf(CodeInvalid, diag.Pos{}, "unknown function %d: the module has %d", x, mp.funcs)
	}
	return nil
}

// first is the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// at gives an error its place.
func at(err error, offset int64) error {
	if e, ok := err.(*diag.Error); ok && !e.At.Valid {
		e.At = diag.Offset(offset)
	}
	return err
}
