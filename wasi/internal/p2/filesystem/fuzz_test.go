//go:build linux

package filesystem

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/fs"
)

// The fuzz target turns bytes into a sequence of functions that a guest calls.
// What they say must be the same in a directory of the system and in memory,
// and what lies beside the directory must stay as it is.

// A source gives choices.
type source struct{ data []byte }

func (s *source) pick(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

func (s *source) word(words string) string {
	list := strings.Fields(words)
	return list[s.pick(len(list))]
}

const (
	fuzzPaths = `a.txt b.txt d d/ d/e d/g.txt d/back flink dlink dlink/g.txt dlink/.. up up/ up/outside.txt
		up/grant/a.txt out new dangling loop . .. / ../outside.txt ../new.txt d/.. d/../.. d/../../outside.txt
		x x/ x/y y /etc/passwd "" a.txt/ a.txt/x "a\x00b" out/ new/x ./a.txt d//g.txt d/./e/../../a.txt`
	fuzzTargets = `a.txt d .. ../outside.txt ../.. d/.. x . "" /etc/passwd up/outside.txt y/../..`
	fuzzHandles = `h0 h1 h2 top ro`
	fuzzOpens   = `r w rw rf wf cf c cx cxf ct t tf tw twf dr drf dm drm rm wm rws rwf cwf crw x xd cd`
	fuzzOffsets = `0 1 5 100 5000 9223372036854775807 9223372036854775808 18446744073709551615`
	fuzzTimes   = `- now 0.0 5.999999999 7.1000000000 18446744073709551615.0`
	fuzzLines   = `open:PFH open:PFH open:PFH open:PFH drop:H drop:S mkdir:P rmdir:P unlink:P symlink:TP readlink:P
		rename:PP rename:PP link:PP link+:PP stat:P stat+:P times:PMM times+:PMM hash:P hash+:P type:H flags:H
		fstat:H fhash:H ftimes:HMM same:HH sync:H datasync:H size:HZ advise:HOOA ls:H read:HZO write:HOX
		in:HOS out:HOS append:HS get:SZ put:SX`
)

// line is the next call.
func (s *source) line() string {
	op, kinds, _ := strings.Cut(s.word(fuzzLines), ":")
	line := op
	for _, kind := range kinds {
		arg := ""
		switch kind {
		case 'P':
			arg = s.word(fuzzPaths)
			if s.pick(3) == 0 && arg[0] != '"' {
				arg = s.word(fuzzHandles) + ":" + arg
			}
		case 'F':
			arg = s.word(fuzzOpens)
		case 'H':
			arg = s.word(fuzzHandles)
			if op == "open" || op == "drop" {
				arg = s.word("h0 h1 h2")
			}
		case 'S':
			arg = s.word("i o")
			switch op {
			case "in", "get":
				arg = "i"
			case "out", "append", "put":
				arg = "o"
			}
		case 'T':
			arg = s.word(fuzzTargets)
		case 'M':
			arg = s.word(fuzzTimes)
		case 'O':
			arg = s.word(fuzzOffsets)
		case 'Z':
			arg = s.word("0 1 7 100 70000 18446744073709551615")
		case 'X':
			arg = s.word(`x hello "" "\x00\xff"`)
		case 'A':
			arg = s.word("0 1 2 3 4 5")
		}
		line += " " + arg
	}
	return line
}

// outcomes is what the calls say that data stands for.
func outcomes(t testing.TB, rw, ro fs.Dir, data []byte) []string {
	g := newGuest(t, 20, Preopen{Guest: "top", Dir: rw}, Preopen{Guest: "ro", Dir: ro})
	defer g.io.Close()
	src := &source{data: data}
	var out []string
	for n := 0; len(src.data) > 0 && n < 300; n++ {
		line := src.line()
		got := g.run(line)
		if strings.HasPrefix(got, "TRAP") {
			t.Fatalf("%s => %s", line, got)
		}
		if strings.Contains(got, "secret") {
			t.Fatalf("%s reads what is outside", line)
		}
		out = append(out, line+" => "+got)
	}
	for _, h := range strings.Fields(fuzzHandles) {
		if g.ds[h] != nil {
			out = append(out, h+" "+g.run("fstat "+h)+" "+g.run("ls "+h)+" "+g.run("flags "+h))
		}
	}
	return out
}

// A beside is what lies beside a directory of the system.
func beside(t testing.TB, top string) string {
	var out strings.Builder
	err := filepath.Walk(top, func(path string, info os.FileInfo, err error) error {
		rel, _ := filepath.Rel(top, path)
		switch {
		case err != nil:
			return err
		case rel == "grant":
			return filepath.SkipDir
		case rel == ".":
			return nil
		}
		text := []byte(nil)
		if info.Mode().IsRegular() {
			text, err = os.ReadFile(path)
		}
		fmt.Fprintln(&out, rel, info.Mode(), info.Size(), info.ModTime(), string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func FuzzGuest(f *testing.F) {
	for _, seed := range []string{"", "0", "open everything", "\x00\x00\x02\x05\x00\x20\x01\x00\x21\x04"} {
		f.Add([]byte(seed))
	}
	for n := range 40 {
		b := make([]byte, 200)
		for i, x := 0, uint32(n+1); i < len(b); i++ {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			b[i] = byte(x)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		top := t.TempDir()
		path := filepath.Join(top, "grant")
		for _, err := range []error{os.Mkdir(path, 0o777),
			os.WriteFile(filepath.Join(top, "outside.txt"), []byte("secret"), 0o666),
			os.Mkdir(filepath.Join(top, "neighbour"), 0o777),
			os.WriteFile(filepath.Join(top, "neighbour", "f"), []byte("secret"), 0o666)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		rw, err := fs.OpenDir(path, fs.ReadWrite)
		if err != nil {
			t.Fatal(err)
		}
		defer rw.Close()
		ro, err := fs.OpenDir(path, fs.ReadOnly)
		if err != nil {
			t.Fatal(err)
		}
		defer ro.Close()
		put(t, rw, sample)
		before := beside(t, top)
		system := outcomes(t, rw, ro, data)
		if after := beside(t, top); after != before {
			t.Errorf("what is outside was\n%s\nand is\n%s\nby\n%s", before, after, strings.Join(system, "\n"))
		}
		mrw, mro := openMem(t)
		memory := outcomes(t, mrw, mro, data)
		for i := range system {
			if i >= len(memory) || system[i] != memory[i] {
				t.Fatalf("the system says\n%s\nand memory\n%s\nbehind\n%s", system[i], memory[i], strings.Join(system[:i], "\n"))
			}
		}
		_, fro := openFS(t)
		outcomes(t, fro, fro, data)
	})
}
