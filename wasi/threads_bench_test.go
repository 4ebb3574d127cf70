package wasi_test

// This file measures programs with threads, and what it costs that guests can
// be stopped. Run it with
//
//	go test -run=- -bench=Threads ./wasi

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
)

// BenchmarkThreadsSum sums 64 MB eight times with 1 and 2 threads; the program
// tells the best of three.
func BenchmarkThreadsSum(b *testing.B) {
	m := compileThreads(b, threadRuntime(b), "bench.wasm")
	for _, n := range []int{1, 2} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			best := told(b, m, fmt.Sprint("sum", n))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(best.Microseconds())/1000, "ms/sum")
		})
	}
}

// BenchmarkThreadsPingPong is a round between two threads that hand a turn to
// each other, in a guest and between goroutines.
func BenchmarkThreadsPingPong(b *testing.B) {
	m := compileThreads(b, threadRuntime(b), "bench.wasm")
	b.Run("guest", func(b *testing.B) { reportRounds(b, told(b, m, "ping-pong")) })
	b.Run("channels", func(b *testing.B) {
		there, back := make(chan bool), make(chan bool)
		go func() {
			for range there {
				back <- true
			}
		}()
		for b.Loop() {
			there <- true
			<-back
		}
		close(there)
		reportRounds(b, b.Elapsed()/time.Duration(b.N))
	})
}

func reportRounds(b *testing.B, each time.Duration) {
	b.ReportMetric(float64(each.Nanoseconds()), "ns/op")
	b.ReportMetric(float64(time.Second/each), "rounds/s")
}

// BenchmarkThreadsSpawn is a thread that comes and goes.
func BenchmarkThreadsSpawn(b *testing.B) {
	m := compileThreads(b, threadRuntime(b), "bench.wasm")
	b.ReportMetric(float64(told(b, m, "spawn").Nanoseconds()), "ns/op")
}

// told is the least duration that a program tells, a line of nanoseconds each.
func told(b *testing.B, m *dray.Module, arg string) time.Duration {
	b.Helper()
	least := time.Duration(math.MaxInt64)
	for b.Loop() {
		exit, out, err := runArgs(b.Context(), m, wasi.Config{}, arg)
		if exit != 0 || err != nil {
			b.Fatalf("exit status %d, %v: %s", exit, err, out)
		}
		for line := range strings.FieldsSeq(out) {
			d, err := time.ParseDuration(line + "ns")
			check(b, err)
			least = min(least, d)
		}
	}
	return least
}

// BenchmarkThreadsGC runs the collector for two seconds while a guest loops.
func BenchmarkThreadsGC(b *testing.B) {
	rt := threadRuntime(b)
	for b.Loop() {
		end := spinning(b, rt)
		var pauses []time.Duration
		for begin := time.Now(); time.Since(begin) < 2*time.Second; {
			at := time.Now()
			runtime.GC()
			pauses = append(pauses, time.Since(at))
		}
		end()
		slices.Sort(pauses)
		b.ReportMetric(float64(pauses[len(pauses)/2].Microseconds())/1000, "ms-median")
		b.ReportMetric(float64(pauses[len(pauses)*99/100].Microseconds())/1000, "ms-p99")
		b.ReportMetric(float64(pauses[len(pauses)-1].Microseconds())/1000, "ms-worst")
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	stopped := slices.Max(stats.PauseNs[:])
	b.ReportMetric(float64(stopped)/1e6, "ms-stopped-world")
}

// BenchmarkThreadsPrice runs the same work in code that can be stopped and in
// code that cannot, and tells the least times of both.
func BenchmarkThreadsPrice(b *testing.B) {
	goGuest := filepath.Join(b.TempDir(), "plain-go.wasm")
	build := exec.Command("go", "build", "-o", goGuest, "./plain")
	build.Dir = threadGuests + "go"
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		b.Skipf("SKIPPED: the Go guest cannot be built: %v\n%s", err, out)
	}
	for _, w := range []struct{ name, file string }{
		{"C", threadGuests + "plain.wasm"}, {"Rust", threadGuests + "plain-rust.wasm"}, {"Go", goGuest},
	} {
		b.Run(w.name, func(b *testing.B) {
			var ms [2]*dray.Module // code that can be stopped, and that cannot
			for i := range ms {
				rt, err := dray.NewRuntime(dray.Config{NoCache: true, Uninterruptible: i == 1})
				check(b, err)
				defer rt.Close()
				ms[i], err = rt.CompileFile(b.Context(), w.file)
				check(b, err)
			}
			// One after the other, so that both meet the same noise.
			least := [2]time.Duration{math.MaxInt64, math.MaxInt64}
			for b.Loop() {
				for i, m := range ms {
					begin := time.Now()
					exit, out, err := runArgs(b.Context(), m, wasi.Config{})
					least[i] = min(least[i], time.Since(begin))
					if exit != 0 || err != nil {
						b.Fatalf("exit status %d, %v: %s", exit, err, out)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(least[0].Microseconds())/1000, "ms-on")
			b.ReportMetric(float64(least[1].Microseconds())/1000, "ms-off")
			b.ReportMetric(100*(float64(least[0])/float64(least[1])-1), "%-price")
		})
	}
}
