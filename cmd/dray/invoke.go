package main

// This file is "dray run" for components.

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/value/wave"
	"github.com/dray-wasm/dray/wasi"
)

// startComponent runs a command, or calls the function that --invoke names.
func (o *runOptions) startComponent(ctx context.Context, c *dray.Component, cfg wasi.Config, args []string) error {
	if len(o.listen) > 0 || o.listenFDs {
		return usage("%s: this is a component, which opens its sockets itself: in place of -S tcplisten and -S listenfd write -S allow-net=tcp:bind:HOST:PORT", c.Name())
	}
	l, err := o.componentLinker(c)
	if err != nil {
		return err
	}
	if o.invoke != "" {
		return o.finishComponent(c.Name(), o.callComponent(ctx, l, c, cfg, args))
	}
	code, err := wasi.RunLinked(ctx, l, c, cfg)
	if err == nil && code != 0 {
		return exitStatus{code: int(code)}
	}
	return o.finishComponent(c.Name(), err)
}

// componentLinker is what there is for the imports of a component.
func (o *runOptions) componentLinker(c *dray.Component) (*dray.Linker, error) {
	l := c.Runtime().NewLinker()
	if o.cli && o.common {
		if err := wasi.Link(l); err != nil {
			return nil, err
		}
	}
	if o.unknownTrap {
		return l, l.Traps(c)
	}
	return l, nil
}

// finishComponent says what kept a component from running to its end, and how
// to go on.
func (o *runOptions) finishComponent(name string, err error) error {
	var exit *wasi.ExitError
	var missing *dray.ImportError
	var notCommand *wasi.CommandError
	switch {
	case errors.As(err, &exit):
		return exitStatus{code: int(exit.Code)}
	case errors.As(err, &missing):
		return fmt.Errorf("%w\nwith -W unknown-imports-trap they trap when they are called", err)
	case errors.As(err, &notCommand) && notCommand.Service:
		return fmt.Errorf("%w; \"dray serve %s\" serves it", err, name)
	case errors.As(err, &notCommand) && len(notCommand.Exports) > 0:
		return fmt.Errorf("%w; call one with --invoke 'NAME(ARGS)'", err)
	}
	return finish(name, err)
}

// callComponent instantiates a component and calls a function of it.
func (o *runOptions) callComponent(ctx context.Context, l *dray.Linker, c *dray.Component, cfg wasi.Config, args []string) (err error) {
	cfg.Args = cfg.Args[:1]
	in, err := wasi.Instantiate(ctx, l, c, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	return wasi.Exited(o.invokeComponent(ctx, in, args))
}

// invokeComponent calls a function and prints its result in WAVE.
func (o *runOptions) invokeComponent(ctx context.Context, in *dray.Instance, args []string) error {
	src := o.invoke
	if !strings.Contains(src, "(") {
		src += "(" + strings.Join(args, ", ") + ")"
	} else if len(args) > 0 {
		return usage("the arguments are in --invoke already, but %d more are given behind the file", len(args))
	}
	call, err := wave.ParseCall(src)
	if err != nil {
		return invokeError(src, err)
	}
	f, err := in.Func(call.String())
	if err != nil {
		return err
	}
	values, err := call.Args(f.Type().Params)
	if err != nil {
		return invokeError(src, err)
	}
	results, err := f.Call(ctx, values...)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.As(err, new(*dray.Trap)) {
		return &dray.Trap{Kind: engine.TrapInterrupted, Err: cause} // the call was cancelled
	}
	if err != nil {
		return err
	}
	for _, r := range results {
		if _, err := fmt.Println(r); err != nil {
			return fmt.Errorf("the result cannot be written: %w", err)
		}
	}
	return nil
}

// invokeError is an error in a call as it was written.
func invokeError(src string, err error) error {
	return usage("--invoke: %s", strings.TrimRight(diag.Excerpt([]byte(src), err), "\n"))
}
