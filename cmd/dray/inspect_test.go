package main

// This file tests what "dray inspect" finds out and how it is written; the
// scripts in testdata/script test the command.

import (
	"bytes"
	"encoding/json"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
)

// inspectBytes is the report on a file with this content.
func inspectBytes(data []byte) (*report, error) {
	in := &input{name: "test"}
	if err := in.read(bytes.NewReader(data)); err != nil {
		return nil, err
	}
	src, err := in.parse()
	if err != nil {
		return nil, err
	}
	i := &inspector{runs: wasm.Standard, runsComp: component.Released, room: maxListed}
	i.fill(src)
	return &i.report, nil
}

func TestTarget(t *testing.T) {
	const p1 = `(import "wasi_snapshot_preview1" "fd_write" (func))`
	instance := func(verb, name string) string {
		if verb == "import" {
			return `(component (import "` + name + `" (instance)))`
		}
		return `(component (import "x" (instance $i)) (export "` + name + `" (instance $i)))`
	}
	for _, tt := range []struct{ src, target, role string }{
		{`(module)`, "", "library"},
		{`(module ` + p1 + `)`, targetP1, "library"},
		{`(module ` + p1 + `(func (export "_start")))`, targetP1, "command"},
		{`(module ` + p1 + `(func (export "_initialize")))`, targetP1, "reactor"},
		{`(module ` + p1 + `(global (export "_start") i32 (i32.const 0)))`, targetP1, "library"},
		{`(module ` + p1 + `(import "env" "memory" (memory 1 1)))`, targetP1, "library"},
		{`(module ` + p1 + `(import "env" "memory" (memory 1 1 shared)))`, targetThreads, "library"},
		{`(module (import "env" "memory" (memory 1 1 shared)))`, "", "library"},
		{`(module (import "wasi" "thread-spawn" (func)))`, targetThreads, "library"},
		{`(module (import "wasi_unstable" "fd_write" (func)))`, "", "library"},
		{`(module (import "cm32p2|wasi:cli/exit@0.2" "exit" (func)))`, "", "library"},
		{`(component)`, "", "library"},
		{instance("import", "wasi:cli/exit@0.2.3"), targetP2, "library"},
		{instance("import", "wasi:cli/exit@0.3.0-rc-2025"), targetP3, "library"},
		{instance("import", "wasi:cli/exit@0.1.0"), "", "library"},
		{instance("import", "my:own/exit@0.2.0"), "", "library"},
		{instance("export", "wasi:cli/run@0.2.0"), targetP2, "command"},
		{instance("export", "wasi:cli/run@0.3.0"), targetP3, "command"},
		{instance("export", "wasi:http/handler@0.3.0"), targetP3, "service"},
		{`(component (import "wasi:a/b@0.2.0" (instance)) (import "wasi:c/d@0.3.0" (instance)))`, targetP3, "library"},
	} {
		r, err := inspectBytes([]byte(tt.src))
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if r.Target != tt.target || r.Role != tt.role || r.TargetReason == "" || r.RoleReason == "" {
			t.Errorf("%s: target %q (%s), role %q (%s); want %q, %q", tt.src, r.Target, r.TargetReason, r.Role, r.RoleReason, tt.target, tt.role)
		}
	}
}

func TestNeeds(t *testing.T) {
	for src, want := range map[string]string{
		`(module)`: "",
		`(module (func (result i32) (i32.extend8_s (i32.const 1))))`:                      "sign-extension",
		`(module (func (result i32 i32) (i32.const 1) (i32.const 2)))`:                    "multi-value",
		`(module (memory i64 1))`:                                                         "memory64",
		`(module (memory 1) (memory 1))`:                                                  "multi-memory",
		`(module (memory 1 1 shared))`:                                                    "threads",
		`(module (global (export "g") (mut i32) (i32.const 1)))`:                          "mutable-globals",
		`(module (func (param externref)))`:                                               "reference-types",
		`(module (func (local v128)) (tag))`:                                              "simd,exceptions",
		`(module (global i32 (i32.add (i32.const 1) (i32.const 2))))`:                     "extended-const",
		`(component (type (list u8 4)))`:                                                  "cm-fixed-length-lists",
		`(component (type (stream u8)) (core module (memory i64 1) (func (param v128))))`: "simd,memory64,cm-async",
	} {
		r, err := inspectBytes([]byte(src))
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		var names []string
		for _, f := range r.Features {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, ","); got != want {
			t.Errorf("%s needs %q, want %q", src, got, want)
		}
	}
}

