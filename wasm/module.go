// Package wasm is the abstract syntax of the core language: types, modules,
// and one table of all instructions. It follows the chapter "Structure" of the
// WebAssembly specification 3.0, and adds the proposals "threads" and
// "wide-arithmetic" and legacy exception handling.
//
// The sub-packages work on this syntax: binary reads and writes the binary
// format, instrument makes modules interruptible.
//
// Values of this package are plain data. They are safe for concurrent reading;
// nothing here has locks or caches.
package wasm

// A Module is a module as written. Index spaces start with the imports, as
// everywhere in the specification; the slices below hold only what the module
// itself defines.
//
// A module made by the binary decoder shares memory with the bytes it came
// from: function bodies, constant expressions, data segments and custom
// sections are views of them. Treat these bytes as read-only.
type Module struct {
	// Types is the type index space: the members of all recursion groups in
	// order.
	Types []SubType
	// RecGroups lists the recursion groups that are written with "rec", in
	// order of First.
	RecGroups []RecGroup
	Imports   []Import
	Funcs     []Func
	Tables    []Table
	Memories  []MemoryType
	Tags      []TagType
	Globals   []Global
	Exports   []Export
	// Start is the function index of the start function, or nil.
	Start *uint32
	Elems []ElemSegment
	// DataCount is the content of the data count section, or nil.
	DataCount *uint32
	Datas     []DataSegment
	// Customs are the custom sections in the order of the module.
	Customs []Custom
	// Sections describes the sections of the binary this module was decoded
	// from, in its order; empty for a module made otherwise.
	Sections []Section
}

// A Func is a function defined in the module: its type and its code.
type Func struct {
	// TypeIndex is the type of the function.
	TypeIndex uint32
	Body      Body
}

// A Body is the code of a function, not decoded.
type Body struct {
	// Locals are the declared locals, after the parameters, in runs.
	Locals []LocalRun
	// Code is the instruction sequence with the final end.
	Code []byte
	// Offset is the byte offset of Code[0] in the binary, 0 when the body does
	// not come from one.
	Offset int64
	// Start is the byte offset of the entry's content (the local declarations)
	// in the binary; offsets of DWARF count from here or from the start of the
	// code section's content, see [Module.CodeSection].
	Start int64
	// SizeLen is the number of bytes the size field of the entry takes in the
	// binary; 0 means as few as possible.
	SizeLen uint8
}

// A LocalRun is Count consecutive locals of one type.
type LocalRun struct {
	Count uint32
	Type  ValType
}

// A ConstExpr is a constant expression: its instructions with the final end,
// not decoded. It is absent when Code is empty.
type ConstExpr struct {
	Code []byte
	// Offset is the byte offset of Code[0] in the binary.
	Offset int64
}

// A Table is a table defined in the module.
type Table struct {
	Type TableType
	// Init is the value of the first elements; absent means null.
	Init ConstExpr
}

// A Global is a global defined in the module.
type Global struct {
	Type GlobalType
	Init ConstExpr
}

// An ExternKind says what an import or export is.
type ExternKind uint8

// The kinds of extern; the values are those of the binary format.
const (
	ExternFunc ExternKind = iota
	ExternTable
	ExternMemory
	ExternGlobal
	ExternTag
)

// String is the keyword of the text format.
func (k ExternKind) String() string {
	switch k {
	case ExternFunc:
		return "func"
	case ExternTable:
		return "table"
	case ExternMemory:
		return "memory"
	case ExternGlobal:
		return "global"
	case ExternTag:
		return "tag"
	}
	return "extern"
}

// An ExternType is the type of an import or export. Only the fields of its
// Kind count.
type ExternType struct {
	Kind ExternKind
	// TypeIndex is the type of a func or tag, as an index into Module.Types.
	TypeIndex uint32
	// Func is the function type of a func or tag. [Module.ImportTypes] and
	// [Module.ExportTypes] set it; in Module.Imports it is nil. It points into
	// the module. It stays nil when TypeIndex names no function type.
	Func   *FuncType
	Table  TableType
	Memory MemoryType
	Global GlobalType
}

