// This file answers questions about the index spaces of a module: which
// functions, tables, memories, globals and tags there are, and their types
// (Structure, section "Indices"; Validation, section "Modules").

package wasm

// imported counts the imports of a kind.
func (m *Module) imported(k ExternKind) int {
	n := 0
	for i := range m.Imports {
		if m.Imports[i].Type.Kind == k {
			n++
		}
	}
	return n
}

// ImportedFuncs is the number of imported functions: the index of the first
// function that the module defines.
func (m *Module) ImportedFuncs() int { return m.imported(ExternFunc) }

// ImportedTables is the number of imported tables.
func (m *Module) ImportedTables() int { return m.imported(ExternTable) }

// ImportedMemories is the number of imported memories.
func (m *Module) ImportedMemories() int { return m.imported(ExternMemory) }

// ImportedGlobals is the number of imported globals.
func (m *Module) ImportedGlobals() int { return m.imported(ExternGlobal) }

// ImportedTags is the number of imported tags.
func (m *Module) ImportedTags() int { return m.imported(ExternTag) }

// importOf finds the import that is number index of its kind; ok is false
// when index is not that of an import, and then rest is the index among the
// module's own definitions.
func (m *Module) importOf(k ExternKind, index uint32) (t *ExternType, rest uint32, ok bool) {
	for i := range m.Imports {
		if m.Imports[i].Type.Kind != k {
			continue
		}
		if index == 0 {
			return &m.Imports[i].Type, 0, true
		}
		index--
	}
	return nil, index, false
}

// FuncType is the function type at a type index; nil when the index is out of
// bounds or names another kind of type.
func (m *Module) FuncType(typeIndex uint32) *FuncType {
	if int64(typeIndex) >= int64(len(m.Types)) {
		return nil
	}
	c := &m.Types[typeIndex].Comp
	if c.Kind != CompFunc {
		return nil
	}
	return &c.Func
}

// FuncTypeIndex is the type index of a function; ok is false when there is no
// such function. It looks through the imports: use [Module.FuncTypeIndices]
// to ask for many.
func (m *Module) FuncTypeIndex(funcIndex uint32) (typeIndex uint32, ok bool) {
	t, rest, ok := m.importOf(ExternFunc, funcIndex)
	switch {
	case ok:
		return t.TypeIndex, true
	case int64(rest) < int64(len(m.Funcs)):
		return m.Funcs[rest].TypeIndex, true
	}
	return 0, false
}

// FuncTypeOf is the type of a function; nil when there is no such function or
// its type is not a function type. It points into the module.
func (m *Module) FuncTypeOf(funcIndex uint32) *FuncType {
	x, ok := m.FuncTypeIndex(funcIndex)
	if !ok {
		return nil
	}
	return m.FuncType(x)
}

// FuncTypeIndices lists the type index of every function, imports first.
func (m *Module) FuncTypeIndices() []uint32 {
	xs := make([]uint32, 0, m.ImportedFuncs()+len(m.Funcs))
	for i := range m.Imports {
		if t := &m.Imports[i].Type; t.Kind == ExternFunc {
			xs = append(xs, t.TypeIndex)
		}
	}
	for i := range m.Funcs {
		xs = append(xs, m.Funcs[i].TypeIndex)
	}
	return xs
}

// TableTypes lists the type of every table, imports first.
func (m *Module) TableTypes() []TableType {
	var ts []TableType
	for i := range m.Imports {
		if t := &m.Imports[i].Type; t.Kind == ExternTable {
			ts = append(ts, t.Table)
		}
	}
	for i := range m.Tables {
		ts = append(ts, m.Tables[i].Type)
	}
	return ts
}

// MemoryTypes lists the type of every memory, imports first.
func (m *Module) MemoryTypes() []MemoryType {
	var ts []MemoryType
	for i := range m.Imports {
		if t := &m.Imports[i].Type; t.Kind == ExternMemory {
			ts = append(ts, t.Memory)
		}
	}
	return append(ts, m.Memories...)
}

// GlobalTypes lists the type of every global, imports first.
func (m *Module) GlobalTypes() []GlobalType {
	var ts []GlobalType
	for i := range m.Imports {
		if t := &m.Imports[i].Type; t.Kind == ExternGlobal {
			ts = append(ts, t.Global)
		}
	}
	for i := range m.Globals {
		ts = append(ts, m.Globals[i].Type)
	}
	return ts
}

