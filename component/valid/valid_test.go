package valid

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// tests are components with what validation says about them; no code is a
// valid component. They are checked with all features but those in without.
var tests = []struct {
	src     string
	code    diag.Code
	want    string
	without component.Features
}{
	// features
	{`(type (stream u8))`, CodeFeature, "the type `stream` requires the component model feature cm-async", 1 << component.FeatureAsync},
	{`(type (func async))`, CodeFeature, "cm-async", 1 << component.FeatureAsync},
	{`(type (map u8 u8))`, CodeFeature, "cm-map", 1 << component.FeatureMap},
	{`(type (list u8 4))`, CodeFeature, "cm-fixed-length-lists", 1 << component.FeatureFixedLists},
	{`(type (list error-context))`, CodeFeature, "cm-error-context", 1 << component.FeatureErrorContext},
	{`(import "v" (value u8))`, CodeFeature, "cm-values", 1 << component.FeatureValues},
	{`(import "a" (external-id "x") (func))`, CodeFeature, "cm-attributes", 1 << component.FeatureAttributes},
	{`(import "a:b/c@0.2" (func))`, CodeFeature, "cm-canonical-names", 1 << component.FeatureCanonicalNames},
	{`(import "a:b/c@0.2" (func))`, "", "", 0},
	{`(import "a:b:c/d/e" (func))`, "", "", 0},
	{`(type (resource (rep i64)))`, CodeFeature, "cm-memory64", 1 << component.FeatureMemory64},
	{`(core func (canon thread.index))`, CodeFeature, "cm-threading", 1 << component.FeatureThreading},
	{`(core func (canon subtask.cancel async))`, CodeFeature, "cm-more-async-builtins", 1 << component.FeatureMoreAsync},
	{`(core module $m (func (export "f"))) (core instance $i (instantiate $m))
	  (func async (canon lift (core func $i "f") async))`, CodeFeature, "cm-async-stackful", 1 << component.FeatureStackful},

	// attributes
	{`(import "a:b/c@0.2" (versionsuffix ".1") (func))`, "", "", 0},
	{`(import "a:b/c@0.2" (versionsuffix ".x") (func))`, CodeName, "does not complete the version", 0},
	{`(import "a:b/c@0.2" (versionsuffix "") (func))`, CodeName, "does not complete the version", 0},
	{`(import "a:b/c@0.2.1" (versionsuffix "-x") (func))`, CodeName, "must be canonical", 0},
	{`(import "a:b/c@1" (versionsuffix "2.0.0") (func))`, CodeName, "changes the version", 0},
	{`(import "a" (versionsuffix ".1") (func))`, CodeName, "expected an interface name", 0},

	// types
	{`(type (map f32 u8))`, CodeType, "invalid map key type", 0},
	{`(type (map string u8))`, "", "", 0},
	{`(type (list u8 0))`, CodeType, "at least one element", 0},
	{`(type $r (resource (rep i32))) (type (stream (borrow $r)))`, CodeType, "element cannot contain a `borrow`", 0},
	{`(type $r (resource (rep i32))) (type (future (list (borrow $r))))`, CodeType, "element cannot contain a `borrow`", 0},
	{`(type $r (resource (rep i32))) (type (func (param "a" (borrow $r))))`, "", "", 0},
	{`(core type (module)) (core type (sub final 0 (func)))`, CodeCore, "is a module type", 0},
	{`(core type $t (module)) (core type (module (alias outer 1 $t (type))))`, CodeCore, "cannot alias the module type", 0},

	// values
	{`(value $a u8 1) (export "a" (value $a))`, "", "", 0},
	{`(value $a u8 1)`, CodeValue, "was not used", 0},
	{`(value $a u8 1) (export "a" (value $a)) (export "b" (value $a))`, CodeValue, "more than once", 0},
	{`(import "a" (value $a string)) (import "f" (func $f (param "p" string) (result u8)))
	  (start $f (value $a) (result (value $r))) (export "r" (value $r))`, "", "", 0},
	{`(import "a" (value $a u8)) (import "f" (func $f (param "p" string))) (start $f (value $a))`, CodeMismatch, "expected primitive `string`", 0},
	{`(import "f" (func $f)) (start $f (result (value)))`, CodeValue, "result count of 1", 0},
	{`(component $c (import "a" (value u8))) (import "v" (value $v u8)) (instance (instantiate $c (with "a" (value $v))))`, CodeValue, "value index 0 was not used", 0},

	// canonical definitions
	{`(core func (canon context.get i32 0))`, "", "", 0},
	{`(core func (canon context.get i32 2))`, CodeCanon, "must be less than 2", 0},
	{`(core func (canon context.get f32 0))`, CodeCanon, "needs the type i32 or i64", 0},
	{`(core func (canon context.get i32 0)) (core func (canon context.set i64 1))`, CodeCanon, "must have one type", 0},
	{`(core func (canon task.return (result string)))`, CodeCanon, "`memory` is required", 0},
	{`(core func (canon task.return (result u8) async))`, CodeCanon, "cannot be specified for `canon task.return`", 0},
	{`(type $s (stream u8)) (core func (canon stream.read $s async))`, CodeCanon, "`memory` is required", 0},
	{`(type $s (stream)) (core func (canon stream.read $s async))`, "", "", 0},
	{`(type $s (stream)) (core func (canon future.new $s))`, CodeCanon, "requires a future type", 0},
	{`(core module $m (memory (export "m") 1)) (core instance $i (instantiate $m)) (type $s (stream string))
	  (core func (canon stream.write $s async (memory (core memory $i "m"))))`, "", "", 0},
	{`(core module $m (memory (export "m") 1)) (core instance $i (instantiate $m)) (type $s (stream string))
	  (core func (canon stream.read $s async (memory (core memory $i "m"))))`, CodeCanon, "`realloc` is required", 0},
	{`(core module $m (memory (export "m") 1 1 shared)) (core instance $i (instantiate $m))
	  (core func (canon waitable-set.wait (memory (core memory $i "m"))))`, CodeCanon, "not shared", 0},
	{`(core module $m (memory (export "m") i64 1)) (core instance $i (instantiate $m))
	  (core func $w (canon waitable-set.wait (memory (core memory $i "m"))))
	  (core module $n (import "" "w" (func (param i32 i64) (result i32)))) (core instance (instantiate $n (with "" (instance (export "w" (func $w))))))`, "", "", 0},
	{`(core module $m (func (export "f"))) (core instance $i (instantiate $m))
	  (func (canon lift (core func $i "f") (callback (core func $i "f"))))`, CodeCanon, "`callback` cannot be specified without `async`", 0},
	{`(core type $t (func (param i32))) (core func (canon thread.spawn-ref shared $t))`, CodeCanon, "is not shared", 0},
	{`(core type $t (func)) (core func (canon thread.spawn-ref $t))`, CodeCanon, "start function must have the type", 0},

	// types of components
	{`(import "a" (component $a (import "x" (func)) (export "y" (func))))
	  (component $b (import "c" (component (import "x" (func)) (import "z" (func)))))
	  (instance (instantiate $b (with "c" (component $a))))`, "", "", 0},
	{`(import "a" (component $a (import "x" (func))))
	  (component $b (import "c" (component)))
	  (instance (instantiate $b (with "c" (component $a))))`, CodeMissing, "missing expected import `x`", 0},
	{`(import "a" (component $a (import "t" (type $t (sub resource))) (export "f" (func (param "p" (own $t))))))
	  (component $b (import "c" (component (import "t" (type $t (sub resource))) (import "u" (type $u (sub resource))) (export "f" (func (param "p" (own $u)))))))
	  (instance (instantiate $b (with "c" (component $a))))`, CodeMismatch, "resource types are not the same", 0},
	{`(type $a (instance (export "r" (type (sub resource))))) (type $b (instance (export "r" (type (sub resource)))))
	  (component $c (type $i (instance (export "r" (type (sub resource))))) (import "x" (type (eq $i))))
	  (instance (instantiate $c (with "x" (type $a)))) (instance (instantiate $c (with "x" (type $b))))`, "", "", 0},
	{`(type $a (instance (export "r" (type (sub resource))) (export "f" (func))))
	  (component $c (type $i (instance (export "r" (type (sub resource))))) (import "x" (type (eq $i))))
	  (instance (instantiate $c (with "x" (type $a))))`, CodeMissing, "the other way round", 0},
	{`(type $i (instance (export "r" (type (sub resource)))))
	  (component (alias outer 1 $i (type $i)) (import "i" (instance $x (type $i))) (alias export $x "r" (type $r)) (type $o (own $r))
	    (component (alias outer 1 $o (type))))`, CodeAlias, "transitively refers to resources", 0},
	// A closed type keeps what is free in it when it is opened deeper down.
	{`(type $i (instance (export "r" (type $r (sub resource)))
	    (type $n (instance (export "s" (type (sub resource))) (export "q" (type (eq $r))))) (export "c" (type (eq $n)))))
	  (component (component (component (alias outer 3 $i (type $i)) (import "i" (instance $x (type $i)))
	    (alias export $x "c" (type $t)) (component (alias outer 1 $t (type))))))`, CodeAlias, "transitively refers to resources", 0},
	{`(component $c (type $r (resource (rep i32))) (export "r" (type $r)))
	  (instance $a (instantiate $c)) (type $t (own (type $a "r"))) (component (alias outer 1 $t (type)))`, CodeAlias, "transitively refers to resources", 0},
}

