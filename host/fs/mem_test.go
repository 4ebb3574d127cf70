package fs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
)

// usage is what a Mem holds, as a word.
func usage(m *Mem) string {
	bytes, entries := m.Usage()
	return fmt.Sprintf("%d bytes, %d entries", bytes, entries)
}

func TestMemUsage(t *testing.T) {
	m := NewMem(MemLimits{})
	d := m.Dir(ReadWrite)
	w := newWorld(d)
	steps := []struct{ op, want string }{
		{"stat .", "0 bytes, 0 entries"},
		{"mkdir abc", "3 bytes, 1 entries"},
		{"symlink target l", "10 bytes, 2 entries"},
		{"open f rwc h", "11 bytes, 3 entries"},
		{"pwrite h 0 hello", "4107 bytes, 3 entries"},
		{"pwrite h 1000000 x", "8203 bytes, 3 entries"},
		{"truncate h 5", "4107 bytes, 3 entries"},
		{"link f name", "4111 bytes, 4 entries"},
		{"unlink f", "4110 bytes, 3 entries"},
		{"unlink name", "4106 bytes, 3 entries"}, // still open
		{"pwrite h 4096 x", "8202 bytes, 3 entries"},
		{"close h", "10 bytes, 2 entries"},
		{"rename l longer", "15 bytes, 2 entries"},
		{"rename longer l", "10 bytes, 2 entries"},
		{"open abc d k", "10 bytes, 2 entries"},
		{"rmdir abc", "7 bytes, 2 entries"}, // still open
		{"close k", "7 bytes, 1 entries"},
		{"write a 1", "4104 bytes, 2 entries"},
		{"rename a l", "4097 bytes, 1 entries"},
		{"write l 2", "4097 bytes, 1 entries"},
		{"open l wt", "1 bytes, 1 entries"},
		{"mkdir x", "2 bytes, 2 entries"},
		{"mkdir y", "3 bytes, 3 entries"},
		{"rename x y", "2 bytes, 2 entries"},
		{"rename y/ zz", "3 bytes, 2 entries"},
		{"rmdir zz", "1 bytes, 1 entries"},
		{"unlink l", "0 bytes, 0 entries"},
	}
	for _, s := range steps {
		got := w.run(t, s.op)
		if u := usage(m); u != s.want {
			t.Errorf("%s (%s): %s, want %s", s.op, got, u, s.want)
		}
	}
}

func TestMemLimits(t *testing.T) {
	m := NewMem(MemLimits{MaxBytes: 64 << 10, MaxEntries: 16})
	d := m.Dir(ReadWrite)
	for range 3 {
		testFull(t, d, true)
		if u := usage(m); u != "0 bytes, 0 entries" {
			t.Errorf("emptied, it holds %s", u)
		}
	}
	// A hole takes no room, and a page at the far end takes one page.
	w := newWorld(d)
	check(t, "mem", w, `
		open f rwc h => file
		truncate h 9223372036854775807 => ok
		fstat h => file 9223372036854775807 links 1
		pwrite h 9223372036854775806 x => 1
		pread h 9223372036854775806 5 => =x
		append h x => EFBIG
		truncate h 0 => ok
		close h => ok
		unlink f => ok
	`)
	long := strings.Repeat("t", 4000)
	var err error
	for i := range 16 {
		if err = d.Symlink(long, fmt.Sprint("l", i)); err != nil {
			break
		}
	}
	if err != host.ENOSPC && err != nil {
		t.Error(err)
	}
	if b, _ := m.Usage(); b > 64<<10 {
		t.Errorf("the targets of links take %d bytes", b)
	}
}

// TestMemModel compares a file with a slice of bytes.
func TestMemModel(t *testing.T) {
	d := NewMem(MemLimits{}).Dir(ReadWrite)
	n, err := d.Open(t.Context(), "f", Open{Read: true, Write: true, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	f := n.(File)
	r := rand.New(rand.NewPCG(1, 2))
	var model []byte
	for range 3000 {
		off := r.IntN(40_000)
		size := r.IntN(9000)
		switch r.IntN(4) {
		case 0:
			p := bytes.Repeat([]byte{byte(r.IntN(255) + 1)}, size)
			if n, err := f.WriteAt(p, int64(off)); n != size || err != nil {
				t.Fatal(n, err)
			}
			if size > 0 && len(model) < off+size {
				model = append(model, make([]byte, off+size-len(model))...)
			}
			copy(model[min(off, len(model)):], p)
		case 1:
			if err := f.Truncate(int64(off)); err != nil {
				t.Fatal(err)
			}
			if off <= len(model) {
				model = model[:off:off]
			} else {
				model = append(model, make([]byte, off-len(model))...)
			}
		case 2:
			p := []byte("appended")
			f.Append(p)
			model = append(model, p...)
		default:
			p := make([]byte, size)
			n, _ := f.ReadAt(p, int64(off))
			want := model[min(off, len(model)):min(off+size, len(model))]
			if !bytes.Equal(p[:n], want) {
				t.Fatalf("ReadAt(%d, %d) gives %d bytes, want %d", off, size, n, len(want))
			}
		}
	}
}

// TestMemThreads changes one tree from several goroutines and wants the room
// back at the end.
func TestMemThreads(t *testing.T) {
	m := NewMem(MemLimits{MaxBytes: 1 << 20, MaxEntries: 64})
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			d := m.Dir(ReadWrite)
			w := newWorld(d)
			r := rand.New(rand.NewPCG(uint64(g), 9))
			data := make([]byte, 12_000)
			for i := range data {
				data[i] = byte(r.IntN(256))
			}
			src := &source{data: data}
			for len(src.data) > 0 {
				w.run(t, src.line())
				if src.next(4) == 0 {
					list(d)
				}
			}
			w.closeAll()
			d.Close()
		})
	}
	wg.Wait()
	d := m.Dir(ReadWrite)
	removeAll(t, d)
	if u := usage(m); u != "0 bytes, 0 entries" {
		t.Errorf("emptied, it holds %s", u)
	}
}