// TagTypes lists the type of every tag, imports first.
func (m *Module) TagTypes() []TagType {
	var ts []TagType
	for i := range m.Imports {
		if t := &m.Imports[i].Type; t.Kind == ExternTag {
			ts = append(ts, TagType{TypeIndex: t.TypeIndex})
		}
	}
	return append(ts, m.Tags...)
}

// Extern is the type of what stands at an index in the index space of a kind,
// with Func resolved; ok is false when there is nothing.
func (m *Module) Extern(k ExternKind, index uint32) (t ExternType, ok bool) {
	imp, rest, ok := m.importOf(k, index)
	if ok {
		t = *imp
	} else if t, ok = m.defined(k, rest); !ok {
		return ExternType{}, false
	}
	if k == ExternFunc || k == ExternTag {
		t.Func = m.FuncType(t.TypeIndex)
	}
	return t, true
}

// defined is the type of the module's own definition number i of a kind.
func (m *Module) defined(k ExternKind, i uint32) (t ExternType, ok bool) {
	t.Kind = k
	at := int64(i)
	switch {
	case k == ExternFunc && at < int64(len(m.Funcs)):
		t.TypeIndex = m.Funcs[i].TypeIndex
	case k == ExternTable && at < int64(len(m.Tables)):
		t.Table = m.Tables[i].Type
	case k == ExternMemory && at < int64(len(m.Memories)):
		t.Memory = m.Memories[i]
	case k == ExternGlobal && at < int64(len(m.Globals)):
		t.Global = m.Globals[i].Type
	case k == ExternTag && at < int64(len(m.Tags)):
		t.TypeIndex = m.Tags[i].TypeIndex
	default:
		return ExternType{}, false
	}
	return t, true
}

// ImportTypes lists the imports with function types resolved.
func (m *Module) ImportTypes() []Import {
	out := make([]Import, len(m.Imports))
	for i, imp := range m.Imports {
		if k := imp.Type.Kind; k == ExternFunc || k == ExternTag {
			imp.Type.Func = m.FuncType(imp.Type.TypeIndex)
		}
		out[i] = imp
	}
	return out
}

// ExportTypes lists the exports with their types, in order. An export whose
// index names nothing (an invalid module) keeps its kind only.
func (m *Module) ExportTypes() []ExportType {
	out := make([]ExportType, len(m.Exports))
	for i, e := range m.Exports {
		t, ok := m.Extern(e.Kind, e.Index)
		if !ok {
			t = ExternType{Kind: e.Kind}
		}
		out[i] = ExportType{Name: e.Name, Type: t}
	}
	return out
}

// Export finds an export by its name.
func (m *Module) Export(name string) (Export, bool) {
	for _, e := range m.Exports {
		if e.Name == name {
			return e, true
		}
	}
	return Export{}, false
}

// Custom finds the first custom section with a name.
func (m *Module) Custom(name string) (*Custom, bool) {
	for i := range m.Customs {
		if m.Customs[i].Name == name {
			return &m.Customs[i], true
		}
	}
	return nil, false
}

// Entries is the number of entries that a section of the module has: types one
// by one, and 1 for a start function or data count that is there. It is 0 for
// custom sections.
func (m *Module) Entries(id SectionID) int {
	switch id {
	case SectionType:
		return len(m.Types)
	case SectionImport:
		return len(m.Imports)
	case SectionFunc, SectionCode:
		return len(m.Funcs)
	case SectionTable:
		return len(m.Tables)
	case SectionMemory:
		return len(m.Memories)
	case SectionTag:
		return len(m.Tags)
	case SectionGlobal:
		return len(m.Globals)
	case SectionExport:
		return len(m.Exports)
	case SectionElem:
		return len(m.Elems)
	case SectionData:
		return len(m.Datas)
	}
	if id == SectionStart && m.Start != nil || id == SectionDataCount && m.DataCount != nil {
		return 1
	}
	return 0
}

// Has tells whether the module has something that stands in a section; an
// empty recursion group is something.
func (m *Module) Has(id SectionID) bool {
	return m.Entries(id) > 0 || id == SectionType && len(m.RecGroups) > 0
}

// Section finds the description of a section of the binary that the module
// was decoded from.
func (m *Module) Section(id SectionID) (Section, bool) {
	for _, s := range m.Sections {
		if s.ID == id {
			return s, true
		}
	}
	return Section{}, false
}

// CodeSection is the byte offset of the content of the code section in the
// binary; 0 when there is none. Code addresses in DWARF sections count from
// here.
func (m *Module) CodeSection() int64 {
	s, _ := m.Section(SectionCode)
	return s.Offset
}
