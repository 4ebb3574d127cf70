package suite

// This file compares a run with the list of tests that failed before.

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// baselineHeader is the first line of a baseline file.
const baselineHeader = "# dray test baseline: the tests that failed, one ID a line"

// A Comparison is a run against a baseline. The lists are sorted IDs.
type Comparison struct {
	// File is the baseline's path; Written tells that this run wrote it.
	File    string
	Written bool
	// Listed counts the tests in the file, as written or as read.
	Listed int
	// NewlyFailing are failed tests that the baseline does not list.
	NewlyFailing []string
	// NewlyPassing are passed tests that the baseline lists.
	NewlyPassing []string
	// Missing are tests that the baseline lists and this run did not find.
	Missing []string
}

// A baseline collects outcomes to compare with a file, or to write to it. A
// nil baseline collects nothing.
type baseline struct {
	path   string
	write  bool
	known  map[string]bool
	failed map[string]bool
	passed map[string]bool
}

// openBaseline reads the baseline at path, if it exists.
func openBaseline(path string, update bool) (*baseline, error) {
	if path == "" {
		return nil, nil
	}
	b := &baseline{path: path, write: update, known: map[string]bool{}, failed: map[string]bool{}, passed: map[string]bool{}}
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b.write = true
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("baseline %s: its folder does not exist", path)
		}
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	return b, b.parse(src)
}

// parse reads the lines of a baseline file: an ID each, quoted as in Go when
// it begins with a quote; empty lines and lines with # do not count.
func (b *baseline) parse(src []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(src))
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, `"`) {
			id, err := strconv.Unquote(line)
			if err != nil {
				return fmt.Errorf("baseline %s:%d: a line that begins with a quote must be a quoted ID", b.path, n)
			}
			line = id
		}
		b.known[line] = true
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("baseline %s:%d: %w", b.path, n+1, err)
	}
	return nil
}

// listed are the tests in the file.
func (b *baseline) listed() map[string]bool {
	if b == nil {
		return nil
	}
	return b.known
}

// result notes the outcome of a test.
func (b *baseline) result(r *Result) error {
	if b == nil {
		return nil
	}
	switch r.Outcome {
	case Fail:
		b.failed[r.Test.ID] = true
	case Pass:
		b.passed[r.Test.ID] = true
	}
	return nil
}

// finish does nothing: compare comes before the other reports end.
func (b *baseline) finish(*Summary) error { return nil }

// compare fills the summary's comparison and writes the file if that was
// asked for and the run was not interrupted. all are the tests found: what the
// file lists of them is kept when they did not run this time.
func (b *baseline) compare(sum *Summary, all []*Test) error {
	if b == nil {
		return nil
	}
	c := &Comparison{File: b.path}
	sum.Baseline = c
	found := map[string]bool{}
	for _, t := range all {
		found[t.ID] = true
	}
	for id := range b.known {
		switch {
		case b.passed[id]:
			c.NewlyPassing = append(c.NewlyPassing, id)
		case !found[id]:
			c.Missing = append(c.Missing, id)
		}
	}
	c.Listed = len(b.known)
	for id := range b.failed {
		if !b.known[id] {
			c.NewlyFailing = append(c.NewlyFailing, id)
		}
	}
	slices.Sort(c.NewlyPassing)
	slices.Sort(c.NewlyFailing)
	slices.Sort(c.Missing)
	if !b.write || sum.Interrupted {
		return nil
	}
	list := b.failed
	for id := range b.known {
		if found[id] && !b.passed[id] {
			list[id] = true
		}
	}
	if err := writeWhole(b.path, formatBaseline(list)); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	*c = Comparison{File: b.path, Written: true, Listed: len(list)}
	return nil
}

// formatBaseline is the content of a baseline file.
func formatBaseline(ids map[string]bool) []byte {
	lines := make([]string, 0, len(ids))
	for id := range ids {
		if id == "" || strings.TrimSpace(id) != id || strings.HasPrefix(id, "#") || strings.HasPrefix(id, `"`) ||
			strings.ContainsFunc(id, func(r rune) bool { return !strconv.IsPrint(r) }) {
			id = strconv.Quote(id)
		}
		lines = append(lines, id)
	}
	slices.Sort(lines)
	lines = append([]string{baselineHeader}, lines...)
	return []byte(strings.Join(lines, "\n") + "\n")
}

// writeWhole replaces a file in one step, so that it is never half written.
func writeWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".dray-test-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if e := f.Chmod(0o644); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
