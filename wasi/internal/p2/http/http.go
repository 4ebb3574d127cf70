// Package http is the host's side of wasi:http 0.2: the messages of a guest
// that answers requests or sends them, over package host/http.
//
// The methods of resources are called by one guest at a time. What brings
// requests in and takes responses out may run beside it.
package http

import (
	"context"
	"sync"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// The limits of a guest that is given none.
const (
	// DefaultMaxFields bounds the names and values of one fields resource, in
	// bytes. Each field counts 32 more.
	DefaultMaxFields = 128 << 10
	// DefaultMaxBodies bounds the bodies that a guest has unfinished and the
	// requests that it has under way, each.
	DefaultMaxBodies = 1024
	// allFields is how many full fields resources a guest may have.
	allFields = 64
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
	// maxFields bounds one list of fields, maxBodies what is open.
	maxFields, maxBodies int
	// fields is the size of all lists of fields that the guest holds, and of the
	// texts of its requests.
	fields int
	// head says that the request which the guest answers has the method HEAD.
	head bool

	mu               sync.Mutex
	bodies, requests int
}

// New makes the state of a guest whose bodies end with s.
func New(s *p2io.State, c Config) *State {
	st := &State{io: s, client: c.Client, maxFields: c.MaxFields, maxBodies: c.MaxBodies}
	if client, ok := c.Client.(*hosthttp.Client); ok && client == nil {
		st.client = nil
	}
	if st.maxFields <= 0 {
		st.maxFields = DefaultMaxFields
	}
	if st.maxBodies <= 0 {
		st.maxBodies = DefaultMaxBodies
	}
	return st
}

// open counts c in n, which is one of the State's counters; closed forgets it.
func (s *State) open(c p2io.Closer, n *int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *n >= s.maxBodies {
		return host.EMFILE
	}
	if err := s.io.Opened(c); err != nil {
		return err
	}
	*n++
	return nil
}

func (s *State) closed(c p2io.Closer, n *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.io.Closed(c)
	*n--
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
