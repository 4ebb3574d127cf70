// This file counts goroutines and descriptors around a test.

package stream

import (
	"os"
	"runtime"
	"testing"
	"time"
)

// patience is how long the operating system may take for what it does at once.
const patience = 20 * time.Second

// eventually fails the test unless ok comes true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
}

// descriptors counts those of the process; 0 where that cannot be told.
func descriptors() int {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(names)
}

// checkLeaks fails the test when it leaves goroutines or descriptors behind.
func checkLeaks(t *testing.T) {
	t.Helper()
	ReleaseIdle()
	goroutines, fds := runtime.NumGoroutine(), descriptors()
	t.Cleanup(func() {
		ReleaseIdle()
		eventually(t, "goroutines and descriptors are back", func() bool {
			return runtime.NumGoroutine() <= goroutines && descriptors() <= fds
		})
	})
}
