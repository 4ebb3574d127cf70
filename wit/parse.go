// This file parses files, packages, worlds and what stands before items
// (WIT.md, sections "Top-level items" and "Item: world").

package wit

import (
	"strings"
)

// maxTypeNesting is how deep types may nest where they are written.
const maxTypeNesting = 100

// A parser reads one file with one token of lookahead.
type parser struct {
	lexer
	tok  token
	prev int // end of the token before tok
	err  error
}

// parseFile parses a file.
func parseFile(src Source) (*astFile, error) {
	f := newFile(src)
	if err := f.check(); err != nil {
		return nil, err
	}
	p := &parser{lexer: lexer{file: f, src: f.src}}
	p.pos = len(f.src) - len(strings.TrimPrefix(f.src, "\ufeff"))
	p.advance()
	file := p.parseTop()
	if p.err != nil {
		return nil, p.err
	}
	return file, nil
}

// advance reads the next token. After an error there are no more.
func (p *parser) advance() {
	p.prev = p.tok.end
	if p.err == nil {
		var t token
		if t, p.err = p.next(); p.err == nil {
			p.tok = t
			return
		}
	}
	p.tok = token{start: len(p.src), end: len(p.src)}
}

// fail keeps the first error; the file ends there.
func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
		p.tok = token{start: len(p.src), end: len(p.src)}
	}
}

// expected is an error about the present token.
func (p *parser) expected(what string) {
	hint := ""
	if p.tok.kind == tokKeyword && strings.HasPrefix(what, "an identifier") && p.tok.text != "_" {
		hint = "; as an identifier it is written %" + p.tok.text
	}
	p.fail(p.file.errorf(CodeSyntax, p.tok.start, "expected %s, found %s%s", what, p.tok.describe(), hint))
}

func (p *parser) is(kind tokenKind, text string) bool {
	return p.tok.kind == kind && p.tok.text == text
}

func (p *parser) isPunct(s string) bool   { return p.is(tokPunct, s) }
func (p *parser) isKeyword(s string) bool { return p.is(tokKeyword, s) }

// eat takes a punctuation or keyword if it is there.
func (p *parser) eat(s string) bool {
	if p.isPunct(s) || p.isKeyword(s) {
		p.advance()
		return true
	}
	return false
}

// expect takes a punctuation or keyword.
func (p *parser) expect(s string) {
	if !p.eat(s) {
		p.expected("`" + s + "`")
	}
}

// ident takes an identifier; what it names is for the message.
func (p *parser) ident(what string) name {
	if p.tok.kind != tokIdent {
		p.expected("an identifier, " + what)
		return name{}
	}
	n := name{p.tok.text, p.tok.start}
	p.advance()
	return n
}

// more tells whether a list goes on before its end, and takes the comma
// between elements. A comma may be last.
func (p *parser) more(n int, end string) bool {
	if p.err != nil || p.isPunct(end) {
		return false
	}
	if n == 0 {
		return true
	}
	if !p.eat(",") {
		p.expected("`,` or `" + end + "`")
		return false
	}
	return !p.isPunct(end)
}

// docs is the documentation before the present token.
func (p *parser) docs() string { return strings.Join(p.tok.docs, "\n") }

// parseTop parses the file.
func (p *parser) parseTop() *astFile {
	f := &astFile{file: p.file, scope: &astScope{file: p.file}}
	for first := true; p.err == nil && p.tok.kind != tokEOF; first = false {
		if !p.isKeyword("package") {
			p.topItem(f.scope)
			continue
		}
		docs := p.docs()
		pkg := p.packageDecl()
		switch {
		case p.eat("{"):
			f.nested = append(f.nested, p.nestedPackage(pkg, docs))
		case !p.isPunct(";"):
			p.expected("`;` or `{`")
		case !first:
			p.fail(p.file.errorf(CodePackage, pkg.pos, "the declaration of the package must come first in its file; for a package within the file write `package %s { ... }`", pkg.PackageName))
		default:
			p.advance()
			f.pkg, f.docs = pkg, docs
		}
	}
	return f
}

func (p *parser) nestedPackage(pkg *astPackageName, docs string) *astNested {
	n := &astNested{pkg: pkg, docs: docs, scope: &astScope{file: p.file}}
	for p.err == nil && !p.eat("}") {
		if p.isKeyword("package") {
			p.fail(p.file.errorf(CodePackage, p.tok.start, "a package within a package cannot hold another"))
		}
		p.topItem(n.scope)
	}
	return n
}

