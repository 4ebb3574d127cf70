// This file turns the name section into identifiers, and tells whether they
// say all that the section says (Appendix, section "Name Section").

package text

import (
	"bytes"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// printNames are the identifiers of a module.
type printNames struct {
	names *wasm.Names
	// exact is set when identifiers and annotations say all that is in the
	// name section. Otherwise names are comments, and the section is printed
	// as a custom section.
	exact   bool
	section int // the name section among the custom sections

	funcs, types, tables, memories, globals, tags, elems, datas IDs

	typeName func(typeIndex uint32) string
	local    IDs             // of the function being printed
	field    map[uint32]*IDs // of the fields of types
	m        *wasm.Module
}

// read reads the name section.
func (n *printNames) read(p *printer) {
	n.m, n.typeName = p.m, p.typeName
	n.names, n.exact = new(wasm.Names), false
	clear(n.field)
	if p.o.NoNames {
		return
	}
	var err error
	n.names, err = binary.ReadNames(p.m)
	m := p.m
	n.funcs.reset(n.names.Funcs, len(p.types))
	n.types.reset(n.names.Types, len(m.Types))
	n.tables.reset(n.names.Tables, m.ImportedTables()+len(m.Tables))
	n.memories.reset(n.names.Memories, m.ImportedMemories()+len(m.Memories))
	n.globals.reset(n.names.Globals, m.ImportedGlobals()+len(m.Globals))
	n.tags.reset(n.names.Tags, m.ImportedTags()+len(m.Tags))
	n.elems.reset(n.names.Elems, len(m.Elems))
	n.datas.reset(n.names.Datas, len(m.Datas))
	n.exact = err == nil && n.canonical() && n.placed(p) && n.covered(p)
	if !n.exact {
		n.toComments()
	}
}

// spaces are the identifiers of the index spaces of the module.
func (n *printNames) spaces() [8]*IDs {
	return [...]*IDs{&n.funcs, &n.types, &n.tables, &n.memories, &n.globals, &n.tags, &n.elems, &n.datas}
}

// toComments keeps the names of the index spaces for comments, and forgets
// the others.
func (n *printNames) toComments() {
	n.names = new(wasm.Names)
	for _, ids := range n.spaces() {
		ids.comments = true
		for i, id := range ids.ids {
			ids.ids[i] = strings.ReplaceAll(id, ";", "?")
		}
	}
}

// canonical tells whether the module has one name section, and that is what
// the encoder makes of the names in it.
func (n *printNames) canonical() bool {
	n.section = -1
	for i := range n.m.Customs {
		if n.m.Customs[i].Name == "name" {
			if n.section >= 0 {
				return false
			}
			n.section = i
		}
	}
	if n.section < 0 || len(n.m.Customs[n.section].Data) == 0 {
		return false
	}
	data, err := binary.EncodeNames(n.names)
	return err == nil && bytes.Equal(data, n.m.Customs[n.section].Data)
}

// placed tells whether the name section stands behind the last section, where
// the parser puts it.
func (n *printNames) placed(p *printer) bool {
	after := n.m.Customs[n.section].After
	return p.lastPresent(after) == p.lastPresent(wasm.SectionData)
}

// covered tells whether everything that has a name is defined in the text.
func (n *printNames) covered(p *printer) bool {
	for _, ids := range n.spaces() {
		if !ids.Complete() {
			return false
		}
	}
	ns := n.names
	if !printRisingMaps(ns.Fields) || !printRisingMaps(ns.Locals) || !printRisingMaps(ns.Labels) {
		return false
	}
	for _, f := range ns.Fields {
		if !printRising(f.Names, n.fieldCount(f.Index)) || len(f.Names) == 0 {
			return false
		}
	}
	for _, f := range ns.Locals {
		if !printRising(f.Names, p.localCount(f.Index)) || len(f.Names) == 0 {
			return false
		}
	}
	for _, f := range ns.Labels {
		if !printRising(f.Names, p.labelCount(f.Index)) || len(f.Names) == 0 {
			return false
		}
		if slices.ContainsFunc(f.Names, func(a wasm.NameAssoc) bool { return a.Name == "" }) {
			return false
		}
	}
	return true
}

// printRising tells whether the indices of names rise and are below a size.
func printRising(names wasm.NameMap, size uint64) bool {
	for i, a := range names {
		if uint64(a.Index) >= size || i > 0 && names[i-1].Index >= a.Index {
			return false
		}
	}
	return true
}

func printRisingMaps(maps wasm.IndirectNameMap) bool {
	for i := range maps {
		if i > 0 && maps[i-1].Index >= maps[i].Index {
			return false
		}
	}
	return true
}

// fieldCount is the number of fields of a structure type, 0 for others.
func (n *printNames) fieldCount(x uint32) uint64 {
	if int64(x) >= int64(len(n.m.Types)) || n.m.Types[x].Comp.Kind != wasm.CompStruct {
		return 0
	}
	return uint64(len(n.m.Types[x].Comp.Fields))
}

// fields is the identifiers of the fields of a type, nil when there are none.
func (n *printNames) fields(x uint32) *IDs {
	if len(n.names.Fields) == 0 {
		return nil
	}
	if ids, ok := n.field[x]; ok {
		return ids
	}
	names := n.names.Fields.Get(x)
	if len(names) == 0 {
		return nil
	}
	if n.field == nil {
		n.field = make(map[uint32]*IDs)
	}
	n.field[x] = NewIDs(names, int(n.fieldCount(x)))
	return n.field[x]
}

// body is the function with an index if the module defines it.
func (p *printer) body(x uint32) *wasm.Func {
	i := int64(x) - int64(len(p.types)-len(p.m.Funcs))
	if i < 0 || i >= int64(len(p.m.Funcs)) {
		return nil
	}
	return &p.m.Funcs[i]
}

// localCount is the number of parameters and locals of a function; it is 0
// when there is no such function, or its type is not a function type.
func (p *printer) localCount(x uint32) uint64 {
	if uint64(x) >= uint64(len(p.types)) {
		return 0
	}
	t := p.m.FuncType(p.types[x])
	if t == nil {
		return 0
	}
	n := uint64(len(t.Params))
	if f := p.body(x); f != nil {
		for _, run := range f.Body.Locals {
			n += uint64(run.Count)
		}
	}
	return n
}

// locals makes the identifiers of the locals of a function.
func (n *printNames) locals(p *printer, x uint32) *IDs {
	names := n.names.Locals.Get(x)
	size := 0
	switch {
	case len(names) == 0:
	case !p.o.Skeleton:
		size = int(p.localCount(x))
	default: // parameters are enough
		if t := p.m.FuncType(p.types[x]); t != nil {
			size = len(t.Params)
		}
	}
	n.local.reset(names, size)
	return &n.local
}

// labelCount is the number of structured instructions of a function that the
// module defines.
func (p *printer) labelCount(x uint32) (n uint64) {
	f := p.body(x)
	if f == nil {
		return 0
	}
	p.instrs.Reset(f.Body.Code, f.Body.Offset)
	for {
		if err := p.instrs.Next(&p.in); err != nil {
			return n
		}
		switch p.in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTry, wasm.OpTryTable:
			n++
		}
	}
}

