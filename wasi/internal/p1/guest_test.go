package p1

// This file is the guest of the tests: a memory, a caller, and a way to call
// the functions by name.

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasm"
)

const pageSize = 65536

// fakeMemory is a guest's memory.
type fakeMemory struct{ b []byte }

func (m *fakeMemory) Type() wasm.ExternType        { return wasm.ExternType{} }
func (m *fakeMemory) Bytes() []byte                { return m.b }
func (m *fakeMemory) Grow(n uint64) (uint64, bool) { return 0, false }
func (m *fakeMemory) Memory() engine.Memory        { return m }
func (m *fakeMemory) Data() any                    { return nil }
func (m *fakeMemory) Export(string) engine.Extern  { return nil }
func (m *fakeMemory) u16(p uint32) uint16          { return binary.LittleEndian.Uint16(m.b[p:]) }
func (m *fakeMemory) u32(p uint32) uint32          { return binary.LittleEndian.Uint32(m.b[p:]) }
func (m *fakeMemory) u64(p uint32) uint64          { return binary.LittleEndian.Uint64(m.b[p:]) }
func (m *fakeMemory) set32(p uint32, vs ...uint32) {
	for i, v := range vs {
		binary.LittleEndian.PutUint32(m.b[int(p)+4*i:], v)
	}
}
func (m *fakeMemory) set64(p uint32, v uint64) { binary.LittleEndian.PutUint64(m.b[p:], v) }

// A noMemory is a caller without a memory.
type noMemory struct{ fakeMemory }

func (*noMemory) Memory() engine.Memory { return nil }

// A guest calls functions. Not safe for concurrent use; fork makes another one
// of the same state.
type guest struct {
	*fakeMemory
	t     testing.TB
	ctx   context.Context
	state *State
	funcs map[string]engine.HostFunc
	stack [16]uint64
}

// The places in memory that the helpers use.
const (
	atResult = 16   // results
	atIovecs = 64   // up to 100 iovecs
	atPath   = 1024 // a path
	atPath2  = 6144 // another
	atBuf    = 12288
)

func newGuest(t testing.TB, c Config) *guest {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return guestOf(t, s)
}

func guestOf(t testing.TB, s *State) *guest {
	g := &guest{t: t, ctx: t.Context(), state: s, fakeMemory: &fakeMemory{make([]byte, 4*pageSize)},
		funcs: map[string]engine.HostFunc{}}
	for _, f := range Funcs(func(engine.Caller) *State { return s }) {
		g.funcs[f.Name] = f
	}
	return g
}

// try calls a function.
func (g *guest) try(name string, args ...uint64) (errno, error) {
	f, ok := g.funcs[name]
	if !ok || len(args) != len(f.Type.Params) {
		g.t.Fatalf("call of %s with %d arguments", name, len(args))
	}
	n := copy(g.stack[:], args)
	err := f.Call(g.ctx, g.fakeMemory, g.stack[:max(n, 1)])
	return errno(g.stack[0]), err
}

// call calls a function that must not end the guest.
func (g *guest) call(name string, args ...uint64) errno {
	g.t.Helper()
	e, err := g.try(name, args...)
	if err != nil {
		g.t.Fatalf("%s%v ends the guest: %v", name, args, err)
	}
	return e
}

// ok calls a function that must succeed.
func (g *guest) ok(name string, args ...uint64) {
	g.t.Helper()
	g.want(errnoSuccess, name, args...)
}

// want calls a function that must answer with an errno.
func (g *guest) want(e errno, name string, args ...uint64) {
	g.t.Helper()
	if got := g.call(name, args...); got != e {
		g.t.Fatalf("%s%v = %d, want %d", name, args, got, e)
	}
}

// str puts a string into memory and returns its place and length.
func (g *guest) str(at uint32, s string) (ptr, n uint64) {
	copy(g.b[at:], s)
	return uint64(at), uint64(len(s))
}

// iovecs puts an array of buffers into memory.
func (g *guest) iovecs(bufs ...[2]uint32) (ptr, n uint64) {
	for i, b := range bufs {
		g.set32(uint32(atIovecs+8*i), b[0], b[1])
	}
	return atIovecs, uint64(len(bufs))
}