// String is the type in the text format: "(func (param i32))", "(memory 1)".
func (t ExternType) String() string {
	s := ""
	switch t.Kind {
	case ExternFunc, ExternTag:
		if t.Func == nil {
			s = "(type " + HeapIndex(t.TypeIndex).String() + ")"
		} else {
			s = t.Func.String()
		}
	case ExternTable:
		s = t.Table.String()
	case ExternMemory:
		s = t.Memory.String()
	case ExternGlobal:
		s = t.Global.String()
	}
	if s == "" {
		return "(" + t.Kind.String() + ")"
	}
	return "(" + t.Kind.String() + " " + s + ")"
}

// An Import is one import: two names and the type that is asked for.
type Import struct {
	Module, Name string
	Type         ExternType
}

// An Export is one export: a name for an index in the index space of Kind.
type Export struct {
	Name  string
	Kind  ExternKind
	Index uint32
}

// An ExportType is an export with its type.
type ExportType struct {
	Name string
	Type ExternType
}

// A SegmentMode says what becomes of a segment at instantiation.
type SegmentMode uint8

// The modes of segments. Data segments are never declarative.
const (
	SegmentActive SegmentMode = iota
	SegmentPassive
	SegmentDeclarative
)

// An ElemSegment is an element segment. Its elements are Funcs, or Exprs when
// UseExprs is set.
type ElemSegment struct {
	Mode SegmentMode
	// Table and Offset are the destination of an active segment.
	Table  uint32
	Offset ConstExpr
	// Type is the reference type of the elements. For Funcs it is (ref func).
	Type     ValType
	UseExprs bool
	Funcs    []uint32
	Exprs    []ConstExpr
	// Explicit is set when an active segment is written with its table index
	// and type although they are the default ones.
	Explicit bool
}

// Len is the number of elements.
func (e *ElemSegment) Len() int {
	if e.UseExprs {
		return len(e.Exprs)
	}
	return len(e.Funcs)
}

// A DataSegment is a data segment.
type DataSegment struct {
	Mode SegmentMode
	// Memory and Offset are the destination of an active segment.
	Memory uint32
	Offset ConstExpr
	Init   []byte
	// Explicit is set when an active segment is written with its memory index
	// although it is 0.
	Explicit bool
}

// A Custom is a custom section.
type Custom struct {
	Name string
	Data []byte
	// After is the last non-custom section before this one, 0 when there is
	// none.
	After SectionID
	// Offset is the byte offset of Data[0] in the binary.
	Offset int64
	// SizeLen and NameLen are the number of bytes that the size field of the
	// section and the length field of the name take in the binary; 0 means as
	// few as possible.
	SizeLen, NameLen uint8
}

// A SectionID is the id of a section in the binary format.
type SectionID uint8

// The section ids.
const (
	SectionCustom SectionID = iota
	SectionType
	SectionImport
	SectionFunc
	SectionTable
	SectionMemory
	SectionGlobal
	SectionExport
	SectionStart
	SectionElem
	SectionCode
	SectionData
	SectionDataCount
	SectionTag
)

var sectionNames = [...]string{
	"custom", "type", "import", "func", "table", "memory", "global", "export",
	"start", "elem", "code", "data", "datacount", "tag",
}

// String is the name of the section in the text format's custom annotations.
func (id SectionID) String() string {
	if int(id) < len(sectionNames) {
		return sectionNames[id]
	}
	return "section"
}

// SectionOrder lists the non-custom sections in the order of a binary.
var SectionOrder = [...]SectionID{
	SectionType, SectionImport, SectionFunc, SectionTable, SectionMemory,
	SectionTag, SectionGlobal, SectionExport, SectionStart, SectionElem,
	SectionDataCount, SectionCode, SectionData,
}

// A Section describes a non-custom section of the binary that a module was
// decoded from. The encoder keeps an empty section, and the width of the size
// and count fields, when they are recorded here.
type Section struct {
	ID SectionID
	// Offset and Size are the place of the content in the binary, in bytes.
	Offset, Size int64
	// SizeLen and CountLen are the number of bytes that the size field and the
	// element count take; 0 means as few as possible.
	SizeLen, CountLen uint8
}
