package filesystem

// This file runs lines of text as a guest would call the functions, so that
// the tables of the tests stay readable and random sequences are easy to make.
// A line is a function and its arguments; an argument may be quoted as in Go.
// "h:path" is a path relative to the descriptor h, without "h:" to "top".

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi/gen/p2/clocks"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	wasiio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A guest is a state and the handles that the guest has.
type guest struct {
	t     testing.TB
	ctx   context.Context
	io    *p2io.State
	st    *State
	host  Host
	ds    map[string]*Descriptor
	ins   map[string]wasiio.InputStream
	outs  map[string]wasiio.OutputStream
	lists map[string]gen.DirectoryEntryStream
}

// newGuest makes a guest with preopens, each of which it has open by its name.
func newGuest(t testing.TB, max int, preopens ...Preopen) *guest {
	t.Helper()
	g := &guest{t: t, ctx: t.Context(), io: p2io.NewState(max), ds: map[string]*Descriptor{},
		ins: map[string]wasiio.InputStream{}, outs: map[string]wasiio.OutputStream{},
		lists: map[string]gen.DirectoryEntryStream{}}
	var err error
	if g.st, err = New(g.io, preopens); err != nil {
		t.Fatal(err)
	}
	g.host = Host{Of: func(context.Context) *State { return g.st }}
	list, err := g.host.GetDirectories(g.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		g.ds[p.F1] = p.F0.(*Descriptor)
	}
	t.Cleanup(func() { g.io.Close() })
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
func (g *guest) at(path string) (*Descriptor, string) {
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
	var s wasiio.StreamError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &code):
		return code.String()
	case errors.As(err, &s) && s.Case == wasiio.StreamErrorClosed:
		return "closed"
	case errors.As(err, &s):
		c, _ := Host{}.FilesystemErrorCode(context.Background(), s.LastOperationFailed)
		if c == nil {
			return "failed"
		}
		return "failed: " + c.String()
	}
	return "TRAP " + err.Error()
}

var openWords = map[byte]gen.OpenFlags{'c': gen.OpenFlagsCreate, 'd': gen.OpenFlagsDirectory,
	'x': gen.OpenFlagsExclusive, 't': gen.OpenFlagsTruncate}

var flagWords = map[byte]gen.DescriptorFlags{'r': gen.DescriptorFlagsRead, 'w': gen.DescriptorFlagsWrite,
	's': gen.DescriptorFlagsFileIntegritySync, 'y': gen.DescriptorFlagsDataIntegritySync,
	'q': gen.DescriptorFlagsRequestedWriteSync, 'm': gen.DescriptorFlagsMutateDirectory}

// openFile runs "open path flags handle"; the flags are letters, "f" follows.
func (g *guest) openFile(a []string) string {
	d, path := g.at(a[0])
	var pf gen.PathFlags
	var of gen.OpenFlags
	var df gen.DescriptorFlags
	for _, c := range []byte(a[1]) {
		of |= openWords[c]
		df |= flagWords[c]
		if c == 'f' {
			pf = gen.PathFlagsSymlinkFollow
		}
	}
	got, err := d.OpenAt(g.ctx, pf, path, of, df)
	if err != nil {
		return word(err)
	}
	if len(a) < 3 {
		got.Drop(g.ctx)
		return "ok"
	}
	g.drop(a[2])
	g.ds[a[2]] = got.(*Descriptor)
	return "ok"
}

func (g *guest) drop(h string) string {
	if d, ok := g.ds[h]; ok {
		delete(g.ds, h)
		return word(d.Drop(g.ctx))
	}
	if s, ok := g.ins[h]; ok {
		delete(g.ins, h)
		return word(s.Drop(g.ctx))
	}
	if s, ok := g.outs[h]; ok {
		delete(g.outs, h)
		return word(s.Drop(g.ctx))
	}
	if s, ok := g.lists[h]; ok {
		delete(g.lists, h)
		return word(s.Drop(g.ctx))
	}
	return "none"
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
	if st.Type == gen.DescriptorTypeDirectory {
		return "directory"
	}
	return fmt.Sprint(st.Type, " ", st.Size, " ", st.LinkCount)
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
	return gen.NewTimestamp{Case: gen.NewTimestampTimestamp,
		Timestamp: clocks.Datetime{Seconds: number(sec), Nanoseconds: uint32(number(ns))}}
}

// list is the entries of a directory in order, each with a mark of its kind.
func (g *guest) list(d *Descriptor) string {
	s, err := d.ReadDirectory(g.ctx)
	if err != nil {
		return word(err)
	}
	defer s.Drop(g.ctx)
	var names []string
	for {
		e, err := s.ReadDirectoryEntry(g.ctx)
		switch {
		case err != nil:
			names = append(names, "?"+word(err))
			if len(names) > 1000 {
				return "endless"
			}
			if code := gen.ErrorCodeIllegalByteSequence; !errors.Is(err, code) {
				return names[len(names)-1]
			}
			continue
		case e == nil:
			slices.Sort(names)
			return strings.Join(names, " ")
		}
		mark := map[gen.DescriptorType]string{gen.DescriptorTypeDirectory: "/",
			gen.DescriptorTypeSymbolicLink: "@", gen.DescriptorTypeFifo: "|"}[e.Type]
		names = append(names, e.Name+mark)
	}
}

// descriptorOps are the functions whose first argument is a descriptor.
var descriptorOps = strings.Fields("type flags fstat fhash ftimes same sync datasync size advise ls read write")

// run runs one line.
func (g *guest) run(line string) string {
	a := fields(line)
	op, a := a[0], a[1:]
	if slices.Contains(descriptorOps, op) {
		d := g.ds[a[0]]
		if d == nil || op == "same" && g.ds[a[1]] == nil {
			return "none"
		}
		return g.runDescriptor(op, d, a[1:])
	}
	if out, ok := g.runStream(op, a); ok {
		return out
	}
	return g.runPath(op, a)
}

