//go:build unix

package stream

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dray-wasm/dray/host"
)

func TestPollMany(t *testing.T) {
	for name, sleeper := range sleepers {
		t.Run(name, func(t *testing.T) {
			useSleeper(t, sleeper)
			checkLeaks(t)
			var ws []Waitable
			want := map[int]bool{}
			add := func(w Waitable, ready bool) {
				if ready {
					want[len(ws)] = true
				}
				ws = append(ws, w)
			}
			quiet, quietW := blockingPipe(t)
			ended, endedW := blockingPipe(t)
			endedW.Close()
			broken, brokenW := blockingPipe(t)
			broken.Close()
			full, fullW := blockingPipe(t)
			for _, err := NewFile(fullW).TryWrite(make([]byte, 4096)); err == nil; {
				_, err = NewFile(fullW).TryWrite(make([]byte, 4096))
			}
			sock, peer := socketPair(t)
			regular, err := os.CreateTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer regular.Close()
			closed := NewFile(quiet)
			closed.Close()
			event := NewEvent()
			add(NewFile(quiet).Readable(), false)
			add(NewFile(quietW).Writable(), true)
			add(NewFile(ended).Readable(), true)
			add(NewFile(brokenW).Writable(), true)
			add(NewFile(full).Readable(), true)
			add(NewFile(fullW).Writable(), false)
			add(NewFile(sock).Readable(), false)
			add(NewFile(sock).Writable(), true)
			add(NewFile(regular).Readable(), true)
			add(closed.Readable(), true)
			add(event, false)
			add(foreign{event}, false)
			ready := make([]bool, len(ws))
			check := func(n int, err error) {
				t.Helper()
				if n != len(want) || err != nil {
					t.Errorf("Poll = %d, %v, want %d", n, err, len(want))
				}
				for i := range ready {
					if ready[i] != want[i] {
						t.Errorf("ready[%d] = %v, want %v", i, ready[i], want[i])
					}
				}
			}
			check(Poll(t.Context(), ws, ready, Deadline{}))

			// Only those that wait, until one and then another is ready.
			ws = []Waitable{ws[0], ws[5], ws[6], ws[10], ws[11], ws[6]}
			ready = ready[:len(ws)]
			clear(want)
			check(Poll(t.Context(), ws, ready, in(30*time.Millisecond)))
			for _, step := range []struct {
				do   func()
				want []int
			}{
				{func() { peer.Write([]byte("x")) }, []int{2, 5}},
				{func() { event.Set() }, []int{2, 3, 4, 5}},
			} {
				clear(want)
				for _, i := range step.want {
					want[i] = true
				}
				if step.want[1] == 5 {
					go step.do()
					// It may come while Poll looks: some are ready then.
					if n, err := Poll(t.Context(), ws, ready, in(patience)); n == 0 || err != nil {
						t.Errorf("Poll = %d, %v", n, err)
					}
				} else {
					step.do()
				}
				check(Poll(t.Context(), ws, ready, in(patience)))
			}
		})
	}
}

// One descriptor asked for in more ways than the process may open.
func TestPollMoreThanLimit(t *testing.T) {
	r, w := blockingPipe(t)
	in := NewFile(r)
	ws := slices.Repeat([]Waitable{in.Readable(), NewFile(r).Writable()}, 40_000)
	ready := make([]bool, len(ws))
	done := make(chan struct{})
	go func() {
		defer close(done)
		n, err := Poll(t.Context(), ws, ready, Deadline{})
		if n < 40_000 || err != nil || !ready[0] || !ready[79_998] {
			t.Errorf("Poll = %d, %v", n, err)
		}
	}()
	asleep(t, in, 40_000)
	w.Write([]byte("x"))
	<-done
}

// A thousand goroutines each wait for a pipe and for one event that they
// share. A third of them wakes by each, and a third by the end of a context.
func TestThousandPollers(t *testing.T) {
	const count = 1000
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 4*count {
		t.Skipf("needs %d descriptors, may have %d", 4*count, limit.Cur)
	}
	checkLeaks(t)
	ins, outs := make([]*File, count), make([]*os.File, count)
	for i := range ins {
		r, w := blockingPipe(t)
		ins[i], outs[i] = NewFile(r), w
	}
	events := []*Event{NewEvent(), NewEvent(), NewEvent()}
	var groups [3]sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	ctxs := []context.Context{t.Context(), t.Context(), ctx}
	for i, in := range ins {
		k := i % 3
		groups[k].Go(func() {
			ready := make([]bool, 2)
			n, err := Poll(ctxs[k], []Waitable{in.Readable(), events[k]}, ready, Deadline{})
			ok := n == 1 && err == nil && ready[k&1]
			if k == 2 {
				ok = n == 0 && err == context.Canceled
			}
			if !ok {
				t.Errorf("group %d: Poll = %d, %v with %v", k, n, err, ready)
			}
		})
	}
	for _, in := range ins {
		asleep(t, in, 1)
	}
	for i := 0; i < count; i += 3 {
		if _, err := outs[i].Write([]byte("x")); err != nil {
			t.Error(err)
		}
	}
	groups[0].Wait()
	cancel()
	groups[2].Wait()
	events[1].Set()
	groups[1].Wait()
}

