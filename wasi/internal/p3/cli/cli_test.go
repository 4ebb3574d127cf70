package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/cli"
	"github.com/dray-wasm/dray/wasi/internal/exit"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// link is the functions of a guest that was started with c, and what it has.
func link(t *testing.T, c guest.Config) (gen.Host, *guest.State) {
	t.Helper()
	p, err := guest.NewProgram(&c)
	check(t, err)
	g := guest.New(0)
	t.Cleanup(func() { check(t, g.Close()) })
	s := New(g, p)
	return Host{func(context.Context) *State { return s }}.Link(), g
}

// get is how a stream ended.
func get(t *testing.T, f *bind.Future[outcome]) outcome {
	t.Helper()
	r, err := f.Get(t.Context())
	check(t, err)
	return r
}

// pending tells that nobody knows yet how a stream ended.
func pending(t *testing.T, f *bind.Future[outcome]) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() {
		_, err := f.Get(ctx)
		got <- err
	}()
	synctest.Wait()
	cancel()
	return errors.Is(<-got, context.Canceled)
}

func bad(code gen.ErrorCode) outcome { return outcome{IsErr: true, Err: code} }

func TestEnvironment(t *testing.T) {
	h, _ := link(t, guest.Config{Args: []string{"app", "wörld", ""}, Env: []string{"A=1", "C=x=y"}, InitialCwd: "/work"})
	args, err := h.Environment.GetArguments(t.Context())
	check(t, err)
	if !slices.Equal(args, []string{"app", "wörld", ""}) {
		t.Errorf("arguments %q", args)
	}
	env, err := h.Environment.GetEnvironment(t.Context())
	check(t, err)
	if want := []bind.Tuple2[string, string]{{F0: "A", F1: "1"}, {F0: "C", F1: "x=y"}}; !slices.Equal(env, want) {
		t.Errorf("environment %q", env)
	}
	if cwd, err := h.Environment.GetInitialCwd(t.Context()); cwd == nil || *cwd != "/work" || err != nil {
		t.Errorf("initial directory %v, %v", cwd, err)
	}
	h, _ = link(t, guest.Config{})
	if cwd, err := h.Environment.GetInitialCwd(t.Context()); cwd != nil || err != nil {
		t.Errorf("no initial directory: %v, %v", cwd, err)
	}
}

func TestExit(t *testing.T) {
	h, _ := link(t, guest.Config{})
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

// An input that is not read is a good end, at once, also while a read waits;
// streams share the input.
func TestStdin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipe := stream.NewPipe(0)
		h, _ := link(t, guest.Config{Stdin: &stdio.Stream{In: pipe.Input()}})
		open := func() (*input, *bind.Future[outcome]) {
			r, err := h.Stdin.ReadViaStream(t.Context())
			check(t, err)
			return r.F0.(*input), r.F1
		}
		r, end := open()
		check(t, r.Close())
		if got := get(t, end); got.IsErr {
			t.Errorf("a stream that was not read: %+v", got)
		}
		r, end = open()
		ctx, cancel := context.WithCancel(t.Context())
		p := make([]byte, 5)
		read := make(chan error)
		go func() {
			_, err := r.ReadContext(ctx, p)
			read <- err
		}()
		if !pending(t, end) {
			t.Error("the stream has an end already")
		}
		cancel() // as the run time does first
		check(t, r.Close())
		if got := get(t, end); got.IsErr {
			t.Errorf("a stream that was dropped: %+v", got)
		}
		if err := <-read; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		pipe.Output().Write(t.Context(), []byte("threetwo"))
		r, end = open()
		if n, err := r.Read(p); string(p[:n]) != "three" || err != nil {
			t.Errorf("%q, %v", p[:n], err)
		}
		check(t, r.Close())
		if got := get(t, end); got.IsErr {
			t.Errorf("a stream that was dropped: %+v", got)
		}
		r, end = open()
		if n, err := r.TryRead(p); string(p[:n]) != "two" || err != nil {
			t.Errorf("%q, %v", p[:n], err)
		}
		if n, err := r.TryRead(p); n != 0 || err != nil || !pending(t, end) {
			t.Errorf("%d, %v, where nothing is there", n, err)
		}
		pipe.Output().Close()
		if n, err := r.Read(p); n != 0 || err != io.EOF {
			t.Errorf("%d, %v", n, err)
		}
		check(t, r.Close())
		if got := get(t, end); got.IsErr {
			t.Errorf("the end: %+v", got)
		}
	})
}

func TestStdinFails(t *testing.T) {
	for err, want := range map[error]outcome{
		io.EOF: {}, host.EIO: bad(gen.ErrorCodeIO), host.EISDIR: bad(gen.ErrorCodeIO), errors.New("unknown"): bad(gen.ErrorCodeIO),
		host.EPIPE: bad(gen.ErrorCodePipe), io.ErrClosedPipe: bad(gen.ErrorCodePipe), host.EILSEQ: bad(gen.ErrorCodeIllegalByteSequence),
	} {
		pipe := stream.NewPipe(0)
		pipe.Output().CloseWithError(err)
		h, _ := link(t, guest.Config{Stdin: &stdio.Stream{In: pipe.Input()}})
		r, e := h.Stdin.ReadViaStream(t.Context())
		check(t, e)
		if n, e := r.F0.(*input).TryRead(make([]byte, 8)); n != 0 || e != err {
			t.Errorf("%v: read %d, %v", err, n, e)
		}
		check(t, r.F0.Close())
		if got := get(t, r.F1); got != want {
			t.Errorf("%v: %+v, want %+v", err, got, want)
		}
	}
}