func TestComponents(t *testing.T) {
	for _, tt := range tests {
		info, err := Component(parseText(t, tt.src), component.AllFeatures&^tt.without, wasm.AllFeatures)
		e, _ := err.(*diag.Error)
		switch {
		case tt.code == "" && err != nil:
			t.Errorf("%s\n\tgot %v, want it to be valid", tt.src, err)
		case tt.code == "":
			checkInfo(t, parseText(t, tt.src), info)
		case e == nil || e.Code != tt.code || !strings.Contains(e.Msg, tt.want):
			t.Errorf("%s\n\tgot %v, want %s: %q", tt.src, err, tt.code, tt.want)
		case !e.At.Valid:
			t.Errorf("%s\n\t%v: no position", tt.src, err)
		}
	}
}

// TestDefinitions is about what the text and binary formats do not let through.
func TestDefinitions(t *testing.T) {
	for _, tt := range []struct {
		def  component.Definition
		want string
	}{
		{typeDef(&component.InstanceType{Decls: []component.Decl{&component.Import{Name: externName("a"), Type: component.ExternType{Sort: component.SortComponent}}}}), "cannot have imports"},
		{typeDef(nil), "unknown type definition"},
		{typeDef(&component.OptionType{}), "a value type is missing"},
		{typeDef(&component.PrimType{Prim: 3}), "unknown primitive type"},
		{typeDef(&component.ResourceType{Rep: wasm.F32}), "represented by i32 or i64"},
		{&component.Alias{Kind: 9}, "unknown kind 9 of alias"},
		{&component.Alias{Kind: component.AliasOuter, Sort: component.SortFunc}, "outer aliases may only refer to"},
		{&component.Canon{Op: 0x3f}, "unknown canonical definition"},
		{&component.Canon{Op: component.CanonTaskReturn, Opts: []component.CanonOpt{{Kind: 77}}}, "unknown canonical option"},
		{&component.CoreModule{}, "core module 0 is missing"},
		{&component.CoreInstance{Inline: true, Exports: []component.CoreInlineExport{{Item: component.SortIdx{Sort: component.SortCoreModule}}}}, "cannot be exported from a core instance"},
		{&component.Export{Name: externName("a"), Item: component.SortIdx{Sort: component.SortCoreFunc}}, "cannot be exported from a component"},
		{&component.Import{Name: externName("a"), Type: component.ExternType{Sort: component.SortCoreFunc}}, "cannot be imported or exported"},
		{&component.Import{Name: component.ExternName{Name: "a", Attrs: []component.Attribute{{Kind: 7}}}, Type: component.ExternType{Sort: component.SortType, Bound: component.BoundSubResource}}, "unknown attribute 7"},
		{&component.Value{Type: component.Prim(0x7d)}, "malformed encoding of a value of type u8"},
	} {
		c := &component.Component{Defs: []component.Definition{tt.def}}
		if _, err := Component(c, component.AllFeatures, wasm.AllFeatures); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%T: got %v, want %q", tt.def, err, tt.want)
		}
	}
}

