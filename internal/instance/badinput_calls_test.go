package instance_test

// This file fuzzes calls between two components, and to the host, of a guest
// that lies: about what is in its memory, its pointers, lengths, discriminants
// and handles, and where realloc puts things.

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// lieTypes are the types that the guest lies about. flat is what core code
// passes: i, l, f and d for i32, i64, f32 and f64. named are those that need a
// name.
var lieTypes = []struct {
	typ, flat string
	named     bool
}{
	{"string", "ii", false},
	{"char", "i", false},
	{"bool", "i", false},
	{"s8", "i", false},
	{"f32", "f", false},
	{"(list u8)", "ii", false},
	{"(list u64)", "ii", false},
	{"(list char)", "ii", false},
	{"(list bool)", "ii", false},
	{"(list string)", "ii", false},
	{"(list (list (list string)))", "ii", false},
	{"(list (tuple u8 string u16))", "ii", false},
	{"(option string)", "iii", false},
	{"(result string (error f64))", "ili", false},
	{"(tuple char (option (list u16)) f64 bool)", "iiiidi", false},
	{"(list (tuple u8 char) 3)", "iiiiii", false},
	{"(enum \"a\" \"b\" \"c\")", "i", true},
	{"(flags \"a\" \"b\" \"c\" \"d\" \"e\" \"f\" \"g\" \"h\" \"i\")", "i", true},
	{"(variant (case \"a\") (case \"b\" string) (case \"c\" f64) (case \"d\" (list (option char))) (case \"e\" f32))", "ili", true},
	{"(record (field \"a\" u8) (field \"b\" (list (result bool (error string)))) (field \"c\" s64))", "iiil", true},
	{"(own $r)", "i", false},
	{"(borrow $r)", "i", false},
	{"(list (own $r))", "ii", false},
	{"(option (own $r))", "ii", false},
	{"(tuple (own $r) (borrow $r) string)", "iiii", false},
}

// pad makes a tuple of a type so long that it is passed in memory.
func pad(typ string) string { return "(tuple " + typ + strings.Repeat(" u64", 16) + ")" }

// hostKnows tells whether a type can be imported from the host.
func hostKnows(typ string, named bool) bool { return !named && !strings.Contains(typ, "$r") }

// A liar is the text of a component under construction.
type liar struct {
	outer, callee, sig, imports, lower, with, core, coreWith, exports, inst strings.Builder

	count int
}

const lieLib = `
  (core module $lib
    (memory (export "mem") 1)
    (global $at (export "at") (mut i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (global.get $at)))
  (core instance $lib (instantiate $lib))`

const honestLib = `
  (core module $lib
    (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 64))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $lib (instantiate $lib))`

const memOpts = `(memory (core memory $lib "mem")) (realloc (core func $lib "realloc"))`

// lieArgs is a core parameter list, and the code that pushes the liar's words
// as arguments of that type.
func lieArgs(flat string) (params, push string) {
	types := map[byte]string{'i': "i32", 'l': "i64", 'f': "f32", 'd': "f64"}
	convert := map[byte]string{'i': "(i32.wrap_i64 %s)", 'l': "%s", 'f': "(f32.reinterpret_i32 (i32.wrap_i64 %s))", 'd': "(f64.reinterpret_i64 %s)"}
	for i := range len(flat) {
		params += " " + types[flat[i]]
		push += " " + fmt.Sprintf(convert[flat[i]], fmt.Sprintf("(local.get %d)", 2+i%6))
	}
	return params, push
}

// function adds a function that the liar imports as name, of core type flat.
func (l *liar) function(name, typ, flat string) {
	fmt.Fprintf(&l.imports, "(import %q (func $%s %s))\n", name, name, typ)
	fmt.Fprintf(&l.lower, "(core func $%s (canon lower (func $%s) %s string-encoding=%s))\n",
		name, name, memOpts, []string{"utf8", "utf16", "latin1+utf16"}[l.count%3])
	l.count++
	params, push := lieArgs(flat)
	fmt.Fprintf(&l.core, `(import "" %q (func $%s (param%s)))`+"\n", name, name, params)
	fmt.Fprintf(&l.coreWith, "(export %q (func $%s))", name, name)
	fmt.Fprintf(&l.exports, `(func (export "go-%s") (param i32 i32 i64 i64 i64 i64 i64 i64 i32)
      (global.set $at (local.get 8)) (call $%s%s) (global.set $at (i32.const 0)))`+"\n", name, name, push)
	fmt.Fprintf(&l.inst, `(func (export "go-%s") (param "data" (list u8)) (param "a" u64) (param "b" u64) (param "c" u64)
      (param "d" u64) (param "e" u64) (param "f" u64) (param "realloc" u32) (canon lift (core func $i "go-%s") %s))`+"\n", name, name, memOpts)
}

