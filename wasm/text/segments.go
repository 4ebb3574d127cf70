// This file reads element and data segments, also those written within tables
// and memories (Text Format, sections "Element Segments" and "Data Segments").

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

func (p *parser) elemField() error {
	if _, err := p.bound(spaceElem); err != nil {
		return err
	}
	e := wasm.ElemSegment{Mode: wasm.SegmentPassive}
	var err error
	explicit := false
	switch {
	case p.s.Word("declare"):
		e.Mode = wasm.SegmentDeclarative
	case p.legacyIndex():
		e.Table, err = p.index(spaceTable)
		e.Mode = wasm.SegmentActive
	case p.s.Open("table"):
		explicit = true
		if e.Table, err = p.index(spaceTable); err != nil {
			break
		}
		err = p.close()
		e.Mode = wasm.SegmentActive
	case p.s.Peek().Kind == lex.LParen && !p.s.HeadIs("ref"):
		e.Mode = wasm.SegmentActive
	}
	if err != nil {
		return err
	}
	if e.Mode == wasm.SegmentActive {
		if e.Offset, err = p.offset(); err != nil {
			return err
		}
	}
	legacy := e.Mode == wasm.SegmentActive && !explicit
	if err := p.elemList(&e, legacy); err != nil {
		return err
	}
	plain := !e.UseExprs || e.Type == wasm.FuncRef
	e.Explicit = explicit && e.Table == 0 && plain
	p.m.Elems = append(p.m.Elems, e)
	return nil
}

// legacyIndex tells whether the index of a table or memory stands before the
// offset as in WebAssembly 1.0, without parentheses.
func (p *parser) legacyIndex() bool { return p.s.Peek().Kind == lex.Number }

// offset reads the offset of an active segment.
func (p *parser) offset() (wasm.ConstExpr, error) {
	if p.s.Open("offset") {
		return p.constExpr()
	}
	return p.foldedConst()
}

// elemList reads the type and elements of a segment and its ")". Where legacy
// is set the keyword "func" may be left out.
func (p *parser) elemList(e *wasm.ElemSegment, legacy bool) error {
	e.Type = wasm.Ref(false, wasm.HeapFunc)
	t := p.s.Peek()
	switch {
	case p.s.Word("func"):
		return p.funcList(e)
	case legacy && (t.Kind == lex.RParen || p.isIndex()):
		return p.funcList(e)
	case t.Kind != lex.Keyword && t.Kind != lex.LParen:
		return p.unexpected(t, "func or a reference type")
	}
	elem, err := p.refType()
	if err != nil {
		return err
	}
	e.Type, e.UseExprs = elem, true
	return p.exprList(e)
}

// funcList reads function indices and the ")" behind them.
func (p *parser) funcList(e *wasm.ElemSegment) error {
	for p.s.Peek().Kind != lex.RParen {
		x, err := p.index(spaceFunc)
		if err != nil {
			return err
		}
		e.Funcs = append(e.Funcs, x)
	}
	e.Funcs = clip(e.Funcs)
	return p.close()
}

// exprList reads element expressions and the ")" behind them.
func (p *parser) exprList(e *wasm.ElemSegment) error {
	for p.s.Peek().Kind != lex.RParen {
		var x wasm.ConstExpr
		var err error
		if p.s.Open("item") {
			x, err = p.constExpr()
		} else {
			x, err = p.foldedConst()
		}
		if err != nil {
			return err
		}
		e.Exprs = append(e.Exprs, x)
	}
	e.Exprs = clip(e.Exprs)
	return p.close()
}

// inlineElem reads a table whose size is that of the segment within it.
func (p *parser) inlineElem(table uint32, is64 bool) error {
	elem, err := p.refType()
	if err != nil {
		return err
	}
	if !p.s.Open("elem") {
		return p.unexpected(p.s.Peek(), `"(elem" or, before the type, the size of the table`)
	}
	p.next[spaceElem]++
	e := wasm.ElemSegment{Type: elem, Table: table, UseExprs: true}
	if k := p.s.Peek().Kind; k == lex.RParen || k == lex.Number || k == lex.ID {
		err = p.funcList(&e)
		if err == nil {
			err = p.shorten(&e)
		}
	} else {
		err = p.exprList(&e)
	}
	if err != nil {
		return err
	}
	if e.Offset, err = p.zero(is64); err != nil {
		return err
	}
	n := uint64(e.Len())
	p.m.Elems = append(p.m.Elems, e)
	p.m.Tables = append(p.m.Tables, wasm.Table{Type: wasm.TableType{
		Limits: wasm.Limits{Min: n, Max: n, HasMax: true, Is64: is64},
		Elem:   elem,
	}})
	return p.close()
}

