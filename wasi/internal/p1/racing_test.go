//go:build race

package p1

// racing says that the race detector is on: pools then lose things at random.
const racing = true
