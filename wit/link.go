// This file links files into packages: which packages there are, what is in
// them, and in which order they come (WIT.md, sections "WIT Packages and use"
// and "Name resolution").

package wit

import (
	"slices"
	"strings"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/valtype"
)

// maxElaborated is how many imports and exports, with what those that come from
// includes are made of, the worlds of a Resolve may have together: includes and
// transitive imports multiply them.
const maxElaborated = 1 << 20

// A linker makes a Resolve.
type linker struct {
	options  Options
	features map[string]bool
	pkgs     map[PackageName]*linkPackage
	order    []*linkPackage
	items    []*linkItem
	itemOf   map[*Interface]*linkItem
	targets  map[*astUse]*linkItem
	borrows  map[*TypeDef]bool
	deps     map[*Interface][]*Interface
	budget   int
	resolve  *Resolve
}

// A linkPackage is a package on its way.
type linkPackage struct {
	*Package
	scopes []*astScope
	items  map[string]*linkItem
	keys   map[string]*linkItem // by names in lower case
	// weak is set for what a binary tells about a package that is not in it.
	weak bool
	file *file
	pos  int
}

// A linkItem is an interface or world at the top level.
type linkItem struct {
	*astItem
	pkg   *linkPackage
	scope *linkScope
	index int
	// disabled is set when the item is left out: its feature is not enabled.
	disabled bool
	iface    *Interface
	space    *space // of iface
	wrld     *World
}

// A linkScope is the names that a file gives to interfaces and worlds.
type linkScope struct {
	*astScope
	pkg  *linkPackage
	uses map[string]*astTopUse
}

func newLinker(o Options) *linker {
	lk := &linker{
		options: o, features: map[string]bool{}, pkgs: map[PackageName]*linkPackage{},
		itemOf: map[*Interface]*linkItem{}, targets: map[*astUse]*linkItem{},
		borrows: map[*TypeDef]bool{}, deps: map[*Interface][]*Interface{},
		budget: maxElaborated, resolve: &Resolve{},
	}
	for _, f := range o.Features {
		lk.features[f] = true
	}
	return lk
}

// link links a package and its dependencies.
func (lk *linker) link(root Group, deps []Group, decoded []binaryDep) (*Resolve, error) {
	size := 0
	for _, g := range append([]Group{root}, deps...) {
		for _, s := range g {
			size += len(s.Data)
		}
	}
	if size > MaxSize {
		return nil, failed("", "the files are too large: WIT may have 64 MiB")
	}
	rootPkg, err := lk.group(root, true, false)
	if err != nil {
		return nil, err
	}
	for _, g := range deps {
		if _, err := lk.group(g, false, false); err != nil {
			return nil, err
		}
	}
	if err := lk.binaryDeps(decoded); err != nil {
		return nil, err
	}
	lk.resolve.Root = rootPkg.Package
	for _, step := range []func() error{lk.declare, lk.sortInterfaces, lk.buildInterfaces, lk.buildWorlds, lk.sortPackages} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	lk.listTypes()
	return lk.resolve, nil
}

