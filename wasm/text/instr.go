// This file reads the immediates of instructions (Text Format, section
// "Instructions").

package text

import (
	"math/bits"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// plain reads the immediates of an instruction and appends it to p.pend.
func (p *parser) plain(op wasm.Opcode, t lex.Token) (err error) {
	info := op.Info()
	if info.Imms[0] == wasm.ImmNone && op != wasm.OpSelect {
		p.pend = binary.AppendOpcode(p.pend, op)
		return nil
	}
	in := &p.in
	in.Op = op
	switch op {
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		err = p.callIndirect(in)
	case wasm.OpSelect:
		err = p.selectTypes(in)
	case wasm.OpMemoryInit:
		in.Index, in.Index2, err = p.initIndices(spaceData, spaceMemory)
		p.usesData = true
	case wasm.OpTableInit:
		in.Index, in.Index2, err = p.initIndices(spaceElem, spaceTable)
	case wasm.OpMemoryCopy:
		in.Index, in.Index2, err = p.copyIndices(spaceMemory)
	case wasm.OpTableCopy:
		in.Index, in.Index2, err = p.copyIndices(spaceTable)
	case wasm.OpRefTest, wasm.OpRefCast:
		err = p.refTest(in)
	case wasm.OpBrOnCast, wasm.OpBrOnCastFail:
		err = p.brOnCast(in)
	default:
		if in.Index, err = p.immediate(info, info.Imms[0], in); err == nil && info.Imms[1] != wasm.ImmNone {
			in.Index2, err = p.second(info, in)
		}
	}
	if err != nil {
		return err
	}
	if p.pend, err = binary.AppendInstr(p.pend, in); err != nil {
		return p.s.Errorf(lex.CodeSyntax, t.Pos, "%v", err)
	}
	return nil
}

// second reads the second immediate of an instruction.
func (p *parser) second(info *wasm.OpInfo, in *wasm.Instr) (index uint32, err error) {
	first := in.Index
	switch info.Imms[1] {
	case wasm.ImmField:
		return p.fieldIndex(first)
	case wasm.ImmLane:
		in.Lane, err = p.lane()
		return 0, err
	}
	index, err = p.immediate(info, info.Imms[1], in)
	in.Index = first
	return index, err
}

// immediate reads an immediate; index is its value if that is one number.
func (p *parser) immediate(info *wasm.OpInfo, imm wasm.Imm, in *wasm.Instr) (index uint32, err error) {
	switch imm {
	case wasm.ImmLocal:
		return p.local()
	case wasm.ImmLabel:
		return p.label()
	case wasm.ImmI32:
		in.Value, err = p.integer(32)
	case wasm.ImmI64:
		in.Value, err = p.integer(64)
	case wasm.ImmF32:
		in.Value, err = p.float(32)
	case wasm.ImmF64:
		in.Value, err = p.float(64)
	case wasm.ImmMemArg:
		return p.memArg(info, in)
	case wasm.ImmFunc:
		return p.index(spaceFunc)
	case wasm.ImmGlobal:
		return p.index(spaceGlobal)
	case wasm.ImmTag:
		return p.index(spaceTag)
	case wasm.ImmType:
		return p.typeIndex()
	case wasm.ImmElem:
		return p.index(spaceElem)
	case wasm.ImmData:
		p.usesData = true
		return p.index(spaceData)
	case wasm.ImmTable:
		return p.optionalIndex(spaceTable)
	case wasm.ImmMemory:
		return p.optionalIndex(spaceMemory)
	case wasm.ImmCount:
		return p.u32(p.s.Next())
	case wasm.ImmLabelTable:
		in.Labels, err = p.labelTable(in.Labels[:0])
	case wasm.ImmHeapType:
		in.Heap, err = p.heapType()
	case wasm.ImmLane:
		in.Lane, err = p.lane()
	case wasm.ImmV128:
		err = p.v128(in)
	case wasm.ImmShuffle:
		err = p.shuffle(in)
	}
	return 0, err
}

// optionalIndex reads an index that is 0 when it is left out.
func (p *parser) optionalIndex(k indexSpace) (uint32, error) {
	if !p.isIndex() {
		return 0, nil
	}
	return p.index(k)
}

// initIndices reads the indices of memory.init and table.init, where the text
// has the memory or table first, if at all.
func (p *parser) initIndices(segment, target indexSpace) (seg, tgt uint32, err error) {
	mark := p.s.Mark()
	p.s.Next()
	if p.isIndex() {
		p.s.Reset(mark)
		if tgt, err = p.index(target); err != nil {
			return 0, 0, err
		}
	} else {
		p.s.Reset(mark)
	}
	seg, err = p.index(segment)
	return seg, tgt, err
}

// copyIndices reads the destination and source of memory.copy and table.copy:
// both or none.
func (p *parser) copyIndices(k indexSpace) (dst, src uint32, err error) {
	if !p.isIndex() {
		return 0, 0, nil
	}
	if dst, err = p.index(k); err == nil {
		src, err = p.index(k)
	}
	return dst, src, err
}

func (p *parser) fieldIndex(typeIndex uint32) (uint32, error) {
	t := p.s.Next()
	switch t.Kind {
	case lex.Number:
		return p.u32(t)
	case lex.ID:
		x, ok := p.fieldIDs[fieldKey{typeIndex, string(p.s.NameBytes(t))}]
		if !ok {
			return 0, p.unknown("field", t)
		}
		return x, nil
	}
	return 0, p.unexpected(t, "the index or identifier of a field")
}

func (p *parser) callIndirect(in *wasm.Instr) (err error) {
	if in.Index2, err = p.optionalIndex(spaceTable); err != nil {
		return err
	}
	if err = p.typeUse(paramsPlain); err != nil {
		return err
	}
	in.Index, err = p.resolve(&p.use)
	return err
}

func (p *parser) selectTypes(in *wasm.Instr) (err error) {
	in.Types = in.Types[:0]
	for p.s.Open("result") {
		in.Op = wasm.OpSelectT
		if in.Types, err = p.valTypes(in.Types); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) refTest(in *wasm.Instr) error {
	t, err := p.refType()
	if err != nil {
		return err
	}
	in.Heap = t.Heap()
	if t.Nullable() {
		in.Op++ // the opcode for types with null follows
	}
	return nil
}

func (p *parser) brOnCast(in *wasm.Instr) (err error) {
	if in.Index, err = p.label(); err != nil {
		return err
	}
	from, err := p.refType()
	if err != nil {
		return err
	}
	to, err := p.refType()
	in.Heap, in.Null = from.Heap(), from.Nullable()
	in.Heap2, in.Null2 = to.Heap(), to.Nullable()
	return err
}

// labelTable reads the labels of br_table, at least one.
func (p *parser) labelTable(labels []uint32) ([]uint32, error) {
	for {
		x, err := p.label()
		if err != nil {
			return labels, err
		}
		labels = append(labels, x)
		if !p.isIndex() {
			return labels, nil
		}
	}
}

// memArg reads the memory, offset and alignment of a memory access.
func (p *parser) memArg(info *wasm.OpInfo, in *wasm.Instr) (memory uint32, err error) {
	in.Offset, in.Align = 0, uint32(info.Align)
	t := p.s.Peek()
	if t.Kind == lex.ID || t.Kind == lex.Number && !p.isLane(info) {
		if memory, err = p.index(spaceMemory); err != nil {
			return 0, err
		}
		t = p.s.Peek()
	}
	if lit, ok := p.assignment(t, "offset="); ok {
		if in.Offset, err = p.assigned(t, lit); err != nil {
			return 0, err
		}
		p.s.Next()
		t = p.s.Peek()
	}
	if lit, ok := p.assignment(t, "align="); ok {
		align, err := p.assigned(t, lit)
		if err != nil {
			return 0, err
		}
		if bits.OnesCount64(align) != 1 {
			return 0, p.s.Errorf(CodeConstant, t.Pos, "alignment must be a power of two, not %d", align)
		}
		in.Align = uint32(bits.TrailingZeros64(align))
		p.s.Next()
	}
	return memory, nil
}

// isLane tells whether the number that comes next is the lane, which follows
// the memory, and not the memory.
func (p *parser) isLane(info *wasm.OpInfo) bool {
	if info.Imms[1] != wasm.ImmLane {
		return false
	}
	mark := p.s.Mark()
	p.s.Next()
	t := p.s.Peek()
	_, offset := p.assignment(t, "offset=")
	_, align := p.assignment(t, "align=")
	p.s.Reset(mark)
	return t.Kind != lex.Number && !offset && !align
}

// assignment gives what follows a prefix in a keyword.
func (p *parser) assignment(t lex.Token, prefix string) (lit []byte, ok bool) {
	b := p.s.Bytes(t)
	if t.Kind != lex.Keyword || len(b) < len(prefix) || string(b[:len(prefix)]) != prefix {
		return nil, false
	}
	return b[len(prefix):], true
}

func (p *parser) assigned(t lex.Token, lit []byte) (uint64, error) {
	v, err := lex.Uint(lit, 64)
	if err != nil {
		return 0, p.badNumber(t, err, 64, "a number without a sign")
	}
	return v, nil
}
