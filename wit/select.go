// This file selects a world (WIT.md, section "Specifying a World").

package wit

import (
	"slices"
	"strings"

	"github.com/dray-wasm/dray/diag"
)

// SelectWorld finds a world: with "" the only one of the root package, else
// one of the root package by its name, or any by "ns:pkg/name" or
// "ns:pkg/name@version". The version may be left out where one version of the
// package is there.
func (r *Resolve) SelectWorld(name string) (*World, error) {
	fail := func(format string, args ...any) error {
		return diag.Errorf(CodeWorld, diag.Pos{}, format, args...)
	}
	switch {
	case name == "" && len(r.Root.Worlds) == 1:
		return r.Root.Worlds[0], nil
	case name == "" && len(r.Root.Worlds) == 0:
		return nil, fail("package %s has no world", r.Root.Name)
	case name == "":
		return nil, fail("package %s has several worlds; choose one: %s", r.Root.Name, worldNames(r.Root.Worlds, false))
	case !strings.Contains(name, ":"):
		if w := r.Root.World(name); w != nil {
			return w, nil
		}
		return nil, fail("package %s has no world %q; it has %s", r.Root.Name, name, worldNames(r.Root.Worlds, false))
	}
	var found []*World
	for _, w := range r.Worlds {
		bare := PackageName{Namespace: w.Package.Name.Namespace, Name: w.Package.Name.Name}
		if w.ExternName() == name {
			return w, nil
		}
		if bare.item(w.Name) == name {
			found = append(found, w)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fail("there is no world %q; there is %s", name, worldNames(r.Worlds, true))
	}
	return nil, fail("the world %q is there in several versions; choose one: %s", name, worldNames(found, true))
}

// worldNames lists the names of worlds for a message.
func worldNames(worlds []*World, extern bool) string {
	names := make([]string, len(worlds))
	for i, w := range worlds {
		names[i] = w.Name
		if extern {
			names[i] = w.ExternName()
		}
	}
	if len(names) == 0 {
		return "none"
	}
	slices.Sort(names)
	const most = 20
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return strings.Join(names, ", ")
}
