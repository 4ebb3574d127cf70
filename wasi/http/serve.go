package http

// This file is a request on its way through a guest.

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
	p2http "github.com/dray-wasm/dray/wasi/internal/p2/http"
)

// ServeHTTP answers a request. Where the head of the answer was sent and the rest does not come, it panics with
// [net/http.ErrAbortHandler], as handlers do.
//
// The guest may go on after its answer is whole, until Config.Timeout.
func (h *Handler) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	began := time.Now()
	x := &exchange{h: h, w: w, r: r, rc: nethttp.NewResponseController(w)}
	x.out.ID = h.requests.Add(1)
	x.out.Err = x.serve()
	x.out.Took = time.Since(began)
	if h.cfg.Report != nil {
		h.cfg.Report(r, x.out)
	}
	if x.cut {
		panic(nethttp.ErrAbortHandler)
	}
}

// An exchange is one request and its answer. A guest of WASI 0.2 runs on a
// goroutine of its own; w belongs to the goroutine of the request, but for informational
// responses.
type exchange struct {
	h  *Handler
	w  nethttp.ResponseWriter
	r  *nethttp.Request
	rc *nethttp.ResponseController

	g      *guest       // with WASI 0.2
	s      *server      // with 0.3
	body   *trackedBody // nil for none, and before the guest runs
	answer *p2http.ResponseOutparam
	// ctx is the guest's. cancel ends it, with an error of an Outcome.
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	// unhook ends the waits for the client and the handler.
	unhook [2]func() bool

	out      Outcome
	informed int  // informational responses
	cut      bool // the connection is to be ended

	// informing is held while an informational response is written.
	informing sync.Mutex
	mu        sync.Mutex
	phase     phase
	writing   bool // an informational response
	expired   bool // nothing can be written any more
	// users are the goroutines that still need the timer: that of the request
	// and that of the guest.
	users int
	over  bool  // the guest has ended
	err   error // how
}

// A phase is how far an answer is.
type phase uint8

const (
	waiting   phase = iota // for the guest
	sending                // the head, and then the body
	delivered              // or given up
)

// serve answers the request. The error is that of its Outcome.
func (x *exchange) serve() error {
	h := x.h
	if max := h.cfg.MaxBodyBytes; max > 0 && x.r.ContentLength > max {
		return x.refuse(ErrTooLarge)
	}
	began := time.Now()
	err := h.gate.enter(x.r.Context(), h.cfg.Timeout)
	x.out.Waited = time.Since(began)
	if err != nil {
		return x.refuse(err)
	}
	if h.shared {
		return x.serveShared()
	}
	x.begin(2)
	defer x.release()
	defer func() { x.unhook[1]() }() // the server ends the request's context
	if err := x.start(); err != nil {
		x.release()
		h.gate.leave()
		return x.refuse(err)
	}
	return x.respond()
}

// begin makes the context of the guest. It has users, each of which calls
// release.
func (x *exchange) begin(users int) {
	x.users = users
	x.ctx, x.cancel = context.WithCancelCause(context.WithoutCancel(x.r.Context()))
	if d := x.h.cfg.Timeout; d > 0 {
		x.timer = time.AfterFunc(d, func() { x.interrupt(ErrTimeout) })
	}
	x.unhook[0] = context.AfterFunc(x.h.life, func() { x.interrupt(ErrClosed) })
	x.unhook[1] = context.AfterFunc(x.r.Context(), func() { x.interrupt(ErrGone) })
}

// release ends what begin began when neither the request nor the guest need it
// any more.
func (x *exchange) release() {
	x.mu.Lock()
	x.users--
	last := x.users == 0
	x.mu.Unlock()
	if !last {
		return
	}
	if x.timer != nil {
		x.timer.Stop()
	}
	for _, f := range x.unhook {
		f()
	}
}

