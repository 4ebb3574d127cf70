package bindgen

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wit"
)

// generate makes the bindings of the world of a package with one.
func generate(src string) ([]File, error) {
	r, err := wit.Parse("t.wit", []byte(src), wit.Options{AllFeatures: true})
	if err != nil {
		return nil, err
	}
	w, err := Select(r, "")
	if err != nil {
		return nil, err
	}
	return World(r, w, Config{})
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"long list", "world w { export f: func(x: list<u8, 4097>); }",
			`function "f" of the world has a list of 4097 elements, more than 4096,: dray bindgen has no bindings for that`},
		{"two names", "interface i { f: func(); } world w { import x: i; import y: i; }",
			`the world has one interface under two names, "x" and "y": there are no bindings for that`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := generate("package a:b;\n" + tt.src)
			var e *diag.Error
			if !errors.As(err, &e) || e.Msg != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	r, err := wit.Parse("t.wit", []byte("package a:b; world w {}"), wit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"main", "type", "a-b", "_"} {
		if _, err := World(r, r.Root.Worlds[0], Config{Package: name}); err == nil {
			t.Errorf("the package may be called %q", name)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ kebab, exported, local string }{
		{"a", "A", "a"},
		{"http-version", "HTTPVersion", "httpVersion"},
		{"user-id", "UserID", "userID"},
		{"URL", "URL", "url"},
		{"is-IP-v6", "IsIPV6", "isIPV6"},
		{"func", "Func", "func_"},
		{"ctx", "Ctx", "ctx_"},
		{"x12", "X12", "x12_"},
		{"x12-a", "X12A", "x12A"},
		{"string", "String", "string_"},
	} {
		if got := exported(tt.kebab); got != tt.exported {
			t.Errorf("exported(%q) = %q, want %q", tt.kebab, got, tt.exported)
		}
		if got := local(tt.kebab); got != tt.local {
			t.Errorf("local(%q) = %q, want %q", tt.kebab, got, tt.local)
		}
	}
}

// A checker compiles generated code but for what it imports.
type checker struct {
	std  types.Importer
	bind *types.Package
	dray *types.Package
	more map[string]*types.Package
}

func (c *checker) Import(path string) (*types.Package, error) {
	switch path {
	case "github.com/dray-wasm/dray":
		return c.dray, nil
	case "github.com/dray-wasm/dray/bind":
		return c.bind, nil
	}
	if p := c.more[path]; p != nil {
		return p, nil
	}
	return c.std.Import(path)
}

// drayStub is what generated code uses of package dray, which takes long to
// import. The committed bindings are compiled with the real one.
const drayStub = `package dray

import "github.com/dray-wasm/dray/bind"

type Linker struct{ *Definitions }

type Definitions struct{}

func (*Definitions) Instance(name string) *Definitions
func (*Definitions) Bound(res []*bind.Resource, funcs ...bind.HostFunc) error
func (*Definitions) BoundResource(name string, r *bind.Resource) error

type Instance struct{}

func (*Instance) Bound(exports []*bind.Export, owner any, res []*bind.Resource, funcs ...bind.Func) error
`

// newChecker imports this module once for all tests.
func newChecker(t testing.TB) *checker {
	t.Helper()
	if testing.Short() {
		t.Skip("type-checks this module from source")
	}
	if theChecker == nil {
		theChecker = makeChecker(t)
	}
	return theChecker
}

var theChecker *checker

func makeChecker(t testing.TB) *checker {
	t.Helper()
	std := importer.ForCompiler(token.NewFileSet(), "source", nil)
	from, ok := std.(types.ImporterFrom)
	if !ok {
		t.Fatal("no importer")
	}
	dir, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{std: std}
	if c.bind, err = from.ImportFrom("github.com/dray-wasm/dray/bind", dir, 0); err != nil {
		t.Fatal(err)
	}
	if c.dray, err = c.compile("github.com/dray-wasm/dray", []File{{"dray.go", []byte(drayStub)}}); err != nil {
		t.Fatal(err)
	}
	return c
}

// check type-checks generated files.
func (c *checker) check(files []File) error {
	_, err := c.compile("generated", files)
	return err
}

func (c *checker) compile(path string, files []File) (*types.Package, error) {
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, f := range files {
		p, err := parser.ParseFile(fset, f.Name, f.Data, 0)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, p)
	}
	return (&types.Config{Importer: c}).Check(path, fset, parsed, nil)
}

