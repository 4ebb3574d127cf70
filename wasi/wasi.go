// Package wasi gives guests the WebAssembly System Interface: files, streams,
// clocks, random bytes and sockets, and nothing that they were not handed.
//
// [Run] runs a command that is a component (wasm32-wasip2, wasm32-wasip3) from
// start to exit. [Link] and [Instantiate] are its parts, for programs that want to
// add imports of their own or call exports of a reactor. [RunModule], [LinkModule]
// and [InstantiateModule] are the same for core modules (wasm32-wasip1).
package wasi

import (
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/random"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// Config is what a guest is given. The zero value gives it nothing: no
// arguments, no files, an empty standard input, output that goes nowhere; time
// and random bytes are those of the system.
type Config struct {
	// Args are the arguments; Args[0] is the program's name.
	Args []string
	// Env are the environment variables, each "NAME=value".
	Env []string
	// Stdin is read by the guest. An *os.File is waited on by its descriptor;
	// any other reader is read by a goroutine once the guest wants input, which
	// ends when its Read returns. The reader is not closed.
	Stdin io.Reader
	// Stdout and Stderr are written by the guest.
	Stdout, Stderr io.Writer
	// Dirs are the directories that the guest can open.
	Dirs []Dir
	// Listeners are sockets from which the guest can accept connections. They
	// follow the standard streams as file descriptors 3 and up, before Dirs.
	// They are for core modules: components open sockets themselves.
	Listeners []net.Listener
	// Network is what a component can do with sockets and names; nil is
	// nothing.
	Network *net.Policy
	// HTTP sends the HTTP requests of a component, and stays the caller's to
	// close; nil denies them all.
	HTTP *http.Client
	// Clock tells the time; nil means the system's.
	Clock clock.Clock
	// Timezone is the local time of components; nil means UTC.
	Timezone *time.Location
	// Random gives random bytes; nil means the system's.
	Random random.Source
	// Config is what a component reads with wasi:config; nil is nothing.
	Config map[string]string
	// KeyValue is the store of wasi:keyvalue, with the limits of
	// [keyvalue.Restrict]; nil denies every bucket. It stays the caller's.
	KeyValue keyvalue.Store
	// Log gets what a component tells wasi:logging; nil discards it.
	Log slog.Handler
	// Limits bounds what the guest may make the host spend. A
	// [dray.WithLimits] beside the Config goes before it, but for Descriptors
	// and Threads.
	Limits dray.Limits
}

// A Dir is a directory that a guest is given.
type Dir struct {
	// Guest is the name under which the guest finds it: "/", "data", "/tmp".
	Guest string
	// FS is the directory; see package fs for what it can be. It is not closed
	// with the guest.
	FS fs.Dir
}

// HostDir opens a directory of the operating system to be given to a guest.
// Close its FS when no guest uses it any more.
func HostDir(host, guest string, access fs.Access) (Dir, error) {
	d, err := fs.OpenDir(host, access)
	if err != nil {
		return Dir{}, err
	}
	return Dir{Guest: guest, FS: d}, nil
}

// streams are the standard streams of one guest: input, output, errors.
type streams [3]*stdio.Stream

func (c *Config) streams() streams {
	return streams{stdio.FromReader(c.Stdin), stdio.FromWriter(c.Stdout), stdio.FromWriter(c.Stderr)}
}

// close ends what waits for the streams. What is behind them stays open.
func (s streams) close() error {
	var errs []error
	for _, x := range s {
		errs = append(errs, x.Close())
	}
	return errors.Join(errs...)
}
