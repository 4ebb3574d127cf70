// Package wasi gives guests the WebAssembly System Interface: files, streams,
// clocks, random bytes and sockets, and nothing that they were not handed.
//
// [Run] runs a command from start to exit. [Link] and [Instantiate] are its
// parts, for programs that want to add imports of their own or call exports of
// a reactor.
package wasi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/random"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	"github.com/dray-wasm/dray/wasi/internal/p1"
)

// Config is what a guest is given. The zero value gives it nothing: no
// arguments, no files, an empty standard input, output that goes nowhere; time
// and random bytes are those of the system.
type Config struct {
	// Args are the arguments; Args[0] is the program's name.
	Args []string
	// Env are the environment variables, each "NAME=value".
	Env []string
	// Stdin is read by the guest. An *os.File is waited on by its descriptor;
	// any other reader is read by a goroutine once the guest wants input, which
	// ends when its Read returns. The reader is not closed.
	Stdin io.Reader
	// Stdout and Stderr are written by the guest.
	Stdout, Stderr io.Writer
	// Dirs are the directories that the guest can open.
	Dirs []Dir
	// Listeners are sockets from which the guest can accept connections. They
	// follow the standard streams as file descriptors 3 and up, before Dirs.
	Listeners []net.Listener
	// Clock tells the time; nil means the system's.
	Clock clock.Clock
	// Random gives random bytes; nil means the system's.
	Random random.Source
	// MaxDescriptors bounds the descriptors that are open at a time; 0 means
	// [DefaultMaxDescriptors].
	MaxDescriptors int
}

// DefaultMaxDescriptors is how many descriptors a guest may have open at a
// time when its Config does not say.
const DefaultMaxDescriptors = p1.DefaultMaxDescriptors

// A Dir is a directory that a guest is given.
type Dir struct {
	// Guest is the name under which the guest finds it: "/", "data", "/tmp".
	Guest string
	// FS is the directory; see package fs for what it can be. It is not closed
	// with the guest.
	FS fs.Dir
}

// HostDir opens a directory of the operating system to be given to a guest.
// Close its FS when no guest uses it any more.
func HostDir(host, guest string, access fs.Access) (Dir, error) {
	d, err := fs.OpenDir(host, access)
	if err != nil {
		return Dir{}, err
	}
	return Dir{Guest: guest, FS: d}, nil
}

// state is the WASI state of an instance.
var state = dray.NewStateKey[*p1.State]()

var preview1 = dray.NewHostModule(p1.Module, p1.Funcs(state.Of)...)

// Link defines the imports of WASI in a linker. Instances that import them
// must be made with [Instantiate].
func Link(l *dray.ModuleLinker) error {
	l.Hint(p1.Unstable, `"wasi_unstable" is WASI as it was before 2020 (snapshot 0). Its functions look like those of wasi_snapshot_preview1, `+
		`but structures differ, so that it cannot stand in for it: build the program again with a current toolchain.`)
	l.Hint("wasi", `"wasi" "thread-spawn" is of wasm32-wasip1-threads, which this version of dray does not run.`)
	return l.Define(preview1)
}

// Instantiate makes an instance with a WASI state of its own, which is closed
// with the instance. The _initialize of a reactor is called: a module that
// exports it and no _start. See [Run] for commands.
func Instantiate(ctx context.Context, l *dray.ModuleLinker, m *dray.Module, cfg Config, opts ...dray.Option) (*dray.ModuleInstance, error) {
	st, closeState, err := newState(cfg)
	if err != nil {
		return nil, err
	}
	opts = append([]dray.Option{state.With(st), dray.OnClose(closeState)}, opts...)
	in, err := l.Instantiate(ctx, m, opts...)
	if err != nil {
		return nil, Exited(err)
	}
	if exports(m, "_initialize") && !exports(m, "_start") {
		if err := callVoid(ctx, in, "_initialize"); err != nil {
			in.Close()
			return nil, err
		}
	}
	return in, nil
}

// newState makes the WASI state for a Config, and what closes it and the
// streams that were made for it.
func newState(cfg Config) (st *p1.State, closeAll func() error, err error) {
	std := []*stdio.Stream{stdio.FromReader(cfg.Stdin), stdio.FromWriter(cfg.Stdout), stdio.FromWriter(cfg.Stderr)}
	c := p1.Config{
		Args: cfg.Args, Env: cfg.Env, Stdin: std[0], Stdout: std[1], Stderr: std[2],
		Listeners: cfg.Listeners, Clock: cfg.Clock, Random: cfg.Random,
		Limits: p1.Limits{MaxDescriptors: cfg.MaxDescriptors},
	}
	for _, d := range cfg.Dirs {
		c.Preopens = append(c.Preopens, p1.Preopen{Guest: d.Guest, Dir: d.FS})
	}
	st, err = p1.New(c)
	closeAll = func() (err error) {
		if st != nil {
			err = st.Close()
		}
		for _, s := range std {
			err = errors.Join(err, s.Close())
		}
		return err
	}
	if err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	return st, closeAll, nil
}

// Run runs a command: it instantiates the module, calls its _start, and
// closes everything. It returns the guest's exit status: 0 when _start
// returned, else what the guest exited with. The error is what kept the guest
// from running to its end: a *[dray.LinkError], a *[dray.Trap] (its cause is
// ctx's when that ended), or what is wrong with cfg.
func Run(ctx context.Context, m *dray.Module, cfg Config, opts ...dray.Option) (exit uint32, err error) {
	if err := command(m); err != nil {
		return 0, err
	}
	l := m.Runtime().NewModuleLinker()
	if err := Link(l); err != nil {
		return 0, err
	}
	return RunLinked(ctx, l, m, cfg, opts...)
}

// RunLinked is [Run] with a linker in which [Link] was called, for commands
// that import more than WASI.
func RunLinked(ctx context.Context, l *dray.ModuleLinker, m *dray.Module, cfg Config, opts ...dray.Option) (exit uint32, err error) {
	if err := command(m); err != nil {
		return 0, err
	}
	in, err := Instantiate(ctx, l, m, cfg, opts...)
	if err == nil {
		err = callVoid(ctx, in, "_start")
		defer in.Close()
	}
	var e *ExitError
	if errors.As(err, &e) {
		return e.Code, nil
	}
	return 0, err
}

// command tells why a module is not a command.
func command(m *dray.Module) error {
	if exports(m, "_start") {
		return nil
	}
	what := "it exports no functions"
	var names []string
	for _, e := range m.Exports() {
		if e.Type.Func != nil {
			names = append(names, e.Name)
		}
	}
	if len(names) > 0 {
		what = "it exports the functions " + strings.Join(names, ", ")
	}
	kind := "the module is not a command"
	if exports(m, "_initialize") {
		kind = "the module is a reactor, not a command"
	}
	return &CommandError{fmt.Sprintf("%s: it does not export _start; %s", kind, what)}
}

func exports(m *dray.Module, name string) bool {
	_, ok := m.Syntax().Export(name)
	return ok
}

// A CommandError is a module that is not a command.
type CommandError struct{ msg string }

func (e *CommandError) Error() string { return e.msg }

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

// An ExitError is a guest that exited while Go called one of its functions.
// [Run] returns the status as a value instead.
type ExitError struct{ Code uint32 }

func (e *ExitError) Error() string { return fmt.Sprintf("the guest exited with status %d", e.Code) }

// Exited makes the error of a call an *[ExitError] where the guest exited, for
// programs that call exports themselves.
func Exited(err error) error {
	var e *exit.Exit
	if errors.As(err, &e) {
		return &ExitError{e.Code}
	}
	return err
}
