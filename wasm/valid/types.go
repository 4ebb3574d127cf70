// This file stores types in canonical form (Validation, sections "Types" and
// "Recursive Types"; Appendix, section "Type Equivalence").

package valid

import (
	"encoding/binary"
	"slices"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// A TypeID names a defined type in a [Types]. Two defined types are the same
// type exactly when their ids are equal.
type TypeID uint32

// noType stands for the absence of a type.
const noType = TypeID(1<<32 - 1)

// MaxSubtypeDepth is the largest number of supertypes above a type
// (Appendix, section "Implementation Limitations").
const MaxSubtypeDepth = 63

// Types is a set of defined types that each stand in it once. It puts the
// types of many modules in one space, so that they can be compared and
// matched. The zero value is not ready: use [NewTypes].
//
// A canonical type is one whose type indices are TypeIDs of a store: a
// [wasm.ValType] such as Ref(true, HeapIndex(uint32(id))), or a composite of
// such. The methods say where they take and give canonical types; the others
// take types as a module writes them, with the list ids that gives the TypeID
// of each index of its type index space.
//
// The methods whose names begin with Add change the store and must not run at
// the same time as others. All other methods only read it and are safe for
// concurrent use. What they give back is shared: do not change it. The store
// keeps slices of the types it is given; these must not change either.
type Types struct {
	defs   []def
	chains []chain           // of the types that have supertypes
	groups map[string]TypeID // canonical encoding of a group -> its first type
	key    []byte
}

// A def is one defined type. comp is canonical. chain counts in Types.chains
// where there is a supertype.
type def struct {
	comp  wasm.CompType
	super TypeID
	chain uint32
	depth uint8 // number of supertypes above
	open  bool
}

// A chain finds the supertypes of a type by their depth. It holds the type
// itself as well: far those of the depths that are multiples of stride, near
// those of the depths from the last such multiple on.
type chain struct {
	far  [(MaxSubtypeDepth + stride) / stride]TypeID
	near [stride]TypeID
}

const stride = 8

// NewTypes makes an empty store.
func NewTypes() *Types { return &Types{groups: make(map[string]TypeID)} }

// AddGroup adds a recursion group whose members take the indices that follow
// those of ids, checks that it is valid, and appends the TypeIDs of the
// members to ids. Members may refer to one another and to the types of ids.
// A group that is in the store already gives the TypeIDs it has there.
// Errors are *diag.Error without a position; after an error the store is as
// before, and ids is returned as it was.
func (s *Types) AddGroup(ids []TypeID, group []wasm.SubType) ([]TypeID, error) {
	g := groupAdder{s: s, ids: ids, base: uint64(len(ids)), n: uint64(len(group))}
	if err := g.encode(group); err != nil {
		return ids, err
	}
	first, ok := s.groups[string(s.key)]
	if !ok {
		first = TypeID(len(s.defs))
		chains := len(s.chains)
		if err := g.add(group); err != nil {
			s.defs, s.chains = s.defs[:first], s.chains[:chains]
			return ids, err
		}
		s.groups[string(s.key)] = first
	}
	for i := range group {
		ids = append(ids, first+TypeID(i))
	}
	return ids, nil
}

// AddModule adds the types of a module, and gives the TypeID of each type
// index. Errors are those of [Types.AddGroup].
func (s *Types) AddModule(m *wasm.Module) ([]TypeID, error) {
	ids := make([]TypeID, 0, len(m.Types))
	groups := m.RecGroups
	for len(ids) < len(m.Types) || len(groups) > 0 {
		at, n := uint64(len(ids)), uint64(1)
		if len(groups) > 0 && uint64(groups[0].First) <= at {
			n = uint64(groups[0].Count)
			if uint64(groups[0].First) != at || at+n > uint64(len(m.Types)) {
				return ids, diag.Errorf(CodeType, diag.Pos{}, "recursion group out of place: it has %d types from type %d, and the module has %d types", n, groups[0].First, len(m.Types))
			}
			groups = groups[1:]
		} else if at == uint64(len(m.Types)) {
			return ids, diag.Errorf(CodeType, diag.Pos{}, "recursion group out of place: it begins at type %d, and the module has %d types", groups[0].First, at)
		}
		var err error
		if ids, err = s.AddGroup(ids, m.Types[at:at+n]); err != nil {
			return ids, err
		}
	}
	return ids, nil
}

// AddFunc adds a function type that is final and has no supertype, as a plain
// definition of it would; f is canonical. It does not fail.
func (s *Types) AddFunc(f wasm.FuncType) TypeID {
	// A plain definition of canonical types is a group of one type whose
	// indices all lie before it.
	group := [1]wasm.SubType{{Comp: wasm.CompType{Kind: wasm.CompFunc, Func: f}}}
	g := groupAdder{s: s, canonical: true, n: 1}
	if err := g.encode(group[:]); err != nil {
		panic(err) // canonical types always encode
	}
	id, ok := s.groups[string(s.key)]
	if !ok {
		id = TypeID(len(s.defs))
		s.defs = append(s.defs, def{comp: group[0].Comp, super: noType})
		s.groups[string(s.key)] = id
	}
	return id
}

// Len is the number of types; the TypeIDs are those below it.
func (s *Types) Len() int { return len(s.defs) }

// Comp is the composite type of a type, canonical.
func (s *Types) Comp(id TypeID) *wasm.CompType { return &s.defs[id].comp }

// Func is the function type of a type, canonical; nil when it is a structure
// or an array.
func (s *Types) Func(id TypeID) *wasm.FuncType {
	if c := &s.defs[id].comp; c.Kind == wasm.CompFunc {
		return &c.Func
	}
	return nil
}

// Super is the declared supertype of a type; ok is false when it has none.
func (s *Types) Super(id TypeID) (super TypeID, ok bool) {
	super = s.defs[id].super
	return super, super != noType
}

// Val is the canonical form of a value type, and checks that its type index is
// one of ids.
func (s *Types) Val(t wasm.ValType, ids []TypeID) (wasm.ValType, error) {
	x, concrete := t.Heap().Index()
	if !concrete || !t.IsRef() {
		return t, nil
	}
	if uint64(x) >= uint64(len(ids)) {
		return t, errUnknownType(x, len(ids))
	}
	return wasm.Ref(t.Nullable(), wasm.HeapIndex(uint32(ids[x]))), nil
}

// A groupAdder brings one recursion group into canonical form. The type index
// x of a module is the member x-base of the group, or the type ids[x].
type groupAdder struct {
	s         *Types
	ids       []TypeID
	base, n   uint64
	canonical bool // indices are TypeIDs already, and none is a member
}

// look resolves a type index: either member tells that id counts the members
// of the group, or id is a TypeID.
func (g *groupAdder) look(x uint32) (id TypeID, member bool, err error) {
	switch {
	case g.canonical:
		return TypeID(x), false, nil
	case uint64(x) < g.base:
		return g.ids[x], false, nil
	case uint64(x) < g.base+g.n:
		return TypeID(uint64(x) - g.base), true, nil
	}
	return 0, false, errUnknownType(x, int(g.base+g.n))
}

// encode writes the group into s.key, so that two groups are the same exactly
// when their encodings are.
func (g *groupAdder) encode(group []wasm.SubType) error {
	g.s.key = binary.AppendUvarint(g.s.key[:0], uint64(len(group)))
	for i := range group {
		if err := g.encodeSub(&group[i]); err != nil {
			return g.at(err, i)
		}
	}
	return nil
}

// at adds to an error which type it is about.
func (g *groupAdder) at(err *diag.Error, i int) error {
	err.Msg += ", in type " + utoa(g.base+uint64(i))
	return err
}

func (g *groupAdder) encodeSub(t *wasm.SubType) *diag.Error {
	head := byte(t.Comp.Kind) << 1
	if t.Open {
		head |= 1
	}
	g.s.key = append(g.s.key, head)
	g.s.key = binary.AppendUvarint(g.s.key, uint64(len(t.Supers)))
	for _, x := range t.Supers {
		if err := g.encodeIndex(x); err != nil {
			return err
		}
	}
	switch c := &t.Comp; c.Kind {
	case wasm.CompFunc:
		if err := g.encodeVals(c.Func.Params); err != nil {
			return err
		}
		return g.encodeVals(c.Func.Results)
	case wasm.CompStruct, wasm.CompArray:
		if c.Kind == wasm.CompArray && len(c.Fields) != 1 {
			return diag.Errorf(CodeType, diag.Pos{}, "malformed array type: expected one element type, found %d", len(c.Fields))
		}
		g.s.key = binary.AppendUvarint(g.s.key, uint64(len(c.Fields)))
		for _, f := range c.Fields {
			mut := byte(0)
			if f.Mutable {
				mut = 1
			}
			g.s.key = append(g.s.key, mut)
			if err := g.encodeVal(f.Storage); err != nil {
				return err
			}
		}
		return nil
	}
	return diag.Errorf(CodeType, diag.Pos{}, "unknown kind of composite type: %s", t.Comp.Kind)
}

func (g *groupAdder) encodeVals(ts []wasm.ValType) *diag.Error {
	g.s.key = binary.AppendUvarint(g.s.key, uint64(len(ts)))
	for _, t := range ts {
		if t.IsPacked() {
			return diag.Errorf(CodeType, diag.Pos{}, "packed type %s in a function type: only fields can have it", t)
		}
		if err := g.encodeVal(t); err != nil {
			return err
		}
	}
	return nil
}

func (g *groupAdder) encodeVal(t wasm.ValType) *diag.Error {
	g.s.key = append(g.s.key, t.Code())
	if !t.IsRef() {
		return nil
	}
	if x, ok := t.Heap().Index(); ok {
		return g.encodeIndex(x)
	}
	g.s.key = append(g.s.key, t.Heap().Code())
	return nil
}

// encodeIndex writes 0 and the number of a member, or 1 and a TypeID. No
// abstract heap type starts with these bytes.
func (g *groupAdder) encodeIndex(x uint32) *diag.Error {
	id, member, err := g.look(x)
	if err != nil {
		return err.(*diag.Error)
	}
	tag := byte(1)
	if member {
		tag = 0
	}
	g.s.key = binary.AppendUvarint(append(g.s.key, tag), uint64(id))
	return nil
}

// add appends the members to the store and checks them.
func (g *groupAdder) add(group []wasm.SubType) error {
	first := TypeID(len(g.s.defs))
	for i := range group {
		d, err := g.define(&group[i], first, TypeID(i))
		if err != nil {
			return g.at(err, i)
		}
		g.s.defs = append(g.s.defs, d)
	}
	for i := range group {
		if err := g.s.checkSuper(first + TypeID(i)); err != nil {
			return g.at(err, i)
		}
	}
	return nil
}

// define makes member i of a group whose members get the TypeIDs from first.
func (g *groupAdder) define(t *wasm.SubType, first, i TypeID) (def, *diag.Error) {
	d := def{super: noType, open: t.Open}
	d.comp = wasm.CompType{Kind: t.Comp.Kind, Func: wasm.FuncType{
		Params: g.vals(t.Comp.Func.Params, first), Results: g.vals(t.Comp.Func.Results, first)}}
	d.comp.Fields = g.fields(t.Comp.Fields, first)
	if len(t.Supers) == 0 {
		return d, nil
	}
	if len(t.Supers) > 1 {
		return d, diag.Errorf(CodeSubType, diag.Pos{}, "sub type has %d supertypes, but at most one is allowed", len(t.Supers))
	}
	super, member, _ := g.look(t.Supers[0])
	if member {
		if super >= i {
			return d, diag.Errorf(CodeUnknownType, diag.Pos{}, "unknown type %d: a supertype must be defined before its sub type", t.Supers[0])
		}
		super += first
	}
	if g.s.defs[super].depth >= MaxSubtypeDepth {
		return d, diag.Errorf(CodeLimit, diag.Pos{}, "sub type hierarchy too deep: more than %d supertypes", MaxSubtypeDepth)
	}
	g.s.extend(&d, first+i, super)
	return d, nil
}

// extend puts the type id below its supertype.
func (s *Types) extend(d *def, id, super TypeID) {
	up := &s.defs[super]
	var ch chain
	if up.depth > 0 {
		ch = s.chains[up.chain]
	} else {
		ch.far[0], ch.near[0] = super, super
	}
	d.super, d.depth, d.chain = super, up.depth+1, uint32(len(s.chains))
	if d.depth%stride == 0 {
		ch.far[d.depth/stride] = id
	}
	ch.near[d.depth%stride] = id
	s.chains = append(s.chains, ch)
}

// above is the supertype at a depth that is smaller than that of the type.
func (s *Types) above(id TypeID, depth uint8) TypeID {
	d := &s.defs[id]
	ch := &s.chains[d.chain]
	switch k := depth / stride; {
	case k == d.depth/stride:
		return ch.near[depth%stride]
	case depth%stride == 0:
		return ch.far[k]
	default:
		// The type right above the next multiple is near the one that is sought.
		next := s.defs[ch.far[k+1]].super
		return s.chains[s.defs[next].chain].near[depth%stride]
	}
}

// val is the canonical form of a type whose index encode has checked.
func (g *groupAdder) val(t wasm.ValType, first TypeID) wasm.ValType {
	x, concrete := t.Heap().Index()
	if !concrete || !t.IsRef() {
		return t
	}
	id, member, _ := g.look(x)
	if member {
		id += first
	}
	return wasm.Ref(t.Nullable(), wasm.HeapIndex(uint32(id)))
}

// vals is the canonical form of a list of types: the list itself where it has
// no type index.
func (g *groupAdder) vals(ts []wasm.ValType, first TypeID) []wasm.ValType {
	if !slices.ContainsFunc(ts, hasIndex) {
		return ts
	}
	out := make([]wasm.ValType, len(ts))
	for i, t := range ts {
		out[i] = g.val(t, first)
	}
	return out
}

func (g *groupAdder) fields(fs []wasm.FieldType, first TypeID) []wasm.FieldType {
	if !slices.ContainsFunc(fs, func(f wasm.FieldType) bool { return hasIndex(f.Storage) }) {
		return fs
	}
	out := make([]wasm.FieldType, len(fs))
	for i, f := range fs {
		out[i] = wasm.FieldType{Storage: g.val(f.Storage, first), Mutable: f.Mutable}
	}
	return out
}

// hasIndex tells whether a type refers to a defined type.
func hasIndex(t wasm.ValType) bool {
	_, concrete := t.Heap().Index()
	return concrete && t.IsRef()
}

// checkSuper checks a type against its declared supertype.
func (s *Types) checkSuper(id TypeID) *diag.Error {
	d := &s.defs[id]
	if d.super == noType {
		return nil
	}
	up := &s.defs[d.super]
	switch {
	case !up.open:
		return diag.Errorf(CodeSubType, diag.Pos{}, "sub type of a final type: the supertype does not allow sub types (it needs %q)", "sub")
	case !s.matchComp(&d.comp, &up.comp):
		return diag.Errorf(CodeSubType, diag.Pos{}, "sub type does not match its supertype: %s", s.whyNoMatch(&d.comp, &up.comp))
	}
	return nil
}
