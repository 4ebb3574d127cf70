package wasi_test

// This file is the guest that tries to get out: testdata/guests/p2/hostile.wasm
// makes some 250 attempts on a tree with secrets around what it was given, and
// on servers that it was not given. hostile_world_test.go is what it is set
// into, hostile_classes_test.go says which test is about which kind of attack.

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
)

// raceTime is how long the guest opens what the host swaps meanwhile.
const raceTime = 500 * time.Millisecond

// TestHostileGuest: of all that the guest tries, it obtains nothing.
func TestHostileGuest(t *testing.T) {
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p2Dir, "hostile.wasm"))
	before := measure(t)
	w := newWorld(t)
	names := &rebinder{first: w.outside}
	policy, err := net.ParsePolicy("tcp:connect:"+w.granted.addr, "tcp:connect:rebind.example:*")
	check(t, err)
	policy = policy.WithResolver(names.resolve)
	pattern, err := hosthttp.ParseHostPattern("http://" + w.granted.addr)
	check(t, err)
	dials := &dialer{allow: w.granted.addr}
	client := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{pattern}, Dialer: dials})

	run := w.run(t, guest, w.dirs(t), policy, client)

	for _, line := range run.escaped {
		t.Errorf("attempt %s", line)
	}
	if run.exit != 0 || run.attempts < 200 || len(run.denied) < 200 {
		t.Errorf("exit status %d, %d attempts, %d of them denied; the guest says:\n%s%s", run.exit, run.attempts, len(run.denied), run.out, run.errs)
	}
	for _, line := range run.skipped {
		t.Errorf("an attempt could not be made: %s", line)
	}
	for _, line := range run.denied {
		t.Log(line)
	}
	t.Logf("%d attempts, 0 of them obtained something; %s; %d swaps of the directory; the granted server got %d requests",
		run.attempts, strings.TrimSpace(run.errs), w.swaps.Load(), w.granted.requests.Load())
	// What was to be reached was, so that the rest says something.
	if w.granted.requests.Load() == 0 || dials.allowed.Load() == 0 || w.swaps.Load() == 0 {
		t.Errorf("the granted server got %d requests on %d connections, the directory was swapped %d times", w.granted.requests.Load(), dials.allowed.Load(), w.swaps.Load())
	}
	for _, bad := range dials.others() {
		t.Errorf("the client dialled %s", bad)
	}
	if asked := names.asked(); !slices.Equal(asked, []string{"rebind.example"}) {
		t.Errorf("the resolver was asked for %q, want rebind.example once", asked)
	}
	w.unharmed(t)
	check(t, client.Close())
	w.close()
	before.settle(t)
}

// TestHostileGuestsTogether has several of them in one tree, which get in each
// other's way.
func TestHostileGuestsTogether(t *testing.T) {
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p2Dir, "hostile.wasm"))
	before := measure(t)
	w := newWorld(t)
	policy, err := net.ParsePolicy("tcp:connect:" + w.granted.addr)
	check(t, err)
	pattern, err := hosthttp.ParseHostPattern("http://" + w.granted.addr)
	check(t, err)
	client := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{pattern}, Dialer: policy})
	stop := w.swap(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, line := range w.attack(t, guest, w.dirs(t), policy, client).escaped {
				t.Errorf("attempt %s", line)
			}
		})
	}
	wg.Wait()
	stop()
	w.unharmed(t)
	check(t, client.Close())
	w.close()
	before.settle(t)
}

// TestHostileGuestEscapes: where things are open, the same guest says so. A
// test that cannot fail would say nothing.
func TestHostileGuestEscapes(t *testing.T) {
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p2Dir, "hostile.wasm"))
	w := newWorld(t)
	pattern, err := hosthttp.ParseHostPattern("*")
	check(t, err)
	client := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{pattern}})
	dirs := w.dirs(t)
	for i := range dirs {
		dirs[i].FS = loose{dirs[i].FS, filepath.Join(w.base, dirs[i].Guest)}
	}
	names := &rebinder{first: w.outside}
	run := w.run(t, guest, dirs, net.AllowAll().WithResolver(names.resolve), client)
	check(t, client.Close())
	if run.exit != 1 {
		t.Errorf("exit status %d", run.exit)
	}
	for _, want := range []string{
		"read ../secret.txt", "stat d/../../secret.txt", "create by a host's absolute symlink", "ro: open to write",
		"tcp connect 127.0.0.1:", "tcp listen 127.0.0.1:0", "udp send from 127.0.0.1:0", "resolve localhost",
		"connect by a name that changes", fmt.Sprintf("http %q", w.denied.addr),
	} {
		if !slices.ContainsFunc(run.escaped, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("the guest does not say that it escaped by %q", want)
		}
	}
	if w.denied.requests.Load() == 0 || w.tcp.connections.Load() == 0 || w.udp.datagrams.Load() == 0 {
		t.Errorf("the servers got %d requests, %d connections, %d datagrams", w.denied.requests.Load(), w.tcp.connections.Load(), w.udp.datagrams.Load())
	}
}