func TestFewest(t *testing.T) {
	for want := range uint64(1 << 10) {
		calls := 0
		got := fewest(0, 1<<10-1, func(set uint64) bool { calls++; return set&want == want })
		if limit := 1 + 10*bits.OnesCount64(want); got != want || calls > limit {
			t.Fatalf("found %#x of %#x in %d calls, want at most %d", got, want, calls, limit)
		}
	}
}

func TestFeatureHelp(t *testing.T) {
	for f := range wasm.NumFeatures {
		if featureHelp[f.String()] == "" {
			t.Errorf("no word about the feature %s", f)
		}
	}
	for f := range component.NumFeatures {
		if featureHelp[f.String()] == "" {
			t.Errorf("no word about the feature %s", f)
		}
	}
	if got, want := len(featureHelp), int(wasm.NumFeatures)+int(component.NumFeatures); got != want {
		t.Errorf("%d features are described, but there are %d", got, want)
	}
}

func TestShow(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "two words": `"two words"`, "": `""`, "a\x1b[2J": `"a\x1b[2J"`,
		"\u202e": `"\u202e"`, "Ω": "Ω", "\xff": `"\xff"`,
	} {
		if got := word(in); got != want {
			t.Errorf("word(%q) is %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"a b": "a b", "a\nb": `a\nb`, "\x1b]0;x\a": `\x1b]0;x\a`, "a\xffb": `a\xffb`} {
		if got := safe(in); got != want {
			t.Errorf("safe(%q) is %s, want %s", in, got, want)
		}
	}
	for in, want := range map[uint64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 1536: "1.5 KiB",
		1 << 20: "1 MiB", 1<<20 - 1: "1 MiB", 1<<64 - 1: "16 EiB"} {
		if got := bytesText(in); got != want {
			t.Errorf("%d bytes are %s, want %s", in, got, want)
		}
	}
}

// FuzzInspect checks that no file makes dray inspect panic, or print what
// would act on a terminal.
func FuzzInspect(f *testing.F) {
	for _, s := range []string{
		`(module)`, `(component)`, "\x00asm\x01\x00\x00\x00", "\x00asm\x0d\x00\x01\x00", "hello",
		`(module $m (import "a" "b" (func (param i32))) (memory 1 2) (table 1 funcref) (func (export "f\1b") unreachable))`,
		`(component (type $t (instance (export "r" (type (sub resource))))) (import "a:b/c" (instance $i (type $t)))
		  (alias export $i "r" (type $r)) (import "f" (func (param "x" (own $r)))) (export "g" (func 0)))`,
		`(component (component $c (import "f" (func)) (export "g" (func 0))) (import "f" (func $f))
		  (instance $i (instantiate $c (with "f" (func $f)))) (export "i" (instance $i)))`,
		`(component (alias outer 9 9 (type)) (export "x" (instance 4)) (import "y" (component (type 1))))`,
	} {
		f.Add([]byte(s))
		in := &input{name: "seed", data: []byte(s), kind: 0}
		if in.read(strings.NewReader(s)) != nil {
			continue
		}
		if src, err := in.parse(); err == nil {
			if bin, err := src.encode(); err == nil {
				f.Add(bin)
			}
		}
	}
	for _, file := range []string{"guests/reactor-c.wasm", "../component/testdata/hello-p2.wasm"} {
		if data, err := os.ReadFile(filepath.Join("..", "..", "testdata", file)); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := inspectBytes(data)
		if err != nil {
			if s := err.Error(); strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) && c != '\n' && c != '\t' }) {
				t.Errorf("the error has control characters: %q", s)
			}
			return
		}
		for _, all := range []bool{false, true} {
			if s := r.text(all); strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) && c != '\n' && c != '\t' }) {
				t.Errorf("the report has control characters: %q", s)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Error(err)
		}
	})
}
