package filesystem

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/gen/p2/clocks"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

func TestNew(t *testing.T) {
	dir := fs.NewMem(fs.MemLimits{}).Dir(fs.ReadWrite)
	defer dir.Close()
	for _, c := range []struct {
		p    Preopen
		want string
	}{
		{Preopen{Guest: "/", Dir: dir}, ""},
		{Preopen{Guest: "/", Dir: nil}, "is nil"},
		{Preopen{Guest: "", Dir: dir}, "has no name"},
		{Preopen{Guest: "a\x00", Dir: dir}, "not UTF-8 without zero bytes"},
		{Preopen{Guest: "a\xff", Dir: dir}, "not UTF-8 without zero bytes"},
		{Preopen{Guest: strings.Repeat("x", 5000), Dir: dir}, "has 5000 bytes"},
	} {
		_, err := New(p2io.NewState(0), []Preopen{c.p})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.20q => %v, want %q", c.p.Guest, err, c.want)
		}
	}
}

// TestLimit has a guest that opens without end: what counts is what is open.
func TestLimit(t *testing.T) {
	for _, line := range []string{"open a.txt r H", "open d r H", "in h 0 H", "out h 0 H", "append h H"} {
		for _, k := range writable {
			rw, _ := k.open(t)
			g := newGuest(t, 10, Preopen{Guest: "top", Dir: rw})
			g.check("open a.txt rw h => ok")
			for i := range 8 {
				g.check(strings.ReplaceAll(line, "H", fmt.Sprint("h", i)) + " => ok")
			}
			// Nothing is made of what does not fit.
			g.check(strings.ReplaceAll(line, "H", "more") + ` => insufficient-memory
				open n cx => insufficient-memory
				open a.txt t => insufficient-memory
				stat n => no-entry
				stat a.txt => regular-file 5 1
				ls top => insufficient-memory
				drop h0 => ok
				ls top => a.txt b.txt d/ dangling@ dlink@ flink@ loop@ new@ out@ up@
				open n cx x => ok
				open n r => insufficient-memory
				`)
			if _, err := g.host.GetDirectories(g.ctx); err == nil {
				t.Error("there are more descriptors than the limit")
			}
			g.check("drop x => ok")
			for range 100 {
				g.check("open n c => ok")
				g.check("open none r => no-entry")
				g.check("ls top => a.txt b.txt d/ dangling@ dlink@ flink@ loop@ n new@ out@ up@")
			}
		}
	}
}

// TestClose ends the guest while it has everything open.
func TestClose(t *testing.T) {
	for _, k := range trees {
		rw, ro := k.open(t)
		if rw == nil {
			rw = ro
		}
		g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
		g.check("open a.txt r h => ok\nopen d r d => ok\nin h 0 i => ok")
		s, err := g.ds["top"].ReadDirectory(g.ctx)
		if err != nil {
			t.Fatal(err)
		}
		g.lists["s"] = s
		if err := g.io.Close(); err != nil {
			t.Error(err)
		}
		g.check(`
			open a.txt r => bad-descriptor
			stat a.txt => bad-descriptor
			stat d:g.txt => bad-descriptor
			mkdir x => bad-descriptor
			fstat h => bad-descriptor
			fstat top => bad-descriptor
			flags h => bad-descriptor
			type h => bad-descriptor
			sync h => bad-descriptor
			read h 1 0 => bad-descriptor
			in h 0 j => bad-descriptor
			get i 1 => failed: bad-descriptor
			same h d => false
			same h h => true
			ls top => bad-descriptor
			drop h => ok
			drop i => ok
			drop s => ok
			drop top => ok`)
		if _, err := rw.Stat(); err != nil {
			t.Errorf("the caller's directory is closed: %v", err)
		}
	}
}

func TestHash(t *testing.T) {
	for _, k := range writable {
		rw, _ := k.open(t)
		g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
		g.check("open a.txt rw h => ok\nlink a.txt same => ok")
		hash := func(path string) gen.MetadataHashValue {
			v, err := g.ds["top"].MetadataHashAt(g.ctx, 0, path)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		a := hash("a.txt")
		if v, err := g.ds["h"].MetadataHash(g.ctx); err != nil || v != a || hash("same") != a {
			t.Error("one file has several hashes")
		}
		if b := hash("b.txt"); b.Lower == a.Lower || b.Upper == a.Upper {
			t.Error("two files have one hash")
		}
		g.check("write h 5 more => 4")
		if b := hash("a.txt"); b.Lower != a.Lower || b.Upper == a.Upper {
			t.Error("the hash of a changed file does not show which file it is, or that it changed")
		}
		a = hash("a.txt")
		g.check("times a.txt - 7.0 => ok")
		if b := hash("a.txt"); b.Lower != a.Lower || b.Upper == a.Upper {
			t.Error("the hash does not show a new time")
		}
	}
}

func TestDatetimes(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		want *clocks.Datetime
	}{
		{time.Time{}, nil},
		{time.Unix(-1, 999999999), nil},
		{time.Unix(0, 0), &clocks.Datetime{}},
		{time.Unix(1<<40, 999999999), &clocks.Datetime{Seconds: 1 << 40, Nanoseconds: 999999999}},
	} {
		got := datetimeOf(c.at)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%v is %v, want %v", c.at, got, c.want)
		}
	}
	if _, err := setTimeOf(timestamp(fmt.Sprint(uint64(math.MaxUint64), ".0"))); err != host.EOVERFLOW {
		t.Error(err)
	}
}

