package main

// This file is "dray wast".

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/script"
)

// shortFailures is how many failures of a script are shown without --verbose.
const shortFailures = 20

// A wastFlags holds the options of "dray wast".
type wastFlags struct {
	json, verbose bool
	features      string
	jobs          int
}

func newWastCommand() *cobra.Command {
	var f wastFlags
	cmd := &cobra.Command{
		Use:                   "wast [options] FILE|DIR...",
		Short:                 "Run WebAssembly test scripts",
		DisableFlagsInUseLine: true,
		Long: `Wast runs the .wast scripts of WebAssembly's conformance tests, for modules and
for components, and counts their assertions. A folder stands for all scripts in
it and below. "Skipped" are assertions that need a feature the engine does not
have.

Without --features a script has WebAssembly 3.0, all features of components
but nested names, and the proposals that folders of its path are named after.
With --json standard output has one object a line and script:

  {"file": ..., "passed": n, "failed": n, "skipped": n, "pending": n,
   "failures": [{"line": n, "message": ...}]}

Nothing is "pending" today. The exit status is 1 when anything failed.`,
		Example: `  dray wast spec/test/core
  dray wast -v i32.wast
  dray wast --json . | jq -r 'select(.failed > 0).file'`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"wast"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if featuresHelp(f.features) {
				return printFeatures(os.Stdout)
			}
			if len(args) == 0 {
				return usage("name a .wast file or a folder of them; see \"dray wast --help\"")
			}
			return f.run(args)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "report one JSON object a line")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "report scripts without failures, and all failures, too")
	flags.StringVarP(&f.features, "features", "f", "", featuresUsage)
	flags.IntVarP(&f.jobs, "jobs", "j", 0, "how many scripts run at a time (0: one a processor)")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func (f *wastFlags) run(paths []string) error {
	if f.jobs < 0 {
		return usage("--jobs %d: the number of scripts at a time cannot be negative", f.jobs)
	}
	if _, err := (featureFlags{}).with(f.features); err != nil {
		return err
	}
	if err := stdinOnce(paths); err != nil {
		return err
	}
	files, err := findScripts(paths)
	if err != nil {
		return err
	}
	bar := newScriptBar(len(files))
	defer bar.close()
	sum := &wastSummary{wastFlags: f, skips: map[string]int{}}
	for res := range f.runAll(files) {
		bar.step()
		if err := sum.add(bar.output(), res); err != nil {
			return fmt.Errorf("standard output cannot be written: %w", plainPathError(err))
		}
	}
	bar.close()
	if err := sum.finish(os.Stdout); err != nil {
		return fmt.Errorf("standard output cannot be written: %w", plainPathError(err))
	}
	if sum.total.Failed > 0 {
		return exitStatus{code: 1}
	}
	return nil
}

// findScripts lists the scripts that paths stand for, each once.
func findScripts(paths []string) ([]string, error) {
	var files []string
	seen := map[string]bool{}
	add := func(file string) {
		if !seen[filepath.Clean(file)] {
			seen[filepath.Clean(file)] = true
			files = append(files, file)
		}
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case path == "-":
			add(path)
			continue
		case err != nil:
			return nil, (&input{name: path}).cannotRead(err)
		case !info.IsDir():
			add(path)
			continue
		}
		found, err := script.Find(os.DirFS(path), ".")
		if err != nil {
			return nil, fmt.Errorf("%s: the folder cannot be read: %w", safe(path), err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no %s file in this folder or below", safe(path), script.Extension)
		}
		for _, name := range found {
			add(filepath.Join(path, filepath.FromSlash(name)))
		}
	}
	return files, nil
}

// runAll runs scripts, several at a time, and gives the results in order.
func (f *wastFlags) runAll(files []string) <-chan *script.Result {
	jobs := f.jobs
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	out := make(chan *script.Result)
	queue := make(chan chan *script.Result, jobs-1) // with the one that is waited for: jobs
	go func() {
		for _, file := range files {
			done := make(chan *script.Result, 1)
			queue <- done
			go func() { done <- f.runOne(file) }()
		}
		close(queue)
	}()
	go func() {
		for done := range queue {
			out <- <-done
		}
		close(out)
	}()
	return out
}

