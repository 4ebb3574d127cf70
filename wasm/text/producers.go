// This file reads the annotation @producers, in which other tools print the
// custom section "producers":
//
//	(@producers (language "Rust" "2021") (processed-by "rustc" "1.97.0"))

package text

import (
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// ParseProducers reads an annotation @producers, whose first token was taken,
// with its ")". It gives the content of the custom section.
func ParseProducers(s *lex.Scanner) ([]byte, error) {
	p := typeParser{s: s}
	fields := map[string]int{}
	var out wasm.Producers
	for s.Peek().Kind == lex.LParen {
		s.Next()
		t := s.Next()
		if t.Kind != lex.Keyword {
			return nil, p.annotationError(t, "producers", `expected a field, as language or processed-by`)
		}
		field := s.Text(t)
		i, ok := fields[field]
		if !ok {
			i = len(out)
			fields[field] = i
			out = append(out, wasm.ProducersField{Name: field})
		}
		v, err := p.producer()
		if err != nil {
			return nil, err
		}
		out[i].Values = append(out[i].Values, v)
	}
	if err := p.close(); err != nil {
		return nil, err
	}
	return binary.EncodeProducers(out)
}

// producer reads a name, a version, and the ")" behind them.
func (p *typeParser) producer() (v wasm.ProducersValue, err error) {
	for _, to := range []*string{&v.Name, &v.Version} {
		t := p.s.Next()
		if t.Kind != lex.String {
			return v, p.annotationError(t, "producers", "expected two strings, a name and a version")
		}
		var ok bool
		if *to, ok = p.s.Str(t); !ok {
			return v, p.annotationError(t, "producers", "malformed UTF-8 encoding")
		}
	}
	return v, p.close()
}
