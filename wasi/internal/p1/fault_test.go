package p1

import (
	"testing"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
)

// A faultCase is a valid call. ptrs are the parameters that are pointers.
type faultCase struct {
	name string
	args []uint64
	ptrs []int
	// want is what the call answers as it is.
	want errno
}

// newFaultGuest is a guest with 3 a listener, 4 a directory with a file "f" and
// a link "l", 5 the file, 6 the directory and 7 a connection. The names are at
// atPath and atPath2.
func newFaultGuest(t testing.TB) *guest {
	conn, _ := newFakeConns()
	lis := &fakeListener{}
	g := newGuest(t, Config{
		Args: []string{"a"}, Env: []string{"B=1"},
		Listeners: []net.Listener{lis}, Preopens: []Preopen{{"/", newTree(t, fs.ReadWrite)}},
	})
	g.open(4, "f", opening{oflags: oflagCreat, rights: rw})
	g.open(4, ".", opening{oflags: oflagDirectory})
	lis.push(conn)
	g.ok("sock_accept", 3, 0, atResult)
	if fd := g.u32(atResult); fd != 7 {
		t.Fatalf("the connection is %d", fd)
	}
	g.str(atPath, "f")
	g.str(atPath2, "l")
	g.ok("path_symlink", atPath, 1, 4, atPath2, 1)
	g.set32(atIovecs, atBuf, 4)
	// A subscription to a clock that is due.
	clear(g.b[atBuf : atBuf+48])
	return g
}

func faultCases() []faultCase {
	const r = atResult
	return []faultCase{
		{"args_get", []uint64{atBuf, atBuf}, []int{0, 1}, 0},
		{"args_sizes_get", []uint64{r, r + 4}, []int{0, 1}, 0},
		{"environ_get", []uint64{atBuf, atBuf}, []int{0, 1}, 0},
		{"environ_sizes_get", []uint64{r, r + 4}, []int{0, 1}, 0},
		{"clock_res_get", []uint64{1, r}, []int{1}, 0},
		{"clock_time_get", []uint64{0, 0, r}, []int{2}, 0},
		{"fd_advise", []uint64{5, 0, 0, 0}, nil, 0},
		{"fd_allocate", []uint64{5, 0, 1}, nil, errnoNotsup},
		{"fd_datasync", []uint64{5}, nil, 0},
		{"fd_fdstat_get", []uint64{5, atBuf}, []int{1}, 0},
		{"fd_fdstat_set_flags", []uint64{5, 0}, nil, 0},
		{"fd_fdstat_set_rights", []uint64{5, 0, 0}, nil, errnoNotsup},
		{"fd_filestat_get", []uint64{5, atBuf}, []int{1}, 0},
		{"fd_filestat_set_size", []uint64{5, 9}, nil, 0},
		{"fd_filestat_set_times", []uint64{5, 0, 0, 0}, nil, 0},
		{"fd_pread", []uint64{5, atIovecs, 1, 0, r}, []int{1, 4}, 0},
		{"fd_prestat_get", []uint64{4, r}, []int{1}, 0},
		{"fd_prestat_dir_name", []uint64{4, r, 1}, []int{1}, 0},
		{"fd_pwrite", []uint64{5, atIovecs, 1, 0, r}, []int{1, 4}, 0},
		{"fd_read", []uint64{5, atIovecs, 1, r}, []int{1, 3}, 0},
		{"fd_readdir", []uint64{6, atBuf, 100, 0, r}, []int{1, 4}, 0},
		{"fd_seek", []uint64{5, 0, 0, r}, []int{3}, 0},
		{"fd_sync", []uint64{5}, nil, 0},
		{"fd_tell", []uint64{5, r}, []int{1}, 0},
		{"fd_write", []uint64{5, atIovecs, 1, r}, []int{1, 3}, 0},
		{"path_create_directory", []uint64{4, atPath, 1}, []int{1}, errnoExist},
		{"path_filestat_get", []uint64{4, 0, atPath, 1, atBuf}, []int{2, 4}, 0},
		{"path_filestat_set_times", []uint64{4, 0, atPath, 1, 0, 0, 0}, []int{2}, 0},
		{"path_link", []uint64{4, 0, atPath, 1, 4, atPath2, 1}, []int{2, 5}, errnoExist},
		{"path_open", []uint64{4, 0, atPath, 1, 0, 0, 0, 0, r}, []int{2, 8}, 0},
		{"path_readlink", []uint64{4, atPath2, 1, atBuf, 10, r}, []int{1, 3, 5}, 0},
		{"path_remove_directory", []uint64{4, atPath, 1}, []int{1}, errnoNotdir},
		{"path_rename", []uint64{4, atPath, 1, 4, atPath, 1}, []int{1, 4}, 0},
		{"path_symlink", []uint64{atPath, 1, 4, atPath2, 1}, []int{0, 3}, errnoExist},
		{"path_unlink_file", []uint64{6, atPath, 1}, []int{1}, 0},
		{"poll_oneoff", []uint64{atBuf, atBuf + 100, 1, r}, []int{0, 1, 3}, 0},
		{"proc_raise", []uint64{0}, nil, errnoNotsup},
		{"random_get", []uint64{atBuf, 8}, []int{0}, 0},
		{"sched_yield", nil, nil, 0},
		{"sock_accept", []uint64{3, 0, r}, []int{2}, errnoAgain},
		{"sock_recv", []uint64{7, atIovecs, 1, 0, r, r + 4}, []int{1, 4, 5}, errnoAgain},
		{"sock_send", []uint64{7, atIovecs, 1, 0, r}, []int{1, 4}, 0},
		{"sock_shutdown", []uint64{7, 3}, nil, 0},
		{"fd_renumber", []uint64{5, 6}, nil, 0},
		{"fd_close", []uint64{6}, nil, 0},
	}
}

