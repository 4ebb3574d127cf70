// This file is the second pass: it reads the fields of a module (Text Format,
// section "Modules"). Element and data segments are in segments.go.

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// field reads a field; the scanner is before its "(".
func (p *parser) field(kind fieldKind) error {
	p.s.Next()
	head := p.s.Next()
	switch kind {
	case fieldType, fieldRec:
		return nil
	case fieldImport:
		return p.importField()
	case fieldExport:
		return p.exportField()
	case fieldStart:
		return p.startField(head)
	case fieldElem:
		return p.elemField()
	case fieldData:
		return p.dataField()
	}
	k := indexSpace(kind - fieldFunc)
	index, imported, err := p.externHead(k)
	if err != nil || imported {
		return err
	}
	switch kind {
	case fieldFunc:
		return p.funcField(index, head)
	case fieldTable:
		return p.tableField(index)
	case fieldMemory:
		return p.memoryField(index)
	case fieldGlobal:
		return p.globalField()
	}
	return p.tagField()
}

// bound takes what binds a name, which the first pass has read.
func (p *parser) bound(k indexSpace) (index uint32, err error) {
	index = p.next[k]
	p.next[k]++
	_, err = p.binding()
	return index, err
}

// index reads an index of a space: a number or an identifier.
func (p *parser) index(k indexSpace) (uint32, error) {
	t := p.s.Next()
	switch t.Kind {
	case lex.Number:
		return p.u32(t)
	case lex.ID:
		x, ok := p.spaces[k].ids[string(p.s.NameBytes(t))]
		if !ok {
			return 0, p.unknown(spaceNames[k], t)
		}
		return x, nil
	}
	return 0, p.unexpected(t, "the index or identifier of a "+spaceNames[k])
}

// isIndex tells whether the next token is an index.
func (p *parser) isIndex() bool {
	k := p.s.Peek().Kind
	return k == lex.Number || k == lex.ID
}

func (p *parser) importField() error {
	module, err := p.str("the module name of the import")
	if err != nil {
		return err
	}
	name, err := p.str("the name of the import")
	if err != nil {
		return err
	}
	kind, err := p.openExtern()
	if err != nil {
		return err
	}
	index, err := p.bound(indexSpace(kind))
	if err != nil {
		return err
	}
	if err := p.addImport(module, name, kind, index); err != nil {
		return err
	}
	return p.close()
}

// addImport reads the type of an import and the ")" behind it.
func (p *parser) addImport(module, name string, kind wasm.ExternKind, index uint32) error {
	t, err := p.externType(kind, p.resolve)
	if err != nil {
		return err
	}
	if kind == wasm.ExternFunc {
		p.forgetLocals()
		if err := p.bindLocals(index, p.use.names); err != nil {
			return err
		}
	}
	p.m.Imports = append(p.m.Imports, wasm.Import{Module: module, Name: name, Type: t})
	return p.close()
}

// externHead reads the start of a definition: its names, exports, and import.
func (p *parser) externHead(k indexSpace) (index uint32, imported bool, err error) {
	if index, err = p.bound(k); err != nil {
		return 0, false, err
	}
	for p.s.Open("export") {
		name, err := p.str("the name of the export")
		if err == nil {
			err = p.close()
		}
		if err != nil {
			return 0, false, err
		}
		p.m.Exports = append(p.m.Exports, wasm.Export{Name: name, Kind: wasm.ExternKind(k), Index: index})
	}
	if !p.s.Open("import") {
		return index, false, nil
	}
	module, err := p.str("the module name of the import")
	if err != nil {
		return 0, true, err
	}
	name, err := p.str("the name of the import")
	if err == nil {
		err = p.close()
	}
	if err == nil {
		err = p.addImport(module, name, wasm.ExternKind(k), index)
	}
	return index, true, err
}

// openExtern takes the "(" and the keyword of an extern.
func (p *parser) openExtern() (wasm.ExternKind, error) {
	if _, err := p.expect(lex.LParen); err != nil {
		return 0, err
	}
	head := p.s.Next()
	kind, ok := externKind(p.s.Bytes(head))
	if head.Kind != lex.Keyword || !ok {
		return 0, p.unexpected(head, "func, table, memory, global or tag")
	}
	return kind, nil
}

func (p *parser) exportField() error {
	name, err := p.str("the name of the export")
	if err != nil {
		return err
	}
	kind, err := p.openExtern()
	if err != nil {
		return err
	}
	index, err := p.index(indexSpace(kind))
	if err != nil {
		return err
	}
	p.m.Exports = append(p.m.Exports, wasm.Export{Name: name, Kind: kind, Index: index})
	if err := p.close(); err != nil {
		return err
	}
	return p.close()
}

func (p *parser) startField(head lex.Token) error {
	if p.m.Start != nil {
		return p.s.Errorf(CodeOrder, head.Pos, "multiple start sections: a module has at most one start function")
	}
	index, err := p.index(spaceFunc)
	if err != nil {
		return err
	}
	p.m.Start = &index
	return p.close()
}

func (p *parser) tagField() error {
	if err := p.typeUse(paramsNamed); err != nil {
		return err
	}
	x, err := p.resolve(&p.use)
	if err != nil {
		return err
	}
	p.m.Tags = append(p.m.Tags, wasm.TagType{TypeIndex: x})
	return p.close()
}

func (p *parser) globalField() error {
	t, err := p.globalType()
	if err != nil {
		return err
	}
	init, err := p.constExpr()
	if err != nil {
		return err
	}
	p.m.Globals = append(p.m.Globals, wasm.Global{Type: t, Init: init})
	return nil
}

func (p *parser) tableField(index uint32) error {
	is64 := p.addrType()
	if p.s.Peek().Kind != lex.Number {
		return p.inlineElem(index, is64)
	}
	var t wasm.Table
	var err error
	if t.Type.Limits, err = p.limits(is64); err != nil {
		return err
	}
	if t.Type.Elem, err = p.refType(); err != nil {
		return err
	}
	if p.s.Peek().Kind == lex.RParen {
		p.s.Next()
	} else if t.Init, err = p.constExpr(); err != nil {
		return err
	}
	p.m.Tables = append(p.m.Tables, t)
	return nil
}

func (p *parser) memoryField(index uint32) error {
	var t wasm.MemoryType
	var err error
	is64 := p.addrType()
	if p.s.Peek().Kind != lex.Number {
		return p.inlineData(index, is64)
	}
	if t.Limits, err = p.limits(is64); err != nil {
		return err
	}
	t.Limits.Shared = p.s.Word("shared")
	if err := p.pageSize(&t); err != nil {
		return err
	}
	p.m.Memories = append(p.m.Memories, t)
	return p.close()
}
