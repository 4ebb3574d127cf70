package http

// This file is the answer on its way to the client.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	nethttp "net/http"
	"runtime"
	"strconv"
	"sync"

	hosthttp "github.com/dray-wasm/dray/host/http"
)

// maxInformational is how many informational responses a guest may send.
const maxInformational = 32

// respond waits for the guest's answer and sends it.
func (x *exchange) respond() error {
	ans, err := x.answer.Response(x.ctx)
	x.informing.Lock() // for good: there are no informational responses any more
	if err != nil {
		return x.refuse(x.unanswered(err))
	}
	a := &answer{
		status: ans.Status, header: ans.Header, length: ans.ContentLength,
		trailer: func() (nethttp.Header, error) { return ans.Trailer(), nil },
	}
	if ans.Body != nil {
		a.body = ans.Body
		a.ready = func() bool { return ans.Body.Available() > 0 || x.isOver() }
	}
	return x.deliver(a)
}

// An answer is what a guest answered.
type answer struct {
	status int
	header nethttp.Header
	// length is the size of the body in bytes; less than 0 if it is not known.
	length int64
	// body is nil for none. try is Read that does not wait, where there is such
	// a thing: 0 and nil are nothing yet. Else ready tells that Read will not.
	body  io.ReadCloser
	try   func([]byte) (int, error)
	ready func() bool
	// trailer gives the trailers when the body is at its end; tryTrailer, which
	// may be nil, tells whether they are there.
	trailer    func() (nethttp.Header, error)
	tryTrailer func() (nethttp.Header, bool, error)
}

// deliver sends an answer to the client.
func (x *exchange) deliver(ans *answer) error {
	if ans.body != nil {
		defer ans.body.Close()
	}
	if err := x.claim(); err != nil {
		return x.refuse(err)
	}
	err := x.send(ans)
	x.mu.Lock()
	x.phase = delivered
	if err == nil && x.expired {
		err = context.Cause(x.ctx)
	}
	x.mu.Unlock()
	if x.r.Method == nethttp.MethodHead && errors.Is(err, ErrGone) {
		err = nil // it has all of the answer: HTTP/2 ends the stream with the head
	}
	x.cut = err != nil
	return err
}

// claim takes the client for the answer, unless the guest was interrupted.
func (x *exchange) claim() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ctx.Err() != nil {
		return context.Cause(x.ctx)
	}
	x.phase = sending
	return nil
}

// unanswered is the error for what came in place of an answer.
func (x *exchange) unanswered(err error) error {
	if cause := context.Cause(x.ctx); cause != nil {
		return cause
	}
	if code := hosthttp.ErrorOf(err); code != nil {
		x.h.cfg.Logger.Warn("a guest refused a request", append(x.about(), "error", code)...)
		return &refusal{code}
	}
	if end := x.end(); end != nil {
		return fmt.Errorf("%w: %w", ErrTrapped, end)
	}
	x.h.cfg.Logger.Error("a guest gave no answer", x.about()...)
	return ErrNoAnswer
}

// A refusal is an error code that the guest answered with.
type refusal struct{ code *hosthttp.Error }

func (r *refusal) Error() string   { return ErrRefused.Error() + ": " + r.code.Error() }
func (r *refusal) Unwrap() []error { return []error{ErrRefused, r.code} }

// refuse answers in the guest's place, and returns err.
func (x *exchange) refuse(err error) error {
	x.mu.Lock()
	x.phase = delivered
	x.mu.Unlock()
	status := 0
	var r *refusal
	if errors.As(err, &r) {
		status = statusOf(r.code.Code)
	} else {
		status = failure(err)
	}
	switch status {
	case 0:
		x.cut = true
		return err
	case nethttp.StatusServiceUnavailable:
		x.w.Header().Set("Retry-After", retryAfter)
	case nethttp.StatusRequestEntityTooLarge:
		x.w.Header().Set("Connection", "close")
	}
	x.hangUp()
	nethttp.Error(x.w, nethttp.StatusText(status), status)
	x.out.Status = status
	return err
}

// inform sends an informational response. It is called by the guest.
func (x *exchange) inform(status int, h nethttp.Header) error {
	if !x.informing.TryLock() {
		return errors.New("the final response is on its way")
	}
	defer x.informing.Unlock()
	x.informed++
	if status == nethttp.StatusSwitchingProtocols || x.informed > maxInformational {
		return errors.New("this informational response cannot be sent")
	}
	x.setWriting(true)
	defer x.setWriting(false)
	head := x.w.Header()
	maps.Copy(head, h)
	x.w.WriteHeader(status)
	for k := range h {
		delete(head, k)
	}
	return nil
}

