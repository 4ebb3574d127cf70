// This file is the client: what it may do, and how it sends.

package http

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The settings of a client that is given none.
const (
	// DefaultMaxResponseHeader bounds the headers of a response, in bytes.
	DefaultMaxResponseHeader = 128 << 10
	// DefaultConnectTimeout bounds the time until there is a connection.
	// Requests may bound it further.
	DefaultConnectTimeout = time.Minute
	// DefaultIdleTimeout is how long a connection waits for its next request.
	// It is shorter than what servers have, so that a request whose body cannot
	// be sent twice does not meet one that closes it.
	DefaultIdleTimeout = 4 * time.Second
	// maxIdle is how many connections wait, and maxIdlePerHost those to one
	// host.
	maxIdle        = 256
	maxIdlePerHost = 16
	// What HTTP/2 receives before it is read, in bytes, for one response and
	// for all of a connection.
	receiveStream     = 256 << 10
	receiveConnection = 4 << 20
)

// A ClientConfig says what a Client may do.
type ClientConfig struct {
	// Allow is the hosts that requests may be sent to. Without any, none may.
	Allow []HostPattern
	// Dialer makes the connections; nil is one that connects to any address.
	Dialer Dialer
	// RootCAs are the authorities that certificates of servers are checked
	// against; nil is those of the system.
	RootCAs *x509.CertPool
	// MaxResponseHeader bounds the headers of a response and MaxResponseBody
	// its body, in bytes. 0 is the default of the former, and no bound of the
	// latter.
	MaxResponseHeader int64
	MaxResponseBody   int64
	// MaxConnections bounds the connections to one host; requests wait for
	// one. 0 is no bound.
	MaxConnections int
	// ConnectTimeout and IdleTimeout stand for the defaults of that name; 0 is
	// the default.
	ConnectTimeout time.Duration
	IdleTimeout    time.Duration
	// Propagate may add headers to a request; ctx is that of the request. It
	// may be nil.
	Propagate func(ctx context.Context, h Header)
}

// A Client sends requests, with HTTP/1.1 or HTTP/2. It follows no redirects,
// uses no proxies, decodes no bodies, and adds no headers but those that the
// protocol needs. It is safe for concurrent use.
//
// Trailers of a request are sent behind a body without a Content-Length. With
// HTTP/2, at least one of them must be announced by a Trailer header; else the
// request fails. A client sees no loops of requests.
type Client struct {
	c ClientConfig
	// plain is for all but the hosts of h2c, which is nil without those.
	plain, h2c *http.Transport
}

var _ Doer = (*Client)(nil)

// NewClient makes a client.
func NewClient(c ClientConfig) *Client {
	if c.Dialer == nil {
		c.Dialer = new(net.Dialer)
	}
	if c.MaxResponseHeader <= 0 {
		c.MaxResponseHeader = DefaultMaxResponseHeader
	}
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = DefaultConnectTimeout
	}
	if c.IdleTimeout <= 0 {
		c.IdleTimeout = DefaultIdleTimeout
	}
	client := &Client{c: c}
	var asked, known http.Protocols
	asked.SetHTTP1(true)
	asked.SetHTTP2(true)
	client.plain = client.transport(&asked)
	for _, p := range c.Allow {
		if p.scheme == "h2c" && client.h2c == nil {
			known.SetUnencryptedHTTP2(true)
			client.h2c = client.transport(&known)
		}
	}
	return client
}

func (c *Client) transport(p *http.Protocols) *http.Transport {
	return &http.Transport{
		DialContext:            c.dial,
		TLSClientConfig:        &tls.Config{RootCAs: c.c.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    c.c.ConnectTimeout,
		DisableCompression:     true,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxConnsPerHost:        c.c.MaxConnections,
		IdleConnTimeout:        c.c.IdleTimeout,
		MaxResponseHeaderBytes: c.c.MaxResponseHeader,
		Protocols:              p,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream:     receiveStream,
			MaxReceiveBufferPerConnection: receiveConnection,
		},
	}
}

// callKey finds the context of the call that a connection is made for: net/http
// gives dials a context that does not end with it.
type callKey struct{}

// dial makes a connection, for the request that needs it.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.c.ConnectTimeout)
	defer cancel()
	if call, ok := ctx.Value(callKey{}).(context.Context); ok {
		defer context.AfterFunc(call, cancel)()
	}
	return c.c.Dialer.DialContext(ctx, network, address)
}

// Close closes the connections that wait for a next request.
func (c *Client) Close() error {
	c.plain.CloseIdleConnections()
	if c.h2c != nil {
		c.h2c.CloseIdleConnections()
	}
	return nil
}

// Allowed tells whether a request may be sent to a host. The scheme is http or
// https.
func (c *Client) Allowed(scheme, authority string) bool {
	name, port, ok := ParseAuthority(authority)
	if !ok {
		return false
	}
	if port == 0 {
		port = defaultPort(scheme)
	}
	return c.route(scheme, name, port) != nil
}

// route is what sends requests to a host; nil if it is not allowed.
func (c *Client) route(scheme, name string, port uint16) *http.Transport {
	for _, p := range c.c.Allow {
		if p.match(scheme, name, port) {
			if p.scheme == "h2c" {
				return c.h2c
			}
			return c.plain
		}
	}
	return nil
}

