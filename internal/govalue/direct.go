package govalue

// This file is calls of Go functions whose types this package knows, without
// the allocations of reflect.MakeFunc and reflect.Value.Call. The functions
// below are for any types; those of the table are for types without parts, of
// which a function has one, or one and string or bool.

import (
	"context"
	"reflect"
	"sync"
)

// A shape is a Go function type that can be called directly. Either may be nil.
type shape struct {
	export func(e *export) reflect.Value
	host   func(v *view, fn any)
}

// A typed is the frame of a call with up to three parameters.
type typed[A, B, C, R any] struct {
	frame
	a A
	b B
	c C
	r R
}

// newTyped makes a frame for n parameters.
func newTyped[A, B, C, R any](n int) *typed[A, B, C, R] {
	f := &typed[A, B, C, R]{}
	all := []reflect.Value{reflect.ValueOf(&f.a).Elem(), reflect.ValueOf(&f.b).Elem(), reflect.ValueOf(&f.c).Elem()}
	f.args, f.out, f.typed = all[:n:n], reflect.ValueOf(&f.r).Elem(), f
	return f
}

// A caller calls an export with frames.
type caller[A, B, C, R any] struct {
	e      *export
	frames sync.Pool
}

func newCaller[A, B, C, R any](e *export) *caller[A, B, C, R] {
	c := &caller[A, B, C, R]{e: e}
	c.frames.New = func() any { return newTyped[A, B, C, R](len(e.params)) }
	return c
}

func (c *caller[A, B, C, R]) call(ctx context.Context, x A, y B, z C) (r R, err error) {
	f := c.frames.Get().(*typed[A, B, C, R])
	f.a, f.b, f.c = x, y, z
	out := f.out
	if c.e.out == nil {
		out = reflect.Value{}
	}
	err = c.e.call(ctx, f.args, out)
	r = f.r
	if c.e.blocks && err != nil {
		return r, err // the call may still read the frame
	}
	f.a, f.b, f.c, f.r = *new(A), *new(B), *new(C), *new(R)
	c.frames.Put(f)
	return r, err
}

type none = struct{}

func export0[R any](e *export) reflect.Value {
	c := newCaller[none, none, none, R](e)
	return reflect.ValueOf(func(ctx context.Context) (R, error) { return c.call(ctx, none{}, none{}, none{}) })
}

func export1[A, R any](e *export) reflect.Value {
	c := newCaller[A, none, none, R](e)
	return reflect.ValueOf(func(ctx context.Context, x A) (R, error) { return c.call(ctx, x, none{}, none{}) })
}

func export2[A, B, R any](e *export) reflect.Value {
	c := newCaller[A, B, none, R](e)
	return reflect.ValueOf(func(ctx context.Context, x A, y B) (R, error) { return c.call(ctx, x, y, none{}) })
}

func export3[A, B, C, R any](e *export) reflect.Value {
	c := newCaller[A, B, C, R](e)
	return reflect.ValueOf(func(ctx context.Context, x A, y B, z C) (R, error) { return c.call(ctx, x, y, z) })
}

// Those without a result.

func command0(e *export) reflect.Value {
	c := newCaller[none, none, none, none](e)
	return reflect.ValueOf(func(ctx context.Context) error {
		_, err := c.call(ctx, none{}, none{}, none{})
		return err
	})
}

func command1[A any](e *export) reflect.Value {
	c := newCaller[A, none, none, none](e)
	return reflect.ValueOf(func(ctx context.Context, x A) error {
		_, err := c.call(ctx, x, none{}, none{})
		return err
	})
}

func command2[A, B any](e *export) reflect.Value {
	c := newCaller[A, B, none, none](e)
	return reflect.ValueOf(func(ctx context.Context, x A, y B) error {
		_, err := c.call(ctx, x, y, none{})
		return err
	})
}

// serve makes a view call do with its frames.
func serve[A, B, C, R any](v *view, do func(ctx context.Context, f *typed[A, B, C, R]) error) {
	v.frames.New = func() any { return &newTyped[A, B, C, R](len(v.params)).frame }
	v.direct = func(ctx context.Context, f *frame) error { return do(ctx, f.typed.(*typed[A, B, C, R])) }
}

// host0 to host3 are functions with a context and an error, pure1 and pure2
// those without.

