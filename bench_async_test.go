package dray_test

// This file is what async calls and streams cost from Go.

import (
	"context"
	"io"
	"testing"

	"github.com/dray-wasm/dray"
)

func BenchmarkAsyncCall(b *testing.B) {
	in := streams(b, streamsHost{fetch: func(_ context.Context, n uint32) (uint32, error) { return n, nil }})
	ctx := b.Context()
	b.Run("relay", func(b *testing.B) { // with a call of the host that waits
		relay := funcOf[func(context.Context, uint32) (uint32, error)](b, in, "relay")
		b.ReportAllocs()
		for b.Loop() {
			if _, err := relay(ctx, 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		relay := funcOf[func(context.Context, uint32) (uint32, error)](b, in, "relay")
		b.ReportAllocs()
		b.SetParallelism(64)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := relay(ctx, 1); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("future", func(b *testing.B) {
		wait := funcOf[func(context.Context, *dray.Future[uint32]) (uint32, error)](b, in, "await")
		b.ReportAllocs()
		for b.Loop() {
			if _, err := wait(ctx, dray.Resolved[uint32](1)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A zeros reads as n zero bytes.
type zeros struct{ n int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(len(p), z.n)
	z.n -= n
	return n, nil
}

// BenchmarkStream is elements that a guest reads from Go and writes to Go, 1024
// at a time.
func BenchmarkStream(b *testing.B) {
	const n = 1 << 20
	in := streams(b, streamsHost{})
	ctx := b.Context()
	b.Run("bytes", func(b *testing.B) {
		upper := funcOf[func(context.Context, io.Reader) (io.ReadCloser, error)](b, in, "upper")
		b.SetBytes(n)
		b.ReportAllocs()
		for b.Loop() {
			r, err := upper(ctx, &zeros{n})
			if err != nil {
				b.Fatal(err)
			}
			if got, err := io.Copy(io.Discard, r); got != n || err != nil {
				b.Fatal(got, err)
			}
		}
	})
	b.Run("records", func(b *testing.B) {
		swap := funcOf[func(context.Context, *dray.Stream[Point]) (*dray.Stream[Point], error)](b, in, "swap")
		b.SetBytes(8 * n)
		b.ReportAllocs()
		from, to := make([]Point, n), make([]Point, 1024)
		for b.Loop() {
			s, err := swap(ctx, dray.StreamFrom(from...))
			if err != nil {
				b.Fatal(err)
			}
			for got := 0; ; {
				k, err := s.Read(ctx, to)
				got += k
				if err == io.EOF && got == n {
					break
				}
				if err != nil {
					b.Fatal(got, err)
				}
			}
		}
	})
}
