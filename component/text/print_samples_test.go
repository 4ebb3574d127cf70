// This file makes components for the tests of the printer.

package text

import (
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
	corebinary "github.com/dray-wasm/dray/wasm/binary"
)

// A printSample is a component with the name of its golden.
type printSample struct {
	name string
	c    *component.Component
}

func printSamples(t testing.TB) []printSample {
	return []printSample{
		{"empty", &component.Component{}},
		{"types", &component.Component{Defs: sampleTypes()}},
		{"coretypes", &component.Component{Defs: sampleCoreTypes()}},
		{"canons", &component.Component{Defs: sampleCanons()}},
		{"definitions", &component.Component{Defs: sampleDefinitions()}},
		{"names", sampleNames(t, "outer", sampleNamed(t))},
		{"names-raw", sampleNames(t, "", sampleMisnamed(t))},
		{"escapes", sampleEscapes(t)},
	}
}

func typeDef(t component.DefType) *component.TypeDef { return &component.TypeDef{Type: t} }

func plain(name string) component.ExternName { return component.ExternName{Name: name} }

func sampleTypes() []component.Definition {
	str, u8 := component.Prim(valtype.String), component.Prim(valtype.U8)
	field := func(label string, t component.ValType) component.LabelType {
		return component.LabelType{Label: label, Type: t}
	}
	var defs []component.Definition
	for p := valtype.ErrorContext; p <= valtype.Bool; p++ {
		if p.Valid() {
			defs = append(defs, typeDef(&component.PrimType{Prim: p}))
		}
	}
	for _, t := range []component.DefType{
		&component.RecordType{Fields: []component.LabelType{field("a", str), field("b-c", component.Index(3))}},
		&component.VariantType{Cases: []component.LabelType{field("a", 0), field("b", u8)}},
		&component.ListType{Elem: u8},
		&component.ListType{Elem: component.Index(2), Fixed: true, Len: 7},
		&component.TupleType{Types: []component.ValType{str, component.Index(0)}},
		&component.FlagsType{Labels: []string{"a", "b"}},
		&component.EnumType{Labels: []string{"a", "b"}},
		&component.OptionType{Type: str},
		&component.ResultType{}, &component.ResultType{OK: str}, &component.ResultType{Err: u8}, &component.ResultType{OK: str, Err: u8},
		&component.MapType{Key: str, Value: u8},
		&component.ResourceType{Rep: wasm.I32}, &component.ResourceType{Rep: wasm.I64, HasDtor: true, Dtor: 2},
		&component.OwnType{Resource: 27}, &component.BorrowType{Resource: 28},
		&component.StreamType{}, &component.StreamType{Elem: u8}, &component.FutureType{}, &component.FutureType{Elem: str},
		&component.FuncType{}, &component.FuncType{Async: true, Params: []component.LabelType{field("p", str), field("q", u8)}, Result: component.Index(14)},
		&component.RecordType{}, &component.VariantType{}, &component.TupleType{}, &component.FlagsType{}, &component.EnumType{},
		&component.ComponentType{}, &component.InstanceType{},
		&component.ComponentType{Decls: sampleDecls()},
	} {
		defs = append(defs, typeDef(t))
	}
	return defs
}

func sampleDecls() []component.Decl {
	return []component.Decl{
		&component.CoreType{Types: []wasm.SubType{{}}},
		&component.CoreType{Rec: true, Types: []wasm.SubType{{Open: true}}},
		&component.TypeDef{Type: &component.FuncType{}},
		&component.Alias{Kind: component.AliasOuter, Sort: component.SortType, Outer: 1, Index: 3},
		&component.Import{Name: plain("f"), Type: component.ExternType{Sort: component.SortFunc}},
		&component.TypeDef{Type: &component.InstanceType{Decls: []component.Decl{
			&component.Alias{Kind: component.AliasOuter, Sort: component.SortType, Outer: 2, Index: 3},
			&component.ExportDecl{Name: plain("t"), Type: component.ExternType{Sort: component.SortType, Bound: component.BoundEq}},
		}}},
		&component.Import{Name: plain("i"), Type: component.ExternType{Sort: component.SortInstance, Index: 2}},
		&component.Alias{Kind: component.AliasExport, Sort: component.SortType, Name: "t"},
		&component.ExportDecl{Name: plain("r"), Type: component.ExternType{Sort: component.SortType, Bound: component.BoundSubResource}},
	}
}

