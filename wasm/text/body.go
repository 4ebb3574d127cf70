// This file is the state of the code that is read: the bytes, their places in
// the text, the open blocks, and the locals (Text Format, sections
// "Functions", "Expressions" and "Labels").

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// maxBlocks is how deep instructions may nest, flat or folded.
const maxBlocks = 100_000

// Memory for code is taken in pieces that double in size, from minChunk to
// maxChunk bytes: a small module keeps little.
const minChunk, maxChunk = 1 << 7, 1 << 16

// A body is the state of the expression that is read.
type body struct {
	// code is the expression so far. pend holds the encoded instructions of
	// open folded ones, which go to code behind their operands.
	code, pend []byte
	chunk      []byte // what is left of the memory for finished code
	chunkSize  int    // the size of the last piece of it
	virtual    uint32 // the virtual offset of code[0], less virtualBase
	places     []place
	in         wasm.Instr

	frames []frame
	// depth counts the open labels. labelIDs gives the depth of the innermost
	// label with an identifier.
	depth    uint32
	labelIDs map[string]uint32
	labels   uint32 // blocks of this function so far
	function uint32 // index of the function that is read
	inFunc   bool

	locals    map[string]uint32
	localRuns []wasm.LocalRun

	hint  hint
	found []foundHint // of this function
}

// begin starts an expression.
func (p *parser) begin() {
	p.code = p.code[:0]
}

// at says which byte of the text the next code comes from.
func (p *parser) at(src uint32) {
	p.places = append(p.places, place{code: p.virtual + uint32(len(p.code)), src: src})
}

// end ends an expression whose last token is at src, and gives its code in
// memory of its own and its virtual offset.
func (p *parser) end(src uint32) (code []byte, offset int64) {
	p.at(src)
	p.code = append(p.code, byte(wasm.OpEnd))
	n := len(p.code)
	if n > len(p.chunk) {
		p.chunkSize = min(max(minChunk, 2*p.chunkSize), maxChunk)
		p.chunk = make([]byte, max(n, p.chunkSize))
	}
	code, p.chunk = p.chunk[:n:n], p.chunk[n:]
	copy(code, p.code)
	offset = virtualBase + int64(p.virtual)
	p.virtual += uint32(n)
	return code, offset
}

func (p *parser) endConst(src uint32) wasm.ConstExpr {
	code, offset := p.end(src)
	return wasm.ConstExpr{Code: code, Offset: offset}
}

// constExpr reads instructions and the ")" behind them.
func (p *parser) constExpr() (wasm.ConstExpr, error) {
	p.begin()
	p.forgetLocals()
	if err := p.instrs(); err != nil {
		return wasm.ConstExpr{}, err
	}
	return p.endConst(p.s.Next().Pos), nil
}

// foldedConst reads one folded instruction.
func (p *parser) foldedConst() (wasm.ConstExpr, error) {
	p.begin()
	p.forgetLocals()
	if err := p.foldedInstr(); err != nil {
		return wasm.ConstExpr{}, err
	}
	return p.endConst(p.s.Mark()), nil
}

// funcField reads the type, locals and code of a function.
func (p *parser) funcField(index uint32, head lex.Token) error {
	if err := p.typeUse(paramsNamed); err != nil {
		return err
	}
	typeIndex, err := p.resolve(&p.use)
	if err != nil {
		return err
	}
	f := wasm.Func{TypeIndex: typeIndex}
	params := uint32(len(p.use.params))
	if t := p.m.FuncType(typeIndex); t != nil {
		params = uint32(len(t.Params))
	}
	p.forgetLocals()
	if err := p.bindLocals(index, p.use.names); err != nil {
		return err
	}
	if err := p.readLocals(index, params); err != nil {
		return err
	}
	if len(p.localRuns) > 0 {
		f.Body.Locals = append(f.Body.Locals, p.localRuns...)
	}
	p.places = append(p.places, place{code: p.virtual, src: head.Pos})
	f.Body.Start = virtualBase + int64(p.virtual)
	p.virtual++
	p.begin()
	p.labels, p.function, p.inFunc = 0, index, true
	if err := p.instrs(); err != nil {
		return err
	}
	f.Body.Code, f.Body.Offset = p.end(p.s.Next().Pos)
	p.inFunc = false
	p.m.Funcs = append(p.m.Funcs, f)
	p.keepHints(index, binary.LocalsLen(f.Body.Locals))
	return nil
}

// readLocals reads the declarations of locals into p.localRuns.
func (p *parser) readLocals(index, first uint32) error {
	p.localRuns = p.localRuns[:0]
	next := first
	for p.s.Open("local") {
		b, err := p.binding()
		if err != nil {
			return err
		}
		single := b.id.Kind == lex.ID || b.named
		if single {
			b.index = next
			if err := p.bindLocals(index, []paramName{b}); err != nil {
				return err
			}
		}
		for single || p.s.Peek().Kind != lex.RParen {
			t, err := p.valType()
			if err != nil {
				return err
			}
			next++
			if n := len(p.localRuns); n > 0 && p.localRuns[n-1].Type == t {
				p.localRuns[n-1].Count++
			} else {
				p.localRuns = append(p.localRuns, wasm.LocalRun{Count: 1, Type: t})
			}
			if single {
				break
			}
		}
		if err := p.close(); err != nil {
			return err
		}
	}
	return nil
}

// smallMap is the number of elements up to which a map is worth clearing: the
// time that takes depends on how large the map ever was.
const smallMap = 32

// forgetLocals forgets the identifiers of the locals of the last function.
func (p *parser) forgetLocals() {
	if len(p.locals) > smallMap {
		p.locals = nil
	}
	clear(p.locals)
}

// bindLocals names locals of a function.
func (p *parser) bindLocals(function uint32, names []paramName) error {
	for i := range names {
		b := &names[i]
		name := b.name
		if b.id.Kind == lex.ID {
			id := p.s.Name(b.id)
			if _, ok := p.locals[id]; ok {
				return p.duplicate("local", b.id)
			}
			if p.locals == nil {
				p.locals = map[string]uint32{}
			}
			p.locals[id] = b.index
			if !b.named {
				name = id
			}
		}
		addIndirect(&p.names.Locals, function, b.index, name)
	}
	return nil
}

// local reads the index of a local.
func (p *parser) local() (uint32, error) {
	t := p.s.Next()
	switch t.Kind {
	case lex.Number:
		return p.u32(t)
	case lex.ID:
		x, ok := p.locals[string(p.s.NameBytes(t))]
		if !ok {
			return 0, p.unknown("local", t)
		}
		return x, nil
	}
	return 0, p.unexpected(t, "the index or identifier of a local")
}
