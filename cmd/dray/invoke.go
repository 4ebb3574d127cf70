package main

// This file is "dray run" for components.

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value/wave"
)

// startComponent calls the function of a component that --invoke names.
func (o *runOptions) startComponent(ctx context.Context, c *dray.Component, args []string) error {
	if o.invoke == "" {
		return fmt.Errorf("%s: this is a component, and this version of dray has no WASI for components yet; call one of its functions with --invoke 'NAME(ARGS)'", c.Name())
	}
	l := c.Runtime().NewLinker()
	if o.unknownTrap {
		if err := l.Traps(c); err != nil {
			return err
		}
	}
	in, err := l.Instantiate(ctx, c, dray.WithLimits(dray.Limits{MemoryBytes: o.maxMemory}))
	var missing *dray.ImportError
	if errors.As(err, &missing) {
		return fmt.Errorf("%w\nwith -W unknown-imports-trap they trap when they are called", err)
	}
	if err != nil {
		return finish(c.Name(), err)
	}
	defer in.Close()
	return finish(c.Name(), o.invokeComponent(ctx, in, args))
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