func removeAll(t *testing.T, d Dir) {
	names, err := list(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		dir, ok := strings.CutSuffix(name, "/")
		if !ok {
			if err := d.Unlink(strings.TrimSuffix(name, "@")); err != nil {
				t.Error(err)
			}
			continue
		}
		sub, err := d.Open(t.Context(), dir, Open{Directory: true})
		if err != nil {
			t.Fatal(err)
		}
		removeAll(t, sub.(Dir))
		sub.Close()
		if err := d.Rmdir(dir); err != nil {
			t.Error(err)
		}
	}
}

func TestOtherTree(t *testing.T) {
	a, b := NewMem(MemLimits{}), NewMem(MemLimits{})
	w := newWorld(a.Dir(ReadWrite))
	w.open["b"] = b.Dir(ReadWrite)
	w.open["same"] = a.Dir(ReadWrite)
	w.open["fs"] = FromFS(nil)
	script := `
		write f x => ok
		rename f b:f => EXDEV
		link f b:f => EXDEV
		rename b:f f => EXDEV
		rename f fs:f => EXDEV
		link f fs:f => EXDEV
		rename f same:g => ok
		link g same:h => ok
		ls b =>
	`
	for _, impl := range osImpls() {
		rw, _, _ := impl.open(t)
		w.open[impl.name] = rw
		script += "rename g " + impl.name + ":x => EXDEV\nlink " + impl.name + ":x g => EXDEV\n"
	}
	check(t, "mem", w, script)
	if err := w.top.Rename("f", nil, "g"); err != host.EXDEV {
		t.Errorf("rename to nil: %v", err)
	}
}

func TestTimes(t *testing.T) {
	at := time.Unix(1_234_567_890, 987_654_321)
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, ro, _ := impl.open(t)
			newWorld(rw).run(t, "write f x")
			newWorld(rw).run(t, "mkdir d")
			start := time.Now().Add(-time.Minute)
			for _, name := range []string{"f", "d"} {
				n, err := rw.Open(t.Context(), name, Open{Read: true})
				if err != nil {
					t.Fatal(err)
				}
				set := func(a, m SetTime) (Stat, error) {
					if err := n.SetTimes(a, m); err != nil {
						return Stat{}, err
					}
					return n.Stat()
				}
				st, err := set(SetTime{Kind: SetAt, At: at}, SetTime{Kind: SetAt, At: at.Add(time.Second)})
				if err != nil || !st.Mtime.Equal(at.Add(time.Second)) || impl.name != "portable" && !st.Atime.Equal(at) {
					t.Errorf("%s: %v, %v, %v", name, st.Atime, st.Mtime, err)
				}
				st, err = set(SetTime{Kind: SetNow}, SetTime{})
				if err != nil || !st.Mtime.Equal(at.Add(time.Second)) || impl.name != "portable" && st.Atime.Before(start) {
					t.Errorf("%s: %v, %v, %v", name, st.Atime, st.Mtime, err)
				}
				st, err = set(SetTime{}, SetTime{Kind: SetNow})
				if err != nil || st.Mtime.Before(start) {
					t.Errorf("%s: %v, %v, %v", name, st.Atime, st.Mtime, err)
				}
				if _, err := set(SetTime{}, SetTime{}); err != nil {
					t.Error(err)
				}
				if err := n.SetTimes(SetTime{Kind: 9}, SetTime{}); err != host.EINVAL {
					t.Errorf("a kind that is none: %v", err)
				}
				n.Close()
				if err := n.SetTimes(SetTime{Kind: SetNow}, SetTime{}); err != host.EBADF {
					t.Errorf("closed: %v", err)
				}
				if err := rw.SetTimesAt("missing", true, SetTime{}, SetTime{}); err != host.ENOENT {
					t.Errorf("nothing to set on nothing: %v", err)
				}
				n, err = ro.Open(t.Context(), name, Open{})
				if err != nil {
					t.Fatal(err)
				}
				if err := n.SetTimes(SetTime{Kind: SetNow}, SetTime{}); err != host.EROFS {
					t.Errorf("read-only: %v", err)
				}
				n.Close()
			}
			if err := rw.SetTimes(SetTime{Kind: SetNow}, SetTime{Kind: SetAt, At: at}); err != nil {
				t.Error(err)
			}
			if st, _ := rw.Stat(); !st.Mtime.Equal(at) {
				t.Errorf("the top: %v", st.Mtime)
			}
		})
	}
}
