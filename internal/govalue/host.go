package govalue

// This file is Go functions that components call.

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/task"
)

// A host is a Go function that components call.
type host struct {
	fn reflect.Value
	ft reflect.Type
	// last is how the last caller sees the function; others has all that were
	// seen, by *abi.FuncType. Components number resource types each their own
	// way, so that one function can be of several types.
	last   atomic.Pointer[view]
	others sync.Map
}

// A view is a Go function as the component function of one type.
type view struct {
	*signature
	host *host
	// frames are idle *frame.
	frames sync.Pool
	// direct calls the function without reflection; nil where its type is not
	// known to this package.
	direct func(ctx context.Context, f *frame) error
	// errs are codecs of the error case by Go type: *codec, or an error.
	errs sync.Map
	// resources are what the codecs were made with.
	resources []*task.ResourceType
}

// A frame holds the values of one call.
type frame struct {
	ctx  context.Context
	args []reflect.Value // of the component's parameters
	in   []reflect.Value // all that the Go function takes
	out  reflect.Value   // result of a direct call
	// typed is what a direct function is called with.
	typed any
}

// BindHost makes a host function of a Go function, for callers that see it with
// type t. A first parameter of type context.Context gets the context of the
// call. An error as the last result ends the guest's call as a trap does,
// unless it is an error case of a result: an *[ErrorValue] or a *[ResultError]
// whose value fits, as errors.As finds it.
//
// resources are the resource types by slot, as far as they are known; those of
// others are checked when values come. fn must be safe for concurrent use when
// instances of several stores call it.
//
// Types that do not fit are an error of the code [CodeBind].
func BindHost(fn reflect.Value, t *abi.FuncType, resources []*task.ResourceType) (canon.HostFunc, error) {
	if fn.Kind() != reflect.Func || fn.IsNil() {
		return nil, bindErr("a host function must be a Go function that is not nil; the component function is %v", t)
	}
	h := &host{fn: fn, ft: fn.Type()}
	if _, err := h.view(t, resources); err != nil {
		return nil, err
	}
	return h.call, nil
}

// view makes the view for a type, or finds it.
func (h *host) view(t *abi.FuncType, resources []*task.ResourceType) (*view, error) {
	if v, ok := h.others.Load(t); ok {
		h.last.Store(v.(*view))
		return v.(*view), nil
	}
	s, err := sign(newCompiler(resources), h.ft, t)
	if err != nil {
		return nil, err
	}
	v := &view{signature: s, host: h, resources: resources}
	if p := plain(h.ft); direct()[p].host != nil {
		direct()[p].host(v, h.fn.Convert(p).Interface())
	} else {
		v.frames.New = func() any { return v.newFrame() }
	}
	h.others.Store(t, v)
	h.last.Store(v)
	return v, nil
}

// newFrame makes a frame for calls by reflection.
func (v *view) newFrame() *frame {
	f := &frame{}
	if v.hasCtx {
		f.in = append(f.in, reflect.ValueOf(&f.ctx).Elem())
	}
	for _, p := range v.params {
		f.in = append(f.in, reflect.New(p.rt).Elem())
	}
	f.args = f.in[len(f.in)-len(v.params):]
	return f
}

// call is the host function.
func (h *host) call(ctx context.Context, c *canon.HostCall, flat []uint64) error {
	v := h.last.Load()
	if v.t != c.Type {
		var err error
		if v, err = h.view(c.Type, c.Inst().Resources); err != nil {
			return err
		}
	}
	f := v.frames.Get().(*frame)
	err := v.liftParams(&c.Cx, c.Inst(), flat, c.ParamsInMemory(), f.args)
	switch {
	case err != nil:
	case v.t.Async:
		return v.start(c, f)
	default:
		var out reflect.Value
		out, err = v.run(ctx, f)
		err = v.giveResult(c, flat, out, err)
	}
	v.done(f)
	return err
}