// An opening is the parameters of path_open that tests vary.
type opening struct {
	follow bool
	oflags uint64
	rights uint64
	flags  uint64
}

const rw = rightFdRead | rightFdWrite

func (g *guest) tryOpen(fd uint64, name string, o opening) (uint64, errno) {
	g.t.Helper()
	look := uint64(0)
	if o.follow {
		look = 1
	}
	ptr, n := g.str(atPath, name)
	e := g.call("path_open", fd, look, ptr, n, o.oflags, o.rights, 0, o.flags, atResult)
	return uint64(g.u32(atResult)), e
}

func (g *guest) open(fd uint64, name string, o opening) uint64 {
	g.t.Helper()
	got, e := g.tryOpen(fd, name, o)
	if e != 0 {
		g.t.Fatalf("path_open %q %+v = %d", name, o, e)
	}
	return got
}

// path calls a function whose parameters are a directory and a path.
func (g *guest) path(name string, fd uint64, path string) errno {
	g.t.Helper()
	ptr, n := g.str(atPath, path)
	return g.call(name, fd, ptr, n)
}

// write writes a string.
func (g *guest) write(fd uint64, s string) errno {
	g.t.Helper()
	copy(g.b[atBuf:], s)
	p, n := g.iovecs([2]uint32{atBuf, uint32(len(s))})
	e := g.call("fd_write", fd, p, n, atResult)
	if e == 0 && g.u32(atResult) != uint32(len(s)) {
		g.t.Fatalf("fd_write of %d bytes wrote %d", len(s), g.u32(atResult))
	}
	return e
}

// read reads up to n bytes.
func (g *guest) read(fd uint64, n uint32) (string, errno) {
	g.t.Helper()
	p, c := g.iovecs([2]uint32{atBuf, n})
	if e := g.call("fd_read", fd, p, c, atResult); e != 0 {
		return "", e
	}
	return string(g.b[atBuf : atBuf+g.u32(atResult)]), 0
}

// mustRead reads and compares.
func (g *guest) mustRead(fd uint64, n uint32, want string) {
	g.t.Helper()
	if got, e := g.read(fd, n); e != 0 || got != want {
		g.t.Fatalf("fd_read %d = %q, %d, want %q", fd, got, e, want)
	}
}

// tell is the offset of a descriptor.
func (g *guest) tell(fd uint64) uint64 {
	g.t.Helper()
	g.ok("fd_tell", fd, atResult)
	return g.u64(atResult)
}

// size is the size of a file by path.
func (g *guest) size(fd uint64, path string) uint64 {
	g.t.Helper()
	ptr, n := g.str(atPath, path)
	g.ok("path_filestat_get", fd, 0, ptr, n, atBuf)
	return g.u64(atBuf + filestatSizeOf)
}

// openCount counts the open descriptors.
func (s *State) openCount() int {
	s.table.mu.RLock()
	defer s.table.mu.RUnlock()
	n := 0
	for _, d := range s.table.ds {
		if d != nil {
			n++
		}
	}
	return n
}

// newTree is an empty directory.
func newTree(t testing.TB, access fs.Access) fs.Dir {
	t.Helper()
	return treeAt(t, t.TempDir(), access)
}

func treeAt(t testing.TB, path string, access fs.Access) fs.Dir {
	t.Helper()
	d, err := fs.OpenDir(path, access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// newDirGuest is a guest with an empty directory "/" as descriptor 3.
func newDirGuest(t testing.TB) *guest {
	t.Helper()
	return newGuest(t, Config{Preopens: []Preopen{{"/", newTree(t, fs.ReadWrite)}}})
}

// dirents parses what fd_readdir stored; rest is what is left of a cut entry.
func dirents(b []byte) (names []string, next []uint64, rest int) {
	for len(b) >= direntSize {
		n := int(binary.LittleEndian.Uint32(b[direntNamlen:]))
		if len(b) < direntSize+n {
			break
		}
		names = append(names, string(b[direntSize:direntSize+n]))
		next = append(next, binary.LittleEndian.Uint64(b))
		b = b[direntSize+n:]
	}
	return names, next, len(b)
}
