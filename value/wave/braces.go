package wave

// This file is values in braces: records, flags and maps.

import "github.com/dray-wasm/dray/value"

// index is the place of a name among the fields, cases or labels of t.
func (p *parser) index(t *value.Type, name string) (int, bool) {
	m := p.names[t]
	if m == nil {
		m = map[string]int{}
		for _, fields := range [][]value.Field{t.Fields, t.Cases} {
			for i, f := range fields {
				m[f.Name] = i
			}
		}
		for i, l := range t.Labels {
			m[l] = i
		}
		if p.names == nil {
			p.names = map[*value.Type]map[string]int{}
		}
		p.names[t] = m
	}
	i, ok := m[name]
	return i, ok
}

// emptyColon takes `:}` behind an opening brace if it is there.
func (p *parser) emptyColon() (bool, error) {
	if !p.accept(':') {
		return false, nil
	}
	return true, p.expect('}')
}

// record takes a record. Fields that are options may be left out.
func (p *parser) record(t *value.Type) (value.Value, error) {
	at := p.pos
	p.pos++
	if err := p.spend(len(t.Fields)); err != nil {
		return value.Value{}, err
	}
	fields := make([]value.Value, len(t.Fields))
	empty, err := p.emptyColon()
	if err == nil && !empty {
		if p.next() == '}' {
			return value.Value{}, p.expected("a field of type `" + t.Short() + "`, or `:` for none")
		}
		err = p.sequence('}', func() error { return p.field(t, fields) })
	}
	if err != nil {
		return value.Value{}, err
	}
	for i, f := range t.Fields {
		if fields[i].Type() != nil {
			continue
		}
		if f.Type.Kind != value.KindOption {
			return value.Value{}, p.errf(CodeType, at, "field `%s` is missing, of type `%s`", f.Name, f.Type.Short())
		}
		if fields[i], err = value.None(f.Type); err != nil {
			return value.Value{}, err
		}
	}
	v, err := value.Record(t, fields...)
	return p.at(v, err, at)
}

// field takes a field of a record.
func (p *parser) field(t *value.Type, fields []value.Value) error {
	p.space()
	at := p.pos
	name, _, err := p.label("a field of type `" + t.Short() + "`")
	if err != nil {
		return err
	}
	i, ok := p.index(t, name)
	switch {
	case !ok:
		return p.errf(CodeType, at, "there is no field `%.60s` in type `%s`", name, t.Short())
	case fields[i].Type() != nil:
		return p.errf(CodeType, at, "field `%s` is there twice", name)
	}
	if err := p.expect(':'); err != nil {
		return err
	}
	fields[i], err = p.value(t.Fields[i].Type)
	return err
}

// flags takes flags.
func (p *parser) flags(t *value.Type) (value.Value, error) {
	at := p.pos
	p.pos++
	bits := uint64(0)
	err := p.sequence('}', func() error {
		p.space()
		at := p.pos
		name, _, err := p.label("a label of type `" + t.Short() + "`")
		if err != nil {
			return err
		}
		i, ok := p.index(t, name)
		switch {
		case !ok || i >= 64:
			return p.errf(CodeType, at, "there is no label `%.60s` in type `%s`", name, t.Short())
		case bits>>i&1 != 0:
			return p.errf(CodeType, at, "label `%s` is there twice", name)
		}
		bits |= 1 << i
		return nil
	})
	if err != nil {
		return value.Value{}, err
	}
	v, err := value.FlagsFromBits(t, bits)
	return p.at(v, err, at)
}

// mapping takes a map. A key may be there twice, as in the value.
func (p *parser) mapping(t *value.Type) (value.Value, error) {
	at := p.pos
	p.pos++
	var entries []value.Entry
	empty, err := p.emptyColon()
	if err == nil && !empty {
		err = p.sequence('}', func() error {
			k, err := p.value(t.Key)
			if err != nil {
				return err
			}
			if err := p.expect(':'); err != nil {
				return err
			}
			v, err := p.value(t.Elem)
			entries = append(entries, value.Entry{Key: k, Value: v})
			return err
		})
	}
	if err != nil {
		return value.Value{}, err
	}
	v, err := value.Map(t, entries)
	return p.at(v, err, at)
}
