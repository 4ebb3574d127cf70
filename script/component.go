// This file takes components through the layers: from text or binary to syntax,
// to binary and back, through validation.

package script

import (
	"bytes"
	"fmt"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// component gives the component that the round trip through the binary format
// left, and what validation says of it. The error is a *refusal, or a failure
// of ours.
func (r *runner) component(m *Module) (*component.Component, *valid.Info, error) {
	parsed, locate, err := parseComponent(m)
	if err != nil {
		return nil, nil, &refusal{malformed: true, err: err}
	}
	_, verr := valid.Component(parsed, r.cfg.ComponentFeatures, r.cfg.Features)
	if verr != nil {
		verr = &refusal{err: locate(verr)}
	}
	if verr != nil && m.Form == FormBinary {
		return nil, nil, verr
	}
	bin, err := binary.Encode(parsed)
	if err != nil && verr != nil {
		return nil, nil, verr // what is invalid may have no binary form
	}
	if err != nil {
		return nil, nil, fmt.Errorf("it cannot be encoded: %w", err)
	}
	decoded, err := binary.Decode(bin)
	if err != nil && verr != nil {
		return nil, nil, verr
	}
	if err != nil {
		return nil, nil, fmt.Errorf("what was encoded cannot be decoded: %w", err)
	}
	info, again := valid.Component(decoded, r.cfg.ComponentFeatures, r.cfg.Features)
	switch {
	case verr != nil && again == nil:
		return nil, nil, fmt.Errorf("the component is refused, but not once it was encoded: %w", verr)
	case verr != nil:
		return nil, nil, verr
	case again != nil:
		return nil, nil, fmt.Errorf("the component is valid, but not once it was encoded: %w", again)
	}
	if r.cfg.RoundTrip {
		if err := componentRoundTrip(decoded, bin); err != nil {
			return nil, nil, err
		}
	}
	return decoded, info, nil
}

// parseComponent reads a component in any form. locate gives errors of
// validation their place.
func parseComponent(m *Module) (_ *component.Component, locate func(error) error, err error) {
	switch m.Form {
	case FormBinary:
		c, err := binary.Decode(m.bytes())
		return c, func(err error) error { return err }, err
	case FormQuote:
		src, err := text.ParseBody(m.bytes())
		if err != nil {
			return nil, nil, quoted(err)
		}
		return src.Component, func(err error) error { return quoted(src.Locate(err)) }, nil
	}
	src, err := text.ParseFields(lex.New(m.src, text.KeepAnnotation), m.Name)
	if err != nil {
		return nil, nil, m.place(err)
	}
	return src.Component, func(err error) error { return m.place(src.Locate(err)) }, nil
}

// componentRoundTrip encodes a component, prints it as text, parses that and
// encodes it, and wants the bytes that the component has.
func componentRoundTrip(c *component.Component, bin []byte) error {
	got, err := binary.Encode(c)
	if err != nil {
		return fmt.Errorf("round trip: what was decoded cannot be encoded: %w", err)
	}
	if !bytes.Equal(got, bin) {
		return fmt.Errorf("round trip: %d bytes became %d when decoded and encoded, from offset %#x on", len(bin), len(got), mismatch(bin, got))
	}
	var first, second bytes.Buffer
	again, err := reprintComponent(c, &first)
	if err != nil {
		return err
	}
	if got, err = binary.Encode(again); err != nil {
		return fmt.Errorf("round trip: what was printed and parsed cannot be encoded: %w", err)
	}
	if bytes.Equal(got, bin) {
		return nil
	}
	// A binary may be written in more than one way: then text and binary must
	// stay the same from here on.
	decoded, err := binary.Decode(got)
	if err != nil {
		return fmt.Errorf("round trip: what was printed, parsed and encoded cannot be decoded: %w", err)
	}
	if _, err = reprintComponent(decoded, &second); err != nil {
		return err
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		return fmt.Errorf("round trip: %d bytes became %d when printed and parsed, and the texts differ: %s",
			len(bin), len(got), firstDifference(first.String(), second.String()))
	}
	return nil
}

// reprintComponent prints a component and parses the text.
func reprintComponent(c *component.Component, b *bytes.Buffer) (*component.Component, error) {
	if err := text.Print(b, c, text.PrintOptions{}); err != nil {
		return nil, fmt.Errorf("round trip: it cannot be printed: %w", err)
	}
	src, err := text.Parse(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("round trip: what was printed cannot be parsed: %w", err)
	}
	return src.Component, nil
}
