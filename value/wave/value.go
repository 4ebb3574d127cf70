package wave

// This file is values by type.

import (
	"math"
	"strconv"

	"github.com/dray-wasm/dray/value"
)

// value takes a value of type t.
func (p *parser) value(t *value.Type) (value.Value, error) {
	if p.depth == MaxDepth {
		return value.Value{}, p.errf(CodeLimit, p.pos, "values nest too deeply: more than %d levels", MaxDepth)
	}
	if err := p.spend(1); err != nil {
		return value.Value{}, err
	}
	p.depth++
	v, err := p.valueOf(t)
	p.depth--
	return v, err
}

func (p *parser) valueOf(t *value.Type) (value.Value, error) {
	c := p.next()
	at := p.pos
	switch t.Kind {
	case value.KindBool:
		switch w := p.word(); w {
		case "true", "false":
			p.pos += len(w)
			return value.Bool(w == "true"), nil
		}
	case value.KindS8, value.KindU8, value.KindS16, value.KindU16,
		value.KindS32, value.KindU32, value.KindS64, value.KindU64:
		return p.integer(t)
	case value.KindF32, value.KindF64:
		return p.float(t)
	case value.KindChar:
		if c == '\'' {
			r, err := p.char()
			return value.Char(r), err
		}
	case value.KindString:
		if c == '"' {
			s, err := p.text()
			return value.String(s), err
		}
	case value.KindList:
		if c == '[' {
			return p.list(t)
		}
	case value.KindTuple:
		if c == '(' {
			return p.tuple(t)
		}
	case value.KindRecord:
		if c == '{' {
			return p.record(t)
		}
	case value.KindFlags:
		if c == '{' {
			return p.flags(t)
		}
	case value.KindMap:
		if c == '{' {
			return p.mapping(t)
		}
	case value.KindVariant, value.KindEnum:
		return p.variant(t)
	case value.KindOption, value.KindResult:
		return p.special(t)
	default:
		return value.Value{}, p.errf(CodeType, at, "a value of type `%s` has no text form", t.Short())
	}
	return value.Value{}, p.mismatch(at, t)
}

// integer takes a whole number.
func (p *parser) integer(t *value.Type) (value.Value, error) {
	p.space()
	at := p.pos
	text, whole, ok := p.number()
	if !ok || !whole {
		return value.Value{}, p.mismatch(at, t)
	}
	var bits uint64
	var err error
	switch t.Kind {
	case value.KindS8, value.KindS16, value.KindS32, value.KindS64:
		var x int64
		x, err = strconv.ParseInt(text, 10, sizeOf(t.Kind))
		bits = uint64(x)
	default:
		bits, err = strconv.ParseUint(text, 10, sizeOf(t.Kind))
	}
	if err != nil {
		return value.Value{}, p.errf(CodeType, at, "%.40s is beyond the numbers of type `%s`", text, t.Kind)
	}
	v, err := value.FromBits(t, bits)
	return p.at(v, err, at)
}

// sizeOf is the size in bits of the integers of a kind.
func sizeOf(k value.Kind) int {
	switch k {
	case value.KindS8, value.KindU8:
		return 8
	case value.KindS16, value.KindU16:
		return 16
	case value.KindS32, value.KindU32:
		return 32
	}
	return 64
}

// float takes a number. What is too large for the type is infinite.
func (p *parser) float(t *value.Type) (value.Value, error) {
	p.space()
	at := p.pos
	var x float64
	switch w := p.word(); w {
	case "nan":
		x, p.pos = math.NaN(), p.pos+len(w)
	case "inf":
		x, p.pos = math.Inf(1), p.pos+len(w)
	case "-inf":
		x, p.pos = math.Inf(-1), p.pos+len(w)
	default:
		text, _, ok := p.number()
		if !ok {
			return value.Value{}, p.mismatch(at, t)
		}
		size := 64
		if t.Kind == value.KindF32 {
			size = 32
		}
		x, _ = strconv.ParseFloat(text, size) // the only error is a number out of range
	}
	bits := math.Float64bits(x)
	if t.Kind == value.KindF32 {
		bits = uint64(math.Float32bits(float32(x)))
	}
	v, err := value.FromBits(t, bits)
	return p.at(v, err, at)
}

