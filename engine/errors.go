package engine

// This file is the ways in which compiling, linking and running can fail.

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/wasm"
)

// ErrClosed is what everything answers that was closed, or whose store, module
// or engine was.
var ErrClosed = errors.New("it is closed")

// A CompileError is a module that the engine cannot compile: it exceeds a
// limit, or the engine refuses it. The latter is how a module ends that is not
// valid or needs a proposal that the engine does not support; the reason given
// is the engine's own.
type CompileError struct {
	// Msg says what is wrong, in one sentence.
	Msg string
	// Err is the engine's own error, if any.
	Err error
}

func (e *CompileError) Error() string { return e.Msg }

// Unwrap is the engine's own error.
func (e *CompileError) Unwrap() error { return e.Err }

// A LinkError is an import that cannot be satisfied.
type LinkError struct {
	// Index is the import's position, -1 where the problem is not one import.
	Index int
	// Import is the import.
	Import wasm.Import
	// Msg says what is wrong.
	Msg string
}

func (e *LinkError) Error() string {
	if e.Index < 0 {
		return e.Msg
	}
	return fmt.Sprintf("import %q %q: %s", e.Import.Module, e.Import.Name, e.Msg)
}

// A TrapKind is a reason for which guest code cannot go on. The texts are
// those of the specification's test scripts.
type TrapKind string

// The traps of the core specification.
const (
	TrapUnreachable          TrapKind = "unreachable"
	TrapDivideByZero         TrapKind = "integer divide by zero"
	TrapIntegerOverflow      TrapKind = "integer overflow"
	TrapInvalidConversion    TrapKind = "invalid conversion to integer"
	TrapMemoryOutOfBounds    TrapKind = "out of bounds memory access"
	TrapTableOutOfBounds     TrapKind = "out of bounds table access"
	TrapIndirectCallMismatch TrapKind = "indirect call type mismatch"
	TrapNullReference        TrapKind = "null reference"
	TrapStackExhausted       TrapKind = "call stack exhausted"
	TrapUnalignedAtomic      TrapKind = "unaligned atomic"
	TrapExpectedShared       TrapKind = "expected shared memory"
	TrapTooManyWaiters       TrapKind = "too many waiters"
	TrapUncaughtException    TrapKind = "uncaught exception"
	// TrapHost is a host function that returned an error or panicked.
	TrapHost TrapKind = "host function failed"
	// TrapInterrupted is a call whose context ended.
	TrapInterrupted TrapKind = "interrupted"
	// TrapUnknown is an engine's failure that has no name here.
	TrapUnknown TrapKind = "trap"
)

// A Trap ends a call of guest code. The instance it happened in may be in the
// middle of something: use it again only if you know that it is not.
type Trap struct {
	Kind TrapKind
	// Err is the host function's error for TrapHost and the context's for
	// TrapInterrupted. For other kinds it is nil or tells more.
	Err error
	// Frames is the guest's call stack, innermost first; it may be cut.
	Frames []Frame
}

// A Frame is one active function call.
type Frame struct {
	// Module is the module the function is of; nil for a host function.
	Module Module
	// Func is the function's index in the module's function index space.
	Func uint32
	// Host is the name of a host function, empty for a guest function.
	Host string
	// Offset is the position of the instruction, in bytes from the start of
	// the function's body (its vector of locals); -1 where it is not known.
	Offset int64
}

func (t *Trap) Error() string {
	var b strings.Builder
	b.WriteString(string(t.Kind))
	if t.Err != nil {
		b.WriteString(": ")
		b.WriteString(t.Err.Error())
	}
	return b.String()
}

// Unwrap is the cause.
func (t *Trap) Unwrap() error { return t.Err }

// An Unwinder is an error with which a host function ends the guest's call on
// purpose, as an exit does. It comes back from Func.Call as it is, without a
// Trap around it.
type Unwinder interface {
	error
	// Unwind does nothing; it tells such errors apart.
	Unwind()
}
