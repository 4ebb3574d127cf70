// This file reads folded instructions, structured ones included (Text Format,
// section "Folded Instructions").

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

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
