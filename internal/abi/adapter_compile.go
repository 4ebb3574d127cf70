package abi

// This file compiles two views of a type to the steps of an adapter.

import (
	"fmt"
	"slices"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
)

// An op says what a step does.
type op uint8

// The ops.
const (
	opCopy   op = iota // bytes of any content
	opBool             // one bool
	opChar             // one char
	opFlags            // flags, some bits of which mean nothing
	opRecord           // the fields of a node, one after the other
	opFixed            // count elements of a node
	opVariant
	opString
	opList
	opOwn
	opBorrow
	opAsync // a stream or future
	opErrorContext
)

// A node is a type as two components see it. Offsets and sizes are in bytes,
// once for the sender's memory (s) and once for the receiver's (d).
type node struct {
	op    op
	plain bool
	// flat is the number of flat values, above MaxFlatParams where it does
	// not matter how many.
	flat           int
	ssize, dsize   uint64
	salign, dalign uint64

	// Of scalars: mask is of the bits in a flat value that count, and shift
	// what brings the sign bit to the top of 32 bits, 0 for no sign.
	mask  uint64
	shift uint8

	fields     []field // of a record
	cases      []field // of a variant; node is nil without payload
	disc       uint64  // size of the discriminant
	spay, dpay uint64  // offsets of the payload
	elem       *node   // of a list
	count      uint64  // of a fixed list
	src, dst   *Type

	// prog moves a value from memory to memory.
	prog []step
}

// A field is a part of a node.
type field struct {
	node       *node
	slot       int // the first of its flat values
	soff, doff uint64
	part       string // its name in traps
}

// A step moves a part of a value from memory to memory.
type step struct {
	op         op
	soff, doff uint64
	n          uint64 // bytes of opCopy
	node       *node
	part       string
}

const (
	// maxNodes bounds the work that types can cause.
	maxNodes = 1 << 16
	// maxInline is the longest program that becomes part of an outer one.
	maxInline = 8
)

// A compiler makes nodes.
type compiler struct {
	sw, dw Width
	nodes  map[[2]*Type]*node
}

func compileAdapter(src, dst *Type, sw, dw Width) (*node, error) {
	c := &compiler{sw: sw, dw: dw, nodes: map[[2]*Type]*node{}}
	return c.node(src, dst)
}

// differ is the error of types that are not the same.
func differ(format string, args ...any) error {
	return &diag.Error{Code: CodeAdapter, Msg: fmt.Sprintf("the types of sender and receiver differ: "+format, args...)}
}

// node compiles a type, once for each pair.
func (c *compiler) node(src, dst *Type) (*node, error) {
	switch {
	case src == nil || dst == nil:
		return nil, differ("one is missing")
	case src.Kind != dst.Kind:
		return nil, differ("%s and %s", src.Kind, dst.Kind)
	}
	key := [2]*Type{src, dst}
	if n, ok := c.nodes[key]; ok {
		return n, nil
	}
	if len(c.nodes) >= maxNodes {
		return nil, &diag.Error{Code: CodeAdapter, Msg: fmt.Sprintf("a type has more than %d different parts", maxNodes)}
	}
	n := &node{
		src: src, dst: dst, plain: src.Plain && dst.Plain,
		ssize: src.ElemSize(c.sw), dsize: dst.ElemSize(c.dw),
		salign: src.Alignment(c.sw), dalign: dst.Alignment(c.dw),
		flat: int(src.flatLen), mask: 1<<32 - 1,
	}
	if err := c.parts(n); err != nil {
		return nil, err
	}
	n.prog = n.program()
	c.nodes[key] = n
	return n, nil
}

// parts sets what depends on the kind.
func (c *compiler) parts(n *node) (err error) {
	bits := 8 * n.ssize
	switch n.src.Kind {
	case value.KindBool:
		n.op = opBool
	case value.KindS8, value.KindS16:
		n.shift = uint8(32 - bits)
	case value.KindU8, value.KindU16:
		n.mask = 1<<bits - 1
	case value.KindU32, value.KindS32, value.KindF32:
	case value.KindS64, value.KindU64, value.KindF64:
		n.mask = 1<<64 - 1
	case value.KindChar:
		n.op = opChar
	case value.KindString:
		n.op = opString
	case value.KindErrorContext:
		n.op = opErrorContext
	case value.KindList, value.KindMap:
		return c.list(n)
	case value.KindRecord, value.KindTuple:
		return c.record(n)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		return c.variant(n)
	case value.KindFlags:
		n.op = opFlags
		n.mask = 1<<min(len(n.src.Labels), 32) - 1
		return sameLabels(n.src.Labels, n.dst.Labels)
	case value.KindOwn:
		n.op = opOwn
		return n.resource()
	case value.KindBorrow:
		n.op = opBorrow
		return n.resource()
	case value.KindStream, value.KindFuture:
		n.op = opAsync
		if (n.src.Elem == nil) != (n.dst.Elem == nil) {
			return differ("%s with and without payload", n.src.Kind)
		}
	default:
		return differ("%s is no type of values", n.src.Kind)
	}
	return nil
}

// resource checks that a handle type has its resource type.
func (n *node) resource() error {
	if n.src.Resource == nil || n.dst.Resource == nil {
		return differ("%s without resource type", n.src.Kind)
	}
	return nil
}

