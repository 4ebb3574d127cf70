// This file compares what failed with the text that a script expects.

package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/engine"
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

// checkTrap checks that err is the trap that a script expects.
func checkTrap(err error, text string) error {
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
	var t *engine.Trap
	switch {
	case err == nil:
		return fmt.Errorf("expected %q, but it returned", kind)
	case isSkip(err):
		return err
	case !errors.As(err, &t):
		return fmt.Errorf("expected %q: %w", kind, err)
	case t.Kind != kind:
		return fmt.Errorf("expected %q, but it trapped with %q", kind, t)
	}
	return nil
}

// isSkip tells whether a command was not run, for a reason that is no failure.
func isSkip(err error) bool {
	var s *skipError
	return errors.As(err, &s) || errors.Is(err, errPending)
}
