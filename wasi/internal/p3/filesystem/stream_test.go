package filesystem

// This file tests streams.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host/fs"
)

// A source is a stream of a guest as tests write it.
type source struct {
	pieces chan []byte
	gone   chan struct{}
	once   sync.Once
	part   []byte
}

func newSource() *source {
	return &source{pieces: make(chan []byte), gone: make(chan struct{})}
}

// write gives text, or says that nobody reads.
func (s *source) write(text string) bool {
	select {
	case s.pieces <- []byte(text):
		return true
	case <-s.gone:
		return false
	}
}

func (s *source) ReadContext(ctx context.Context, p []byte) (int, error) {
	if len(s.part) == 0 {
		select {
		case b, ok := <-s.pieces:
			if !ok {
				return 0, io.EOF
			}
			s.part = b
		case <-s.gone:
			return 0, errors.New("the stream was closed")
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	n := copy(p, s.part)
	s.part = s.part[n:]
	return n, nil
}

func (s *source) Read(p []byte) (int, error) { return s.ReadContext(context.Background(), p) }

func (s *source) Close() error {
	s.once.Do(func() { close(s.gone) })
	return nil
}

// big is more than any room, and different everywhere.
func big() string {
	var b strings.Builder
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintln(&b, i)
	}
	return b.String()
}

// TestPositions has streams of one file that do not disturb each other.
func TestPositions(t *testing.T) {
	text := big()
	for _, k := range trees() {
		t.Run(k.name, func(t *testing.T) {
			rw, _ := k.open(t)
			g := play(t, 0, Preopen{Guest: "top", Dir: rw})
			g.check("open big crw h => ok")
			h := g.ds["h"]
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					at := i * len(text) / 8
					if got := g.write(h, uint64(at), text[at:(i+1)*len(text)/8], false); got != "ok" {
						t.Error(got)
					}
				})
			}
			wg.Wait()
			for i := range 8 {
				wg.Go(func() {
					v, err := h.ReadViaStream(g.ctx, uint64(i))
					if err != nil {
						t.Error(err)
						return
					}
					b, err := io.ReadAll(v.F0)
					if string(b) != text[i:] || err != nil || g.wordOf(v.F1) != "ok" {
						t.Errorf("from %d on there are %d bytes, %v", i, len(b), err)
					}
				})
			}
			wg.Wait()
			// One goes straight into another, at its end.
			g.check("open copy crw to => ok\nappend to > => ok")
			v, err := h.ReadViaStream(g.ctx, 10)
			if err != nil {
				t.Fatal(err)
			}
			f, err := g.ds["to"].AppendViaStream(g.ctx, v.F0)
			if err != nil || g.wordOf(f) != "ok" || g.wordOf(v.F1) != "ok" {
				t.Error(err)
			}
			v, _ = g.ds["to"].ReadViaStream(g.ctx, 0)
			if b, err := io.ReadAll(v.F0); string(b) != ">"+text[10:] || err != nil {
				t.Errorf("the copy has %d bytes, %v", len(b), err)
			}
		})
	}
}

// TestAppends has many streams that append to one file, each in order.
func TestAppends(t *testing.T) {
	for _, k := range trees() {
		rw, _ := k.open(t)
		g := play(t, 0, Preopen{Guest: "top", Dir: rw})
		g.check("open log cr h => ok\nfstat h => regular-file 0 1")
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				src := newSource()
				f, err := g.ds["h"].AppendViaStream(g.ctx, src)
				if err != nil {
					t.Error(err)
					return
				}
				for n := range 100 {
					src.write(fmt.Sprintf("%d %d\n", i, n))
				}
				close(src.pieces)
				if got := g.wordOf(f); got != "ok" {
					t.Error(got)
				}
			})
		}
		wg.Wait()
		v, _ := g.ds["h"].ReadViaStream(g.ctx, 0)
		b, _ := io.ReadAll(v.F0)
		next := map[int]int{}
		for line := range strings.Lines(string(b)) {
			var i, n int
			if _, err := fmt.Sscan(line, &i, &n); err != nil || next[i] != n {
				t.Fatalf("%s: the line %q is not in order, %v", k.name, line, err)
			}
			next[i]++
		}
		if len(next) != 8 || next[0] != 100 {
			t.Errorf("%s: there are lines %v", k.name, next)
		}
	}
}

