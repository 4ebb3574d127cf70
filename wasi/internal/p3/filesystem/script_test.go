package filesystem

// This file runs lines of text as a guest would call the functions. A line is a
// function and its arguments, which may be quoted as in Go, then " => " and the
// outcome. "h:path" is a path relative to the descriptor h, without "h:" to
// "top".

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/gen/p3/clocks"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

// A player is a guest as tests play it, with the descriptors that it has.
type player struct {
	t     testing.TB
	ctx   context.Context
	guest *guest.State
	st    *State
	ds    map[string]*Descriptor
}

// play makes a guest with preopens, each of which it has open by its name.
func play(t testing.TB, max int, preopens ...Preopen) *player {
	t.Helper()
	g := &player{t: t, ctx: t.Context(), guest: guest.New(max), ds: map[string]*Descriptor{}}
	var err error
	if g.st, err = New(g.guest, preopens); err != nil {
		t.Fatal(err)
	}
	list, err := Host{Of: func(context.Context) *State { return g.st }}.GetDirectories(g.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		g.ds[p.F1] = p.F0.(*Descriptor)
	}
	t.Cleanup(func() { g.guest.Close() })
	return g
}

// fields splits a line at spaces; quoted parts may hold some.
func fields(line string) []string {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			word, _ := strconv.Unquote(quoted)
			out, line = append(out, word), line[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out, line = append(out, word), rest
	}
	return out
}

// at takes "h:" off a path.
func (g *player) at(path string) (*Descriptor, string) {
	if h, rest, ok := strings.Cut(path, ":"); ok {
		if d, ok := g.ds[h]; ok {
			return d, rest
		}
	}
	return g.ds["top"], path
}

// word is the outcome of a function: "ok", or the code of its error. Anything
// else would end the guest.
func word(err error) string {
	var code gen.ErrorCode
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &code):
		return code.Case.String()
	}
	return "TRAP " + err.Error()
}

// wordOf is what a future tells.
func (g *player) wordOf(f *bind.Future[outcome]) string {
	o, err := f.Get(g.ctx)
	if err == nil && o.IsErr {
		err = o.Err
	}
	return word(err)
}

var openWords = map[byte]gen.OpenFlags{'c': gen.OpenFlagsCreate, 'd': gen.OpenFlagsDirectory,
	'x': gen.OpenFlagsExclusive, 't': gen.OpenFlagsTruncate}

var flagWords = map[byte]gen.DescriptorFlags{'r': gen.DescriptorFlagsRead, 'w': gen.DescriptorFlagsWrite,
	's': gen.DescriptorFlagsFileIntegritySync, 'm': gen.DescriptorFlagsMutateDirectory}

// open is open-at, as programs get it: what can be had at once is. The flags are
// letters, "f" follows.
func (g *player) open(path, flags string) (*Descriptor, error) {
	d, path := g.at(path)
	var pf gen.PathFlags
	var of gen.OpenFlags
	var df gen.DescriptorFlags
	for _, c := range []byte(flags) {
		of |= openWords[c]
		df |= flagWords[c]
		if c == 'f' {
			pf = gen.PathFlagsSymlinkFollow
		}
	}
	got, done, err := d.TryOpenAt(g.ctx, pf, path, of, df)
	if !done {
		got, err = d.OpenAt(g.ctx, pf, path, of, df)
	}
	if err != nil {
		return nil, err
	}
	return got.(*Descriptor), nil
}

