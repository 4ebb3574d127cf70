package encode_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/leb128"
	"github.com/dray-wasm/dray/wit"
	"github.com/dray-wasm/dray/wit/encode"
)

// parse is a Resolve of a text.
func parse(t testing.TB, src string) *wit.Resolve {
	t.Helper()
	r, err := wit.Parse("a.wit", []byte(src), wit.Options{AllFeatures: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// encoded is the root package of a text in the binary format.
func encoded(t testing.TB, src string) []byte {
	t.Helper()
	data, err := encode.Encode(parse(t, src))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// all is a Resolve as WIT.
func all(t testing.TB, r *wit.Resolve) string {
	t.Helper()
	var b bytes.Buffer
	if err := wit.Print(&b, r, wit.PrintOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// module is a core module with a custom section.
func module(name string, data []byte) []byte {
	content := leb128.AppendUint(nil, uint64(len(name)))
	content = append(append(content, name...), data...)
	m := append([]byte("\x00asm\x01\x00\x00\x00\x00"), leb128.AppendUint(nil, uint64(len(content)))...)
	return append(m, content...)
}

func TestModule(t *testing.T) {
	m := module("component-type:one", encoded(t, "package a:b; world w { import i; export run: func(); } interface i { type t = u8; f: func() -> t; }"))
	m = append(m, module("component-type:two", encoded(t, "package c:d; world w { import a:b/i; import j; } interface j { } package a:b { interface i { type t = u8; g: func(); } }"))[8:]...)
	r, err := encode.Decode(m)
	if err != nil {
		t.Fatal(err)
	}
	want := `package root:component;

world root {
  import a:b/i;
  import c:d/j;

  export run: func();
}

package a:b {
  interface i {
    type t = u8;

    f: func() -> t;
    g: func();
  }
}

package c:d {
  interface j {
  }
}
`
	if got := all(t, r); got != want {
		t.Errorf("the module has\n%s\nwant\n%s", got, want)
	}
	reparse(t, r)
}

// TestBinaryDependency reads packages whose dependencies are binaries.
func TestBinaryDependency(t *testing.T) {
	io := "package w:io@0.2.0; interface streams { resource s { read: func() -> u8; } resource other; type size = u32; }"
	cli := "package w:cli@0.2.0; /// Docs.\ninterface stdin { use w:io/streams@0.2.0.{s}; get: func() -> s; } world cmd { import stdin; } package w:io@0.2.0 { interface streams { resource s { read: func() -> u8; } } }"
	net := "package w:net; interface n { use w:io/streams@0.2.0.{size}; f: func() -> size; } package w:io@0.2.0 { interface streams { type size = u32; } }"
	root := "package a:b; world w { include w:cli/cmd@0.2.0; import w:net/n; }"
	for name, files := range map[string]map[string][]byte{
		"whole":       {"deps/cli.wasm": encoded(t, cli), "deps/io.wasm": encoded(t, io), "deps/net.wasm": encoded(t, net)},
		"text and":    {"deps/cli.wasm": encoded(t, cli), "deps/io.wit": []byte(io), "deps/net.wasm": encoded(t, net)},
		"parts alone": {"deps/cli.wasm": encoded(t, cli), "deps/net.wasm": encoded(t, net)},
	} {
		fsys := fstest.MapFS{"a.wit": {Data: []byte(root)}}
		for file, data := range files {
			fsys[file] = &fstest.MapFile{Data: data}
		}
		r, err := encode.Load(fsys, ".", wit.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := all(t, r)
		for _, want := range []string{"import w:io/streams@0.2.0;\n", "import w:cli/stdin@0.2.0;\n", "import w:net/n;\n", "/// Docs.\n", "resource s", "type size = u32"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: there is no %q in\n%s", name, want, got)
			}
		}
		if whole := strings.Contains(got, "resource other"); whole != (name != "parts alone") {
			t.Errorf("%s: whole is %v:\n%s", name, whole, got)
		}
		reparse(t, r)
	}
}

// TestDecodeText decodes components in the text format.
func TestDecodeText(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{`(component)`, "world root {\n}\n"},
		{`(component (import "f" (func async (param "a" (list string)) (result (result (error u8))))))`, "  import f: async func(a: list<string>) -> result<_, u8>;\n"},
		{`(component (import "a:b/c@1.0.0" (instance (export "r" (type (sub resource))) (export "[method]r.m" (func (param "self" (borrow 0)))) (export "[static]r.n" (func (result (own 0)))))))`,
			"interface c {\n    resource r {\n      m: func();\n      n: static func() -> r;\n    }\n  }\n"},
		// A type of an instance that has no name in the world gets one.
		{`(component (import "a:b/c" (instance $i (export "r" (type (sub resource))))) (alias export $i "r" (type $r)) (import "f" (func (param "x" (own $r)))))`,
			"  import a:b/c;\n\n  use a:b/c.{r};\n\n  import f: func(x: r);\n"},
		// What a component makes of what it is given.
		{`(component
		    (import "t" (type $t (sub resource)))
		    (import "g" (func $g (param "x" (own $t))))
		    (component $shim
		      (import "t" (type $u (sub resource)))
		      (import "g" (func $f (param "x" (own $u))))
		      (export $v "v" (type $u))
		      (export "h" (func $f) (func (param "x" (own $v)))))
		    (instance $s (instantiate $shim (with "t" (type $t)) (with "g" (func $g))))
		    (export "x:y/z" (instance $s)))`,
			"the type \"t\" is used outside"},
		{`(component
		    (type $p' (record (field "x" u8)))
		    (import "p" (type $p (eq $p')))
		    (component $shim (import "f" (func $f)) (export "run" (func $f)))
		    (import "in" (func $in))
		    (instance $s (instantiate $shim (with "f" (func $in))))
		    (export "x:y/z@0.1.0" (instance $s))
		    (export "plain" (instance $s)))`,
			"  record p {\n    x: u8,\n  }\n\n  import in: func();\n\n  export x:y/z@0.1.0;\n\n  export plain: interface {\n    run: func();\n  }\n}\n"},
		{`(component (import "one" (implements "a:b/c") (external-id "x y") (instance)))`, "  @external-id(\"x y\")\n  import one: a:b/c;\n"},
		{`(component (import "a:b/c@0.2" (versionsuffix ".6-rc.1") (instance)))`, "  import a:b/c@0.2.6-rc.1;\n"},
		{`(component (import "m" (core module)))`, "WIT cannot express the core module \"m\""},
		{`(component (import "c" (component)))`, "WIT cannot express the component \"c\""},
		{`(component (import "i" (instance (export "j" (instance)))))`, "exports the instance \"j\", which WIT cannot express"},
		{`(component (import "a:b/c@0.2" (instance)))`, "not a semantic version"},
		{`(component (import "f" (func (param "x" 0))))`, "type index"},
	} {
		r, err := encode.LoadBytes("a.wat", []byte(tt.src), wit.Options{})
		if err != nil {
			if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "a.wat:") {
				t.Errorf("%s:\n%v\nwant\n%s", tt.src, err, tt.want)
			}
			continue
		}
		got := all(t, r)
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s:\n%s\nwant\n%s", tt.src, got, tt.want)
		}
		reparse(t, r)
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"empty module":    {[]byte("\x00asm\x01\x00\x00\x00"), "the module has no WIT"},
		"broken module":   {[]byte("\x00asm\x01\x00\x00\x00\x01"), "end"},
		"broken section":  {module("component-type", []byte("\x00asm")), `the custom section "component-type"`},
		"truncated":       {[]byte("\x00asm\x0d\x00\x01\x00\x07"), "end"},
		"two packages":    {compile(t, `(component (type (export "i") (component (export "a:b/i" (instance)))) (type (export "j") (component (export "c:d/j" (instance)))))`), "two packages: a:b and c:d"},
		"same name":       {compile(t, `(component (type (export "i") (component (export "a:b/i" (instance)))) (type (export "j") (component (export "a:b/i" (component)))))`), `package a:b has "i" twice`},
		"cycle":           {compile(t, `(component (type (export "i") (component (import "a:b/j" (instance $j (export "u" (type (sub resource))))) (alias export $j "u" (type $u)) (export "a:b/i" (instance (export "t" (type (eq $u))))))) (type (export "j") (component (import "a:b/i" (instance $i (export "v" (type (sub resource))))) (alias export $i "v" (type $v)) (export "a:b/j" (instance (export "w" (type (eq $v))))))))`), "depends on itself"},
		"not WebAssembly": {[]byte("hello"), "magic"},
	} {
		_, err := encode.Decode(tt.data)
		var e *diag.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, tt.want)
		}
	}
}

// compile is a component in the binary format.
func compile(t testing.TB, src string) []byte {
	t.Helper()
	s, err := text.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	data, err := binary.Encode(s.Component)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSharedTypes checks that types that share parts do not make a text without
// end.
func TestSharedTypes(t *testing.T) {
	var b strings.Builder
	b.WriteString("(component (type $t0 (tuple u8 u8))\n")
	for i := 1; i <= 15; i++ {
		b.WriteString(strings.ReplaceAll("(type $tN (tuple $tM $tM))\n", "N", string(rune('a'+i))))
		src := strings.ReplaceAll(b.String(), "$tM", "$t"+map[bool]string{true: "0", false: string(rune('a' + i - 1))}[i == 1])
		b.Reset()
		b.WriteString(src)
	}
	for i := range 60 {
		b.WriteString(`(import "f` + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `" (func (param "x" $tp)))` + "\n")
	}
	b.WriteString(")")
	_, err := encode.LoadBytes("a.wat", []byte(b.String()), wit.Options{})
	var e *diag.Error
	if !errors.As(err, &e) || !strings.HasSuffix(string(e.Code), "/limit") {
		t.Errorf("%v, want an error about a limit", err)
	}
}

// TestDocs checks that a section "package-docs" that is odd does no harm.
func TestDocs(t *testing.T) {
	section := func(docs string) string {
		c := encoded(t, "package a:b@1.0.0; interface i { f: func(); } world w { import i; }")
		m := module("package-docs", []byte(docs))
		r, err := encode.Decode(append(c, m[8:]...))
		if err != nil {
			t.Fatal(err)
		}
		return rootText(t, r)
	}
	plain := section("")
	for _, docs := range []string{"\x02{}", "\x01{", "\x01[]", "\x01{\"interfaces\":{\"x\":{\"docs\":\"d\"}}}", "\x01{\"interfaces\":{\"i\":{\"stability\":{\"stable\":{\"since\":\"1\"}}}}}", "\x01{\"interfaces\":{\"i\":{\"stability\":\"unknown\",\"funcs\":{\"f\":null}}}}"} {
		if got := section(docs); got != plain {
			t.Errorf("with %q: %s", docs, got)
		}
	}
	got := section("\x00{\"docs\":\"A\\u0001 \\n\\nB\",\"interfaces\":{\"i\":{\"docs\":\"I\",\"funcs\":{\"f\":\"F\"}}},\"worlds\":{\"w\":{\"interface_import_stability\":{\"a:b/i@1.0.0\":{\"unstable\":{\"feature\":\"x\"}}}}}}")
	want := "/// A\ufffd\n///\n/// B\npackage a:b@1.0.0;\n\n/// I\ninterface i {\n  /// F\n  f: func();\n}\n\nworld w {\n  @unstable(feature = x)\n  import i;\n}\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// FuzzDecode checks that a binary is refused with an error, or that the WIT of
// it is printed and parsed again.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, "package a:b; interface i { resource r { constructor(); } type t = list<u8, 3>; } world w { import i; export x: interface { use i.{r}; f: async func(r: borrow<r>) -> stream<u8>; } }"))
	if data, err := encode.Encode(everything(f)); err == nil {
		f.Add(data)
	}
	f.Add(module("component-type", encoded(f, "package a:b; world w { import f: func(); }")))
	f.Add(compile(f, `(component (import "a:b/c" (instance $i (export "r" (type (sub resource))))) (alias export $i "r" (type $r)) (component $c (import "x" (type (sub resource))) (export "y" (type 0))) (instance (instantiate $c (with "x" (type $r)))) (export "p:q/r" (instance 1)))`))
	if data, err := os.ReadFile("../../component/testdata/hello-p2.wasm"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := encode.Decode(data)
		if err != nil {
			return
		}
		src := all(t, r)
		if _, err := wit.Parse("printed.wit", []byte(src), wit.Options{AllFeatures: true}); err != nil {
			t.Fatalf("the printed text does not parse: %v\n%s", err, src)
		}
	})
}