// clashes are worlds whose names are the same in Go.
var clashes = []string{
	"world %type { export %type: func(%type: u8, %func: u8, cx: u8, bd: u8, err: u8, x1: u8, len: string); }",
	"world host { import link: func(); export new: func(); export exports: func(); }",
	"interface host { record host { host: u8 } enum new { new, link } f: func(h: host, n: new); } world w { import host; export host; }",
	"interface i { record a-b { x: u8 } variant a { b(u8), a-b } enum a-case { b } f: func(a: a, b: a-b, c: a-case) -> result<a, a>; } world w { import i; export i; }",
	"interface i { resource r { constructor(); new-r: func(); drop: func(); bound: func(); handle: static func(); } new-r: func() -> r; r-handle: func(); } world w { import i; export i; }",
	"interface i { variant v { case(u8), error(u8), %string(u8) } record r { error: u8, %string: u8 } f: func() -> result<r, v>; g: func() -> result<v, r>; } world w { import i; export i; }",
	"interface i { type context = u8; type bind = string; type error = list<bind>; f: func(c: context) -> result<error, bind>; } world w { import i; export i; }",
	"interface a { record r { x: u8 } f: func(r: r); } interface b { record r { y: u8 } f: func(r: r); } world w { import a; export b; export a: func(); export f: func(); }",
	"interface i { flags f { a, b, c, d, e, f, g, h, i } enum e { a } list-of: func(f: list<f>, e: list<e>) -> tuple<f, e>; } world w { import i; export i; }",
	"interface i { resource r; record s { r: r } f: func(a: list<tuple<s, option<r>, result<r, r>>>) -> result<option<r>, s>; } world w { import i; export i; }",
	"interface i { resource r; type t = r; type o = own<t>; f: func(t: t, o: o, b: borrow<t>) -> t; } interface j { use i.{t as q}; g: func(q: q) -> q; } world w { import i; export i; import j; export j; }",
	"world w { resource r { constructor(a: list<string>) -> result<r>; m: func() -> list<r>; } import f: func(r: r); export g: func(r: borrow<r>) -> r; }",
	"interface i { f: func(a: list<list<list<u8, 2>, 3>>) -> map<string, list<u16, 2>>; } world w { import i; export i; }",
	"interface i { f: func(a: tuple<u8, u8, u8, u8, u8, u8, u8, u8, u8, string>) -> tuple<tuple<bool>>; } world w { import i; export i; }",
	"interface i { type a = u8; } world w { import i; }",
	"world w { import f: async func(io: stream<u8>, flat: stream, in-memory: future<u8>) -> future; export f: async func(io: stream<u8>, flat: stream, in-memory: future<u8>) -> result<stream, string>; }",
	"interface i { resource r { constructor(s: stream<r>); m: async func(x: future<result<option<r>, e>>) -> result<stream<r>, e>; s: static async func() -> r; } variant e { a(stream<u32>), b(option<stream<string>>), c } type body = stream<u8>; f: async func(b: option<body>, l: list<body>) -> tuple<body, future<result<_, e>>>; } world w { import i; export i; }",
	"interface i { record p { x: f32, s: string } f: func(a: stream<stream<u8>>, b: stream<future<stream<p>>>, c: future<tuple<list<p>, list<u16, 3>>>) -> map<string, stream<p>>; g: async func() -> tuple<u8, u8>; h: async func() -> list<tuple<u8, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64>>; } world w { import i; export i; }",
	"world w { import f: func(e: error-context) -> result<option<error-context>, error-context>; export g: async func(e: list<error-context>, s: stream<error-context>) -> future<error-context>; }",
	"world w {}",
}

