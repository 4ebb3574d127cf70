// This file parses values: arguments, and patterns for results.

package script

import (
	"unicode/utf8"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// values reads values up to the parenthesis that closes the form around them.
// pattern allows what stands for several values.
func (p *parser) values(pattern bool) ([]Value, error) { return p.valueList(pattern, 0) }

func (p *parser) valueList(pattern bool, depth int) ([]Value, error) {
	var list []Value
	for p.s.Peek().Kind != lex.RParen {
		v, err := p.value(pattern, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	p.s.Next()
	return list, nil
}

// value reads a value in parentheses.
func (p *parser) value(pattern bool, depth int) (Value, error) {
	open, err := p.token(lex.LParen, `"(" and a value`)
	if err != nil {
		return Value{}, err
	}
	if depth > maxNesting {
		return Value{}, p.s.Errorf(lex.CodeLimit, open.Pos, "values nest deeper than %d", maxNesting)
	}
	return p.valueBody(pattern, depth)
}

// valueBody reads a value behind its parenthesis, and the closing one.
func (p *parser) valueBody(pattern bool, depth int) (v Value, err error) {
	t, err := p.token(lex.Keyword, "a value")
	if err != nil {
		return v, err
	}
	head := p.s.Text(t)
	kind, known := valueKinds[head]
	v.Kind = kind
	switch {
	case known && kind <= ValueF64:
		v.Num, v.NaN, err = p.number(numberFormats[kind], pattern)
	case known && kind == ValueV128:
		err = p.vector(&v, pattern)
	case known && kind != ValueEither:
		return p.componentValue(v, pattern, depth)
	case known && pattern:
		v.Items, err = p.valueList(pattern, depth+1)
		return v, err
	case head == "ref" || len(head) > 4 && head[:4] == "ref.":
		err = p.reference(&v, t, pattern)
	default:
		return p.sumValue(head, t, pattern, depth)
	}
	if err != nil {
		return v, err
	}
	return v, p.end(head)
}

// A numberFormat says how a number is written.
type numberFormat struct {
	bits  int
	float bool
}

var numberFormats = map[ValueKind]numberFormat{
	ValueI32: {32, false}, ValueI64: {64, false}, ValueF32: {32, true}, ValueF64: {64, true},
}

// number reads a number, or a NaN pattern.
func (p *parser) number(f numberFormat, pattern bool) (bits uint64, nan NaN, err error) {
	t := p.s.Next()
	if t.Kind != lex.Number && (t.Kind != lex.Keyword || !f.float) {
		return 0, 0, p.unexpected(t, "a number")
	}
	lit := p.s.Bytes(t)
	if pattern && f.float {
		switch string(lit) {
		case "nan:canonical":
			return 0, NaNCanonical, nil
		case "nan:arithmetic":
			return 0, NaNArithmetic, nil
		}
	}
	switch {
	case !f.float:
		bits, err = lex.Int(lit, f.bits)
	case f.bits == 32:
		var b uint32
		b, err = lex.Float32(lit)
		bits = uint64(b)
	default:
		bits, err = lex.Float64(lit)
	}
	if err != nil {
		return 0, 0, p.s.Errorf(CodeValue, t.Pos, "%v: %s", err, p.s.Describe(t))
	}
	return bits, NaNNone, nil
}

var shapes = map[string]Shape{
	"i8x16": {8, 16, false}, "i16x8": {16, 8, false}, "i32x4": {32, 4, false},
	"i64x2": {64, 2, false}, "f32x4": {32, 4, true}, "f64x2": {64, 2, true},
}

// vector reads the shape and the lanes of a v128.
func (p *parser) vector(v *Value, pattern bool) error {
	t := p.s.Next()
	shape, ok := shapes[p.s.Text(t)]
	if !ok {
		return p.unexpected(t, "a shape: i8x16, i16x8, i32x4, i64x2, f32x4 or f64x2")
	}
	v.Shape, v.Lanes = shape, make([]Lane, shape.Lanes)
	for i := range v.Lanes {
		var err error
		l := &v.Lanes[i]
		if l.Bits, l.NaN, err = p.number(numberFormat{shape.Bits, shape.Float}, pattern); err != nil {
			return err
		}
	}
	return nil
}

// heapNames are the abstract heap types by keyword.
var heapNames = func() map[string]wasm.HeapType {
	m := map[string]wasm.HeapType{}
	for code := range byte(0x80) {
		if h, ok := wasm.AbstractHeap(code); ok {
			m[h.String()] = h
		}
	}
	return m
}()

// reference reads a reference behind its head t.
func (p *parser) reference(v *Value, t lex.Token, pattern bool) (err error) {
	head := p.s.Text(t)
	v.Kind = ValueRef
	switch head {
	case "ref.null":
		v.Kind = ValueRefNull
		return p.nullType(v, pattern)
	case "ref.extern", "ref.host":
		if v.Kind = ValueRefExtern; head == "ref.host" {
			v.Kind = ValueRefHost
		}
		if n := p.s.Peek(); n.Kind == lex.Number {
			p.s.Next()
			if v.Num, err = lex.Uint(p.s.Bytes(n), 32); err != nil {
				return p.s.Errorf(CodeValue, n.Pos, "%v: %s", err, p.s.Describe(n))
			}
			v.HasNum = true
		} else if !pattern {
			return p.unexpected(n, "the number of a host value")
		}
		return nil
	}
	if head != "ref" {
		v.Heap, v.HasHeap = heapNames[head[len("ref."):]]
		if !v.HasHeap {
			return p.s.Errorf(CodeValue, t.Pos, "unknown value %q", head)
		}
	}
	if !pattern {
		return p.s.Errorf(CodeValue, t.Pos, "%s is a pattern for results, not a value", head)
	}
	return nil
}

// nullType reads the heap type of a null. Type indices are let pass: which
// module they are of is not known here.
func (p *parser) nullType(v *Value, pattern bool) error {
	t := p.s.Peek()
	switch t.Kind {
	case lex.Keyword:
		if v.Heap, v.HasHeap = heapNames[p.s.Text(t)]; !v.HasHeap {
			return p.unexpected(t, "a heap type")
		}
	case lex.ID, lex.Number:
	case lex.RParen:
		if pattern {
			return nil
		}
		fallthrough
	default:
		return p.unexpected(t, "a heap type")
	}
	p.s.Next()
	return nil
}

// componentFormats are the integers of components: width and signedness.
var componentFormats = map[ValueKind]struct {
	bits   int
	signed bool
}{
	ValueU8: {8, false}, ValueS8: {8, true}, ValueU16: {16, false}, ValueS16: {16, true},
	ValueU32: {32, false}, ValueS32: {32, true}, ValueU64: {64, false}, ValueS64: {64, true},
}

// componentValue reads a value of a component behind its head.
func (p *parser) componentValue(v Value, pattern bool, depth int) (_ Value, err error) {
	name := valueNames[v.Kind]
	switch v.Kind {
	case ValueList, ValueTuple:
		v.Items, err = p.valueList(pattern, depth+1)
		return v, err
	case ValueRecord:
		err = p.record(&v, pattern, depth)
		return v, err
	case ValueBool:
		if !p.keyword("false") {
			if !p.keyword("true") {
				return v, p.unexpected(p.s.Peek(), `"true" or "false"`)
			}
			v.Num = 1
		}
	case ValueChar:
		err = p.char(&v)
	case ValueString, ValueEnum, ValueVariant:
		t, terr := p.token(lex.String, "a string")
		if terr != nil {
			return v, terr
		}
		ok := false
		if v.Str, ok = p.s.Str(t); !ok {
			return v, p.s.Errorf(CodeValue, t.Pos, "malformed UTF-8 encoding in a string of a component")
		}
		if v.Kind == ValueVariant && p.s.Peek().Kind == lex.LParen {
			err = p.item(&v, pattern, depth)
		}
	case ValueFlags:
		for p.s.Peek().Kind == lex.String {
			n, _ := p.str("a name")
			v.Names = append(v.Names, n)
		}
	default:
		err = p.integer(&v)
	}
	if err != nil {
		return v, err
	}
	return v, p.end(name)
}

// item reads the one value in another.
func (p *parser) item(v *Value, pattern bool, depth int) error {
	x, err := p.value(pattern, depth+1)
	v.Items = []Value{x}
	return err
}

// integer reads an integer of a component; a signed one is sign-extended.
func (p *parser) integer(v *Value) (err error) {
	f := componentFormats[v.Kind]
	t, err := p.token(lex.Number, "a number")
	if err != nil {
		return err
	}
	lit := p.s.Bytes(t)
	if !f.signed {
		v.Num, err = lex.Uint(lit, f.bits)
	} else if v.Num, err = lex.Int(lit, f.bits); err == nil {
		v.Num = uint64(int64(v.Num<<(64-f.bits)) >> (64 - f.bits))
	}
	if err != nil {
		return p.s.Errorf(CodeValue, t.Pos, "%v: %s", err, p.s.Describe(t))
	}
	return nil
}

// char reads one character in quotes.
func (p *parser) char(v *Value) error {
	t, err := p.token(lex.String, "a character in quotes")
	if err != nil {
		return err
	}
	str, ok := p.s.Str(t)
	if !ok || utf8.RuneCountInString(str) != 1 {
		return p.s.Errorf(CodeValue, t.Pos, "expected one character, found %s", p.s.Describe(t))
	}
	r, _ := utf8.DecodeRuneInString(str)
	v.Num = uint64(r)
	return nil
}

// record reads the fields of a record: (field "name" value), the value without
// parentheses of its own.
func (p *parser) record(v *Value, pattern bool, depth int) error {
	for p.s.Peek().Kind != lex.RParen {
		open, err := p.token(lex.LParen, `"(" and "field"`)
		if err != nil {
			return err
		}
		if !p.keyword("field") {
			return p.unexpected(p.s.Peek(), `"field"`)
		}
		name, err := p.str("the name of a field")
		if err != nil {
			return err
		}
		if depth++; depth > maxNesting {
			return p.s.Errorf(lex.CodeLimit, open.Pos, "values nest deeper than %d", maxNesting)
		}
		x, err := p.fieldValue(pattern, depth)
		if err != nil {
			return err
		}
		depth--
		v.Names, v.Items = append(v.Names, name), append(v.Items, x)
	}
	p.s.Next()
	return nil
}

// fieldValue reads the value of a field and the parenthesis behind it. The
// value may have parentheses of its own.
func (p *parser) fieldValue(pattern bool, depth int) (Value, error) {
	if p.s.Peek().Kind != lex.LParen {
		return p.valueBody(pattern, depth)
	}
	x, err := p.value(pattern, depth)
	if err != nil {
		return x, err
	}
	return x, p.end("field")
}

// sumValue reads an option or a result behind its head t.
func (p *parser) sumValue(head string, t lex.Token, pattern bool, depth int) (v Value, err error) {
	most, least := 1, 0
	switch head {
	case "option.none":
		v.Kind, most = ValueOption, 0
	case "option.some":
		v.Kind, least = ValueOption, 1
	case "result.ok", "result.err":
		v.Kind, v.Str = ValueResult, head[len("result."):]
	default:
		return v, p.s.Errorf(CodeValue, t.Pos, "unknown value %q", head)
	}
	if most > 0 && (least > 0 || p.s.Peek().Kind == lex.LParen) {
		if err = p.item(&v, pattern, depth); err != nil {
			return v, err
		}
	}
	return v, p.end(head)
}
