package p1

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/stdio"
)

func TestOffsets(t *testing.T) {
	g := newDirGuest(t)
	fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
	g.write(fd, "0123456789")
	for _, test := range []struct {
		delta  int64
		whence uint64
		want   errno
		at     uint64
	}{
		{0, whenceCur, 0, 10},
		{-4, whenceCur, 0, 6},
		{2, whenceSet, 0, 2},
		{-3, whenceEnd, 0, 7},
		{5, whenceEnd, 0, 15},
		{-1, whenceSet, errnoInval, 15},
		{-16, whenceCur, errnoInval, 15},
		{-11, whenceEnd, errnoInval, 15},
		{-1 << 63, whenceCur, errnoInval, 15},
		{1<<63 - 1, whenceCur, errnoOverflow, 15},
		{1<<63 - 1, whenceSet, 0, 1<<63 - 1},
		{1, whenceCur, errnoOverflow, 1<<63 - 1},
		{0, 3, errnoInval, 1<<63 - 1},
		{0, 1<<32 - 1, errnoInval, 1<<63 - 1},
		{4, whenceSet, 0, 4},
	} {
		g.want(test.want, "fd_seek", fd, uint64(test.delta), test.whence, atResult)
		if at := g.tell(fd); at != test.at || test.want == 0 && g.u64(atResult) != at {
			t.Fatalf("fd_seek %d, %d: offset %d, want %d", test.delta, test.whence, at, test.at)
		}
	}
	g.mustRead(fd, 3, "456")
	p, n := g.iovecs([2]uint32{atBuf, 4})
	g.ok("fd_pread", fd, p, n, 1, atResult)
	if got := string(g.b[atBuf : atBuf+4]); got != "1234" || g.tell(fd) != 7 {
		t.Errorf("fd_pread %q, offset then %d", got, g.tell(fd))
	}
	copy(g.b[atBuf:], "abcd")
	g.ok("fd_pwrite", fd, p, n, 8, atResult)
	g.mustRead(fd, 100, "7abcd")
	g.mustRead(fd, 100, "")
	g.ok("fd_pread", fd, p, n, 100, atResult)
	if n := g.u32(atResult); n != 0 {
		t.Errorf("fd_pread behind the end read %d", n)
	}
	g.want(errnoInval, "fd_pread", fd, p, n, 1<<63, atResult)
	g.want(errnoInval, "fd_pwrite", fd, p, n, 1<<64-1, atResult)
	g.want(errnoFbig, "fd_filestat_set_size", fd, 1<<63)
}

func TestVectors(t *testing.T) {
	g := newDirGuest(t)
	fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
	copy(g.b[atBuf:], "helloworld")
	p, n := g.iovecs([2]uint32{0, 0}, [2]uint32{atBuf + 5, 5}, [2]uint32{atBuf, 0}, [2]uint32{atBuf, 5})
	g.ok("fd_write", fd, p, n, atResult)
	if n := g.u32(atResult); n != 10 {
		t.Errorf("wrote %d", n)
	}
	g.ok("fd_seek", fd, 0, 0, atResult)
	p, n = g.iovecs([2]uint32{atBuf, 2}, [2]uint32{0, 0}, [2]uint32{atBuf + 20, 100}, [2]uint32{atBuf + 200, 100})
	g.ok("fd_read", fd, p, n, atResult)
	if got := string(g.b[atBuf:atBuf+2]) + string(g.b[atBuf+20:atBuf+28]); got != "worldhello" || g.u32(atResult) != 10 {
		t.Errorf("read %q, %d", got, g.u32(atResult))
	}
}

