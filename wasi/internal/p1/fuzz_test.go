package p1

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/random"
	"github.com/dray-wasm/dray/wasi/internal/exit"
)

// A calls program is a sequence of calls: a byte for the function, and for
// each parameter a byte that says where it comes from, and what that needs.
type calls struct{ in []byte }

func (c *calls) byte() byte {
	if len(c.in) == 0 {
		return 0
	}
	b := c.in[0]
	c.in = c.in[1:]
	return b
}

// param makes a parameter: a small number, one near a bound of the memory, or
// any.
func (c *calls) param(mem uint64) uint64 {
	switch b := c.byte(); b % 8 {
	case 0, 1, 2, 3:
		return uint64(b / 8)
	case 4:
		return uint64(b/8) * 64
	case 5:
		return mem - uint64(b/8)
	case 6:
		return uint64(int64(int8(c.byte())))
	default:
		v := uint64(0)
		for range 1 + b/8%8 {
			v = v<<8 | uint64(c.byte())
		}
		return v
	}
}

func program(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			for i, f := range functions {
				if f.name == p {
					b = append(b, byte(i))
				}
			}
		case int:
			b = append(b, 7|7<<3)
			b = binary.BigEndian.AppendUint64(b, uint64(p))
		}
	}
	return b
}

// FuzzCalls makes any calls on any memory: they must end soon, without a
// panic, and leave no more open than the limit.
func FuzzCalls(f *testing.F) {
	mem := make([]byte, 2048)
	copy(mem[atPath:], "file")
	copy(mem[1100:], "../out")
	binary.LittleEndian.PutUint32(mem[atIovecs:], 1200)
	binary.LittleEndian.PutUint32(mem[atIovecs+4:], 100)
	f.Add(mem, program("path_open", 4, 0, atPath, 4, oflagCreat, rw, 0, 0, 16, "fd_write", 5, atIovecs, 1, 16,
		"fd_seek", 5, 0, 0, 16, "fd_read", 5, atIovecs, 1, 16, "fd_renumber", 5, 5, "fd_renumber", 5, 6, "fd_close", 5))
	f.Add(mem, program("path_symlink", 1100, 6, 4, atPath, 4, "path_open", 4, 1, atPath, 4, oflagCreat, rw, 0, 0, 16,
		"path_readlink", 4, atPath, 4, 1200, 3, 16, "fd_readdir", 4, 1200, 30, 0, 16, "path_unlink_file", 4, atPath, 4))
	f.Add(mem, program("poll_oneoff", 1500, 16, 2, 16, "sock_accept", 3, 0, 16, "sock_recv", 5, atIovecs, 1, 3, 16, 20,
		"random_get", 0, 1<<30, "args_get", 0, 1000, "proc_exit", 3))
	f.Add(mem, program("path_rename", 4, atPath, 4, 6, 1100, 6, "path_link", 6, 0, atPath, 4, 4, 1100, 6,
		"fd_filestat_set_times", 0, -1, -1, 5, "fd_allocate", 4, -1, -1, "fd_fdstat_set_flags", 0, 4))
	f.Fuzz(func(t *testing.T, image, prog []byte) {
		const most = 20
		tree := fs.NewMem(fs.MemLimits{MaxBytes: 1 << 20, MaxEntries: 100})
		lis := &fakeListener{}
		a, b := newFakeConns()
		b.TryWrite([]byte("hello"))
		b.Shutdown(false, true)
		lis.push(a)
		s, err := New(Config{
			Args: []string{"prog"}, Env: []string{"A=B"},
			Listeners: []net.Listener{lis},
			Preopens:  []Preopen{{"/", tree.Dir(fs.ReadWrite)}, {"ro", tree.Dir(fs.ReadOnly)}},
			Clock:     clock.NewStepping(time.Unix(1, 0), time.Millisecond), Random: random.NewSeeded(1),
			Limits: Limits{MaxDescriptors: most, MaxRandomBytes: 1 << 16, MaxTransferBytes: 1 << 20, MaxSubscriptions: 100},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		m := &fakeMemory{make([]byte, 2*pageSize)}
		copy(m.b, image)
		// Only waiting for what never comes takes this long.
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		c := calls{prog}
		funcs := Funcs(func(engine.Caller) *State { return s })
		for len(c.in) > 0 && ctx.Err() == nil {
			fn := funcs[int(c.byte())%len(funcs)]
			var stack [16]uint64
			for i := range fn.Type.Params {
				stack[i] = c.param(uint64(len(m.b)))
			}
			start := time.Now()
			err := fn.Call(ctx, m, stack[:max(1, len(fn.Type.Params))])
			if d := time.Since(start); d > 5*time.Second {
				t.Fatalf("%s%v took %v", fn.Name, stack, d)
			}
			if err == nil && fn.Type.Results != nil && stack[0] > uint64(errnoNotcapable) {
				t.Fatalf("%s = %d", fn.Name, stack[0])
			}
			if _, exit := err.(*exit.Exit); err != nil && !exit && err != ctx.Err() {
				t.Fatalf("%s%v: %v", fn.Name, stack, err)
			}
		}
		if n := s.openCount(); n > most {
			t.Fatalf("%d descriptors are open", n)
		}
		if len(m.b) != 2*pageSize {
			t.Fatal("the memory changed its size")
		}
	})
}
