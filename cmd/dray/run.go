package main

// This file is "dray run".

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
)

// runOptions is what "dray run" was told.
type runOptions struct {
	dirs   []string
	env    []string
	argv0  string
	invoke string

	wasm, wasi, codegen group
	grants              grants

	timeout                                           time.Duration
	maxMemory                                         uint64
	maxTable                                          uint64
	maxStack                                          uint64
	fuel                                              uint64
	trapGrow                                          bool
	threads                                           bool
	maxThreads                                        uint64
	maxInstances, maxHandles, maxCopy, maxDescriptors uint64
	inheritEnv                                        bool
	listen                                            []string
	listenFDs                                         bool
	cli, common                                       bool
	cache                                             bool
	cacheDir                                          string
	interruptible                                     bool
	unknownTrap                                       bool
}

func newRunCommand() *cobra.Command {
	o := &runOptions{cli: true, common: true, cache: true, threads: true}
	o.makeGroups()
	cmd := &cobra.Command{
		Use:   "run [options] FILE [ARGS...]",
		Short: "Run a program",
		Long: `Run a program built for wasm32-wasip1, wasm32-wasip1-threads,
wasm32-wasip2 or wasm32-wasip3.
FILE is a module or a component, or "-" for standard input; everything behind it
is for the program. The program sees its arguments and standard streams, and
nothing else that it is not given.

The exit status is the program's own; of a module up to 125, a larger one gives
1. A trap or a timeout gives 134, an error of dray's own 1, and a mistake in the
options 2.

The network is closed until it is granted. A GRANT says what may be done with
which addresses, PROTOCOL:DIRECTION:HOST:PORT:

  tcp:connect:example.com:443         udp:bind:127.0.0.1:*
  tcp:connect:*.example.com:443       *:connect:10.0.0.0/8:8000-8999
  tcp:bind:[::1]:8080                 resolve:example.com

Of a component, --invoke calls an exported function. Its arguments are written
in WAVE, the text form of component values, and so is its result:

  --invoke 'docs:people/registry.find(7, "ann")'

Version, package and interface of the name may be left out where that is not
ambiguous; the arguments may also be given one by one, as ARGS.

With runner = "dray run" in .cargo/config.toml, "cargo run --target wasm32-wasip2"
and "cargo test" use it.`,
		Example: `  dray run app.wasm one two
  dray run --dir . --env HOME=/ app.wasm
  dray run --dir data::/data:ro --dir /tmp app.wasm
  dray run -W timeout=5s,max-memory-size=64M app.wasm
  dray run -S allow-net=tcp:connect:example.com:443 client.wasm
  dray run -S allow-http=api.example.com --config region=eu app.wasm
  dray run -S tcplisten=127.0.0.1:8080 module.wasm
  dray run --invoke add lib.wasm 1 2
  dray run --invoke 'greet("world")' component.wasm`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeModules,
		RunE: func(cmd *cobra.Command, args []string) error {
			if helpAsked(&o.wasm, &o.wasi, &o.codegen) {
				return nil
			}
			if len(args) == 0 {
				return usage("no FILE was given; see \"dray run --help\"")
			}
			return o.run(cmd.Context(), args[0], args[1:])
		},
	}
	f := cmd.Flags()
	f.SetInterspersed(false)
	f.StringArrayVar(&o.dirs, "dir", nil, "give the program a directory: `HOST[::GUEST][:ro]`")
	f.StringArrayVar(&o.env, "env", nil, "set an environment variable: `NAME[=VALUE]`; without a value, the one it has here")
	f.StringVar(&o.argv0, "argv0", "", "the program's `NAME` as it sees it itself (default: FILE without its folder)")
	f.StringVar(&o.invoke, "invoke", "", "call an exported function and print its results: `NAME` with ARGS, or for a component 'NAME(ARGS)'")
	f.Uint64Var(&o.maxThreads, "max-threads", 0, "let a module have at most `N` threads at a time, besides its main one (default 1024; none with -S threads=n)")
	o.grants.flags(f)
	f.VarP(groupFlag{&o.wasm}, "wasm", "W", "options of WebAssembly; \"-W help\" lists them")
	f.VarP(groupFlag{&o.wasi}, "wasi", "S", "options of WASI; \"-S help\" lists them")
	f.VarP(groupFlag{&o.codegen}, "codegen", "C", "options of compilation; \"-C help\" lists them")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func (o *runOptions) makeGroups() {
	o.wasm = group{letter: "W", title: "WebAssembly", options: []option{
		duration("timeout", "end the program with a trap after this time", &o.timeout),
		size("max-memory-size", "bound linear memory: growing beyond it fails", &o.maxMemory),
		count("max-table-elements", "bound the elements of all tables: growing beyond it fails", &o.maxTable),
		sizeOrNone("max-wasm-stack", "bound the call stack: recursion beyond it traps; 0 for no limit (default 8M where the code is interruptible)", &o.maxStack),
		count("max-instances", "bound the instances that a component consists of (default 10000)", &o.maxInstances),
		count("max-handles", "bound the handles of each instance of a component (default 1000000)", &o.maxHandles),
		size("max-copied-bytes", "bound the host's memory for the values of one call (default 128M)", &o.maxCopy),
		count("fuel", "end the program with a trap when it has computed N units: rounds of loops, and calls", &o.fuel),
		toggle("trap-on-grow-failure", "trap when a memory or table cannot grow", &o.trapGrow),
		toggle("unknown-imports-trap", "let what a component imports and dray does not have trap when it is called", &o.unknownTrap),
		toggle("interruptible", "compile so that loops can be stopped from outside (implied by timeout, and by threads)", &o.interruptible),
	}}
	o.wasi = group{letter: "S", title: "WASI", options: []option{
		toggle("inherit-env", "give the program all environment variables", &o.inheritEnv),
		text("tcplisten", "ADDR", "give a module a socket that listens on ADDR (repeatable)", func(v string) error {
			o.listen = append(o.listen, v)
			return nil
		}),
		toggle("listenfd", "give a module the sockets that systemd passes (LISTEN_FDS)", &o.listenFDs),
		toggle("threads", "let a module that is built for threads start them (default y)", &o.threads),
		count("max-descriptors", "bound the files, sockets and HTTP bodies that are open at a time (default 10000)", &o.maxDescriptors),
		toggle("cli", "give the program WASI at all (default y)", &o.cli),
		toggle("common", "the same as cli", &o.common),
	}}
	o.wasi.options = append(o.wasi.options, o.grants.options()...)
	o.codegen = group{letter: "C", title: "Compilation", options: []option{
		toggle("cache", "keep compiled code on disk for the next run (default y)", &o.cache),
		text("cache-dir", "DIR", "where compiled code is kept", func(v string) error {
			o.cacheDir = v
			return nil
		}),
	}}
}

// completeModules completes files that look like modules.
func completeModules(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"wasm"}, cobra.ShellCompDirectiveFilterFileExt
}

