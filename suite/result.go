package suite

// This file declares what came of a test.

import "time"

// An Outcome is what came of a test.
type Outcome string

// The outcomes. A test that Ctrl-C ended, or that was not started after it,
// has the outcome NotRun and counts as none of the others.
const (
	Pass   Outcome = "pass"
	Fail   Outcome = "fail"
	Skip   Outcome = "skip"
	NotRun Outcome = "not-run"
)

// A Result is what came of one test.
type Result struct {
	Test    *Test
	Outcome Outcome
	// Reason says why a test was skipped.
	Reason string
	// Failure is set when the outcome is Fail.
	Failure *Failure
	// Argv is the last command started, with the root named as in the suite
	// instead of the private copy that was used.
	Argv []string
	// ExitCode is that of the last process, if it ended; -N is signal N.
	ExitCode *int
	// Stdout and Stderr are, for a failed test, the output that no operation
	// has read. Long output is cut in the middle.
	Stdout, Stderr string
	Duration       time.Duration
}

// A Failure is the first operation of a test that did not go as specified.
type Failure struct {
	// Operation is the operation's name, such as "read stdout"; empty when
	// the spec is at fault.
	Operation string
	// Index counts the operation from 0 in the list of the spec.
	Index int
	// Message is one sentence.
	Message string
	// Compared tells that Expected and Got are set: two texts that differ.
	Compared      bool
	Expected, Got string
}

// text is the message with the operation before it.
func (f *Failure) text() string {
	if f.Operation == "" {
		return f.Message
	}
	return f.Operation + ": " + f.Message
}
