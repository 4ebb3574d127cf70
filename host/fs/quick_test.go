package fs

import (
	"io"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dray-wasm/dray/host"
)

func TestQuick(t *testing.T) {
	for _, impl := range impls() {
		rw, ro, _ := impl.open(t)
		if !Quick(rw) || !Quick(ro) {
			t.Errorf("%s is not quick", impl.name)
		}
	}
	dir := FromFS(fstest.MapFS{})
	defer dir.Close()
	if Quick(dir) {
		t.Error("a Go program is quick")
	}
}

// TestReadNow reads what is in memory, as it was written just now, unless the
// system cannot tell.
func TestReadNow(t *testing.T) {
	text := strings.Repeat("0123456789", 10000)
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			n, err := rw.Open(t.Context(), "f", Open{Read: true, Write: true, Create: true})
			if err != nil {
				t.Fatal(err)
			}
			f, ok := n.(NowReader)
			if !ok {
				t.Skip("this kind has no such reads")
			}
			if _, err := n.(File).WriteAt([]byte(text), 0); err != nil {
				t.Fatal(err)
			}
			p := make([]byte, 1000)
			for _, off := range []int64{0, 7, 99999, 100000, 1 << 40, math.MaxInt64 - 1, math.MaxInt64} {
				want, wantErr := text[min(off, 100000):], error(nil)
				if want = want[:min(len(want), len(p))]; want == "" {
					wantErr = io.EOF
				}
				got, err := f.ReadNow(p, off)
				if err == host.EAGAIN {
					continue
				}
				if string(p[:got]) != want || err != wantErr {
					t.Errorf("at %d there are %d bytes, %v, want %d, %v", off, got, err, len(want), wantErr)
				}
			}
			if _, err := f.ReadNow(p, -1); err != host.EINVAL {
				t.Errorf("at -1: %v", err)
			}
			if n := testing.AllocsPerRun(100, func() { f.ReadNow(p, 0) }); n != 0 {
				t.Errorf("it allocates %v times", n)
			}
			if _, err := f.ReadNow(nil, 0); err != nil && err != host.EAGAIN {
				t.Errorf("nothing: %v", err)
			}
			n.Close()
			if _, err := f.ReadNow(p, 0); err != host.EBADF && err != host.EAGAIN {
				t.Errorf("of a closed file: %v", err)
			}
			n, err = rw.Open(t.Context(), "f", Open{Write: true})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			if _, err := n.(NowReader).ReadNow(p, 0); err != host.EBADF {
				t.Errorf("of a file opened for writing: %v", err)
			}
		})
	}
}
