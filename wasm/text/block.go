// This file reads instruction sequences: flat, folded, and the structured
// instructions in both forms (Text Format, sections "Control Instructions" and
// "Folded Instructions"). Open instructions are on a stack of the parser's
// own, so that their depth costs no stack of the program.

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A frame is an open instruction or a part of one.
type frame struct {
	kind frameKind
	op   wasm.Opcode
	// state is the number of parts that came: for if 1 behind then, 2 behind
	// else; for try 1 behind do and each catch, 2 behind catch_all.
	state uint8
	// labelled is set when the frame holds a label. shadowed is the depth of
	// the label of the same identifier further out, 0 when there is none.
	labelled bool
	shadowed uint32
	src      uint32
	pend     uint32 // where the encoded instruction starts in pend
	hint     hint
	id       string // identifier of the label, "" for none
}

// A frameKind says what a frame waits for.
type frameKind uint8

const (
	flatBlock   frameKind = iota // instructions, end
	foldedPlain                  // folded operands, ")"
	foldedBlock                  // instructions, ")"
	foldedIf                     // folded operands, (then), (else), ")"
	foldedTry                    // (do), (catch), (catch_all), (delegate), ")"
	foldedArm                    // instructions, ")"
)

// instrs reads instructions up to the ")" that ends the expression, and leaves
// that.
func (p *parser) instrs() error {
	for {
		t := p.s.Peek()
		if t.Kind == lex.RParen && len(p.frames) == 0 {
			return p.noHint()
		}
		p.s.Next()
		if err := p.step(t); err != nil {
			return err
		}
	}
}

// foldedInstr reads one folded instruction.
func (p *parser) foldedInstr() error {
	t := p.s.Next()
	if t.Kind != lex.LParen {
		return p.unexpected(t, `"(" and an instruction`)
	}
	if err := p.open(t); err != nil {
		return err
	}
	for len(p.frames) > 0 {
		if err := p.step(p.s.Next()); err != nil {
			return err
		}
	}
	return nil
}

// step reads what starts with a token.
func (p *parser) step(t lex.Token) error {
	switch t.Kind {
	case lex.LParen:
		return p.open(t)
	case lex.RParen:
		return p.closeFolded(t)
	case lex.Keyword:
		if n := len(p.frames); n == 0 || p.frames[n-1].kind == flatBlock ||
			p.frames[n-1].kind == foldedBlock || p.frames[n-1].kind == foldedArm {
			return p.flat(t)
		}
	case lex.Annotation:
		return p.hintAnnotation(t)
	}
	return p.unexpected(t, p.wanted())
}

// wanted says what may come next.
func (p *parser) wanted() string {
	if len(p.frames) == 0 {
		return `an instruction or ")"`
	}
	switch f := p.top(); {
	case f.kind == flatBlock:
		return "an instruction or the end of " + f.op.String()
	case f.kind == foldedPlain:
		return `a folded instruction or ")"`
	case f.kind == foldedIf && f.state == 0:
		return `a folded instruction or "(then"`
	case f.kind == foldedIf && f.state == 1:
		return `"(else" or ")"`
	case f.kind == foldedTry && f.state == 0:
		return `"(do"`
	case f.kind == foldedTry && f.state == 1:
		return `"(catch", "(catch_all" or ")"`
	case f.kind == foldedIf || f.kind == foldedTry:
		return `")"`
	}
	return `an instruction or ")"`
}

func (p *parser) top() *frame { return &p.frames[len(p.frames)-1] }

// push adds a frame.
func (p *parser) push(f frame) error {
	if len(p.frames) >= maxBlocks {
		return p.s.Errorf(lex.CodeLimit, f.src, "instructions nest deeper than %d", maxBlocks)
	}
	p.frames = append(p.frames, f)
	return nil
}

func (p *parser) pop() { p.frames = p.frames[:len(p.frames)-1] }

// emit takes the encoded instruction at pend to the code.
func (p *parser) emit(src, pend uint32, h hint) {
	p.takeHint(h)
	p.at(src)
	p.code = append(p.code, p.pend[pend:]...)
	p.pend = p.pend[:pend]
}

func (p *parser) emitOp(src uint32, op wasm.Opcode) {
	p.at(src)
	p.code = append(p.code, byte(op))
}

