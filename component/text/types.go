// This file reads value types and function types (explainer, section "Type
// Definitions"). A type is read in full before it is defined, so that the types
// inside of it come first and its aliases right before it.

package text

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A valExpr is a value type as written: a primitive type, a type definition,
// or a reference to one. The zero value is no type.
type valExpr struct {
	prim valtype.Prim
	def  *defExpr
	ref  *ref
}

// A defExpr is a type definition as written. The types inside of def are zero
// until it is emitted; kids are what they will be, in order, with no type where
// an optional one is absent. For own and borrow the kid is the resource type.
type defExpr struct {
	pos  uint32
	def  component.DefType
	kids []valExpr
}

// valType reads a value type.
func (p *parser) valType() (valExpr, error) {
	v, ok, err := p.optValType()
	if err == nil && !ok {
		err = p.unexpectedForm("a value type")
	}
	return v, err
}

// optValType reads a value type if one comes next.
func (p *parser) optValType() (v valExpr, ok bool, err error) {
	t := p.s.Peek()
	switch t.Kind {
	case lex.ID, lex.Number:
		x, err := p.index("type")
		return valExpr{ref: &ref{sort: component.SortType, idx: x}}, true, err
	case lex.Keyword:
		prim, ok := valtype.ParsePrim(string(p.s.Bytes(t)))
		if ok {
			p.s.Next()
		}
		return valExpr{prim: prim}, ok, nil
	case lex.LParen:
		if p.s.HeadIs("type") {
			r, err := p.sortRef(component.SortType, false)
			return valExpr{ref: &r}, true, err
		}
		d, ok, err := p.optDefValType()
		return valExpr{def: d}, ok, err
	}
	return v, false, nil
}

// optDefValType reads a value type in parentheses if one comes next.
func (p *parser) optDefValType() (d *defExpr, ok bool, err error) {
	head := p.s.PeekHead()
	read, ok := valTypeForms[head]
	if !ok {
		return nil, false, nil
	}
	d = &defExpr{pos: p.s.Next().Pos}
	p.s.Next()
	if err := p.enterValue(d.pos); err != nil {
		return nil, false, err
	}
	if err := read(p, d); err != nil {
		return nil, false, err
	}
	p.values--
	if len(d.kids) > binary.MaxFields {
		return nil, false, p.limit(d.pos, binary.MaxFields, "fields, cases or labels of a type")
	}
	return d, true, p.close("")
}

// valTypeForms reads the value types in parentheses, behind the keyword.
var valTypeForms map[string]func(*parser, *defExpr) error

func init() {
	valTypeForms = map[string]func(*parser, *defExpr) error{
		"record":  (*parser).recordType,
		"variant": (*parser).variantType,
		"list":    (*parser).listType,
		"tuple":   (*parser).tupleType,
		"flags":   (*parser).flagsType,
		"enum":    (*parser).enumType,
		"result":  (*parser).resultType,
		"map":     (*parser).mapType,
		"option": func(p *parser, d *defExpr) error {
			d.def = new(component.OptionType)
			return p.kid(d)
		},
		"own": func(p *parser, d *defExpr) error {
			d.def = new(component.OwnType)
			return p.handle(d)
		},
		"borrow": func(p *parser, d *defExpr) error {
			d.def = new(component.BorrowType)
			return p.handle(d)
		},
		"stream": func(p *parser, d *defExpr) error {
			d.def = new(component.StreamType)
			return p.optKid(d)
		},
		"future": func(p *parser, d *defExpr) error {
			d.def = new(component.FutureType)
			return p.optKid(d)
		},
	}
}

// kid reads a value type inside of d.
func (p *parser) kid(d *defExpr) error {
	v, err := p.valType()
	d.kids = append(d.kids, v)
	return err
}

// optKid reads an optional value type inside of d.
func (p *parser) optKid(d *defExpr) error {
	v, _, err := p.optValType()
	d.kids = append(d.kids, v)
	return err
}

// handle reads the resource type of a handle type.
func (p *parser) handle(d *defExpr) error {
	r, err := p.refOrIndex(component.SortType, false)
	d.kids = append(d.kids, valExpr{ref: &r})
	return err
}

func (p *parser) recordType(d *defExpr) error {
	def := new(component.RecordType)
	d.def = def
	for p.s.Open("field") {
		label, err := p.str("a label")
		if err == nil {
			err = p.kid(d)
		}
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return err
		}
		def.Fields = append(def.Fields, component.LabelType{Label: label})
	}
	return nil
}

func (p *parser) variantType(d *defExpr) error {
	def := new(component.VariantType)
	d.def = def
	for p.s.Open("case") {
		if p.at(lex.ID) {
			p.s.Next()
		}
		label, err := p.str("a label")
		if err == nil {
			err = p.optKid(d)
		}
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return err
		}
		def.Cases = append(def.Cases, component.LabelType{Label: label})
	}
	return nil
}

