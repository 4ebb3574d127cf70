package filesystem

// This file is tables of what the functions answer.

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/dray-wasm/dray/host/fs"
)

// A tree is a kind of tree that can be changed.
type tree struct {
	name string
	open func(t testing.TB) (rw, ro fs.Dir)
}

func openMem(t testing.TB) (rw, ro fs.Dir) {
	m := fs.NewMem(fs.MemLimits{})
	rw, ro = m.Dir(fs.ReadWrite), m.Dir(fs.ReadOnly)
	t.Cleanup(func() { rw.Close(); ro.Close() })
	sample(t, rw)
	return rw, ro
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
	sample(t, rw)
	return rw, ro
}

// trees are those of this system. On Windows, a directory of the system does
// less.
func trees() []tree {
	list := []tree{{"mem", openMem}}
	if runtime.GOOS != "windows" {
		list = append(list, tree{"system", openSystem})
	}
	return list
}

// forEach runs a table in every tree: "top" is the writable directory, "ro" the
// other.
func forEach(t *testing.T, script string) {
	t.Helper()
	for _, k := range trees() {
		t.Run(k.name, func(t *testing.T) {
			rw, ro := k.open(t)
			play(t, 0, Preopen{Guest: "top", Dir: rw}, Preopen{Guest: "ro", Dir: ro}).check(script)
		})
	}
}

func TestOpen(t *testing.T) {
	forEach(t, `
		flags top => {read, mutate-directory}
		type top => directory
		flags ro => {read}
		open a.txt r h => ok
		flags h => {read}
		type h => regular-file
		open a.txt - h => ok
		flags h => {read}
		open a.txt w h => ok
		flags h => {write}
		open a.txt rws h => ok
		flags h => {read, write, file-integrity-sync}
		open a.txt x h => ok
		flags h => {read}
		open a.txt cx => exist
		open n1 c h => ok
		flags h => {read, write}
		open n2 cxr h => ok
		flags h => {read, write}
		open n3 cxw h => ok
		flags h => {write}
		open a.txt t h => ok
		fstat h => regular-file 0 1
		open a.txt d => not-directory
		open a.txt cd => invalid
		open . - h => ok
		flags h => {read}
		same h top => true <nil>
		open d dm h => ok
		flags h => {read, mutate-directory}
		open d w => is-directory
		open flink r => loop
		open flink rf => ok

		open "" r => no-entry
		open .. r => not-permitted
		open / r => not-permitted
		open /none r => not-permitted
		open up rf => not-permitted
		open up/outside.txt r => not-permitted
		open out rf => not-permitted
		open out wcf => not-permitted
		open "a\x00" r => invalid
		open h:../a.txt r => not-permitted
		open h:back rf => not-permitted
		open none r => no-entry
		open a.txt/x r => not-directory
	`)
}

func TestPaths(t *testing.T) {
	forEach(t, `
		ls top => a.txt b.txt d/ dlink@ flink@ out@ up@
		mkdir "" => no-entry
		mkdir . => exist
		mkdir .. => not-permitted
		mkdir / => not-permitted
		mkdir up/q => not-permitted
		mkdir a.txt => exist
		mkdir q/ => ok
		rmdir q/ => ok
		rmdir "" => no-entry
		rmdir . => invalid
		rmdir .. => not-permitted
		rmdir a.txt => not-directory
		rmdir a.txt/ => not-directory
		rmdir none/ => no-entry
		rmdir up => not-directory
		rmdir up/ => not-permitted
		rmdir dlink/ => not-directory
		rmdir out/ => not-permitted
		rmdir d => not-empty
		unlink "" => no-entry
		unlink . => is-directory
		unlink .. => not-permitted
		unlink d => is-directory
		unlink up/ => not-permitted
		unlink dlink/ => not-directory
		unlink a.txt/ => not-directory
		unlink up/outside.txt => not-permitted
		symlink /etc/passwd l => not-permitted
		symlink "" l => no-entry
		readlink up => ..
		readlink a.txt => invalid
		link . x => not-permitted
		link d x => not-permitted
		link a.txt a.txt => exist
		link a.txt up/x => not-permitted
		link+ out x => not-permitted
		link a.txt x => ok
		stat x => regular-file 5 2
		open x r x => ok
		open a.txt r a => ok
		same x a => true <nil>
		same x top => false <nil>
		link a.txt a:q => not-directory
		rename none q => no-entry
		rename . q => busy
		rename a.txt ../q => not-permitted
		rename a.txt a:q => not-directory
		rename b.txt ro:q => read-only
		rename a.txt d/a => ok
		open d dm d => ok
		rename d:a a.txt => ok
		stat d:a => no-entry
		stat a:. => not-directory
		stat+ up => not-permitted
		stat+ dlink => directory
		hash . => ok
		hash / => not-permitted
		hash "" => no-entry
		fhash a => ok
		ls a => not-directory
		drop d => ok
		mkdir d:x => bad-descriptor
		flags d => bad-descriptor
		type d => bad-descriptor
		ls d => bad-descriptor
		ftimes d - - => bad-descriptor
		same d d => true <nil>
	`)
}