// TestFaults calls every function with each of its pointers out of bounds.
func TestFaults(t *testing.T) {
	covered := map[string]bool{"proc_exit": true}
	for _, c := range faultCases() {
		covered[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			g := newFaultGuest(t)
			g.ok("fd_fdstat_set_flags", 3, fdflagNonblock)
			g.ok("fd_fdstat_set_flags", 7, fdflagNonblock)
			size := uint64(len(g.b))
			for _, i := range c.ptrs {
				outs := []uint64{size, size + 1, 1<<31 - 1, 1 << 31, 1<<32 - 1}
				if !(c.args[i] == atPath || c.args[i] == atPath2) && c.name != "fd_prestat_dir_name" {
					outs = append(outs, size-1) // more than a byte is accessed
				}
				for _, out := range outs {
					args := append([]uint64(nil), c.args...)
					args[i] = out
					open := g.state.openCount()
					g.want(errnoFault, c.name, args...)
					if n := g.state.openCount(); n != open {
						t.Errorf("%s with parameter %d = %#x leaves %d descriptors open, %d were", c.name, i, out, n, open)
					}
				}
			}
			g.want(c.want, c.name, c.args...)
		})
	}
	for _, f := range functions {
		if !covered[f.name] {
			t.Errorf("no case for %s", f.name)
		}
	}
}

// TestNoMemory: a guest without a memory gets fault wherever it gives a
// pointer.
func TestNoMemory(t *testing.T) {
	for _, c := range faultCases() {
		g := newFaultGuest(t)
		g.ok("fd_fdstat_set_flags", 3, fdflagNonblock)
		g.ok("fd_fdstat_set_flags", 7, fdflagNonblock)
		want := c.want
		if c.ptrs != nil {
			want = errnoFault
		}
		copy(g.stack[:], c.args)
		err := g.funcs[c.name].Call(t.Context(), &noMemory{}, g.stack[:max(len(c.args), 1)])
		if got := errno(g.stack[0]); err != nil || got != want {
			t.Errorf("%s without a memory = %d, %v, want %d", c.name, got, err, want)
		}
	}
}

// TestUnaligned: pointers need no alignment.
func TestUnaligned(t *testing.T) {
	g := newFaultGuest(t)
	copy(g.b[atIovecs+1:], g.b[atIovecs:atIovecs+8])
	g.ok("fd_write", 5, atIovecs+1, 1, atResult+3)
	if n := g.u32(atResult + 3); n != 4 {
		t.Errorf("fd_write wrote %d", n)
	}
	g.ok("clock_time_get", 1, 0, atResult+1)
	g.ok("poll_oneoff", atBuf+1, atBuf+101, 1, atResult+1)
}

