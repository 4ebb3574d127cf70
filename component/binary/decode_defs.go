// This file reads instances, aliases, imports, exports and canonical
// definitions (Binary Format, the sections of these names).

package binary

import "github.com/dray-wasm/dray/component"

// sort reads a sort. what names the place in the message about an unknown one.
func (d *decoder) sort(what string) (s component.Sort) {
	c := d.Byte("a sort")
	isCore := c == 0
	if isCore {
		c = d.Byte("a core sort")
	}
	s, ok := component.SortByCode(isCore, c)
	switch {
	case ok:
	case isCore:
		d.failByte(c, what, "the code of a core sort")
	default:
		d.failByte(c, what, "the code of a sort")
	}
	return s
}

func (d *decoder) sortIdx() component.SortIdx {
	s := d.sort("component external kind")
	return component.SortIdx{Sort: s, Index: d.U32("index")}
}

func (d *decoder) coreInstance() *component.CoreInstance {
	x := &component.CoreInstance{Pos: d.Offset()}
	switch c := d.Byte("a core instance"); c {
	case 0:
		x.Module = d.U32("module index")
		n := d.Count("number of arguments", MaxArgs)
		x.Args = makeRoom[component.CoreArg](d.Room(n, 3))
		for i := 0; i < n && d.Err == nil; i++ {
			name := d.Name("name of an argument")
			if c := d.Byte("a sort"); c != component.SortCoreInstance.Code() {
				d.failByte(c, "instantiation arg kind", "0x12 for an instance")
			}
			x.Args = append(x.Args, component.CoreArg{Name: name, Instance: d.U32("instance index")})
		}
	case 1:
		x.Inline = true
		n := d.Count("number of exports", MaxArgs)
		x.Exports = makeRoom[component.CoreInlineExport](d.Room(n, 3))
		for i := 0; i < n && d.Err == nil; i++ {
			x.Exports = append(x.Exports, d.coreInlineExport())
		}
	default:
		d.failByte(c, "core instance", "0x0 to instantiate a module or 0x1 for exports")
	}
	return x
}

func (d *decoder) coreInlineExport() component.CoreInlineExport {
	name := d.Name("name of an export")
	c := d.Byte("a core sort")
	s, ok := component.SortByCode(true, c)
	if !ok {
		d.failByte(c, "external kind", "the code of a core sort")
	}
	return component.CoreInlineExport{Name: name, Item: component.SortIdx{Sort: s, Index: d.U32("index of an export")}}
}

func (d *decoder) instance() *component.Instance {
	x := &component.Instance{Pos: d.Offset()}
	switch c := d.Byte("an instance"); c {
	case 0:
		x.Component = d.U32("component index")
		n := d.Count("number of arguments", MaxArgs)
		x.Args = makeRoom[component.Arg](d.Room(n, 3))
		for i := 0; i < n && d.Err == nil; i++ {
			name := d.Name("name of an argument")
			x.Args = append(x.Args, component.Arg{Name: name, Item: d.sortIdx()})
		}
	case 1:
		x.Inline = true
		n := d.Count("number of exports", MaxArgs)
		x.Exports = makeRoom[component.InlineExport](d.Room(n, 4))
		for i := 0; i < n && d.Err == nil; i++ {
			name := d.externName()
			x.Exports = append(x.Exports, component.InlineExport{Name: name, Item: d.sortIdx()})
		}
	default:
		d.failByte(c, "instance", "0x0 to instantiate a component or 0x1 for exports")
	}
	return x
}

// makeRoom makes an empty slice with room for n elements; with less when there
// are many, because what nests may count the same bytes at each level. It is nil
// when there is nothing to come.
func makeRoom[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, 0, min(n, 64))
}

// alias reads an alias. The kind of the alias, which follows the sort, says
// how the sort is to be read.
func (d *decoder) alias() *component.Alias {
	a := &component.Alias{Pos: d.Offset()}
	at := d.Pos
	c := d.Byte("a sort")
	isCore := c == 0
	if isCore {
		at = d.Pos
		c = d.Byte("a core sort")
	}
	kind := d.Byte("kind of an alias")
	if kind > byte(component.AliasOuter) {
		d.failByte(kind, "alias", "0x0 for an export, 0x1 for a core export or 0x2 for outer")
	}
	a.Kind = component.AliasKind(kind)
	s, ok := component.SortByCode(isCore, c)
	a.Sort = s
	switch a.Kind {
	case component.AliasOuter:
		ok = ok && outerSort(s)
	case component.AliasCoreExport:
		ok = ok && isCore
	}
	if !ok {
		d.FailAt(at, CodeByte, "invalid leading byte (%#x) for %s", c, aliasSorts[min(a.Kind, component.AliasOuter)])
		return a
	}
	if a.Kind == component.AliasOuter {
		a.Outer = d.U32("count of an outer alias")
		a.Index = d.U32("index of an outer alias")
		return a
	}
	a.Instance = d.U32("instance index of an alias")
	a.Name = d.Name("name of an alias")
	return a
}