// start begins a call of an async function: the Go function runs beside the
// guests.
func (v *view) start(c *canon.HostCall, f *frame) error {
	var out reflect.Value
	var failed error
	return c.Async(func(ctx context.Context) error {
		out, failed = v.run(ctx, f)
		if failed != nil {
			_, _, err := v.failure(failed)
			return err
		}
		if cause := context.Cause(ctx); cause != nil && cause != task.ErrCancelled {
			v.discard(out) // there is no caller any more
		}
		return nil
	}, func(flat []uint64) error {
		err := v.giveResult(c, flat, out, failed)
		v.done(f)
		return err
	})
}

// done keeps the frame of a call that has ended.
func (v *view) done(f *frame) {
	for _, a := range f.args {
		a.SetZero()
	}
	if f.out.IsValid() {
		f.out.SetZero()
	}
	f.ctx = nil
	v.frames.Put(f)
}

// run calls the Go function.
func (v *view) run(ctx context.Context, f *frame) (out reflect.Value, err error) {
	f.ctx = ctx
	if v.direct != nil {
		err = v.direct(ctx, f)
		return f.out, err
	}
	results := v.host.fn.Call(f.in)
	if v.out != nil {
		out = results[0]
	}
	if v.hasErr {
		err, _ = results[len(results)-1].Interface().(error)
	}
	return out, err
}

// giveResult lowers what the Go function returned. Streams that cannot be
// lowered are closed.
func (v *view) giveResult(c *canon.HostCall, flat []uint64, out reflect.Value, failed error) error {
	err := v.lowerReturned(c, flat, out, failed)
	if err != nil {
		v.discard(out)
	}
	return err
}

// discard closes the streams of a result that nobody gets.
func (v *view) discard(out reflect.Value) {
	if v.result != nil && v.result.ends && out.IsValid() {
		closeAll(v.result.gather(out, nil))
	}
}

func (v *view) lowerReturned(c *canon.HostCall, flat []uint64, out reflect.Value, err error) error {
	k, i := v.result, 0
	if err != nil {
		if k, out, err = v.failure(err); err != nil {
			return err
		}
		i = 1
	}
	if k != nil {
		if err := k.check(out); err != nil {
			if i == 1 {
				err = inPart(err, ".error")
			}
			return inPart(err, "result")
		}
		if k.ends {
			if err := twice(k.gather(out, nil)); err != nil {
				return inPart(err, "result")
			}
		}
	}
	return v.lowerResult(&c.Cx, c.Inst(), flat, c.ResultInMemory(), c.Out(), i, k, out)
}

// failure is the value of the error case that an error stands for, and its
// codec, which is nil where the case has none. Otherwise err is the error that
// ends the call.
func (v *view) failure(err error) (*codec, reflect.Value, error) {
	if !v.fallible {
		return nil, reflect.Value{}, err
	}
	ev, re := errorCase(err)
	e := v.union.Cases[1]
	switch {
	case ev != nil && e == nil && ev.Value.Type() == nil:
		return nil, reflect.Value{}, nil
	case ev != nil && e != nil && ev.Value.Type() != nil && ev.Value.Type().SameShape(e.Type):
		return v.errValue, reflect.ValueOf(&ev.Value).Elem(), nil
	case re != nil && e == nil:
		if p := re.payload(); p.Kind() == reflect.Struct && p.NumField() == 0 {
			return nil, reflect.Value{}, nil
		}
	case re != nil:
		k, fits := v.errCodec(re.payload().Type(), e)
		if fits == nil {
			return k, re.payload(), nil
		}
		return nil, reflect.Value{}, &unfitError{err, fits}
	}
	return nil, reflect.Value{}, err
}

// errCodec is the codec of a Go type for the error case.
func (v *view) errCodec(rt reflect.Type, e *abi.Type) (*codec, error) {
	found, ok := v.errs.Load(rt)
	if !ok {
		k, err := newCompiler(v.resources).codec(rt, e, place{"the error case", "the value of the error"})
		found = k
		if err != nil {
			found = err
		}
		v.errs.Store(rt, found)
	}
	if k, ok := found.(*codec); ok {
		return k, nil
	}
	return nil, found.(error)
}

// An unfitError is an error that was meant as an error case and does not fit.
type unfitError struct{ err, fits error }

func (e *unfitError) Error() string   { return e.err.Error() + " (" + e.fits.Error() + ")" }
func (e *unfitError) Unwrap() []error { return []error{e.err, e.fits} }