func number(s string) uint64 {
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func describe(st gen.DescriptorStat, err error) string {
	if err != nil {
		return word(err)
	}
	if st.Type.Case == gen.DescriptorTypeDirectory {
		return "directory"
	}
	return fmt.Sprint(st.Type.Case, " ", st.Size, " ", st.LinkCount)
}

// timestamp reads "-", "now" or "seconds.nanoseconds".
func timestamp(s string) gen.NewTimestamp {
	switch s {
	case "-":
		return gen.NewTimestamp{}
	case "now":
		return gen.NewTimestamp{Case: gen.NewTimestampNow}
	}
	sec, ns, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseInt(sec, 10, 64)
	if err != nil {
		panic(err)
	}
	return gen.NewTimestamp{Case: gen.NewTimestampTimestamp,
		Timestamp: clocks.Instant{Seconds: seconds, Nanoseconds: uint32(number(ns))}}
}

// list is the entries of a directory in order, each with a mark of its kind,
// and how reading them ended unless well.
func (g *player) list(d *Descriptor) string {
	v, err := d.ReadDirectory(g.ctx)
	if err != nil {
		return word(err)
	}
	var names []string
	for e, err := range v.F0.All(g.ctx) {
		if err != nil {
			break // which a guest does not see
		}
		mark := map[gen.DescriptorTypeCase]string{gen.DescriptorTypeDirectory: "/",
			gen.DescriptorTypeSymbolicLink: "@", gen.DescriptorTypeFifo: "|"}[e.Type.Case]
		names = append(names, e.Name+mark)
	}
	slices.Sort(names)
	if end := g.wordOf(v.F1); end != "ok" {
		names = append(names, end)
	}
	return strings.Join(names, " ")
}

// read is what a stream has from an offset on.
func (g *player) read(d *Descriptor, offset uint64) string {
	v, err := d.ReadViaStream(g.ctx, offset)
	if err != nil {
		return word(err)
	}
	b, err := io.ReadAll(v.F0)
	if end := g.wordOf(v.F1); end != "ok" {
		return strings.TrimSpace(string(b) + " " + end)
	}
	if err != nil {
		return word(err)
	}
	return strconv.Quote(string(b))
}

// write writes text.
func (g *player) write(d *Descriptor, offset uint64, text string, append bool) string {
	data := bind.NopCloser(bytes.NewReader([]byte(text)))
	f, err := d.WriteViaStream, error(nil)
	if append {
		f = func(ctx context.Context, data io.ReadCloser, _ uint64) (*bind.Future[outcome], error) {
			return d.AppendViaStream(ctx, data)
		}
	}
	future, err := f(g.ctx, data, offset)
	if err != nil {
		return word(err)
	}
	return g.wordOf(future)
}

// run runs one line.
func (g *player) run(line string) string {
	a := fields(line)
	op, a := a[0], a[1:]
	if d := g.ds[a[0]]; d != nil {
		if out, ok := g.runDescriptor(op, d, a[1:]); ok {
			return out
		}
	}
	return g.runPath(op, a)
}

func (g *player) runPath(op string, a []string) string {
	d, path := g.at(a[0])
	op, follows := strings.CutSuffix(op, "+")
	var flags gen.PathFlags
	if follows {
		flags = gen.PathFlagsSymlinkFollow
	}
	switch op {
	case "open":
		got, err := g.open(a[0], a[1])
		if err == nil && len(a) > 2 {
			g.ds[a[2]] = got
		}
		return word(err)
	case "mkdir":
		return word(d.CreateDirectoryAt(g.ctx, path))
	case "rmdir":
		return word(d.RemoveDirectoryAt(g.ctx, path))
	case "unlink":
		return word(d.UnlinkFileAt(g.ctx, path))
	case "readlink":
		s, err := d.ReadlinkAt(g.ctx, path)
		if err != nil {
			return word(err)
		}
		return s
	case "symlink": // target path
		d, path := g.at(a[1])
		return word(d.SymlinkAt(g.ctx, a[0], path))
	case "rename":
		to, toPath := g.at(a[1])
		return word(d.RenameAt(g.ctx, path, to, toPath))
	case "link":
		to, toPath := g.at(a[1])
		return word(d.LinkAt(g.ctx, flags, path, to, toPath))
	case "stat":
		return describe(d.StatAt(g.ctx, flags, path))
	case "times":
		return word(d.SetTimesAt(g.ctx, flags, path, timestamp(a[1]), timestamp(a[2])))
	case "when":
		st, err := d.StatAt(g.ctx, flags, path)
		if err != nil {
			return word(err)
		}
		return fmt.Sprintf("%+v %+v", *st.DataAccessTimestamp, *st.DataModificationTimestamp)
	case "hash":
		_, err := d.MetadataHashAt(g.ctx, flags, path)
		return word(err)
	}
	g.t.Fatalf("there is no operation %q", op)
	return ""
}

func (g *player) runDescriptor(op string, d *Descriptor, a []string) (string, bool) {
	switch op {
	case "drop":
		return word(d.Drop(g.ctx)), true
	case "type":
		v, err := d.GetType(g.ctx)
		if err != nil {
			return word(err), true
		}
		return v.Case.String(), true
	case "flags":
		v, err := d.GetFlags(g.ctx)
		if err != nil {
			return word(err), true
		}
		return v.String(), true
	case "fstat":
		return describe(d.Stat(g.ctx)), true
	case "fhash":
		_, err := d.MetadataHash(g.ctx)
		return word(err), true
	case "ftimes":
		return word(d.SetTimes(g.ctx, timestamp(a[0]), timestamp(a[1]))), true
	case "same":
		v, err := d.IsSameObject(g.ctx, g.ds[a[0]])
		return fmt.Sprint(v, err), true
	case "sync":
		return word(d.Sync(g.ctx)), true
	case "datasync":
		return word(d.SyncData(g.ctx)), true
	case "size":
		return word(d.SetSize(g.ctx, number(a[0]))), true
	case "advise":
		return word(d.Advise(g.ctx, number(a[0]), number(a[1]), gen.Advice(number(a[2])))), true
	case "ls":
		return g.list(d), true
	case "read": // offset
		return g.read(d, number(a[0])), true
	case "write": // offset text
		return g.write(d, number(a[0]), a[1], false), true
	case "append": // text
		return g.write(d, 0, a[0], true), true
	}
	return "", false
}

// check runs a table.
func (g *player) check(script string) {
	g.t.Helper()
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		line, want, _ := strings.Cut(line, " => ")
		if got := g.run(line); got != strings.TrimSpace(want) {
			g.t.Errorf("%s => %s, want %s", line, got, want)
		}
	}
}

// sample makes a tree in dir.
func sample(t testing.TB, dir fs.Dir) {
	t.Helper()
	g := play(t, 0, Preopen{Guest: "top", Dir: dir})
	g.check(`
		open a.txt cw h => ok
		write h 0 hello => ok
		open b.txt cw h => ok
		write h 0 b => ok
		mkdir d => ok
		mkdir d/e => ok
		open d/g.txt cw h => ok
		write h 0 deep => ok
		symlink a.txt flink => ok
		symlink d dlink => ok
		symlink .. up => ok
		symlink ../outside.txt out => ok
		symlink ../a.txt d/back => ok
	`)
	g.guest.Close()
}
