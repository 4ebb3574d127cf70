package bindings

// This file sends elements of every kind of layout through a component.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/examples/bindings/flows"
)

// flow is a component that exports functions which read elements, as many as
// come at a time up to three, and write them to the stream that they give.
const flow = `(component
  (import "dray:flows/things" (instance $things
    (export "token" (type (sub resource)))
    (type $level' (enum "low" "high")) (export "level" (type $level (eq $level')))
    (type $entry' (record (field "name" string) (field "id" (option u32)) (field "level" $level)))
    (export "entry" (type (eq $entry')))))
  (alias export $things "token" (type $token))
  (alias export $things "level" (type $level))
  (alias export $things "entry" (type $entry))
  (core module $Libc
    (memory (export "mem") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $new)))
      (local.get $at)))
  (core instance $libc (instantiate $Libc))
  (alias core export $libc "mem" (core memory $mem))
  (alias core export $libc "realloc" (core func $realloc))
  (core module $Pipe
    (import "" "size" (global $size i32))
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop-readable" (func $drop-readable (param i32)))
    (import "" "drop-writable" (func $drop-writable (param i32)))
    (import "" "return" (func $return (param i32)))
    (func (export "run") (param $in i32)
      (local $pair i64) (local $out i32) (local $got i32) (local $n i32) (local $at i32) (local $done i32)
      (local.set $pair (call $new))
      (local.set $out (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
      (call $return (i32.wrap_i64 (local.get $pair)))
      (block $end
        (loop $next
          (local.set $got (call $read (local.get $in) (i32.const 64) (i32.const 3)))
          (local.set $n (i32.shr_u (local.get $got) (i32.const 4)))
          (local.set $at (i32.const 64))
          (block $written
            (loop $again
              (br_if $written (i32.eqz (local.get $n)))
              (local.set $done (call $write (local.get $out) (local.get $at) (local.get $n)))
              (br_if $end (i32.eq (i32.and (local.get $done) (i32.const 15)) (i32.const 1)))
              (local.set $done (i32.shr_u (local.get $done) (i32.const 4)))
              (local.set $n (i32.sub (local.get $n) (local.get $done)))
              (local.set $at (i32.add (local.get $at) (i32.mul (local.get $done) (global.get $size))))
              (br $again)))
          (br_if $next (i32.eqz (i32.and (local.get $got) (i32.const 15))))))
      (call $drop-readable (local.get $in))
      (call $drop-writable (local.get $out))))
  %s)`

// through is the part of flow for elements of a type and size.
func through(name, typ string, size int) string {
	r := strings.NewReplacer("NAME", name, "(stream TYPE)", strings.TrimSpace("(stream "+typ)+")", "SIZE", fmt.Sprint(size))
	return r.Replace(`
  (type $s-NAME (stream TYPE))
  (core module $Size-NAME (global (export "size") i32 (i32.const SIZE)))
  (core instance $size-NAME (instantiate $Size-NAME))
  (core func $new-NAME (canon stream.new $s-NAME))
  (core func $read-NAME (canon stream.read $s-NAME (memory $mem) (realloc $realloc)))
  (core func $write-NAME (canon stream.write $s-NAME (memory $mem)))
  (core func $dropr-NAME (canon stream.drop-readable $s-NAME))
  (core func $dropw-NAME (canon stream.drop-writable $s-NAME))
  (core func $return-NAME (canon task.return (result $s-NAME)))
  (core instance $pipe-NAME (instantiate $Pipe (with "" (instance
    (export "size" (global $size-NAME "size"))
    (export "new" (func $new-NAME)) (export "read" (func $read-NAME)) (export "write" (func $write-NAME))
    (export "drop-readable" (func $dropr-NAME)) (export "drop-writable" (func $dropw-NAME)) (export "return" (func $return-NAME))))))
  (func (export "NAME") async (param "s" $s-NAME) (result $s-NAME) (canon lift (core func $pipe-NAME "run") async))`)
}

// A token counts how many of its kind were dropped.
type token struct {
	n       uint32
	dropped *atomic.Int32
}

func (t *token) Value(context.Context) (uint32, error) { return t.n, nil }
func (t *token) Drop(context.Context) error            { t.dropped.Add(1); return nil }

// newFlows makes an instance of a component that moves up to three elements at
// a time.
func newFlows(t testing.TB) (*flows.Exports, func()) {
	t.Helper()
	return flowsOf(t, flow)
}

func flowsOf(t testing.TB, flow string) (*flows.Exports, func()) {
	t.Helper()
	text := fmt.Sprintf(flow, through("tokens", "(own $token)", 4)+through("entries", "$entry", 20)+
		through("levels", "$level", 1)+through("bodies", "(stream u8)", 4)+
		"(type $answer (future (result (own $token) (error string))))"+through("answers", "$answer", 4)+
		through("signals", "", 0)+through("floats", "f64", 8))
	rt := runtime(t)
	c, err := rt.CompileComponent(t.Context(), []byte(text))
	check(t, err)
	t.Cleanup(func() { c.Close() })
	l := rt.NewLinker()
	check(t, flows.Link(l, flows.Host{Things: things{}}))
	in := instantiate(t, l, c)
	x, err := flows.New(in)
	check(t, err)
	return x, func() { check(t, in.Close()) }
}

