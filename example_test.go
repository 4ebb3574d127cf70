package dray_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasm"
)

// Compile a program once and run it with arguments.
func Example() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	mod, err := rt.CompileFile(ctx, "examples/hello.wasm")
	if err != nil {
		log.Fatal(err)
	}
	code, err := wasi.RunModule(ctx, mod, wasi.Config{Args: []string{"hello", "gopher"}, Stdout: os.Stdout})
	fmt.Println(code, err)
	// Output:
	// Hello, gopher, from wasm32-wasip1!
	// 0 <nil>
}

// Call the functions that a library exports.
func ExampleModuleInstance_Func() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	mod, err := rt.CompileFile(ctx, "testdata/guests/reactor-rust.wasm")
	if err != nil {
		log.Fatal(err)
	}
	linker := rt.NewModuleLinker()
	if err := wasi.LinkModule(linker); err != nil {
		log.Fatal(err)
	}
	lib, err := wasi.InstantiateModule(ctx, linker, mod, wasi.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer lib.Close()
	fib, err := lib.Func("fib")
	if err != nil {
		log.Fatal(err)
	}
	out, err := fib.Invoke(ctx, dray.I64(50))
	fmt.Println(out, err)
	// Output: [12586269025] <nil>
}

// A context ends a guest, whatever it does; the error is a trap.
func ExampleTrap() {
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	mod, err := rt.CompileFile(context.Background(), "testdata/guests/forever.wasm")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err = wasi.RunModule(ctx, mod, wasi.Config{Args: []string{"forever", "spin"}})
	var trap *dray.Trap
	fmt.Println(errors.As(err, &trap), errors.Is(err, context.DeadlineExceeded))
	fmt.Println(err)
	// Output:
	// true true
	// trap: interrupted: context deadline exceeded
}

// Give guests functions of your own, with state for each instance.
func ExampleModuleLinker_Funcs() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()

	tenant := dray.NewStateKey[string]()
	linker := rt.NewModuleLinker()
	err = linker.Funcs("env", dray.HostFunc{
		Name: "double",
		Type: wasm.FuncType{Params: []wasm.ValType{wasm.I32}, Results: []wasm.ValType{wasm.I32}},
		Call: func(_ context.Context, c dray.Caller, stack []uint64) error {
			fmt.Println("called for", tenant.Of(c))
			stack[0] = uint64(2 * uint32(stack[0]))
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	// (module (import "env" "double" (func (param i32) (result i32)))
	//         (export "double" (func 0)))
	mod, err := rt.Compile(ctx, []byte("\x00asm\x01\x00\x00\x00\x01\x06\x01\x60\x01\x7f\x01\x7f"+
		"\x02\x0e\x01\x03env\x06double\x00\x00\x07\x0a\x01\x06double\x00\x00"))
	if err != nil {
		log.Fatal(err)
	}
	in, err := linker.Instantiate(ctx, mod, tenant.With("alice"))
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	double, err := in.Func("double")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(double.Invoke(ctx, dray.I32(21)))
	// Output:
	// called for alice
	// [42] <nil>
}

// Directories are values: here one in memory, which the host fills and the
// guest reads.
func Example_memory() {
	ctx := context.Background()
	mem := fs.NewMem(fs.MemLimits{MaxBytes: 1 << 20}).Dir(fs.ReadWrite)
	node, err := mem.Open(ctx, "greeting.txt", fs.Open{Create: true, Write: true})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := node.(fs.File).WriteAt([]byte("good morning"), 0); err != nil {
		log.Fatal(err)
	}
	node.Close()

	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	mod, err := rt.CompileFile(ctx, "examples/squeeze.wasm")
	if err != nil {
		log.Fatal(err)
	}
	code, err := wasi.RunModule(ctx, mod, wasi.Config{
		Args: []string{"squeeze", "/greeting.txt"}, Stderr: os.Stderr,
		Dirs: []wasi.Dir{{Guest: "/", FS: mem}},
	})
	_, missing := mem.StatAt("greeting.txt.sqz", true)
	fmt.Println(code, err, missing)
	// Output: 0 <nil> <nil>
}
