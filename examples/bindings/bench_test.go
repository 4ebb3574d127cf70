package bindings

// This file measures calls with the bindings.

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/examples/bindings/caller"
)

// calls implements caller.CallsHost.
type calls struct{ points []caller.Point }

func (h *calls) Add(_ context.Context, a, b uint32) (uint32, error) { return a + b, nil }

func (h *calls) Echo(_ context.Context, s string) (string, error) { return s, nil }

func (h *calls) Count(_ context.Context, data []byte) (uint32, error) {
	return uint32(len(data)), nil
}

func (h *calls) SumPoints(_ context.Context, points []caller.Point) (sum caller.Point, err error) {
	for _, p := range points {
		sum.X += p.X
		sum.Y += p.Y
		sum.Weight += p.Weight
	}
	return sum, nil
}

func (h *calls) MakePoints(_ context.Context, n uint32) ([]caller.Point, error) {
	if uint32(len(h.points)) < n {
		h.points = make([]caller.Point, n)
	}
	for i := range n {
		h.points[i] = caller.Point{X: int32(i), Y: -int32(i), Weight: float64(i) / 2}
	}
	return h.points[:n], nil
}

func (h *calls) SumEntries(_ context.Context, entries []caller.Entry) ([]bind.Tuple2[string, uint64], error) {
	out := make([]bind.Tuple2[string, uint64], len(entries))
	for i, e := range entries {
		out[i].F0 = e.Key
		for _, v := range e.Values {
			out[i].F1 += uint64(v)
		}
	}
	return out, nil
}

func newCaller(t testing.TB) *caller.Exports {
	rt := runtime(t)
	l := rt.NewLinker()
	check(t, caller.Link(l, caller.Host{Calls: &calls{}}))
	x, err := caller.New(instantiate(t, l, compile(t, rt, "calls-c.wasm")))
	check(t, err)
	return x
}

func TestCaller(t *testing.T) {
	ctx := t.Context()
	x := newCaller(t)
	check(t, x.Noop(ctx))
	want(t, "add", uint32(3))(x.Add(ctx, 1, 2))
	want(t, "call-add", uint32(10))(x.CallAdd(ctx, 10))
	want(t, "call-echo", uint64(3*100))(x.CallEcho(ctx, 3, 100))
	want(t, "call-count", uint64(3*100))(x.CallCount(ctx, 3, 100))
	want(t, "call-make-points", uint64(3*100))(x.CallMakePoints(ctx, 3, 100))
	want(t, "take-string", uint32(7))(x.TakeString(ctx, "漢é12"))
	want(t, "send-string", strings.Repeat("x", 9))(x.SendString(ctx, 9))
	want(t, "sum-records", 4.0)(x.SumRecords(ctx, []caller.Sample{{Value: 1.5, On: true}, {Value: 9}, {ID: 7, Value: 2.5, On: true}}))
	list, err := x.MakeRecords(ctx, 5)
	if err != nil || len(list) != 5 || list[4] != (caller.Sample{ID: 4, Value: 2, On: true}) || list[3].On {
		t.Errorf("make-records: %+v, %v", list, err)
	}
	if _, err := x.CallSumPoints(ctx, 2, 10); err != nil {
		t.Error(err)
	}
	sums, err := x.CallSumEntries(ctx, []string{"a", "b"})
	if err != nil || len(sums) != 2 || sums[0].F0 != "a" {
		t.Errorf("call-sum-entries: %+v, %v", sums, err)
	}
}

// TestAllocations counts what calls with numbers allocate: nothing.
func TestAllocations(t *testing.T) {
	ctx := t.Context()
	x := newCaller(t)
	for name, call := range map[string]func() error{
		"host to guest": func() error { _, err := x.Add(ctx, 1, 2); return err },
		"guest to host": func() error { _, err := x.CallAdd(ctx, 100); return err },
	} {
		check(t, call())
		if n := testing.AllocsPerRun(100, func() { check(t, call()) }); n >= 4 {
			t.Errorf("%s: %v allocations a call", name, n)
		}
	}
}

func BenchmarkHostToGuest(b *testing.B) {
	ctx := b.Context()
	x := newCaller(b)
	run := func(name string, bytes int, call func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(bytes))
			for b.Loop() {
				if err := call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("noop", 0, func() error { return x.Noop(ctx) })
	run("add", 0, func() error { _, err := x.Add(ctx, 1, 2); return err })
	for _, size := range []int{64, 64 << 10} {
		s := strings.Repeat("x", size)
		run(fmt.Sprintf("take-string %d", size), size, func() error { _, err := x.TakeString(ctx, s); return err })
		run(fmt.Sprintf("send-string %d", size), size, func() error { _, err := x.SendString(ctx, uint32(size)); return err })
		run(fmt.Sprintf("echo-string %d", size), size, func() error { _, err := x.EchoString(ctx, s); return err })
	}
	list := make([]caller.Sample, 1000)
	run("sum-records 1000", 0, func() error { _, err := x.SumRecords(ctx, list); return err })
	run("make-records 1000", 0, func() error { _, err := x.MakeRecords(ctx, 1000); return err })
}

// BenchmarkGuestToHost is calls of the host by the guest, b.N in one call of
// the guest.
func BenchmarkGuestToHost(b *testing.B) {
	ctx := b.Context()
	x := newCaller(b)
	run := func(name string, bytes int, calls func(n uint32) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(bytes))
			check(b, calls(uint32(b.N)))
		})
	}
	run("add", 0, func(n uint32) error { _, err := x.CallAdd(ctx, n); return err })
	for _, size := range []uint32{64, 64 << 10} {
		run(fmt.Sprintf("echo %d", size), int(size), func(n uint32) error { _, err := x.CallEcho(ctx, n, size); return err })
		run(fmt.Sprintf("count %d", size), int(size), func(n uint32) error { _, err := x.CallCount(ctx, n, size); return err })
	}
	run("sum-points 1000", 0, func(n uint32) error { _, err := x.CallSumPoints(ctx, n, 1000); return err })
	run("make-points 1000", 0, func(n uint32) error { _, err := x.CallMakePoints(ctx, n, 1000); return err })
}
