// This file writes instructions (Binary Format, section "Instructions").

package binary

import (
	"encoding/binary"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// AppendInstr appends an instruction in its shortest form and returns the
// longer slice. It does not check nesting. An instruction that the format
// cannot express is an error with [CodeEncode], and then dst is as before.
func AppendInstr(dst []byte, in *wasm.Instr) ([]byte, error) {
	info := in.Op.Info()
	if info.Name == "" {
		return dst, encodeError("there is no opcode %#x", uint16(in.Op))
	}
	b := AppendOpcode(dst, in.Op)
	var err error
	if info.Imms[0] != wasm.ImmNone {
		b, err = appendImmediate(b, in, info.Imms[0], in.Index)
	}
	if info.Imms[1] != wasm.ImmNone && err == nil {
		b, err = appendImmediate(b, in, info.Imms[1], in.Index2)
	}
	if err != nil {
		return dst, err
	}
	return b, nil
}

// AppendOpcode appends an opcode without immediates.
func AppendOpcode(dst []byte, op wasm.Opcode) []byte {
	first, sub, prefixed := op.Bytes()
	dst = append(dst, first)
	if prefixed {
		dst = leb128.AppendUint(dst, uint64(sub))
	}
	return dst
}

func encodeError(format string, args ...any) error {
	return diag.Errorf(CodeEncode, diag.Pos{}, "cannot encode the instruction: "+format, args...)
}

func appendImmediate(b []byte, in *wasm.Instr, imm wasm.Imm, index uint32) ([]byte, error) {
	if imm.IsIndex() {
		return leb128.AppendUint(b, uint64(index)), nil
	}
	switch imm {
	case wasm.ImmI32:
		return leb128.AppendInt(b, int64(int32(in.Value))), nil
	case wasm.ImmI64:
		return leb128.AppendInt(b, int64(in.Value)), nil
	case wasm.ImmF32:
		return binary.LittleEndian.AppendUint32(b, uint32(in.Value)), nil
	case wasm.ImmF64:
		return binary.LittleEndian.AppendUint64(b, in.Value), nil
	case wasm.ImmV128, wasm.ImmShuffle:
		return append(b, in.V128[:]...), nil
	case wasm.ImmLane:
		return append(b, in.Lane), nil
	case wasm.ImmZero:
		return append(b, 0), nil
	case wasm.ImmBlockType:
		return appendBlockType(b, in.Block)
	case wasm.ImmHeapType:
		return appendHeap(b, in.Heap)
	case wasm.ImmMemArg:
		return appendMemArg(b, in)
	case wasm.ImmCast:
		return appendCast(b, in)
	case wasm.ImmCatches:
		return appendCatches(b, in.Catches)
	case wasm.ImmSelectTypes:
		b = leb128.AppendUint(b, uint64(len(in.Types)))
		for _, t := range in.Types {
			var ok bool
			if b, ok = appendValType(b, t); !ok {
				return nil, encodeError("there is no encoding of the type %s", t)
			}
		}
		return b, nil
	case wasm.ImmLabelTable:
		if len(in.Labels) == 0 {
			return nil, encodeError("br_table needs at least the default label")
		}
		b = leb128.AppendUint(b, uint64(len(in.Labels)-1))
		for _, l := range in.Labels {
			b = leb128.AppendUint(b, uint64(l))
		}
		return b, nil
	}
	return nil, encodeError("unknown kind of immediate %d", imm)
}

func appendBlockType(b []byte, t wasm.BlockType) ([]byte, error) {
	if x, ok := t.Index(); ok {
		return leb128.AppendInt(b, int64(x)), nil
	}
	if t == wasm.BlockEmpty {
		return append(b, 0x40), nil
	}
	result, _ := t.Result()
	b, ok := appendValType(b, result)
	if !ok || result.IsPacked() {
		return nil, encodeError("there is no encoding of the block type %s", result)
	}
	return b, nil
}

func appendHeap(b []byte, h wasm.HeapType) ([]byte, error) {
	b, ok := appendHeapType(b, h)
	if !ok {
		return nil, encodeError("there is no encoding of the heap type %s", h)
	}
	return b, nil
}

func appendMemArg(b []byte, in *wasm.Instr) ([]byte, error) {
	if in.Align >= 0x40 {
		return nil, encodeError("the alignment 2**%d is too large", in.Align)
	}
	if in.Index == 0 {
		b = append(b, byte(in.Align))
	} else {
		b = append(b, byte(in.Align)|0x40)
		b = leb128.AppendUint(b, uint64(in.Index))
	}
	return leb128.AppendUint(b, in.Offset), nil
}

func appendCast(b []byte, in *wasm.Instr) ([]byte, error) {
	var flags byte
	if in.Null {
		flags |= 1
	}
	if in.Null2 {
		flags |= 2
	}
	b = leb128.AppendUint(append(b, flags), uint64(in.Index))
	b, err := appendHeap(b, in.Heap)
	if err != nil {
		return nil, err
	}
	return appendHeap(b, in.Heap2)
}

func appendCatches(b []byte, cs []wasm.Catch) ([]byte, error) {
	b = leb128.AppendUint(b, uint64(len(cs)))
	for _, c := range cs {
		if c.Kind > wasm.CatchAllRef {
			return nil, encodeError("there is no catch clause of kind %d", c.Kind)
		}
		b = append(b, byte(c.Kind))
		if c.Kind.HasTag() {
			b = leb128.AppendUint(b, uint64(c.Tag))
		}
		b = leb128.AppendUint(b, uint64(c.Label))
	}
	return b, nil
}
