// This file prints custom sections as annotations (Appendix, section "Custom
// Annotations").

package text

import (
	"slices"
	"unicode"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// customs writes the custom sections that stand after a section, except for a
// name section that the identifiers stand for.
func (p *printer) customs(after wasm.SectionID) {
	for i := range p.m.Customs {
		c := &p.m.Customs[i]
		if c.After != after || c.Name == "name" && (p.names.exact || p.o.NoNames) {
			continue
		}
		p.customNote(c)
		p.line(1)
		p.Str("(@custom ")
		p.Quote(c.Name)
		p.place(after, i)
		if p.o.Skeleton {
			p.Size(len(c.Data), "bytes")
		} else if len(c.Data) > 0 {
			p.Data(c.Data, p.base+1)
		}
		p.Str(")")
	}
}

// place writes the placement of custom section i. What identifiers make the
// name section of stands between "after data" and "after last".
func (p *printer) place(after wasm.SectionID, i int) {
	after = p.lastPresent(after)
	switch {
	case p.names.exact && i > p.names.section:
		p.Str(" (after last)")
	case after == wasm.SectionCustom:
		p.Str(" (before first)")
	default:
		p.Str(" (after " + after.String() + ")")
	}
}

// lastPresent is the last section up to and including one that is there and
// not empty, as placements ask for one; SectionCustom when there is none.
func (p *printer) lastPresent(id wasm.SectionID) wasm.SectionID {
	for i := slices.Index(wasm.SectionOrder[:], id); i >= 0; i-- {
		if p.present(wasm.SectionOrder[i]) {
			return wasm.SectionOrder[i]
		}
	}
	return wasm.SectionCustom
}

// present tells whether a section is in the binary that the text makes.
func (p *printer) present(id wasm.SectionID) bool {
	if id == wasm.SectionDataCount {
		return p.usesData()
	}
	return p.m.Has(id)
}

// customNote writes a comment with the content of the sections that people
// ask about.
func (p *printer) customNote(c *wasm.Custom) {
	if c.Name != "producers" {
		return
	}
	fields, err := binary.DecodeProducers(c.Data, c.Offset)
	if err != nil {
		return
	}
	const most = 20
	for i, f := range fields {
		if i == most {
			return
		}
		p.line(1)
		p.Str(";; ")
		p.plain(f.Name)
		p.Str(":")
		for j, v := range f.Values[:min(len(f.Values), most)] {
			if j > 0 {
				p.Str(",")
			}
			p.Str(" ")
			p.plain(v.Name)
			if v.Version != "" {
				p.Str(" ")
				p.plain(v.Version)
			}
		}
	}
}

// plain writes at most 80 characters of s into a comment, with "?" for those
// that a terminal does not show and for semicolons.
func (p *printer) plain(s string) {
	n := 0
	for _, r := range s {
		if n++; n > 80 {
			p.Str("...")
			return
		}
		if !unicode.IsPrint(r) || r == ';' {
			r = '?'
		}
		p.Buf = append(p.Buf, string(r)...)
	}
}