// run compiles and runs one module.
func (o *runOptions) run(ctx context.Context, file string, args []string) error {
	if ctx == nil {
		ctx = context.Background()
	}
	cfg, closeAll, err := o.config(file, args)
	defer closeAll()
	if err != nil {
		return err
	}
	rc := o.runtime()
	rc.Uninterruptible = o.timeout == 0 && !o.interruptible
	rt, err := dray.NewRuntime(rc)
	if err != nil {
		return err
	}
	defer rt.Close()
	name := file
	var mod *dray.Module
	var comp *dray.Component
	if file == "-" {
		name = "<stdin>"
		mod, comp, err = rt.LoadReader(ctx, name, os.Stdin)
		cfg.Stdin = nil
	} else {
		mod, comp, err = rt.LoadFile(ctx, file)
	}
	if err != nil {
		return err
	}
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("timed out after %v", o.timeout))
		defer cancel()
	}
	if comp != nil {
		return o.startComponent(ctx, comp, cfg, args)
	}
	return o.start(ctx, mod, cfg, args)
}

// start runs a command, or calls the function that --invoke names.
func (o *runOptions) start(ctx context.Context, mod *dray.Module, cfg wasi.Config, args []string) error {
	l := mod.Runtime().NewModuleLinker()
	if o.cli && o.common {
		if err := wasi.LinkModule(l); err != nil {
			return err
		}
	}
	if o.invoke != "" {
		return finish(mod.Name(), o.call(ctx, l, mod, cfg, args))
	}
	code, err := wasi.RunModuleLinked(ctx, l, mod, cfg)
	var notCommand *wasi.CommandError
	if errors.As(err, &notCommand) {
		return fmt.Errorf("%w; call one with --invoke NAME", err)
	}
	if err != nil {
		return finish(mod.Name(), err)
	}
	return exitWith(mod.Name(), code)
}

