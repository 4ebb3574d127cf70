package p1

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	hostfs "github.com/dray-wasm/dray/host/fs"
)

// eachTree runs a test on a directory of the system and on one in memory.
func eachTree(t *testing.T, test func(t *testing.T, grant func(hostfs.Access) hostfs.Dir)) {
	t.Run("system", func(t *testing.T) {
		root := t.TempDir()
		test(t, func(a hostfs.Access) hostfs.Dir { return treeAt(t, root, a) })
	})
	t.Run("memory", func(t *testing.T) {
		m := hostfs.NewMem(hostfs.MemLimits{})
		test(t, m.Dir)
	})
}

func eachGuest(t *testing.T, test func(t *testing.T, g *guest)) {
	eachTree(t, func(t *testing.T, grant func(hostfs.Access) hostfs.Dir) {
		test(t, newGuest(t, Config{Preopens: []Preopen{{"/", grant(hostfs.ReadWrite)}}}))
	})
}

func TestPaths(t *testing.T) {
	eachGuest(t, func(t *testing.T, g *guest) {
		g.open(3, "file", opening{oflags: oflagCreat})
		if e := g.path("path_create_directory", 3, "dir"); e != 0 {
			t.Fatal(e)
		}
		p, n := g.str(atPath, "file")
		q, m := g.str(atPath2, "dir/link")
		g.ok("path_symlink", p, n, 3, q, m)
		for _, test := range []struct {
			path string
			o    opening
			want errno
		}{
			{"file", opening{}, 0},
			{"dir/../file", opening{}, 0},
			{"dir/", opening{}, 0},
			{".", opening{oflags: oflagDirectory}, 0},
			{"", opening{}, errnoNoent},
			{"none", opening{}, errnoNoent},
			{"/file", opening{}, errnoPerm},
			{"..", opening{}, errnoPerm},
			{"dir/../../file", opening{}, errnoPerm},
			{"file\x00", opening{}, errnoInval},
			{"\xff", opening{}, errnoIlseq},
			{"\xed\xa0\x80", opening{}, errnoIlseq},
			{strings.Repeat("./", 2047) + ".", opening{}, 0},
			{strings.Repeat("./", 2048) + ".", opening{}, errnoNametoolong},
			{"file/", opening{}, errnoNotdir},
			{"file/x", opening{}, errnoNotdir},
			{"file", opening{oflags: oflagDirectory}, errnoNotdir},
			{"file", opening{oflags: oflagCreat | oflagExcl}, errnoExist},
			{"dir", opening{rights: rightFdWrite}, errnoIsdir},
			{"dir", opening{oflags: oflagDirectory, rights: rw}, errnoIsdir},
			{"dir", opening{rights: rightFdRead}, 0},
			{"dir/link", opening{}, errnoLoop},
			{"dir/link", opening{follow: true}, errnoNoent}, // it reads "file", which is not in dir
			{"file", opening{oflags: 1 << 4}, errnoInval},
			{"file", opening{flags: 1 << 5}, errnoInval},
			{"file", opening{flags: fdflagsAll, rights: rw}, 0},
			{"new", opening{oflags: oflagCreat | oflagDirectory}, errnoInval},
			{"new/", opening{oflags: oflagCreat}, errnoIsdir},
		} {
			fd, e := g.tryOpen(3, test.path, test.o)
			if e != test.want {
				t.Errorf("path_open %.30q %+v = %d, want %d", test.path, test.o, e, test.want)
			}
			if e == 0 {
				g.ok("fd_close", fd)
			}
		}
		p, n = g.str(atPath, "file")
		for _, f := range []string{"path_filestat_get", "path_filestat_set_times", "path_link", "path_open"} {
			args := map[string][]uint64{
				"path_filestat_get":       {3, 2, p, n, atBuf},
				"path_filestat_set_times": {3, 1 << 31, p, n, 0, 0, 0},
				"path_link":               {3, 2, p, n, 3, p, n},
				"path_open":               {3, 2, p, n, 0, 0, 0, 0, atResult},
			}[f]
			g.want(errnoInval, f, args...)
		}
		for _, f := range []string{"path_create_directory", "path_remove_directory", "path_unlink_file"} {
			for path, want := range map[string]errno{"/x": errnoPerm, "../x": errnoPerm, "\xff": errnoIlseq, "x\x00": errnoInval, "": errnoNoent} {
				if e := g.path(f, 3, path); e != want {
					t.Errorf("%s %q = %d, want %d", f, path, e, want)
				}
			}
		}
		if n := g.state.openCount(); n != 5 {
			t.Errorf("%d descriptors are open", n)
		}
	})
}

