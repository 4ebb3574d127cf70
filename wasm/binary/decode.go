// This file reads modules: the preamble, the sequence of sections, and what
// must hold between sections (Binary Format, section "Modules").

package binary

import (
	"fmt"
	"slices"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// Decode reads a module. Function bodies stay bytes; everything else is
// checked as far as the binary format goes. Errors are *diag.Error with the
// offset in data.
//
// The module shares memory with data.
func Decode(data []byte) (*wasm.Module, error) {
	if err := checkPreamble(data); err != nil {
		return nil, err
	}
	d := decoder{reader: newReader(data, 0), m: new(wasm.Module)}
	d.Pos = preambleLen
	for d.Err == nil && d.Left() > 0 {
		d.section()
	}
	d.finish()
	if d.Err == nil {
		return d.m, nil
	}
	// A body that ends too early makes the sections after it look malformed:
	// what comes first in the file is the better message.
	if d.coded && d.counts == nil {
		if err := CheckCode(d.m); err != nil {
			return nil, err
		}
	}
	return nil, d.Err
}

// checkPreamble checks the magic number, the version and the size.
func checkPreamble(data []byte) error {
	n := min(len(data), len(magic))
	switch {
	case n == 0:
		return diag.Errorf(CodeMagic, diag.Offset(0), "magic header not detected: the input is empty (unexpected end)")
	case string(data[:n]) != magic[:n] && n < len(magic):
		return diag.Errorf(CodeMagic, diag.Offset(0), "magic header not detected: the input is %q (unexpected end)", data)
	case string(data[:n]) != magic[:n]:
		return diag.Errorf(CodeMagic, diag.Offset(0), "magic header not detected: expected %q, found %q", magic, data[:n])
	case len(data) < len(magic):
		return diag.Errorf(CodeTruncated, diag.Offset(int64(n)), "unexpected end: the magic header is cut off")
	case len(data) < preambleLen:
		return diag.Errorf(CodeTruncated, diag.Offset(int64(len(data))), "unexpected end: the version is cut off")
	case string(data[4:8]) == versionComponent:
		return diag.Errorf(CodeComponent, diag.Offset(4), "expected a core module, but this is a component")
	case string(data[4:8]) != versionModule:
		return diag.Errorf(CodeVersion, diag.Offset(4), "unknown binary version: expected % x, found % x", versionModule, data[4:8])
	case len(data) > MaxModuleSize:
		return diag.Errorf(CodeLimit, diag.Offset(0), "the module has %d bytes, and the limit of this implementation is %d", len(data), MaxModuleSize)
	}
	return nil
}

// A decoder reads one module into m.
type decoder struct {
	reader
	m     *wasm.Module
	order int            // place in the order of sections of the last one
	last  wasm.SectionID // the last non-custom section
	funcs int            // number of functions declared by the function section
	coded bool           // the code section was read
	// counts says that there are more or fewer bodies than functions.
	counts error

	instrs InstrReader
	in     wasm.Instr
	locals []wasm.LocalRun // room for the locals of many bodies
}

// section reads one section.
func (d *decoder) section() {
	start := d.Pos
	id := wasm.SectionID(d.Byte("section id"))
	if id > wasm.SectionTag {
		d.FailAt(start, CodeSection, "malformed section id %d", id)
		return
	}
	if id != wasm.SectionCustom {
		d.checkOrder(id, start)
	}
	sizeAt := d.Pos
	size := d.Length("section size")
	if d.Err != nil {
		return
	}
	sizeLen := uint8(d.Pos - sizeAt)
	whole, from := d.Data, d.Pos
	d.Data = whole[: from+size : from+size]
	if id == wasm.SectionCustom {
		d.custom(sizeLen)
	} else {
		d.m.Sections = append(d.m.Sections, wasm.Section{
			ID: id, Offset: int64(from), Size: int64(size), SizeLen: sizeLen})
		d.content(id)
		d.last = id
	}
	if d.Err != nil {
		d.Err = inSection(d.Err, id)
		return
	}
	if d.Left() > 0 {
		d.FailAt(d.Pos, CodeSection, "section size mismatch: the %s section ends here, but its size says that %d more bytes follow", id, d.Left())
	}
	d.Data = whole
	d.coded = d.coded || id == wasm.SectionCode
}

// inSection adds the section to the message of an error.
func inSection(err error, id wasm.SectionID) error {
	if e, ok := err.(*diag.Error); ok {
		named := *e
		named.Msg = fmt.Sprintf("%s (in the %s section)", e.Msg, id)
		return &named
	}
	return err
}

// checkOrder checks that a section is not repeated and stands after those it
// must follow.
func (d *decoder) checkOrder(id wasm.SectionID, start int) {
	at := 1 + slices.Index(wasm.SectionOrder[:], id)
	switch {
	case at == d.order:
		d.FailAt(start, CodeSection, "unexpected content after last section: a second %s section", id)
	case at < d.order:
		d.FailAt(start, CodeSection, "unexpected content after last section: the %s section stands after the %s section", id, d.last)
	}
	d.order = at
}

func (d *decoder) content(id wasm.SectionID) {
	switch id {
	case wasm.SectionType:
		d.types()
	case wasm.SectionImport:
		d.imports()
	case wasm.SectionFunc:
		d.funcTypes()
	case wasm.SectionTable:
		d.tables()
	case wasm.SectionMemory:
		d.memories()
	case wasm.SectionTag:
		d.tags()
	case wasm.SectionGlobal:
		d.globals()
	case wasm.SectionExport:
		d.exports()
	case wasm.SectionStart:
		x := d.U32("function index")
		d.m.Start = &x
	case wasm.SectionElem:
		d.elems()
	case wasm.SectionDataCount:
		n := d.U32("number of data segments")
		d.m.DataCount = &n
	case wasm.SectionCode:
		d.code()
	case wasm.SectionData:
		d.datas()
	}
}

func (d *decoder) custom(sizeLen uint8) {
	if len(d.m.Customs) >= MaxCustoms {
		d.FailAt(d.Pos, CodeLimit, "more than %d custom sections", MaxCustoms)
		return
	}
	lenAt := d.Pos
	name := d.Name("name of a custom section")
	if d.Err != nil {
		return
	}
	c := wasm.Custom{Name: name, After: d.last, Offset: d.Offset(), SizeLen: sizeLen}
	c.NameLen = uint8(d.Pos - lenAt - len(name))
	c.Data = d.Bytes(d.Left(), "custom data")
	d.m.Customs = append(d.m.Customs, c)
}

// finish checks what must hold between sections.
func (d *decoder) finish() {
	if d.Err == nil {
		d.Err = d.counts
	}
	m, end := d.m, len(d.Data)
	if _, hasCode := m.Section(wasm.SectionCode); !hasCode && d.funcs > 0 && d.Err == nil {
		d.FailAt(end, CodeCount, "function and code section have inconsistent lengths: %d functions, but no code section", d.funcs)
	}
	if m.DataCount != nil && int64(*m.DataCount) != int64(len(m.Datas)) {
		d.FailAt(end, CodeCount, "data count and data section have inconsistent lengths: %d and %d", *m.DataCount, len(m.Datas))
	}
}
