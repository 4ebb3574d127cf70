package abi

// This file is traps of the Canonical ABI.

import (
	"fmt"
	"strings"
)

// A Trap is a rule of the Canonical ABI that a guest broke.
type Trap struct {
	// Msg is the rule and how it was broken.
	Msg string
	// Func is the function that was called, empty where it is not known.
	Func string
	// Path is the place in a parameter or result, outermost part last:
	// {"[2]", ".tags", "parameter \"p\""}.
	Path []string
}

// Trapf makes a trap.
func Trapf(format string, args ...any) *Trap { return &Trap{Msg: fmt.Sprintf(format, args...)} }

func (t *Trap) Error() string {
	var b strings.Builder
	if t.Func != "" {
		b.WriteString(t.Func)
		b.WriteString(": ")
	}
	for i := len(t.Path) - 1; i >= 0; i-- {
		b.WriteString(t.Path[i])
	}
	if len(t.Path) > 0 {
		b.WriteString(": ")
	}
	b.WriteString(t.Msg)
	return b.String()
}

// Within says in which part of a value a trap happened. Other errors stay as
// they are. It costs nothing where err is nil.
func Within(err error, part string) error {
	if t, ok := err.(*Trap); ok {
		t.Path = append(t.Path, part)
	}
	return err
}

// In says in which function a trap happened, unless it is known.
func In(err error, fn string) error {
	if t, ok := err.(*Trap); ok && t.Func == "" {
		t.Func = fn
	}
	return err
}
