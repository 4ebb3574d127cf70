package suite

// This file checks whole runs: order, parallelism, selection, reports.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// runSuite runs with options and returns the summary and both outputs.
func runSuite(t *testing.T, opt Options) (*Summary, string, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	opt.Stdout, opt.Stderr = &stdout, &stderr
	if opt.Runner.Command == nil {
		opt.Runner = fakeRunner(t)
	}
	sum, err := Run(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return sum, stdout.String(), stderr.String()
}

func TestRunReportsInOrder(t *testing.T) {
	files := map[string]string{}
	for i := range 12 {
		files[fmt.Sprintf("t%02d.wasm", i)] = fmt.Sprintf("exit %d", i%3)
	}
	dir := writeSuite(t, files)
	sum, out, _ := runSuite(t, Options{Paths: []string{dir}, Jobs: 4, Verbose: true})
	var got []string
	for _, line := range strings.Split(out, "\n") {
		if words := strings.Fields(line); len(words) > 1 && (words[0] == "pass" || words[0] == "FAIL") {
			got = append(got, words[0]+" "+words[1])
		}
	}
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprintf("%s t%02d", []string{"pass", "FAIL", "FAIL"}[i%3], i))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if sum.Passed != 4 || sum.Failed != 8 || sum.ExitCode() != 1 {
		t.Errorf("summary %+v", sum)
	}
	if !strings.HasSuffix(out, "\n4 passed, 8 failed, 0 skipped\n") {
		t.Errorf("output ends with %q", out[max(0, len(out)-80):])
	}
}

