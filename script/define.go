// This file takes modules through the layers: from text or binary to syntax, to
// binary and back, through validation.

package script

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	comp "github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
	"github.com/dray-wasm/dray/wasm/valid"
)

// A definition is a module or component that was taken through the layers.
type definition struct {
	line      int
	component bool
	// err is what went wrong: a *refusal, or a failure of ours.
	err error
	// skip is a feature that the module needs and the engine lacks, or "".
	skip   string
	module *wasm.Module
	// imports and exports are the types, canonical in runner.types.
	imports []valid.ExternImport
	exports map[string]valid.ExternType
	// code is the module compiled, nil before its first instance.
	code  engine.Module
	extra []engine.Extern // what metering adds to its imports
	// root is the component compiled, unless it is skipped.
	root *comp.Component
	// names are those of the imports of a component.
	names []string
}

// define takes a module through the layers. What goes wrong is in the
// definition.
func (r *runner) define(m *Module, line int) *definition {
	def := &definition{line: line, component: m.Component}
	if m.Component {
		r.defineComponent(def, m)
		return def
	}
	if def.module, def.err = r.module(m); def.err != nil {
		return def
	}
	check := func(set wasm.Features) error { return valid.Module(def.module, set) }
	if def.skip, def.err = missing(check, r.cfg.Features, r.have); def.err != nil {
		def.err = fmt.Errorf("valid, but with the engine's features: %w", def.err)
		return def
	}
	def.err = r.addTypes(def)
	return def
}

// addTypes lists the types of a definition's imports and exports.
func (r *runner) addTypes(def *definition) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	imports, exports, err := r.types.AddExterns(def.module)
	if err != nil {
		return fmt.Errorf("valid, but its types are not: %w", err)
	}
	def.imports = imports
	def.exports = make(map[string]valid.ExternType, len(exports))
	for _, e := range exports {
		def.exports[e.Name] = e.Type
	}
	return nil
}

// module gives the module that the round trip through the binary format left.
func (r *runner) module(m *Module) (*wasm.Module, error) {
	parsed, locate, err := r.parseModule(m)
	if err != nil {
		return nil, &refusal{malformed: true, err: err}
	}
	verr := valid.Module(parsed, r.cfg.Features)
	if verr != nil {
		verr = &refusal{err: locate(verr)}
	}
	if verr != nil && m.Form == FormBinary {
		return nil, verr
	}
	bin, err := binary.Encode(parsed)
	if err != nil && verr != nil {
		return nil, verr // what is invalid may have no binary form
	}
	if err != nil {
		return nil, fmt.Errorf("it cannot be encoded: %w", err)
	}
	decoded, err := decodeModule(bin)
	if err != nil {
		return nil, fmt.Errorf("what was encoded cannot be decoded: %w", err)
	}
	again := valid.Module(decoded, r.cfg.Features)
	switch {
	case verr != nil && again == nil:
		return nil, fmt.Errorf("the module is refused, but not once it was encoded: %w", verr)
	case verr != nil:
		return nil, verr
	case again != nil:
		return nil, fmt.Errorf("the module is valid, but not once it was encoded: %w", again)
	}
	if r.cfg.RoundTrip {
		if err := roundTrip(decoded, bin); err != nil {
			return nil, err
		}
	}
	return decoded, nil
}

// parseModule reads a module in any form. locate gives errors of validation
// their place.
func (r *runner) parseModule(m *Module) (_ *wasm.Module, locate func(error) error, err error) {
	var src *text.Source
	switch m.Form {
	case FormBinary:
		mod, err := decodeModule(m.bytes())
		return mod, func(err error) error { return err }, err
	case FormQuote:
		if src, err = text.Parse(m.bytes()); err != nil {
			return nil, nil, quoted(err)
		}
		return src.Module, func(err error) error { return quoted(src.Locate(err)) }, nil
	case FormInline:
		src, err = text.Parse(m.src)
	default:
		src, err = text.ParseFields(lex.New(m.src, text.KeepAnnotation), m.Name)
	}
	if err != nil {
		return nil, nil, m.place(err)
	}
	return src.Module, func(err error) error { return m.place(src.Locate(err)) }, nil
}

// decodeModule reads a module in the binary format to its end.
func decodeModule(bin []byte) (*wasm.Module, error) {
	mod, err := binary.Decode(bin)
	if err == nil {
		err = binary.CheckCode(mod)
	}
	return mod, err
}

// bytes are the contents of a module's strings.
func (m *Module) bytes() []byte {
	var b []byte
	s := lex.New(m.src, nil)
	for s.Peek().Kind == lex.String {
		b = s.AppendString(b, s.Next())
	}
	return b
}

// quoted tells that the place of an error is one in a quoted text.
func quoted(err error) error {
	var e *diag.Error
	if errors.As(err, &e) && e.At.Line > 0 {
		return fmt.Errorf("in the quoted text: %w", err)
	}
	return err
}

// place moves the line and column of an error from the module's text to the
// script.
func (m *Module) place(err error) error {
	e, ok := err.(*diag.Error)
	if !ok || e.At.Line == 0 {
		return err
	}
	moved := *e
	if moved.At.Line == 1 {
		moved.At.Col += m.Col - 1
	}
	moved.At.Line += m.Line - 1
	moved.At.Offset += int64(m.at)
	return &moved
}

// roundTrip encodes a module, prints it as text, parses that and encodes it,
// and wants the bytes that the module has.
func roundTrip(m *wasm.Module, bin []byte) error {
	got, err := binary.Encode(m)
	if err != nil {
		return fmt.Errorf("round trip: what was decoded cannot be encoded: %w", err)
	}
	if !bytes.Equal(got, bin) {
		return fmt.Errorf("round trip: %d bytes became %d when decoded and encoded, from offset %#x on", len(bin), len(got), mismatch(bin, got))
	}
	var first, second bytes.Buffer
	again, err := reprint(m, &first)
	if err != nil {
		return err
	}
	got, err = binary.Encode(again)
	if err != nil {
		return fmt.Errorf("round trip: what was printed and parsed cannot be encoded: %w", err)
	}
	if bytes.Equal(got, bin) {
		return nil
	}
	// What is not canonical in a binary is lost in text: then the text must
	// stay the same from here on.
	m2, err := decodeModule(got)
	if err != nil {
		return fmt.Errorf("round trip: what was printed, parsed and encoded cannot be decoded: %w", err)
	}
	if _, err = reprint(m2, &second); err != nil {
		return err
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		return fmt.Errorf("round trip: %d bytes became %d when printed and parsed, and the texts differ: %s",
			len(bin), len(got), firstDifference(first.String(), second.String()))
	}
	if canonical(m) {
		return fmt.Errorf("round trip: %d bytes became %d when printed and parsed, from offset %#x on", len(bin), len(got), mismatch(bin, got))
	}
	return nil
}

// reprint prints a module and parses the text.
func reprint(m *wasm.Module, b *bytes.Buffer) (*wasm.Module, error) {
	if err := text.Print(b, m, text.PrintOptions{}); err != nil {
		return nil, fmt.Errorf("round trip: it cannot be printed: %w", err)
	}
	src, err := text.Parse(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("round trip: what was printed cannot be parsed: %w", err)
	}
	return src.Module, nil
}