// enter opens the label of a frame.
func (p *parser) enter(f *frame) {
	p.depth++
	f.labelled = true
	if f.id != "" {
		if p.labelIDs == nil {
			p.labelIDs = map[string]uint32{}
		}
		f.shadowed = p.labelIDs[f.id]
		p.labelIDs[f.id] = p.depth
		if p.inFunc {
			addIndirect(&p.names.Labels, p.function, p.labels, f.id)
		}
	}
	p.labels++
}

// leave closes the label of a frame.
func (p *parser) leave(f *frame) {
	p.depth--
	f.labelled = false
	switch {
	case f.id == "":
	case f.shadowed == 0:
		delete(p.labelIDs, f.id)
	default:
		p.labelIDs[f.id] = f.shadowed
	}
}

// label reads a label index.
func (p *parser) label() (uint32, error) {
	t := p.s.Next()
	switch t.Kind {
	case lex.Number:
		return p.u32(t)
	case lex.ID:
		at, ok := p.labelIDs[string(p.s.NameBytes(t))]
		if !ok {
			return 0, p.unknown("label", t)
		}
		return p.depth - at, nil
	}
	return 0, p.unexpected(t, "a label")
}

// opcode is the opcode of a keyword.
func (p *parser) opcode(t lex.Token) (wasm.Opcode, error) {
	if t.Kind == lex.Keyword {
		if op, ok := p.words[string(p.s.Bytes(t))]; ok && op != noOpcode {
			return op, nil
		}
	}
	return 0, p.unexpected(t, "an instruction")
}

// flat reads an instruction that is not in parentheses.
func (p *parser) flat(t lex.Token) error {
	op, err := p.opcode(t)
	if err != nil {
		return err
	}
	switch op {
	case wasm.OpElse, wasm.OpCatch, wasm.OpCatchAll, wasm.OpDelegate, wasm.OpEnd:
		return p.part(t, op)
	}
	h, err := p.hintFor(op, t)
	if err != nil {
		return err
	}
	pend := uint32(len(p.pend))
	switch op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTry, wasm.OpTryTable:
		f := frame{kind: flatBlock, op: op, src: t.Pos}
		if err := p.blockHead(&f); err != nil {
			return err
		}
		p.emit(t.Pos, pend, h)
		p.enter(&f)
		return p.push(f)
	}
	if err := p.plain(op, t); err != nil {
		return err
	}
	p.emit(t.Pos, pend, h)
	return nil
}

// part reads a keyword that divides or ends a flat block.
func (p *parser) part(t lex.Token, op wasm.Opcode) error {
	if len(p.frames) == 0 || p.top().kind != flatBlock {
		return p.unexpected(t, p.wanted())
	}
	if err := p.noHint(); err != nil {
		return err
	}
	f := p.top()
	isTry := f.op == wasm.OpTry
	switch {
	case op == wasm.OpEnd:
		p.emitOp(t.Pos, op)
		err := p.sameLabel(f)
		p.leave(f)
		p.pop()
		return err
	case op == wasm.OpElse && f.op == wasm.OpIf && f.state == 0:
		f.state = 2
		p.emitOp(t.Pos, op)
		return p.sameLabel(f)
	case op == wasm.OpCatch && isTry && f.state < 2:
		f.state = 1
		return p.emitPlain(op, t)
	case op == wasm.OpCatchAll && isTry && f.state < 2:
		f.state = 2
		p.emitOp(t.Pos, op)
		return nil
	case op == wasm.OpDelegate && isTry && f.state == 0:
		p.leave(f)
		p.pop()
		return p.emitPlain(op, t)
	}
	return p.unexpected(t, p.wanted())
}

// emitPlain reads the immediates of an instruction and adds it to the code.
func (p *parser) emitPlain(op wasm.Opcode, t lex.Token) error {
	pend := uint32(len(p.pend))
	if err := p.plain(op, t); err != nil {
		return err
	}
	p.emit(t.Pos, pend, hint{})
	return nil
}

// sameLabel reads the identifier that may be repeated behind end and else.
func (p *parser) sameLabel(f *frame) error {
	t := p.s.Peek()
	if t.Kind != lex.ID {
		return nil
	}
	p.s.Next()
	switch {
	case f.id == "":
		return p.s.Errorf(CodeName, t.Pos, "mismatching label %s: the %s has none", p.s.Describe(t), f.op)
	case f.id != string(p.s.NameBytes(t)):
		return p.s.Errorf(CodeName, t.Pos, "mismatching label %s: that of the %s is $%s", p.s.Describe(t), f.op, f.id)
	}
	return nil
}

