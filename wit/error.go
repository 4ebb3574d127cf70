// This file is the codes of errors.

package wit

import "github.com/dray-wasm/dray/diag"

// The codes of errors.
const (
	// CodeRead: a file cannot be read, or there is none.
	CodeRead diag.Code = "wit/read"
	// CodeSyntax: the text is not WIT.
	CodeSyntax diag.Code = "wit/syntax"
	// CodeName: a name is unknown, or not of what it should be.
	CodeName diag.Code = "wit/name"
	// CodeDuplicate: a name is defined twice.
	CodeDuplicate diag.Code = "wit/duplicate"
	// CodeCycle: a definition depends on itself.
	CodeCycle diag.Code = "wit/cycle"
	// CodeVersion: a version is not a semantic version.
	CodeVersion diag.Code = "wit/version"
	// CodePackage: the packages of files do not fit together.
	CodePackage diag.Code = "wit/package"
	// CodeGate: a gate is wrong, or refers to what is not enabled.
	CodeGate diag.Code = "wit/gate"
	// CodeType: a type that may not be where it is.
	CodeType diag.Code = "wit/type"
	// CodeWorld: an include or a name of a world does not fit.
	CodeWorld diag.Code = "wit/world"
	// CodeLimit: beyond a limit of this implementation.
	CodeLimit diag.Code = "wit/limit"
)
