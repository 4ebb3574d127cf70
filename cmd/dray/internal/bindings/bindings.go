// Package bindings holds the bindings that tests of dray bindgen make, compile
// and run. "go test ./bindgen -update" makes them anew.
package bindings
