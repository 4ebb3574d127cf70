// This file performs assertions about modules that must be refused.

package script

import (
	"errors"
	"fmt"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/valid"
)

// A refusal is a module that was refused: malformed, or else invalid.
type refusal struct {
	malformed bool
	err       error
}

func (r *refusal) Error() string {
	if r.malformed {
		return "malformed: " + r.err.Error()
	}
	return "invalid: " + r.err.Error()
}

func (r *refusal) Unwrap() error { return r.err }

// assertRefused performs assert_malformed and assert_invalid, and those for
// custom sections.
func (sc *scope) assertRefused(c *Command) error {
	malformed := c.Kind == KindMalformed || c.Kind == KindMalformedCustom
	if c.Module.Form == FormInstance {
		return errors.New("an instance can be neither malformed nor invalid")
	}
	err := sc.r.define(c.Module, c.Line).err
	var r *refusal
	switch {
	case err == nil:
		return fmt.Errorf("expected a %s that is refused with %q, but it is valid", c.Module.noun(), c.Text)
	case !errors.As(err, &r):
		return err
	}
	if sc.r.cfg.Refused != nil {
		sc.r.cfg.Refused(c.Line, c.Kind, c.Text, r.err)
	}
	switch {
	case isFeature(r.err):
		return nil
	case c.Kind == KindInvalidCustom || c.Kind == KindMalformedCustom:
	case sc.r.beyondLimits(r, c.Text):
		return nil
	case r.malformed != malformed:
		want := map[bool]string{true: "malformed", false: "invalid"}[malformed]
		return fmt.Errorf("expected a %s that is %s (%q), but it is %w", c.Module.noun(), want, c.Text, r)
	case c.Module.Component:
		return nil
	}
	if malformed && c.Module.Form == FormBinary && cutOff(r.err, c.Text) {
		return nil
	}
	return checkText(r.err.Error(), c.Text)
}

// cutOff tells whether a refusal says that a section or function ends too
// early where the script says what its bytes and those after it would be
// together: the reference interpreter reads on into the next section.
func cutOff(err error, want string) bool {
	var e *diag.Error
	if !errors.As(err, &e) || e.Code != binary.CodeTruncated {
		return false
	}
	switch want {
	case "integer representation too long", "integer too large", "section size mismatch",
		"malformed limits flags", "length out of bounds":
		return true
	}
	return false
}

// noun is what to call a module.
func (m *Module) noun() string {
	if m.Component {
		return "component"
	}
	return "module"
}

// beyondLimits tells whether a refusal is that of a table or memory that is too
// large, in a script that expects the number to be malformed: before memory64
// limits were numbers of 32 bits.
func (r *runner) beyondLimits(re *refusal, want string) bool {
	var e *diag.Error
	return !r.cfg.Features.Has(wasm.FeatureMemory64) && want == "i32 constant out of range" &&
		errors.As(re, &e) && e.Code == valid.CodeLimits
}
