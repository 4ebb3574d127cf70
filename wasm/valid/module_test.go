// This file tests the verdict on whole modules, and what errors say.

package valid_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/valid"
)

func itoa(i int) string { return strconv.Itoa(i) }

func parse(t testing.TB, src string) *wasm.Module {
	t.Helper()
	s, err := text.Parse([]byte(src))
	if err != nil {
		t.Fatalf("%.200s: %v", src, err)
	}
	return s.Module
}

// check compares the verdict on the fields of a module; want is empty for a
// valid one.
func check(t *testing.T, fields string, features wasm.Features, want string) {
	t.Helper()
	err := valid.Module(parse(t, "(module "+fields+")"), features)
	switch {
	case want == "" && err != nil:
		t.Errorf("%s\nerror %v, want none", fields, err)
	case want != "" && err == nil:
		t.Errorf("%s\nno error, want %s", fields, want)
	case want != "":
		var d *diag.Error
		if !errors.As(err, &d) || d.Code == "" {
			t.Errorf("%s\nerror %v is not a *diag.Error with a code", fields, err)
		} else if !strings.HasPrefix(d.Msg, want) {
			t.Errorf("%s\nerror %s\nwant  %s", fields, d.Msg, want)
		}
	}
}

func TestModule(t *testing.T) {
	for _, test := range []struct{ name, fields, want string }{
		{"empty", ``, ""},
		{"operand", `(func $f (param i64) (drop (i32.add (i32.const 1) (local.get 0))))`,
			`type mismatch: instruction requires [i32 i32] but stack has [i32 i64] (i32.add, operand 2), in function 0 "f"`},
		{"no operand", `(func i32.eqz drop)`, "type mismatch: instruction requires [i32] but stack has [] (i32.eqz), in function 0"},
		{"polymorphic", `(func unreachable i32.add drop)`, ""},
		{"polymorphic operand", `(func unreachable i64.const 0 i32.add drop)`, "type mismatch: instruction requires [i32 i32] but stack has [... i64] (i32.add, operand 2)"},
		{"polymorphic block", `(func (result i32) unreachable (block (result i32)))`, "type mismatch: instruction requires [i32] but stack has [] (end)"},
		{"left over", `(func (block i32.const 1))`, "type mismatch: block requires [] but stack has [i32] (at end)"},
		{"operand of outer block", `(func i32.const 1 (block drop) drop)`, "type mismatch: instruction requires a value but stack has [] (drop)"},
		{"if without else", `(func (result i32) i32.const 1 (if (result i32) (then i32.const 1)))`, "type mismatch: if without else"},
		{"label", `(func (br 1))`, "unknown label 1: br is inside of 1 labels"},
		{"local", `(func (param i32) (drop (local.get 1)))`, "unknown local 1: the function has 1 locals"},
		{"function", `(func (call 7))`, "unknown function 7: the module has 1 functions"},
		{"uninitialized", `(func (local (ref func)) (drop (local.get 0)))`, "uninitialized local 0: its type (ref func) has no default value"},
		{"set in block", `(func (param (ref func)) (local (ref func)) (block (local.set 1 (local.get 0)) (drop (local.get 1))) (drop (local.get 1)))`, "uninitialized local 1"},
		{"set twice", `(func (param (ref func)) (local (ref func)) (local.set 1 (local.get 0)) (block (local.set 1 (local.get 0))) (drop (local.get 1)))`, ""},
		{"set in then", `(func (param (ref func)) (local (ref func)) (if (i32.const 1) (then (local.set 1 (local.get 0))) (else (drop (local.get 1)))))`, "uninitialized local 1"},
		{"parameter is set", `(func (param (ref func)) (drop (local.get 0)))`, ""},
		{"tee sets", `(func (param (ref func)) (local i32 (ref func)) (drop (local.tee 2 (local.get 0))) (drop (local.get 2)))`, ""},
		{"local type", `(func (local (ref 4)))`, "unknown type 4: 1 types are defined here, in function 0"},
		{"alignment", `(memory 1) (func (drop (i32.load8_s align=2 (i32.const 0))))`, "alignment must not be larger than natural"},
		{"atomic alignment", `(memory 1) (func (drop (i32.atomic.load align=2 (i32.const 0))))`, "atomic alignment must be natural"},
		{"atomic too large", `(memory 1) (func (drop (i32.atomic.load align=8 (i32.const 0))))`, "alignment must not be larger than natural"},
		{"atomics without shared memory", `(memory 1) (func (drop (memory.atomic.notify (i32.const 0) (i32.const 0))) atomic.fence)`, ""},
		{"offset", `(memory 1) (func (drop (i32.load offset=0x100000000 (i32.const 0))))`, "offset out of range"},
		{"offset i64", `(memory i64 1) (func (drop (i32.load offset=0x100000000 (i64.const 0))))`, ""},
		{"second memory", `(memory 1) (memory i64 1) (func (memory.copy 0 1 (i32.const 0) (i64.const 0) (i32.const 0)))`, ""},
		{"copy i64", `(memory i64 1) (memory i64 1) (func (memory.copy 0 1 (i64.const 0) (i64.const 0) (i32.const 0)))`, "type mismatch: instruction requires [i64 i64 i64]"},
		{"lane", `(func (drop (i32x4.extract_lane 4 (v128.const i64x2 0 0))))`, "invalid lane index 4: that of i32x4.extract_lane must be below 4"},
		{"shuffle", `(func (drop (i8x16.shuffle 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 32 (v128.const i64x2 0 0) (v128.const i64x2 0 0))))`, "invalid lane index 32"},
		{"wide", `(func (result i64 i64) (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))`, ""},
		{"select references", `(func (param funcref) (drop (select (local.get 0) (local.get 0) (i32.const 0))))`, "type mismatch: select without a type"},
		{"start", `(func (param i32)) (start 0)`, "start function must have no parameters and results"},
		{"ref.func", `(func $f (drop (ref.func $f)))`, "undeclared function reference: ref.func 0"},
		{"ref.func declared", `(func $f (drop (ref.func $f))) (elem declare func $f)`, ""},
		{"export twice", `(func (export "a") (export "a"))`, `duplicate export name "a", in export 1`},
		{"limits", `(memory 2 1)`, "size minimum must not be greater than maximum: 2 and 1, in memory 0"},
		{"memory size", `(import "m" "m" (memory 65537))`, `memory size must be at most 65536 pages (4GiB): the minimum is 65537, in import 0 "m" "m"`},
		{"page size", `(memory 1 (pagesize 4096))`, "invalid custom page size: 2 to the power of 12"},
		{"shared", `(memory 1 shared)`, "shared memory must have maximum"},
		{"tag", `(tag (result i32))`, "non-empty tag result type"},
		{"constant", `(global i32 (i32.ctz (i32.const 1)))`, "constant expression required: i32.ctz is not a constant instruction, in global 0"},
		{"later global", `(global i32 (global.get 1)) (global i32 (i32.const 1))`, "unknown global 1: here only the first 0"},
		{"mutable global", `(global (mut i32) (i32.const 1)) (global i32 (global.get 0))`, "constant expression required: global 0 is mutable"},
		{"table sees imports only", `(global funcref (ref.null func)) (table 1 funcref (global.get 0))`, "unknown global 0"},
		{"table needs value", `(type $t (func)) (table 1 (ref $t))`, "type mismatch: a table of elements of type (ref 0)"},
		{"elements", `(table 1 funcref) (elem (i32.const 0) externref (ref.null extern))`, "type mismatch: elements of type externref for table 0"},
		{"data", `(data (i32.const 0) "a")`, "unknown memory 0: the module has 0 memories, in data segment 0"},
		{"gc constant", `(type $s (struct (field i32))) (global (ref $s) (struct.new $s (i32.const 1)))`, ""},
		{"field", `(type $s (struct (field i32))) (func (param (ref $s)) (struct.set $s 0 (local.get 0) (i32.const 0)))`, "immutable field 0"},
		{"unknown field", `(type $s (struct)) (func (param (ref $s)) (drop (struct.get $s 0 (local.get 0))))`, "unknown field 0: type 0 has 0 fields"},
		{"packed", `(type $s (struct (field i8))) (func (param (ref $s)) (drop (struct.get $s 0 (local.get 0))))`, "type mismatch: struct.get requires a field that is not packed"},
		{"new_fixed", `(type $a (array i8)) (func unreachable (array.new_fixed $a 4294967295) drop)`, ""},
		{"new_fixed short", `(type $a (array i8)) (func (array.new_fixed $a 4294967295) drop)`, "type mismatch: instruction requires [i32] but stack has []"},
		{"kind of type", `(type $a (array i8)) (func (drop (struct.new $a)))`, "type mismatch: struct.new requires a type of kind struct but type 0 is of kind array"},
		{"cast out of hierarchy", `(func (param externref) (drop (ref.cast (ref any) (local.get 0))))`, "type mismatch: instruction requires [anyref] but stack has [externref]"},
		{"br_on_cast", `(func (param anyref) (result i31ref) (br_on_cast 0 anyref i31ref (local.get 0)) unreachable)`, ""},
		{"br_on_cast up", `(func (param i31ref) (result anyref) (br_on_cast 0 i31ref anyref (local.get 0)) unreachable)`, "type mismatch: br_on_cast casts from i31ref to anyref"},
		{"as_non_null", `(func unreachable ref.as_non_null i32.eqz drop)`, "type mismatch: instruction requires [i32] but stack has [(ref any type)]"},
		{"tail call", `(func $f (result i32) (return_call $g)) (func $g (result i64) (i64.const 1))`, "type mismatch: current function requires result type [i32] but callee returns [i64] (return_call)"},
		{"type names", `(type $a (sub (struct))) (type $b (struct)) (func (param (ref $b)) (result (ref $a)) (local.get 0))`,
			"type mismatch: instruction requires [(ref 0)] but stack has [(ref 1)] (end), in function 0"},
		{"catch", `(tag $e (param i32)) (func (block (try_table (catch $e 0))))`, "type mismatch: clause 0 of try_table (catch) gives [i32] but label 0 takes []"},
		{"catch_all_ref", `(func (result exnref) (block (result exnref) (try_table (catch_all_ref 0)) (unreachable)))`, ""},
		{"br_table", `(func (result i32) (block (br_table 0 1 (i32.const 0))) (i32.const 0))`, "type mismatch: br_table requires labels with equally many values"},
		{"br_table polymorphic", `(func (result i32) (block (result f32) unreachable (br_table 0 1 (i32.const 0))) drop (i32.const 0))`, ""},
	} {
		t.Run(test.name, func(t *testing.T) { check(t, test.fields, wasm.AllFeatures, test.want) })
	}
}