// Do implements Doer.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	req, rt, err := c.request(ctx, r)
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		if r.Sent != nil {
			r.Sent(err)
		}
		return nil, err
	}
	x := &call{r: r, connect: r.ConnectTimeout, parent: ctx, two: rt == c.h2c, whole: r.Body == nil}
	if x.connect <= 0 || x.connect > c.c.ConnectTimeout {
		x.connect = c.c.ConnectTimeout
	}
	x.ctx, x.cancel = context.WithCancelCause(ctx)
	x.body(req)
	trace := &httptrace.ClientTrace{GotConn: x.gotConn}
	if r.Sent != nil {
		trace.WroteRequest = x.wroteRequest
	}
	req = req.WithContext(context.WithValue(httptrace.WithClientTrace(x.ctx, trace), callKey{}, x.ctx))
	x.arm(x.connect, errConnect)
	res, err := rt.RoundTrip(req)
	x.disarm()
	if failed := x.failure(); err == nil && failed != nil {
		res.Body.Close() // an answer to half a request
		err = failed
	}
	if err != nil {
		err = x.explain(err)
		x.cancel(err)
		x.sent(err)
		return nil, err
	}
	x.answered(req.Body)
	return x.response(res, c.c.MaxResponseBody)
}

// request makes what net/http sends, and finds what sends it.
func (c *Client) request(ctx context.Context, r *Request) (*http.Request, *http.Transport, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	if !ValidToken(method) || method == http.MethodConnect {
		return nil, nil, Fail(RequestMethodInvalid, nil)
	}
	if r.Scheme != "http" && r.Scheme != "https" {
		return nil, nil, FailText(ProtocolError, "the scheme is neither http nor https")
	}
	name, port, ok := ParseAuthority(r.Authority)
	if !ok || !ValidPath(r.PathWithQuery) || r.PathWithQuery == "*" && method != http.MethodOptions {
		return nil, nil, Fail(RequestURIInvalid, nil)
	}
	if port == 0 {
		port = defaultPort(r.Scheme)
	}
	rt := c.route(r.Scheme, name, port)
	if rt == nil {
		return nil, nil, Fail(RequestDenied, nil)
	}
	h, err := cleanHeader(r.Header)
	if err != nil {
		return nil, nil, err
	}
	if c.c.Propagate != nil {
		c.c.Propagate(ctx, h)
	}
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = nil // or net/http adds its own
	}
	u := requestURL(r.PathWithQuery)
	u.Scheme, u.Host = r.Scheme, net.JoinHostPort(name, strconv.Itoa(int(port)))
	return &http.Request{
		Method: method, URL: u, Host: r.Authority, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, rt, nil
}

// cleanHeader copies the fields that may be sent, under canonical names, so
// that net/http sees what is there.
func cleanHeader(from Header) (Header, error) {
	h := make(Header, len(from)+1)
	for name, values := range from {
		if !ValidToken(name) {
			return h, FailText(ProtocolError, "the name of a header is not valid")
		}
		if Forbidden(name) || strings.EqualFold(name, "Content-Length") {
			continue
		}
		for _, v := range values {
			if !ValidValue(v) {
				return h, FailText(ProtocolError, "the value of a header is not valid")
			}
			h.Add(name, v)
		}
	}
	return h, nil
}

// A call is one request under way.
type call struct {
	r       *Request
	parent  context.Context
	ctx     context.Context
	cancel  context.CancelCauseFunc
	connect time.Duration

	mu    sync.Mutex
	timer *time.Timer
	over  bool // the head of the response is there, or an error
	got   bool // there is a connection
	two   bool // the connection has HTTP/2

	// failed is why the body of the request could not be read to its end; whole
	// tells that it was, or that there is none.
	failed error
	whole  bool
	// unsent is why the request was not written. Until there is an answer, it
	// may be written again.
	unsent error
	final  bool      // there is an answer
	told   sync.Once // of Sent
}

// The errors of what takes too long.
var (
	errConnect   = Fail(ConnectionTimeout, nil)
	errFirstByte = Fail(ConnectionReadTimeout, nil)
	errBetween   = Fail(ConnectionReadTimeout, nil)
	errClosed    = Fail(ConnectionTerminated, nil)
)

// arm ends the call with err after d, instead of what was armed before.
func (x *call) arm(d time.Duration, err *Error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.timer != nil {
		x.timer.Stop()
		x.timer = nil
	}
	if d > 0 && !x.over {
		x.timer = time.AfterFunc(d, func() { x.cancel(err) })
	}
}

// disarm ends what arm began, for good.
func (x *call) disarm() {
	x.mu.Lock()
	x.over = true
	x.mu.Unlock()
	x.arm(0, nil)
}

// gotConn is told of the connection on which the request is sent.
func (x *call) gotConn(info httptrace.GotConnInfo) {
	x.mu.Lock()
	x.got = true
	if conn, ok := info.Conn.(interface{ ConnectionState() tls.ConnectionState }); ok {
		x.two = x.two || conn.ConnectionState().NegotiatedProtocol == "h2"
	}
	x.mu.Unlock()
	x.arm(x.r.FirstByteTimeout, errFirstByte)
}

func (x *call) isTwo() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.two
}

// explain is the error of the call for one of net/http.
func (x *call) explain(err error) error {
	if cause := ErrorOf(context.Cause(x.ctx)); cause != nil {
		return cause
	}
	if err := x.parent.Err(); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failed != nil {
		err = x.failed // which net/http may only quote
	}
	return classify(err, !x.got)
}
