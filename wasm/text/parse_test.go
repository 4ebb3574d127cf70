// This file tests the parser: abbreviations against what they stand for,
// identifiers against the name section, and places against the text.

package text

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
	"github.com/google/go-cmp/cmp"
)

// assemble parses a module, without its name section, and encodes it.
func assemble(t *testing.T, src string) []byte {
	t.Helper()
	s, err := Parse([]byte(src))
	if err != nil {
		t.Fatalf("%s\n%s", diag.Excerpt([]byte(src), err), src)
	}
	m := s.Module
	if n := len(m.Customs); n > 0 && m.Customs[n-1].Name == "name" {
		m.Customs = m.Customs[:n-1]
	}
	data, err := binary.Encode(m)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return data
}

// same lists texts that are the same module.
var same = [][]string{
	{"", "(module)", "(module $m)", "(; ;) (module) ;; x"},
	{
		`(type (func (param i32 i64) (result f32))) (func (type 0) unreachable)`,
		`(type $t (func (param i32) (param $x i64) (result f32))) (func $f (type $t) unreachable)`,
		`(func (type 0) (param i32 i64) (result f32) unreachable) (type (sub final (func (param i32 i64) (result f32))))`,
		`(func (param i32) (param i64) (result) (result f32) unreachable)`,
	},
	{ // A group of one is like a type outside of groups; types of larger ones do not stand for inline types.
		`(rec (type (func))) (rec (type (func (param i32))) (type (struct))) (func (type 0)) (func (type 3) ) (type (func (param i32)))`,
		`(rec (type (func))) (rec (type (func (param i32))) (type (struct))) (func) (func (param i32))`,
	},
	{ // Inline types are added in the order of the text.
		`(func (type 1) (block (type 2) unreachable) drop) (func (type 3)) (type (struct)) (type (func)) (type (func (result i32 i32))) (type (func (param f32)))`,
		`(func (block (result i32 i32) unreachable) drop) (func (param f32)) (type (struct))`,
	},
	{
		`(func (param i32) (local i32 i32 i64) local.get 0 local.set 2)`,
		`(func (param $p i32) (local $a i32) (local) (local $b i32) (local i64) (local.set $b (local.get $p)))`,
		`(func (param $"p" i32) (local i32) (local $"\62" i32) (local i64) local.get $"\70" local.set $b)`,
	},
	{
		`(import "a" "b" (func (type 0))) (import "a" "c" (memory 1 2)) (func (type 0)) (export "x" (func 0)) (export "y" (func 1)) (type (func))`,
		`(func (export "x") (import "a" "b")) (memory (import "a" "c") 1 2) (func (export "y"))`,
	},
	{
		`(import "a" "t" (table i64 1 funcref)) (import "a" "g" (global (mut i32))) (import "a" "e" (tag (param i32))) (export "g" (global 0)) (export "e" (tag 0))`,
		`(table $t (import "a" "t") i64 1 funcref) (global $g (export "g") (import "a" "g") (mut i32)) (tag $e (export "e") (import "a" "e") (param i32))`,
	},
	{
		`(table 2 2 funcref) (elem (i32.const 0) func 0 0) (func)`,
		`(table 2 2 (ref null func)) (elem (offset i32.const 0) 0 0) (func)`,
		`(table $t funcref (elem $f $f)) (func $f)`,
		`(table 2 2 funcref) (elem $e (offset (i32.const 0)) $f $f) (func $f)`,
		`(table 2 2 funcref) (elem 0 (i32.const 0) 0 0) (func)`,
	},
	{
		`(table i64 1 1 funcref) (elem (i64.const 0) funcref (item ref.null func))`,
		`(table i64 funcref (elem (ref.null func)))`,
		`(table i64 funcref (elem (item (ref.null func))))`,
	},
	{
		`(table 1 1 (ref null 0)) (elem (table 0) (i32.const 0) (ref null 0) (item ref.func 0)) (type (func)) (func)`,
		`(table (ref null $t) (elem $f)) (type $t (func)) (func $f)`,
	},
	{
		`(func) (elem func 0) (elem declare func 0) (elem anyref)`,
		`(func $f) (elem $a func $f) (elem $b declare func $f) (elem (ref null any))`,
	},
	{
		`(memory 1 1) (data (i32.const 0) "ab")`,
		`(memory (data "a" "" "b"))`,
		`(memory $m 1 1) (data $d (offset i32.const 0) "\61\u{62}")`,
		`(memory 1 1) (data 0 (i32.const 0) "ab")`,
	},
	{
		`(memory i64 3 3 (pagesize 1)) (data (i64.const 0) "abc") (memory 1 1) (data (memory 1) (i32.const 0) "x") (memory 0 0) (data (memory 2) (i32.const 0))`,
		`(memory i64 (pagesize 1) (data "abc")) (memory (data "x")) (memory $m (data))`,
	},
	{ // The index of a segment within a memory or table counts.
		`(memory 1 1) (data (i32.const 0) "a") (data "b") (func data.drop 1 elem.drop 1) (table 0 0 funcref) (elem (i32.const 0) func) (elem func)`,
		`(memory (data "a")) (data $d "b") (func data.drop $d elem.drop $e) (table funcref (elem)) (elem $e func)`,
	},
	{
		`(func i32.const 1 i32.const 2 i32.add i32.const 3 i32.mul drop)`,
		`(func (drop (i32.mul (i32.add (i32.const 1) (i32.const 2)) (i32.const 3))))`,
		`(func (i32.add (i32.const 1) (i32.const 2)) (i32.const 3) i32.mul (drop))`,
	},
	{
		`(func (param i32) local.get 0 if br 0 else br 1 end)`,
		`(func (param i32) (if $x (local.get 0) (then (br $x)) (else (br 1))))`,
		`(func (param i32) (local.get 0) if $x br $x else $x br 1 end $x)`,
		`(func (param i32) (local.get 0) (if $x (then br $x) (else br 1)))`,
	},
	{
		`(func block (result i32) loop (type 1) br 1 end end drop) (type (func (result i32))) (type (func)) `,
		`(func (drop (block $a (result i32) (loop $b (type 1) (br $a))))) (type (func (result i32))) (type (func))`,
	},
	{ // The innermost label of a name counts, and the outer one comes back.
		`(func block block br 0 end br 0 end)`,
		`(func block $l block $l br $l end br $l end)`,
	},
	{
		`(tag) (func block try_table (catch 0 0) (catch_ref 0 0) (catch_all 0) (catch_all_ref 1) end end)`,
		`(tag $e) (func $f block $l (try_table $t (catch $e $l) (catch_ref $e $l) (catch_all $l) (catch_all_ref 1)) end)`,
	},
	{
		`(tag) (func try nop catch 0 rethrow 0 catch_all end block try nop delegate 0 end)`,
		`(tag $e) (func (try $t (do nop) (catch $e (rethrow $t)) (catch_all)) (block $b (try (do (nop)) (delegate $b))))`,
	},
	{
		`(func try end) `,
		`(func (try (do)))`,
	},
	{
		`(table 1 funcref) (func i32.const 0 call_indirect (type 1) i32.const 0 call_indirect 0 (type 0)) (type (func)) (type (func (param) (result)))`,
		`(table $t 1 funcref) (func (call_indirect $t (type 1) (i32.const 0)) (call_indirect (i32.const 0))) (type (func)) (type (func))`,
	},
	{
		`(memory 1) (data "") (func i32.const 0 i32.const 0 i32.const 0 memory.init 0 0 memory.size memory.copy 0 0 memory.fill)`,
		`(memory $m 1) (data $d "") (func i32.const 0 i32.const 0 i32.const 0 memory.init $d memory.size $m memory.copy memory.fill 0)`,
	},
	{
		`(table 1 funcref) (table 1 funcref) (elem func) (func table.init 1 0 table.copy 1 0 table.size 1 table.get table.init 0 0)`,
		`(table $a 1 funcref) (table $b 1 funcref) (elem $e func) (func table.init $b $e table.copy $b $a table.size $b table.get $a table.init $e)`,
	},
	{
		`(memory 1) (memory 1) (func i32.load 0 offset=0 align=4 i64.store8 1 offset=0x1_0 v128.load8_lane 1 align=1 3 v128.load8_lane 0 15)`,
		`(memory 1) (memory $m 1) (func i32.load i64.store8 $m offset=16 align=1 v128.load8_lane $m 3 v128.load8_lane 15)`,
	},
	{
		`(type (struct (field i8) (field (mut i32)) (field (ref null 0)))) (func struct.get 0 1 struct.set 0 2)`,
		`(type $s (struct (field $a i8) (field $b (mut i32)) (field $c (ref null $s)))) (func struct.get $s $b struct.set 0 $c)`,
		`(type $s (struct (field i8 (mut i32)) (field (ref null 0)))) (func struct.get $s 1 struct.set $s 2)`,
	},
	{
		`(func ref.test (ref null any) ref.test (ref any) ref.cast (ref null i31) block br_on_cast 0 (ref null any) (ref eq) end ref.null any select (result i32) select)`,
		`(func ref.test anyref ref.test (ref any) ref.cast i31ref block $l br_on_cast $l anyref (ref eq) end ref.null any select (result) (result i32) select)`,
	},
	{
		`(func v128.const i8x16 1 0 0 0 2 0 0 0 3 0 0 0 255 255 255 255 drop)`,
		`(func v128.const i32x4 1 2 3 -1 drop)`,
		`(func v128.const i16x8 1 0 2 0 3 0 -1 0xffff drop)`,
		`(func v128.const i64x2 0x2_0000_0001 0xffffffff_00000003 drop)`,
		`(func v128.const f32x4 0x1p-149 0x1p-148 0x3p-149 -nan:0x7fffff drop)`,
	},
	{
		`(func v128.const f64x2 1 inf drop)`,
		`(func v128.const i64x2 0x3ff0000000000000 0x7ff0000000000000 drop)`,
	},
	{
		`(func) (start 0) (global i32 i32.const 1) (global (mut f32) (f32.const 0))`,
		`(start $f) (func $f) (global $g i32 (i32.const 1)) (global (mut f32) f32.const 0x0p0)`,
	},
	{
		`(memory 1 2 shared) (func i32.atomic.load offset=4 atomic.fence memory.atomic.notify i64.add128)`,
		`(memory 1 2 shared) (func (i32.atomic.load offset=4 align=4) (atomic.fence) (memory.atomic.notify) (i64.add128))`,
	},
	{
		`(type (sub (struct))) (type (sub final 0 (array (mut i8)))) (rec) (rec (type (sub 0 (struct (field i32)))))`,
		`(type $a (sub (struct))) (type (sub final $a (array (mut i8)))) (rec) (rec (type $b (sub $a (struct (field $x i32)))))`,
	},
}