// TestListing has more entries than are read at a time, several streams, and
// changes meanwhile.
func TestListing(t *testing.T) {
	for _, k := range writable {
		t.Run(k.name, func(t *testing.T) {
			rw, _ := k.open(t)
			g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
			g.check("mkdir many => ok\nopen many r many => ok\nls many => ")
			const n = 3*batch + 1
			for i := range n {
				g.check(fmt.Sprintf("open many:f%d c => ok", i))
			}
			many := g.ds["many"]
			s, err := many.ReadDirectory(g.ctx)
			if err != nil {
				t.Fatal(err)
			}
			g.check("drop many => ok")
			seen := map[string]int{}
			for i := 0; ; i++ {
				e, err := s.ReadDirectoryEntry(g.ctx)
				if err != nil {
					t.Fatal(err)
				}
				if e == nil {
					break
				}
				seen[e.Name]++
				if i == 10 {
					g.check("open many r many => ok")
					if names := strings.Fields(g.run("ls many")); len(names) != n-i {
						t.Errorf("a second stream has %d entries, want %d", len(names), n-i)
					}
				}
				g.check("unlink many/" + e.Name + " => ok")
			}
			if len(seen) != n {
				t.Errorf("the stream had %d entries, want %d", len(seen), n)
			}
			for name, times := range seen {
				if times != 1 {
					t.Errorf("%s was there %d times", name, times)
				}
			}
			if e, err := s.ReadDirectoryEntry(g.ctx); e != nil || err != nil {
				t.Errorf("behind the end there is %v, %v", e, err)
			}
			g.check("drop many => ok\nrmdir many => ok")
			if err := s.Drop(g.ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestListingEnded has a context that ends.
func TestListingEnded(t *testing.T) {
	rw, _ := openMem(t)
	g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
	s, err := g.ds["top"].ReadDirectory(g.ctx)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(g.ctx)
	cancel()
	if _, err := s.ReadDirectoryEntry(ctx); err != context.Canceled {
		t.Error(err)
	}
}

// TestFull fills a tree that has room for two pages.
func TestFull(t *testing.T) {
	dir := fs.NewMem(fs.MemLimits{MaxBytes: 8<<10 + 10}).Dir(fs.ReadWrite)
	defer dir.Close()
	newGuest(t, 0, Preopen{Guest: "top", Dir: dir}).check(`
		open f crw h => ok
		size h 100000 => ok
		write h 0 x => 1
		write h 5000 x => 1
		write h 9000 x => insufficient-space
		out h 20000 o => ok
		put o x => failed: insufficient-space
		put o x => closed
	`)
}

// TestBounds reads more than the host gives at a time.
func TestBounds(t *testing.T) {
	rw, _ := openMem(t)
	g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
	g.check("open big crw h => ok\nsize h 1000000 => ok")
	v, err := g.ds["h"].Read(g.ctx, math.MaxUint64, 10)
	if err != nil || len(v.F0) != p2io.MaxRead || v.F1 {
		t.Errorf("a read gave %d bytes, %v, %v", len(v.F0), v.F1, err)
	}
	if cap(g.st.io.Buffer(1)) > p2io.MaxRead {
		t.Errorf("the buffer has %d bytes", cap(g.st.io.Buffer(1)))
	}
}

// TestParallel has guests that work in one tree, each in a goroutine of its
// own, while some are ended.
func TestParallel(t *testing.T) {
	for _, k := range trees {
		t.Run(k.name, func(t *testing.T) {
			rw, ro := k.open(t)
			if rw == nil {
				rw = ro
			}
			var wg sync.WaitGroup
			for i := range 8 {
				g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw}, Preopen{Guest: "ro", Dir: ro})
				wg.Go(func() {
					for n := range 50 {
						for _, line := range []string{"mkdir p", "open p/f crw f", "write f 0 text", "in f 0 i", "get i 10",
							"append f o", "put o x", "ls top", "rename p/f q", "rename q p/f", "link a.txt r", "unlink r",
							"open ro:a.txt r a", "read a 10 0", "unlink p/f", "rmdir p", "drop f", "stat ro:d/g.txt"} {
							if got := g.run(line); strings.HasPrefix(got, "TRAP") {
								t.Errorf("%s => %s", line, got)
							}
						}
						if i%2 == 0 && n == 25 {
							go g.io.Close()
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestAllocations has what programs do most.
func TestAllocations(t *testing.T) {
	for _, k := range writable {
		rw, _ := k.open(t)
		g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
		g.check("open f crw h => ok\nsize h 100000 => ok\nout h 0 o => ok\nin h 0 i => ok")
		h, in, out := g.ds["h"], g.ins["i"], g.outs["o"]
		p := make([]byte, 100)
		for name, f := range map[string]func() error{
			"read":  func() error { _, err := h.Read(g.ctx, 100, 50); return err },
			"write": func() error { _, err := h.Write(g.ctx, p, 50); return err },
			"get":   func() error { _, err := in.Read(g.ctx, 100); return err },
			"put":   func() error { return out.BlockingWriteAndFlush(g.ctx, p) },
			"flags": func() error { _, err := h.GetFlags(g.ctx); return err },
		} {
			var err error
			if n := testing.AllocsPerRun(100, func() { err = errors.Join(err, f()) }); n != 0 || err != nil {
				t.Errorf("%s: %s allocates %v times, %v", k.name, name, n, err)
			}
		}
	}
}
