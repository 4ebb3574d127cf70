package wasi

// This file is components: WASI 0.2 and 0.3.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/valtype"
	p2app "github.com/dray-wasm/dray/wasi/gen/p2/app"
	p3app "github.com/dray-wasm/dray/wasi/gen/p3/app"
	"github.com/dray-wasm/dray/wasi/internal/guest"
	"github.com/dray-wasm/dray/wasi/internal/state"
)

// stateKey is the WASI state of an instance.
var stateKey = dray.NewStateKey[*state.State]()

// Link defines the interfaces of WASI 0.2 and 0.3 in a linker of components.
// Instances made with [Instantiate] or [WithConfig] have what their Config says;
// others have nothing, as with the zero Config.
func Link(l *dray.Linker) error { return state.Link(l, stateKey.From) }

// flushTime is how long closing an instance waits for what the guest wrote to
// be written.
const flushTime = time.Second

// WithConfig gives one instance what cfg says, where the instance is made by a
// [dray.Prepared] or a [dray.Pool]; make a new Option for each. It is closed
// with the instance, which waits a second at most for what the guest wrote to be
// written.
//
// Functions of the host find it as [Link]'s do: instances that are linked with
// each other share that of the first of them.
func WithConfig(cfg Config) (dray.Option, error) {
	st, opt, err := NewState(cfg)
	if err != nil {
		return nil, err
	}
	return both(opt, dray.OnClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), flushTime)
		defer cancel()
		if st.Flush(ctx) != nil {
			return fmt.Errorf("what the guest wrote was not written within %v", flushTime)
		}
		return nil
	})), nil
}

// NewState is [WithConfig] for the packages of this module that work on a
// guest's state themselves, and flush it.
func NewState(cfg Config) (*state.State, dray.Option, error) {
	if len(cfg.Listeners) > 0 {
		return nil, nil, errors.New("Config.Listeners are for core modules: a component opens sockets itself, as Config.Network allows")
	}
	std := cfg.streams()
	c := guest.Config{
		Args: cfg.Args, Env: cfg.Env, Stdin: std[0], Stdout: std[1], Stderr: std[2],
		Preopens: cfg.preopens(), Clock: cfg.Clock, Timezone: cfg.Timezone, Random: cfg.Random,
		Network: cfg.Network, Config: cfg.Config, KeyValue: cfg.KeyValue, Log: cfg.Log,
		Limits: guest.Limits{MaxOpen: cfg.Limits.Descriptors},
	}
	if cfg.HTTP != nil {
		c.HTTP = cfg.HTTP
	}
	st, err := state.New(&c)
	if err != nil {
		return nil, nil, errors.Join(err, std.close())
	}
	closed := dray.OnClose(func() error { return errors.Join(st.Close(), std.close()) })
	return st, both(stateKey.With(st), both(closed, dray.WithLimits(cfg.Limits))), nil
}

func (c *Config) preopens() []guest.Preopen {
	list := make([]guest.Preopen, len(c.Dirs))
	for i, d := range c.Dirs {
		list[i] = guest.Preopen{Guest: d.Guest, Dir: d.FS}
	}
	return list
}

// both is two options as one.
func both[C any](a, b func(C)) func(C) { return func(c C) { a(c); b(c) } }

// Instantiate makes an instance of a component with what cfg says, which is
// closed with the instance. See [Run] for commands.
func Instantiate(ctx context.Context, l *dray.Linker, c *dray.Component, cfg Config, opts ...dray.Option) (*dray.Instance, error) {
	opt, err := WithConfig(cfg)
	if err != nil {
		return nil, err
	}
	in, err := l.Instantiate(ctx, c, append([]dray.Option{opt}, opts...)...)
	if err != nil {
		return nil, Exited(err)
	}
	return in, nil
}

// Run runs a command that is a component: it instantiates the component, calls
// its wasi:cli/run, waits until the tasks that it left going on have ended and
// what it wrote is written, and closes everything. Of a component that exports
// the run of 0.2 and that of 0.3 the latter is called. It returns the guest's exit
// status: 0 when run returned, 1 when it returned an error, else what the guest
// exited with. The error is what kept the guest from running to its end: a
// *[dray.ImportError], a *[dray.Trap] (its cause is ctx's when that ended), a
// *[CommandError], or what is wrong with cfg.
func Run(ctx context.Context, c *dray.Component, cfg Config, opts ...dray.Option) (exit uint32, err error) {
	if _, err := command(c); err != nil {
		return 0, err
	}
	l := c.Runtime().NewLinker()
	if err := Link(l); err != nil {
		return 0, err
	}
	return RunLinked(ctx, l, c, cfg, opts...)
}

