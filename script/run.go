// This file runs scripts: the configuration, the results, and the loop over
// the commands.

package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// Config says how scripts are run. The zero value is what "dray wast" does
// without options.
type Config struct {
	// Features are the features of modules; 0 means those that
	// [FeaturesFor] gives for the name of the script.
	Features wasm.Features
	// ComponentFeatures are the features of components; 0 means the constant
	// of the same name.
	ComponentFeatures component.Features
	// Engine runs the modules; nil means an engine of the script's own. It may
	// be shared by scripts that run at the same time.
	Engine engine.Engine
	// Metered runs modules as "dray run" does: rewritten so that they can be
	// interrupted. Only then does a guest that never ends heed the context.
	Metered bool
	// RoundTrip prints every module and component as text, parses that, and
	// wants the same bytes; a difference is a failure of the command.
	RoundTrip bool
	// Choose picks which of n > 0 threads of components that are ready runs
	// next, and what else the Component Model leaves open; nil picks the first.
	Choose func(n int) int
	// Output gets what guests print with the functions of "spectest"; nil
	// discards it.
	Output io.Writer
	// Refused is called with what is said about each module or component of an
	// assert_malformed or assert_invalid, and Trapped with each failure of a
	// component that was expected by assert_trap, assert_unlinkable or
	// assert_exhaustion; want is the text in the script. They may be nil. Threads of a
	// script call them at the same time.
	Refused, Trapped func(line int, kind Kind, want string, err error)
}

// A Result is what came of one script. Its JSON form is that of
// "dray wast --json".
type Result struct {
	// File is the name that Run was given.
	File string `json:"file"`
	// Passed, Failed and Skipped are numbers of assertions, see the package's
	// documentation for what counts.
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	// Pending is a number of assertions that cannot be performed yet. There are
	// none: the field is part of the JSON form.
	Pending int `json:"pending"`
	// Failures are what failed, in order; there are Failed of them.
	Failures []Failure `json:"failures"`
	// Skips are the reasons for which assertions were skipped, by name.
	Skips []Skip `json:"skips,omitempty"`
}

// A Failure is one thing that failed.
type Failure struct {
	// Line is where the command starts, from 1.
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// A Skip is a reason for which assertions were skipped.
type Skip struct {
	// Reason says what is missing: "needs gc".
	Reason string `json:"reason"`
	// Count is the number of assertions, and Line that of the first.
	Count int `json:"count"`
	Line  int `json:"line"`
}

// Assertions is the number of assertions, where nothing but assertions failed.
func (r *Result) Assertions() int { return r.Passed + r.Failed + r.Skipped }

// Run runs a script. The name is for the result, and tells the features (see
// [FeaturesFor]). It does not change from run to run: threads of a script,
// which run at the same time, are counted where the script waits for them.
//
// When ctx ends, the command that runs fails (see [Config.Metered]), and one
// failure says that the script was not run to its end.
func Run(ctx context.Context, name string, src []byte, cfg Config) *Result {
	res := &Result{File: name, Failures: []Failure{}}
	s, err := Parse(src)
	if err != nil {
		res.fail(lineOf(err), err)
		return res
	}
	if cfg.Features == 0 {
		cfg.Features = FeaturesFor(name)
	}
	if cfg.ComponentFeatures == 0 {
		cfg.ComponentFeatures = ComponentFeatures
	}
	r, err := newRunner(ctx, cfg)
	if err != nil {
		res.fail(1, err)
		return res
	}
	defer r.close()
	sc := newScope(r, res)
	sc.run(s.Commands)
	sc.join()
	res.finish()
	return res
}

// lineOf is the line that an error names, 1 where it names none.
func lineOf(err error) int {
	var e *diag.Error
	if errors.As(err, &e) && e.At.Line > 0 {
		return e.At.Line
	}
	return 1
}

func (r *Result) fail(line int, err error) {
	r.Failed++
	r.Failures = append(r.Failures, Failure{line, err.Error()})
}

func (r *Result) skip(line int, reason string) {
	r.Skipped++
	for i := range r.Skips {
		if r.Skips[i].Reason == reason {
			r.Skips[i].Count++
			return
		}
	}
	r.Skips = append(r.Skips, Skip{reason, 1, line})
}

// add adds the counts of another result.
func (r *Result) add(o *Result) {
	r.Passed += o.Passed
	r.Failed += o.Failed
	r.Skipped += o.Skipped
	r.Failures = append(r.Failures, o.Failures...)
	for _, s := range o.Skips {
		i := slices.IndexFunc(r.Skips, func(t Skip) bool { return t.Reason == s.Reason })
		if i < 0 {
			r.Skips = append(r.Skips, s)
		} else {
			r.Skips[i].Count += s.Count
		}
	}
}

// finish puts the parts in order.
func (r *Result) finish() {
	slices.SortStableFunc(r.Failures, func(a, b Failure) int { return a.Line - b.Line })
	slices.SortFunc(r.Skips, func(a, b Skip) int { return strings.Compare(a.Reason, b.Reason) })
}

// A skipError is why a command is not run: a feature that the engine does not
// have.
type skipError struct{ feature string }

func (e *skipError) Error() string { return "needs " + e.feature }

// run runs commands in order.
func (sc *scope) run(list []Command) {
	for i := range list {
		c := &list[i]
		if err := sc.r.ctx.Err(); err != nil {
			sc.res.fail(c.Line, fmt.Errorf("the script was interrupted before this command: %w", context.Cause(sc.r.ctx)))
			return
		}
		if c.Kind == KindScript {
			sc.run(c.Commands)
			continue
		}
		sc.count(c, sc.guard(c))
	}
}

// count adds the outcome of a command to the result.
func (sc *scope) count(c *Command, err error) {
	var skip *skipError
	switch {
	case errors.As(err, &skip):
		if c.Kind.Assertion() {
			sc.res.skip(c.Line, skip.Error())
		}
	case err != nil:
		sc.res.fail(c.Line, err)
	case c.Kind.Assertion():
		sc.res.Passed++
	}
}

// guard runs a command; a panic in any layer is its failure.
func (sc *scope) guard(c *Command) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v, at %s", v, panicPlace(string(debug.Stack())))
		}
	}()
	return sc.command(c)
}

// panicPlace finds where a panic came from in a stack trace: the first line
// with a place behind the call of panic, outside of Go's runtime.
func panicPlace(stack string) string {
	_, stack, _ = strings.Cut(stack, "\npanic(")
	_, stack, _ = strings.Cut(stack, "\n") // the place of panic itself
	_, stack, _ = strings.Cut(stack, "\n")
	for line := range strings.Lines(stack) {
		place, ok := strings.CutPrefix(line, "\t")
		if !ok || strings.Contains(place, "/src/runtime/") {
			continue
		}
		place, _, _ = strings.Cut(strings.TrimSpace(place), " +0x")
		if i := strings.LastIndex(place, "/dray/"); i >= 0 {
			place = place[i+len("/dray/"):]
		}
		return place
	}
	return "an unknown place"
}
