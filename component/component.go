// Package component is the abstract syntax of the Component Model: components
// and their definitions as written. It follows the explainer of the Component
// Model, chapter "Grammar"; core modules and core types inside components are
// those of package wasm.
//
// The sub-packages work on this syntax: binary reads and writes the binary
// format, text the text format, valid checks it.
//
// Values of this package are plain data, safe for concurrent reading.
package component

import "github.com/dray-wasm/dray/wasm"

// A Component is a sequence of definitions. Order counts: a definition refers
// only to those before it, by index in the index space of a sort.
//
// A component made by the binary decoder shares memory with the bytes it came
// from. Treat these as read-only.
type Component struct {
	Defs []Definition
	// Sections describes the sections of the binary this component was decoded
	// from, in its order. Where it is empty, runs of definitions of one kind
	// share a section.
	Sections []Section
	// Pos is the place of a nested component in the source.
	Pos int64
}

// A Definition is one definition of a component: a *[CoreModule],
// *[CoreInstance], *[CoreType], *[Component], *[Instance], *[Alias],
// *[TypeDef], *[Canon], *[Start], *[Import], *[Export], *[Value] or *[Custom].
//
// The field Pos of each is the byte offset of the definition in the binary or
// text that it was read from.
type Definition interface {
	// Section is the section that holds such definitions in a binary.
	Section() SectionID
	// Position is the field Pos.
	Position() int64
}

// A SectionID is the id of a section in the binary format.
type SectionID uint8

// The section ids.
const (
	SectionCustom SectionID = iota
	SectionCoreModule
	SectionCoreInstance
	SectionCoreType
	SectionComponent
	SectionInstance
	SectionAlias
	SectionType
	SectionCanon
	SectionStart
	SectionImport
	SectionExport
	SectionValue
	NumSections
)

var sectionNames = [NumSections]string{
	"custom", "core module", "core instance", "core type", "component",
	"instance", "alias", "type", "canon", "start", "import", "export", "value",
}

// String is the name of the section.
func (id SectionID) String() string {
	if id < NumSections {
		return sectionNames[id]
	}
	return "unknown"
}

// Vec tells whether the section holds a vector of definitions; the others hold
// one definition each.
func (id SectionID) Vec() bool {
	switch id {
	case SectionCustom, SectionCoreModule, SectionComponent, SectionStart:
		return false
	}
	return id < NumSections
}

// A Section describes a section of the binary that a component was decoded
// from.
type Section struct {
	ID SectionID
	// First and Count are the definitions of the section in Component.Defs.
	First, Count int
	// Offset and Size are the place of the content in the binary, in bytes.
	Offset, Size int64
	// SizeLen and CountLen are the number of bytes that the size field and the
	// element count take; 0 means as few as possible.
	SizeLen, CountLen uint8
}

// A CoreModule is a core module. Binary is the binary it was decoded from; it
// is nil for a module from text. Module is set in any case.
type CoreModule struct {
	Pos    int64
	Module *wasm.Module
	Binary []byte
}

// A CoreInstance instantiates a core module, or makes an instance out of core
// exports (Inline).
type CoreInstance struct {
	Pos int64
	// Module and Args are what is instantiated, with what.
	Module uint32
	Args   []CoreArg
	// Inline is set for an instance that is made of Exports.
	Inline  bool
	Exports []CoreInlineExport
}

// A CoreArg supplies a core instance for all imports from the module Name.
type CoreArg struct {
	Name     string
	Instance uint32
}

// A CoreInlineExport is an export of an inline core instance; its sort is a
// core sort.
type CoreInlineExport struct {
	Name string
	Item SortIdx
}

// An Instance instantiates a component, or makes an instance out of
// definitions (Inline).
type Instance struct {
	Pos       int64
	Component uint32
	Args      []Arg
	Inline    bool
	Exports   []InlineExport
}

// An Arg supplies a definition for the import of a name.
type Arg struct {
	Name string
	Item SortIdx
}

// An InlineExport is an export of an inline instance.
type InlineExport struct {
	Name ExternName
	Item SortIdx
}

// An AliasKind says where an alias points.
type AliasKind uint8

