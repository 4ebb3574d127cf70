package suite

// This file carries out one test: its operations in order, until one fails.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// errTimeout ends the operations of a test that takes too long.
var errTimeout = errors.New("the test takes too long")

// An execution is one test under way, used by one goroutine.
type execution struct {
	ctx     context.Context
	runner  *Runner
	test    *Test
	timeout time.Duration
	scratch string            // an empty folder of its own for copies of roots
	copies  map[string]string // root in the suite -> private copy

	proc    *process
	url     string // of the guest's HTTP server, once known
	conns   map[string]net.Conn
	servers []*endpointServer
	addrs   []Pair // the guest's variables for servers
	started bool   // the servers have been started
	argv    []string
	code    *int
}

// execute runs a test whose spec is right. The scratch folder must exist and
// be empty; it is left for the caller to remove.
func execute(ctx context.Context, runner *Runner, t *Test, timeout time.Duration, scratch string) *Result {
	start := time.Now()
	tctx, cancel := context.WithTimeoutCause(ctx, timeout, errTimeout)
	defer cancel()
	e := &execution{ctx: tctx, runner: runner, test: t, timeout: timeout, scratch: scratch,
		copies: map[string]string{}, conns: map[string]net.Conn{}}
	res := &Result{Test: t, Outcome: Pass}
	for i, op := range t.Spec.Operations {
		if f := e.step(op); f != nil {
			f.Operation, f.Index = op.String(), i
			res.Outcome, res.Failure = Fail, f
			break
		}
	}
	e.close(res)
	if res.Outcome == Fail && ctx.Err() != nil {
		res.Outcome, res.Failure = NotRun, nil
	}
	res.Argv, res.ExitCode = e.argv, e.code
	res.Duration = time.Since(start)
	return res
}

// close ends what the test has started, and keeps the output of a failed one.
func (e *execution) close(res *Result) {
	for _, c := range e.conns {
		c.Close()
	}
	if e.proc != nil {
		e.proc.finish(e.ctx.Err() == nil)
		if res.Outcome == Fail {
			res.Stdout, res.Stderr = e.proc.stdout.captured(), e.proc.stderr.captured()
		}
		e.endProcess()
	}
	stopServers(e.servers)
}

// endProcess notes the exit code and forgets the process.
func (e *execution) endProcess() {
	if code, ok := e.proc.exitCode(); ok {
		e.code = &code
	}
	e.proc = nil
}

// fail is a failure of the current operation.
func fail(format string, args ...any) *Failure {
	return &Failure{Message: fmt.Sprintf(format, args...)}
}

// failErr is a failure because of err, which may be the end of the context.
func (e *execution) failErr(doing string, err error) *Failure {
	if errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return fail("timed out after %s while %s", e.timeout, doing)
	}
	return fail("%s: %v", doing, err)
}

// step carries out one operation.
func (e *execution) step(op Operation) *Failure {
	if e.ctx.Err() != nil {
		return e.failErr("running the operations", context.Cause(e.ctx))
	}
	switch op := op.(type) {
	case *RunOp:
		return e.run(op)
	case *WaitOp:
		return e.wait(op)
	case *ReadOp:
		return e.read(op)
	case *WriteOp:
		if err := e.proc.write(e.ctx, op.Payload); err != nil {
			return e.failErr("writing to the input of the process", err)
		}
		return nil
	case *ConnectOp:
		return e.connect(op)
	case *SendOp:
		return e.send(op)
	case *RecvOp:
		return e.recv(op)
	case *RequestOp:
		return e.request(op)
	case *KillOp:
		if err := e.proc.signal(op.Signal); err != nil {
			return fail("sending %s: %v", op.Signal, err)
		}
		return nil
	}
	return fail("unknown operation %T", op)
}