// RunLinked is [Run] with a linker in which [Link] was called, for commands
// that import more than WASI.
func RunLinked(ctx context.Context, l *dray.Linker, c *dray.Component, cfg Config, opts ...dray.Option) (exit uint32, err error) {
	run, err := command(c)
	if err != nil {
		return 0, err
	}
	st, opt, err := NewState(cfg)
	if err != nil {
		return 0, err
	}
	in, err := l.Instantiate(ctx, c, append([]dray.Option{opt}, opts...)...)
	if err != nil {
		return status(err)
	}
	defer in.Close()
	exit, err = status(run(ctx, in))
	if flushErr := st.Flush(ctx); err == nil {
		err = flushErr
	}
	return exit, err
}

// run2 calls wasi:cli/run 0.2.
func run2(ctx context.Context, in *dray.Instance) error {
	x, err := p2app.NewRun(in)
	if err != nil {
		return err
	}
	return x.Run(ctx)
}

// run3 calls wasi:cli/run 0.3, and waits for what it leaves going on.
func run3(ctx context.Context, in *dray.Instance) error {
	x, err := p3app.NewRun(in)
	if err != nil {
		return err
	}
	err = x.Run(ctx)
	if err == nil || isFailure(err) {
		if end := in.Wait(ctx); end != nil {
			err = end
		}
	}
	return interrupted(ctx, err)
}

// interrupted makes the trap of what became of a call whose context has ended,
// whichever way the guest took that.
func interrupted(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	if err == nil || cause == nil || errors.As(Exited(err), new(*ExitError)) {
		return err
	}
	var trap *dray.Trap
	switch {
	case !errors.As(err, &trap):
		return &dray.Trap{Kind: engine.TrapInterrupted, Err: cause} // it was cancelled
	case trap.Kind != engine.TrapInterrupted:
		return &dray.Trap{Kind: engine.TrapInterrupted, Err: fmt.Errorf("%w; the guest, told of it: %w", cause, err)}
	}
	return err
}

// isFailure tells whether run returned its error.
func isFailure(err error) bool {
	var failed bind.Error[bind.None]
	return errors.As(err, &failed)
}

// status is the exit status of a guest that ended with err.
func status(err error) (uint32, error) {
	var e *ExitError
	switch {
	case errors.As(Exited(err), &e):
		return e.Code, nil
	case isFailure(err):
		return 1, nil
	}
	return 0, err
}

// What a command exports, and what components that answer HTTP requests do.
const (
	run2Interface     = "wasi:cli/run@0.2.12"
	run3Interface     = "wasi:cli/run@0.3.0"
	service2Interface = "wasi:http/incoming-handler@0.2.12"
	service3Interface = "wasi:http/handler@0.3.0"
)

// command is how a command is run, or tells why a component is not one.
//
// Services of 0.3 that have a standard library of 0.2 have its run, too, which
// is no program.
func command(c *dray.Component) (run func(context.Context, *dray.Instance) error, err error) {
	exports := c.Exports()
	service3 := exportsInterface(exports, service3Interface)
	switch {
	case exportsInterface(exports, run3Interface):
		return run3, nil
	case exportsInterface(exports, run2Interface) && !service3:
		return run2, nil
	}
	service := service3 || exportsInterface(exports, service2Interface)
	e := &CommandError{Name: c.Name(), Service: service, what: "the component is not a command: it does not export wasi:cli/run"}
	if service {
		e.what = "the component answers HTTP requests and is not a command: it does not export wasi:cli/run"
	}
	if service3 {
		e.what += "@0.3.0"
	}
	for _, x := range exports {
		if x.Kind == dray.ExternFunc {
			e.Exports = append(e.Exports, x.Name)
		}
		for _, y := range x.Exports {
			if x.Kind == dray.ExternInstance && y.Kind == dray.ExternFunc {
				e.Exports = append(e.Exports, x.Name+"#"+y.Name)
			}
		}
	}
	return nil, e
}

// exportsInterface tells whether an interface is exported, in a version that
// goes for the one asked for.
func exportsInterface(exports []dray.Extern, name string) bool {
	var names []string
	for _, x := range exports {
		if x.Kind == dray.ExternInstance {
			names = append(names, x.Name)
		}
	}
	_, ok := valtype.MatchName(name, names)
	return ok
}
