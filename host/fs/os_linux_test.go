package fs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
	"golang.org/x/sys/unix"
)

func TestOpenDir(t *testing.T) {
	tmp := t.TempDir()
	file := filepath.Join(tmp, "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(tmp, "fifo")
	if err := unix.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(tmp, "link")
	if err := os.Symlink(tmp, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want host.Errno
		says string
	}{
		{filepath.Join(tmp, "missing"), host.ENOENT, "does not exist"},
		{"", host.ENOENT, "does not exist"},
		{file, host.ENOTDIR, "not a directory"},
		{filepath.Join(file, "x"), host.ENOTDIR, "not a directory"},
		{fifo, host.ENOTDIR, "not a directory"},
		{link, host.Success, ""},
		{tmp + "/", host.Success, ""},
		{".", host.Success, ""},
	}
	for _, tt := range tests {
		for _, viaRoot := range []bool{false, true} {
			d, err := OpenDir(tt.path, ReadOnly)
			if viaRoot {
				if d, err = openDirUnix(tt.path, ReadOnly, true); err != nil {
					err = grantError(tt.path, err)
				}
			}
			if err == nil {
				if d.Access() != ReadOnly {
					t.Errorf("%q: access %d", tt.path, d.Access())
				}
				d.Close()
			}
			if got := host.ErrnoOf(err); got != tt.want {
				t.Errorf("OpenDir(%q) = %v, want %s", tt.path, err, tt.want.Name())
			}
			if err != nil && (!strings.Contains(err.Error(), fmt.Sprintf("%q", tt.path)) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("OpenDir(%q) says %q", tt.path, err)
			}
		}
	}
}

func TestModes(t *testing.T) {
	for _, impl := range osImpls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, path := impl.open(t)
			old := unix.Umask(0o027)
			defer unix.Umask(old)
			w := newWorld(rw)
			check(t, impl.name, w, "mkdir d => ok\nopen f c => file\nopen d/g wc => file")
			for name, want := range map[string]os.FileMode{"d": os.ModeDir | 0o750, "f": 0o640, "d/g": 0o640} {
				info, err := os.Stat(filepath.Join(path, name))
				if err != nil || info.Mode() != want {
					t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
				}
			}
		})
	}
}

func TestStatAgrees(t *testing.T) {
	for _, impl := range osImpls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, path := impl.open(t)
			w := newWorld(rw)
			check(t, impl.name, w, "write f hello => ok\nlink f g => ok\nmkdir d => ok\nsymlink f l => ok")
			for name, typ := range map[string]FileType{"f": Regular, "g": Regular, "d": Directory, "l": Symlink, ".": Directory} {
				var sys unix.Stat_t
				if err := unix.Lstat(filepath.Join(path, name), &sys); err != nil {
					t.Fatal(err)
				}
				st, err := rw.StatAt(name, false)
				if err != nil {
					t.Fatal(err)
				}
				if st.Dev != sys.Dev || st.Ino != sys.Ino || st.Links != uint64(sys.Nlink) || st.Size != sys.Size || st.Type != typ {
					t.Errorf("%s: %+v, the system says %+v", name, st, sys)
				}
				if !st.Mtime.Equal(time.Unix(sys.Mtim.Unix())) {
					t.Errorf("%s: mtime %v", name, st.Mtime)
				}
				if typ == Symlink {
					continue
				}
				n, err := rw.Open(t.Context(), name, Open{})
				if err != nil {
					t.Fatal(err)
				}
				if open, err := n.Stat(); err != nil || open.Ino != st.Ino || open.Dev != st.Dev || open.Size != st.Size {
					t.Errorf("%s: open %+v, by name %+v, %v", name, open, st, err)
				}
				n.Close()
			}
		})
	}
}

// TestMovedDirectory keeps using directories that others move, and names above
// them that are then somewhere else.
func TestMovedDirectory(t *testing.T) {
	for _, impl := range osImpls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, path := impl.open(t)
			w := newWorld(rw)
			defer w.closeAll()
			check(t, impl.name, w, "mkdir a => ok\nmkdir a/b => ok\nopen a/b d h => dir\nwrite h:f x => ok")
			outside := filepath.Join(filepath.Dir(path), "elsewhere")
			if err := os.Mkdir(outside, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(outside, "canary"), []byte(secret), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(path, "a/b"), filepath.Join(outside, "b")); err != nil {
				t.Fatal(err)
			}
			check(t, impl.name, w, `
				read h:f => =x
				write h:g y => ok
				stat h:../canary => ECONFINED
				open h:.. - => ECONFINED
				stat a/b => ENOENT
				ls => a/
				ls h => f g
			`)
			if err := os.Rename(path, path+"2"); err != nil {
				t.Fatal(err)
			}
			check(t, impl.name, w, "write new z => ok\nls => a/ new\nstat ../elsewhere/canary => ECONFINED")
		})
	}
}

