// This file reads and writes the custom section "component-name" (Binary
// Format, section "Name Section").

package binary

import (
	"cmp"
	"math"
	"slices"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// The ids of the subsections.
const (
	nameComponent = iota
	nameSorts
)

// nameOrder is the order in which the names of sorts are written.
var nameOrder = [...]component.Sort{
	component.SortCoreFunc, component.SortCoreTable, component.SortCoreMemory,
	component.SortCoreGlobal, component.SortCoreTag, component.SortCoreType,
	component.SortCoreModule, component.SortCoreInstance, component.SortFunc,
	component.SortValue, component.SortType, component.SortComponent,
	component.SortInstance,
}

// ReadNames reads the first name section of a component. Without one the result
// is empty. A malformed section does not make a component bad: with the error
// come the names that were read before it.
func ReadNames(c *component.Component) (*component.Names, error) {
	for _, d := range c.Defs {
		if x, ok := d.(*component.Custom); ok && x.Name == namesSection {
			width := max(int(x.NameLen), leb128.UintLen(uint64(len(x.Name))))
			return DecodeNames(x.Data, x.Pos+int64(width+len(x.Name)))
		}
	}
	return new(component.Names), nil
}

// DecodeNames reads the content of a name section; base is its offset in the
// file. Subsections may stand in any order, unknown ones are skipped, and names
// out of order are sorted. Of several subsections for one sort the last counts.
// The names before an error are returned with it.
func DecodeNames(data []byte, base int64) (*component.Names, error) {
	r := &reader{b: data, base: base}
	names := new(component.Names)
	for r.err == nil && r.left() > 0 {
		id := r.byte("name subsection id")
		size := r.length("name subsection size")
		sub := decoder{reader: reader{base: r.offset(), b: r.bytes(size, "a name subsection"), err: r.err}}
		switch id {
		case nameComponent:
			names.Component = sub.name("component name")
			names.HasComponent = sub.err == nil
		case nameSorts:
			sub.sortNames(names)
		default:
			sub.pos = len(sub.b)
		}
		if sub.left() > 0 {
			sub.failAt(sub.pos, CodeSection, "section size mismatch: %d bytes left in name subsection %d", sub.left(), id)
		}
		r.err = sub.err
	}
	return names, r.err
}

// sortNames reads the names of a sort.
func (d *decoder) sortNames(names *component.Names) {
	s := d.sort("names")
	m := d.nameMap()
	if len(m) == 0 && d.err != nil {
		return
	}
	if names.Sorts == nil {
		names.Sorts = make(map[component.Sort]wasm.NameMap)
	}
	names.Sorts[s] = m
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

// EncodeNames writes the content of a name section; sorts without names are
// left out. Core sorts come first.
func EncodeNames(names *component.Names) ([]byte, error) {
	var e encoder
	var out []byte
	flush := func(id byte) {
		if uint64(len(e.out)) > math.MaxUint32 {
			e.fail("name subsection %d has %d bytes", id, len(e.out))
		}
		out = leb128.AppendUint(append(out, id), uint64(len(e.out)))
		out = append(out, e.out...)
		e.out = e.out[:0]
	}
	if names.HasComponent {
		e.name(names.Component)
		flush(nameComponent)
	}
	for _, s := range nameOrder {
		m := names.Sorts[s]
		if len(m) == 0 {
			continue
		}
		e.sort(s)
		e.len(len(m))
		for _, a := range m {
			e.u32(a.Index)
			e.name(a.Name)
		}
		flush(nameSorts)
	}
	if e.err != nil {
		return nil, e.err
	}
	return out, nil
}
