// This file writes modules: the preamble and the sequence of sections (Binary
// Format, section "Modules").

package binary

import (
	"math"
	"slices"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary/values"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// Encode writes a module. It writes custom sections at their place, a section
// that is empty only if Module.Sections lists it, and integers in as few bytes
// as possible except where the module records a width.
//
// A module that the format cannot express, for example one with a value type
// of validation only, is an error with [CodeEncode]; Encode does not validate.
func Encode(m *wasm.Module) ([]byte, error) {
	e := encoder{Writer: values.NewWriter(nil, &format), m: m}
	e.out = append(make([]byte, 0, e.sizeHint()), magic+versionModule...)
	e.customs(wasm.SectionCustom)
	for _, id := range wasm.SectionOrder {
		e.section(id)
		e.customs(id)
	}
	if e.Err == nil && e.nextCustom < len(m.Customs) {
		c := &m.Customs[e.nextCustom]
		e.Fail("the custom section %q is out of order: it stands after the %s section", c.Name, c.After)
	}
	if e.Err != nil {
		return nil, e.Err
	}
	return e.out, nil
}

// An encoder writes one module.
type encoder struct {
	values.Writer // content of the section being written
	m             *wasm.Module
	out           []byte
	nextCustom    int
}

// sizeHint estimates the size of the binary from its large parts.
func (e *encoder) sizeHint() int {
	n := 1024 + e.codeHint()
	for i := range e.m.Datas {
		n += len(e.m.Datas[i].Init) + 16
	}
	for i := range e.m.Customs {
		n += len(e.m.Customs[i].Data) + len(e.m.Customs[i].Name) + 16
	}
	return n
}

// codeHint estimates the size of the code section.
func (e *encoder) codeHint() (n int) {
	for i := range e.m.Funcs {
		n += len(e.m.Funcs[i].Body.Code) + 16
	}
	return n
}

// customs writes the custom sections that stand after a section.
func (e *encoder) customs(after wasm.SectionID) {
	for e.nextCustom < len(e.m.Customs) && e.m.Customs[e.nextCustom].After == after {
		c := &e.m.Customs[e.nextCustom]
		e.nextCustom++
		e.Buf = e.Buf[:0]
		e.PaddedLen(len(c.Name), c.NameLen)
		e.Buf = append(e.Buf, c.Name...)
		e.frame(wasm.SectionCustom, c.SizeLen, len(e.Buf)+len(c.Data))
		e.out = append(e.out, e.Buf...)
		e.out = append(e.out, c.Data...)
	}
}

// frame writes the id and size of a section.
func (e *encoder) frame(id wasm.SectionID, sizeLen uint8, size int) {
	if uint64(size) > math.MaxUint32 {
		e.Fail("the %s section has %d bytes", id, size)
	}
	e.out = append(e.out, byte(id))
	e.out = leb128.AppendUintPadded(e.out, uint64(size), values.Width(sizeLen))
}

// section writes a section unless it is empty and not recorded.
func (e *encoder) section(id wasm.SectionID) {
	if e.Err != nil {
		return
	}
	hint, recorded := e.m.Section(id)
	e.Buf = e.Buf[:0]
	n := e.elements(id)
	if n == 0 && (!recorded || id == wasm.SectionStart || id == wasm.SectionDataCount) {
		return
	}
	if n >= 0 {
		e.PaddedLen(n, hint.CountLen)
	}
	e.content(id)
	e.frame(id, hint.SizeLen, len(e.Buf))
	e.out = append(e.out, e.Buf...)
}

// elements is the number of elements of a section, and -1 for a section
// without a count that is there; for such a section that is not there it is 0.
func (e *encoder) elements(id wasm.SectionID) int {
	n := e.m.Entries(id)
	switch {
	case id == wasm.SectionType:
		return e.recGroups()
	case n > 0 && (id == wasm.SectionStart || id == wasm.SectionDataCount):
		return -1
	}
	return n
}

func (e *encoder) content(id wasm.SectionID) {
	switch id {
	case wasm.SectionType:
		e.types()
	case wasm.SectionImport:
		e.imports()
	case wasm.SectionFunc:
		for i := range e.m.Funcs {
			e.U32(e.m.Funcs[i].TypeIndex)
		}
	case wasm.SectionTable:
		e.tables()
	case wasm.SectionMemory:
		for _, t := range e.m.Memories {
			e.memoryType(t)
		}
	case wasm.SectionTag:
		for _, t := range e.m.Tags {
			e.Byte(0)
			e.U32(t.TypeIndex)
		}
	case wasm.SectionGlobal:
		for i := range e.m.Globals {
			e.globalType(e.m.Globals[i].Type)
			e.constExpr(e.m.Globals[i].Init, "the initial value of a global")
		}
	case wasm.SectionExport:
		for _, x := range e.m.Exports {
			e.Name(x.Name)
			e.Byte(byte(x.Kind))
			e.U32(x.Index)
		}
	case wasm.SectionStart:
		e.U32(*e.m.Start)
	case wasm.SectionElem:
		for i := range e.m.Elems {
			e.elem(&e.m.Elems[i])
		}
	case wasm.SectionDataCount:
		e.U32(*e.m.DataCount)
	case wasm.SectionCode:
		e.Buf = slices.Grow(e.Buf, e.codeHint())
		for i := range e.m.Funcs {
			e.body(&e.m.Funcs[i].Body)
		}
	case wasm.SectionData:
		for i := range e.m.Datas {
			e.data(&e.m.Datas[i])
		}
	}
}

func (e *encoder) body(b *wasm.Body) {
	if len(b.Code) == 0 {
		e.Fail("a function body is empty: at least end is needed")
		return
	}
	size := LocalsLen(b.Locals) + len(b.Code)
	if uint64(size) > math.MaxUint32 {
		e.Fail("a function body has %d bytes", size)
		return
	}
	e.PaddedLen(size, b.SizeLen)
	e.U32(uint32(len(b.Locals)))
	for _, run := range b.Locals {
		e.U32(run.Count)
		e.valType(run.Type)
	}
	e.Buf = append(e.Buf, b.Code...)
}

// LocalsLen is the number of bytes that Encode takes for local declarations,
// between the start of a function's entry and its first instruction.
func LocalsLen(runs []wasm.LocalRun) int {
	n := leb128.UintLen(uint64(len(runs)))
	for _, run := range runs {
		n += leb128.UintLen(uint64(run.Count)) + valTypeLen(run.Type)
	}
	return n
}
