// This file is the types of imports and exports in canonical form, and their
// matching (Validation, sections "External Types" and "Matching").

package valid

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// An ExternType is the type of an import or export in canonical form. Only the
// fields of its Kind count.
type ExternType struct {
	Kind wasm.ExternKind
	// Type is the type of a func or tag.
	Type   TypeID
	Table  wasm.TableType
	Memory wasm.MemoryType
	Global wasm.GlobalType
}

// An ExternImport is an import with its canonical type.
type ExternImport struct {
	Module, Name string
	Type         ExternType
}

// An ExternExport is an export with its canonical type.
type ExternExport struct {
	Name string
	Type ExternType
}

// AddExterns adds the types of a valid module to the store, and lists its
// imports and exports in order. It fails only for a module that is not valid.
func (s *Types) AddExterns(m *wasm.Module) (imports []ExternImport, exports []ExternExport, err error) {
	ids, err := s.AddModule(m)
	if err != nil {
		return nil, nil, err
	}
	var spaces [wasm.ExternTag + 1][]ExternType
	imports = make([]ExternImport, len(m.Imports))
	for i := range m.Imports {
		imp := &m.Imports[i]
		t, err := s.Extern(imp.Type, ids)
		if err != nil {
			return nil, nil, err
		}
		imports[i] = ExternImport{Module: imp.Module, Name: imp.Name, Type: t}
		spaces[t.Kind] = append(spaces[t.Kind], t)
	}
	exports = make([]ExternExport, len(m.Exports))
	for i, e := range m.Exports {
		if e.Kind > wasm.ExternTag {
			return nil, nil, diag.Errorf(CodeType, diag.Pos{}, "unknown kind %d of export %q", e.Kind, e.Name)
		}
		t, err := s.exported(m, e, spaces[e.Kind], ids)
		if err != nil {
			return nil, nil, err
		}
		exports[i] = ExternExport{Name: e.Name, Type: t}
	}
	return imports, exports, nil
}

// exported is the type of an export, given the imports of its kind.
func (s *Types) exported(m *wasm.Module, e wasm.Export, imported []ExternType, ids []TypeID) (ExternType, error) {
	if uint64(e.Index) < uint64(len(imported)) {
		return imported[e.Index], nil
	}
	i := uint64(e.Index) - uint64(len(imported))
	t := wasm.ExternType{Kind: e.Kind}
	switch {
	case e.Kind == wasm.ExternFunc && i < uint64(len(m.Funcs)):
		t.TypeIndex = m.Funcs[i].TypeIndex
	case e.Kind == wasm.ExternTable && i < uint64(len(m.Tables)):
		t.Table = m.Tables[i].Type
	case e.Kind == wasm.ExternMemory && i < uint64(len(m.Memories)):
		t.Memory = m.Memories[i]
	case e.Kind == wasm.ExternGlobal && i < uint64(len(m.Globals)):
		t.Global = m.Globals[i].Type
	case e.Kind == wasm.ExternTag && i < uint64(len(m.Tags)):
		t.TypeIndex = m.Tags[i].TypeIndex
	default:
		return ExternType{}, diag.Errorf(unknownCode(e.Kind), diag.Pos{}, "unknown %s %d: export %q", spaceName(e.Kind), e.Index, e.Name)
	}
	return s.Extern(t, ids)
}

// Extern is the canonical form of an external type, and checks that the type
// is valid: indices, limits, and that a tag has no results. Errors are
// *diag.Error without a position.
func (s *Types) Extern(t wasm.ExternType, ids []TypeID) (ExternType, error) {
	out := ExternType{Kind: t.Kind, Table: t.Table, Memory: t.Memory, Global: t.Global}
	var err error
	switch t.Kind {
	case wasm.ExternFunc, wasm.ExternTag:
		f, err := s.funcAt(t.TypeIndex, ids)
		if err != nil {
			return out, err
		}
		if t.Kind == wasm.ExternTag && len(f.Results) > 0 {
			return out, diag.Errorf(CodeTag, diag.Pos{}, "non-empty tag result type: the type of a tag must have no results, but type %d has %d", t.TypeIndex, len(f.Results))
		}
		out.Type = ids[t.TypeIndex]
	case wasm.ExternTable:
		if err = checkTable(t.Table); err == nil {
			out.Table.Elem, err = s.Val(t.Table.Elem, ids)
		}
	case wasm.ExternMemory:
		err = checkMemory(t.Memory)
	case wasm.ExternGlobal:
		out.Global.Type, err = s.Val(t.Global.Type, ids)
	default:
		err = diag.Errorf(CodeType, diag.Pos{}, "unknown kind %d of external type", t.Kind)
	}
	return out, err
}

// funcAt is the canonical function type at a type index.
func (s *Types) funcAt(x uint32, ids []TypeID) (*wasm.FuncType, error) {
	if uint64(x) >= uint64(len(ids)) {
		return nil, errUnknownType(x, len(ids))
	}
	f := s.Func(ids[x])
	if f == nil {
		return nil, diag.Errorf(CodeNonFunction, diag.Pos{}, "non-function type %d: expected a func, found a %s", x, s.Comp(ids[x]).Kind)
	}
	return f, nil
}

// MatchExtern tells whether something of type sub may be given where super is
// asked for, as at the import of a module. For a table or memory that exists,
// let Limits.Min of sub be its present size.
func (s *Types) MatchExtern(sub, super ExternType) bool {
	if sub.Kind != super.Kind {
		return false
	}
	switch sub.Kind {
	case wasm.ExternFunc:
		return s.MatchDef(sub.Type, super.Type)
	case wasm.ExternTag:
		return sub.Type == super.Type
	case wasm.ExternTable:
		return s.same(sub.Table.Elem, super.Table.Elem) && matchLimits(sub.Table.Limits, super.Table.Limits)
	case wasm.ExternMemory:
		return sub.Memory.PageSize() == super.Memory.PageSize() && matchLimits(sub.Memory.Limits, super.Memory.Limits)
	case wasm.ExternGlobal:
		return s.matchField(wasm.FieldType{Storage: sub.Global.Type, Mutable: sub.Global.Mutable},
			wasm.FieldType{Storage: super.Global.Type, Mutable: super.Global.Mutable})
	}
	return false
}

// same tells whether two types match both ways.
func (s *Types) same(a, b wasm.ValType) bool { return s.MatchVal(a, b) && s.MatchVal(b, a) }

// matchLimits tells whether limits lie within others, with the same address
// type and sharing.
func matchLimits(sub, super wasm.Limits) bool {
	return sub.Is64 == super.Is64 && sub.Shared == super.Shared && sub.Min >= super.Min &&
		(!super.HasMax || sub.HasMax && sub.Max <= super.Max)
}