func sampleCoreTypes() []component.Definition {
	ref := wasm.Ref(true, wasm.HeapIndex(1))
	self := wasm.CompType{Kind: wasm.CompStruct, Fields: []wasm.FieldType{{Storage: ref, Mutable: true}, {Storage: wasm.I8}}}
	return []component.Definition{
		&component.CoreType{Types: []wasm.SubType{{Comp: wasm.CompType{Func: wasm.FuncType{Params: []wasm.ValType{wasm.I32, wasm.FuncRef}}}}}},
		&component.CoreType{Types: []wasm.SubType{{Comp: self}}},
		&component.CoreType{Types: []wasm.SubType{{Open: true, Comp: self}}},
		&component.CoreType{Types: []wasm.SubType{{Supers: []uint32{2}, Comp: self}}},
		&component.CoreType{Rec: true, Types: []wasm.SubType{{Open: true}, {Supers: []uint32{4}}}},
		&component.CoreType{Rec: true, Types: []wasm.SubType{}},
		&component.CoreType{Module: &component.ModuleType{}},
		&component.CoreType{Module: &component.ModuleType{Decls: []component.ModuleDecl{
			&component.CoreType{Types: []wasm.SubType{{}}},
			&component.CoreAlias{Outer: 1},
			&component.CoreType{Rec: true, Types: []wasm.SubType{{}, {}}},
			&component.CoreImport{Import: wasm.Import{Module: "a", Name: "f", Type: wasm.ExternType{TypeIndex: 1}}},
			&component.CoreImport{Import: wasm.Import{Module: "a", Name: "g", Type: wasm.ExternType{Kind: wasm.ExternGlobal, Global: wasm.GlobalType{Type: wasm.I64, Mutable: true}}}},
			&component.CoreExportDecl{Name: "m", Type: wasm.ExternType{Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true}}}},
			&component.CoreExportDecl{Name: "t", Type: wasm.ExternType{Kind: wasm.ExternTable, Table: wasm.TableType{Elem: wasm.FuncRef}}},
			&component.CoreExportDecl{Name: "e", Type: wasm.ExternType{Kind: wasm.ExternTag}},
		}}},
	}
}

// sampleCanons has every canonical definition, once bare and once with all that
// it can have.
func sampleCanons() []component.Definition {
	var defs []component.Definition
	var all []component.CanonOpt
	for k := range component.NumCanonOpts {
		o := component.CanonOpt{Kind: k}
		if k.HasIndex() {
			o.Index = uint32(k)
		}
		all = append(all, o)
	}
	for op := range component.CanonOp(0xff) {
		info := op.Info()
		if info == nil {
			continue
		}
		bare, full := &component.Canon{Op: op}, &component.Canon{Op: op}
		for _, imm := range info.Imms {
			switch imm {
			case component.CanonImmCoreFunc, component.CanonImmFunc:
				full.Func = 3
			case component.CanonImmType, component.CanonImmCoreType:
				full.Type = 4
			case component.CanonImmTable:
				full.Table = 5
			case component.CanonImmMemory:
				full.Memory = 6
			case component.CanonImmAsync:
				full.Async = true
			case component.CanonImmCancellable:
				full.Cancellable = true
			case component.CanonImmShared:
				full.Shared = true
			case component.CanonImmResult:
				full.Result = component.Index(7)
			case component.CanonImmSlot:
				full.Slot, full.SlotType, bare.SlotType = 1, wasm.I64, wasm.I32
			case component.CanonImmOpts:
				full.Opts = all
			}
		}
		defs = append(defs, bare, full)
	}
	return defs
}

