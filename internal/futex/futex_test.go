package futex

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm/instrument"
)

// TestWait covers what a wait can answer, in bubble time.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table Table
		mem := make([]byte, 64)
		binary.LittleEndian.PutUint64(mem[8:], 1<<40|7)
		wait := func(ctx context.Context, timeout int64) (uint32, error) {
			return table.Wait32(ctx, mem, 8, 7, timeout)
		}
		if r, err := table.Wait32(t.Context(), mem, 8, 8, -1); r != NotEqual || err != nil {
			t.Errorf("another value: %d, %v", r, err)
		}
		if r, err := table.Wait64(t.Context(), mem, 8, 7, -1); r != NotEqual || err != nil {
			t.Errorf("another value of 64 bits: %d, %v", r, err)
		}
		begin := time.Now()
		if r, err := wait(t.Context(), 1e9); r != TimedOut || err != nil || time.Since(begin) != time.Second {
			t.Errorf("a timeout: %d, %v after %v", r, err, time.Since(begin))
		}
		if r, err := table.Wait64(t.Context(), mem, 8, 1<<40|7, 0); r != TimedOut || err != nil {
			t.Errorf("no time: %d, %v", r, err)
		}
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(cause) })
		if _, err := wait(ctx, -1); err != cause {
			t.Errorf("a context that ends: %v", err)
		}
		if n, err := table.Notify(mem, 8, 1); n != 0 || err != nil {
			t.Errorf("nobody waits: %d, %v", n, err)
		}
	})
}

// TestNotify wakes in the order in which they came.
func TestNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table Table
		mem, other := make([]byte, 64), make([]byte, 64)
		woken := make(chan int, 6)
		go table.Wait32(t.Context(), other, 16, 0, 1e12)
		for i := range 6 {
			timeout := int64(-1)
			if i%2 == 1 {
				timeout = 1e9 // these leave the queue, at its end too
			}
			go func() {
				r, err := table.Wait32(t.Context(), mem, 16, 0, timeout)
				if err != nil || r == NotEqual {
					t.Errorf("%d: %d, %v", i, r, err)
				}
				if r == Woken {
					woken <- i
				}
			}()
			synctest.Wait()
		}
		time.Sleep(2 * time.Second)
		for i, want := range []uint32{1, 1, 1, 0} {
			n, err := table.Notify(mem, 16, 1)
			if n != want || err != nil {
				t.Errorf("notify %d: %d, %v", i, n, err)
			}
			synctest.Wait()
			if n == 1 {
				if got := <-woken; got != 2*i {
					t.Errorf("woken %d, want %d", got, 2*i)
				}
			}
		}
		if n, _ := table.Notify(other, 16, 1<<32-1); n != 1 {
			t.Errorf("in the other memory waited %d", n)
		}
	})
}

func TestTraps(t *testing.T) {
	var table Table
	mem := make([]byte, 65536)
	for _, tt := range []struct {
		addr, size uint64
		want       engine.TrapKind
	}{
		{2, 4, engine.TrapUnalignedAtomic},
		{4, 8, engine.TrapUnalignedAtomic},
		{65536, 4, engine.TrapMemoryOutOfBounds},
		{65536, 8, engine.TrapMemoryOutOfBounds},
		{2*(1<<32-1) - 6, 8, engine.TrapMemoryOutOfBounds},
	} {
		var err error
		if tt.size == 4 {
			_, err = table.Wait32(t.Context(), mem, tt.addr, 1, 0)
			if _, nerr := table.Notify(mem, tt.addr, 0); nerr == nil || nerr.Error() != err.Error() {
				t.Errorf("notify at %d: %v, want %v", tt.addr, nerr, err)
			}
		} else {
			_, err = table.Wait64(t.Context(), mem, tt.addr, 1, 0)
		}
		if trap, ok := err.(*engine.Trap); !ok || trap.Kind != tt.want {
			t.Errorf("%d bytes at %d: %v, want %v", tt.size, tt.addr, err, tt.want)
		}
	}
}

// TestEverybodyLeaves checks that nothing is kept of those who waited.
func TestEverybodyLeaves(t *testing.T) {
	var table Table
	mem := make([]byte, 4096)
	done := make(chan struct{})
	const threads = 100
	for i := range threads {
		go func() {
			defer func() { done <- struct{}{} }()
			for j := range 20 {
				addr := uint64((i + j) % 8 * 4)
				table.Wait32(t.Context(), mem, addr, 0, int64(j)*1000)
				table.Notify(mem, addr, uint32(j%3))
			}
		}()
	}
	for range threads {
		<-done
	}
	for i := range table.shards {
		if n := len(table.shards[i].queues); n != 0 {
			t.Errorf("shard %d has %d queues", i, n)
		}
	}
}

