package http

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/dray-wasm/dray/host"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// Every code has a case of its own, and what it carries survives the way to the
// guest and back.
func TestCodes(t *testing.T) {
	seen := map[gen.ErrorCodeCase]bool{}
	for c := range hosthttp.Code(hosthttp.CodeCount) {
		n := uint64(7)
		for _, e := range []*hosthttp.Error{{Code: c}, {Code: c, Detail: "d", Number: &n}} {
			g := errorCode(e)
			back := hostError(g)
			if back.Code != c {
				t.Errorf("%q became %q", c, back.Code)
			}
			if again := errorCode(back); !reflect.DeepEqual(again, g) {
				t.Errorf("%v became %v", g, again)
			}
			if seen[g.Case] && e.Detail == "" {
				t.Errorf("%v stands for two codes", g.Case)
			}
			seen[g.Case] = true
		}
	}
	if len(seen) != 39 {
		t.Errorf("%d cases are used", len(seen))
	}
}

func TestErrorCode(t *testing.T) {
	big := uint64(1) << 40
	if c := errorCode(&hosthttp.Error{Code: hosthttp.TLSAlertReceived, Number: &big}); *c.TLSAlertReceived.AlertID != 255 {
		t.Error("numbers must be cut")
	}
	if c := errorCode(host.EMFILE); c.Case != gen.ErrorCodeConnectionLimitReached {
		t.Error(c)
	}
	if c := errorCode(errors.New("secret")); c.Case != gen.ErrorCodeInternalError || *c.InternalError == "secret" {
		t.Error(c)
	}
	if c := errorCode(context.Canceled); c.Case != gen.ErrorCodeInternalError {
		t.Error(c)
	}
	g := newGuest(t, Config{})
	if c := must(g.h.HTTPErrorCode(g.ctx, &p2io.Error{Err: host.EIO})); c != nil {
		t.Error("an error that is not of HTTP has a code")
	}
	if c := must(g.h.HTTPErrorCode(g.ctx, &p2io.Error{Err: hosthttp.FailSize(hosthttp.RequestBodySize, 3)})); c == nil || *c.HTTPRequestBodySize != 3 {
		t.Error(c)
	}
}
