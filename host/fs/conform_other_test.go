//go:build !linux && !darwin && !freebsd

package fs

import (
	"os"
	"testing"
)

func mkdir(t testing.TB, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o777); err != nil {
		t.Fatal(err)
	}
}

func osImpls() []impl { return []impl{osImpl("portable", OpenDir)} }
