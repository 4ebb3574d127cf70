package p1

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/stdio"
)

// TestParallel: threads of one guest open, close, renumber, read, write and
// poll the same few numbers. Run it with -race; when all are done, nothing is
// open that was not at the start.
func TestParallel(t *testing.T) {
	mem := fs.NewMem(fs.MemLimits{})
	lis := &fakeListener{}
	var out bytes.Buffer
	s, err := New(Config{
		Stdout: stdio.FromWriter(&out), Listeners: []net.Listener{lis},
		Preopens: []Preopen{{"/", mem.Dir(fs.ReadWrite)}}, Limits: Limits{MaxDescriptors: 16},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	guestOf(t, s).open(4, "file", opening{oflags: oflagCreat})
	var wg sync.WaitGroup
	for i := range 8 {
		g := guestOf(t, s)
		r := rand.New(rand.NewPCG(uint64(i), 1))
		wg.Go(func() {
			for range 3000 {
				g.randomStep(r, lis)
			}
		})
	}
	wg.Wait()
	for fd := range uint64(16) {
		if fd < 3 || fd > 4 {
			guestOf(t, s).call("fd_close", fd)
		}
	}
	if n := s.openCount(); n != 2 {
		t.Errorf("%d descriptors are open, want 2", n)
	}
	// What other threads may still hold must not be usable by number.
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// randomStep makes one call that may fail but must not end the guest. The
// listener and the directory stay where they are.
func (g *guest) randomStep(r *rand.Rand, lis *fakeListener) {
	fd := uint64(5 + r.IntN(11))
	p, n := g.iovecs([2]uint32{atBuf, 10}, [2]uint32{atBuf + 10, 5})
	name, pn := g.str(atPath, "file")
	switch r.IntN(14) {
	case 0, 1:
		g.call("path_open", 4, 1, name, pn, oflagCreat, rw, 0, uint64(r.IntN(2)*fdflagAppend), atResult)
	case 2:
		g.call("path_open", 4, 0, name, pn, oflagTrunc, 0, 0, 0, atResult)
	case 3:
		g.call("fd_close", fd)
	case 4:
		g.call("fd_renumber", fd, uint64(5+r.IntN(11)))
	case 5, 6:
		g.call("fd_write", fd, p, n, atResult)
	case 7:
		g.call("fd_fdstat_set_flags", fd, fdflagNonblock)
		g.call("fd_read", fd, p, n, atResult)
	case 8:
		g.call("fd_seek", fd, uint64(r.IntN(20)), whenceSet, atResult)
	case 9:
		g.call("fd_filestat_get", fd, atBuf)
		g.call("fd_fdstat_get", fd, atBuf)
	case 10:
		g.subscribe(0, sub{typ: eventtypeFdRead, fd: uint32(fd)})
		g.subscribe(1, sub{typ: eventtypeClock, timeout: uint64(100 * time.Microsecond)})
		g.call("poll_oneoff", atSubs, atEvents, 2, atResult)
	case 11:
		a, b := newFakeConns()
		b.TryWrite([]byte("hi"))
		lis.push(a)
		g.call("sock_accept", 3, fdflagNonblock, atResult)
	case 12:
		g.call("path_unlink_file", 4, name, pn)
	case 13:
		g.call("fd_readdir", 4, atBuf, 200, 0, atResult)
		g.call("fd_write", 1, p, 1, atResult)
	}
}

// TestWritesApart: writes through one descriptor by several threads do not
// overlap, with several buffers and with the append flag, too.
func TestWritesApart(t *testing.T) {
	for _, flags := range []uint64{0, fdflagAppend} {
		t.Run(fmt.Sprint(flags), func(t *testing.T) {
			g := newDirGuest(t)
			fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw, flags: flags})
			const threads, writes = 8, 200
			var wg sync.WaitGroup
			for i := range threads {
				g := guestOf(t, g.state)
				wg.Go(func() {
					copy(g.b[atBuf:], bytes.Repeat([]byte{byte('a' + i)}, 9))
					p, n := g.iovecs([2]uint32{atBuf, 4}, [2]uint32{atBuf, 5})
					for range writes {
						g.ok("fd_write", fd, p, n, atResult)
					}
				})
			}
			wg.Wait()
			g.ok("fd_seek", fd, 0, 0, atResult)
			got, _ := g.read(fd, 20000)
			if len(got) != threads*writes*9 {
				t.Fatalf("%d bytes, want %d", len(got), threads*writes*9)
			}
			for i := 0; i < len(got); i += 9 {
				if b := got[i : i+9]; b != string(bytes.Repeat([]byte{b[0]}, 9)) {
					t.Fatalf("at %d: %q", i, b)
				}
			}
		})
	}
}
