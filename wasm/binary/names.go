// This file reads and writes the custom section "name" (Appendix, section
// "Custom Sections"). Subsections 3 and 5 to 9 are those of the proposal
// extended-name-section.

package binary

import (
	"cmp"
	"math"
	"slices"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// The ids of the subsections.
const (
	nameModule = iota
	nameFuncs
	nameLocals
	nameLabels
	nameTypes
	nameTables
	nameMemories
	nameGlobals
	nameElems
	nameDatas
	nameFields
	nameTags
)

// ReadNames reads the name section of a module. Without one the result is empty.
// A malformed section does not make a module bad: with the error come the
// names that were read before it.
func ReadNames(m *wasm.Module) (*wasm.Names, error) {
	c, ok := m.Custom("name")
	if !ok {
		return new(wasm.Names), nil
	}
	return DecodeNames(c.Data, c.Offset)
}

// DecodeNames reads the content of a name section; base is its offset in the
// file. Subsections may stand in any order, unknown ones are skipped, and
// names out of order are sorted. The names before an error are returned with
// it.
func DecodeNames(data []byte, base int64) (*wasm.Names, error) {
	r := &reader{b: data, base: base}
	names := new(wasm.Names)
	for r.err == nil && r.left() > 0 {
		id := r.byte("name subsection id")
		size := r.length("name subsection size")
		sub := &reader{base: r.offset(), b: r.bytes(size, "a name subsection"), err: r.err}
		known := readNames(sub, names, id)
		if known && sub.err == nil && sub.left() > 0 {
			sub.failAt(sub.pos, CodeSection, "section size mismatch: %d bytes left in name subsection %d", sub.left(), id)
		}
		r.err = sub.err
	}
	return names, r.err
}

// readNames reads one subsection; known is false when its id is not.
func readNames(r *reader, names *wasm.Names, id byte) (known bool) {
	if id == nameModule {
		names.Module = r.name("module name")
		names.HasModule = r.err == nil
		return true
	}
	if m := nameMapOf(names, id); m != nil {
		*m = r.nameMap()
		return true
	}
	if m := indirectNameMapOf(names, id); m != nil {
		*m = r.indirectNameMap()
		return true
	}
	return false
}

func nameMapOf(n *wasm.Names, id byte) *wasm.NameMap {
	switch id {
	case nameFuncs:
		return &n.Funcs
	case nameTypes:
		return &n.Types
	case nameTables:
		return &n.Tables
	case nameMemories:
		return &n.Memories
	case nameGlobals:
		return &n.Globals
	case nameElems:
		return &n.Elems
	case nameDatas:
		return &n.Datas
	case nameTags:
		return &n.Tags
	}
	return nil
}

func indirectNameMapOf(n *wasm.Names, id byte) *wasm.IndirectNameMap {
	switch id {
	case nameLocals:
		return &n.Locals
	case nameLabels:
		return &n.Labels
	case nameFields:
		return &n.Fields
	}
	return nil
}

func (r *reader) nameMap() wasm.NameMap {
	n := r.count("number of names", math.MaxInt32)
	m := make(wasm.NameMap, 0, r.room(n, 2))
	sorted := true
	for i := 0; i < n && r.err == nil; i++ {
		a := wasm.NameAssoc{Index: r.u32("index of a name"), Name: r.name("a name")}
		if r.err != nil {
			break
		}
		sorted = sorted && (i == 0 || m[i-1].Index < a.Index)
		m = append(m, a)
	}
	if !sorted {
		slices.SortStableFunc(m, func(a, b wasm.NameAssoc) int { return cmp.Compare(a.Index, b.Index) })
	}
	return m
}

func (r *reader) indirectNameMap() wasm.IndirectNameMap {
	n := r.count("number of name maps", math.MaxInt32)
	m := make(wasm.IndirectNameMap, 0, r.room(n, 2))
	sorted := true
	for i := 0; i < n && r.err == nil; i++ {
		a := wasm.IndirectNameAssoc{Index: r.u32("index of a name map")}
		a.Names = r.nameMap()
		sorted = sorted && (i == 0 || m[i-1].Index < a.Index)
		m = append(m, a)
	}
	if !sorted {
		slices.SortStableFunc(m, func(a, b wasm.IndirectNameAssoc) int { return cmp.Compare(a.Index, b.Index) })
	}
	return m
}

// EncodeNames writes the content of a name section; empty parts are left out.
func EncodeNames(names *wasm.Names) ([]byte, error) {
	var e encoder
	var out []byte
	for id := byte(nameModule); id <= nameTags; id++ {
		e.buf = e.buf[:0]
		direct, indirect := nameMapOf(names, id), indirectNameMapOf(names, id)
		switch {
		case id == nameModule && names.HasModule:
			e.name(names.Module)
		case direct != nil && len(*direct) > 0:
			e.nameMap(*direct)
		case indirect != nil && len(*indirect) > 0:
			e.len(len(*indirect))
			for _, a := range *indirect {
				e.u32(a.Index)
				e.nameMap(a.Names)
			}
		default:
			continue
		}
		if uint64(len(e.buf)) > math.MaxUint32 {
			e.fail("name subsection %d has %d bytes", id, len(e.buf))
		}
		if e.err != nil {
			return nil, e.err
		}
		out = leb128.AppendUint(append(out, id), uint64(len(e.buf)))
		out = append(out, e.buf...)
	}
	return out, nil
}

func (e *encoder) nameMap(m wasm.NameMap) {
	e.len(len(m))
	for _, a := range m {
		e.u32(a.Index)
		e.name(a.Name)
	}
}

// ReadProducers reads the producers section of a module. Without one the
// result is nil. With an error come the fields that were read before it.
func ReadProducers(m *wasm.Module) (wasm.Producers, error) {
	c, ok := m.Custom("producers")
	if !ok {
		return nil, nil
	}
	return DecodeProducers(c.Data, c.Offset)
}

// DecodeProducers reads the content of a producers section; base is its offset
// in the file. The fields before an error are returned with it.
func DecodeProducers(data []byte, base int64) (wasm.Producers, error) {
	r := &reader{b: data, base: base}
	n := r.count("number of producers fields", math.MaxInt32)
	var p wasm.Producers
	for i := 0; i < n && r.err == nil; i++ {
		f := wasm.ProducersField{Name: r.name("name of a producers field")}
		values := r.count("number of producers", math.MaxInt32)
		for j := 0; j < values && r.err == nil; j++ {
			v := wasm.ProducersValue{Name: r.name("name of a producer"), Version: r.name("version of a producer")}
			if r.err == nil {
				f.Values = append(f.Values, v)
			}
		}
		if r.err == nil || len(f.Values) > 0 {
			p = append(p, f)
		}
	}
	if r.err == nil && r.left() > 0 {
		r.failAt(r.pos, CodeSection, "section size mismatch: %d bytes left in the producers section", r.left())
	}
	return p, r.err
}

// EncodeProducers writes the content of a producers section.
func EncodeProducers(p wasm.Producers) ([]byte, error) {
	var e encoder
	e.len(len(p))
	for _, f := range p {
		e.name(f.Name)
		e.len(len(f.Values))
		for _, v := range f.Values {
			e.name(v.Name)
			e.name(v.Version)
		}
	}
	if e.err != nil {
		return nil, e.err
	}
	return e.buf, nil
}