// packageDecl parses "package ns:name@version".
func (p *parser) packageDecl() *astPackageName {
	p.expect("package")
	pkg := &astPackageName{pos: p.tok.start}
	first := p.ident("the namespace of the package")
	if p.err == nil && !p.isPunct(":") {
		p.expected("`:` and the name of the package")
	}
	names := []name{first}
	for p.eat(":") {
		names = append(names, p.ident("the name of the package"))
	}
	last := len(names) - 1
	for i, n := range names {
		p.packageWord(n)
		switch {
		case i == last:
			pkg.Name = n.text
		case i > 0:
			pkg.Namespace += ":" + n.text
		default:
			pkg.Namespace = n.text
		}
	}
	for p.eat("/") {
		pkg.Name += "/" + p.ident("the name of the nested package").text
	}
	pkg.Version = p.atVersion()
	return pkg
}

// packageWord checks that a namespace or package name has no upper case.
func (p *parser) packageWord(n name) {
	if n.text != strings.ToLower(n.text) {
		p.fail(p.file.errorf(CodePackage, n.pos, "the names of packages are in lower case, found `%s`", n.text))
	}
}

// atVersion parses "@version" where it is there.
func (p *parser) atVersion() string {
	if !p.isPunct("@") {
		return ""
	}
	return p.rawVersion()
}

// rawVersion reads the version behind the present token, and the token behind
// that.
func (p *parser) rawVersion() string {
	p.pos = p.tok.end
	v, _, err := p.version()
	if err != nil {
		p.fail(err)
		return ""
	}
	p.advance()
	return v
}

// topItem parses an interface, a world or a use.
func (p *parser) topItem(s *astScope) {
	start := p.tok.start
	meta := p.meta()
	item := &astItem{astMeta: meta, start: start}
	switch {
	case p.isKeyword("use"):
		s.uses = append(s.uses, p.topUse())
		return
	case p.eat("interface"):
		item.name = p.ident("the name of the interface")
		item.interfaceI = p.interfaceBody()
	case p.eat("world"):
		item.world = true
		item.name = p.ident("the name of the world")
		item.worldI = p.worldBody()
	default:
		p.expected("`interface`, `world`, `use` or `package`")
		return
	}
	item.end = p.prev
	s.items = append(s.items, item)
}

// topUse parses "use path as name;".
func (p *parser) topUse() *astTopUse {
	p.expect("use")
	u := &astTopUse{path: p.usePath()}
	u.as = u.path.name
	if p.eat("as") {
		u.as = p.ident("the new name")
	}
	p.expect(";")
	return u
}

// usePath parses "name" or "ns:pkg/name@version".
func (p *parser) usePath() usePath {
	return p.usePathFrom(p.ident("the name of an interface or world"))
}

// usePathFrom parses a path behind its first identifier.
func (p *parser) usePathFrom(first name) usePath {
	if !p.isPunct(":") {
		return usePath{name: first}
	}
	parts := []string{first.text}
	p.packageWord(first)
	for p.eat(":") {
		n := p.ident("the name of a package")
		p.packageWord(n)
		parts = append(parts, n.text)
	}
	pkg := &astPackageName{pos: first.pos}
	pkg.Namespace = strings.Join(parts[:len(parts)-1], ":")
	pkg.Name = parts[len(parts)-1]
	if p.err == nil && !p.isPunct("/") {
		p.fail(p.file.errorf(CodeSyntax, p.tok.start, "expected `/` and the name of an interface or world, found %s: `%s` is a package", p.tok.describe(), pkg.PackageName))
	}
	p.expect("/")
	last := p.ident("the name of an interface or world")
	for p.eat("/") {
		pkg.Name += "/" + last.text
		last = p.ident("the name of an interface or world")
	}
	pkg.Version = p.atVersion()
	return usePath{pkg, last}
}

