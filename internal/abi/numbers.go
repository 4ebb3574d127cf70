package abi

// This file is lists of numbers, which are Go slices on the host's side.

import "github.com/dray-wasm/dray/value"

// number tells whether lists of a kind hold Go numbers.
func number(k value.Kind) bool { return k >= value.KindS8 && k <= value.KindF64 }

// loadNumbers is a list of the numbers in mem.
func loadNumbers(mem []byte, t *Type) (value.Value, error) {
	switch t.Elem.Kind {
	case value.KindU8:
		return value.Numbers(t.Type, append(make([]byte, 0, len(mem)), mem...))
	case value.KindS8:
		out := make([]int8, len(mem))
		for i, b := range mem {
			out[i] = int8(b)
		}
		return value.Numbers(t.Type, out)
	case value.KindU16:
		return value.Numbers(t.Type, decode16[uint16](mem))
	case value.KindS16:
		return value.Numbers(t.Type, decode16[int16](mem))
	case value.KindU32:
		return value.Numbers(t.Type, decode32[uint32](mem))
	case value.KindS32:
		return value.Numbers(t.Type, decode32[int32](mem))
	case value.KindU64:
		return value.Numbers(t.Type, decode64[uint64](mem))
	case value.KindS64:
		return value.Numbers(t.Type, decode64[int64](mem))
	case value.KindF32:
		out := make([]float32, len(mem)/4)
		for i := range out {
			out[i] = float32of(le.Uint32(mem[4*i:]))
		}
		return value.Numbers(t.Type, out)
	}
	out := make([]float64, len(mem)/8)
	for i := range out {
		out[i] = float64of(le.Uint64(mem[8*i:]))
	}
	return value.Numbers(t.Type, out)
}

func decode16[T int16 | uint16](mem []byte) []T {
	out := make([]T, len(mem)/2)
	for i := range out {
		out[i] = T(le.Uint16(mem[2*i:]))
	}
	return out
}

func decode32[T int32 | uint32](mem []byte) []T {
	out := make([]T, len(mem)/4)
	for i := range out {
		out[i] = T(le.Uint32(mem))
		mem = mem[4:]
	}
	return out
}

func decode64[T int64 | uint64](mem []byte) []T {
	out := make([]T, len(mem)/8)
	for i := range out {
		out[i] = T(le.Uint64(mem[8*i:]))
	}
	return out
}

// storeNumbers writes the numbers of a list. mem is as long as they are.
func storeNumbers(mem []byte, v value.Value) {
	switch v.Type().Elem.Kind {
	case value.KindU8:
		copy(mem, v.Bytes())
	case value.KindS8:
		s, _ := value.Slice[int8](v)
		for i, x := range s {
			mem[i] = byte(x)
		}
	case value.KindU16:
		encode16[uint16](mem, v)
	case value.KindS16:
		encode16[int16](mem, v)
	case value.KindU32:
		encode32[uint32](mem, v)
	case value.KindS32:
		encode32[int32](mem, v)
	case value.KindU64:
		encode64[uint64](mem, v)
	case value.KindS64:
		encode64[int64](mem, v)
	case value.KindF32:
		s, _ := value.Slice[float32](v)
		for i, x := range s {
			le.PutUint32(mem[4*i:], bits32of(x))
		}
	case value.KindF64:
		s, _ := value.Slice[float64](v)
		for i, x := range s {
			le.PutUint64(mem[8*i:], bits64of(x))
		}
	}
}

func encode16[T int16 | uint16](mem []byte, v value.Value) {
	s, _ := value.Slice[T](v)
	for i, x := range s {
		le.PutUint16(mem[2*i:], uint16(x))
	}
}

func encode32[T int32 | uint32](mem []byte, v value.Value) {
	s, _ := value.Slice[T](v)
	for _, x := range s {
		le.PutUint32(mem, uint32(x))
		mem = mem[4:]
	}
}

func encode64[T int64 | uint64](mem []byte, v value.Value) {
	s, _ := value.Slice[T](v)
	for i, x := range s {
		le.PutUint64(mem[8*i:], uint64(x))
	}
}
