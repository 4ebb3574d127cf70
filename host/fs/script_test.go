package fs

// This file runs lines of text against a Dir, so that the tables of the tests
// stay readable and random sequences of operations are easy to make. A line is
// an operation and its arguments; a name may be quoted as in Go, and starts with
// "h:" when it is relative to the handle h instead of the top.

import (
	"context"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host"
)

// A world is a tree under test and what is open in it.
type world struct {
	top  Dir
	open map[string]Node
}

func newWorld(top Dir) *world { return &world{top: top, open: map[string]Node{}} }

func (w *world) closeAll() {
	for _, n := range w.open {
		n.Close()
	}
	w.open = map[string]Node{}
}

// fields splits a line at spaces; quoted parts may hold some.
func fields(t testing.TB, line string) []string {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			out = append(out, word)
			line = rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			t.Fatalf("bad quotes in %q", line)
		}
		word, _ := strconv.Unquote(quoted)
		out = append(out, word)
		line = line[len(quoted):]
	}
	return out
}

// at takes "h:" off a name.
func (w *world) at(name string) (Dir, string) {
	if h, rest, ok := strings.Cut(name, ":"); ok {
		if d, ok := w.open[h].(Dir); ok {
			return d, rest
		}
	}
	return w.top, name
}

func (w *world) file(h string) File {
	f, _ := w.open[h].(File)
	return f
}

func result(err error) string {
	switch {
	case err == nil:
		return "ok"
	case err == io.EOF:
		return "EOF"
	}
	return host.ErrnoOf(err).Name()
}

// run executes one operation and tells in a word or two what came out.
func (w *world) run(t testing.TB, line string) string {
	a := fields(t, line)
	op, a := a[0], a[1:]
	switch op {
	case "open":
		return w.runOpen(t, a)
	case "close", "pread", "pwrite", "append", "truncate", "sync", "datasync", "fstat", "type":
		return w.runHandle(op, a)
	case "ls":
		return w.runList(a)
	}
	d, name := w.at(a[0])
	switch op {
	case "stat", "lstat":
		st, err := d.StatAt(name, op == "stat")
		return describe(st, err)
	case "mkdir":
		return result(d.Mkdir(name))
	case "rmdir":
		return result(d.Rmdir(name))
	case "unlink":
		return result(d.Unlink(name))
	case "readlink":
		target, err := d.Readlink(name)
		if err != nil {
			return result(err)
		}
		return target
	case "symlink": // target, name
		d, name = w.at(a[1])
		return result(d.Symlink(a[0], name))
	case "link", "linkf", "rename":
		to, toName := w.at(a[1])
		if op == "rename" {
			return result(d.Rename(name, to, toName))
		}
		return result(d.Link(name, op == "linkf", to, toName))
	case "utime", "lutime":
		return w.runTimes(d, name, op == "utime")
	case "write": // a whole file
		return w.runWrite(d, name, a[1])
	case "read":
		return w.runRead(d, name)
	}
	t.Fatalf("unknown operation in %q", line)
	return ""
}

func describe(st Stat, err error) string {
	if err != nil {
		return result(err)
	}
	switch st.Type {
	case Directory:
		return "dir"
	case Regular:
		return fmt.Sprintf("file %d links %d", st.Size, st.Links)
	case Symlink:
		return fmt.Sprintf("link %d", st.Size)
	}
	return fmt.Sprintf("type %d", st.Type)
}

// runOpen is "open NAME FLAGS [HANDLE]", FLAGS being letters: r w c(reate)
// x(clusive) t(runcate) d(irectory) f(ollow) n(onblock), or "-".
func (w *world) runOpen(t testing.TB, a []string) string {
	d, name := w.at(a[0])
	var how Open
	for _, c := range a[1] {
		switch c {
		case 'r':
			how.Read = true
		case 'w':
			how.Write = true
		case 'c':
			how.Create = true
		case 'x':
			how.Exclusive = true
		case 't':
			how.Truncate = true
		case 'd':
			how.Directory = true
		case 'f':
			how.Follow = true
		case 'n':
			how.NonBlock = true
		case '-':
		default:
			t.Fatalf("bad flag %c", c)
		}
	}
	n, err := d.Open(context.Background(), name, how)
	if err != nil {
		return result(err)
	}
	if len(a) > 2 {
		if old := w.open[a[2]]; old != nil {
			old.Close()
		}
		w.open[a[2]] = n
	} else {
		defer n.Close()
	}
	if _, ok := n.(Dir); ok {
		return "dir"
	}
	return "file"
}

