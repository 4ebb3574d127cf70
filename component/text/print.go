// This file is the printer of components: its options, and the text it
// collects.

package text

import (
	"fmt"
	"io"
	"strconv"

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

const (
	// printIndentLevels is how deep indentation grows.
	printIndentLevels = 50
	// printFlush is how much text is collected before it is written, in bytes.
	printFlush = 64 << 10
	// printShort is the length up to which an identifier is printed wherever it
	// is used, and printBudget is how many bytes the uses of longer ones may
	// take together. Beyond that uses are printed as indices.
	printShort  = 64
	printBudget = 64 << 20
	// printData is the number of bytes of data on a line.
	printData = 64
)

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
// has its identifier in a comment. A core module with a name in a component
// without a name section is the one thing that text cannot express about names:
// [Parse] makes a name section for the component.
//
// Names are quoted and escaped so that no control character reaches a
// terminal. The length of the text is proportional to the component: long
// identifiers are replaced by indices once their uses take too much room.
//
// Errors of w are returned as they are. After an error the text is incomplete.
func Print(w io.Writer, c *component.Component, o PrintOptions) error {
	p := &printer{w: w, o: o, budget: printBudget}
	p.buf = make([]byte, 0, printFlush+printFlush/4)
	names := p.readNames(c)
	id := ""
	if names.HasComponent {
		if id = core.PrintID(names.Component); id == "" {
			id = `(@name "")`
		}
	}
	p.component(c, names, id)
	p.str("\n")
	p.flush()
	return p.err
}

// A printer writes one component with what is nested in it.
type printer struct {
	w      io.Writer
	buf    []byte
	err    error
	o      PrintOptions
	level  int // indentation
	budget int // what is left of printBudget
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

// fail records the first error.
func (p *printer) fail(format string, args ...any) {
	if p.err == nil {
		p.err = diag.Errorf(CodePrint, diag.Pos{}, "cannot print the component: "+format, args...)
	}
}

func (p *printer) flush() {
	if p.err == nil && len(p.buf) > 0 {
		_, p.err = p.w.Write(p.buf)
	}
	p.buf = p.buf[:0]
}

func (p *printer) str(s string) { p.buf = append(p.buf, s...) }

func (p *printer) uint(v uint32) { p.buf = strconv.AppendUint(p.buf, uint64(v), 10) }

// quote writes a string literal.
func (p *printer) quote(s string) { p.buf = core.Quote(p.buf, []byte(s)) }

// line begins a line.
func (p *printer) line() {
	if len(p.buf) >= printFlush {
		p.flush()
	}
	p.buf = append(p.buf, '\n')
	for range min(p.level, printIndentLevels) {
		p.buf = append(p.buf, "  "...)
	}
}

// data writes bytes as string literals of ASCII and escapes, on lines of their
// own when there are many.
func (p *printer) data(b []byte) {
	if len(b) <= printData {
		p.str(" ")
		p.bytes(b)
		return
	}
	p.level++
	for len(b) > 0 {
		n := min(len(b), printData)
		p.line()
		p.bytes(b[:n])
		b = b[n:]
	}
	p.level--
	p.line()
}

func (p *printer) bytes(b []byte) {
	p.str(`"`)
	for _, c := range b {
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			p.buf = append(p.buf, c)
			continue
		}
		p.buf = fmt.Appendf(p.buf, `\%02x`, c)
	}
	p.str(`"`)
}

// index writes the use of an index: the identifier if there is one.
func (p *printer) index(s component.Sort, x uint32) {
	if id := p.idOf(s, x); id != "" {
		p.str(id)
		return
	}
	p.uint(x)
}

// idOf is the identifier for a use of an index, "" when the index is to be
// printed. Definitions to come have no identifier yet.
func (p *printer) idOf(s component.Sort, x uint32) string {
	sc := p.scope
	if sc.names == nil || s >= component.NumSorts || x >= sc.counts[s] {
		return ""
	}
	id := sc.names.ids[s].ID(x)
	if id != "" && sc.hidden[component.SortIdx{Sort: s, Index: x}] {
		return ""
	}
	if len(id) > printShort {
		p.budget -= min(len(id), p.budget+1)
		if p.budget < 0 {
			return ""
		}
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
		n := len(p.buf)
		if p.buf = names.ids[s].AppendDef(p.buf, x); len(p.buf) > n {
			p.str(" ")
		}
	}
	p.str("(;")
	p.uint(x)
	p.str(";)")
}

// ref writes "(sort index)"; inCore leaves out "core".
func (p *printer) ref(x component.SortIdx, inCore bool) {
	p.str("(")
	if inCore {
		p.str(x.Sort.Keyword())
	} else {
		p.str(x.Sort.String())
	}
	p.str(" ")
	p.index(x.Sort, x.Index)
	p.str(")")
}
