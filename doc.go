// Package dray runs WebAssembly: core modules today, components next.
//
// A [Runtime] compiles a module once; a [ModuleLinker] says what its imports stand
// for; each [ModuleInstance] has a memory of its own. Programs built for WASI are
// run by package wasi, which stands on this one:
//
//	rt, err := dray.NewRuntime(dray.Config{})
//	mod, err := rt.CompileFile(ctx, "app.wasm")
//	code, err := wasi.Run(ctx, mod, wasi.Config{Args: []string{"app"}, Stdout: os.Stdout})
//
// Runtimes, modules and linkers are safe for concurrent use. Calls of one
// instance must not overlap, unless the guest was built for threads; different
// instances are independent. Every call heeds its context: when that ends, so
// does the guest, even in the middle of a loop.
//
// Four things that end a call are four types: a [*Trap] when the guest cannot
// go on, a [*LinkError] when an import is missing, an exit (see package wasi)
// when the guest said so, and any other error for what the host did.
package dray
