package main

// This file writes a report for people.

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// shortList is how many imports, exports, items and sections are shown
	// without --all.
	shortList = 50
	// shortLine is how many characters of a name or signature are shown
	// without --all.
	shortLine = 160
)

// A textReport writes a report.
type textReport struct {
	*report
	strings.Builder
	all bool
}

// text is the report for people.
func (r *report) text(all bool) string {
	t := &textReport{report: r, all: all}
	kind := map[string]string{"module": "core module", "component": "component"}[r.Kind]
	form := bytesText(uint64(r.Size))
	if r.Format == "text" {
		form += " of text"
	}
	fmt.Fprintf(t, "%s: %s, %s\n", safe(r.File), kind, form)
	t.facts()
	t.externs("imports", r.Imports)
	t.externs("exports", r.Exports)
	t.sections()
	t.functions()
	return t.String()
}

// cut shortens a line unless all is asked for.
func (t *textReport) cut(s string) string {
	if t.all || utf8.RuneCountInString(s) <= shortLine {
		return s
	}
	return string([]rune(s)[:shortLine-3]) + "..."
}

// fact writes one line of the head.
func (t *textReport) fact(name, text string) {
	fmt.Fprintf(t, "  %-11s %s\n", name, t.cut(safe(text)))
}

// facts writes the head.
func (t *textReport) facts() {
	if t.Name != "" {
		t.fact("name", t.Name)
	}
	if t.Target != "" {
		t.fact("target", t.Target+" ("+t.TargetReason+")")
	} else {
		t.fact("target", "none of the four: "+t.TargetReason)
	}
	t.fact("role", t.Role+" ("+t.RoleReason+")")
	if t.Valid {
		t.fact("valid", "yes")
	} else {
		fmt.Fprintf(t, "  %-11s no: %s\n", "valid", printable(t.Invalid))
	}
	t.features()
	t.builders()
	t.memories()
	t.tables()
	if g := t.Globals; g != nil && g.Imported+g.Defined > 0 {
		t.fact("globals", inAndOut(g))
	}
	if f := t.Functions; f != nil {
		t.fact("functions", fmt.Sprintf("%s; %s of code", inAndOut(f), bytesText(uint64(t.CodeBytes))))
	}
	if t.Start != nil {
		t.fact("start", "function "+strconv.FormatUint(uint64(*t.Start), 10))
	}
	t.inside()
	t.debug()
}

func inAndOut(c *counts) string {
	if c.Imported == 0 {
		return strconv.Itoa(c.Defined)
	}
	return fmt.Sprintf("%d imported, %d defined", c.Imported, c.Defined)
}

func (t *textReport) features() {
	var names, missing []string
	for _, f := range t.Features {
		names = append(names, f.Name)
		if !f.Runs {
			missing = append(missing, f.Name)
		}
	}
	switch {
	case len(names) == 0:
		t.fact("features", "none beyond the first release")
	case len(missing) == 0:
		t.fact("features", strings.Join(names, ", "))
	default:
		t.fact("features", strings.Join(names, ", "))
		t.fact("", "this dray does not run "+strings.Join(missing, ", "))
	}
}

func (t *textReport) builders() {
	fields := make([]string, 0, len(t.Builders))
	for f := range t.Builders {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	for _, f := range fields {
		var words []string
		for _, b := range t.Builders[f] {
			words = append(words, strings.TrimSpace(b.Name+" "+b.Version))
		}
		name := f
		if f == "processed-by" {
			name = "built with"
		}
		t.fact(safe(name), strings.Join(words, ", "))
	}
}

func (t *textReport) memories() {
	for n, m := range t.Memories {
		if n == shortList && !t.all {
			t.fact("", fmt.Sprintf("and %d more", len(t.Memories)-n))
			return
		}
		s := fmt.Sprintf("%s (%s)", plural64(m.Pages, "page"), pagesText(m.Pages, m.PageSize))
		if m.Max != nil {
			s += fmt.Sprintf(", at most %d (%s)", *m.Max, pagesText(*m.Max, m.PageSize))
		} else {
			s += ", no maximum"
		}
		if m.PageSize != 65536 {
			s += fmt.Sprintf(", pages of %s", plural64(m.PageSize, "byte"))
		}
		if m.Is64 {
			s += ", 64-bit"
		}
		if m.Shared {
			s += ", shared"
		}
		t.fact("memory", s+inOut(m.Imported, m.Exported))
	}
}

func (t *textReport) tables() {
	for n, tab := range t.Tables {
		if n == shortList && !t.all {
			t.fact("", fmt.Sprintf("and %d more", len(t.Tables)-n))
			return
		}
		s := fmt.Sprintf("%d %s", tab.Min, tab.Type)
		if tab.Max != nil {
			s += fmt.Sprintf(", at most %d", *tab.Max)
		}
		t.fact("table", s+inOut(tab.Imported, tab.Exported))
	}
}

// inOut says under which names something is imported and exported.
func inOut(imported, exported string) (s string) {
	if imported != "" {
		s += ", imported from " + word(imported)
	}
	if exported != "" {
		s += ", exported as " + word(exported)
	}
	return s
}

// pagesText is a number of pages in bytes.
func pagesText(pages, size uint64) string {
	if hi, lo := bits.Mul64(pages, size); hi == 0 {
		return bytesText(lo)
	}
	return "16 EiB or more"
}

func plural64(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.FormatUint(n, 10) + " " + thing + "s"
}

// inside writes what a component is made of.
func (t *textReport) inside() {
	if t.Kind != "component" {
		return
	}
	var size int64
	for _, m := range t.CoreModules {
		size += m.Size
	}
	s := plural(len(t.CoreModules), "core module")
	if size > 0 {
		s += " (" + bytesText(uint64(size)) + ")"
	}
	if t.Components > 0 {
		s += ", " + plural(t.Components, "component")
	}
	t.fact("inside", s)
}

func (t *textReport) debug() {
	var parts []string
	if t.FunctionNames > 0 {
		parts = append(parts, "names of "+plural(t.FunctionNames, "function"))
	}
	if t.DebugBytes > 0 {
		s := bytesText(uint64(t.DebugBytes)) + " of DWARF"
		if t.Lines {
			s += " with source lines"
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		parts = append(parts, "none")
	}
	t.fact("debug info", strings.Join(parts, ", "))
}
