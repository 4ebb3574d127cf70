// This file reads the immediates of instructions (Text Format, section
// "Instructions").

package text

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/diag"
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

// integer reads an integer constant.
func (p *parser) integer(width int) (uint64, error) {
	t := p.s.Next()
	if t.Kind != lex.Number {
		return 0, p.unexpected(t, "an integer")
	}
	v, err := lex.Int(p.s.Bytes(t), width)
	if err != nil {
		return 0, p.badNumber(t, err, width, "an integer")
	}
	return v, nil
}

// float reads a float constant.
func (p *parser) float(width int) (v uint64, err error) {
	t := p.s.Next()
	if t.Kind != lex.Number && t.Kind != lex.Keyword {
		return 0, p.unexpected(t, "a number")
	}
	if width == 32 {
		var v32 uint32
		v32, err = lex.Float32(p.s.Bytes(t))
		v = uint64(v32)
	} else {
		v, err = lex.Float64(p.s.Bytes(t))
	}
	if err == lex.ErrRange {
		return 0, p.s.Errorf(CodeConstant, t.Pos, "f%d constant out of range: %s", width, p.s.Describe(t))
	}
	if err != nil {
		return 0, p.unexpected(t, "a number")
	}
	return v, nil
}

// lane reads a lane index.
func (p *parser) lane() (uint8, error) {
	v, err := p.unsigned(p.s.Next(), 8, "a lane index")
	return uint8(v), err
}

// shapes are the shapes of v128.const.
var shapes = [...]string{"i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2"}

// v128 reads the shape and lanes of v128.const.
func (p *parser) v128(in *wasm.Instr) error {
	t := p.s.Next()
	shape := slices.Index(shapes[:], string(p.s.Bytes(t)))
	if t.Kind != lex.Keyword || shape < 0 {
		return p.unexpected(t, "a shape: "+strings.Join(shapes[:], ", "))
	}
	log := shape // the size of a lane in bytes is 1<<log
	if shape >= 4 {
		log = shape - 2
	}
	size := 1 << log
	n := 0
	var outOfRange error
	for p.isConstant() {
		var v uint64
		var err error
		if shape >= 4 {
			v, err = p.float(8 * size)
		} else {
			v, err = p.integer(8 * size)
		}
		if e, ok := err.(*diag.Error); ok && e.Code == CodeConstant {
			outOfRange = err // the number of lanes is checked first
		} else if err != nil {
			return err
		}
		for i := range size {
			if n*size < 16 {
				in.V128[n*size+i] = byte(v >> (8 * i))
			}
		}
		n++
	}
	if n*size != 16 {
		return p.s.Errorf(CodeConstant, t.Pos, "wrong number of lane literals: %s has %d lanes, not %d", shapes[shape], 16/size, n)
	}
	return outOfRange
}

// isConstant tells whether the next token is meant to be a number.
func (p *parser) isConstant() bool {
	t := p.s.Peek()
	return t.Kind == lex.Number || t.Kind == lex.Keyword && bytes.HasPrefix(p.s.Bytes(t), []byte("nan")) ||
		t.Kind == lex.Keyword && string(p.s.Bytes(t)) == "inf"
}

// shuffle reads the lanes of i8x16.shuffle.
func (p *parser) shuffle(in *wasm.Instr) error {
	for i := range in.V128 {
		t := p.s.Peek()
		if !p.isConstant() {
			return p.s.Errorf(CodeConstant, t.Pos, "invalid lane length: i8x16.shuffle takes 16 lane indices, not %d", i)
		}
		p.s.Next()
		v, err := lex.Uint(p.s.Bytes(t), 8)
		switch {
		case err != nil && lex.ClassifyNumber(p.s.Bytes(t)) == lex.NotNumber:
			return p.unexpected(t, "a lane index")
		case err != nil:
			return p.s.Errorf(CodeConstant, t.Pos, "i8 constant out of range: the lane index %s is not a natural number below 256", p.s.Describe(t))
		}
		in.V128[i] = byte(v)
	}
	if t := p.s.Peek(); t.Kind == lex.Number {
		return p.s.Errorf(CodeConstant, t.Pos, "invalid lane length: i8x16.shuffle takes 16 lane indices, and here is one more")
	}
	return nil
}
