// Package valid validates core modules (chapter "Validation" of the
// WebAssembly specification 3.0, with the proposals "threads",
// "wide-arithmetic" and "custom-page-sizes" and legacy exception handling).
//
// [Module] checks a whole module. Function bodies are read instruction by
// instruction, without building anything, and on several goroutines when there
// is much code. Time and memory are linear in the size of the module; the
// factor is bounded by the limits of package binary on types, chiefly the
// number of parameters and results, and by limits of this package on the
// height of the operand stack and on comparisons of types ([CodeLimit]), which
// are far beyond what compilers make.
//
// [Types] puts the types of several modules in one space and decides whether
// they match, for linking.
package valid

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// env is the context of a module, which all its expressions share. Everything
// in it is canonical. It is complete before the first function body is looked
// at, and does not change from then on.
type env struct {
	m        *wasm.Module
	features wasm.Features
	class    *[wasm.NumOpcodes]class
	types    *Types
	ids      []TypeID // of the type index space

	funcs   []TypeID
	tables  []wasm.TableType
	mems    []wasm.MemoryType
	globals []wasm.GlobalType
	tags    []TypeID
	elems   []wasm.ValType // types of the element segments

	importedGlobals int
	refs            []uint64 // a bit for each function that ref.func may name
}

// Module checks that a module is valid, and needs no feature outside of
// features (MVP is always among them). Errors are *diag.Error with the offset
// in the binary where one is known; those of malformed function bodies have
// codes of package binary. When several things are wrong, the error is always
// the same one.
//
// It does not change m, and is safe for concurrent use.
func Module(m *wasm.Module, features wasm.Features) error {
	bodies, err := Head(m, features)
	if err != nil {
		return err
	}
	return bodies()
}

// Head is Module without function bodies, which are most of a module and which
// the function bodies checks. It may be called once.
func Head(m *wasm.Module, features wasm.Features) (bodies func() error, err error) {
	features = features.With(wasm.FeatureMVP)
	e := &env{m: m, features: features, class: classesFor(features), types: NewTypes()}
	if err := e.head(); err != nil {
		return nil, err
	}
	return func() error {
		if err := e.bodies(); err != nil {
			return err
		}
		return nil
	}, nil
}

// head runs the checks in the order of the sections.
func (e *env) head() *diag.Error {
	steps := [...]func(*env) *diag.Error{
		(*env).typeDefs, (*env).imports, (*env).funcTypes, (*env).tableTypes, (*env).memories,
		(*env).tagTypes, (*env).definitions, (*env).exports, (*env).start,
	}
	for _, step := range steps {
		if err := step(e); err != nil {
			return err
		}
	}
	return nil
}

// place gives an error without a position that of a section, and adds to the
// message what it is about.
func (e *env) place(err error, id wasm.SectionID, format string, args ...any) *diag.Error {
	d := asError(err)
	if !d.At.Valid {
		if s, ok := e.m.Section(id); ok {
			d.At = diag.Offset(s.Offset)
		}
	}
	return about(d, format, args...)
}

func (e *env) typeDefs() *diag.Error {
	if err := e.allowDefs(); err != nil {
		return e.place(err, wasm.SectionType, "")
	}
	ids, err := e.types.AddModule(e.m)
	if err != nil {
		return e.place(err, wasm.SectionType, "")
	}
	e.ids = ids
	return nil
}

func (e *env) imports() *diag.Error {
	for i := range e.m.Imports {
		imp := &e.m.Imports[i]
		err := e.allowExtern(&imp.Type)
		var t ExternType
		if err == nil {
			t, err = e.types.Extern(imp.Type, e.ids)
		}
		if err == nil && imp.Type.Kind == wasm.ExternGlobal {
			err = e.allowMutable(imp.Type.Global)
		}
		if err != nil {
			return e.place(err, wasm.SectionImport, ", in import %d %q %q", i, imp.Module, imp.Name)
		}
		e.add(&t)
	}
	e.importedGlobals = len(e.globals)
	return nil
}

// add puts something into its index space.
func (e *env) add(t *ExternType) {
	switch t.Kind {
	case wasm.ExternFunc:
		e.funcs = append(e.funcs, t.Type)
	case wasm.ExternTable:
		e.tables = append(e.tables, t.Table)
	case wasm.ExternMemory:
		e.mems = append(e.mems, t.Memory)
	case wasm.ExternGlobal:
		e.globals = append(e.globals, t.Global)
	case wasm.ExternTag:
		e.tags = append(e.tags, t.Type)
	}
}

// define checks the type of a definition and puts it into its index space.
func (e *env) define(t *wasm.ExternType) error {
	if err := e.allowExtern(t); err != nil {
		return err
	}
	x, err := e.types.Extern(*t, e.ids)
	if err != nil {
		return err
	}
	e.add(&x)
	return nil
}

