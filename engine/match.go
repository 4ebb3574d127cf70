package engine

// This file is the matching of extern types.

import "github.com/dray-wasm/dray/wasm"

// Matches tells whether an extern of one type can stand for an import of
// another (core specification, Matching, "External Types"). Function types
// must be equal: engines that have subtypes of functions compare more.
func Matches(got, want wasm.ExternType) bool {
	if got.Kind != want.Kind {
		return false
	}
	switch want.Kind {
	case wasm.ExternFunc, wasm.ExternTag:
		return got.Func != nil && want.Func != nil && got.Func.Equal(*want.Func)
	case wasm.ExternTable:
		return got.Table.Elem == want.Table.Elem && matchLimits(got.Table.Limits, want.Table.Limits)
	case wasm.ExternMemory:
		return got.Memory.Limits.Shared == want.Memory.Limits.Shared &&
			matchLimits(got.Memory.Limits, want.Memory.Limits)
	}
	return got.Global == want.Global
}

func matchLimits(got, want wasm.Limits) bool {
	return got.Is64 == want.Is64 && got.Min >= want.Min &&
		(!want.HasMax || got.HasMax && got.Max <= want.Max)
}
