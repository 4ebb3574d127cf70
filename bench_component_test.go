package dray_test

// This file measures calls and instances of components. docs/performance.md
// has the figures.

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
)

// A point is the record dray:test/calls.point.
type point struct {
	X, Y   int32
	Weight float64
}

// A sample is the record sample of the world "caller".
type sample struct {
	ID    uint32 `wit:"id"`
	Value float64
	On    bool
}

// BenchmarkHostToGuest is calls from Go with the bindings of FuncOf.
func BenchmarkHostToGuest(b *testing.B) {
	rt := componentRuntime(b)
	in := instantiateComponent(b, rt.NewLinker(), compileComponent(b, rt, "composed-calls.wasm"))
	ctx := b.Context()
	b.Run("add", func(b *testing.B) {
		add := mustFunc[func(context.Context, uint32, uint32) (uint32, error)](b, in, "add")
		b.ReportAllocs()
		for b.Loop() {
			if _, err := add(ctx, 1, 2); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("add of values", func(b *testing.B) {
		f, err := in.Func("add")
		check(b, err)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Call(ctx, value.U32(1), value.U32(2)); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, size := range []int{64, 64 << 10} {
		b.Run(fmt.Sprintf("echo-string %d", size), func(b *testing.B) {
			echo := mustFunc[func(context.Context, string) (string, error)](b, in, "echo-string")
			s := strings.Repeat("x", size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := echo(ctx, s); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("take-string %d", size), func(b *testing.B) {
			take := mustFunc[func(context.Context, string) (uint32, error)](b, in, "take-string")
			s := strings.Repeat("x", size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := take(ctx, s); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("send-string %d", size), func(b *testing.B) {
			send := mustFunc[func(context.Context, uint32) (string, error)](b, in, "send-string")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := send(ctx, uint32(size)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("sum-records 1000", func(b *testing.B) {
		sum := mustFunc[func(context.Context, []sample) (float64, error)](b, in, "sum-records")
		list := make([]sample, 1000)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := sum(ctx, list); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("make-records 1000", func(b *testing.B) {
		makeAll := mustFunc[func(context.Context, uint32) ([]sample, error)](b, in, "make-records")
		b.ReportAllocs()
		for b.Loop() {
			if _, err := makeAll(ctx, 1000); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func mustFunc[F any](tb testing.TB, in *dray.Instance, name string) F {
	tb.Helper()
	f, err := dray.FuncOf[F](in, name)
	check(tb, err)
	return f
}

// BenchmarkFromGuest is calls that a guest makes: of functions in Go, and of
// another component. Each operation is 1,000 calls, or 10 of large ones.
func BenchmarkFromGuest(b *testing.B) {
	rt := componentRuntime(b)
	host := rt.NewLinker()
	calls := host.Instance("dray:test/calls@1.0.0")
	for name, fn := range map[string]any{
		"add":         func(a, b uint32) uint32 { return a + b },
		"echo":        func(s string) string { return s },
		"count":       func(data []byte) uint32 { return uint32(len(data)) },
		"sum-points":  func(all []point) point { return point{X: int32(len(all))} },
		"make-points": func(n uint32) []point { return make([]point, n) },
	} {
		check(b, calls.Func(name, fn))
	}
	for _, to := range []string{"Go", "guest"} {
		file, l := "composed-calls.wasm", rt.NewLinker()
		if to == "Go" {
			file, l = "calls-c.wasm", host
		}
		c := compileComponent(b, rt, file)
		check(b, l.Traps(c))
		in := instantiateComponent(b, l, c)
		add := mustFunc[func(context.Context, uint32) (uint32, error)](b, in, "call-add")
		b.Run(to+"/add", func(b *testing.B) {
			perCall(b, 1000, func() error {
				_, err := add(b.Context(), 1000)
				return err
			})
		})
		sized := map[string]func(context.Context, uint32, uint32) error{}
		for _, name := range []string{"call-echo", "call-count", "call-sum-points", "call-make-points"} {
			sized[name] = sizedCall(b, in, name)
		}
		for _, tt := range []struct {
			name string
			n    uint32
			size uint32
		}{
			{"call-echo", 1000, 64}, {"call-echo", 10, 64 << 10}, {"call-count", 10, 64 << 10},
			{"call-sum-points", 10, 1000}, {"call-make-points", 10, 1000},
		} {
			b.Run(fmt.Sprintf("%s/%s %d", to, strings.TrimPrefix(tt.name, "call-"), tt.size), func(b *testing.B) {
				perCall(b, tt.n, func() error { return sized[tt.name](b.Context(), tt.n, tt.size) })
			})
		}
	}
}

// sizedCall is a function of two numbers whose result does not count.
func sizedCall(tb testing.TB, in *dray.Instance, name string) func(context.Context, uint32, uint32) error {
	f, err := in.Func(name)
	check(tb, err)
	return func(ctx context.Context, n, size uint32) error {
		_, err := f.Call(ctx, value.U32(n), value.U32(size))
		return err
	}
}

// perCall measures operations of n calls.
func perCall(b *testing.B, n uint32, f func() error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/call")
}

// BenchmarkInstantiate makes instances: of a component from its bytes (cold),
// and of a prepared one.
func BenchmarkInstantiate(b *testing.B) {
	rt := componentRuntime(b)
	for _, name := range []string{"as-stats.wasm", "adder-plain.wasm", "adder.wasm", "reactor-std.wasm"} {
		b.Run(name+"/cold", func(b *testing.B) {
			for b.Loop() {
				c, err := rt.CompileComponentFile(b.Context(), components+"/"+name)
				check(b, err)
				l := rt.NewLinker()
				check(b, l.Traps(c))
				in, err := l.Instantiate(b.Context(), c)
				check(b, err)
				in.Close()
				c.Close()
			}
		})
		b.Run(name+"/prepared", func(b *testing.B) {
			c := compileComponent(b, rt, name)
			l := rt.NewLinker()
			check(b, l.Traps(c))
			p, err := l.Prepare(c)
			check(b, err)
			b.ReportAllocs()
			for b.Loop() {
				in, err := p.Instantiate(b.Context())
				check(b, err)
				in.Close()
			}
		})
	}
}