func (e *env) funcTypes() *diag.Error {
	for i := range e.m.Funcs {
		x := e.m.Funcs[i].TypeIndex
		if _, err := e.types.funcAt(x, e.ids); err != nil {
			return e.place(err, wasm.SectionFunc, "%s", e.inFunc(len(e.funcs)))
		}
		e.funcs = append(e.funcs, e.ids[x])
	}
	e.refs = make([]uint64, (len(e.funcs)+63)/64)
	return nil
}

func (e *env) tableTypes() *diag.Error {
	for i := range e.m.Tables {
		t := wasm.ExternType{Kind: wasm.ExternTable, Table: e.m.Tables[i].Type}
		if err := e.define(&t); err != nil {
			return e.place(err, wasm.SectionTable, ", in table %d", len(e.tables))
		}
	}
	return nil
}

func (e *env) memories() *diag.Error {
	for i := range e.m.Memories {
		t := wasm.ExternType{Kind: wasm.ExternMemory, Memory: e.m.Memories[i]}
		if err := e.define(&t); err != nil {
			return e.place(err, wasm.SectionMemory, ", in memory %d", len(e.mems))
		}
	}
	if err := e.allowSpaces(); err != nil {
		return e.place(err, wasm.SectionMemory, "")
	}
	return nil
}

func (e *env) tagTypes() *diag.Error {
	for i := range e.m.Tags {
		t := wasm.ExternType{Kind: wasm.ExternTag, TypeIndex: e.m.Tags[i].TypeIndex}
		if err := e.define(&t); err != nil {
			return e.place(err, wasm.SectionTag, ", in tag %d", len(e.tags))
		}
	}
	return nil
}

// exports checks the indices and the names of the exports.
func (e *env) exports() *diag.Error {
	seen := make(map[string]struct{}, len(e.m.Exports))
	for i := range e.m.Exports {
		x := &e.m.Exports[i]
		if err := e.export(x); err != nil {
			return e.place(err, wasm.SectionExport, ", in export %d %q", i, x.Name)
		}
		if _, ok := seen[x.Name]; ok {
			err := diag.Errorf(CodeExport, diag.Pos{}, "duplicate export name %q", x.Name)
			return e.place(err, wasm.SectionExport, ", in export %d", i)
		}
		seen[x.Name] = struct{}{}
	}
	return nil
}

func (e *env) export(x *wasm.Export) error {
	n := 0
	switch x.Kind {
	case wasm.ExternFunc:
		n = len(e.funcs)
	case wasm.ExternTable:
		n = len(e.tables)
	case wasm.ExternMemory:
		n = len(e.mems)
	case wasm.ExternGlobal:
		n = len(e.globals)
	case wasm.ExternTag:
		n = len(e.tags)
	default:
		return diag.Errorf(CodeType, diag.Pos{}, "unknown kind %d of export", x.Kind)
	}
	if uint64(x.Index) >= uint64(n) {
		return diag.Errorf(unknownCode(x.Kind), diag.Pos{}, "unknown %s %d: there are %d", spaceName(x.Kind), x.Index, n)
	}
	switch x.Kind {
	case wasm.ExternFunc:
		e.declare(x.Index)
	case wasm.ExternGlobal:
		return e.allowMutable(e.globals[x.Index])
	}
	return nil
}

func (e *env) start() *diag.Error {
	if e.m.Start == nil {
		return nil
	}
	x := *e.m.Start
	if uint64(x) >= uint64(len(e.funcs)) {
		err := diag.Errorf(CodeUnknownFunc, diag.Pos{}, "unknown function %d: the module has %d functions", x, len(e.funcs))
		return e.place(err, wasm.SectionStart, ", in the start section")
	}
	if f := e.types.Func(e.funcs[x]); len(f.Params)+len(f.Results) > 0 {
		err := diag.Errorf(CodeStart, diag.Pos{}, "start function must have no parameters and results, but its type is %q", f)
		return e.place(err, wasm.SectionStart, "%s", e.inFunc(int(x)))
	}
	return nil
}

// declare notes that ref.func may name a function.
func (e *env) declare(x uint32) { e.refs[x/64] |= 1 << (x % 64) }

// declared tells whether ref.func may name a function.
func (e *env) declared(x uint32) bool { return e.refs[x/64]>>(x%64)&1 != 0 }

// dataCounted checks that the number of data segments is known before the
// bodies, as the binary format demands for instructions that name one.
func (c *checker) dataCounted() bool {
	if c.m.DataCount == nil && len(c.m.Sections) > 0 {
		c.fail(binary.CodeCount, "data count section required: %s refers to a data segment", c.in.Op)
		return false
	}
	return true
}
