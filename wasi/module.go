package wasi

// This file is core modules: wasi_snapshot_preview1.

import (
	"context"
	"errors"
	"fmt"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi/internal/p1"
)

// moduleState is the WASI state of a module's instance.
var moduleState = dray.NewStateKey[*p1.State]()

var preview1 = dray.NewHostModule(p1.Module, p1.Funcs(moduleState.Of)...)

// LinkModule defines the imports of WASI in a linker of core modules. Instances
// that import them must be made with [InstantiateModule].
func LinkModule(l *dray.ModuleLinker) error {
	l.Hint(p1.Unstable, `"wasi_unstable" is WASI as it was before 2020 (snapshot 0). Its functions look like those of wasi_snapshot_preview1, `+
		`but structures differ, so that it cannot stand in for it: build the program again with a current toolchain.`)
	return errors.Join(l.Define(preview1), l.Define(threadSpawn))
}

// InstantiateModule makes an instance with a WASI state of its own, which is
// closed with the instance. So are the threads that a module built for
// wasm32-wasip1-threads starts. The _initialize of a reactor is called: a module
// that exports it and no _start. See [RunModule] for commands.
func InstantiateModule(ctx context.Context, l *dray.ModuleLinker, m *dray.Module, cfg Config, opts ...dray.Option) (*dray.ModuleInstance, error) {
	p, err := newProgram(ctx, context.WithoutCancel(ctx), l, m, cfg, opts)
	if err != nil {
		return nil, err
	}
	if moduleExports(m, "_initialize") && !moduleExports(m, "_start") {
		if err := callVoid(ctx, p.ModuleInstance, "_initialize"); err != nil {
			p.Close()
			return nil, err
		}
	}
	return p.ModuleInstance, nil
}

// newModuleState makes the WASI state for a Config, and what closes it and the
// streams that were made for it.
func newModuleState(cfg Config) (st *p1.State, closeAll func() error, err error) {
	std := cfg.streams()
	c := p1.Config{
		Args: cfg.Args, Env: cfg.Env, Stdin: std[0], Stdout: std[1], Stderr: std[2],
		Listeners: cfg.Listeners, Clock: cfg.Clock, Random: cfg.Random,
		Limits: p1.Limits{MaxDescriptors: cfg.Limits.Descriptors},
	}
	for _, d := range cfg.Dirs {
		c.Preopens = append(c.Preopens, p1.Preopen{Guest: d.Guest, Dir: d.FS})
	}
	st, err = p1.New(c)
	if err != nil {
		return nil, nil, errors.Join(err, std.close())
	}
	return st, func() error { return errors.Join(st.Close(), std.close()) }, nil
}

// RunModule runs a command that is a core module: it instantiates the module,
// calls its _start, and closes everything. It returns the guest's exit status:
// 0 when _start returned, else what the guest exited with. The error is what
// kept the guest from running to its end: a *[dray.LinkError], a *[dray.Trap]
// (its cause is ctx's when that ended), a *[CommandError], or what is wrong
// with cfg.
func RunModule(ctx context.Context, m *dray.Module, cfg Config, opts ...dray.Option) (exit uint32, err error) {
	if err := moduleCommand(m); err != nil {
		return 0, err
	}
	l := m.Runtime().NewModuleLinker()
	if err := LinkModule(l); err != nil {
		return 0, err
	}
	return RunModuleLinked(ctx, l, m, cfg, opts...)
}

// RunModuleLinked is [RunModule] with a linker in which [LinkModule] was
// called, for commands that import more than WASI.
func RunModuleLinked(ctx context.Context, l *dray.ModuleLinker, m *dray.Module, cfg Config, opts ...dray.Option) (exit uint32, err error) {
	if err := moduleCommand(m); err != nil {
		return 0, err
	}
	p, err := newProgram(ctx, ctx, l, m, cfg, opts)
	if err == nil {
		err = p.run(ctx, "_start")
		defer p.Close()
	}
	var e *ExitError
	if errors.As(err, &e) {
		return e.Code, nil
	}
	return 0, err
}

// moduleCommand tells why a module is not a command.
func moduleCommand(m *dray.Module) error {
	if moduleExports(m, "_start") {
		return nil
	}
	e := &CommandError{Name: m.Name(), what: "the module is not a command: it does not export _start"}
	if moduleExports(m, "_initialize") {
		e.what = "the module is a reactor, not a command: it does not export _start"
	}
	for _, x := range m.Exports() {
		if x.Type.Func != nil {
			e.Exports = append(e.Exports, x.Name)
		}
	}
	return e
}

func moduleExports(m *dray.Module, name string) bool {
	_, ok := m.Syntax().Export(name)
	return ok
}

// callVoid calls an export without parameters and results.
func callVoid(ctx context.Context, in *dray.ModuleInstance, name string) error {
	f, err := in.Func(name)
	if err != nil {
		return err
	}
	if t := f.Type(); len(t.Params)+len(t.Results) > 0 {
		return fmt.Errorf("the export %q must have the type (func), but has the type (func %v)", name, t)
	}
	return Exited(f.Call(ctx, nil))
}
