// This file reads and writes the custom section "name" (Appendix, section
// "Custom Sections"). Subsections 3 and 5 to 9 are those of the proposal
// extended-name-section.

package binary

import (
	"cmp"
	"math"
	"slices"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary/values"
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
	r := newReader(data, base)
	names := new(wasm.Names)
	for r.Err == nil && r.Left() > 0 {
		id := r.Byte("name subsection id")
		size := r.Length("name subsection size")
		sub := reader{r.Sub(size, "a name subsection")}
		known := readNames(&sub, names, id)
		if known && sub.Err == nil && sub.Left() > 0 {
			sub.FailAt(sub.Pos, CodeSection, "section size mismatch: %d bytes left in name subsection %d", sub.Left(), id)
		}
		r.Err = sub.Err
	}
	return names, r.Err
}

// readNames reads one subsection; known is false when its id is not.
func readNames(r *reader, names *wasm.Names, id byte) (known bool) {
	if id == nameModule {
		names.Module = r.Name("module name")
		names.HasModule = r.Err == nil
		return true
	}
	if m := nameMapOf(names, id); m != nil {
		*m = r.NameMap()
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

func (r *reader) indirectNameMap() wasm.IndirectNameMap {
	n := r.Count("number of name maps", math.MaxInt32)
	m := make(wasm.IndirectNameMap, 0, r.Room(n, 2))
	sorted := true
	for i := 0; i < n && r.Err == nil; i++ {
		a := wasm.IndirectNameAssoc{Index: r.U32("index of a name map")}
		a.Names = r.NameMap()
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
	e := values.NewWriter(nil, &format)
	var out []byte
	for id := byte(nameModule); id <= nameTags; id++ {
		direct, indirect := nameMapOf(names, id), indirectNameMapOf(names, id)
		switch {
		case id == nameModule && names.HasModule:
			e.Name(names.Module)
		case direct != nil && len(*direct) > 0:
			e.NameMap(*direct)
		case indirect != nil && len(*indirect) > 0:
			e.Len(len(*indirect))
			for _, a := range *indirect {
				e.U32(a.Index)
				e.NameMap(a.Names)
			}
		default:
			continue
		}
		out = e.NameSubsection(out, id)
	}
	if e.Err != nil {
		return nil, e.Err
	}
	return out, nil
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
	r := newReader(data, base)
	n := r.Count("number of producers fields", math.MaxInt32)
	var p wasm.Producers
	for i := 0; i < n && r.Err == nil; i++ {
		f := wasm.ProducersField{Name: r.Name("name of a producers field")}
		count := r.Count("number of producers", math.MaxInt32)
		for j := 0; j < count && r.Err == nil; j++ {
			v := wasm.ProducersValue{Name: r.Name("name of a producer"), Version: r.Name("version of a producer")}
			if r.Err == nil {
				f.Values = append(f.Values, v)
			}
		}
		if r.Err == nil || len(f.Values) > 0 {
			p = append(p, f)
		}
	}
	if r.Err == nil && r.Left() > 0 {
		r.FailAt(r.Pos, CodeSection, "section size mismatch: %d bytes left in the producers section", r.Left())
	}
	return p, r.Err
}

// EncodeProducers writes the content of a producers section.
func EncodeProducers(p wasm.Producers) ([]byte, error) {
	e := values.NewWriter(nil, &format)
	e.Len(len(p))
	for _, f := range p {
		e.Name(f.Name)
		e.Len(len(f.Values))
		for _, v := range f.Values {
			e.Name(v.Name)
			e.Name(v.Version)
		}
	}
	if e.Err != nil {
		return nil, e.Err
	}
	return e.Buf, nil
}