func TestLegacyExceptions(t *testing.T) {
	for _, test := range []struct{ name, fields, want string }{
		{"catch", `(tag $e (param i32)) (func (result i32) (try (result i32) (do (i32.const 1)) (catch $e) (catch_all (i32.const 2))))`, ""},
		{"no result", `(func (result i32) (try (result i32) (do)))`, "type mismatch: instruction requires [i32] but stack has []"},
		{"other result", `(func (result i32) (try (result i32) (do (i64.const 42))))`, "type mismatch: instruction requires [i32] but stack has [i64]"},
		{"left over", `(tag) (func (try (do) (catch 0 (i32.const 42))))`, "type mismatch: block requires [] but stack has [i32]"},
		{"left over in all", `(func (try (do) (catch_all (i32.const 42))))`, "type mismatch: block requires [] but stack has [i32]"},
		{"delegate", `(func (try (do) (delegate 0)))`, ""},
		{"delegate too far", `(func (try (do) (delegate 1)))`, "unknown label 1: delegate is inside of 1 labels"},
		{"rethrow", `(tag) (func (try (do) (catch 0 (block (rethrow 1)))))`, ""},
		{"rethrow in body", `(func (rethrow 0))`, "invalid rethrow label 0: it must be that of a catch or catch_all, found the function body"},
		{"rethrow in do", `(func (try (do (rethrow 0)) (delegate 0)))`, "invalid rethrow label 0: it must be that of a catch or catch_all, found try"},
		{"uninitialized in catch", `(func (param (ref func)) (local (ref func)) (try (do (local.set 1 (local.get 0))) (catch_all (drop (local.get 1)))))`, "uninitialized local 1"},
	} {
		t.Run(test.name, func(t *testing.T) { check(t, test.fields, wasm.AllFeatures, test.want) })
	}
}

