package script

// This file runs the official scripts.

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSuiteScratch(t *testing.T) {
	dir := suiteDir(t, "core")
	fs := map[string]int{}
	total := Result{}
	for _, name := range scripts(t, dir) {
		if pat := os.Getenv("PAT"); pat != "" {
			if ok, _ := filepath.Match(pat, name); !ok {
				continue
			}
		}
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		r := Run(t.Context(), filepath.Join("core", name), src, Config{Metered: os.Getenv("METERED") != "", RoundTrip: os.Getenv("RT") != ""})
		total.add(r)
		if r.Failed > 0 || r.Skipped > 0 {
			t.Logf("%s: %d passed %d failed %d skipped %v", name, r.Passed, r.Failed, r.Skipped, r.Skips)
		}
		for i, f := range r.Failures {
			if i < 8 {
				t.Errorf("%s:%d: %s", name, f.Line, f.Message)
			}
		}
		_ = fs
	}
	t.Logf("total %d passed %d failed %d skipped %v", total.Passed, total.Failed, total.Skipped, total.Skips)
}
