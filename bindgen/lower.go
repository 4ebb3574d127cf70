package bindgen

// This file writes code that lowers values to their flat form and stores them
// in memory.

import (
	"fmt"

	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wit"
)

// A target is where a value is lowered to: words or memory. All words of a
// value are written.
type target = source

// set writes the integer x, of the unsigned Go type of a size in bytes where
// typed is set, else of any integer type.
func (e *emitter) set(dst target, size uint64, x string) {
	if p, ok := dst.(place); ok {
		e.put(p, size, wordType(size)+"("+x+")")
		return
	}
	e.p("%s = uint64(%s)", dst.(word), x)
}

// setPair writes a pointer and a length.
func (e *emitter) setPair(dst target, ptr, n string) {
	if p, ok := dst.(place); ok {
		e.p("bind.PutPair(%s, %s, %s)", p.bytes(), ptr, n)
		return
	}
	e.p("%s, %s = %s, %s", dst.(word), dst.(word).plus(1), ptr, n)
}

// refresh is again where dst is memory.
func (e *emitter) refresh(dst target, t *wit.TypeDef) {
	if p, ok := dst.(place); ok {
		e.again(p, t)
	}
}

// lower writes code that puts the value of an expression, which has an address,
// to dst.
func (e *emitter) lower(t *wit.TypeDef, v string, dst target) {
	t = t.Resolved()
	l := e.layout(t)
	switch k := t.Kind.(type) {
	case *wit.Prim:
		e.lowerPrim(t, k.Prim, v, dst)
	case *wit.Enum:
		e.p("if int(%s) >= %d {", v, len(k.Cases))
		e.ret(fmt.Sprintf("bind.BadEnum(%q, uint64(%s), %d)", t.Name, v, len(k.Cases)))
		e.p("}")
		e.set(dst, uint64(l.Disc), v)
	case *wit.Flags:
		e.set(dst, l.ElemSize(0), fmt.Sprintf("%s & %s", v, maskOf(len(k.Flags))))
	case *wit.Record, *wit.Variant:
		if p, ok := dst.(place); ok {
			ptr := "0"
			if l.Pointers {
				ptr = p.address()
			}
			e.try("%s(cx, bd, %s, %s, %s)", e.helper("store", t), p.bytes(), ptr, addr(v))
			e.again(p, t)
			return
		}
		flat, _ := l.Flat(0)
		e.try("%s(cx, bd, %s, %s)", e.helper("lower", t), dst.(word).span(len(flat)), addr(v))
	case *wit.Tuple:
		for i, f := range k.Types {
			e.in(fmt.Sprintf(".%d", i), func() { e.lower(f, fmt.Sprintf("%s.F%d", v, i), e.field(t, dst, i)) })
		}
	case *wit.List:
		e.lowerList(t, k, v, dst)
	case *wit.Map:
		e.lowerMap(t, k, v, dst)
	case *wit.Option:
		e.lowerOption(t, k, v, dst)
	case *wit.Result:
		e.lowerResult(t, k, v, dst)
	case *wit.Own:
		e.lowerHandle(k.Resource, v, dst, "Own")
	case *wit.Borrow:
		e.lowerHandle(k.Resource, v, dst, "Borrow")
	case *wit.Stream, *wit.Future:
		e.lowerEnd(t, v, dst)
	}
}

func (e *emitter) lowerPrim(t *wit.TypeDef, p valtype.Prim, v string, dst target) {
	size := e.layout(t).ElemSize(0)
	switch p {
	case valtype.Bool:
		e.set(dst, 1, "bind.Bit("+v+")")
	case valtype.F32:
		e.set(dst, 4, "bind.W32("+v+")")
	case valtype.F64:
		e.set(dst, 8, "bind.W64("+v+")")
	case valtype.Char:
		x := e.tmp()
		e.p("%s, err := bind.Rune(%s)", x, v)
		e.check()
		e.set(dst, 4, x)
	case valtype.String:
		x, n := e.tmp(), e.tmp()
		e.p("%s, %s, err := bind.LowerString(cx, %s)", x, n, v)
		e.check()
		e.refresh(dst, t)
		e.setPair(dst, x, n)
	case valtype.ErrorContext:
		x := e.tmp()
		e.p("%s, err := bind.LowerErrorContext(cx, %s)", x, v)
		e.check()
		e.set(dst, 4, x)
	case valtype.S8, valtype.S16, valtype.S32:
		if _, ok := dst.(word); ok {
			v = "uint32(" + v + ")" // sign extended to 32 bits
		}
		e.set(dst, size, v)
	default:
		e.set(dst, size, v)
	}
}

