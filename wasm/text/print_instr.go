// This file prints instructions with their immediates (Text Format, section
// "Instructions").

package text

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/dray-wasm/dray/wasm"
)

// instr writes the instruction in p.in, without white space around it.
func (p *printer) instr() {
	in := &p.in
	info := in.Op.Info()
	p.Str(info.Name)
	switch imms := &info.Imms; imms[0] {
	case wasm.ImmNone:
		if in.Op == wasm.OpEnd {
			p.labels.pop()
		}
	case wasm.ImmBlockType:
		p.block()
	case wasm.ImmData, wasm.ImmElem:
		if imms[1] != wasm.ImmNone && in.Index2 != 0 {
			p.Str(" ")
			p.use(imms[1], in.Index2)
		}
		p.Str(" ")
		p.use(imms[0], in.Index)
	case wasm.ImmMemory, wasm.ImmTable:
		p.places(imms)
	default:
		if in.Op == wasm.OpDelegate {
			p.labels.pop()
		}
		if imms[1] == wasm.ImmTable { // call_indirect
			p.indirect()
			return
		}
		p.immediate(imms[0], in.Index)
		if imms[1] != wasm.ImmNone {
			p.immediate(imms[1], in.Index2)
		}
	}
}

// places writes the one or two memories or tables of an instruction. Memory 0
// is left out, and so are two tables 0.
func (p *printer) places(imms *[2]wasm.Imm) {
	in := &p.in
	two := imms[1] != wasm.ImmNone
	if in.Index == 0 && (!two || in.Index2 == 0) && (two || imms[0] == wasm.ImmMemory) {
		return
	}
	p.Str(" ")
	p.use(imms[0], in.Index)
	if two {
		p.Str(" ")
		p.use(imms[1], in.Index2)
	}
}

// indirect writes the immediates of call_indirect.
func (p *printer) indirect() {
	if p.in.Index2 != 0 {
		p.Str(" ")
		p.index(&p.names.tables, p.in.Index2)
	}
	p.Str(" (type ")
	p.index(&p.names.types, p.in.Index)
	p.Str(")")
}

// use writes an index of a kind.
func (p *printer) use(imm wasm.Imm, x uint32) {
	n := &p.names
	switch imm {
	case wasm.ImmLabel:
		p.label(x)
	case wasm.ImmFunc:
		p.index(&n.funcs, x)
	case wasm.ImmType:
		p.index(&n.types, x)
	case wasm.ImmTable:
		p.index(&n.tables, x)
	case wasm.ImmMemory:
		p.index(&n.memories, x)
	case wasm.ImmLocal:
		if !p.lines { // in a constant expression
			p.Uint(uint64(x))
			return
		}
		p.index(&n.local, x)
	case wasm.ImmGlobal:
		p.index(&n.globals, x)
	case wasm.ImmTag:
		p.index(&n.tags, x)
	case wasm.ImmData:
		p.index(&n.datas, x)
	case wasm.ImmElem:
		p.index(&n.elems, x)
	case wasm.ImmField:
		if ids := n.fields(p.in.Index); ids != nil {
			p.index(ids, x)
			return
		}
		p.Uint(uint64(x))
	default:
		p.Uint(uint64(x))
	}
}

// immediate writes an immediate with a space in front.
func (p *printer) immediate(imm wasm.Imm, x uint32) {
	in := &p.in
	if imm.IsIndex() {
		p.Buf = append(p.Buf, ' ')
		p.use(imm, x)
		return
	}
	switch imm {
	case wasm.ImmMemArg:
		p.memArg()
	case wasm.ImmLane:
		p.Str(" ")
		p.Uint(uint64(in.Lane))
	case wasm.ImmI32:
		p.Buf = strconv.AppendInt(append(p.Buf, ' '), int64(in.I32()), 10)
	case wasm.ImmI64:
		p.Buf = strconv.AppendInt(append(p.Buf, ' '), in.I64(), 10)
	case wasm.ImmF32:
		p.Buf = PrintFloat32(append(p.Buf, ' '), uint32(in.Value))
	case wasm.ImmF64:
		p.Buf = PrintFloat64(append(p.Buf, ' '), in.Value)
	case wasm.ImmZero:
	default:
		p.rareImmediate(imm)
	}
}

