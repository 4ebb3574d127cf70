package suite

// This file writes the report for programs: one JSON object a line.

import (
	"encoding/json"
	"io"
	"math"
	"time"
)

// A jsonReport writes an object for each test and one for the run.
type jsonReport struct {
	w, final io.Writer // while tests run, and after
	runner   []string
}

// A jsonTest is the object of one test.
type jsonTest struct {
	Type       string       `json:"type"` // "test"
	File       string       `json:"file"`
	Suite      string       `json:"suite"`
	Name       string       `json:"name"`
	ID         string       `json:"id"`
	Version    Version      `json:"version"`
	Outcome    Outcome      `json:"outcome"`
	DurationMS float64      `json:"duration_ms"`
	Message    string       `json:"message,omitempty"` // of a failure or a skip
	Failure    *jsonFailure `json:"failure,omitempty"`
	ExitCode   *int         `json:"exit_code,omitempty"`
	Argv       []string     `json:"argv,omitempty"`
	Stdout     string       `json:"stdout,omitempty"`
	Stderr     string       `json:"stderr,omitempty"`
}

// A jsonFailure tells where a test failed.
type jsonFailure struct {
	Operation string  `json:"operation,omitempty"`
	Index     int     `json:"index"`
	Expected  *string `json:"expected,omitempty"`
	Got       *string `json:"got,omitempty"`
	Diff      string  `json:"diff,omitempty"`
}

// A jsonSummary is the last object.
type jsonSummary struct {
	Type        string        `json:"type"` // "summary"
	Passed      int           `json:"passed"`
	Failed      int           `json:"failed"`
	Skipped     int           `json:"skipped"`
	NotRun      int           `json:"not_run"`
	Interrupted bool          `json:"interrupted"`
	DurationMS  float64       `json:"duration_ms"`
	Runner      []string      `json:"runner"`
	Baseline    *jsonBaseline `json:"baseline,omitempty"`
}

// A jsonBaseline is the comparison with a baseline.
type jsonBaseline struct {
	File         string   `json:"file"`
	Written      bool     `json:"written"`
	Listed       int      `json:"listed"`
	NewlyFailing []string `json:"newly_failing"`
	NewlyPassing []string `json:"newly_passing"`
	Missing      []string `json:"missing"`
}

func (j *jsonReport) result(r *Result) error {
	o := jsonTest{
		Type: "test", File: r.Test.File, Suite: r.Test.Suite, Name: r.Test.Name, ID: r.Test.ID,
		Version: r.Test.Version, Outcome: r.Outcome, DurationMS: milliseconds(r.Duration), Message: r.Reason,
		ExitCode: r.ExitCode, Argv: r.Argv, Stdout: r.Stdout, Stderr: r.Stderr,
	}
	if f := r.Failure; f != nil {
		o.Message = f.text()
		o.Failure = &jsonFailure{Operation: f.Operation, Index: f.Index}
		if f.Compared {
			o.Failure.Expected, o.Failure.Got, o.Failure.Diff = &f.Expected, &f.Got, f.diff()
		}
	}
	return writeJSONLine(j.w, o)
}

func (j *jsonReport) finish(s *Summary) error {
	o := jsonSummary{
		Type: "summary", Passed: s.Passed, Failed: s.Failed, Skipped: s.Skipped, NotRun: s.NotRun,
		Interrupted: s.Interrupted, DurationMS: milliseconds(s.Duration), Runner: j.runner,
	}
	if c := s.Baseline; c != nil {
		o.Baseline = &jsonBaseline{
			File: c.File, Written: c.Written, Listed: c.Listed,
			NewlyFailing: notNil(c.NewlyFailing), NewlyPassing: notNil(c.NewlyPassing), Missing: notNil(c.Missing),
		}
	}
	return writeJSONLine(j.final, o)
}

// writeJSONLine writes one object and a newline.
func writeJSONLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// notNil makes an absent list an empty one.
func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// milliseconds is a duration with one decimal.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*10) / 10
}
