package main

// This file runs the scripts of testdata/script: one per behaviour of the
// command line. The documentation of testscript has their language; the
// commands that are added here are
//
//	interrupt FILE...    run dray with these arguments, send SIGINT once it has
//	                     printed a line; fail unless that ends it
//	closedpipe FILE...   run dray with a standard output that nobody reads
//	smalldisk DIR        make DIR a file system of 64 KiB, or skip the script
//
// "go test ./cmd/dray -update" rewrites expected output in place.

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
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
			env.Setenv("EXAMPLES", filepath.Join(root, "examples"))
			env.Setenv("XDG_CACHE_HOME", cache)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"interrupt":  cmdInterrupt,
			"closedpipe": cmdClosedPipe,
			"smalldisk":  cmdSmallDisk,
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
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run(); err != nil {
		ts.Logf("SKIPPED: a small file system cannot be mounted here: %v", err)
		ts.Check(os.WriteFile(ts.MkAbs("skipped"), nil, 0o666))
		return
	}
	ts.Defer(func() { exec.Command("umount", dir).Run() })
}
