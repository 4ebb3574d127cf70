// This file tests the store of types and matching.

package valid_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/valid"
)

// ids gives the TypeIDs of the types of a module in the text format.
func ids(t *testing.T, s *valid.Types, src string) []valid.TypeID {
	t.Helper()
	got, err := s.AddModule(parse(t, src))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return got
}

func TestTypesSame(t *testing.T) {
	tests := []struct {
		name, a, b string
		same       bool
	}{
		{"plain", `(type (func (param i32)))`, `(type (func (param i32)))`, true},
		{"other parameter", `(type (func (param i32)))`, `(type (func (param i64)))`, false},
		{"final or not", `(type (func))`, `(type (sub (func)))`, false},
		{"explicit final", `(type (func))`, `(type (sub final (func)))`, true},
		{"rec of one", `(type (func))`, `(rec (type (func)))`, true},
		{"self reference", `(type (struct (field (ref null 0))))`, `(type (struct (field (ref null 0))))`, true},
		{"unrolled", `(type $x (struct (field (ref null $x)))) (type (struct (field (ref null $x))))`,
			`(type $x (struct (field (ref null $x)))) (type (struct (field (ref null 1))))`, false},
		{"group of two", `(rec (type (struct (field (ref null 1)))) (type (struct (field (ref null 0)))))`,
			`(rec (type (struct (field (ref null 1)))) (type (struct (field (ref null 0)))))`, true},
		{"other order", `(rec (type (struct)) (type (array i8)))`, `(rec (type (array i8)) (type (struct)))`, false},
		{"mutable", `(type (array i8))`, `(type (array (mut i8)))`, false},
		{"packed", `(type (array i8))`, `(type (array i16))`, false},
		{"nullable", `(type (func (param (ref null func))))`, `(type (func (param (ref func))))`, false},
		{"struct and array", `(type (struct (field i8)))`, `(type (array i8))`, false},
		{"results are not parameters", `(type (func (param i32)))`, `(type (func (result i32)))`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := valid.NewTypes()
			a := ids(t, s, "(module "+test.a+")")
			// Other types shift the indices of the second module.
			b := ids(t, s, "(module "+test.b+")")
			if same := slices.Equal(a, b); same != test.same {
				t.Errorf("ids %v and %v, want same = %v", a, b, test.same)
			}
		})
	}
}

func TestTypesIndicesDiffer(t *testing.T) {
	s := valid.NewTypes()
	a := ids(t, s, `(module (type $f (func)) (type $s (struct (field (ref $f)))))`)
	b := ids(t, s, `(module (type (array i8)) (type $f (func)) (type (func (param f32))) (type $s (struct (field (ref $f)))))`)
	if a[0] != b[1] || a[1] != b[3] {
		t.Errorf("ids %v and %v: equal types have different ids", a, b)
	}
	if id := s.AddFunc(wasm.FuncType{}); id != a[0] {
		t.Errorf("AddFunc gives %d, want %d", id, a[0])
	}
	ref := wasm.Ref(true, wasm.HeapIndex(uint32(a[1])))
	id := s.AddFunc(wasm.FuncType{Params: []wasm.ValType{ref}})
	c := ids(t, s, `(module (type $f (func)) (type $s (struct (field (ref $f)))) (type (func (param (ref null $s)))))`)
	if id != c[2] {
		t.Errorf("AddFunc of a canonical type gives %d, want %d", id, c[2])
	}
}

