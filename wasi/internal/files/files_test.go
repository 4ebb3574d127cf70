package files

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/internal/guest"
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
		_, err := New(guest.New(0), []Preopen{c.p})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.20q => %v, want %q", c.p.Guest, err, c.want)
		}
	}
}

// TestDirectories has a guest that may not have all of its directories open.
func TestDirectories(t *testing.T) {
	dir := fs.NewMem(fs.MemLimits{}).Dir(fs.ReadOnly)
	g := guest.New(2)
	st, err := New(g, []Preopen{{Guest: "a", Dir: dir}, {Guest: "b", Dir: dir}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		list, err := st.Directories()
		if err != nil || len(list) != 2 || list[1].Guest != "b" {
			t.Fatal(list, err)
		}
		if flags, err := list[0].D.Flags(); flags != Read || err != nil {
			t.Error(flags, err)
		}
		list[0].D.Drop()
		if _, err := st.Directories(); host.ErrnoOf(err) != host.EMFILE {
			t.Error(err)
		}
		list[1].D.Drop()
	}
	if _, err := dir.Stat(); err != nil {
		t.Errorf("the directory is the caller's: %v", err)
	}
	g.Close()
	if _, err := st.Directories(); host.ErrnoOf(err) != host.EBADF {
		t.Error(err)
	}
}

// TestClosedMeanwhile has the guest end between two steps of opening.
func TestClosedMeanwhile(t *testing.T) {
	dir := fs.NewMem(fs.MemLimits{}).Dir(fs.ReadWrite)
	g := guest.New(0)
	st, err := New(g, nil)
	if err != nil {
		t.Fatal(err)
	}
	u := new(Use)
	if err := u.begin(st); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	n := &node{Node: dir}
	if err := u.set(n); err != host.EBADF {
		t.Error(err)
	}
	if _, err := dir.Stat(); err != host.EBADF {
		t.Errorf("what was opened is still open: %v", err)
	}
	if err := u.share(new(Use)); err != host.EBADF {
		t.Error(err)
	}
	if err := u.begin(st); err != host.EBADF {
		t.Error(err)
	}
	u.Drop()
	u.Drop()
}

func TestSetAt(t *testing.T) {
	for _, c := range []struct {
		seconds int64
		nanos   uint32
		want    error
	}{
		{0, 0, nil},
		{-1, 999999999, nil},
		{math.MinInt64, 0, nil},
		{maxSeconds, 999999999, nil},
		{maxSeconds + 1, 0, host.EOVERFLOW},
		{math.MaxInt64, 0, host.EOVERFLOW},
		{0, 1e9, host.EINVAL},
		{math.MaxInt64, math.MaxUint32, host.EINVAL},
	} {
		at, err := SetAt(c.seconds, c.nanos)
		if err != c.want {
			t.Errorf("%d.%d => %v, want %v", c.seconds, c.nanos, err, c.want)
		}
		if err == nil && (at.Kind != fs.SetAt || at.At.Unix() != c.seconds || at.At.Nanosecond() != int(c.nanos)) {
			t.Errorf("%d.%d => %v", c.seconds, c.nanos, at)
		}
	}
	if late, _ := SetAt(maxSeconds, 0); late.At.Before(time.Unix(0, 0)) {
		t.Errorf("the last second is %v", late.At)
	}
}

// TestHash has a hash whose lower half stays with the file.
func TestHash(t *testing.T) {
	a := fs.Stat{Dev: 1, Ino: 2, Size: 3, Mtime: time.Unix(4, 5)}
	al, au := Hash(&a)
	for i, change := range []func(*fs.Stat){
		func(s *fs.Stat) { s.Size++ },
		func(s *fs.Stat) { s.Mtime = time.Unix(4, 6) },
		func(s *fs.Stat) { s.Mtime = time.Unix(5, 5) },
		func(s *fs.Stat) { s.Dev++ },
		func(s *fs.Stat) { s.Ino++ },
	} {
		b := a
		change(&b)
		bl, bu := Hash(&b)
		if same := i < 3; (al == bl) != same || au == bu {
			t.Errorf("%d: %x %x and %x %x", i, al, au, bl, bu)
		}
	}
}

// TestLists reads a directory some entries at a time.
func TestLists(t *testing.T) {
	dir := fs.NewMem(fs.MemLimits{}).Dir(fs.ReadWrite)
	defer dir.Close()
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprint("f", i))
		if err := dir.Mkdir(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	g := guest.New(0)
	defer g.Close()
	st, _ := New(g, []Preopen{{Guest: "/", Dir: dir}})
	dirs, err := st.Directories()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 3, 5, 10, 11, 100} {
		l, err := dirs[0].D.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for err == nil {
			before := len(got)
			err = l.Next(n, func(e *fs.DirEntry) { got = append(got, e.Name) })
			if added := len(got) - before; err == nil && (added == 0 || added > n) {
				t.Fatalf("%d of %d entries", added, n)
			}
		}
		slices.Sort(got)
		if err != io.EOF || !slices.Equal(got, want) {
			t.Errorf("%d at a time: %v, %v", n, got, err)
		}
		if err := l.Next(n, nil); err != io.EOF {
			t.Errorf("behind the end: %v", err)
		}
		l.Drop()
	}
	dirs[0].D.Drop()
	if _, err := dirs[0].D.List(context.Background()); err != host.EBADF {
		t.Error(err)
	}
}
