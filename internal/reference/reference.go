// Package reference finds the reference data that some tests use where it is
// present: the official test scripts and WIT definitions. It is no part of the
// project and is not in the repository.
//
// The data is in the directory that DRAY_SHARED names, or in "shared" beside
// the checkout: wast/core and wast/component-model hold scripts, wit/VERSION
// definitions.
package reference

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the directory of some reference data, as "wast/core". A test is
// skipped where it is not there.
func Dir(t testing.TB, name string) string {
	t.Helper()
	dir, ok := Find(name)
	if !ok {
		t.Skipf("NO REFERENCE DATA: there is no directory %s (DRAY_SHARED names the directory that %s is in)", dir, name)
	}
	return dir
}

// Find is Dir for those who go on without it, such as fuzz targets that look
// for seeds: ok is false where the data is not there.
func Find(name string) (dir string, ok bool) {
	dir = filepath.Join(root(), filepath.FromSlash(name))
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir()
}

func root() string {
	if dir := os.Getenv("DRAY_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return filepath.Join("..", "shared")
}
