package govalue

// This file is codecs: how values of one Go type and one component type become
// each other.

import (
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
)

// An op is what a codec does.
type op uint8

const (
	opBool op = iota
	opInt
	opUint
	opF32
	opF64
	opChar
	opString
	opBytes
	opNumbers
	opList
	opArray
	opStruct
	opOption
	opVariant
	opEnumInt
	opEnumUint
	opEnumString
	opFlagsUint
	opFlagsStruct
	opMap
	opHandle
	opEnd
	opReader
	opValue
)

// A codec moves values between Go and guests. Codecs are immutable and shared.
type codec struct {
	op op
	// checked is set when not every Go value can be lowered.
	checked bool
	// ends is set when values may have streams or futures.
	ends bool
	// size is that of a scalar in memory, in bytes.
	size uint64
	// cost is the host's memory that an element of a list or map takes, or
	// what an option or a case points to, in bytes.
	cost uint64
	t    *abi.Type
	rt   reflect.Type
	// elem is the element of a list, the content of an option, the value of a
	// map; key is the key of a map.
	elem, key *codec
	// fields are the parts of a struct in the order of the component type.
	fields []field
	// labels are the cases of an enum by name.
	labels map[string]int
	// numbers moves lists of numbers.
	numbers *numberOps
	// elements are those of a stream or future.
	elements *elements
}

// A field is a field of a struct, or a case that a field stands for.
type field struct {
	index int    // in the Go type
	codec *codec // nil for a case without payload, and for flags
	// cost is the host's memory that the payload of a case takes.
	cost uint64
	// typ is the type of the payload.
	typ reflect.Type
}

// minCost is what an element costs at least, so that a short list in memory
// cannot make much work.
const minCost = 8

func cost(rt reflect.Type) uint64 { return max(uint64(rt.Size()), minCost) }

// field is the i-th part of a struct.
func (c *codec) field(v reflect.Value, i int) reflect.Value { return v.Field(c.fields[i].index) }
