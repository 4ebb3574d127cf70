// Package p2 is WASI 0.2: the interfaces that components for wasm32-wasip2
// import. It puts the faces of its sub-packages together; each of them is thin,
// and stands on the packages below host.
package p2

import (
	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/wasi/internal/guest"
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
)

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

// New makes the state of a guest that has g and was given c, of which p was
// made. It fails where the guest could not be given that.
func New(g *guest.State, p *guest.Program, c *guest.Config) (*State, error) {
	cl := c.Clock
	if cl == nil {
		cl = clock.System()
	}
	st := io.Of(g)
	preopens := make([]filesystem.Preopen, len(c.Preopens))
	for i, d := range c.Preopens {
		preopens[i] = filesystem.Preopen(d)
	}
	files, err := filesystem.New(st, preopens)
	if err != nil {
		return nil, err
	}
	return &State{
		io:     st,
		clocks: clocks.New(cl, c.Timezone),
		random: p2random.New(c.Random, c.Limits.MaxRandomBytes),
		cli:    cli.New(st, p),
		files:  files,
		net:    sockets.New(st, c.Network),
		http:   http.New(st, http.Config{Client: c.HTTP}),
		config: config.New(c.Config),
		store:  p2keyvalue.New(st, c.KeyValue),
		log:    logging.New(c.Log, cl.Wall),
	}, nil
}

// Empty makes the state of a guest that was given nothing. It need not be
// closed.
func Empty() *State {
	c, p := guest.Nothing()
	s, err := New(guest.New(0), p, c)
	if err != nil {
		panic(err) // nothing can be wrong with nothing
	}
	return s
}

// HTTP is what the guest has of HTTP.
func (s *State) HTTP() *http.State { return s.http }
