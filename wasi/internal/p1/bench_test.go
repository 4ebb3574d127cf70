package p1

import (
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/host/stream"
)

// A benchCase is a call on the steady path of programs. None allocates.
type benchCase struct {
	name string
	call string
	args []uint64
}

// newBenchGuest is a guest with a file of 1 MiB as descriptor 4, one that is
// appended to as 5, two buffers of 512 bytes at atIovecs and one of 64 KiB at
// atIovecs+16.
func newBenchGuest(t testing.TB) (*guest, []benchCase) {
	mem := fs.NewMem(fs.MemLimits{})
	endless := endlessInput{stream.Null}
	g := newGuest(t, Config{
		Args: []string{"prog", "arg"}, Env: []string{"A=B"},
		Stdin: &stdio.Stream{In: endless}, Preopens: []Preopen{{"/", mem.Dir(fs.ReadWrite)}},
	})
	fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
	g.ok("fd_filestat_set_size", fd, 1<<20)
	g.iovecs([2]uint32{atBuf, 512}, [2]uint32{atBuf + 512, 512}, [2]uint32{pageSize, pageSize})
	g.subscribe(0, sub{typ: eventtypeClock, clock: clockMonotonic})
	g.subscribe(1, sub{typ: eventtypeFdRead, fd: 0})
	const r, one, two = atResult, 1, 2
	return g, []benchCase{
		{"pread", "fd_pread", []uint64{fd, atIovecs, one, 0, r}},
		{"pread two", "fd_pread", []uint64{fd, atIovecs, two, 0, r}},
		{"pwrite", "fd_pwrite", []uint64{fd, atIovecs, one, 0, r}},
		{"pwrite two", "fd_pwrite", []uint64{fd, atIovecs, two, 0, r}},
		{"pwrite 64K", "fd_pwrite", []uint64{fd, atIovecs + 16, one, 0, r}},
		{"seek", "fd_seek", []uint64{fd, 0, whenceSet, r}},
		{"read at the end", "fd_read", []uint64{fd, atIovecs, two, r}},
		{"tell", "fd_tell", []uint64{fd, r}},
		{"read a stream", "fd_read", []uint64{0, atIovecs, two, r}},
		{"write a stream", "fd_write", []uint64{1, atIovecs, one, r}},
		{"write a stream two", "fd_write", []uint64{1, atIovecs, two, r}},
		{"clock_time_get", "clock_time_get", []uint64{1, 0, r}},
		{"clock_time_get realtime", "clock_time_get", []uint64{0, 0, r}},
		{"random_get", "random_get", []uint64{atBuf, 32}},
		{"sched_yield", "sched_yield", nil},
		{"args_sizes_get", "args_sizes_get", []uint64{r, r + 4}},
		{"args_get", "args_get", []uint64{atBuf, atBuf + 100}},
		{"environ_get", "environ_get", []uint64{atBuf, atBuf + 100}},
		{"fdstat", "fd_fdstat_get", []uint64{fd, atBuf}},
		{"poll what is ready", "poll_oneoff", []uint64{atSubs, atEvents, 2, r}},
	}
}

// endlessInput always has something to read.
type endlessInput struct{ stream.Input }

func (endlessInput) TryRead(p []byte) (int, error) { return len(p), nil }
func (endlessInput) Available() int                { return 1 }

func (g *guest) caller(c benchCase) func() {
	f := g.funcs[c.call].Call
	stack := make([]uint64, 16)
	var caller engine.Caller = g.fakeMemory
	return func() {
		copy(stack, c.args)
		if err := f(g.ctx, caller, stack); err != nil || stack[0] != 0 {
			g.t.Fatalf("%s = %d, %v", c.call, stack[0], err)
		}
	}
}

// TestNoAllocations: the steady path does not allocate.
func TestNoAllocations(t *testing.T) {
	if racing {
		t.Skip("SKIP: under the race detector pools lose what is in them")
	}
	g, cases := newBenchGuest(t)
	for _, c := range cases {
		call := g.caller(c)
		// The pools lose what is in them to a garbage collection now and then.
		if n := testing.AllocsPerRun(1000, call); n >= 0.5 {
			t.Errorf("%s allocates %v times", c.name, n)
		}
	}
}

func BenchmarkCalls(b *testing.B) {
	g, cases := newBenchGuest(b)
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			call := g.caller(c)
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}