func (x *exchange) setWriting(b bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.writing = b
}

// buffers are what bodies are moved with.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// send sends an answer.
func (x *exchange) send(ans *answer) error {
	head := x.w.Header()
	maps.Copy(head, ans.header)
	if _, ok := head["Content-Type"]; !ok {
		head["Content-Type"] = nil // it is not to be guessed
	}
	if ans.length >= 0 && head["Content-Length"] == nil && hasBody(ans.status) {
		head["Content-Length"] = []string{strconv.FormatInt(ans.length, 10)}
	}
	x.hangUp()
	x.w.WriteHeader(ans.status)
	x.out.Status = ans.status
	flushed := false
	if ans.body != nil {
		var err error
		if flushed, err = x.sendBody(ans); err != nil {
			return err
		}
	}
	return x.sendTrailer(ans, flushed)
}

// sendTrailer sends what follows the body. What there is was flushed, or is when
// the trailers are some time coming.
func (x *exchange) sendTrailer(ans *answer, flushed bool) error {
	var trailer nethttp.Header
	var there bool
	var err error
	if ans.tryTrailer != nil {
		if trailer, there, err = ans.tryTrailer(); !there && err == nil && x.r.Method != nethttp.MethodHead {
			if x.r.ProtoMajor == 1 && x.out.Bytes == ans.length {
				x.unhook[1]() // a client that has everything may go
			}
			if err := x.rc.Flush(); err != nil {
				return x.lost(err)
			}
			flushed = true
		}
	}
	if !there && err == nil {
		trailer, err = ans.trailer()
	}
	if err != nil {
		return x.unfinished(err)
	}
	if len(trailer) > 0 && !flushed && x.r.Method != nethttp.MethodHead {
		// A head that was not sent yet would have a length, and no trailers.
		if err := x.rc.Flush(); err != nil {
			return x.lost(err)
		}
	}
	head := x.w.Header()
	for k, v := range trailer {
		head[nethttp.TrailerPrefix+k] = v
	}
	return nil
}

// hasBody tells whether answers with a status may have bodies.
func hasBody(status int) bool {
	return status != nethttp.StatusNoContent && status != nethttp.StatusNotModified
}

// sendBody sends the body as it comes. It flushes before it waits for more;
// flushed tells whether it did.
func (x *exchange) sendBody(ans *answer) (flushed bool, err error) {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	moved := int64(0)
	for fresh := true; ; {
		n, err := 0, error(nil)
		if ans.try != nil {
			n, err = ans.try(buf[:])
		}
		if n == 0 && err == nil {
			if fresh && moved != ans.length && (ans.try != nil || ans.empty()) {
				if err := x.rc.Flush(); err != nil && x.r.Method != nethttp.MethodHead {
					return true, x.lost(err)
				}
				flushed, fresh = true, false
			}
			n, err = ans.body.Read(buf[:])
		}
		moved += int64(n)
		if n > 0 {
			fresh = true
			if err := x.write(buf[:n]); err != nil {
				return flushed, err
			}
		}
		if err == io.EOF {
			return flushed, nil
		}
		if err != nil {
			return flushed, x.unfinished(err)
		}
	}
}

// empty tells whether the next byte, or the end, will be some time coming. A
// guest that is about to write is let run before.
func (a *answer) empty() bool {
	if a.ready() {
		return false
	}
	runtime.Gosched()
	return !a.ready()
}

// write sends a part of the body. An answer that has none, such as to HEAD,
// drops it.
func (x *exchange) write(p []byte) error {
	if x.r.Method == nethttp.MethodHead {
		return nil // HTTP/2 has ended the stream with the head
	}
	n, err := x.w.Write(p)
	x.out.Bytes += int64(n)
	switch {
	case err == nil || err == nethttp.ErrBodyNotAllowed:
		return nil
	case err == nethttp.ErrContentLength:
		x.interrupt(ErrBadAnswer)
		return fmt.Errorf("%w: its body is longer than its content-length", ErrBadAnswer)
	}
	return x.lost(err)
}

// lost is the error for a client that takes nothing any more.
func (x *exchange) lost(err error) error {
	x.interrupt(ErrGone)
	cause := context.Cause(x.ctx)
	if cause == ErrGone {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return cause
}

// unfinished is the error for a body that broke off.
func (x *exchange) unfinished(err error) error {
	if cause := context.Cause(x.ctx); cause != nil {
		return cause
	}
	if end := x.end(); end != nil {
		return fmt.Errorf("%w: %w", ErrTrapped, end)
	}
	x.h.cfg.Logger.Error("a guest did not finish the body of its answer", append(x.about(), "error", err)...)
	return fmt.Errorf("%w: %w", ErrIncomplete, err)
}
