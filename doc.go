// Package dray runs WebAssembly: components, and core modules.
//
// A [Runtime] compiles. The functions of a [Component] are functions in Go; a
// [Linker] says what its imports stand for; each [Instance] has memories of its
// own:
//
//	rt, err := dray.NewRuntime(dray.Config{})
//	c, err := rt.CompileComponentFile(ctx, "registry.wasm")
//	in, err := rt.NewLinker().Instantiate(ctx, c)
//	find, err := dray.FuncOf[func(context.Context, uint32) (Person, error)](in, "docs:people/registry#find")
//	p, err := find(ctx, 7)
//
// A core [Module] is linked by a [ModuleLinker] and has a [ModuleInstance].
// Programs built for WASI are run by package wasi, which stands on this one:
//
//	mod, err := rt.CompileFile(ctx, "app.wasm")
//	code, err := wasi.RunModule(ctx, mod, wasi.Config{Args: []string{"app"}, Stdout: os.Stdout})
//
// Async functions are functions in Go, too: those of a component are called
// from any number of goroutines, those of the host wait as they like. A
// stream<u8> is an io.Reader, another one a [Stream], a future a [Future].
//
// Runtimes, components, modules and linkers are safe for concurrent use, and so
// are instances of components: see [Instance]. Calls of one module's
// instance must not overlap, unless the guest was built for threads; different
// instances are independent. Every call heeds its context: when that ends, so
// does the guest, even in the middle of a loop.
//
// Four things that end a call are four types: a [*Trap] when the guest cannot
// go on, an [*ImportError] or [*LinkError] when an import is missing, an exit
// (see package wasi) when the guest said so, and any other error for what the
// host did.
package dray
