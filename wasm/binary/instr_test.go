// This file tests instructions: each opcode of the table with sample
// immediates, their nesting, and malformed ones.

package binary

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// samples gives instructions with an opcode that together use every form of
// its immediates.
func samples(op wasm.Opcode) []wasm.Instr {
	out := []wasm.Instr{{Op: op}}
	for slot, imm := range op.Info().Imms {
		var next []wasm.Instr
		for _, in := range out {
			for _, set := range sampleImmediates(imm, slot) {
				with := in
				set(&with)
				next = append(next, with)
			}
		}
		out = next
	}
	return out
}

type setter = func(*wasm.Instr)

func sampleImmediates(imm wasm.Imm, slot int) (sets []setter) {
	value := func(vs ...uint64) {
		for _, v := range vs {
			sets = append(sets, func(in *wasm.Instr) { in.Value = v })
		}
	}
	bits := [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 30, 31}
	switch imm {
	case wasm.ImmNone, wasm.ImmZero:
		return []setter{func(*wasm.Instr) {}}
	case wasm.ImmBlockType:
		for _, b := range []wasm.BlockType{wasm.BlockEmpty, wasm.BlockResult(wasm.I64), wasm.BlockResult(wasm.FuncRef), wasm.BlockResult(wasm.NullExnRef),
			wasm.BlockResult(wasm.Ref(false, wasm.HeapIndex(3))), wasm.BlockIndex(0), wasm.BlockIndex(64), wasm.BlockIndex(math.MaxUint32)} {
			sets = append(sets, func(in *wasm.Instr) { in.Block = b })
		}
	case wasm.ImmLabelTable:
		for _, ls := range [][]uint32{{0}, {1, 2, 300}} {
			sets = append(sets, func(in *wasm.Instr) { in.Labels = ls })
		}
	case wasm.ImmCatches:
		for _, cs := range [][]wasm.Catch{nil, {{Kind: wasm.CatchTag, Tag: 300, Label: 1}, {Kind: wasm.CatchTagRef, Tag: 1}, {Kind: wasm.CatchAll, Label: 2}, {Kind: wasm.CatchAllRef, Label: 128}}} {
			sets = append(sets, func(in *wasm.Instr) { in.Catches = cs })
		}
	case wasm.ImmMemArg:
		for _, m := range []wasm.Instr{{}, {Align: 3, Offset: 1024}, {Index: 1, Align: 2, Offset: math.MaxUint64}, {Index: math.MaxUint32}} {
			sets = append(sets, func(in *wasm.Instr) { in.Index, in.Align, in.Offset = m.Index, m.Align, m.Offset })
		}
	case wasm.ImmLane:
		sets = []setter{func(in *wasm.Instr) { in.Lane = 0 }, func(in *wasm.Instr) { in.Lane = 255 }}
	case wasm.ImmI32:
		for _, v := range []int32{0, -1, 63, 64, -64, -65, math.MinInt32, math.MaxInt32} {
			value(uint64(int64(v)))
		}
	case wasm.ImmI64:
		value(0, math.MaxUint64, 63, 64, 1<<63, 1<<63-1)
	case wasm.ImmF32:
		value(0, 0x7fc00000, 0x7fa00001, math.MaxUint32)
	case wasm.ImmF64:
		value(0, 0x7ff8000000000000, 0x7ff4000000000001, math.MaxUint64)
	case wasm.ImmV128, wasm.ImmShuffle:
		sets = []setter{func(in *wasm.Instr) { in.V128 = bits }}
	case wasm.ImmHeapType:
		for c := range 256 {
			if h, ok := wasm.AbstractHeap(byte(c)); ok {
				sets = append(sets, func(in *wasm.Instr) { in.Heap = h })
			}
		}
		sets = append(sets, func(in *wasm.Instr) { in.Heap = wasm.HeapIndex(64) })
	case wasm.ImmCast:
		for i := range 4 {
			sets = append(sets, func(in *wasm.Instr) {
				in.Index, in.Null, in.Heap, in.Null2, in.Heap2 = 2, i&1 != 0, wasm.HeapAny, i&2 != 0, wasm.HeapIndex(1)
			})
		}
	case wasm.ImmSelectTypes:
		for _, ts := range [][]wasm.ValType{nil, {wasm.ExternRef}, {wasm.I32, wasm.Ref(true, wasm.HeapIndex(3))}} {
			sets = append(sets, func(in *wasm.Instr) { in.Types = ts })
		}
	default:
		for _, v := range []uint32{0, 127, 128, math.MaxUint32} {
			if slot == 0 {
				sets = append(sets, func(in *wasm.Instr) { in.Index = v })
			} else {
				sets = append(sets, func(in *wasm.Instr) { in.Index2 = v })
			}
		}
	}
	return sets
}

