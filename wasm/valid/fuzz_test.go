// This file fuzzes validation, and compares its verdict with that of an engine
// that validates on its own.

package valid_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/valid"
)

// common are the features that wazero has too.
const common = wasm.Features(1)<<wasm.FeatureRelaxedSIMD - 1 | 1<<wasm.FeatureTailCall | 1<<wasm.FeatureExtendedConst | 1<<wasm.FeatureThreads

// fuzzSources are modules in the text format that seed the fuzzers.
var fuzzSources = []string{
	`(module)`,
	`(module (memory 1 2) (table 3 funcref) (global (mut i32) (i32.const 1)) (func $f (export "f") (param i32 i64) (result i32)
		(local f32 v128) (if (result i32) (local.get 0) (then (i32.load8_s offset=4 (i32.const 1)) (drop) (local.get 0)) (else (block (result i32) (br 0 (i32.const 1)))))
		(global.set 0) (loop (br_if 0 (global.get 0)) (br_table 0 0 1 (i32.const 1) (local.get 0))) (unreachable))
		(elem (i32.const 0) $f $f) (data (i32.const 0) "abc") (start $s) (func $s (drop (call_indirect (param i32 i64) (result i32) (i32.const 0) (i64.const 0) (i32.const 1)))))`,
	`(module (table 1 externref) (table 2 funcref) (elem declare func 0) (func (param externref) (table.set 0 (i32.const 0) (local.get 0))
		(drop (select (result funcref) (ref.func 0) (ref.null func) (i32.const 1))) (table.copy 1 1 (i32.const 0) (i32.const 0) (i32.const 1))
		(memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop 0) (elem.drop 0) (return_call 0 (local.get 0))) (memory 1) (data "x"))`,
	`(module (memory 1 1 shared) (func (result i32) (drop (i64.atomic.rmw.cmpxchg (i32.const 0) (i64.const 1) (i64.const 1))) (memory.atomic.notify (i32.const 0) (i32.const 1)))
		(func (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (v128.load32_zero (i32.const 0)) (i32x4.splat (i32.const 1))))))`,
	`(module (import "m" "g" (global i32)) (global i32 (i32.add (global.get 0) (i32.const 2))) (func (param i32) (result i32 i32) (local.get 0) (block (param i32) (result i32 i32) (i32.const 1))))`,
}

var fuzzSourcesNew = []string{
	`(module (rec (type $a (sub (struct (field (mut i32)) (field (ref null $b))))) (type $b (sub $a (struct (field (mut i32)) (field (ref null $b)) (field i8)))))
		(type $v (array (mut i16))) (type $f (func (param (ref $b)) (result (ref null $a))))
		(func (type $f) (local (ref $v)) (local.set 1 (array.new_fixed $v 2 (i32.const 1) (i32.const 2))) (drop (array.get_u $v (local.get 1) (i32.const 0)))
		(block $l (result (ref $b)) (br_on_cast $l (ref null $a) (ref $b) (local.get 0)) (drop) (struct.set $b 0 (local.get 0) (i32.const 1)) (local.get 0)))
		(elem declare func 0) (func (param (ref $b)) (result (ref null $a)) (return_call_ref $f (local.get 0) (ref.func 0))))`,
	`(module (tag $e (param i32 i64)) (memory i64 1) (memory 1 (pagesize 1)) (func (result i32 i64 exnref) (try_table (catch_ref $e 0) (throw $e (i32.const 1) (i64.const 1))) (unreachable))
		(func (try (do (i64.store 1 (i32.const 0) (i64.const 0))) (catch $e (drop) (drop) (rethrow 0)) (catch_all)) (i64.mul_wide_u (i64.const 1) (i64.const 2)) (drop) (drop)))`,
	`(module (func (param anyref) (br_on_null 0 (local.get 0)) (drop) (drop (ref.test (ref i31) (local.get 0))) (drop (extern.convert_any (local.get 0)))))`,
}

func seed(f *testing.F, sources ...string) {
	for _, src := range sources {
		b, err := binary.Encode(parse(f, src))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func FuzzModule(f *testing.F) {
	seed(f, fuzzSources...)
	seed(f, fuzzSourcesNew...)
	for _, name := range []string{"unstable.wasm", "missing.wasm", "trap-cpp.wasm"} {
		if b, err := os.ReadFile(filepath.Join(guests, name)); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := binary.Decode(data)
		if err != nil {
			return
		}
		err = valid.Module(m, wasm.AllFeatures)
		if again := valid.Module(m, wasm.AllFeatures); !sameError(err, again) {
			t.Fatalf("two verdicts: %v and %v", err, again)
		}
		if valid.Module(m, wasm.Standard) == nil && err != nil {
			t.Fatalf("valid with fewer features: %v", err)
		}
		if err == nil {
			s := valid.NewTypes()
			if _, _, err := s.AddExterns(m); err != nil {
				t.Fatalf("types of a valid module: %v", err)
			}
		}
	})
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Error() == b.Error()
}

// FuzzText validates what the parser of the text format makes.
func FuzzText(f *testing.F) {
	for _, src := range append(fuzzSources, fuzzSourcesNew...) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		s, err := text.Parse([]byte(src))
		if err != nil {
			return
		}
		err = valid.Module(s.Module, wasm.AllFeatures)
		var d *diag.Error
		if err != nil && (!errors.As(err, &d) || d.Code == "" || d.Msg == "") {
			t.Fatalf("error without code or message: %#v", err)
		}
	})
}

// FuzzWazero compares the verdict on modules with that of wazero, apart from
// what differs on purpose.
func FuzzWazero(f *testing.F) {
	seed(f, fuzzSources...)
	ctx := context.Background()
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesThreads | experimental.CoreFeaturesTailCall | experimental.CoreFeaturesExtendedConst
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features))
	f.Cleanup(func() { r.Close(ctx) })
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := binary.Decode(data)
		if err == nil {
			err = valid.Module(m, common)
		}
		var d *diag.Error
		if m == nil || differs(m) || errors.As(err, &d) && (d.Code == valid.CodeFeature || d.Code == valid.CodeConst) {
			return // wazero reads types of some features that it does not have
		}
		c, theirs := r.CompileModule(ctx, data)
		if theirs == nil {
			c.Close(ctx)
		}
		if theirs == nil && err != nil && lax(m) {
			return
		}
		if theirs != nil && strings.Contains(theirs.Error(), "invalid memory alignment") {
			return // it does not know the form of a memarg that names its memory
		}
		if (err == nil) != (theirs == nil) {
			t.Fatalf("ours: %v\nwazero: %v", err, theirs)
		}
	})
}

// differs tells whether a module has what wazero limits, or is strict about,
// and the specification is not.
func differs(m *wasm.Module) bool {
	if _, ok := m.Section(wasm.SectionTag); ok || len(m.Customs) > 0 {
		return true
	}
	for _, imp := range m.Imports {
		if imp.Module == "" {
			return true
		}
	}
	for _, t := range m.TableTypes() {
		if t.Limits.Min > 1<<27 {
			return true
		}
	}
	return false
}

// lax tells whether a module has instructions that wazero does not check in
// code that is not reached: select with a type, vectors and atomics.
func lax(m *wasm.Module) bool {
	var r binary.InstrReader
	var in wasm.Instr
	for i := range m.Funcs {
		r.Reset(m.Funcs[i].Body.Code, 0)
		for r.Next(&in) == nil {
			if f := in.Op.Info().Feature; in.Op == wasm.OpSelectT || f == wasm.FeatureSIMD || f == wasm.FeatureThreads {
				return true
			}
		}
	}
	return false
}
