// This file names the classes of errors.

package valid

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
)

// The classes of errors of this package. Errors in core modules have the codes
// of package wasm/valid.
const (
	// CodeFeature: the component needs a feature that is not enabled.
	CodeFeature diag.Code = "component-valid/feature"
	// CodeIndex: an index names nothing.
	CodeIndex diag.Code = "component-valid/index"
	// CodeSort: a definition of another sort or kind than needed.
	CodeSort diag.Code = "component-valid/sort"
	// CodeType: a type definition that is not one of the language.
	CodeType diag.Code = "component-valid/type"
	// CodeName: a name or label that is not formed as it must be.
	CodeName diag.Code = "component-valid/name"
	// CodeDuplicate: two names in a scope that are not strongly unique.
	CodeDuplicate diag.Code = "component-valid/duplicate"
	// CodeAlias: an alias that may not point where it does.
	CodeAlias diag.Code = "component-valid/alias"
	// CodeMismatch: a type does not match the type that is asked for.
	CodeMismatch diag.Code = "component-valid/mismatch"
	// CodeMissing: an argument or an export that is needed is not there.
	CodeMissing diag.Code = "component-valid/missing"
	// CodeVisibility: the type of an import or export refers to a type that
	// has no name outside.
	CodeVisibility diag.Code = "component-valid/visibility"
	// CodeResource: a resource type is used where it may not be.
	CodeResource diag.Code = "component-valid/resource"
	// CodeCanon: a canonical definition and its options.
	CodeCanon diag.Code = "component-valid/canon"
	// CodeCore: a core type, module or instance.
	CodeCore diag.Code = "component-valid/core"
	// CodeValue: a value or start definition.
	CodeValue diag.Code = "component-valid/value"
	// CodeLimit: valid, but beyond a limit of this implementation.
	CodeLimit diag.Code = "component-valid/limit"
)

// errf makes an error without a position; the definition that it is about
// gives it one.
func errf(code diag.Code, format string, args ...any) *diag.Error {
	return diag.Errorf(code, diag.Pos{}, format, args...)
}

// at gives an error the position of a definition where it has none.
func at(err error, pos int64) error {
	if e, ok := err.(*diag.Error); ok && !e.At.Valid {
		e.At = diag.Offset(pos)
	}
	return err
}

// within puts a note in front of the message of an error.
func within(err error, note string) error {
	if e, ok := err.(*diag.Error); ok {
		e.Msg = note + ": " + e.Msg
	}
	return err
}

// errIndex is the error for an index beyond an index space of n definitions.
func errIndex(s component.Sort, x uint32, n int) *diag.Error {
	space := spaceName(s)
	return errf(CodeIndex, "unknown %s %d: %s index out of bounds, %d are defined before", space, x, space, n)
}

// spaceName is the name of an index space in messages.
func spaceName(s component.Sort) string {
	switch s {
	case component.SortCoreFunc, component.SortFunc:
		return "function"
	case component.SortCoreType:
		return "core type"
	case component.SortCoreInstance:
		return "core instance"
	}
	return s.Keyword()
}

// sortNoun is a sort with its article.
func sortNoun(s component.Sort) string {
	switch s {
	case component.SortCoreModule:
		return "a module"
	case component.SortInstance, component.SortCoreInstance:
		return "an instance"
	}
	return "a " + s.Keyword()
}

// needs refuses what a feature that is not enabled brings.
func (v *validator) needs(f component.Feature, what string) error {
	if v.features.Has(f) {
		return nil
	}
	return errf(CodeFeature, "%s requires the component model feature %s, which is not enabled", what, f)
}
