package wit_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wit"
)

// TestErrors checks what is said about bad WIT. A file "a.wit" is src with "$"
// removed, which marks where the error is.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		src  string
		code diag.Code
		want string
	}{
		// Lexical structure.
		{"package a:b; $\x01", wit.CodeSyntax, "U+0001 may not be in WIT"},
		{"package a:b; // $\u202e", wit.CodeSyntax, "U+202E may not be in WIT"},
		{"package a:b; $\xff", wit.CodeSyntax, "not UTF-8"},
		{"package a:b; $/* /* */", wit.CodeSyntax, "not closed"},
		{"package a:b; $?", wit.CodeSyntax, "unexpected character '?'"},
		{"package a:b; interface $aB {}", wit.CodeSyntax, "not an identifier"},
		{"package a:b; interface $a-- {}", wit.CodeSyntax, "not an identifier"},
		{"package a:b; interface $a_b {}", wit.CodeSyntax, "not an identifier"},
		{"package a:b; interface $1 {}", wit.CodeSyntax, "expected an identifier, the name of the interface, found `1`"},
		{"package a:b; interface $func {}", wit.CodeSyntax, "found the keyword `func`; as an identifier it is written %func"},
		{"package a:b; interface %$ {}", wit.CodeSyntax, "expected an identifier after %"},
		{"package a:b; world w { @external-id($\"a) import i: func(); }", wit.CodeSyntax, "not closed"},
		{"package a:b; world w { @external-id(\"$\\q\") import i: func(); }", wit.CodeSyntax, "unknown escape"},
		{"package a:b; world w { @external-id($\"\\ff\") import i: func(); }", wit.CodeSyntax, "not UTF-8"},
		// Syntax.
		{"package a:b; $record r {}", wit.CodeSyntax, "expected `interface`, `world`, `use` or `package`"},
		{"package a:b; interface i {$", wit.CodeSyntax, "found the end of the file"},
		{"package a:b; interface i { f: func() $}", wit.CodeSyntax, "expected `;`"},
		{"package a:b; interface i { f: func(a: u8 $b: u8); }", wit.CodeSyntax, "expected `,` or `)`"},
		{"package a:b; interface i { f: func() -> $(a: u8); }", wit.CodeSyntax, "expected a type"},
		{"package a:b; interface i { type t = list<$>; }", wit.CodeSyntax, "expected a type"},
		{"package a:b; interface i { type t = map<u8$>; }", wit.CodeSyntax, "expected a type"},
		{"package a:b; interface i { type t = option<u8, $u8>; }", wit.CodeSyntax, "expected `>`"},
		{"package a:b; interface i { type t = result<_$>; }", wit.CodeSyntax, "expected a type"},
		{"package a:b; interface i { use j.{$}; }", wit.CodeSyntax, "the name of a type"},
		{"package a:b; world w { $f: func(); }", wit.CodeSyntax, "expected `import`, `export`"},
		{"package a:b; world w { import a:b$; }", wit.CodeSyntax, "`a:b` is a package"},
		{"package a:b; interface i { resource r { constructor() -> r $} }", wit.CodeSyntax, "expected `;`"},
		// Packages.
		{"$interface i {}", wit.CodePackage, "no declaration of a package"},
		{"$package a:b { interface i {} }", wit.CodePackage, "no declaration of a package"},
		{"package a$;", wit.CodeSyntax, "expected `:`"},
		{"package $A:b;", wit.CodePackage, "lower case"},
		{"interface i {} package $a:b;", wit.CodePackage, "must come first"},
		{"package a:b; package c:d { $package e:f {} }", wit.CodePackage, "cannot hold another"},
		{"package a:b; package c:d {} package $c:d { interface i {} }", wit.CodeDuplicate, "defined twice with different contents"},
		{"package a:b@$1;", wit.CodeVersion, "\"1\" is not a semantic version"},
		{"package a:b@$1.2.03;", wit.CodeVersion, "leading zero"},
		{"package a:b@$1.2.3-;", wit.CodeVersion, "not a semantic version"},
		{"package a:b; interface i { use $c:d/e.{t}; }", wit.CodePackage, "package c:d is not there"},
		{"package a:b; interface i { use $c:d/e@1.0.0.{t}; } package c:d@1.1.0 {}", wit.CodePackage, "there is c:d@1.1.0"},
		// Names.
		{"package a:b; interface i {} world $I {}", wit.CodeDuplicate, "has `I` twice"},
		{"package a:b; interface i { use $j.{t}; }", wit.CodeName, "package a:b has no interface or world `j`; it has i"},
		{"package a:b; world w {} interface i { use $w.{t}; }", wit.CodeName, "`w` is a world"},
		{"package a:b; interface i {} world w { include $i; }", wit.CodeName, "`i` is an interface"},
		{"package a:b; interface i { use j.{$t}; } interface j {}", wit.CodeName, "has no type `t`"},
		{"package a:b; interface i { use j.{$t}; } interface j { t: func(); }", wit.CodeName, "has no type `t`"},
		{"package a:b; interface i { type t = $u; }", wit.CodeName, "there is no type `u`"},
		{"package a:b; interface i { f: func(); type t = $f; }", wit.CodeName, "there is no type `f`"},
		{"package a:b; interface i { type t = u8; type $T = u8; }", wit.CodeDuplicate, "`T` is defined twice"},
		{"package a:b; interface i { type t = u8; $t: func(); }", wit.CodeDuplicate, "`t` is defined twice"},
		{"package a:b; interface i { use j.{t, $t}; } interface j { type t = u8; }", wit.CodeDuplicate, "`t` is defined twice"},
		{"package a:b; interface i { record r { a: u8, $A: u8 } }", wit.CodeDuplicate, "`A` is there twice"},
		{"package a:b; interface i { f: func(a: u8, $A: u8); }", wit.CodeDuplicate, "the parameter `A`"},
		{"package a:b; interface i { resource r { f: func($self: u8); } }", wit.CodeDuplicate, "the parameter `self`"},
		{"package a:b; interface i { resource r { f: func(); $f: static func(); } }", wit.CodeDuplicate, "`[static]r.f` is defined twice"},
		{"package a:b; interface i { resource r { constructor(); $constructor(); } }", wit.CodeDuplicate, "`[constructor]r`"},
		{"package a:b; use c:d/i; use c:d/j as $i; package c:d { interface i {} interface j {} }", wit.CodeDuplicate, "`i` is defined twice in this file"},
		{"package a:b; use c:d/i as $j; interface j {} package c:d { interface i {} }", wit.CodeDuplicate, "`j` is defined twice in this file"},
		// Cycles.
		{"package a:b; interface i { type $t = t; }", wit.CodeCycle, "recursive"},
		{"package a:b; interface i { record $a { b: b } record b { a: list<a> } }", wit.CodeCycle, "recursive"},
		{"package a:b; interface $i { use j.{t}; } interface j { use i.{t}; }", wit.CodeCycle, "interface `i` depends on itself"},
		{"package a:b; interface $i { use i.{t}; type t = u8; }", wit.CodeCycle, "interface `i` depends on itself"},
		{"package a:b; world $v { include w; } world w { include v; }", wit.CodeCycle, "includes itself"},
		{"package $a:b; interface i { use c:d/j.{t}; } interface k { type t = u8; } package c:d { interface j { type t = u8; } interface l { use a:b/k.{t}; } }", wit.CodeCycle, "package a:b depends on itself"},
		// Types.
		{"package a:b; interface i { record $r {} }", wit.CodeType, "empty"},
		{"package a:b; interface i { enum $e {} }", wit.CodeType, "empty"},
		{"package a:b; interface i { type t = list<u8, $0>; }", wit.CodeType, "from 1"},
		{"package a:b; interface i { type t = list<u8, $4294967296>; }", wit.CodeType, "from 1"},
		{"package a:b; interface i { type t = map<$f32, u8>; }", wit.CodeType, "keys of a map"},
		{"package a:b; interface i { type k = string; type t = map<$k, u8>; }", wit.CodeType, "keys of a map"},
		{"package a:b; interface i { type t = u8; f: func(a: borrow<$t>); }", wit.CodeType, "`t` is not a resource"},
		{"package a:b; interface i { f: func(a: own<$u8>); }", wit.CodeType, "expected the name of a resource"},
		{"package a:b; interface i { resource r; f: func() -> $borrow<r>; }", wit.CodeType, "cannot return what it borrowed"},
		{"package a:b; interface i { resource r; record s { r: borrow<r> } type t = list<s>; f: func() -> $option<t>; }", wit.CodeType, "cannot return"},
		{"package a:b; interface i { resource r { constructor() -> $r; } }", wit.CodeType, "result<r, ...>"},
		{"package a:b; interface i { type t = " + strings.Repeat("list<", 100) + "list<$list<u8>; }", wit.CodeLimit, "nest too deeply"},
		// Gates.
		{"package a:b; interface i { $@since(version = 1.0.0) f: func(); }", wit.CodeGate, "must have a version"},
		{"package a:b@1.0.0; $@since(version = 1.0.1) interface i {}", wit.CodeGate, "after the version of the package"},
		{"package a:b@1.0.0; $@since(version = 1.0.0) @unstable(feature = x) interface i {}", wit.CodeGate, "not both"},
		{"package a:b@1.0.0; $@deprecated(version = 1.0.0) interface i {}", wit.CodeGate, "needs @since or @unstable"},
		{"package a:b@1.0.0; @since(version = 1.0.0) $@since(version = 1.0.0) interface i {}", wit.CodeGate, "twice"},
		{"package a:b@1.0.0; @$soon interface i {}", wit.CodeSyntax, "`since`"},
		{"package a:b@1.0.0; @since($feature = x) interface i {}", wit.CodeSyntax, "`version`"},
		{"package a:b@1.0.0; @since(version = $1) interface i {}", wit.CodeVersion, "semantic version"},
		{"package a:b@1.0.0; interface i { @unstable(feature = x) type t = u8; f: func(a: $t); }", wit.CodeGate, "needs the feature `x`"},
		{"package a:b@1.0.0; interface i { use j.{$t}; } interface j { @unstable(feature = x) type t = u8; }", wit.CodeGate, "needs the feature `x`"},
		{"package a:b@1.0.0; world w { import $i; } @unstable(feature = x) interface i {}", wit.CodeGate, "needs the feature `x`"},
		// Worlds.
		{"package a:b; world w { import f: func(); import $F: func(); }", wit.CodeDuplicate, "`F` twice among its imports"},
		{"package a:b; world w { export f: func(); export $f: interface {} }", wit.CodeDuplicate, "`f` twice among its exports"},
		{"package a:b; world w { type t = u8; import $t: func(); }", wit.CodeDuplicate, "`t` twice"},
		{"package a:b; interface i {} world w { @external-id(\"x\") import $i; }", wit.CodeWorld, "plain name"},
		{"package a:b; world v { import f: func(); } world w { import f: func(); include $v; }", wit.CodeDuplicate, "`f` twice"},
		{"package a:b; world v { import f: func(); } world w { include v with { f as g, $f as h } }", wit.CodeWorld, "renamed twice"},
		{"package a:b; interface i {} world v { import i; } world w { include v with { $i as j } }", wit.CodeWorld, "no plain name `i`"},
		{"package a:b; world v { record r { a: u8 } } world u { include v; } world w { include v; include $u; }", wit.CodeDuplicate, "`r` is defined twice"},
	} {
		at := strings.IndexByte(tt.src, '$')
		src := strings.Replace(tt.src, "$", "", 1)
		_, err := wit.Parse("a.wit", []byte(src), wit.Options{})
		var e *diag.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, want an error with %q", tt.src, err, tt.want)
			continue
		}
		if e.Code != tt.code || !strings.Contains(e.Msg, tt.want) || e.Path != "a.wit" {
			t.Errorf("%s:\n\t%v (%s), want %q (%s)", tt.src, err, e.Code, tt.want, tt.code)
		}
		if e.At.Offset != int64(at) || e.At.Line != 1 || e.At.Col != at+1 {
			t.Errorf("%s:\n\t%v is at %v, offset %d, want offset %d", tt.src, err, e.At, e.At.Offset, at)
		}
	}
}