func sameLabels(a, b []string) error {
	if len(a) != len(b) {
		return differ("%d and %d flags", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			return differ("flag %d is %q and %q", i, a[i], b[i])
		}
	}
	return nil
}

func sameNames(what string, a, b []value.Field) error {
	if len(a) != len(b) {
		return differ("%d and %d %ss", len(a), len(b), what)
	}
	for i := range a {
		if a[i].Name != b[i].Name {
			return differ("%s %d is %q and %q", what, i, a[i].Name, b[i].Name)
		}
	}
	return nil
}

func (c *compiler) list(n *node) (err error) {
	n.op = opList
	if n.src.Type.Fixed != n.dst.Type.Fixed || n.src.Type.Len != n.dst.Type.Len {
		return differ("lists of %d and %d elements", n.src.Type.Len, n.dst.Type.Len)
	}
	if n.src.Type.Fixed {
		n.op = opFixed
		n.count = uint64(n.src.Type.Len)
	}
	if n.elem, err = c.node(n.src.Elem, n.dst.Elem); err == nil && n.src.Kind == value.KindMap {
		n.elem = n.elem.entry()
	}
	return err
}

func (c *compiler) record(n *node) error {
	n.op = opRecord
	if err := sameNames("field", n.src.Type.Fields, n.dst.Type.Fields); err != nil {
		return err
	}
	n.fields = make([]field, len(n.src.Fields))
	slot := 0
	for i := range n.fields {
		p, err := c.node(n.src.Fields[i], n.dst.Fields[i])
		if err != nil {
			return err
		}
		n.fields[i] = field{
			node: p, slot: slot, part: "." + n.src.Type.Fields[i].Name,
			soff: uint64(n.src.Offsets[c.sw][i]), doff: uint64(n.dst.Offsets[c.dw][i]),
		}
		if i < len(n.src.parts) {
			n.fields[i].part = n.src.parts[i]
		}
		slot += p.flat
	}
	return nil
}

func (c *compiler) variant(n *node) error {
	n.op = opVariant
	if err := sameNames("case", n.src.Type.Cases, n.dst.Type.Cases); err != nil {
		return err
	}
	n.disc = uint64(n.src.Disc)
	n.spay, n.dpay = uint64(n.src.Payload[c.sw]), uint64(n.dst.Payload[c.dw])
	n.cases = make([]field, len(n.src.Cases))
	for i, s := range n.src.Cases {
		d := n.dst.Cases[i]
		n.cases[i] = field{slot: 1, soff: n.spay, doff: n.dpay, part: "." + n.src.Type.Cases[i].Name}
		if s == nil && d == nil {
			continue
		}
		p, err := c.node(s, d)
		if err != nil {
			return err
		}
		n.cases[i].node = p
	}
	return nil
}

// program makes the steps from memory to memory.
func (n *node) program() []step {
	switch {
	case n.ssize == 0:
		return nil
	case n.plain:
		return []step{{op: opCopy, n: n.ssize}}
	case n.op != opRecord:
		return []step{{op: n.op, node: n}}
	}
	var prog []step
	for i := range n.fields {
		f := &n.fields[i]
		if len(f.node.prog) > maxInline {
			prog = append(prog, step{op: opRecord, soff: f.soff, doff: f.doff, node: f.node, part: f.part})
			continue
		}
		for _, s := range f.node.prog {
			s.soff += f.soff
			s.doff += f.doff
			s.part = f.part + s.part
			if k := len(prog) - 1; k >= 0 && prog[k].joins(&s) {
				prog[k].n += s.n
				continue
			}
			prog = append(prog, s)
		}
	}
	return prog
}

// joins tells whether two steps are one copy.
func (s *step) joins(next *step) bool {
	return s.op == opCopy && next.op == opCopy && s.soff+s.n == next.soff && s.doff+s.n == next.doff
}

// entry is a tuple of key and value as traps of maps speak of it.
func (n *node) entry() *node {
	e := *n
	e.fields = slices.Clone(n.fields)
	e.fields[0].part, e.fields[1].part = " key", ""
	e.prog = e.program()
	return &e
}

// A slot is what is done with one flat value.
type slot struct {
	op    op
	shift uint8
	mask  uint64
	part  string
}

// scalars is the slots of a node that has nothing but scalars; else ok is
// false.
func (n *node) scalars(outer []string) (slots []slot, ok bool) {
	if n.flat == 0 {
		return nil, true
	}
	switch n.op {
	case opCopy, opBool, opChar, opFlags:
		part := ""
		for _, p := range outer {
			part += p
		}
		return []slot{{op: n.op, shift: n.shift, mask: n.mask, part: part}}, true
	case opRecord:
		for i := range n.fields {
			s, ok := n.fields[i].node.scalars(append(outer, n.fields[i].part))
			if !ok {
				return nil, false
			}
			slots = append(slots, s...)
		}
		return slots, true
	case opFixed:
		for i := range n.count {
			s, ok := n.elem.scalars(append(outer, fmt.Sprintf("[%d]", i)))
			if !ok {
				return nil, false
			}
			slots = append(slots, s...)
		}
		return slots, true
	}
	return nil, false
}