func TestLinks(t *testing.T) {
	eachGuest(t, func(t *testing.T, g *guest) {
		symlink := func(target, name string) errno {
			p, n := g.str(atPath, target)
			q, m := g.str(atPath2, name)
			return g.call("path_symlink", p, n, 3, q, m)
		}
		for _, test := range []struct {
			target, name string
			want         errno
		}{
			{"target", "l", 0},
			{"target", "l", errnoExist},
			{"/target", "a", errnoPerm},
			{"", "a", errnoNoent},
			{"\xff", "a", errnoIlseq},
			{"a\x00", "a", errnoInval},
			{"target", "/a", errnoPerm},
			{"target", "none/a", errnoNoent},
		} {
			if e := symlink(test.target, test.name); e != test.want {
				t.Errorf("path_symlink %q %q = %d, want %d", test.target, test.name, e, test.want)
			}
		}
		g.want(errnoFault, "path_symlink", 1<<32-2, 10, 3, atPath2, 1) // a bad old path

		for _, n := range []uint64{0, 3, 6, 7, 100} {
			copy(g.b[atBuf:], "##########")
			p, m := g.str(atPath, "l")
			g.ok("path_readlink", 3, p, m, atBuf, n, atResult)
			want := "target"[:min(n, 6)]
			if got := string(g.b[atBuf : atBuf+g.u32(atResult)]); got != want || g.b[atBuf+len(want)] != '#' {
				t.Errorf("path_readlink with room for %d: %q", n, got)
			}
		}
		// Out through a link: creating, too.
		for _, target := range []string{"..", "../x", "../../../../etc/passwd"} {
			g.path("path_unlink_file", 3, "out")
			if e := symlink(target, "out"); e != 0 {
				t.Fatal(e)
			}
			for _, o := range []opening{{follow: true}, {follow: true, oflags: oflagCreat, rights: rw}, {follow: true, oflags: oflagTrunc}} {
				if _, e := g.tryOpen(3, "out", o); e != errnoPerm {
					t.Errorf("path_open of a link to %s %+v = %d", target, o, e)
				}
			}
		}
	})
}

// TestReadOnly: nothing in a read-only tree changes, whatever is tried.
func TestReadOnly(t *testing.T) {
	eachTree(t, func(t *testing.T, grant func(hostfs.Access) hostfs.Dir) {
		g := newGuest(t, Config{Preopens: []Preopen{{"ro", grant(hostfs.ReadOnly)}, {"rw", grant(hostfs.ReadWrite)}}})
		const ro, rwDir = 3, 4
		fd := g.open(rwDir, "f", opening{oflags: oflagCreat, rights: rw})
		g.write(fd, "data")
		if e := g.path("path_create_directory", rwDir, "d"); e != 0 {
			t.Fatal(e)
		}
		// A grant that is opened below a read-only one is read-only.
		again := g.open(ro, ".", opening{})
		for _, dir := range []uint64{ro, again} {
			for _, o := range []opening{
				{rights: rightFdWrite}, {rights: rw}, {oflags: oflagTrunc}, {oflags: oflagTrunc, rights: rightFdRead},
				{oflags: oflagCreat | oflagTrunc, rights: rw}, {follow: true, rights: rw},
			} {
				if _, e := g.tryOpen(dir, "f", o); e != errnoRofs {
					t.Errorf("path_open %+v = %d", o, e)
				}
			}
			if _, e := g.tryOpen(dir, "new", opening{oflags: oflagCreat}); e != errnoRofs {
				t.Errorf("path_open with creat = %d", e)
			}
			p, n := g.str(atPath, "f")
			q, m := g.str(atPath2, "new")
			for _, c := range []struct {
				name string
				args []uint64
			}{
				{"path_create_directory", []uint64{dir, q, m}},
				{"path_unlink_file", []uint64{dir, p, n}},
				{"path_symlink", []uint64{p, n, dir, q, m}},
				{"path_filestat_set_times", []uint64{dir, 0, p, n, 0, 0, fstMtim}},
				{"path_link", []uint64{dir, 0, p, n, dir, q, m}},
				{"path_link", []uint64{dir, 0, p, n, rwDir, q, m}},
				{"path_link", []uint64{rwDir, 0, p, n, dir, q, m}},
				{"path_rename", []uint64{dir, p, n, dir, q, m}},
				{"path_rename", []uint64{dir, p, n, rwDir, q, m}},
				{"path_rename", []uint64{rwDir, p, n, dir, q, m}},
			} {
				g.want(errnoRofs, c.name, c.args...)
			}
			if e := g.path("path_remove_directory", dir, "d"); e != errnoRofs {
				t.Errorf("path_remove_directory = %d", e)
			}
			file := g.open(dir, "f", opening{rights: rightFdRead})
			g.mustRead(file, 10, "data")
			a, b := g.iovecs([2]uint32{atBuf, 1})
			g.want(errnoBadf, "fd_write", file, a, b, atResult)
			if e := g.call("fd_filestat_set_size", file, 0); e == 0 {
				t.Error("fd_filestat_set_size works")
			}
			g.want(errnoRofs, "fd_filestat_set_times", file, 0, 0, fstMtim)
		}
		if n := g.size(rwDir, "f"); n != 4 {
			t.Errorf("the file has %d bytes", n)
		}
	})
}