// open reads an instruction behind its "(".
func (p *parser) open(paren lex.Token) error {
	t := p.s.Next()
	if n := len(p.frames); n > 0 {
		f := &p.frames[n-1]
		switch {
		case f.kind == foldedIf && (f.state > 0 || t.Kind == lex.Keyword && string(p.s.Bytes(t)) == "then"):
			return p.ifArm(f, t)
		case f.kind == foldedTry:
			return p.tryArm(f, t)
		}
	}
	op, err := p.opcode(t)
	if err != nil {
		return err
	}
	f := frame{kind: foldedPlain, op: op, src: t.Pos, pend: uint32(len(p.pend))}
	if f.hint, err = p.hintFor(op, t); err != nil {
		return err
	}
	switch op {
	case wasm.OpElse, wasm.OpCatch, wasm.OpCatchAll, wasm.OpDelegate, wasm.OpEnd:
		return p.unexpected(t, "an instruction")
	case wasm.OpBlock, wasm.OpLoop, wasm.OpTryTable:
		f.kind = foldedBlock
	case wasm.OpIf:
		f.kind = foldedIf
	case wasm.OpTry:
		f.kind = foldedTry
	default:
		if err := p.plain(op, t); err != nil {
			return err
		}
		if p.s.Peek().Kind == lex.RParen {
			p.s.Next()
			p.emit(t.Pos, f.pend, f.hint)
			return nil
		}
		return p.push(f)
	}
	if err := p.blockHead(&f); err != nil {
		return err
	}
	if op != wasm.OpIf {
		p.emit(t.Pos, f.pend, f.hint)
		p.enter(&f)
	}
	return p.push(f)
}

// ifArm reads "then" or "else" of a folded if, behind the "(".
func (p *parser) ifArm(f *frame, t lex.Token) error {
	if t.Kind != lex.Keyword {
		return p.unexpected(t, p.wanted())
	}
	switch word := string(p.s.Bytes(t)); {
	case f.state == 0 && word == "then":
		if err := p.noHint(); err != nil {
			return err
		}
		p.emit(f.src, f.pend, f.hint)
		p.enter(f)
	case f.state == 1 && word == "else":
		p.emitOp(t.Pos, wasm.OpElse)
	default:
		return p.unexpected(t, p.wanted())
	}
	f.state++
	return p.push(frame{kind: foldedArm, op: f.op, src: t.Pos})
}

// tryArm reads a part of a folded try, behind the "(".
func (p *parser) tryArm(f *frame, t lex.Token) error {
	if t.Kind != lex.Keyword {
		return p.unexpected(t, p.wanted())
	}
	switch word := string(p.s.Bytes(t)); {
	case f.state == 0 && word == "do":
		f.state = 1
	case f.state == 1 && word == "catch":
		f.op = wasm.OpCatch // no delegate any more
		if err := p.emitPlain(wasm.OpCatch, t); err != nil {
			return err
		}
	case f.state == 1 && word == "catch_all":
		f.state = 2
		p.emitOp(t.Pos, wasm.OpCatchAll)
	case f.state == 1 && word == "delegate" && f.op == wasm.OpTry:
		p.leave(f)
		p.pop()
		if err := p.emitPlain(wasm.OpDelegate, t); err != nil {
			return err
		}
		if err := p.close(); err != nil {
			return err
		}
		return p.close()
	default:
		return p.unexpected(t, p.wanted())
	}
	return p.push(frame{kind: foldedArm, op: wasm.OpTry, src: t.Pos})
}

// closeFolded ends the innermost frame at a ")".
func (p *parser) closeFolded(t lex.Token) error {
	if len(p.frames) == 0 {
		return p.unexpected(t, "an instruction")
	}
	if err := p.noHint(); err != nil {
		return err
	}
	f := p.top()
	switch {
	case f.kind == flatBlock, (f.kind == foldedIf || f.kind == foldedTry) && f.state == 0:
		return p.unexpected(t, p.wanted())
	case f.kind == foldedPlain:
		p.emit(f.src, f.pend, f.hint)
	case f.labelled:
		p.emitOp(t.Pos, wasm.OpEnd)
		p.leave(f)
	}
	p.pop()
	return nil
}