func TestAppend(t *testing.T) {
	g := newDirGuest(t)
	fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw, flags: fdflagAppend | fdflagSync})
	g.write(fd, "ab")
	g.ok("fd_seek", fd, 0, 0, atResult)
	g.write(fd, "cd")
	if at := g.tell(fd); at != 4 {
		t.Errorf("the offset is %d behind an append to 4 bytes", at)
	}
	// fd_pwrite writes where it says all the same (POSIX).
	copy(g.b[atBuf:], "X")
	p, n := g.iovecs([2]uint32{atBuf, 1})
	g.ok("fd_pwrite", fd, p, n, 1, atResult)
	g.ok("fd_fdstat_get", fd, atBuf)
	if flags := g.u16(atBuf + fdstatFlags); flags != fdflagAppend|fdflagSync {
		t.Errorf("flags %#x", flags)
	}
	g.ok("fd_fdstat_set_flags", fd, 0)
	g.ok("fd_seek", fd, 0, 0, atResult)
	g.write(fd, "Y")
	g.ok("fd_fdstat_set_flags", fd, fdflagAppend)
	g.write(fd, "Z")
	g.ok("fd_seek", fd, 0, 0, atResult)
	g.mustRead(fd, 100, "YXcdZ")
	g.want(errnoInval, "fd_fdstat_set_flags", fd, 1<<5)
	g.want(errnoNotsup, "fd_fdstat_set_flags", 0, fdflagAppend)
	g.ok("fd_fdstat_set_flags", 3, fdflagNonblock)
	g.want(errnoBadf, "fd_fdstat_set_flags", 99, 0)
}

// TestAccess: what a descriptor was opened for is what it can do, and what
// its rights say.
func TestAccess(t *testing.T) {
	g := newDirGuest(t)
	g.open(3, "f", opening{oflags: oflagCreat})
	for _, rights := range []uint64{0, rightFdRead, rightFdWrite, rw} {
		fd := g.open(3, "f", opening{rights: rights})
		g.ok("fd_fdstat_get", fd, atBuf)
		if got := g.u64(atBuf+fdstatBase) & rw; got != rights {
			t.Errorf("opened with %#x, the rights are %#x", rights, got)
		}
		p, n := g.iovecs([2]uint32{atBuf, 1})
		want := func(right uint64) errno {
			if rights&right == 0 {
				return errnoBadf
			}
			return 0
		}
		g.want(want(rightFdRead), "fd_read", fd, p, n, atResult)
		g.want(want(rightFdRead), "fd_pread", fd, p, n, 0, atResult)
		g.want(want(rightFdWrite), "fd_write", fd, p, n, atResult)
		g.want(want(rightFdWrite), "fd_pwrite", fd, p, n, 0, atResult)
		p, n = g.iovecs([2]uint32{0, 0})
		g.want(want(rightFdRead), "fd_read", fd, p, n, atResult)
		g.want(want(rightFdWrite), "fd_write", fd, p, n, atResult)
	}
	g.want(errnoNotsup, "fd_fdstat_set_rights", 3, 0, 0)
	g.want(errnoBadf, "fd_fdstat_set_rights", 99, 0, 0)
}

