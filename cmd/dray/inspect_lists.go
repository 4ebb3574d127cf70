package main

// This file writes the lists of a report for people.

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// externs writes imports or exports: those of modules by module, those of
// instances below the instance.
func (t *textReport) externs(title string, list []extern) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(t, "\n%s\n", title)
	grouped := t.Kind == "module" && title == "imports"
	if grouped {
		list = byModule(list)
	}
	for n := range list {
		if n == shortList && !t.all {
			t.more(1, len(list)-n)
			return
		}
		e, indent := &list[n], 1
		if grouped {
			indent = 2
			if n == 0 || e.Module != list[n-1].Module {
				t.line("  " + word(e.Module))
			}
		}
		t.extern(indent, e)
	}
}

// byModule puts imports of a module together; otherwise the order stays.
func byModule(list []extern) []extern {
	first := map[string]int{}
	for n := range list {
		if _, seen := first[list[n].Module]; !seen {
			first[list[n].Module] = n
		}
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b extern) int { return cmp.Compare(first[a.Module], first[b.Module]) })
	return list
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
