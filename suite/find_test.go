package suite

// This file checks which tests are found, and how they are named.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ids are the IDs of tests, in order.
func ids(tests []*Test) []string {
	var out []string
	for _, t := range tests {
		out = append(out, t.ID)
	}
	return out
}

func TestFind(t *testing.T) {
	dir := writeSuite(t, map[string]string{
		"top.wasm":                                "",
		"top.txt":                                 "",
		".wasm":                                   "",
		"c/testsuite/wasm32-wasip1/b.wasm":        "",
		"c/testsuite/wasm32-wasip1/a.wasm":        "",
		"c/testsuite/wasm32-wasip1/a.json":        `{"root": "fs.dir"}`,
		"c/testsuite/wasm32-wasip1/fs.dir/x.wasm": "",
		"c/testsuite/wasm32-wasip1/other/y.wasm":  "",
		"c/testsuite/wasm32-wasip1/manifest.json": `{"name": "C tests"}`,
		".git/z.wasm":                             "",
	})
	tests, warnings, err := Find([]string{dir})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := []string{"top", "C tests/a", "C tests/b", "c/testsuite/wasm32-wasip1/other/y"}
	if d := cmp.Diff(want, ids(tests)); d != "" {
		t.Error(d)
	}
	if got := tests[0].Suite; got != filepath.Base(dir) {
		t.Errorf("suite %q", got)
	}
	if got := tests[1]; got.Name != "a" || got.Suite != "C tests" || got.SpecFile == "" || len(got.Spec.Operations) != 2 {
		t.Errorf("test %+v", got)
	}
}

func TestFindIDsDoNotDependOnThePath(t *testing.T) {
	files := map[string]string{"x/a.wasm": "", "b.wasm": ""}
	one, two := writeSuite(t, files), writeSuite(t, files)
	first, _, err := Find([]string{one})
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := Find([]string{two + string(filepath.Separator)})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(ids(first), ids(second)); d != "" {
		t.Error(d)
	}
	both, _, err := Find([]string{one, two})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{}
	for _, dir := range []string{one, two} {
		want = append(want, filepath.ToSlash(filepath.Join(dir, "b")), filepath.ToSlash(filepath.Join(dir, "x/a")))
	}
	if d := cmp.Diff(want, ids(both)); d != "" {
		t.Error(d)
	}
}

func TestFindFile(t *testing.T) {
	dir := writeSuite(t, map[string]string{"wasm32-wasip3/a.wasm": "", "wasm32-wasip3/a.json": `{"exit_code": 1}`, "x.txt": ""})
	file := filepath.Join(dir, "wasm32-wasip3", "a.wasm")
	tests, _, err := Find([]string{file, dir, file})
	if err != nil || len(tests) != 1 {
		t.Fatal(err, len(tests))
	}
	if got := tests[0]; got.ID != "a" || got.Version != WASIP3 || got.Spec.Operations[1].(*WaitOp).ExitCode != 1 {
		t.Errorf("test %+v", got)
	}
}

func TestFindErrors(t *testing.T) {
	dir := writeSuite(t, map[string]string{"x.txt": "", "bad/a.wasm": "", "bad/manifest.json": "{"})
	for _, c := range []struct{ path, want string }{
		{"gone", "gone: no such file or directory"},
		{"x.txt", "x.txt: expected a folder or a .wasm file"},
		{"bad", "manifest.json:1:1: not valid JSON"},
		{"empty", "empty: no .wasm file in this folder or below"},
	} {
		os.Mkdir(filepath.Join(dir, "empty"), 0o755)
		_, _, err := Find([]string{filepath.Join(dir, c.path)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.path, err, c.want)
		}
	}
}

func TestFindKeepsGoingAtABadSpec(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": "", "a.json": "{", "b.wasm": ""})
	tests, _, err := Find([]string{dir})
	if err != nil || len(tests) != 2 || tests[0].Err == nil || tests[1].Err != nil {
		t.Fatal(err, tests)
	}
}
