// Package http is the host's side of wasi:http 0.3: requests and responses of
// guests, over package host/http.
//
// A message is its head and a body: a stream of contents, a future of trailers,
// and, if a guest made it, a future that tells the guest whether it got to where
// it should. Bodies move as they are from one owner to the next: what a guest
// gives is read only by who sends it over a network.
//
// Methods of resources are called by one guest at a time; requests are sent
// beside that. All states are safe for concurrent use.
package http

import (
	"context"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/http"
	"github.com/dray-wasm/dray/wasi/internal/guest"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// The limits of a guest that is given none.
const (
	DefaultMaxFields = message.DefaultMaxFields
	DefaultMaxBodies = message.DefaultMaxBodies
)

// A Next answers the requests of a guest that imports the handler, such as a
// middleware. gen.HandlerHost is the same.
type Next interface {
	// Handle owns the request, whether it fails or not. An error of type
	// gen.ErrorCode is for the guest; any other ends it. It is called on any
	// goroutine, several at a time; ctx ends when the guest cancels the call
	// or ends.
	Handle(ctx context.Context, request gen.Request) (gen.Response, error)
}

// A Config is what a guest gets of HTTP.
type Config struct {
	// Client sends the guest's requests. Without one they are denied.
	Client hosthttp.Doer
	// Next answers what the guest hands on to the handler that it imports.
	// Without one that is a configuration-error. See [State.SetNext], too.
	Next Next
	// MaxFields and MaxBodies are limits; 0 means the defaults.
	MaxFields int
	MaxBodies int
}

// A State is what one guest has of HTTP.
type State struct {
	g      *guest.State
	client hosthttp.Doer
	next   Next
	// fields is the size of all lists of fields that the guest holds, and of the
	// texts of its requests.
	fields *message.Budget
	// bodies, requests and verdicts are what is open: bodies from outside,
	// requests under way, and results that are waited for.
	bodies, requests, verdicts message.Limit
}

// New makes the state of a guest, which ends with g.
func New(g *guest.State, c Config) *State {
	s := &State{g: g, client: c.Client, next: c.Next, fields: message.NewBudget(c.MaxFields)}
	if client, ok := c.Client.(*hosthttp.Client); ok && client == nil {
		s.client = nil
	}
	if c.MaxBodies <= 0 {
		c.MaxBodies = DefaultMaxBodies
	}
	s.bodies.Max, s.requests.Max, s.verdicts.Max = c.MaxBodies, c.MaxBodies, c.MaxBodies
	return s
}

// open counts c in n, which is one of the State's; closed forgets it.
func (s *State) open(c guest.Closer, n *message.Limit) error {
	return n.Open(func() error { return s.g.Opened(c) })
}

func (s *State) closed(c guest.Closer, n *message.Limit) {
	s.g.Closed(c)
	n.Close()
}

// A Host is the functions of wasi:http that belong to no resource.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.TypesHost   = Host{}
	_ gen.ClientHost  = Host{}
	_ gen.HandlerHost = Host{}
)

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Types: h, Client: h, Handler: h} }
