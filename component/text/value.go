// This file reads value definitions and encodes their values by their types
// (explainer and binary format, sections "Value Definitions").

package text

import (
	varint "encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm/leb128"
	core "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// maxFlags is the number of labels of a flags type; with more it is invalid.
const maxFlags = 32

// value reads a value definition behind its identifier, with the ")".
func (p *parser) value(pos uint32, b binder) (uint32, error) {
	d := &component.Value{Pos: int64(pos)}
	v, err := p.valType()
	if err != nil {
		return 0, err
	}
	if d.Type, err = p.emitVal(v); err != nil {
		return 0, err
	}
	if _, quoted := p.quoteAhead(); !quoted && p.s.Open("binary") {
		for p.at(lex.String) {
			d.Bytes = p.s.AppendString(d.Bytes, p.s.Next())
		}
		err = p.close("a string")
	} else {
		d.Bytes, err = p.val(nil, d.Type, p.scope)
	}
	if err == nil {
		err = p.close("")
	}
	if err != nil {
		return 0, err
	}
	return p.define(d, component.SortValue, b)
}

// val reads a value and appends its encoding. in is the scope of the indices
// in t.
func (p *parser) val(dst []byte, t component.ValType, in *scope) ([]byte, error) {
	if prim, ok := t.Prim(); ok {
		return p.primVal(dst, prim)
	}
	x, _ := t.Index()
	entry := in.typeEntry(x)
	pos := p.s.Mark()
	if entry.def == nil {
		return nil, p.s.Errorf(CodeValue, pos, "the value has type %d, which is no value type defined in a component here: write its encoding, as in (binary \"...\")", x)
	}
	if err := p.enterValue(pos); err != nil {
		return nil, err
	}
	dst, err := p.defVal(dst, entry)
	p.values--
	return dst, err
}

// defVal reads a value of a defined type.
func (p *parser) defVal(dst []byte, t typeEntry) ([]byte, error) {
	switch def := t.def.(type) {
	case *component.PrimType:
		return p.primVal(dst, def.Prim)
	case *component.RecordType:
		return p.vals(dst, "record", t.in, len(def.Fields), func(i int) component.ValType { return def.Fields[i].Type })
	case *component.TupleType:
		return p.vals(dst, "tuple", t.in, len(def.Types), func(i int) component.ValType { return def.Types[i] })
	case *component.VariantType:
		return p.variantVal(dst, def, t.in)
	case *component.ListType:
		if !def.Fixed {
			return p.listVal(dst, func(dst []byte) ([]byte, error) { return p.val(dst, def.Elem, t.in) })
		}
	case *component.MapType:
		kv := [2]component.ValType{def.Key, def.Value}
		return p.listVal(dst, func(dst []byte) ([]byte, error) {
			return p.vals(dst, "tuple", t.in, 2, func(i int) component.ValType { return kv[i] })
		})
	case *component.FlagsType:
		return p.flagsVal(dst, def)
	case *component.EnumType:
		if _, err := p.open("enum"); err != nil {
			return nil, err
		}
		i, err := p.label(def, func(i int) string { return def.Labels[i] }, len(def.Labels))
		if err != nil {
			return nil, err
		}
		return leb128.AppendUint(dst, uint64(i)), p.close("")
	case *component.OptionType:
		if p.s.Word("none") {
			return append(dst, 0), nil
		}
		return p.payload(append(dst, 1), "some", def.Type, t.in)
	case *component.ResultType:
		return p.resultVal(dst, def, t.in)
	}
	return nil, p.s.Errorf(CodeValue, p.s.Mark(), "a value is not possible here: the text format has no values of this type")
}

// vals reads "(word val...)" with n values and appends their encodings.
func (p *parser) vals(dst []byte, word string, in *scope, n int, typ func(i int) component.ValType) ([]byte, error) {
	_, err := p.open(word)
	for i := 0; i < n && err == nil; i++ {
		dst, err = p.val(dst, typ(i), in)
	}
	if err != nil {
		return nil, err
	}
	return dst, p.close("")
}

// listVal reads "(list val...)"; one reads an element.
func (p *parser) listVal(dst []byte, one func(dst []byte) ([]byte, error)) ([]byte, error) {
	if _, err := p.open("list"); err != nil {
		return nil, err
	}
	n, elems := uint64(0), []byte(nil)
	for !p.atListEnd() {
		var err error
		if elems, err = one(elems); err != nil {
			return nil, err
		}
		n++
	}
	return append(leb128.AppendUint(dst, n), elems...), p.close("a value")
}

// atListEnd tells whether the next token is ")". It does not look at what may
// be a character in single quotes.
func (p *parser) atListEnd() bool {
	_, quoted := p.quoteAhead()
	return !quoted && p.at(lex.RParen)
}

// variantVal reads "(variant label val?)".
func (p *parser) variantVal(dst []byte, def *component.VariantType, in *scope) ([]byte, error) {
	if _, err := p.open("variant"); err != nil {
		return nil, err
	}
	i, err := p.label(def, func(i int) string { return def.Cases[i].Label }, len(def.Cases))
	if err != nil {
		return nil, err
	}
	dst = leb128.AppendUint(dst, uint64(i))
	if t := def.Cases[i].Type; t != 0 {
		if dst, err = p.val(dst, t, in); err != nil {
			return nil, err
		}
	}
	return dst, p.close("")
}

// flagsVal reads "(flags label...)".
func (p *parser) flagsVal(dst []byte, def *component.FlagsType) ([]byte, error) {
	pos, err := p.open("flags")
	if err != nil {
		return nil, err
	}
	if len(def.Labels) > maxFlags {
		return nil, p.s.Errorf(CodeValue, pos, "the type of the value has %d flags, and the limit is %d", len(def.Labels), maxFlags)
	}
	set := uint64(0)
	for p.at(lex.String) {
		i, err := p.label(def, func(i int) string { return def.Labels[i] }, len(def.Labels))
		if err != nil {
			return nil, err
		}
		set |= 1 << i
	}
	for i := 0; i < len(def.Labels); i += 8 {
		dst = append(dst, byte(set>>i))
	}
	return dst, p.close("a label")
}

// resultVal reads "ok", "error", "(ok val)" or "(error val)".
func (p *parser) resultVal(dst []byte, def *component.ResultType, in *scope) ([]byte, error) {
	for i, word := range [...]string{"ok", "error"} {
		t := def.OK
		if i == 1 {
			t = def.Err
		}
		switch {
		case t == 0 && p.s.Word(word):
			return append(dst, byte(i)), nil
		case t != 0 && p.s.HeadIs(word):
			return p.payload(append(dst, byte(i)), word, t, in)
		}
	}
	return nil, p.unexpectedForm("ok or error, with a value if and only if the result type has a type for it")
}

// payload reads "(word val)".
func (p *parser) payload(dst []byte, word string, t component.ValType, in *scope) ([]byte, error) {
	return p.vals(dst, word, in, 1, func(int) component.ValType { return t })
}

// label reads a label and gives its number among those of a type.
func (p *parser) label(def any, label func(i int) string, n int) (uint32, error) {
	pos := p.s.Mark()
	name, err := p.str("a label")
	if err != nil {
		return 0, err
	}
	numbers, ok := p.labels[def]
	if !ok {
		numbers = make(map[string]uint32, n)
		for i := range n {
			numbers[label(i)] = uint32(i)
		}
		if p.labels == nil {
			p.labels = map[any]map[string]uint32{}
		}
		p.labels[def] = numbers
	}
	i, ok := numbers[name]
	if !ok {
		return 0, p.s.Errorf(CodeValue, pos, "unknown label %q: the type of the value does not have it", name)
	}
	return i, nil
}

// primVal reads a value of a primitive type.
func (p *parser) primVal(dst []byte, prim valtype.Prim) ([]byte, error) {
	switch prim {
	case valtype.Bool:
		switch {
		case p.s.Word("false"):
			return append(dst, 0), nil
		case p.s.Word("true"):
			return append(dst, 1), nil
		}
		return nil, p.unexpectedForm("false or true")
	case valtype.Char:
		return p.charVal(dst)
	case valtype.String:
		s, err := p.str("a string")
		return append(leb128.AppendUint(dst, uint64(len(s))), s...), err
	case valtype.F32, valtype.F64:
		return p.floatVal(dst, prim)
	}
	if width, signed, ok := intType(prim); ok {
		return p.intVal(dst, prim, width, signed)
	}
	return nil, p.s.Errorf(CodeValue, p.s.Mark(), "a value is not possible here: the text format has no values of type %s", prim)
}

// intType is the width in bits of an integer type.
func intType(prim valtype.Prim) (width int, signed, ok bool) {
	switch prim {
	case valtype.S8, valtype.S16, valtype.S32, valtype.S64:
		signed = true
	case valtype.U8, valtype.U16, valtype.U32, valtype.U64:
	default:
		return 0, false, false
	}
	return 8 << ((valtype.Bool - prim - 1) / 2), signed, true
}

// intVal reads an integer: a byte for 8 bits, LEB128 for more.
func (p *parser) intVal(dst []byte, prim valtype.Prim, width int, signed bool) ([]byte, error) {
	t := p.s.Next()
	lit := p.s.Bytes(t)
	if t.Kind != lex.Number {
		return nil, p.unexpected(t, "a number of type "+prim.String())
	}
	neg := lit[0] == '-'
	if neg || lit[0] == '+' {
		lit = lit[1:]
	}
	v, err := lex.Uint(lit, 64)
	if err != nil && !errors.Is(err, lex.ErrRange) {
		return nil, p.unexpected(t, "an integer of type "+prim.String())
	}
	limit := ^uint64(0) >> (64 - width)
	if signed {
		limit >>= 1
	}
	switch {
	case neg && signed:
		limit++
	case neg:
		limit = 0
	}
	if err != nil || v > limit {
		return nil, p.s.Errorf(core.CodeConstant, t.Pos, "constant out of range: %s is no value of type %s", p.s.Describe(t), prim)
	}
	if neg {
		v = -v
	}
	switch {
	case width == 8:
		return append(dst, byte(v)), nil
	case signed:
		return leb128.AppendInt(dst, int64(v)), nil
	}
	return leb128.AppendUint(dst, v), nil
}

// floatVal reads a float; nan has no payload.
func (p *parser) floatVal(dst []byte, prim valtype.Prim) ([]byte, error) {
	t := p.s.Next()
	lit := p.s.Bytes(t)
	if t.Kind != lex.Number && t.Kind != lex.Keyword || strings.Contains(string(lit), "nan") && string(lit) != "nan" {
		return nil, p.unexpected(t, "a number of type "+prim.String())
	}
	var err error
	if prim == valtype.F32 {
		var bits uint32
		bits, err = lex.Float32(lit)
		dst = varint.LittleEndian.AppendUint32(dst, bits)
	} else {
		var bits uint64
		bits, err = lex.Float64(lit)
		dst = varint.LittleEndian.AppendUint64(dst, bits)
	}
	switch {
	case errors.Is(err, lex.ErrRange):
		return nil, p.s.Errorf(core.CodeConstant, t.Pos, "constant out of range: %s is no value of type %s", p.s.Describe(t), prim)
	case err != nil:
		return nil, p.unexpected(t, "a number of type "+prim.String())
	}
	return dst, nil
}

// quoteAhead tells whether a single quote comes next, and where. Characters in
// single quotes are no tokens: what is in them could be any token.
func (p *parser) quoteAhead() (pos uint32, ok bool) {
	src := p.s.Src()
	at := int(p.s.Mark())
	for depth := 0; at < len(src) && p.s.Err() == nil; {
		two := string(src[at:min(at+2, len(src))])
		switch c := src[at]; {
		case two == "(;":
			depth++
			at += 2
		case depth > 0 && two == ";)":
			depth--
			at += 2
		case depth > 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n':
			at++
		case two == ";;":
			for at < len(src) && src[at] != '\r' && src[at] != '\n' {
				at++
			}
		default:
			return uint32(at), c == '\''
		}
	}
	return uint32(at), false
}

// charVal reads a character in single quotes.
func (p *parser) charVal(dst []byte) ([]byte, error) {
	pos, ok := p.quoteAhead()
	if !ok {
		return nil, p.unexpectedForm("a character in single quotes")
	}
	src := p.s.Src()
	r, n := charLit(src[pos+1:])
	end := int(pos) + 1 + n
	if n == 0 || end >= len(src) || src[end] != '\'' {
		return nil, p.s.Errorf(lex.CodeToken, pos, "malformed character: expected one character or escape between single quotes")
	}
	p.s.Reset(uint32(end) + 1)
	return utf8.AppendRune(dst, r), nil
}

// charLit reads a character, or an escape as in strings, and gives its length;
// 0 where there is none.
func charLit(src []byte) (r rune, n int) {
	if len(src) == 0 || src[0] == '\'' || src[0] < ' ' || src[0] == 0x7f {
		return 0, 0
	}
	if src[0] != '\\' {
		return utf8.DecodeRune(src)
	}
	// The longest escape is \u{10ffff} with leading zeros and underscores.
	end := 2
	if len(src) > 1 && src[1] == 'u' {
		for end < len(src) && end < 32 && src[end-1] != '}' {
			end++
		}
	} else if len(src) > 2 && src[2] != '\'' {
		end = 3
	}
	if end > len(src) {
		return 0, 0
	}
	lit := lex.New([]byte(`"`+string(src[:end])+`"`), nil)
	t := lit.Next()
	if t.Kind != lex.String {
		return 0, 0
	}
	s, ok := lit.Str(t)
	if !ok || utf8.RuneCountInString(s) != 1 {
		return 0, 0
	}
	r, _ = utf8.DecodeRuneInString(s)
	return r, end
}