// TestEnds has ends that go at every point, and nothing stays open.
func TestEnds(t *testing.T) {
	for _, k := range trees() {
		t.Run(k.name, func(t *testing.T) {
			rw, _ := k.open(t)
			// A descriptor, and one stream, whose pump counts by itself.
			g := play(t, 4, Preopen{Guest: "top", Dir: rw})
			g.check("open a.txt rw h => ok")
			h := g.ds["h"]
			for i := range 20 {
				v, err := h.ReadViaStream(g.ctx, 0)
				if err != nil {
					t.Fatal(err)
				}
				switch p := make([]byte, 3); i % 4 {
				case 1:
					v.F0.Read(p)
				case 2:
					io.ReadAll(v.F0)
				case 3:
					v.F1.Close()
				}
				v.F0.Close()
				v.F0.Close()
				if i%4 != 3 && g.wordOf(v.F1) != "ok" {
					t.Errorf("%d: not ok", i)
				}
				src := newSource()
				f, err := h.WriteViaStream(g.ctx, src, 0)
				if err != nil {
					t.Fatal(err)
				}
				if i%3 > 0 && !src.write("HE") {
					t.Error("the stream is gone")
				}
				if i%3 == 2 {
					f.Close()
				}
				close(src.pieces)
				<-src.gone
				if i%3 < 2 && g.wordOf(f) != "ok" {
					t.Errorf("%d: not ok", i)
				}
				g.guest.Flush(g.ctx)
				l, err := g.ds["top"].ReadDirectory(g.ctx)
				if err != nil {
					t.Fatal(err)
				}
				if i%2 == 0 {
					if _, err := l.F0.Next(g.ctx); err != nil {
						t.Fatal(err)
					}
				}
				l.F0.Close()
				if got := g.wordOf(l.F1); got != "ok" {
					t.Errorf("%d: %s", i, got)
				}
			}
			g.check("read h 0 => \"HEllo\"")
		})
	}
}

// TestLimit has a guest that opens streams without end: what is refused is
// closed, and its future says so.
func TestLimit(t *testing.T) {
	rw, _ := openMem(t)
	g := play(t, 10, Preopen{Guest: "top", Dir: rw})
	g.check("open a.txt rw h => ok")
	h := g.ds["h"]
	var srcs []*source
	refused := 0
	for range 100 {
		src := newSource()
		srcs = append(srcs, src)
		f, err := h.AppendViaStream(g.ctx, src)
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-src.gone:
			refused++
			if got := g.wordOf(f); got != "insufficient-memory" {
				t.Error(got)
			}
		default:
		}
	}
	if refused < 90 || refused == 100 {
		t.Errorf("%d of 100 streams were refused", refused)
	}
	g.check("read h 0 => insufficient-memory\nls top => insufficient-memory\nopen a.txt r => insufficient-memory")
	for _, src := range srcs {
		close(src.pieces)
	}
	if err := g.guest.Close(); err != nil {
		t.Error(err)
	}
	g.check("open a.txt r => bad-descriptor\nread h 0 => bad-descriptor\nwrite h 0 x => bad-descriptor")
}

// TestFull has a disk that is full: the guest sees that nobody reads.
func TestFull(t *testing.T) {
	dir := fs.NewMem(fs.MemLimits{MaxBytes: 8<<10 + 10}).Dir(fs.ReadWrite)
	defer dir.Close()
	g := play(t, 0, Preopen{Guest: "top", Dir: dir})
	g.check("open f crw h => ok")
	src := newSource()
	f, err := g.ds["h"].WriteViaStream(g.ctx, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; src.write(strings.Repeat("x", 1000)); i++ {
		if i > 100 {
			t.Fatal("the disk is never full")
		}
	}
	if got := g.wordOf(f); got != "insufficient-space" {
		t.Error(got)
	}
}

// TestFlush has a stream that never ends: what came is in the file when Flush
// returns, and closing the guest ends it.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := fs.NewMem(fs.MemLimits{}).Dir(fs.ReadWrite)
		defer dir.Close()
		g := play(t, 0, Preopen{Guest: "top", Dir: dir})
		g.check("open f crw h => ok")
		src := newSource()
		f, err := g.ds["h"].AppendViaStream(g.ctx, src)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		for i := range 100 {
			want += fmt.Sprint(i)
			src.write(fmt.Sprint(i))
			if err := g.guest.Flush(g.ctx); err != nil {
				t.Fatal(err)
			}
			if got := g.read(g.ds["h"], 0); got != fmt.Sprintf("%q", want) {
				t.Fatalf("%d: %s, want %s", i, got, want)
			}
		}
		if err := g.guest.Close(); err != nil {
			t.Error(err)
		}
		if src.write("x") {
			t.Error("the stream is read behind the end of the guest")
		}
		g.wordOf(f)
	})
}

