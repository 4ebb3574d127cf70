// This file makes a Resolve of packages that are linked already.

package wit

import "github.com/dray-wasm/dray/diag"

// Assemble makes a Resolve of packages whose interfaces, worlds and types point
// to each other already, and fills its lists in the order that [Resolve]
// describes. root is one of the packages. A cycle of interfaces or packages is
// an error.
func Assemble(root *Package, packages []*Package) (*Resolve, error) {
	r := &Resolve{Root: root}
	var all []*Interface
	for _, p := range packages {
		all = append(all, p.Interfaces...)
		r.Worlds = append(r.Worlds, p.Worlds...)
	}
	for _, w := range r.Worlds {
		for _, list := range [2][]*WorldItem{w.Imports, w.Exports} {
			for _, it := range list {
				if it.Interface != nil && it.Interface.Name == "" {
					all = append(all, it.Interface)
				}
			}
		}
	}
	all = unique(all)
	at := indexOf(all)
	order, cycle := sortTopologically(len(all), func(i int) []int { return indices(at, dependencies(all[i])) })
	if cycle >= 0 {
		return nil, diag.Errorf(CodeCycle, diag.Pos{}, "interface %s depends on itself", all[cycle].ExternName())
	}
	for _, i := range order {
		r.Interfaces = append(r.Interfaces, all[i])
		r.Types = append(r.Types, all[i].Types...)
	}
	for _, w := range r.Worlds {
		r.Types = append(r.Types, w.Types...)
	}
	return r, r.assemblePackages(packages)
}

// assemblePackages puts the packages in order.
func (r *Resolve) assemblePackages(packages []*Package) error {
	at := indexOf(packages)
	order, cycle := sortTopologically(len(packages), func(i int) []int {
		var deps []*Package
		add := func(list []*Interface) {
			for _, d := range list {
				if d.Package != packages[i] {
					deps = append(deps, d.Package)
				}
			}
		}
		for _, x := range packages[i].Interfaces {
			add(dependencies(x))
		}
		for _, w := range packages[i].Worlds {
			add(worldDeps(w, dependencies))
		}
		return indices(at, unique(deps))
	})
	if cycle >= 0 {
		return diag.Errorf(CodeCycle, diag.Pos{}, "package %s depends on itself", packages[cycle].Name)
	}
	for _, i := range order {
		r.Packages = append(r.Packages, packages[i])
	}
	return nil
}

func indexOf[T comparable](list []T) map[T]int {
	at := make(map[T]int, len(list))
	for i, x := range list {
		at[x] = i
	}
	return at
}

func indices[T comparable](at map[T]int, list []T) []int {
	found := make([]int, 0, len(list))
	for _, x := range list {
		if i, ok := at[x]; ok {
			found = append(found, i)
		}
	}
	return found
}
