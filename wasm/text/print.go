// This file is the printer of modules: its options, its limits, and the order
// of a module's fields (Text Format, section "Modules").

package text

import (
	"io"
	"strconv"

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
	// that the functions of a module may have together. The binary format
	// declares 50,000 locals in four bytes; the text lists them one by one.
	MaxPrintTypes = 10_000_000

	// printIndentLevels is how deep indentation grows.
	printIndentLevels = 50
	// printFlush is how much text is collected before it is written, in bytes.
	printFlush = 64 << 10
	// Identifiers of up to printShort bytes are printed wherever they are used,
	// those of more than printLong bytes only where they are defined. The uses
	// of the others may take printBudget bytes together, and printBudgetByte
	// more for each byte of a body; beyond that they are printed as indices.
	printShort      = 64
	printLong       = 4096
	printBudget     = 64 << 20
	printBudgetByte = 32
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
	p := newPrinter(w, m, 0, o)
	p.names.read(p)
	id := ""
	if p.names.names.HasModule {
		id = PrintID(p.names.names.Module)
	}
	p.module("module", id)
	p.str("\n")
	return p.finish()
}

// PrintNested writes a module inside of another form: "(keyword id ...)", for
// example with the keyword "core module". id stands behind the keyword as it
// is and may have comments; it is empty when there is none. The name that the
// module has in its name section becomes an annotation.
//
// The first line is not indented and the last has no newline; the lines
// between stand indent+1 levels deep. Everything else is as in [Print].
func PrintNested(w io.Writer, m *wasm.Module, keyword, id string, indent int, o PrintOptions) error {
	p := newPrinter(w, m, indent, o)
	p.names.read(p)
	p.module(keyword, id)
	return p.finish()
}

// A printer writes one module.
type printer struct {
	w      io.Writer
	buf    []byte
	err    error
	m      *wasm.Module
	o      PrintOptions
	base   int // indentation of the module
	budget int // what is left of printBudget
	names  printNames
	types  []uint32 // type index of every function

	instrs binary.InstrReader
	in     wasm.Instr
	labels printLabels
	lines  bool // instructions stand one a line

	dataUsed, dataKnown bool // see usesData
}

func newPrinter(w io.Writer, m *wasm.Module, indent int, o PrintOptions) *printer {
	p := &printer{w: w, m: m, o: o, base: max(indent, 0), budget: printBudget}
	p.buf = make([]byte, 0, printFlush+printFlush/4)
	p.types = m.FuncTypeIndices()
	for i := range m.Funcs {
		p.budget += printBudgetByte * len(m.Funcs[i].Body.Code)
	}
	return p
}

// module writes the whole form.
func (p *printer) module(keyword, id string) {
	if p.checkSize(); p.err != nil {
		return
	}
	p.str("(" + keyword)
	if id != "" {
		p.str(" " + id)
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
		p.str("(start ")
		p.index(&p.names.funcs, *p.m.Start)
		p.str(")")
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
		p.str(")")
		return
	}
	p.line(0)
	p.str(")")
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
	imported := len(p.types) - len(p.m.Funcs)
	total := uint64(0)
	for i, x := range p.types {
		if t := p.m.FuncType(x); t != nil {
			total += uint64(len(t.Params)) + uint64(len(t.Results))
		}
		if i < imported {
			continue
		}
		for _, run := range p.m.Funcs[i-imported].Body.Locals {
			total += uint64(run.Count)
		}
		if total > MaxPrintTypes && !p.o.Skeleton {
			p.fail(diag.Errorf(CodePrintLimit, diag.Pos{}, "the first %d functions have %d parameters, results and locals, and the limit for printing is %d in all: print the skeleton, or fewer functions", i+1, total, MaxPrintTypes))
			return
		}
	}
}

// fail records the first error.
func (p *printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// finish writes what is left.
func (p *printer) finish() error {
	p.flush()
	return p.err
}

func (p *printer) flush() {
	if p.err == nil && len(p.buf) > 0 {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
}

// room writes the collected text if it is long.
func (p *printer) room() {
	if len(p.buf) >= printFlush {
		p.flush()
	}
}

func (p *printer) str(s string) { p.buf = append(p.buf, s...) }

func (p *printer) uint(v uint64) { p.buf = strconv.AppendUint(p.buf, v, 10) }

const printSpaces = "\n                                                                                                    " +
	"                                                                                                    "

// line begins a line, depth levels inside of the module.
func (p *printer) line(depth int) {
	p.room()
	n := 2 * min(p.base+depth, printIndentLevels)
	p.buf = append(p.buf, printSpaces[:1+n]...)
}

// afford tells whether an identifier of n bytes may be used.
func (p *printer) afford(n int) bool {
	if n <= printShort {
		return true
	}
	if n > printLong || n > p.budget {
		return false
	}
	p.budget -= n
	return true
}

// index writes the use of an index: the identifier if there is one.
func (p *printer) index(ids *IDs, x uint32) {
	id := ids.ID(x)
	if id != "" && !p.afford(len(id)) {
		id = ""
	}
	if id != "" && !ids.comments {
		p.str(id)
		return
	}
	p.uint(uint64(x))
	if id != "" {
		p.str(" (;" + id + ";)")
	}
}

// typeName is the identifier for uses of a type, "" when the index is to be
// printed.
func (p *printer) typeName(x uint32) string {
	id := p.names.types.ID(x)
	if id == "" || p.names.types.comments || !p.afford(len(id)) {
		return ""
	}
	return id
}

// define writes the identifier, annotation and index of a definition, with a
// space in front.
func (p *printer) define(ids *IDs, x uint32) {
	p.str(" ")
	if !ids.comments && ids.named(x) {
		p.buf = append(ids.AppendDef(p.buf, x), ' ')
	}
	p.str("(;")
	p.uint(uint64(x))
	if ids.comments && ids.ID(x) != "" {
		p.str(" " + ids.ID(x))
	}
	p.str(";)")
}
