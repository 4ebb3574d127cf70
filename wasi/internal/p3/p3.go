// Package p3 is WASI 0.3: the interfaces that components for wasm32-wasip3
// import. It puts the faces of its sub-packages together; each of them is thin,
// and stands on the packages below host.
package p3

import (
	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/wasi/internal/guest"
	"github.com/dray-wasm/dray/wasi/internal/p3/cli"
	"github.com/dray-wasm/dray/wasi/internal/p3/clocks"
	"github.com/dray-wasm/dray/wasi/internal/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/p3/http"
	p3random "github.com/dray-wasm/dray/wasi/internal/p3/random"
	"github.com/dray-wasm/dray/wasi/internal/p3/sockets"
)

// A State is what the functions work on, for one guest. It is safe for
// concurrent use.
type State struct {
	clocks *clocks.State
	random *p3random.State
	cli    *cli.State
	files  *filesystem.State
	net    *sockets.State
	http   *http.State
}

// New makes the state of a guest that has g and was given c, of which p was
// made. It fails where the guest could not be given that.
func New(g *guest.State, p *guest.Program, c *guest.Config) (*State, error) {
	cl := c.Clock
	if cl == nil {
		cl = clock.System()
	}
	preopens := make([]filesystem.Preopen, len(c.Preopens))
	for i, d := range c.Preopens {
		preopens[i] = filesystem.Preopen(d)
	}
	files, err := filesystem.New(g, preopens)
	if err != nil {
		return nil, err
	}
	return &State{
		clocks: clocks.New(cl, c.Timezone),
		random: p3random.New(c.Random, c.Limits.MaxRandomBytes),
		cli:    cli.New(g, p),
		files:  files,
		net:    sockets.New(g, c.Network),
		http:   http.New(g, http.Config{Client: c.HTTP}),
	}, nil
}

// Empty makes the state of a guest that was given nothing. What such a guest
// leaves going on ends with its instance.
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
