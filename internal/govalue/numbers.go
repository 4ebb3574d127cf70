package govalue

// This file is lists of numbers that are slices of Go's numbers.

import (
	"encoding/binary"
	"math"
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
)

var le = binary.LittleEndian

// numberOps move slices of one element type. mem has the size of the elements.
type numberOps struct {
	load  func(mem []byte, dst reflect.Value)
	fill  func(mem []byte, dst reflect.Value) // load into a slice that is there
	store func(mem []byte, src reflect.Value)
}

// numberTable has the operations by element type.
var numberTable = map[reflect.Type]*numberOps{
	reflect.TypeFor[int8]():    numbersOf(1, get8[int8], put8[int8]),
	reflect.TypeFor[int16]():   numbersOf(2, get16[int16], put16[int16]),
	reflect.TypeFor[uint16]():  numbersOf(2, get16[uint16], put16[uint16]),
	reflect.TypeFor[int32]():   numbersOf(4, get32[int32], put32[int32]),
	reflect.TypeFor[uint32]():  numbersOf(4, get32[uint32], put32[uint32]),
	reflect.TypeFor[int64]():   numbersOf(8, get64[int64], put64[int64]),
	reflect.TypeFor[uint64]():  numbersOf(8, get64[uint64], put64[uint64]),
	reflect.TypeFor[float32](): numbersOf(4, getF32, putF32),
	reflect.TypeFor[float64](): numbersOf(8, getF64, putF64),
}

// numbersOf are the operations for elements of some bytes.
func numbersOf[T any](size int, get func([]byte, []T), put func([]byte, []T)) *numberOps {
	return &numberOps{
		load: func(mem []byte, dst reflect.Value) {
			s := make([]T, len(mem)/size)
			get(mem, s)
			if p, ok := dst.Addr().Interface().(*[]T); ok {
				*p = s
				return
			}
			dst.Set(reflect.ValueOf(s).Convert(dst.Type()))
		},
		fill:  func(mem []byte, dst reflect.Value) { get(mem, sliceOf[T](dst)) },
		store: func(mem []byte, src reflect.Value) { put(mem, sliceOf[T](src)) },
	}
}

// sliceOf is the slice that v holds, which may be of a type with a name.
func sliceOf[T any](v reflect.Value) []T {
	if v.CanAddr() {
		if p, ok := v.Addr().Interface().(*[]T); ok {
			return *p
		}
	} else if s, ok := v.Interface().([]T); ok {
		return s
	}
	s, _ := v.Convert(reflect.TypeFor[[]T]()).Interface().([]T)
	return s
}

// The loops below end with the shorter of the two.

func get8[T int8](mem []byte, s []T) {
	for i := range min(len(s), len(mem)) {
		s[i] = T(mem[i])
	}
}

func put8[T int8](mem []byte, s []T) {
	for i := range min(len(s), len(mem)) {
		mem[i] = byte(s[i])
	}
}

func get16[T int16 | uint16](mem []byte, s []T) {
	for ; len(s) > 0 && len(mem) >= 2; s, mem = s[1:], mem[2:] {
		s[0] = T(le.Uint16(mem))
	}
}

func put16[T int16 | uint16](mem []byte, s []T) {
	for ; len(s) > 0 && len(mem) >= 2; s, mem = s[1:], mem[2:] {
		le.PutUint16(mem, uint16(s[0]))
	}
}

func get32[T int32 | uint32](mem []byte, s []T) {
	for ; len(s) > 0 && len(mem) >= 4; s, mem = s[1:], mem[4:] {
		s[0] = T(le.Uint32(mem))
	}
}

func put32[T int32 | uint32](mem []byte, s []T) {
	for ; len(s) > 0 && len(mem) >= 4; s, mem = s[1:], mem[4:] {
		le.PutUint32(mem, uint32(s[0]))
	}
}

func get64[T int64 | uint64](mem []byte, s []T) {
	for ; len(s) > 0 && len(mem) >= 8; s, mem = s[1:], mem[8:] {
		s[0] = T(le.Uint64(mem))
	}
}

func put64[T int64 | uint64](mem []byte, s []T) {
	for ; len(s) > 0 && len(mem) >= 8; s, mem = s[1:], mem[8:] {
		le.PutUint64(mem, uint64(s[0]))
	}
}

func getF32(mem []byte, s []float32) {
	for ; len(s) > 0 && len(mem) >= 4; s, mem = s[1:], mem[4:] {
		s[0] = math.Float32frombits(abi.CanonicalNaN32(le.Uint32(mem)))
	}
}

func putF32(mem []byte, s []float32) {
	for ; len(s) > 0 && len(mem) >= 4; s, mem = s[1:], mem[4:] {
		le.PutUint32(mem, abi.CanonicalNaN32(math.Float32bits(s[0])))
	}
}

func getF64(mem []byte, s []float64) {
	for ; len(s) > 0 && len(mem) >= 8; s, mem = s[1:], mem[8:] {
		s[0] = math.Float64frombits(abi.CanonicalNaN64(le.Uint64(mem)))
	}
}

func putF64(mem []byte, s []float64) {
	for ; len(s) > 0 && len(mem) >= 8; s, mem = s[1:], mem[8:] {
		le.PutUint64(mem, abi.CanonicalNaN64(math.Float64bits(s[0])))
	}
}