// binaryDeps adds the packages of binaries: those that are in them, and what
// they tell about others unless these are there.
func (lk *linker) binaryDeps(decoded []binaryDep) error {
	for _, weak := range []bool{false, true} {
		for _, b := range decoded {
			for _, p := range b.resolve.Packages {
				if (p != b.resolve.Root) != weak || lk.pkgs[p.Name] != nil && !lk.pkgs[p.Name].weak {
					continue
				}
				var text strings.Builder
				if err := PrintPackage(&text, p); err != nil {
					return err
				}
				if _, err := lk.group(Group{{b.name, []byte(text.String())}}, false, weak); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// group parses the files of a package and adds it with those nested in it.
func (lk *linker) group(g Group, root, weak bool) (*linkPackage, error) {
	files := make([]*astFile, len(g))
	var named *astFile
	docs := ""
	for i, src := range g {
		f, err := parseFile(src)
		if err != nil {
			return nil, err
		}
		files[i] = f
		switch {
		case f.pkg == nil:
			continue
		case named == nil:
			named = f
		case f.pkg.PackageName != named.pkg.PackageName:
			return nil, f.errorf(CodePackage, f.pkg.pos, "the package is %s here, and %s in %s", f.pkg.PackageName, named.pkg.PackageName, named.name)
		case f.docs != "" && docs != "":
			return nil, f.errorf(CodePackage, f.pkg.pos, "the documentation of package %s is in another file already", f.pkg.PackageName)
		}
		if f.docs != "" {
			docs = f.docs
		}
	}
	var top []*astScope
	for _, f := range files {
		if len(f.scope.items)+len(f.scope.uses) > 0 {
			top = append(top, f.scope)
		}
	}
	var pkg *linkPackage
	switch {
	case named != nil:
		pkg = newLinkPackage(named.file, named.pkg, docs, weak, top...)
		if err := lk.add(&pkg); err != nil {
			return nil, err
		}
	case len(files) == 0:
		return nil, failed("", "there are no files")
	case root || len(top) > 0:
		return nil, files[0].errorf(CodePackage, 0, "there is no declaration of a package: expected `package namespace:name;` at the start")
	}
	return pkg, lk.addNested(files, weak)
}

// addNested adds the packages that are defined within files. Several
// definitions of one package in the files make it together.
func (lk *linker) addNested(files []*astFile, weak bool) error {
	for _, f := range files {
		for _, n := range f.nested {
			p := newLinkPackage(f.file, n.pkg, n.docs, weak, n.scope)
			if err := lk.add(&p); err != nil {
				return err
			}
		}
	}
	return nil
}

func newLinkPackage(f *file, n *astPackageName, docs string, weak bool, scopes ...*astScope) *linkPackage {
	return &linkPackage{
		Package: &Package{Name: n.PackageName, Docs: docs}, scopes: scopes, weak: weak, file: f, pos: n.pos,
		items: map[string]*linkItem{}, keys: map[string]*linkItem{},
	}
}

// add adds a package; one with the same content may be there already, and then
// is what p points to.
func (lk *linker) add(p **linkPackage) error {
	old := lk.pkgs[(*p).Name]
	switch {
	case old == nil:
		lk.pkgs[(*p).Name] = *p
		lk.order = append(lk.order, *p)
		return nil
	case old.weak && (*p).weak:
		old.merge(*p)
	case !slices.Equal(old.contents(), (*p).contents()):
		return (*p).file.errorf(CodeDuplicate, (*p).pos, "package %s is defined twice with different contents; the other definition is in %s", old.Name, old.file.name)
	}
	*p = old
	return nil
}

// contents is the items of a package as tokens, in an order of their own.
func (p *linkPackage) contents() []string {
	var all []string
	for _, s := range p.scopes {
		for _, it := range s.items {
			all = append(all, tokensOf(s.file, it.start, it.end))
		}
	}
	slices.Sort(all)
	return all
}

// tokensOf is the tokens of a part of a file.
func tokensOf(f *file, start, end int) string {
	l := lexer{file: f, src: f.src[:end], pos: start}
	var b strings.Builder
	for {
		t, err := l.next()
		if err != nil || t.kind == tokEOF {
			return b.String()
		}
		b.WriteString(f.src[t.start:t.end])
		b.WriteByte(' ')
	}
}

// merge adds to what is known of a package from binaries.
func (p *linkPackage) merge(q *linkPackage) {
	have := map[string]*astItem{}
	for _, s := range p.scopes {
		for _, it := range s.items {
			have[it.name.text] = it
		}
	}
	for _, s := range q.scopes {
		s.items = slices.DeleteFunc(s.items, func(it *astItem) bool {
			old := have[it.name.text]
			if old != nil && !old.world && !it.world {
				old.interfaceI = mergeDefs(old.interfaceI, it.interfaceI)
			}
			return old != nil
		})
		p.scopes = append(p.scopes, s)
	}
}

// mergeDefs adds definitions under new names. Both lists are from the printer,
// so that a use may be split.
func mergeDefs(into, from []*astDef) []*astDef {
	have := map[string]bool{}
	for _, d := range into {
		have[d.name.text] = true
		if d.use != nil {
			for _, r := range d.use.names {
				have[r.as.text] = true
			}
		}
	}
	for _, d := range from {
		if d.use != nil {
			d.use.names = slices.DeleteFunc(d.use.names, func(r astRename) bool { return have[r.as.text] })
			if len(d.use.names) > 0 {
				into = append(into, d)
			}
		} else if !have[d.name.text] {
			into = append(into, d)
		}
	}
	return into
}

// declare makes the interfaces and worlds, without what is in them.
func (lk *linker) declare() error {
	for _, p := range lk.order {
		for _, s := range p.scopes {
			scope := &linkScope{astScope: s, pkg: p, uses: map[string]*astTopUse{}}
			for _, it := range s.items {
				if err := lk.declareItem(scope, it); err != nil {
					return err
				}
			}
			if err := scope.declareUses(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (lk *linker) declareItem(scope *linkScope, it *astItem) error {
	p := scope.pkg
	item := &linkItem{astItem: it, pkg: p, scope: scope, index: len(lk.items)}
	key := strings.ToLower(it.name.text)
	if old := p.keys[key]; old != nil {
		return scope.file.errorf(CodeDuplicate, it.name.pos, "package %s has `%s` twice; the other one is at %s:%s", p.Name, it.name.text, old.scope.file.name, old.scope.file.at(old.name.pos))
	}
	if err := lk.checkGate(scope, it.astMeta); err != nil {
		return err
	}
	p.keys[key], p.items[it.name.text] = item, item
	item.disabled = !lk.enabled(it.stability)
	lk.items = append(lk.items, item)
	switch {
	case item.disabled:
	case it.world:
		item.wrld = &World{Name: it.name.text, Package: p.Package, Docs: it.docs, Stability: it.stability}
		p.Worlds = append(p.Worlds, item.wrld)
	default:
		item.iface = &Interface{Name: it.name.text, Package: p.Package, Docs: it.docs, Stability: it.stability}
		p.Interfaces = append(p.Interfaces, item.iface)
		lk.itemOf[item.iface] = item
	}
	return nil
}

// declareUses puts the top-level uses of a file into its scope.
func (s *linkScope) declareUses() error {
	local := map[string]bool{}
	for _, it := range s.items {
		local[it.name.text] = true
	}
	for _, u := range s.astScope.uses {
		n := u.as
		bare := u.path.pkg == nil && u.path.name.text == n.text
		if s.uses[n.text] != nil || local[n.text] && !bare {
			return s.file.errorf(CodeDuplicate, n.pos, "the name `%s` is defined twice in this file; `as` gives another", n.text)
		}
		s.uses[n.text] = u
	}
	return nil
}

// enabled tells whether an item with these gates is kept.
func (lk *linker) enabled(s Stability) bool {
	return s.Feature == "" || lk.options.AllFeatures || lk.features[s.Feature]
}

// checkGate checks gates against the version of their package.
func (lk *linker) checkGate(scope *linkScope, m astMeta) error {
	if m.stability == (Stability{}) {
		return nil
	}
	version := scope.pkg.Name.Version
	if version == "" {
		return scope.file.errorf(CodeGate, m.gatePos, "package %s must have a version, because it has gates", scope.pkg.Name)
	}
	of, _ := valtype.ParseVersion(version)
	for _, s := range []string{m.stability.Since, m.stability.Deprecated} {
		if v, err := valtype.ParseVersion(s); s != "" && err == nil && v.Compare(of) > 0 {
			return scope.file.errorf(CodeGate, m.gatePos, "the gate names version %s, which comes after the version of the package, %s", s, version)
		}
	}
	return nil
}

// find finds the interface or world of a path.
func (lk *linker) find(scope *linkScope, path usePath) (*linkItem, error) {
	if path.pkg == nil {
		if u := scope.uses[path.name.text]; u != nil {
			return lk.findIn(scope, u.path, path.name.pos)
		}
	}
	return lk.findIn(scope, path, path.name.pos)
}

func (lk *linker) findIn(scope *linkScope, path usePath, pos int) (*linkItem, error) {
	p := scope.pkg
	if path.pkg != nil {
		if p = lk.pkgs[path.pkg.PackageName]; p == nil {
			return nil, lk.noPackage(scope, path.pkg)
		}
	}
	item := p.items[path.name.text]
	if item == nil {
		return nil, scope.file.errorf(CodeName, pos, "package %s has no interface or world `%s`%s", p.Name, path.name.text, p.hint())
	}
	if item.disabled {
		return nil, scope.file.errorf(CodeGate, pos, "`%s` needs the feature `%s`, which is not enabled", path.name.text, item.stability.Feature)
	}
	return item, nil
}

// hint lists some names of a package for a message.
func (p *linkPackage) hint() string {
	var names []string
	for n := range p.items {
		names = append(names, n)
	}
	if len(names) == 0 || len(names) > 30 {
		return ""
	}
	slices.Sort(names)
	return "; it has " + strings.Join(names, ", ")
}

// noPackage is the error about a package that is not there.
func (lk *linker) noPackage(scope *linkScope, n *astPackageName) error {
	hint := "; dependencies are in the folder `deps`, or in the file as `package " + n.PackageName.String() + " { ... }`"
	for _, p := range lk.order {
		if p.Name.Namespace == n.Namespace && p.Name.Name == n.Name {
			hint = "; there is " + p.Name.String()
		}
	}
	return scope.file.errorf(CodePackage, n.pos, "package %s is not there%s", n.PackageName, hint)
}

// findInterface finds an interface.
func (lk *linker) findInterface(scope *linkScope, path usePath) (*linkItem, error) {
	item, err := lk.find(scope, path)
	if err == nil && item.world {
		return nil, scope.file.errorf(CodeName, path.name.pos, "`%s` is a world: expected an interface", path.name.text)
	}
	return item, err
}

// listTypes fills the list of types.
func (lk *linker) listTypes() {
	r := lk.resolve
	for _, i := range r.Interfaces {
		r.Types = append(r.Types, i.Types...)
	}
	for _, w := range r.Worlds {
		r.Types = append(r.Types, w.Types...)
	}
}

// errorf is an error at an offset of the file.
func (s *linkScope) errorf(code diag.Code, pos int, format string, args ...any) error {
	return s.file.errorf(code, pos, format, args...)
}
