package canon

// This file tests ends of streams and futures that the host has.

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// A chunks is a source of u8 that gives one chunk at a time.
type chunks struct {
	ch     chan []byte
	closed chan bool
}

func (c *chunks) Next(ctx context.Context, _ uint32) (task.HostBuffer, error) {
	select {
	case b, ok := <-c.ch:
		if !ok {
			return nil, io.EOF
		}
		return bytesBuffer(b), nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *chunks) Close() { close(c.closed) }

// ready is a source that never waits.
type ready struct{ chunks }

func (c *ready) TryNext(uint32) (task.HostBuffer, error) {
	select {
	case b, ok := <-c.ch:
		if !ok {
			return nil, io.EOF
		}
		return bytesBuffer(b), nil
	default:
		return nil, nil
	}
}

func bytesBuffer(b []byte) *task.ValueBuffer {
	v := &task.ValueBuffer{}
	for _, x := range b {
		v.Values = append(v.Values, value.U8(x))
	}
	return v
}

// readAll reads a stream as a goroutine of the host.
func readAll(r *task.HostReader, size int) (text string, err error) {
	for {
		b := &task.ValueBuffer{Values: make([]value.Value, size)}
		n, err := r.Read(context.Background(), b)
		for _, v := range b.Values[:n] {
			text += string(rune(v.Uint()))
		}
		if err == io.EOF {
			return text, nil
		}
		if err != nil {
			return text, err
		}
	}
}

// TestHostEnds sends bytes of the host through a guest that copies them, in
// chunks of other sizes, to the host.
func TestHostEnds(t *testing.T) {
	for _, try := range []bool{false, true} {
		schedules(t, func(w *world) {
			g := w.guest("g", 64)
			stream := value.StreamOf(value.TypeU8)
			st := w.types.Type(stream)
			e, ret := g.ends(stream), g.taskReturn(stream)
			f := g.lift("copy", w.asyncSig(stream, stream), g.async, func(a []uint64) uint64 {
				pair := e.new()
				r, wr := pair&0xffff_ffff, pair>>32
				ret(r)
				for {
					code, n := status(e.syncRead(a[0], 0, 5))
					for done := uint64(0); done < n; {
						c, m := status(e.syncWrite(wr, done, n-done))
						if done += m; c == uint64(task.CopyDropped) {
							e.dropReadable(a[0])
							e.dropWritable(wr)
							return 0
						}
					}
					if code == uint64(task.CopyDropped) {
						break
					}
				}
				e.dropWritable(wr)
				e.dropReadable(a[0])
				return 0
			})
			for _, stop := range []bool{false, true} {
				src := &chunks{make(chan []byte, 3), make(chan bool)}
				var s task.Source = src
				if try {
					s = &ready{*src}
				}
				var r *task.HostReader
				err := f.CallAsync(context.Background(), func(cx *abi.Context, flat []uint64) (err error) {
					flat[0], err = streamIn(cx, task.NewHostStream(g.inst, st.Elem, s), st)
					return err
				}, func(cx *abi.Context, flat []uint64, _ bool) error {
					v, err := cx.Handles.LiftAsyncValue(uint32(flat[0]), st)
					if err == nil {
						r = task.NewHostReader(g.inst, v.(task.Shared))
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				src.ch <- []byte("one, ")
				if stop {
					b := &task.ValueBuffer{Values: make([]value.Value, 2)}
					if n, err := r.Read(context.Background(), b); n != 2 || err != nil {
						t.Error(n, err)
					}
					r.Close()
					close(src.ch)
				} else {
					go func() {
						src.ch <- []byte("a much longer one, ")
						src.ch <- []byte("x")
						close(src.ch)
					}()
					if text, err := readAll(r, 3); err != nil || text != "one, a much longer one, x" {
						t.Errorf("%q, %v", text, err)
					}
				}
				<-src.closed
			}
			w.drain()
			w.holding(func() { eq(t, "handles", g.inst.Handles.Len(), 0) })
		})
	}
}

// TestHostEndsFail is readers of streams whose writer traps, or whose store is
// closed, or whose context ends.
func TestHostEndsFail(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, how := range []string{"trap", "close", "context"} {
		w := newWorld(t)
		g := w.guest("g", 64)
		stream := value.StreamOf(value.TypeU8)
		st := w.types.Type(stream)
		e, ret := g.ends(stream), g.taskReturn(stream)
		release := make(chan bool)
		host := hostAsync(func(ctx context.Context, _ uint32) (uint32, error) {
			select {
			case <-release:
			case <-ctx.Done():
			}
			return 0, nil
		})
		wait := g.lower(host, w.asyncSig(value.TypeU32, value.TypeU32), g.sync)
		f := g.lift("f", w.asyncSig(stream), g.async, func([]uint64) uint64 {
			ret(e.new() & 0xffff_ffff)
			wait(1)
			return unreachable()
		})
		var r *task.HostReader
		err := f.CallAsync(context.Background(), func(*abi.Context, []uint64) error { return nil },
			func(cx *abi.Context, flat []uint64, _ bool) error {
				v, err := cx.Handles.LiftAsyncValue(uint32(flat[0]), st)
				if err == nil {
					r = task.NewHostReader(g.inst, v.(task.Shared))
				}
				return err
			})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			switch how {
			case "trap":
				close(release)
			case "close":
				w.store.Close()
			default:
				cancel()
			}
		}()
		b := &task.ValueBuffer{Values: make([]value.Value, 1)}
		n, err := r.Read(ctx, b)
		want := map[string]error{"close": task.ErrClosed, "context": context.Canceled}[how]
		if n != 0 || err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %d, %v", how, n, err)
		}
		cancel()
		w.store.Close()
	}
	noMore(t, before)
}
