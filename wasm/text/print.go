// This file is the printer of modules: its options, its limits, and the order
// of a module's fields (Text Format, section "Modules").

package text

import (
	"io"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// The classes of errors of the printer. A body that is malformed in the binary
// format is reported with a code of package binary.
const (
	// CodePrintLimit: the text would be beyond a limit of this implementation.
	CodePrintLimit diag.Code = "text/print-limit"
	// CodePrintModule: a module that the text format cannot express.
	CodePrintModule diag.Code = "text/print-module"
)

const (
	// MaxPrintTypes is the largest number of parameters, results and locals
	// that the functions of what a [Writer] prints may have together. The
	// binary format declares 50,000 locals in four bytes; the text lists them
	// one by one.
	MaxPrintTypes = 10_000_000

	// printTypeList is the number of parameters and results up to which a block
	// type with an index is written out.
	printTypeList = 16
)

// PrintOptions say how a module is printed. The zero value prints text that
// parses back to the module.
type PrintOptions struct {
	// Skeleton leaves out function bodies and the contents of segments and
	// custom sections: "..." stands for them, with their size. Such a text is
	// for people; it does not parse.
	Skeleton bool
	// NoNames ignores the name section: everything has its index only, and the
	// text does not hold the section.
	NoNames bool
	// Offsets puts the offset in the binary before each instruction of a body,
	// in hexadecimal: "(;@1f;)".
	Offsets bool
}

// Print writes a module as text. The module need not be valid, only well
// formed as far as [binary.Decode] and [binary.CheckCode] check it. With the
// zero options, [Parse] turns the text into an equal module, and its encoding
// is the same bytes as before where these were canonical. What text cannot
// express is lost:
//
//   - integers with more bytes than needed (Section.SizeLen and CountLen,
//     Body.SizeLen, Custom.SizeLen and NameLen, and inside of bodies and
//     constant expressions), "sub final" without a supertype, and other forms
//     that the decoder does not tell apart;
//   - empty sections other than custom ones, and a data count section where no
//     instruction refers to a data segment (where one does, there is one);
//   - how local declarations are split: neighbouring runs of the same type
//     become one, and runs of no locals vanish;
//   - an initial value of a table that has no instructions (which is invalid);
//   - the place of a custom section relative to sections that are lost.
//
// Parse has limits of its own: it refuses bodies whose blocks nest deeper than
// 100,000, and sources beyond [lex.MaxSource].
//
// Names of the name section become identifiers, made unique with "#1", "#2",
// ... behind the second and later uses of a name; "(@name)" annotations keep
// the name in the file. Where identifiers and annotations would not give the
// same section again (it is malformed, not encoded as the shortest way, names
// what is not there, or is not behind the last section), it is printed like
// all other custom sections: as a "(@custom)" annotation at its place. Names
// are comments then.
//
// Names are quoted and escaped so that no control character reaches a
// terminal. The length of the text is proportional to the module: long
// identifiers are replaced by indices once their uses take too much room, and
// a module with more than [MaxPrintTypes] parameters, results and locals is an
// error with [CodePrintLimit]. Memory use does not depend on the size of
// bodies and segments.
//
// Errors of w are returned as they are. After an error the text is incomplete.
func Print(w io.Writer, m *wasm.Module, o PrintOptions) error {
	p := printer{Writer: NewWriter(w), o: o}
	p.begin(m)
	id := ""
	if p.names.names.HasModule {
		id = PrintID(p.names.names.Module)
	}
	p.module("module", id)
	p.Str("\n")
	return p.Flush()
}

// A ModulePrinter prints modules inside of another form, one after another,
// for example the core modules of a component. It uses its memory again for
// each. A ModulePrinter belongs to one goroutine.
type ModulePrinter struct{ p printer }

// NewModulePrinter makes a printer whose text goes to w. Its errors are those
// of w, too.
func NewModulePrinter(w *Writer, o PrintOptions) *ModulePrinter {
	return &ModulePrinter{printer{Writer: w, o: o}}
}

// Begin makes m the module that Name and Print are about. It must not change
// before Print is done.
func (x *ModulePrinter) Begin(m *wasm.Module) { x.p.begin(m) }

// Name is the name of the module by its name section. It is ok if identifiers
// and annotations stand for that section; if not, the module has no name, or
// the section is printed as a custom section that says it.
func (x *ModulePrinter) Name() (name string, ok bool) {
	n := x.p.names.names
	return n.Module, n.HasModule
}

// Print writes the module as "(keyword id ...)", for example with the keyword
// "core module". id stands behind the keyword as it is and may have comments;
// it is empty when there is none. A Name that id does not say becomes an
// annotation.
//
// The first line is not indented and the last has no newline; the lines
// between stand indent+1 levels deep. Everything else is as in the function
// [Print].
func (x *ModulePrinter) Print(keyword, id string, indent int) {
	x.p.base = indent
	x.p.module(keyword, id)
}

// A printer writes one module at a time.
type printer struct {
	*Writer
	o     PrintOptions
	m     *wasm.Module
	base  int // indentation of the module
	names printNames
	types []uint32 // type index of every function

	instrs binary.InstrReader
	in     wasm.Instr
	labels printLabels
	lines  bool // instructions stand one a line

	dataUsed, dataKnown bool // see usesData
}

// begin prepares for a module and reads its names.
func (p *printer) begin(m *wasm.Module) {
	p.m, p.types, p.dataKnown = m, m.FuncTypeIndices(), false
	for i := range m.Funcs {
		p.Allow(len(m.Funcs[i].Body.Code))
	}
	for i := range m.Customs {
		p.Allow(len(m.Customs[i].Data))
	}
	p.names.read(p)
}

// module writes the whole form.
func (p *printer) module(keyword, id string) {
	if p.checkSize(); p.Err != nil {
		return
	}
	p.Str("(" + keyword)
	if id != "" {
		p.Str(" " + id)
	}
	p.moduleName(id)
	p.customs(wasm.SectionCustom)
	p.typeFields()
	p.customs(wasm.SectionType)
	p.imports()
	p.customs(wasm.SectionImport)
	p.customs(wasm.SectionFunc)
	p.tables()
	p.customs(wasm.SectionTable)
	p.memories()
	p.customs(wasm.SectionMemory)
	p.tags()
	p.customs(wasm.SectionTag)
	p.globals()
	p.customs(wasm.SectionGlobal)
	p.exports()
	p.customs(wasm.SectionExport)
	if p.m.Start != nil {
		p.line(1)
		p.Str("(start ")
		p.index(&p.names.funcs, *p.m.Start)
		p.Str(")")
	}
	p.customs(wasm.SectionStart)
	p.elems()
	p.customs(wasm.SectionElem)
	p.customs(wasm.SectionDataCount)
	p.funcs()
	p.customs(wasm.SectionCode)
	p.datas()
	p.customs(wasm.SectionData)
	if len(p.m.Types)+len(p.types)+len(p.m.Imports)+len(p.m.Customs) == 0 && !p.hasFields() {
		p.Str(")")
		return
	}
	p.line(0)
	p.Str(")")
}

// hasFields tells whether there are fields other than types, imports,
// functions and custom sections.
func (p *printer) hasFields() bool {
	m := p.m
	return len(m.Tables)+len(m.Memories)+len(m.Tags)+len(m.Globals)+len(m.Exports)+
		len(m.Elems)+len(m.Datas) > 0 || m.Start != nil
}

// checkSize checks the limit on types.
func (p *printer) checkSize() {
	if p.o.Skeleton {
		return
	}
	imported := len(p.types) - len(p.m.Funcs)
	total := uint64(0)
	for i, x := range p.types {
		if t := p.m.FuncType(x); t != nil {
			total += uint64(len(t.Params)) + uint64(len(t.Results))
		}
		if i >= imported {
			for _, run := range p.m.Funcs[i-imported].Body.Locals {
				total += uint64(run.Count)
			}
		}
		if total > p.left {
			p.Fail(diag.Errorf(CodePrintLimit, diag.Pos{}, "the functions up to number %d of a module have too many parameters, results and locals: the limit for printing is %d in all; print the skeleton", i, MaxPrintTypes))
			return
		}
	}
	p.left -= total
}

// line begins a line, depth levels inside of the module.
func (p *printer) line(depth int) { p.Line(p.base + depth) }

// index writes the use of an index: the identifier if there is one.
func (p *printer) index(ids *IDs, x uint32) {
	id := ids.ID(x)
	if id != "" && !p.Afford(len(id)) {
		id = ""
	}
	if id != "" && !ids.comments {
		p.Str(id)
		return
	}
	p.Uint(uint64(x))
	if id != "" {
		p.Str(" (;" + id + ";)")
	}
}

// typeName is the identifier for uses of a type, "" when the index is to be
// printed.
func (p *printer) typeName(x uint32) string {
	id := p.names.types.ID(x)
	if id == "" || p.names.types.comments || !p.Afford(len(id)) {
		return ""
	}
	return id
}

// define writes the identifier, annotation and index of a definition, with a
// space in front.
func (p *printer) define(ids *IDs, x uint32) {
	p.Str(" ")
	if !ids.comments && ids.named(x) {
		p.Buf = append(ids.AppendDef(p.Buf, x), ' ')
	}
	if !ids.comments || ids.ID(x) == "" {
		p.Index(x)
		return
	}
	p.Str("(;")
	p.Uint(uint64(x))
	p.Str(" " + ids.ID(x) + ";)")
}
