package suite

// This file runs a list of tests in parallel and feeds the reports in the
// order of the list.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"
)

// DefaultTimeout is how long a test may take unless an option says otherwise.
const DefaultTimeout = 60 * time.Second

// Options says what to run, how, and where to report.
type Options struct {
	// Paths are folders and .wasm files; see [Find].
	Paths []string
	// Runner is the command that tests run under.
	Runner Runner
	// Jobs is how many tests run at a time; 0 is one a processor.
	Jobs int
	// Filter, when set, selects tests; Skip, when set, skips tests. Both match
	// anywhere in a test's ID or in its name.
	Filter, Skip *regexp.Regexp
	// Timeout is how long one test may take; 0 is [DefaultTimeout].
	Timeout time.Duration
	// Stdout takes the report, Stderr warnings and the progress bar, which is
	// drawn only on a terminal.
	Stdout, Stderr io.Writer
	// Verbose reports passed and skipped tests too.
	Verbose bool
	// JSON reports one JSON object a line instead of text.
	JSON bool
	// JUnit is a file for a JUnit XML report, or empty.
	JUnit string
	// Baseline is the file that lists the tests known to fail, or empty. It is
	// written when it does not exist or UpdateBaseline is set.
	Baseline       string
	UpdateBaseline bool
}

// A Summary counts what came of a run.
type Summary struct {
	Passed, Failed, Skipped int
	// NotRun counts tests that were selected and did not end before Ctrl-C.
	NotRun int
	// Interrupted tells that the context ended before the tests did.
	Interrupted bool
	Duration    time.Duration
	// Baseline is set when a baseline was asked for.
	Baseline *Comparison
}

// ExitCode is the exit code of `dray test`: 130 after an interruption, 1 when
// tests fail (with a baseline: when tests fail that it does not list), else 0.
func (s *Summary) ExitCode() int {
	switch {
	case s.Interrupted:
		return 130
	case s.Baseline != nil && len(s.Baseline.NewlyFailing) > 0:
		return 1
	case s.Baseline == nil && s.Failed > 0:
		return 1
	}
	return 0
}

// A reporter writes down results. Its methods are called by one goroutine.
type reporter interface {
	result(*Result) error
	finish(*Summary) error
}

// Run finds, runs and reports tests. It returns an error when it could not
// start: no tests, a wrong manifest, a runner that does not exist, a report
// that cannot be written. Failing tests are not an error: see [Summary]. When
// ctx ends, running tests are killed and the summary is partial.
func Run(ctx context.Context, opt Options) (*Summary, error) {
	if opt.UpdateBaseline && opt.Baseline == "" {
		return nil, errors.New("to update a baseline, name its file")
	}
	if err := opt.Runner.check(); err != nil {
		return nil, err
	}
	tests, warnings, err := Find(opt.Paths)
	for _, w := range warnings {
		fmt.Fprintf(opt.Stderr, "warning: %v\n", w)
	}
	if err != nil {
		return nil, err
	}
	all := tests
	if tests = selected(tests, opt.Filter); len(tests) == 0 {
		return nil, noTests(len(all), opt.Filter)
	}
	base, err := openBaseline(opt.Baseline, opt.UpdateBaseline)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "dray-test-")
	if err != nil {
		return nil, err
	}
	defer removeTree(scratch)
	bar := newProgress(opt.Stderr, len(tests))
	defer bar.close()
	reports, err := opt.reporters(bar, base)
	if err != nil {
		return nil, err
	}
	r := &testRun{opt: opt, tests: tests, scratch: scratch, bar: bar}
	sum, err := r.run(ctx, append(reports, base))
	if err != nil {
		return nil, err
	}
	bar.close()
	if err := base.compare(sum, all); err != nil {
		return nil, err
	}
	for _, rep := range reports {
		err = errors.Join(err, rep.finish(sum))
	}
	return sum, err
}

// noTests is the error of a run without tests.
func noTests(found int, filter *regexp.Regexp) error {
	if found == 0 {
		return errors.New("name a folder of tests or a .wasm file")
	}
	return fmt.Errorf("none of the %d tests found matches the filter %q", found, filter)
}

