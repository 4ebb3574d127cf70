package filesystem

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	iofs "io/fs"

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
	for _, k := range writable {
		t.Run(k.name, func(t *testing.T) {
			rw, ro := k.open(t)
			newGuest(t, 0, Preopen{"top", rw}, Preopen{"ro", ro}).check(script)
		})
	}
}

// forEachReadOnly runs a table in every tree, where "top" is read-only.
func forEachReadOnly(t *testing.T, script string) {
	for _, k := range trees {
		t.Run(k.name, func(t *testing.T) {
			_, ro := k.open(t)
			newGuest(t, 0, Preopen{"top", ro}).check(script)
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
		open a.txt rw h => ok
		flags h => {read, write}
		open a.txt wm h => ok
		flags h => {write}
		open a.txt x h => ok
		flags h => {read}
		open a.txt rwsyq h => ok
		flags h => {read, write, file-integrity-sync, data-integrity-sync, requested-write-sync}
		write h 0 H => 1
		open a.txt cx => exist
		open a.txt c h => ok
		flags h => {read, write}
		open a.txt d => not-directory
		open a.txt/ r => not-directory
		open a.txt cd => invalid

		open n1 r => no-entry
		open n1 cx h => ok
		flags h => {read, write}
		open n2 cxr h => ok
		flags h => {read, write}
		open n3 cxw h => ok
		flags h => {write}
		open n4 cxtrw h => ok
		open n5/ c => is-directory
		open none/n6 c => no-entry
		open a.txt/n7 c => not-directory
		write h 0 text => 4
		open n4 tr h => ok
		flags h => {read, write}
		fstat h => regular-file 0 1

		open d - h => ok
		flags h => {read}
		type h => directory
		open d/ r h => ok
		open d dr h => ok
		flags h => {read}
		open d dm h => ok
		flags h => {read, mutate-directory}
		open d dmsy h => ok
		flags h => {read, mutate-directory}
		open . r h => ok
		same h top => true
		open d w => is-directory
		open d rw => is-directory
		open d wm => is-directory
		open d t => is-directory
		open d dt => is-directory
		open d c => is-directory
		open d cx => exist

		open flink r => loop
		open flink rf h => ok
		fstat h => regular-file 5 1
		open flink cx => exist
		open flink cxf => exist
		open flink tfw h => ok
		stat a.txt => regular-file 0 1
		open dlink dr => not-directory
		open dlink drf h => ok
		stat h:g.txt => regular-file 4 1
		open dlink/ r h => ok
		open dangling rf => no-entry
		open dangling cf h => ok
		stat nothing => regular-file 0 1
		open loop rf => loop
		open loop/x r => loop

		open "" r => no-entry
		open .. r => not-permitted
		open / r => not-permitted
		open /etc/passwd r => not-permitted
		open d/../.. r => not-permitted
		open d/../a.txt r => ok
		open up r => loop
		open up rf => not-permitted
		open up/ r => not-permitted
		open up/grant/a.txt r => not-permitted
		open out rf => not-permitted
		open out wf => not-permitted
		open out tf => not-permitted
		open new cf => not-permitted
		open new cwf => not-permitted
		open new cxf => exist
		open "a\x00b" r => invalid
		open "a.txt\x00" r => invalid

		open d r h => ok
		open h:../a.txt r => not-permitted
		open h:back rf => not-permitted
		open h:back r => loop
		open a.txt r f => ok
		open f:x r => not-directory
	`)
}

func TestLongNames(t *testing.T) {
	long, deep := strings.Repeat("x", 256), strings.Repeat("./", 1<<15)
	for _, name := range []string{long, deep + "a.txt", strings.Repeat("x", 1<<20)} {
		for _, k := range trees {
			t.Run(k.name, func(t *testing.T) {
				rw, ro := k.open(t)
				if rw == nil {
					rw = ro
				}
				g := newGuest(t, 0, Preopen{"top", rw})
				for _, line := range []string{"open NAME r", "open NAME rf", "stat NAME", "stat+ NAME",
					"hash NAME", "readlink NAME"} {
					if got := g.run(strings.ReplaceAll(line, "NAME", name)); got != "name-too-long" {
						t.Errorf("%.20s => %s", line, got)
					}
				}
				if rw == ro {
					return
				}
				for _, line := range []string{"open NAME c", "open NAME cx", "mkdir NAME", "rmdir NAME",
					"unlink NAME", "symlink a NAME", "link a.txt NAME", "link NAME z", "rename a.txt NAME",
					"rename NAME z", "times NAME now now"} {
					if got := g.run(strings.ReplaceAll(line, "NAME", name)); got != "name-too-long" {
						t.Errorf("%.20s => %s", line, got)
					}
				}
			})
		}
	}
}

func TestReadWrite(t *testing.T) {
	forEach(t, `
		open f crw h => ok
		read h 10 0 => "" end
		read h 0 0 => ""
		write h 0 hello => 5
		write h 0 "" => 0
		write h 8 world => 5
		read h 100 0 => "hello\x00\x00\x00world"
		read h 3 8 => "wor"
		read h 10 12 => "d"
		read h 10 13 => "" end
		read h 10 9223372036854775807 => "" end
		read h 10 9223372036854775808 => invalid
		read h 10 18446744073709551615 => invalid
		read h 18446744073709551615 0 => "hello\x00\x00\x00world"
		write h 9223372036854775808 x => invalid
		write h 18446744073709551615 x => invalid
		write h 9223372036854775807 x => file-too-large
		write h 9223372036854775806 xy => file-too-large

		size h 5 => ok
		fstat h => regular-file 5 1
		size h 7 => ok
		read h 10 4 => "o\x00\x00"
		size h 9223372036854775808 => file-too-large
		size h 18446744073709551615 => file-too-large
		sync h => ok
		datasync h => ok

		open f r r => ok
		write r 0 x => bad-descriptor
		size r 0 => invalid
		sync r => ok
		datasync r => ok
		open f w w => ok
		read w 1 0 => bad-descriptor
		unlink f => ok
		size h 42 => ok
		fstat r => regular-file 42 0

		advise h 0 0 0 => ok
		advise h 0 10 1 => ok
		advise h 4096 10 2 => ok
		advise h 0 18446744073709551615 3 => ok
		advise h 9223372036854775807 9223372036854775807 4 => ok
		advise h 0 0 5 => ok
		advise h 9223372036854775808 0 0 => invalid

		read top 1 0 => is-directory
		write top 0 x => bad-descriptor
		size top 0 => bad-descriptor
		advise top 0 0 0 => bad-descriptor
		sync top => ok
		datasync top => ok
		ls h => not-directory
	`)
}

func TestStreams(t *testing.T) {
	forEach(t, `
		open test.txt crw h => ok
		out h 5 o => ok
		put o "Hello, " => ok
		put o World! => ok
		in h 0 i => ok
		get i 100 => "\x00\x00\x00\x00\x00Hello, World!"
		get i 100 => closed
		get i 100 => closed
		in h 12 i => ok
		in h 5 j => ok
		get i 3 => "Wor"
		get j 3 => "Hel"
		get i 3 => "ld!"
		get j 3 => "lo,"
		in h 18 i => ok
		get i 1 => closed
		in h 9223372036854775807 i => ok
		get i 1 => closed

		append h p => ok
		append h q => ok
		put p 1 => ok
		put q 2 => ok
		put o 3 => ok
		put p 4 => ok
		in h 12 i => ok
		get i 100 => "World!324"

		# The streams keep the file when the descriptor and the name are gone.
		in h 0 i => ok
		unlink test.txt => ok
		drop h => ok
		put p 5 => ok
		put o X => ok
		drop o => ok
		get i 100 => "\x00\x00\x00\x00\x00Hello, World!3X45"
		get i 1 => closed
		drop i => ok
		put p 6 => ok
		drop p => ok

		open a.txt r r => ok
		out r 0 o => bad-descriptor
		append r o => bad-descriptor
		open a.txt w w => ok
		in w 0 i => bad-descriptor
		out w 9223372036854775808 o => invalid
		out w 9223372036854775807 o => ok
		put o x => failed: file-too-large
		put o x => closed
		in r 9223372036854775808 i => invalid
		in top 0 i => is-directory
		out top 0 o => bad-descriptor
		append top o => bad-descriptor
	`)
}

func TestChanges(t *testing.T) {
	forEach(t, `
		ls top => a.txt b.txt d/ dangling@ dlink@ flink@ loop@ new@ out@ up@
		mkdir "" => no-entry
		mkdir . => exist
		mkdir .. => not-permitted
		mkdir / => not-permitted
		mkdir /tmp/x => not-permitted
		mkdir ../q => not-permitted
		mkdir up/q => not-permitted
		mkdir a.txt => exist
		mkdir d => exist
		mkdir none/q => no-entry
		mkdir a.txt/q => not-directory
		mkdir "q\x00" => invalid
		mkdir q/ => ok
		rmdir q => ok
		mkdir q => ok
		rmdir q/ => ok
		rmdir "" => no-entry
		rmdir . => invalid
		rmdir .. => not-permitted
		rmdir / => not-permitted
		rmdir a.txt => not-directory
		rmdir none => no-entry
		rmdir up => not-directory
		rmdir up/grant => not-permitted
		rmdir d/../../grant => not-permitted
		rmdir d => not-empty
		rmdir "d\x00" => invalid

		unlink "" => no-entry
		unlink . => is-directory
		unlink .. => not-permitted
		unlink ../ => not-permitted
		unlink / => not-permitted
		unlink /etc/passwd => not-permitted
		unlink none => no-entry
		unlink d => is-directory
		unlink d/ => is-directory
		unlink up/outside.txt => not-permitted
		unlink ../outside.txt => not-permitted
		unlink a.txt/ => not-directory
		unlink out => ok
		unlink "a.txt\x00" => invalid

		symlink "" l => no-entry
		symlink /etc/passwd l => not-permitted
		symlink / l => not-permitted
		symlink "a\x00" l => invalid
		symlink a "" => no-entry
		symlink a a.txt => exist
		symlink a ../l => not-permitted
		symlink a up/l => not-permitted
		symlink a "l\x00" => invalid
		symlink ../outside.txt l => ok
		readlink l => ../outside.txt
		open l rf => not-permitted
		unlink l => ok
		readlink a.txt => invalid
		readlink d => invalid
		readlink none => no-entry
		readlink "" => no-entry
		readlink .. => not-permitted
		readlink up/x => not-permitted
		readlink flink => a.txt
		readlink up => ..

		open d dm d => ok
		mkdir d:x => ok
		mkdir d:../x => not-permitted
		rmdir d:x => ok
		rmdir d:../d => not-permitted
		unlink d:../a.txt => not-permitted
		ls d => back@ e/ g.txt

		# A directory that was opened for reading can be changed, as programs do
		# that remove trees.
		open d dr d => ok
		flags d => {read}
		open d:e dr e => ok
		open e:f cw => ok
		unlink e:f => ok
		rmdir d:e => ok
		unlink d:back => ok
		unlink d:g.txt => ok
		rmdir d => ok
		mkdir d:x => no-entry
		stat d:. => directory
	`)
}

func TestLinks(t *testing.T) {
	forEach(t, `
		link . foo => not-permitted
		link d foo => not-permitted
		link "" foo => no-entry
		link "" "" => no-entry
		link a.txt "" => no-entry
		link a.txt a.txt => exist
		link a.txt d => exist
		link / a.txt => not-permitted
		link a.txt / => not-permitted
		link a.txt /a.txt => not-permitted
		link .. a.txt => not-permitted
		link a.txt .. => not-permitted
		link up/foo a.txt => not-permitted
		link a.txt up/foo => not-permitted
		link ../outside.txt x => not-permitted
		link+ out x => not-permitted
		link "a.txt\x00" x => invalid
		link a.txt "x\x00" => invalid
		link a.txt x/ => no-entry
		link a.txt x => ok
		stat x => regular-file 5 2
		open x r x => ok
		open a.txt r a => ok
		open b.txt r b => ok
		same x a => true
		same a b => false
		same a a => true
		same a top => false
		unlink x => ok
		open d dm d => ok
		link a.txt d:q => ok
		link d:q p => ok
		stat p => regular-file 5 3
		link a.txt a:q => not-directory
		link a:q z => not-directory

		# A hard link to a link, and to what it leads to.
		link flink l1 => ok
		stat l1 => symbolic-link 5 2
		link+ flink l2 => ok
		stat l2 => regular-file 5 4

		# The rights differ.
		link ro:b.txt top:stolen => read-only
		link b.txt ro:stolen => read-only
		link ro:b.txt ro:stolen => read-only
		rename ro:b.txt top:stolen => read-only
		rename b.txt ro:stolen => read-only
		rename ro:b.txt ro:stolen => read-only
		stat b.txt => regular-file 1 1
		stat stolen => no-entry

		rename a.txt a.txt => ok
		rename none q => no-entry
		rename . q => busy
		rename d/. q => busy
		rename a.txt . => busy
		rename a.txt ../q => not-permitted
		rename ../outside.txt q => not-permitted
		rename a.txt up/q => not-permitted
		rename a.txt /tmp/q => not-permitted
		rename "" q => no-entry
		rename a.txt "" => no-entry
		rename a.txt "q\x00" => invalid
		rename b.txt d => is-directory
		rename d b.txt => not-directory
		rename d d/e/f => invalid
		rename d/e d => not-empty
		rename b.txt b:q => not-directory
		rename b.txt b/ => not-directory
		rename b.txt d:c => ok
		rename d:c b.txt => ok
		rename d:c b.txt => no-entry
		rename d:../b.txt c => not-permitted
		rename b.txt d:../c => not-permitted
		symlink x c => ok
		rename b.txt c => ok
		stat c => regular-file 1 1
		mkdir full => ok
		mkdir full/x => ok
		mkdir empty => ok
		rename empty full => not-empty
		rename full empty => ok
		stat empty/x => directory
	`)
}

// TestTrees has directories of two trees.
func TestTrees(t *testing.T) {
	rw, _ := writable[0].open(t)
	mem, memRO := openMem(t)
	_, ro := openFS(t)
	newGuest(t, 0, Preopen{"top", rw}, Preopen{"mem", mem}, Preopen{"memro", memRO}, Preopen{"fs", ro}).check(`
		rename a.txt mem:x => cross-device
		link a.txt mem:x => cross-device
		rename mem:a.txt x => cross-device
		link mem:a.txt x => cross-device
		rename fs:a.txt x => read-only
		link fs:a.txt x => read-only
		rename a.txt fs:x => cross-device
		link a.txt fs:x => cross-device
		rename memro:a.txt x => cross-device
		stat x => no-entry
		stat mem:x => no-entry
		same top mem => false
		same mem fs => false
		same mem memro => true
	`)
}

func TestReadOnly(t *testing.T) {
	forEachReadOnly(t, `
		flags top => {read}
		open a.txt r h => ok
		flags h => {read}
		read h 10 0 => "hello"
		in h 1 i => ok
		get i 10 => "ello"
		get i 10 => closed
		write h 0 x => read-only
		out h 0 o => read-only
		append h o => read-only
		size h 0 => read-only
		ftimes h now now => read-only
		ftimes top now now => read-only
		sync h => ok
		datasync h => ok
		sync top => ok
		advise h 0 0 0 => ok

		open a.txt w => read-only
		open a.txt rw => read-only
		open a.txt t => read-only
		open a.txt tr => read-only
		open a.txt c => read-only
		open a.txt rm => read-only
		open a.txt cx => exist
		open flink tf => read-only
		open flink wf => read-only
		open z c => read-only
		open z cx => read-only
		open z w => no-entry
		open d rm => read-only
		open d d d => ok
		flags d => {read}
		open d:z c => read-only
		open d:g.txt w => read-only
		open d:back rf => not-permitted
		open d dm => read-only
		open dangling cf => read-only
		open new cf => not-permitted
		open out tf => not-permitted
		open up rf => not-permitted

		mkdir z => read-only
		rmdir d => read-only
		unlink a.txt => read-only
		symlink a.txt z => read-only
		link a.txt z => read-only
		rename a.txt z => read-only
		times a.txt now now => read-only
		times+ flink now now => read-only
		mkdir d:z => read-only
		readlink flink => a.txt

		ls top => a.txt b.txt d/ dangling@ dlink@ flink@ loop@ new@ out@ up@
		ls d => back@ e/ g.txt
		ls h => not-directory
		stat a.txt => regular-file 5 1
		stat d => directory
		stat+ dlink => directory
		stat flink => symbolic-link 5 1
		stat+ flink => regular-file 5 1
		stat+ out => not-permitted
		stat+ dangling => no-entry
		stat a.txt/x => not-directory
		stat h:x => not-directory
		stat h:. => not-directory
		stat "" => no-entry
		stat .. => not-permitted
		stat / => not-permitted
		stat /etc/passwd => not-permitted
		hash . => ok
		hash / => not-permitted
		hash "" => no-entry
		hash /etc/passwd => not-permitted
		hash+ up => not-permitted
		fhash h => ok
		fhash d => ok
	`)
}

func TestTimes(t *testing.T) {
	forEach(t, `
		open a.txt r h => ok
		times a.txt 42.1000 69.999999999 => ok
		when a.txt => {Seconds:42 Nanoseconds:1000} {Seconds:69 Nanoseconds:999999999}
		ftimes h - 70.0 => ok
		when a.txt => {Seconds:42 Nanoseconds:1000} {Seconds:70 Nanoseconds:0}
		ftimes h 43.0 - => ok
		ftimes h - - => ok
		when+ flink => {Seconds:43 Nanoseconds:0} {Seconds:70 Nanoseconds:0}
		times+ flink 1.0 2.0 => ok
		times flink 3.0 4.0 => ok
		when a.txt => {Seconds:1 Nanoseconds:0} {Seconds:2 Nanoseconds:0}
		times a.txt 0.1000000000 - => invalid
		times a.txt - 0.4294967295 => invalid
		ftimes h 0.1000000000 - => invalid
		times a.txt 18446744073709551615.0 - => overflow
		ftimes h - 9223372036854775807.0 => overflow
		when a.txt => {Seconds:1 Nanoseconds:0} {Seconds:2 Nanoseconds:0}
		times a.txt now now => ok
		ftimes h now now => ok
		ftimes top 5.0 6.0 => ok
		when . => {Seconds:5 Nanoseconds:0} {Seconds:6 Nanoseconds:0}
		times z.txt 42.0 69.0 => no-entry
		times+ "" 42.0 69.0 => no-entry
		times / 42.0 69.0 => not-permitted
		times .. 42.0 69.0 => not-permitted
		times ../outside.txt 42.0 69.0 => not-permitted
		times+ up 42.0 69.0 => not-permitted
		times up/foo 42.0 69.0 => not-permitted
		times+ out 42.0 69.0 => not-permitted
		times h:x - - => not-directory
		times z.txt - - => no-entry
	`)
}
