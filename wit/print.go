// This file prints WIT.

package wit

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// PrintOptions say what is printed. The zero value prints everything.
type PrintOptions struct {
	// NoDocs leaves documentation out.
	NoDocs bool
	// RootOnly leaves out the packages that the root comes with.
	RootOnly bool
}

// Print writes a Resolve as one canonical text: the root package, and the
// others as packages within it. [Parse] of the text gives an equal Resolve,
// unless something is left out.
func Print(w io.Writer, r *Resolve, o PrintOptions) error {
	p := newPrinter(w, o)
	p.file(r.Root)
	for _, pkg := range r.Packages {
		if pkg == r.Root || o.RootOnly {
			continue
		}
		p.line("")
		p.docs(pkg.Docs)
		p.open("package " + packageText(pkg.Name))
		p.items(pkg)
		p.close()
	}
	return p.Flush()
}

// PrintPackage writes one package as the text of a file.
func PrintPackage(w io.Writer, pkg *Package) error {
	p := newPrinter(w, PrintOptions{})
	p.file(pkg)
	return p.Flush()
}

// A printer writes lines.
type printer struct {
	*bufio.Writer
	options PrintOptions
	indent  int
	pkg     *Package
	// gap is set behind an item, block behind one with a block of its own.
	gap, block bool
}

func newPrinter(w io.Writer, o PrintOptions) *printer {
	return &printer{Writer: bufio.NewWriter(w), options: o}
}

// line writes a line.
func (p *printer) line(s string) {
	if s != "" {
		for range p.indent {
			p.WriteString("  ")
		}
		p.WriteString(s)
	}
	p.WriteByte('\n')
}

// open writes a line that opens a block.
func (p *printer) open(s string) {
	p.line(s + " {")
	p.indent++
	p.gap, p.block = false, false
}

func (p *printer) close() {
	p.indent--
	p.line("}")
	p.gap, p.block = true, true
}

// item starts an item: after a blank line when asked to, when something comes
// before the item, or behind a block; not if it is the first.
func (p *printer) item(blank bool, docs string, s Stability, externalID string) {
	noted := docs != "" && !p.options.NoDocs || s != Stability{} || externalID != ""
	if p.gap && (blank || noted || p.block) {
		p.line("")
	}
	p.gap, p.block = true, false
	p.docs(docs)
	switch {
	case s.Since != "":
		p.line("@since(version = " + s.Since + ")")
	case s.Feature != "":
		p.line("@unstable(feature = " + word(s.Feature) + ")")
	}
	if s.Deprecated != "" {
		p.line("@deprecated(version = " + s.Deprecated + ")")
	}
	if externalID != "" {
		p.line("@external-id(" + quote(externalID) + ")")
	}
}

// docs writes documentation.
func (p *printer) docs(docs string) {
	if docs == "" || p.options.NoDocs {
		return
	}
	for l := range strings.SplitSeq(docs, "\n") {
		l = strings.TrimRight(strings.Map(printable, l), " \t\r")
		if l != "" {
			l = " " + l
		}
		p.line("///" + l)
	}
}

// printable is a character, or what stands for one that may not be in WIT.
func printable(r rune) rune {
	if forbidden(r) {
		return unicode.ReplacementChar
	}
	return r
}

// quote is a string literal.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, "\\u{%x}", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// word is an identifier, with "%" before one that is a keyword.
func word(s string) string {
	if keywords[s] {
		return "%" + s
	}
	return s
}

// packageText is the name of a package with what is needed of "%".
func packageText(n PackageName) string { return itemText(n, "") }

func itemText(n PackageName, item string) string {
	e := PackageName{Version: n.Version}
	for i, s := range strings.Split(n.Namespace, ":") {
		if i > 0 {
			e.Namespace += ":"
		}
		e.Namespace += word(s)
	}
	for i, s := range strings.Split(n.Name, "/") {
		if i > 0 {
			e.Name += "/"
		}
		e.Name += word(s)
	}
	if item != "" {
		item = word(item)
	}
	return e.item(item)
}

// path is an interface as it is named in the present package.
func (p *printer) path(i *Interface) string {
	if i.Package == p.pkg {
		return word(i.Name)
	}
	return itemText(i.Package.Name, i.Name)
}

// file writes a package as a file.
func (p *printer) file(pkg *Package) {
	p.docs(pkg.Docs)
	p.line("package " + packageText(pkg.Name) + ";")
	p.gap = true
	p.items(pkg)
}

// items writes what is in a package.
func (p *printer) items(pkg *Package) {
	p.pkg = pkg
	for _, i := range pkg.Interfaces {
		p.item(true, i.Docs, i.Stability, "")
		p.open("interface " + word(i.Name))
		p.interfaceBody(i)
		p.close()
	}
	for _, w := range pkg.Worlds {
		p.item(true, w.Docs, w.Stability, "")
		p.open("world " + word(w.Name))
		p.world(w)
		p.close()
	}
}

func (p *printer) interfaceBody(i *Interface) {
	p.types(i.Types)
	for n, f := range i.Funcs {
		p.item(n == 0, f.Docs, f.Stability, f.ExternalID)
		p.line(word(f.Name) + ": " + p.signature(f) + ";")
	}
}

// world writes what is in a world.
func (p *printer) world(w *World) {
	for _, it := range w.Imports {
		if it.Func == nil {
			p.worldItem("import", it, false)
		}
	}
	p.types(w.Types)
	first := len(w.Types) > 0
	for _, it := range w.Imports {
		if it.Func != nil {
			p.worldItem("import", it, first)
			first = false
		}
	}
	for n, it := range w.Exports {
		p.worldItem("export", it, n == 0)
	}
}

func (p *printer) worldItem(keyword string, it *WorldItem, blank bool) {
	switch {
	case it.Func != nil:
		p.item(blank, it.Func.Docs, it.Func.Stability, it.Func.ExternalID)
		p.line(keyword + " " + word(it.Name) + ": " + p.signature(it.Func) + ";")
	case it.Interface.Name == "":
		p.item(true, it.Interface.Docs, it.Stability, it.ExternalID)
		p.open(keyword + " " + word(it.Name) + ": interface")
		p.interfaceBody(it.Interface)
		p.close()
	default:
		p.item(blank, it.Docs, it.Stability, it.ExternalID)
		if it.Name != "" {
			keyword += " " + word(it.Name) + ":"
		}
		p.line(keyword + " " + p.path(it.Interface) + ";")
	}
}
