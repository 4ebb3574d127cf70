// This file reads instructions one by one (Binary Format, section
// "Instructions").

package binary

import (
	"encoding/binary"
	"io"

	"github.com/dray-wasm/dray/wasm"
)

// An InstrReader reads the instructions of an expression: a function body
// without its locals, or a constant expression. It checks opcodes, immediates
// and the nesting of structured instructions, and allocates nothing per
// instruction. It does not check indices or types.
type InstrReader struct {
	r      reader
	frames []frame // open structured instructions, the expression first
	done   bool
}

// A frame is an open structured instruction.
type frame byte

const (
	frameBlock frame = iota // block, loop, try_table, else, the expression
	frameIf
	frameTry
	frameCatch
	frameCatchAll
)

// NewInstrReader makes a reader of code, whose first byte is at offset base of
// the file. The final end belongs to code.
func NewInstrReader(code []byte, base int64) *InstrReader {
	r := new(InstrReader)
	r.Reset(code, base)
	return r
}

// Reset makes the reader start anew with other code; its memory is used again.
func (ir *InstrReader) Reset(code []byte, base int64) {
	ir.r = newReader(code, base)
	ir.frames = append(ir.frames[:0], frameBlock)
	ir.done = false
}

// Depth is the number of structured instructions that are open, without the
// expression itself: 0 outside of all blocks, and -1 after the final end.
func (ir *InstrReader) Depth() int { return len(ir.frames) - 1 }

// Offset is the place in the file of the next instruction.
func (ir *InstrReader) Offset() int64 { return ir.r.Offset() }

// Next reads the next instruction into in. It fills Op, Pos, End and the
// immediates of the opcode; the slices in in are used again, so keep a copy of
// what should outlive the next call. After the final end it returns io.EOF.
// Any other error is a *diag.Error, and is returned from then on.
func (ir *InstrReader) Next(in *wasm.Instr) error {
	r := &ir.r
	if ir.done {
		if r.Err == nil && r.Left() > 0 {
			r.FailAt(r.Pos, CodeOpcode, "section size mismatch: unexpected content after the final end")
		}
		if r.Err != nil {
			return r.Err
		}
		return io.EOF
	}
	if r.Err != nil {
		return r.Err
	}
	if r.Pos >= len(r.Data) {
		r.FailAt(r.Pos, CodeTruncated, "unexpected end of section or function: END opcode expected")
		return r.Err
	}
	start := r.Pos
	in.Pos = r.Base + int64(start)
	op := wasm.Opcode(r.Data[start])
	r.Pos++
	if op >= 0xfb && op <= 0xfe {
		op = ir.prefixed(byte(op), start)
	}
	info := op.Info()
	if info.Name == "" {
		r.FailAt(start, CodeOpcode, "illegal opcode %02x", byte(op))
		return r.Err
	}
	in.Op = op
	if isControl(op) {
		ir.control(op, start)
	}
	if imm := info.Imms[0]; imm.IsIndex() {
		in.Index = r.U32("an index")
	} else if imm != wasm.ImmNone {
		r.immediate(in, imm)
	}
	if imm := info.Imms[1]; imm.IsIndex() {
		in.Index2 = r.U32("an index")
	} else if imm != wasm.ImmNone {
		r.immediate(in, imm)
	}
	in.End = r.Base + int64(r.Pos)
	return r.Err
}

// prefixed reads the number after a prefix byte.
func (ir *InstrReader) prefixed(prefix byte, start int) wasm.Opcode {
	r := &ir.r
	sub := r.U32("opcode after a prefix byte")
	op, ok := wasm.MakeOpcode(prefix, sub)
	if !ok {
		r.FailAt(start, CodeOpcode, "illegal opcode %02x %02x", prefix, sub)
	}
	return op
}

// isControl tells whether an opcode opens, divides or closes a structured
// instruction.
func isControl(op wasm.Opcode) bool {
	const set = 1<<wasm.OpBlock | 1<<wasm.OpLoop | 1<<wasm.OpIf | 1<<wasm.OpElse |
		1<<wasm.OpTry | 1<<wasm.OpCatch | 1<<wasm.OpEnd | 1<<wasm.OpDelegate |
		1<<wasm.OpCatchAll | 1<<wasm.OpTryTable
	return op < 64 && uint64(set)>>op&1 != 0
}

// control keeps the stack of open structured instructions.
func (ir *InstrReader) control(op wasm.Opcode, start int) {
	top := &ir.frames[len(ir.frames)-1]
	switch op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpTryTable:
		ir.frames = append(ir.frames, frameBlock)
	case wasm.OpIf:
		ir.frames = append(ir.frames, frameIf)
	case wasm.OpTry:
		ir.frames = append(ir.frames, frameTry)
	case wasm.OpElse:
		if *top != frameIf {
			ir.misplaced(op, start, "ELSE", "an if without else")
		}
		*top = frameBlock
	case wasm.OpCatch, wasm.OpCatchAll:
		if *top != frameTry && *top != frameCatch {
			ir.misplaced(op, start, "CATCH", "a try without catch_all")
		}
		*top = frameCatch
		if op == wasm.OpCatchAll {
			*top = frameCatchAll
		}
	case wasm.OpDelegate:
		if *top != frameTry {
			ir.misplaced(op, start, "DELEGATE", "a try without catch")
		}
		ir.close()
	case wasm.OpEnd:
		ir.close()
	}
}

