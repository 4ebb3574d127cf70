package futex

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dray-wasm/dray/engine"
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
