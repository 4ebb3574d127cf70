package dray_test

// This file fuzzes components as a whole: bytes that may be a component are
// compiled, instantiated and called.

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	cbinary "github.com/dray-wasm/dray/component/binary"
	ctext "github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/value"
)

// fuzzTexts are components that mutations of one byte keep valid more often
// than those of compilers.
var fuzzTexts = []string{
	`(component
  (component $A
    (core module $m
      (memory (export "mem") 1)
      (global $next (mut i32) (i32.const 64))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $p i32)
        (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const 0xfff8)))
        (global.set $next (i32.add (local.get $p) (local.get 3)))
        (local.get $p))
      (func (export "len") (param i32 i32) (result i32) (local.get 1))
      (func (export "sum") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "len") (param "s" string) (result u32)
      (canon lift (core func $i "len") (memory (core memory $i "mem")) (realloc (core func $i "realloc"))))
    (func (export "sum") (param "l" (list (tuple u8 u32))) (result (list (tuple u8 u32)))
      (canon lift (core func $i "sum") (memory (core memory $i "mem")) (realloc (core func $i "realloc")))))
  (component $B
    (import "a" (instance $a
      (export "len" (func (param "s" string) (result u32)))
      (export "sum" (func (param "l" (list (tuple u8 u32))) (result (list (tuple u8 u32)))))))
    (core module $lib
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
    (core instance $lib (instantiate $lib))
    (core func $len (canon lower (func $a "len") (memory (core memory $lib "mem")) string-encoding=utf16))
    (core func $sum (canon lower (func $a "sum") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc"))))
    (core module $m
      (import "a" "len" (func $len (param i32 i32) (result i32)))
      (import "a" "sum" (func $sum (param i32 i32 i32)))
      (import "lib" "mem" (memory 1))
      (data (i32.const 0) "a\00b\00c\00d\00")
      (func (export "len") (param i32) (result i32) (call $len (i32.const 0) (local.get 0)))
      (func (export "sum") (param i32 i32) (result i32)
        (call $sum (local.get 0) (local.get 1) (i32.const 512))
        (i32.load (i32.const 516))))
    (core instance $i (instantiate $m (with "a" (instance (export "len" (func $len)) (export "sum" (func $sum)))) (with "lib" (instance $lib))))
    (func (export "len") (param "n" u32) (result u32) (canon lift (core func $i "len")))
    (func (export "sum") (param "a" u8) (param "n" u8) (result u32) (canon lift (core func $i "sum"))))
  (instance $a (instantiate $A))
  (instance $b (instantiate $B (with "a" (instance $a))))
  (export "a" (instance $a))
  (export "b" (instance $b)))`,
	`(component
  (type $t (resource (rep i32)))
  (core func $new (canon resource.new $t))
  (core func $drop (canon resource.drop $t))
  (core func $rep (canon resource.rep $t))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "swap") (param i32 i32) (result i32) (call $drop (local.get 0)) (local.get 1))
    (func (export "use") (param i32) (result i32) (call $drop (call $new (local.get 0))) (local.get 0))
    (func (export "many") (param i32)
      (loop $l (drop (call $new (i32.const 1)))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "drop" (func $drop)) (export "rep" (func $rep))))))
  (export $x "t" (type $t))
  (func (export "[constructor]t") (param "n" u32) (result (own $x)) (canon lift (core func $i "new")))
  (func (export "[static]t.swap") (param "a" (own $x)) (param "b" (own $x)) (result (own $x)) (canon lift (core func $i "swap")))
  (func (export "[method]t.use") (param "self" (borrow $x)) (result u32) (canon lift (core func $i "use")))
  (func (export "many") (param "n" u16) (canon lift (core func $i "many"))))`,
	`(component
  (core module $m
    (memory (export "mem") 1)
    (data (i32.const 0) "\01\00\00\00\10\00\00\00\04\00\00\00hello")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
    (func (export "get") (param i32) (result i32) (local.get 0))
    (func (export "post") (param i32))
    (func (export "spin") (loop $l (br $l)))
    (func $r (export "recurse") (param i32) (result i32) (call $r (local.get 0))))
  (core instance $i (instantiate $m))
  (type $v' (variant (case "a") (case "b" string) (case "c" (list u16)) (case "d" (option f64))))
  (export $v "v" (type $v'))
  (type $f' (flags "x" "y" "z"))
  (export $f "f" (type $f'))
  (type $r' (record (field "v" $v) (field "f" $f) (field "c" char) (field "t" (result string (error u8)))))
  (export $r "r" (type $r'))
  (func (export "get") (param "at" u32) (result $v)
    (canon lift (core func $i "get") (memory (core memory $i "mem")) (post-return (core func $i "post"))))
  (func (export "spin") (canon lift (core func $i "spin")))
  (func (export "recurse") (param "n" u32) (result u32) (canon lift (core func $i "recurse"))))`,
	`(component
  (import "host" (instance $host (export "f" (func (param "s" string) (result (list string))))))
  (core module $lib
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048)))
  (core instance $lib (instantiate $lib))
  (core func $f (canon lower (func $host "f") (memory (core memory $lib "mem")) (realloc (core func $lib "realloc")) string-encoding=latin1+utf16))
  (core module $m
    (import "h" "f" (func $f (param i32 i32 i32)))
    (func $start (call $f (i32.const 0) (i32.const 4) (i32.const 64)))
    (func (export "g") (param i32) (call $f (i32.const 0) (local.get 0) (i32.const 64))))
  (core instance $i (instantiate $m (with "h" (instance (export "f" (func $f))))))
  (func (export "g") (param "n" s8) (canon lift (core func $i "g"))))`,
}

