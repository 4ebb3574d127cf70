package dray

// This file is instances of components, and their functions.

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/govalue"
	"github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/valtype"
)

// An Instance is an instance of a component.
//
// It is safe for concurrent use, by any number of goroutines. At each moment
// one of the guests runs that are linked to each other; the others wait for
// their turn:
//
//   - A call of a function that is not async has the turn until it returns.
//   - Calls of async functions are under way side by side: while one waits, for
//     the host, a stream or another guest, others run. Any number may be called
//     at once.
//
// There is no thread behind an instance: guests run on the goroutines that call
// them, read their streams, or have done something for them. A goroutine that
// waits for its call runs whatever guest is ready meanwhile. What an async
// function has still to do when it has returned its result is done by whoever
// comes next, or as soon as the host has what it waits for.
//
// All that waits heeds its context. When the context of an async call ends, the
// guest is asked to cancel the call; after a tenth of a second the call returns
// in any case with the cause, and code that still runs for it is interrupted,
// which is a trap. A call that is not async is interrupted at once. Where no
// guest can go on, and nothing that the host does can change that, those who
// wait for a call get a trap.
//
// A function of the host that is called by a function that is not async may
// call other functions of linked instances with the context that it was given,
// or one derived from it, until it returns and from its own goroutine: this is
// what tells that it has the turn already. The guest that called it cannot be
// entered meanwhile, which is a trap. Async functions of the host have no turn
// (see [Definitions.Func]) and may call anything.
//
// After a trap the instance cannot be entered again: all its calls end with an
// error, and so does what waits for its streams.
type Instance struct {
	component *Component
	store     *instanceStore
	in        *instance.Instance
	owner     bool // of the store
	closers   []func() error
	once      sync.Once
	// ended is closed when no guest runs any more, released when everything is
	// released; err is what that gave. Close makes them.
	ended, released chan struct{}
	err             error
}

// An instanceStore is what linked instances share.
type instanceStore struct{ *task.Store }

// Component is the component that the instance is of.
func (in *Instance) Component() *Component { return in.component }

// Close releases the instance, and then what host functions keep for it. No
// call begins any more. Async calls that wait for something end with
// [ErrInstanceClosed], and so does reading streams and futures of the instance;
// contexts of async functions of the host end. Where a guest runs, Close waits
// for it a fifth of a second at most, in vain if it is the guest that called the
// function that calls Close; the instance is released when the guest stops. An
// instance that was made with another one that a linker was given is released
// with that one. Closing again only waits again.
func (in *Instance) Close() error {
	in.once.Do(func() {
		in.ended, in.released = make(chan struct{}), make(chan struct{})
		ended := func(err error) {
			close(in.ended)
			in.err = errors.Join(err, in.closeHost())
			close(in.released)
		}
		if !in.owner {
			ended(nil)
			return
		}
		in.store.Ended = ended
		in.store.Close()
	})
	select {
	case <-in.ended:
		<-in.released
		return in.err
	case <-time.After(task.Patience):
		return nil
	}
}

// closeHost releases what host functions keep.
func (in *Instance) closeHost() (err error) {
	for i := len(in.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, in.closers[i]())
	}
	return err
}

// Trapped tells whether the instance trapped, so that it cannot be entered
// again, or was closed.
func (in *Instance) Trapped() bool { return in.store.Closing() || in.in.State.Trapped() }

// A Func is an exported function of a component's instance. It is safe for
// concurrent use, as its instance is.
type Func struct {
	in *Instance
	f  *canon.Func
	t  *plan.Extern
}

// Func is an exported function by its name: "run" for one that the component
// exports itself, "docs:people/registry@1.0.0#find" for one of an interface.
// Versions of interfaces follow the version rule. The version, the package and
// the interface may be left out where that is not ambiguous.
func (in *Instance) Func(name string) (*Func, error) {
	exports := in.in.Plan.Exports
	iface, fn, ok := strings.Cut(name, "#")
	if !ok {
		if i := slices.IndexFunc(exports, func(x plan.Extern) bool { return x.Name == name }); i >= 0 {
			return in.fn(name, in.in.Items[i], &exports[i])
		}
		iface, fn = "", name
	}
	found, other := -1, -1
	for _, i := range findInterface(exports, iface) {
		for _, x := range exports[i].Exports {
			if x.Name == fn && x.Sort == component.SortFunc {
				found, other = i, found
			}
		}
	}
	switch {
	case found < 0:
		return nil, noExport(exports, name)
	case other >= 0:
		return nil, fmt.Errorf("the component exports %q in %q and in %q: put the interface in front, as in %q",
			fn, exports[other].Name, exports[found].Name, exports[found].Name+"#"+fn)
	}
	x := &exports[found]
	j := slices.IndexFunc(x.Exports, func(x plan.Extern) bool { return x.Name == fn })
	return in.fn(x.Name+"#"+fn, in.in.Items[found].(*instance.Exports).Items[j], &x.Exports[j])
}

