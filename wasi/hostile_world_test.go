package wasi_test

// This file is the world of the guest that tries to get out: files, servers and
// names, which remember what was done to them.

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdnet "net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dray-wasm/dray/host/fs"
)

const (
	secretName = "secret.txt"
	secretText = "SECRET: nobody was to read this"
)

// A world is a directory with secrets in it, and servers. Below it, the guest
// is given rw and ro; elsewhere is where directories are moved to.
type world struct {
	base   string
	before map[string]fs.Stat
	swaps  atomic.Int64
	// outside is an address of this host that is not its loopback one, at which
	// nothing listens.
	outside netip.Addr
	// granted is what the guest may reach; the others are not.
	granted, denied, tcp, udp *server
	closers                   []func()
}

// A server counts who comes.
type server struct {
	addr                             string
	connections, datagrams, requests atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: the host makes symbolic links, and moves directories that are open")
	}
	base, err := filepath.EvalSymlinks(t.TempDir())
	check(t, err)
	w := &world{base: base, outside: outsideAddr()}
	t.Cleanup(w.close)
	for _, dir := range []string{"rw/race", "ro/sub", "private", "elsewhere"} {
		check(t, os.MkdirAll(filepath.Join(base, dir), 0o777))
	}
	for file, text := range map[string]string{
		secretName: secretText, "private/" + secretName: secretText, "elsewhere/" + secretName: "plain",
		"ro/file": "read me", "ro/sub/file": "read me", "rw/race/" + secretName: "plain",
	} {
		check(t, os.WriteFile(filepath.Join(base, file), []byte(text), 0o666))
	}
	for link, target := range map[string]string{
		"rw/host-abs": base, "rw/host-up": "..", "rw/host-file": filepath.Join(base, secretName), "rw/host-dangling": "../created-by-link",
		"rw/host-private": "../private", "ro/host-up": "..", "ro/host-rw": "../rw",
	} {
		check(t, os.Symlink(target, filepath.Join(base, link)))
	}
	w.before = w.look(t, true)
	w.granted, w.denied = w.serveHTTP(t, "granted"), w.serveHTTP(t, secretText)
	w.tcp, w.udp = w.listen(t), w.listenPacket(t)
	return w
}

func (w *world) close() {
	for _, f := range slices.Backward(w.closers) {
		f()
	}
	w.closers = nil
}

// outsideAddr is an address of an interface, or else one that no host has.
func outsideAddr() netip.Addr {
	addrs, _ := stdnet.InterfaceAddrs()
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if ip := p.Addr(); err == nil && ip.Is4() && !ip.IsLoopback() && ip.IsGlobalUnicast() {
			return ip
		}
	}
	return netip.MustParseAddr("192.0.2.1")
}

// look describes all that no guest may change. With fresh, times are set such
// that a file which is read gets another time of access.
func (w *world) look(t *testing.T, fresh bool) map[string]fs.Stat {
	t.Helper()
	d, err := fs.OpenDir(w.base, fs.ReadOnly)
	check(t, err)
	defer d.Close()
	names := []string{".", secretName, "private", "private/" + secretName, "ro", "ro/file", "ro/sub", "ro/sub/file", "ro/host-up"}
	seen := map[string]fs.Stat{}
	for _, name := range names {
		if fresh && name != "ro/host-up" {
			check(t, os.Chtimes(filepath.Join(w.base, name), time.Unix(1e9, 0), time.Unix(1.1e9, 0)))
		}
	}
	for _, name := range names {
		st, err := d.StatAt(name, false)
		check(t, err)
		if name == "." || name == "ro" || name == "ro/sub" || strings.HasPrefix(name, "ro/") {
			st.Atime = time.Time{} // these may be read
		}
		seen[name] = st
	}
	return seen
}

// unharmed fails the test where something was read or changed that is none of
// the guest's business.
func (w *world) unharmed(t *testing.T) {
	t.Helper()
	now := w.look(t, false) // before the test itself reads
	for name, was := range w.before {
		if now[name] != was {
			t.Errorf("%s was read or changed: before %+v, now %+v", name, was, now[name])
		}
	}
	for file, text := range map[string]string{
		secretName: secretText, "private/" + secretName: secretText, "ro/file": "read me", "ro/sub/file": "read me",
	} {
		if got, err := os.ReadFile(filepath.Join(w.base, file)); string(got) != text {
			t.Errorf("%s has %q, %v", file, got, err)
		}
	}
	for dir, want := range map[string]string{
		".": "elsewhere private ro rw secret.txt", "private": secretName, "ro": "file host-rw host-up sub", "ro/sub": "file",
	} {
		es, err := os.ReadDir(filepath.Join(w.base, dir))
		check(t, err)
		var names []string
		for _, e := range es {
			names = append(names, e.Name())
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("in %s there is %q, want %q", dir, got, want)
		}
	}
	for what, n := range map[string]int64{
		"connections to the TCP server": w.tcp.connections.Load(), "datagrams to the UDP server": w.udp.datagrams.Load(),
		"connections to the HTTP server": w.denied.connections.Load(), "requests to the HTTP server": w.denied.requests.Load(),
	} {
		if n != 0 {
			t.Errorf("%d %s that is not granted", n, what)
		}
	}
}

