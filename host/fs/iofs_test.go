package fs

import (
	"archive/zip"
	"bytes"
	"embed"
	"io"
	iofs "io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/dray-wasm/dray/host"
)

//go:embed iofs.go iofs_file.go
var embedded embed.FS

// zipFS is a compressed archive: its files can only be read front to back.
func zipFS(t *testing.T, files map[string]string) iofs.FS {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, text := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const fsScript = `
	read f => =hello
	read d/e/g => =deep
	read ./d/../f => =hello
	read d/e/../../f => =hello
	stat f => file 5 links 1
	stat d => dir
	stat d/ => dir
	stat . => dir
	stat f/ => ENOTDIR
	stat f/. => ENOTDIR
	stat f/x => ENOTDIR
	stat f/.. => ENOTDIR
	stat missing => ENOENT
	stat missing/.. => ENOENT
	stat "" => ENOENT
	stat "a\x00" => EINVAL
	stat "\xff" => ENOENT
	stat .. => ECONFINED
	stat /f => ECONFINED
	stat d/../.. => ECONFINED
	readlink f => EINVAL
	ls => d/ f
	open d d h => dir
	ls h => e/
	read h:e/g => =deep
	stat h:.. => ECONFINED
	stat h:e/../../f => ECONFINED
	open h:e - k => dir
	read k:g => =deep
	open f d => ENOTDIR
	open f r h => file
	pread h 0 3 => =hel
	pread h 3 10 => =lo
	pread h 1 2 => =el
	pread h 0 10 => =hello
	pread h 5 1 => EOF
	pread h 4 1 => =o
	pread h 99 1 => EOF
	pread h 0 1 => =h
	pread h 9223372036854775807 4 => EOF
	pread h -1 4 => EINVAL
	pread h 0 0 => =
	fstat h => file 5 links 1
	pwrite h 0 x => EROFS
	append h x => EROFS
	truncate h 0 => EROFS
	sync h => ok
	close h => ok
	close h => EBADF
	pread h 0 1 => EBADF
	fstat h => EBADF
	open f - h => file
	pread h 0 1 => EBADF
	open f w => EROFS
	open f t => EROFS
	open f c => file
	open f cx => EEXIST
	open new c => EROFS
	open missing/new c => ENOENT
	open new r => ENOENT
	open d w => EISDIR
	mkdir x => EROFS
	rmdir d => EROFS
	unlink f => EROFS
	symlink f x => EROFS
	link f x => EROFS
	rename f x => EROFS
	utime f => EROFS
	close k => ok
	ls k => EBADF
	stat k:g => EBADF
`

func TestFromFS(t *testing.T) {
	files := map[string]string{"f": "hello", "d/e/g": "deep"}
	tmp := t.TempDir()
	mapFS := fstest.MapFS{}
	for name, text := range files {
		mapFS[name] = &fstest.MapFile{Data: []byte(text)}
		path := filepath.Join(tmp, name)
		os.MkdirAll(filepath.Dir(path), 0o777)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, fsys := range map[string]iofs.FS{
		"MapFS": mapFS,
		"DirFS": os.DirFS(tmp),
		"zip":   zipFS(t, files),
	} {
		t.Run(name, func(t *testing.T) {
			d := FromFS(fsys)
			if d.Access() != ReadOnly {
				t.Error("not read-only")
			}
			w := newWorld(d)
			defer w.closeAll()
			check(t, name, w, fsScript)
			var all []DirEntry
			listBy(t, d, math.MaxInt, func(e DirEntry) { all = append(all, e) })
			for _, e := range all {
				st, err := d.StatAt(e.Name, false)
				if e.Name != ".." && (err != nil || st.Ino != e.Ino || st.Type != e.Type) {
					t.Errorf("%+v in the list, by stat %+v, %v", e, st, err)
				}
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != host.EBADF {
				t.Errorf("second close: %v", err)
			}
		})
	}
}

func TestFromFSLinks(t *testing.T) {
	link := func(target string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(target), Mode: iofs.ModeSymlink | 0o777}
	}
	d := FromFS(fstest.MapFS{
		"f":        &fstest.MapFile{Data: []byte("hello")},
		"d/g":      &fstest.MapFile{Data: []byte("deep")},
		"d/l":      link("../f"),
		"d/up":     link("../.."),
		"l":        link("f"),
		"ld":       link("d"),
		"lds":      link("d/"),
		"up":       link("../f"),
		"abs":      link("/f"),
		"loop":     link("loop"),
		"dangling": link("nothing"),
		"pipe":     &fstest.MapFile{Mode: iofs.ModeNamedPipe | 0o666},
	})
	w := newWorld(d)
	defer w.closeAll()
	check(t, "MapFS", w, `
		lstat l => link 1
		stat l => file 5 links 1
		readlink l => f
		readlink d/l => ../f
		readlink ld/ => EINVAL
		read l => =hello
		read d/l => =hello
		read ld/l => =hello
		read ld/../l => =hello
		read lds/g => =deep
		open l r => ELOOP
		open l rd => ENOTDIR
		open ld - => ELOOP
		open ld/ - => dir
		open ld f h => dir
		read h:g => =deep
		stat h:l => ECONFINED
		stat up => ECONFINED
		stat d/up => ECONFINED
		stat d/up/x => ECONFINED
		lstat up => link 4
		stat abs => ECONFINED
		stat loop => ELOOP
		stat loop/x => ELOOP
		stat dangling => ENOENT
		open dangling cf => EROFS
		open pipe r => ENOTSUP
		stat pipe => type 6
	`)
}

func TestEmbed(t *testing.T) {
	w := newWorld(FromFS(embedded))
	if got := w.run(t, "ls"); got != "iofs.go iofs_file.go" {
		t.Errorf("ls: %s", got)
	}
	want, err := os.ReadFile("iofs.go")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.run(t, "read iofs.go"); got != "="+string(want) {
		t.Errorf("%d bytes, want %d", len(got)-1, len(want))
	}
	if st, err := w.top.StatAt("iofs.go", false); err != nil || st.Type != Regular || st.Dev>>63 != 1 {
		t.Errorf("%+v, %v", st, err)
	}
}
