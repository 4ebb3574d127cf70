// This file compares what failed with the text that a script expects.

package script

import (
	"cmp"
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

// plainTrap leaves away the calls of other components through which a trap
// went.
func plainTrap(err error) error {
	var broken *abi.Trap
	if errors.As(err, &broken) {
		return broken
	}
	if t := innermost(err); t != nil && t.Kind != engine.TrapHost {
		return t
	}
	return err
}

// checkTrap checks that err is the trap that an assertion expects.
func (sc *scope) checkTrap(c *Command, err error) error {
	if sc.ofComponent(c) {
		if failed := checkComponentTrap(err, c.Text); failed != nil {
			return failed
		}
		sc.trapped(c, err)
		return nil
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
	if sc.r.cfg.Trapped != nil && sc.ofComponent(c) {
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
	var got string
	t := innermost(err)
	switch {
	case errors.As(err, &broken):
		got = ruleOf(broken.Msg)
	case t == nil, t.Kind == engine.TrapHost, t.Kind == engine.TrapInterrupted:
		return fmt.Errorf("expected the trap %q: %w", text, err)
	default:
		got = string(t.Kind)
	}
	if want := cmp.Or(coreTrap(text), ruleOf(text)); want != got {
		return fmt.Errorf("expected the trap %q: %w", text, err)
	}
	return nil
}

// coreTrap is the kind of trap of core code that a text names; "" for none.
func coreTrap(text string) string {
	for _, k := range coreTraps {
		if strings.Contains(text, string(k)) {
			return string(k)
		}
	}
	return ""
}

var coreTraps = []engine.TrapKind{
	engine.TrapUnreachable, engine.TrapDivideByZero, engine.TrapIntegerOverflow, engine.TrapInvalidConversion,
	engine.TrapMemoryOutOfBounds, engine.TrapTableOutOfBounds, engine.TrapIndirectCallMismatch,
	engine.TrapStackExhausted, engine.TrapUncaughtException,
}

// ruleOf is the rule that a text says is broken, where it is one of those that
// say when instances may be entered, left and blocked; "" for others. A message
// that goes on about an earlier failure is of the rule that it starts with.
func ruleOf(text string) string {
	text = strings.TrimPrefix(text, "wasm trap: ")
	for _, rule := range rules {
		if strings.HasPrefix(text, rule) {
			return rule
		}
	}
	return ""
}

var rules = []string{
	"cannot enter component instance", "cannot leave component instance",
	"cannot block a synchronous task", "deadlock detected",
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