// TestWrongKind: what works on one kind of descriptor has its own error on the
// others.
func TestWrongKind(t *testing.T) {
	g := newDirGuest(t)
	g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
	p, n := g.iovecs([2]uint32{atBuf, 1})
	path, pn := g.str(atPath, "f")
	for _, test := range []struct {
		fd   uint64
		want errno
		name string
		rest []uint64
	}{
		{3, errnoIsdir, "fd_read", []uint64{p, n, atResult}},
		{3, errnoIsdir, "fd_pread", []uint64{p, n, 0, atResult}},
		{3, errnoBadf, "fd_write", []uint64{p, n, atResult}},
		{3, errnoBadf, "fd_pwrite", []uint64{p, n, 0, atResult}},
		{3, errnoBadf, "fd_seek", []uint64{0, 0, atResult}},
		{3, errnoBadf, "fd_tell", []uint64{atResult}},
		{3, errnoBadf, "fd_allocate", []uint64{0, 1}},
		{3, errnoBadf, "fd_advise", []uint64{0, 1, 0}},
		{3, errnoBadf, "fd_filestat_set_size", []uint64{0}},
		{3, errnoNotsock, "sock_accept", []uint64{0, atResult}},
		{3, errnoNotsock, "sock_shutdown", []uint64{1}},
		{4, errnoNotsup, "fd_allocate", []uint64{0, 1}},
		{4, errnoInval, "fd_advise", []uint64{0, 1, 6}},
		{4, errnoInval, "fd_advise", []uint64{1 << 63, 1, 0}},
		{4, errnoNotdir, "fd_readdir", []uint64{atBuf, 10, 0, atResult}},
		{4, errnoNotdir, "path_open", []uint64{0, path, pn, 0, 0, 0, 0, atResult}},
		{4, errnoNotdir, "path_unlink_file", []uint64{path, pn}},
		{4, errnoNotsock, "sock_recv", []uint64{p, n, 0, atResult, atResult}},
		{4, errnoNotsock, "sock_send", []uint64{p, n, 0, atResult}},
		{1, errnoBadf, "fd_read", []uint64{p, n, atResult}},
		{0, errnoBadf, "fd_write", []uint64{p, n, atResult}},
		{0, errnoSpipe, "fd_pread", []uint64{p, n, 0, atResult}},
		{1, errnoSpipe, "fd_pwrite", []uint64{p, n, 0, atResult}},
		{0, errnoSpipe, "fd_seek", []uint64{0, 0, atResult}},
		{0, errnoSpipe, "fd_tell", []uint64{atResult}},
		{0, errnoSpipe, "fd_advise", []uint64{0, 1, 0}},
		{1, errnoInval, "fd_sync", nil},
		{1, errnoInval, "fd_filestat_set_size", []uint64{0}},
		{1, errnoNotsup, "fd_filestat_set_times", []uint64{0, 0, 0}},
		{1, errnoNotsock, "sock_shutdown", []uint64{1}},
		{1, errnoNotdir, "fd_readdir", []uint64{atBuf, 10, 0, atResult}},
		{99, errnoBadf, "sock_shutdown", []uint64{1}},
		{99, errnoBadf, "fd_allocate", []uint64{0, 1}},
		{99, errnoBadf, "fd_sync", nil},
	} {
		g.want(test.want, test.name, append([]uint64{test.fd}, test.rest...)...)
	}
}

func TestStdio(t *testing.T) {
	var out, errs bytes.Buffer
	g := newGuest(t, Config{
		Stdin:  stdio.FromReader(strings.NewReader("some input")),
		Stdout: stdio.FromWriter(&out), Stderr: stdio.FromWriter(&errs),
	})
	g.mustRead(0, 4, "some")
	g.mustRead(0, 100, " input")
	g.mustRead(0, 100, "")
	g.write(1, "to out")
	g.write(2, "to err")
	if out.String() != "to out" || errs.String() != "to err" {
		t.Errorf("out %q, err %q", &out, &errs)
	}
	for fd := range uint64(3) {
		g.ok("fd_fdstat_get", fd, atBuf)
		if typ, base := g.b[atBuf], g.u64(atBuf+fdstatBase); typ != filetypeUnknown || base&(rightFdSeek|rightFdTell) != 0 {
			t.Errorf("descriptor %d has type %d, rights %#x", fd, typ, base)
		}
		g.ok("fd_filestat_get", fd, atBuf)
	}
}

// TestStdioFile: a standard stream that is a regular file has its offset.
func TestStdioFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g := newGuest(t, Config{Stdin: stdio.FromReader(in)})
	g.mustRead(0, 4, "0123")
	if at := g.tell(0); at != 4 {
		t.Errorf("offset %d", at)
	}
	g.ok("fd_seek", 0, 1<<64-3, whenceEnd, atResult)
	g.mustRead(0, 10, "789")
	p, n := g.iovecs([2]uint32{atBuf, 3})
	g.ok("fd_pread", 0, p, n, 2, atResult)
	if got := string(g.b[atBuf : atBuf+3]); got != "234" {
		t.Errorf("fd_pread %q", got)
	}
	g.ok("fd_fdstat_get", 0, atBuf)
	if typ := g.b[atBuf]; typ != filetypeRegularFile {
		t.Errorf("type %d", typ)
	}
	g.ok("fd_filestat_get", 0, atBuf)
	if size := g.u64(atBuf + filestatSizeOf); size != 10 {
		t.Errorf("size %d", size)
	}
}