func (e *emitter) lowerList(t *wit.TypeDef, k *wit.List, v string, dst target) {
	if k.Fixed {
		e.lowerFixed(k, v, dst)
		return
	}
	x := e.tmp()
	if num := e.number(k.Elem); num != "" {
		e.p("%s, err := bind.LowerNumbers(cx, %s)", x, v)
		e.check()
	} else {
		size := e.layout(k.Elem).ElemSize(0)
		e.p("%s, err := bind.Allocate(cx, len(%s), %d, %d)", x, v, size, e.layout(k.Elem).Alignment(0))
		e.check()
		i := e.tmp()
		if !e.layout(k.Elem).Pointers {
			all, m := e.tmp(), e.tmp()
			e.p("%s := bind.At(cx, %s, uint64(len(%s))*%d)", all, x, v, size)
			e.p("for %s := range %s {", i, v)
			e.p("%s := %s[%s*%d:]", m, all, i, size)
			e.element(i, func() { e.lower(k.Elem, v+"["+i+"]", place{mem: m, size: size}) })
		} else {
			ptr, m := e.tmp(), e.tmp()
			e.p("for %s := range %s {", i, v)
			e.p("%s := %s+uint64(%s)*%d", ptr, x, i, size)
			e.p("%s := bind.At(cx, %s, %d)", m, ptr, size)
			e.element(i, func() { e.lower(k.Elem, v+"["+i+"]", place{mem: m, ptr: ptr, size: size}) })
			e.p("_ = %s", m)
		}
		e.p("}")
	}
	e.refresh(dst, t)
	e.setPair(dst, x, "uint64(len("+v+"))")
}

// lowerFixed writes code for a list of fixed length.
func (e *emitter) lowerFixed(k *wit.List, v string, dst target) {
	elem := e.layout(k.Elem)
	p, inMemory := dst.(place)
	if num := e.number(k.Elem); num != "" && inMemory {
		e.p("bind.PutNumbers(%s, %s[:])", p.bytes(), v)
		return
	}
	i := e.tmp()
	e.p("for %s := range %s {", i, v)
	e.element(i, func() {
		if !inMemory {
			flat, _ := elem.Flat(0)
			e.lower(k.Elem, v+"["+i+"]", e.index(dst.(word), i, len(flat)))
			return
		}
		m := e.tmp()
		e.p("%s := %s[%s*%d:]", m, p.bytes(), i, elem.ElemSize(0))
		at := place{mem: m, size: elem.ElemSize(0)}
		if elem.Pointers {
			at.ptr = e.tmp()
			e.p("%s := %s+uint64(%s)*%d", at.ptr, p.address(), i, elem.ElemSize(0))
		}
		e.lower(k.Elem, v+"["+i+"]", at)
		if elem.Pointers {
			e.p("_ = %s", m)
			e.p("%s = bind.At(cx, %s, %d)", p.mem, p.ptr, p.size)
		}
	})
	e.p("}")
}

