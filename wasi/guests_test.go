package wasi_test

// This file runs every guest of testdata/guests as the lists there say.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
)

const guestDir = "../testdata/guests"

// A guestRun is one line of the list.
type guestRun struct {
	Guest string   `json:"guest"`
	Args  []string `json:"args"`
	Env   []string `json:"env"`
	Stdin string   `json:"stdin"`
	Dir   bool     `json:"dir"`
	// Net gives a component the whole network.
	Net    bool    `json:"net"`
	Stdout *string `json:"stdout"`
	Stderr *string `json:"stderr"`
	Exit   uint32  `json:"exit"`
	// Trap is the kind of the trap that ends the run.
	Trap dray.TrapKind `json:"trap"`
	// Invoke is an export to call with Args instead of running the command.
	// Its results are added to the expected output, one a line.
	Invoke string `json:"invoke"`
}

func TestGuests(t *testing.T)          { runGuests(t, guestDir) }
func TestComponentGuests(t *testing.T) { runGuests(t, p2Dir) }
func TestAsyncGuests(t *testing.T)     { runGuests(t, p3Dir) }

// A program is a guest of either kind.
type program struct {
	*dray.Module
	*dray.Component
}

// runGuests runs the guests of a folder.
func runGuests(t *testing.T, dir string) {
	list, err := os.ReadFile(filepath.Join(dir, "guests.json"))
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	var runs []guestRun
	if err := json.Unmarshal(list, &runs); err != nil {
		t.Fatal(err)
	}
	rt := newRuntime(t)
	var programs sync.Map
	for _, r := range runs {
		name := strings.Join(append([]string{filepath.Base(r.Guest), r.Invoke}, r.Args...), " ")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compile, _ := programs.LoadOrStore(r.Guest, sync.OnceValues(func() (program, error) {
				m, c, err := rt.LoadFile(t.Context(), filepath.Join(dir, r.Guest))
				return program{m, c}, err
			}))
			p, err := compile.(func() (program, error))()
			if err != nil {
				t.Fatal(err)
			}
			if r.Dir {
				d, err := wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
				check(t, err)
				defer d.FS.Close()
				r.run(t, p, d)
				return
			}
			r.run(t, p)
		})
	}
}

// runOf is the function that running a command calls.
func runOf(c *dray.Component) string {
	for _, x := range c.Exports() {
		if strings.HasPrefix(x.Name, "wasi:cli/run@0.3.") {
			return "wasi:cli/run@0.3.0#run"
		}
	}
	return "wasi:cli/run@0.2.12#run"
}

func (r guestRun) run(t *testing.T, p program, dirs ...wasi.Dir) {
	var stdout, stderr bytes.Buffer
	cfg := wasi.Config{
		Args: append([]string{filepath.Base(r.Guest)}, r.Args...), Env: r.Env, Dirs: dirs,
		Stdin: strings.NewReader(r.Stdin), Stdout: &stdout, Stderr: &stderr,
	}
	if r.Net {
		cfg.Network = net.AllowAll()
	}
	var code uint32
	var err error
	switch {
	case p.Component != nil:
		l := p.Component.Runtime().NewLinker()
		check(t, wasi.Link(l))
		called.observe(t, l, runOf(p.Component))
		code, err = wasi.RunLinked(t.Context(), l, p.Component, cfg)
	case r.Invoke == "":
		code, err = wasi.RunModule(t.Context(), p.Module, cfg)
	default:
		code, err = r.invoke(t, p.Module, cfg, &stdout)
	}
	var trap *dray.Trap
	if errors.As(err, &trap); err != nil && (trap == nil || trap.Kind != r.Trap) || err == nil && r.Trap != "" {
		t.Errorf("it ended with %v, want the trap %q; stderr:\n%s", err, r.Trap, stderr.String())
	}
	if err == nil && code != r.Exit {
		t.Errorf("exit status %d, want %d; stderr:\n%s", code, r.Exit, stderr.String())
	}
	if r.Stdout != nil {
		if d := cmp.Diff(*r.Stdout, stdout.String()); d != "" {
			t.Errorf("standard output (-want +got):\n%s", d)
		}
	}
	if r.Stderr != nil {
		if d := cmp.Diff(*r.Stderr, stderr.String()); d != "" {
			t.Errorf("standard error (-want +got):\n%s", d)
		}
	}
}

// invoke calls an export and prints what it returns.
func (r guestRun) invoke(t *testing.T, mod *dray.Module, cfg wasi.Config, stdout *bytes.Buffer) (uint32, error) {
	l := mod.Runtime().NewModuleLinker()
	check(t, wasi.LinkModule(l))
	in, err := wasi.InstantiateModule(t.Context(), l, mod, cfg)
	check(t, err)
	defer in.Close()
	f, err := in.Func(r.Invoke)
	check(t, err)
	args := make([]dray.CoreValue, len(r.Args))
	for i, a := range r.Args {
		args[i], err = dray.ParseCoreValue(f.Type().Params[i], a)
		check(t, err)
	}
	out, err := f.Invoke(t.Context(), args...)
	for _, v := range out {
		fmt.Fprintln(stdout, v)
	}
	var exit *wasi.ExitError
	if err = wasi.Exited(err); errors.As(err, &exit) {
		return exit.Code, nil
	}
	return 0, err
}

func newRuntime(t testing.TB) *dray.Runtime {
	rt, err := dray.NewRuntime(dray.Config{NoCache: true})
	check(t, err)
	t.Cleanup(func() { rt.Close() })
	return rt
}
