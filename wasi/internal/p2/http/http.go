// Package http is the host's side of wasi:http 0.2: the messages of a guest
// that answers requests or sends them, over package host/http.
//
// The methods of resources are called by one guest at a time. What brings
// requests in and takes responses out may run beside it.
package http

import (
	"context"

	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// The limits of a guest that is given none.
const (
	DefaultMaxFields = message.DefaultMaxFields
	DefaultMaxBodies = message.DefaultMaxBodies
)

// A Config is what a guest gets of HTTP.
type Config struct {
	// Client sends the guest's requests. Without one they are denied.
	Client hosthttp.Doer
	// MaxFields and MaxBodies are limits; 0 means the defaults.
	MaxFields int
	MaxBodies int
}

// A State is what one guest has of HTTP.
type State struct {
	io     *p2io.State
	client hosthttp.Doer
	// fields is the size of all lists of fields that the guest holds, and of the
	// texts of its requests.
	fields *message.Budget
	// head says that the request which the guest answers has the method HEAD.
	head bool
	// bodies and requests are what is open.
	bodies, requests message.Limit
}

// New makes the state of a guest whose bodies end with s.
func New(s *p2io.State, c Config) *State {
	st := &State{io: s, client: c.Client, fields: message.NewBudget(c.MaxFields)}
	if client, ok := c.Client.(*hosthttp.Client); ok && client == nil {
		st.client = nil
	}
	if c.MaxBodies <= 0 {
		c.MaxBodies = DefaultMaxBodies
	}
	st.bodies.Max, st.requests.Max = c.MaxBodies, c.MaxBodies
	return st
}

// open counts c in n, which is one of the State's; closed forgets it.
func (s *State) open(c p2io.Closer, n *message.Limit) error {
	return n.Open(func() error { return s.io.Opened(c) })
}

func (s *State) closed(c p2io.Closer, n *message.Limit) {
	s.io.Closed(c)
	n.Close()
}

// A Host is the functions of wasi:http that belong to no resource.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var (
	_ gen.TypesHost           = Host{}
	_ gen.OutgoingHandlerHost = Host{}
)

// Link defines what the package has. The incoming-handler is what guests
// export; nobody is there to answer one that imports it.
func (h Host) Link() gen.Host { return gen.Host{Types: h, OutgoingHandler: h} }
