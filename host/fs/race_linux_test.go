package fs

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const secret = "nobody may read this"

// raceTime is how long the guests of one implementation attack.
func raceTime() time.Duration {
	if testing.Short() {
		return 200 * time.Millisecond
	}
	return 1500 * time.Millisecond
}

// A trap is a directory that is granted, and what lies beside it.
//
//	grant/sw        a directory that is exchanged for a link to ../outside
//	grant/evil      the other one of the two
//	grant/d/f       a file that is exchanged for a link to ../../outside/canary
//	grant/a/b       a directory that is moved to ../moved and back
//	outside/canary  a file that nobody may read or change
//	moved/canary    the same
type trap struct {
	base, grant string
	before      []string
}

func newTrap(t testing.TB) *trap {
	base := t.TempDir()
	tr := &trap{base: base, grant: filepath.Join(base, "grant")}
	for _, dir := range []string{"grant", "grant/sw", "grant/d", "grant/a", "grant/a/b", "outside", "outside/sub", "moved"} {
		mkdir(t, filepath.Join(base, dir))
	}
	for name, text := range map[string]string{
		"outside/canary": secret, "outside/sub/canary": secret, "moved/canary": secret,
		"grant/sw/canary": "mine", "grant/d/f": "mine", "grant/a/canary": "mine",
	} {
		if err := os.WriteFile(filepath.Join(base, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"grant/evil": "../outside", "grant/d/evil": "../../outside/canary",
		"grant/abs": filepath.Join(base, "outside"), "grant/tosw": "sw", "grant/tof": "d/f",
	} {
		if err := os.Symlink(target, filepath.Join(base, name)); err != nil {
			t.Fatal(err)
		}
	}
	tr.before = tr.outside(t)
	return tr
}

// outside describes what lies outside the grant.
func (tr *trap) outside(t testing.TB) []string {
	var out []string
	for _, top := range []string{"outside", "moved"} {
		filepath.Walk(filepath.Join(tr.base, top), func(path string, info os.FileInfo, err error) error {
			rel, _ := filepath.Rel(tr.base, path)
			if err != nil {
				t.Fatal(err)
			}
			if rel == "moved/b" {
				return filepath.SkipDir
			}
			line := rel + " " + info.Mode().String()
			if info.Mode().IsRegular() {
				text, _ := os.ReadFile(path)
				var st unix.Stat_t
				if err := unix.Lstat(path, &st); err != nil {
					t.Fatal(err)
				}
				line += fmt.Sprint(" ", string(text), " ", st.Nlink, " ", info.ModTime())
			}
			out = append(out, line)
			return nil
		})
	}
	return out
}

// flip exchanges names and moves directories until stop.
func (tr *trap) flip(stop *atomic.Bool) {
	exchange := func(a, b string) {
		unix.Renameat2(unix.AT_FDCWD, filepath.Join(tr.grant, a), unix.AT_FDCWD, filepath.Join(tr.grant, b), unix.RENAME_EXCHANGE)
	}
	for n := 0; !stop.Load(); n++ {
		exchange("sw", "evil")
		exchange("d/f", "d/evil")
		if n%2 == 0 {
			os.Rename(filepath.Join(tr.grant, "a/b"), filepath.Join(tr.base, "moved/b"))
		} else {
			os.Rename(filepath.Join(tr.base, "moved/b"), filepath.Join(tr.grant, "a/b"))
		}
		// Others rename and remove what is exchanged; put it back.
		if n%64 == 0 {
			os.Mkdir(filepath.Join(tr.grant, "sw"), 0o777)
			os.Symlink("../outside", filepath.Join(tr.grant, "evil"))
			os.Symlink("../../outside/canary", filepath.Join(tr.grant, "d/evil"))
		}
	}
}

// An attack is one use of a Dir. It answers what it read, if it read a file.
type attack struct {
	name string
	run  func(d Dir, n int) string
}

func slurp(d Dir, name string, how Open) string {
	node, err := d.Open(context.Background(), name, how)
	if err != nil {
		return ""
	}
	defer node.Close()
	f, ok := node.(File)
	if !ok || !how.Read {
		return ""
	}
	text, _ := io.ReadAll(io.NewSectionReader(f, 0, 1000))
	return string(text)
}

func spoil(d Dir, name string, how Open) string {
	how.Write = true
	node, err := d.Open(context.Background(), name, how)
	if err != nil {
		return ""
	}
	defer node.Close()
	if f, ok := node.(File); ok {
		f.WriteAt([]byte("spoilt"), 0)
		f.Append([]byte("!"))
		f.SetTimes(SetTime{Kind: SetNow}, SetTime{Kind: SetNow})
	}
	return ""
}

var attacks = []attack{
	{"read", func(d Dir, n int) string { return slurp(d, "sw/canary", Open{Read: true, Follow: true}) }},
	{"read link", func(d Dir, n int) string { return slurp(d, "tosw/canary", Open{Read: true}) }},
	{"read last", func(d Dir, n int) string { return slurp(d, "d/f", Open{Read: true, Follow: true}) }},
	{"read last nofollow", func(d Dir, n int) string { return slurp(d, "d/f", Open{Read: true}) }},
	{"read link to last", func(d Dir, n int) string { return slurp(d, "tof", Open{Read: true, Follow: true}) }},
	{"read abs", func(d Dir, n int) string { return slurp(d, "abs/canary", Open{Read: true, Follow: true}) }},
	{"read moved", func(d Dir, n int) string { return slurp(d, "a/b/../canary", Open{Read: true}) }},
	{"read far", func(d Dir, n int) string { return slurp(d, "a/b/../../outside/canary", Open{Read: true}) }},
	{"read far link", func(d Dir, n int) string { return slurp(d, "a/b/../../sw/canary", Open{Read: true}) }},
	{"create", func(d Dir, n int) string { return spoil(d, fmt.Sprint("sw/new", n%4), Open{Create: true}) }},
	{"create moved", func(d Dir, n int) string { return spoil(d, "a/b/../new", Open{Create: true, Truncate: true}) }},
	{"truncate", func(d Dir, n int) string {
		return spoil(d, "sw/canary", Open{Create: true, Truncate: true, Follow: true})
	}},
	{"truncate last", func(d Dir, n int) string {
		return spoil(d, "d/f", Open{Create: true, Truncate: true, Follow: true})
	}},
	{"mkdir", func(d Dir, n int) string { d.Mkdir("sw/dir"); d.Mkdir("a/b/../dir"); return "" }},
	{"rmdir", func(d Dir, n int) string { d.Rmdir("sw/sub"); d.Rmdir("sw/dir"); return "" }},
	{"unlink", func(d Dir, n int) string { d.Unlink("sw/canary"); d.Unlink("a/b/../new"); return "" }},
	{"symlink", func(d Dir, n int) string { d.Symlink("x", "sw/link"); return "" }},
	{"rename out", func(d Dir, n int) string { d.Rename("sw/canary", d, "grab"); return slurp(d, "grab", Open{Read: true}) }},
	{"rename in", func(d Dir, n int) string { d.Rename("grab", d, "sw/canary"); return "" }},
	{"link out", func(d Dir, n int) string {
		d.Link("sw/canary", false, d, "grab")
		return slurp(d, "grab", Open{Read: true})
	}},
	{"link follow", func(d Dir, n int) string {
		d.Unlink("grab2")
		d.Link("d/f", true, d, "grab2")
		return slurp(d, "grab2", Open{Read: true})
	}},
	{"times", func(d Dir, n int) string {
		now := SetTime{Kind: SetNow}
		d.SetTimesAt("sw/canary", true, now, now)
		d.SetTimesAt("d/f", true, now, now)
		d.SetTimesAt("d/f", false, now, now)
		return ""
	}},
	{"stat", func(d Dir, n int) string {
		st, err := d.StatAt("sw/canary", true)
		if err == nil && st.Size == int64(len(secret)) {
			return secret
		}
		return ""
	}},
	{"sub directory", func(d Dir, n int) string {
		node, err := d.Open(context.Background(), "sw", Open{Directory: true, Follow: true})
		if err != nil {
			return ""
		}
		defer node.Close()
		sub := node.(Dir)
		sub.Mkdir("made")
		return slurp(sub, "canary", Open{Read: true}) + slurp(sub, "../outside/canary", Open{Read: true})
	}},
	{"list", func(d Dir, n int) string {
		node, err := d.Open(context.Background(), "tosw", Open{Follow: true})
		if err != nil {
			return ""
		}
		defer node.Close()
		names, _ := list(node.(Dir))
		if strings.Contains(strings.Join(names, " "), "sub/") {
			return secret
		}
		return ""
	}},
}

// TestRaces swaps directories and links under the feet of every operation. What
// is outside must never be read or changed.
func TestRaces(t *testing.T) {
	for _, impl := range osImpls() {
		t.Run(impl.name, func(t *testing.T) {
			before := openFiles(t)
			tr := newTrap(t)
			d := openGrant(t, impl.name, tr.grant)
			var stop atomic.Bool
			var flipper, guests sync.WaitGroup
			flipper.Go(func() { tr.flip(&stop) })
			end := time.Now().Add(raceTime())
			var hits [2]atomic.Int64
			for g := range 4 {
				guests.Go(func() {
					for n := g; time.Now().Before(end); n++ {
						a := attacks[n%len(attacks)]
						text := a.run(d, n)
						if strings.Contains(text, secret) {
							t.Errorf("%s: read what is outside", a.name)
							return
						}
						if text != "" {
							hits[0].Add(1)
						} else {
							hits[1].Add(1)
						}
					}
				})
			}
			guests.Wait()
			stop.Store(true)
			flipper.Wait()
			d.Close()
			if after := tr.outside(t); fmt.Sprint(after) != fmt.Sprint(tr.before) {
				t.Errorf("outside changed\nfrom %q\nto   %q", tr.before, after)
			}
			if after := openFiles(t); after > before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
			t.Logf("%d operations read something, %d did not", hits[0].Load(), hits[1].Load())
		})
	}
}

func openGrant(t testing.TB, impl, path string) Dir {
	var d Dir
	var err error
	switch impl {
	case "kernel":
		d, err = OpenDir(path, ReadWrite)
	case "rooted":
		d, err = openDirUnix(path, ReadWrite, true)
	default:
		d, err = openRootDir(path, ReadWrite)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// openFiles counts the descriptors of this process.
func openFiles(t testing.TB) int {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("SKIPPED: /proc is not mounted: ", err)
	}
	return len(names)
}

// TestCloseRace closes a Dir and a File while others use them, and opens others
// that get the same descriptor numbers.
func TestCloseRace(t *testing.T) {
	for _, impl := range impls() {
		t.Run(impl.name, func(t *testing.T) {
			rw, _, _ := impl.open(t)
			w := newWorld(rw)
			for i := range 8 {
				w.run(t, fmt.Sprintf("mkdir d%d", i))
				w.run(t, fmt.Sprintf("write d%d/f %d", i, i))
			}
			var wg sync.WaitGroup
			for round := range 60 {
				want := fmt.Sprint(round % 8)
				sub, err := rw.Open(t.Context(), "d"+want, Open{})
				if err != nil {
					t.Fatal(err)
				}
				file, err := sub.(Dir).Open(t.Context(), "f", Open{Read: true})
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					wg.Go(func() {
						for {
							text := slurp(sub.(Dir), "f", Open{Read: true})
							if text != "" && text != want {
								t.Errorf("%q is the content of another directory's file than %q", text, want)
							}
							if text == "" {
								return
							}
						}
					})
					wg.Go(func() {
						buf := make([]byte, 4)
						for {
							n, err := file.(File).ReadAt(buf, 0)
							if err != nil {
								return
							}
							if string(buf[:n]) != want {
								t.Errorf("%q is the content of another file than %q", buf[:n], want)
							}
						}
					})
				}
				if err := sub.Close(); err != nil {
					t.Error(err)
				}
				if err := file.Close(); err != nil {
					t.Error(err)
				}
			}
			wg.Wait()
		})
	}
}
