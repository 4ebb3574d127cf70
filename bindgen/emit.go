package bindgen

// This file is what writes the statements of generated functions.

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/wit"
)

// An emitter writes the body of a function. Variables of generated functions
// are cx, the context; bd, the Bound; err; and x1, x2 and so on.
type emitter struct {
	*generator
	strings.Builder
	export bool // the side
	n      int  // temporaries so far
	// fail is the statement that returns an error, with %s for it.
	fail string
	// parts are calls, outermost first, that say in which part of a value an
	// error is, with %s for it.
	parts []string
}

// p writes a line.
func (e *emitter) p(format string, args ...any) {
	fmt.Fprintf(e, format, args...)
	e.WriteByte('\n')
}

// tmp is a name that is not in use.
func (e *emitter) tmp() string {
	e.n++
	return fmt.Sprintf("x%d", e.n)
}

// ret writes the statement that returns an error.
func (e *emitter) ret(err string) {
	for i := len(e.parts) - 1; i >= 0; i-- {
		err = fmt.Sprintf(e.parts[i], err)
	}
	e.p(e.fail, err)
}

// check writes that err is returned unless it is nil.
func (e *emitter) check() {
	e.p("if err != nil {")
	e.ret("err")
	e.p("}")
}

// try writes a call whose only result is an error.
func (e *emitter) try(format string, args ...any) {
	e.p("if err := "+format+"; err != nil {", args...)
	e.ret("err")
	e.p("}")
}

// in runs f, whose errors are in a part of a value.
func (e *emitter) in(part string, f func()) {
	quoted := strings.ReplaceAll(fmt.Sprintf("%q", part), "%", "%%")
	e.parts = append(e.parts, "bind.Within(%s, "+quoted+")")
	f()
	e.parts = e.parts[:len(e.parts)-1]
}

// element is in for the element at an index.
func (e *emitter) element(index string, f func()) {
	e.parts = append(e.parts, "bind.Element(%s, "+index+")")
	f()
	e.parts = e.parts[:len(e.parts)-1]
}

// A word is a place in the flat form.
type word struct {
	expr string // "" for none
	off  int
}

func (w word) plus(n int) word { return word{w.expr, w.off + n} }

// at is the index.
func (w word) at() string {
	switch {
	case w.expr == "":
		return fmt.Sprint(w.off)
	case w.off == 0:
		return w.expr
	}
	return fmt.Sprintf("%s+%d", w.expr, w.off)
}

func (w word) String() string { return "flat[" + w.at() + "]" }

// span is n words as a slice.
func (w word) span(n int) string { return "flat[" + w.at() + ":" + w.plus(n).at() + "]" }

// A place is a value in memory: it is at an offset of a slice, which has size
// bytes and is at the address ptr.
type place struct {
	mem  string
	off  string // "" is 0
	ptr  string // "" where it is not known, as when loading
	size uint64
}

// plus is a place some bytes further.
func (p place) plus(n uint32) place {
	if n > 0 {
		if p.off != "" {
			p.off += "+"
		}
		p.off += fmt.Sprint(n)
	}
	return p
}

// bytes is the slice from the place on.
func (p place) bytes() string {
	if p.off == "" {
		return p.mem
	}
	return p.mem + "[" + p.off + ":]"
}

// first is the first byte.
func (p place) first() string {
	if p.off == "" {
		return p.mem + "[0]"
	}
	return p.mem + "[" + p.off + "]"
}

// address is where the place is.
func (p place) address() string {
	if p.off == "" {
		return p.ptr
	}
	return p.ptr + "+" + p.off
}

// load is Go source for the integer of a size in bytes.
func (p place) load(size uint64) string {
	if size == 1 {
		return p.first()
	}
	return fmt.Sprintf("bind.U%d(%s)", 8*size, p.bytes())
}

// put writes an integer of a size in bytes: x is of the Go type of that size.
func (e *emitter) put(p place, size uint64, x string) {
	if size == 1 {
		e.p("%s = %s", p.first(), x)
		return
	}
	e.p("bind.Put%d(%s, %s)", 8*size, p.bytes(), x)
}

// again takes the memory anew, where storing something of type t may have run
// guest code.
func (e *emitter) again(p place, t *wit.TypeDef) {
	if e.layout(t).Pointers {
		e.p("%s = bind.At(cx, %s, %d)", p.mem, p.ptr, p.size)
	}
}

// helpers are functions that lift, lower, load and store types with names.
type helpers struct {
	done  map[helper]bool
	queue []helper
}

// A helper is a function for a type as a side sees it.
type helper struct {
	verb string
	key
	export bool
}

func (h *helpers) init() { h.done = map[helper]bool{} }

// helper is the name of a helper; it is written once it was asked for.
func (e *emitter) helper(verb string, t *wit.TypeDef) string {
	k := e.key(t, e.export)
	h := helper{verb, k, k.guest}
	if !e.helpers.done[h] {
		e.helpers.done[h] = true
		e.helpers.queue = append(e.helpers.queue, h)
	}
	return verb + "_" + e.ident(k)
}

// members are the Go names of the fields of a record or variant: "" for a case
// without payload.
func (g *generator) members(k key) []string {
	if x := g.ext(k); x != nil {
		return x.g.members(k)
	}
	if names, ok := g.fieldNames[k]; ok {
		return names
	}
	s := scope{}
	if g.errors[k] {
		s["Error"] = true
	}
	var out []string
	switch kind := k.t.Kind.(type) {
	case *wit.Record:
		for _, f := range kind.Fields {
			out = append(out, s.add(exported(f.Name)))
		}
	case *wit.Variant:
		s["Case"] = true
		for _, c := range kind.Cases {
			if c.Type == nil {
				out = append(out, "")
				continue
			}
			out = append(out, s.add(exported(c.Name)))
		}
	}
	g.fieldNames[k] = out
	return out
}

// addr is the address of what an expression denotes.
func addr(expr string) string {
	if rest, ok := strings.CutPrefix(expr, "(*"); ok && strings.HasSuffix(rest, ")") && !strings.ContainsAny(rest[:len(rest)-1], "()") {
		return rest[:len(rest)-1]
	}
	return "&" + expr
}

// maskOf is the bits that flags have.
func maskOf(n int) string { return fmt.Sprintf("%#x", uint64(1)<<n-1) }

// wordType is the unsigned Go type for a size in bytes.
func wordType(size uint64) string { return fmt.Sprintf("uint%d", 8*size) }
