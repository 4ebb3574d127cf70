// This file turns the section "component-name" into identifiers, and tells
// whether they say all that the section says.

package text

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	core "github.com/dray-wasm/dray/wasm/text"
)

// printNames are the names of a component.
type printNames struct {
	component.Names
	ids [component.NumSorts]*core.IDs
	// section is the name section, nil when there is none.
	section *component.Custom
	// exact is set while identifiers and annotations say all that is in it.
	exact bool
}

// printNoIDs are the identifiers of a sort without names.
var printNoIDs = new(core.IDs)

// readNames reads the names of a component and makes identifiers of them.
func (p *printer) readNames(c *component.Component) *printNames {
	n := new(printNames)
	for s := range n.ids {
		n.ids[s] = printNoIDs
	}
	if p.o.NoNames {
		return n
	}
	names, err := binary.ReadNames(c)
	n.Names = *names
	n.exact = n.canonical(c) && err == nil
	if n.section != nil {
		p.Allow(len(n.section.Data))
	}
	if len(n.Sorts) == 0 {
		return n
	}
	sizes := printSizes(c)
	for s, m := range n.Sorts {
		n.ids[s] = core.NewIDs(m, sizes[s])
		n.exact = n.exact && n.ids[s].Complete()
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
		return canonSort(d.Op), 1
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

// canonical finds the name section of a component. It tells whether that is the
// only one, stands at the end, and is what the encoder makes of the names in it.
func (n *printNames) canonical(c *component.Component) bool {
	for i, d := range c.Defs {
		x, ok := d.(*component.Custom)
		if !ok || x.Name != namesSection {
			continue
		}
		n.section = x
		if i < len(c.Defs)-1 {
			return false
		}
	}
	if n.section == nil || len(n.section.Data) == 0 {
		return false
	}
	again, err := binary.EncodeNames(&n.Names)
	return err == nil && bytes.Equal(again, n.section.Data)
}

// moduleID is what stands behind the keyword of the core module that
// p.modules has begun.
func (p *printer) moduleID() string {
	_, named := p.modules.Name()
	return p.ownID(component.SortCoreModule, named)
}

// componentID is what stands behind the keyword of a nested component with the
// names child.
func (p *printer) componentID(child *printNames) string {
	s := component.SortComponent
	id := p.scope.names.ids[s].ID(p.scope.counts[s])
	out := p.ownID(s, child.section != nil)
	switch {
	case !child.HasComponent:
		child.exact = child.exact && id == ""
	case child.exact && (id == "" || id != core.PrintID(child.Component)):
		out = string(core.PrintName([]byte(out+" "), child.Component))
	}
	return out
}

// ownID is the identifier of the next definition of a sort, if the text can
// have it, and the index. The sort is one of those with names of their own.
//
// The identifier is also the own name, unless an annotation or a custom section
// says another; so it is a comment where there is none, which named tells.
// Then, and where the identifier is not the name, the names of the component
// are printed as a custom section.
func (p *printer) ownID(s component.Sort, named bool) string {
	x := p.next(s)
	n := p.scope.names
	listed, plain := n.plainName(s, x)
	n.exact = n.exact && (!listed || plain && named)
	id := n.ids[s].ID(x)
	switch {
	case id == "":
		return printIndex(x)
	case named:
		return id + " " + printIndex(x)
	}
	if p.scope.hidden == nil {
		p.scope.hidden = map[component.SortIdx]bool{}
	}
	p.scope.hidden[component.SortIdx{Sort: s, Index: x}] = true
	return "(;" + strings.ReplaceAll(id, ";", "?") + ";) " + printIndex(x)
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

func printIndex(x uint32) string { return "(;" + strconv.FormatUint(uint64(x), 10) + ";)" }
