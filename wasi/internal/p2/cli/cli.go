// Package cli is the host's side of wasi:cli 0.2: arguments and environment,
// exit, and the standard streams.
package cli

import (
	"context"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/stdio"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/cli"
	gen_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	"github.com/dray-wasm/dray/wasi/internal/guest"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A State is what one program is started with.
type State struct {
	io             *p2io.State
	program        *guest.Program
	stdout, stderr output
}

// An output is a standard output. All handles to it write into one stream, so
// that what the guest writes keeps its order.
type output struct {
	*stdio.Stream
	first *p2io.OutputStream
}

// New makes the state of a guest.
func New(io *p2io.State, p *guest.Program) *State {
	s := &State{io: io, program: p}
	s.stdout, s.stderr = s.output(p.Stdout), s.output(p.Stderr)
	return s
}

func (s *State) output(to *stdio.Stream) output {
	out := to.Out
	if to.OSFile() == nil {
		out = p2io.Waiting(out)
	}
	return output{to, s.io.NewOutputStream(out, nil)}
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
	return h.Of(ctx).program.Env, nil
}

// GetArguments is the arguments.
func (h Host) GetArguments(ctx context.Context) ([]string, error) {
	return h.Of(ctx).program.Args, nil
}

// InitialCwd is the directory that relative paths begin at.
func (h Host) InitialCwd(ctx context.Context) (*string, error) { return h.Of(ctx).program.Cwd, nil }

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
	return s.io.NewInputStream(s.program.Stdin.In, nil), nil
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
	if h.Of(ctx).program.Stdin.IsTerminal() {
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
