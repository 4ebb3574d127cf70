// This file reads components: the preamble, the sections, and the nested
// modules and components (Binary Format, section "Component Definitions").

package binary

import (
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	core "github.com/dray-wasm/dray/wasm/binary"
)

// Decode reads a component with everything nested in it. Errors are
// [*diag.Error] with the offset in data.
//
// The component shares memory with data.
func Decode(data []byte) (*component.Component, error) {
	if len(data) > MaxSize {
		return nil, diag.Errorf(CodeLimit, diag.Offset(0), "the component has %d bytes, and the limit of this implementation is %d", len(data), MaxSize)
	}
	d := decoder{reader: newReader(data, 0)}
	c := new(component.Component)
	d.component(c)
	if d.Err != nil {
		return nil, d.Err
	}
	return c, nil
}

// A decoder reads a component. Its Data always starts at the start of the file
// and ends with the section or component that is being read, so that Pos is
// the offset in the file.
type decoder struct {
	reader
	depth     int  // nesting of components
	typeDepth int  // nesting of types
	placed    bool // Err names its section
}

// component reads a component up to the end of Data.
func (d *decoder) component(c *component.Component) {
	c.Pos = d.Offset()
	if d.depth == MaxNesting {
		d.FailAt(d.Pos, CodeLimit, "nesting too deep: components nest more than %d levels deep", MaxNesting)
		return
	}
	d.depth++
	d.preamble()
	for d.Err == nil && d.Left() > 0 {
		d.section(c)
	}
	d.depth--
}

// preamble checks the magic number, the version and the layer.
func (d *decoder) preamble() {
	b := d.Data[d.Pos:]
	n := min(len(b), len(magic))
	switch {
	case n == 0:
		d.FailAt(d.Pos, CodeTruncated, "unexpected end-of-file: magic header not detected: there is nothing")
	case string(b[:n]) != magic[:n]:
		d.FailAt(d.Pos, CodeMagic, "magic header not detected: expected %q, found %q", magic, b[:n])
	case len(b) < preambleLen:
		d.FailAt(len(d.Data), CodeTruncated, "unexpected end-of-file: the preamble is cut off")
	case string(b[4:8]) == versionCore:
		d.FailAt(d.Pos+4, CodeVersion, "expected a version header for a component, but this is a core module")
	case string(b[4:8]) != version:
		d.FailAt(d.Pos+4, CodeVersion, "unknown binary version: expected % x, found % x", version, b[4:8])
	default:
		d.Pos += preambleLen
	}
}

// section reads one section.
func (d *decoder) section(c *component.Component) {
	start := d.Pos
	id := component.SectionID(d.Byte("section id"))
	if id >= component.NumSections {
		d.FailAt(start, CodeSection, "malformed section id %d", id)
		return
	}
	if len(c.Sections) == MaxSections {
		d.FailAt(start, CodeLimit, "the component has more than %d sections", MaxSections)
		return
	}
	sizeAt := d.Pos
	size := d.Length("section size")
	if d.Err != nil {
		return
	}
	s := component.Section{ID: id, First: len(c.Defs), Offset: d.Offset(), Size: int64(size), SizeLen: uint8(d.Pos - sizeAt)}
	whole, end := d.Data, d.Pos+size
	d.Data = whole[:end:end]
	d.content(c, &s)
	if d.Err == nil && d.Left() > 0 {
		d.FailAt(d.Pos, CodeSection, "section size mismatch: the %s section ends here, but its size says that %d more bytes follow", id, d.Left())
	}
	if d.Err != nil {
		d.inSection(id)
		return
	}
	d.Data = whole
	s.Count = len(c.Defs) - s.First
	c.Sections = append(c.Sections, s)
}

// inSection adds the innermost section to the message of the error.
func (d *decoder) inSection(id component.SectionID) {
	if e, ok := d.Err.(*diag.Error); ok && !d.placed {
		named := *e
		named.Msg = fmt.Sprintf("%s (in the %s section)", e.Msg, id)
		d.Err = &named
	}
	d.placed = true
}

// content reads the definitions of a section.
func (d *decoder) content(c *component.Component, s *component.Section) {
	n := 1
	if s.ID.Vec() {
		at := d.Pos
		n = d.Count("number of elements", MaxDefs)
		s.CountLen = uint8(d.Pos - at)
	}
	if len(c.Defs)+n > MaxDefs {
		d.FailAt(d.Pos, CodeLimit, "the component has more than %d definitions", MaxDefs)
	}
	for i := 0; i < n && d.Err == nil; i++ {
		c.Defs = append(c.Defs, d.definition(s.ID))
	}
}

// definition reads a definition of a section.
func (d *decoder) definition(id component.SectionID) component.Definition {
	switch id {
	case component.SectionCustom:
		return d.custom()
	case component.SectionCoreModule:
		return d.coreModule()
	case component.SectionCoreInstance:
		return d.coreInstance()
	case component.SectionCoreType:
		return d.coreType()
	case component.SectionComponent:
		c := new(component.Component)
		d.component(c)
		return c
	case component.SectionInstance:
		return d.instance()
	case component.SectionAlias:
		return d.alias()
	case component.SectionType:
		return d.typeDef()
	case component.SectionCanon:
		return d.canon()
	case component.SectionStart:
		return d.start()
	case component.SectionImport:
		return d.importDecl()
	case component.SectionExport:
		return d.export()
	}
	return d.value()
}

func (d *decoder) custom() *component.Custom {
	c := &component.Custom{Pos: d.Offset()}
	at := d.Pos
	c.Name = d.Name("name of a custom section")
	if d.Err == nil {
		c.NameLen = uint8(d.Pos - at - len(c.Name))
		c.Data = d.Bytes(d.Left(), "custom data")
	}
	return c
}

func (d *decoder) coreModule() *component.CoreModule {
	m := &component.CoreModule{Pos: d.Offset()}
	m.Binary = d.Bytes(d.Left(), "a core module")
	if d.Err != nil {
		return m
	}
	var err error
	if m.Module, err = core.Decode(m.Binary); err != nil {
		d.Err = coreError(err, m.Pos)
	}
	return m
}

func (d *decoder) start() *component.Start {
	s := &component.Start{Pos: d.Offset()}
	s.Func = d.U32("function index of a start definition")
	n := d.Count("number of arguments", MaxParams)
	for i := 0; i < n && d.Err == nil; i++ {
		s.Args = append(s.Args, d.U32("value index"))
	}
	at := d.Pos
	s.Results = d.U32("number of results")
	if s.Results > MaxStartResults {
		d.FailAt(at, CodeLimit, "the number of results is %d, and the limit of this implementation is %d", s.Results, MaxStartResults)
	}
	return s
}

func (d *decoder) value() *component.Value {
	v := &component.Value{Pos: d.Offset()}
	v.Type = d.valType()
	v.Bytes = d.Bytes(d.Length("size of a value"), "a value")
	return v
}