func TestFeatures(t *testing.T) {
	for _, test := range []struct {
		name, fields string
		lacks        wasm.Feature
		want         string
	}{
		{"simd", `(func) (func $main (drop (i32x4.add (v128.const i64x2 0 0) (v128.const i64x2 0 0))))`, wasm.FeatureSIMD,
			`function 1 "main": the instruction v128.const needs the proposal "simd", which is not enabled`},
		{"v128 local", `(func $f (local v128))`, wasm.FeatureSIMD, `function 0 "f": the type v128 needs the proposal "simd"`},
		{"v128 parameter", `(func (param v128))`, wasm.FeatureSIMD, `type 0: the type v128 needs the proposal "simd"`},
		{"results", `(func (result i32 i32) unreachable)`, wasm.FeatureMultiValue, `type 0: a function type with 2 results needs the proposal "multi-value"`},
		{"block type", `(type $t (func (param i32))) (func (i32.const 0) (block (type $t) drop))`, wasm.FeatureMultiValue, `function 0: the block type 0 of block needs the proposal "multi-value"`},
		{"externref", `(global externref (ref.null extern))`, wasm.FeatureReferenceTypes, `the type externref needs the proposal "reference-types", which is not enabled, in global 0`},
		{"funcref table", `(table 1 funcref)`, wasm.FeatureReferenceTypes, ""},
		{"tables", `(table 1 funcref) (table 1 funcref)`, wasm.FeatureReferenceTypes, `multiple tables: a module with 2 tables needs the proposal "reference-types"`},
		{"struct", `(type (struct))`, wasm.FeatureGC, `type 0: a type of kind struct needs the proposal "gc"`},
		{"anyref", `(func (local anyref))`, wasm.FeatureGC, `function 0: the type anyref needs the proposal "gc"`},
		{"rec", `(rec (type (func)))`, wasm.FeatureGC, `a recursion group needs the proposal "gc"`},
		{"sub", `(type (sub (func)))`, wasm.FeatureGC, `type 0: a sub type needs the proposal "gc"`},
		{"own global", `(global i32 (i32.const 0)) (global i32 (global.get 0))`, wasm.FeatureGC, `unknown global 0: a constant expression that reads a global which is not imported needs the proposal "gc"`},
		{"typed reference", `(type $t (func)) (func (param (ref null $t)))`, wasm.FeatureFunctionReferences, `type 1: the type (ref null 0) needs the proposal "function-references"`},
		{"table init", `(table 1 funcref (ref.null func))`, wasm.FeatureFunctionReferences, `a table with an initializer needs the proposal "function-references"`},
		{"exnref", `(func (local exnref))`, wasm.FeatureExceptions, `function 0: the type exnref needs the proposal "exceptions"`},
		{"legacy throw", `(tag) (func (throw 0))`, wasm.FeatureExceptions, ""},
		{"try", `(func (try (do)))`, wasm.FeatureLegacyExceptions, `function 0: the instruction try needs the proposal "legacy-exceptions"`},
		{"i64 memory", `(memory i64 1)`, wasm.FeatureMemory64, `a memory with addresses of type i64 needs the proposal "memory64"`},
		{"i64 table", `(table i64 1 funcref)`, wasm.FeatureMemory64, `a table with addresses of type i64 needs the proposal "memory64"`},
		{"memories", `(memory 1) (memory 1)`, wasm.FeatureMultiMemory, `multiple memories: a module with 2 memories needs the proposal "multi-memory"`},
		{"shared", `(memory 1 2 shared)`, wasm.FeatureThreads, `a shared memory needs the proposal "threads"`},
		{"atomic", `(memory 1) (func atomic.fence)`, wasm.FeatureThreads, `function 0: the instruction atomic.fence needs the proposal "threads"`},
		{"page size", `(memory 1 (pagesize 1))`, wasm.FeatureCustomPageSizes, `a memory that says its page size needs the proposal "custom-page-sizes"`},
		{"extended const", `(global i32 (i32.add (i32.const 0) (i32.const 0)))`, wasm.FeatureExtendedConst, `constant expression required: the instruction i32.add in a constant expression needs the proposal "extended-const"`},
		{"mutable import", `(import "m" "g" (global (mut i32)))`, wasm.FeatureMutableGlobals, `a mutable global that is imported or exported needs the proposal "mutable-globals"`},
		{"mutable export", `(global (export "g") (mut i32) (i32.const 0))`, wasm.FeatureMutableGlobals, `a mutable global that is imported or exported needs`},
		{"passive data", `(data "")`, wasm.FeatureBulkMemory, `a passive data segment needs the proposal "bulk-memory"`},
		{"declarative elements", `(elem declare func)`, wasm.FeatureReferenceTypes, `a declarative element segment needs the proposal "reference-types"`},
		{"tail call", `(func (return_call 0))`, wasm.FeatureTailCall, `function 0: the instruction return_call needs the proposal "tail-call"`},
		{"sign extension", `(func (drop (i32.extend8_s (i32.const 0))))`, wasm.FeatureSignExtension, `function 0: the instruction i32.extend8_s needs the proposal "sign-extension"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, test.fields, wasm.AllFeatures, "")
			check(t, test.fields, wasm.AllFeatures.Without(test.lacks), test.want)
		})
	}
}

// TestPosition checks that an error points at the instruction.
func TestPosition(t *testing.T) {
	src := "(module\n  (func\n    i32.const 1\n    i64.eqz\n    drop))"
	s, err := text.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Locate(valid.Module(s.Module, wasm.AllFeatures))
	if err == nil || !strings.HasPrefix(err.Error(), "4:5: type mismatch") {
		t.Errorf("error %v, want one at 4:5", err)
	}
}

// TestFirstFunction checks that of many bad functions the first one is named,
// however many goroutines look at them.
func TestFirstFunction(t *testing.T) {
	var src strings.Builder
	src.WriteString("(module ")
	for i := range 6000 {
		src.WriteString("(func " + strings.Repeat("nop ", 60))
		if i >= 1234 {
			src.WriteString(" i32.const 1")
		}
		src.WriteString(")")
	}
	m := parse(t, src.String()+")")
	for range 20 {
		err := valid.Module(m, wasm.AllFeatures)
		if err == nil || !strings.HasSuffix(err.Error(), ", in function 1234") {
			t.Fatalf("error %v, want one in function 1234", err)
		}
	}
}
