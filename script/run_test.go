package script

// This file runs our own scripts, in which comments say what must fail.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/engine/wazero"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	comp "github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/plan"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// weak is an engine without a feature.
type weak struct {
	engine.Engine
	without wasm.Feature
}

func (w weak) Supports(f wasm.Feature) bool { return f != w.without && w.Engine.Supports(f) }

func weakEngine(t testing.TB, without wasm.Feature) engine.Engine {
	e, err := wazero.New(wazero.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return weak{e, without}
}

// TestScripts runs the scripts of testdata. Lines like ";; passed 5" say how
// many assertions pass or are skipped, and ";;! text" at the end of a
// line that its command fails with a message that has the text.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.wast")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		for _, metered := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/metered=%v", filepath.Base(file), metered), func(t *testing.T) {
				src, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				cfg := Config{Metered: metered, RoundTrip: true}
				switch filepath.Base(file) {
				case "skip.wast", "skip_component.wast":
					cfg.Engine = weakEngine(t, wasm.FeatureSIMD)
				case "thread.wast":
					cfg.Features = wasm.Standard.With(wasm.FeatureThreads)
				}
				checkScript(t, src, Run(t.Context(), file, src, cfg))
			})
		}
	}
}

var countLine = regexp.MustCompile(`(?m)^;; (passed|skipped) (\d+)$`)

func checkScript(t *testing.T, src []byte, got *Result) {
	t.Helper()
	want := map[string]int{}
	for _, m := range countLine.FindAllStringSubmatch(string(src), -1) {
		want[m[1]], _ = strconv.Atoi(m[2])
	}
	if got.Passed != want["passed"] || got.Skipped != want["skipped"] {
		t.Errorf("%d passed, %d skipped, want %v", got.Passed, got.Skipped, want)
	}
	if got.Failed != len(got.Failures) {
		t.Errorf("%d failed, but there are %d failures", got.Failed, len(got.Failures))
	}
	failures := got.Failures
	for i, line := range strings.Split(string(src), "\n") {
		_, text, ok := strings.Cut(line, ";;! ")
		if !ok {
			continue
		}
		if len(failures) == 0 || failures[0].Line > i+1 {
			t.Errorf("line %d does not fail", i+1)
			continue
		}
		if failures[0].Line == i+1 {
			if !strings.Contains(failures[0].Message, text) {
				t.Errorf("line %d fails with %q, want %q", i+1, failures[0].Message, text)
			}
			failures = failures[1:]
		}
		for len(failures) > 0 && failures[0].Line <= i+1 {
			t.Errorf("line %d fails: %s", failures[0].Line, failures[0].Message)
			failures = failures[1:]
		}
	}
	for _, f := range failures {
		t.Errorf("line %d fails: %s", f.Line, f.Message)
	}
}

// TestJSON checks the form of "dray wast --json".
func TestJSON(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`(module (func (export "f")))(assert_return (invoke "f"))`,
			`{"file":"a.wast","passed":1,"failed":0,"skipped":0,"pending":0,"failures":[]}`},
		{`
(invoke "f")`,
			`{"file":"a.wast","passed":0,"failed":1,"skipped":0,"pending":0,"failures":[{"line":2,"message":"there is no instance yet"}]}`},
		{"(module (func (export \"f\") (result (ref i31)) (ref.i31 (i32.const 0))))\n(assert_return (invoke \"f\") (ref.i31))",
			`{"file":"a.wast","passed":0,"failed":0,"skipped":1,"pending":0,"failures":[],"skips":[{"reason":"needs gc","count":1,"line":2}]}`},
		{"(module\n  (foo",
			`{"file":"a.wast","passed":0,"failed":1,"skipped":0,"pending":0,"failures":[{"line":1,"message":"1:1: unexpected end: the form here is not closed"}]}`},
	} {
		got, err := json.Marshal(Run(t.Context(), "a.wast", []byte(tt.src), Config{}))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.src, got, tt.want)
		}
	}
}

// TestInterrupt checks that a metered guest that never ends heeds the context.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	src := "(module (func (export \"f\") (loop (br 0))))\n(assert_return (invoke \"f\"))\n(module)\n"
	r := Run(ctx, "loop.wast", []byte(src), Config{Metered: true})
	if r.Failed != 2 || r.Failures[0].Line != 2 || !strings.Contains(r.Failures[0].Message, "deadline") ||
		r.Failures[1].Line != 3 || !strings.Contains(r.Failures[1].Message, "interrupted") {
		t.Errorf("%+v", r)
	}
}

// TestInterruptComponent is TestInterrupt for a component, whose start function
// and whose exports end with the context.
func TestInterruptComponent(t *testing.T) {
	for _, src := range []string{
		`(component (core module $m (func (export "f") (loop (br 0)))) (core instance $i (instantiate $m))
		   (func (export "f") (canon lift (core func $i "f"))))
		 (assert_trap (invoke "f") "unreachable")`,
		"(component (core module $m (func $s (loop (br 0))) (start $s)) (core instance (instantiate $m)))\n",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		r := Run(ctx, "loop.wast", []byte(src), Config{Metered: true})
		if r.Failed != 1 || !strings.Contains(r.Failures[0].Message, "deadline") {
			t.Errorf("%+v", r)
		}
	}
}

