package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/stdio"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/cli"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	"github.com/dray-wasm/dray/wasi/internal/guest"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// link is the functions of a guest that was started with c.
func link(t *testing.T, c guest.Config) gen.Host {
	t.Helper()
	st := p2io.NewState(0)
	t.Cleanup(func() { check(t, st.Close()) })
	p, err := guest.NewProgram(&c)
	check(t, err)
	s := New(st, p)
	return Host{func(context.Context) *State { return s }}.Link()
}

func TestEnvironment(t *testing.T) {
	h := link(t, guest.Config{Args: []string{"app", "wörld", ""}, Env: []string{"A=1", "B=", "C=x=y"}, InitialCwd: "/work"})
	args, err := h.Environment.GetArguments(t.Context())
	check(t, err)
	if !slices.Equal(args, []string{"app", "wörld", ""}) {
		t.Errorf("arguments %q", args)
	}
	env, err := h.Environment.GetEnvironment(t.Context())
	check(t, err)
	if want := []bind.Tuple2[string, string]{{F0: "A", F1: "1"}, {F0: "B"}, {F0: "C", F1: "x=y"}}; !slices.Equal(env, want) {
		t.Errorf("environment %q", env)
	}
	if cwd, err := h.Environment.InitialCwd(t.Context()); cwd == nil || *cwd != "/work" || err != nil {
		t.Errorf("initial directory %v, %v", cwd, err)
	}
	h = link(t, guest.Config{})
	if cwd, err := h.Environment.InitialCwd(t.Context()); cwd != nil || err != nil {
		t.Errorf("no initial directory: %v, %v", cwd, err)
	}
}

func TestExit(t *testing.T) {
	h := link(t, guest.Config{})
	for code, err := range map[uint32]error{
		0:   h.Exit.Exit(t.Context(), bind.Result[bind.None, bind.None]{}),
		1:   h.Exit.Exit(t.Context(), bind.Result[bind.None, bind.None]{IsErr: true}),
		77:  h.Exit.ExitWithCode(t.Context(), 77),
		255: h.Exit.ExitWithCode(t.Context(), 255),
	} {
		var e *exit.Exit
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%v, want status %d", err, code)
		}
	}
}

func TestStreams(t *testing.T) {
	var out, errs bytes.Buffer
	h := link(t, guest.Config{Stdin: stdio.FromReader(strings.NewReader("input")), Stdout: stdio.FromWriter(&out), Stderr: stdio.FromWriter(&errs)})
	ctx := t.Context()
	// Handles can be had again and again; dropping one leaves the others.
	for range 3 {
		o, err := h.Stdout.GetStdout(ctx)
		check(t, err)
		check(t, o.BlockingWriteAndFlush(ctx, []byte("out ")))
		check(t, o.Drop(ctx))
		e, err := h.Stderr.GetStderr(ctx)
		check(t, err)
		check(t, e.BlockingWriteAndFlush(ctx, []byte("err ")))
		check(t, e.Drop(ctx))
	}
	if out.String() != "out out out " || errs.String() != "err err err " {
		t.Errorf("written %q and %q", &out, &errs)
	}
	in, err := h.Stdin.GetStdin(ctx)
	check(t, err)
	if p, err := in.BlockingRead(ctx, 2); string(p) != "in" || err != nil {
		t.Errorf("read %q, %v", p, err)
	}
	check(t, in.Drop(ctx))
	in, err = h.Stdin.GetStdin(ctx)
	check(t, err)
	if p, err := in.BlockingRead(ctx, 9); string(p) != "put" || err != nil {
		t.Errorf("read %q, %v", p, err)
	}
}

// TestNoStreams: streams that were not given are empty, and discard.
func TestNoStreams(t *testing.T) {
	h, ctx := link(t, guest.Config{}), t.Context()
	in, err := h.Stdin.GetStdin(ctx)
	check(t, err)
	if p, err := in.BlockingRead(ctx, 1); len(p) > 0 || err == nil {
		t.Errorf("read %q, %v", p, err)
	}
	o, err := h.Stdout.GetStdout(ctx)
	check(t, err)
	check(t, o.BlockingWriteAndFlush(ctx, []byte("x")))
}

func TestTerminals(t *testing.T) {
	terminals := func(h gen.Host) (in, out, errs bool) {
		i, err := h.TerminalStdin.GetTerminalStdin(t.Context())
		check(t, err)
		o, err := h.TerminalStdout.GetTerminalStdout(t.Context())
		check(t, err)
		e, err := h.TerminalStderr.GetTerminalStderr(t.Context())
		check(t, err)
		for _, x := range []interface{ Drop(context.Context) error }{i, o, e} {
			if x != nil {
				check(t, x.Drop(t.Context()))
			}
		}
		return i != nil, o != nil, e != nil
	}
	var b bytes.Buffer
	if in, out, errs := terminals(link(t, guest.Config{Stdout: stdio.FromWriter(&b)})); in || out || errs {
		t.Errorf("a buffer is a terminal: %t, %t, %t", in, out, errs)
	}
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("SKIPPED: there is no terminal: %v", err)
	}
	defer tty.Close()
	c := guest.Config{Stdin: stdio.FromReader(tty), Stdout: stdio.FromWriter(tty)}
	if !c.Stdin.IsTerminal() {
		t.Skip("SKIPPED: a terminal's control end is no terminal here")
	}
	if in, out, errs := terminals(link(t, c)); !in || !out || errs {
		t.Errorf("terminals: %t, %t, %t; want two", in, out, errs)
	}
}
