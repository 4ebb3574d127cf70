// This file sums up results for people.

package script

import (
	"fmt"
	"io"
	"strings"
)

// A Summary is the sum of results.
type Summary struct {
	Files, Passed, Failed, Skipped int
}

// Add adds a result.
func (s *Summary) Add(r *Result) {
	s.Files++
	s.Passed += r.Passed
	s.Failed += r.Failed
	s.Skipped += r.Skipped
}

// String is one line: "257 files: 58960 passed, 0 failed, 3538 skipped".
func (s Summary) String() string {
	files := "files"
	if s.Files == 1 {
		files = "file"
	}
	text := fmt.Sprintf("%d %s: %d passed, %d failed, %d skipped", s.Files, files, s.Passed, s.Failed, s.Skipped)
	return text
}

// SkipText lists the reasons for which a result has skips: "needs gc (41)".
func (r *Result) SkipText() string {
	var parts []string
	for _, s := range r.Skips {
		parts = append(parts, fmt.Sprintf("%s (%d)", s.Reason, s.Count))
	}
	return strings.Join(parts, ", ")
}

// WriteTable writes results as a table in Markdown, with their sum at the end.
func WriteTable(w io.Writer, results []*Result) error {
	var b strings.Builder
	var sum Summary
	row := func(name string, s Summary, skips string) {
		cells := [3]string{}
		for i, n := range [3]int{s.Passed, s.Failed, s.Skipped} {
			if n != 0 {
				cells[i] = fmt.Sprint(n)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, strings.Join(cells[:], " | "), skips)
	}
	b.WriteString("| file | passed | failed | skipped | skipped because |\n|---|--:|--:|--:|---|\n")
	for _, r := range results {
		var one Summary
		one.Add(r)
		sum.Add(r)
		row(r.File, one, r.SkipText())
	}
	row(fmt.Sprintf("**%d files**", sum.Files), sum, "")
	_, err := io.WriteString(w, b.String())
	return err
}
