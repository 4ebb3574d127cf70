// This file says what an opcode is and what the instruction table tells about
// it (Binary Format, section "Instructions").

package wasm

// An Opcode names an instruction. One-byte opcodes are themselves; opcodes
// after a prefix byte follow, so that an Opcode is a small index. [MakeOpcode]
// and [Opcode.Bytes] convert from and to the bytes of a binary.
//
// Opcodes, not names, are unique: "select", "ref.test" and "ref.cast" have two
// opcodes each.
type Opcode uint16

// The places of the prefixed opcodes in the index space.
const (
	baseFB Opcode = 0x100
	baseFC Opcode = 0x120
	baseFD Opcode = 0x140
	baseFE Opcode = 0x260
	// NumOpcodes is one more than the largest Opcode.
	NumOpcodes = 0x2b0
)

// opBases holds the first Opcode of each prefix 0xFB to 0xFE, and the end.
var opBases = [...]Opcode{baseFB, baseFC, baseFD, baseFE, NumOpcodes}

// MakeOpcode is the opcode for a prefix byte 0xFB to 0xFE and the number after
// it; ok is false when the table has no such instruction.
func MakeOpcode(prefix byte, sub uint32) (op Opcode, ok bool) {
	i := int(prefix) - 0xfb
	if i < 0 || i >= len(opBases)-1 || sub >= uint32(opBases[i+1]-opBases[i]) {
		return 0, false
	}
	op = opBases[i] + Opcode(sub)
	return op, opTable[op].Name != ""
}

// Bytes is the encoding of the opcode: the byte of a one-byte opcode with
// prefixed false, or the prefix byte and the number that follows it as u32.
func (op Opcode) Bytes() (first byte, sub uint32, prefixed bool) {
	switch {
	case op < baseFB:
		return byte(op), 0, false
	case op < baseFC:
		return 0xfb, uint32(op - baseFB), true
	case op < baseFD:
		return 0xfc, uint32(op - baseFC), true
	case op < baseFE:
		return 0xfd, uint32(op - baseFD), true
	}
	return 0xfe, uint32(op - baseFE), true
}

// Info is the row of the table for this opcode, with an empty Name when there
// is no such instruction. The row is shared: do not change it.
func (op Opcode) Info() *OpInfo {
	if int(op) >= len(opTable) {
		return &noOp
	}
	return &opTable[op]
}

var noOp OpInfo

// String is the instruction's name in the text format.
func (op Opcode) String() string {
	if name := op.Info().Name; name != "" {
		return name
	}
	return "unknown"
}

// OpInfo is what the instruction table tells about an opcode.
type OpInfo struct {
	// Name is the keyword of the text format.
	Name string
	// Feature is the proposal that brought the instruction.
	Feature Feature
	// Imms are the immediates in the order of the binary format, ended by
	// ImmNone. (The text format swaps the two of call_indirect, memory.init,
	// table.init and their relatives.)
	Imms [2]Imm
	// Sig is the type of the instruction where it is the same everywhere, one
	// letter per value, operands before the colon and results after it:
	// i, I, f, F, v for i32, i64, f32, f64, v128, and a for the address type of
	// the memory or table of the instruction. It is empty where the type
	// depends on the context.
	Sig string
	// Align is the binary logarithm of the natural alignment of a memory
	// access, which is also its width.
	Align uint8
	// Lanes bounds lane indices: those of the immediate are below it.
	Lanes uint8
}

type imms = [2]Imm

// An Imm is a kind of immediate, and says where [Instr] keeps its value.
type Imm uint8

// The kinds of immediate. "Index" in a comment means Instr.Index for the first
// index of an instruction and Instr.Index2 for the second.
const (
	ImmNone Imm = iota

	// The immediates that are one u32.
	ImmLabel  // label index: Index
	ImmFunc   // function index: Index
	ImmType   // type index: Index
	ImmTable  // table index: Index
	ImmMemory // memory index: Index
	ImmLocal  // local index: Index
	ImmGlobal // global index: Index
	ImmTag    // tag index: Index
	ImmField  // field index: Index
	ImmData   // data segment index: Index
	ImmElem   // element segment index: Index
	ImmCount  // a u32 that is no index (array.new_fixed): Index

	ImmBlockType   // block type: Block
	ImmLabelTable  // br_table's labels, the default one last: Labels
	ImmCatches     // try_table's catch clauses: Catches
	ImmMemArg      // memory access: Align, Offset, and the memory in Index
	ImmLane        // lane index, a byte: Lane
	ImmI32         // i32 constant: Value, sign-extended
	ImmI64         // i64 constant: Value
	ImmF32         // f32 constant: its bits in Value
	ImmF64         // f64 constant: its bits in Value
	ImmV128        // 16 bytes, little-endian: V128
	ImmShuffle     // 16 lane indices: V128
	ImmHeapType    // heap type: Heap
	ImmCast        // casts of br_on_cast: Index (label), Null, Heap, Null2, Heap2
	ImmSelectTypes // result types of select: Types
	ImmZero        // a zero byte (atomic.fence): nowhere
)

// IsIndex tells whether the immediate is one u32, which Instr keeps in Index
// or Index2.
func (i Imm) IsIndex() bool { return i-ImmLabel <= ImmCount-ImmLabel }