func (ir *InstrReader) misplaced(op wasm.Opcode, start int, name, where string) {
	ir.r.FailAt(start, CodeOpcode, "misplaced %s opcode, END opcode expected: %s stands only in %s", name, op, where)
}

func (ir *InstrReader) close() {
	ir.frames = ir.frames[:len(ir.frames)-1]
	ir.done = len(ir.frames) == 0
}

// immediate reads one immediate that is not an index.
func (r *reader) immediate(in *wasm.Instr, imm wasm.Imm) {
	switch imm {
	case wasm.ImmMemArg:
		r.memArg(in)
	case wasm.ImmI32:
		in.Value = uint64(int64(r.S32("an i32 constant")))
	case wasm.ImmI64:
		in.Value = uint64(r.S64("an i64 constant"))
	case wasm.ImmBlockType:
		in.Block = r.blockType()
	case wasm.ImmF32:
		if b := r.Bytes(4, "an f32 constant"); b != nil {
			in.Value = uint64(binary.LittleEndian.Uint32(b))
		}
	case wasm.ImmF64:
		if b := r.Bytes(8, "an f64 constant"); b != nil {
			in.Value = binary.LittleEndian.Uint64(b)
		}
	case wasm.ImmV128, wasm.ImmShuffle:
		copy(in.V128[:], r.Bytes(16, "16 bytes of a vector"))
	case wasm.ImmLane:
		in.Lane = r.Byte("a lane index")
	case wasm.ImmHeapType:
		in.Heap = r.heapType()
	default:
		r.rareImmediate(in, imm)
	}
}

func (r *reader) rareImmediate(in *wasm.Instr, imm wasm.Imm) {
	switch imm {
	case wasm.ImmLabelTable:
		in.Labels = in.Labels[:0]
		n := r.Count("number of labels", MaxBodySize)
		for i := 0; i <= n && r.Err == nil; i++ {
			in.Labels = append(in.Labels, r.U32("a label index"))
		}
	case wasm.ImmSelectTypes:
		in.Types = in.Types[:0]
		n := r.Count("number of result types", MaxSelectTypes)
		for i := 0; i < n && r.Err == nil; i++ {
			in.Types = append(in.Types, r.valType())
		}
	case wasm.ImmCatches:
		in.Catches = in.Catches[:0]
		n := r.Count("number of catch clauses", MaxCatchClauses)
		for i := 0; i < n && r.Err == nil; i++ {
			in.Catches = append(in.Catches, r.catch())
		}
	case wasm.ImmCast:
		start := r.Pos
		flags := r.Byte("cast flags")
		if flags > 3 {
			r.FailAt(start, CodeImmediate, "malformed br_on_cast flags %#02x", flags)
		}
		in.Null, in.Null2 = flags&1 != 0, flags&2 != 0
		in.Index = r.U32("a label index")
		in.Heap = r.heapType()
		in.Heap2 = r.heapType()
	case wasm.ImmZero:
		if c := r.Byte("a zero byte"); c != 0 {
			r.FailAt(r.Pos-1, CodeImmediate, "zero byte expected: found %#02x", c)
		}
	}
}

func (r *reader) blockType() wasm.BlockType {
	c, ok := r.Peek()
	switch {
	case !ok:
		r.Byte("a block type")
		return 0
	case c == 0x40:
		r.Pos++
		return wasm.BlockEmpty
	case c&0xc0 == 0x40:
		return wasm.BlockResult(r.valType())
	}
	start := r.Pos
	x := r.S33("type index of a block")
	if x < 0 {
		r.FailAt(start, CodeType, "malformed block type: negative type index %d", x)
		return 0
	}
	return wasm.BlockIndex(uint32(x))
}

func (r *reader) memArg(in *wasm.Instr) {
	start := r.Pos
	flags := r.U32("alignment")
	if flags >= 0x80 {
		r.FailAt(start, CodeImmediate, "malformed memop flags %#x", flags)
		return
	}
	in.Index = 0
	if flags&0x40 != 0 {
		in.Index = r.U32("memory index")
	}
	in.Align = flags & 0x3f
	in.Offset = r.U64("memory offset")
}

func (r *reader) catch() (c wasm.Catch) {
	start := r.Pos
	c.Kind = wasm.CatchKind(r.Byte("a catch clause"))
	if c.Kind > wasm.CatchAllRef {
		r.FailAt(start, CodeImmediate, "malformed catch clause %#02x", byte(c.Kind))
		return c
	}
	if c.Kind.HasTag() {
		c.Tag = r.U32("tag index")
	}
	c.Label = r.U32("label index")
	return c
}