func (e *emitter) lowerMap(t *wit.TypeDef, k *wit.Map, v string, dst target) {
	x, n, ptr, m, key, val := e.tmp(), e.tmp(), e.tmp(), e.tmp(), e.tmp(), e.tmp()
	elem := e.layout(t).Elem
	size := elem.ElemSize(0)
	e.p("%s, err := bind.Allocate(cx, len(%s), %d, %d)", x, v, size, elem.Alignment(0))
	e.check()
	e.p("%s := 0", n)
	e.p("for %s, %s := range %s {", key, val, v)
	e.p("%s := %s+uint64(%s)*%d", ptr, x, n, size)
	e.p("%s := bind.At(cx, %s, %d)", m, ptr, size)
	at := place{mem: m, ptr: ptr, size: size}
	e.element(n, func() {
		e.in(" key", func() { e.lower(k.Key, key, at) })
		e.lower(k.Value, val, at.plus(elem.Offsets[0][1]))
	})
	e.p("_ = %s", m)
	e.p("%s++", n)
	e.p("}")
	e.refresh(dst, t)
	e.setPair(dst, x, "uint64(len("+v+"))")
}

// clear writes zeros to the words behind n, where a variant has more.
func (e *emitter) clear(t *wit.TypeDef, payload *wit.TypeDef, dst target) {
	w, ok := dst.(word)
	if !ok {
		return
	}
	all, _ := e.layout(t).Flat(0)
	n := 1
	if payload != nil {
		flat, _ := e.layout(payload).Flat(0)
		n += len(flat)
	}
	for ; n < len(all); n++ {
		e.p("%s = 0", w.plus(n))
	}
}

func (e *emitter) lowerOption(t *wit.TypeDef, k *wit.Option, v string, dst target) {
	e.p("if %s == nil {", v)
	e.set(dst, 1, "0")
	e.clear(t, nil, dst)
	e.p("} else {")
	e.set(dst, 1, "1")
	some := "(*" + v + ")"
	if isHandle(k.Type) {
		some = v
	}
	e.in(".some", func() { e.lower(k.Type, some, e.payload(t, dst)) })
	e.p("}")
}

func (e *emitter) lowerResult(t *wit.TypeDef, k *wit.Result, v string, dst target) {
	e.p("if %s.IsErr {", v)
	e.set(dst, 1, "1")
	if k.Err != nil {
		e.in(".error", func() { e.lower(k.Err, v+".Err", e.payload(t, dst)) })
	}
	e.clear(t, k.Err, dst)
	e.p("} else {")
	e.set(dst, 1, "0")
	if k.OK != nil {
		e.in(".ok", func() { e.lower(k.OK, v+".OK", e.payload(t, dst)) })
	}
	e.clear(t, k.OK, dst)
	e.p("}")
}

func (e *emitter) lowerHandle(t *wit.TypeDef, v string, dst target, kind string) {
	r, x := e.resourceOf(t, e.export), e.tmp()
	if r.guest {
		e.p("%s, err := bind.Lower%s(cx, bd, %d, %s.bound())", x, kind, r.index, v)
	} else {
		e.p("%s, err := bind.Lower%sHost(cx, bd, %d, %s)", x, kind, r.index, v)
	}
	e.check()
	e.set(dst, 4, x)
}

// lowerMembers writes the body of a helper that lowers or stores the record or
// variant that v points to.
func (e *emitter) lowerMembers(k key, dst target) {
	names := e.members(k)
	switch kind := k.t.Kind.(type) {
	case *wit.Record:
		for i, f := range kind.Fields {
			e.in("."+f.Name, func() { e.lower(f.Type, "v."+names[i], e.field(k.t, dst, i)) })
		}
	case *wit.Variant:
		e.p("switch v.Case {")
		for i, c := range kind.Cases {
			e.p("case %s:", e.caseNames(k)[i])
			e.set(dst, uint64(e.layout(k.t).Disc), fmt.Sprint(i))
			if c.Type != nil {
				e.in("."+c.Name, func() { e.lower(c.Type, "v."+names[i], e.payload(k.t, dst)) })
			}
			e.clear(k.t, c.Type, dst)
		}
		e.p("default:")
		e.ret(fmt.Sprintf("bind.BadEnum(%q, uint64(v.Case), %d)", k.t.Name, len(kind.Cases)))
		e.p("}")
	}
}
