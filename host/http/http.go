// Package http is HTTP as guests may use it, over net/http: requests that a
// [Client] sends where it is allowed to, and the rules for what messages are
// made of. What fails is an [Error] with one of the reasons of [Code].
package http

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// A Header is the fields of a message by name, in any order.
type Header = http.Header

// A Dialer makes connections. *net.Dialer is one; a policy of addresses is
// another.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// A Doer sends requests. A *Client is one.
type Doer interface {
	// Do sends a request and waits for the head of its response. Its errors
	// are of type *Error, or that of ctx. The exchange goes on until the body
	// of the response is closed or ctx ends, whatever comes first.
	Do(ctx context.Context, r *Request) (*Response, error)
}

// A Request is what a guest wants to be sent.
type Request struct {
	// Method is GET if it is empty.
	Method string
	// Scheme is http or https.
	Scheme string
	// Authority is a host name or an address, and perhaps a port.
	Authority string
	// PathWithQuery begins with a slash, or is "*" for OPTIONS; "" means "/".
	PathWithQuery string
	// Header is not changed. It has no field that [Forbidden] names. A
	// Content-Length is only taken from ContentLength.
	Header Header
	// Body is read until its end, from another goroutine, also after Do has
	// returned. It is closed then, and a read that goes on meanwhile must
	// return. nil is no body.
	Body io.ReadCloser
	// ContentLength is the size of Body in bytes; less than 0 if it is not
	// known.
	ContentLength int64
	// Trailer gives the trailers when Body is at its end; nil means none.
	Trailer func() Header
	// Sent, unless it is nil, is called once, on any goroutine: with nil when
	// all of the request was written, or else with the reason why that did not
	// and will not happen. It must not wait.
	Sent func(err error)
	// ConnectTimeout bounds the time until there is a connection. The time
	// until the head of the response is there, and the time a read waits for
	// the first byte of the body, are bounded by FirstByteTimeout each; later
	// reads by BetweenBytesTimeout. Zero or less is no bound.
	ConnectTimeout      time.Duration
	FirstByteTimeout    time.Duration
	BetweenBytesTimeout time.Duration
}

// A Response is what came back.
type Response struct {
	Status int
	// Header is without what belongs to the connection.
	Header Header
	// ContentLength is what the response says of the size of its body, in
	// bytes; less than 0 if nothing.
	ContentLength int64
	// Body is never nil and must be closed, which ends the exchange and a read
	// that goes on. Its errors are of type *Error.
	Body io.ReadCloser
	// Trailer gives the trailers, nil for none, once Body is at its end.
	Trailer func() Header
}
