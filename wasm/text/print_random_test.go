// This file prints random modules, which are well formed and hardly ever
// valid.

package text

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

func TestPrintRandom(t *testing.T) {
	n := uint64(3000)
	if testing.Short() {
		n = 300
	}
	named := 0
	for seed := range n {
		g := &printGen{Rand: rand.New(rand.NewPCG(seed, 1)), t: t}
		data, err := binary.Encode(g.module())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		name := "seed " + strconv.FormatUint(seed, 10)
		roundTrip(t, name, data)
		data = canonical(t, data)
		if !roundTrip(t, name, data) {
			t.Errorf("%s: other bytes although those before were canonical", name)
		}
		if t.Failed() {
			return
		}
		if begun(comparable(t, data)).names.exact {
			named++
		}
	}
	t.Logf("%d of %d modules have a name section that identifiers stand for", named, n)
}

// A printGen makes random modules.
type printGen struct {
	*rand.Rand
	t testing.TB
	m *wasm.Module
}

func (g *printGen) module() *wasm.Module {
	g.m = new(wasm.Module)
	m := g.m
	for range g.IntN(6) {
		m.Types = append(m.Types, g.subType())
	}
	for at := 0; at <= len(m.Types) && g.IntN(3) > 0; {
		group := wasm.RecGroup{First: uint32(at + g.IntN(len(m.Types)-at+1))}
		group.Count = uint32(g.IntN(len(m.Types) - int(group.First) + 1))
		m.RecGroups = append(m.RecGroups, group)
		at = int(group.First + group.Count)
	}
	for range g.IntN(5) {
		m.Imports = append(m.Imports, wasm.Import{Module: g.name(), Name: g.name(), Type: g.externType()})
	}
	for range g.IntN(3) {
		table := wasm.Table{Type: g.tableType()}
		if g.IntN(3) == 0 {
			table.Init = g.expr()
		}
		m.Tables = append(m.Tables, table)
	}
	for range g.IntN(3) {
		m.Memories = append(m.Memories, g.memoryType())
	}
	for range g.IntN(3) {
		m.Tags = append(m.Tags, wasm.TagType{TypeIndex: g.index()})
		m.Globals = append(m.Globals, wasm.Global{Type: wasm.GlobalType{Type: g.valType(), Mutable: g.bool()}, Init: g.expr()})
	}
	for range g.IntN(4) {
		m.Exports = append(m.Exports, wasm.Export{Name: g.name(), Kind: wasm.ExternKind(g.IntN(5)), Index: g.index()})
	}
	if g.bool() {
		x := g.index()
		m.Start = &x
	}
	for range g.IntN(4) {
		m.Elems = append(m.Elems, g.elem())
	}
	for range g.IntN(4) {
		m.Datas = append(m.Datas, g.data())
	}
	n := uint32(len(m.Datas))
	m.DataCount = &n
	for range g.IntN(5) {
		m.Funcs = append(m.Funcs, g.function())
	}
	g.customs()
	return m
}

func (g *printGen) bool() bool { return g.IntN(2) == 0 }

// index is a small number, or a very large one.
func (g *printGen) index() uint32 {
	if g.IntN(30) == 0 {
		return g.Uint32() >> g.IntN(32)
	}
	return uint32(g.IntN(4))
}

// name is one of few, so that there are duplicates.
func (g *printGen) name() string {
	names := []string{"", "a", "b", "a#1", "a b", "käse", "x;)", "(;", "\x00\x1b", "\"\\", "\u202e", "$a", "local.get", "0", "\ufeff"}
	return names[g.IntN(len(names))]
}

