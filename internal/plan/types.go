package plan

// This file makes types of validation into types of the run time.

import (
	"strconv"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/valid"
)

// An Extern is the type of an import or export, or of a part of one.
type Extern struct {
	Name string
	Sort component.Sort
	// Func is the type of a function.
	Func *abi.FuncType
	// Type is the type of a value, and a type that is no resource type.
	Type *value.Type
	// Resource is the slot of a resource type; -1 for other types.
	Resource int
	// Exports are those of an instance or component, Imports those of a
	// component.
	Imports, Exports []Extern
	// Module is the type of a core module.
	Module *ModuleType
}

// types converts types of one component. Slots are numbered as they come.
type types struct {
	from    *valid.Types
	core    *core.Types
	layouts *abi.Types
	values  map[valid.TypeID]*value.Type
	funcs   map[valid.TypeID]*abi.FuncType
	lists   map[valid.TypeID][2][]Extern
	slots   map[valid.ResourceID]int
	names   []string
}

func newTypes(info *valid.Info, layouts *abi.Types) *types {
	return &types{
		from: info.Types, core: info.Core, layouts: layouts, values: map[valid.TypeID]*value.Type{},
		funcs: map[valid.TypeID]*abi.FuncType{}, slots: map[valid.ResourceID]int{},
		lists: map[valid.TypeID][2][]Extern{},
	}
}

// slot is the slot of a resource type.
func (t *types) slot(id valid.ResourceID) int {
	n, ok := t.slots[id]
	if !ok {
		n = len(t.names)
		t.slots[id] = n
		t.names = append(t.names, "")
	}
	return n
}

// nameSlot names the slot of a resource type, unless it has a name.
func (t *types) nameSlot(id valid.ResourceID, name string) int {
	n := t.slot(id)
	if t.names[n] == "" {
		t.names[n] = name
	}
	return n
}

var prims = map[valtype.Prim]value.Kind{
	valtype.Bool: value.KindBool, valtype.S8: value.KindS8, valtype.U8: value.KindU8,
	valtype.S16: value.KindS16, valtype.U16: value.KindU16, valtype.S32: value.KindS32,
	valtype.U32: value.KindU32, valtype.S64: value.KindS64, valtype.U64: value.KindU64,
	valtype.F32: value.KindF32, valtype.F64: value.KindF64, valtype.Char: value.KindChar,
	valtype.String: value.KindString, valtype.ErrorContext: value.KindErrorContext,
}

var kinds = map[valid.Kind]value.Kind{
	valid.KindRecord: value.KindRecord, valid.KindVariant: value.KindVariant,
	valid.KindList: value.KindList, valid.KindTuple: value.KindTuple,
	valid.KindFlags: value.KindFlags, valid.KindEnum: value.KindEnum,
	valid.KindOption: value.KindOption, valid.KindResult: value.KindResult,
	valid.KindMap: value.KindMap, valid.KindOwn: value.KindOwn,
	valid.KindBorrow: value.KindBorrow, valid.KindStream: value.KindStream,
	valid.KindFuture: value.KindFuture,
}

// value is a value type; nil for none.
func (t *types) value(id valid.TypeID) *value.Type {
	if id == 0 {
		return nil
	}
	if v, ok := t.values[id]; ok {
		return v
	}
	f := t.from.Type(id)
	v := &value.Type{Kind: kinds[f.Kind], Fixed: f.Fixed, Len: f.Len}
	switch f.Kind {
	case valid.KindPrim:
		v.Kind = prims[f.Prim]
	case valid.KindRecord:
		v.Fields = t.fields(f.Labels, f.Elems)
	case valid.KindTuple:
		v.Fields = t.fields(nil, f.Elems)
	case valid.KindVariant:
		v.Cases = t.fields(f.Labels, f.Elems)
	case valid.KindEnum:
		v.Cases = t.fields(f.Labels, make([]valid.TypeID, len(f.Labels)))
	case valid.KindOption:
		v.Cases = t.fields([]string{"none", "some"}, []valid.TypeID{0, f.Elems[0]})
	case valid.KindResult:
		v.Cases = t.fields([]string{"ok", "error"}, f.Elems)
	case valid.KindFlags:
		v.Labels = f.Labels
	case valid.KindList, valid.KindStream, valid.KindFuture:
		v.Elem = t.value(f.Elems[0])
	case valid.KindMap:
		v.Key, v.Elem = t.value(f.Elems[0]), t.value(f.Elems[1])
	case valid.KindOwn, valid.KindBorrow:
		slot := t.slot(t.from.Type(f.Elems[0]).Resource)
		v.Resource = &value.Resource{Name: t.names[slot], Slot: slot}
	}
	t.values[id] = v
	return v
}

