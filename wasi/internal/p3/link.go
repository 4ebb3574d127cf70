package p3

// This file defines the interfaces in a linker.

import (
	"context"

	"github.com/dray-wasm/dray"
	gen_cli "github.com/dray-wasm/dray/wasi/gen/p3/cli"
	gen_clocks "github.com/dray-wasm/dray/wasi/gen/p3/clocks"
	gen_filesystem "github.com/dray-wasm/dray/wasi/gen/p3/filesystem"
	gen_http "github.com/dray-wasm/dray/wasi/gen/p3/http"
	gen_random "github.com/dray-wasm/dray/wasi/gen/p3/random"
	gen_sockets "github.com/dray-wasm/dray/wasi/gen/p3/sockets"
	"github.com/dray-wasm/dray/wasi/internal/p3/cli"
	"github.com/dray-wasm/dray/wasi/internal/p3/clocks"
	"github.com/dray-wasm/dray/wasi/internal/p3/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/p3/http"
	p3random "github.com/dray-wasm/dray/wasi/internal/p3/random"
	"github.com/dray-wasm/dray/wasi/internal/p3/sockets"
)

// Link defines the interfaces in a linker. of finds the state of the guest that
// calls; it must not be nil.
func Link(l *dray.Linker, of func(context.Context) *State) error {
	var (
		clock   = clocks.Host{Of: func(ctx context.Context) *clocks.State { return of(ctx).clocks }}
		random  = p3random.Host{Of: func(ctx context.Context) *p3random.State { return of(ctx).random }}
		program = cli.Host{Of: func(ctx context.Context) *cli.State { return of(ctx).cli }}
		files   = filesystem.Host{Of: func(ctx context.Context) *filesystem.State { return of(ctx).files }}
		net     = sockets.Host{Of: func(ctx context.Context) *sockets.State { return of(ctx).net }}
		web     = http.Host{Of: func(ctx context.Context) *http.State { return of(ctx).http }}
	)
	for _, link := range []func() error{
		func() error { return gen_clocks.Link(l, clock.Link()) },
		func() error { return gen_random.Link(l, random.Link()) },
		func() error { return gen_cli.Link(l, program.Link()) },
		func() error { return gen_filesystem.Link(l, files.Link()) },
		func() error { return gen_sockets.Link(l, net.Link()) },
		func() error { return gen_http.Link(l, web.Link()) },
	} {
		if err := link(); err != nil {
			return err
		}
	}
	return nil
}
