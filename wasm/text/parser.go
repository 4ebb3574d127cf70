// This file is the state of the parser and its two passes over the fields of
// a module (Text Format, section "Modules").

package text

import (
	varint "encoding/binary"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// An indexSpace is one of the index spaces that have identifiers.
type indexSpace uint8

// The index spaces; the first ones are the kinds of externs.
const (
	spaceFunc   = indexSpace(wasm.ExternFunc)
	spaceTable  = indexSpace(wasm.ExternTable)
	spaceMemory = indexSpace(wasm.ExternMemory)
	spaceGlobal = indexSpace(wasm.ExternGlobal)
	spaceTag    = indexSpace(wasm.ExternTag)
	spaceType   = indexSpace(iota)
	spaceElem
	spaceData
	numSpaces
)

// spaceNames is what messages call the elements of a space.
var spaceNames = [numSpaces]string{
	spaceFunc: "function", spaceTable: "table", spaceMemory: "memory", spaceGlobal: "global",
	spaceTag: "tag", spaceType: "type", spaceElem: "elem segment", spaceData: "data segment",
}

// A space holds the identifiers of an index space.
type space struct {
	ids   map[string]uint32
	names wasm.NameMap
	count uint32
}

// A field is a module field that the second pass reads.
type field struct {
	kind fieldKind
	pos  uint32 // of the "("
}

// fieldKey is the identifier of a field within a structure type.
type fieldKey struct {
	typeIndex uint32
	id        string
}

// A parser reads one module.
type parser struct {
	typeParser
	m      *wasm.Module
	words  map[string]wasm.Opcode
	fields []field
	spaces [numSpaces]space
	next   [numSpaces]uint32 // what the second pass has reached

	fieldIDs map[fieldKey]uint32
	names    wasm.Names
	// defined is the name of the space of a definition that forbids imports
	// after it, "" while there is none.
	defined string

	// types finds the function types that an inline type may stand for, by
	// their encoding in key.
	types map[string]uint32
	key   []byte

	customs  []custom
	hints    []funcHints
	usesData bool

	body
}

// parseModule reads a module up to a closing token: ")" or the end.
func parseModule(s *lex.Scanner, id string, end lex.Kind) (*Source, error) {
	p := &parser{m: new(wasm.Module), words: words()}
	p.s = s
	p.names.Module, p.names.HasModule = id, id != ""
	if err := p.module(end); err != nil {
		return nil, err
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return &Source{Module: p.m, src: s.Src(), places: clip(p.places)}, nil
}

func (p *parser) module(end lex.Kind) error {
	name, named, err := p.nameAnnotation()
	if err != nil {
		return err
	}
	if named {
		p.names.Module, p.names.HasModule = name, true
	}
	if err := p.collect(end); err != nil {
		return err
	}
	behind := p.s.Mark()
	if err := p.readTypes(); err != nil {
		return err
	}
	for _, f := range p.fields {
		p.s.Reset(f.pos)
		if err := p.field(f.kind); err != nil {
			return err
		}
	}
	p.s.Reset(behind)
	return p.finish()
}

// readTypes reads the type definitions.
func (p *parser) readTypes() error {
	p.onField = p.defineField
	p.types = map[string]uint32{}
	for _, f := range p.fields {
		var err error
		p.s.Reset(f.pos)
		switch f.kind {
		case fieldType:
			p.s.Open("type")
			err = p.addType(true)
		case fieldRec:
			p.s.Open("rec")
			group := wasm.RecGroup{First: uint32(len(p.m.Types))}
			for p.s.Open("type") && err == nil {
				// One member is the same as a type outside of a group.
				err = p.addType(false)
			}
			group.Count = uint32(len(p.m.Types)) - group.First
			p.m.RecGroups = append(p.m.RecGroups, group)
			if err == nil {
				err = p.close()
			}
			if group.Count == 1 {
				p.registerType(group.First)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addType reads a type definition behind "(type".
func (p *parser) addType(single bool) error {
	t, err := p.typeField()
	if err != nil {
		return err
	}
	p.m.Types = append(p.m.Types, t)
	if single {
		p.registerType(uint32(len(p.m.Types) - 1))
	}
	return nil
}

// registerType lets inline types stand for a type that is alone in its group.
func (p *parser) registerType(x uint32) {
	t := &p.m.Types[x]
	if t.Open || len(t.Supers) > 0 || t.Comp.Kind != wasm.CompFunc {
		return
	}
	p.typeKey(t.Comp.Func.Params, t.Comp.Func.Results)
	if _, ok := p.types[string(p.key)]; !ok {
		p.types[string(p.key)] = x
	}
}

// typeKey encodes a function type in p.key.
func (p *parser) typeKey(params, results []wasm.ValType) {
	b := varint.AppendUvarint(p.key[:0], uint64(len(params)))
	for _, t := range params {
		b = varint.LittleEndian.AppendUint64(b, uint64(t))
	}
	for _, t := range results {
		b = varint.LittleEndian.AppendUint64(b, uint64(t))
	}
	p.key = b
}

// defineField records the identifier and name of a field of the type that is
// read.
func (p *parser) defineField(i int, id lex.Token, name string, named bool) error {
	typeIndex := uint32(len(p.m.Types))
	if id.Kind == lex.ID {
		key := fieldKey{typeIndex, p.s.Name(id)}
		if _, ok := p.fieldIDs[key]; ok {
			return p.duplicate("field", id)
		}
		if p.fieldIDs == nil {
			p.fieldIDs = map[fieldKey]uint32{}
		}
		p.fieldIDs[key] = uint32(i)
		if !named {
			name = key.id
		}
	}
	addIndirect(&p.names.Fields, typeIndex, uint32(i), name)
	return nil
}

// addIndirect names an inner index; both indices come in rising order.
func addIndirect(m *wasm.IndirectNameMap, outer, inner uint32, name string) {
	if n := len(*m); n == 0 || (*m)[n-1].Index != outer {
		*m = append(*m, wasm.IndirectNameAssoc{Index: outer})
	}
	last := &(*m)[len(*m)-1]
	last.Names = append(last.Names, wasm.NameAssoc{Index: inner, Name: name})
}

// duplicate is the error for an identifier that is taken.
func (p *parser) duplicate(what string, id lex.Token) error {
	return p.s.Errorf(CodeName, id.Pos, "duplicate %s %s: the identifier is defined already", what, p.s.Describe(id))
}

// resolve is the type index of a type use; an inline type that no definition
// has is appended to the types.
func (p *parser) resolve(u *typeUse) (uint32, error) {
	if !u.explicit {
		return p.inlineType(u), nil
	}
	if !u.inline() {
		return u.index, nil
	}
	f := p.m.FuncType(u.index)
	switch {
	case uint64(u.index) >= uint64(len(p.m.Types)):
		return 0, p.s.Errorf(CodeType, u.pos, "unknown type %d: there are %d types here, and an inline function type must equal the explicit one", u.index, len(p.m.Types))
	case f == nil:
		return 0, p.s.Errorf(CodeType, u.pos, "inline function type does not match: type %d is %s", u.index, p.m.Types[u.index].Comp.Kind)
	case !f.Equal(wasm.FuncType{Params: u.params, Results: u.results}):
		return 0, p.s.Errorf(CodeType, u.pos, "inline function type does not match: type %d is %.200s", u.index, p.m.Types[u.index].Comp)
	}
	return u.index, nil
}

// inlineType is the index of the type that an inline type stands for.
func (p *parser) inlineType(u *typeUse) uint32 {
	p.typeKey(u.params, u.results)
	x, ok := p.types[string(p.key)]
	if !ok {
		x = uint32(len(p.m.Types))
		p.m.Types = append(p.m.Types, wasm.SubType{Comp: wasm.CompType{Func: u.funcType()}})
		p.types[string(p.key)] = x
	}
	return x
}

// finish adds what comes from all over the module.
func (p *parser) finish() error {
	if p.usesData {
		n := uint32(len(p.m.Datas))
		p.m.DataCount = &n
	}
	for k, names := range map[indexSpace]*wasm.NameMap{
		spaceFunc: &p.names.Funcs, spaceTable: &p.names.Tables, spaceMemory: &p.names.Memories,
		spaceGlobal: &p.names.Globals, spaceTag: &p.names.Tags, spaceType: &p.names.Types,
		spaceElem: &p.names.Elems, spaceData: &p.names.Datas,
	} {
		*names = p.spaces[k].names
	}
	data, err := binary.EncodeNames(&p.names)
	if err != nil {
		return err
	}
	if len(data) > 0 {
		p.customs = append(p.customs, custom{place: placeNames, name: "name", data: data})
	}
	p.addHints()
	p.placeCustoms()
	return nil
}
