package suite

// This file compares reports with golden files; -update writes them anew.

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// sampleResults are results with all there is to report.
func sampleResults() ([]*Result, *Summary) {
	test := func(suite, name string) *Test {
		return &Test{File: "tests/" + suite + "/" + name + ".wasm", Suite: suite, Name: name, ID: suite + "/" + name, Version: WASIP1}
	}
	code := func(n int) *int { return &n }
	results := []*Result{
		{Test: test("one", "passes"), Outcome: Pass, Duration: 12345 * time.Microsecond, Argv: []string{"dray", "run", "x.wasm"}, ExitCode: code(0)},
		{Test: test("one", "exits"), Outcome: Fail, Duration: 2500 * time.Millisecond, Argv: []string{"dray", "run", "--env", "A=it's", "x.wasm"}, ExitCode: code(134),
			Failure: &Failure{Operation: "wait", Index: 1, Message: "expected exit code 0, got 134"},
			Stdout:  "partial\n", Stderr: "thread 'main' panicked <at> \"src/main.rs\"\x1b[31m\r\nnote & more\n"},
		{Test: test("one", "differs"), Outcome: Fail, Duration: time.Millisecond, Argv: []string{"dray", "run", "y.wasm"}, ExitCode: code(0),
			Failure: &Failure{Operation: "read stdout", Index: 1, Message: "the output differs from the expected one", Compared: true,
				Expected: "alpha\nbeta\ngamma\n", Got: "alpha\nbeta!\x00\ngamma"}},
		{Test: test("two", "broken"), Outcome: Fail, Failure: &Failure{Message: "the spec cannot be used: a.json:1:2: not valid JSON"}},
		{Test: test("two", "other"), Outcome: Skip, Reason: "matches --skip other"},
		{Test: test("two", "another"), Outcome: Skip, Reason: "matches --skip other"},
		{Test: test("two", "late"), Outcome: NotRun},
	}
	sum := &Summary{Duration: 3 * time.Second, Interrupted: true, Baseline: &Comparison{File: "known.txt", Listed: 4,
		NewlyFailing: []string{"one/exits", "one/differs"}, NewlyPassing: []string{"one/passes"}, Missing: []string{"three/gone"}}}
	for _, r := range results {
		sum.count(r)
	}
	return results, sum
}

// golden compares a report with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

// reportAll passes the sample to a report.
func reportAll(t *testing.T, r reporter) {
	t.Helper()
	results, sum := sampleResults()
	for _, res := range results {
		if err := r.result(res); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.finish(sum); err != nil {
		t.Fatal(err)
	}
}

func TestTextReport(t *testing.T) {
	var b bytes.Buffer
	reportAll(t, newTextReport(&b, &b, false, nil))
	golden(t, "report.txt", b.Bytes())
	b.Reset()
	verbose := newTextReport(&b, &b, true, nil)
	verbose.colour = true
	reportAll(t, verbose)
	golden(t, "report_verbose_colour.txt", b.Bytes())
}

func TestJSONReport(t *testing.T) {
	var b bytes.Buffer
	reportAll(t, &jsonReport{w: &b, final: &b, runner: []string{"dray", "run"}})
	golden(t, "report.json", b.Bytes())
}

func TestJUnitReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.xml")
	if err := os.WriteFile(path, []byte(strings.Repeat("old content ", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	j, err := newJUnitReport(path)
	if err != nil {
		t.Fatal(err)
	}
	reportAll(t, j)
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.xml", got)
	var back junitSuites
	if err := xml.Unmarshal(got, &back); err != nil || back.Tests != 7 || back.Failures != 3 || back.Skipped != 3 {
		t.Errorf("read back: %+v, %v", back, err)
	}
}

func TestLongSectionsAreCut(t *testing.T) {
	lines := make([]string, 1000)
	for i := range lines {
		lines[i] = strings.Repeat("ä", 400)
	}
	got := cutLines(lines)
	if len(got) != sectionLines+1 || got[sectionLines/2] != "[940 lines left out]" {
		t.Errorf("%d lines, %q", len(got), got[sectionLines/2])
	}
	if want := strings.Repeat("ä", 250) + "[300 bytes left out]"; got[0] != want {
		t.Errorf("line %q", got[0])
	}
}
