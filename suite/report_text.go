package suite

// This file writes the report for people.

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
)

const (
	// sectionLines is how many lines of a diff or an output are shown.
	sectionLines = 60
	// sectionWidth is how many bytes of a line are shown.
	sectionWidth = 500
)

// A textReport writes failures as they come and a summary at the end. Failures
// that a baseline lists are written only when verbose.
type textReport struct {
	w, final io.Writer // while tests run, and after
	verbose  bool
	colour   bool
	known    map[string]bool // failures that need no words, unless verbose
	reasons  []string        // for skipping, in order of appearance
	skipped  map[string]int
}

// newTextReport reports to w while tests run and to final after.
func newTextReport(w, final io.Writer, verbose bool, known map[string]bool) *textReport {
	return &textReport{w: w, final: final, verbose: verbose, known: known, skipped: map[string]int{},
		colour: isTerminal(final) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// The colours of a terminal.
const (
	red   = "31"
	green = "32"
	grey  = "90"
)

// paint is s in a colour where the output is a terminal.
func (t *textReport) paint(colour, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// result reports one test.
func (t *textReport) result(r *Result) error {
	var b strings.Builder
	id := printable(r.Test.ID)
	switch r.Outcome {
	case Pass:
		if t.verbose {
			fmt.Fprintf(&b, "%s %s (%s)\n", t.paint(green, "pass"), id, shortDuration(r.Duration))
		}
	case Skip:
		if t.verbose {
			fmt.Fprintf(&b, "%s %s: %s\n", t.paint(grey, "skip"), id, r.Reason)
		}
		if t.skipped[r.Reason]++; t.skipped[r.Reason] == 1 {
			t.reasons = append(t.reasons, r.Reason)
		}
	case Fail:
		if t.verbose || !t.known[r.Test.ID] {
			t.failure(&b, r, id)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

// failure writes everything known about a failed test.
func (t *textReport) failure(b *strings.Builder, r *Result, id string) {
	f := r.Failure
	fmt.Fprintf(b, "%s %s (%s)\n", t.paint(red, "FAIL"), id, shortDuration(r.Duration))
	fmt.Fprintf(b, "  %s\n", indent(printable(f.text())))
	if f.Compared {
		t.diff(b, f)
	}
	if r.ExitCode != nil && !strings.HasPrefix(f.Message, "expected exit code") {
		fmt.Fprintf(b, "  the process ended with exit code %s\n", describeExit(*r.ExitCode))
	}
	section(b, "stdout", r.Stdout)
	section(b, "stderr", r.Stderr)
	if len(r.Argv) > 0 {
		fmt.Fprintf(b, "  run: %s\n", printable(joinCommand(r.Argv)))
	} else {
		fmt.Fprintf(b, "  file: %s\n", printable(r.Test.File))
	}
}

// diff writes the difference of the expected and the got text.
func (t *textReport) diff(b *strings.Builder, f *Failure) {
	lines := strings.Split(strings.TrimSuffix(f.diff(), "\n"), "\n")
	for _, line := range cutLines(lines) {
		line = printable(line)
		switch {
		case strings.HasPrefix(line, "-"):
			line = t.paint(red, line)
		case strings.HasPrefix(line, "+"):
			line = t.paint(green, line)
		}
		fmt.Fprintf(b, "    %s\n", line)
	}
}

// diff is the unified difference of the expected and the got text.
func (f *Failure) diff() string {
	d := string(diff.Diff("expected", []byte(f.Expected), "got", []byte(f.Got)))
	_, d, _ = strings.Cut(d, "\n")
	return d
}

// section writes one output of a process, if there was any.
func section(b *strings.Builder, name, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, "  %s:\n", name)
	for _, line := range cutLines(strings.Split(strings.TrimSuffix(text, "\n"), "\n")) {
		fmt.Fprintf(b, "    %s\n", printable(strings.TrimSuffix(line, "\r")))
	}
}

// cutLines leaves out the middle of many lines and the end of long ones.
func cutLines(lines []string) []string {
	if n := len(lines); n > sectionLines {
		half := sectionLines / 2
		cut := append([]string{}, lines[:half]...)
		cut = append(cut, fmt.Sprintf("[%d lines left out]", n-2*half))
		lines = append(cut, lines[n-half:]...)
	}
	for i, line := range lines {
		if len(line) > sectionWidth {
			end := sectionWidth
			for end > 0 && !utf8.RuneStart(line[end]) {
				end--
			}
			lines[i] = fmt.Sprintf("%s[%d bytes left out]", line[:end], len(line)-end)
		}
	}
	return lines
}

// finish writes what the baseline says, why tests were skipped and the counts.
func (t *textReport) finish(s *Summary) error {
	var b strings.Builder
	for _, reason := range t.reasons {
		fmt.Fprintf(&b, "skipped %d: %s\n", t.skipped[reason], reason)
	}
	if c := s.Baseline; c != nil {
		t.comparison(&b, c, s)
	}
	if s.Interrupted {
		fmt.Fprintf(&b, "interrupted: %d not run to the end\n", s.NotRun)
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped\n", s.Passed, s.Failed, s.Skipped)
	_, err := io.WriteString(t.final, b.String())
	return err
}

// comparison writes what changed against the baseline.
func (t *textReport) comparison(b *strings.Builder, c *Comparison, s *Summary) {
	for _, id := range c.NewlyFailing {
		fmt.Fprintf(b, "%s %s\n", t.paint(red, "newly fails:"), printable(id))
	}
	for _, id := range c.NewlyPassing {
		fmt.Fprintf(b, "%s %s\n", t.paint(green, "newly passes:"), printable(id))
	}
	for _, id := range c.Missing {
		fmt.Fprintf(b, "not found any more: %s\n", printable(id))
	}
	switch {
	case c.Written:
		fmt.Fprintf(b, "baseline %s written: %d failed tests\n", c.File, c.Listed)
	case s.Interrupted:
		fmt.Fprintf(b, "baseline %s left as it is\n", c.File)
	default:
		fmt.Fprintf(b, "baseline %s: %d newly fail, %d newly pass\n", c.File, len(c.NewlyFailing), len(c.NewlyPassing))
	}
}

// printable is s with control characters, which would act on a terminal,
// written as escapes; tabs and newlines stay.
func printable(s string) string {
	control := func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 }
	if !strings.ContainsFunc(s, control) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if control(r) {
			fmt.Fprintf(&b, `\x%02x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// indent keeps the lines after the first below it.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }

// shortDuration is a duration in milliseconds or seconds.
func shortDuration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
