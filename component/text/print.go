// This file is the printer of components: its options, and the text it
// collects.

package text

import (
	"io"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/diag"
	core "github.com/dray-wasm/dray/wasm/text"
)

// CodePrint is the class of the errors of the printer: a component that the
// text format cannot express. A body of a core module that is malformed in the
// binary format is reported with a code of wasm/binary, and a core module
// beyond the limits of the core printer with a code of wasm/text.
const CodePrint diag.Code = "text/print-component"

// PrintOptions say how a component is printed. Those about code and segments
// are for the core modules in it.
type PrintOptions = core.PrintOptions

// Print writes a component as text. The component need not be valid. With the
// zero options, [Parse] turns the text into an equal component, and its
// encoding is the same bytes as before where these were canonical. The text
// has every definition in its place, with explicit indices: "(type (;0;) (list
// u8))". What text cannot express is lost:
//
//   - how definitions are split into sections: runs of definitions of one kind
//     become one section, and empty sections vanish;
//   - integers with more bytes than needed (Section.SizeLen and CountLen,
//     Custom.NameLen);
//   - which of the forms of a name without attributes was used
//     (ExternName.Form);
//   - what the printer of core modules says of them.
//
// Definitions that no valid component has may print as text that does not
// parse: aliases of core sorts that have none, arguments and exports of core
// sorts other than modules, repeated attributes, and module types in module
// types.
//
// Names of the section "component-name" become identifiers as in the core
// printer. Where identifiers and annotations alone would not give the same
// section again, it is printed as a custom section as well, and [Parse] then
// takes that. The identifier of a core module or nested component is also its
// own name, unless an annotation says another: one without a name of its own
// has its identifier in a comment.
//
// Names are quoted and escaped so that no control character reaches a
// terminal. The length of the text is proportional to the component: long
// identifiers are replaced by indices once their uses take too much room, and
// [core.MaxPrintTypes] is for all core modules together.
//
// Errors of w are returned as they are. After an error the text is incomplete.
func Print(w io.Writer, c *component.Component, o PrintOptions) error {
	p := &printer{Writer: core.NewWriter(w), o: o}
	p.modules = core.NewModulePrinter(p.Writer, o)
	names := p.readNames(c)
	id := ""
	if names.HasComponent {
		if id = core.PrintID(names.Component); id == "" {
			id = string(core.PrintName(nil, ""))
		}
	}
	p.component(c, names, id)
	p.Str("\n")
	return p.Flush()
}

// A printer writes one component with what is nested in it.
type printer struct {
	*core.Writer
	o       PrintOptions
	modules *core.ModulePrinter
	level   int // indentation
	// scope is the component or type that is being printed.
	scope *printScope
	// depth and typeDepth count components and types that nest.
	depth, typeDepth int
}

// A printScope has the index spaces of a component or type.
type printScope struct {
	counts [component.NumSorts]uint32
	// names are the names of the component; nil for a type, which has none.
	names *printNames
	// hidden are definitions whose identifier is only a comment.
	hidden map[component.SortIdx]bool
	// module is set in a module type, where core types are written without
	// "core".
	module bool
}

// fail records an error, unless there is one.
func (p *printer) fail(format string, args ...any) {
	p.Fail(diag.Errorf(CodePrint, diag.Pos{}, "cannot print the component: "+format, args...))
}

// line begins a line.
func (p *printer) line() { p.Line(p.level) }

// index writes the use of an index: the identifier if there is one.
func (p *printer) index(s component.Sort, x uint32) {
	if id := p.idOf(s, x); id != "" {
		p.Str(id)
		return
	}
	p.Uint(uint64(x))
}

// idOf is the identifier for a use of an index, "" when the index is to be
// printed. Definitions to come have no identifier yet.
func (p *printer) idOf(s component.Sort, x uint32) string {
	sc := p.scope
	if sc.names == nil || s >= component.NumSorts || x >= sc.counts[s] {
		return ""
	}
	id := sc.names.ids[s].ID(x)
	if id == "" || sc.hidden[component.SortIdx{Sort: s, Index: x}] || !p.Afford(len(id)) {
		return ""
	}
	return id
}

// coreTypeID is idOf for core types, for the printers of core types.
func (p *printer) coreTypeID(x uint32) string { return p.idOf(component.SortCoreType, x) }

// bind writes the identifier and index of the next definition of a sort. It is
// counted with next, behind all that the definition refers to.
func (p *printer) bind(s component.Sort) {
	if s >= component.NumSorts {
		p.fail("there is no sort %d", s)
		return
	}
	x := p.scope.counts[s]
	if names := p.scope.names; names != nil {
		n := len(p.Buf)
		if p.Buf = names.ids[s].AppendDef(p.Buf, x); len(p.Buf) > n {
			p.Str(" ")
		}
	}
	p.Index(x)
}

// ref writes "(sort index)"; inCore leaves out "core".
func (p *printer) ref(x component.SortIdx, inCore bool) {
	p.Str("(")
	if inCore {
		p.Str(x.Sort.Keyword())
	} else {
		p.Str(x.Sort.String())
	}
	p.Str(" ")
	p.index(x.Sort, x.Index)
	p.Str(")")
}