// TestComponentPanic checks that a panic in the run time of components is the
// failure of one command, and does not stop the script.
func TestComponentPanic(t *testing.T) {
	src := `(assert_return (invoke $bad "f"))
	  (component)
	  (module (func (export "f")))
	  (assert_return (invoke "f"))`
	s, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRunner(t.Context(), Config{Features: wasm.Standard, ComponentFeatures: ComponentFeatures})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	res := &Result{}
	sc := newScope(r, res)
	// A function that is of no instance.
	bad := &comp.Instance{Plan: &plan.Plan{Exports: []plan.Extern{{Name: "f", Sort: component.SortFunc}}}}
	bad.Items = []comp.Item{&canon.Func{Type: abi.NewTypes().Func(&value.FuncType{})}}
	sc.set("bad", &instance{def: &definition{component: true}, root: bad})
	sc.run(s.Commands)
	if res.Failed != 2 || !strings.HasPrefix(res.Failures[0].Message, "panic: ") ||
		res.Failures[1].Message != errBroken.Error() || res.Passed != 1 {
		t.Errorf("%+v", res)
	}
}

// TestAbandonedThread checks that a thread that waits for ever does not keep
// Run: a metered one ends with the context, another is left behind.
func TestAbandonedThread(t *testing.T) {
	src := `(thread $T
  (module (memory 1 1 shared) (func (export "f") (result i32)
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
  (assert_return (invoke "f") (i32.const 0)))
(wait $T)`
	for _, tt := range []struct {
		metered bool
		line    int
		message string
	}{
		{true, 4, "interrupted: "},
		{false, 1, "the thread does not end: "},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		cfg := Config{Metered: tt.metered, Features: wasm.Standard.With(wasm.FeatureThreads)}
		r := Run(ctx, "a.wast", []byte(src), cfg)
		if r.Failed != 1 || r.Failures[0].Line != tt.line || !strings.Contains(r.Failures[0].Message, tt.message) {
			t.Errorf("metered %v: %+v", tt.metered, r)
		}
	}
}

// bomb is an engine that panics when it compiles.
type bomb struct{ engine.Engine }

func (bomb) Compile(context.Context, *wasm.Module, func() error) (engine.Module, error) {
	var list []engine.Module
	return list[len(list)], nil
}

// TestPanic checks that a panic is the failure of one command.
func TestPanic(t *testing.T) {
	src := "(module)\n(assert_invalid (module (func (result i32))) \"type mismatch\")\n(module)"
	r := Run(t.Context(), "bomb.wast", []byte(src), Config{Engine: bomb{weakEngine(t, wasm.FeatureGC)}})
	if r.Passed != 1 || r.Failed != 2 || r.Failures[1].Line != 3 ||
		!strings.HasPrefix(r.Failures[0].Message, "panic: runtime error: index out of range [0] with length 0, at ") ||
		!strings.Contains(r.Failures[0].Message, "script/run_test.go:") {
		t.Errorf("%+v", r)
	}
}

// TestOutput checks what the functions of "spectest" print.
func TestOutput(t *testing.T) {
	src := `(module
  (import "spectest" "print" (func $a))
  (import "spectest" "print_i32_f32" (func $b (param i32 f32)))
  (import "spectest" "print_f64" (func $c (param f64)))
  (import "spectest" "global_i64" (global $g i64))
  (import "spectest" "print_i64" (func $d (param i64)))
  (func $f (call $a) (call $b (i32.const -1) (f32.const 1.5)) (call $c (f64.const nan)) (call $d (global.get $g)))
  (start $f))`
	want := "spectest.print\nspectest.print_i32_f32 (i32.const -1) (f32.const 1.5)\n" +
		"spectest.print_f64 (f64.const nan:0x8000000000000)\nspectest.print_i64 (i64.const 666)\n"
	var b bytes.Buffer
	if r := Run(t.Context(), "a.wast", []byte(src), Config{Output: &b}); r.Failed != 0 || b.String() != want {
		t.Errorf("%+v\n%s", r, b.String())
	}
}

// TestFeaturesFor checks which folders stand for proposals.
func TestFeaturesFor(t *testing.T) {
	for path, want := range map[string]wasm.Features{
		"core/simd_const.wast":                         wasm.Standard,
		"threads.wast":                                 wasm.Standard,
		"core/legacy/throw.wast":                       wasm.Standard.With(wasm.FeatureLegacyExceptions),
		"/x/core/proposals/wide-arithmetic/a.wast":     wasm.Standard.With(wasm.FeatureWideArithmetic),
		`core\proposals\custom-page-sizes\binary.wast`: wasm.Standard.With(wasm.FeatureCustomPageSizes),
		"proposals/threads/atomic.wast":                wasm.Standard.With(wasm.FeatureThreads) &^ afterThreads,
	} {
		if got := FeaturesFor(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
