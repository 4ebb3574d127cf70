package wasi_test

// This file calls preview 1 functions at random, from a guest, through the
// engine: whatever a guest does, the host stays whole.

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/random"
	"github.com/dray-wasm/dray/wasi"
)

// maxFuzzCalls bounds the calls of one input.
const maxFuzzCalls = 64

// FuzzP1 reads its input as calls: a byte for the function, and for each of
// its parameters a byte that selects how the next bytes make a value.
func FuzzP1(f *testing.F) {
	rt := newRuntime(f)
	mod, err := rt.CompileFile(f.Context(), filepath.Join(guestDir, "p1fuzz.wasm"))
	if err != nil {
		f.Skipf("SKIPPED: %v", err)
	}
	l := rt.NewModuleLinker()
	check(f, wasi.LinkModule(l))
	for fn := range 46 {
		f.Add([]byte{byte(fn), 0, 3, 0, 1, 0, 2, 1, 64, 0, 1, 128, 0, 0, 0, 0, 0, byte(fn), 2, 2, 2, 2, 2, 2, 2, 2, 2})
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		mem := fs.NewMem(fs.MemLimits{MaxBytes: 1 << 20, MaxEntries: 1000})
		inst, err := wasi.InstantiateModule(ctx, l, mod, wasi.Config{
			Args: []string{"fuzz"}, Env: []string{"A=1"},
			Dirs: []wasi.Dir{{Guest: "/", FS: mem.Dir(fs.ReadWrite)}, {Guest: "/ro", FS: mem.Dir(fs.ReadOnly)}},
			// Time passes without waiting for it.
			Clock:  clock.NewStepping(time.Unix(1_600_000_000, 0), time.Millisecond),
			Random: random.NewSeeded(1), Limits: dray.Limits{Descriptors: 100},
		})
		check(t, err)
		defer inst.Close()
		call, err := inst.Func("call")
		check(t, err)
		for n := 0; len(in) > 0 && n < maxFuzzCalls; n++ {
			stack := make([]uint64, max(len(call.Type().Params), 1))
			stack[0] = uint64(in[0]) % 46
			in = in[1:]
			for i := 1; i < len(stack); i++ {
				stack[i], in = fuzzValue(in)
			}
			err := call.Call(ctx, stack)
			var exit *wasi.ExitError
			var trap *dray.Trap
			if errors.As(wasi.Exited(err), &exit) || errors.As(err, &trap) && trap.Err == nil {
				return // the guest ended itself
			}
			check(t, err)
		}
	})
}

// fuzzValue takes a value from the input: small, a place in memory, near the
// end of memory, or any.
func fuzzValue(in []byte) (uint64, []byte) {
	var b [9]byte
	n := copy(b[:], in)
	v := binary.LittleEndian.Uint64(b[1:])
	switch b[0] % 5 {
	case 0:
		return v & 0xf, in[min(n, 2):]
	case 1:
		return v & 0xffff, in[min(n, 3):]
	case 2:
		return 0x10000 - v&0x3f, in[min(n, 2):]
	case 3:
		return v & 0xffffffff, in[min(n, 5):]
	}
	return v, in[min(n, 9):]
}
