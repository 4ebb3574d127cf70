//go:build unix && !linux

// This file chooses the sleeper where poll(2) is all there is.

package stream

// pollable reports whether a descriptor may make anyone wait.
func pollable(int) bool { return true }

func newSleeper() sleeper {
	if s := newPipeSleeper(); s != nil {
		return s
	}
	return new(slowSleeper)
}
