package filesystem

import (
	iofs "io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dray-wasm/dray/host/fs"
)

// A tree is a kind of tree under test: open makes one with the files of sample,
// and gives it with both kinds of access; rw is nil where it cannot be changed.
type tree struct {
	name string
	open func(t testing.TB) (rw, ro fs.Dir)
}

// sample is what every tree starts with.
var sample = [][2]string{
	{"a.txt", "hello"},
	{"b.txt", "b"},
	{"d/", ""},
	{"d/e/", ""},
	{"d/g.txt", "deep"},
	{"flink", "-> a.txt"},
	{"dlink", "-> d"},
	{"up", "-> .."},
	{"out", "-> ../outside.txt"},
	{"new", "-> ../new.txt"},
	{"dangling", "-> nothing"},
	{"loop", "-> loop"},
	{"d/back", "-> ../a.txt"},
}

// openSystem makes a directory of the system that has a neighbour, which must
// stay as it is.
func openSystem(t testing.TB) (rw, ro fs.Dir) {
	top := t.TempDir()
	path := filepath.Join(top, "grant")
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(top, "outside.txt"), []byte("secret"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b, err := os.ReadFile(filepath.Join(top, "outside.txt"))
		entries, _ := os.ReadDir(top)
		if string(b) != "secret" || err != nil || len(entries) != 2 {
			t.Errorf("what is outside has changed: %q, %v, %v", b, err, entries)
		}
	})
	var err error
	if rw, err = fs.OpenDir(path, fs.ReadWrite); err != nil {
		t.Fatal(err)
	}
	if ro, err = fs.OpenDir(path, fs.ReadOnly); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rw.Close(); ro.Close() })
	put(t, rw, sample)
	return rw, ro
}

func openMem(t testing.TB) (rw, ro fs.Dir) {
	m := fs.NewMem(fs.MemLimits{})
	rw, ro = m.Dir(fs.ReadWrite), m.Dir(fs.ReadOnly)
	t.Cleanup(func() { rw.Close(); ro.Close() })
	put(t, rw, sample)
	return rw, ro
}

func openFS(t testing.TB) (rw, ro fs.Dir) {
	m := fstest.MapFS{}
	for _, e := range sample {
		f := &fstest.MapFile{Data: []byte(e[1]), Mode: 0o666, ModTime: time.Unix(1e9, 5)}
		if target, ok := strings.CutPrefix(e[1], "-> "); ok {
			f.Data, f.Mode = []byte(target), iofs.ModeSymlink|0o777
		} else if strings.HasSuffix(e[0], "/") {
			f.Mode = iofs.ModeDir | 0o777
		}
		m[strings.TrimSuffix(e[0], "/")] = f
	}
	ro = fs.FromFS(m)
	t.Cleanup(func() { ro.Close() })
	return nil, ro
}

// trees has those that can be changed in front. On Windows, a directory of the
// system does less.
var trees, writable = allTrees()

func allTrees() (all, writable []tree) {
	all = []tree{{"mem", openMem}, {"io/fs", openFS}}
	if runtime.GOOS != "windows" {
		all = append([]tree{{"system", openSystem}}, all...)
	}
	return all, all[:len(all)-1]
}

// forEach runs a table in every tree that can be changed: "top" is the writable
// directory, "ro" the other.
func forEach(t *testing.T, script string) {
	t.Helper()
	for _, k := range writable {
		t.Run(k.name, func(t *testing.T) {
			rw, ro := k.open(t)
			newGuest(t, 0, Preopen{Guest: "top", Dir: rw}, Preopen{Guest: "ro", Dir: ro}).check(script)
		})
	}
}

// forEachReadOnly runs a table in every tree, where "top" is read-only.
func forEachReadOnly(t *testing.T, script string) {
	t.Helper()
	for _, k := range trees {
		t.Run(k.name, func(t *testing.T) {
			_, ro := k.open(t)
			newGuest(t, 0, Preopen{Guest: "top", Dir: ro}).check(script)
		})
	}
}
