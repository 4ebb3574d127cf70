package wasi_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
)

// A component for wasm32-wasip2 is compiled once and run as often as needed. It
// has what its Config gives it, and nothing else.
func ExampleRun() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	app, err := rt.CompileComponentFile(ctx, "../examples/hello-wasip2.wasm")
	if err != nil {
		log.Fatal(err)
	}
	network, err := net.ParsePolicy("tcp:connect:example.com:443")
	if err != nil {
		log.Fatal(err)
	}
	scratch := fs.NewMem(fs.MemLimits{MaxBytes: 1 << 20})
	status, err := wasi.Run(ctx, app, wasi.Config{
		Args:    []string{"hello", "gopher"},
		Stdout:  os.Stdout,
		Dirs:    []wasi.Dir{{Guest: "/tmp", FS: scratch.Dir(fs.ReadWrite)}},
		Network: network,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("exit status", status)
	// Output:
	// Hello, gopher, from wasm32-wasip2!
	// exit status 0
}

// Programs that make instances themselves give each one an Option.
func ExampleWithConfig() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	lib, err := rt.CompileComponentFile(ctx, "../testdata/components/adder.wasm")
	if err != nil {
		log.Fatal(err)
	}
	l := rt.NewLinker()
	if err := wasi.Link(l); err != nil {
		log.Fatal(err)
	}
	prepared, err := l.Prepare(lib)
	if err != nil {
		log.Fatal(err)
	}
	opt, err := wasi.WithConfig(wasi.Config{Stdout: os.Stdout})
	if err != nil {
		log.Fatal(err)
	}
	in, err := prepared.Instantiate(ctx, opt)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	greet, err := dray.FuncOf[func(context.Context, string) (string, error)](in, "greet")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(greet(ctx, "Ada"))
	// Output: Hello, Ada! <nil>
}
