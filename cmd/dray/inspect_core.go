package main

// This file inspects core modules.

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo"
)

// largest is how many of the largest functions are listed.
const largest = 5

// module inspects a core module.
func (i *inspector) module(m *wasm.Module) {
	i.target(m)
	i.addNeeds(needs(m))
	i.externs(m)
	i.Sections = coreSections(m)
	i.addProducers(m)
	i.memories(m)
	i.tables(m)
	i.Start = m.Start
	i.Functions = &counts{m.ImportedFuncs(), len(m.Funcs)}
	i.Globals = &counts{m.ImportedGlobals(), len(m.Globals)}
	i.functions(m)
	i.debug(m)
	if names, _ := binary.ReadNames(m); names != nil {
		i.Name, i.FunctionNames = names.Module, len(names.Funcs)
	}
}

// externs lists imports and exports.
func (i *inspector) externs(m *wasm.Module) {
	for _, imp := range m.ImportTypes() {
		i.Imports = append(i.Imports, extern{Module: imp.Module, Name: imp.Name, Kind: imp.Type.Kind.String(), Type: i.signature(imp.Type)})
	}
	for _, exp := range exportTypes(m) {
		i.Exports = append(i.Exports, extern{Name: exp.Name, Kind: exp.Type.Kind.String(), Type: i.signature(exp.Type)})
	}
}

// exportTypes is m.ExportTypes in time that is linear in the module.
func exportTypes(m *wasm.Module) []wasm.ExportType {
	funcs, tables, memories := m.FuncTypeIndices(), m.TableTypes(), m.MemoryTypes()
	globals, tags := m.GlobalTypes(), m.TagTypes()
	out := make([]wasm.ExportType, len(m.Exports))
	for i, e := range m.Exports {
		t := wasm.ExternType{Kind: e.Kind}
		switch e.Kind {
		case wasm.ExternFunc:
			t.TypeIndex = at(funcs, e.Index, 1<<32-1)
			t.Func = m.FuncType(t.TypeIndex)
		case wasm.ExternTable:
			t.Table = at(tables, e.Index, wasm.TableType{})
		case wasm.ExternMemory:
			t.Memory = at(memories, e.Index, wasm.MemoryType{})
		case wasm.ExternGlobal:
			t.Global = at(globals, e.Index, wasm.GlobalType{})
		case wasm.ExternTag:
			t.TypeIndex = at(tags, e.Index, wasm.TagType{TypeIndex: 1<<32 - 1}).TypeIndex
			t.Func = m.FuncType(t.TypeIndex)
		}
		out[i] = wasm.ExportType{Name: e.Name, Type: t}
	}
	return out
}

// signature is a type for people, or its kind only when there is no room.
func (i *inspector) signature(t wasm.ExternType) string {
	if i.room < 0 {
		return t.Kind.String()
	}
	s := signature(t)
	i.room -= len(s)
	return s
}

// signature is a type for people: "func(i32, i64) -> i32".
func signature(t wasm.ExternType) string {
	switch t.Kind {
	case wasm.ExternFunc, wasm.ExternTag:
		if t.Func == nil {
			return t.Kind.String()
		}
		return t.Kind.String() + funcSignature(t.Func)
	case wasm.ExternTable:
		return "table " + t.Table.String()
	case wasm.ExternMemory:
		return "memory " + t.Memory.String()
	}
	return "global " + t.Global.String()
}

func funcSignature(f *wasm.FuncType) string {
	s := "(" + typeList(f.Params) + ")"
	switch len(f.Results) {
	case 0:
		return s
	case 1:
		return s + " -> " + typeList(f.Results)
	}
	return s + " -> (" + typeList(f.Results) + ")"
}

func typeList(ts []wasm.ValType) string {
	words := make([]string, len(ts))
	for i, t := range ts {
		words[i] = t.String()
	}
	return strings.Join(words, ", ")
}