func (w *world) runHandle(op string, a []string) string {
	n := w.open[a[0]]
	if n == nil {
		return "nothing open"
	}
	switch op {
	case "close":
		return result(n.Close())
	case "fstat":
		return describe(n.Stat())
	case "sync", "datasync":
		return result(n.Sync(op == "datasync"))
	}
	f := w.file(a[0])
	if f == nil {
		return "not a file"
	}
	number := func(i int) int64 {
		v, _ := strconv.ParseInt(a[i], 0, 64)
		return v
	}
	switch op {
	case "type":
		return strconv.Itoa(int(f.Type()))
	case "pread": // handle, offset, length
		buf := make([]byte, number(2))
		n, err := f.ReadAt(buf, number(1))
		if err != nil {
			return result(err)
		}
		return "=" + string(buf[:n])
	case "pwrite": // handle, offset, text
		n, err := f.WriteAt([]byte(a[2]), number(1))
		return wrote(n, err)
	case "append":
		n, err := f.Append([]byte(a[1]))
		return wrote(n, err)
	case "truncate":
		return result(f.Truncate(number(1)))
	}
	return "?"
}

func wrote(n int, err error) string {
	if n > 0 {
		return strconv.Itoa(n)
	}
	return result(err)
}

// runList is "ls [HANDLE]": the sorted names, with "/" behind directories and
// "@" behind links, without "." and "..".
func (w *world) runList(a []string) string {
	d := w.top
	if len(a) > 0 {
		d, _ = w.at(a[0] + ":")
	}
	names, err := list(d)
	if err != nil {
		return result(err)
	}
	return strings.Join(names, " ")
}

func list(d Dir) ([]string, error) {
	var names []string
	err := d.ReadDir(0, func(e *DirEntry) bool {
		switch {
		case e.Name == "." || e.Name == "..":
		case e.Type == Directory:
			names = append(names, e.Name+"/")
		case e.Type == Symlink:
			names = append(names, e.Name+"@")
		default:
			names = append(names, e.Name)
		}
		return true
	})
	sort.Strings(names)
	return names, err
}

func (w *world) runTimes(d Dir, name string, follow bool) string {
	at := time.Unix(1_500_000_000, 123_456_789)
	err := d.SetTimesAt(name, follow, SetTime{Kind: SetAt, At: at.Add(time.Hour)}, SetTime{Kind: SetAt, At: at})
	if err != nil {
		return result(err)
	}
	st, err := d.StatAt(name, follow)
	if err != nil {
		return result(err)
	}
	if !st.Mtime.Equal(at) {
		return "mtime is " + st.Mtime.String()
	}
	return "ok"
}

func (w *world) runWrite(d Dir, name, text string) string {
	n, err := d.Open(context.Background(), name, Open{Write: true, Create: true, Truncate: true, Follow: true})
	if err != nil {
		return result(err)
	}
	defer n.Close()
	_, err = n.(File).WriteAt([]byte(text), 0)
	return result(err)
}

func (w *world) runRead(d Dir, name string) string {
	n, err := d.Open(context.Background(), name, Open{Read: true, Follow: true})
	if err != nil {
		return result(err)
	}
	defer n.Close()
	f, ok := n.(File)
	if !ok {
		return "dir"
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	if err != nil {
		return result(err)
	}
	return "=" + string(text)
}

// check runs lines of the form "operation => result", the result being one of
// several with "|" between them. On an implementation named in "[skip NAME]" at
// the end of a line, only that it does not panic is checked.
func check(t *testing.T, impl string, w *world, script string) {
	t.Helper()
	for i, line := range strings.Split(strings.TrimSpace(script), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		op, want, ok := strings.Cut(line, "=>")
		if !ok {
			t.Fatalf("line %d: no result in %q", i+1, line)
		}
		want, skip, _ := strings.Cut(want, "[skip ")
		got := w.run(t, op)
		if strings.Contains(skip, impl) {
			continue
		}
		match := false
		for _, one := range strings.Split(want, "|") {
			one = strings.TrimSpace(one)
			if text, err := strconv.Unquote(one); err == nil {
				one = text
			}
			match = match || one == got
		}
		if !match {
			t.Errorf("line %d: %s => %s, want%s", i+1, strings.TrimSpace(op), got, want)
		}
	}
}