func TestRunIsolatesParallelTests(t *testing.T) {
	files := map[string]string{"shared.dir/file": "x", "shared.dir/old.cleanup": ""}
	for i := range 16 {
		files[fmt.Sprintf("t%02d.wasm", i)] = "must-miss made\nmust-miss old.cleanup\nmust-miss new.cleanup\ncreate made\ncreate new.cleanup\nls"
		files[fmt.Sprintf("t%02d.json", i)] = `{"root": "shared.dir", "stdout": "file made new.cleanup\n"}`
	}
	dir := writeSuite(t, files)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	sum, out, _ := runSuite(t, Options{Paths: []string{dir}, Jobs: 8})
	if sum.Passed != 16 {
		t.Errorf("summary %+v\n%s", sum, out)
	}
	left, err := os.ReadDir(filepath.Join(dir, "shared.dir"))
	if err != nil || len(left) != 2 {
		t.Errorf("the suite's folder holds %v, %v", left, err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRunSelects(t *testing.T) {
	dir := writeSuite(t, map[string]string{"fd_a.wasm": "", "fd_b.wasm": "exit 1", "path_a.wasm": "exit 1", "wasm32-wasip3/x.wasm": "", "wasm32-wasip3/x.json": "{"})
	runner := fakeRunner(t)
	runner.Versions, runner.Worlds = []Version{WASIP1}, []World{CLICommand}
	sum, out, _ := runSuite(t, Options{Paths: []string{dir}, Runner: runner, Filter: regexp.MustCompile("^fd_|x"), Skip: regexp.MustCompile("_b$")})
	if sum.Passed != 1 || sum.Failed != 0 || sum.Skipped != 2 || sum.ExitCode() != 0 {
		t.Errorf("summary %+v", sum)
	}
	want := "skipped 1: matches --skip _b$\n" +
		"skipped 1: WASI version wasm32-wasip3 is not supported by this runner (it runs wasm32-wasip1)\n" +
		"1 passed, 0 failed, 2 skipped\n"
	if out != want {
		t.Errorf("output %q, want %q", out, want)
	}
}

func TestRunSkipsWorld(t *testing.T) {
	dir := writeSuite(t, map[string]string{"x.wasm": "", "x.json": `{"proposals": [], "world": "wasi:http/service", "operations": [` + runWait + `]}`})
	runner := fakeRunner(t)
	runner.Worlds = []World{CLICommand}
	sum, out, _ := runSuite(t, Options{Paths: []string{dir}, Runner: runner, Verbose: true})
	if sum.Skipped != 1 || !strings.Contains(out, "skip x: WASI world wasi:http/service is not supported by this runner (it runs wasi:cli/command)\n") {
		t.Errorf("summary %+v, output %q", sum, out)
	}
}

func TestRunBadSpecIsAFailedTest(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": "", "a.json": "{", "b.wasm": "", "b.json": `{"typo": 1}`})
	sum, out, stderr := runSuite(t, Options{Paths: []string{dir}})
	if sum.Passed != 1 || sum.Failed != 1 || !strings.Contains(out, "the spec cannot be used: "+filepath.Join(dir, "a.json")+":1:1: not valid JSON") {
		t.Errorf("summary %+v, output %q", sum, out)
	}
	if !strings.Contains(stderr, "warning: "+filepath.Join(dir, "b.json")+":1:10: typo: unknown field") {
		t.Errorf("stderr %q", stderr)
	}
}

func TestRunErrors(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": ""})
	for _, c := range []struct {
		opt  Options
		want string
	}{
		{Options{}, "name a folder of tests or a .wasm file"},
		{Options{Paths: []string{dir}, Filter: regexp.MustCompile("zz")}, `none of the 1 tests found matches the filter "zz"`},
		{Options{Paths: []string{filepath.Join(dir, "none")}}, "none: no such file or directory"},
		{Options{Paths: []string{dir}, Runner: Runner{Command: []string{"no-such-runtime", "run"}}}, `the runner cannot be started: exec: "no-such-runtime"`},
		{Options{Paths: []string{dir}, Runner: Runner{Command: []string{}}}, "the runner command is empty"},
		{Options{Paths: []string{dir}, JUnit: filepath.Join(dir, "no", "j.xml")}, "JUnit report: open"},
		{Options{Paths: []string{dir}, Baseline: filepath.Join(dir, "no", "b")}, "its folder does not exist"},
		{Options{Paths: []string{dir}, Baseline: dir}, "baseline: read"},
		{Options{Paths: []string{dir}, UpdateBaseline: true}, "to update a baseline, name its file"},
	} {
		opt := c.opt
		opt.Stdout, opt.Stderr = new(bytes.Buffer), new(bytes.Buffer)
		if opt.Runner.Command == nil {
			opt.Runner = fakeRunner(t)
		}
		if _, err := Run(t.Context(), opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.opt, err, c.want)
		}
	}
}

// A watchWriter calls a function when a text has been written.
type watchWriter struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	text  string
	found func()
}

func (w *watchWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(p)
	if w.found != nil && strings.Contains(w.buf.String(), w.text) {
		w.found()
		w.found = nil
	}
	return len(p), nil
}

func TestRunInterrupted(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": "", "b.wasm": "hang", "c.wasm": "hang", "d.wasm": ""})
	ctx, cancel := context.WithCancel(t.Context())
	out := &watchWriter{text: "pass a", found: cancel}
	base := filepath.Join(t.TempDir(), "base")
	junit := filepath.Join(t.TempDir(), "j.xml")
	sum, err := Run(ctx, Options{Paths: []string{dir}, Runner: fakeRunner(t), Jobs: 1, Verbose: true, Stdout: out, Stderr: new(bytes.Buffer), Baseline: base, JUnit: junit})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Passed != 1 || sum.NotRun != 3 || !sum.Interrupted || sum.ExitCode() != 130 {
		t.Errorf("summary %+v", sum)
	}
	if got := out.buf.String(); !strings.HasSuffix(got, "left as it is\ninterrupted: 3 not run to the end\n1 passed, 0 failed, 0 skipped\n") {
		t.Errorf("output %q", got)
	}
	if _, err := os.Stat(base); !os.IsNotExist(err) {
		t.Errorf("a baseline was written: %v", err)
	}
	if x, err := os.ReadFile(junit); err != nil || strings.Count(string(x), `<skipped message="interrupted">`) != 3 {
		t.Errorf("JUnit report %q, %v", x, err)
	}
}

// A brokenWriter fails.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestRunEndsWhenTheReportCannotBeWritten(t *testing.T) {
	files := map[string]string{"a.wasm": "exit 1"}
	for i := range 20 {
		files[fmt.Sprintf("b%02d.wasm", i)] = "hang"
	}
	_, err := Run(t.Context(), Options{Paths: []string{writeSuite(t, files)}, Runner: fakeRunner(t), Jobs: 1, Stdout: brokenWriter{}, Stderr: new(bytes.Buffer)})
	if err == nil || err.Error() != "writing the report: broken pipe" {
		t.Errorf("error %v", err)
	}
}

func TestRunJSON(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": "", "b.wasm": "print x\neprint \"boom\\n\"\nexit 2", "b.json": `{"stdout": "y"}`})
	sum, out, _ := runSuite(t, Options{Paths: []string{dir}, JSON: true, Skip: regexp.MustCompile("^a$")})
	if sum.ExitCode() != 1 {
		t.Errorf("summary %+v", sum)
	}
	var objects []map[string]any
	dec := json.NewDecoder(strings.NewReader(out))
	for dec.More() {
		var o map[string]any
		if err := dec.Decode(&o); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	if len(objects) != 3 || strings.Count(out, "\n") != 3 {
		t.Fatalf("output %s", out)
	}
	for i, want := range []map[string]any{
		{"type": "test", "id": "a", "outcome": "skip", "message": "matches --skip ^a$", "file": filepath.Join(dir, "a.wasm")},
		{"type": "test", "id": "b", "outcome": "fail", "message": "read stdout: the output differs from the expected one", "exit_code": 2.0, "stderr": "boom\n"},
		{"type": "summary", "passed": 0.0, "failed": 1.0, "skipped": 1.0, "not_run": 0.0, "interrupted": false},
	} {
		for key, value := range want {
			if objects[i][key] != value {
				t.Errorf("object %d: %s is %v, want %v", i, key, objects[i][key], value)
			}
		}
	}
	if d := objects[0]["duration_ms"]; d != 0.0 {
		t.Errorf("duration %v", d)
	}
}