func sampleDefinitions() []component.Definition {
	idx := func(s component.Sort, x uint32) component.SortIdx { return component.SortIdx{Sort: s, Index: x} }
	attrs := []component.Attribute{{Kind: component.Implements, Value: "a:b/c"}, {Kind: component.VersionSuffix, Value: ".1"}, {Kind: component.ExternalID, Value: "x y"}}
	str := component.Prim(valtype.String)
	defs := []component.Definition{
		&component.CoreModule{Module: &wasm.Module{Types: []wasm.SubType{{}}, Exports: []wasm.Export{{Name: "f"}}, Funcs: []wasm.Func{{Body: wasm.Body{Code: []byte{0x01, 0x0b}}}}}},
		&component.CoreInstance{},
		&component.CoreInstance{Args: []component.CoreArg{{Name: "a"}, {Name: "b", Instance: 1}}},
		&component.CoreInstance{Inline: true},
	}
	inline := &component.CoreInstance{Inline: true}
	for s := component.SortCoreFunc; s < component.NumSorts; s++ {
		inline.Exports = append(inline.Exports, component.CoreInlineExport{Name: s.Keyword(), Item: idx(s, 1)})
	}
	defs = append(defs, inline,
		&component.Component{Defs: []component.Definition{
			&component.Component{},
			&component.Alias{Kind: component.AliasOuter, Sort: component.SortCoreModule, Outer: 1},
			&component.Custom{Name: "inner", Data: []byte("x")},
		}},
		&component.Instance{},
		&component.Instance{Inline: true})
	args := &component.Instance{}
	exports := &component.Instance{Inline: true}
	for s := range component.NumSorts {
		if s.Core() && s != component.SortCoreModule {
			continue
		}
		args.Args = append(args.Args, component.Arg{Name: s.String(), Item: idx(s, 2)})
		exports.Exports = append(exports.Exports, component.InlineExport{Name: plain(s.Keyword()), Item: idx(s, 3)})
		defs = append(defs,
			&component.Alias{Sort: s, Instance: 1, Name: s.Keyword()},
			&component.Export{Name: plain(s.Keyword()), Item: idx(s, 0)})
	}
	defs = append(defs, args, exports)
	for s := component.SortCoreFunc; s <= component.SortCoreTag; s++ {
		defs = append(defs, &component.Alias{Kind: component.AliasCoreExport, Sort: s, Instance: 1, Name: s.Keyword()})
	}
	for _, t := range []component.ExternType{
		{Sort: component.SortFunc, Index: 1}, {Sort: component.SortInstance, Index: 1}, {Sort: component.SortComponent, Index: 1},
		{Sort: component.SortCoreModule, Index: 1}, {Sort: component.SortType, Bound: component.BoundEq, Index: 1},
		{Sort: component.SortType, Bound: component.BoundSubResource}, {Sort: component.SortValue, Bound: component.BoundEq, Index: 1},
		{Sort: component.SortValue, Bound: component.BoundType, Value: str},
	} {
		defs = append(defs,
			&component.Import{Name: component.ExternName{Name: "i", Attrs: attrs[:1]}, Type: t},
			&component.Export{Name: component.ExternName{Name: "e", Attrs: attrs}, Item: idx(t.Sort, 5), Type: &t})
	}
	return append(defs,
		&component.Start{Func: 1, Args: []uint32{2, 3}, Results: 2},
		&component.Start{},
		&component.Value{Type: str, Bytes: []byte("\x02\"\xff")},
		&component.Value{Type: component.Index(1)},
		&component.Custom{Name: "none"},
		&component.Custom{Name: "long", Data: []byte(strings.Repeat("0123456789\n", 15))})
}

// sampleNames adds a name section to a component.
func sampleNames(t testing.TB, name string, c *component.Component) *component.Component {
	names := &component.Names{Component: name, HasComponent: true, Sorts: map[component.Sort]wasm.NameMap{
		component.SortCoreModule:   {{Index: 0, Name: "m"}},
		component.SortCoreInstance: {{Index: 0, Name: "main"}},
		component.SortCoreFunc:     {{Index: 0, Name: "f"}, {Index: 1, Name: "f"}, {Index: 2, Name: "a b"}},
		component.SortCoreType:     {{Index: 1, Name: "t"}, {Index: 2, Name: "u"}},
		component.SortType:         {{Index: 0, Name: "ft"}, {Index: 1, Name: ""}},
		component.SortComponent:    {{Index: 0, Name: "inner"}},
		component.SortFunc:         {{Index: 0, Name: "f"}, {Index: 1, Name: "e"}},
		component.SortValue:        {{Index: 1, Name: "v"}},
	}}
	data, err := binary.EncodeNames(names)
	if err != nil {
		t.Fatal(err)
	}
	c.Defs = append(c.Defs, &component.Custom{Name: namesSection, Data: data})
	return c
}