func TestMagicLinks(t *testing.T) {
	if _, err := os.Stat("/proc/self/root"); err != nil {
		t.Skip("SKIPPED: ", err)
	}
	for _, name := range []string{"kernel", "rooted", "portable"} {
		d := openGrant(t, name, "/proc/self")
		w := newWorld(d)
		f, err := os.Open("/etc/passwd")
		if err != nil {
			t.Skip("SKIPPED: ", err)
		}
		for _, path := range []string{"root/etc/passwd", "cwd/x", "exe", fmt.Sprint("fd/", f.Fd())} {
			got := w.run(t, "open "+path+" rf")
			if got != "ECONFINED" && got != "ELOOP" {
				t.Errorf("%s: open %s => %s", name, path, got)
			}
		}
		f.Close()
		d.Close()
	}
}

// TestFullDisk runs on a file system of 64 KiB.
func TestFullDisk(t *testing.T) {
	mnt := t.TempDir()
	if err := unix.Mount("tmpfs", mnt, "tmpfs", 0, "size=64k,nr_inodes=16"); err != nil {
		t.Skip("SKIPPED: the test of a full disk needs the right to mount: ", err)
	}
	defer unix.Unmount(mnt, unix.MNT_DETACH)
	for _, impl := range []string{"kernel", "rooted", "portable"} {
		t.Run(impl, func(t *testing.T) {
			d := openGrant(t, impl, mnt)
			defer d.Close()
			testFull(t, d, impl != "portable")
		})
	}
}

// TestAppend appends from several goroutines and several descriptors at once:
// nothing is overwritten.
func TestAppend(t *testing.T) {
	const each = 300
	run := func(t *testing.T, d Dir) {
		var wg sync.WaitGroup
		for g := range 4 {
			n, err := d.Open(t.Context(), "log", Open{Write: true, Create: true})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			for range 2 {
				wg.Go(func() {
					for range each {
						if n, err := n.(File).Append([]byte(fmt.Sprintf("line of %d\n", g))); n != 10 || err != nil {
							t.Errorf("append: %d, %v", n, err)
						}
					}
				})
			}
		}
		wg.Wait()
		text := slurpAll(t, d, "log")
		if lines := strings.Count(text, "\n"); len(text) != 8*each*10 || lines != 8*each {
			t.Errorf("%d bytes, %d lines", len(text), lines)
		}
	}
	for _, impl := range impls() {
		if impl.name == "portable" {
			continue // documented: one step only within one File
		}
		t.Run(impl.name, func(t *testing.T) { rw, _, _ := impl.open(t); run(t, rw) })
	}
	t.Run("by flag", func(t *testing.T) {
		noAppendCall.Store(true)
		defer noAppendCall.Store(false)
		rw, _, _ := impls()[0].open(t)
		run(t, rw)
		// WriteAt keeps its offset while others append.
		n, err := rw.Open(t.Context(), "both", Open{Write: true, Create: true})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		var wg sync.WaitGroup
		wg.Go(func() {
			for range each {
				n.(File).Append([]byte("a"))
			}
		})
		wg.Go(func() {
			for range each {
				n.(File).WriteAt([]byte("W"), 0)
			}
		})
		wg.Wait()
		if text := slurpAll(t, rw, "both"); strings.Count(text, "W") != 1 {
			t.Errorf("%d of the writes at 0 landed elsewhere", strings.Count(text, "W")-1)
		}
	})
}

func slurpAll(t *testing.T, d Dir, name string) string {
	n, err := d.Open(t.Context(), name, Open{Read: true})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	text, err := io.ReadAll(io.NewSectionReader(n.(File), 0, 1<<30))
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// TestDescriptors wants every descriptor back.
func TestDescriptors(t *testing.T) {
	for _, impl := range osImpls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, ro, _ := impl.open(t)
			w := newWorld(rw)
			defer w.closeAll()
			w.run(t, "mkdir d")
			w.run(t, "write d/f x")
			w.run(t, "symlink d/f l")
			w.run(t, "symlink .. up")
			w.open["ro"] = ro
			run := func() {
				for _, line := range strings.Split(`open d d
open d/f r
open l rf
open d/g wc
open d/g cx
open missing/x c
open up f
open l r
open d w
open ro:d/f w
open ro:x c
stat d/f
stat l
stat l/
stat up/x
mkdir d/x
rmdir d/x
mkdir d/f/x
symlink x d/s
readlink d/s
readlink d/f
unlink d/s
unlink d/f/
link d/f d/h
linkf l h2
unlink d/h
unlink h2
link d x
rename d/f d/f2
rename d/f2 d/f
rename d/f up/x
rename missing x
utime l
lutime l
utime missing
ls
ls h
read d/f
write d/f y`, "\n") {
					w.run(t, line)
				}
				rw.ReadDir(0, func(*DirEntry) bool {
					rw.ReadDir(0, func(*DirEntry) bool { return false })
					return false
				})
			}
			run()
			before := openFiles(t)
			for range 20 {
				run()
			}
			if after := openFiles(t); after > before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
}