// swap turns rw/race from a directory into a symlink that leads out and back,
// again and again, and moves the directory out of rw meanwhile, until stop.
func (w *world) swap(t *testing.T) (stop func()) {
	at := func(name string) string { return filepath.Join(w.base, name) }
	// linger gives the guest a while with what is there.
	linger := func() error {
		for range 50 {
			os.Lstat(w.base)
		}
		return nil
	}
	done := make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			away := at([]string{"elsewhere/race", "rw/race-away"}[i%2])
			target := []string{"..", w.base, "../private", "race-loop/.."}[i%4]
			err := errors.Join(
				os.Rename(at("rw/race"), away),
				os.WriteFile(filepath.Join(away, secretName), []byte("plain"), 0o666),
				os.Symlink(target, at("elsewhere/link")),
				os.Rename(at("elsewhere/link"), at("rw/race")), linger(),
				os.Remove(at("rw/race")),
				os.Rename(away, at("rw/race")), linger(),
			)
			if err != nil {
				t.Errorf("swapping: %v", err)
				return
			}
			w.swaps.Add(1)
			select {
			case <-done:
				return
			default:
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// serveHTTP starts a server that answers text and the headers that it got.
func (w *world) serveHTTP(t *testing.T, text string) *server {
	s := &server{}
	h := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		if text != secretText && (r.Method != http.MethodGet || strings.Contains(strings.ToLower(r.RequestURI), "x-injected")) {
			t.Errorf("the server got %s %q", r.Method, r.RequestURI)
		}
		fmt.Fprintln(rw, text)
		r.Header.Write(rw)
		fmt.Fprintf(rw, "%v\n", r.TransferEncoding)
	}))
	h.Config.ConnState = func(_ stdnet.Conn, st http.ConnState) {
		if st == http.StateNew {
			s.connections.Add(1)
		}
	}
	h.Start()
	s.addr = h.Listener.Addr().String()
	w.closers = append(w.closers, h.Close)
	return s
}

// listen starts a server that counts connections.
func (w *world) listen(t *testing.T) *server {
	t.Helper()
	l, err := stdnet.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s := &server{addr: l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			io.WriteString(c, secretText)
			c.Close()
		}
	})
	w.closers = append(w.closers, func() { l.Close(); wg.Wait() })
	return s
}

// listenPacket starts a server that counts datagrams.
func (w *world) listenPacket(t *testing.T) *server {
	t.Helper()
	c, err := stdnet.ListenPacket("udp", "127.0.0.1:0")
	check(t, err)
	s := &server{addr: c.LocalAddr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for p := make([]byte, 100); ; {
			if _, _, err := c.ReadFrom(p); err != nil {
				return
			}
			s.datagrams.Add(1)
		}
	})
	w.closers = append(w.closers, func() { c.Close(); wg.Wait() })
	return s
}

// A rebinder answers for a name with one address first, and then with this
// host's own.
type rebinder struct {
	first netip.Addr
	mu    sync.Mutex
	names []string
}

func (r *rebinder) resolve(_ context.Context, name string) ([]netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names = append(r.names, name)
	if len(r.names) == 1 {
		return []netip.Addr{r.first}, nil
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}, nil
}

func (r *rebinder) asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.names)
}

// A dialer connects to one address, and remembers the others.
type dialer struct {
	allow   string
	allowed atomic.Int64
	mu      sync.Mutex
	bad     []string
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (stdnet.Conn, error) {
	if address != d.allow {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.bad = append(d.bad, network+" "+address)
		return nil, errors.New("not allowed")
	}
	d.allowed.Add(1)
	return new(stdnet.Dialer).DialContext(ctx, network, address)
}

func (d *dialer) others() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.bad)
}

// A loose directory confines nothing.
type loose struct {
	fs.Dir
	root string
}

// Access implements fs.Dir.
func (loose) Access() fs.Access { return fs.ReadWrite }

// at is a name of the host's, and the directory that it is in.
func (l loose) at(name string) (fs.Dir, string, error) {
	full, err := filepath.EvalSymlinks(filepath.Join(l.root, name))
	if err != nil {
		full = filepath.Join(l.root, name)
	}
	d, err := fs.OpenDir(filepath.Dir(full), fs.ReadWrite)
	return d, filepath.Base(full), err
}

// Open implements fs.Dir.
func (l loose) Open(ctx context.Context, name string, how fs.Open) (fs.Node, error) {
	d, base, err := l.at(name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Open(ctx, base, how)
}

// StatAt implements fs.Dir.
func (l loose) StatAt(name string, follow bool) (fs.Stat, error) {
	d, base, err := l.at(name)
	if err != nil {
		return fs.Stat{}, err
	}
	defer d.Close()
	return d.StatAt(base, follow)
}
