// This file compares what failed with the text that a script expects.

package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
)

// trapTexts are the texts of traps in scripts that stand for an engine's kinds
// of trap beside the kind's own. Engines need not tell a null in a table from
// an index beyond it, or one kind of null reference from another.
var trapTexts = map[engine.TrapKind][]string{
	engine.TrapTableOutOfBounds: {"undefined element", "uninitialized element"},
	engine.TrapNullReference: {"uninitialized element", "null function reference", "null i31 reference",
		"null structure reference", "null array reference", "null exception reference"},
	engine.TrapIndirectCallMismatch: {"indirect call"},
}

// matchTrap tells whether a kind of trap is what a script means by a text. The
// text may go on behind the kind: "uninitialized element 7".
func matchTrap(kind engine.TrapKind, text string) bool {
	return strings.HasPrefix(text, string(kind)) || slices.ContainsFunc(trapTexts[kind], func(t string) bool {
		return strings.HasPrefix(text, t)
	})
}

// innermost is the trap of the engine that began a failure: a trap in one
// component ends the calls of others that led there. It is nil where the
// engine did not trap.
func innermost(err error) *engine.Trap {
	var t *engine.Trap
	if !errors.As(err, &t) {
		return nil
	}
	for next := t; errors.As(next.Err, &next); {
		t = next
	}
	return t
}

// checkTrap checks that err is the trap that an assertion expects.
func (sc *scope) checkTrap(c *Command, err error) error {
	if sc.ofComponent(c) {
		sc.trapped(c, err)
		return checkComponentTrap(err, c.Text)
	}
	return checkModuleTrap(err, c.Text)
}

// ofComponent tells whether an assertion is about a component.
func (sc *scope) ofComponent(c *Command) bool {
	if c.Module != nil {
		return c.Module.Component
	}
	in, err := sc.instance(c.Action.Instance)
	return err == nil && in.def.component
}

// trapped reports what failed as an assertion about a component expects.
func (sc *scope) trapped(c *Command, err error) {
	if err != nil && !isSkip(err) && sc.r.cfg.Trapped != nil && sc.ofComponent(c) {
		sc.r.cfg.Trapped(c.Line, c.Kind, c.Text, err)
	}
}

// checkComponentTrap checks that err is a trap in a component: of the kind that
// the text names where it is one of core code, else of the Canonical ABI.
func checkComponentTrap(err error, text string) error {
	var broken *abi.Trap
	switch {
	case err == nil:
		return fmt.Errorf("expected the trap %q, but it returned", text)
	case isSkip(err):
		return err
	}
	want := coreTrap(text)
	t := innermost(err)
	switch {
	case errors.As(err, &broken):
		if want != "" {
			return fmt.Errorf("expected the trap %q: %w", text, err)
		}
	case t == nil, t.Kind == engine.TrapHost, t.Kind == engine.TrapInterrupted, t.Kind != want:
		return fmt.Errorf("expected the trap %q: %w", text, err)
	}
	return nil
}

// coreTrap is the kind of trap of core code that a text names; "" for none.
func coreTrap(text string) engine.TrapKind {
	for _, k := range coreTraps {
		if strings.Contains(text, string(k)) {
			return k
		}
	}
	return ""
}

var coreTraps = []engine.TrapKind{
	engine.TrapUnreachable, engine.TrapDivideByZero, engine.TrapIntegerOverflow, engine.TrapInvalidConversion,
	engine.TrapMemoryOutOfBounds, engine.TrapTableOutOfBounds, engine.TrapIndirectCallMismatch,
	engine.TrapStackExhausted, engine.TrapUncaughtException,
}

// checkModuleTrap checks that err is the trap of a module that a script
// expects.
func checkModuleTrap(err error, text string) error {
	var t *engine.Trap
	switch {
	case err == nil:
		return fmt.Errorf("expected the trap %q, but it returned", text)
	case isSkip(err):
		return err
	case !errors.As(err, &t):
		return fmt.Errorf("expected the trap %q: %w", text, err)
	case !matchTrap(t.Kind, text):
		return fmt.Errorf("expected the trap %q, but it trapped with %q", text, t)
	}
	return nil
}

// checkKind checks that err is a trap of a kind.
func checkKind(err error, kind engine.TrapKind) error {
	t := innermost(err)
	switch {
	case err == nil:
		return fmt.Errorf("expected %q, but it returned", kind)
	case isSkip(err):
		return err
	case t == nil:
		return fmt.Errorf("expected %q: %w", kind, err)
	case t.Kind != kind:
		return fmt.Errorf("expected %q, but it trapped with %q", kind, t)
	}
	return nil
}

// isSkip tells whether a command was not run, for a reason that is no failure.
func isSkip(err error) bool {
	var s *skipError
	return errors.As(err, &s)
}
