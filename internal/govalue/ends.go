package govalue

// This file is streams and futures in Go functions.

import (
	"io"
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

var (
	typeReader     = reflect.TypeFor[io.Reader]()
	typeReadCloser = reflect.TypeFor[io.ReadCloser]()
	typeByteStream = reflect.TypeFor[*ends.ByteStream]()
	typeEnd        = reflect.TypeFor[ends.End]()
)

// end fills in a codec of a stream or future.
func (c *compiler) end(k *codec, at place) error {
	k.checked, k.ends = true, true
	switch {
	case isBytes(k.t) && isReader(k.rt):
		k.op = opReader
		return nil
	case !isEnd(k.rt):
		return at.mismatch(k)
	}
	k.op = opEnd
	elem, future := endOf(k.rt)
	switch {
	case future != (k.t.Kind == value.KindFuture):
		return at.mismatch(k)
	case k.t.Elem == nil:
		if elem.Kind() != reflect.Struct || elem.NumField() > 0 || elem == typeValue {
			return at.mismatch(k)
		}
		k.elements = &elements{rt: elem}
		return nil
	}
	part := "element"
	if future {
		part = "value"
	}
	if _, err := c.codec(elem, k.t.Elem, at.in(part, "that of "+short(k.rt))); err != nil {
		return err
	}
	k.elements = &elements{rt: elem}
	return nil
}

// isBytes tells whether a type is stream<u8>.
func isBytes(t *abi.Type) bool {
	return t.Kind == value.KindStream && t.Elem != nil && t.Elem.Kind == value.KindU8
}

// isReader tells whether a Go type is io.Reader, io.ReadCloser or like one.
func isReader(rt reflect.Type) bool {
	return rt.Kind() == reflect.Interface && rt.Implements(typeReader) && typeReadCloser.Implements(rt)
}

// isEnd tells whether a Go type is a *Stream or *Future.
func isEnd(rt reflect.Type) bool {
	return rt.Kind() == reflect.Pointer && rt.Name() == "" && rt.Implements(typeEnd) && rt != typeByteStream &&
		rt.Elem().PkgPath() == typeByteStream.Elem().PkgPath()
}

// endOf is what such a type has for elements, and whether it is a future.
func endOf(rt reflect.Type) (elem reflect.Type, future bool) {
	e := reflect.Zero(rt).Interface().(ends.End)
	return reflect.TypeOf(ends.ElemOf(e)).Elem(), ends.IsFuture(e)
}

// suggestEnd is what Go type stands for a stream or future.
func suggestEnd(t *abi.Type) string {
	if isBytes(t) {
		return "io.ReadCloser"
	}
	elem := payloadName(t.Elem, "T")
	if t.Kind == value.KindFuture {
		return "*dray.Future[" + elem + "]"
	}
	return "*dray.Stream[" + elem + "]"
}

// checkEnd checks that a stream or future can be given away.
func (c *codec) checkEnd(v reflect.Value) error {
	if v.IsNil() {
		return badValue("a %s must not be nil", c.t.Kind)
	}
	if e, ok := v.Interface().(ends.End); ok {
		return asBad(ends.Check(e))
	}
	return nil
}

// liftEnd makes the Go value of a handle that a guest gave.
func (r *reader) liftEnd(c *codec, x uint64, dst reflect.Value) error {
	s, err := liftShared(r.cx.Handles, r.inst, uint32(x), c.t)
	if err != nil {
		return err
	}
	if c.op == opReader {
		dst.Set(reflect.ValueOf(ends.LiftReader(r.inst, s, explainer(r.inst))))
		return nil
	}
	p := reflect.New(c.rt.Elem())
	ends.Lift(p.Interface().(ends.End), r.inst, s, &lifted{c.elements, r.inst})
	dst.Set(p)
	return nil
}

// liftShared takes a stream or future out of an instance.
func liftShared(h abi.Handles, inst *task.Instance, i uint32, t *abi.Type) (task.Shared, error) {
	if h == nil || inst == nil {
		return nil, abi.Trapf("%s in a context without handles", t.Kind)
	}
	v, err := h.LiftAsyncValue(i, t)
	if err != nil {
		return nil, err
	}
	s, ok := v.(task.Shared)
	if !ok {
		return nil, abi.Trapf("a %s is needed, not %T", t.Kind, v)
	}
	return s, nil
}

// An Explainer is what a [task.Store] has as its Data where the errors of
// reading streams are to be made those of the embedder. It needs no baton.
type Explainer interface{ Explain(err error) error }

// explainer makes errors those of the embedder.
func explainer(inst *task.Instance) func(error) error {
	if x, ok := inst.Store.Data.(Explainer); ok {
		return x.Explain
	}
	return nil
}

// lifted is the ends.Codec of what was lifted from an instance.
type lifted struct {
	*elements
	inst *task.Instance
}

// Explain implements ends.Explainer.
func (l *lifted) Explain(err error) error {
	if explain := explainer(l.inst); explain != nil {
		return explain(err)
	}
	return err
}

// lowerEnd gives a stream or future away, as a handle.
func (w *writer) lowerEnd(c *codec, v reflect.Value) (uint64, error) {
	if w.cx.Handles == nil || w.inst == nil {
		return 0, abi.Trapf("%s in a context without handles", c.t.Kind)
	}
	var s task.Shared
	var err error
	if c.op == opReader {
		r, _ := v.Interface().(io.Reader)
		s, err = ends.LowerReader(r, w.inst, c.t.Elem)
	} else {
		s, err = ends.Lower(v.Interface().(ends.End), w.inst, c.t.Elem, c.elements)
	}
	if err != nil {
		return 0, err
	}
	i, err := lowerShared(w.cx.Handles, s, c.t)
	return uint64(i), err
}

// lowerShared puts a stream or future into an instance.
func lowerShared(h abi.Handles, s task.Shared, t *abi.Type) (uint32, error) {
	i, err := h.LowerAsyncValue(s, t)
	if err != nil {
		s.Drop()
	}
	return i, err
}

// gather lists the streams and futures in a value that is to be lowered.
func (c *codec) gather(v reflect.Value, list []ends.End) []ends.End {
	if !c.ends {
		return list
	}
	switch c.op {
	case opEnd, opReader:
		if e, ok := v.Interface().(ends.End); ok {
			list = append(list, e)
		}
	case opList, opArray:
		for i := range v.Len() {
			list = c.elem.gather(v.Index(i), list)
		}
	case opStruct:
		for i := range c.fields {
			list = c.fields[i].codec.gather(c.field(v, i), list)
		}
	case opOption, opVariant:
		if i, err := c.caseOf(v); err == nil {
			if payload, content := c.content(v, i); content != nil {
				list = content.gather(payload, list)
			}
		}
	case opMap:
		for it := v.MapRange(); it.Next(); {
			list = c.elem.gather(it.Value(), list)
		}
	case opValue:
		list = gatherValue(valueOf(v), list)
	}
	return list
}

// hasEnds tells whether values of a type may have streams or futures.
func hasEnds(t *value.Type) bool {
	if t == nil {
		return false
	}
	if t.Kind == value.KindStream || t.Kind == value.KindFuture || hasEnds(t.Elem) {
		return true
	}
	for _, fields := range [][]value.Field{t.Fields, t.Cases} {
		for _, f := range fields {
			if hasEnds(f.Type) {
				return true
			}
		}
	}
	return false
}

// twice is an error where something is in a list twice.
func twice(list []ends.End) error {
	seen := make(map[ends.End]bool, len(list))
	for _, e := range list {
		if seen[e] {
			return badValue("the same %s is given twice", endName(e))
		}
		seen[e] = true
	}
	return nil
}

func endName(e ends.End) string {
	if ends.IsFuture(e) {
		return "future"
	}
	return "stream"
}

// closeAll closes streams and futures that nobody takes.
func closeAll(list []ends.End) {
	for _, e := range list {
		if c, ok := e.(io.Closer); ok && ends.Check(e) == nil {
			c.Close()
		}
	}
}
