package main

// This file runs the scripts of testdata/script: one per behaviour of the
// command line. The documentation of testscript has their language; the
// commands that are added here are
//
//	interrupt FILE...    run dray with these arguments, send SIGINT once it has
//	                     printed a line; fail unless that ends it
//	closedpipe FILE...   run dray with a standard output that nobody reads
//	smalldisk DIR        make DIR a file system of 64 KiB, which needs the
//	                     condition [mount]
//	echo [-listenfd] FILE ARGS...
//	                     run dray with a socket that listens, given by
//	                     -S tcplisten or -S listenfd, send a line to it, and
//	                     fail unless the line comes back
//
// "go test ./cmd/dray -update" rewrites expected output in place.

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite expected output")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dray": main})
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir() // the scripts share compiled code
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GUESTS", filepath.Join(root, "testdata", "guests"))
			env.Setenv("COMPONENTS", filepath.Join(root, "testdata", "components"))
			env.Setenv("EXAMPLES", filepath.Join(root, "examples"))
			env.Setenv("XDG_CACHE_HOME", cache)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond != "mount" {
				return false, fmt.Errorf("no such condition")
			}
			return canMount(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"interrupt":  cmdInterrupt,
			"closedpipe": cmdClosedPipe,
			"smalldisk":  cmdSmallDisk,
			"echo":       cmdEcho,
		},
	})
}

// patience is how long a command may take that should take no time.
const patience = time.Minute

// startDray starts the command with the script's environment.
func startDray(ts *testscript.TestScript, args []string, set func(*exec.Cmd)) *exec.Cmd {
	path, err := exec.LookPath("dray") // testscript.Main put it on the PATH
	ts.Check(err)
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+ts.Getenv("XDG_CACHE_HOME"))
	set(cmd)
	ts.Check(cmd.Start())
	return cmd
}

// waitDray waits for the command, but not for ever.
func waitDray(ts *testscript.TestScript, cmd *exec.Cmd) *os.ProcessState {
	timer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer timer.Stop()
	cmd.Wait()
	return cmd.ProcessState
}

func cmdInterrupt(ts *testscript.TestScript, neg bool, args []string) {
	var out *bufio.Reader
	cmd := startDray(ts, args, func(c *exec.Cmd) {
		p, err := c.StdoutPipe()
		ts.Check(err)
		out = bufio.NewReader(p)
		// Something to read that never comes.
		_, err = c.StdinPipe()
		ts.Check(err)
	})
	line, err := out.ReadString('\n')
	if err != nil {
		waitDray(ts, cmd)
		ts.Fatalf("the guest printed %q before it ended", line)
	}
	ts.Check(cmd.Process.Signal(os.Interrupt))
	state := waitDray(ts, cmd)
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		ts.Fatalf("after SIGINT: %v", state)
	}
}

func cmdClosedPipe(ts *testscript.TestScript, neg bool, args []string) {
	r, w, err := os.Pipe()
	ts.Check(err)
	r.Close()
	var errs strings.Builder
	cmd := startDray(ts, args, func(c *exec.Cmd) { c.Stdout, c.Stderr = w, &errs })
	w.Close()
	state := waitDray(ts, cmd)
	if !state.Exited() {
		ts.Fatalf("with a closed standard output: %v; stderr:\n%s", state, errs.String())
	}
	if state.Success() == neg {
		ts.Fatalf("with a closed standard output: %v; stderr:\n%s", state, errs.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), []byte(errs.String()), 0o666))
}

func cmdSmallDisk(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	ts.Check(mountSmall(dir))
	ts.Defer(func() { exec.Command("umount", dir).Run() })
}

func mountSmall(dir string) error {
	return exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run()
}

// canMount tells whether this process may mount file systems.
func canMount() bool {
	dir, err := os.MkdirTemp("", "dray-mount-")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if mountSmall(dir) != nil {
		return false
	}
	return exec.Command("umount", dir).Run() == nil
}

func cmdEcho(ts *testscript.TestScript, neg bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	addr := ln.Addr().String()
	var cmd *exec.Cmd
	var errs strings.Builder
	if args[0] == "-listenfd" {
		passed, err := ln.(*net.TCPListener).File()
		ts.Check(err)
		run := append([]string{"-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec dray run -S listenfd "$@"`, "sh"}, args[1:]...)
		cmd = exec.Command("sh", run...)
		cmd.ExtraFiles = []*os.File{passed}
		cmd.Stderr = &errs
		ts.Check(cmd.Start())
		passed.Close()
		ln.Close()
	} else {
		ln.Close() // another process may take the port now: unlikely enough
		cmd = startDray(ts, append([]string{"run", "-S", "tcplisten=" + addr}, args...), func(c *exec.Cmd) { c.Stderr = &errs })
	}
	ts.Defer(func() { cmd.Process.Kill() })
	conn := dial(ts, addr)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	_, err = io.WriteString(conn, "hello\n")
	ts.Check(err)
	ts.Check(conn.(*net.TCPConn).CloseWrite())
	got, err := io.ReadAll(conn)
	if !strings.HasPrefix(string(got), "hello\n") {
		ts.Fatalf("%q came back, %v; stderr:\n%s", got, err, errs.String())
	}
	if state := waitDray(ts, cmd); !state.Success() {
		ts.Fatalf("the server ended with %v; stderr:\n%s", state, errs.String())
	}
}

// dial connects as soon as somebody listens.
func dial(ts *testscript.TestScript, addr string) net.Conn {
	for end := time.Now().Add(patience); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn
		}
		if time.Now().After(end) {
			ts.Fatalf("nobody listens: %v", err)
		}
		runtime.Gosched()
	}
}
