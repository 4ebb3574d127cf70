// This file is the first pass: it finds the fields of a module and binds
// their identifiers, so that the second pass can resolve references to what
// comes later (Text Format, sections "Indices" and "Modules").

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A fieldKind is the kind of a module field.
type fieldKind uint8

const (
	fieldType fieldKind = iota
	fieldRec
	fieldImport
	fieldFunc
	fieldTable
	fieldMemory
	fieldGlobal
	fieldTag
	fieldExport
	fieldStart
	fieldElem
	fieldData
)

// fieldKindOf is the kind of a field with a keyword.
func fieldKindOf(word []byte) (k fieldKind, ok bool) {
	switch string(word) {
	case "type":
		return fieldType, true
	case "rec":
		return fieldRec, true
	case "import":
		return fieldImport, true
	case "func":
		return fieldFunc, true
	case "table":
		return fieldTable, true
	case "memory":
		return fieldMemory, true
	case "global":
		return fieldGlobal, true
	case "tag":
		return fieldTag, true
	case "export":
		return fieldExport, true
	case "start":
		return fieldStart, true
	case "elem":
		return fieldElem, true
	case "data":
		return fieldData, true
	}
	return 0, false
}

// collect goes over the fields up to and including the token that ends the
// module.
func (p *parser) collect(end lex.Kind) error {
	for {
		t := p.s.Next()
		switch t.Kind {
		case end:
			return nil
		case lex.Annotation:
			if err := p.moduleAnnotation(t); err != nil {
				return err
			}
			continue
		case lex.LParen:
		default:
			return p.unexpected(t, "a module field")
		}
		head := p.s.Next()
		kind, ok := fieldKindOf(p.s.Bytes(head))
		if head.Kind != lex.Keyword || !ok {
			return p.unexpected(head, "a module field: type, rec, import, func, table, memory, global, tag, export, start, elem or data")
		}
		p.fields = append(p.fields, field{kind, t.Pos})
		if err := p.collectField(kind, t.Pos); err != nil {
			return err
		}
		if err := p.s.SkipNested(maxBlocks); err != nil {
			return err
		}
	}
}

// collectField binds the identifiers of a field behind its keyword. What it
// cannot make sense of is left to the second pass to complain about.
func (p *parser) collectField(kind fieldKind, pos uint32) error {
	switch kind {
	case fieldType:
		_, err := p.define(spaceType)
		return err
	case fieldRec:
		for p.s.Open("type") {
			if _, err := p.define(spaceType); err != nil {
				return err
			}
			if err := p.s.SkipParens(); err != nil {
				return err
			}
		}
	case fieldElem:
		_, err := p.define(spaceElem)
		return err
	case fieldData:
		_, err := p.define(spaceData)
		return err
	case fieldImport:
		return p.collectImport(pos)
	case fieldFunc, fieldTable, fieldMemory, fieldGlobal, fieldTag:
		return p.collectDefinition(indexSpace(kind-fieldFunc), pos)
	}
	return nil
}

// define binds the optional identifier, or name annotation, at the scanner to
// the next index of a space.
func (p *parser) define(k indexSpace) (index uint32, err error) {
	b, err := p.binding()
	if err != nil {
		return 0, err
	}
	sp := &p.spaces[k]
	index = sp.count
	sp.count++
	name := b.name
	if b.id.Kind == lex.ID {
		id := p.s.Name(b.id)
		if _, ok := sp.ids[id]; ok {
			return 0, p.duplicate(spaceNames[k], b.id)
		}
		if sp.ids == nil {
			sp.ids = map[string]uint32{}
			if k == spaceType {
				p.ids = sp.ids
			}
		}
		sp.ids[id] = index
		if !b.named {
			name = id
		}
	} else if !b.named {
		return index, nil
	}
	sp.names = append(sp.names, wasm.NameAssoc{Index: index, Name: name})
	return index, nil
}

// checkOrder refuses an import after a definition.
func (p *parser) checkOrder(pos uint32) error {
	if p.defined == "" {
		return nil
	}
	return p.s.Errorf(CodeOrder, pos, "import after %s: imports come before all definitions of functions, tables, memories, globals and tags", p.defined)
}

func (p *parser) collectImport(pos uint32) error {
	if err := p.checkOrder(pos); err != nil {
		return err
	}
	for range 2 {
		if p.s.Peek().Kind != lex.String {
			return nil
		}
		p.s.Next()
	}
	if p.s.Peek().Kind != lex.LParen {
		return nil
	}
	p.s.Next()
	head := p.s.Next()
	kind, ok := externKind(p.s.Bytes(head))
	if head.Kind != lex.Keyword || !ok {
		p.s.Reset(head.Pos)
	} else if _, err := p.define(indexSpace(kind)); err != nil {
		return err
	}
	return p.s.SkipParens()
}

// collectDefinition goes over the start of a definition that may turn out to
// be an import, and counts the segments that are written within.
func (p *parser) collectDefinition(k indexSpace, pos uint32) error {
	if _, err := p.define(k); err != nil {
		return err
	}
	for p.s.Open("export") {
		if err := p.s.SkipParens(); err != nil {
			return err
		}
	}
	if p.s.HeadIs("import") {
		return p.checkOrder(pos)
	}
	if p.defined == "" {
		p.defined = spaceNames[k]
	}
	if k == spaceTable && p.inlineElems() {
		p.spaces[spaceElem].count++
	} else if k == spaceMemory {
		p.addrType()
		if p.s.Open("pagesize") {
			if err := p.s.SkipParens(); err != nil {
				return err
			}
		}
		if p.s.HeadIs("data") {
			p.spaces[spaceData].count++
		}
	}
	return nil
}

// inlineElems takes the address type of a table and tells whether the size is
// left out, so that an inline segment gives it.
func (p *parser) inlineElems() bool {
	p.addrType()
	k := p.s.Peek().Kind
	return k == lex.Keyword || k == lex.LParen
}
