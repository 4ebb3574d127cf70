// This file checks error messages and the places of errors.

package text

import (
	"errors"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

func TestErrors(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{``, `1:1: unexpected token the end of the source: expected "(component"`},
		{`(module)`, `1:1: unexpected token "module": the source is a core module; expected "(component"`},
		{`(foo)`, `1:2: unexpected token "foo": expected "(component"`},
		{`(component) x`, `1:13: unexpected token "x": the component that starts at 1:1 ends before it`},
		{`(component`, `1:11: unexpected token the end of the source: expected a definition of a component`},
		{`(component (foo))`, `1:13: unexpected token "foo": expected a definition of a component`},
		{`(component (module))`, `1:13: unexpected token "module": expected "core module"`},
		{`(component binary "")`, `1:12: unexpected token "binary"`},
		{`(component (core foo))`, `1:18: unexpected token "foo": expected module, instance, type, rec, func`},
		{`(component (core module binary ""))`, `test scripts only`},
		{`(component (core module (func (unknown))))`, `1:32: `},
		{`(component (import "x" (func $x)) (component (export "x" (func $x))))`, "1:64: outer item `x` is not a module, type, or component"},
		{`(component (export "x" (func $x)))`, "1:30: unknown func: failed to find name `$x` among the definitions before it"},
		{`(component (type (list $x)) (type $x u8))`, "unknown type: failed to find name `$x`"},
		{`(component (core func (canon lower (func $f))))`, "unknown func: failed to find name `$f`"},
		{`(component (core instance (instantiate $m)))`, "unknown core module: failed to find name `$m`"},
		{`(component (core type (func (param (ref $t)))))`, "unknown type"},
		{`(component (type $a u8) (type $a u8))`, "1:31: duplicate type identifier `$a`: it is defined already in this scope"},
		{`(component (core rec (type $a (func)) (type $a (func))))`, "duplicate core type identifier `$a`"},
		{`(component (alias outer $D 0 (type)))`, "unknown component: outer component `$D` not found"},
		{`(component (alias outer 2 $t (type)))`, "outer count of `2` is too large"},
		{`(component (alias outer 0 0 (func)))`, "unexpected sort func of an alias: expected core module, core type, component or type"},
		{`(component (alias export 0 "x" (core func)))`, "unexpected sort core func of an alias"},
		{`(component (alias core export 0 "x" (func)))`, "unexpected sort func of an alias"},
		{`(component (alias foo))`, `expected "export", "core export" or "outer"`},
		{`(component (core type (module (alias outer 0 0 (func)))))`, "a module type has outer aliases of types only"},
		{`(component (import "a" (external-id "x") (external-id "y") (func)))`, `1:43: unexpected token "external-id": the name has this attribute already`},
		{`(component (import "a" (core func)))`, `unexpected token "core": expected core module, func`},
		{`(component (import "a" "b" (func)))`, `unexpected token "b": expected "(" with the type of an import or export`},
		{`(component (import "a" (type u8)))`, `expected (eq ...) or (sub resource)`},
		{`(component (import "\ff" (func)))`, `malformed UTF-8 encoding`},
		{`(component (import "\zz" (func)))`, `invalid string escape`},
		{`(component (export "x" func 0))`, `expected "(" with a sort and an index`},
		{`(component (export "x" (fun 0)))`, `expected a sort: func, value, type`},
		{`(component (export "x" (func 0 "y" z)))`, `expected the name of an export or ")"`},
		{`(component (core func (canon lower 0)))`, `expected "(func"`},
		{`(component (core func (canon lower (func 0) (memory (memory 0)))))`, `unexpected token "memory": expected "core" before it, as in "(core memory"`},
		{`(component (core func (canon lower (func 0) (memory $i "m"))))`, `expected ")"`},
		{`(component (core func (canon lift (core func 0))))`, `canon lift defines a func`},
		{`(component (func (canon lower (func 0))))`, `canon lower defines a core func`},
		{`(component (canon lower (func 0) (func)))`, `expected "core func": that is what canon lower defines`},
		{`(component (canon foo))`, `expected lift, lower, or the name of a canonical built-in`},
		{`(component (func))`, `expected "(canon"`},
		{`(component (core instance (export "f" (func 0 "a" "b"))))`, `expected one name`},
		{`(component (core instance (instantiate 0 (with "a" (func 0)))))`, `expected "(instance"`},
		{`(component (core instance (export "x") (instantiate 0)))`, `unexpected inline export`},
		{`(component (core table 1))`, `expected an alias, as in (core table (alias core export 0 "name"))`},
		{`(component (type (instance (import "x" (func)))))`, `an instance type has no imports`},
		{`(component (type (instance (core module))))`, `component and instance types define no core module`},
		{`(component (type (component (func (import "x")))))`, `a declaration of a component type`},
		{`(component (type (component (type (export "x") u8))))`, `expected a type`},
		{`(component (type foo))`, `unexpected token "foo": expected a type`},
		{`(component (type (list)))`, `expected a value type`},
		{`(component (type (list u8 -1)))`, `expected a length`},
		{`(component (type (list u8 4294967296)))`, `constant out of range: "4294967296" does not fit 32 bits`},
		{`(component (type (resource)))`, `expected "(rep"`},
		{`(component (type (func (param u8))))`, `expected the label of a parameter`},
		{`(component (type (func (result u8) (result u8))))`, `expected a parameter or result or ")"`},
		{`(component (core type (module (export "x" (func $f)))))`, `the exports of a module type have no identifiers`},
		{`(component (core type (module (foo))))`, `a declaration of a module type`},
		{`(component (start 0 (result u8)))`, `expected "(value"`},
		{`(component (start 0` + strings.Repeat(" (result (value))", 17) + `))`, `1:12: too many results of a start definition: the limit of this implementation is 16`},
		{"(component\n  (type u8)\n  (type 'x'))", `3:9: unknown operator 'x'`},
		{`(component (@name "x") (type u8) (@name "y"))`, `misplaced @name annotation`},
		{`(component (type "x))`, `unclosed string`},
	} {
		_, err := Parse([]byte(test.src))
		var e *diag.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s:\n got %v\nwant %s", test.src, err, test.want)
		} else if e.At.Line == 0 {
			t.Errorf("%s: the error has no line: %v", test.src, err)
		}
	}
}

