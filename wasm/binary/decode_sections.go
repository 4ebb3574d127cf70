// This file reads the contents of the sections (Binary Format, section
// "Modules").

package binary

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// elements reads the element count of a section and records its width.
func (d *decoder) elements(what string, limit int) int {
	start := d.Pos
	n := d.Count(what, limit)
	d.m.Sections[len(d.m.Sections)-1].CountLen = uint8(d.Pos - start)
	return n
}

func (d *decoder) types() {
	n := d.elements("number of types", MaxRecGroups)
	d.m.Types = make([]wasm.SubType, 0, d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		if c, ok := d.Peek(); ok && c == 0x4e {
			d.recGroup()
			continue
		}
		if len(d.m.Types) == MaxTypes {
			d.FailAt(d.Pos, CodeLimit, "the module has more than %d types", MaxTypes)
		}
		d.m.Types = append(d.m.Types, d.subType())
	}
}

func (d *decoder) recGroup() {
	start := d.Pos
	d.Pos++
	n := d.Count("number of types in a recursion group", MaxTypes)
	if len(d.m.Types)+n > MaxTypes {
		d.FailAt(start, CodeLimit, "the module has more than %d types", MaxTypes)
		return
	}
	d.m.RecGroups = append(d.m.RecGroups, wasm.RecGroup{First: uint32(len(d.m.Types)), Count: uint32(n)})
	for i := 0; i < n && d.Err == nil; i++ {
		d.m.Types = append(d.m.Types, d.subType())
	}
}

func (d *decoder) imports() {
	n := d.elements("number of imports", MaxImports)
	d.m.Imports = make([]wasm.Import, 0, d.Room(n, 4))
	for i := 0; i < n && d.Err == nil; i++ {
		var imp wasm.Import
		imp.Module = d.Name("module name of an import")
		imp.Name = d.Name("name of an import")
		imp.Type = d.externType()
		d.m.Imports = append(d.m.Imports, imp)
	}
}

func (d *decoder) funcTypes() {
	n := d.elements("number of functions", MaxFuncs)
	d.funcs = n
	d.m.Funcs = make([]wasm.Func, n)
	for i := 0; i < n && d.Err == nil; i++ {
		d.m.Funcs[i].TypeIndex = d.U32("type index of a function")
	}
}

func (d *decoder) tables() {
	n := d.elements("number of tables", MaxTables)
	d.m.Tables = make([]wasm.Table, 0, d.Room(n, 3))
	for i := 0; i < n && d.Err == nil; i++ {
		d.m.Tables = append(d.m.Tables, d.table())
	}
}

func (d *decoder) table() (t wasm.Table) {
	if c, ok := d.Peek(); !ok || c != 0x40 {
		t.Type = d.tableType()
		return t
	}
	d.Pos++
	if c := d.Byte("a zero byte"); c != 0 {
		d.FailAt(d.Pos-1, CodeType, "zero byte expected after 0x40 of a table: found %#02x", c)
	}
	t.Type = d.tableType()
	t.Init = d.constExpr()
	return t
}

func (d *decoder) memories() {
	n := d.elements("number of memories", MaxMemories)
	d.m.Memories = make([]wasm.MemoryType, 0, d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		d.m.Memories = append(d.m.Memories, d.memoryType())
	}
}

func (d *decoder) tags() {
	n := d.elements("number of tags", MaxTags)
	d.m.Tags = make([]wasm.TagType, 0, d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		d.m.Tags = append(d.m.Tags, d.tagType())
	}
}

func (d *decoder) globals() {
	n := d.elements("number of globals", MaxGlobals)
	d.m.Globals = make([]wasm.Global, 0, d.Room(n, 3))
	for i := 0; i < n && d.Err == nil; i++ {
		t := d.globalType()
		d.m.Globals = append(d.m.Globals, wasm.Global{Type: t, Init: d.constExpr()})
	}
}

func (d *decoder) exports() {
	n := d.elements("number of exports", MaxExports)
	d.m.Exports = make([]wasm.Export, 0, d.Room(n, 3))
	for i := 0; i < n && d.Err == nil; i++ {
		var e wasm.Export
		e.Name = d.Name("name of an export")
		start := d.Pos
		e.Kind = wasm.ExternKind(d.Byte("export kind"))
		if e.Kind > wasm.ExternTag {
			d.FailAt(start, CodeType, "malformed export kind %#02x", byte(e.Kind))
		}
		e.Index = d.U32("index of an export")
		d.m.Exports = append(d.m.Exports, e)
	}
}

// constExpr finds the end of a constant expression; its instructions are
// checked for form only.
func (d *decoder) constExpr() wasm.ConstExpr {
	if d.Err != nil {
		return wasm.ConstExpr{}
	}
	start := d.Pos
	d.instrs.Reset(d.Data[start:], d.Base+int64(start))
	for !d.instrs.done {
		if err := d.instrs.Next(&d.in); err != nil {
			d.Err = err
			return wasm.ConstExpr{}
		}
	}
	d.Pos += d.instrs.r.Pos
	return wasm.ConstExpr{Code: d.Data[start:d.Pos:d.Pos], Offset: d.Base + int64(start)}
}

