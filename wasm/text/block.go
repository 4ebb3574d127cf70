// This file reads instruction sequences, flat structured instructions, and
// labels (Text Format, section "Control Instructions"). Open instructions are on a stack of the parser's
// own, so that their depth costs no stack of the program.

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
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

// blockHead reads the label and type of a structured instruction, and the
// catch clauses of try_table, and appends the instruction to p.pend.
func (p *parser) blockHead(f *frame) (err error) {
	if t := p.s.Peek(); t.Kind == lex.ID {
		f.id = p.s.Name(p.s.Next())
	}
	in := &p.in
	in.Op = f.op
	if in.Block, err = p.blockType(); err != nil {
		return err
	}
	if f.op == wasm.OpTryTable {
		if in.Catches, err = p.catches(in.Catches[:0]); err != nil {
			return err
		}
	}
	if p.pend, err = binary.AppendInstr(p.pend, in); err != nil {
		return p.s.Errorf(lex.CodeSyntax, f.src, "%v", err)
	}
	return nil
}

func (p *parser) blockType() (wasm.BlockType, error) {
	if p.s.Peek().Kind != lex.LParen {
		return wasm.BlockEmpty, nil
	}
	if err := p.typeUse(paramsPlain); err != nil {
		return 0, err
	}
	u := &p.use
	if !u.explicit && len(u.params) == 0 && len(u.results) <= 1 {
		if len(u.results) == 0 {
			return wasm.BlockEmpty, nil
		}
		return wasm.BlockResult(u.results[0]), nil
	}
	x, err := p.resolve(u)
	return wasm.BlockIndex(x), err
}

// catches reads the catch clauses of try_table.
func (p *parser) catches(out []wasm.Catch) ([]wasm.Catch, error) {
	for {
		var c wasm.Catch
		var err error
		switch {
		case p.s.Open("catch"):
			c.Kind = wasm.CatchTag
		case p.s.Open("catch_ref"):
			c.Kind = wasm.CatchTagRef
		case p.s.Open("catch_all"):
			c.Kind = wasm.CatchAll
		case p.s.Open("catch_all_ref"):
			c.Kind = wasm.CatchAllRef
		default:
			return out, nil
		}
		if c.Kind.HasTag() {
			if c.Tag, err = p.index(spaceTag); err != nil {
				return out, err
			}
		}
		if c.Label, err = p.label(); err == nil {
			err = p.close()
		}
		if err != nil {
			return out, err
		}
		out = append(out, c)
	}
}
