//go:build linux

package fs

import (
	"os"
	"strings"
	"testing"
)

// The fuzz target turns bytes into a sequence of operations, runs it on every
// implementation and wants the same answers: a directory of a Linux file system
// says what is right.

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
