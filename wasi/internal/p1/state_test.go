package p1

import (
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
)

func TestNewRefuses(t *testing.T) {
	dir := newTree(t, fs.ReadOnly)
	for _, test := range []struct {
		name string
		c    Config
		want string
	}{
		{"argument", Config{Args: []string{"a", "b\x00c"}}, `argument 1, "b\x00c", has a zero byte at offset 1`},
		{"variable", Config{Env: []string{"A=\x00"}}, `environment variable 0, "A=\x00", has a zero byte at offset 2`},
		{"no value", Config{Env: []string{"A"}}, `environment variable 0, "A", is not of the form NAME=value`},
		{"no name", Config{Env: []string{"=A"}}, `is not of the form NAME=value`},
		{"much", Config{Args: []string{strings.Repeat("x", maxStrings)}}, `the arguments have 67108865 bytes together, more than 67108864`},
		{"nil directory", Config{Preopens: []Preopen{{"/", nil}}}, `preopened directory 0, "/", is nil`},
		{"no guest name", Config{Preopens: []Preopen{{"", dir}}}, `preopened directory 0 has no name for the guest`},
		{"bad guest name", Config{Preopens: []Preopen{{"\xff", dir}}}, `is not UTF-8 without zero bytes`},
		{"long guest name", Config{Preopens: []Preopen{{strings.Repeat("x", 5000), dir}}}, `has 5000 bytes, more than 4096`},
		{"nil listener", Config{Listeners: []net.Listener{nil}}, `listener 0 is nil`},
		{"many", Config{Preopens: []Preopen{{"/", dir}}, Limits: Limits{MaxDescriptors: 3}}, `starts with 4 descriptors, more than the limit of 3`},
		{"limit", Config{Limits: Limits{MaxDescriptors: -1}}, `the limit of -1 descriptors`},
		{"limit of polls", Config{Limits: Limits{MaxSubscriptions: 1 << 30}}, `the limit of 1073741824 subscriptions`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := New(test.c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// stringsOf reads what args_get and environ_get store.
func (g *guest) stringsOf(get, sizes string) []string {
	g.t.Helper()
	g.ok(sizes, atResult, atResult+4)
	count, size := g.u32(atResult), g.u32(atResult+4)
	g.ok(get, atPath, atBuf)
	list := []string{}
	end := uint32(atBuf)
	for i := range count {
		p := g.u32(atPath + 4*i)
		if p != end {
			g.t.Errorf("string %d is at %d, want %d", i, p, end)
		}
		s := string(g.b[p : p+uint32(slices.Index(g.b[p:], 0))])
		list = append(list, s)
		end += uint32(len(s)) + 1
	}
	if end != atBuf+size {
		g.t.Errorf("the strings have %d bytes, told %d", end-atBuf, size)
	}
	return list
}

func TestArgs(t *testing.T) {
	for _, list := range [][]string{{}, {""}, {"prog", "", "ü x"}, make([]string, 500)} {
		g := newGuest(t, Config{Args: list})
		if got := g.stringsOf("args_get", "args_sizes_get"); !slices.Equal(got, list) {
			t.Errorf("args %q, want %q", got, list)
		}
	}
	env := []string{"A=1", "B=", "C=x=y\n"}
	g := newGuest(t, Config{Env: env})
	if got := g.stringsOf("environ_get", "environ_sizes_get"); !slices.Equal(got, env) {
		t.Errorf("env %q, want %q", got, env)
	}
}

func TestClose(t *testing.T) {
	dir := newTree(t, fs.ReadWrite)
	s, err := New(Config{Preopens: []Preopen{{"/", dir}}})
	if err != nil {
		t.Fatal(err)
	}
	g := guestOf(t, s)
	fd := g.open(3, "f", opening{oflags: oflagCreat, rights: rw})
	d, err := s.table.get(uint32(fd))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := d.file.Stat(); host.ErrnoOf(err) != host.EBADF {
		t.Errorf("a file that the guest opened is still open: %v", err)
	}
	if _, err := dir.Stat(); err != nil {
		t.Errorf("a directory that the guest was given is closed: %v", err)
	}
	g.want(errnoBadf, "fd_close", fd)
	g.want(errnoBadf, "fd_close", 0)
	if _, e := g.tryOpen(3, "f", opening{}); e != errnoBadf {
		t.Errorf("path_open after Close = %d", e)
	}
}

// TestPreopenStays: a guest that closes a preopened directory closes the
// descriptor and not the directory.
func TestPreopenStays(t *testing.T) {
	dir := newTree(t, fs.ReadWrite)
	g := newGuest(t, Config{Preopens: []Preopen{{"/", dir}}})
	fd := g.open(3, ".", opening{oflags: oflagDirectory})
	g.ok("fd_renumber", fd, 3)
	g.want(errnoBadf, "fd_prestat_get", 3, atResult)
	g.ok("fd_close", 3)
	if _, err := dir.Stat(); err != nil {
		t.Error(err)
	}
}

func TestPrestat(t *testing.T) {
	dir := newTree(t, fs.ReadOnly)
	g := newGuest(t, Config{Listeners: []net.Listener{&fakeListener{}}, Preopens: []Preopen{{"/", dir}, {"dätä", dir}}})
	g.ok("fd_prestat_get", 3, atResult)
	if g.b[atResult] == preopentypeDir {
		t.Error("a listener is told as a directory")
	}
	g.want(errnoNotdir, "fd_prestat_dir_name", 3, atBuf, 10)
	for fd, want := range map[uint64]string{4: "/", 5: "dätä"} {
		g.ok("fd_prestat_get", fd, atResult)
		if tag, n := g.b[atResult], g.u32(atResult+4); tag != 0 || int(n) != len(want) {
			t.Errorf("prestat of %d: %d, %d", fd, tag, n)
		}
		g.want(errnoNametoolong, "fd_prestat_dir_name", fd, atBuf, uint64(len(want)-1))
		g.b[atBuf+len(want)] = 0xaa
		g.ok("fd_prestat_dir_name", fd, atBuf, uint64(len(want)+10))
		if got := string(g.b[atBuf : atBuf+len(want)]); got != want || g.b[atBuf+len(want)] != 0xaa {
			t.Errorf("name of %d: %q", fd, got)
		}
	}
	for _, fd := range []uint64{0, 1, 2, 6, 1 << 31, 1<<32 - 1} {
		g.want(errnoBadf, "fd_prestat_get", fd, atResult)
		g.want(errnoBadf, "fd_prestat_dir_name", fd, atBuf, 100)
	}
	opened := g.open(4, ".", opening{})
	g.want(errnoBadf, "fd_prestat_get", opened, atResult)
}
