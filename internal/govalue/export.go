package govalue

// This file is Go functions that call functions of components.

import (
	"context"
	"errors"
	"reflect"
	"strconv"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
)

func itoa(i int) string { return strconv.Itoa(i) }

// An export is a component function that Go calls.
type export struct {
	*signature
	f       *canon.Func
	explain func(error) error
	// blocks tells whether a call may wait for something.
	blocks bool
}

// BindExport makes a Go function of type ft that calls a function that an
// instance lifts. Its first parameter may be a context, its last result must be
// an error. explain translates errors of calls; it may be nil.
//
// The Go function is as safe for concurrent use as the component function. Its
// errors are those of package canon, a *[diag.Error] of the code
// [abi.CodeValue] for a value that cannot be lowered, and an *[ErrorValue] for
// the error case of a result.
//
// Types that do not fit are an error of the code [CodeBind].
func BindExport(ft reflect.Type, f *canon.Func, explain func(error) error) (reflect.Value, error) {
	e, err := newExport(ft, f, explain)
	if err != nil {
		return reflect.Value{}, err
	}
	if d, ok := direct()[plain(ft)]; ok && d.export != nil {
		return d.export(e).Convert(ft), nil
	}
	return reflect.MakeFunc(ft, e.reflected(ft)), nil
}

func newExport(ft reflect.Type, f *canon.Func, explain func(error) error) (*export, error) {
	if f.Host != nil {
		return nil, bindErr("the function is one of the host, which is not called through a component")
	}
	if explain == nil {
		explain = func(err error) error { return err }
	}
	s, err := sign(newCompiler(f.Inst.Resources), ft, f.Type)
	if err != nil {
		return nil, err
	}
	if !s.hasErr {
		return nil, bindErr("the last result of %s must be an error: any call may fail", short(ft))
	}
	return &export{signature: s, f: f, explain: explain, blocks: f.Type.Async}, nil
}

// reflected is the body of the function where its type is not known to this
// package.
func (e *export) reflected(ft reflect.Type) func(args []reflect.Value) []reflect.Value {
	noError := reflect.Zero(typeError)
	return func(args []reflect.Value) []reflect.Value {
		ctx := context.Background()
		if e.hasCtx {
			ctx, _ = args[0].Interface().(context.Context)
			args = args[1:]
		}
		out := make([]reflect.Value, 0, 2)
		var result reflect.Value
		if e.out != nil {
			result = reflect.New(e.out).Elem()
			out = append(out, result)
		}
		if err := e.call(ctx, args, result); err != nil {
			return append(out, reflect.ValueOf(&err).Elem())
		}
		return append(out, noError)
	}
}

// call calls the function. result is addressable, or not valid where there is
// no Go result besides the error. It is zero when there is an error.
func (e *export) call(ctx context.Context, args []reflect.Value, result reflect.Value) error {
	if ctx == nil {
		return errors.New("the context of a call must not be nil")
	}
	if err := e.checkParams(args); err != nil {
		return err
	}
	failed, err := e.do(ctx, args, result)
	if err == nil && failed == nil {
		return nil
	}
	if result.IsValid() {
		result.SetZero()
	}
	if err != nil {
		return e.explain(err)
	}
	return failed
}

// do makes the call itself.
func (e *export) do(ctx context.Context, args []reflect.Value, result reflect.Value) (*ErrorValue, error) {
	if e.blocks {
		return e.wait(ctx, args, result)
	}
	c, err := e.f.Begin(ctx)
	if err != nil {
		return nil, err
	}
	var failed *ErrorValue
	err = e.lowerParams(&c.Cx, e.f.Inst, args, c.Stack[:])
	if err == nil {
		err = c.Invoke()
	}
	if err == nil {
		inMem := e.t.Result.FlatLen() > abi.MaxFlatResults
		failed, err = e.liftResult(&c.Cx, e.f.Inst, c.Stack[:], inMem, result)
	}
	return failed, c.End(err)
}

// wait makes a call that may block. A call that was given up may still read
// args.
func (e *export) wait(ctx context.Context, args []reflect.Value, result reflect.Value) (failed *ErrorValue, err error) {
	err = e.f.CallAsync(ctx,
		func(cx *abi.Context, flat []uint64) error { return e.lowerParams(cx, e.f.Inst, args, flat) },
		func(cx *abi.Context, flat []uint64, inMem bool) (err error) {
			failed, err = e.liftResult(cx, e.f.Inst, flat, inMem, result)
			return err
		})
	return failed, err
}