// FuzzComponent compiles what may be a component, and calls what it exports:
// there is never a panic, a call ends soon after its context, and nothing is
// left behind.
func FuzzComponent(f *testing.F) {
	for _, text := range fuzzTexts {
		f.Add([]byte(text), uint64(1))
	}
	rt, err := dray.NewRuntime(dray.Config{NoCache: true, MaxStackBytes: 256 << 10, MaxTableElements: 10_000, MaxModuleBytes: 1 << 16})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { rt.Close() })
	for _, text := range fuzzTexts {
		if _, err := rt.CompileComponent(f.Context(), []byte(text)); err != nil {
			f.Fatal(err)
		}
		f.Add(encodeComponent(f, text), uint64(2))
	}
	for _, name := range []string{"as-stats", "echo-end-utf8", "echo-latin1", "traps"} {
		bin, err := os.ReadFile(filepath.Join(components, name+".wasm"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bin, uint64(3))
	}
	f.Fuzz(func(t *testing.T, src []byte, seed uint64) {
		hung := time.AfterFunc(time.Minute, func() {
			debug.SetTraceback("all")
			panic("the component did not end")
		})
		tryComponent(t, rt, src, rand.New(rand.NewPCG(seed, 0)))
		hung.Stop()
		checkGoroutines(t)
	})
}

// checkGoroutines checks that no thread of a guest is left. Goroutines that
// were ended need a moment to go.
func checkGoroutines(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	var left string
	for range 1000 {
		all := string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(all, "dray/internal/task.") {
			return
		}
		left = all
		runtime.Gosched()
	}
	t.Errorf("goroutines are left:\n%s", left)
}

// fuzzTime is how long the calls of one component may take together.
const fuzzTime = 100 * time.Millisecond

// tryComponent compiles a component and makes some calls.
func tryComponent(t *testing.T, rt *dray.Runtime, src []byte, rnd *rand.Rand) {
	if !dray.IsComponent(src) {
		return
	}
	c, err := rt.CompileComponent(t.Context(), bytes.Clone(src))
	if err != nil {
		return
	}
	defer c.Close()
	l := rt.NewLinker()
	if l.Traps(c) != nil {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), fuzzTime)
	defer cancel()
	in, err := l.Instantiate(ctx, c, dray.WithLimits(dray.Limits{
		MemoryBytes: 16 << 20, TableElements: 10_000, Instances: 100, Handles: 1000,
	}))
	if err != nil {
		return
	}
	defer in.Close()
	r := &randomValues{Rand: rnd}
	names := exportedFuncs("", c.Exports())
	for range min(len(names), 20) {
		f, err := in.Func(names[rnd.IntN(len(names))])
		if err != nil {
			continue // the name is ambiguous
		}
		args := make([]dray.Value, len(f.Type().Params))
		ok := true
		for i, p := range f.Type().Params {
			args[i] = r.value(p.Type, 3)
			ok = ok && args[i].Type() != nil
		}
		if !ok {
			continue
		}
		results, err := f.Call(ctx, args...)
		for _, v := range results {
			_ = v.String()
			if v.Kind() == value.KindOwn {
				r.handles = append(r.handles, v)
			}
		}
		if err != nil {
			checkError(t, err)
		}
	}
	in.Trapped()
}