// run starts the process on a private copy of its root.
func (e *execution) run(op *RunOp) *Failure {
	root := ""
	if op.Root != "" {
		var err error
		if root, err = e.privateRoot(op.Root); err != nil {
			return e.failErr("copying the root "+op.Root, err)
		}
	}
	if !e.started {
		e.started = true
		var err error
		if e.servers, e.addrs, err = startServers(e.test.Spec.Servers); err != nil {
			return fail("%v", err)
		}
	}
	e.url, e.code = "", nil
	e.argv = e.runner.argv(e.test, e.test.File, op, e.addrs, op.Root)
	proc, err := startProcess(e.runner.argv(e.test, e.test.File, op, e.addrs, root), e.runner.environ(e.test))
	if err != nil {
		return fail("the process cannot be started: %v", err)
	}
	e.proc = proc
	return nil
}

// privateRoot is the test's copy of a root, without *.cleanup files.
func (e *execution) privateRoot(root string) (string, error) {
	if dir, ok := e.copies[root]; ok {
		return dir, removeCleanups(dir)
	}
	dir := filepath.Join(e.scratch, fmt.Sprintf("root%d", len(e.copies)))
	if err := copyTree(e.ctx, root, dir); err != nil {
		return "", err
	}
	e.copies[root] = dir
	return dir, nil
}

// read compares as many characters as are expected. What follows them is left
// for the next read, or for nobody.
func (e *execution) read(op *ReadOp) *Failure {
	want := utf8.RuneCountInString(op.Payload)
	got, err := e.proc.output(op.ID).readChars(e.ctx, want)
	if err == nil && got == op.Payload {
		return nil
	}
	f := fail("the output differs from the expected one")
	if n := utf8.RuneCountInString(got); err == nil && n < want {
		f = fail("the output ended after %d of %d expected characters", n, want)
	}
	if err != nil {
		f = e.failErr("reading "+op.ID, err)
	}
	f.Compared, f.Expected, f.Got = true, op.Payload, got
	return f
}

// wait ends the process's input and checks how it ends.
func (e *execution) wait(op *WaitOp) *Failure {
	if err := e.proc.wait(e.ctx); err != nil {
		return e.failErr("waiting for the process to end", err)
	}
	code, ok := e.proc.exitCode()
	if !ok {
		return fail("the exit code is not known")
	}
	// Windows ends a killed process with exit code 1, where others let it
	// handle the signal and exit with 0.
	if terminated := e.proc.signalled && code == 1 && op.ExitCode == 0; code != op.ExitCode && !terminated {
		return fail("expected exit code %d, got %s", op.ExitCode, describeExit(code))
	}
	e.proc.finish(true)
	e.endProcess()
	return nil
}

// connect reads the address the process listens on and connects to it.
func (e *execution) connect(op *ConnectOp) *Failure {
	line, err := e.proc.stdout.readLine(e.ctx)
	if err != nil {
		return e.failErr("reading the address of the server from stdout", err)
	}
	addr := strings.TrimSpace(line)
	host, port, ok := strings.Cut(addr, ":")
	if !ok || port == "" || strings.Trim(port, "0123456789") != "" {
		return fail("expected the address of the server as HOST:PORT in the first line of stdout, got %q", addr)
	}
	var d net.Dialer
	conn, err := d.DialContext(e.ctx, "tcp4", net.JoinHostPort(host, port))
	if err != nil {
		return e.failErr("connecting", err)
	}
	if t, ok := e.ctx.Deadline(); ok {
		conn.SetDeadline(t)
	}
	e.conns[op.ID] = conn
	return nil
}

// unblock makes reads and writes on conn end with the context; call the
// result to end that.
func (e *execution) unblock(conn net.Conn) func() bool {
	return context.AfterFunc(e.ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}

func (e *execution) send(op *SendOp) *Failure {
	conn := e.conns[op.ID]
	defer e.unblock(conn)()
	if _, err := conn.Write([]byte(op.Payload)); err != nil {
		return e.failErr("sending", err)
	}
	return nil
}