func (g *guest) runPath(op string, a []string) string {
	d, path := g.at(a[0])
	flags := gen.PathFlags(0)
	if op, ok := strings.CutSuffix(op, "+"); ok {
		flags = gen.PathFlagsSymlinkFollow
		return g.runFlagged(op, d, flags, path, a)
	}
	switch op {
	case "open":
		return g.openFile(a)
	case "drop":
		return g.drop(a[0])
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
	}
	return g.runFlagged(op, d, flags, path, a)
}

func (g *guest) runFlagged(op string, d *Descriptor, flags gen.PathFlags, path string, a []string) string {
	switch op {
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
	case "link":
		to, toPath := g.at(a[1])
		return word(d.LinkAt(g.ctx, flags, path, to, toPath))
	}
	g.t.Fatalf("there is no operation %q", op)
	return ""
}

func (g *guest) runDescriptor(op string, d *Descriptor, a []string) string {
	switch op {
	case "type":
		v, err := d.GetType(g.ctx)
		if err != nil {
			return word(err)
		}
		return v.String()
	case "flags":
		v, err := d.GetFlags(g.ctx)
		if err != nil {
			return word(err)
		}
		return v.String()
	case "fstat":
		return describe(d.Stat(g.ctx))
	case "fhash":
		_, err := d.MetadataHash(g.ctx)
		return word(err)
	case "ftimes":
		return word(d.SetTimes(g.ctx, timestamp(a[0]), timestamp(a[1])))
	case "same":
		v, err := d.IsSameObject(g.ctx, g.ds[a[0]])
		if err != nil {
			return word(err)
		}
		return strconv.FormatBool(v)
	case "sync":
		return word(d.Sync(g.ctx))
	case "datasync":
		return word(d.SyncData(g.ctx))
	case "size":
		return word(d.SetSize(g.ctx, number(a[0])))
	case "advise":
		return word(d.Advise(g.ctx, number(a[0]), number(a[1]), gen.Advice(number(a[2]))))
	case "ls":
		return g.list(d)
	case "read": // length offset
		v, err := d.Read(g.ctx, number(a[0]), number(a[1]))
		switch {
		case err != nil:
			return word(err)
		case v.F1:
			return strconv.Quote(string(v.F0)) + " end"
		}
		return strconv.Quote(string(v.F0))
	case "write": // offset text
		n, err := d.Write(g.ctx, []byte(a[1]), number(a[0]))
		if err != nil {
			return word(err)
		}
		return strconv.FormatUint(n, 10)
	}
	g.t.Fatalf("there is no operation %q", op)
	return ""
}

func (g *guest) runStream(op string, a []string) (string, bool) {
	switch op {
	case "in", "out", "append":
		if g.ds[a[0]] == nil {
			return "none", true
		}
	case "get":
		if g.ins[a[0]] == nil {
			return "none", true
		}
	case "put":
		if g.outs[a[0]] == nil {
			return "none", true
		}
	}
	switch op {
	case "in": // descriptor offset stream
		s, err := g.ds[a[0]].ReadViaStream(g.ctx, number(a[1]))
		if err == nil {
			g.drop(a[2])
			g.ins[a[2]] = s
		}
		return word(err), true
	case "out":
		s, err := g.ds[a[0]].WriteViaStream(g.ctx, number(a[1]))
		if err == nil {
			g.drop(a[2])
			g.outs[a[2]] = s
		}
		return word(err), true
	case "append": // descriptor stream
		s, err := g.ds[a[0]].AppendViaStream(g.ctx)
		if err == nil {
			g.drop(a[1])
			g.outs[a[1]] = s
		}
		return word(err), true
	case "get": // stream length
		p, err := g.ins[a[0]].BlockingRead(g.ctx, number(a[1]))
		if err != nil {
			return word(err), true
		}
		return strconv.Quote(string(p)), true
	case "put": // stream text
		return word(g.outs[a[0]].BlockingWriteAndFlush(g.ctx, []byte(a[1]))), true
	}
	return "", false
}

// check runs a table: lines of the form "line => outcome".
func (g *guest) check(script string) {
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

// put makes a tree in dir. A name that ends in "/" is a directory; text that
// starts with "-> " makes a symbolic link.
func put(t testing.TB, dir fs.Dir, tree [][2]string) {
	t.Helper()
	for _, e := range tree {
		var err error
		if target, ok := strings.CutPrefix(e[1], "-> "); ok {
			err = dir.Symlink(target, e[0])
		} else if strings.HasSuffix(e[0], "/") {
			err = dir.Mkdir(e[0])
		} else {
			err = putFile(t.Context(), dir, e[0], e[1])
		}
		if err != nil {
			t.Fatal(e[0], err)
		}
	}
}

func putFile(ctx context.Context, dir fs.Dir, name, text string) error {
	n, err := dir.Open(ctx, name, fs.Open{Write: true, Create: true})
	if err != nil {
		return err
	}
	defer n.Close()
	_, err = n.(fs.File).WriteAt([]byte(text), 0)
	return err
}

// text is what is in a file of the host's.
func text(t testing.TB, dir fs.Dir, name string) string {
	t.Helper()
	n, err := dir.Open(t.Context(), name, fs.Open{Read: true})
	if err != nil {
		t.Fatal(name, err)
	}
	defer n.Close()
	b := make([]byte, 1000)
	got, err := n.(fs.File).ReadAt(b, 0)
	if err != nil && err != io.EOF {
		t.Fatal(name, err)
	}
	return string(b[:got])
}