func TestMatchDef(t *testing.T) {
	s := valid.NewTypes()
	x := ids(t, s, `(module
		(type $a (sub (struct)))
		(type $b (sub $a (struct (field i32))))
		(type $c (sub $b (struct (field i32) (field i64))))
		(type $d (sub $a (struct (field f32))))
		(type $f (sub (func (param (ref $c)) (result (ref $a)))))
		(type $g (sub $f (func (param (ref $a)) (result (ref $c))))))`)
	for _, p := range [][3]int{{0, 0, 1}, {1, 0, 1}, {2, 0, 1}, {2, 1, 1}, {3, 0, 1}, {5, 4, 1},
		{0, 1, 0}, {3, 1, 0}, {2, 3, 0}, {4, 5, 0}, {4, 0, 0}} {
		if got := s.MatchDef(x[p[0]], x[p[1]]); got != (p[2] == 1) {
			t.Errorf("type %d matches type %d: %v", p[0], p[1], got)
		}
	}
	ref := func(null bool, i int) wasm.ValType { return wasm.Ref(null, wasm.HeapIndex(uint32(x[i]))) }
	for _, m := range []struct {
		sub, super wasm.ValType
		want       bool
	}{
		{ref(false, 2), wasm.AnyRef, true}, {ref(false, 2), wasm.StructRef, true}, {ref(false, 2), wasm.ArrayRef, false},
		{ref(true, 2), wasm.Ref(false, wasm.HeapAny), false}, {ref(false, 4), wasm.FuncRef, true}, {ref(false, 4), wasm.AnyRef, false},
		{wasm.NullRef, ref(true, 2), true}, {wasm.NullRef, ref(false, 2), false}, {wasm.NullFuncRef, ref(true, 4), true},
		{wasm.NullFuncRef, ref(true, 2), false}, {wasm.I31Ref, wasm.EqRef, true}, {wasm.EqRef, wasm.I31Ref, false},
		{wasm.NullExternRef, wasm.ExternRef, true}, {wasm.ExternRef, wasm.AnyRef, false}, {wasm.NullExnRef, wasm.ExnRef, true},
		{wasm.I32, wasm.I64, false}, {wasm.I32, wasm.I32, true}, {wasm.Bot, wasm.V128, true}, {wasm.AnyRef, ref(true, 0), false},
	} {
		if got := s.MatchVal(m.sub, m.super); got != m.want {
			t.Errorf("%s matches %s: %v", m.sub, m.super, got)
		}
	}
}

// TestMatchDeep compares the short way to a supertype with a walk.
func TestMatchDeep(t *testing.T) {
	var src strings.Builder
	src.WriteString("(module (type (sub (struct)))")
	parents := []int{-1}
	for i := 1; i < 400; i++ {
		parent := max(0, i-1-(i*7919)%(1+i/6))
		if depth := func() (n int) {
			for p := parent; p >= 0; p = parents[p] {
				n++
			}
			return n
		}(); depth > valid.MaxSubtypeDepth {
			parent = 0
		}
		parents = append(parents, parent)
		src.WriteString("(type (sub " + itoa(parent) + " (struct (field " + strings.Repeat("i32 ", 0) + "))))")
	}
	s := valid.NewTypes()
	// Equal groups would get one id; an extra field tells them apart.
	m := parse(t, src.String()+")")
	for i := range m.Types {
		m.Types[i].Comp.Fields = nil
		for p := i; p > 0; p = parents[p] {
			m.Types[i].Comp.Fields = append([]wasm.FieldType{{Storage: wasm.I32, Mutable: p%2 == 0}, {Storage: wasm.F32, Mutable: p%3 == 0}}, m.Types[i].Comp.Fields...)
		}
	}
	x, err := s.AddModule(m)
	if err != nil {
		t.Fatal(err)
	}
	for i := range parents {
		above := map[valid.TypeID]bool{}
		for p := i; p >= 0; p = parents[p] {
			above[x[p]] = true
		}
		for j := range parents {
			if got := s.MatchDef(x[i], x[j]); got != above[x[j]] {
				t.Fatalf("type %d matches type %d: %v", i, j, got)
			}
		}
	}
}