func TestSame(t *testing.T) {
	for _, texts := range same {
		want := assemble(t, texts[0])
		for _, src := range texts[1:] {
			if got := assemble(t, src); !bytes.Equal(got, want) {
				t.Errorf("\n%s\n% x\nis not\n%s\n% x", src, got, texts[0], want)
			}
		}
	}
}

func TestNames(t *testing.T) {
	const src = `(module $m
		(type $t (func (param $ignored i32)))
		(type $s (struct (field $x i32) (field i32) (field (@name "why not") i32)))
		(import "" "" (func $imported (param $a i32)))
		(import "" "" (global (@name "a global") i32))
		(func $f (@name "λ") (type $t) (local $l i32) (local i32) (local $n (@name "l") i32)
			block $outer loop end (if $inner (i32.const 0) (then)) end)
		(func (param i32) (param $p i32))
		(table $tab 0 funcref)
		(memory $mem 0)
		(tag $tag)
		(elem $e func)
		(data $"d d" "")
	)`
	s, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	got, err := binary.ReadNames(s.Module)
	if err != nil {
		t.Fatal(err)
	}
	name := func(i uint32, s string) wasm.NameAssoc { return wasm.NameAssoc{Index: i, Name: s} }
	want := &wasm.Names{
		Module: "m", HasModule: true,
		Funcs: wasm.NameMap{name(0, "imported"), name(1, "λ")},
		Locals: wasm.IndirectNameMap{
			{Index: 0, Names: wasm.NameMap{name(0, "a")}},
			{Index: 1, Names: wasm.NameMap{name(1, "l"), name(3, "l")}},
			{Index: 2, Names: wasm.NameMap{name(1, "p")}},
		},
		Labels:   wasm.IndirectNameMap{{Index: 1, Names: wasm.NameMap{name(0, "outer"), name(2, "inner")}}},
		Types:    wasm.NameMap{name(0, "t"), name(1, "s")},
		Tables:   wasm.NameMap{name(0, "tab")},
		Memories: wasm.NameMap{name(0, "mem")},
		Globals:  wasm.NameMap{name(0, "a global")},
		Elems:    wasm.NameMap{name(0, "e")},
		Datas:    wasm.NameMap{name(0, "d d")},
		Fields:   wasm.IndirectNameMap{{Index: 1, Names: wasm.NameMap{name(0, "x"), name(2, "why not")}}},
		Tags:     wasm.NameMap{name(0, "tag")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	s, err = Parse([]byte("(module (func (local i32) block end))"))
	if err != nil || len(s.Module.Customs) > 0 {
		t.Errorf("%v, %v: sections without a name", err, s.Module.Customs)
	}
}

func TestCustoms(t *testing.T) {
	// This is the example of the specification.
	const src = `(module $names
        (@custom "A" "aaa")
        (type $t (func))
        (@custom "B" (after func) "bbb")
        (@custom "C" (before func) "ccc")
        (@custom "D" (after last) "ddd")
        (table 10 funcref)
        (func (type $t))
        (@custom "E" (after import) "eee")
        (@custom "F" (before type) "fff")
        (@custom "G" (after data) "ggg")
        (@custom "H" (after code) "hhh")
        (@custom "I" (after func) "iii")
        (@custom "J" (before func) "jjj")
        (@custom "K" (before first) "k" "kk"))`
	s, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	data, err := binary.Encode(s.Module)
	if err != nil {
		t.Fatal(err)
	}
	m, err := binary.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, c := range m.Customs {
		got = append(got, c.Name+" "+c.After.String())
		if c.After != s.Module.Customs[i].After {
			t.Errorf("%s is after %s in the module, %s in the binary", c.Name, s.Module.Customs[i].After, c.After)
		}
		if c.Name == "K" && string(c.Data) != "kkk" {
			t.Errorf("K is %q", c.Data)
		}
	}
	want := []string{"K custom", "F custom", "E type", "C type", "J type", "B func", "I func", "H code", "G code", "name code", "A code", "D code"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBranchHints(t *testing.T) {
	const src = `(import "" "" (func)) (func) (func (local i32 i64)
		(@metadata.code.branch_hint "\01")
		(if (i32.const 0) (then (@metadata.code.branch_hint "\00") br_if 0)))`
	s, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	c, ok := s.Module.Custom(branchHint)
	if want := "\x01\x02\x02\x07\x01\x01\x09\x01\x00"; !ok || string(c.Data) != want || c.After != wasm.SectionFunc {
		t.Errorf("%+v, want data % x", c, want)
	}
}

// TestLocate looks up the place of each instruction in the text.
func TestLocate(t *testing.T) {
	const src = `(module
  (global i32
    i32.const 7)
  (func (param i32)
    (i32.add
      (local.get 0)
      (i32.const 1))
    drop
    (if (local.get 0)
      (then
        nop)
      (else))
    block
    end
  ))`
	s, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"i32.const 0": "3:5", "end 1": "3:16", "local.get 0": "6:8", "i32.const 1": "7:8", "i32.add 0": "5:6", "drop 0": "8:5",
		"local.get 1": "9:10", "if 0": "9:6", "nop 0": "11:9", "else 0": "12:8", "end 2": "12:13", "block 0": "13:5",
		"end 3": "14:5", "end 4": "15:3",
	}
	got := map[string]string{}
	seen := map[wasm.Opcode]int{}
	last := int64(-1)
	look := func(code []byte, offset int64) {
		if offset <= last {
			t.Errorf("offset %#x is not above %#x", offset, last)
		}
		r := binary.NewInstrReader(code, offset)
		var in wasm.Instr
		for r.Next(&in) == nil {
			err := s.Locate(diag.Errorf("x", diag.Offset(in.Pos), "m"))
			if in.Op == wasm.OpEnd && seen[in.Op] == 0 {
				seen[in.Op] = 1
			}
			got[in.Op.String()+" "+string('0'+byte(seen[in.Op]))] = err.(*diag.Error).At.String()
			seen[in.Op]++
			last = in.Pos
		}
	}
	look(s.Module.Globals[0].Init.Code, s.Module.Globals[0].Init.Offset)
	body := &s.Module.Funcs[0].Body
	if at := s.Locate(diag.Errorf("x", diag.Offset(body.Start), "m")).(*diag.Error).At; at.String() != "4:4" {
		t.Errorf("the function is at %s", at)
	}
	look(body.Code, body.Offset)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, other := range []error{errors.New("x"), diag.Errorf("x", diag.Pos{}, "m"), diag.Errorf("x", diag.Offset(5), "m")} {
		if s.Locate(other) != other {
			t.Errorf("%v was changed", other)
		}
	}
}

func TestParseTypes(t *testing.T) {
	lookup := func(id string) (uint32, bool) { return 7, id == "t" }
	scanner := func(src string) *lex.Scanner { return lex.New([]byte(src), nil) }
	for src, want := range map[string]string{"i32": "i32", "(ref null $t)": "(ref null 7)", "nullexnref": "nullexnref"} {
		if got, err := ParseValType(scanner(src), lookup); err != nil || got.String() != want {
			t.Errorf("%s: %s, %v", src, got, err)
		}
	}
	for _, src := range []string{"i8", "(ref $u)", "(ref", "funcrefs", "(rec i32)"} {
		if got, err := ParseValType(scanner(src), lookup); err == nil {
			t.Errorf("%s: %s", src, got)
		}
	}
	sub, err := ParseSubType(scanner("(sub $t 1 (struct (field $x i8 )))"), lookup)
	if err != nil || sub.String() != "(sub 7 1 (struct (field i8)))" {
		t.Errorf("%s, %v", sub, err)
	}
	s := scanner("(type $a (func)) (type (@name \"b\") (array (ref $t)))) rest")
	var ids []string
	group, err := ParseRecGroup(s, lookup, func(id string, i int) { ids = append(ids, id+string('0'+byte(i))) })
	if err != nil || len(group) != 2 || strings.Join(ids, " ") != "a0 1" || s.Text(s.Next()) != "rest" {
		t.Errorf("%v %v %v", group, ids, err)
	}
	addType := func(wasm.FuncType) uint32 { return 9 }
	for src, want := range map[string]string{
		"(func $f (param i32))":        "f 9",
		"(func (type $t))":             " 7",
		"(tag $e (type 3))":            "e 3",
		"(table $t i64 1 2 externref)": "t i64 1 2 externref",
		"(memory $m 1 2 shared)":       "m 1 2 shared",
		"(global $g (mut i64))":        "g (mut i64)",
	} {
		x, id, err := ParseExternType(scanner(src), lookup, addType)
		got := map[wasm.ExternKind]string{
			wasm.ExternFunc: wasm.HeapIndex(x.TypeIndex).String(), wasm.ExternTag: wasm.HeapIndex(x.TypeIndex).String(),
			wasm.ExternTable: x.Table.String(), wasm.ExternMemory: x.Memory.String(), wasm.ExternGlobal: x.Global.String(),
		}[x.Kind]
		if err != nil || id+" "+got != want {
			t.Errorf("%s: %s %s, %v", src, id, got, err)
		}
	}
}

// TestParseFields reads a module in the middle of a text.
func TestParseFields(t *testing.T) {
	s := lex.New([]byte("(module $m (func $f)) rest"), KeepAnnotation)
	for range 3 {
		s.Next()
	}
	src, err := ParseFields(s, "m")
	if err != nil || len(src.Module.Funcs) != 1 || s.Text(s.Next()) != "rest" {
		t.Errorf("%v, %v", src, err)
	}
}

// TestDepth nests blocks as deep as it goes.
func TestDepth(t *testing.T) {
	const n = maxBlocks - 1
	src := "(func " + strings.Repeat("block ", n) + "br 99998 " + strings.Repeat("end ", n) + ")"
	s, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(s.Module.Funcs[0].Body.Code), 3*n+5; got != want {
		t.Errorf("%d bytes of code, want %d", got, want)
	}
	src = "(func " + strings.Repeat("(block ", n) + strings.Repeat(")", n+1)
	if _, err := Parse([]byte(src)); err != nil {
		t.Error(err)
	}
}