// fn is an export as a function.
func (in *Instance) fn(name string, it instance.Item, t *plan.Extern) (*Func, error) {
	f, ok := it.(*canon.Func)
	if !ok {
		return nil, fmt.Errorf("the export %q is a %s, not a function", name, t.Sort)
	}
	return &Func{in, f.Named(name), t}, nil
}

// findInterface lists the instances among exports that a name may mean: the one
// of that name, or else those that match it by version, or by what is left of
// their names without the version or the package.
func findInterface(exports []plan.Extern, name string) (found []int) {
	var names []string
	var at []int
	for i := range exports {
		if exports[i].Sort == component.SortInstance {
			names, at = append(names, exports[i].Name), append(at, i)
		}
	}
	if i, ok := valtype.MatchName(name, names); ok {
		return []int{at[i]}
	}
	for i, n := range names {
		base, _, _ := strings.Cut(n, "@")
		if name == "" || base == name || base[strings.LastIndexByte(base, '/')+1:] == name {
			found = append(found, at[i])
		}
	}
	return found
}

// noExport says what is there instead of what was asked for.
func noExport(exports []plan.Extern, name string) error {
	e := &NoExportError{Name: name}
	for _, x := range exports {
		switch x.Sort {
		case component.SortFunc:
			e.Have = append(e.Have, x.Name)
		case component.SortInstance:
			for _, y := range x.Exports {
				if y.Sort == component.SortFunc {
					e.Have = append(e.Have, x.Name+"#"+y.Name)
				}
			}
		}
	}
	return e
}

// A NoExportError is a function that a component does not export.
type NoExportError struct {
	Name string
	// Have are the functions that it exports.
	Have []string
}

func (e *NoExportError) Error() string {
	msg := fmt.Sprintf("the component exports no function %q", e.Name)
	switch n := len(e.Have); {
	case n == 0:
		return msg + "; it exports no functions at all"
	case n > 20:
		return msg + fmt.Sprintf("; it exports %q and %d more", e.Have[:20], n-20)
	}
	return msg + fmt.Sprintf("; it exports %q", e.Have)
}

// Name is the function's name, as it was asked for.
func (f *Func) Name() string { return f.f.Name }

// Type is the function's type.
func (f *Func) Type() *FuncType {
	if f.f.Type != nil {
		return f.f.Type.FuncType // with the resource types that values have
	}
	return f.t.Func.FuncType
}

// Call calls the function with a value for each parameter, and returns its
// result: none or one. [FuncOf] is easier where the type is known. For streams
// and futures see [EndValue].
func (f *Func) Call(ctx context.Context, args ...Value) ([]Value, error) {
	if f.f.Host != nil {
		return nil, fmt.Errorf("%s is a function of the host, which the component imports and exports again: call it in Go", f.Name())
	}
	if n := len(f.Type().Params); len(args) != n {
		return nil, fmt.Errorf("%s takes %d arguments, but it was given %d: its type is %s", f.Name(), n, len(args), f.Type().Short())
	}
	if err := notInterrupted(ctx); err != nil {
		return nil, f.in.explain(err)
	}
	results, err := govalue.Invoke(ctx, f.f, args)
	return results, f.in.explain(err)
}

// FuncOf is an exported function as a function in Go, of a type F such as
//
//	func(ctx context.Context, id uint32, hint string) (Person, error)
//
// Its parameters are an optional context.Context and a Go type for each
// parameter; its results are a Go type for the result, if there is one, and an
// error. The types are checked here, and an error says which part differs:
//
//	bool, u8 to s64, f32, f64   bool, uint8 to int64, float32, float64
//	char, string                rune, string
//	list<T>                     []T; [N]T for a list of fixed length
//	record, tuple               a struct; fields have the names of the record's
//	                            (first-name is FirstName) or a tag `wit:"name"`
//	option<T>                   *T
//	result<T, E>                as the result of a function (T, error), where
//	                            the error is an *ErrorValue; elsewhere
//	                            Result[T, E]
//	variant                     a struct with a pointer for each case
//	enum                        an integer or a string
//	flags                       a struct of bools, or an unsigned integer
//	map<K, V>                   map[K]V
//	own, borrow                 *Handle, or the type of a resource of the host
//	stream<u8>                  io.ReadCloser or io.Reader
//	stream<T>, stream           *Stream[T], *Stream[struct{}]
//	future<T>, future           *Future[T], *Future[struct{}]
//	error-context               *ErrorContext
//
// A Value can stand for any type.
//
// A reader that is given as a stream<u8> is read on a goroutine of its own
// while the guest waits for it, and closed when nobody reads any more if it is
// an io.Closer. Nil, a stream that was given away before, and one that is given
// twice are errors, and the guest is not called.
//
// The function is called like any other, whether the component's function is
// async or not; see [Instance] for what happens at the same time.
func FuncOf[F any](in *Instance, name string) (F, error) {
	var none F
	f, err := in.Func(name)
	if err != nil {
		return none, err
	}
	fn, err := govalue.BindExport(reflect.TypeFor[F](), f.f, in.explain)
	if err != nil {
		return none, fmt.Errorf("%s: %w", name, err)
	}
	return fn.Interface().(F), nil
}