// streamGuest is a guest whose standard input and output are pipes of the
// test.
func streamGuest(t testing.TB, room int) (g *guest, in, out *pipe) {
	c := &fakeConn{in: newPipe(room), out: newPipe(room)}
	return newGuest(t, Config{Stdin: &stdio.Stream{In: c}, Stdout: &stdio.Stream{Out: c}}), c.in, c.out
}

// TestOneWrite: several buffers to a stream are one write up to 64 KiB, and
// several above.
func TestOneWrite(t *testing.T) {
	g, _, out := streamGuest(t, 1<<20)
	copy(g.b[atBuf:], "abc")
	p, n := g.iovecs([2]uint32{atBuf, 1}, [2]uint32{0, 0}, [2]uint32{atBuf + 1, 1}, [2]uint32{atBuf + 2, 1})
	g.ok("fd_write", 1, p, n, atResult)
	if len(out.writes) != 1 || string(out.writes[0]) != "abc" {
		t.Errorf("writes %q", out.writes)
	}
	p, n = g.iovecs([2]uint32{0, 65536}, [2]uint32{0, 1})
	g.ok("fd_write", 1, p, n, atResult)
	if len(out.writes) != 3 || g.u32(atResult) != 65537 {
		t.Errorf("%d writes, %d bytes", len(out.writes), g.u32(atResult))
	}
	p, n = g.iovecs([2]uint32{0, 0})
	g.ok("fd_write", 1, p, n, atResult)
	if len(out.writes) != 3 {
		t.Error("an empty write was passed on")
	}
}

// TestPartialWrite: what was written before an error counts; the error comes
// with the next write.
func TestPartialWrite(t *testing.T) {
	g, _, out := streamGuest(t, 10)
	g.ok("fd_fdstat_set_flags", 1, fdflagNonblock)
	p, n := g.iovecs([2]uint32{atBuf, 4}, [2]uint32{atBuf, 100})
	g.ok("fd_write", 1, p, n, atResult)
	if n := g.u32(atResult); n != 10 {
		t.Errorf("wrote %d of 104 bytes to a pipe with room for 10", n)
	}
	g.want(errnoAgain, "fd_write", 1, p, n, atResult)
	out.end(nil)
	g.want(errnoPipe, "fd_write", 1, p, n, atResult)
}

func TestNonblockRead(t *testing.T) {
	g, in, _ := streamGuest(t, 10)
	g.ok("fd_fdstat_set_flags", 0, fdflagNonblock)
	p, n := g.iovecs([2]uint32{atBuf, 2}, [2]uint32{atBuf + 2, 100})
	g.want(errnoAgain, "fd_read", 0, p, n, atResult)
	in.put([]byte("abc"))
	g.ok("fd_read", 0, p, n, atResult)
	if got := string(g.b[atBuf : atBuf+g.u32(atResult)]); got != "abc" {
		t.Errorf("read %q", got)
	}
	in.end(host.ECONNRESET)
	g.want(errnoConnreset, "fd_read", 0, p, n, atResult)
}

// TestReadOnce: a read of several buffers waits for the first byte only.
func TestReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, in, _ := streamGuest(t, 10)
		done := make(chan errno)
		p, n := g.iovecs([2]uint32{atBuf, 2}, [2]uint32{atBuf + 2, 2})
		go func() { done <- g.call("fd_read", 0, p, n, atResult) }()
		synctest.Wait()
		select {
		case e := <-done:
			t.Fatalf("fd_read of nothing = %d", e)
		default:
		}
		in.put([]byte("ab"))
		if e := <-done; e != 0 || g.u32(atResult) != 2 {
			t.Errorf("fd_read = %d, %d bytes", e, g.u32(atResult))
		}
	})
}