// TestFS: an io/fs tree.
func TestFS(t *testing.T) {
	g := newGuest(t, Config{Preopens: []Preopen{{"/", hostfs.FromFS(fstest.MapFS{"a/b": {Data: []byte("data"), Mode: fs.ModePerm}})}}})
	g.mustRead(g.open(3, "a/b", opening{rights: rightFdRead}), 10, "data")
	if _, e := g.tryOpen(3, "a/c", opening{oflags: oflagCreat, rights: rw}); e != errnoRofs {
		t.Errorf("path_open with creat = %d", e)
	}
}

func TestTimes(t *testing.T) {
	eachGuest(t, func(t *testing.T, g *guest) {
		fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
		stat := func() (atim, mtim uint64) {
			g.ok("fd_filestat_get", fd, atBuf)
			return g.u64(atBuf + filestatAtim), g.u64(atBuf + filestatMtim)
		}
		p, n := g.str(atPath, "f")
		set := map[string]func(want errno, atim, mtim, flags uint64){
			"fd":   func(want errno, a, m, f uint64) { g.want(want, "fd_filestat_set_times", fd, a, m, f) },
			"path": func(want errno, a, m, f uint64) { g.want(want, "path_filestat_set_times", 3, 0, p, n, a, m, f) },
		}
		for name, set := range set {
			const at, mt = 1_000_000_000_100, 2_000_000_000_200
			set(0, at, mt, fstAtim|fstMtim)
			if a, m := stat(); a != at || m != mt {
				t.Errorf("%s: times %d, %d", name, a, m)
			}
			set(0, 7, 9_000_000_000, fstMtim)
			if a, m := stat(); a != at || m != 9_000_000_000 {
				t.Errorf("%s: times %d, %d", name, a, m)
			}
			set(0, 7, 7, 0)
			before := uint64(time.Now().Add(-time.Minute).UnixNano())
			set(0, 7, 7, fstAtimNow|fstMtim)
			if a, m := stat(); a < before || m != 7 {
				t.Errorf("%s: times %d, %d", name, a, m)
			}
			for _, f := range []uint64{fstAtim | fstAtimNow, fstMtim | fstMtimNow, fstAll, 1 << 4, 1 << 31} {
				set(errnoInval, 1, 1, f)
			}
			if a, m := stat(); a < before || m != 7 {
				t.Errorf("%s: a call that fails set times %d, %d", name, a, m)
			}
		}
	})
}

func TestFilestat(t *testing.T) {
	eachGuest(t, func(t *testing.T, g *guest) {
		fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
		g.write(fd, "12345")
		p, n := g.str(atPath, "f")
		q, m := g.str(atPath2, "hard")
		g.ok("path_link", 3, 0, p, n, 3, q, m)
		g.ok("fd_filestat_get", fd, atBuf)
		g.ok("path_filestat_get", 3, 0, q, m, atBuf+100)
		if string(g.b[atBuf:atBuf+filestatSize]) != string(g.b[atBuf+100:atBuf+100+filestatSize]) {
			t.Error("a file by its descriptor and by its other name differ")
		}
		if typ, links, size := g.b[atBuf+16], g.u64(atBuf+24), g.u64(atBuf+32); typ != filetypeRegularFile || links != 2 || size != 5 {
			t.Errorf("type %d, links %d, size %d", typ, links, size)
		}
		g.ok("fd_filestat_set_size", fd, 3)
		if n := g.size(3, "hard"); n != 3 {
			t.Errorf("size %d", n)
		}
		g.ok("fd_filestat_get", 3, atBuf)
		if typ := g.b[atBuf+16]; typ != filetypeDirectory {
			t.Errorf("type of a directory: %d", typ)
		}
		g.ok("fd_sync", fd)
		g.ok("fd_datasync", fd)
		g.ok("fd_sync", 3)
		g.ok("fd_advise", fd, 0, 1<<63-1, adviceLast)
	})
}