// fields are parts with labels, or numbers.
func (t *types) fields(labels []string, ids []valid.TypeID) []value.Field {
	list := make([]value.Field, len(ids))
	for i, id := range ids {
		if labels != nil {
			list[i].Name = labels[i]
		} else {
			list[i].Name = strconv.Itoa(i)
		}
		list[i].Type = t.value(id)
	}
	return list
}

// fn is a function type.
func (t *types) fn(id valid.TypeID) *abi.FuncType {
	if f, ok := t.funcs[id]; ok {
		return f
	}
	from := t.from.Type(id)
	f := t.layouts.Func(&value.FuncType{
		Async: from.Async, Params: t.fields(from.Labels, from.Elems), Result: t.value(from.Result),
	})
	t.funcs[id] = f
	return f
}

// externs are types of imports or exports.
func (t *types) externs(list []valid.Extern) []Extern {
	out := make([]Extern, len(list))
	for i, x := range list {
		out[i] = t.extern(x)
	}
	return out
}

func (t *types) extern(x valid.Extern) Extern {
	e := Extern{Name: x.Name, Sort: x.Sort, Resource: -1}
	switch x.Sort {
	case component.SortFunc:
		e.Func = t.fn(x.Type)
	case component.SortValue:
		e.Type = t.value(x.Type)
	case component.SortType:
		switch f := t.from.Type(x.Type); {
		case f.Kind == valid.KindResource:
			e.Resource = t.nameSlot(f.Resource, x.Name)
		case f.Kind.IsValue():
			e.Type = t.value(x.Type)
		case f.Kind == valid.KindFunc:
			e.Func = t.fn(x.Type)
		}
	case component.SortInstance:
		e.Exports = t.parts(x.Type)[1]
	case component.SortComponent:
		p := t.parts(x.Type)
		e.Imports, e.Exports = p[0], p[1]
	case component.SortCoreModule:
		e.Module = t.module(x.Module)
	}
	return e
}

// parts are the imports and exports of a component or instance type.
func (t *types) parts(id valid.TypeID) [2][]Extern {
	p, ok := t.lists[id]
	if !ok {
		p = [2][]Extern{t.externs(t.from.Imports(id)), t.externs(t.from.Exports(id))}
		t.lists[id] = p
	}
	return p
}

// A ModuleType is the type of a core module.
type ModuleType struct {
	Imports []wasm.Import
	Exports []wasm.ExportType
}

// module is the type of a core module, with its types written out.
func (t *types) module(id valid.ModuleTypeID) *ModuleType {
	from := t.from.Module(id)
	m := &ModuleType{}
	for _, i := range from.Imports {
		m.Imports = append(m.Imports, wasm.Import{Module: i.Module, Name: i.Name, Type: t.coreExtern(i.Type)})
	}
	for _, e := range from.Exports.List {
		m.Exports = append(m.Exports, wasm.ExportType{Name: e.Name, Type: t.coreExtern(e.Type)})
	}
	return m
}

func (t *types) coreExtern(x core.ExternType) wasm.ExternType {
	e := wasm.ExternType{Kind: x.Kind, Table: x.Table, Memory: x.Memory, Global: x.Global}
	if x.Kind == wasm.ExternFunc || x.Kind == wasm.ExternTag {
		e.Func = t.core.Func(x.Type)
	}
	return e
}
