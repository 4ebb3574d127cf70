// Package http serves HTTP with components: a [Handler] is an [net/http.Handler]
// whose requests are answered by a component that exports wasi:http/handler, of
// any version 0.3, or wasi:http/incoming-handler, of any version 0.2.
//
//	l := rt.NewLinker()
//	err := wasi.Link(l)
//	p, err := l.Prepare(component)
//	h, err := http.New(p, http.Config{Timeout: 10 * time.Second})
//	err = nethttp.ListenAndServe(":8080", h)
//
// With WASI 0.2, every request has an instance of its own, which is not used
// again: what a guest does wrong is wrong for its own request only. With WASI
// 0.3, an instance answers many requests, also at the same time: see
// [Config.MaxReuse]. Those that it has when it traps fail together.
package http

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	nethttp "net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
)

// Config configures a [Handler]. The zero value gives guests nothing but
// requests.
type Config struct {
	// WASI is what the guest of each request is given. Stdout and Stderr are
	// written by many guests, a whole line at a time. Stdin is not given on.
	WASI wasi.Config
	// ForRequest may change what the guest of one request is given; c is a
	// copy of WASI. An error refuses the request with status 500. Instances
	// are not made ahead then.
	ForRequest func(r *nethttp.Request, c *wasi.Config) error
	// PrefixOutput puts the stream and the number of the request in front of
	// each line of output: "stderr [7] :: ". Where an instance answers many
	// requests it is the number of the instance.
	PrefixOutput bool

	// MaxConcurrent bounds the guests that run at the same time; 0 means
	// [DefaultMaxConcurrent], and less than 0 no bound.
	MaxConcurrent int
	// MaxWaiting bounds the requests that wait because of MaxConcurrent, for
	// at most Timeout; further ones get status 503. 0 means
	// [DefaultMaxWaiting], less than 0 none.
	MaxWaiting int
	// Timeout bounds how long a guest runs. A request that has no answer then
	// gets status 504, and one that has a part of it an end of its connection.
	// 0 means no bound.
	Timeout time.Duration
	// MaxBodyBytes bounds the bodies of requests. Larger ones get status 413,
	// or where the answer has begun, give the guest an error. 0 means no bound.
	MaxBodyBytes int64
	// Ahead is how many instances are made before there are requests for them.
	// Ones that waited for AheadTimeout are closed, and not made again before
	// the next request; 0 means that they wait for ever.
	Ahead        int
	AheadTimeout time.Duration

	// MaxReuse is how many requests an instance answers in all, and
	// MaxConcurrentReuse how many of them at a time; it is closed when it has
	// had none for IdleTimeout (less than 0: never). 0 means
	// [DefaultMaxReuse], [DefaultMaxConcurrentReuse] and [DefaultIdleTimeout].
	// With WASI 0.2 an instance always answers one.
	MaxReuse, MaxConcurrentReuse int
	IdleTimeout                  time.Duration

	// Next answers what the component hands on to the wasi:http/handler that it
	// imports: it is a middleware. It must import that exactly if there is a
	// Next, whose component is one of WASI 0.3. The handler stays the caller's:
	// Close and Shutdown do not close it, and it is to be closed after this one.
	// It may serve others at the same time, and its own Config holds for its
	// guests; the Timeout of this one holds for both. It reports nothing.
	Next *Handler

	// Logger is told of guests that trap or break rules; nil means nobody is.
	Logger *slog.Logger
	// Report is called at the end of each request, on its goroutine.
	Report func(*nethttp.Request, Outcome)
}

// What a [Config] that does not say means: how many guests run at the same
// time, and how many requests wait.
const (
	DefaultMaxConcurrent = 1000
	DefaultMaxWaiting    = 1000
)

