// This file reads numbers and vectors within instructions (Text Format,
// sections "Numeric Instructions" and "Vector Instructions").

package text

import (
	"bytes"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// integer reads an integer constant.
func (p *parser) integer(width int) (uint64, error) {
	t := p.s.Next()
	if t.Kind != lex.Number {
		return 0, p.unexpected(t, "an integer")
	}
	v, err := lex.Int(p.s.Bytes(t), width)
	if err != nil {
		return 0, p.badNumber(t, err, width, "an integer")
	}
	return v, nil
}

// float reads a float constant.
func (p *parser) float(width int) (v uint64, err error) {
	t := p.s.Next()
	if t.Kind != lex.Number && t.Kind != lex.Keyword {
		return 0, p.unexpected(t, "a number")
	}
	if width == 32 {
		var v32 uint32
		v32, err = lex.Float32(p.s.Bytes(t))
		v = uint64(v32)
	} else {
		v, err = lex.Float64(p.s.Bytes(t))
	}
	if err == lex.ErrRange {
		return 0, p.s.Errorf(CodeConstant, t.Pos, "f%d constant out of range: %s", width, p.s.Describe(t))
	}
	if err != nil {
		return 0, p.unexpected(t, "a number")
	}
	return v, nil
}

// lane reads a lane index.
func (p *parser) lane() (uint8, error) {
	v, err := p.unsigned(p.s.Next(), 8, "a lane index")
	return uint8(v), err
}

// shapes are the shapes of v128.const.
var shapes = [...]string{"i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2"}

// v128 reads the shape and lanes of v128.const.
func (p *parser) v128(in *wasm.Instr) error {
	t := p.s.Next()
	shape := slices.Index(shapes[:], string(p.s.Bytes(t)))
	if t.Kind != lex.Keyword || shape < 0 {
		return p.unexpected(t, "a shape: "+strings.Join(shapes[:], ", "))
	}
	log := shape // the size of a lane in bytes is 1<<log
	if shape >= 4 {
		log = shape - 2
	}
	size := 1 << log
	n := 0
	var outOfRange error
	for p.isConstant() {
		var v uint64
		var err error
		if shape >= 4 {
			v, err = p.float(8 * size)
		} else {
			v, err = p.integer(8 * size)
		}
		if e, ok := err.(*diag.Error); ok && e.Code == CodeConstant {
			outOfRange = err // the number of lanes is checked first
		} else if err != nil {
			return err
		}
		for i := range size {
			if n*size < 16 {
				in.V128[n*size+i] = byte(v >> (8 * i))
			}
		}
		n++
	}
	if n*size != 16 {
		return p.s.Errorf(CodeConstant, t.Pos, "wrong number of lane literals: %s has %d lanes, not %d", shapes[shape], 16/size, n)
	}
	return outOfRange
}

// isConstant tells whether the next token is meant to be a number.
func (p *parser) isConstant() bool {
	t := p.s.Peek()
	return t.Kind == lex.Number || t.Kind == lex.Keyword && bytes.HasPrefix(p.s.Bytes(t), []byte("nan")) ||
		t.Kind == lex.Keyword && string(p.s.Bytes(t)) == "inf"
}

// shuffle reads the lanes of i8x16.shuffle.
func (p *parser) shuffle(in *wasm.Instr) error {
	for i := range in.V128 {
		t := p.s.Peek()
		if !p.isConstant() {
			return p.s.Errorf(CodeConstant, t.Pos, "invalid lane length: i8x16.shuffle takes 16 lane indices, not %d", i)
		}
		p.s.Next()
		v, err := lex.Uint(p.s.Bytes(t), 8)
		switch {
		case err != nil && lex.ClassifyNumber(p.s.Bytes(t)) == lex.NotNumber:
			return p.unexpected(t, "a lane index")
		case err != nil:
			return p.s.Errorf(CodeConstant, t.Pos, "i8 constant out of range: the lane index %s is not a natural number below 256", p.s.Describe(t))
		}
		in.V128[i] = byte(v)
	}
	if t := p.s.Peek(); t.Kind == lex.Number {
		return p.s.Errorf(CodeConstant, t.Pos, "invalid lane length: i8x16.shuffle takes 16 lane indices, and here is one more")
	}
	return nil
}
