// This file is a reactor in Go, built with -buildmode=c-shared: `_initialize`
// starts the Go run time, then the exports may be called.
// build: -buildmode=c-shared
package main

var count int64

//go:wasmexport add
func add(a, b int32) int32 { return a + b }

//go:wasmexport fib
func fib(n int64) int64 {
	var a, b int64 = 0, 1
	for ; n > 0; n-- {
		a, b = b, a+b
	}
	return a
}

// counter adds by and returns the sum so far.
//
//go:wasmexport counter
func counter(by int64) int64 {
	count += by
	return count
}

// relay passes n through as many goroutines, each adding 1.
//
//go:wasmexport relay
func relay(n int32) int32 {
	in := make(chan int32)
	first := in
	for range n {
		out := make(chan int32)
		go func(in chan int32) { out <- <-in + 1 }(in)
		in = out
	}
	go func() { first <- n }()
	return <-in
}

//go:wasmexport print_counter
func printCounter() { println("counter", count) }

func main() {}