// coreSections lists the sections in the order of the file.
func coreSections(m *wasm.Module) []section {
	out := make([]section, 0, len(m.Sections)+len(m.Customs))
	for _, s := range m.Sections {
		out = append(out, section{Name: s.ID.String(), Offset: s.Offset, Size: s.Size, Count: m.Entries(s.ID)})
	}
	for _, c := range m.Customs {
		out = append(out, section{Name: c.Name, Custom: true, Offset: c.Offset, Size: int64(len(c.Data))})
	}
	slices.SortStableFunc(out, func(a, b section) int { return cmp.Compare(a.Offset, b.Offset) })
	return out
}

// addProducers adds what the producers section says that is not there yet.
func (i *inspector) addProducers(m *wasm.Module) {
	p, _ := binary.ReadProducers(m) // what was read before an error is good
	i.mergeProducers(p)
}

func (i *inspector) mergeProducers(p wasm.Producers) {
	seen := map[string]bool{}
	for field, values := range i.Builders {
		for _, b := range values {
			seen[field+"\x00"+b.Name+"\x00"+b.Version] = true
		}
	}
	for _, f := range p {
		for _, v := range f.Values {
			if key := f.Name + "\x00" + v.Name + "\x00" + v.Version; !seen[key] {
				seen[key] = true
				i.Builders[f.Name] = append(i.Builders[f.Name], builder(v))
			}
		}
	}
}

// outside is the names under which definitions of a kind are imported and
// exported, by index.
func outside(m *wasm.Module, k wasm.ExternKind) (imported []string, exported map[uint32]string) {
	for _, imp := range m.Imports {
		if imp.Type.Kind == k {
			imported = append(imported, imp.Module+"."+imp.Name)
		}
	}
	exported = map[uint32]string{}
	for _, e := range m.Exports {
		if _, ok := exported[e.Index]; !ok && e.Kind == k {
			exported[e.Index] = e.Name
		}
	}
	return imported, exported
}

func (i *inspector) memories(m *wasm.Module) {
	imported, exported := outside(m, wasm.ExternMemory)
	for n, t := range m.MemoryTypes() {
		i.Memories = append(i.Memories, memory{
			Pages: t.Limits.Min, Max: maximum(t.Limits), PageSize: t.PageSize(),
			Shared: t.Limits.Shared, Is64: t.Limits.Is64,
			Imported: at(imported, uint32(n), ""), Exported: exported[uint32(n)],
		})
	}
}

func (i *inspector) tables(m *wasm.Module) {
	imported, exported := outside(m, wasm.ExternTable)
	for n, t := range m.TableTypes() {
		i.Tables = append(i.Tables, table{
			Min: t.Limits.Min, Max: maximum(t.Limits), Type: t.Elem.String(),
			Imported: at(imported, uint32(n), ""), Exported: exported[uint32(n)],
		})
	}
}

func maximum(l wasm.Limits) *uint64 {
	if !l.HasMax {
		return nil
	}
	return &l.Max
}

// functions finds the largest functions.
func (i *inspector) functions(m *wasm.Module) {
	first := uint32(m.ImportedFuncs())
	all := make([]function, len(m.Funcs))
	for n := range m.Funcs {
		b := &m.Funcs[n].Body
		all[n] = function{Index: first + uint32(n), Bytes: int64(len(b.Code)) + max(b.Offset-b.Start, 0)}
		i.CodeBytes += all[n].Bytes
	}
	slices.SortStableFunc(all, func(a, b function) int { return cmp.Compare(b.Bytes, a.Bytes) })
	info := debuginfo.New(m)
	i.Largest = all[:min(largest, len(all))]
	for n := range i.Largest {
		if raw, ok := info.FuncName(i.Largest[n].Index); ok {
			i.Largest[n].Name = debuginfo.Demangle(raw)
		}
	}
}

// debug finds out what debug information is there.
func (i *inspector) debug(m *wasm.Module) {
	i.DebugBytes += debugBytes(m)
	i.Lines = i.Lines || debuginfo.New(m).HasLines()
}

// debugBytes is the size of the DWARF sections.
func debugBytes(m *wasm.Module) (n int64) {
	for _, c := range m.Customs {
		if strings.HasPrefix(c.Name, ".debug_") {
			n += int64(len(c.Data))
		}
	}
	return n
}