func TestTypesErrors(t *testing.T) {
	chain := `(type (sub (struct)))`
	for i := range 64 {
		chain += ` (type (sub ` + itoa(i) + ` (struct)))`
	}
	for _, test := range []struct{ src, want string }{
		{`(type (func (param (ref 1))))`, "unknown type 1"},
		{`(type (struct (field (ref null 9))))`, "unknown type 9: 1 types are defined here, in type 0"},
		{`(type $a (struct)) (type (sub $a (struct)))`, "sub type of a final type"},
		{`(type $a (sub (struct (field i32)))) (type (sub $a (struct)))`, "sub type does not match its supertype: expected at least 1 fields, found 0, in type 1"},
		{`(type $a (sub (struct (field i32)))) (type (sub $a (struct (field i64))))`, "field 0 has the type i64, expected one that matches i32"},
		{`(type $a (sub (array (mut i32)))) (type (sub $a (array i32)))`, "field 0 is mutable in one of them only"},
		{`(type $a (sub (func))) (type (sub $a (func (param i32))))`, "the parameters must be wider"},
		{`(type $a (sub (func))) (type (sub $a (struct)))`, "expected a func, found a struct"},
		{`(rec (type (sub 1 (struct))) (type (sub (struct))))`, "unknown type 1: a supertype must be defined before its sub type"},
		{`(type (sub 0 (struct)))`, "unknown type 0"},
		{chain, "sub type hierarchy too deep: more than 63 supertypes, in type 64"},
	} {
		s := valid.NewTypes()
		s.AddFunc(wasm.FuncType{})
		m := parse(t, "(module "+test.src+")")
		got, err := s.AddModule(m)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.60s: error %v, want %q", test.src, err, test.want)
		}
		if s.Len() != 1+len(got) {
			t.Errorf("%.60s: %d types in the store, want %d", test.src, s.Len(), 1+len(got))
		}
	}
}

func TestMatchExtern(t *testing.T) {
	// Each module exports one thing; the second imports the same kind.
	tests := []struct {
		name, give, types, take string
		want                    bool
	}{
		{"func", `(func (export "x") (param i32))`, ``, `(func (param i32))`, true},
		{"func type", `(func (export "x") (param i32))`, ``, `(func (param i64))`, false},
		{"kind", `(func (export "x"))`, ``, `(memory 1)`, false},
		{"func sub", `(type $a (sub (func))) (type $b (sub $a (func))) (func (export "x") (type $b))`, `(type (sub (func)))`, `(func (type 0))`, true},
		{"func super", `(type $a (sub (func))) (func (export "x") (type $a))`, `(type $a (sub (func))) (type $b (sub $a (func)))`, `(func (type $b))`, false},
		{"memory", `(memory (export "x") 2 3)`, ``, `(memory 1 4)`, true},
		{"memory small", `(memory (export "x") 1 3)`, ``, `(memory 2 4)`, false},
		{"memory open", `(memory (export "x") 2)`, ``, `(memory 1 4)`, false},
		{"memory i64", `(memory (export "x") i64 2)`, ``, `(memory 1)`, false},
		{"memory shared", `(memory (export "x") 1 2 shared)`, ``, `(memory 1 2)`, false},
		{"page size", `(memory (export "x") 1 (pagesize 1))`, ``, `(memory 1)`, false},
		{"page size same", `(memory (export "x") 1 (pagesize 65536))`, ``, `(memory 1)`, true},
		{"table", `(table (export "x") 1 funcref)`, ``, `(table 1 funcref)`, true},
		{"table elements", `(table (export "x") 1 1 nullfuncref)`, ``, `(table 1 funcref)`, false},
		{"table i64", `(table (export "x") i64 1 funcref)`, ``, `(table 1 funcref)`, false},
		{"global", `(global (export "x") nullref (ref.null none))`, ``, `(global anyref)`, true},
		{"global up", `(global (export "x") anyref (ref.null none))`, ``, `(global nullref)`, false},
		{"global mut", `(global (export "x") (mut nullref) (ref.null none))`, ``, `(global (mut anyref))`, false},
		{"global mut same", `(global (export "x") (mut i32) (i32.const 0))`, ``, `(global (mut i32))`, true},
		{"global const", `(global (export "x") i32 (i32.const 0))`, ``, `(global (mut i32))`, false},
		{"tag", `(tag (export "x") (param i32))`, ``, `(tag (param i32))`, true},
		{"tag type", `(tag (export "x") (param i32))`, ``, `(tag)`, false},
		{"tag sub", `(type $a (sub (func))) (type $b (sub $a (func))) (tag (export "x") (type $b))`, `(type (sub (func)))`, `(tag (type 0))`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := valid.NewTypes()
			_, exports, err := s.AddExterns(parse(t, "(module "+test.give+")"))
			if err != nil {
				t.Fatal(err)
			}
			imports, _, err := s.AddExterns(parse(t, "(module "+test.types+` (import "m" "x" `+test.take+"))"))
			if err != nil {
				t.Fatal(err)
			}
			if got := s.MatchExtern(exports[0].Type, imports[0].Type); got != test.want {
				t.Errorf("match is %v", got)
			}
		})
	}
}