func TestNesting(t *testing.T) {
	for _, test := range []struct{ head, tail string }{
		{"(component ", ")"},
		{"(type (component ", "))"},
		{"(type (instance ", "))"},
		{`(import "x" (instance `, "))"},
		{`(export "x" (instance `, "))"},
		{`(core type (module (type (module `, "))))"},
		{"(type (list ", "))"},
		{"(list ", ")"},
	} {
		for _, n := range []int{101, 1000, 100_000} {
			src := "(component (type (component " + strings.Repeat(test.head, n) + strings.Repeat(test.tail, n) + ")))"
			if test.head == "(component " {
				src = strings.Repeat(test.head, n) + strings.Repeat(test.tail, n)
			}
			if _, err := Parse([]byte(src)); err == nil {
				t.Errorf("%d times %s: no error", n, test.head)
			}
		}
	}
	deep := strings.Repeat("(component ", 100) + strings.Repeat(")", 100)
	src, err := Parse([]byte(deep))
	if err != nil {
		t.Fatal(err)
	}
	checkBinary(t, "100 components", src)
	deep = "(component " + strings.Repeat("(type (component ", 100) + strings.Repeat("))", 100) + ")"
	if src, err = Parse([]byte(deep)); err != nil {
		t.Fatal(err)
	}
	checkBinary(t, "100 types", src)
	deep = "(component (type " + strings.Repeat("(list ", 500) + "u8" + strings.Repeat(")", 500) + "))"
	if src, err = Parse([]byte(deep)); err != nil {
		t.Fatal(err)
	}
	checkBinary(t, "500 lists", src)
}

func TestLocate(t *testing.T) {
	const text = `(component
  (core module (func nop nop))
  (component
    (type u8)
    (core module
      (global i32 (i32.const 1))
      (func
        nop
        drop))))
`
	src, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	first := src.Component.Defs[0].(*component.CoreModule)
	nested := src.Component.Defs[1].(*component.Component)
	second := nested.Defs[1].(*component.CoreModule)
	for _, test := range []struct {
		name, want string
		at         int64
	}{
		{"first module", "2:3", first.Pos},
		{"component", "3:3", nested.Pos},
		{"type", "4:5", nested.Defs[0].Position()},
		{"first body", "2:26", first.Module.Funcs[0].Body.Offset + 1},
		{"second body", "9:9", second.Module.Funcs[0].Body.Offset + 1},
		{"global", "6:20", second.Module.Globals[0].Init.Offset},
	} {
		got := src.Locate(&diag.Error{Msg: "x", At: diag.Offset(test.at)})
		if want := test.want + ": x"; got.Error() != want {
			t.Errorf("%s: got %v, want %s", test.name, got, want)
		}
	}
	wrapped := src.Locate(&diag.Error{Msg: "outer", At: diag.Offset(first.Pos), Err: &diag.Error{Msg: "inner", At: diag.Offset(first.Module.Funcs[0].Body.Offset)}})
	if want := "2:3: outer: 2:22: inner"; wrapped.Error() != want {
		t.Errorf("wrapped: got %v, want %s", wrapped, want)
	}
	for _, err := range []error{nil, errors.New("x"), &diag.Error{Msg: "x"}, &diag.Error{Msg: "x", At: diag.LineCol(1, 2, 3)}, &diag.Error{Msg: "x", At: diag.Offset(1 << 60)}} {
		if got := src.Locate(err); (got == nil) != (err == nil) || err != nil && got.Error() != err.Error() {
			t.Errorf("Locate(%v) = %v", err, got)
		}
	}
}

func TestParseFields(t *testing.T) {
	s := lex.New([]byte(`(component $C (type $t u8)) (after)`), KeepAnnotation)
	s.Open("component")
	id := s.Name(s.Next())
	src, err := ParseFields(s, id)
	if err != nil {
		t.Fatal(err)
	}
	if !s.HeadIs("after") {
		t.Error("the scanner is not behind the component")
	}
	if n := len(src.Component.Defs); n != 2 {
		t.Errorf("%d definitions, want a type and the names", n)
	}
	if _, err := ParseBody([]byte(`(component) (type u8)`)); err != nil {
		t.Error(err)
	}
	if _, err := ParseBody([]byte(`(type u8))`)); err == nil {
		t.Error("ParseBody takes a parenthesis too much")
	}
}
