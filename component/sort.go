// This file is the sorts of definitions: each has an index space of its own
// (explainer, section "Index Spaces").

package component

// A Sort is a kind of definition with an index space.
type Sort uint8

// The sorts.
const (
	SortFunc Sort = iota
	SortValue
	SortType
	SortComponent
	SortInstance
	SortCoreFunc
	SortCoreTable
	SortCoreMemory
	SortCoreGlobal
	SortCoreTag
	SortCoreType
	SortCoreModule
	SortCoreInstance
	NumSorts
)

// sorts gives each sort its keyword without "core" and its code: that of the
// sort, or for a core sort that of the core sort.
var sorts = [NumSorts]struct {
	name string
	code byte
}{
	SortFunc: {"func", 0x01}, SortValue: {"value", 0x02}, SortType: {"type", 0x03},
	SortComponent: {"component", 0x04}, SortInstance: {"instance", 0x05},
	SortCoreFunc: {"func", 0x00}, SortCoreTable: {"table", 0x01},
	SortCoreMemory: {"memory", 0x02}, SortCoreGlobal: {"global", 0x03},
	SortCoreTag: {"tag", 0x04}, SortCoreType: {"type", 0x10},
	SortCoreModule: {"module", 0x11}, SortCoreInstance: {"instance", 0x12},
}

// Core tells whether the sort is a core sort.
func (s Sort) Core() bool { return s >= SortCoreFunc && s < NumSorts }

// Keyword is the keyword of the text format, without "core".
func (s Sort) Keyword() string {
	if s < NumSorts {
		return sorts[s].name
	}
	return "unknown"
}

// Code is the byte of the binary format: of the sort, or of the core sort,
// which follows a byte 0.
func (s Sort) Code() byte {
	if s < NumSorts {
		return sorts[s].code
	}
	return 0xff
}

// String is the sort in the text format: "func", "core func".
func (s Sort) String() string {
	if s.Core() {
		return "core " + s.Keyword()
	}
	return s.Keyword()
}

// SortByCode is the sort, or core sort, of a byte in the binary format.
func SortByCode(core bool, code byte) (s Sort, ok bool) {
	for s := range NumSorts {
		if s.Core() == core && sorts[s].code == code {
			return s, true
		}
	}
	return 0, false
}

// SortByKeyword is the sort, or core sort, of a keyword.
func SortByKeyword(core bool, keyword string) (s Sort, ok bool) {
	for s := range NumSorts {
		if s.Core() == core && sorts[s].name == keyword {
			return s, true
		}
	}
	return 0, false
}

// A SortIdx is a definition: an index in the index space of a sort.
type SortIdx struct {
	Sort  Sort
	Index uint32
}
