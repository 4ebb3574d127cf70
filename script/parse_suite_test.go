package script

// This file parses the official scripts.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/reference"
)

// suiteDir is a folder of the official scripts; the test is skipped where they
// are not.
func suiteDir(t testing.TB, name string) string {
	t.Helper()
	return reference.Dir(t, "wast/"+name)
}

// scripts lists the scripts below a folder.
func scripts(t testing.TB, dir string) (names []string) {
	t.Helper()
	names, err := Find(os.DirFS(dir), ".")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestParseSuites checks that all scripts parse, and how many assertions there
// are.
func TestParseSuites(t *testing.T) {
	for _, tt := range []struct {
		dir                    string
		files, assertions, own int
	}{
		{"core", 274, 63322, 62498},
		{"component-model", 63, 980, 0},
		{"component-model/validation", 13, 361, 361},
		{"component-model/binary", 1, 88, 88},
	} {
		t.Run(tt.dir, func(t *testing.T) {
			dir := suiteDir(t, tt.dir)
			files, all, own := 0, 0, 0
			for _, name := range scripts(t, dir) {
				src, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				s, err := Parse(src)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				n := count(s.Commands)
				files++
				all += n
				if !strings.Contains(name, "/") {
					own += n
				}
			}
			if files != tt.files || all != tt.assertions || own != tt.own {
				t.Errorf("%d files with %d assertions, %d of them in the folder itself; want %d, %d, %d",
					files, all, own, tt.files, tt.assertions, tt.own)
			}
		})
	}
}

// count counts assertions.
func count(list []Command) (n int) {
	for i := range list {
		if list[i].Kind.Assertion() {
			n++
		}
		n += count(list[i].Commands)
	}
	return n
}
