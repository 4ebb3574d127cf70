// This file is an instruction with its immediates (Structure, section
// "Instructions").

package wasm

// An Instr is one instruction. [OpInfo.Imms] of its opcode says which of the
// immediates count; the others hold whatever was there before, because a
// reader fills the same Instr again and again.
type Instr struct {
	Op Opcode
	// Pos and End are the byte offsets of the instruction and of what follows
	// it, in the binary it was read from.
	Pos, End int64

	// Index and Index2 are the first and second index immediate, in the order
	// of the binary format.
	Index, Index2 uint32
	// Align is the binary logarithm of the alignment hint, Offset the static
	// offset of a memory access.
	Align  uint32
	Offset uint64
	Block  BlockType
	// Value is a constant: an integer sign-extended to 64 bits, or the bits of
	// a float.
	Value uint64
	V128  [16]byte
	Lane  uint8
	// Heap is a heap type; in br_on_cast it is the one before the cast, and
	// Null tells whether the reference may be null there.
	Heap, Heap2 HeapType
	Null, Null2 bool
	Labels      []uint32
	Types       []ValType
	Catches     []Catch
}

// I32 is the value of an i32 constant.
func (in *Instr) I32() int32 { return int32(in.Value) }

// I64 is the value of an i64 constant.
func (in *Instr) I64() int64 { return int64(in.Value) }

// A BlockType is the type of a structured instruction: nothing, one result
// type, or a function type by its index. The zero value is not a block type.
type BlockType uint64

const (
	blockIndexBit = 1 << 63
	// BlockEmpty is the block type without parameters and results.
	BlockEmpty BlockType = 0x40 << codeShift
)

// BlockResult is the block type without parameters and with one result.
func BlockResult(t ValType) BlockType { return BlockType(t) }

// BlockIndex is the block type with a type index.
func BlockIndex(typeIndex uint32) BlockType {
	return blockIndexBit | BlockType(typeIndex)
}

// Index is the type index of the block type; ok is false when it has none.
func (b BlockType) Index() (typeIndex uint32, ok bool) {
	return uint32(b), b&blockIndexBit != 0
}

// Result is the single result type of the block type; ok is false when the
// block type is BlockEmpty or a type index.
func (b BlockType) Result() (t ValType, ok bool) {
	return ValType(b), b&blockIndexBit == 0 && b != BlockEmpty
}

// A CatchKind is the kind of a catch clause of try_table; the values are those
// of the binary format.
type CatchKind uint8

// The kinds of catch clause.
const (
	CatchTag CatchKind = iota
	CatchTagRef
	CatchAll
	CatchAllRef
)

// String is the keyword of the text format.
func (k CatchKind) String() string {
	switch k {
	case CatchTag:
		return "catch"
	case CatchTagRef:
		return "catch_ref"
	case CatchAll:
		return "catch_all"
	case CatchAllRef:
		return "catch_all_ref"
	}
	return "catchclause"
}

// HasTag tells whether clauses of this kind name a tag.
func (k CatchKind) HasTag() bool { return k == CatchTag || k == CatchTagRef }

// A Catch is a catch clause of try_table. Tag counts when Kind.HasTag.
type Catch struct {
	Kind  CatchKind
	Tag   uint32
	Label uint32
}