// moduleNamed is an empty module with a name.
func moduleNamed(t testing.TB, name string) *component.CoreModule {
	data, err := corebinary.EncodeNames(&wasm.Names{Module: name, HasModule: true})
	if err != nil {
		t.Fatal(err)
	}
	return &component.CoreModule{Module: &wasm.Module{Customs: []wasm.Custom{{Name: "name", Data: data}}}}
}

// sectionOf is a name section.
func sectionOf(t testing.TB, names *component.Names) *component.Custom {
	data, err := binary.EncodeNames(names)
	if err != nil {
		t.Fatal(err)
	}
	return &component.Custom{Name: namesSection, Data: data}
}

// componentNamed is an empty component with a name.
func componentNamed(t testing.TB, name string) *component.Component {
	section := sectionOf(t, &component.Names{Component: name, HasComponent: true})
	return &component.Component{Defs: []component.Definition{section}}
}

// sampleNamed has a definition for each of the names.
func sampleNamed(t testing.TB) *component.Component {
	return &component.Component{Defs: []component.Definition{
		moduleNamed(t, "m"),
		&component.CoreInstance{},
		&component.CoreType{Types: []wasm.SubType{{}}},
		&component.CoreType{Rec: true, Types: []wasm.SubType{{Open: true}, {Supers: []uint32{1}}}},
		&component.Alias{Kind: component.AliasCoreExport, Sort: component.SortCoreFunc, Name: "f"},
		typeDef(&component.FuncType{}),
		typeDef(&component.ListType{Elem: component.Index(1)}),
		&component.Canon{Op: component.CanonLift},
		&component.Canon{Op: component.CanonLower},
		&component.Canon{Op: component.CanonThreadSpawnRef, Type: 1},
		componentNamed(t, "inner"),
		&component.Export{Name: plain("e"), Item: component.SortIdx{Sort: component.SortFunc}},
		&component.Import{Name: plain("v"), Type: component.ExternType{Sort: component.SortValue, Bound: component.BoundType, Value: component.Index(1)}},
		&component.Start{Func: 1, Results: 1},
	}}
}

// sampleMisnamed has core modules and components whose own names are others
// than those that the component gives them.
func sampleMisnamed(t testing.TB) *component.Component {
	c := sampleNamed(t)
	c.Defs[0] = &component.CoreModule{Module: &wasm.Module{}}
	c.Defs = append(c.Defs, &component.CoreInstance{}, moduleNamed(t, "other"), &component.Component{}, &component.Instance{Component: 0})
	c.Defs[10] = &component.Component{}
	return c
}

// sampleEscapes has names that need quotes.
func sampleEscapes(t testing.TB) *component.Component {
	c := &component.Component{Defs: []component.Definition{
		typeDef(&component.EnumType{Labels: []string{"", "\x1b[31m", "é\u202e\"\\"}}),
		&component.Import{Name: plain("\x00\n"), Type: component.ExternType{Sort: component.SortType, Bound: component.BoundSubResource}},
		typeDef(&component.OwnType{Resource: 1}),
		&component.Custom{Name: "\x7f", Data: []byte("\x1b\"\\\x00é~")},
	}}
	data, err := binary.EncodeNames(&component.Names{Component: "", HasComponent: true, Sorts: map[component.Sort]wasm.NameMap{
		component.SortType: {{Index: 0, Name: "\x1b;)\n"}, {Index: 1, Name: strings.Repeat("long ", 50)}, {Index: 2, Name: "\u00a0(;"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	c.Defs = append(c.Defs, &component.Custom{Name: namesSection, Data: data})
	return c
}