func TestIovecs(t *testing.T) {
	const size = 4 * pageSize
	for _, test := range []struct {
		name string
		bufs [][2]uint32
		want errno
		n    uint32
	}{
		{"none", nil, 0, 0},
		{"empty anywhere", [][2]uint32{{1<<32 - 1, 0}, {size, 0}, {0, 0}}, 0, 0},
		{"whole memory", [][2]uint32{{0, size}}, 0, size},
		{"one too long", [][2]uint32{{0, size + 1}}, errnoFault, 0},
		{"end of addresses", [][2]uint32{{1<<32 - 1, 1}}, errnoFault, 0},
		{"wraps around", [][2]uint32{{1<<32 - 16, 32}}, errnoFault, 0},
		{"huge", [][2]uint32{{16, 1 << 30}}, errnoFault, 0},
		{"longest", [][2]uint32{{0, 1<<32 - 1}}, errnoFault, 0},
		{"good, then bad", [][2]uint32{{atBuf, 16}, {size - 1, 2}}, errnoFault, 0},
		{"same twice", [][2]uint32{{0, size}, {0, size}}, 0, 2 * size},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newDirGuest(t)
			fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
			p, n := g.iovecs(test.bufs...)
			g.want(test.want, "fd_write", fd, p, n, atResult)
			if test.want != 0 {
				if size := g.size(3, "f"); size != 0 {
					t.Errorf("%d bytes were written before the error", size)
				}
			} else if got := g.u32(atResult); got != test.n {
				t.Errorf("wrote %d, want %d", got, test.n)
			}
			p, n = g.iovecs(test.bufs...)
			g.want(test.want, "fd_pread", fd, p, n, 0, atResult)
		})
	}
}

// TestManyIovecs: the array itself is bounded, its sum must fit a u32, and a
// transfer beyond the limit is cut short.
func TestManyIovecs(t *testing.T) {
	g := newDirGuest(t)
	fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
	for _, n := range []uint64{maxIovecs + 1, 1 << 29, 1<<32 - 1} {
		g.want(errnoInval, "fd_write", fd, atIovecs, n, atResult)
		g.want(errnoInval, "fd_read", fd, atIovecs, n, atResult)
	}
	g.want(errnoFault, "fd_write", fd, atIovecs, maxIovecs, atResult)

	g.b = make([]byte, 64*pageSize)
	const count = 2000
	for i := range uint32(count) {
		g.set32(atBuf+8*i, 0, 64*pageSize-1)
	}
	g.want(errnoInval, "fd_write", fd, atBuf, count, atResult) // 8 GiB
	g.want(errnoInval, "fd_read", fd, atBuf, count, atResult)

	g.state.limits.MaxTransferBytes = 100000
	for i := range uint32(count) {
		g.set32(atBuf+8*i, 0, 70)
	}
	g.ok("fd_write", fd, atBuf, count, atResult)
	if n := g.u32(atResult); n != 100000 {
		t.Errorf("fd_write of 140000 bytes wrote %d with a limit of 100000", n)
	}
	g.ok("fd_pread", fd, atBuf, count, 0, atResult)
	if n := g.u32(atResult); n != 100000 {
		t.Errorf("fd_pread of 140000 bytes read %d with a limit of 100000", n)
	}
}

func TestRandom(t *testing.T) {
	g := newGuest(t, Config{Limits: Limits{MaxRandomBytes: 1000}})
	g.ok("random_get", atBuf, 1000)
	zeros := 0
	for _, b := range g.b[atBuf : atBuf+1000] {
		if b == 0 {
			zeros++
		}
	}
	if zeros > 100 || g.b[atBuf-1] != 0 || g.b[atBuf+1000] != 0 {
		t.Errorf("%d of 1000 random bytes are 0", zeros)
	}
	g.want(errnoInval, "random_get", atBuf, 1001)
	g.ok("random_get", 1<<32-1, 0)
}
