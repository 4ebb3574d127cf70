package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// TestReasons fails when the host has a reason that the table does not, which
// would be "access" by accident.
func TestReasons(t *testing.T) {
	if len(reasons) != int(host.ECONFINED)+1 {
		t.Fatalf("the table has %d reasons, the host %d", len(reasons), host.ECONFINED+1)
	}
	for i, r := range reasons {
		e := host.Errno(i)
		if r == (reason{}) && e != host.EACCES {
			t.Errorf("%s is not in the table", e.Name())
		}
		if r.code > gen.ErrorCodeCrossDevice {
			t.Errorf("%s is %d, which is no code", e.Name(), r.code)
		}
		err := fmt.Errorf("the host says: %w", e)
		if e != host.Success && failed(t.Context(), err) != error(r.code) {
			t.Errorf("%s is %v", e.Name(), failed(t.Context(), err))
		}
	}
	for err, want := range map[error]gen.ErrorCode{
		errors.New("something"): gen.ErrorCodeIO,
		host.Errno(200):         gen.ErrorCodeIO,
		host.EPERM:              gen.ErrorCodeNotPermitted,
		host.ECONFINED:          gen.ErrorCodeNotPermitted,
		host.EMFILE:             gen.ErrorCodeInsufficientMemory,
		context.Canceled:        gen.ErrorCodeInterrupted,
	} {
		if got := failed(t.Context(), err); got != error(want) {
			t.Errorf("%v is %v, want %v", err, got, want)
		}
	}
	if err := failed(t.Context(), nil); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := failed(ctx, fmt.Errorf("waiting: %w", context.Canceled)); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the context is %v", err)
	}
	if err := failed(ctx, host.ENOENT); err != error(gen.ErrorCodeNoEntry) {
		t.Errorf("an error behind the end of the context is %v", err)
	}
}

func TestFilesystemErrorCode(t *testing.T) {
	for _, c := range []struct {
		err  *p2io.Error
		want string
	}{
		{&p2io.Error{Err: host.EISDIR}, "is-directory"},
		{&p2io.Error{Err: fmt.Errorf("writing: %w", host.ENOSPC)}, "insufficient-space"},
		{&p2io.Error{Err: host.EIO}, "io"},
		{&p2io.Error{Err: host.ECONNRESET}, "none"},
		{&p2io.Error{Err: host.ETIMEDOUT}, "none"},
		{&p2io.Error{Err: io.EOF}, "none"},
		{&p2io.Error{Err: host.EIO, Text: "the peer sent no HTTP"}, "none"},
		{&p2io.Error{}, "none"},
	} {
		got, err := Host{}.FilesystemErrorCode(t.Context(), c.err)
		name := "none"
		if got != nil {
			name = got.String()
		}
		if name != c.want || err != nil {
			t.Errorf("%+v => %s, %v, want %s", c.err, name, err, c.want)
		}
	}
}