func TestFiles(t *testing.T) {
	forEach(t, `
		open f crw h => ok
		read h 0 => ""
		write h 0 hello => ok
		write h 0 "" => ok
		write h 8 world => ok
		append h ! => ok
		append h "" => ok
		read h 0 => "hello\x00\x00\x00world!"
		read h 13 => "!"
		read h 14 => ""
		read h 9223372036854775807 => ""
		read h 9223372036854775808 => invalid
		read h 18446744073709551615 => invalid
		write h 9223372036854775808 x => invalid
		write h 18446744073709551615 "" => invalid
		write h 9223372036854775807 x => file-too-large
		write h 9223372036854775807 "" => ok
		size h 5 => ok
		read h 0 => "hello"
		size h 9223372036854775808 => file-too-large
		sync h => ok
		datasync h => ok
		open f r r => ok
		write r 0 x => bad-descriptor
		append r x => bad-descriptor
		size r 0 => invalid
		sync r => ok
		open f w w => ok
		read w 0 => bad-descriptor
		unlink f => ok
		read r 1 => "ello"
		advise h 0 18446744073709551615 3 => ok
		advise h 9223372036854775808 0 0 => invalid
		advise top 0 0 0 => bad-descriptor
		read top 0 => is-directory
		write top 0 x => bad-descriptor
		append top x => bad-descriptor
		size top 0 => bad-descriptor
		open ro:a.txt r a => ok
		write a 0 x => read-only
		append a x => read-only
		size a 0 => read-only
		open ro:a.txt w => read-only
		open ro:n c => read-only
		open ro:d dm => read-only
		mkdir ro:x => read-only
		unlink ro:a.txt => read-only
		drop h => ok
		read h 0 => bad-descriptor
		write h 0 x => bad-descriptor
		append h x => bad-descriptor
	`)
}

func TestTimes(t *testing.T) {
	forEach(t, `
		open a.txt r h => ok
		times a.txt 42.1000 69.999999999 => ok
		when a.txt => {Seconds:42 Nanoseconds:1000} {Seconds:69 Nanoseconds:999999999}
		ftimes h - 70.0 => ok
		ftimes h - - => ok
		when+ flink => {Seconds:42 Nanoseconds:1000} {Seconds:70 Nanoseconds:0}
		ftimes h -1.500000000 -100000.1 => ok
		when a.txt => {Seconds:-1 Nanoseconds:500000000} {Seconds:-100000 Nanoseconds:1}
		times a.txt 0.1000000000 - => invalid
		ftimes h - 0.4294967295 => invalid
		times a.txt 9223372036854775807.0 - => overflow
		when a.txt => {Seconds:-1 Nanoseconds:500000000} {Seconds:-100000 Nanoseconds:1}
		times a.txt now now => ok
		times none 1.0 1.0 => no-entry
		times none 0.1000000000 - => invalid
		times+ "" - - => no-entry
		times / 1.0 1.0 => not-permitted
		times+ up 1.0 1.0 => not-permitted
		times h:x 1.0 1.0 => not-directory
		ftimes ro now now => read-only
	`)
}

// TestTrees has a tree that cannot be changed, and may take its time.
func TestTrees(t *testing.T) {
	ro := fs.FromFS(fstest.MapFS{"f": {Data: []byte("text")}, "d/g": {}})
	defer ro.Close()
	rw, _ := openMem(t)
	g := play(t, 0, Preopen{Guest: "top", Dir: ro}, Preopen{Guest: "mem", Dir: rw})
	g.check(`
		ls top => d/ f
		open f r h => ok
		read h 1 => "ext"
		stat f => regular-file 4 1
		fstat h => regular-file 4 1
		write h 0 x => read-only
		mkdir x => read-only
		rename f mem:f => read-only
		rename mem:a.txt f => cross-device
		same top mem => false <nil>
	`)
}
