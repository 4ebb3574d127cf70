package p2

// This file defines the interfaces in a linker.

import (
	"context"

	"github.com/dray-wasm/dray"
	gen_cli "github.com/dray-wasm/dray/wasi/gen/p2/cli"
	gen_clocks "github.com/dray-wasm/dray/wasi/gen/p2/clocks"
	gen_config "github.com/dray-wasm/dray/wasi/gen/p2/config"
	gen_filesystem "github.com/dray-wasm/dray/wasi/gen/p2/filesystem"
	gen_http "github.com/dray-wasm/dray/wasi/gen/p2/http"
	gen_io "github.com/dray-wasm/dray/wasi/gen/p2/io"
	gen_keyvalue "github.com/dray-wasm/dray/wasi/gen/p2/keyvalue"
	gen_keyvalue2 "github.com/dray-wasm/dray/wasi/gen/p2/keyvalue2"
	gen_logging "github.com/dray-wasm/dray/wasi/gen/p2/logging"
	gen_random "github.com/dray-wasm/dray/wasi/gen/p2/random"
	gen_sockets "github.com/dray-wasm/dray/wasi/gen/p2/sockets"
	"github.com/dray-wasm/dray/wasi/internal/p2/cli"
	"github.com/dray-wasm/dray/wasi/internal/p2/clocks"
	"github.com/dray-wasm/dray/wasi/internal/p2/config"
	"github.com/dray-wasm/dray/wasi/internal/p2/filesystem"
	"github.com/dray-wasm/dray/wasi/internal/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/p2/io"
	p2keyvalue "github.com/dray-wasm/dray/wasi/internal/p2/keyvalue"
	"github.com/dray-wasm/dray/wasi/internal/p2/logging"
	p2random "github.com/dray-wasm/dray/wasi/internal/p2/random"
	"github.com/dray-wasm/dray/wasi/internal/p2/sockets"
)

// Link defines the interfaces in a linker. of finds the state of the guest that
// calls; it must not be nil.
func Link(l *dray.Linker, of func(context.Context) *State) error {
	var (
		streams = io.Host{Of: func(ctx context.Context) *io.State { return of(ctx).io }}
		clock   = clocks.Host{Of: func(ctx context.Context) *clocks.State { return of(ctx).clocks }}
		random  = p2random.Host{Of: func(ctx context.Context) *p2random.State { return of(ctx).random }}
		program = cli.Host{Of: func(ctx context.Context) *cli.State { return of(ctx).cli }}
		files   = filesystem.Host{Of: func(ctx context.Context) *filesystem.State { return of(ctx).files }}
		net     = sockets.Host{Of: func(ctx context.Context) *sockets.State { return of(ctx).net }}
		web     = http.Host{Of: func(ctx context.Context) *http.State { return of(ctx).http }}
		values  = config.Host{Of: func(ctx context.Context) *config.State { return of(ctx).config }}
		log     = logging.Host{Of: func(ctx context.Context) *logging.State { return of(ctx).log }}
		store   = func(ctx context.Context) *p2keyvalue.State { return of(ctx).store }
	)
	for _, link := range []func() error{
		func() error { return gen_io.Link(l, streams.Link()) },
		func() error { return gen_clocks.Link(l, clock.Link()) },
		func() error { return gen_random.Link(l, random.Link()) },
		func() error { return gen_cli.Link(l, program.Link()) },
		func() error { return gen_filesystem.Link(l, files.Link()) },
		func() error { return gen_sockets.Link(l, net.Link()) },
		func() error { return gen_http.Link(l, web.Link()) },
		func() error { return gen_config.Link(l, values.Link()) },
		func() error { return gen_logging.Link(l, log.Link()) },
		func() error { return gen_keyvalue.Link(l, p2keyvalue.Host{Of: store}.Link()) },
		func() error { return gen_keyvalue2.Link(l, p2keyvalue.Host2{Of: store}.Link()) },
	} {
		if err := link(); err != nil {
			return err
		}
	}
	return nil
}
