package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/dray-wasm/dray/host"
	gen "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
)

// TestReasons fails when the host has a reason that the table does not, which
// would be "access" by accident.
func TestReasons(t *testing.T) {
	if len(reasons) != int(host.ECONFINED)+1 {
		t.Fatalf("the table has %d reasons, the host %d", len(reasons), host.ECONFINED+1)
	}
	for i, want := range reasons {
		e := host.Errno(i)
		if want == gen.ErrorCodeAccess && e != host.EACCES {
			t.Errorf("%s is not in the table", e.Name())
		}
		if want > gen.ErrorCodeOther {
			t.Errorf("%s is %d, which is no code", e.Name(), want)
		}
		got := codeOf(fmt.Errorf("the host says: %w", e))
		if e != host.Success && got.Case != want {
			t.Errorf("%s is %v", e.Name(), got)
		}
		if other := got.Case == gen.ErrorCodeOther; other != (got.Other != nil) || other && *got.Other != e.Error() {
			t.Errorf("%s is %v", e.Name(), got)
		}
	}
	for err, want := range map[error]gen.ErrorCodeCase{
		errors.New("something"): gen.ErrorCodeIO,
		host.Errno(200):         gen.ErrorCodeIO,
		host.EPERM:              gen.ErrorCodeNotPermitted,
		host.ECONFINED:          gen.ErrorCodeNotPermitted,
		host.EMFILE:             gen.ErrorCodeInsufficientMemory,
		context.Canceled:        gen.ErrorCodeInterrupted,
	} {
		if got := codeOf(err); got.Case != want {
			t.Errorf("%v is %v, want %v", err, got, want)
		}
	}
}

func TestFailed(t *testing.T) {
	if err := failed(t.Context(), nil); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := failed(ctx, fmt.Errorf("waiting: %w", context.Canceled)); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the context is %v", err)
	}
	if err := failed(ctx, host.ENOENT); word(err) != "no-entry" {
		t.Errorf("an error behind the end of the context is %v", err)
	}
	for _, err := range []error{nil, io.EOF} {
		if o := outcomeOf(err); o.IsErr {
			t.Errorf("%v is %v", err, o)
		}
	}
	if o := outcomeOf(host.ENOSPC); !o.IsErr || o.Err.Case != gen.ErrorCodeInsufficientSpace {
		t.Error(o)
	}
}