// TestFiles checks packages in several files, and errors about files.
func TestFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		want  string // "" for none
	}{
		"no name in one file":  {map[string]string{"a.wit": "package a:b; interface i { use j.{t}; }", "b.wit": "interface j { type t = u8; }"}, ""},
		"uses are of a file":   {map[string]string{"a.wit": "package a:b; use i as k; interface i { type t = u8; }", "b.wit": "interface j { use k.{t}; }"}, "b.wit:1:19: package a:b has no interface or world `k`; it has i, j"},
		"other name":           {map[string]string{"a.wit": "package a:b;", "b.wit": "package a:c;"}, "b.wit:1:9: the package is a:c here, and a:b in a.wit"},
		"docs twice":           {map[string]string{"a.wit": "/// A\npackage a:b;", "b.wit": "/// B\npackage a:b;"}, "b.wit:2:9: the documentation of package a:b is in another file already"},
		"twice in two files":   {map[string]string{"a.wit": "package a:b; interface i {}", "b.wit": "\ninterface i {}"}, "b.wit:2:11: package a:b has `i` twice; the other one is at a.wit:1:24"},
		"dependency":           {map[string]string{"a.wit": "package a:b; world w { import c:d/i; }", "deps/x.wit": "package c:d; interface i {}"}, ""},
		"same dependency":      {map[string]string{"a.wit": "package a:b;", "deps/x.wit": "package c:d; interface i {}", "deps/y/y.wit": "package c:d; /* */ interface  i {}"}, ""},
		"other dependency":     {map[string]string{"a.wit": "package a:b;", "deps/x.wit": "package c:d; interface i {}", "deps/y/y.wit": "package c:d; interface j {}"}, "deps/y/y.wit:1:9: package c:d is defined twice with different contents; the other definition is in deps/x.wit"},
		"dependency no name":   {map[string]string{"a.wit": "package a:b;", "deps/x/x.wit": "interface i {}"}, "deps/x/x.wit:1:1: there is no declaration of a package: expected `package namespace:name;` at the start"},
		"error in dependency":  {map[string]string{"a.wit": "package a:b;", "deps/x/x.wit": "package c:d;\ninterface i { f }"}, "deps/x/x.wit:2:17: expected `:`, found `}`"},
		"binary without a way": {map[string]string{"a.wit": "package a:b;", "deps/x.wasm": ""}, "deps/x.wasm: a dependency in the binary format cannot be read here; Options.Decode is not set"},
		"nothing":              {map[string]string{"a.txt": ""}, ".: the directory has no files *.wit"},
	} {
		fsys := fstest.MapFS{}
		for file, src := range tt.files {
			fsys[file] = &fstest.MapFile{Data: []byte(src)}
		}
		r, err := wit.ParseDir(fsys, ".", wit.Options{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if err == nil {
			roundTrip(t, r)
		}
	}
	if _, err := wit.ParseFile(fstest.MapFS{}, "a.wit", wit.Options{}); err == nil || err.Error() != "a.wit: cannot be read: file does not exist" {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestSelectWorld(t *testing.T) {
	r, err := wit.Parse("a.wit", []byte("package a:b; world v {} world w {} package c:d@1.0.0 { world w {} world only {} } package c:d@2.0.0 { world w {} }"), wit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"v": "a:b/v", "a:b/w": "a:b/w", "c:d/w@1.0.0": "c:d/w@1.0.0", "c:d/only": "c:d/only@1.0.0",
		"":      "package a:b has several worlds; choose one: v, w",
		"x":     `package a:b has no world "x"; it has v, w`,
		"c:d/w": `the world "c:d/w" is there in several versions; choose one: c:d/w@1.0.0, c:d/w@2.0.0`,
		"e:f/w": `there is no world "e:f/w"; there is a:b/v, a:b/w, c:d/only@1.0.0, c:d/w@1.0.0, c:d/w@2.0.0`,
	} {
		w, err := r.SelectWorld(name)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = w.ExternName()
		}
		if got != want {
			t.Errorf("world %q: %s, want %s", name, got, want)
		}
	}
	r, err = wit.Parse("a.wit", []byte("package a:b; world v {}"), wit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w, err := r.SelectWorld(""); err != nil || w.Name != "v" {
		t.Errorf("the only world: %v, %v", w, err)
	}
}