// usesData tells whether an instruction refers to a data segment. The parser
// makes a data count section then.
func (p *printer) usesData() bool {
	if !p.dataKnown {
		p.dataUsed, p.dataKnown = p.findDataUse(), true
	}
	return p.dataUsed
}

func (p *printer) findDataUse() bool {
	for i := range p.m.Funcs {
		if b := &p.m.Funcs[i].Body; p.refersToData(b.Code) {
			return true
		}
	}
	for i := range p.m.Tables {
		if p.refersToData(p.m.Tables[i].Init.Code) {
			return true
		}
	}
	for i := range p.m.Globals {
		if p.refersToData(p.m.Globals[i].Init.Code) {
			return true
		}
	}
	for i := range p.m.Elems {
		e := &p.m.Elems[i]
		if p.refersToData(e.Offset.Code) || slices.ContainsFunc(e.Exprs, func(x wasm.ConstExpr) bool { return p.refersToData(x.Code) }) {
			return true
		}
	}
	return slices.ContainsFunc(p.m.Datas, func(d wasm.DataSegment) bool { return p.refersToData(d.Offset.Code) })
}

func (p *printer) refersToData(code []byte) bool {
	p.instrs.Reset(code, 0)
	for p.instrs.Next(&p.in) == nil {
		imms := &p.in.Op.Info().Imms
		if imms[0] == wasm.ImmData || imms[1] == wasm.ImmData {
			return true
		}
	}
	return false
}

// moduleName writes the name of the module, unless the identifier id that
// stands before says it.
func (p *printer) moduleName(id string) {
	if !p.names.names.HasModule {
		return
	}
	name := p.names.names.Module
	if own := PrintID(name); own != "" && (id == own || strings.HasPrefix(id, own+" ")) {
		return
	}
	p.Buf = PrintName(append(p.Buf, ' '), name)
}
