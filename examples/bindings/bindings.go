// Package bindings holds bindings that dray bindgen makes, and tests that run
// components through them. "go test ./bindgen -update" makes them anew.
package bindings