// shorten turns a segment of function indices with a type into its shortest
// form: indices where the type is that of all functions, expressions
// otherwise.
func (p *parser) shorten(e *wasm.ElemSegment) error {
	plain := wasm.Ref(false, wasm.HeapFunc)
	if e.Type == wasm.FuncRef || e.Type == plain {
		e.Type, e.UseExprs = plain, false
		return nil
	}
	for _, x := range e.Funcs {
		c, err := p.makeConst(&wasm.Instr{Op: wasm.OpRefFunc, Index: x})
		if err != nil {
			return err
		}
		e.Exprs = append(e.Exprs, c)
	}
	e.Funcs = nil
	return nil
}

// zero is the offset of a segment within a table or memory.
func (p *parser) zero(is64 bool) (wasm.ConstExpr, error) {
	op := wasm.OpI32Const
	if is64 {
		op = wasm.OpI64Const
	}
	return p.makeConst(&wasm.Instr{Op: op})
}

// makeConst makes an expression of an instruction that the text implies.
func (p *parser) makeConst(in *wasm.Instr) (wasm.ConstExpr, error) {
	p.begin()
	p.at(p.s.Mark())
	var err error
	if p.code, err = binary.AppendInstr(p.code, in); err != nil {
		return wasm.ConstExpr{}, err
	}
	return p.endConst(p.s.Mark()), nil
}

func (p *parser) dataField() error {
	if _, err := p.bound(spaceData); err != nil {
		return err
	}
	d := wasm.DataSegment{Mode: wasm.SegmentPassive}
	var err error
	if p.legacyIndex() {
		d.Mode = wasm.SegmentActive
		if d.Memory, err = p.index(spaceMemory); err != nil {
			return err
		}
	} else if p.s.Open("memory") {
		if d.Memory, err = p.index(spaceMemory); err != nil {
			return err
		}
		if err = p.close(); err != nil {
			return err
		}
		d.Mode = wasm.SegmentActive
		d.Explicit = d.Memory == 0
	}
	if d.Mode == wasm.SegmentActive || p.s.Peek().Kind == lex.LParen {
		d.Mode = wasm.SegmentActive
		if d.Offset, err = p.offset(); err != nil {
			return err
		}
	}
	if d.Init, err = p.dataString(); err != nil {
		return err
	}
	p.m.Datas = append(p.m.Datas, d)
	return nil
}

// dataString reads strings and the ")" behind them.
func (p *parser) dataString() ([]byte, error) {
	var b []byte
	for p.s.Peek().Kind == lex.String {
		b = p.s.AppendString(b, p.s.Next())
	}
	if t := p.s.Peek(); t.Kind != lex.RParen {
		return nil, p.unexpected(t, `a string or ")"`)
	}
	return clip(b), p.close()
}

// inlineData reads a memory whose size is that of the segment within it.
func (p *parser) inlineData(memory uint32, is64 bool) error {
	t := wasm.MemoryType{Limits: wasm.Limits{Is64: is64, HasMax: true}}
	if err := p.pageSize(&t); err != nil {
		return err
	}
	if !p.s.Open("data") {
		return p.unexpected(p.s.Peek(), `the size of the memory or "(data"`)
	}
	p.next[spaceData]++
	init, err := p.dataString()
	if err != nil {
		return err
	}
	d := wasm.DataSegment{Memory: memory, Init: init}
	if d.Offset, err = p.zero(is64); err != nil {
		return err
	}
	pages := uint64(len(init)) / t.PageSize()
	if uint64(len(init))%t.PageSize() != 0 {
		pages++
	}
	t.Limits.Min, t.Limits.Max = pages, pages
	p.m.Datas = append(p.m.Datas, d)
	p.m.Memories = append(p.m.Memories, t)
	return p.close()
}