// around is what must stand before and after an opcode so that it is well
// placed.
func around(op wasm.Opcode) (before, after string) {
	switch op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTry, wasm.OpTryTable:
		return "", "0b 0b"
	case wasm.OpElse:
		return "04 40", "0b 0b"
	case wasm.OpCatch, wasm.OpCatchAll:
		return "06 40", "0b 0b"
	case wasm.OpDelegate:
		return "06 40", "0b"
	case wasm.OpEnd:
		return "", ""
	}
	return "", "0b"
}

func TestEveryOpcode(t *testing.T) {
	const base = 1000
	count := 0
	for op := range wasm.Opcode(wasm.NumOpcodes) {
		if op.Info().Name == "" {
			continue
		}
		for _, want := range samples(op) {
			count++
			before, after := around(op)
			code := unhex(t, before)
			from := len(code)
			code, err := AppendInstr(code, &want)
			if err != nil {
				t.Fatalf("%s: %v", op, err)
			}
			want.Pos, want.End = base+int64(from), base+int64(len(code))
			code = append(code, unhex(t, after)...)
			if got := readAt(t, code, base, want.Pos); !cmp.Equal(got, want, cmpopts.EquateEmpty()) {
				t.Errorf("% x (-want +got):\n%s", code, cmp.Diff(want, got, cmpopts.EquateEmpty()))
			}
		}
	}
	t.Logf("%d instructions", count)
}

// readAt reads code to its end and gives the instruction at an offset.
func readAt(t *testing.T, code []byte, base, pos int64) (found wasm.Instr) {
	t.Helper()
	r := NewInstrReader(code, base)
	for {
		var in wasm.Instr
		err := r.Next(&in)
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatalf("% x: %v", code, err)
		}
		if in.Pos == pos {
			found = in
		}
	}
}

func TestNesting(t *testing.T) {
	for _, tt := range []struct {
		code   string
		depths []int
	}{
		{"0b", []int{-1}},
		{"01 0b", []int{0, -1}},
		{"02 40 03 40 0b 0b 0b", []int{1, 2, 1, 0, -1}},
		{"04 7f 05 01 0b 0b", []int{1, 1, 1, 0, -1}},
		{"06 40 07 00 07 01 19 0b 0b", []int{1, 1, 1, 1, 0, -1}},
		{"06 40 06 40 18 00 0b 0b", []int{1, 2, 1, 0, -1}},
		{"1f 40 00 02 40 0b 0b 0b", []int{1, 2, 1, 0, -1}},
	} {
		r := NewInstrReader(unhex(t, tt.code), 0)
		var in wasm.Instr
		var got []int
		for {
			if err := r.Next(&in); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v", tt.code, err)
				break
			}
			got = append(got, r.Depth())
		}
		if !cmp.Equal(got, tt.depths) {
			t.Errorf("%s: depths %v, want %v", tt.code, got, tt.depths)
		}
		if err := r.Next(&in); err != io.EOF {
			t.Errorf("%s: after the end: %v", tt.code, err)
		}
	}
}

func TestInstrErrors(t *testing.T) {
	for _, tt := range []errorTest{
		{"", CodeTruncated, 0, "END opcode expected"},
		{"02 40 0b", CodeTruncated, 3, "END opcode expected"},
		{"0b 01", CodeOpcode, 1, "section size mismatch: unexpected content after the final end"},
		{"05 0b", CodeOpcode, 0, "misplaced ELSE opcode"},
		{"02 40 05 0b 0b", CodeOpcode, 2, "misplaced ELSE opcode"},
		{"04 40 05 05 0b 0b", CodeOpcode, 3, "misplaced ELSE opcode"},
		{"07 00 0b", CodeOpcode, 0, "misplaced CATCH opcode"},
		{"06 40 19 19 0b 0b", CodeOpcode, 3, "misplaced CATCH opcode"},
		{"06 40 19 07 00 0b 0b", CodeOpcode, 3, "misplaced CATCH opcode"},
		{"06 40 19 18 00 0b", CodeOpcode, 3, "misplaced DELEGATE opcode"},
		{"06 40 05 0b 0b", CodeOpcode, 2, "misplaced ELSE opcode"},
		{"16 0b", CodeOpcode, 0, "illegal opcode 16"},
		{"ff 0b", CodeOpcode, 0, "illegal opcode ff"},
		{"01 fc 20 0b", CodeOpcode, 1, "illegal opcode fc 20"},
		{"fd 9a 01 0b", CodeOpcode, 0, "illegal opcode fd 9a"},
		{"fb", CodeTruncated, 1, "opcode after a prefix byte"},
		{"fd 80 80 80 80 10", CodeInteger, 1, "integer too large: opcode after a prefix byte"},
		{"02", CodeTruncated, 1, "expected a block type"},
		{"02 41", CodeType, 1, "malformed value type 0x41"},
		{"02 78 0b 0b", CodeType, 1, "malformed value type 0x78"},
		{"02 ff 7f 0b 0b", CodeType, 1, "malformed block type: negative type index -1"},
		{"20 80", CodeTruncated, 2, "expected an index"},
		{"20 ff ff ff ff 1f", CodeInteger, 1, "integer too large"},
		{"41 80 80 80 80 08 0b", CodeInteger, 1, "integer too large: an i32 constant"},
		{"42 80 80 80 80 80 80 80 80 80 80 00 0b", CodeInteger, 1, "integer representation too long: an i64 constant"},
		{"43 00 00 00", CodeTruncated, 4, "an f32 constant"},
		{"44 00 00 00 00 00 00 00", CodeTruncated, 8, "an f64 constant"},
		{"28 80 01 00 0b", CodeImmediate, 1, "malformed memop flags 0x80"},
		{"28 00", CodeTruncated, 2, "memory offset"},
		{"0e ff ff ff ff 0f 00 00", CodeTruncated, 1, "length out of bounds: number of labels is 4294967295"},
		{"1c 01 40 0b", CodeType, 2, "malformed value type 0x40"},
		{"1f 40 01 04 00 0b 0b", CodeImmediate, 3, "malformed catch clause 0x04"},
		{"d0 7f 0b", CodeType, 1, "malformed heap type 0x7f"},
		{"fb 18 04 00 6e 6e 0b", CodeImmediate, 2, "malformed br_on_cast flags 0x04"},
		{"fd 0c 00 00", CodeTruncated, 4, "16 bytes of a vector"},
		{"fe 03 01 0b", CodeImmediate, 2, "zero byte expected"},
	} {
		tt.at += 100
		r := NewInstrReader(unhex(t, tt.in.(string)), 100)
		var in wasm.Instr
		var err error
		for err == nil {
			err = r.Next(&in)
		}
		wantError(t, tt.in, err, tt)
		if again := r.Next(&in); again != err {
			t.Errorf("%s: the error changes from %v to %v", tt.in, err, again)
		}
	}
}

