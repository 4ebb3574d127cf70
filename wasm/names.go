// This file is the content of the custom sections that tools write and people
// read: "name" (Appendix, section "Custom Sections"; the subsections beyond
// it are those of the extended-name-section proposal) and "producers" (tool
// conventions).

package wasm

import "sort"

// A NameAssoc gives a name to an index.
type NameAssoc struct {
	Index uint32
	Name  string
}

// A NameMap gives names to indices, in increasing order of index.
type NameMap []NameAssoc

// Get is the name of an index; ok is false when it has none.
func (m NameMap) Get(index uint32) (name string, ok bool) {
	i := sort.Search(len(m), func(i int) bool { return m[i].Index >= index })
	if i < len(m) && m[i].Index == index {
		return m[i].Name, true
	}
	return "", false
}

// An IndirectNameAssoc gives names within one index, for example to the locals
// of one function.
type IndirectNameAssoc struct {
	Index uint32
	Names NameMap
}

// An IndirectNameMap gives names within indices, in increasing order of index.
type IndirectNameMap []IndirectNameAssoc

// Get is the name map of an index, nil when it has none.
func (m IndirectNameMap) Get(index uint32) NameMap {
	i := sort.Search(len(m), func(i int) bool { return m[i].Index >= index })
	if i < len(m) && m[i].Index == index {
		return m[i].Names
	}
	return nil
}

// Names is the content of a name section. Names need not be unique, and come
// from the file: they are valid UTF-8 but may hold anything else.
type Names struct {
	// Module is the name of the module; it counts when HasModule is set.
	Module    string
	HasModule bool
	Funcs     NameMap
	// Locals names locals (parameters first) by function index.
	Locals IndirectNameMap
	// Labels names labels by function index; the label index counts the
	// structured instructions of the function in order.
	Labels   IndirectNameMap
	Types    NameMap
	Tables   NameMap
	Memories NameMap
	Globals  NameMap
	Elems    NameMap
	Datas    NameMap
	// Fields names fields by type index.
	Fields IndirectNameMap
	Tags   NameMap
}

// Producers is the content of a producers section: fields such as "language"
// and "processed-by" with the tools they name.
type Producers []ProducersField

// A ProducersField is a field of a producers section.
type ProducersField struct {
	Name   string
	Values []ProducersValue
}

// A ProducersValue names a tool or language with its version, which may be
// empty.
type ProducersValue struct {
	Name, Version string
}

// Field finds a field by name, nil when it is not there.
func (p Producers) Field(name string) []ProducersValue {
	for _, f := range p {
		if f.Name == name {
			return f.Values
		}
	}
	return nil
}
