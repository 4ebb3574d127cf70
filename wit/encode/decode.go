// This file reads WIT from binaries.

package encode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wit"
)

const (
	// maxWork is how many definitions are looked at: components may be
	// instantiated often, and types be of many instances.
	maxWork = 1 << 22
	// maxDepth is how deep components may instantiate others.
	maxDepth = 1000
	// maxTypes is how many types without names there may be, counted as often
	// as they are written.
	maxTypes = 1 << 20
)

// rootName is the package of the world that a component or module has.
var rootName = wit.PackageName{Namespace: "root", Name: "component"}

// Decode reads the WIT that a binary holds:
//
//   - a WIT package, as [Encode] makes it: the root is that package;
//   - another component: the root is the package root:component with the world
//     root, which has the imports and exports of the component;
//   - a core module with types that a generator of bindings put into custom
//     sections "component-type*": likewise, with all that these worlds have.
//
// Other packages are there as far as the binary tells of them. Errors are
// *diag.Error; that a module has no types is [CodeDecode].
func Decode(data []byte) (*wit.Resolve, error) {
	if core.Sniff(data) == core.KindModule {
		return decodeModule(data)
	}
	c, err := binary.Decode(data)
	if err != nil {
		return nil, err
	}
	return Component(c)
}

// Component is [Decode] of a component.
func Component(c *component.Component) (*wit.Resolve, error) {
	if _, err := valid.Component(c, component.AllFeatures, wasm.AllFeatures); err != nil {
		return nil, err
	}
	d := newDecoder()
	if isPackage(c) {
		root, err := d.wholePackage(c)
		if err != nil {
			return nil, err
		}
		return d.finish(root)
	}
	w := d.rootWorld()
	if err := d.component(c, w); err != nil {
		return nil, err
	}
	return d.finish(w.Package)
}

// A decoder collects packages.
type decoder struct {
	packages map[wit.PackageName]*wit.Package
	order    []*wit.Package
	ifaces   map[string]*wit.Interface // by their full names
	owners   map[*wit.Interface]*owner
	worlds   map[*wit.World]*owner
	work     int
	types    int
}

func newDecoder() *decoder {
	return &decoder{
		packages: map[wit.PackageName]*wit.Package{}, owners: map[*wit.Interface]*owner{},
		ifaces: map[string]*wit.Interface{}, worlds: map[*wit.World]*owner{},
	}
}

// errorf is an error about what WIT cannot express, or is beyond a limit.
func errorf(format string, args ...any) error {
	return diag.Errorf(CodeDecode, diag.Pos{}, format, args...)
}

// step counts work.
func (d *decoder) step(n int) error {
	if d.work += n; d.work > maxWork {
		return diag.Errorf(CodeLimit, diag.Pos{}, "the types of the component take too many steps to follow: more than %d", maxWork)
	}
	return nil
}

// pkg is the package of a name.
func (d *decoder) pkg(name wit.PackageName) *wit.Package {
	p := d.packages[name]
	if p == nil {
		p = &wit.Package{Name: name}
		d.packages[name] = p
		d.order = append(d.order, p)
	}
	return p
}

// split is the package and item of an interface name.
func split(name string) (wit.PackageName, string, error) {
	n, err := valtype.ParseInterfaceName(name)
	if err != nil {
		return wit.PackageName{}, "", errorf("%v", err)
	}
	p := wit.PackageName{Namespace: n.Namespace, Name: n.Package}
	item := n.Interface
	if at := strings.LastIndexByte(item, '/'); at >= 0 {
		p.Name += "/" + item[:at]
		item = item[at+1:]
	}
	if n.HasVersion {
		if n.Canonical() {
			return p, "", errorf("the version of %s is not a semantic version, which WIT needs", name)
		}
		p.Version = n.Version.String()
	}
	return p, item, nil
}

