package dray_test

// This file is examples of components in Go programs. All of them run as tests.

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/value"
)

// Person is the record docs:people/registry.person.
type Person struct {
	Name  string
	Age   uint8
	Email *string
	Tags  []string
}

// A component is compiled once and instantiated as often as needed. Its
// functions are called as functions in Go.
func Example_component() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	c, err := rt.CompileComponentFile(ctx, "testdata/components/registry.wasm")
	if err != nil {
		log.Fatal(err)
	}
	in, err := rt.NewLinker().Instantiate(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()

	add, err := dray.FuncOf[func(context.Context, Person) (uint32, error)](in, "docs:people/registry@1.0.0#add")
	if err != nil {
		log.Fatal(err)
	}
	find, err := dray.FuncOf[func(context.Context, uint32, string) (Person, error)](in, "docs:people/registry@1.0.0#find")
	if err != nil {
		log.Fatal(err)
	}
	id, err := add(ctx, Person{Name: "Emmy Noether", Age: 53, Tags: []string{"algebra"}})
	if err != nil {
		log.Fatal(err)
	}
	p, err := find(ctx, id, "Emmy")
	fmt.Println(p.Name, p.Age, p.Email == nil, p.Tags, err)

	// The error case of a result type is an *ErrorValue.
	_, err = find(ctx, 77, "")
	var e *dray.ErrorValue
	fmt.Println(errors.As(err, &e), e)
	// Output:
	// Emmy Noether 53 true [algebra] <nil>
	// true not-found(77)
}

// What a component imports is defined by functions in Go, or by another
// instance.
func ExampleLinker() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	c, err := rt.CompileComponentFile(ctx, "testdata/components/as-text.wasm")
	if err != nil {
		log.Fatal(err)
	}
	l := rt.NewLinker()
	err = l.Instance("dray:test/strings-echo@1.0.0").Func("echo", func(ctx context.Context, s string) (string, error) {
		return strings.ToUpper(s), nil
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := l.Traps(c); err != nil { // whatever else it imports
		log.Fatal(err)
	}
	in, err := l.Instantiate(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	relay, err := dray.FuncOf[func(context.Context, string) (string, error)](in, "relay")
	if err != nil {
		log.Fatal(err)
	}
	s, err := relay(ctx, "quietly")
	fmt.Println(s, err)
	// Output: QUIETLY <nil>
}

// Give links an instance to another: here the component "consumer" imports what
// the component "registry" exports.
func ExampleDefinitions_Give() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	l := rt.NewLinker()
	for _, name := range []string{"registry", "consumer"} {
		c, err := rt.CompileComponentFile(ctx, "testdata/components/"+name+".wasm")
		if err != nil {
			log.Fatal(err)
		}
		in, err := l.Instantiate(ctx, c)
		if err != nil {
			log.Fatal(err)
		}
		defer in.Close()
		if name == "registry" {
			if err := l.GiveAll(in); err != nil {
				log.Fatal(err)
			}
			continue
		}
		f, err := in.Func("describe")
		if err != nil {
			log.Fatal(err)
		}
		got, err := f.Call(ctx, value.U32(1), value.String("Ada"))
		fmt.Println(got, err)
	}
	// Output:
	// [ok("Ada Lovelace, 36 <ada@example.org> #mathematics #engines")] <nil>
}

// Tools that learn types only when they run use values.
func ExampleFunc_Call() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	c, err := rt.CompileComponentFile(ctx, "testdata/components/registry.wasm")
	if err != nil {
		log.Fatal(err)
	}
	in, err := rt.NewLinker().Instantiate(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	f, err := in.Func("registry#find")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Type().Params[0].Name, f.Type().Params[0].Type)
	got, err := f.Call(ctx, value.U32(0), value.String(""))
	fmt.Println(got, err)
	// Output:
	// id u32
	// [err(zero)] <nil>
}

// A resource of the host is any type in Go. Guests have handles of it; when one
// drops a handle that it owns, the resource is told.
func ExampleNewResource() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	c, err := rt.CompileComponent(ctx, []byte(`(component
		(import "files" (instance $files
			(export "file" (type $file (sub resource)))
			(export "[constructor]file" (func (param "size" u32) (result (own $file))))
			(export "[method]file.size" (func (param "self" (borrow $file)) (result u32)))))
		(alias export $files "file" (type $file))
		(core func $new (canon lower (func $files "[constructor]file")))
		(core func $size (canon lower (func $files "[method]file.size")))
		(core func $drop (canon resource.drop $file))
		(core module $m
			(import "" "new" (func $new (param i32) (result i32)))
			(import "" "size" (func $size (param i32) (result i32)))
			(import "" "drop" (func $drop (param i32)))
			(func (export "run") (result i32) (local $f i32)
				(local.set $f (call $new (i32.const 7)))
				(call $size (local.get $f))
				(call $drop (local.get $f))))
		(core instance $i (instantiate $m (with "" (instance
			(export "new" (func $new)) (export "size" (func $size)) (export "drop" (func $drop))))))
		(func (export "run") (result u32) (canon lift (core func $i "run"))))`))
	if err != nil {
		log.Fatal(err)
	}
	type file struct{ size uint32 }
	l := rt.NewLinker()
	files := l.Instance("files")
	err = errors.Join(
		files.Resource("file", dray.NewResource(func(_ context.Context, f *file) error {
			fmt.Println("dropped a file of size", f.size)
			return nil
		})),
		files.Func("[constructor]file", func(size uint32) *file { return &file{size} }),
		files.Func("[method]file.size", func(f *file) uint32 { return f.size }),
	)
	if err != nil {
		log.Fatal(err)
	}
	in, err := l.Instantiate(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	defer in.Close()
	run, err := dray.FuncOf[func() (uint32, error)](in, "run")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run())
	// Output:
	// dropped a file of size 7
	// 7 <nil>
}

// Servers prepare a component once and take an instance for each request.
func ExamplePool() {
	ctx := context.Background()
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer rt.Close()
	c, err := rt.CompileComponentFile(ctx, "testdata/components/adder-plain.wasm")
	if err != nil {
		log.Fatal(err)
	}
	prepared, err := rt.NewLinker().Prepare(c)
	if err != nil {
		log.Fatal(err)
	}
	pool := prepared.Pool(dray.PoolConfig{MaxInstances: 4, MaxReuse: 1000})
	defer pool.Close()

	serve := func(name string) (string, error) {
		in, err := pool.Get(ctx)
		if err != nil {
			return "", err
		}
		defer in.Release()
		greet, err := dray.FuncOf[func(context.Context, string) (string, error)](in.Instance, "greet")
		if err != nil {
			return "", err
		}
		return greet(ctx, name)
	}
	fmt.Println(serve("Ada"))
	fmt.Println(serve("Emmy"))
	// Output:
	// Hello, Ada! <nil>
	// Hello, Emmy! <nil>
}
