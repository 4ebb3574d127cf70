// Package values reads and writes the primitives of the binary format: bytes,
// integers, lengths and names (Binary Format, section "Values"), and maps of
// names, which are made of these alone. Core modules and components share them;
// where the two differ in errors, a [Format] says how.
package values

import "github.com/dray-wasm/dray/diag"

// A Format holds the errors of one binary format: their codes and the wording
// that differs. It is never changed.
type Format struct {
	Truncated, Integer, UTF8, Limit, Encode diag.Code

	// End starts the message about an input that ends too early.
	End string
	// LongLength and LongName start the message about a length, and about the
	// length of a name, that points beyond the end.
	LongLength, LongName string
	// Subject is what a Writer writes.
	Subject string
}