func (p *parser) listType(d *defExpr) error {
	def := new(component.ListType)
	d.def = def
	err := p.kid(d)
	if err == nil && p.at(lex.Number) {
		def.Fixed = true
		def.Len, err = p.u32("a length")
	}
	return err
}

func (p *parser) tupleType(d *defExpr) error {
	for !p.at(lex.RParen) {
		if err := p.kid(d); err != nil {
			return err
		}
	}
	d.def = &component.TupleType{Types: make([]component.ValType, len(d.kids))}
	return nil
}

func (p *parser) flagsType(d *defExpr) error {
	labels, err := p.labelList(d.pos)
	d.def = &component.FlagsType{Labels: labels}
	return err
}

func (p *parser) enumType(d *defExpr) error {
	labels, err := p.labelList(d.pos)
	d.def = &component.EnumType{Labels: labels}
	return err
}

// labelList reads labels.
func (p *parser) labelList(pos uint32) ([]string, error) {
	var labels []string
	for p.at(lex.String) {
		label, err := p.str("a label")
		if err != nil {
			return nil, err
		}
		if labels = append(labels, label); len(labels) > binary.MaxFields {
			return nil, p.limit(pos, binary.MaxFields, "fields, cases or labels of a type")
		}
	}
	return labels, nil
}

func (p *parser) resultType(d *defExpr) error {
	d.def = new(component.ResultType)
	if err := p.optKid(d); err != nil {
		return err
	}
	if !p.s.Open("error") {
		d.kids = append(d.kids, valExpr{})
		return nil
	}
	if err := p.kid(d); err != nil {
		return err
	}
	return p.close("")
}

func (p *parser) mapType(d *defExpr) error {
	d.def = new(component.MapType)
	if err := p.kid(d); err != nil {
		return err
	}
	return p.kid(d)
}

// funcType reads a function type behind "func" and an identifier, without the
// ")".
func (p *parser) funcType(pos uint32) (*defExpr, error) {
	def := &component.FuncType{Async: p.s.Word("async")}
	d := &defExpr{pos: pos, def: def}
	for p.s.Open("param") {
		label, err := p.str("the label of a parameter")
		if err == nil {
			err = p.kid(d)
		}
		if err == nil {
			err = p.close("")
		}
		if err != nil {
			return nil, err
		}
		if def.Params = append(def.Params, component.LabelType{Label: label}); len(def.Params) > binary.MaxParams {
			return nil, p.limit(pos, binary.MaxParams, "parameters")
		}
	}
	if !p.s.Open("result") {
		d.kids = append(d.kids, valExpr{})
		return d, nil
	}
	if err := p.kid(d); err != nil {
		return nil, err
	}
	return d, p.close("")
}

// emitVal is a value type with what it needs defined in the scope.
func (p *parser) emitVal(v valExpr) (component.ValType, error) {
	if err := p.emitInner(&v); err != nil {
		return 0, err
	}
	return p.useVal(v)
}

// emitInner defines the type definition in v, if there is one, and makes v a
// reference to it.
func (p *parser) emitInner(v *valExpr) error {
	if v.def == nil {
		return nil
	}
	x, err := p.emitDef(v.def, binder{})
	*v = valExpr{ref: &ref{sort: component.SortType, idx: idx{num: x}}}
	return err
}

// useVal is the value type of v, which has no type definition in it.
func (p *parser) useVal(v valExpr) (component.ValType, error) {
	if v.ref == nil {
		return component.Prim(v.prim), nil
	}
	x, err := p.resolve(*v.ref)
	return component.Index(x), err
}

// emitDef defines a type, after the types inside of it.
func (p *parser) emitDef(d *defExpr, b binder) (uint32, error) {
	for i := range d.kids {
		if err := p.emitInner(&d.kids[i]); err != nil {
			return 0, err
		}
	}
	for i, kid := range d.kids {
		t, err := p.useVal(kid)
		if err != nil {
			return 0, err
		}
		setKid(d.def, i, t)
	}
	return p.defineType(&component.TypeDef{Pos: int64(d.pos), Type: d.def}, typeEntry{d.def, p.scope}, b)
}

// setKid sets type number i inside of a type definition.
func setKid(def component.DefType, i int, t component.ValType) {
	switch def := def.(type) {
	case *component.RecordType:
		def.Fields[i].Type = t
	case *component.VariantType:
		def.Cases[i].Type = t
	case *component.ListType:
		def.Elem = t
	case *component.TupleType:
		def.Types[i] = t
	case *component.OptionType:
		def.Type = t
	case *component.ResultType:
		if i == 0 {
			def.OK = t
		} else {
			def.Err = t
		}
	case *component.MapType:
		if i == 0 {
			def.Key = t
		} else {
			def.Value = t
		}
	case *component.OwnType:
		def.Resource, _ = t.Index()
	case *component.BorrowType:
		def.Resource, _ = t.Index()
	case *component.StreamType:
		def.Elem = t
	case *component.FutureType:
		def.Elem = t
	case *component.FuncType:
		if i < len(def.Params) {
			def.Params[i].Type = t
		} else {
			def.Result = t
		}
	}
}
