package sockets

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/net"
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
		{nil, "ok"},
		{errInvalidState, "invalid-state"},
		// As types.wit gives the equivalents.
		{host.EACCES, "access-denied"},
		{host.EPERM, "access-denied"},
		{host.ENOTSUP, "not-supported"},
		{host.EAFNOSUPPORT, "not-supported"},
		{host.EINVAL, "invalid-argument"},
		{host.ENOMEM, "out-of-memory"},
		{host.ENOBUFS, "out-of-memory"},
		{host.ETIMEDOUT, "timeout"},
		{host.EADDRNOTAVAIL, "address-not-bindable"},
		{host.EADDRINUSE, "address-in-use"},
		{host.EHOSTUNREACH, "remote-unreachable"},
		{host.ENETDOWN, "remote-unreachable"},
		{host.ENETUNREACH, "remote-unreachable"},
		{host.ENETRESET, "remote-unreachable"},
		{host.ECONNREFUSED, "connection-refused"},
		{host.EPIPE, "connection-broken"},
		{host.ECONNRESET, "connection-reset"},
		{host.ECONNABORTED, "connection-aborted"},
		{host.EMSGSIZE, "datagram-too-large"},
		// As the functions do.
		{host.EALREADY, "invalid-state"},
		{host.EISCONN, "invalid-state"},
		{host.ENOTCONN, "invalid-state"},
		{host.EBADF, "invalid-state"},
		{host.EMFILE, "other"},
		{host.EROFS, "other"},
		{&net.DeniedError{}, "access-denied"},
		{fmt.Errorf("within: %w", host.EADDRINUSE), "address-in-use"},
		{context.DeadlineExceeded, code(codeOf(host.ErrnoOf(context.DeadlineExceeded)))},
	} {
		if got := code(codeOf(c.err)); got != c.want {
			t.Errorf("%v is %s, want %s", c.err, got, c.want)
		}
	}
	if e := errnoCode(host.EMFILE); e.Other == nil || *e.Other != host.EMFILE.Error() {
		t.Errorf("other says %v", e)
	}
	if e := errnoCode(255); code(e) != "other" {
		t.Errorf("an errno that does not exist is %v", e)
	}
}

func TestLookupCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&net.LookupError{Reason: net.ErrNoName}, "name-unresolvable"},
		{&net.LookupError{Reason: net.ErrTryAgain}, "temporary-resolver-failure"},
		{&net.LookupError{Reason: net.ErrNoAnswer}, "permanent-resolver-failure"},
		{fmt.Errorf("not granted: %w", host.EACCES), "access-denied"},
		{fmt.Errorf("no name: %w", host.EINVAL), "invalid-argument"},
		{fmt.Errorf("too many: %w", host.ENOBUFS), "other"},
	} {
		if got := code(lookupCodeOf(c.err)); got != c.want {
			t.Errorf("%v is %s, want %s", c.err, got, c.want)
		}
	}
}
