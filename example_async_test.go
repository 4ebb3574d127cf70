package dray_test

// This file is examples of streams, futures and async functions.

import (
	"context"
	"fmt"
	"io"
	"log"
	"slices"
	"strings"
	"sync"

	"github.com/dray-wasm/dray"
)

// exampleStreams is an instance of testdata/components/streams.wat, with the
// function fetch for it, or nil.
func exampleStreams(ctx context.Context, fetch any) (*dray.Instance, func()) {
	rt, err := dray.NewRuntime(dray.Config{})
	if err != nil {
		log.Fatal(err)
	}
	c, err := rt.CompileComponentFile(ctx, "testdata/components/streams.wat")
	if err != nil {
		log.Fatal(err)
	}
	l := rt.NewLinker()
	if fetch != nil {
		if err := l.Func("fetch", fetch); err != nil {
			log.Fatal(err)
		}
	}
	if err := l.Traps(c); err != nil { // whatever else it imports
		log.Fatal(err)
	}
	in, err := l.Instantiate(ctx, c)
	if err != nil {
		log.Fatal(err)
	}
	return in, func() {
		in.Close()
		rt.Close()
	}
}

// A function with a stream gets and gives elements while both sides go on: here
// "double: async func(s: stream<u32>) -> stream<u32>".
func ExampleStream() {
	ctx := context.Background()
	in, end := exampleStreams(ctx, nil)
	defer end()
	double, err := dray.FuncOf[func(context.Context, *dray.Stream[uint32]) (*dray.Stream[uint32], error)](in, "double")
	if err != nil {
		log.Fatal(err)
	}
	s, err := double(ctx, dray.StreamOf(slices.Values([]uint32{1, 2, 3})))
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	for n, err := range s.All(ctx) {
		fmt.Println(n, err)
	}
	// Output:
	// 2 <nil>
	// 4 <nil>
	// 6 <nil>
}

// Streams of bytes are readers: here "upper: async func(b: stream<u8>) ->
// stream<u8>".
func ExampleStream_bytes() {
	ctx := context.Background()
	in, end := exampleStreams(ctx, nil)
	defer end()
	upper, err := dray.FuncOf[func(context.Context, io.Reader) (io.ReadCloser, error)](in, "upper")
	if err != nil {
		log.Fatal(err)
	}
	r, err := upper(ctx, strings.NewReader("quietly"))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	fmt.Printf("%s %v\n", text, err)
	// Output: QUIETLY <nil>
}

// A Pipe is a stream that the program writes, as fast as the guest reads.
func ExamplePipe() {
	ctx := context.Background()
	in, end := exampleStreams(ctx, nil)
	defer end()
	sum, err := dray.FuncOf[func(context.Context, *dray.Stream[uint32]) (uint64, error)](in, "sum")
	if err != nil {
		log.Fatal(err)
	}
	w, s := dray.Pipe[uint32](8)
	go func() {
		defer w.Close()
		for i := range uint32(1000) {
			if _, err := w.Write(ctx, []uint32{i}); err != nil {
				return // nobody reads any more
			}
		}
	}()
	n, err := sum(ctx, s)
	fmt.Println(n, err)
	// Output: 499500 <nil>
}

// A Promise gives a future its value later: here to "plus: async func(f:
// future<u32>) -> future<u32>".
func ExampleNewPromise() {
	ctx := context.Background()
	in, end := exampleStreams(ctx, nil)
	defer end()
	plus, err := dray.FuncOf[func(context.Context, *dray.Future[uint32]) (*dray.Future[uint32], error)](in, "plus")
	if err != nil {
		log.Fatal(err)
	}
	p, f := dray.NewPromise[uint32]()
	g, err := plus(ctx, f) // returns at once
	if err != nil {
		log.Fatal(err)
	}
	p.Resolve(41)
	n, err := g.Get(ctx)
	fmt.Println(n, err)
	// Output: 42 <nil>
}

// An async function of the host is a Go function that waits as it likes. All
// calls here are under way at the same time, in one instance: each waits until
// all have come.
func ExampleDefinitions_Func_async() {
	ctx := context.Background()
	var all, calls sync.WaitGroup
	all.Add(10)
	in, end := exampleStreams(ctx, func(ctx context.Context, n uint32) (uint32, error) {
		all.Done()
		all.Wait()
		return n * n, nil
	})
	defer end()
	relay, err := dray.FuncOf[func(context.Context, uint32) (uint32, error)](in, "relay")
	if err != nil {
		log.Fatal(err)
	}
	var squares [10]uint32
	for i := range squares {
		calls.Go(func() { squares[i], _ = relay(ctx, uint32(i)) })
	}
	calls.Wait()
	fmt.Println(squares)
	// Output: [0 1 4 9 16 25 36 49 64 81]
}