func (g *printGen) bytes() []byte {
	b := make([]byte, g.IntN(20))
	if g.IntN(30) == 0 {
		b = make([]byte, g.IntN(3*printDataLine))
	}
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

func (g *printGen) heapType() wasm.HeapType {
	if g.IntN(3) == 0 {
		return wasm.HeapIndex(g.index())
	}
	h, _ := wasm.AbstractHeap(byte(0x69 + g.IntN(12)))
	return h
}

func (g *printGen) refType() wasm.ValType { return wasm.Ref(g.bool(), g.heapType()) }

func (g *printGen) valType() wasm.ValType {
	nums := []wasm.ValType{wasm.I32, wasm.I64, wasm.F32, wasm.F64, wasm.V128}
	if i := g.IntN(8); i < len(nums) {
		return nums[i]
	}
	return g.refType()
}

func (g *printGen) valTypes() (ts []wasm.ValType) {
	for range g.IntN(4) * g.IntN(4) {
		ts = append(ts, g.valType())
	}
	return ts
}

func (g *printGen) subType() (s wasm.SubType) {
	if g.IntN(3) == 0 {
		s.Open = g.bool()
		for range g.IntN(3) {
			s.Supers = append(s.Supers, g.index())
		}
	}
	s.Comp.Kind = wasm.CompKind(max(g.IntN(5)-2, 0))
	n := 1
	switch s.Comp.Kind {
	case wasm.CompFunc:
		s.Comp.Func = wasm.FuncType{Params: g.valTypes(), Results: g.valTypes()}
		return s
	case wasm.CompStruct:
		n = g.IntN(5)
	}
	for range n {
		f := wasm.FieldType{Storage: g.valType(), Mutable: g.bool()}
		if g.IntN(4) == 0 {
			f.Storage = wasm.I16
		}
		s.Comp.Fields = append(s.Comp.Fields, f)
	}
	return s
}

func (g *printGen) limits() wasm.Limits {
	l := wasm.Limits{Min: g.Uint64() >> g.IntN(64), Is64: g.bool(), HasMax: g.bool()}
	if l.HasMax {
		l.Max = g.Uint64() >> g.IntN(64)
	}
	return l
}

func (g *printGen) tableType() wasm.TableType {
	return wasm.TableType{Limits: g.limits(), Elem: g.refType()}
}

func (g *printGen) memoryType() wasm.MemoryType {
	t := wasm.MemoryType{Limits: g.limits(), HasPageSize: g.bool()}
	t.Limits.Shared = g.bool()
	if t.HasPageSize {
		t.PageLog2 = uint8(g.IntN(64))
	}
	return t
}

func (g *printGen) externType() wasm.ExternType {
	t := wasm.ExternType{Kind: wasm.ExternKind(g.IntN(5))}
	switch t.Kind {
	case wasm.ExternFunc, wasm.ExternTag:
		t.TypeIndex = g.index()
	case wasm.ExternTable:
		t.Table = g.tableType()
	case wasm.ExternMemory:
		t.Memory = g.memoryType()
	case wasm.ExternGlobal:
		t.Global = wasm.GlobalType{Type: g.valType(), Mutable: g.bool()}
	}
	return t
}

func (g *printGen) elem() wasm.ElemSegment {
	e := wasm.ElemSegment{Mode: wasm.SegmentMode(g.IntN(3)), UseExprs: g.bool(), Type: wasm.Ref(false, wasm.HeapFunc)}
	if e.Mode == wasm.SegmentActive {
		e.Offset = g.expr()
		e.Table = g.index()
	}
	if !e.UseExprs {
		for range g.IntN(4) {
			e.Funcs = append(e.Funcs, g.index())
		}
		e.Explicit = e.Mode == wasm.SegmentActive && e.Table == 0 && g.bool()
		return e
	}
	if e.Type = wasm.FuncRef; g.bool() {
		e.Type = g.refType()
	}
	for range g.IntN(4) {
		e.Exprs = append(e.Exprs, g.expr())
	}
	e.Explicit = e.Mode == wasm.SegmentActive && e.Table == 0 && e.Type == wasm.FuncRef && g.bool()
	return e
}

func (g *printGen) data() wasm.DataSegment {
	d := wasm.DataSegment{Mode: wasm.SegmentMode(g.IntN(2)), Init: g.bytes()}
	if d.Mode == wasm.SegmentActive {
		d.Offset = g.expr()
		d.Memory = g.index()
		d.Explicit = d.Memory == 0 && g.bool()
	}
	return d
}

func (g *printGen) function() wasm.Func {
	f := wasm.Func{TypeIndex: g.index()}
	for range g.IntN(4) {
		f.Body.Locals = append(f.Body.Locals, wasm.LocalRun{Count: uint32(g.IntN(4)), Type: g.valType()})
	}
	f.Body.Code = printCode(g.t, g.instrs(g.IntN(30), 0)...)
	return f
}

// expr is a constant expression: mostly of one instruction.
func (g *printGen) expr() wasm.ConstExpr {
	if g.IntN(8) > 0 {
		return printExpr(g.t, i32Const(int32(g.Uint32())))
	}
	return wasm.ConstExpr{Code: printCode(g.t, g.instrs(g.IntN(4), 0)...)}
}

// instrs is a sequence of about n instructions.
func (g *printGen) instrs(n, depth int) (ins []wasm.Instr) {
	for range n {
		in := g.instr()
		switch in.Op {
		case wasm.OpElse, wasm.OpCatch, wasm.OpCatchAll, wasm.OpEnd, wasm.OpDelegate:
			continue
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTry, wasm.OpTryTable:
			if depth < 5 {
				ins = append(ins, g.block(in, depth)...)
			}
		default:
			ins = append(ins, in)
		}
	}
	return ins
}

// block is a structured instruction with what is in it.
func (g *printGen) block(in wasm.Instr, depth int) []wasm.Instr {
	arm := func() []wasm.Instr { return g.instrs(g.IntN(5), depth+1) }
	ins := append([]wasm.Instr{in}, arm()...)
	switch {
	case in.Op == wasm.OpIf && g.bool():
		ins = append(append(ins, op(wasm.OpElse)), arm()...)
	case in.Op == wasm.OpTry && g.IntN(3) == 0:
		return append(ins, wasm.Instr{Op: wasm.OpDelegate, Index: g.index()})
	case in.Op == wasm.OpTry:
		for range g.IntN(3) {
			ins = append(append(ins, wasm.Instr{Op: wasm.OpCatch, Index: g.index()}), arm()...)
		}
		if g.bool() {
			ins = append(append(ins, op(wasm.OpCatchAll)), arm()...)
		}
	}
	return append(ins, op(wasm.OpEnd))
}

// instr is any instruction with any immediates.
func (g *printGen) instr() wasm.Instr {
	x := wasm.Opcode(g.IntN(wasm.NumOpcodes))
	if g.IntN(3) == 0 {
		x = []wasm.Opcode{wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTry, wasm.OpTryTable, wasm.OpBr, wasm.OpLocalGet,
			wasm.OpBrTable, wasm.OpSelectT, wasm.OpF32Const, wasm.OpF64Const, wasm.OpStructGet}[g.IntN(12)]
	}
	if x.Info().Name == "" {
		x = wasm.OpNop
	}
	in := wasm.Instr{
		Op: x, Index: g.index(), Index2: g.index(), Align: uint32(g.IntN(64)), Lane: uint8(g.Uint32()),
		Value: g.Uint64(), Heap: g.heapType(), Heap2: g.heapType(), Null: g.bool(), Null2: g.bool(),
		Labels: []uint32{g.index()}, Types: g.valTypes(), Block: wasm.BlockEmpty,
	}
	if g.bool() {
		in.Align = uint32(x.Info().Align)
		in.Offset = g.Uint64() >> g.IntN(64)
	}
	switch g.IntN(8) {
	case 0:
		in.Value |= 0x7ff << 52 // NaN
	case 1:
		in.Value |= 0xff << 23
	case 2:
		in.Value = uint64(g.IntN(3))
	}
	switch g.IntN(3) {
	case 0:
		in.Block = wasm.BlockResult(g.valType())
	case 1:
		in.Block = wasm.BlockIndex(g.index())
	}
	for range g.IntN(4) {
		in.Labels = append(in.Labels, g.index())
		in.Catches = append(in.Catches, wasm.Catch{Kind: wasm.CatchKind(g.IntN(4)), Tag: g.index(), Label: g.index()})
	}
	for i := range in.V128 {
		in.V128[i] = byte(g.Uint32())
	}
	return in
}

// customs adds custom sections in order, mostly with a name section.
func (g *printGen) customs() {
	m := g.m
	for range g.IntN(4) {
		at := g.IntN(len(wasm.SectionOrder) + 1)
		c := wasm.Custom{Name: g.name(), Data: g.bytes()}
		if at > 0 {
			c.After = wasm.SectionOrder[at-1]
		}
		m.Customs = append(m.Customs, c)
	}
	if g.IntN(4) > 0 {
		data, err := binary.EncodeNames(g.names())
		if err != nil {
			g.t.Fatal(err)
		}
		c := wasm.Custom{Name: "name", Data: data, After: wasm.SectionData}
		if g.IntN(8) == 0 {
			c.After = wasm.SectionImport
		}
		m.Customs = append(m.Customs, c)
		if g.bool() {
			m.Customs = append(m.Customs, wasm.Custom{Name: "producers", After: wasm.SectionData})
		}
	}
	order := func(c wasm.Custom) int { return slices.Index(wasm.SectionOrder[:], c.After) }
	slices.SortStableFunc(m.Customs, func(a, b wasm.Custom) int { return order(a) - order(b) })
}

// nameMap names some of n things, now and then one more than there are.
func (g *printGen) nameMap(n int) (out wasm.NameMap) {
	if g.IntN(100) == 0 {
		n++
	}
	for i := range n {
		if g.bool() {
			out = append(out, wasm.NameAssoc{Index: uint32(i), Name: g.name()})
		}
	}
	return out
}

func (g *printGen) names() *wasm.Names {
	m := g.m
	p := begun(m)
	n := &wasm.Names{Module: g.name(), HasModule: g.bool()}
	n.Funcs = g.nameMap(len(p.types))
	n.Types = g.nameMap(len(m.Types))
	n.Tables = g.nameMap(m.ImportedTables() + len(m.Tables))
	n.Memories = g.nameMap(m.ImportedMemories() + len(m.Memories))
	n.Globals = g.nameMap(m.ImportedGlobals() + len(m.Globals))
	n.Tags = g.nameMap(m.ImportedTags() + len(m.Tags))
	n.Elems = g.nameMap(len(m.Elems))
	n.Datas = g.nameMap(len(m.Datas))
	for i := range m.Types {
		if m.Types[i].Comp.Kind != wasm.CompStruct {
			continue
		}
		if names := g.nameMap(len(m.Types[i].Comp.Fields)); names != nil {
			n.Fields = append(n.Fields, wasm.IndirectNameAssoc{Index: uint32(i), Names: names})
		}
	}
	for i := range uint32(len(p.types)) {
		if names := g.nameMap(int(p.localCount(i))); names != nil {
			n.Locals = append(n.Locals, wasm.IndirectNameAssoc{Index: i, Names: names})
		}
		names := slices.DeleteFunc(g.nameMap(int(p.labelCount(i))), func(a wasm.NameAssoc) bool { return a.Name == "" })
		if len(names) > 0 {
			n.Labels = append(n.Labels, wasm.IndirectNameAssoc{Index: i, Names: names})
		}
	}
	return n
}
