package fs

import (
	"errors"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/dray-wasm/dray/host"
)

// fill makes n files "f0" ... in d.
func fill(t testing.TB, d Dir, n int) {
	t.Helper()
	for i := range n {
		f, err := d.Open(t.Context(), fmt.Sprint("f", i), Open{Write: true, Create: true})
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
}

// listBy reads the whole directory with calls that take at most step entries
// each, and asks again for the one behind them, as a guest with a small buffer
// does. seen is called for each entry.
func listBy(t testing.TB, d Dir, step int, seen func(e DirEntry)) {
	t.Helper()
	cookie := uint64(0)
	for {
		n := 0
		more := false
		err := d.ReadDir(cookie, func(e *DirEntry) bool {
			if n == step {
				more = true
				return false
			}
			if e.Next == 0 {
				t.Fatalf("%q has the cookie 0", e.Name)
			}
			n++
			cookie = e.Next
			seen(*e)
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// onMemoryDisk makes the temporary directories of a test on a tmpfs, where there
// is one: making thousands of files takes seconds elsewhere.
func onMemoryDisk(t *testing.T) {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", "/dev/shm")
	}
}

func TestReadDir(t *testing.T) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			files := 1000
			if impl.name == "kernel" || impl.name == "mem" {
				files = 10_000
				onMemoryDisk(t)
			}
			rw, _, _ := impl.open(t)
			fill(t, rw, files)
			self, err := rw.Stat()
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []int{1, 7, 1000, math.MaxInt} {
				count := map[string]int{}
				listBy(t, rw, step, func(e DirEntry) {
					count[e.Name]++
					want := Regular
					if e.Name == "." || e.Name == ".." {
						want = Directory
						if e.Ino != self.Ino {
							t.Errorf("%q has number %d, the directory %d", e.Name, e.Ino, self.Ino)
						}
					}
					if e.Type != want {
						t.Errorf("%q has type %d", e.Name, e.Type)
					}
				})
				if len(count) != files+2 {
					t.Errorf("step %d: %d entries, want %d", step, len(count), files+2)
				}
				for name, n := range count {
					if n != 1 {
						t.Errorf("step %d: %q seen %d times", step, name, n)
					}
				}
			}
			st, err := rw.StatAt("f77", false)
			if err != nil {
				t.Fatal(err)
			}
			listBy(t, rw, 100, func(e DirEntry) {
				if e.Name == "f77" && e.Ino != st.Ino && impl.name != "portable" {
					t.Errorf("f77 has number %d in the list, %d by stat", e.Ino, st.Ino)
				}
			})
		})
	}
}

// TestReadDirDelete removes each entry once it was seen, as everybody does who
// removes a tree.
func TestReadDirDelete(t *testing.T) {
	const files = 700
	for _, impl := range impls() {
		for _, step := range []int{1, 50} {
			t.Run(fmt.Sprint(impl.name, "/", step), func(t *testing.T) {
				if step == 50 {
					onMemoryDisk(t)
				}
				rw, _, _ := impl.open(t)
				fill(t, rw, files)
				count := map[string]int{}
				listBy(t, rw, step, func(e DirEntry) {
					count[e.Name]++
					if e.Type == Regular {
						if err := rw.Unlink(e.Name); err != nil {
							t.Errorf("%s: %v", e.Name, err)
						}
					}
				})
				if len(count) != files+2 {
					t.Errorf("%d entries seen, want %d", len(count), files+2)
				}
				if names, err := list(rw); err != nil || len(names) != 0 {
					t.Errorf("%d entries are left, %v", len(names), err)
				}
			})
		}
	}
}

// TestReadDirChange adds and removes other entries meanwhile: those that stay
// are seen once.
func TestReadDirChange(t *testing.T) {
	const files = 1200
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			fill(t, rw, files)
			w := newWorld(rw)
			count := map[string]int{}
			n := 0
			listBy(t, rw, 10, func(e DirEntry) {
				count[e.Name]++
				if n++; n%10 == 0 && n < files {
					w.run(t, fmt.Sprintf("write new%d x", n))
					w.run(t, fmt.Sprintf("unlink f%d", (n*7)%files/2*2+1)) // an odd one
				}
			})
			for i := 0; i < files; i += 2 {
				if name := fmt.Sprint("f", i); count[name] != 1 {
					t.Errorf("%s stayed and was seen %d times", name, count[name])
				}
			}
			for name, n := range count {
				if n > 1 {
					t.Errorf("%s was seen %d times", name, n)
				}
			}
			// The start over shows what is there now.
			again := 0
			listBy(t, rw, math.MaxInt, func(DirEntry) { again++ })
			names, _ := list(rw)
			if again != len(names)+2 {
				t.Errorf("%d entries, then %d", again, len(names)+2)
			}
		})
	}
}

// TestReadDirNested reads a directory from within the yield of reading it.
func TestReadDirNested(t *testing.T) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			fill(t, rw, 600)
			outer := 0
			listBy(t, rw, 100, func(e DirEntry) {
				if outer++; outer%100 == 0 {
					inner := 0
					listBy(t, rw, 100, func(DirEntry) { inner++ })
					if inner != 602 {
						t.Errorf("the inner list has %d entries", inner)
					}
				}
			})
			if outer != 602 {
				t.Errorf("the outer list has %d entries", outer)
			}
		})
	}
}

func TestReadDirCookies(t *testing.T) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			fill(t, rw, 5)
			var all []DirEntry
			listBy(t, rw, math.MaxInt, func(e DirEntry) { all = append(all, e) })
			for i, e := range all {
				var behind []string
				if err := rw.ReadDir(e.Next, func(e *DirEntry) bool {
					behind = append(behind, e.Name)
					return true
				}); err != nil {
					t.Fatal(err)
				}
				var want []string
				for _, e := range all[i+1:] {
					want = append(want, e.Name)
				}
				if fmt.Sprint(behind) != fmt.Sprint(want) {
					t.Errorf("behind %q are %q, want %q", e.Name, behind, want)
				}
			}
			// Cookies that nobody gave out lead nowhere bad.
			for _, cookie := range []uint64{1, 2, 3, 77, 1 << 31, 1 << 40, math.MaxInt64, 1 << 63, math.MaxUint64} {
				n := 0
				err := rw.ReadDir(cookie, func(e *DirEntry) bool { n++; return true })
				if n > len(all) || err != nil && !errors.Is(err, host.EINVAL) {
					t.Errorf("cookie %d: %d entries, %v", cookie, n, err)
				}
			}
			if names, err := list(rw); len(names) != 5 || err != nil {
				t.Errorf("then %d entries, %v", len(names), err)
			}
		})
	}
}
