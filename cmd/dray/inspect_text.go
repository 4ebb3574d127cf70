package main

// This file writes a report for people.

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
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
	fmt.Fprintf(t, "  %-12s%s\n", name, t.cut(safe(text)))
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
		fmt.Fprintf(t, "  %-12sno: %s\n", "valid", printable(t.Invalid))
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

// externs writes imports or exports: those of modules by module, those of
// instances below the instance.
func (t *textReport) externs(title string, list []extern) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(t, "\n%s\n", title)
	module := ""
	for n := range list {
		if n == shortList && !t.all {
			t.more(1, len(list)-n)
			return
		}
		e := &list[n]
		indent := 1
		if t.Kind == "module" && title == "imports" {
			indent = 2
			if n == 0 || e.Module != module {
				module = e.Module
				fmt.Fprintf(t, "  %s\n", t.cut(word(module)))
			}
		}
		t.extern(indent, e)
	}
}

// extern writes one import, export or item.
func (t *textReport) extern(indent int, e *extern) {
	margin := strings.Repeat("  ", indent)
	switch e.Kind {
	case "type":
		t.line(margin + e.Type)
	case "instance":
		t.line(margin + word(e.Name))
		t.items(indent+1, e.Items)
	default:
		t.line(margin + word(e.Name) + ": " + e.Type)
	}
}

// line writes a line whose words are safe already.
func (t *textReport) line(s string) { fmt.Fprintln(t, t.cut(s)) }

func (t *textReport) more(indent, n int) {
	fmt.Fprintf(t, "%sand %d more; --all shows them\n", strings.Repeat("  ", indent), n)
}

// items writes what an instance exports, functions of a resource below it.
func (t *textReport) items(indent int, items []extern) {
	methods := map[string][]string{}
	for n := range items {
		if items[n].Kind == "type" {
			methods[items[n].Name] = nil
		}
	}
	for n := range items {
		e := &items[n]
		if _, here := methods[e.resource]; here && e.method != "" {
			methods[e.resource] = append(methods[e.resource], e.method)
		}
	}
	shown := 0
	for n := range items {
		e := &items[n]
		if _, here := methods[e.resource]; here && e.method != "" {
			continue
		}
		if shown++; shown > shortList && !t.all {
			t.more(indent, len(items)-n)
			return
		}
		t.extern(indent, e)
		if e.Kind != "type" {
			continue
		}
		for _, m := range methods[e.Name] {
			t.line(strings.Repeat("  ", indent+1) + m)
		}
	}
}

// sections writes the table of sections. A component has many: those of a kind
// are one line unless all are asked for.
func (t *textReport) sections() {
	if len(t.Sections) == 0 {
		return
	}
	list, many := t.Sections, ""
	if t.Kind == "component" && !t.all {
		list, many = merged(list), " (of a kind together; --all shows each)"
	}
	fmt.Fprintf(t, "\nsections%s\n", many)
	w := tabwriter.NewWriter(t, 0, 0, 2, ' ', 0)
	for n, s := range list {
		if n == shortList && !t.all {
			w.Flush()
			t.more(1, len(list)-n)
			return
		}
		name, count := s.Name, plural(s.Count, "entry")
		switch {
		case s.Custom:
			name, count = "custom "+word(s.Name), ""
		case s.Module != "":
			name += " " + word(s.Module)
		}
		place := ""
		if many == "" {
			place = fmt.Sprintf("at %#x", s.Offset)
		}
		line := strings.TrimRight(fmt.Sprintf("  %s\t%s\t%s\t%s", t.cut(safe(name)), bytesText(uint64(s.Size)), count, place), "\t")
		fmt.Fprintln(w, line)
	}
	w.Flush()
}

// merged is sections with those of a kind made one.
func merged(list []section) (out []section) {
	at := map[string]int{}
	for _, s := range list {
		n, seen := at[s.Name]
		if !seen || s.Custom {
			at[s.Name] = len(out)
			s.Module = ""
			out = append(out, s)
			continue
		}
		out[n].Size += s.Size
		out[n].Count += s.Count
	}
	return out
}

func (t *textReport) functions() {
	if len(t.Largest) > 0 {
		fmt.Fprintf(t, "\nlargest functions\n")
	}
	w := tabwriter.NewWriter(t, 0, 0, 2, ' ', 0)
	for _, f := range t.Largest {
		name := f.Name
		if name == "" {
			name = "function " + strconv.FormatUint(uint64(f.Index), 10)
		}
		fmt.Fprintf(w, "  %s\t%s\n", bytesText(uint64(f.Bytes)), t.cut(safe(name)))
	}
	w.Flush()
	if len(t.CoreModules) > 0 {
		fmt.Fprintf(t, "\ncore modules\n")
	}
	for n, m := range t.CoreModules {
		if n == shortList && !t.all {
			t.more(1, len(t.CoreModules)-n)
			return
		}
		name := m.Name
		if name == "" {
			name = "module " + strconv.Itoa(n)
		}
		fmt.Fprintf(t, "  %s: %s, %s\n", t.cut(safe(name)), bytesText(uint64(m.Size)), plural(m.Functions, "function"))
	}
}
