// This file reads and writes the custom section "component-name" (Binary
// Format, section "Name Section").

package binary

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary/values"
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
	r := newReader(data, base)
	names := new(component.Names)
	for r.Err == nil && r.Left() > 0 {
		id := r.Byte("name subsection id")
		size := r.Length("name subsection size")
		sub := decoder{reader: reader{r.Sub(size, "a name subsection")}}
		switch id {
		case nameComponent:
			names.Component = sub.Name("component name")
			names.HasComponent = sub.Err == nil
		case nameSorts:
			sub.sortNames(names)
		default:
			sub.Pos = len(sub.Data)
		}
		if sub.Left() > 0 {
			sub.FailAt(sub.Pos, CodeSection, "section size mismatch: %d bytes left in name subsection %d", sub.Left(), id)
		}
		r.Err = sub.Err
	}
	return names, r.Err
}

// sortNames reads the names of a sort.
func (d *decoder) sortNames(names *component.Names) {
	s := d.sort("names")
	m := d.NameMap()
	if len(m) == 0 && d.Err != nil {
		return
	}
	if names.Sorts == nil {
		names.Sorts = make(map[component.Sort]wasm.NameMap)
	}
	names.Sorts[s] = m
}

// EncodeNames writes the content of a name section; sorts without names are
// left out. Core sorts come first.
func EncodeNames(names *component.Names) ([]byte, error) {
	e := encoder{Writer: values.NewWriter(nil, &format)}
	var out []byte
	if names.HasComponent {
		e.Name(names.Component)
		out = e.NameSubsection(out, nameComponent)
	}
	for _, s := range nameOrder {
		m := names.Sorts[s]
		if len(m) == 0 {
			continue
		}
		e.sort(s)
		e.NameMap(m)
		out = e.NameSubsection(out, nameSorts)
	}
	if e.Err != nil {
		return nil, e.Err
	}
	return out, nil
}