// An Outcome is how a request ended.
type Outcome struct {
	// ID is the number of the request, from 1.
	ID uint64
	// Status is the status that was sent; 0 where none was.
	Status int
	// Bytes is how much of a body was sent.
	Bytes int64
	// Waited is how long the request waited for its turn, Took how long it
	// was under way in all.
	Waited, Took time.Duration
	// Err is why the client did not get what the guest answered: one of the
	// errors of this package, and behind it what they wrap. nil means that it
	// did.
	Err error
}

// The errors of an [Outcome].
var (
	// ErrTrapped is a guest that trapped or exited before its answer was whole.
	ErrTrapped = errors.New("the guest did not get to the end of its answer")
	// ErrNoAnswer is a guest that ended, or dropped its response-outparam,
	// without an answer.
	ErrNoAnswer = errors.New("the guest gave no answer")
	// ErrBadAnswer is an answer that HTTP does not have, such as status 99.
	ErrBadAnswer = errors.New("the guest gave an answer that cannot be sent")
	// ErrIncomplete is a body that the guest dropped before it was finished.
	ErrIncomplete = errors.New("the guest did not finish the body of its answer")
	// ErrRefused is a guest that answered with an error code.
	ErrRefused = errors.New("the guest answered with an error code")
	// ErrTimeout is a guest that ran for longer than Config.Timeout.
	ErrTimeout = errors.New("the guest ran out of time")
	// ErrOverloaded is a request for which there was no place to wait.
	ErrOverloaded = errors.New("too many requests are under way")
	// ErrTooLarge is a body larger than Config.MaxBodyBytes.
	ErrTooLarge = errors.New("the body of the request is too large")
	// ErrGone is a client that went away.
	ErrGone = errors.New("the client went away")
	// ErrInstance is a guest that could not be made.
	ErrInstance = errors.New("the guest could not be instantiated")
	// ErrClosed is what a closed [Handler] answers.
	ErrClosed = errors.New("the handler is closed")
)

// Stats is what a [Handler] does, and has done since it was made.
type Stats struct {
	// Running is the guests that run now, or with WASI 0.3 the requests that
	// they answer; Waiting is the requests that wait for their turn, Ahead the
	// instances that wait for their first request, Shared those of 0.3 that
	// get further requests.
	Running, Waiting, Ahead, Shared int
	// Instances were made, and Traps of them ended with a trap; Timeouts ran
	// out of time.
	Instances, Traps, Timeouts uint64
}

// A Handler answers requests with a component. It is safe for concurrent use.
type Handler struct {
	cfg  Config
	p    *dray.Prepared
	gate gate
	pool pool
	// shared says that the component is one of WASI 0.3, whose instances are
	// those of the crowd.
	shared bool
	crowd  crowd
	// life ends with Close, and with it all guests.
	life context.Context
	end  context.CancelCauseFunc

	requests, traps, timeouts atomic.Uint64
}

// New makes a handler of a component. What p was prepared with had the
// imports of WASI linked by [wasi.Link]. The error is a *[NotHandlerError], or
// what is wrong with cfg. Interruptible guests are needed for timeouts: see
// [dray.Config].
func New(p *dray.Prepared, cfg Config) (*Handler, error) {
	if err := Check(p.Component()); err != nil {
		return nil, err
	}
	switch {
	case cfg.Timeout < 0:
		return nil, fmt.Errorf("http: Config.Timeout is %v, less than nothing", cfg.Timeout)
	case cfg.MaxBodyBytes < 0:
		return nil, fmt.Errorf("http: Config.MaxBodyBytes is %d, less than nothing", cfg.MaxBodyBytes)
	case cfg.Ahead < 0:
		return nil, fmt.Errorf("http: Config.Ahead is %d, less than nothing", cfg.Ahead)
	case cfg.Ahead > 0 && cfg.ForRequest != nil:
		return nil, errors.New("http: Config.Ahead and Config.ForRequest exclude each other: instances are made before their requests are known")
	}
	shared := Shared(p.Component())
	switch {
	case cfg.MaxReuse < 0 || cfg.MaxConcurrentReuse < 0:
		return nil, errors.New("http: Config.MaxReuse and Config.MaxConcurrentReuse cannot be less than nothing")
	case !shared && max(cfg.MaxReuse, cfg.MaxConcurrentReuse) > 1:
		return nil, errors.New("http: with WASI 0.2 an instance answers one request: leave out Config.MaxReuse and Config.MaxConcurrentReuse")
	case shared && cfg.ForRequest != nil && cfg.MaxReuse != 1:
		return nil, errShared
	}
	if err := checkNext(p.Component(), cfg.Next); err != nil {
		return nil, err
	}
	cfg.WASI.Stdin = nil
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Handler{cfg: cfg, p: p, shared: shared}
	h.life, h.end = context.WithCancelCause(context.Background())
	h.gate.init(cfg.MaxConcurrent, cfg.MaxWaiting)
	h.crowd.init(h)
	h.pool.init(h)
	return h, nil
}