// TestEndedMeanwhile has the guest end while streams are read.
func TestEndedMeanwhile(t *testing.T) {
	for _, k := range trees() {
		rw, _ := k.open(t)
		g := play(t, 0, Preopen{Guest: "top", Dir: rw})
		v, err := g.ds["top"].ReadDirectory(g.ctx)
		if err != nil {
			t.Fatal(err)
		}
		g.check("open a.txt r h => ok")
		r, err := g.ds["h"].ReadViaStream(g.ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		g.guest.Close()
		for range 2 {
			if _, err := r.F0.Read(make([]byte, 10)); err == nil || err == io.EOF {
				t.Errorf("%s: %v", k.name, err)
			}
			if _, err := v.F0.Next(g.ctx); err == nil || err == io.EOF {
				t.Errorf("%s: %v", k.name, err)
			}
		}
		if a, b := g.wordOf(r.F1), g.wordOf(v.F1); a != "bad-descriptor" || b != a {
			t.Errorf("%s: %s, %s", k.name, a, b)
		}
	}
}

// TestTryRead has reads that do not wait: what they have not is had by others.
func TestTryRead(t *testing.T) {
	text := big()
	for _, k := range trees() {
		rw, _ := k.open(t)
		g := play(t, 0, Preopen{Guest: "top", Dir: rw})
		g.check("open big crw h => ok")
		if got := g.write(g.ds["h"], 0, text, false); got != "ok" {
			t.Fatal(got)
		}
		v, err := g.ds["h"].ReadViaStream(g.ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := v.F0.(*reader)
		var got bytes.Buffer
		p := make([]byte, 64<<10)
		for err == nil {
			var n int
			if n, err = r.TryRead(p); n == 0 && err == nil {
				n, err = r.Read(p)
			}
			got.Write(p[:n])
		}
		if err != io.EOF || got.String() != text || g.wordOf(v.F1) != "ok" {
			t.Errorf("%s: %d bytes, %v", k.name, got.Len(), err)
		}
	}
}

// TestLargeDirectory has more entries than are read at a time, and changes
// meanwhile.
func TestLargeDirectory(t *testing.T) {
	for _, k := range trees() {
		rw, _ := k.open(t)
		g := play(t, 0, Preopen{Guest: "top", Dir: rw})
		g.check("mkdir many => ok\nopen many r many => ok\nls many => ")
		const n = 500
		for i := range n {
			g.check(fmt.Sprintf("mkdir many:%d => ok", i))
		}
		v, err := g.ds["many"].ReadDirectory(g.ctx)
		if err != nil {
			t.Fatal(err)
		}
		g.check("drop many => ok")
		seen := map[string]int{}
		for e, err := range v.F0.All(g.ctx) {
			if err != nil {
				t.Fatal(err)
			}
			seen[e.Name]++
			g.check("rmdir many/" + e.Name + " => ok")
		}
		if len(seen) != n || seen["7"] != 1 || g.wordOf(v.F1) != "ok" {
			t.Errorf("%s: there were %d entries, want %d", k.name, len(seen), n)
		}
		g.check("rmdir many => ok")
	}
}

// TestAllocations has a program that reads a file in small pieces.
func TestAllocations(t *testing.T) {
	for _, k := range trees() {
		rw, _ := k.open(t)
		g := play(t, 0, Preopen{Guest: "top", Dir: rw})
		g.check("open f crw h => ok\nsize h 100000 => ok")
		v, err := g.ds["h"].ReadViaStream(g.ctx, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := make([]byte, 100)
		for name, f := range map[string]func() error{
			"read":    func() error { _, err := v.F0.(*reader).ReadContext(g.ctx, p); return err },
			"tryread": func() error { _, err := v.F0.(*reader).TryRead(p); return err },
			"flags":   func() error { _, _, err := g.ds["h"].TryGetFlags(g.ctx); return err },
		} {
			var err error
			if n := testing.AllocsPerRun(100, func() { err = errors.Join(err, f()) }); n != 0 || err != nil {
				t.Errorf("%s: %s allocates %v times, %v", k.name, name, n, err)
			}
		}
	}
}

var _ io.ReadCloser = (*source)(nil)
