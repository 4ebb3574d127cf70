// This file checks what the abbreviations of the text format stand for.

package text

import (
	"bytes"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
)

// sugar pairs definitions of a component with the explicit ones that they
// stand for.
var sugar = []struct{ name, short, explicit string }{
	{"inline value types",
		`(type (record (field "a" (list (option u8))) (field "b" (tuple u8 (list string)))))`,
		`(type (option u8)) (type (list 0)) (type (list string)) (type (tuple u8 2))
		 (type (record (field "a" 1) (field "b" 3)))`},
	{"all value types",
		`(type $r (resource (rep i32)))
		 (type (variant (case "a") (case $id "b" (own $r)) (case "c" (borrow $r))))
		 (type (result (list u8) (error (list s8)))) (type (result)) (type (result (error u8))) (type (result u8))
		 (type (map string (option char))) (type (list u8 4)) (type (stream (list u8))) (type (stream))
		 (type (future (future))) (type (flags "x" "y")) (type (enum "x")) (type error-context)`,
		`(type (resource (rep i32)))
		 (type (own 0)) (type (borrow 0)) (type (variant (case "a") (case "b" 1) (case "c" 2)))
		 (type (list u8)) (type (list s8)) (type (result 4 (error 5))) (type (result)) (type (result (error u8))) (type (result u8))
		 (type (option char)) (type (map string 10)) (type (list u8 4)) (type (list u8)) (type (stream 13)) (type (stream))
		 (type (future)) (type (future 16)) (type (flags "x" "y")) (type (enum "x")) (type error-context)`},
	{"a type reference in parentheses",
		`(type $t u8) (type (list (type $t))) (type (own (type 0)))`,
		`(type u8) (type (list 0)) (type (own 0))`},
	{"inline function type",
		`(import "f" (func $f async (param "a" (list u8)) (result (list u8))))`,
		`(type (list u8)) (type (list u8)) (type (func async (param "a" 0) (result 1))) (import "f" (func (type 2)))`},
	{"inline instance and component types",
		`(import "i" (instance $i (export "f" (func)) (export "t" (type (sub resource)))))
		 (import "c" (component (import "f" (func)) (export "v" (value u8))))`,
		`(type (instance (type (func)) (export "f" (func (type 0))) (export "t" (type (sub resource)))))
		 (import "i" (instance (type 0)))
		 (type (component (type (func)) (import "f" (func (type 0))) (export "v" (value u8))))
		 (import "c" (component (type 1)))`},
	{"component type that starts with a type",
		`(import "c" (component (type $t u8) (type (list $t)))) (import "d" (component (type (func))))
		 (type $ct (component)) (import "e" (component (type $ct)))`,
		`(type (component (type u8) (type (list 0)))) (import "c" (component (type 0)))
		 (type (component (type (func)))) (import "d" (component (type 1)))
		 (type (component)) (import "e" (component (type 2)))`},
	{"inline module type",
		`(import "m" (core module (import "a" "b" (func (param i32))) (import "a" "c" (func (param i32)))
		   (type $f (func)) (export "d" (func)) (export "e" (func (type $f))) (export "f" (memory 1))))`,
		`(core type (module (type (func (param i32))) (import "a" "b" (func (type 0)))
		   (type (func (param i32))) (import "a" "c" (func (type 1)))
		   (type (func)) (export "d" (func (type 2))) (export "e" (func (type 2))) (export "f" (memory 1))))
		 (import "m" (core module (type 0)))`},
	{"inline alias of component exports",
		`(import "i" (instance $i (export "f" (func)) (export "j" (instance (export "g" (func))))))
		 (export "f" (func $i "f")) (export "g" (func $i "j" "g"))`,
		`(type (instance (type (func)) (export "f" (func (type 0)))
		   (type (instance (type (func)) (export "g" (func (type 0))))) (export "j" (instance (type 1)))))
		 (import "i" (instance (type 0)))
		 (alias export 0 "f" (func)) (export "f" (func 0))
		 (alias export 0 "j" (instance)) (alias export 1 "g" (func)) (export "g" (func 2))`},
	{"inline alias of core exports",
		`(core module $m (memory (export "m") 1) (func (export "f")))
		 (core instance $i (instantiate $m))
		 (core func (canon lower (func 0) (memory (core memory $i "m")) (realloc (core func $i "f"))))
		 (core instance (export "a" (func $i "f")) (export "b" (memory $i "m")))`,
		`(core module (memory (export "m") 1) (func (export "f")))
		 (core instance (instantiate 0))
		 (alias core export 0 "m" (core memory)) (alias core export 0 "f" (core func))
		 (canon lower (func 0) (memory 0) (realloc 0) (core func))
		 (alias core export 0 "f" (core func)) (alias core export 0 "m" (core memory))
		 (core instance (export "a" (func 2)) (export "b" (memory 1)))`},
	{"inverted aliases",
		`(import "i" (instance $i)) (core module $m (alias export $i "m")) (func (alias export $i "f"))
		 (value (alias export $i "v")) (type (alias export $i "t")) (component (alias export $i "c"))
		 (instance (alias export $i "j")) (core instance $ci (instantiate $m))
		 (core func (alias core export $ci "f")) (core table (alias core export $ci "t"))
		 (core memory (alias core export $ci "m")) (core global (alias core export $ci "g"))
		 (core tag (alias core export $ci "e")) (core type (alias outer 0 0)) (component (alias outer 0 0))
		 (type (component (type (alias outer 1 0)) (core type (alias outer 1 0)) (instance (alias export 0 "x"))))
		 (core type (module (type (alias outer 1 0))))`,
		`(import "i" (instance)) (alias export 0 "m" (core module)) (alias export 0 "f" (func))
		 (alias export 0 "v" (value)) (alias export 0 "t" (type)) (alias export 0 "c" (component))
		 (alias export 0 "j" (instance)) (core instance (instantiate 0))
		 (alias core export 0 "f" (core func)) (alias core export 0 "t" (core table))
		 (alias core export 0 "m" (core memory)) (alias core export 0 "g" (core global))
		 (alias core export 0 "e" (core tag)) (alias outer 0 0 (core type)) (alias outer 0 0 (component))
		 (type (component (alias outer 1 0 (type)) (alias outer 1 0 (core type)) (alias export 0 "x" (instance))))
		 (core type (module (alias outer 1 0 (type))))`},
	{"nested component whose first definition is an alias",
		`(component (alias export 0 "f" (func))) (component (alias outer 1 0 (type)) (type u8))`,
		`(component (alias export 0 "f" (func 
		 ))) (component (alias outer 1 0 (type)) (type u8))`},
	{"outer aliases by identifier",
		`(type $t u8) (core module $m) (component $c) (core type $f (func))
		 (component
		   (type (tuple $t (list u8) $t)) (core instance (instantiate $m)) (instance (instantiate $c))
		   (import "x" (core module (import "a" "b" (func (type $f)))))
		   (component (type (list $t))))`,
		`(type u8) (core module) (component) (core type (func))
		 (component
		   (type (list u8)) (alias outer 1 0 (type)) (alias outer 1 0 (type)) (type (tuple 1 0 2))
		   (alias outer 1 0 (core module)) (core instance (instantiate 0))
		   (alias outer 1 0 (component)) (instance (instantiate 0))
		   (core type (module (alias outer 2 0 (type)) (import "a" "b" (func (type 0)))))
		   (import "x" (core module (type 0)))
		   (component (alias outer 2 0 (type)) (type (list 0))))`},
	{"outer aliases in types",
		`(import "r" (type $r (sub resource)))
		 (import "i" (instance (export "f" (func (param "x" (own $r)) (result $r)))))`,
		`(import "r" (type (sub resource)))
		 (type (instance (alias outer 1 0 (type)) (type (own 0)) (alias outer 1 0 (type))
		   (type (func (param "x" 1) (result 2))) (export "f" (func (type 3)))))
		 (import "i" (instance (type 1)))`},
	{"outer aliases of core types in recursive types",
		`(core type $f (func))
		 (component (core type $g (func (param (ref $f) (ref null $g))))
		   (core rec (type $a (struct (field (ref $b) (ref $f)))) (type $b (array (ref $a)))))`,
		`(core type (func))
		 (component (alias outer 1 0 (core type)) (core type (func (param (ref 0) (ref null 1))))
		   (alias outer 1 0 (core type))
		   (core rec (type (struct (field (ref 4) (ref 2)))) (type (array (ref 3)))))`},
	{"scopes by identifier",
		`(component $C (type $t u8)
		   (type $T (component (alias outer $T $none (type))))
		 )`, ``},
	{"outer scopes by identifier",
		`(component $C (type $t u8) (alias outer $C $t (type))
		   (type $T (component (alias outer $C $t (type $x)) (type (list $x)) (alias outer $T $x (type))
		     (core type $M (module (alias outer $C 0 (type)) (alias outer $M 0 (type)))))))`,
		`(component (type u8) (alias outer 0 0 (type))
		   (type (component (alias outer 1 0 (type)) (type (list 0)) (alias outer 0 0 (type))
		     (core type (module (alias outer 2 0 (type)) (alias outer 0 0 (type)))))))`},
	{"inline instances",
		`(component $c) (import "i" (instance $i))
		 (instance (instantiate $c (with "f" (func $i "f")) (with "a" (instance (export "x" (func $i "x")))) (with "b" (instance))))`,
		`(component) (import "i" (instance))
		 (alias export 0 "x" (func)) (instance (export "x" (func 0))) (instance)
		 (alias export 0 "f" (func))
		 (instance (instantiate 0 (with "f" (func 1)) (with "a" (instance 1)) (with "b" (instance 2))))`},
	{"inline core instances",
		`(core module $m (func (export "f"))) (core instance $i (instantiate $m))
		 (core instance (instantiate (module $m) (with "a" (instance (export "f" (func $i "f")))) (with "b" (instance $i))))`,
		`(core module (func (export "f"))) (core instance (instantiate 0))
		 (alias core export 0 "f" (core func)) (core instance (export "f" (func 0)))
		 (core instance (instantiate 0 (with "a" (instance 1)) (with "b" (instance 0))))`},
	{"inline imports",
		`(func (import "f") (param "x" (list u8))) (instance (import "i")) (component (import "c") (export "f" (func)))
		 (core module (import "m") (export "f" (func))) (value (import "v") u8) (type (import "t") (sub resource))`,
		`(import "f" (func (param "x" (list u8)))) (import "i" (instance)) (import "c" (component (export "f" (func))))
		 (import "m" (core module (export "f" (func)))) (import "v" (value u8)) (import "t" (type (sub resource)))`},
	{"inline exports",
		`(func $f (export "a") (export "b") (import "f")) (core module (export "m") (func (export "x")))
		 (component (export "c") (export "f" (func 0))) (instance (export "i")) (type (export "t") u8)
		 (instance (export "x" (func $f))) (func (export "l") (canon lift (core func 0)))`,
		`(import "f" (func)) (core module (func (export "x")))
		 (component (export "f" (func 0))) (instance) (type u8) (instance (export "x" (func 0)))
		 (type (func)) (canon lift (core func 0) (func (type 2)))
		 (export "a" (func 0)) (export "b" (func 0)) (export "m" (core module 0)) (export "c" (component 0))
		 (export "i" (instance 0)) (export "t" (type 1)) (export "l" (func 1))`},
	{"canonical definitions that start with their sort",
		`(type $r (resource (rep i32) (dtor (core func 0))))
		 (func $f (param "x" (own $r)) (canon lift (core func 0) async (callback (core func 1))))
		 (core func (canon lower (func $f) async)) (core func (canon resource.drop $r))
		 (core func (canon task.return (result (list u8)) string-encoding=utf16))
		 (core func (canon waitable-set.wait cancellable (memory (core memory 3))))
		 (core func (canon thread.spawn-indirect shared (core type 1) (core table 2)))
		 (core func (canon context.get i64 1)) (core func (canon stream.cancel-read (type 0) async))`,
		`(type (resource (rep i32) (dtor 0)))
		 (type (own 0)) (type (func (param "x" 1))) (canon lift (core func 0) async (callback 1) (func (type 2)))
		 (canon lower (func 0) async (core func)) (canon resource.drop 0 (core func))
		 (type (list u8)) (canon task.return (result 3) string-encoding=utf16 (core func))
		 (canon waitable-set.wait cancellable (memory 3) (core func))
		 (canon thread.spawn-indirect shared 1 2 (core func))
		 (canon context.get i64 1 (core func)) (canon stream.cancel-read 0 async (core func))`},
	{"exports with a type",
		`(import "f" (func $f)) (export $g "g" (func $f) (func)) (export "h" (func $g) (func (type 0)))`,
		`(type (func)) (import "f" (func (type 0))) (type (func)) (export "g" (func 0) (func (type 1))) (export "h" (func 1) (func (type 0)))`},
	{"start",
		`(import "f" (func $f (param "a" string) (result string))) (import "v" (value $v string))
		 (start $f (value $v) (result (value $w))) (start (func $f) (value $w) (result (value)) (result (value $x)))
		 (export "x" (value $x))`,
		`(type (func (param "a" string) (result string))) (import "f" (func (type 0))) (import "v" (value string))
		 (start 0 (value 0) (result (value))) (start 0 (value 1) (result (value)) (result (value)))
		 (export "x" (value 3))`},
	{"values bound to values",
		`(import "v" (value $v u8)) (import "w" (value (eq $v))) (import "x" (value (type 0)))`,
		`(import "v" (value u8)) (import "w" (value (eq 0))) (import "x" (value 0))`},
	{"the innermost definition before counts",
		`(type $t u8) (component (type (list $t)) (type $t u16) (type (list $t)))`,
		`(type u8) (component (alias outer 1 0 (type)) (type (list 0)) (type u16) (type (list 2)))`},
	{"identifiers of separate index spaces",
		`(type $x u8) (component $x) (import "x" (func $x (param "p" $x))) (export "x2" (func $x))`,
		`(type u8) (component) (import "x" (func (param "p" 0))) (export "x2" (func 0))`},
	{"custom sections",
		`(@custom "a" "b" "c") (type u8) (@custom "d")`,
		`(@custom "a" "bc") (type u8) (@custom "d" "")`},
}

func TestSugar(t *testing.T) {
	for _, test := range sugar {
		short, err := Parse([]byte("(component " + test.short + ")"))
		if test.explicit == "" {
			if err == nil {
				t.Errorf("%s: no error", test.name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		explicit, err := Parse([]byte("(component " + test.explicit + ")"))
		if err != nil {
			t.Errorf("%s: explicit: %v", test.name, err)
			continue
		}
		checkBinary(t, test.name, short)
		a, b := unnamed(t, short.Component), unnamed(t, explicit.Component)
		if !bytes.Equal(a, b) {
			t.Errorf("%s:\n got %x\nwant %x", test.name, a, b)
		}
	}
}

// unnamed is the binary of a component without name sections.
func unnamed(t *testing.T, c *component.Component) []byte {
	dropNames(c)
	b, err := binary.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func dropNames(c *component.Component) {
	defs := c.Defs[:0:0]
	for _, d := range c.Defs {
		switch d := d.(type) {
		case *component.Custom:
			if d.Name == namesSection {
				continue
			}
		case *component.Component:
			dropNames(d)
		case *component.CoreModule:
			d.Module.Customs = nil
		}
		defs = append(defs, d)
	}
	c.Defs = defs
}
