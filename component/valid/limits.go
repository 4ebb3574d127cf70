// This file is the limits of this implementation. A component beyond one is
// refused with [CodeLimit].

package valid

import "github.com/dray-wasm/dray/component"

const (
	// MaxSpace is the largest number of definitions of a sort in a scope, but
	// for those of MaxBigSpace; also of imports, exports and arguments.
	MaxSpace = 1_000_000
	// MaxBigSpace is the largest number of modules, components and instances,
	// each, in a scope.
	MaxBigSpace = 1_000
	// MaxValues is the largest number of values in a scope.
	MaxValues = 1_000
	// MaxNesting is the largest depth of components and of component and
	// instance types in one another.
	MaxNesting = 100
	// MaxTypeDepth is the largest depth of types in types.
	MaxTypeDepth = 100
	// MaxTypeSize bounds the effective size of a type: the number of types it
	// is made of, counted as often as they occur.
	MaxTypeSize = 1_000_000
	// MaxElemSize bounds the size in bytes of a value in a 64-bit memory
	// (Canonical ABI, section "Element Size").
	MaxElemSize = 1 << 28
	// MaxFlags is the largest number of labels of a flags type.
	MaxFlags = 32
	// MaxCopies bounds the types, with their parts, that instantiating components and instance
	// types with other resource types makes, over the whole validation.
	MaxCopies = 1_000_000
	// MaxWork bounds the steps of comparing and looking through types, over
	// the whole validation.
	MaxWork = 20_000_000
)

// spaceLimit is the largest number of definitions of a sort.
func spaceLimit(s component.Sort) int {
	switch s {
	case component.SortCoreModule, component.SortCoreInstance, component.SortComponent, component.SortInstance:
		return MaxBigSpace
	case component.SortValue:
		return MaxValues
	}
	return MaxSpace
}