// The kinds of alias; the values are those of the binary format.
const (
	// AliasExport names an export of an instance.
	AliasExport AliasKind = iota
	// AliasCoreExport names an export of a core instance.
	AliasCoreExport
	// AliasOuter names a definition of an enclosing component.
	AliasOuter
)

// An Alias adds a definition from elsewhere to the index space of its sort.
type Alias struct {
	Pos  int64
	Kind AliasKind
	Sort Sort
	// Instance and Name are what an export alias points to.
	Instance uint32
	Name     string
	// Outer counts enclosing scopes outward, 0 being this one; Index is an
	// index there.
	Outer, Index uint32
}

// A Start calls a function at instantiation (gated: values).
type Start struct {
	Pos  int64
	Func uint32
	// Args are value indices.
	Args []uint32
	// Results is the number of results, which become values.
	Results uint32
}

// An Import asks for a definition. It is a definition of components and a
// declaration of component types.
type Import struct {
	Pos  int64
	Name ExternName
	Type ExternType
}

// An Export gives a definition a name. It adds the definition to its index
// space once more.
type Export struct {
	Pos  int64
	Name ExternName
	Item SortIdx
	// Type is the type to export with, or nil for the type of Item.
	Type *ExternType
}

// A Value is a constant value (gated: values): its type and its encoding.
type Value struct {
	Pos   int64
	Type  ValType
	Bytes []byte
}

// A Custom is a custom section.
type Custom struct {
	Pos  int64
	Name string
	Data []byte
	// NameLen is the number of bytes that the length field of the name takes
	// in the binary; 0 means as few as possible.
	NameLen uint8
}

// An ExternName is the name of an import or export with its attributes.
type ExternName struct {
	Name string
	// Form is the first byte of the binary form of a name without attributes,
	// 0 or 1; it means nothing.
	Form  uint8
	Attrs []Attribute
}

// An AttributeKind is the kind of an attribute; the values are those of the
// binary format.
type AttributeKind uint8

// The kinds of attribute.
const (
	Implements    AttributeKind = iota // (implements "ns:pkg/iface")
	VersionSuffix                      // (versionsuffix "...")
	ExternalID                         // (external-id "...")
)

// String is the keyword of the text format.
func (k AttributeKind) String() string {
	switch k {
	case Implements:
		return "implements"
	case VersionSuffix:
		return "versionsuffix"
	case ExternalID:
		return "external-id"
	}
	return "unknown attribute"
}

// An Attribute annotates the name of an import or export.
type Attribute struct {
	Kind  AttributeKind
	Value string
}

// Names is the content of the custom section "component-name".
type Names struct {
	Component    string
	HasComponent bool
	// Sorts names the definitions of each sort that has names.
	Sorts map[Sort]wasm.NameMap
}

// The sections of definitions.

func (*CoreModule) Section() SectionID   { return SectionCoreModule }
func (*CoreInstance) Section() SectionID { return SectionCoreInstance }
func (*CoreType) Section() SectionID     { return SectionCoreType }
func (*Component) Section() SectionID    { return SectionComponent }
func (*Instance) Section() SectionID     { return SectionInstance }
func (*Alias) Section() SectionID        { return SectionAlias }
func (*TypeDef) Section() SectionID      { return SectionType }
func (*Canon) Section() SectionID        { return SectionCanon }
func (*Start) Section() SectionID        { return SectionStart }
func (*Import) Section() SectionID       { return SectionImport }
func (*Export) Section() SectionID       { return SectionExport }
func (*Value) Section() SectionID        { return SectionValue }
func (*Custom) Section() SectionID       { return SectionCustom }

// The positions of definitions.

func (d *CoreModule) Position() int64   { return d.Pos }
func (d *CoreInstance) Position() int64 { return d.Pos }
func (d *CoreType) Position() int64     { return d.Pos }
func (d *Component) Position() int64    { return d.Pos }
func (d *Instance) Position() int64     { return d.Pos }
func (d *Alias) Position() int64        { return d.Pos }
func (d *TypeDef) Position() int64      { return d.Pos }
func (d *Canon) Position() int64        { return d.Pos }
func (d *Start) Position() int64        { return d.Pos }
func (d *Import) Position() int64       { return d.Pos }
func (d *Export) Position() int64       { return d.Pos }
func (d *Value) Position() int64        { return d.Pos }
func (d *Custom) Position() int64       { return d.Pos }
