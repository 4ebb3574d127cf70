//go:build unix && !race

package net

import "testing"

// A datagram costs no more than the address that it is from.
func TestUDPAllocs(t *testing.T) {
	a, aAddr := boundUDP(t, IPv4)
	p := make([]byte, 64)
	if n := testing.AllocsPerRun(100, func() {
		a.TrySend(p, aAddr)
		a.TryReceive(p)
	}); n > 2 {
		t.Errorf("%v allocations for a datagram there and back", n)
	}
}