// roundTrip sends elements through a function and compares what comes back.
func roundTrip[T any](t *testing.T, f func(context.Context, *bind.Stream[T]) (*bind.Stream[T], error), vs ...T) {
	t.Helper()
	for i, s := range []*bind.Stream[T]{bind.StreamFrom(vs...), bind.StreamOfSeq(func(yield func(T) bool) {
		for _, v := range vs {
			if !yield(v) {
				return
			}
		}
	})} {
		out, err := f(t.Context(), s)
		check(t, err)
		var got []T
		if i == 0 {
			got = collect(t, out)
		} else {
			got = pairs(t, out)
		}
		if !reflect.DeepEqual(got, vs) {
			t.Errorf("got %v, want %v", got, vs)
		}
	}
}

// pairs reads a stream, two elements at most at a time, so that the component
// writes in parts.
func pairs[T any](t *testing.T, s *bind.Stream[T]) (out []T) {
	t.Helper()
	p := make([]T, 2)
	for {
		n, err := s.Read(t.Context(), p)
		if err == io.EOF {
			return out
		}
		check(t, err)
		out = append(out, p[:n]...)
	}
}

func TestFlows(t *testing.T) {
	x, _ := newFlows(t)
	id := uint32(7)
	roundTrip(t, x.Entries, flows.Entry{Name: "a", ID: &id, Level: flows.LevelHigh}, flows.Entry{}, flows.Entry{Name: "Zoë"}, flows.Entry{Name: "d", ID: new(uint32)}, flows.Entry{Level: 1})
	roundTrip(t, x.Levels, flows.LevelHigh, flows.LevelLow, flows.LevelHigh, flows.LevelHigh, flows.LevelLow)
	roundTrip(t, x.Floats, 1.5, -2, 0, 3, 4, 5, 6, 7)
	roundTrip(t, x.Signals, make([]bind.None, 10)...)
}

// TestFlowReuse reads into elements that have been used: nothing of what they
// were is left.
func TestFlowReuse(t *testing.T) {
	x, _ := newFlows(t)
	out, err := x.Entries(t.Context(), bind.StreamFrom(flows.Entry{Name: "new"}))
	check(t, err)
	p := []flows.Entry{{Name: "old", ID: new(uint32), Level: 1}, {Name: "other"}}
	n, err := out.Read(t.Context(), p)
	if n != 1 || err != nil || p[0] != (flows.Entry{Name: "new"}) || p[1].Name != "other" {
		t.Errorf("%d, %v, %+v", n, err, p)
	}
	if n, err := out.Read(t.Context(), p); n != 0 || err != io.EOF {
		t.Errorf("%d, %v", n, err)
	}
}

func TestFlowResources(t *testing.T) {
	x, done := newFlows(t)
	var dropped atomic.Int32
	a, b, c := &token{1, &dropped}, &token{2, &dropped}, &token{3, &dropped}
	roundTrip[flows.Token](t, x.Tokens, a, b, c, a)
	// What the program does not read is the component's, and goes with it.
	out, err := x.Tokens(t.Context(), bind.StreamFrom[flows.Token](a, b, c))
	check(t, err)
	if v, err := out.Next(t.Context()); v != flows.Token(a) || err != nil {
		t.Error(v, err)
	}
	check(t, out.Close())
	bad, err := x.Tokens(t.Context(), bind.StreamFrom[flows.Token](nil))
	if err == nil {
		_, err = bad.Next(t.Context())
	}
	if err == nil || !strings.Contains(err.Error(), "nil") {
		t.Errorf("a token that is nil: %v", err)
	}
	done()
}

// TestFlowStreams sends streams and futures through a stream.
func TestFlowStreams(t *testing.T) {
	x, _ := newFlows(t)
	bodies, err := x.Bodies(t.Context(), bind.StreamFrom(bind.NopCloser(strings.NewReader("one")), io.NopCloser(strings.NewReader("two"))))
	check(t, err)
	var all []string
	for r, err := range bodies.All(t.Context()) {
		check(t, err)
		b, err := io.ReadAll(r)
		check(t, err)
		all = append(all, string(b))
	}
	if !reflect.DeepEqual(all, []string{"one", "two"}) {
		t.Errorf("got %q", all)
	}
	type answer = bind.Result[flows.Token, string]
	var dropped atomic.Int32
	a := &token{1, &dropped}
	later, f := bind.NewPromise[answer]()
	answers, err := x.Answers(t.Context(), bind.StreamFrom(bind.Resolved(bind.OK[flows.Token, string](a)), f,
		bind.NewFuture(func(context.Context) (v answer, err error) { return v, errors.New("never") })))
	check(t, err)
	later.Resolve(bind.Err[flows.Token]("no"))
	fs := collect(t, answers)
	if len(fs) != 3 {
		t.Fatalf("%d futures", len(fs))
	}
	if v, err := fs[0].Get(t.Context()); err != nil || v.OK != flows.Token(a) {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := fs[1].Get(t.Context()); err != nil || !v.IsErr || v.Err != "no" {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err := fs[2].Get(t.Context()); err == nil {
		t.Errorf("%+v", v)
	}
}

// BenchmarkFlow sends numbers to a component and back, 64 KiB at a time.
func BenchmarkFlow(b *testing.B) {
	big := strings.NewReplacer("(i32.const 3)", "(i32.const 8192)", "(i32.const 64)", "(i32.const 65536)", "(memory (export \"mem\") 1)", "(memory (export \"mem\") 4)")
	x, _ := flowsOf(b, big.Replace(flow))
	in := bind.NewStream(func(_ context.Context, p []float64) (int, error) { return len(p), nil }, nil)
	out, err := x.Floats(b.Context(), in)
	check(b, err)
	p := make([]float64, 8192)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		k, err := out.Read(b.Context(), p)
		check(b, err)
		n += k
	}
	b.ReportMetric(float64(n)*8/1e6/b.Elapsed().Seconds(), "MB/s")
	check(b, out.Close())
}
