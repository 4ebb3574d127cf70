// Package suite runs folders of WebAssembly tests and reports what failed.
//
// A test is a .wasm file. A JSON file of the same base name beside it, in the
// format of the wasi-testsuite, says how to start the test and what to expect;
// without one, exit code 0 is a pass. Each test runs in a process of its own,
// started with wasmtime's command line (--env K=V --dir HOST::/ FILE ARGS), so
// that the same specs measure Dray and any other runtime.
//
// [Find] lists the tests below some paths, [Run] runs them in parallel and
// writes the reports. The README in this folder states the semantics.
package suite
