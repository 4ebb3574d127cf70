// Package bindings holds the folders with the bindings that tests of dray
// bindgen make, compile and run. "go test -update" in this folder makes them
// anew.
package bindings