func TestRunBaseline(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": "exit 1", "b.wasm": "exit 1", "c.wasm": "", "s/d.wasm": "exit 1"})
	base := filepath.Join(t.TempDir(), "base.txt")
	opt := Options{Paths: []string{dir}, Baseline: base}
	set := func(name, guest string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(guest), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	check := func(wantCode int, wantEnd, wantFile string) {
		t.Helper()
		sum, out, _ := runSuite(t, opt)
		if sum.ExitCode() != wantCode {
			t.Errorf("exit code %d, want %d", sum.ExitCode(), wantCode)
		}
		if !strings.HasSuffix(out, strings.ReplaceAll(wantEnd, "BASE", base)) {
			t.Errorf("output %q, want at the end %q", out, wantEnd)
		}
		got, err := os.ReadFile(base)
		if want := baselineHeader + "\n" + wantFile; err != nil || string(got) != want {
			t.Errorf("file %q, want %q (%v)", got, want, err)
		}
	}
	check(0, "baseline BASE written: 3 failed tests\n1 passed, 3 failed, 0 skipped\n", "a\nb\ns/d\n")
	check(0, "baseline BASE: 0 newly fail, 0 newly pass\n1 passed, 3 failed, 0 skipped\n", "a\nb\ns/d\n")
	if _, out, _ := runSuite(t, opt); strings.Contains(out, "FAIL") {
		t.Errorf("known failures are written out: %q", out)
	}
	set("a.wasm", "exit 0")
	set("c.wasm", "exit 1")
	check(1, "newly fails: c\nnewly passes: a\nbaseline BASE: 1 newly fail, 1 newly pass\n1 passed, 3 failed, 0 skipped\n", "a\nb\ns/d\n")
	set("c.wasm", "exit 0")
	check(0, "newly passes: a\nbaseline BASE: 0 newly fail, 1 newly pass\n2 passed, 2 failed, 0 skipped\n", "a\nb\ns/d\n")
	// Only what ran is updated; what is gone is dropped.
	if err := os.Remove(filepath.Join(dir, "b.wasm")); err != nil {
		t.Fatal(err)
	}
	check(0, "newly passes: a\nnot found any more: b\nbaseline BASE: 0 newly fail, 1 newly pass\n2 passed, 1 failed, 0 skipped\n", "a\nb\ns/d\n")
	opt.UpdateBaseline, opt.Filter = true, regexp.MustCompile("^[ac]$")
	check(0, "baseline BASE written: 1 failed tests\n2 passed, 0 failed, 0 skipped\n", "s/d\n")
}

func TestRunBaselineJSON(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": "exit 1", "b.wasm": ""})
	base := filepath.Join(t.TempDir(), "base.txt")
	if err := os.WriteFile(base, []byte("# known\n\nb\ngone\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sum, out, _ := runSuite(t, Options{Paths: []string{dir}, Baseline: base, JSON: true})
	var last struct{ Baseline jsonBaseline }
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	want := jsonBaseline{File: base, Listed: 2, NewlyFailing: []string{"a"}, NewlyPassing: []string{"b"}, Missing: []string{"gone"}}
	if d := cmp.Diff(want, last.Baseline); d != "" || sum.ExitCode() != 1 {
		t.Errorf("exit code %d, %s", sum.ExitCode(), d)
	}
}

func TestBaselineFileOfAnyIDs(t *testing.T) {
	names := map[string]bool{"plain": true, "a b/c": true, "# x": true, "\"q": true, "new\nline": true, " lead": true, "é": true}
	b := &baseline{path: "p", known: map[string]bool{}}
	if err := b.parse(formatBaseline(names)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(names, b.known); d != "" {
		t.Error(d)
	}
	if err := b.parse([]byte("ok\n\"open\n")); err == nil || !strings.Contains(err.Error(), "baseline p:2: ") {
		t.Errorf("error %v", err)
	}
}

func TestRunDefaultTimeout(t *testing.T) {
	dir := writeSuite(t, map[string]string{"a.wasm": "hang", "b.wasm": ""})
	sum, out, _ := runSuite(t, Options{Paths: []string{dir}, Timeout: 300 * time.Millisecond, Filter: regexp.MustCompile("a")})
	if sum.Failed != 1 || !strings.Contains(out, "wait: timed out after 300ms while waiting for the process to end\n") {
		t.Errorf("summary %+v, output %q", sum, out)
	}
}

// descriptors counts the open files of this process, where that is possible.
func descriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

func TestRunReleasesEverything(t *testing.T) {
	files := map[string]string{"r.dir/x": ""}
	for _, c := range verdictCases {
		if strings.HasPrefix(c.name, "tcp-") || strings.HasPrefix(c.name, "http-") || c.name == "servers" {
			files[c.name+".wasm"], files[c.name+".json"] = c.guest, c.spec
		}
	}
	opt := Options{Paths: []string{writeSuite(t, files)}, Jobs: 4}
	runSuite(t, opt)
	goroutines, open := runtime.NumGoroutine(), descriptors()
	runSuite(t, opt)
	// Closed connections of servers take a moment.
	for range 100 {
		if runtime.NumGoroutine() <= goroutines && descriptors() <= open {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("%d goroutines, before %d; %d descriptors, before %d\n%s", runtime.NumGoroutine(), goroutines, descriptors(), open,
		stacks[:runtime.Stack(stacks, true)])
}