// runtime is the configuration of the runtime.
func (o *runOptions) runtime() dray.Config {
	return dray.Config{
		NoCache: !o.cache, CacheDir: o.cacheDir, MaxStackBytes: o.maxStack, MaxTableElements: o.maxTable,
		Fuel: o.fuel != 0, TrapOnGrowFailure: o.trapGrow,
	}
}

// sizeOrNone is an option for the limit of call stacks, where 0 means none.
func sizeOrNone(name, help string, to *uint64) option {
	return option{name: name, value: "BYTES", help: help, set: func(v string) (err error) {
		if *to, err = parseSize(v); *to == 0 {
			*to = dray.NoStackLimit
		}
		return err
	}}
}

// limits are those of the instance.
func (o *runOptions) limits() dray.Limits {
	l := dray.Limits{
		MemoryBytes: o.maxMemory, Fuel: o.fuel, CopyBytes: o.maxCopy,
		Instances: number(o.maxInstances), Handles: number(o.maxHandles),
		Descriptors: number(o.maxDescriptors), Threads: number(o.maxThreads),
	}
	if !o.threads {
		l.Threads = -1
	}
	return l
}

// number is the value of an option as an int.
func number(n uint64) int { return int(min(n, math.MaxInt32)) }

// exitWith is the exit status for a guest's.
func exitWith(name string, code uint32) error {
	switch {
	case code == 0:
		return nil
	case code >= 126:
		return exitStatus{1, fmt.Sprintf("%s: invalid exit status %d: a program may exit with 0 to 125", name, code)}
	}
	return exitStatus{code: int(code)}
}

// call calls an export and prints its results, one a line.
func (o *runOptions) call(ctx context.Context, l *dray.ModuleLinker, mod *dray.Module, cfg wasi.Config, args []string) error {
	cfg.Args = cfg.Args[:1]
	in, err := wasi.InstantiateModule(ctx, l, mod, cfg)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := in.Func(o.invoke)
	if err != nil {
		return err
	}
	t := f.Type()
	if len(args) != len(t.Params) {
		return usage("%s: %q takes %d arguments, but %d were given: its type is (func %v)", mod.Name(), o.invoke, len(t.Params), len(args), t)
	}
	values := make([]dray.CoreValue, len(args))
	for i, a := range args {
		if values[i], err = dray.ParseCoreValue(t.Params[i], a); err != nil {
			return usage("argument %d of %q: %v", i+1, o.invoke, err)
		}
	}
	results, err := f.Invoke(ctx, values...)
	for _, r := range results {
		if _, err := fmt.Println(r); err != nil {
			return fmt.Errorf("the results cannot be written: %w", err)
		}
	}
	return wasi.Exited(err)
}