// TestValues checks encodings of values.
func TestValues(t *testing.T) {
	for _, tt := range []struct {
		typ   string
		bytes string
		ok    bool
	}{
		{"bool", "\x01", true}, {"bool", "\x02", false}, {"u8", "\xff", true}, {"s8", "\xff", true}, {"u8", "", false}, {"u8", "\x00\x00", false},
		{"u16", "\xff\xff\x03", true}, {"u16", "\x80\x80\x04", false}, {"s16", "\x80\x80\x7e", true}, {"s16", "\xff\xff\x7d", false}, {"s16", "\x80\x80\x02", false},
		{"u64", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", true}, {"u64", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", false},
		{"s64", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", true}, {"s64", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", false},
		{"s32", "\x80\x80\x80\x80\x78", true}, {"s32", "\x80\x80\x80\x80\x70", false},
		{"f32", "\x00\x00\xc0\x7f", true}, {"f32", "\x01\x00\xc0\x7f", false}, {"f64", "\x00\x00\x00\x00\x00\x00\xf8\x7f", true}, {"f64", "\x00", false},
		{"char", "\u2603", true}, {"char", "\xff", false}, {"char", "\xed\xa0\x80", false}, {"string", "\x02hi", true}, {"string", "\x02h", false}, {"string", "\x01\xff", false},
		{"(list u8)", "\x02\x00\x01", true}, {"(list u8)", "\xff\xff\xff\xff\x0f", false}, {"(tuple u8 bool)", "\x09\x01", true}, {"(tuple u8 bool)", "\x09", false},
		{"(option u8)", "\x00", true}, {"(option u8)", "\x01\x05", true}, {"(option u8)", "\x02", false}, {"(result u8)", "\x01", true}, {"(result u8)", "\x00", false},
		{"(flags \"a\" \"b\")", "\x03", true}, {"(flags \"a\" \"b\")", "\x04", false}, {"(enum \"a\")", "\x01", false}, {"(variant (case \"a\" u8) (case \"b\"))", "\x01", true},
		{"(map u8 bool)", "\x01\x07\x01", true}, {"(list u8 2)", "\x07\x01", true}, {"(stream u8)", "\x00", false},
	} {
		c := parseText(t, "(type "+tt.typ+") (export \"v\" (value 0))")
		v := &component.Value{Type: component.Index(0), Bytes: []byte(tt.bytes)}
		c.Defs = []component.Definition{c.Defs[0], v, c.Defs[len(c.Defs)-1]}
		if tt.typ[1] == 'e' || tt.typ[1] == 'f' || tt.typ[1] == 'v' {
			// These need a name outside.
			c.Defs = c.Defs[:2]
			c.Defs = append(c.Defs, &component.Import{Name: externName("c"), Type: component.ExternType{Sort: component.SortType, Bound: component.BoundSubResource}})
		}
		_, err := Component(c, component.AllFeatures, wasm.AllFeatures)
		if err != nil && strings.Contains(err.Error(), "was not used") {
			err = nil
		}
		if (err == nil) != tt.ok {
			t.Errorf("%s %q: %v", tt.typ, tt.bytes, err)
		}
	}
}

// TestGuests checks that components that compilers made are valid with the
// features that have been released.
func TestGuests(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.wasm")
	if err != nil || len(files) == 0 {
		t.Fatal("no guests", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := binary.Decode(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		info, err := Component(c, component.Released, wasm.Standard)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		checkInfo(t, c, info)
		if len(info.Imports) == 0 || len(info.Exports) == 0 {
			t.Errorf("%s: %d imports and %d exports", file, len(info.Imports), len(info.Exports))
		}
	}
}
