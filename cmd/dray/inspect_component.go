package main

// This file inspects components.

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo"
)

// component inspects a component.
func (i *inspector) component(c *component.Component) {
	s := resolveComponent(c)
	i.targetOf(s)
	i.Imports = append(i.Imports, i.items(s.imports, 0)...)
	i.Exports = append(i.Exports, i.items(s.exports, 0)...)
	i.Sections = componentSections(c)
	var modules []*wasm.Module
	i.inner(c, &modules)
	i.needsOf(c, modules)
}

// inner collects what the core modules of a component and of those in it say.
func (i *inspector) inner(c *component.Component, modules *[]*wasm.Module) {
	for _, d := range c.Defs {
		switch d := d.(type) {
		case *component.Custom:
			switch d.Name {
			case "producers":
				p, _ := binary.DecodeProducers(d.Data, 0)
				i.mergeProducers(p)
			case "component-name":
				if c.Pos == 0 && i.Name == "" && i.Components == 0 {
					i.Name = componentName(d.Data)
				}
			}
		case *component.Component:
			i.Components++
			i.inner(d, modules)
		case *component.CoreModule:
			*modules = append(*modules, d.Module)
			i.coreModule(d)
		}
	}
}

// coreModule adds a core module of a component.
func (i *inspector) coreModule(d *component.CoreModule) {
	m := d.Module
	names, _ := binary.ReadNames(m)
	sub := subModule{Size: int64(len(d.Binary)), Functions: len(m.Funcs), DebugInfo: debugBytes(m) > 0}
	if names != nil {
		sub.Name = names.Module
		i.FunctionNames += len(names.Funcs)
	}
	i.CoreModules = append(i.CoreModules, sub)
	i.addProducers(m)
	i.DebugBytes += debugBytes(m)
	i.Lines = i.Lines || debuginfo.New(m).HasLines()
	for n := range m.Funcs {
		b := &m.Funcs[n].Body
		i.CodeBytes += int64(len(b.Code)) + max(b.Offset-b.Start, 0)
	}
	first := uint32(m.ImportedMemories())
	_, exported := outside(m, wasm.ExternMemory)
	for n, t := range m.Memories {
		i.Memories = append(i.Memories, memory{
			Pages: t.Limits.Min, Max: maximum(t.Limits), PageSize: t.PageSize(),
			Shared: t.Limits.Shared, Is64: t.Limits.Is64, Exported: exported[first+uint32(n)],
		})
	}
}

// componentName is the name of the component itself in the content of a
// section "component-name", where it is the first subsection.
func componentName(data []byte) string {
	names, _ := binary.DecodeNames(data, 0)
	if names == nil {
		return ""
	}
	return names.Module
}

// items describes imports or exports, as many as there is room for.
func (i *inspector) items(items []witItem, depth int) []extern {
	if depth > maxNested {
		return nil
	}
	var out []extern
	for n := range items {
		item := &items[n]
		e := extern{Name: item.name, Kind: item.sort.String(), Type: item.sort.String()}
		switch item.sort {
		case component.SortFunc:
			e.Type = item.typ.funcText(0)
			e.resource, e.method = item.methodText()
		case component.SortType:
			e.Type = item.typ.declText(item.name)
		case component.SortInstance:
			e.Items = i.items(item.inst.items, depth+1)
		}
		if i.room -= len(e.Name) + len(e.Type) + len(e.method) + itemRoom; i.room < 0 {
			break
		}
		out = append(out, e)
	}
	return out
}

// componentSections lists the sections in the order of the file.
func componentSections(c *component.Component) []section {
	out := make([]section, 0, len(c.Sections))
	for _, s := range c.Sections {
		e := section{Name: s.ID.String(), Custom: s.ID == component.SectionCustom, Offset: s.Offset, Size: s.Size, Count: s.Count}
		if s.First >= len(c.Defs) {
			out = append(out, e)
			continue
		}
		switch d := c.Defs[s.First].(type) {
		case *component.Custom:
			e.Name, e.Count = d.Name, 0
		case *component.CoreModule:
			if names, _ := binary.ReadNames(d.Module); names != nil && names.HasModule {
				e.Module = names.Module
			}
		}
		out = append(out, e)
	}
	return out
}