func host0[R any](v *view, fn any) {
	call := fn.(func(context.Context) (R, error))
	serve(v, func(ctx context.Context, f *typed[none, none, none, R]) (err error) {
		f.r, err = call(ctx)
		return err
	})
}

func host1[A, R any](v *view, fn any) {
	call := fn.(func(context.Context, A) (R, error))
	serve(v, func(ctx context.Context, f *typed[A, none, none, R]) (err error) {
		f.r, err = call(ctx, f.a)
		return err
	})
}

func host2[A, B, R any](v *view, fn any) {
	call := fn.(func(context.Context, A, B) (R, error))
	serve(v, func(ctx context.Context, f *typed[A, B, none, R]) (err error) {
		f.r, err = call(ctx, f.a, f.b)
		return err
	})
}

func host3[A, B, C, R any](v *view, fn any) {
	call := fn.(func(context.Context, A, B, C) (R, error))
	serve(v, func(ctx context.Context, f *typed[A, B, C, R]) (err error) {
		f.r, err = call(ctx, f.a, f.b, f.c)
		return err
	})
}

func pure1[A, R any](v *view, fn any) {
	call := fn.(func(A) R)
	serve(v, func(ctx context.Context, f *typed[A, none, none, R]) error {
		f.r = call(f.a)
		return nil
	})
}

func pure2[A, B, R any](v *view, fn any) {
	call := fn.(func(A, B) R)
	serve(v, func(ctx context.Context, f *typed[A, B, none, R]) error {
		f.r = call(f.a, f.b)
		return nil
	})
}

// hostCommand1 and so on are those without a result.

func hostCommand0(v *view, fn any) {
	call := fn.(func(context.Context) error)
	serve(v, func(ctx context.Context, _ *typed[none, none, none, none]) error { return call(ctx) })
}

func hostCommand1[A any](v *view, fn any) {
	call := fn.(func(context.Context, A) error)
	serve(v, func(ctx context.Context, f *typed[A, none, none, none]) error { return call(ctx, f.a) })
}

func hostCommand2[A, B any](v *view, fn any) {
	call := fn.(func(context.Context, A, B) error)
	serve(v, func(ctx context.Context, f *typed[A, B, none, none]) error { return call(ctx, f.a, f.b) })
}

type shapes map[reflect.Type]shape

// direct is the table of shapes.
var direct = sync.OnceValue(func() shapes {
	m := shapes{reflect.TypeFor[func(context.Context) error](): {command0, hostCommand0}}
	addShapes[bool](m)
	addShapes[int8](m)
	addShapes[uint8](m)
	addShapes[int16](m)
	addShapes[uint16](m)
	addShapes[int32](m)
	addShapes[uint32](m)
	addShapes[int64](m)
	addShapes[uint64](m)
	addShapes[float32](m)
	addShapes[float64](m)
	addShapes[string](m)
	addShapes[[]byte](m)
	return m
})

// addShapes adds the shapes with a type.
func addShapes[T any](m shapes) {
	m[reflect.TypeFor[func(context.Context) (T, error)]()] = shape{export0[T], host0[T]}
	m[reflect.TypeFor[func(context.Context, T) error]()] = shape{command1[T], hostCommand1[T]}
	m[reflect.TypeFor[func(context.Context, T, T) error]()] = shape{command2[T, T], hostCommand2[T, T]}
	m[reflect.TypeFor[func(context.Context, T) (T, error)]()] = shape{export1[T, T], host1[T, T]}
	m[reflect.TypeFor[func(context.Context, T, T) (T, error)]()] = shape{export2[T, T, T], host2[T, T, T]}
	m[reflect.TypeFor[func(context.Context, T, T, T) (T, error)]()] = shape{export3[T, T, T, T], host3[T, T, T, T]}
	m[reflect.TypeFor[func(context.Context, T) (string, error)]()] = shape{export1[T, string], host1[T, string]}
	m[reflect.TypeFor[func(context.Context, string) (T, error)]()] = shape{export1[string, T], host1[string, T]}
	m[reflect.TypeFor[func(context.Context, T) (bool, error)]()] = shape{export1[T, bool], host1[T, bool]}
	m[reflect.TypeFor[func(T) T]()] = shape{nil, pure1[T, T]}
	m[reflect.TypeFor[func(T, T) T]()] = shape{nil, pure2[T, T, T]}
}
