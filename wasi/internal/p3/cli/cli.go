// Package cli is the host's side of wasi:cli 0.3: arguments and environment,
// exit, and the standard streams.
package cli

import (
	"context"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/stdio"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/cli"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// A State is what one program is started with. It is safe for concurrent use.
type State struct {
	guest   *guest.State
	program *guest.Program
}

// New makes the state of a guest.
func New(g *guest.State, p *guest.Program) *State { return &State{g, p} }

// A Host is the functions of wasi:cli.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.EnvironmentHost    = Host{}
	_ gen.ExitHost           = Host{}
	_ gen.StdinHost          = Host{}
	_ gen.TerminalStdinHost  = Host{}
	_ gen.TerminalStdoutHost = Host{}
	_ gen.TerminalStderrHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host {
	return gen.Host{
		Environment: h, Exit: h,
		Stdin:         h,
		Stdout:        output{h, func(p *guest.Program) *stdio.Stream { return p.Stdout }},
		Stderr:        output{h, func(p *guest.Program) *stdio.Stream { return p.Stderr }},
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

// GetInitialCwd is the directory that relative paths begin at.
func (h Host) GetInitialCwd(ctx context.Context) (*string, error) { return h.Of(ctx).program.Cwd, nil }

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
	return outputTerminal(h.Of(ctx).program.Stdout)
}

// GetTerminalStderr is the terminal that the standard error is, or nil.
func (h Host) GetTerminalStderr(ctx context.Context) (gen.TerminalOutput, error) {
	return outputTerminal(h.Of(ctx).program.Stderr)
}

func outputTerminal(s *stdio.Stream) (gen.TerminalOutput, error) {
	if s.IsTerminal() {
		return terminal{}, nil
	}
	return nil, nil
}