// runOne runs one script. That it cannot be read is a failure.
func (f *wastFlags) runOne(file string) *script.Result {
	in, err := readInput(file)
	if err != nil {
		msg := strings.TrimPrefix(err.Error(), safe(file)+": ")
		return &script.Result{File: file, Failed: 1, Failures: []script.Failure{{Line: 1, Message: msg}}}
	}
	var cfg script.Config
	if f.features != "" {
		set, err := featureFlags{script.FeaturesFor(file), component.AllFeatures}.with(f.features)
		if err == nil {
			cfg.Features, cfg.ComponentFeatures = set.core, set.comp
		}
	}
	return script.Run(context.Background(), in.name, in.data, cfg)
}

// A wastSummary adds results up and reports them.
type wastSummary struct {
	*wastFlags
	total script.Result
	files int
	bad   int            // files with failures
	skips map[string]int // by reason
}

// add counts a result and reports it.
func (s *wastSummary) add(w io.Writer, r *script.Result) error {
	s.files++
	s.total.Passed += r.Passed
	s.total.Failed += r.Failed
	s.total.Skipped += r.Skipped
	for _, skip := range r.Skips {
		s.skips[skip.Reason] += skip.Count
	}
	if r.Failed > 0 {
		s.bad++
	}
	if s.json {
		return writeResult(w, r)
	}
	if r.Failed == 0 && !s.verbose {
		return nil
	}
	_, err := io.WriteString(w, s.describe(r))
	return err
}

// writeResult writes a result as a line of JSON.
func writeResult(w io.Writer, r *script.Result) error {
	plain := *r
	plain.Skips = nil
	if plain.Failures == nil {
		plain.Failures = []script.Failure{}
	}
	line, err := json.Marshal(&plain)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// describe is the report on one script.
func (s *wastSummary) describe(r *script.Result) string {
	var b strings.Builder
	verdict := "ok"
	if r.Failed > 0 {
		verdict = "FAIL"
	}
	fmt.Fprintf(&b, "%-4s %s: %s\n", verdict, safe(r.File), tally(r))
	for n, f := range r.Failures {
		if n == shortFailures && !s.verbose {
			fmt.Fprintf(&b, "  and %s more; --verbose shows them\n", plural(len(r.Failures)-n, "failure"))
			break
		}
		fmt.Fprintf(&b, "  %s:%d: %s\n", safe(r.File), f.Line, strings.ReplaceAll(printable(f.Message), "\n", "\n    "))
	}
	if s.verbose {
		for _, skip := range r.Skips {
			fmt.Fprintf(&b, "  skipped %d: %s (first in line %d)\n", skip.Count, printable(skip.Reason), skip.Line)
		}
	}
	return b.String()
}

// tally is the numbers of a result.
func tally(r *script.Result) string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", r.Passed, r.Failed, r.Skipped)
}

// finish writes the summary.
func (s *wastSummary) finish(w io.Writer) error {
	if s.json {
		return nil
	}
	var b strings.Builder
	reasons := make([]string, 0, len(s.skips))
	for r := range s.skips {
		reasons = append(reasons, r)
	}
	slices.SortFunc(reasons, func(x, y string) int {
		return cmp.Or(cmp.Compare(s.skips[y], s.skips[x]), cmp.Compare(x, y))
	})
	for _, r := range reasons {
		fmt.Fprintf(&b, "skipped %d: %s\n", s.skips[r], printable(r))
	}
	fmt.Fprintf(&b, "%s in %s", tally(&s.total), plural(s.files, "file"))
	if s.bad > 0 && s.files > 1 {
		fmt.Fprintf(&b, "; %s with failures", plural(s.bad, "file"))
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}

// A scriptBar is a progress bar on a terminal, or nothing.
type scriptBar struct {
	bars *mpb.Progress
	bar  *mpb.Bar
}

// newScriptBar draws a bar for n scripts on standard error, if that is a
// terminal.
func newScriptBar(n int) *scriptBar {
	p := &scriptBar{}
	if n < 2 || !isTerminal(os.Stderr) || os.Getenv("TERM") == "dumb" {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(60))
	p.bar = p.bars.AddBar(int64(n), mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.CountersNoUnit("%d/%d ")))
	return p
}

// step moves the bar by one script.
func (p *scriptBar) step() {
	if p.bar != nil {
		p.bar.Increment()
	}
}

// output is where text for standard output goes: above the bar when that is on
// the same terminal.
func (p *scriptBar) output() io.Writer {
	if p.bars != nil && isTerminal(os.Stdout) {
		return p.bars
	}
	return os.Stdout
}

// close removes the bar. It may be called twice.
func (p *scriptBar) close() {
	if p.bars != nil {
		p.bar.Abort(true)
		p.bars.Wait()
		p.bars, p.bar = nil, nil
	}
}
