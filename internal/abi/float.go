package abi

// This file is floats. NaNs have one form, as in the deterministic profile
// (section "Loading", canonicalize_nan32 and canonicalize_nan64).

import "math"

// The bits of the one NaN of each type.
const (
	canonicalNaN32 = 0x7fc00000
	canonicalNaN64 = 0x7ff8000000000000
)

// canonicalizeNaN32 makes the bits of a NaN those of the one NaN.
func canonicalizeNaN32(bits uint32) uint32 {
	if bits&^(1<<31) > 0x7f800000 {
		return canonicalNaN32
	}
	return bits
}

// canonicalizeNaN64 makes the bits of a NaN those of the one NaN.
func canonicalizeNaN64(bits uint64) uint64 {
	if bits&^(1<<63) > 0x7ff0000000000000 {
		return canonicalNaN64
	}
	return bits
}

func float32of(bits uint32) float32 { return math.Float32frombits(canonicalizeNaN32(bits)) }
func float64of(bits uint64) float64 { return math.Float64frombits(canonicalizeNaN64(bits)) }
func bits32of(f float32) uint32     { return canonicalizeNaN32(math.Float32bits(f)) }
func bits64of(f float64) uint64     { return canonicalizeNaN64(math.Float64bits(f)) }