// A given is a stream of the guest.
type given struct{ *stream.PipeInput }

func (g given) ReadContext(ctx context.Context, p []byte) (int, error) {
	return g.PipeInput.Read(ctx, p)
}
func (g given) Read(p []byte) (int, error) { return g.ReadContext(context.Background(), p) }

func TestOutputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, errs bytes.Buffer
		h, g := link(t, guest.Config{Stdout: stdio.FromWriter(&out), Stderr: stdio.FromWriter(&errs)})
		for to, write := range map[*bytes.Buffer]func(context.Context, io.ReadCloser) (*bind.Future[outcome], error){
			&out: h.Stdout.WriteViaStream, &errs: h.Stderr.WriteViaStream,
		} {
			pipe := stream.NewPipe(0)
			end, err := write(t.Context(), given{pipe.Input()})
			check(t, err)
			pipe.Output().Write(t.Context(), []byte("one "))
			synctest.Wait()
			if to.String() != "one " || !pending(t, end) {
				t.Errorf("%q is written, the stream is open", to)
			}
			pipe.Output().Write(t.Context(), []byte("two"))
			pipe.Output().Close()
			if got := get(t, end); got.IsErr || to.String() != "one two" {
				t.Errorf("%+v, %q is written", got, to)
			}
			// A stream without an end is written, too, and ends with the guest.
			open := stream.NewPipe(0)
			_, err = write(t.Context(), given{open.Input()})
			check(t, err)
			open.Output().Write(t.Context(), []byte(" three"))
			synctest.Wait()
			check(t, g.Flush(t.Context()))
			if to.String() != "one two three" {
				t.Errorf("%q is written", to)
			}
		}
	})
}

// A failing writer takes some bytes.
type failing struct {
	n   int
	err error
}

func (f *failing) Write(p []byte) (int, error) {
	n := min(len(p), f.n)
	if f.n -= n; n < len(p) {
		return n, f.err
	}
	return n, nil
}

// TestBrokenOutput: a guest whose output is broken is told so at its next
// write, and why.
func TestBrokenOutput(t *testing.T) {
	for err, want := range map[error]gen.ErrorCode{
		io.ErrClosedPipe: gen.ErrorCodePipe, host.EPIPE: gen.ErrorCodePipe, host.ENOSPC: gen.ErrorCodeIO, errors.New("unknown"): gen.ErrorCodeIO,
	} {
		synctest.Test(t, func(t *testing.T) {
			h, _ := link(t, guest.Config{Stdout: stdio.FromWriter(&failing{3, err})})
			pipe := stream.NewPipe(0)
			end, e := h.Stdout.WriteViaStream(t.Context(), given{pipe.Input()})
			check(t, e)
			pipe.Output().Write(t.Context(), []byte("abc"))
			synctest.Wait()
			pipe.Output().Write(t.Context(), []byte("def"))
			if got := get(t, end); got != bad(want) {
				t.Errorf("%v: %+v", err, got)
			}
			synctest.Wait()
			if _, err := pipe.Output().Write(t.Context(), []byte("x")); err != host.EPIPE {
				t.Errorf("the next write: %v", err)
			}
		})
	}
}

// TestNoStreams: streams that were not given are empty, and discard.
func TestNoStreams(t *testing.T) {
	h, _ := link(t, guest.Config{})
	r, err := h.Stdin.ReadViaStream(t.Context())
	check(t, err)
	if n, err := r.F0.Read(make([]byte, 1)); n != 0 || err != io.EOF || get(t, r.F1).IsErr {
		t.Errorf("read %d, %v", n, err)
	}
	end, err := h.Stdout.WriteViaStream(t.Context(), bind.NopCloser(strings.NewReader("lost")))
	check(t, err)
	if got := get(t, end); got.IsErr {
		t.Errorf("%+v", got)
	}
}

// TestPass has an input that becomes an output unread.
func TestPass(t *testing.T) {
	var out bytes.Buffer
	h, g := link(t, guest.Config{Stdin: stdio.FromReader(strings.NewReader("input")), Stdout: stdio.FromWriter(&out)})
	r, err := h.Stdin.ReadViaStream(t.Context())
	check(t, err)
	end, err := h.Stdout.WriteViaStream(t.Context(), r.F0)
	check(t, err)
	if a, b := get(t, r.F1), get(t, end); a.IsErr || b.IsErr {
		t.Errorf("%+v, %+v", a, b)
	}
	check(t, g.Flush(t.Context()))
	if out.String() != "input" {
		t.Errorf("%q is written", &out)
	}
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
	h, _ := link(t, guest.Config{Stdout: stdio.FromWriter(&b)})
	if in, out, errs := terminals(h); in || out || errs {
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
	h, _ = link(t, c)
	if in, out, errs := terminals(h); !in || !out || errs {
		t.Errorf("terminals: %t, %t, %t; want two", in, out, errs)
	}
}
