// This file reads the annotations for names, custom sections and branch hints
// (Appendix, section "Custom Sections and Annotations"; proposal
// "branch-hinting").

package text

import (
	"cmp"
	"slices"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// branchHint is the annotation for branch hints, and the name of its section.
const branchHint = "metadata.code.branch_hint"

// nameAnnotation reads an optional (@name "...").
func (p *typeParser) nameAnnotation() (name string, ok bool, err error) {
	t := p.s.Peek()
	if t.Kind != lex.Annotation || p.s.AnnotationName(t) != "name" {
		return "", false, nil
	}
	p.s.Next()
	str := p.s.Next()
	if str.Kind != lex.String {
		return "", false, p.annotationError(str, "name", "string expected")
	}
	name, ok = p.s.Str(str)
	if !ok {
		return "", false, p.annotationError(str, "name", "malformed UTF-8 encoding")
	}
	if end := p.s.Next(); end.Kind != lex.RParen {
		return "", false, p.annotationError(end, "name", "unexpected token: one string is expected")
	}
	return name, true, nil
}

func (p *typeParser) annotationError(t lex.Token, annotation, msg string) error {
	return p.s.Errorf(CodeAnnotation, t.Pos, "@%s annotation: %s", annotation, msg)
}

// moduleAnnotation reads an annotation between fields, whose first token was
// taken.
func (p *parser) moduleAnnotation(t lex.Token) error {
	switch p.s.AnnotationName(t) {
	case "custom":
		return p.customAnnotation()
	case "producers":
		data, err := ParseProducers(p.s)
		if err == nil {
			p.customs = append(p.customs, custom{place: placeLast, name: "producers", data: data})
		}
		return err
	case "name":
		if p.names.HasModule && len(p.fields) == 0 {
			return p.annotationError(t, "name", "multiple module names")
		}
	case branchHint:
		return p.annotationError(t, branchHint, "not in a function")
	}
	return p.unexpected(t, "a module field")
}

// A custom is a custom section with its place.
type custom struct {
	place int
	name  string
	data  []byte
}

// The places of custom sections: 2*i+1 is before, 2*i+2 is after section i of
// wasm.SectionOrder.
const (
	placeFirst = 0
	placeNames = 2*len(wasm.SectionOrder) + 1
	placeLast  = placeNames + 1
)

// customAnnotation reads a custom section.
func (p *parser) customAnnotation() error {
	t := p.s.Next()
	if t.Kind != lex.String {
		return p.annotationError(t, "custom", "missing section name")
	}
	c := custom{place: placeLast}
	var ok bool
	if c.name, ok = p.s.Str(t); !ok {
		return p.annotationError(t, "custom", "malformed UTF-8 encoding in the section name")
	}
	var err error
	if p.s.Peek().Kind == lex.LParen {
		if c.place, err = p.customPlace(); err != nil {
			return err
		}
	}
	if t := p.s.Peek(); t.Kind != lex.String && t.Kind != lex.RParen {
		return p.annotationError(t, "custom", "unexpected token "+p.s.Describe(t)+": expected a place or strings")
	}
	if c.data, err = p.dataString(); err != nil {
		return err
	}
	p.customs = append(p.customs, c)
	return nil
}

// customPlace reads where a custom section stands.
func (p *parser) customPlace() (place int, err error) {
	p.s.Next()
	rel, sec := p.s.Next(), p.s.Peek()
	before := string(p.s.Bytes(rel)) == "before"
	if rel.Kind != lex.Keyword || !before && string(p.s.Bytes(rel)) != "after" {
		return 0, p.annotationError(rel, "custom", "malformed placement: expected before or after")
	}
	word := ""
	if sec.Kind == lex.Keyword {
		word = p.s.Text(p.s.Next())
	}
	i := slices.IndexFunc(wasm.SectionOrder[:], func(id wasm.SectionID) bool { return id.String() == word })
	switch {
	case word == "first" && before:
		place = placeFirst
	case word == "last" && !before:
		place = placeLast
	case i < 0:
		return 0, p.annotationError(sec, "custom", "malformed section kind: expected the name of a section, first (with before) or last (with after)")
	case before:
		place = 2*i + 1
	default:
		place = 2*i + 2
	}
	return place, p.close()
}

// placeCustoms puts the custom sections in order. A place next to a section
// that the module does not have is where that would be.
func (p *parser) placeCustoms() {
	slices.SortStableFunc(p.customs, func(a, b custom) int { return cmp.Compare(a.place, b.place) })
	// after[i] is the last section there is among the first i ones.
	after := [len(wasm.SectionOrder) + 1]wasm.SectionID{}
	for i, id := range wasm.SectionOrder {
		after[i+1] = after[i]
		if p.m.Has(id) {
			after[i+1] = id
		}
	}
	for _, c := range p.customs {
		at := min(c.place/2, len(wasm.SectionOrder))
		p.m.Customs = append(p.m.Customs, wasm.Custom{Name: c.name, Data: c.data, After: after[at]})
	}
}

// A hint is a branch hint that waits for its instruction.
type hint struct {
	set   bool
	value byte
	src   uint32
}

// A foundHint is a branch hint for the instruction at an offset of the code.
type foundHint struct {
	offset uint32
	value  byte
}

// funcHints are the branch hints of a function; offsets count from the start
// of its locals.
type funcHints struct {
	function uint32
	hints    []foundHint
}

// hintAnnotation reads a branch hint, whose first token was taken.
func (p *parser) hintAnnotation(t lex.Token) error {
	if p.s.AnnotationName(t) != branchHint {
		return p.unexpected(t, p.wanted())
	}
	if !p.inFunc {
		return p.annotationError(t, branchHint, "not in a function")
	}
	if p.hint.set {
		return p.annotationError(t, branchHint, "duplicate annotation")
	}
	b, err := p.dataString()
	if err != nil {
		return err
	}
	if len(b) != 1 || b[0] > 1 {
		return p.annotationError(t, branchHint, `invalid hint value: expected "\00" or "\01"`)
	}
	p.hint = hint{set: true, value: b[0], src: t.Pos}
	return nil
}

// hintFor takes the hint that stands before an instruction.
func (p *parser) hintFor(op wasm.Opcode, t lex.Token) (hint, error) {
	h := p.hint
	if !h.set {
		return h, nil
	}
	p.hint = hint{}
	if op != wasm.OpIf && op != wasm.OpBrIf {
		return h, p.annotationError(t, branchHint, "invalid target "+op.String()+": expected if or br_if")
	}
	return h, nil
}

// noHint checks that no hint waits for an instruction.
func (p *parser) noHint() error {
	if !p.hint.set {
		return nil
	}
	return p.s.Errorf(CodeAnnotation, p.hint.src, "@%s annotation: invalid placement: no instruction follows", branchHint)
}

// takeHint records the hint of the instruction that is next in the code.
func (p *parser) takeHint(h hint) {
	if h.set {
		p.found = append(p.found, foundHint{offset: uint32(len(p.code)), value: h.value})
	}
}

// keepHints keeps the hints of a function that is complete.
func (p *parser) keepHints(function uint32, locals int) {
	if len(p.found) == 0 {
		return
	}
	for i := range p.found {
		p.found[i].offset += uint32(locals)
	}
	p.hints = append(p.hints, funcHints{function, slices.Clone(p.found)})
	p.found = p.found[:0]
}

// addHints makes the section of branch hints, which stands before the code.
func (p *parser) addHints() {
	if len(p.hints) == 0 {
		return
	}
	b := leb128.AppendUint(nil, uint64(len(p.hints)))
	for _, f := range p.hints {
		b = leb128.AppendUint(b, uint64(f.function))
		b = leb128.AppendUint(b, uint64(len(f.hints)))
		for _, h := range f.hints {
			b = leb128.AppendUint(b, uint64(h.offset))
			b = append(b, 1, h.value)
		}
	}
	code := slices.Index(wasm.SectionOrder[:], wasm.SectionCode)
	p.customs = append(p.customs, custom{place: 2*code + 1, name: branchHint, data: b})
}
