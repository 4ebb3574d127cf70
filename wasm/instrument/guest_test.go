// This file runs the guests of the repository in both forms, and has the fuzz
// target.

package instrument

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// guests lists the compiled programs in the repository.
func guests(t testing.TB) []string {
	paths, err := filepath.Glob("../../testdata/guests/*.wasm")
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("no guests in testdata/guests: run its build script")
	}
	return paths
}

// guest decodes a program, and skips components.
func guest(t testing.TB, path string) *wasm.Module {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if binary.Sniff(data) != binary.KindModule {
		t.Skip("not a core module")
	}
	return decodeFile(t, path)
}

// An outcome is what a program did.
type outcome struct {
	stdout, stderr string
	code           uint32
	err            string
	stopped        bool
	ticks          int
}

// runWASI runs a program in wazero with made-up clocks and random numbers, so
// that two runs are the same. It stops it at a tick.
func runWASI(t *testing.T, m *wasm.Module, lastTick int) (o outcome) {
	t.Helper()
	ctx := context.Background()
	bin, err := binary.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	cfg := wazero.NewRuntimeConfigInterpreter()
	if len(bin) < 200<<10 {
		cfg = wazero.NewRuntimeConfigCompiler()
	}
	r := wazero.NewRuntimeWithConfig(ctx, cfg.WithCoreFeatures(features))
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	tick := func(context.Context) uint32 {
		if o.ticks++; o.ticks == lastTick {
			panic(errStop)
		}
		return 1000
	}
	if _, err := r.NewHostModuleBuilder("dray").NewFunctionBuilder().WithFunc(tick).Export("tick").Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	_, err = r.InstantiateWithConfig(ctx, bin, wazero.NewModuleConfig().WithStdout(&stdout).WithStderr(&stderr).
		WithArgs("guest").WithEnv("A", "1").WithFSConfig(wazero.NewFSConfig().WithDirMount(t.TempDir(), "/")))
	o.stdout, o.stderr = stdout.String(), stderr.String()
	var exit *sys.ExitError
	switch {
	case errors.Is(err, errStop):
		o.stopped = true
	case errors.As(err, &exit):
		o.code = exit.ExitCode()
	default:
		o.err = firstLine(err)
	}
	return o
}

func TestGuestsBehaveTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("runs all guests twice")
	}
	for _, path := range guests(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if filepath.Base(path) == "readdir.wasm" {
				t.Skip("makes 10,000 files")
			}
			m := guest(t, path)
			for _, imp := range m.Imports {
				if imp.Module != "wasi_snapshot_preview1" {
					t.Skipf("imports of %q", imp.Module)
				}
			}
			t.Parallel()
			with, _ := interrupt(t, m, Options{Budget: 1000})
			got := runWASI(t, with, 20_000)
			if got.stopped {
				t.Skip("does not end by itself")
			}
			want := runWASI(t, m, 0)
			want.ticks = got.ticks
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			t.Logf("%d ticks, exit code %d, error %q", got.ticks, got.code, got.err)
		})
	}
}

func seeds() []*wasm.Module {
	return []*wasm.Module{counting(), endless(), {}, (&generator{r: newRand(1)}).module(), (&generator{r: newRand(2)}).module(), exotic()}
}

// All features that wazero knows are in a module that it accepts in both
// forms.
func TestSeedsStayValid(t *testing.T) {
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features))
	defer r.Close(ctx)
	for i, m := range seeds() {
		with, _ := interrupt(t, m, Options{})
		for _, form := range []*wasm.Module{m, with} {
			bin, err := binary.Encode(form)
			if err != nil {
				t.Fatal(err)
			}
			if err := accepted(r, bin); err != nil {
				t.Errorf("seed %d: %v", i, err)
			}
		}
	}
}

// FuzzInterrupt checks that a module which wazero accepts stays acceptable,
// and that one which it refuses stays refused.
func FuzzInterrupt(f *testing.F) {
	for _, m := range seeds() {
		bin, err := binary.Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bin)
	}
	if data, err := os.ReadFile("testdata/bench.wasm"); err == nil {
		f.Add(data)
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features).WithMemoryLimitPages(100))
	f.Cleanup(func() { r.Close(ctx) })
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := binary.Decode(data)
		if err != nil || binary.CheckCode(m) != nil {
			return
		}
		// wazero has its own opinion of custom sections.
		plain := *m
		plain.Customs = nil
		bin, err := binary.Encode(&plain)
		if err != nil {
			t.Fatal(err)
		}
		was := accepted(r, bin)
		for _, opts := range []Options{{}, {Stack: 1 << 20}} {
			staysAccepted(t, r, m, opts, was)
		}
	})
}

// staysAccepted instruments a module that wazero accepts or refuses with an
// error.
func staysAccepted(t *testing.T, r wazero.Runtime, m *wasm.Module, opts Options, was error) {
	with, mp, err := Interrupt(m, opts)
	if err != nil {
		var e *diag.Error
		if was == nil && !(errors.As(err, &e) && e.Code == CodeUnsupported) {
			t.Fatalf("a valid module is refused: %v", err)
		}
		return
	}
	with.Customs = nil
	bin, err := binary.Encode(with)
	if err != nil {
		t.Fatalf("cannot be encoded: %v", err)
	}
	if now := accepted(r, bin); (now == nil) != (was == nil) {
		t.Fatalf("before: %v\nafter: %v", was, now)
	}
	for i := range with.Funcs {
		mp.Original(mp.TickFunc()+1+uint32(i), int64(i))
	}
}

// accepted compiles a module; the error says why it cannot be.
func accepted(r wazero.Runtime, bin []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("wazero panics: %v", p)
		}
	}()
	c, err := r.CompileModule(context.Background(), bin)
	if err == nil {
		c.Close(context.Background())
	}
	return err
}

func BenchmarkInterrupt(b *testing.B) {
	var m *wasm.Module
	size := int64(0)
	for _, path := range guests(b) {
		if info, err := os.Stat(path); err == nil && info.Size() > size {
			m, size = guest(b, path), info.Size()
		}
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Interrupt(m, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
