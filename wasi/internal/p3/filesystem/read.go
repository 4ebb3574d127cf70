package filesystem

// This file is streams that read files.

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/files"
)

// content is a stream of bytes and how it ended.
type content = bind.Tuple2[io.ReadCloser, *bind.Future[outcome]]

// ReadViaStream gives a stream that reads from an offset on. What has no
// offsets is read where it is.
func (d *Descriptor) ReadViaStream(_ context.Context, offset gen.Filesize) (content, error) {
	in, use, err := d.f.Input(offset)
	if err != nil {
		return content{F0: bind.NopCloser(bytes.NewReader(nil)), F1: bind.Resolved(outcomeOf(err))}, nil
	}
	r := &reader{in: in, use: use}
	var future *bind.Future[outcome]
	r.promise, future = bind.NewPromise[outcome]()
	return content{F0: r, F1: future}, nil
}

// A reader is a file on its way to the guest. One goroutine at a time reads;
// Close may come from any.
type reader struct {
	in      stream.Input
	use     *files.Use
	promise *bind.Promise[outcome]
	once    sync.Once
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) { return r.ReadContext(context.Background(), p) }

// ReadContext is Read that ends when ctx does.
func (r *reader) ReadContext(ctx context.Context, p []byte) (int, error) {
	n, err := r.in.Read(ctx, p)
	if err != nil && ctx.Err() == nil {
		r.end(err)
	}
	return n, err
}

// TryRead is Read that does not wait: 0 and nil when there is nothing yet.
func (r *reader) TryRead(p []byte) (n int, err error) {
	if now, ok := r.in.(interface{ ReadNow(p []byte) (int, error) }); ok {
		n, err = now.ReadNow(p)
	} else {
		n, err = r.in.TryRead(p)
	}
	if err == host.EAGAIN {
		return n, nil
	}
	if err != nil {
		r.end(err)
	}
	return n, err
}

// end lets go of the file and says how reading it ended. Only the first end
// counts.
func (r *reader) end(err error) {
	r.once.Do(func() {
		r.use.Drop()
		r.promise.Resolve(outcomeOf(err))
	})
}

// Close says that nobody reads any more, which is a good end.
func (r *reader) Close() error {
	r.end(nil)
	return nil
}
