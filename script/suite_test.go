package script

// This file runs the official scripts in all modes, and keeps the table of
// README.md.

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write README.md and the goldens of testdata")

// suites are the folders of the official scripts.
var suites = []string{"core", "component-model"}

// runSuite runs all scripts of a folder. Results are named as the table names
// them: "core/address.wast".
func runSuite(t *testing.T, suite string, cfg Config) (results []*Result) {
	t.Helper()
	dir := suiteDir(t, suite)
	for _, name := range scripts(t, dir) {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, Run(t.Context(), suite+"/"+name, src, cfg))
	}
	return results
}

// tolerated reads the failures that are known: lines "file:line why" in
// testdata/known.txt, and the files that the Component Model's nyi.txt lists.
func tolerated(t *testing.T, suite string) (lines, files map[string]bool) {
	t.Helper()
	lines, files = map[string]bool{}, map[string]bool{}
	known, err := os.ReadFile("testdata/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(known)) {
		if where, _, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.HasPrefix(where, suite+"/") {
			lines[where] = true
		}
	}
	nyi, err := os.ReadFile(filepath.Join(suiteDir(t, suite), "nyi.txt"))
	if err != nil {
		return lines, files
	}
	for line := range strings.Lines(string(nyi)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "./"); ok {
			files[suite+"/"+name] = true
		}
	}
	return lines, files
}

// TestSuites runs the official scripts. Whatever fails must be in
// testdata/known.txt, and what is there must fail.
func TestSuites(t *testing.T) {
	for _, suite := range suites {
		t.Run(suite, func(t *testing.T) {
			lines, files := tolerated(t, suite)
			var sum Summary
			for _, r := range runSuite(t, suite, Config{RoundTrip: true}) {
				sum.Add(r)
				for _, f := range r.Failures {
					where := fmt.Sprintf("%s:%d", r.File, f.Line)
					switch {
					case lines[where]:
						delete(lines, where)
						t.Logf("known: %s: %s", where, f.Message)
					case files[r.File]:
						t.Logf("nyi.txt: %s: %s", where, f.Message)
					default:
						t.Errorf("%s: %s", where, f.Message)
					}
				}
			}
			t.Log(sum)
			if *update {
				forget(t, lines)
				return
			}
			for where := range lines {
				t.Errorf("%s does not fail any more: take it out of testdata/known.txt (-update does)", where)
			}
		})
	}
}

// forget takes failures that are gone out of testdata/known.txt.
func forget(t *testing.T, gone map[string]bool) {
	old, err := os.ReadFile("testdata/known.txt")
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	for line := range strings.Lines(string(old)) {
		if where, _, _ := strings.Cut(line, " "); !gone[where] {
			kept.WriteString(line)
		}
	}
	if err := os.WriteFile("testdata/known.txt", []byte(kept.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestModes checks that scripts come out the same when their modules are
// metered.
func TestModes(t *testing.T) {
	if testing.Short() {
		t.Skip("the official scripts, run twice")
	}
	for _, suite := range suites {
		plain := runSuite(t, suite, Config{})
		metered := runSuite(t, suite, Config{Metered: true})
		for i, want := range plain {
			got := metered[i]
			if got.Passed != want.Passed || got.Skipped != want.Skipped || !slices.Equal(got.Failures, want.Failures) {
				t.Errorf("%s: metered: %+v\nas it is: %+v", want.File, got, want)
			}
		}
	}
}

const (
	tableStart = "<!-- table: go test ./script -run TestTable -update -->\n"
	tableEnd   = "<!-- end of table -->\n"
)

// TestTable compares the table of README.md with what comes out.
func TestTable(t *testing.T) {
	var b bytes.Buffer
	for _, suite := range suites {
		fmt.Fprintf(&b, "\n## %s\n\n", suite)
		results := runSuite(t, suite, Config{})
		// The folder itself first, then those below it.
		slices.SortStableFunc(results, func(x, y *Result) int {
			return cmp.Compare(min(strings.Count(x.File, "/"), 2), min(strings.Count(y.File, "/"), 2))
		})
		var own Summary
		for _, r := range results {
			if strings.Count(r.File, "/") == 1 {
				own.Add(r)
			}
		}
		if own.Files > 0 {
			fmt.Fprintf(&b, "In the folder itself: %d assertions. %s.\n\n", own.Passed+own.Failed+own.Skipped, own)
		}
		if err := WriteTable(&b, results); err != nil {
			t.Fatal(err)
		}
	}
	b.WriteByte('\n')
	old, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(old), tableStart)
	table, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatal("README.md has no place for the table")
	}
	if table == b.String() {
		return
	}
	if *update {
		text := before + tableStart + b.String() + tableEnd + after
		if err := os.WriteFile("README.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the table in README.md is not true any more (-update writes it): %s", firstDifference(table, b.String()))
}

// TestRefusals compares what is said about the modules that the Component
// Model's scripts expect to be refused with testdata/refused.txt. The texts
// that these scripts expect are those of another tool: the file is there to be
// read by people.
func TestRefusals(t *testing.T) {
	dir := suiteDir(t, "component-model")
	var lines []string
	for _, name := range scripts(t, dir) {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		Run(t.Context(), name, src, Config{Refused: func(line int, kind Kind, _ string, err error) {
			what := map[Kind]string{KindMalformed: "malformed", KindInvalid: "invalid"}[kind]
			lines = append(lines, fmt.Sprintf("%s:%d %s: %s\n", name, line, what, strconv.Quote(err.Error())))
		}})
	}
	checkGolden(t, "testdata/refused.txt", strings.Join(lines, ""))
}

// TestTraps compares how components fail where the Component Model's scripts
// expect it with testdata/trapped.txt: the text of the script, and ours below.
func TestTraps(t *testing.T) {
	dir := suiteDir(t, "component-model")
	var lines []string
	for _, name := range scripts(t, dir) {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		Run(t.Context(), name, src, Config{Trapped: func(line int, _ Kind, want string, err error) {
			lines = append(lines, fmt.Sprintf("%s:%d\n\t%s\n\t%s\n", name, line, strconv.Quote(want), strconv.Quote(err.Error())))
		}})
	}
	checkGolden(t, "testdata/trapped.txt", strings.Join(lines, ""))
}

func checkGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not true any more (-update writes it): %s", golden, firstDifference(string(want), got))
	}
}
