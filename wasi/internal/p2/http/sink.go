package http

// This file is bodies that the guest writes, and their trailers.

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// A sink is where the bytes of a body go: a pipe that the host empties.
type sink struct {
	st   *State
	pipe *stream.Pipe
	// code is the reason when the body has not the size that it says.
	code hosthttp.Code
	// expect is the Content-Length, -1 without one. A body that mayLack may
	// have no bytes at all instead.
	expect  int64
	mayLack bool
	written atomic.Int64
	// gone makes the end of the body happen once.
	gone sync.Once

	mu       sync.Mutex
	finished bool
	trailers hosthttp.Header
}

var (
	_ stream.Output = (*sink)(nil)

	errLength = errors.New("the Content-Length is not one number")
	// errUnfinished is what is read behind a body that the guest left.
	errUnfinished = hosthttp.FailText(hosthttp.ProtocolError, "the guest did not finish the body")
)

// newSink makes the body of a message with some headers.
func (s *State) newSink(fields *message.List, code hosthttp.Code) (*sink, error) {
	expect, ok := fields.ContentLength()
	if !ok {
		return nil, errLength
	}
	k := &sink{st: s, pipe: stream.NewPipe(0), code: code, expect: expect}
	if err := s.open(k, &s.bodies); err != nil {
		return nil, err
	}
	return k, nil
}

// admit checks n bytes that are about to be written. More than the
// Content-Length break the body; they count as written.
func (k *sink) admit(n int) error {
	total := k.written.Load() + int64(n)
	if k.expect < 0 || total <= k.expect {
		return nil
	}
	k.written.Store(total)
	err := hosthttp.FailSize(k.code, uint64(total))
	k.abort(err)
	return err
}

// TryWrite implements stream.Output. It takes all of p, which is no more than
// the stream permitted.
func (k *sink) TryWrite(p []byte) (int, error) {
	if err := k.admit(len(p)); err != nil {
		return 0, err
	}
	if err := k.pipe.Output().Put(p); err != nil {
		return 0, err
	}
	k.written.Add(int64(len(p)))
	return len(p), nil
}

// Write implements stream.Output.
func (k *sink) Write(ctx context.Context, p []byte) (int, error) {
	if err := k.admit(len(p)); err != nil {
		return 0, err
	}
	n, err := k.pipe.Output().Write(ctx, p)
	k.written.Add(int64(n))
	return n, err
}

// Writable implements stream.Output.
func (k *sink) Writable() stream.Waitable { return k.pipe.Output().Writable() }

// Close breaks the body off, unless it is finished: the guest has ended.
func (k *sink) Close() error {
	k.pipe.Output().CloseWithError(errUnfinished)
	return nil
}

// abort breaks the body off.
func (k *sink) abort(err error) {
	k.gone.Do(func() {
		k.pipe.Output().CloseWithError(err)
		k.st.closed(k, &k.st.bodies)
	})
}

// finish ends the body.
func (k *sink) finish(trailers *message.List) error {
	n := k.written.Load()
	if k.expect >= 0 && n != k.expect && !(n == 0 && k.mayLack) {
		err := hosthttp.FailSize(k.code, uint64(n))
		k.abort(err)
		return errorCode(err)
	}
	k.gone.Do(func() {
		k.mu.Lock()
		k.finished = true
		if trailers != nil && len(trailers.Entries()) > 0 {
			k.trailers = trailers.Header()
			k.trailers.Del("Content-Length")
		}
		k.mu.Unlock()
		k.pipe.Output().Close()
		k.st.closed(k, &k.st.bodies)
	})
	return nil
}

// trailer is the trailers of a body that is finished.
func (k *sink) trailer() hosthttp.Header {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.trailers
}

// whole is the size of a body that is finished and has no trailers. The body
// that nobody took is empty.
func (k *sink) whole() (int64, bool) {
	if k == nil {
		return 0, true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.written.Load(), k.finished && k.trailers == nil
}

// An OutgoingBody is the resource outgoing-body.
type OutgoingBody struct {
	sink *sink
	// taken says that the guest has had the stream, live that it still does.
	taken, live bool
}

var _ gen.OutgoingBody = (*OutgoingBody)(nil)

// Write gives the stream that takes the contents, once.
func (b *OutgoingBody) Write(context.Context) (genio.OutputStream, error) {
	if b.taken {
		return nil, failed
	}
	b.taken, b.live = true, true
	return b.sink.st.io.NewOutputStream(b.sink, func() error {
		b.live = false
		return nil
	}), nil
}

// Drop breaks the body off.
func (b *OutgoingBody) Drop(context.Context) error {
	b.sink.abort(errUnfinished)
	return nil
}

var errLiveOutput = errors.New("outgoing-body.finish was called while the stream of the body was not dropped")

// OutgoingBodyFinish ends the body, perhaps with trailers.
func (h Host) OutgoingBodyFinish(_ context.Context, this gen.OutgoingBody, trailers gen.Fields) error {
	b := this.(*OutgoingBody)
	var list *message.List
	if trailers != nil {
		list = trailers.(*Fields).take()
		defer list.Release()
	}
	if b.live {
		b.sink.abort(errUnfinished)
		return errLiveOutput
	}
	return b.sink.finish(list)
}
