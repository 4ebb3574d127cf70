//go:build linux

package fs

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The fuzz target turns bytes into a sequence of operations, runs it on every
// implementation and wants the same answers: a directory of a Linux file system
// says what is right.

var (
	fuzzNames = []string{
		"a", "b", "c", "a/b", "a/c", "b/a", "a/b/c", "b/c/a", ".", "..", "a/..", "b/.",
		"a/", "b/", "a/b/", "a/../b", "a/../..", "c/../a/b", "b/../../a", "c/", "a//b", "./c",
	}
	fuzzTargets = []string{"a", "b", "c", "a/b", "..", "../b", "../../c", "a/", ".", "b/..", "./c/.", "nothing"}
	fuzzFlags   = []string{"r", "w", "rw", "rc", "wc", "wct", "wcx", "rf", "wf", "rcf", "wcf", "wctf", "rd", "rdf", "-", "cx", "t", "tf"}
	fuzzHandles = []string{"h", "k"}
	fuzzTexts   = []string{"", "x", "hello", strings.Repeat("long", 1500)}
	fuzzOffsets = []string{"0", "1", "4", "4095", "4096", "10000"}
)

// A source hands out choices from the fuzzer's bytes.
type source struct{ data []byte }

func (s *source) next(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

func (s *source) of(list []string) string { return list[s.next(len(list))] }

// name is a name, at times relative to a handle.
func (s *source) name() string {
	if n := s.next(8); n < len(fuzzHandles) {
		return fuzzHandles[n] + ":" + s.of(fuzzNames)
	}
	return s.of(fuzzNames)
}

// line makes one operation.
func (s *source) line() string {
	switch s.next(19) {
	case 0, 1:
		return "mkdir " + s.name()
	case 2:
		return "rmdir " + s.name()
	case 3:
		return "unlink " + s.name()
	case 4, 5:
		return "symlink " + s.of(fuzzTargets) + " " + s.name()
	case 6, 7:
		return "rename " + s.name() + " " + s.name()
	case 8:
		return "link " + s.name() + " " + s.name()
	case 9:
		return "linkf " + s.name() + " " + s.name()
	case 10:
		return "open " + s.name() + " " + s.of(fuzzFlags) + " " + s.of(fuzzHandles)
	case 11:
		return "open " + s.name() + " " + s.of(fuzzFlags)
	case 12:
		return fmt.Sprintf("write %s %q", s.name(), s.of(fuzzTexts))
	case 13:
		return "stat " + s.name()
	case 14:
		return "lstat " + s.name()
	case 15:
		return "readlink " + s.name()
	case 16:
		return fmt.Sprintf("pwrite %s %s %q", s.of(fuzzHandles), s.of(fuzzOffsets), s.of(fuzzTexts))
	case 17:
		return fmt.Sprintf("append %s %q", s.of(fuzzHandles), s.of(fuzzTexts))
	default:
		return "truncate " + s.of(fuzzHandles) + " " + s.of(fuzzOffsets)
	}
}

// picture describes a tree.
func picture(t testing.TB, w *world, dir string, out *[]string) {
	d := w.top
	if dir != "" {
		n, err := w.top.Open(t.Context(), dir, Open{Directory: true})
		if err != nil {
			*out = append(*out, dir+" "+result(err))
			return
		}
		defer n.Close()
		d = n.(Dir)
	}
	names, err := list(d)
	if err != nil {
		*out = append(*out, dir+" "+result(err))
	}
	for _, name := range names {
		bare := strings.TrimRight(name, "/@")
		path := strings.TrimPrefix(dir+"/"+bare, "/")
		*out = append(*out, path+" "+w.run(t, "lstat "+path))
		switch {
		case strings.HasSuffix(name, "/"):
			picture(t, w, path, out)
		case strings.HasSuffix(name, "@"):
			*out = append(*out, "-> "+w.run(t, "readlink "+path))
		default:
			*out = append(*out, w.run(t, "read "+path))
		}
	}
}

// runSequence runs the operations that data stands for on impl and returns what
// was answered, and the tree at the end.
func runSequence(t testing.TB, impl impl, data []byte) []string {
	rw, _, path := impl.open(t)
	w := newWorld(rw)
	defer w.closeAll()
	src := &source{data: data}
	var out []string
	for n := 0; len(src.data) > 0 && n < 200; n++ {
		line := src.line()
		out = append(out, line+" => "+w.run(t, line))
	}
	for _, h := range fuzzHandles {
		out = append(out, h+" "+w.runHandle("fstat", []string{h}))
		if _, ok := w.open[h].(File); ok {
			out = append(out, w.runHandle("pread", []string{h, "0", "20000"}))
		}
	}
	picture(t, w, "", &out)
	if path != "" {
		// Nothing beside the grant was made.
		siblings, err := os.ReadDir(path + "/..")
		if err != nil || len(siblings) != 1 {
			t.Fatalf("beside the grant: %v, %v", siblings, err)
		}
	}
	return out
}

func FuzzAgree(f *testing.F) {
	f.Add([]byte("\x00\x02\x00\x00\x02\x03\x06\x02\x00\x02\x01"))
	f.Add([]byte("\x0c\x02\x00\x02\x04\x00\x02\x01\x0d\x02\x01\x09\x02\x01\x02\x02"))
	f.Add([]byte("\x0a\x02\x00\x05\x00\x10\x00\x05\x03\x12\x00\x01\x11\x00\x02\x03\x02\x00"))
	f.Add([]byte("\x00\x02\x00\x00\x02\x03\x0a\x02\x03\x0c\x00\x02\x02\x03\x00\x00\x00\x0c\x00\x01\x02"))
	for seed := range 40 {
		data := make([]byte, 0, 400)
		x := uint32(seed)*2654435761 + 12345
		for range 400 {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			data = append(data, byte(x>>8))
		}
		f.Add(data)
	}
	var judges []impl
	for _, impl := range impls() {
		if impl.name != "portable" {
			judges = append(judges, impl)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first := runSequence(t, judges[0], data)
		for _, impl := range judges[1:] {
			other := runSequence(t, impl, data)
			for i := range min(len(first), len(other)) {
				if first[i] != other[i] {
					t.Fatalf("%s: %s\n%s: %s\nbefore: %s", judges[0].name, first[i], impl.name, other[i],
						strings.Join(first[:i], "\n        "))
				}
			}
			if len(first) != len(other) {
				t.Fatalf("%s and %s end differently: %d and %d", judges[0].name, impl.name, len(first), len(other))
			}
		}
	})
}
