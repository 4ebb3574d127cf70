package p1

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray/host/fs"
)

// TestLowest: new descriptors get the lowest free number, also against a
// simple model under random opens, closes and renumbers.
func TestLowest(t *testing.T) {
	const most = 40
	tab := table{max: most}
	model := map[uint32]*descriptor{}
	lowest := func() uint32 {
		fd := uint32(0)
		for model[fd] != nil {
			fd++
		}
		return fd
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		switch a, b := r.Uint32N(most+5), r.Uint32N(most+5); r.IntN(4) {
		case 0, 1:
			d := &descriptor{}
			fd, err := tab.insert(d)
			if want := lowest(); (err == nil) != (want < most) || err == nil && fd != want {
				t.Fatalf("insert = %d, %v, want %d", fd, err, want)
			}
			if err == nil {
				model[fd] = d
			}
		case 2:
			d, err := tab.remove(a)
			if d != model[a] || (err == nil) != (d != nil) {
				t.Fatalf("remove %d = %p, %v, want %p", a, d, err, model[a])
			}
			delete(model, a)
		case 3:
			from, to := model[a], model[b]
			old, err := tab.renumber(a, b)
			if (err == nil) != (from != nil && to != nil) {
				t.Fatalf("renumber %d, %d: %v", a, b, err)
			}
			if err != nil || a == b {
				if old != nil {
					t.Fatalf("renumber %d, %d returns a descriptor", a, b)
				}
				break
			}
			if old != to {
				t.Fatalf("renumber %d, %d returns the wrong descriptor", a, b)
			}
			delete(model, a)
			model[b] = from
		}
		for fd := range uint32(most + 5) {
			if d, _ := tab.get(fd); d != model[fd] {
				t.Fatalf("get %d = %p, want %p", fd, d, model[fd])
			}
		}
		if tab.full() != (lowest() >= most) {
			t.Fatal("full is wrong")
		}
	}
}

// openFiles counts the descriptors of this process, where the system tells.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("SKIP: this system has no /proc/self/fd to count open files in")
	}
	return len(list)
}

func TestRenumber(t *testing.T) {
	g := newDirGuest(t)
	a := g.open(3, "a", opening{oflags: oflagCreat, rights: rw})
	b := g.open(3, "b", opening{oflags: oflagCreat, rights: rw})
	if e := g.write(a, "in a"); e != 0 {
		t.Fatal(e)
	}

	// Onto itself: nothing happens, and the number is not free.
	g.ok("fd_renumber", a, a)
	if got := g.tell(a); got != 4 {
		t.Errorf("offset %d after renumbering onto itself", got)
	}
	if fd := g.open(3, "a", opening{}); fd == a || fd == b {
		t.Errorf("path_open gave the open number %d", fd)
	}

	// Onto another: it is closed, the offset comes along, the number is free.
	g.ok("fd_renumber", a, b)
	g.want(errnoBadf, "fd_tell", a, atResult)
	if got := g.tell(b); got != 4 {
		t.Errorf("offset %d after renumbering", got)
	}
	if fd := g.open(3, "b", opening{}); fd != a {
		t.Errorf("path_open gave %d, want the freed %d", fd, a)
	}

	// To or from what is not open.
	for _, p := range [][2]uint64{{b, 999}, {999, b}, {b, 1<<32 - 1}, {1<<32 - 1, b}, {999, 999}} {
		g.want(errnoBadf, "fd_renumber", p[0], p[1])
	}
	g.ok("fd_close", b)
	g.want(errnoBadf, "fd_renumber", a, b)
	g.want(errnoBadf, "fd_renumber", b, b)
	if fd := g.open(3, "b", opening{}); fd != b {
		t.Errorf("path_open gave %d, want the freed %d", fd, b)
	}

	// Standard streams and preopened directories.
	g.ok("fd_renumber", 0, a)
	g.want(errnoBadf, "fd_close", 0)
	g.mustRead(a, 10, "")
	g.ok("fd_renumber", 3, b)
	g.open(b, "a", opening{})
	g.want(errnoBadf, "fd_fdstat_get", 3, atBuf)
}

// TestNoLeak: what is opened, closed and renumbered in a loop leaves nothing
// open, in the guest's table nor in the host.
func TestNoLeak(t *testing.T) {
	g := newDirGuest(t)
	g.open(3, "f", opening{oflags: oflagCreat})
	before, inTable := openFiles(t), g.state.openCount()
	for range 2000 {
		a := g.open(3, "f", opening{rights: rw})
		b := g.open(3, ".", opening{oflags: oflagDirectory})
		g.ok("fd_renumber", a, b)
		g.ok("fd_renumber", b, b)
		g.ok("fd_close", b)
		// Fails behind the open: the result has no place.
		p, n := g.str(atPath, "f")
		g.want(errnoFault, "path_open", 3, 0, p, n, 0, rw, 0, 0, 1<<32-1)
		g.tryOpen(3, "none", opening{})
	}
	if n := g.state.openCount(); n != inTable {
		t.Errorf("%d descriptors are open, %d were", n, inTable)
	}
	if n := openFiles(t); n > before+2 {
		t.Errorf("%d files of the host are open, %d were", n, before)
	}
}

// TestExhaustion: at the limit path_open fails with mfile, and touches no
// file.
func TestExhaustion(t *testing.T) {
	root := t.TempDir()
	g := newGuest(t, Config{Preopens: []Preopen{{"/", treeAt(t, root, fs.ReadWrite)}}, Limits: Limits{MaxDescriptors: 10}})
	keep := g.open(3, "keep", opening{oflags: oflagCreat, rights: rw})
	if e := g.write(keep, "data"); e != 0 {
		t.Fatal(e)
	}
	for {
		fd, e := g.tryOpen(3, "keep", opening{})
		if e == errnoMfile {
			break
		}
		if e != 0 || fd >= 10 {
			t.Fatalf("path_open = %d, %d", fd, e)
		}
	}
	if _, e := g.tryOpen(3, "new", opening{oflags: oflagCreat}); e != errnoMfile {
		t.Errorf("path_open with creat = %d", e)
	}
	if _, e := g.tryOpen(3, "keep", opening{oflags: oflagTrunc, rights: rw}); e != errnoMfile {
		t.Errorf("path_open with trunc = %d", e)
	}
	if _, err := os.Stat(filepath.Join(root, "new")); err == nil {
		t.Error("a file was created that could not be opened")
	}
	if n := g.size(3, "keep"); n != 4 {
		t.Errorf("the file has %d bytes, want 4", n)
	}
	g.ok("fd_close", 7)
	if fd := g.open(3, "keep", opening{}); fd != 7 {
		t.Errorf("path_open = %d, want the freed 7", fd)
	}
}