// TestNobodyIsLost: what Notify counts are those whose wait ends with Woken,
// while others are late or given up.
func TestNobodyIsLost(t *testing.T) {
	var table Table
	mem := make([]byte, 4096)
	ctx, cancel := context.WithCancel(t.Context())
	var woken, counted atomic.Int64
	var waiters, wakers sync.WaitGroup
	for i := range 40 {
		waiters.Go(func() {
			for j := range 300 {
				timeout := int64(-1)
				if (i+j)%3 == 0 {
					timeout = int64(j) * 100
				}
				r, err := table.Wait64(ctx, mem, uint64(i%3*8), 0, timeout)
				if err != nil {
					return
				}
				if r == Woken {
					woken.Add(1)
				}
			}
		})
	}
	stop := make(chan struct{})
	for i := range 4 {
		wakers.Go(func() {
			for j := 0; ; j++ {
				select {
				case <-stop:
					return
				default:
				}
				n, err := table.Notify(mem, uint64((i+j)%3*8), uint32(j%5))
				if err != nil || n > uint32(j%5) {
					t.Errorf("notify %d: %d, %v", j%5, n, err)
				}
				counted.Add(int64(n))
				if counted.Load() > 2000 {
					cancel()
				}
				runtime.Gosched()
			}
		})
	}
	waiters.Wait()
	close(stop)
	wakers.Wait()
	cancel()
	if woken.Load() != counted.Load() {
		t.Errorf("%d were woken, %d counted", woken.Load(), counted.Load())
	}
	for i := range table.shards {
		if n := len(table.shards[i].queues); n != 0 {
			t.Errorf("shard %d has %d queues", i, n)
		}
	}
}

// TestLongTimes: the longest timeouts are no overflow, and an instant that is
// negative is for ever.
func TestLongTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var table Table
		mem := make([]byte, 64)
		for _, timeout := range []int64{1<<63 - 1, -1, -1 << 63} {
			ctx, cancel := context.WithTimeout(t.Context(), 24*365*time.Hour)
			if _, err := table.Wait32(ctx, mem, 0, 0, timeout); err != context.DeadlineExceeded {
				t.Errorf("%d ns: %v", timeout, err)
			}
			cancel()
		}
	})
}

// A caller has a memory under a name.
type caller struct {
	engine.Caller
	name string
	mem  []byte
}

func (c caller) Export(name string) engine.Extern {
	if name != c.name {
		return nil
	}
	return memoryOf{mem: c.mem}
}

type memoryOf struct {
	engine.Memory
	mem []byte
}

func (m memoryOf) Bytes() []byte { return m.mem }

// TestHostFuncs calls the functions as guests do, with raw parameters.
func TestHostFuncs(t *testing.T) {
	var table Table
	ended := errors.New("ended")
	funcs := table.HostFuncs(func(context.Context) error { return ended })
	c := caller{name: instrument.MemoryExport, mem: make([]byte, 64)}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	const junk = 0xdead << 32 // the high half of an i32 means nothing
	for _, tt := range []struct {
		ctx    context.Context
		f      int
		params []uint64
		want   uint64
		err    string
	}{
		{t.Context(), 0, []uint64{junk | 8, junk | 1, 0, 4}, NotEqual, ""},
		{t.Context(), 0, []uint64{junk | 8, junk, 0, 4}, TimedOut, ""},
		{t.Context(), 1, []uint64{8, junk, 0, 8}, NotEqual, ""},
		{t.Context(), 1, []uint64{8, 0, 10, 8}, TimedOut, ""},
		{t.Context(), 2, []uint64{8, 1<<32 - 1, 0}, 0, ""},
		{over, 0, []uint64{0, 0, ^uint64(0), 0}, 0, "ended"},
		{over, 0, []uint64{0, 1, ^uint64(0), 0}, NotEqual, ""},
		{t.Context(), 0, []uint64{1, 0, 0, 0}, 0, "unaligned atomic"},
		{t.Context(), 1, []uint64{4, 0, 0, 0}, 0, "unaligned atomic"},
		{t.Context(), 2, []uint64{60, 0, 4}, 0, "out of bounds memory access"},
		{t.Context(), 2, []uint64{1<<32 - 4, 0, 1<<32 - 4}, 0, "out of bounds memory access"},
	} {
		got := ""
		if err := funcs[tt.f].Call(tt.ctx, c, tt.params); err != nil {
			got = err.Error()
		}
		if got != tt.err || got == "" && tt.params[0] != tt.want {
			t.Errorf("%s: %d, %q; want %d, %q", funcs[tt.f].Name, tt.params[0], got, tt.want, tt.err)
		}
	}
	c.name = "memory" // an instance that was not made to wait
	if err := funcs[2].Call(t.Context(), c, []uint64{0, 0, 0}); err == nil {
		t.Error("an instance without the memory can notify")
	}
}