// Stats tells what the handler does.
func (h *Handler) Stats() Stats {
	running, waiting := h.gate.state()
	return Stats{
		Running: running, Waiting: waiting, Ahead: h.pool.idle(), Shared: h.crowd.count(),
		Instances: h.pool.made.Load(), Traps: h.traps.Load(), Timeouts: h.timeouts.Load(),
	}
}

// Shutdown refuses further requests with status 503, and waits until no guest
// runs any more, or until ctx ends, whose cause it returns then. Then it closes
// the handler.
func (h *Handler) Shutdown(ctx context.Context) error {
	err := h.gate.close(ctx)
	h.Close()
	return err
}

// Close ends all guests: their requests end as if time had run out. It waits
// until they have ended. Closing twice does nothing.
func (h *Handler) Close() error {
	h.end(ErrClosed)
	h.crowd.shut()
	err := h.pool.close()
	h.gate.close(context.Background())
	h.crowd.awaitEnd()
	return err
}

// lastWork is how long an instance that gets no more requests may go on with
// what it has begun.
func (h *Handler) lastWork() time.Duration {
	if h.cfg.Timeout > 0 {
		return h.cfg.Timeout
	}
	return defaultLastWork
}

const defaultLastWork = 30 * time.Second

// A NotHandlerError is a component that does not export wasi:http/handler of a
// version 0.3, nor wasi:http/incoming-handler of a version 0.2.
type NotHandlerError struct {
	// Component is the name of the component.
	Component string
	// Exports are the names of what it exports.
	Exports []string
}

func (e *NotHandlerError) Error() string {
	msg := "the component exports neither wasi:http/handler nor wasi:http/incoming-handler"
	if e.Component != "" {
		msg = e.Component + ": " + msg
	}
	if len(e.Exports) == 0 {
		return msg + "; it exports nothing"
	}
	return msg + "; it exports " + strings.Join(e.Exports, ", ")
}

// How the names of the interfaces begin, in any version 0.2 and 0.3.
const (
	handlerPrefix = "wasi:http/incoming-handler@0.2."
	servicePrefix = "wasi:http/handler@0.3."
)

// Check tells why a component cannot answer requests, as a *[NotHandlerError].
func Check(c *dray.Component) error {
	if Shared(c) || exports(c, handlerPrefix) {
		return nil
	}
	e := &NotHandlerError{Component: c.Name()}
	for _, x := range c.Exports() {
		e.Exports = append(e.Exports, x.Name)
	}
	return e
}

// Shared tells whether instances of a component answer many requests: it is a
// service of WASI 0.3, which goes before 0.2.
func Shared(c *dray.Component) bool { return exports(c, servicePrefix) }

// exports tells whether a component exports an interface whose name begins like
// this.
func exports(c *dray.Component, prefix string) bool {
	for _, x := range c.Exports() {
		if x.Kind == dray.ExternInstance && strings.HasPrefix(x.Name, prefix) {
			return true
		}
	}
	return false
}
