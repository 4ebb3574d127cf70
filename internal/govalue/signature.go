package govalue

// This file is function types: how the parameters and results of a Go function
// stand for those of a component function.

import (
	"context"
	"reflect"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

var (
	typeContext = reflect.TypeFor[context.Context]()
	typeError   = reflect.TypeFor[error]()
)

// A signature is a Go function type and a component function type that fit.
type signature struct {
	t *abi.FuncType
	// hasCtx tells whether the first Go parameter is a context, hasErr whether
	// the last Go result is an error.
	hasCtx, hasErr bool
	params         []*codec
	checked        bool // of a parameter
	ends           bool // in a parameter
	// out is the Go result that is not the error; nil for none.
	out reflect.Type
	// result is the codec of out. Where fallible is set, out is the value of
	// the case ok, and the error stands for the error case; result is nil
	// where the case has no value.
	result   *codec
	fallible bool
	// union is the result<T, E> of a fallible function; errValue the codec of
	// E as a value.Value, nil without E.
	union    *abi.Type
	errValue *codec
}

// sign compares a Go function type with a component function type.
func sign(c *compiler, ft reflect.Type, t *abi.FuncType) (*signature, error) {
	if ft.Kind() != reflect.Func {
		return nil, bindErr("%s is no function type; the component function is %v", ft, t)
	}
	if ft.IsVariadic() {
		return nil, bindErr("%s is variadic, which component functions cannot be; use a slice for the last parameter", short(ft))
	}
	s := &signature{t: t}
	in := make([]reflect.Type, ft.NumIn())
	for i := range in {
		in[i] = ft.In(i)
	}
	if len(in) > 0 && in[0] == typeContext {
		s.hasCtx, in = true, in[1:]
	}
	if n := len(t.FuncType.Params); len(in) != n {
		return nil, bindErr("%s has %s, but the component function has %d: it is %v", short(ft), count(len(in), s.hasCtx), n, t.FuncType)
	}
	for i, rt := range in {
		name := t.FuncType.Params[i].Name
		p, err := c.codec(rt, t.Params.Fields[i], place{"parameter " + quote(name), "parameter " + ordinal(i, s.hasCtx) + " of the Go function"})
		if err != nil {
			return nil, err
		}
		s.params = append(s.params, p)
		s.checked, s.ends = s.checked || p.checked, s.ends || p.ends
	}
	return s, s.results(c, ft)
}

// results compares the results.
func (s *signature) results(c *compiler, ft reflect.Type) (err error) {
	n := ft.NumOut()
	if n > 0 && ft.Out(n-1) == typeError {
		s.hasErr = true
		n--
	}
	if n > 0 {
		s.out = ft.Out(0)
	}
	t := s.t.FuncType.Result
	at := place{"the result", "that of the Go function"}
	switch {
	case n > 1:
		return bindErr("%s has %d results besides an error, but the component function has at most one: it is %v", short(ft), n, s.t.FuncType)
	case t == nil && n > 0:
		return bindErr("%s has a result, but the component function has none: it is %v", short(ft), s.t.FuncType)
	case t == nil:
		return nil
	case t.Kind == value.KindResult:
		return s.resultOrError(c, ft, at)
	case n == 0:
		return bindErr("%s has no result, but the result of the component function is %s; add one, %s", short(ft), article(t), suggest(s.t.Result.Fields[0]))
	}
	s.result, err = c.codec(s.out, s.t.Result.Fields[0], at)
	return err
}

// resultOrError compares the results with a result<T, E>.
func (s *signature) resultOrError(c *compiler, ft reflect.Type, at place) (err error) {
	union := s.t.Result.Fields[0]
	ok, e := union.Cases[0], union.Cases[1]
	whole := s.out != nil && (s.out.Implements(typeResult) || s.out == typeValue && ok == nil)
	if whole {
		k, err := c.codec(s.out, union, at)
		if err == nil {
			s.result = k
			return nil
		}
		if ok == nil || ok.Kind != value.KindResult {
			return err
		}
	}
	switch {
	case !s.hasErr:
		return at.errorf("is %s, but %s has no error result; add one, or use %s", article(union.Type), short(ft), suggest(union))
	case ok == nil && s.out != nil:
		return at.errorf("is %s, but %s has a result besides the error; remove it", article(union.Type), short(ft))
	case ok != nil && s.out == nil:
		return at.errorf("is %s, but %s has an error only; add a result, %s", article(union.Type), short(ft), suggest(ok))
	}
	s.fallible, s.union = true, union
	if ok != nil {
		if s.result, err = c.codec(s.out, ok, at.in("ok", at.goes)); err != nil {
			return err
		}
	}
	if e != nil {
		s.errValue, err = c.codec(typeValue, e, at)
	}
	return err
}

// count says how many parameters there are.
func count(n int, hasCtx bool) string {
	text := "no parameters"
	switch {
	case n == 1:
		text = "one parameter"
	case n > 1:
		text = itoa(n) + " parameters"
	}
	if hasCtx {
		text += " besides the context"
	}
	return text
}

// ordinal is the number of a Go parameter, from 1.
func ordinal(i int, hasCtx bool) string {
	if hasCtx {
		i++
	}
	return itoa(i + 1)
}

// lowerParams lowers the arguments of a call into flat, or into memory of the
// callee.
func (s *signature) lowerParams(cx *abi.Context, inst *task.Instance, args []reflect.Value, flat []uint64) error {
	w := writer{cx: cx, inst: inst, flat: flat}
	t := s.t.Params
	if t.FlatLen() <= abi.MaxFlatParams {
		for i, p := range s.params {
			if err := w.lower(p, args[i]); err != nil {
				return t.WithinField(err, i)
			}
		}
		return nil
	}
	if _, err := cx.Bytes(); err != nil {
		return err
	}
	ptr, err := cx.Allocate(t.Alignment(cx.Width), t.ElemSize(cx.Width))
	if err != nil {
		return err
	}
	w.refresh()
	flat[0] = ptr
	return w.storeAll(t, s.params, args, ptr)
}

// checkParams checks the arguments of a call.
func (s *signature) checkParams(args []reflect.Value) error {
	if !s.checked {
		return nil
	}
	for i, p := range s.params {
		if err := p.check(args[i]); err != nil {
			return inPart(err, "parameter `"+s.t.FuncType.Params[i].Name+"`")
		}
	}
	if !s.ends {
		return nil
	}
	var list []ends.End
	for i, p := range s.params {
		list = p.gather(args[i], list)
	}
	return inPart(twice(list), "the arguments")
}

// liftParams lifts the parameters of a call of the host.
func (s *signature) liftParams(cx *abi.Context, inst *task.Instance, flat []uint64, inMem bool, dst []reflect.Value) error {
	t := s.t.Params
	r := newReader(cx, flat, t, inMem)
	r.inst = inst
	if inMem {
		return r.loadAll(t, s.params, cx.Width.Pointer(flat[0]), dst)
	}
	for i, p := range s.params {
		if err := r.lift(p, dst[i]); err != nil {
			return t.WithinField(err, i)
		}
	}
	return nil
}

// liftResult lifts the result of a call to dst. failed is the error case of a
// fallible function.
func (s *signature) liftResult(cx *abi.Context, inst *task.Instance, flat []uint64, inMem bool, dst reflect.Value) (failed *ErrorValue, err error) {
	t := s.t.Result
	if len(t.Fields) == 0 {
		return nil, nil
	}
	r := newReader(cx, flat, t, inMem)
	r.inst = inst
	ptr := uint64(0)
	if inMem {
		ptr = cx.Width.Pointer(flat[0])
		if err := r.checkTuple(t, ptr); err != nil {
			return nil, err
		}
	}
	switch {
	case s.fallible:
		failed, err = s.liftUnion(&r, inMem, ptr, dst)
	case inMem:
		err = r.load(s.result, ptr, dst)
	default:
		err = r.lift(s.result, dst)
	}
	return failed, t.WithinField(err, 0)
}

// liftUnion lifts a result<T, E>.
func (s *signature) liftUnion(r *reader, inMem bool, ptr uint64, dst reflect.Value) (failed *ErrorValue, err error) {
	word := uint64(0)
	if inMem {
		word = abi.LoadInt(r.mem, ptr, uint64(s.union.Disc))
		ptr += uint64(s.union.Payload[r.cx.Width])
	} else {
		word = uint64(uint32(r.next()))
	}
	i, err := abi.LiftCase(word, s.union)
	if err != nil {
		return nil, err
	}
	c := s.result
	if i == 1 {
		failed, c = &ErrorValue{}, s.errValue
		dst = reflect.ValueOf(&failed.Value).Elem()
	}
	switch {
	case c == nil:
	case inMem:
		err = r.load(c, ptr, dst)
	default:
		err = r.lift(c, dst)
	}
	return failed, s.union.WithinCase(err, i)
}

// lowerResult lowers the result of a call of the host: the value v by the
// codec c, which is nil for none, in a case of a fallible function.
func (s *signature) lowerResult(cx *abi.Context, inst *task.Instance, flat []uint64, inMem bool, out uint64, i int, c *codec, v reflect.Value) (err error) {
	t := s.t.Result
	if len(t.Fields) == 0 {
		return nil
	}
	w := writer{cx: cx, inst: inst, flat: flat}
	ptr := cx.Width.Pointer(out)
	if inMem {
		if w.mem, err = cx.Bytes(); err != nil {
			return err
		}
		if err := abi.CheckRange(ptr, t.ElemSize(cx.Width), t.Alignment(cx.Width), len(w.mem)); err != nil {
			return err
		}
	}
	switch {
	case s.fallible && inMem:
		err = w.variant(s.union, i, c, v, ptr)
	case s.fallible:
		err = w.lowerVariant(s.union, i, c, v)
	case inMem:
		err = w.store(c, v, ptr)
	default:
		err = w.lower(c, v)
	}
	return t.WithinField(err, 0)
}

// plain is a function type without its name.
func plain(ft reflect.Type) reflect.Type {
	if ft.Name() == "" {
		return ft
	}
	in, out := make([]reflect.Type, ft.NumIn()), make([]reflect.Type, ft.NumOut())
	for i := range in {
		in[i] = ft.In(i)
	}
	for i := range out {
		out[i] = ft.Out(i)
	}
	return reflect.FuncOf(in, out, ft.IsVariadic())
}