func TestAppendInstrErrors(t *testing.T) {
	for _, in := range []wasm.Instr{
		{Op: 0x27}, {Op: wasm.NumOpcodes}, {Op: 0xffff},
		{Op: wasm.OpBlock}, {Op: wasm.OpBlock, Block: wasm.BlockResult(wasm.I8)},
		{Op: wasm.OpBrTable}, {Op: wasm.OpI32Load, Align: 64},
		{Op: wasm.OpSelectT, Types: []wasm.ValType{wasm.Bot}},
		{Op: wasm.OpTryTable, Block: wasm.BlockEmpty, Catches: []wasm.Catch{{Kind: 4}}},
		{Op: wasm.OpRefNull, Heap: 0x42 << 40},
	} {
		dst := []byte{1, 2, 3}
		got, err := AppendInstr(dst, &in)
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != CodeEncode || !bytes.Equal(got, dst) {
			t.Errorf("%v: got % x, %v", in, got, err)
		}
	}
}

func TestConstInstrs(t *testing.T) {
	x, err := MakeConst(wasm.Instr{Op: wasm.OpI32Const, Value: 5}, wasm.Instr{Op: wasm.OpGlobalGet, Index: 3}, wasm.Instr{Op: wasm.OpI32Add})
	if err != nil || !bytes.Equal(x.Code, unhex(t, "41 05 23 03 6a 0b")) {
		t.Fatalf("% x, %v", x.Code, err)
	}
	ins, err := ConstInstrs(x)
	if err != nil || len(ins) != 3 || ins[0].I32() != 5 || ins[1].Index != 3 || ins[2].Op != wasm.OpI32Add {
		t.Errorf("%v, %v", ins, err)
	}
	if ins, err := ConstInstrs(wasm.ConstExpr{}); err == nil {
		t.Errorf("an absent expression gives %v", ins)
	}
	if _, err := MakeConst(wasm.Instr{Op: 0x27}); err == nil {
		t.Error("an unknown opcode is written")
	}
}

func TestCheckCode(t *testing.T) {
	for _, tt := range []errorTest{
		{`@3 02 00 00 @10 02 02 00 0b 03 00 27 0b`, CodeOpcode, 21, "illegal opcode 27"},
		{`@3 01 00 @10 01 05 00 fc 09 00 0b`, CodeCount, 17, "data count section required: data.drop"},
		{`@3 01 00 @10 01 06 00 fc 08 00 00 0b`, CodeCount, 17, "data count section required: memory.init"},
	} {
		m, err := Decode(module(sections(t, tt.in.(string))))
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, tt.in, CheckCode(m), tt)
	}
	ok, err := Decode(module(sections(t, `@3 01 00 @12 00 @10 01 05 00 fc 09 00 0b`)))
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckCode(ok); err != nil {
		t.Error(err)
	}
}

func TestReaderDoesNotAllocate(t *testing.T) {
	code := unhex(t, "02 40 0e 02 00 00 00 0b 1c 01 7f 1a 41 2a 1a"+strings.Repeat(" 01", 100)+" 0b")
	var r InstrReader
	var in wasm.Instr
	read := func() {
		r.Reset(code, 0)
		for r.Next(&in) == nil {
		}
	}
	read()
	if n := testing.AllocsPerRun(10, read); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