// finish prints a trap with its backtrace and gives its exit status.
func finish(name string, err error) error {
	var exit *wasi.ExitError
	if errors.As(err, &exit) {
		return exitWith(name, exit.Code)
	}
	var trap *dray.Trap
	if !errors.As(err, &trap) {
		if err == nil || strings.HasPrefix(err.Error(), name) {
			return err
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	var b strings.Builder
	if trap.Kind == engine.TrapInterrupted {
		fmt.Fprintf(&b, "%s: %v", name, trap.Err)
	} else {
		fmt.Fprintf(&b, "%s: %v", name, trap)
	}
	if bt := trap.Backtrace(); bt != "" {
		fmt.Fprintf(&b, "\nguest backtrace, innermost function first:\n%s", bt)
	}
	return exitStatus{134, b.String()}
}

// config is what the guest is given. closeAll closes what was opened for it,
// also when there is an error.
func (o *runOptions) config(file string, args []string) (cfg wasi.Config, closeAll func(), err error) {
	var closers []func() error
	closeAll = func() {
		for _, c := range closers {
			c()
		}
	}
	argv0 := o.argv0
	if argv0 == "" {
		argv0 = filepath.Base(file)
	}
	cfg = wasi.Config{
		Limits: o.limits(),
		Args:   append([]string{argv0}, args...),
		Stdin:  os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	if cfg.Env, err = o.environment(); err != nil {
		return cfg, closeAll, err
	}
	for _, spec := range o.dirs {
		host, guest, access, err := parseDir(spec)
		if err != nil {
			return cfg, closeAll, err
		}
		d, err := wasi.HostDir(host, guest, access)
		if err != nil {
			return cfg, closeAll, fmt.Errorf("--dir %s: %w", spec, err)
		}
		closers = append(closers, d.FS.Close)
		cfg.Dirs = append(cfg.Dirs, d)
	}
	cfg.Listeners, err = o.listeners()
	for _, ln := range cfg.Listeners {
		closers = append(closers, ln.Close)
	}
	if err != nil {
		return cfg, closeAll, err
	}
	closeGrants, err := o.grants.give(&cfg)
	closers = append(closers, closeGrants)
	return cfg, closeAll, err
}

// listeners opens the sockets that the guest is given.
func (o *runOptions) listeners() (out []net.Listener, err error) {
	for _, addr := range o.listen {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			return out, fmt.Errorf("-S tcplisten=%s: %w", addr, err)
		}
		out = append(out, ln)
	}
	if !o.listenFDs {
		return out, nil
	}
	passed, err := passedListeners()
	if err != nil {
		return out, fmt.Errorf("-S listenfd: %w", err)
	}
	return append(out, passed...), nil
}

// environment is the guest's environment: what it inherits, then --env in
// order; the last value of a name counts.
func (o *runOptions) environment() (env []string, err error) {
	at := map[string]int{}
	set := func(name, value string) {
		if i, ok := at[name]; ok {
			env[i] = name + "=" + value
			return
		}
		at[name] = len(env)
		env = append(env, name+"="+value)
	}
	if o.inheritEnv {
		for _, kv := range os.Environ() {
			if name, value, ok := strings.Cut(kv, "="); ok && name != "" {
				set(name, value)
			}
		}
	}
	for _, kv := range o.env {
		name, value, given := strings.Cut(kv, "=")
		if name == "" {
			return nil, usage("--env %q: write NAME or NAME=VALUE", kv)
		}
		if !given {
			v, ok := os.LookupEnv(name)
			if !ok {
				continue
			}
			value = v
		}
		set(name, value)
	}
	return env, nil
}

// parseDir reads HOST[::GUEST][:ro].
func parseDir(spec string) (host, guest string, access fs.Access, err error) {
	rest, access := spec, fs.ReadWrite
	if r, ok := strings.CutSuffix(rest, ":ro"); ok {
		rest, access = r, fs.ReadOnly
	} else if r, ok := strings.CutSuffix(rest, ":rw"); ok {
		rest = r
	}
	host, guest, given := strings.Cut(rest, "::")
	if !given {
		guest = host
	}
	if host == "" || guest == "" {
		return "", "", 0, usage("--dir %q: write HOST, HOST::GUEST or HOST::GUEST:ro", spec)
	}
	return host, guest, access, nil
}
