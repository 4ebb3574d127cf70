package suite

// This file writes the JUnit XML report, which build servers show.

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A junitReport collects results and writes the file at the end.
type junitReport struct {
	file   *os.File
	suites []*junitSuite
	byName map[string]*junitSuite
}

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
	duration time.Duration
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *junitSkipped `xml:"skipped"`
	Stdout  string        `xml:"system-out,omitempty"`
	Stderr  string        `xml:"system-err,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// newJUnitReport opens the file, so that a wrong path is known before the
// tests run.
func newJUnitReport(path string) (*junitReport, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("JUnit report: %w", err)
	}
	return &junitReport{file: f, byName: map[string]*junitSuite{}}, nil
}

// result adds a test to its suite. A test that did not run to its end counts
// as skipped.
func (j *junitReport) result(r *Result) error {
	s := j.byName[r.Test.Suite]
	if s == nil {
		s = &junitSuite{Name: r.Test.Suite}
		j.byName[r.Test.Suite] = s
		j.suites = append(j.suites, s)
	}
	c := junitCase{Name: r.Test.Name, Class: r.Test.Suite, File: r.Test.File, Time: seconds(r.Duration), Stdout: r.Stdout, Stderr: r.Stderr}
	switch r.Outcome {
	case Fail:
		s.Failures++
		c.Failure = &junitFailure{Message: r.Failure.text(), Text: junitText(r)}
	case Skip:
		s.Skipped++
		c.Skipped = &junitSkipped{r.Reason}
	case NotRun:
		s.Skipped++
		c.Skipped = &junitSkipped{"interrupted"}
	}
	s.Tests++
	s.duration += r.Duration
	s.Time = seconds(s.duration)
	s.Cases = append(s.Cases, c)
	return nil
}

// junitText is the body of a failure: the message, the diff, the command.
func junitText(r *Result) string {
	var b strings.Builder
	b.WriteString(r.Failure.text() + "\n")
	if r.Failure.Compared {
		b.WriteString(r.Failure.diff())
	}
	if len(r.Argv) > 0 {
		b.WriteString("run: " + joinCommand(r.Argv) + "\n")
	}
	return b.String()
}

// finish writes the file.
func (j *junitReport) finish(s *Summary) error {
	all := junitSuites{Time: seconds(s.Duration), Suites: j.suites}
	for _, suite := range j.suites {
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Skipped += suite.Skipped
	}
	err := j.write(&all)
	if e := j.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("JUnit report: %w", err)
	}
	return nil
}

// write replaces the content of the file.
func (j *junitReport) write(all *junitSuites) error {
	if info, err := j.file.Stat(); err == nil && info.Mode().IsRegular() {
		if err := j.file.Truncate(0); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(j.file, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(j.file)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(j.file, "\n")
	return err
}

// seconds is a duration as JUnit spells it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