// sequence takes what is separated by commas up to a closing mark.
func (p *parser) sequence(closing byte, one func() error) error {
	for {
		if p.accept(closing) {
			return nil
		}
		if err := one(); err != nil {
			return err
		}
		if !p.accept(',') {
			if p.accept(closing) {
				return nil
			}
			return p.expected("`,` or `" + string(closing) + "`")
		}
	}
}

func (p *parser) list(t *value.Type) (value.Value, error) {
	at := p.pos
	p.pos++
	var elems []value.Value
	err := p.sequence(']', func() error {
		if t.Fixed && len(elems) == int(t.Len) {
			return p.errf(CodeType, p.pos, "too many elements: type `%s` has %d", t.Short(), t.Len)
		}
		v, err := p.value(t.Elem)
		elems = append(elems, v)
		return err
	})
	if err != nil {
		return value.Value{}, err
	}
	v, err := value.List(t, elems)
	return p.at(v, err, at)
}

func (p *parser) tuple(t *value.Type) (value.Value, error) {
	at := p.pos
	p.pos++
	var elems []value.Value
	err := p.sequence(')', func() error {
		if len(elems) == len(t.Fields) {
			return p.errf(CodeType, p.pos, "too many elements: type `%s` has %d", t.Short(), len(t.Fields))
		}
		v, err := p.value(t.Fields[len(elems)].Type)
		elems = append(elems, v)
		return err
	})
	if err != nil {
		return value.Value{}, err
	}
	if len(elems) < len(t.Fields) {
		return value.Value{}, p.errf(CodeType, p.pos-1, "expected %d elements of type `%s`, found %d", len(t.Fields), t.Short(), len(elems))
	}
	v, err := value.Record(t, elems...)
	return p.at(v, err, at)
}

// special takes a value of an option or result: a case, or only the payload of
// some or ok where that is neither.
func (p *parser) special(t *value.Type) (value.Value, error) {
	at, usual := p.pos, 0
	names := [2]string{"ok", "err"}
	if t.Kind == value.KindOption {
		names = [2]string{"none", "some"}
		usual = 1
	}
	w := p.word()
	for i, name := range names {
		if w == name {
			p.pos += len(w)
			return p.payload(t, i, at)
		}
	}
	c := t.Cases[usual].Type
	if c == nil || c.Kind == value.KindOption || c.Kind == value.KindResult {
		return value.Value{}, p.mismatch(at, t)
	}
	v, err := p.value(c)
	if err != nil {
		return v, err
	}
	v, err = value.VariantCase(t, usual, &v)
	return p.at(v, err, at)
}

// variant takes a value of a variant or enum.
func (p *parser) variant(t *value.Type) (value.Value, error) {
	at := p.pos
	name, escaped, err := p.label("a case of type `" + t.Short() + "`")
	if err != nil {
		return value.Value{}, err
	}
	i, ok := p.index(t, name)
	switch {
	case ok && !escaped && value.Keyword(name):
		return value.Value{}, p.errf(CodeSyntax, at, "`%s` is a keyword: write `%%%s` for the case", name, name)
	case !ok:
		return value.Value{}, p.errf(CodeType, at, "there is no case `%.60s` in type `%s`", name, t.Short())
	}
	return p.payload(t, i, at)
}

// payload takes the payload of a case, in parentheses, if it has one.
func (p *parser) payload(t *value.Type, i, at int) (value.Value, error) {
	c := t.Cases[i]
	if c.Type == nil {
		if t.Kind != value.KindEnum && p.next() == '(' {
			return value.Value{}, p.errf(CodeType, p.pos, "case `%s` has no payload", c.Name)
		}
		v, err := value.VariantCase(t, i, nil)
		return p.at(v, err, at)
	}
	if !p.accept('(') {
		return value.Value{}, p.errf(CodeType, p.pos, "expected a payload of type `%s` in parentheses, found %s", c.Type.Short(), p.found())
	}
	v, err := p.value(c.Type)
	if err != nil {
		return v, err
	}
	if err := p.expect(')'); err != nil {
		return v, err
	}
	v, err = value.VariantCase(t, i, &v)
	return p.at(v, err, at)
}
