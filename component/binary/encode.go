// This file writes components: the preamble, the sections, and the nested
// modules and components (Binary Format, section "Component Definitions").

package binary

import (
	"math"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/binary/values"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// Encode writes a component. Sections are split as Component.Sections says;
// where it is empty, or does not fit Defs, runs of definitions of one kind
// share a section. A core module is written as its Binary when it has one,
// otherwise its Module is encoded.
//
// A component that the format cannot express, for example one with an unknown
// sort, or with components or types nested beyond the limits of [Decode], is an
// error with [CodeEncode]; Encode does not validate.
func Encode(c *component.Component) ([]byte, error) {
	e := encoder{Writer: values.NewWriter(make([]byte, 0, sizeHint(c)), &format)}
	e.component(c)
	if e.Err != nil {
		return nil, e.Err
	}
	return e.Buf, nil
}

// sizeHint estimates the size of the binary from that of the binary that the
// component was decoded from.
func sizeHint(c *component.Component) int {
	const most = 64 << 20
	if n := len(c.Sections); n > 0 {
		last := &c.Sections[n-1]
		return int(min(max(last.Offset+last.Size-c.Pos, preambleLen), most))
	}
	return 1024
}

// An encoder writes a component.
type encoder struct {
	values.Writer
	depth     int
	typeDepth int
}

func (e *encoder) valType(t component.ValType) {
	if x, ok := t.Index(); ok {
		e.Buf = leb128.AppendInt(e.Buf, int64(x))
		return
	}
	p, ok := t.Prim()
	if !ok || !p.Valid() {
		e.Fail("a value type is missing or unknown")
	}
	e.Byte(byte(p))
}

// optValType writes a value type that may be absent.
func (e *encoder) optValType(t component.ValType) {
	if t == 0 {
		e.Byte(0)
		return
	}
	e.Byte(1)
	e.valType(t)
}

func (e *encoder) coreValType(t wasm.ValType) { e.core(core.AppendValType(e.Buf, t)) }

func (e *encoder) coreExternType(t wasm.ExternType) { e.core(core.AppendExternType(e.Buf, t)) }

// core takes the result of an append function of wasm/binary.
func (e *encoder) core(out []byte, err error) {
	e.Buf = out
	if err != nil && e.Err == nil {
		e.Err = err
	}
}

// component writes a component.
func (e *encoder) component(c *component.Component) {
	if e.depth == MaxNesting {
		e.Fail("nesting too deep: components nest more than %d levels deep", MaxNesting)
		return
	}
	e.depth++
	e.Buf = append(e.Buf, magic+version...)
	if sectionsFit(c) {
		for i := range c.Sections {
			s := &c.Sections[i]
			e.section(s, c.Defs[s.First:s.First+s.Count])
		}
	} else {
		e.runs(c.Defs)
	}
	e.depth--
}

// sectionsFit tells whether Sections describes all of Defs, in order.
func sectionsFit(c *component.Component) bool {
	next := 0
	for i := range c.Sections {
		s := &c.Sections[i]
		if s.ID >= component.NumSections || s.First != next || s.Count < 0 || s.Count > len(c.Defs)-next || !s.ID.Vec() && s.Count != 1 {
			return false
		}
		for _, d := range c.Defs[next : next+s.Count] {
			if d.Section() != s.ID {
				return false
			}
		}
		next += s.Count
	}
	return next == len(c.Defs)
}

// runs writes runs of definitions of one kind as sections.
func (e *encoder) runs(defs []component.Definition) {
	for len(defs) > 0 {
		id, n := defs[0].Section(), 1
		for id.Vec() && n < len(defs) && defs[n].Section() == id {
			n++
		}
		e.section(&component.Section{ID: id}, defs[:n])
		defs = defs[n:]
	}
}

// section writes a section. Its size is written when its content is there;
// the content moves when the size takes more bytes than recorded.
func (e *encoder) section(s *component.Section, defs []component.Definition) {
	if e.Err != nil {
		return
	}
	e.Byte(byte(s.ID))
	at := len(e.Buf)
	room := max(values.Width(s.SizeLen), 1)
	e.Buf = append(e.Buf, "\x00\x00\x00\x00\x00"[:room]...)
	start := len(e.Buf)
	if s.ID.Vec() {
		e.PaddedLen(len(defs), s.CountLen)
	}
	for _, d := range defs {
		e.definition(d)
	}
	size := len(e.Buf) - start
	if uint64(size) > math.MaxUint32 {
		e.Fail("the %s section has %d bytes", s.ID, size)
		return
	}
	if need := leb128.UintLen(uint64(size)); need > room {
		e.Buf = append(e.Buf, "\x00\x00\x00\x00\x00"[:need-room]...)
		copy(e.Buf[at+need:], e.Buf[start:start+size])
		room = need
	}
	leb128.AppendUintPadded(e.Buf[:at], uint64(size), room)
}

func (e *encoder) definition(d component.Definition) {
	switch d := d.(type) {
	case *component.Custom:
		e.PaddedName(d.Name, d.NameLen)
		e.Buf = append(e.Buf, d.Data...)
	case *component.CoreModule:
		e.coreModule(d)
	case *component.CoreInstance:
		e.coreInstance(d)
	case *component.CoreType:
		e.coreType(d)
	case *component.Component:
		e.component(d)
	case *component.Instance:
		e.instance(d)
	case *component.Alias:
		e.alias(d)
	case *component.TypeDef:
		e.defType(d.Type)
	case *component.Canon:
		e.canon(d)
	case *component.Start:
		e.U32(d.Func)
		e.Len(len(d.Args))
		for _, x := range d.Args {
			e.U32(x)
		}
		e.U32(d.Results)
	case *component.Import:
		e.externName(d.Name)
		e.externType(d.Type)
	case *component.Export:
		e.externName(d.Name)
		e.sortIdx(d.Item)
		e.Bool(d.Type != nil)
		if d.Type != nil {
			e.externType(*d.Type)
		}
	case *component.Value:
		e.valType(d.Type)
		e.Len(len(d.Bytes))
		e.Buf = append(e.Buf, d.Bytes...)
	default:
		e.Fail("there is no encoding of a definition %T", d)
	}
}

func (e *encoder) coreModule(d *component.CoreModule) {
	switch {
	case d.Binary != nil:
		e.Buf = append(e.Buf, d.Binary...)
	case d.Module == nil:
		e.Fail("a core module has no content")
	default:
		b, err := core.Encode(d.Module)
		if err != nil && e.Err == nil {
			e.Err = err
		}
		e.Buf = append(e.Buf, b...)
	}
}
