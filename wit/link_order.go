// This file finds an order in which definitions come after those they depend
// on.

package wit

// sortTopologically orders n things so that each comes after those it depends
// on, and else as they are. Where there is a cycle it gives one thing of it.
// It does not recurse: chains may be long.
func sortTopologically(n int, deps func(int) []int) (order []int, cycle int) {
	const (
		unseen = iota
		open
		done
	)
	type frame struct {
		node, next int
		deps       []int
	}
	state := make([]uint8, n)
	order = make([]int, 0, n)
	var stack []frame
	for root := range n {
		if state[root] != unseen {
			continue
		}
		state[root] = open
		stack = append(stack, frame{root, 0, deps(root)})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(top.deps) {
				state[top.node] = done
				order = append(order, top.node)
				stack = stack[:len(stack)-1]
				continue
			}
			d := top.deps[top.next]
			top.next++
			switch state[d] {
			case open:
				return nil, d
			case unseen:
				state[d] = open
				stack = append(stack, frame{d, 0, deps(d)})
			}
		}
	}
	return order, -1
}

// sortInterfaces resolves the paths of uses and orders all interfaces.
func (lk *linker) sortInterfaces() error {
	edges := make([][]int, len(lk.items))
	for i, item := range lk.items {
		if item.iface == nil {
			continue
		}
		for _, d := range item.interfaceI {
			if d.use == nil || !lk.enabled(d.stability) {
				continue
			}
			to, err := lk.findInterface(item.scope, d.use.path)
			if err != nil {
				return err
			}
			lk.targets[d.use] = to
			edges[i] = append(edges[i], to.index)
		}
	}
	order, cycle := sortTopologically(len(lk.items), func(i int) []int { return edges[i] })
	if cycle >= 0 {
		item := lk.items[cycle]
		return item.scope.errorf(CodeCycle, item.name.pos, "interface `%s` depends on itself: `use` makes a cycle", item.name.text)
	}
	for _, i := range order {
		if item := lk.items[i]; item.iface != nil {
			lk.resolve.Interfaces = append(lk.resolve.Interfaces, item.iface)
		}
	}
	return nil
}

// sortPackages orders the packages. What worlds include is in them already.
func (lk *linker) sortPackages() error {
	index := map[*Package]int{}
	for i, p := range lk.order {
		index[p.Package] = i
	}
	edges := make([][]int, len(lk.order))
	depend := func(from, to *Package) {
		if from != to {
			edges[index[from]] = append(edges[index[from]], index[to])
		}
	}
	for _, i := range lk.resolve.Interfaces {
		for _, d := range lk.interfaceDeps(i) {
			depend(i.Package, d.Package)
		}
	}
	for _, w := range lk.resolve.Worlds {
		for _, d := range worldDeps(w, lk.interfaceDeps) {
			depend(w.Package, d.Package)
		}
	}
	for i := range edges {
		edges[i] = unique(edges[i])
	}
	order, cycle := sortTopologically(len(lk.order), func(i int) []int { return edges[i] })
	if cycle >= 0 {
		p := lk.order[cycle]
		return p.file.errorf(CodeCycle, p.pos, "package %s depends on itself: its packages make a cycle", p.Name)
	}
	for _, i := range order {
		lk.resolve.Packages = append(lk.resolve.Packages, lk.order[i].Package)
	}
	return nil
}