// reporters makes the reports that the options ask for.
func (opt *Options) reporters(bar *progress, base *baseline) ([]reporter, error) {
	var out []reporter
	w := bar.output(opt.Stdout)
	if opt.JSON {
		out = append(out, &jsonReport{w: w, final: opt.Stdout, runner: opt.Runner.Command})
	} else {
		out = append(out, newTextReport(w, opt.Stdout, opt.Verbose, base.listed()))
	}
	if opt.JUnit != "" {
		j, err := newJUnitReport(opt.JUnit)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

// selected is the tests that match the filter.
func selected(tests []*Test, filter *regexp.Regexp) []*Test {
	var out []*Test
	for _, t := range tests {
		if filter == nil || t.matches(filter) {
			out = append(out, t)
		}
	}
	return out
}

// matches tells whether re matches in the test's ID or name.
func (t *Test) matches(re *regexp.Regexp) bool {
	return re.MatchString(t.ID) || re.MatchString(t.Name)
}

// A testRun is a list of tests under way.
type testRun struct {
	opt     Options
	tests   []*Test
	scratch string
	bar     *progress
}

// run runs the tests and passes each result to the reports, in the order of
// the list.
func (r *testRun) run(ctx context.Context, reports []reporter) (*Summary, error) {
	start := time.Now()
	inner, stop := context.WithCancel(ctx)
	defer stop()
	type numbered struct {
		i   int
		res *Result
	}
	jobs := r.opt.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	next, results := make(chan int), make(chan numbered)
	var workers sync.WaitGroup
	for range min(jobs, len(r.tests)) {
		workers.Go(func() {
			for i := range next {
				results <- numbered{i, r.one(inner, i)}
			}
		})
	}
	go func() {
		for i := range r.tests {
			next <- i
		}
		close(next)
		workers.Wait()
		close(results)
	}()
	sum := &Summary{}
	done := make([]*Result, len(r.tests))
	reported := 0
	var failure error
	for n := range results {
		done[n.i] = n.res
		sum.count(n.res)
		r.bar.step(sum.Failed)
		for reported < len(done) && done[reported] != nil {
			if failure == nil {
				if failure = report(done[reported], reports); failure != nil {
					stop()
				}
			}
			done[reported] = &Result{}
			reported++
		}
	}
	sum.Interrupted = ctx.Err() != nil && sum.NotRun > 0
	sum.Duration = time.Since(start)
	return sum, failure
}

// report passes a result to the reports; the first error ends that.
func report(res *Result, reports []reporter) error {
	for _, rep := range reports {
		if err := rep.result(res); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	}
	return nil
}

// count adds a result to the summary.
func (s *Summary) count(r *Result) {
	switch r.Outcome {
	case Pass:
		s.Passed++
	case Fail:
		s.Failed++
	case Skip:
		s.Skipped++
	case NotRun:
		s.NotRun++
	}
}

// one skips, fails or runs one test.
func (r *testRun) one(ctx context.Context, i int) *Result {
	t := r.tests[i]
	res := &Result{Test: t}
	switch {
	case r.opt.Skip != nil && t.matches(r.opt.Skip):
		res.Outcome, res.Reason = Skip, fmt.Sprintf("matches --skip %s", r.opt.Skip)
	case r.opt.Runner.skipReason(t) != "":
		res.Outcome, res.Reason = Skip, r.opt.Runner.skipReason(t)
	case t.Err != nil:
		res.Outcome, res.Failure = Fail, &Failure{Message: "the spec cannot be used: " + t.Err.Error()}
	case ctx.Err() != nil:
		res.Outcome = NotRun
	default:
		return r.execute(ctx, t, i)
	}
	return res
}

// execute runs a test with a scratch folder of its own.
func (r *testRun) execute(ctx context.Context, t *Test, i int) *Result {
	dir := filepath.Join(r.scratch, fmt.Sprint(i))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return &Result{Test: t, Outcome: Fail, Failure: &Failure{Message: err.Error()}}
	}
	timeout := r.opt.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	res := execute(ctx, &r.opt.Runner, t, timeout, dir)
	if err := removeTree(dir); err != nil && res.Outcome == Pass {
		fmt.Fprintf(r.bar.output(r.opt.Stderr), "warning: %s: the copy of its root cannot be removed: %v\n", t.ID, strings.TrimSpace(err.Error()))
	}
	return res
}