// checkError checks that an error has a text, and a trap a backtrace.
func checkError(t *testing.T, err error) {
	t.Helper()
	var trap *dray.Trap
	if errors.As(err, &trap) {
		_ = trap.Backtrace()
	}
	text := err.Error()
	if text == "" || strings.Contains(text, "panicked") || strings.Contains(text, "runtime error") || strings.Contains(text, "recovered by") {
		t.Errorf("the error is %q", text)
	}
}

// exportedFuncs are the names of all functions, with the instances they are in.
func exportedFuncs(prefix string, exports []dray.Extern) (names []string) {
	for _, x := range exports {
		switch {
		case x.Kind == dray.ExternFunc:
			names = append(names, prefix+x.Name)
		case x.Kind == dray.ExternInstance && prefix == "":
			names = append(names, exportedFuncs(x.Name+"#", x.Exports)...)
		}
	}
	return names
}

// randomValues makes values, small ones mostly.
type randomValues struct {
	*rand.Rand
	handles []dray.Value
}

// bits is a number that is small, or near a power of two.
func (r *randomValues) bits() uint64 {
	if r.IntN(2) == 0 {
		return r.Uint64N(20)
	}
	return 1<<r.IntN(64) - r.Uint64N(3)
}

// value makes a value of a type; one of no type where there is none.
func (r *randomValues) value(t *dray.Type, depth int) dray.Value {
	var v dray.Value
	var err error
	switch t.Kind {
	case value.KindChar:
		return value.Char([]rune{'a', 0x20ac, 0x1f600, 0x10ffff}[r.IntN(4)])
	case value.KindString:
		return value.String([]string{"", "abc", "héllo wörld", "\u20ac\U0001f600", strings.Repeat("x", 5000)}[r.IntN(5)])
	case value.KindList:
		n := r.IntN(4)
		if t.Fixed {
			n = int(min(t.Len, 1000))
		} else if depth <= 0 {
			n = 0
		}
		v, err = value.List(t, r.values(n, depth, func(int) *dray.Type { return t.Elem }))
	case value.KindRecord, value.KindTuple:
		v, err = value.Record(t, r.values(len(t.Fields), depth, func(i int) *dray.Type { return t.Fields[i].Type })...)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		i := r.IntN(len(t.Cases))
		var payload *dray.Value
		if t.Cases[i].Type != nil {
			p := r.value(t.Cases[i].Type, depth-1)
			payload = &p
		}
		v, err = value.VariantCase(t, i, payload)
	case value.KindFlags:
		v, err = value.FlagsFromBits(t, r.bits())
	case value.KindMap:
		v, err = value.Map(t, nil)
	case value.KindOwn, value.KindBorrow:
		if n := len(r.handles); n > 0 {
			v, err = value.Handle(t, r.handles[r.IntN(n)].Handle())
		}
	case value.KindStream, value.KindFuture, value.KindErrorContext:
	default:
		v, err = value.FromBits(t, r.bits())
	}
	if err != nil {
		return dray.Value{}
	}
	return v
}

func (r *randomValues) values(n, depth int, elem func(i int) *dray.Type) []dray.Value {
	out := make([]dray.Value, n)
	for i := range out {
		out[i] = r.value(elem(i), depth-1)
	}
	return out
}

// deep is a value that has all parts of its type but for cases: lists have one
// element, and variants are of the last case.
func (r *randomValues) deep(t *dray.Type) dray.Value {
	var v dray.Value
	var err error
	switch n := len(t.Cases); {
	case n > 0:
		var payload *dray.Value
		if p := t.Cases[n-1].Type; p != nil {
			x := r.deep(p)
			payload = &x
		}
		v, err = value.VariantCase(t, n-1, payload)
	case t.Kind == value.KindList:
		v, err = value.List(t, []value.Value{r.deep(t.Elem)})
	case len(t.Fields) > 0:
		fields := make([]dray.Value, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = r.deep(f.Type)
		}
		v, err = value.Record(t, fields...)
	default:
		return r.value(t, 1)
	}
	if err != nil {
		panic(err)
	}
	return v
}

// encodeComponent is a component in text in the binary format.
func encodeComponent(t testing.TB, src string) []byte {
	t.Helper()
	parsed, err := ctext.Parse([]byte(src))
	check(t, err)
	bin, err := cbinary.Encode(parsed.Component)
	check(t, err)
	return bin
}