// aliasSorts names the sorts that an alias of a kind may have, for errors.
var aliasSorts = [...]string{
	component.AliasExport:     "component external kind: expected the code of a sort",
	component.AliasCoreExport: "core external kind: expected the code of a core sort",
	component.AliasOuter:      "component outer alias kind: expected core module, core type, type or component",
}

// outerSort tells whether an outer alias may have a sort.
func outerSort(s component.Sort) bool {
	switch s {
	case component.SortCoreModule, component.SortCoreType, component.SortType, component.SortComponent:
		return true
	}
	return false
}

// importDecl reads an import, which is a definition and a declaration.
func (d *decoder) importDecl() *component.Import {
	x := &component.Import{Pos: d.Offset()}
	x.Name = d.externName()
	x.Type = d.externType()
	return x
}

func (d *decoder) export() *component.Export {
	x := &component.Export{Pos: d.Offset()}
	x.Name = d.externName()
	x.Item = d.sortIdx()
	if d.present("component export type") {
		t := d.externType()
		x.Type = &t
	}
	return x
}

// externName reads the name of an import or export with its attributes.
func (d *decoder) externName() (n component.ExternName) {
	form := d.Byte("an import or export name")
	if form > 2 {
		d.failByte(form, "component name", "0x0, 0x1 or 0x2")
	}
	n.Name = d.Name("an import or export name")
	n.Form = form
	if form != 2 {
		return n
	}
	count := d.Count("number of attributes", MaxOptions)
	for i := 0; i < count && d.Err == nil; i++ {
		c := d.Byte("an attribute")
		if c > byte(component.ExternalID) {
			d.failByte(c, "name option", "0x0 for implements, 0x1 for versionsuffix or 0x2 for external-id")
		}
		kind := component.AttributeKind(c)
		n.Attrs = append(n.Attrs, component.Attribute{Kind: kind, Value: d.Name("an attribute")})
	}
	if count > 0 {
		n.Form = 0 // the attributes say it
	}
	return n
}

func (d *decoder) canon() *component.Canon {
	x := &component.Canon{Pos: d.Offset()}
	c := d.Byte("a canonical definition")
	x.Op = component.CanonOp(c)
	info := x.Op.Info()
	if info == nil {
		d.failByte(c, "canonical function", "the code of a canonical definition")
		return x
	}
	if x.Op == component.CanonLift || x.Op == component.CanonLower {
		if c := d.Byte("the sort func"); c != 0 {
			d.failByte(c, "canonical function "+info.Name, "0x0 for the sort func")
		}
	}
	for _, imm := range info.Imms {
		d.canonImm(x, imm)
	}
	return x
}

func (d *decoder) canonImm(x *component.Canon, imm component.CanonImm) {
	switch imm {
	case component.CanonImmCoreFunc, component.CanonImmFunc:
		x.Func = d.U32("function index")
	case component.CanonImmType, component.CanonImmCoreType:
		x.Type = d.U32("type index")
	case component.CanonImmTable:
		x.Table = d.U32("table index")
	case component.CanonImmMemory:
		x.Memory = d.U32("memory index")
	case component.CanonImmAsync:
		x.Async = d.flag("async")
	case component.CanonImmCancellable:
		x.Cancellable = d.flag("cancellable")
	case component.CanonImmShared:
		x.Shared = d.flag("shared")
	case component.CanonImmResult:
		x.Result = d.resultList()
	case component.CanonImmSlot:
		x.SlotType = d.coreValType()
		x.Slot = d.U32("slot")
	case component.CanonImmOpts:
		x.Opts = d.canonOpts()
	}
}

func (d *decoder) canonOpts() []component.CanonOpt {
	n := d.Count("number of canonical options", MaxOptions)
	opts := makeRoom[component.CanonOpt](n)
	for i := 0; i < n && d.Err == nil; i++ {
		c := d.Byte("a canonical option")
		o := component.CanonOpt{Kind: component.CanonOptKind(c)}
		if o.Kind >= component.NumCanonOpts {
			d.failByte(c, "canonical option", "at most "+component.OptCallback.String()+" (0x7)")
		}
		if o.Kind.HasIndex() {
			o.Index = d.U32("index of a canonical option")
		}
		opts = append(opts, o)
	}
	return opts
}
