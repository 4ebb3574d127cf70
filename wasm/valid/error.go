// This file names the classes of errors.

package valid

import (
	"strconv"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// The classes of errors of this package. Function bodies that are not well
// formed give the codes of package binary.
const (
	// CodeFeature: the module needs a feature that is not enabled.
	CodeFeature diag.Code = "valid/feature"
	// CodeTypeMismatch: operands or results have other types than needed.
	CodeTypeMismatch diag.Code = "valid/type-mismatch"
	// CodeType: a type definition that is not one of the language.
	CodeType diag.Code = "valid/type"
	// CodeSubType: a type does not match its declared supertype.
	CodeSubType diag.Code = "valid/sub-type"
	// CodeNonFunction: a type index must name a function type, structure type
	// or array type, and names another.
	CodeNonFunction diag.Code = "valid/kind-of-type"
	// CodeUnknownType and the others: an index names nothing.
	CodeUnknownType   diag.Code = "valid/unknown-type"
	CodeUnknownFunc   diag.Code = "valid/unknown-function"
	CodeUnknownTable  diag.Code = "valid/unknown-table"
	CodeUnknownMemory diag.Code = "valid/unknown-memory"
	CodeUnknownGlobal diag.Code = "valid/unknown-global"
	CodeUnknownTag    diag.Code = "valid/unknown-tag"
	CodeUnknownElem   diag.Code = "valid/unknown-elem"
	CodeUnknownData   diag.Code = "valid/unknown-data"
	CodeUnknownLocal  diag.Code = "valid/unknown-local"
	CodeUnknownLabel  diag.Code = "valid/unknown-label"
	CodeUnknownField  diag.Code = "valid/unknown-field"
	// CodeUninitialized: a local without default value is read before it is set.
	CodeUninitialized diag.Code = "valid/uninitialized-local"
	// CodeImmutable: a write to what cannot be written.
	CodeImmutable diag.Code = "valid/immutable"
	// CodeConst: an instruction that a constant expression may not have.
	CodeConst diag.Code = "valid/constant"
	// CodeAlignment: an alignment beyond, or of an atomic access other than,
	// the natural one.
	CodeAlignment diag.Code = "valid/alignment"
	// CodeOffset: a static offset beyond the address type.
	CodeOffset diag.Code = "valid/offset"
	// CodeLane: a lane index that the vector does not have.
	CodeLane diag.Code = "valid/lane"
	// CodeLimits: the limits of a table or memory.
	CodeLimits diag.Code = "valid/limits"
	// CodeTag: the type of a tag.
	CodeTag diag.Code = "valid/tag"
	// CodeExport: two exports with one name.
	CodeExport diag.Code = "valid/duplicate-export"
	// CodeStart: the start function.
	CodeStart diag.Code = "valid/start"
	// CodeFuncRef: ref.func of a function that is not declared.
	CodeFuncRef diag.Code = "valid/undeclared-reference"
	// CodeLimit: valid, but beyond a limit of this implementation.
	CodeLimit diag.Code = "valid/limit"
)

// spaceName is the name of an index space in messages.
func spaceName(k wasm.ExternKind) string {
	if k == wasm.ExternFunc {
		return "function"
	}
	return k.String()
}

// unknownCode is the code for an index beyond an index space.
func unknownCode(k wasm.ExternKind) diag.Code {
	switch k {
	case wasm.ExternFunc:
		return CodeUnknownFunc
	case wasm.ExternTable:
		return CodeUnknownTable
	case wasm.ExternMemory:
		return CodeUnknownMemory
	case wasm.ExternGlobal:
		return CodeUnknownGlobal
	}
	return CodeUnknownTag
}

func errUnknownType(x uint32, n int) *diag.Error {
	return diag.Errorf(CodeUnknownType, diag.Pos{}, "unknown type %d: %d types are defined here", x, n)
}

func utoa(x uint64) string { return strconv.FormatUint(x, 10) }
