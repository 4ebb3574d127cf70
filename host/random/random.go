// Package random is where a guest's random bytes come from.
package random

// A Source gives random bytes. It is safe for concurrent use.
type Source interface {
	// Fill fills p with bytes that nobody can predict.
	Fill(p []byte) error
	// FillInsecure fills p with bytes that are merely well distributed.
	FillInsecure(p []byte) error
	// InsecureSeed is a value for seeding hash maps.
	InsecureSeed() (lo, hi uint64)
}
