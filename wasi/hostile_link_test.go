package wasi_test

// This file is resources of WASI that go from one component to another, or stay
// when their instance has ended.

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/gen/p2/app"
)

// giver exports "get", which gives its standard input away, and "again", which
// gives the same handle once more.
const giver = `(component
  (import "wasi:io/streams@0.2.0" (instance $s (export "input-stream" (type (sub resource)))))
  (alias export $s "input-stream" (type $in))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (export "input-stream" (type $i (eq $in)))
    (export "get-stdin" (func (result (own $i))))))
  (core func $get (canon lower (func $stdin "get-stdin")))
  (core module $m
    (import "h" "get" (func $get (result i32)))
    (global $h (mut i32) (i32.const 0))
    (func (export "get") (result i32) (global.set $h (call $get)) (global.get $h))
    (func (export "again") (result i32) (global.get $h)))
  (core instance $c (instantiate $m (with "h" (instance (export "get" (func $get))))))
  (func (export "get") (result (own $in)) (canon lift (core func $c "get")))
  (func (export "again") (result (own $in)) (canon lift (core func $c "again"))))`

// taker imports them. Its "take" takes a stream, "again" once more, "read" reads
// it: the result is the number of bytes, or 1000 for an error.
const taker = `(component
  (import "wasi:io/error@0.2.0" (instance $err (export "error" (type (sub resource)))))
  (alias export $err "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $s
    (export "error" (type $e (eq $error)))
    (export "input-stream" (type $in (sub resource)))
    (type $se (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $se' (eq $se)))
    (export "[method]input-stream.read" (func (param "self" (borrow $in)) (param "len" u64) (result (result (list u8) (error $se')))))))
  (alias export $s "input-stream" (type $in))
  (import "get" (func $get (result (own $in))))
  (import "again" (func $again (result (own $in))))
  (core module $libc (memory (export "mem") 1) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "mem" (core memory $mem))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get' (canon lower (func $get)))
  (core func $again' (canon lower (func $again)))
  (core func $read (canon lower (func $s "[method]input-stream.read") (memory $mem) (realloc $realloc)))
  (core func $drop (canon resource.drop $in))
  (core module $m
    (import "h" "mem" (memory 1))
    (import "h" "get" (func $get (result i32)))
    (import "h" "again" (func $again (result i32)))
    (import "h" "read" (func $read (param i32 i64 i32)))
    (import "h" "drop" (func $drop (param i32)))
    (global $h (mut i32) (i32.const 0))
    (func (export "take") (global.set $h (call $get)))
    (func (export "again") (global.set $h (call $again)))
    (func (export "drop") (call $drop (global.get $h)))
    (func (export "read") (result i32)
      (call $read (global.get $h) (i64.const 4) (i32.const 16))
      (if (i32.load8_u (i32.const 16)) (then (return (i32.const 1000))))
      (i32.load (i32.const 24))))
  (core instance $c (instantiate $m (with "h" (instance
    (export "mem" (memory $mem)) (export "get" (func $get')) (export "again" (func $again'))
    (export "read" (func $read)) (export "drop" (func $drop))))))
  (func (export "take") (canon lift (core func $c "take")))
  (func (export "again") (canon lift (core func $c "again")))
  (func (export "drop") (canon lift (core func $c "drop")))
  (func (export "read") (result u32) (canon lift (core func $c "read"))))`

// linked makes an instance of taker with what one of giver exports.
func linked(t *testing.T, rt *dray.Runtime, stdin io.Reader) (give, take *dray.Instance) {
	t.Helper()
	compile := func(text string) *dray.Component {
		c, err := rt.CompileComponent(t.Context(), []byte(text))
		check(t, err)
		return c
	}
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	give, err := wasi.Instantiate(t.Context(), l, compile(giver), wasi.Config{Stdin: stdin})
	check(t, err)
	l = rt.NewLinker()
	check(t, wasi.Link(l))
	check(t, l.GiveAll(give))
	take, err = wasi.Instantiate(t.Context(), l, compile(taker), wasi.Config{Stdin: strings.NewReader("not this")})
	check(t, err)
	return give, take
}

func callText(in *dray.Instance, ctx context.Context, name string) ([]dray.Value, error) {
	f, err := in.Func(name)
	if err != nil {
		return nil, err
	}
	return f.Call(ctx)
}

// TestHandlesBetweenComponents: a stream goes to another component, and the one
// that gave it away has it no more.
func TestHandlesBetweenComponents(t *testing.T) {
	rt := newRuntime(t)
	before := measure(t)
	give, take := linked(t, rt, strings.NewReader("abcdef"))
	_, err := callText(take, t.Context(), "take")
	check(t, err)
	total := uint64(0)
	for { // what is there, until the end
		v, err := callText(take, t.Context(), "read")
		check(t, err)
		n := v[0].Uint()
		if n == 1000 {
			break
		}
		total += n
	}
	if total != 6 {
		t.Errorf("%d bytes were read, want 6", total)
	}
	_, err = callText(take, t.Context(), "again")
	var trap *dray.Trap
	if !errors.As(err, &trap) || !strings.Contains(err.Error(), "unknown handle index") {
		t.Errorf("the handle was given away twice: %v", err)
	}
	check(t, take.Close())
	check(t, give.Close())
	before.settle(t)
}

// TestStreamsOfClosedInstance: an instance ends while it, or another one, reads
// a stream that was made by it.
func TestStreamsOfClosedInstance(t *testing.T) {
	rt := newRuntime(t)
	before := measure(t)
	for round := range 20 {
		r, w := io.Pipe()
		give, take := linked(t, rt, r)
		_, err := callText(take, t.Context(), "take")
		check(t, err)
		var wg sync.WaitGroup
		reading := make(chan bool)
		wg.Go(func() {
			for i := range 200 {
				if i == 10 {
					close(reading)
				}
				if v, err := callText(take, t.Context(), "read"); err == nil && v[0].Uint() != 0 && v[0].Uint() != 1000 {
					t.Errorf("there are %v bytes", v[0])
				}
			}
		})
		<-reading
		first, second := give, take
		if round%2 == 1 {
			first, second = take, give
		}
		check(t, first.Close())
		wg.Wait()
		callText(take, t.Context(), "drop")
		check(t, second.Close())
		check(t, w.Close())
	}
	before.settle(t)
}

// TestCloseWhileGuestWaits: an instance is closed while the guest waits in a
// function of WASI.
func TestCloseWhileGuestWaits(t *testing.T) {
	rt := newRuntime(t)
	filter := load(t, rt, filepath.Join(p2Dir, "filter.wasm"))
	l := rt.NewLinker()
	check(t, wasi.Link(l))
	before := measure(t)
	for range 20 {
		dir, err := wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
		check(t, err)
		r, w := io.Pipe()
		in, err := wasi.Instantiate(t.Context(), l, filter, wasi.Config{
			Args: []string{"filter"}, Stdin: r, Dirs: []wasi.Dir{dir}, Network: net.AllowAll()})
		check(t, err)
		run, err := app.NewRun(in)
		check(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- run.Run(ctx) }()
		_, err = io.WriteString(w, "a line\n") // the guest reads
		check(t, err)
		closed := make(chan error)
		go func() { closed <- in.Close() }()
		cancel()
		if err := <-ended; err == nil {
			t.Error("the guest ended by itself")
		}
		<-closed
		check(t, w.Close())
		check(t, dir.FS.Close())
	}
	before.settle(t)
}
