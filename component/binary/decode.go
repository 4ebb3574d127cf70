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
	d := decoder{reader: reader{b: data}}
	c := new(component.Component)
	d.component(c)
	if d.err != nil {
		return nil, d.err
	}
	return c, nil
}

// A decoder reads a component. Its b always starts at the start of the file
// and ends with the section or component that is being read, so that pos is
// the offset in the file.
type decoder struct {
	reader
	depth     int  // nesting of components
	typeDepth int  // nesting of types
	placed    bool // err names its section
}

// component reads a component up to the end of b.
func (d *decoder) component(c *component.Component) {
	c.Pos = d.offset()
	if d.depth == MaxNesting {
		d.failAt(d.pos, CodeLimit, "nesting too deep: components nest more than %d levels deep", MaxNesting)
		return
	}
	d.depth++
	d.preamble()
	for d.err == nil && d.left() > 0 {
		d.section(c)
	}
	d.depth--
}

// preamble checks the magic number, the version and the layer.
func (d *decoder) preamble() {
	b := d.b[d.pos:]
	n := min(len(b), len(magic))
	switch {
	case n == 0:
		d.failAt(d.pos, CodeTruncated, "unexpected end-of-file: magic header not detected: there is nothing")
	case string(b[:n]) != magic[:n]:
		d.failAt(d.pos, CodeMagic, "magic header not detected: expected %q, found %q", magic, b[:n])
	case len(b) < preambleLen:
		d.failAt(len(d.b), CodeTruncated, "unexpected end-of-file: the preamble is cut off")
	case string(b[4:8]) == versionCore:
		d.failAt(d.pos+4, CodeVersion, "expected a version header for a component, but this is a core module")
	case string(b[4:8]) != version:
		d.failAt(d.pos+4, CodeVersion, "unknown binary version: expected % x, found % x", version, b[4:8])
	default:
		d.pos += preambleLen
	}
}

// section reads one section.
func (d *decoder) section(c *component.Component) {
	start := d.pos
	id := component.SectionID(d.byte("section id"))
	if id >= component.NumSections {
		d.failAt(start, CodeSection, "malformed section id %d", id)
		return
	}
	if len(c.Sections) == MaxSections {
		d.failAt(start, CodeLimit, "the component has more than %d sections", MaxSections)
		return
	}
	sizeAt := d.pos
	size := d.length("section size")
	if d.err != nil {
		return
	}
	s := component.Section{ID: id, First: len(c.Defs), Offset: d.offset(), Size: int64(size), SizeLen: uint8(d.pos - sizeAt)}
	whole, end := d.b, d.pos+size
	d.b = whole[:end:end]
	d.content(c, &s)
	if d.err == nil && d.left() > 0 {
		d.failAt(d.pos, CodeSection, "section size mismatch: the %s section ends here, but its size says that %d more bytes follow", id, d.left())
	}
	if d.err != nil {
		d.inSection(id)
		return
	}
	d.b = whole
	s.Count = len(c.Defs) - s.First
	c.Sections = append(c.Sections, s)
}

// inSection adds the innermost section to the message of the error.
func (d *decoder) inSection(id component.SectionID) {
	if e, ok := d.err.(*diag.Error); ok && !d.placed {
		named := *e
		named.Msg = fmt.Sprintf("%s (in the %s section)", e.Msg, id)
		d.err = &named
	}
	d.placed = true
}

// content reads the definitions of a section.
func (d *decoder) content(c *component.Component, s *component.Section) {
	n := 1
	if s.ID.Vec() {
		at := d.pos
		n = d.count("number of elements", MaxDefs)
		s.CountLen = uint8(d.pos - at)
	}
	if len(c.Defs)+n > MaxDefs {
		d.failAt(d.pos, CodeLimit, "the component has more than %d definitions", MaxDefs)
	}
	for i := 0; i < n && d.err == nil; i++ {
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
	c := &component.Custom{Pos: d.offset()}
	at := d.pos
	c.Name = d.name("name of a custom section")
	if d.err == nil {
		c.NameLen = uint8(d.pos - at - len(c.Name))
		c.Data = d.bytes(d.left(), "custom data")
	}
	return c
}

func (d *decoder) coreModule() *component.CoreModule {
	m := &component.CoreModule{Pos: d.offset()}
	m.Binary = d.bytes(d.left(), "a core module")
	if d.err != nil {
		return m
	}
	var err error
	if m.Module, err = core.Decode(m.Binary); err != nil {
		d.err = coreError(err, m.Pos)
	}
	return m
}

func (d *decoder) start() *component.Start {
	s := &component.Start{Pos: d.offset()}
	s.Func = d.u32("function index of a start definition")
	n := d.count("number of arguments", MaxParams)
	for i := 0; i < n && d.err == nil; i++ {
		s.Args = append(s.Args, d.u32("value index"))
	}
	at := d.pos
	s.Results = d.u32("number of results")
	if s.Results > MaxStartResults {
		d.failAt(at, CodeLimit, "the number of results is %d, and the limit of this implementation is %d", s.Results, MaxStartResults)
	}
	return s
}

func (d *decoder) value() *component.Value {
	v := &component.Value{Pos: d.offset()}
	v.Type = d.valType()
	v.Bytes = d.bytes(d.length("size of a value"), "a value")
	return v
}