func TestReaddir(t *testing.T) {
	eachGuest(t, func(t *testing.T, g *guest) {
		want := []string{".", ".."}
		for i := range 50 {
			name := fmt.Sprintf("file%d%s", i, strings.Repeat("x", i))
			g.ok("fd_close", g.open(3, name, opening{oflags: oflagCreat}))
			want = append(want, name)
		}
		slices.Sort(want)
		for _, size := range []uint64{100, 137, 1000, 60000} {
			var all []string
			cookie := uint64(0)
			for {
				g.ok("fd_readdir", 3, atBuf, size, cookie, atResult)
				used := uint64(g.u32(atResult))
				names, next, rest := dirents(g.b[atBuf : atBuf+used])
				all = append(all, names...)
				if used < size {
					if rest != 0 {
						t.Errorf("the last of the entries is cut, though there is room")
					}
					break
				}
				if used > size {
					t.Fatalf("used %d of %d", used, size)
				}
				cookie = next[len(next)-1]
			}
			slices.Sort(all)
			if !slices.Equal(all, want) {
				t.Errorf("with %d bytes: %q, want %q", size, all, want)
			}
		}
		// A buffer that is too small for one entry is filled.
		for size := range uint64(direntSize) {
			g.b[atBuf+size] = 0x77
			g.ok("fd_readdir", 3, atBuf, size, 0, atResult)
			if used := uint64(g.u32(atResult)); used != size || g.b[atBuf+size] != 0x77 {
				t.Errorf("used %d of %d", used, size)
			}
		}
	})
}

// TestReaddirEntry: what is told of an entry.
func TestReaddirEntry(t *testing.T) {
	eachGuest(t, func(t *testing.T, g *guest) {
		fd := g.open(3, "f", opening{oflags: oflagCreat})
		g.ok("fd_filestat_get", fd, atPath2)
		ino := g.u64(atPath2 + filestatIno)
		for i := range g.b[atBuf : atBuf+200] {
			g.b[atBuf+i] = 0xff
		}
		g.ok("fd_readdir", 3, atBuf, 4096, 0, atResult)
		for at := uint32(atBuf); at < atBuf+g.u32(atResult); {
			n := g.u32(at + direntNamlen)
			name := string(g.b[at+direntSize : at+direntSize+n])
			typ, want := g.b[at+direntType], byte(filetypeDirectory)
			if name == "f" {
				want = filetypeRegularFile
				if got := g.u64(at); got == 0 || g.u64(at+direntIno) != ino {
					t.Errorf("next %d, inode %d, want %d", got, g.u64(at+direntIno), ino)
				}
			}
			if typ != want || g.b[at+21]|g.b[at+22]|g.b[at+23] != 0 {
				t.Errorf("%s: type %d, padding %v", name, typ, g.b[at+21:at+24])
			}
			at += direntSize + n
		}
		// The cookies may change with a directory, the contents must not be
		// stale after cookie 0.
		g.ok("path_unlink_file", 3, atPath, 1)
		g.ok("fd_readdir", 3, atBuf, 4096, 0, atResult)
		if names, _, _ := dirents(g.b[atBuf : atBuf+g.u32(atResult)]); len(names) != 2 {
			t.Errorf("entries %q after the only file was removed", names)
		}
	})
}

// TestFifo: a named pipe is read and written as a stream; opening waits and
// ends with the context.
func TestFifo(t *testing.T) {
	root := t.TempDir()
	if err := mkfifo(filepath.Join(root, "p")); err != nil {
		t.Skipf("SKIP: no named pipes here: %v", err)
	}
	g := newGuest(t, Config{Preopens: []Preopen{{"/", treeAt(t, root, hostfs.ReadWrite)}}})
	in := g.open(3, "p", opening{rights: rightFdRead, flags: fdflagNonblock})
	out := g.open(3, "p", opening{rights: rightFdWrite})
	p, n := g.iovecs([2]uint32{atBuf, 10})
	g.want(errnoAgain, "fd_read", in, p, n, atResult)
	g.write(out, "hello")
	g.mustRead(in, 10, "hello")
	g.want(errnoSpipe, "fd_seek", in, 0, 0, atResult)
	g.want(errnoSpipe, "fd_pread", in, p, n, 0, atResult)
	g.ok("fd_close", in)
	g.want(errnoPipe, "fd_write", out, p, n, atResult)
	g.ok("fd_close", out)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	g.ctx = ctx
	path, pn := g.str(atPath, "p")
	if e, err := g.try("path_open", 3, 0, path, pn, 0, rightFdWrite, 0, 0, atResult); err != context.DeadlineExceeded {
		t.Errorf("path_open of a pipe that nobody reads = %d, %v", e, err)
	}
}
