package wasi

// This file is components: WASI 0.2.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasi/gen/p2/app"
	"github.com/dray-wasm/dray/wasi/internal/p2"
	"github.com/dray-wasm/dray/wasi/internal/p2/filesystem"
)

// state is the WASI state of an instance.
var state = dray.NewStateKey[*p2.State]()

// stateOf finds the state of the guest that calls.
func stateOf(ctx context.Context) *p2.State {
	if st := state.From(ctx); st != nil {
		return st
	}
	return p2.Empty()
}

// Link defines the interfaces of WASI 0.2 in a linker of components. Instances
// made with [Instantiate] or [WithConfig] have what their Config says; others
// have nothing, as with the zero Config.
func Link(l *dray.Linker) error { return p2.Link(l, stateOf) }

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
func NewState(cfg Config) (*p2.State, dray.Option, error) {
	if len(cfg.Listeners) > 0 {
		return nil, nil, errors.New("Config.Listeners are for core modules: a component opens sockets itself, as Config.Network allows")
	}
	std := cfg.streams()
	c := p2.Config{
		Args: cfg.Args, Env: cfg.Env, Stdin: std[0], Stdout: std[1], Stderr: std[2],
		Preopens: cfg.preopens(), Clock: cfg.Clock, Timezone: cfg.Timezone, Random: cfg.Random,
		Network: cfg.Network, Config: cfg.Config, KeyValue: cfg.KeyValue, Log: cfg.Log,
		Limits: p2.Limits{MaxOpen: cfg.Limits.Descriptors},
	}
	if cfg.HTTP != nil {
		c.HTTP = cfg.HTTP
	}
	st, err := p2.New(c)
	if err != nil {
		return nil, nil, errors.Join(err, std.close())
	}
	closed := dray.OnClose(func() error { return errors.Join(st.Close(), std.close()) })
	return st, both(state.With(st), both(closed, dray.WithLimits(cfg.Limits))), nil
}

func (c *Config) preopens() []filesystem.Preopen {
	list := make([]filesystem.Preopen, len(c.Dirs))
	for i, d := range c.Dirs {
		list[i] = filesystem.Preopen{Guest: d.Guest, Dir: d.FS}
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
// its wasi:cli/run, waits for what it wrote to be written, and closes
// everything. It returns the guest's exit status: 0 when run returned, 1 when it
// returned an error, else what the guest exited with. The error is what kept
// the guest from running to its end: a *[dray.ImportError], a *[dray.Trap] (its
// cause is ctx's when that ended), a *[CommandError], or what is wrong with cfg.
func Run(ctx context.Context, c *dray.Component, cfg Config, opts ...dray.Option) (exit uint32, err error) {
	if err := command(c); err != nil {
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
	if err := command(c); err != nil {
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

// run calls wasi:cli/run.
func run(ctx context.Context, in *dray.Instance) error {
	x, err := app.NewRun(in)
	if err != nil {
		return err
	}
	return x.Run(ctx)
}

// status is the exit status of a guest that ended with err.
func status(err error) (uint32, error) {
	var e *ExitError
	var failed bind.Error[bind.None]
	switch {
	case errors.As(Exited(err), &e):
		return e.Code, nil
	case errors.As(err, &failed):
		return 1, nil
	}
	return 0, err
}

// runInterface is what a command exports, serviceInterface what a component
// exports that answers HTTP requests.
const (
	runInterface     = "wasi:cli/run@0.2.12"
	serviceInterface = "wasi:http/incoming-handler@0.2.12"
)

// command tells why a component is not a command.
func command(c *dray.Component) error {
	exports := c.Exports()
	if exportsInterface(exports, runInterface) {
		return nil
	}
	e := &CommandError{Name: c.Name(), what: "the component is not a command: it does not export wasi:cli/run"}
	if e.Service = exportsInterface(exports, serviceInterface); e.Service {
		e.what = "the component answers HTTP requests and is not a command: it does not export wasi:cli/run"
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
	return e
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