// TestHostileRebinding: a name leads an HTTP client to where it first led, and
// never to the host itself.
func TestHostileRebinding(t *testing.T) {
	rt := newRuntime(t)
	guest := load(t, rt, filepath.Join(p2Dir, "http.wasm"))
	w := newWorld(t)
	port := netip.MustParseAddrPort(w.denied.addr).Port()
	for _, first := range []netip.Addr{w.outside, netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::ffff:127.0.0.1"), netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("169.254.169.254")} {
		names := &rebinder{first: first}
		policy, err := net.ParsePolicy("tcp:connect:rebind.example:*")
		check(t, err)
		pattern, err := hosthttp.ParseHostPattern("*")
		check(t, err)
		client := hosthttp.NewClient(hosthttp.ClientConfig{Allow: []hosthttp.HostPattern{pattern}, Dialer: policy.WithResolver(names.resolve)})
		for range 3 {
			var out bytes.Buffer
			_, err := wasi.Run(t.Context(), guest, wasi.Config{
				Args: []string{"http", fmt.Sprintf("http://rebind.example:%d", port), "get"}, Stdout: &out, Stderr: &out, HTTP: client})
			check(t, err)
			if strings.Contains(out.String(), secretText) {
				t.Errorf("first answer %v: the guest got %q", first, &out)
			}
		}
		if n := len(names.asked()); n != 1 {
			t.Errorf("first answer %v: the resolver was asked %d times", first, n)
		}
		check(t, client.Close())
	}
	if n := w.denied.connections.Load(); n != 0 {
		t.Errorf("the server that is not granted got %d connections", n)
	}
	w.unharmed(t)
}

// An attack is what one run of the guest came to.
type attack struct {
	exit                     uint32
	attempts                 int
	denied, escaped, skipped []string
	out, errs                string
}

var attackLine = regexp.MustCompile(`^\d+ (denied|ESCAPED|no attempt)\b`)

// run has the guest try what it can, while the host swaps a directory for a
// link and back.
func (w *world) run(t *testing.T, guest *dray.Component, dirs []wasi.Dir, policy *net.Policy, client *hosthttp.Client) attack {
	t.Helper()
	stop := w.swap(t)
	defer stop()
	return w.attack(t, guest, dirs, policy, client)
}

// attack has the guest try what it can.
func (w *world) attack(t *testing.T, guest *dray.Component, dirs []wasi.Dir, policy *net.Policy, client *hosthttp.Client) attack {
	t.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	exit, err := wasi.Run(ctx, guest, wasi.Config{
		Args: []string{
			"hostile", "secret=" + secretName, "host=" + w.base, fmt.Sprintf("race=%d", raceTime.Milliseconds()),
			"tcp=" + w.tcp.addr, "udp=" + w.udp.addr, "http=" + w.denied.addr, "allowed=" + w.granted.addr,
			"name=internal.example", "rebind=rebind.example",
		},
		Env: []string{"GRANTED=1"}, Dirs: dirs, Network: policy, HTTP: client, Stdout: &out, Stderr: &errs,
	})
	for _, d := range dirs {
		if err := d.FS.Close(); err != nil {
			t.Error(err)
		}
	}
	if err != nil {
		t.Errorf("the guest ended with %v; it says:\n%s%s", err, &out, &errs)
	}
	a := attack{exit: exit, out: out.String(), errs: errs.String()}
	for line := range strings.Lines(a.out) {
		line = strings.TrimSpace(line)
		switch m := attackLine.FindStringSubmatch(line); {
		case m == nil:
			continue
		case m[1] == "denied":
			a.denied = append(a.denied, line)
		case m[1] == "ESCAPED":
			a.escaped = append(a.escaped, line)
		default:
			a.skipped = append(a.skipped, line)
		}
		a.attempts++
	}
	return a
}

// dirs is what the guest is given.
func (w *world) dirs(t *testing.T) []wasi.Dir {
	t.Helper()
	rw, err := wasi.HostDir(filepath.Join(w.base, "rw"), "/rw", fs.ReadWrite)
	check(t, err)
	ro, err := wasi.HostDir(filepath.Join(w.base, "ro"), "/ro", fs.ReadOnly)
	check(t, err)
	return []wasi.Dir{rw, ro}
}