// TestWaitEnds: a call that waits ends with its context, whose error it
// returns, and with the descriptor.
func TestWaitEnds(t *testing.T) {
	type setup struct {
		name string
		call func(g *guest) (errno, error)
		fd   uint64
	}
	for _, c := range []setup{
		{"fd_read", func(g *guest) (errno, error) { return g.try("fd_read", 0, atIovecs, 1, atResult) }, 0},
		{"poll_oneoff", func(g *guest) (errno, error) {
			g.subscribe(0, sub{typ: eventtypeFdRead})
			return g.try("poll_oneoff", atSubs, atEvents, 1, atResult)
		}, 0},
	} {
		for _, how := range []string{"context", "close", "renumber", "state"} {
			t.Run(c.name+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g, _, _ := streamGuest(t, 10)
					g.iovecs([2]uint32{atBuf, 4})
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					g.ctx = ctx
					type result struct {
						e   errno
						err error
					}
					done := make(chan result, 1)
					go func() {
						e, err := c.call(g)
						done <- result{e, err}
					}()
					synctest.Wait()
					if len(done) != 0 {
						t.Fatalf("did not wait: %v", <-done)
					}
					other := guestOf(t, g.state)
					want := result{e: errnoBadf}
					switch how {
					case "context":
						cancel()
						want = result{err: context.Canceled}
					case "close":
						other.ok("fd_close", c.fd)
					case "renumber":
						other.ok("fd_renumber", 1, c.fd)
					case "state":
						g.state.Close()
					}
					got := <-done
					if c.name == "poll_oneoff" && want.err == nil {
						if got.e != 0 || g.u32(atResult) != 1 || g.u16(atEvents+eventError) != uint16(errnoBadf) {
							t.Errorf("poll_oneoff = %d, event error %d", got.e, g.u16(atEvents+eventError))
						}
					} else if got.err != want.err || got.err == nil && got.e != want.e {
						t.Errorf("%v, want %v", got, want)
					}
				})
			})
		}
	}
}

// TestWriteEnds: a write that waits ends with its context.
func TestWriteEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _, _ := streamGuest(t, 10)
		ctx, cancel := context.WithCancel(t.Context())
		g.ctx = ctx
		done := make(chan error, 1)
		p, n := g.iovecs([2]uint32{atBuf, 100})
		go func() {
			_, err := g.try("fd_write", 1, p, n, atResult)
			done <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-done; err != context.Canceled {
			t.Errorf("fd_write: %v", err)
		}
	})
}

// brokenFile is a regular file whose operations fail half way.
type brokenFile struct {
	fs.File
	good int
	err  error
}

func (f *brokenFile) Type() fs.FileType { return fs.Regular }
func (f *brokenFile) WriteAt(p []byte, off int64) (int, error) {
	n := min(len(p), f.good)
	f.good -= n
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}
func (f *brokenFile) ReadAt(p []byte, off int64) (int, error) { return f.WriteAt(p, off) }
func (f *brokenFile) Close() error                            { return f.err }

// TestHalfWay: a regular file that fails half way moves the offset as far as
// it got.
func TestHalfWay(t *testing.T) {
	for _, name := range []string{"fd_read", "fd_write"} {
		g := newGuest(t, Config{})
		d := &descriptor{file: &brokenFile{good: 70000, err: host.ENOSPC}, filetype: filetypeRegularFile, read: true, write: true, owned: true}
		if _, err := g.state.table.insert(d); err != nil {
			t.Fatal(err)
		}
		p, n := g.iovecs([2]uint32{0, 65536}, [2]uint32{0, 65536})
		g.ok(name, 3, p, n, atResult)
		if n, at := g.u32(atResult), g.tell(3); n != 70000 || at != 70000 {
			t.Errorf("%s: %d bytes, offset %d", name, n, at)
		}
		g.want(errnoNospc, name, 3, p, n, atResult)
		if at := g.tell(3); at != 70000 {
			t.Errorf("%s: the offset moved to %d", name, at)
		}
		g.want(errnoNospc, "fd_close", 3)
		g.want(errnoBadf, "fd_close", 3)
	}
}