// text is the component, with its exports by position.
func lieText() (src string, names []string) {
	var l liar
	var types, outerExports strings.Builder
	add := func(name, with, typ, flat string) {
		l.function(name, typ, flat)
		fmt.Fprintf(&l.with, `(with %q %s)`, name, with)
		fmt.Fprintf(&outerExports, `(export "go-%s" (func $b "go-%s"))`+"\n", name, name)
		names = append(names, name)
	}
	for i, t := range lieTypes {
		ref := t.typ
		if t.named {
			fmt.Fprintf(&types, `(type $t%d' %s) (export $t%d "t%d" (type $t%d'))`+"\n", i, t.typ, i, i, i)
			fmt.Fprintf(&l.sig, `(type $t%d' %s) (import "t%d" (type $t%d (eq $t%d')))`+"\n", i, t.typ, i, i, i)
			fmt.Fprintf(&l.with, `(with "t%d" (type $a "t%d"))`, i, i)
			ref = fmt.Sprintf("$t%d", i)
		}
		flat := fmt.Sprintf("flat%d", i)
		params, _ := lieArgs(t.flat)
		typ := `(param "x" ` + ref + `)`
		fmt.Fprintf(&l.callee, "(core module $m%d (func (export \"f\") (param%s)))(core instance $i%d (instantiate $m%d))\n", i, params, i, i)
		fmt.Fprintf(&types, `(func (export %q) %s (canon lift (core func $i%d "f") %s string-encoding=utf16))`+"\n", flat, typ, i, memOpts)
		add(flat, fmt.Sprintf("(func $a %q)", flat), typ, t.flat)
		if !strings.Contains(ref, "borrow") {
			mem := fmt.Sprintf("memory%d", i)
			typ := `(param "x" ` + pad(ref) + `) (result ` + pad(ref) + `)`
			fmt.Fprintf(&types, `(func (export %q) %s (canon lift (core func $echo "f") %s string-encoding=latin1+utf16))`+"\n", mem, typ, memOpts)
			add(mem, fmt.Sprintf("(func $a %q)", mem), typ, "ii")
		}
		if hostKnows(t.typ, t.named) {
			host := fmt.Sprintf("host%d", i)
			typ := `(param "x" ` + t.typ + `) (result ` + pad(t.typ) + `)`
			fmt.Fprintf(&l.outer, `(import %q (func $%s %s))`+"\n", host, host, typ)
			add(host, fmt.Sprintf("(func $%s)", host), typ, t.flat+"i")
		}
	}
	return `(component
` + l.outer.String() + `
(component $A ` + honestLib + `
  (type $r' (resource (rep i32)))
  (export $r "r" (type $r'))
  (core func $new (canon resource.new $r'))
  (core module $echo (import "" "new" (func $new (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (local.get 0))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0))))
  (core instance $echo (instantiate $echo (with "" (instance (export "new" (func $new))))))
  (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $echo "make")))
` + l.callee.String() + types.String() + `)
(component $B ` + lieLib + `
  (import "r" (type $r (sub resource)))
  (import "make" (func $make (param "n" u32) (result (own $r))))
  (core func $make (canon lower (func $make)))
` + l.sig.String() + l.imports.String() + l.lower.String() + `
  (core module $m
    (import "lib" "at" (global $at (mut i32)))
    (import "" "make" (func $make (param i32) (result i32)))
` + l.core.String() + `
    (func (export "make") (result i32) (call $make (i32.const 7)))
` + l.exports.String() + `)
  (core instance $i (instantiate $m (with "lib" (instance $lib)) (with "" (instance (export "make" (func $make))` + l.coreWith.String() + `))))
  (func (export "make") (result u32) (canon lift (core func $i "make")))
` + l.inst.String() + `)
(instance $a (instantiate $A))
(instance $b (instantiate $B (with "r" (type $a "r")) (with "make" (func $a "make")) ` + l.with.String() + `))
(export "make" (func $b "make"))
` + outerExports.String() + `)`, names
}