// meta parses documentation and what begins with "@".
func (p *parser) meta() astMeta {
	var m astMeta
	docs := p.tok.docs
	for p.isPunct("@") {
		at := p.tok.start
		p.advance()
		p.annotation(&m, at)
		docs = append(docs, p.tok.docs...)
	}
	m.docs = strings.Join(docs, "\n")
	s := m.stability
	switch {
	case s.Since != "" && s.Feature != "":
		p.fail(p.file.errorf(CodeGate, m.gatePos, "an item has either @since or @unstable, not both"))
	case s.Deprecated != "" && s.Since == "" && s.Feature == "":
		p.fail(p.file.errorf(CodeGate, m.gatePos, "@deprecated needs @since or @unstable beside it"))
	}
	return m
}

// annotation parses a gate or an external id behind its "@".
func (p *parser) annotation(m *astMeta, at int) {
	kind := p.tok.text
	if p.tok.kind != tokIdent {
		p.expected("`since`, `unstable`, `deprecated` or `external-id`")
		return
	}
	to, key := &m.stability.Since, "version"
	switch kind {
	case "since":
	case "deprecated":
		to = &m.stability.Deprecated
	case "unstable":
		to, key = &m.stability.Feature, "feature"
	case "external-id":
		to, key = &m.externalID, ""
	default:
		p.expected("`since`, `unstable`, `deprecated` or `external-id`")
		return
	}
	if *to != "" {
		p.fail(p.file.errorf(CodeGate, at, "@%s is there twice", kind))
	}
	if key != "" && m.stability == (Stability{}) {
		m.gatePos = at
	}
	p.advance()
	p.expect("(")
	if key == "" {
		if p.tok.kind != tokString {
			p.expected("a string")
		} else if p.tok.text == "" {
			p.fail(p.file.errorf(CodeSyntax, p.tok.start, "the external id is empty"))
		}
		*to = p.tok.text
		p.advance()
	} else {
		if !p.is(tokIdent, key) {
			p.expected("`" + key + "`")
		}
		p.advance()
		if !p.isPunct("=") {
			p.expected("`=`")
		} else if key == "feature" {
			p.advance()
			*to = p.ident("the name of the feature").text
		} else {
			*to = p.rawVersion()
		}
	}
	p.expect(")")
}

// worldBody parses "{ items }" of a world.
func (p *parser) worldBody() []*astWorldItem {
	var items []*astWorldItem
	p.expect("{")
	for p.err == nil && !p.eat("}") {
		item := &astWorldItem{astMeta: p.meta()}
		switch {
		case p.isKeyword("import"), p.isKeyword("export"):
			item.extern = p.extern()
		case p.eat("include"):
			item.include = p.include()
		default:
			item.def = p.typeOrUse(item.astMeta)
			if item.def == nil {
				p.expected("`import`, `export`, `include`, `use`, a type or `}`")
			}
		}
		items = append(items, item)
	}
	return items
}

// extern parses an import or export.
func (p *parser) extern() *astExtern {
	x := &astExtern{export: p.isKeyword("export")}
	p.advance()
	x.pos = p.tok.start
	first := p.ident("the name of an import or export")
	if !p.isPunct(":") {
		x.path = &usePath{name: first}
		p.expect(";")
		return x
	}
	// "a:b" without a space is a path, but for a keyword.
	after := lexer{file: p.file, src: p.src, pos: p.tok.end}
	t, _ := after.next()
	if t.kind == tokIdent && t.start == p.tok.end {
		path := p.usePathFrom(first)
		x.path = &path
		p.expect(";")
		return x
	}
	p.advance()
	x.name = &first
	switch {
	case p.isKeyword("func"), p.isKeyword("async"):
		x.fun = p.funcType()
		p.expect(";")
	case p.eat("interface"):
		x.inline = true
		x.body = p.interfaceBody()
	default:
		if p.tok.kind != tokIdent {
			p.expected("`func`, `async func`, `interface` or the name of an interface")
		}
		path := p.usePath()
		x.path = &path
		p.expect(";")
	}
	return x
}

// include parses "path with { a as b }" behind "include".
func (p *parser) include() *astInclude {
	inc := &astInclude{path: p.usePath()}
	if !p.eat("with") {
		p.expect(";")
		return inc
	}
	p.expect("{")
	for p.more(len(inc.with), "}") {
		r := astRename{name: p.ident("the name of an import or export")}
		p.expect("as")
		r.as = p.ident("the new name")
		inc.with = append(inc.with, r)
	}
	p.expect("}")
	p.eat(";")
	return inc
}
