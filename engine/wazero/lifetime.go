package wazero

// This file is how stores and modules live until the last use of them ends.

import "sync/atomic"

// A lifetime counts the uses of something that is closed while they go on.
// Exactly one of leave and close returns true: then, nobody uses it any more.
type lifetime struct{ state atomic.Int64 }

// closedBit is added to the number of uses by close.
const closedBit = 1 << 62

// enter begins a use; it is false when the thing is closed.
func (l *lifetime) enter() bool {
	for {
		n := l.state.Load()
		if n >= closedBit {
			return false
		}
		if l.state.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave ends a use.
func (l *lifetime) leave() (last bool) { return l.state.Add(-1) == closedBit }

// close refuses further uses. Closing again does nothing.
func (l *lifetime) close() (last bool) {
	for {
		n := l.state.Load()
		if n >= closedBit {
			return false
		}
		if l.state.CompareAndSwap(n, n+closedBit) {
			return n == 0
		}
	}
}
