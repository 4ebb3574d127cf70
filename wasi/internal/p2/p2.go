// Package p2 is WASI 0.2: the interfaces that components for wasm32-wasip2
// import. It puts the faces of its sub-packages together; each of them is thin,
// and stands on the packages below host.
package p2

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/dray-wasm/dray/host/clock"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/random"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/wasi/internal/p2/cli"
	"github.com/dray-wasm/dray/wasi/internal/p2/clocks"
	"github.com/dray-wasm/dray/wasi/internal/p2/config"
	"github.com/dray-wasm/dray/wasi/internal/p2/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/p2/io"
	p2keyvalue "github.com/dray-wasm/dray/wasi/internal/p2/keyvalue"
	"github.com/dray-wasm/dray/wasi/internal/p2/logging"
	p2random "github.com/dray-wasm/dray/wasi/internal/p2/random"
	"github.com/dray-wasm/dray/wasi/internal/p2/sockets"
	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// A Config is what a guest is given. The zero value gives it nothing but the
// system's clock and random bytes.
type Config struct {
	// Args are the arguments, Args[0] the program's name.
	Args []string
	// Env are the environment variables, each "NAME=value".
	Env []string
	// InitialCwd is the directory that relative paths begin at; "" is none.
	InitialCwd string
	// Stdin, Stdout and Stderr are the standard streams; nil is empty, and
	// discards. They stay the caller's to close.
	Stdin, Stdout, Stderr *stdio.Stream
	// Preopens are the directories that the guest can open.
	Preopens []filesystem.Preopen
	// Clock tells the time; nil is the system's.
	Clock clock.Clock
	// Timezone is the guest's; nil is UTC.
	Timezone *time.Location
	// Random gives random bytes; nil is the system's.
	Random random.Source
	// Network is what the guest can do with sockets; nil is nothing.
	Network *net.Policy
	// HTTP sends the guest's requests; nil denies them.
	HTTP hosthttp.Doer
	// Config is what the guest reads with wasi:config; nil is nothing.
	Config map[string]string
	// KeyValue is the guest's store of keys and values; nil denies it.
	KeyValue keyvalue.Store
	// Log gets what the guest logs; nil discards it.
	Log    slog.Handler
	Limits Limits
}

// Limits bounds what a guest can make the host do. A zero field means the
// default.
type Limits struct {
	// MaxOpen is how many files, sockets and HTTP bodies may be open at a time;
	// the default is [io.DefaultMaxOpen].
	MaxOpen int
	// MaxRandomBytes is how many bytes one call may ask for; more is a trap.
	// The default is [p2random.DefaultMaxBytes].
	MaxRandomBytes uint64
}

// A State is what the functions work on, for one guest. It is safe for
// concurrent use.
type State struct {
	io     *io.State
	clocks *clocks.State
	random *p2random.State
	cli    *cli.State
	files  *filesystem.State
	net    *sockets.State
	http   *http.State
	config *config.State
	store  *p2keyvalue.State
	log    *logging.State
}

// New makes the state of a guest. It fails where the guest could not be given
// what c says.
func New(c Config) (*State, error) {
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	st := io.NewState(c.Limits.MaxOpen)
	s := &State{
		io:     st,
		clocks: clocks.New(c.Clock, c.Timezone),
		random: p2random.New(c.Random, c.Limits.MaxRandomBytes),
		net:    sockets.New(st, c.Network),
		http:   http.New(st, http.Config{Client: c.HTTP}),
		config: config.New(c.Config),
		store:  p2keyvalue.New(st, c.KeyValue),
		log:    logging.New(c.Log, c.Clock.Wall),
	}
	var err error
	s.cli, err = cli.New(s.io, cli.Config{
		Args: c.Args, Env: c.Env, InitialCwd: c.InitialCwd,
		Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
	})
	if err == nil {
		s.files, err = filesystem.New(s.io, c.Preopens)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// emptyClock is the clock of guests that were given nothing.
var emptyClock = sync.OnceValue(clock.System)

// Empty makes the state of a guest that was given nothing. It need not be
// closed.
func Empty() *State {
	s, err := New(Config{Clock: emptyClock()})
	if err != nil {
		panic(err) // nothing can be wrong with nothing
	}
	return s
}

// HTTP is what the guest has of HTTP.
func (s *State) HTTP() *http.State { return s.http }

// Flush waits until what the guest wrote is written, or until ctx ends.
func (s *State) Flush(ctx context.Context) error { return s.io.Flush(ctx) }

// Close closes what the guest opened and ends what it left going on. What
// Config gave stays open. Closing again does nothing.
func (s *State) Close() error { return s.io.Close() }
