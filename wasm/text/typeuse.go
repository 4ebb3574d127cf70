// This file reads type uses and the types of imports (Text Format, sections
// "Type Uses", "Limits" and "External Types").

package text

import (
	"math/bits"
	"slices"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// A typeUse is a type use as written: an explicit type, an inline one, or
// both. Its slices are used again for the next one.
type typeUse struct {
	explicit        bool
	index           uint32 // of the explicit type
	pos             uint32
	params, results []wasm.ValType
	names           []paramName
}

// A paramName is the identifier or name annotation of a parameter or local.
type paramName struct {
	index uint32
	id    lex.Token // of kind ID, or there is no identifier
	name  string
	named bool // name counts
}

func (u *typeUse) reset() {
	u.explicit = false
	u.params, u.results, u.names = u.params[:0], u.results[:0], u.names[:0]
}

// funcType is the inline type, in memory of its own.
func (u *typeUse) funcType() wasm.FuncType {
	return wasm.FuncType{Params: slices.Clone(u.params), Results: slices.Clone(u.results)}
}

// inline tells whether an inline type is written.
func (u *typeUse) inline() bool { return len(u.params)+len(u.results) > 0 }

// paramNames says whether parameters may have identifiers.
type paramNames bool

const (
	paramsPlain paramNames = false
	paramsNamed paramNames = true
)

// typeUse reads a type use into p.use.
func (p *typeParser) typeUse(names paramNames) error {
	p.use.reset()
	p.use.pos = p.s.Mark()
	if p.s.Open("type") {
		p.use.explicit = true
		p.use.pos = p.s.Mark()
		x, err := p.typeIndex()
		if err == nil {
			err = p.close()
		}
		if err != nil {
			return err
		}
		p.use.index = x
	}
	return p.signature(names)
}

// signature reads parameters and results into p.use.
func (p *typeParser) signature(names paramNames) (err error) {
	for p.s.Open("param") {
		name, err := p.binding()
		if err != nil {
			return err
		}
		single := name.id.Kind == lex.ID || name.named
		if single && names == paramsPlain {
			return p.unexpected(name.id, "types: parameters have no names here")
		}
		if !single {
			if p.use.params, err = p.valTypes(p.use.params); err != nil {
				return err
			}
			continue
		}
		name.index = uint32(len(p.use.params))
		p.use.names = append(p.use.names, name)
		t, err := p.valType()
		if err == nil {
			err = p.close()
		}
		if err != nil {
			return err
		}
		p.use.params = append(p.use.params, t)
	}
	for p.s.Open("result") {
		if p.use.results, err = p.valTypes(p.use.results); err != nil {
			return err
		}
	}
	if p.s.HeadIs("param") {
		p.s.Next()
		return p.unexpected(p.s.Next(), "no parameters behind results")
	}
	return nil
}

// binding reads an optional identifier and an optional name annotation.
func (p *typeParser) binding() (b paramName, err error) {
	b.id = p.s.Peek()
	if b.id.Kind == lex.ID {
		p.s.Next()
	}
	b.name, b.named, err = p.nameAnnotation()
	return b, err
}

// externType reads what follows the kind and identifier of an import; resolve
// gives the index of a type use.
func (p *typeParser) externType(kind wasm.ExternKind, resolve func(*typeUse) (uint32, error)) (t wasm.ExternType, err error) {
	t.Kind = kind
	switch kind {
	case wasm.ExternFunc, wasm.ExternTag:
		if err = p.typeUse(paramsNamed); err == nil {
			t.TypeIndex, err = resolve(&p.use)
		}
	case wasm.ExternTable:
		t.Table, err = p.tableType()
	case wasm.ExternMemory:
		t.Memory, err = p.memoryType()
	case wasm.ExternGlobal:
		t.Global, err = p.globalType()
	}
	return t, err
}

// addrType reads an optional address type and tells whether it is i64.
func (p *typeParser) addrType() bool {
	if p.s.Word("i64") {
		return true
	}
	p.s.Word("i32")
	return false
}

// limits reads one or two numbers.
func (p *typeParser) limits(is64 bool) (l wasm.Limits, err error) {
	l.Is64 = is64
	if l.Min, err = p.u64(p.s.Next(), "a number: the smallest size"); err != nil {
		return l, err
	}
	if p.s.Peek().Kind == lex.Number {
		l.HasMax = true
		l.Max, err = p.u64(p.s.Next(), "a number: the largest size")
	}
	return l, err
}

func (p *typeParser) tableType() (t wasm.TableType, err error) {
	if t.Limits, err = p.limits(p.addrType()); err == nil {
		t.Elem, err = p.refType()
	}
	return t, err
}

func (p *typeParser) memoryType() (t wasm.MemoryType, err error) {
	if t.Limits, err = p.limits(p.addrType()); err == nil {
		t.Limits.Shared = p.s.Word("shared")
		err = p.pageSize(&t)
	}
	return t, err
}

// pageSize reads an optional page size.
func (p *typeParser) pageSize(t *wasm.MemoryType) error {
	if !p.s.Open("pagesize") {
		return nil
	}
	at := p.s.Next()
	n, err := p.u64(at, "the page size in bytes")
	if err != nil {
		return err
	}
	if bits.OnesCount64(n) != 1 {
		return p.s.Errorf(CodeConstant, at.Pos, "invalid custom page size %d: it must be a power of two", n)
	}
	t.HasPageSize = true
	t.PageLog2 = uint8(bits.TrailingZeros64(n))
	return p.close()
}

func (p *typeParser) globalType() (t wasm.GlobalType, err error) {
	t.Mutable = p.s.Open("mut")
	if t.Type, err = p.valType(); err == nil && t.Mutable {
		err = p.close()
	}
	return t, err
}
