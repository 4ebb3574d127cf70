// This file turns the section "component-name" into identifiers, and tells
// whether they say all that the section says.

package text

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm"
	corebinary "github.com/dray-wasm/dray/wasm/binary"
	core "github.com/dray-wasm/dray/wasm/text"
)

// printNames are the names of a component.
type printNames struct {
	component.Names
	ids [component.NumSorts]*core.IDs
	// section is set when the component has a name section, and exact while
	// identifiers and annotations say all that is in it.
	section, exact bool
}

// readNames reads the names of a component and makes identifiers of them.
func (p *printer) readNames(c *component.Component) *printNames {
	n := new(printNames)
	for s := range n.ids {
		n.ids[s] = new(core.IDs)
	}
	if p.o.NoNames {
		return n
	}
	names, err := binary.ReadNames(c)
	n.Names = *names
	sizes := printSizes(c)
	for s, m := range n.Sorts {
		n.ids[s] = core.NewIDs(m, sizes[s])
	}
	n.section, n.exact = printCanonical(c, n)
	n.exact = n.exact && err == nil
	for s, m := range n.Sorts {
		n.exact = n.exact && printRising(m, sizes[s])
	}
	return n
}

// printSizes are the sizes of the index spaces of a component, as far as
// definitions in it can have names.
func printSizes(c *component.Component) (sizes [component.NumSorts]int) {
	for _, d := range c.Defs {
		if s, n := printDefines(d); n > 0 && s < component.NumSorts {
			sizes[s] = min(sizes[s]+n, binary.MaxDefs)
		}
	}
	return sizes
}

// printDefines is the sort of what a definition adds to the index spaces, and
// how many.
func printDefines(d component.Definition) (s component.Sort, n int) {
	switch d := d.(type) {
	case *component.CoreModule:
		return component.SortCoreModule, 1
	case *component.CoreInstance:
		return component.SortCoreInstance, 1
	case *component.CoreType:
		if d.Module != nil {
			return component.SortCoreType, 1
		}
		return component.SortCoreType, len(d.Types)
	case *component.Component:
		return component.SortComponent, 1
	case *component.Instance:
		return component.SortInstance, 1
	case *component.Alias:
		return d.Sort, 1
	case *component.TypeDef:
		return component.SortType, 1
	case *component.Canon:
		return canonSort(d), 1
	case *component.Start:
		return component.SortValue, int(d.Results)
	case *component.Import:
		return d.Type.Sort, 1
	case *component.Export:
		return d.Item.Sort, 1
	case *component.Value:
		return component.SortValue, 1
	}
	return 0, 0
}

// canonSort is the sort of what a canonical definition defines.
func canonSort(d *component.Canon) component.Sort {
	if d.Op == component.CanonLift {
		return component.SortFunc
	}
	return component.SortCoreFunc
}

// printCanonical tells whether a component has a name section, and whether it
// is the only one, stands at the end, and is what the encoder makes of the
// names in it.
func printCanonical(c *component.Component, n *printNames) (section, canonical bool) {
	var at int
	for i, d := range c.Defs {
		x, ok := d.(*component.Custom)
		if !ok || x.Name != namesSection {
			continue
		}
		at = i
		canonical = !section
		section = true
	}
	if !canonical || at != len(c.Defs)-1 {
		return section, false
	}
	data := c.Defs[at].(*component.Custom).Data
	again, err := binary.EncodeNames(&n.Names)
	return true, err == nil && len(data) > 0 && bytes.Equal(again, data)
}

// printRising tells whether the indices of names rise and are below a size.
func printRising(names wasm.NameMap, size int) bool {
	for i, a := range names {
		if uint64(a.Index) >= uint64(size) || i > 0 && names[i-1].Index >= a.Index {
			return false
		}
	}
	return true
}

// moduleID is what stands behind the keyword of a core module: the identifier
// of the next index, if the text can have it, and the index.
//
// The identifier becomes the name of the module in its own name section,
// unless an annotation says another; so a module without a name has its
// identifier in a comment. Where the two names differ, the names of the
// component are printed as a custom section.
func (p *printer) moduleID(m *wasm.Module) string {
	x := p.next(component.SortCoreModule)
	n := p.scope.names
	id := n.ids[component.SortCoreModule].ID(x)
	own, named := "", false
	if !p.o.NoNames {
		own, named = moduleName(m)
	}
	listed, plain := n.plainName(component.SortCoreModule, x)
	same := listed == named && (!named || plain && id == core.PrintID(own))
	n.exact = n.exact && same
	if id != "" && !named {
		p.hide(component.SortCoreModule, x)
		return printHidden(id) + printIndex(x)
	}
	return printSpaced(id) + printIndex(x)
}

// moduleName is the name of a core module, if the core printer says it with an
// annotation; it does not where it prints the name section of the module as a
// custom section.
func moduleName(m *wasm.Module) (name string, named bool) {
	names, err := corebinary.ReadNames(m)
	if err != nil || !names.HasModule {
		return "", false
	}
	var w printStart
	core.PrintNested(&w, m, "module", "", 0, PrintOptions{Skeleton: true})
	return names.Module, string(w) == printNamedModule
}

// printNamedModule is how the text of a module with a name begins.
const printNamedModule = "(module (@name "

// A printStart keeps the start of what is written.
type printStart string

func (w *printStart) Write(b []byte) (int, error) {
	*w += printStart(b[:min(len(b), len(printNamedModule)-len(*w))])
	return len(b), nil
}

// componentID is what stands behind the keyword of a nested component with the
// names child. The identifier becomes the name of the component in its own
// name section, unless that is printed as a custom section; this is so when the
// component has another name there.
func (p *printer) componentID(child *printNames) string {
	x := p.next(component.SortComponent)
	n := p.scope.names
	id := n.ids[component.SortComponent].ID(x)
	listed, plain := n.plainName(component.SortComponent, x)
	if listed != child.HasComponent || listed && !(plain && id == core.PrintID(child.Component)) {
		n.exact = n.exact && !listed
		child.exact = false
		if id != "" && !child.section {
			p.hide(component.SortComponent, x)
			return printHidden(id) + printIndex(x)
		}
	}
	return printSpaced(id) + printIndex(x)
}

// plainName tells whether an index has a name, and whether its identifier
// alone says it.
func (n *printNames) plainName(s component.Sort, x uint32) (listed, plain bool) {
	name, ok := n.Sorts[s].Get(x)
	return ok, ok && name != "" && n.ids[s].ID(x) == core.PrintID(name)
}

// next counts the next definition of a sort and gives its index.
func (p *printer) next(s component.Sort) uint32 {
	if s >= component.NumSorts {
		return 0
	}
	x := p.scope.counts[s]
	p.scope.counts[s]++
	return x
}

// hide makes uses of an index print as the index.
func (p *printer) hide(s component.Sort, x uint32) {
	if p.scope.hidden == nil {
		p.scope.hidden = map[component.SortIdx]bool{}
	}
	p.scope.hidden[component.SortIdx{Sort: s, Index: x}] = true
}

func printIndex(x uint32) string { return "(;" + strconv.FormatUint(uint64(x), 10) + ";)" }

// printHidden is an identifier as a comment, with a space behind it.
func printHidden(id string) string { return "(;" + strings.ReplaceAll(id, ";", "?") + ";) " }

// printSpaced is an identifier with a space behind it, or nothing.
func printSpaced(id string) string {
	if id == "" {
		return ""
	}
	return id + " "
}
