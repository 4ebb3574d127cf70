// This file reads value, reference and composite types (Text Format, section
// "Types"), for modules and for the text formats that embed them.

package text

import (
	"slices"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// ParseValType reads a value type. lookup finds the index of a type by its
// identifier, without "$".
func ParseValType(s *lex.Scanner, lookup func(id string) (typeIndex uint32, ok bool)) (wasm.ValType, error) {
	p := typeParser{s: s, lookup: lookup}
	return p.valType()
}

// ParseSubType reads a type definition; s is before "(sub", "(func",
// "(struct" or "(array". Identifiers of parameters and fields are dropped.
func ParseSubType(s *lex.Scanner, lookup func(id string) (typeIndex uint32, ok bool)) (wasm.SubType, error) {
	p := typeParser{s: s, lookup: lookup}
	return p.subType()
}

// ParseRecGroup reads the members of a recursion group; s is behind "(rec",
// and the closing ")" is taken. define is called with the identifier ("" for
// none) and number of each member before any member is read.
func ParseRecGroup(s *lex.Scanner, lookup func(id string) (typeIndex uint32, ok bool), define func(id string, i int)) ([]wasm.SubType, error) {
	p := typeParser{s: s, lookup: lookup}
	mark := s.Mark()
	for i := 0; s.Open("type"); i++ {
		id := ""
		if s.Peek().Kind == lex.ID {
			id = s.Name(s.Next())
		}
		define(id, i)
		if err := s.SkipParens(); err != nil {
			return nil, err
		}
	}
	s.Reset(mark)
	var out []wasm.SubType
	for s.Open("type") {
		t, err := p.typeField()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, p.close()
}

// ParseExternType reads the type of an import or export with its optional
// identifier; s is before "(func", "(table", "(memory", "(global" or "(tag".
// addType gives the index of a function type that is written inline. Where
// "(type ...)" and an inline type both stand, the inline one is not compared.
func ParseExternType(s *lex.Scanner, lookup func(id string) (typeIndex uint32, ok bool), addType func(wasm.FuncType) uint32) (t wasm.ExternType, id string, err error) {
	p := typeParser{s: s, lookup: lookup}
	if _, err := p.expect(lex.LParen); err != nil {
		return t, "", err
	}
	head := s.Next()
	kind, ok := externKind(s.Bytes(head))
	if head.Kind != lex.Keyword || !ok {
		return t, "", p.unexpected(head, "func, table, memory, global or tag")
	}
	if s.Peek().Kind == lex.ID {
		id = s.Name(s.Next())
	}
	if _, _, err := p.nameAnnotation(); err != nil {
		return t, "", err
	}
	t, err = p.externType(kind, func(u *typeUse) (uint32, error) {
		if u.explicit {
			return u.index, nil
		}
		return addType(u.funcType()), nil
	})
	if err == nil {
		err = p.close()
	}
	return t, id, err
}

// A typeParser reads types. The identifiers of types come from lookup, or from
// ids when lookup is nil.
type typeParser struct {
	s      *lex.Scanner
	lookup func(id string) (uint32, bool)
	ids    map[string]uint32
	use    typeUse // the type use that was read last
	// onField is called for each field of a structure with the token of its
	// identifier, if that is of kind ID, and its name annotation.
	onField func(i int, id lex.Token, name string, named bool) error
}

// externKind is the kind that a keyword stands for.
func externKind(word []byte) (k wasm.ExternKind, ok bool) {
	switch string(word) {
	case "func":
		return wasm.ExternFunc, true
	case "table":
		return wasm.ExternTable, true
	case "memory":
		return wasm.ExternMemory, true
	case "global":
		return wasm.ExternGlobal, true
	case "tag":
		return wasm.ExternTag, true
	}
	return 0, false
}

// typeIndex reads a type index or identifier.
func (p *typeParser) typeIndex() (uint32, error) {
	t := p.s.Next()
	switch t.Kind {
	case lex.Number:
		return p.u32(t)
	case lex.ID:
		var x uint32
		var ok bool
		if p.lookup != nil {
			x, ok = p.lookup(p.s.Name(t))
		} else {
			x, ok = p.ids[string(p.s.NameBytes(t))]
		}
		if !ok {
			return 0, p.unknown("type", t)
		}
		return x, nil
	}
	return 0, p.unexpected(t, "a type index or identifier")
}

// abstractHeap is the abstract heap type of a keyword.
func abstractHeap(word []byte) (h wasm.HeapType, ok bool) {
	switch string(word) {
	case "any":
		return wasm.HeapAny, true
	case "eq":
		return wasm.HeapEq, true
	case "i31":
		return wasm.HeapI31, true
	case "struct":
		return wasm.HeapStruct, true
	case "array":
		return wasm.HeapArray, true
	case "none":
		return wasm.HeapNone, true
	case "func":
		return wasm.HeapFunc, true
	case "nofunc":
		return wasm.HeapNoFunc, true
	case "exn":
		return wasm.HeapExn, true
	case "noexn":
		return wasm.HeapNoExn, true
	case "extern":
		return wasm.HeapExtern, true
	case "noextern":
		return wasm.HeapNoExtern, true
	}
	return 0, false
}

func (p *typeParser) heapType() (wasm.HeapType, error) {
	t := p.s.Peek()
	if t.Kind == lex.Keyword {
		p.s.Next()
		h, ok := abstractHeap(p.s.Bytes(t))
		if !ok {
			return 0, p.unexpected(t, "a heap type")
		}
		return h, nil
	}
	x, err := p.typeIndex()
	return wasm.HeapIndex(x), err
}

// simpleType is the storage type of a keyword.
func simpleType(word []byte) (t wasm.ValType, ok bool) {
	switch string(word) {
	case "i32":
		return wasm.I32, true
	case "i64":
		return wasm.I64, true
	case "f32":
		return wasm.F32, true
	case "f64":
		return wasm.F64, true
	case "v128":
		return wasm.V128, true
	case "i8":
		return wasm.I8, true
	case "i16":
		return wasm.I16, true
	case "nullref":
		return wasm.NullRef, true
	}
	n := len(word) - len("ref")
	if n <= 0 || string(word[n:]) != "ref" {
		return 0, false
	}
	if string(word[:n]) == "null" {
		return wasm.NullRef, true
	}
	head := word[:n]
	if string(head[:min(4, n)]) == "null" {
		switch string(head) {
		case "nullfunc":
			return wasm.NullFuncRef, true
		case "nullextern":
			return wasm.NullExternRef, true
		case "nullexn":
			return wasm.NullExnRef, true
		}
		return 0, false
	}
	h, ok := abstractHeap(head)
	switch h {
	case wasm.HeapNone, wasm.HeapNoFunc, wasm.HeapNoExn, wasm.HeapNoExtern:
		ok = false
	}
	return wasm.Ref(true, h), ok
}

// storageType reads a value type or packed type.
func (p *typeParser) storageType() (wasm.ValType, error) {
	t := p.s.Next()
	switch t.Kind {
	case lex.Keyword:
		if v, ok := simpleType(p.s.Bytes(t)); ok {
			return v, nil
		}
	case lex.LParen:
		head := p.s.Next()
		if head.Kind != lex.Keyword || string(p.s.Bytes(head)) != "ref" {
			return 0, p.unexpected(head, "ref")
		}
		null := p.s.Word("null")
		h, err := p.heapType()
		if err != nil {
			return 0, err
		}
		return wasm.Ref(null, h), p.close()
	}
	return 0, p.unexpected(t, "a type")
}

func (p *typeParser) valType() (wasm.ValType, error) {
	t := p.s.Peek()
	v, err := p.storageType()
	if err == nil && v.IsPacked() {
		return 0, p.unexpected(t, "a value type: packed types are for fields only")
	}
	return v, err
}

func (p *typeParser) refType() (wasm.ValType, error) {
	t := p.s.Peek()
	v, err := p.storageType()
	if err == nil && !v.IsRef() {
		return 0, p.unexpected(t, "a reference type")
	}
	return v, err
}

// valTypes appends value types up to and including the closing ")".
func (p *typeParser) valTypes(dst []wasm.ValType) ([]wasm.ValType, error) {
	for p.s.Peek().Kind != lex.RParen {
		t, err := p.valType()
		if err != nil {
			return dst, err
		}
		dst = append(dst, t)
	}
	p.s.Next()
	return dst, nil
}

func (p *typeParser) fieldType() (wasm.FieldType, error) {
	mutable := p.s.Open("mut")
	t, err := p.storageType()
	if err == nil && mutable {
		err = p.close()
	}
	return wasm.FieldType{Storage: t, Mutable: mutable}, err
}

// typeField reads a type definition behind "(type".
func (p *typeParser) typeField() (t wasm.SubType, err error) {
	if p.s.Peek().Kind == lex.ID {
		p.s.Next()
	}
	if _, _, err = p.nameAnnotation(); err != nil {
		return t, err
	}
	if t, err = p.subType(); err != nil {
		return t, err
	}
	return t, p.close()
}

func (p *typeParser) subType() (t wasm.SubType, err error) {
	if !p.s.Open("sub") {
		t.Comp, err = p.compType()
		return t, err
	}
	t.Open = !p.s.Word("final")
	for k := p.s.Peek().Kind; k == lex.ID || k == lex.Number; k = p.s.Peek().Kind {
		x, err := p.typeIndex()
		if err != nil {
			return t, err
		}
		t.Supers = append(t.Supers, x)
	}
	if t.Comp, err = p.compType(); err != nil {
		return t, err
	}
	return t, p.close()
}

func (p *typeParser) compType() (c wasm.CompType, err error) {
	if _, err = p.expect(lex.LParen); err != nil {
		return c, err
	}
	head := p.s.Next()
	switch word := p.s.Bytes(head); {
	case head.Kind != lex.Keyword:
		return c, p.unexpected(head, "func, struct or array")
	case string(word) == "func":
		p.use.reset()
		if err = p.signature(paramsNamed); err == nil {
			c.Func = p.use.funcType()
		}
	case string(word) == "struct":
		c.Kind = wasm.CompStruct
		c.Fields, err = p.structFields()
	case string(word) == "array":
		c.Kind = wasm.CompArray
		var f wasm.FieldType
		f, err = p.fieldType()
		c.Fields = []wasm.FieldType{f}
	default:
		return c, p.unexpected(head, "func, struct or array")
	}
	if err != nil {
		return c, err
	}
	return c, p.close()
}

func (p *typeParser) structFields() (fields []wasm.FieldType, err error) {
	for p.s.Open("field") {
		id := p.s.Peek()
		if id.Kind == lex.ID {
			p.s.Next()
		}
		name, named, err := p.nameAnnotation()
		if err != nil {
			return nil, err
		}
		single := id.Kind == lex.ID || named
		if single && p.onField != nil {
			if err := p.onField(len(fields), id, name, named); err != nil {
				return nil, err
			}
		}
		for single || p.s.Peek().Kind != lex.RParen {
			f, err := p.fieldType()
			if err != nil {
				return nil, err
			}
			fields = append(fields, f)
			if single {
				break
			}
		}
		if err := p.close(); err != nil {
			return nil, err
		}
	}
	return slices.Clip(fields), nil
}