// iface is the interface of a name, which is made when there is none.
func (d *decoder) iface(name string) (*wit.Interface, error) {
	pkg, item, err := split(name)
	if err != nil {
		return nil, err
	}
	if i := d.ifaces[name]; i != nil {
		return i, nil
	}
	p := d.pkg(pkg)
	i := &wit.Interface{Name: item, Package: p}
	d.ifaces[name] = i
	p.Interfaces = append(p.Interfaces, i)
	d.owners[i] = d.newOwner(i, nil)
	return i, nil
}

// rootWorld is the world of a component or module.
func (d *decoder) rootWorld() *wit.World {
	p := d.pkg(rootName)
	w := &wit.World{Name: "root", Package: p}
	p.Worlds = append(p.Worlds, w)
	return w
}

// finish makes a Resolve.
func (d *decoder) finish(root *wit.Package) (*wit.Resolve, error) {
	if err := d.uniqueNames(); err != nil {
		return nil, err
	}
	for _, o := range d.owners {
		o.finish()
	}
	for _, o := range d.worlds {
		o.finish()
		o.world.Elaborate()
	}
	r, err := wit.Assemble(root, d.order)
	if err != nil {
		return nil, diag.Errorf(CodeDecode, diag.Pos{}, "the binary holds WIT that does not fit together: %v", err)
	}
	return r, nil
}