// echoHost is a function of the host that returns its argument, in a tuple with
// zeros.
func echoHost(_ context.Context, c *canon.HostCall, flat []uint64) error {
	args, err := c.Params(flat)
	if err != nil {
		return err
	}
	for range 16 {
		args = append(args, value.U64(0))
	}
	v, err := value.Tuple(c.Type.Result.Fields[0].Type, args...)
	if err != nil {
		return err
	}
	return c.Return(flat, []value.Value{v})
}

// lieArg takes a number from the fuzzer's bytes: most of them small.
func lieArg(b []byte) (uint64, []byte) {
	if len(b) < 2 {
		return 0, nil
	}
	x := uint64(b[1])
	switch b[0] % 8 {
	case 0, 1, 2:
		return x, b[2:]
	case 3:
		return x << 3, b[2:]
	case 4:
		return 1<<16 - x, b[2:]
	case 5:
		return 1<<32 - x, b[2:]
	case 6:
		return 1<<31 | x<<1, b[2:]
	}
	if len(b) < 9 {
		return x, nil
	}
	return binary.LittleEndian.Uint64(b[1:]), b[9:]
}

// FuzzCalls has a guest call a function of another one, or of the host, with
// words and memory of the fuzzer's: it works or traps, and another pair of
// instances does not notice.
func FuzzCalls(f *testing.F) {
	src, names := lieText()
	eng, p := compile(f, src)
	root := instance.New(p)
	imports := make([]instance.Item, len(p.Imports))
	for i := range imports {
		imports[i] = &canon.Func{Name: p.Imports[i].Name, Host: echoHost}
	}
	begin := func(t testing.TB) *instance.Instance {
		s := task.NewStore(eng.NewStore(engine.Limits{}))
		s.MaxHandles = 100
		in, err := root.Instantiate(context.Background(), s, nil, imports)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	invoke := func(in *instance.Instance, i int, data []byte, words []uint64) error {
		args := []value.Value{value.Bytes(data)}
		for _, w := range words[:6] {
			args = append(args, value.U64(w))
		}
		_, err := in.Items[1+i].(*canon.Func).Invoke(context.Background(), append(args, value.U32(uint32(words[6]))))
		return err
	}
	other := begin(f)
	f.Cleanup(func() { other.State.Store.Close() })
	honest := make([]uint64, 7)
	for i := range names {
		f.Add([]byte{byte(i), 0, 0, 4, 254, 0, 1, 0, 1, 0, 0, 0, 0, 3, 32, 0x3c, 0xd8, 0, 0xde, 'a', 0, 0xe9, 0})
		f.Add([]byte{byte(i), 0, 8, 0, 2, 0, 1, 0, 1, 0, 0, 0, 0, 3, 32, 0, 0, 0, 16, 0, 0, 0, 2, 0, 0, 0, 'a', 'b', 'c'})
		f.Add(append([]byte{byte(i), 0, 16, 3, 16, 0, 0, 0, 0, 0, 0, 0, 0, 3, 64}, make([]byte, 300)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || len(b) > 4096 {
			return
		}
		in := begin(t)
		defer in.State.Store.Close()
		for range 3 { // things to give away
			if _, err := in.Items[0].(*canon.Func).Invoke(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
		}
		which, b := int(b[0])%len(names), b[1:]
		words := make([]uint64, 7)
		for i := range words {
			words[i], b = lieArg(b)
		}
		for range 2 {
			err := invoke(in, which, b, words)
			checkLie(t, names[which], err)
			if again := in.Items[0].(*canon.Func); (err != nil) != (in.State.Trap != nil) {
				t.Fatalf("%s: %v, but the instance has %v", names[which], err, in.State.Trap)
			} else if _, e := again.Invoke(context.Background(), nil); (e != nil) != (err != nil) {
				t.Fatalf("%s: %v, then make: %v", names[which], err, e)
			}
			if err != nil {
				break
			}
		}
		// A char, given as 0, and where the results go: address 0.
		if err := invoke(other, 3, nil, honest); err != nil {
			t.Fatalf("another instance: %v", err)
		}
	})
}

// checkLie checks that an error is a trap with a reason.
func checkLie(t *testing.T, name string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var trap *engine.Trap
	var broken *abi.Trap
	if !errors.As(err, &trap) && !errors.As(err, &broken) {
		t.Errorf("%s: %v is no trap", name, err)
	}
	if text := err.Error(); strings.Contains(text, "runtime error") || strings.Contains(text, "panicked") {
		t.Errorf("%s: %v", name, err)
	}
}
