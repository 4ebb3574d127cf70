package sockets

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
	wasi_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	p2io "github.com/dray-wasm/dray/wasi/internal/p2/io"
)

// Each Errno is written down in the table of codes.
func TestEachErrnoHasACode(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	keys := 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, is := n.(*ast.ValueSpec)
		if !is || v.Names[0].Name != "codes" {
			return true
		}
		for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
			if _, is := e.(*ast.KeyValueExpr); is {
				keys++
			}
		}
		return false
	})
	all := 0
	for !strings.HasPrefix(host.Errno(all).Name(), "Errno(") {
		all++
	}
	if keys != all || len(codes) != all {
		t.Errorf("the table has %d entries up to %d, for %d errnos", keys, len(codes), all)
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		// As network.wit gives the equivalents.
		{host.EACCES, "access-denied"},
		{host.EPERM, "access-denied"},
		{host.ENOTSUP, "not-supported"},
		{host.EINVAL, "invalid-argument"},
		{host.ENOMEM, "out-of-memory"},
		{host.ENOBUFS, "out-of-memory"},
		{host.ETIMEDOUT, "timeout"},
		{host.EALREADY, "concurrency-conflict"},
		{host.EAGAIN, "would-block"},
		// As the functions do.
		{host.EAFNOSUPPORT, "not-supported"},
		{host.EISCONN, "invalid-state"},
		{host.ENOTCONN, "invalid-state"},
		{host.EMFILE, "new-socket-limit"},
		{host.ENFILE, "new-socket-limit"},
		{host.EADDRNOTAVAIL, "address-not-bindable"},
		{host.EADDRINUSE, "address-in-use"},
		{host.EHOSTUNREACH, "remote-unreachable"},
		{host.ENETUNREACH, "remote-unreachable"},
		{host.ENETDOWN, "remote-unreachable"},
		{host.ENETRESET, "remote-unreachable"},
		{host.ECONNREFUSED, "connection-refused"},
		{host.ECONNRESET, "connection-reset"},
		{host.ECONNABORTED, "connection-aborted"},
		{host.EMSGSIZE, "datagram-too-large"},
		// Names.
		{&net.LookupError{Reason: net.ErrNoName}, "name-unresolvable"},
		{&net.LookupError{Reason: net.ErrTryAgain}, "temporary-resolver-failure"},
		{&net.LookupError{Reason: net.ErrNoAnswer}, "permanent-resolver-failure"},
		{&net.DeniedError{}, "access-denied"},
		// The rest.
		{fmt.Errorf("wrapped: %w", host.ECONNRESET), "connection-reset"},
		{gen.ErrorCodeTimeout, "timeout"},
		{errors.New("nobody knows"), "unknown"},
		{host.Errno(250), "unknown"},
		{nil, "ok"},
	} {
		if got := code(codeOf(c.err)); got != c.want {
			t.Errorf("%v: %s, expected %s", c.err, got, c.want)
		}
	}
}

// Only the errors of connections have a code of the network.
func TestNetworkErrorCode(t *testing.T) {
	h := Host{}
	for _, c := range []struct {
		err  wasi_io.Error
		want string
	}{
		{&p2io.Error{Err: ofStream(host.ECONNRESET)}, "connection-reset"},
		{&p2io.Error{Err: ofStream(host.ETIMEDOUT)}, "timeout"},
		{&p2io.Error{Err: fmt.Errorf("wrapped: %w", ofStream(host.EIO))}, "unknown"},
		{&p2io.Error{Err: &streamError{250}}, "unknown"},
		{&p2io.Error{Err: host.ECONNRESET}, "none"},
		{&p2io.Error{Err: ofStream(context.Canceled)}, "none"},
		{&p2io.Error{}, "none"},
		{otherError{}, "none"},
	} {
		got, err := h.NetworkErrorCode(t.Context(), c.err)
		name := "none"
		if got != nil {
			name = got.String()
		}
		if err != nil || name != c.want {
			t.Errorf("%v: %s, %v, expected %s", c.err, name, err, c.want)
		}
	}
	for _, err := range []error{nil, io.EOF, host.EAGAIN, host.EPIPE, context.DeadlineExceeded} {
		if got := ofStream(err); got != err {
			t.Errorf("ofStream(%v) = %v", err, got)
		}
	}
}

type otherError struct{ wasi_io.Error }