func (p *printer) rareImmediate(imm wasm.Imm) {
	in := &p.in
	switch imm {
	case wasm.ImmLabelTable:
		for _, x := range in.Labels {
			p.Str(" ")
			p.label(x)
			p.Room()
		}
	case wasm.ImmCatches:
		p.catches(in.Catches)
	case wasm.ImmV128:
		p.Str(" i32x4")
		for i := 0; i < 16; i += 4 {
			p.Str(" 0x")
			v := binary.LittleEndian.Uint32(in.V128[i:])
			for shift := 28; shift >= 0; shift -= 4 {
				p.Buf = append(p.Buf, printDigits[v>>shift&15])
			}
		}
	case wasm.ImmShuffle:
		for _, lane := range in.V128 {
			p.Str(" ")
			p.Uint(uint64(lane))
		}
	case wasm.ImmHeapType:
		p.Str(" ")
		switch in.Op {
		case wasm.OpRefTest, wasm.OpRefCast:
			p.ref(false, in.Heap)
		case wasm.OpRefTestNull, wasm.OpRefCastNull:
			p.ref(true, in.Heap)
		default:
			p.Buf = printHeapType(p.Buf, in.Heap, p.names.typeName)
		}
	case wasm.ImmCast:
		p.Str(" ")
		p.label(in.Index)
		p.Str(" ")
		p.ref(in.Null, in.Heap)
		p.Str(" ")
		p.ref(in.Null2, in.Heap2)
	case wasm.ImmSelectTypes:
		p.Str(" (result")
		for _, t := range in.Types {
			p.Str(" ")
			p.Buf = PrintValType(p.Buf, t, p.names.typeName)
			p.Room()
		}
		p.Str(")")
	}
}

// ref writes a reference type.
func (p *printer) ref(nullable bool, h wasm.HeapType) {
	p.Buf = PrintValType(p.Buf, wasm.Ref(nullable, h), p.names.typeName)
}

// memArg writes the memory unless it is 0, the offset unless it is 0, and the
// alignment unless it is the natural one.
func (p *printer) memArg() {
	in := &p.in
	if in.Index != 0 {
		p.Str(" ")
		p.index(&p.names.memories, in.Index)
	}
	if in.Offset != 0 {
		p.Str(" offset=")
		p.Uint(in.Offset)
	}
	if in.Align != uint32(in.Op.Info().Align) {
		p.Str(" align=")
		p.Uint(1 << in.Align)
	}
}

// catches writes the clauses of a try_table, whose label is not in their
// scope.
func (p *printer) catches(cs []wasm.Catch) {
	for _, c := range cs {
		p.Str(" (" + c.Kind.String() + " ")
		if c.Kind.HasTag() {
			p.index(&p.names.tags, c.Tag)
			p.Str(" ")
		}
		p.label(c.Label)
		p.Str(")")
		p.Room()
	}
}

// PrintFloat32 appends an f32 constant with exactly these bits: the shortest
// decimal number for a finite value, "inf", "nan" or "nan:0x1" for others.
func PrintFloat32(dst []byte, bits uint32) []byte {
	const man = 23
	if bits>>man&0xff != 0xff {
		return strconv.AppendFloat(dst, float64(math.Float32frombits(bits)), 'g', -1, 32)
	}
	return printSpecial(dst, bits>>31 != 0, uint64(bits&(1<<man-1)), 1<<(man-1))
}

// PrintFloat64 is the same as PrintFloat32 for an f64.
func PrintFloat64(dst []byte, bits uint64) []byte {
	const man = 52
	if bits>>man&0x7ff != 0x7ff {
		return strconv.AppendFloat(dst, math.Float64frombits(bits), 'g', -1, 64)
	}
	return printSpecial(dst, bits>>63 != 0, bits&(1<<man-1), 1<<(man-1))
}

// printSpecial appends an infinity or NaN.
func printSpecial(dst []byte, negative bool, payload, canonical uint64) []byte {
	if negative {
		dst = append(dst, '-')
	}
	switch payload {
	case 0:
		return append(dst, "inf"...)
	case canonical:
		return append(dst, "nan"...)
	}
	return printHex(append(dst, "nan:0x"...), payload)
}