// uniqueNames checks that the items of packages have different names.
func (d *decoder) uniqueNames() error {
	for _, p := range d.order {
		seen := map[string]bool{}
		check := func(name string) error {
			if key := strings.ToLower(name); seen[key] {
				return errorf("package %s has %q twice", p.Name, name)
			} else {
				seen[key] = true
			}
			return nil
		}
		for _, i := range p.Interfaces {
			if err := check(i.Name); err != nil {
				return err
			}
		}
		for _, w := range p.Worlds {
			if err := check(w.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// isPackage tells whether a component is a WIT package: all it has is types
// that it exports.
func isPackage(c *component.Component) bool {
	exports := 0
	for _, def := range c.Defs {
		switch x := def.(type) {
		case *component.Export:
			if x.Item.Sort != component.SortType {
				return false
			}
			exports++
		case *component.TypeDef:
			t, ok := x.Type.(*component.ComponentType)
			if !ok || wrapped(t) == nil {
				return false
			}
		case *component.Custom:
		default:
			return false
		}
	}
	return exports > 0
}

// wrapped is the export of a component type of a WIT package, nil when the type
// is none of those.
func wrapped(t *component.ComponentType) *component.ExportDecl {
	var found *component.ExportDecl
	for _, decl := range t.Decls {
		if x, ok := decl.(*component.ExportDecl); ok {
			if found != nil || x.Type.Sort != component.SortInstance && x.Type.Sort != component.SortComponent {
				return nil
			}
			found = x
		}
	}
	if found == nil || !strings.Contains(found.Name.Name, "/") {
		return nil
	}
	return found
}

// wholePackage reads a WIT package.
func (d *decoder) wholePackage(c *component.Component) (*wit.Package, error) {
	var root *wit.Package
	var order []*wit.Interface
	for _, def := range c.Defs {
		def, ok := def.(*component.TypeDef)
		if !ok {
			continue
		}
		t := def.Type.(*component.ComponentType)
		x := wrapped(t)
		name, item, err := split(x.Name.Name)
		if err != nil {
			return nil, err
		}
		p := d.pkg(name)
		if root != nil && root != p {
			return nil, errorf("the binary has items of two packages: %s and %s", root.Name, name)
		}
		root = p
		if err := d.wrapper(t, x, p, item); err != nil {
			return nil, err
		}
		if x.Type.Sort == component.SortInstance {
			order = append(order, d.ifaces[x.Name.Name])
		}
	}
	// The interfaces come as they were written, before those of which only
	// others tell.
	seen := map[*wit.Interface]bool{}
	root.Interfaces = slices.DeleteFunc(append(order, root.Interfaces...), func(i *wit.Interface) bool {
		again := seen[i]
		seen[i] = true
		return again
	})
	for _, def := range c.Defs {
		if x, ok := def.(*component.Custom); ok && x.Name == docsSection {
			for _, o := range d.owners {
				o.finish()
			}
			applyDocs(root, x.Data)
		}
	}
	return root, nil
}

// wrapper reads the component type of an interface or world.
func (d *decoder) wrapper(t *component.ComponentType, x *component.ExportDecl, p *wit.Package, item string) error {
	s := &scope{d: d}
	if x.Type.Sort == component.SortInstance {
		return s.declare(t.Decls)
	}
	for _, decl := range t.Decls {
		if decl != component.Decl(x) {
			if err := s.declare([]component.Decl{decl}); err != nil {
				return err
			}
		}
	}
	n := s.typeAt(x.Type.Index)
	inner, ok := n.def.(*component.ComponentType)
	if !ok {
		return errorf("the export %q is no component type", x.Name.Name)
	}
	w := &wit.World{Name: item, Package: p}
	p.Worlds = append(p.Worlds, w)
	return d.worldType(inner, n.scope, w)
}

// worldType reads the component type of a world.
func (d *decoder) worldType(t *component.ComponentType, up *scope, w *wit.World) error {
	s := &scope{d: d, up: up, owner: d.worldOwner(w)}
	return s.declare(t.Decls)
}

// worldOwner is the owner of the types of a world.
func (d *decoder) worldOwner(w *wit.World) *owner {
	if o := d.worlds[w]; o != nil {
		return o
	}
	o := d.newOwner(nil, w)
	d.worlds[w] = o
	return o
}

// decodeModule reads the embedded types of a core module.
func decodeModule(data []byte) (*wit.Resolve, error) {
	m, err := core.Decode(data)
	if err != nil {
		return nil, err
	}
	d := newDecoder()
	root := d.rootWorld()
	found := false
	for _, c := range m.Customs {
		if !strings.HasPrefix(c.Name, "component-type") {
			continue
		}
		found = true
		if err := d.embedded(c.Data, root); err != nil {
			return nil, &diag.Error{Code: CodeDecode, Msg: fmt.Sprintf("the custom section %q", c.Name), Err: err}
		}
	}
	if !found {
		return nil, errorf("the module has no WIT: there is no custom section \"component-type\"")
	}
	return d.finish(root.Package)
}

// embedded reads the types of a custom section and adds its worlds to one.
func (d *decoder) embedded(data []byte, root *wit.World) error {
	c, err := binary.Decode(data)
	if err != nil {
		return err
	}
	if _, err := valid.Component(c, component.AllFeatures, wasm.AllFeatures); err != nil {
		return err
	}
	for _, def := range c.Defs {
		def, ok := def.(*component.TypeDef)
		if !ok {
			continue
		}
		t, ok := def.Type.(*component.ComponentType)
		if !ok || wrapped(t) == nil {
			return errorf("its types are in a form that is not known")
		}
		if err := d.embeddedWorld(t, root); err != nil {
			return err
		}
	}
	return nil
}

// embeddedWorld adds the world of a component type to another.
func (d *decoder) embeddedWorld(t *component.ComponentType, root *wit.World) error {
	x := wrapped(t)
	s := &scope{d: d}
	for _, decl := range t.Decls {
		if decl != component.Decl(x) {
			if err := s.declare([]component.Decl{decl}); err != nil {
				return err
			}
		}
	}
	if x.Type.Sort != component.SortComponent {
		return s.declare([]component.Decl{x}) // an interface
	}
	n := s.typeAt(x.Type.Index)
	inner, ok := n.def.(*component.ComponentType)
	if !ok {
		return errorf("the export %q is no component type", x.Name.Name)
	}
	return d.worldType(inner, n.scope, root)
}
