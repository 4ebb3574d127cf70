package wasi

// This file is how guests end that do not trap, and programs that are no
// commands.

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/wasi/internal/exit"
)

// An ExitError is a guest that exited while Go called one of its functions.
// [Run] and [RunModule] return the status as a value instead.
type ExitError struct{ Code uint32 }

func (e *ExitError) Error() string { return fmt.Sprintf("the guest exited with status %d", e.Code) }

// Exited makes the error of a call an *[ExitError] where the guest exited, for
// programs that call exports themselves.
func Exited(err error) error {
	var e *exit.Exit
	if errors.As(err, &e) {
		return &ExitError{e.Code}
	}
	return err
}

// A CommandError is a module or component that is not a command.
type CommandError struct {
	// Name is the file that it was read from; it may be empty.
	Name string
	// Exports are the functions that it exports.
	Exports []string
	// Service says that it is a component that answers HTTP requests.
	Service bool

	what string
}

func (e *CommandError) Error() string {
	msg := e.what
	if e.Name != "" {
		msg = e.Name + ": " + msg
	}
	const shown = 20
	switch n := len(e.Exports); {
	case n == 0:
		return msg + "; it exports no functions"
	case n > shown:
		return msg + fmt.Sprintf("; it exports the functions %s and %d more", strings.Join(e.Exports[:shown], ", "), n-shown)
	default:
		return msg + "; it exports the functions " + strings.Join(e.Exports, ", ")
	}
}
