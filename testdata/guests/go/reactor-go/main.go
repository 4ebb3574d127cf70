// This file is a reactor in Go, built with -buildmode=c-shared: `_initialize`
// starts the Go run time, then the exports may be called.
// build: -buildmode=c-shared
package main

import "time"

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

// nap sleeps in one goroutine while another counts, and returns 1 if both
// came to an end.
//
//go:wasmexport nap
func nap(ms int32) int32 {
	done := make(chan int32)
	go func() {
		time.Sleep(time.Duration(ms) * time.Millisecond)
		done <- 1
	}()
	return <-done
}

//go:wasmexport print_counter
func printCounter() { println("counter", count) }

func main() {}