// interrupt ends the guest. Where its answer is on the way to the client, it
// ends that, too.
func (x *exchange) interrupt(why error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ctx.Err() != nil || why == ErrGone && x.phase == delivered {
		return
	}
	x.cancel(why)
	if x.phase == sending || x.writing {
		x.expired = true
		_ = x.rc.SetWriteDeadline(time.Unix(1, 0)) // else the client's time is its own
	}
}

// start makes a guest and lets it run.
func (x *exchange) start() (err error) {
	x.g, err = x.h.pool.get(x.ctx, x.out.ID, x.r)
	if err != nil {
		return x.broken(ErrInstance, err)
	}
	// Otherwise HTTP/1 reads the body before it sends a byte of the answer.
	// What cannot do that has both at a time anyway.
	_ = x.rc.EnableFullDuplex()
	st := x.g.state.P2.HTTP()
	req, err := st.NewIncomingRequest(x.incoming())
	if err == nil {
		x.answer, err = st.NewResponseOutparam(x.inform)
	}
	if err != nil {
		x.g.close()
		return x.broken(ErrInstance, err)
	}
	go x.run(req)
	return nil
}

// broken is the error for an err that kept a guest from running.
func (x *exchange) broken(why, err error) error {
	if cause := context.Cause(x.ctx); cause != nil {
		x.ended(err)
		return cause
	}
	x.h.cfg.Logger.Error("a guest cannot run", append(x.about(), "error", err)...)
	return fmt.Errorf("%w: %w", why, err)
}

// run is the guest's goroutine.
func (x *exchange) run(req *p2http.IncomingRequest) {
	defer x.h.gate.leave()
	defer x.release()
	defer x.g.close()
	defer func() {
		if p := recover(); p != nil {
			x.ended(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	err := x.g.handle.Handle(x.ctx, req, x.answer)
	x.ended(err)
	x.flush(err == nil)
}

// lastWords is how long what a guest wrote is waited for that did not end well.
const lastWords = time.Second

// flush waits until what the guest wrote is written: the body of its answer, and
// what it printed.
func (x *exchange) flush(well bool) {
	if well && x.g.state.Flush(x.ctx) == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	_ = x.g.state.Flush(ctx) // the guest is closed all the same
}

// ended notes how the guest ended, and tells the logger.
func (x *exchange) ended(err error) {
	err = wasi.Exited(err)
	cause := context.Cause(x.ctx)
	lost := x.s != nil && cause == nil && wasInterrupted(err)
	if lost {
		err = loss{err}
	}
	x.mu.Lock()
	again := x.over
	x.over, x.err = true, err
	x.mu.Unlock()
	if err == nil || again {
		return
	}
	if trap := (*dray.Trap)(nil); x.s != nil && cause != nil && errors.As(err, &trap) {
		x.s.noted.Store(true) // the guest, if it trapped, did because of this
	}
	log, about := x.h.cfg.Logger, append(x.about(), "error", err)
	if cause != nil {
		switch cause {
		case ErrTimeout:
			x.h.timeouts.Add(1)
			log.Warn("a guest ran out of time", x.about()...)
		default:
			log.Debug("a guest was ended", append(about, "reason", cause)...)
		}
		return
	}
	var exit *wasi.ExitError
	if errors.As(err, &exit) {
		if exit.Code != 0 {
			log.Warn("a guest exited", about...)
		}
		return
	}
	if lost || x.s != nil && !x.s.noted.CompareAndSwap(false, true) {
		log.Warn("a request was lost with its guest", about...)
		return
	}
	x.h.traps.Add(1)
	var trap *dray.Trap
	if errors.As(err, &trap) {
		about = append(about, "backtrace", trap.Backtrace())
	}
	log.Error("a guest trapped", about...)
}

// about says which request it is.
func (x *exchange) about() []any {
	return []any{"request", x.out.ID, "method", x.r.Method, "path", x.r.URL.Path}
}

// end is how the guest ended, as far as it has.
func (x *exchange) end() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.err
}

// isOver tells whether the guest has ended.
func (x *exchange) isOver() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.over
}
