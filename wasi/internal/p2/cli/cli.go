// Package cli is the host's side of wasi:cli 0.2: arguments and environment,
// exit, and the standard streams.
package cli

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/stdio"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/cli"
	gen_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A Config is what a program is started with.
type Config struct {
	// Args are the arguments, Args[0] the program's name.
	Args []string
	// Env are the environment variables, each "NAME=value".
	Env []string
	// InitialCwd is the directory that relative paths begin at; "" is none.
	InitialCwd string
	// Stdin, Stdout and Stderr are the standard streams; nil is empty, and
	// discards. They stay the caller's to close.
	Stdin, Stdout, Stderr *stdio.Stream
}

// maxStrings bounds the bytes of all arguments, and of all variables.
const maxStrings = 64 << 20

// A State is what one program is started with.
type State struct {
	io             *p2io.State
	args           []string
	env            []bind.Tuple2[string, string]
	cwd            *string
	stdin          *stdio.Stream
	stdout, stderr output
}

// An output is a standard output. All handles to it write into one stream, so
// that what the guest writes keeps its order.
type output struct {
	*stdio.Stream
	first *p2io.OutputStream
}

// New makes the state of a guest. It fails where the guest could not be given
// what c says: text that is not UTF-8, a variable without "=", too much.
func New(io *p2io.State, c Config) (*State, error) {
	s := &State{io: io, args: c.Args, stdin: c.Stdin}
	if s.stdin == nil {
		s.stdin = stdio.FromReader(nil)
	}
	s.stdout, s.stderr = s.output(c.Stdout), s.output(c.Stderr)
	if err := checkStrings("argument", c.Args); err != nil {
		return nil, err
	}
	if err := checkStrings("environment variable", c.Env); err != nil {
		return nil, err
	}
	s.env = make([]bind.Tuple2[string, string], len(c.Env))
	for i, v := range c.Env {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("environment variable %d, %q, is not of the form NAME=value", i, v)
		}
		s.env[i] = bind.Tuple2[string, string]{F0: name, F1: value}
	}
	if c.InitialCwd != "" {
		if !utf8.ValidString(c.InitialCwd) {
			return nil, fmt.Errorf("the initial directory %q is not UTF-8", c.InitialCwd)
		}
		s.cwd = &c.InitialCwd
	}
	return s, nil
}

func (s *State) output(to *stdio.Stream) output {
	if to == nil {
		to = stdio.FromWriter(nil)
	}
	out := to.Out
	if to.OSFile() == nil {
		out = p2io.Waiting(out)
	}
	return output{to, s.io.NewOutputStream(out, nil)}
}

// checkStrings tells why a guest cannot be given a list of strings.
func checkStrings(what string, list []string) error {
	total := 0
	for i, v := range list {
		switch {
		case !utf8.ValidString(v):
			return fmt.Errorf("%s %d, %q, is not UTF-8, which is all that WASI can pass on", what, i, v)
		case strings.IndexByte(v, 0) >= 0:
			return fmt.Errorf("%s %d, %q, has a zero byte in it", what, i, v)
		}
		if total += len(v) + 1; total > maxStrings {
			return fmt.Errorf("the %ss have more than %d bytes", what, maxStrings)
		}
	}
	return nil
}

// A Host is the functions of wasi:cli.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.EnvironmentHost    = Host{}
	_ gen.ExitHost           = Host{}
	_ gen.StdinHost          = Host{}
	_ gen.StdoutHost         = Host{}
	_ gen.StderrHost         = Host{}
	_ gen.TerminalStdinHost  = Host{}
	_ gen.TerminalStdoutHost = Host{}
	_ gen.TerminalStderrHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host {
	return gen.Host{
		Environment: h, Exit: h, Stdin: h, Stdout: h, Stderr: h,
		TerminalStdin: h, TerminalStdout: h, TerminalStderr: h,
	}
}

// GetEnvironment is the environment variables.
func (h Host) GetEnvironment(ctx context.Context) ([]bind.Tuple2[string, string], error) {
	return h.Of(ctx).env, nil
}

// GetArguments is the arguments.
func (h Host) GetArguments(ctx context.Context) ([]string, error) { return h.Of(ctx).args, nil }

// InitialCwd is the directory that relative paths begin at.
func (h Host) InitialCwd(ctx context.Context) (*string, error) { return h.Of(ctx).cwd, nil }

// Exit ends the program with status 0 or 1.
func (h Host) Exit(_ context.Context, status bind.Result[bind.None, bind.None]) error {
	if status.IsErr {
		return &exit.Exit{Code: 1}
	}
	return &exit.Exit{}
}

// ExitWithCode ends the program with a status.
func (h Host) ExitWithCode(_ context.Context, code uint8) error {
	return &exit.Exit{Code: uint32(code)}
}

// GetStdin is a handle to the standard input.
func (h Host) GetStdin(ctx context.Context) (gen_io.InputStream, error) {
	s := h.Of(ctx)
	return s.io.NewInputStream(s.stdin.In, nil), nil
}

// GetStdout is a handle to the standard output.
func (h Host) GetStdout(ctx context.Context) (gen_io.OutputStream, error) {
	return h.Of(ctx).stdout.first.Another(), nil
}

// GetStderr is a handle to the standard error.
func (h Host) GetStderr(ctx context.Context) (gen_io.OutputStream, error) {
	return h.Of(ctx).stderr.first.Another(), nil
}

// A terminal is the resources terminal-input and terminal-output. All that
// there is to know of one is that it is there.
type terminal struct{}

// Drop implements gen.TerminalInput and gen.TerminalOutput.
func (terminal) Drop(context.Context) error { return nil }

// GetTerminalStdin is the terminal that the standard input is, or nil.
func (h Host) GetTerminalStdin(ctx context.Context) (gen.TerminalInput, error) {
	if h.Of(ctx).stdin.IsTerminal() {
		return terminal{}, nil
	}
	return nil, nil
}

// GetTerminalStdout is the terminal that the standard output is, or nil.
func (h Host) GetTerminalStdout(ctx context.Context) (gen.TerminalOutput, error) {
	return h.Of(ctx).stdout.terminal(), nil
}

// GetTerminalStderr is the terminal that the standard error is, or nil.
func (h Host) GetTerminalStderr(ctx context.Context) (gen.TerminalOutput, error) {
	return h.Of(ctx).stderr.terminal(), nil
}

func (o output) terminal() gen.TerminalOutput {
	if o.IsTerminal() {
		return terminal{}
	}
	return nil
}
