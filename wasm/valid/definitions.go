// This file validates the definitions that have constant expressions: tables,
// globals, element and data segments (Validation, section "Modules").

package valid

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// definitions checks what follows the types of a module outside of function
// bodies.
func (e *env) definitions() *diag.Error {
	c := newChecker(e)
	if err := e.tableInits(c); err != nil {
		return err
	}
	if err := e.globalInits(c); err != nil {
		return err
	}
	c.globals = len(e.globals)
	for i := range e.m.Elems {
		if err := e.elem(c, &e.m.Elems[i]); err != nil {
			return e.place(err, wasm.SectionElem, ", in element segment %d", i)
		}
	}
	for i := range e.m.Datas {
		if err := e.data(c, &e.m.Datas[i]); err != nil {
			return e.place(err, wasm.SectionData, ", in data segment %d", i)
		}
	}
	return nil
}

// tableInits checks the tables that the module defines: only imported globals
// count for them.
func (e *env) tableInits(c *checker) *diag.Error {
	imported := len(e.tables) - len(e.m.Tables)
	for i := range e.m.Tables {
		init, elem := e.m.Tables[i].Init, e.tables[imported+i].Elem
		var err error
		switch {
		case len(init.Code) == 0 && defaultable(elem):
			continue
		case len(init.Code) == 0:
			err = diag.Errorf(CodeTypeMismatch, diag.Pos{}, "type mismatch: a table of elements of type %s, which has no default value, needs an initializer", e.typeName(elem))
		case !e.features.Has(wasm.FeatureFunctionReferences):
			err = errFeature(wasm.FeatureFunctionReferences, "a table with an initializer")
		default:
			if bad := c.constExpr(init, elem); bad != nil {
				err = bad
			}
		}
		if err != nil {
			return e.place(err, wasm.SectionTable, ", in table %d", imported+i)
		}
	}
	return nil
}

// globalInits checks the globals that the module defines, each of which the
// later ones may name.
func (e *env) globalInits(c *checker) *diag.Error {
	for i := range e.m.Globals {
		g := &e.m.Globals[i]
		t := wasm.ExternType{Kind: wasm.ExternGlobal, Global: g.Type}
		err := e.define(&t)
		if err == nil {
			c.globals = len(e.globals) - 1
			if bad := c.constExpr(g.Init, e.globals[c.globals].Type); bad != nil {
				err = bad
			}
		}
		if err != nil {
			return e.place(err, wasm.SectionGlobal, ", in global %d", e.importedGlobals+i)
		}
	}
	return nil
}

func (e *env) elem(c *checker, s *wasm.ElemSegment) error {
	if err := e.allowElem(s); err != nil {
		return err
	}
	t, err := e.types.Val(s.Type, e.ids)
	if err != nil {
		return err
	}
	e.elems = append(e.elems, t)
	if s.Mode == wasm.SegmentActive {
		if err := e.elemTarget(c, s, t); err != nil {
			return err
		}
	}
	if s.UseExprs {
		for _, x := range s.Exprs {
			if err := c.constExpr(x, t); err != nil {
				return err
			}
		}
		return nil
	}
	for _, x := range s.Funcs {
		if uint64(x) >= uint64(len(e.funcs)) {
			return diag.Errorf(CodeUnknownFunc, diag.Pos{}, "unknown function %d: the module has %d functions", x, len(e.funcs))
		}
		e.declare(x)
	}
	return nil
}

// elemTarget checks where an active segment of elements of type t goes.
func (e *env) elemTarget(c *checker, s *wasm.ElemSegment, t wasm.ValType) error {
	if uint64(s.Table) >= uint64(len(e.tables)) {
		return diag.Errorf(CodeUnknownTable, diag.Pos{}, "unknown table %d: the module has %d tables", s.Table, len(e.tables))
	}
	table := &e.tables[s.Table]
	if !e.types.MatchVal(t, table.Elem) {
		return diag.Errorf(CodeTypeMismatch, diag.Pos{}, "type mismatch: elements of type %s for table %d, whose elements have the type %s", e.typeName(t), s.Table, e.typeName(table.Elem))
	}
	if err := c.constExpr(s.Offset, table.Limits.AddrType()); err != nil {
		return err
	}
	return nil
}

func (e *env) data(c *checker, s *wasm.DataSegment) error {
	if s.Mode != wasm.SegmentActive {
		if !e.features.Has(wasm.FeatureBulkMemory) {
			return errFeature(wasm.FeatureBulkMemory, "a passive data segment")
		}
		return nil
	}
	if uint64(s.Memory) >= uint64(len(e.mems)) {
		return diag.Errorf(CodeUnknownMemory, diag.Pos{}, "unknown memory %d: the module has %d memories", s.Memory, len(e.mems))
	}
	if err := c.constExpr(s.Offset, e.mems[s.Memory].Limits.AddrType()); err != nil {
		return err
	}
	return nil
}
