// This file is values and start functions (explainer, sections "Value
// Definitions" and "Start Definitions").

package valid

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
)

// A value is what is known of a value of the value index space, besides its
// type.
type value struct{ used bool }

// use uses up a value.
func (s *scope) use(x uint32) error {
	if err := s.check(component.SortValue, x); err != nil {
		return err
	}
	if s.values[x].used {
		return errf(CodeValue, "value %d cannot be used more than once", x)
	}
	s.values[x].used = true
	return nil
}

// allUsed checks that each value of a component was used.
func (s *scope) allUsed() error {
	for x := range s.values {
		if !s.values[x].used {
			return errf(CodeValue, "value index %d was not used as part of an instantiation, start function, or export", x)
		}
	}
	return nil
}

// startDef checks a start definition.
func (v *validator) startDef(d *component.Start) error {
	s := v.scope
	if err := v.needs(component.FeatureValues, "a start definition"); err != nil {
		return err
	}
	if err := s.check(component.SortFunc, d.Func); err != nil {
		return err
	}
	f := v.types.types[s.Funcs[d.Func]]
	if len(f.Elems) != len(d.Args) {
		return errf(CodeValue, "component start function requires %d arguments but was given %d", len(f.Elems), len(d.Args))
	}
	for i, x := range d.Args {
		if err := s.use(x); err != nil {
			return err
		}
		if !v.types.Equal(s.Values[x], f.Elems[i]) {
			return within(v.types.difference(s.Values[x], f.Elems[i]), "value type mismatch for component start function argument "+utoa(uint64(i)))
		}
	}
	results := uint32(0)
	if f.Result != 0 {
		results = 1
	}
	if d.Results != results {
		return errf(CodeValue, "component start function has a result count of %d but the function type has a result count of %d", d.Results, results)
	}
	if results == 0 {
		return nil
	}
	return s.define(Extern{Sort: component.SortValue, Type: f.Result})
}

// valueDef checks a value definition.
func (v *validator) valueDef(d *component.Value) error {
	if err := v.needs(component.FeatureValues, "a value definition"); err != nil {
		return err
	}
	id, err := v.needType(d.Type)
	if err != nil {
		return err
	}
	r := valueReader{types: v.types, b: d.Bytes, charge: v.charge}
	if err := r.value(id); err != nil {
		return err
	}
	if len(r.b) > 0 {
		return errf(CodeValue, "the value ends %d bytes before its encoding does", len(r.b))
	}
	return v.scope.define(Extern{Sort: component.SortValue, Type: id})
}

// A valueReader checks the encoding of a value against its type (binary
// format, section "Value Definitions").
type valueReader struct {
	types  *Types
	b      []byte
	charge func(int) error
}

func errValue(t *Type) error {
	return errf(CodeValue, "malformed encoding of a value of type %s", t.Kind)
}

func (r *valueReader) take(n uint64) ([]byte, bool) {
	if n > uint64(len(r.b)) {
		return nil, false
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b, true
}

// u32 reads an unsigned number of at most bits bits.
func (r *valueReader) unsigned(bits int) (uint64, bool) {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || size > (bits+6)/7 || bits < 64 && n>>bits != 0 {
		return 0, false
	}
	r.b = r.b[size:]
	return n, true
}

// signed reads a signed number of at most bits bits.
func (r *valueReader) signed(bits int) bool {
	var n int64
	for i := 0; i < len(r.b) && i < (bits+6)/7; i++ {
		c := r.b[i]
		shift := uint(7 * i)
		n |= int64(c&0x7f) << shift
		if c&0x80 != 0 {
			continue
		}
		if shift+7 < 64 {
			n = n << (64 - shift - 7) >> (64 - shift - 7)
		} else if low := c & 0x7f; low != 0 && low != 0x7f {
			return false
		}
		r.b = r.b[i+1:]
		return bits == 64 || n >= -1<<(bits-1) && n < 1<<(bits-1)
	}
	return false
}

func (r *valueReader) value(id TypeID) error {
	if err := r.charge(1); err != nil {
		return err
	}
	t := r.types.types[id]
	switch t.Kind {
	case KindPrim:
		if !r.prim(t.Prim) {
			return errf(CodeValue, "malformed encoding of a value of type %s", t.Prim)
		}
		return nil
	case KindRecord, KindTuple:
		for _, e := range t.Elems {
			if err := r.value(e); err != nil {
				return err
			}
		}
		return nil
	case KindVariant, KindEnum:
		n, ok := r.unsigned(32)
		if !ok || n >= uint64(len(t.Labels)) {
			return errValue(&t)
		}
		if t.Kind == KindVariant && t.Elems[n] != 0 {
			return r.value(t.Elems[n])
		}
		return nil
	case KindOption, KindResult:
		return r.choice(&t)
	case KindFlags:
		b, ok := r.take(uint64(len(t.Labels)+7) / 8)
		if !ok || len(t.Labels)%8 != 0 && b[len(b)-1]>>(len(t.Labels)%8) != 0 {
			return errValue(&t)
		}
		return nil
	case KindList, KindMap:
		return r.list(&t)
	}
	return errf(CodeValue, "there are no constant values of type %s", t.Kind)
}

// choice reads an option or result.
func (r *valueReader) choice(t *Type) error {
	b, ok := r.take(1)
	if !ok || b[0] > 1 {
		return errValue(t)
	}
	e := TypeID(0)
	if t.Kind == KindResult {
		e = t.Elems[b[0]]
	} else if b[0] == 1 {
		e = t.Elems[0]
	}
	if e == 0 {
		return nil
	}
	return r.value(e)
}

// list reads a list or map. Each element takes a byte at least.
func (r *valueReader) list(t *Type) error {
	n := uint64(t.Len)
	if !t.Fixed {
		var ok bool
		if n, ok = r.unsigned(32); !ok {
			return errValue(t)
		}
	}
	if n > uint64(len(r.b)) {
		return errValue(t)
	}
	for range n {
		for _, e := range t.Elems {
			if err := r.value(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// prim reads a primitive value.
func (r *valueReader) prim(p valtype.Prim) bool {
	switch p {
	case valtype.Bool, valtype.U8, valtype.S8:
		b, ok := r.take(1)
		return ok && (p != valtype.Bool || b[0] <= 1)
	case valtype.U16, valtype.U32, valtype.U64:
		_, ok := r.unsigned(8 * int(primSize(p)))
		return ok
	case valtype.S16, valtype.S32, valtype.S64:
		return r.signed(8 * int(primSize(p)))
	case valtype.F32:
		b, ok := r.take(4)
		if !ok {
			return false
		}
		bits := binary.LittleEndian.Uint32(b)
		f := math.Float32frombits(bits)
		return f == f || bits == 0x7fc00000
	case valtype.F64:
		b, ok := r.take(8)
		if !ok {
			return false
		}
		bits := binary.LittleEndian.Uint64(b)
		f := math.Float64frombits(bits)
		return f == f || bits == 0x7ff8000000000000
	case valtype.Char:
		c, n := utf8.DecodeRune(r.b)
		if c == utf8.RuneError && n <= 1 {
			return false
		}
		r.b = r.b[n:]
		return true
	case valtype.String:
		n, ok := r.unsigned(32)
		if !ok {
			return false
		}
		b, ok := r.take(n)
		return ok && utf8.Valid(b)
	}
	return false
}
