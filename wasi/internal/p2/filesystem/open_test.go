package filesystem

import (
	"strings"
	"testing"
)

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
	`)
}

func TestOpenDirectories(t *testing.T) {
	forEach(t, `
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
	`)
}

func TestOpenLinks(t *testing.T) {
	forEach(t, `
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
	`)
}

// TestOpenOutside has paths that lead out, and such that nobody has.
func TestOpenOutside(t *testing.T) {
	forEach(t, `
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
			rw, ro := k.open(t)
			lines := []string{"open NAME r", "open NAME rf", "stat NAME", "stat+ NAME", "hash NAME", "readlink NAME"}
			if rw == nil {
				rw = ro
			} else {
				lines = append(lines, "open NAME c", "open NAME cx", "mkdir NAME", "rmdir NAME", "unlink NAME",
					"symlink a NAME", "link a.txt NAME", "link NAME z", "rename a.txt NAME", "rename NAME z",
					"times NAME now now")
			}
			g := newGuest(t, 0, Preopen{Guest: "top", Dir: rw})
			for _, line := range lines {
				if got := g.run(strings.ReplaceAll(line, "NAME", name)); got != "name-too-long" {
					t.Errorf("%s: %.20s => %s", k.name, line, got)
				}
			}
		}
	}
}
