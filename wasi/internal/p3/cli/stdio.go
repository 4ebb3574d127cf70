package cli

// This file is the standard streams.

import (
	"context"
	"io"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/host/stream"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/cli"
	"github.com/dray-wasm/dray/wasi/internal/guest"
)

type (
	outcome = bind.Result[bind.None, gen.ErrorCode]
	promise = bind.Promise[outcome]
)

// outcomeOf is how a stream ended that did with err.
func outcomeOf(err error) outcome {
	if err == nil || err == io.EOF {
		return outcome{}
	}
	r := outcome{IsErr: true, Err: gen.ErrorCodeIO}
	switch host.ErrnoOf(err) {
	case host.EPIPE:
		r.Err = gen.ErrorCodePipe
	case host.EILSEQ:
		r.Err = gen.ErrorCodeIllegalByteSequence
	}
	return r
}

// An input is the standard input on its way into the guest.
type input struct {
	in   stream.Input
	done *promise
}

// ReadViaStream gives the standard input.
func (h Host) ReadViaStream(ctx context.Context) (bind.Tuple2[io.ReadCloser, *bind.Future[outcome]], error) {
	done, future := bind.NewPromise[outcome]()
	r := &input{h.Of(ctx).program.Stdin.In, done}
	return bind.Tuple2[io.ReadCloser, *bind.Future[outcome]]{F0: r, F1: future}, nil
}

// ReadContext reads what there is, and waits for it until ctx ends: nobody reads
// any more.
func (r *input) ReadContext(ctx context.Context, p []byte) (int, error) {
	n, err := r.in.Read(ctx, p)
	if err != nil && ctx.Err() == nil {
		r.done.Resolve(outcomeOf(err))
	}
	return n, err
}

// TryRead reads what there is; 0 and nil is nothing yet.
func (r *input) TryRead(p []byte) (int, error) {
	n, err := r.in.TryRead(p)
	switch {
	case err == host.EAGAIN:
		return 0, nil
	case err != nil:
		r.done.Resolve(outcomeOf(err))
	}
	return n, err
}

// Read is ReadContext that does not end.
func (r *input) Read(p []byte) (int, error) { return r.ReadContext(context.Background(), p) }

// Close says that the guest reads no more. The input stays open.
func (r *input) Close() error {
	r.done.Resolve(outcome{})
	return nil
}

// ClosesPromptly tells that Close waits for nobody.
func (r *input) ClosesPromptly() {}

// An output is the interfaces stdout and stderr.
type output struct {
	Host
	of func(*guest.Program) *stdio.Stream
}

// WriteViaStream writes what comes in data.
func (o output) WriteViaStream(ctx context.Context, data io.ReadCloser) (*bind.Future[outcome], error) {
	s := o.Of(ctx)
	out := o.of(s.program).Out
	done, future := bind.NewPromise[outcome]()
	s.guest.Pump(data, func(ctx context.Context, p []byte) error {
		_, err := out.Write(ctx, p)
		return err
	}, func(err error) { done.Resolve(outcomeOf(err)) })
	return future, nil
}