// Many goroutines on one pipe, with contexts that end and a Close between.
func TestFileStress(t *testing.T) {
	checkLeaks(t)
	for range 30 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		in, out := NewFile(r), NewFile(w)
		var readers, writers sync.WaitGroup
		short, cancel := context.WithCancel(t.Context())
		defer cancel()
		for k := range 16 {
			ctx := short
			if k%2 == 0 {
				ctx = t.Context()
			}
			readers.Go(func() {
				p := make([]byte, 3)
				for {
					if _, err := in.Read(ctx, p); err != nil {
						return
					}
				}
			})
			writers.Go(func() {
				for range 50 {
					if _, err := out.Write(t.Context(), []byte("abcd")); err != nil {
						t.Errorf("Write = %v", err)
						return
					}
				}
				if k == 7 {
					cancel()
				}
			})
		}
		writers.Wait()
		in.Close()
		readers.Wait()
		r.Close()
		w.Close()
	}
}

// Without a descriptor left, waiting still works.
func TestNoDescriptorsLeft(t *testing.T) {
	r, w := blockingPipe(t)
	in := NewFile(r)
	ReleaseIdle()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Skip(err)
	}
	low := limit
	low.Cur = 3
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Skip(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if n, err := in.Read(ctx, make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("Read = %d, %v", n, err)
		}
		if _, err := in.Read(ctx, make([]byte, 1)); err != context.Canceled {
			t.Errorf("Read = %v", err)
		}
	}()
	asleep(t, in, 1)
	w.Write([]byte("x"))
	eventually(t, "the byte is read", func() bool { return in.Available() == 0 })
	asleep(t, in, 1)
	cancel()
	<-done
	if n, err := Poll(t.Context(), []Waitable{in.Readable()}, []bool{false}, Deadline{Clock: newRealClock(), At: 1}); n != 0 || err != nil {
		t.Errorf("Poll = %d, %v", n, err)
	}
	if _, err := in.TryRead(make([]byte, 1)); err != host.EAGAIN {
		t.Errorf("TryRead = %v", err)
	}
}

func benchmarkFile(b *testing.B, ctx context.Context, open func(testing.TB) (r, w *os.File), wrap func(*File) *File) {
	r, w := open(b)
	in, out := NewFile(r), NewFile(w)
	if wrap != nil {
		in, out = wrap(in), wrap(out)
	}
	p := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Write(ctx, p); err != nil {
			b.Fatal(err)
		}
		if _, err := in.Read(ctx, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFileWriteRead64(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for _, c := range channels {
		b.Run(c.name, func(b *testing.B) { benchmarkFile(b, ctx, c.open, c.wrap) })
	}
	zero := func(b testing.TB) (r, w *os.File) {
		f, err := os.OpenFile("/dev/zero", os.O_RDWR, 0)
		if err != nil {
			b.Skip(err)
		}
		b.Cleanup(func() { f.Close() })
		return f, f
	}
	b.Run("device", func(b *testing.B) { benchmarkFile(b, ctx, zero, nil) })
	b.Run("os.File pipe for comparison", func(b *testing.B) {
		r, w := goPipe(b)
		p := make([]byte, 64)
		b.ReportAllocs()
		for b.Loop() {
			w.Write(p)
			r.Read(p)
		}
	})
}

// BenchmarkFileWake is the way there and back between two goroutines that
// wait for each other through pipes.
func BenchmarkFileWake(b *testing.B) {
	for name, sleeper := range map[string]func() sleeper{"best": newSleeper, "pipe": sleepers["pipe"]} {
		b.Run(name, func(b *testing.B) {
			ReleaseIdle()
			idle.make = sleeper
			defer func() { ReleaseIdle(); idle.make = newSleeper }()
			r1, w1 := blockingPipe(b)
			r2, w2 := blockingPipe(b)
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				in, out, p := NewFile(r1), NewFile(w2), make([]byte, 1)
				for {
					if _, err := in.Read(ctx, p); err != nil {
						return
					}
					out.Write(ctx, p)
				}
			}()
			in, out, p := NewFile(r2), NewFile(w1), make([]byte, 1)
			b.ReportAllocs()
			for b.Loop() {
				out.Write(ctx, p)
				if _, err := in.Read(ctx, p); err != nil {
					b.Fatal(err)
				}
			}
			cancel()
			<-done
		})
	}
}
