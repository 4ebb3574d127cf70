// This file prints the fields of a module other than types and functions (Text
// Format, section "Modules").

package text

import (
	"io"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// failModule records that the text format cannot express the module.
func (p *printer) failModule(format string, args ...any) {
	p.Fail(diag.Errorf(CodePrintModule, diag.Pos{}, "cannot print the module: "+format, args...))
}

// space is the identifiers of the index space of a kind.
func (n *printNames) space(k wasm.ExternKind) *IDs {
	switch k {
	case wasm.ExternFunc:
		return &n.funcs
	case wasm.ExternTable:
		return &n.tables
	case wasm.ExternMemory:
		return &n.memories
	case wasm.ExternGlobal:
		return &n.globals
	case wasm.ExternTag:
		return &n.tags
	}
	return new(IDs)
}

func (p *printer) imports() {
	var next [wasm.ExternTag + 1]uint32
	for i := range p.m.Imports {
		imp := &p.m.Imports[i]
		k := imp.Type.Kind
		if k > wasm.ExternTag {
			p.failModule("there is no import of kind %d", k)
			return
		}
		p.line(1)
		p.Str("(import ")
		p.Quote(imp.Module)
		p.Str(" ")
		p.Quote(imp.Name)
		p.Str(" (" + k.String())
		p.define(p.names.space(k), next[k])
		p.Str(" ")
		p.externType(&imp.Type, next[k])
		next[k]++
		p.Str("))")
	}
}

// externType writes the type of the import with an index behind its keyword.
// The parameters of functions are listed only where they have names.
func (p *printer) externType(t *wasm.ExternType, x uint32) {
	switch t.Kind {
	case wasm.ExternFunc:
		ids := p.names.locals(p, x)
		p.typeUse(t.TypeIndex, len(ids.ids) > 0, ids)
	case wasm.ExternTag:
		p.typeUse(t.TypeIndex, false, nil)
	case wasm.ExternTable:
		p.Buf = printTableType(p.Buf, t.Table, p.names.typeName)
	case wasm.ExternMemory:
		p.Str(t.Memory.String())
	case wasm.ExternGlobal:
		p.Buf = printGlobalType(p.Buf, t.Global, p.names.typeName)
	}
}

// open begins the field of a definition.
func (p *printer) open(head string, ids *IDs, x uint32) {
	p.line(1)
	p.Str(head)
	p.define(ids, x)
	p.Str(" ")
}

func (p *printer) tables() {
	first := p.m.ImportedTables()
	for i := range p.m.Tables {
		t := &p.m.Tables[i]
		p.open("(table", &p.names.tables, uint32(first+i))
		p.Buf = printTableType(p.Buf, t.Type, p.names.typeName)
		if len(t.Init.Code) > 0 {
			p.expr(t.Init, "")
		}
		p.Str(")")
	}
}

func (p *printer) memories() {
	first := p.m.ImportedMemories()
	for i, t := range p.m.Memories {
		p.open("(memory", &p.names.memories, uint32(first+i))
		p.Str(t.String())
		p.Str(")")
	}
}

func (p *printer) tags() {
	first := p.m.ImportedTags()
	for i, t := range p.m.Tags {
		p.open("(tag", &p.names.tags, uint32(first+i))
		p.typeUse(t.TypeIndex, p.shortType(t.TypeIndex), nil)
		p.Str(")")
	}
}

func (p *printer) globals() {
	first := p.m.ImportedGlobals()
	for i := range p.m.Globals {
		g := &p.m.Globals[i]
		p.open("(global", &p.names.globals, uint32(first+i))
		p.Buf = printGlobalType(p.Buf, g.Type, p.names.typeName)
		p.expr(g.Init, "")
		p.Str(")")
	}
}

func (p *printer) exports() {
	for i := range p.m.Exports {
		e := &p.m.Exports[i]
		if e.Kind > wasm.ExternTag {
			p.failModule("there is no export of kind %d", e.Kind)
			return
		}
		p.line(1)
		p.Str("(export ")
		p.Quote(e.Name)
		p.Str(" (" + e.Kind.String() + " ")
		p.index(p.names.space(e.Kind), e.Index)
		p.Str("))")
	}
}

func (p *printer) elems() {
	for i := range p.m.Elems {
		e := &p.m.Elems[i]
		p.line(1)
		p.Str("(elem")
		p.define(&p.names.elems, uint32(i))
		switch e.Mode {
		case wasm.SegmentDeclarative:
			p.Str(" declare")
		case wasm.SegmentActive:
			if e.Explicit || e.Table != 0 {
				p.Str(" (table ")
				p.index(&p.names.tables, e.Table)
				p.Str(")")
			}
			p.expr(e.Offset, "offset")
		}
		p.Str(" ")
		if e.UseExprs {
			p.Buf = PrintValType(p.Buf, e.Type, p.names.typeName)
		} else {
			p.Str("func")
		}
		p.elements(e)
		p.Str(")")
	}
}

// elements writes what is in an element segment.
func (p *printer) elements(e *wasm.ElemSegment) {
	if p.o.Skeleton {
		p.Size(e.Len(), "elements")
		return
	}
	for _, x := range e.Funcs {
		p.Str(" ")
		p.index(&p.names.funcs, x)
		p.Room()
	}
	for _, x := range e.Exprs {
		p.expr(x, "item")
		p.Room()
	}
}

// expr writes a constant expression behind a space. One instruction stands in
// parentheses of its own; more stand one after another, and in parentheses
// with the keyword unless that is empty.
func (p *printer) expr(x wasm.ConstExpr, keyword string) {
	r := &p.instrs
	r.Reset(x.Code, x.Offset)
	p.labels.reset(nil)
	p.lines = false
	n := 0
	for p.Err == nil {
		err := r.Next(&p.in)
		if err == io.EOF {
			break
		}
		if err != nil {
			p.Fail(err)
			return
		}
		if n++; n > 2 {
			break
		}
	}
	single := n == 2
	switch {
	case single:
		p.Str(" (")
	case keyword != "":
		p.Str(" (" + keyword)
	}
	p.exprInstrs(x, !single)
	if single || keyword != "" {
		p.Str(")")
	}
}

// exprInstrs writes the instructions of a constant expression on one line,
// without the final end. With space there is one before the first, too.
func (p *printer) exprInstrs(x wasm.ConstExpr, space bool) {
	r := &p.instrs
	r.Reset(x.Code, x.Offset)
	for n := 0; p.Err == nil; n++ {
		if err := r.Next(&p.in); err != nil {
			if err != io.EOF {
				p.Fail(err)
			}
			return
		}
		if r.Depth() < 0 {
			continue
		}
		if n > 0 || space {
			p.Str(" ")
		}
		p.instr()
		p.Room()
	}
}

func (p *printer) datas() {
	for i := range p.m.Datas {
		d := &p.m.Datas[i]
		p.line(1)
		p.Str("(data")
		p.define(&p.names.datas, uint32(i))
		if d.Mode == wasm.SegmentActive {
			if d.Explicit || d.Memory != 0 {
				p.Str(" (memory ")
				p.index(&p.names.memories, d.Memory)
				p.Str(")")
			}
			p.expr(d.Offset, "offset")
		}
		if p.o.Skeleton {
			p.Size(len(d.Init), "bytes")
		} else {
			p.Data(d.Init, p.base+1)
		}
		p.Str(")")
	}
}
