package govalue

// This file is streams and futures in values whose types are known when the
// program runs only.

import (
	"context"
	"io"
	"reflect"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// A valueHandles has streams and futures for values of Go programs: what stands
// for one that is lifted is an io.ReadCloser for a stream<u8>, an
// *ends.Stream or *ends.Future of values for others, of struct{} where there is
// no payload. What is lowered may be of any element type that fits, or an
// io.Reader.
type valueHandles struct {
	abi.Handles
	inst *task.Instance
}

// withValues makes the handles of a context those of values, until done.
func withValues(cx *abi.Context, inst *task.Instance, t *abi.Type) (done func()) {
	if !t.Handles || cx.Handles == nil || inst == nil {
		return func() {}
	}
	old := cx.Handles
	if _, ok := old.(*valueHandles); ok {
		return func() {}
	}
	cx.Handles = &valueHandles{old, inst}
	return func() { cx.Handles = old }
}

// loadValue, liftValue, storeValue and lowerValue move a value.
func (r *reader) loadValue(c *codec, ptr uint64, dst reflect.Value) error {
	defer withValues(r.cx, r.inst, c.t)()
	v, err := abi.Load(r.cx, ptr, c.t)
	return setValue(dst, v, err)
}

func (r *reader) liftValue(c *codec, dst reflect.Value) error {
	defer withValues(r.cx, r.inst, c.t)()
	v, n, err := abi.LiftFlat(r.cx, r.flat, c.t)
	r.flat = r.flat[n:]
	return setValue(dst, v, err)
}

func (w *writer) storeValue(c *codec, v reflect.Value, ptr uint64) error {
	defer withValues(w.cx, w.inst, c.t)()
	err := abi.Store(w.cx, valueOf(v), c.t, ptr)
	w.refresh()
	return err
}

func (w *writer) lowerValue(c *codec, v reflect.Value) error {
	defer withValues(w.cx, w.inst, c.t)()
	n, err := abi.LowerFlat(w.cx, valueOf(v), c.t, w.flat)
	w.refresh()
	w.flat = w.flat[n:]
	return err
}

// LiftAsyncValue implements abi.Handles.
func (h *valueHandles) LiftAsyncValue(i uint32, t *abi.Type) (any, error) {
	s, err := liftShared(h.Handles, h.inst, i, t)
	if err != nil {
		return nil, err
	}
	if isBytes(t) {
		return ends.LiftReader(h.inst, s, explainer(h.inst)), nil
	}
	var e ends.End
	switch future := t.Kind == value.KindFuture; {
	case t.Elem == nil && future:
		e = &ends.Future[struct{}]{}
	case t.Elem == nil:
		e = &ends.Stream[struct{}]{}
	case future:
		e = &ends.Future[value.Value]{}
	default:
		e = &ends.Stream[value.Value]{}
	}
	elem := &elements{rt: reflect.TypeOf(ends.ElemOf(e)).Elem()}
	ends.Lift(e, h.inst, s, &lifted{elem, h.inst})
	return e, nil
}

// LowerAsyncValue implements abi.Handles.
func (h *valueHandles) LowerAsyncValue(v any, t *abi.Type) (uint32, error) {
	k, err := endCodec(v, t, h.inst.Resources)
	if err != nil {
		return 0, err
	}
	w := writer{cx: &abi.Context{Handles: h.Handles}, inst: h.inst}
	i, err := w.lowerEnd(k, reflect.ValueOf(v))
	return uint32(i), err
}

// endCodec is how what stands for a stream or future in a value is lowered.
func endCodec(v any, t *abi.Type, resources []*task.ResourceType) (*codec, error) {
	if v == nil {
		return nil, diag.Errorf(abi.CodeValue, diag.Pos{}, "a %s must not be nil", t.Kind)
	}
	rt := reflect.TypeOf(v)
	if _, ok := v.(io.Reader); ok && isBytes(t) {
		return &codec{op: opReader, t: t, rt: rt, checked: true, ends: true}, nil
	}
	k, err := newCompiler(resources).codec(rt, t, place{"the value", "what stands for it in Go"})
	if err != nil {
		return nil, diag.Errorf(abi.CodeValue, diag.Pos{}, "%v", err)
	}
	return k, nil
}

// checkValue checks the streams and futures of a value of type t.
func checkValue(v value.Value, t *abi.Type) error {
	if err := abi.CheckValue(v, t); err != nil || !t.Handles {
		return asBad(err)
	}
	return checkHandles(v, t)
}

func checkHandles(v value.Value, t *abi.Type) error {
	switch t.Kind {
	case value.KindStream, value.KindFuture:
		k, err := endCodec(v.Handle(), t, nil)
		if err != nil {
			return asBad(err)
		}
		return k.checkEnd(reflect.ValueOf(v.Handle()))
	case value.KindList:
		if t.Elem.Handles {
			for i, e := range v.Elems() {
				if err := checkHandles(e, t.Elem); err != nil {
					return inPart(err, "["+itoa(i)+"]")
				}
			}
		}
	case value.KindRecord, value.KindTuple:
		for i, f := range v.Elems() {
			if err := checkHandles(f, t.Fields[i]); err != nil {
				return inPart(err, "."+t.Type.Fields[i].Name)
			}
		}
	case value.KindVariant, value.KindOption, value.KindResult:
		if p, ok := v.Payload(); ok {
			return inPart(checkHandles(p, t.Cases[v.Case()]), "."+v.CaseName())
		}
	case value.KindMap:
		for _, e := range v.Entries() {
			if err := checkHandles(e.Value, t.Elem.Fields[1]); err != nil {
				return inPart(err, " value")
			}
		}
	}
	return nil
}

// gatherValue lists the streams and futures in a value.
func gatherValue(v value.Value, list []ends.End) []ends.End {
	switch v.Kind() {
	case value.KindStream, value.KindFuture:
		if e, ok := v.Handle().(ends.End); ok {
			list = append(list, e)
		}
	case value.KindList, value.KindRecord, value.KindTuple:
		if !hasEnds(v.Type()) {
			return list
		}
		for _, e := range v.Elems() {
			list = gatherValue(e, list)
		}
	case value.KindVariant, value.KindOption, value.KindResult:
		if p, ok := v.Payload(); ok {
			list = gatherValue(p, list)
		}
	case value.KindMap:
		for _, e := range v.Entries() {
			list = gatherValue(e.Value, list)
		}
	}
	return list
}

// gatherValues lists those of some values.
func gatherValues(vs []value.Value) (list []ends.End) {
	for _, v := range vs {
		list = gatherValue(v, list)
	}
	return list
}

// checkFields checks the values for the fields of a tuple that have streams or
// futures; abi.LowerValues checks the rest.
func checkFields(vs []value.Value, t *abi.Type, what func(i int) string) error {
	if !t.Handles || len(vs) != len(t.Fields) {
		return nil
	}
	for i, v := range vs {
		if !t.Fields[i].Handles {
			continue
		}
		if err := checkValue(v, t.Fields[i]); err != nil {
			return inPart(err, what(i))
		}
	}
	return twice(gatherValues(vs))
}

// Invoke calls a component function with values, and returns its results: none
// or one. It is as safe for concurrent use as the component function.
//
// What stands for a stream or future in a value is what [value.Handle] was
// given: see package dray.
func Invoke(ctx context.Context, f *canon.Func, args []value.Value) (results []value.Value, err error) {
	params := f.Type.FuncType.Params
	err = checkFields(args, f.Type.Params, func(i int) string { return "parameter `" + params[i].Name + "`" })
	if err != nil {
		return nil, err
	}
	err = f.CallAsync(ctx, func(cx *abi.Context, flat []uint64) error {
		defer withValues(cx, f.Inst, f.Type.Params)()
		return abi.LowerValues(cx, abi.MaxFlatParams, args, f.Type.Params, flat, nil)
	}, func(cx *abi.Context, flat []uint64, inMem bool) (err error) {
		defer withValues(cx, f.Inst, f.Type.Result)()
		most := abi.MaxFlatParams
		if inMem {
			most = 0
		}
		results, err = abi.LiftValues(cx, most, flat, f.Type.Result)
		return err
	})
	return results, err
}

// HostValues is a host function of any type that takes and returns values.
func HostValues(fn func(ctx context.Context, t *value.FuncType, args []value.Value) ([]value.Value, error)) canon.HostFunc {
	return func(ctx context.Context, c *canon.HostCall, flat []uint64) error {
		args, err := liftArgs(c, flat)
		if err != nil {
			return err
		}
		var results []value.Value
		work := func(ctx context.Context) (err error) {
			results, err = fn(ctx, c.Type.FuncType, args)
			if cause := context.Cause(ctx); c.Type.Async && cause != nil && cause != task.ErrCancelled {
				closeAll(gatherValues(results)) // there is no caller any more
			}
			return err
		}
		finish := func(flat []uint64) error { return returnValues(c, flat, results) }
		if c.Type.Async {
			return c.Async(work, finish)
		}
		if err := work(ctx); err != nil {
			return err
		}
		return finish(flat)
	}
}

func liftArgs(c *canon.HostCall, flat []uint64) ([]value.Value, error) {
	defer withValues(&c.Cx, c.Inst(), c.Type.Params)()
	return c.Params(flat)
}

func returnValues(c *canon.HostCall, flat []uint64, results []value.Value) error {
	defer withValues(&c.Cx, c.Inst(), c.Type.Result)()
	err := checkFields(results, c.Type.Result, func(int) string { return "result" })
	if err == nil {
		err = c.Return(flat, results)
	}
	if err != nil {
		closeAll(gatherValues(results))
	}
	return err
}
