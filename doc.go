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
// Runtimes, components, modules and linkers are safe for concurrent use, and so
// are instances of components: their calls take turns. Calls of one module's
// instance must not overlap, unless the guest was built for threads; different
// instances are independent. Every call heeds its context: when that ends, so
// does the guest, even in the middle of a loop.
//
// Four things that end a call are four types: a [*Trap] when the guest cannot
// go on, an [*ImportError] or [*LinkError] when an import is missing, an exit
// (see package wasi) when the guest said so, and any other error for what the
// host did.
package dray