func TestClashes(t *testing.T) {
	c := newChecker(t)
	for _, src := range clashes {
		files, err := generate("package a:b;\n" + src)
		if err == nil {
			err = c.check(files)
		}
		if err != nil {
			t.Errorf("%s\n\t%v", src, err)
		}
	}
}

// wasi reads the packages of a version of WASI, each as the root of a Resolve.
func wasi(t *testing.T, version string) map[string]*wit.Resolve {
	dir := reference.Dir(t, "wit/"+version)
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.wit"))
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string]wit.Group{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pkg := filepath.Base(filepath.Dir(path))
		groups[pkg] = append(groups[pkg], wit.Source{Name: path, Data: data})
	}
	out := map[string]*wit.Resolve{}
	for pkg, root := range groups {
		var deps []wit.Group
		for other, g := range groups {
			if other != pkg {
				deps = append(deps, g)
			}
		}
		if out[pkg], err = wit.Link(wit.Options{}, root, deps...); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestReference makes bindings of every world of WASI 0.2 and 0.3.
func TestReference(t *testing.T) {
	c := newChecker(t)
	var packages []*wit.Resolve
	for _, version := range []string{"0.2.12", "0.3.0"} {
		packages = slices.AppendSeq(packages, maps.Values(wasi(t, version)))
	}
	for _, r := range packages {
		for _, w := range r.Root.Worlds {
			files, err := World(r, w, Config{})
			if err == nil {
				err = c.check(files)
			}
			if err != nil {
				t.Errorf("%s: %v", w.ExternName(), err)
			}
		}
	}
}

// TestWith makes a Go package for each package of WASI 0.2, and one for a world
// that takes types from them.
func TestWith(t *testing.T) {
	packages := wasi(t, "0.2.12")
	c := newChecker(t)
	c.more = map[string]*types.Package{}
	with := map[string]string{}
	for _, pkg := range []string{"io", "clocks", "random", "filesystem", "sockets", "cli", "http"} {
		r := packages[pkg]
		files, err := World(r, Interfaces(r), Config{Package: pkg, With: with})
		if err != nil {
			t.Fatal(err)
		}
		path := "example.org/gen/" + pkg
		if c.more[path], err = c.compile(path, files); err != nil {
			t.Fatalf("%s: %v", pkg, err)
		}
		with["wasi:"+pkg] = path
	}
	for _, name := range []string{"proxy", "imports"} {
		w, err := packages["http"].SelectWorld(name)
		if err != nil {
			t.Fatal(err)
		}
		files, err := World(packages["http"], w, Config{Package: "app", With: with})
		if err == nil {
			err = c.check(files)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, f := range files {
			if f.Name != "world.go" && f.Name != "abi.go" && f.Name != "incominghandler.go" {
				t.Errorf("%s: %s should be in another package", name, f.Name)
			}
		}
	}
	for _, path := range []string{"", "a b", "a\"b", "a/../b"} {
		w := packages["http"].Root.World("proxy")
		if _, err := World(packages["http"], w, Config{With: map[string]string{"wasi:io": path}}); err == nil {
			t.Errorf("the import path %q was taken", path)
		}
	}
}

func FuzzWorld(f *testing.F) {
	for _, src := range clashes {
		f.Add("package a:b;\n" + src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		files, err := generate(src)
		var e *diag.Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("not a *diag.Error: %v", err)
		case err != nil && strings.Contains(err.Error(), "not valid Go"):
			t.Error(err)
		}
		again, _ := generate(src)
		for i := range files {
			if string(files[i].Data) != string(again[i].Data) {
				t.Errorf("%s differs the second time", files[i].Name)
			}
		}
	})
}