func (d *decoder) elems() {
	n := d.elements("number of element segments", MaxElems)
	d.m.Elems = make([]wasm.ElemSegment, 0, d.Room(n, 3))
	for i := 0; i < n && d.Err == nil; i++ {
		d.m.Elems = append(d.m.Elems, d.elem())
	}
}

// elem reads an element segment. Its leading number is a bit field: bit 0
// passive or declarative, bit 1 declarative or with an explicit table, bit 2
// expressions.
func (d *decoder) elem() (e wasm.ElemSegment) {
	start := d.Pos
	flags := d.U32("kind of an element segment")
	if flags > 7 {
		d.FailAt(start, CodeSegment, "malformed elements segment kind %d", flags)
		return e
	}
	e.UseExprs = flags&4 != 0
	typed := flags&3 != 0
	switch {
	case flags&1 == 0:
		if flags&2 != 0 {
			e.Table = d.U32("table index of an element segment")
			e.Explicit = e.Table == 0
		}
		e.Offset = d.constExpr()
	case flags&2 == 0:
		e.Mode = wasm.SegmentPassive
	default:
		e.Mode = wasm.SegmentDeclarative
	}
	if e.UseExprs {
		e.Type = wasm.FuncRef
		if typed {
			e.Type = d.refType()
			e.Explicit = e.Explicit && e.Type == wasm.FuncRef
		}
		e.Exprs = d.elemExprs()
		return e
	}
	e.Type = wasm.Ref(false, wasm.HeapFunc)
	if typed {
		if c := d.Byte("element kind"); c != 0 {
			d.FailAt(d.Pos-1, CodeSegment, "malformed element kind %#02x", c)
		}
	}
	if n := d.Count("number of elements", MaxElemLen); n > 0 {
		e.Funcs = make([]uint32, n)
	}
	for i := range e.Funcs {
		e.Funcs[i] = d.U32("function index of an element")
	}
	return e
}

func (d *decoder) elemExprs() []wasm.ConstExpr {
	n := d.Count("number of elements", MaxElemLen)
	if n == 0 {
		return nil
	}
	xs := make([]wasm.ConstExpr, 0, d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		xs = append(xs, d.constExpr())
	}
	return xs
}

func (d *decoder) datas() {
	n := d.elements("number of data segments", MaxDatas)
	d.m.Datas = make([]wasm.DataSegment, 0, d.Room(n, 2))
	for i := 0; i < n && d.Err == nil; i++ {
		d.m.Datas = append(d.m.Datas, d.data())
	}
}

func (d *decoder) data() (s wasm.DataSegment) {
	start := d.Pos
	switch flags := d.U32("kind of a data segment"); flags {
	case 0, 2:
		if flags == 2 {
			s.Memory = d.U32("memory index of a data segment")
			s.Explicit = s.Memory == 0
		}
		s.Offset = d.constExpr()
	case 1:
		s.Mode = wasm.SegmentPassive
	default:
		d.FailAt(start, CodeSegment, "malformed data segment kind %d", flags)
		return s
	}
	s.Init = d.Bytes(d.Length("length of a data segment"), "data")
	return s
}

func (d *decoder) code() {
	start := d.Pos
	n := d.elements("number of function bodies", MaxFuncs)
	if d.Err == nil && n != d.funcs {
		// What is wrong with the order of sections is said first.
		d.counts = diag.Errorf(CodeCount, diag.Offset(d.Base+int64(start)), "function and code section have inconsistent lengths: %d functions, %d bodies (in the code section)", d.funcs, n)
		d.Pos = len(d.Data)
		return
	}
	for i := 0; i < n && d.Err == nil; i++ {
		d.body(&d.m.Funcs[i].Body)
	}
}

func (d *decoder) body(b *wasm.Body) {
	start := d.Pos
	size := d.Length("size of a function body")
	if d.Err != nil {
		return
	}
	if size > MaxBodySize {
		d.FailAt(start, CodeLimit, "the function body has %d bytes, and the limit of this implementation is %d", size, MaxBodySize)
		return
	}
	b.SizeLen = uint8(d.Pos - start)
	b.Start = d.Offset()
	section := d.Data
	end := d.Pos + size
	d.Data = section[:end:end]
	b.Locals = d.bodyLocals()
	b.Offset = d.Offset()
	b.Code = d.Data[d.Pos:]
	if d.Err == nil && len(b.Code) == 0 {
		d.FailEnd("END opcode expected")
	}
	d.Data, d.Pos = section, end
}

// bodyLocals reads local declarations into the shared room.
func (d *decoder) bodyLocals() []wasm.LocalRun {
	at := d.Pos
	n := d.Count("number of local declarations", MaxLocals)
	if n == 0 {
		return nil
	}
	if room := d.Room(n, 2); cap(d.locals)-len(d.locals) < room {
		d.locals = make([]wasm.LocalRun, 0, max(room, 1024))
	}
	start := len(d.locals)
	var total uint64
	for i := 0; i < n && d.Err == nil; i++ {
		run := wasm.LocalRun{Count: d.U32("number of locals")}
		run.Type = d.valType()
		total += uint64(run.Count)
		d.locals = append(d.locals, run)
	}
	if total > MaxLocals {
		d.FailAt(at, CodeLimit, "too many locals: %d, and the limit of this implementation is %d", total, MaxLocals)
	}
	return d.locals[start:len(d.locals):len(d.locals)]
}
