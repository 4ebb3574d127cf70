// This file prints functions (Text Format, sections "Functions" and
// "Control Instructions").

package text

import (
	"io"

	"github.com/dray-wasm/dray/wasm"
)

// shortType tells whether the parameters and results of a type may be repeated
// where it is used.
func (p *printer) shortType(x uint32) bool {
	t := p.m.FuncType(x)
	return t != nil && len(t.Params)+len(t.Results) <= printTypeList
}

func (p *printer) funcs() {
	first := len(p.types) - len(p.m.Funcs)
	for i := range p.m.Funcs {
		p.function(uint32(first+i), &p.m.Funcs[i])
		if p.Err != nil {
			return
		}
	}
}

// function writes one function.
func (p *printer) function(x uint32, f *wasm.Func) {
	ids := p.names.locals(p, x)
	p.open("(func", &p.names.funcs, x)
	if p.o.Skeleton {
		p.typeUse(f.TypeIndex, p.shortType(f.TypeIndex), ids)
		p.Size(len(f.Body.Code), "bytes")
		p.Str(")")
		return
	}
	p.typeUse(f.TypeIndex, true, ids)
	long := p.locals(f, ids)
	if len(f.Body.Code) == 0 {
		p.failModule("the body of function %d is empty: at least end is needed", x)
		return
	}
	if p.code(&f.Body, p.names.names.Labels.Get(x)) > 0 || long {
		p.line(1)
	}
	p.Str(")")
}

// locals writes the declarations of the locals on one line, and tells whether
// there are any.
func (p *printer) locals(f *wasm.Func, ids *IDs) (any bool) {
	x := uint32(0)
	if t := p.m.FuncType(f.TypeIndex); t != nil {
		x = uint32(len(t.Params))
	}
	open, head := false, "(local"
	for _, run := range f.Body.Locals {
		for range run.Count {
			if !any {
				p.line(2)
			}
			open = p.declareOne(head, run.Type, x, ids, open)
			any, head = true, " (local"
			x++
		}
	}
	if open {
		p.Str(")")
	}
	return any
}

// code writes the instructions of a body one a line, without the final end,
// and gives their number.
func (p *printer) code(b *wasm.Body, names wasm.NameMap) (n int) {
	r := &p.instrs
	r.Reset(b.Code, b.Offset)
	p.labels.reset(names)
	p.lines = true
	for p.Err == nil {
		if err := r.Next(&p.in); err != nil {
			if err != io.EOF {
				p.Fail(err)
			}
			return n
		}
		depth := r.Depth()
		if depth < 0 {
			continue
		}
		switch p.in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTry, wasm.OpTryTable,
			wasm.OpElse, wasm.OpCatch, wasm.OpCatchAll:
			depth--
		}
		p.line(2 + depth)
		if p.o.Offsets {
			p.offset(p.in.Pos)
		}
		p.instr()
		n++
	}
	return n
}

// offset writes the place of an instruction.
func (p *printer) offset(pos int64) {
	p.Str("(;@")
	p.Buf = printHex(p.Buf, uint64(pos))
	p.Str(";) ")
}

// printLabels are the labels that are in scope: that of the function body
// first.
type printLabels struct {
	open []printLabel
	// names are those of the structured instructions from number next on that
	// are still to come.
	names wasm.NameMap
	next  uint32
	// visible is the innermost open label of each name.
	visible map[string]int
}

// A printLabel is a label. Its identifier has "$" in front; it is empty when
// the label has none.
type printLabel struct {
	id     string
	hidden int // the outer label with the same identifier, -1 for none
}

// reset begins a function or expression.
func (l *printLabels) reset(names wasm.NameMap) {
	l.open = append(l.open[:0], printLabel{})
	l.names, l.next = names, 0
	if len(names) > 0 && l.visible == nil {
		l.visible = make(map[string]int)
	}
}

// push opens the label of a structured instruction.
func (l *printLabels) push() {
	label := printLabel{hidden: -1}
	for len(l.names) > 0 && l.names[0].Index < l.next {
		l.names = l.names[1:]
	}
	if len(l.names) > 0 && l.names[0].Index == l.next {
		label.id = PrintID(l.names[0].Name)
	}
	if label.id != "" {
		if outer, ok := l.visible[label.id]; ok {
			label.hidden = outer
		}
		l.visible[label.id] = len(l.open)
	}
	l.next++
	l.open = append(l.open, label)
}

// pop closes the innermost label.
func (l *printLabels) pop() {
	label := l.open[len(l.open)-1]
	l.open = l.open[:len(l.open)-1]
	switch {
	case label.id == "":
	case label.hidden >= 0:
		l.visible[label.id] = label.hidden
	default:
		delete(l.visible, label.id)
	}
}

// label writes the use of a label: its identifier where that names it here,
// otherwise its index with the number of the block it means.
func (p *printer) label(x uint32) {
	l := &p.labels
	at := int64(len(l.open)) - 1 - int64(x)
	if at < 0 {
		p.Uint(uint64(x))
		return
	}
	if id := l.open[at].id; id != "" && l.visible[id] == int(at) && p.Afford(len(id)) {
		p.Str(id)
		return
	}
	p.Uint(uint64(x))
	p.Str(" (;@")
	p.Uint(uint64(at))
	p.Str(";)")
}

// block writes the label and type of a structured instruction, and the catch
// clauses of a try_table.
func (p *printer) block() {
	in := &p.in
	l := &p.labels
	l.push()
	opened := l.open[len(l.open)-1]
	if opened.id != "" {
		p.Str(" " + opened.id)
	}
	if x, ok := in.Block.Index(); ok {
		p.Str(" ")
		p.typeUse(x, p.shortType(x), nil)
	} else if t, ok := in.Block.Result(); ok {
		p.Str(" (result ")
		p.Buf = append(PrintValType(p.Buf, t, p.names.typeName), ')')
	}
	if in.Op == wasm.OpTryTable {
		l.open = l.open[:len(l.open)-1]
		p.catches(in.Catches)
		l.open = append(l.open, opened)
	}
	if p.lines {
		p.Str(" ;; label = @")
		p.Uint(uint64(len(l.open) - 1))
	}
}
