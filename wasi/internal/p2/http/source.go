package http

// This file is bodies that the guest reads, and their trailers.

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	genio "github.com/dray-wasm/dray/wasi/gen/p2/io"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// A source is where the bytes of a body come from. The body, its stream and its
// trailers share it, and it is closed when all of them are gone.
type source struct {
	st      *State
	in      stream.Input
	closer  io.Closer // nil if there is nothing to close
	trailer func() hosthttp.Header
	refs    int
	once    sync.Once

	mu sync.Mutex
	// end is how reading ended: io.EOF, or an error. nil while it goes on.
	end error
}

var _ stream.Input = (*source)(nil)

// newSource makes a source with one reference of a body that has up to max
// bytes; 0 is no limit. code is the reason if it has more.
func (s *State) newSource(body io.Reader, max int64, code hosthttp.Code, trailer func() hosthttp.Header) (*source, error) {
	src := &source{st: s, trailer: trailer, refs: 1, in: stream.Null}
	if body == nil || hosthttp.IsNoBody(body) {
		return src, nil
	}
	if c, ok := body.(io.Closer); ok {
		src.closer = c
	}
	src.in = stream.NewReader(hosthttp.LimitBody(body, max, code))
	if err := s.io.Opened(src); err != nil {
		return nil, err
	}
	return src, nil
}

// TryRead implements stream.Input.
func (s *source) TryRead(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.in.TryRead(p)
	if err != nil && err != host.EAGAIN {
		s.end = err
	}
	return n, err
}

// ended is how reading ended; nil while it goes on.
func (s *source) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// Read implements stream.Input.
func (s *source) Read(ctx context.Context, p []byte) (int, error) {
	for {
		n, err := s.TryRead(p)
		if err != host.EAGAIN {
			return n, err
		}
		if err := s.in.Readable().Wait(ctx); err != nil {
			return 0, err
		}
	}
}

// Readable implements stream.Input.
func (s *source) Readable() stream.Waitable { return s.in.Readable() }

// Available implements stream.Input.
func (s *source) Available() int { return s.in.Available() }

// Close ends what feeds the body.
func (s *source) Close() error {
	var err error
	s.once.Do(func() {
		s.in.Close()
		if s.closer != nil {
			err = s.closer.Close()
		}
	})
	return err
}

// release gives a reference back.
func (s *source) release() {
	if s.refs--; s.refs == 0 {
		s.Close()
		s.st.io.Closed(s)
	}
}

// drain reads what is left and forgets it, as far as that is there. It tells
// whether the end is reached.
func (s *source) drain() bool {
	var scratch [4096]byte
	for s.ended() == nil {
		n, err := s.TryRead(scratch[:])
		if err == host.EAGAIN || n == 0 && err == nil {
			return false
		}
	}
	return true
}

// drained is what the end of the source has to be waited for with, or Always
// where it is reached.
func (s *source) drained() stream.Waitable {
	for !s.drain() {
		if w := s.in.Readable(); !w.Ready() {
			return w
		}
	}
	return stream.Always
}

// An unread is the body of a message that came in, until the guest takes it.
type unread struct{ body *source }

// Consume gives the body, once.
func (u *unread) Consume(context.Context) (gen.IncomingBody, error) {
	if u.body == nil {
		return nil, failed
	}
	b := &IncomingBody{src: u.body}
	u.body = nil
	return b, nil
}

// drop forgets a body that nobody took.
func (u *unread) drop() {
	if u.body != nil {
		u.body.release()
		u.body = nil
	}
}

// An IncomingBody is the resource incoming-body.
type IncomingBody struct {
	src *source
	// taken says that the guest has had the stream, live that it still does.
	taken, live bool
}

var _ gen.IncomingBody = (*IncomingBody)(nil)

// Stream gives the contents, once.
func (b *IncomingBody) Stream(context.Context) (genio.InputStream, error) {
	if b.taken {
		return nil, failed
	}
	b.taken, b.live = true, true
	b.src.refs++
	src := b.src
	return src.st.io.NewInputStream(src, func() error {
		b.live = false
		src.release()
		return nil
	}), nil
}

// Drop forgets the body. Its stream, if there is one, goes on.
func (b *IncomingBody) Drop(context.Context) error {
	b.src.release()
	return nil
}

var errLiveInput = errors.New("incoming-body.finish was called while the stream of the body was not dropped")

// IncomingBodyFinish gives the trailers that follow the body.
func (h Host) IncomingBodyFinish(_ context.Context, this gen.IncomingBody) (gen.FutureTrailers, error) {
	b := this.(*IncomingBody)
	if b.live {
		b.src.release()
		return nil, errLiveInput
	}
	return &FutureTrailers{src: b.src}, nil
}

// A FutureTrailers is the resource future-trailers. What the guest did not read
// of the body is skipped, while the guest waits for the trailers.
type FutureTrailers struct {
	src *source // nil once the trailers were given
}

var _ gen.FutureTrailers = (*FutureTrailers)(nil)

// Subscribe gives a pollable that is ready when the trailers are there.
func (t *FutureTrailers) Subscribe(context.Context) (genio.Pollable, error) {
	return p2io.NewPollableFunc(func() stream.Waitable {
		if t.src == nil {
			return stream.Always
		}
		return t.src.drained()
	}), nil
}

// Get gives the trailers, or an error, once.
func (t *FutureTrailers) Get(context.Context) (*bind.Result[bind.Result[gen.Fields, gen.ErrorCode], bind.None], error) {
	out := &bind.Result[bind.Result[gen.Fields, gen.ErrorCode], bind.None]{}
	src := t.src
	switch {
	case src == nil:
		out.IsErr = true
		return out, nil
	case !src.drain():
		return nil, nil
	case src.ended() != io.EOF:
		out.OK.IsErr, out.OK.Err = true, errorCode(src.ended())
	case src.trailer != nil:
		if h := src.trailer(); len(h) > 0 {
			l := src.st.fields.Incoming(h)
			out.OK.OK = view(l)
			l.Release()
		}
	}
	t.src = nil
	src.release()
	return out, nil
}

// Drop forgets the trailers.
func (t *FutureTrailers) Drop(context.Context) error {
	if t.src != nil {
		t.src.release()
		t.src = nil
	}
	return nil
}
