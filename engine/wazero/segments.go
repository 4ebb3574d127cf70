package wazero

// This file is active segments and the start function (core specification,
// Instantiation). wazero writes data before elements, ignores elements that do
// not fit, does not drop data that it has written, and forgets an instance that
// traps. So it is given only those active segments for which none of this can
// show. The others become passive, and a function that the module gets writes
// them in the order of the specification. Like the start function it is called
// by us, in an instance that the store has already.

import (
	"context"
	"fmt"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// deferStart takes the start function from wazero and exports it instead.
func (c *module) deferStart(l *wasm.Module) {
	if l.Start == nil {
		return
	}
	t := l.FuncTypeOf(*l.Start)
	if t == nil || len(t.Params)+len(t.Results) > 0 {
		return // wazero refuses the module
	}
	c.start = c.addExport(l, "start", *l.Start)
	l.Start = nil
}

// deferSegments takes the active segments from wazero from the first one on
// that may trap or that it treats wrongly, and drops those before.
func (c *module) deferSegments(l *wasm.Module) {
	var w segmentWriter
	firstElem, firstData := deferredFrom(l)
	for i := range firstData {
		// Where instructions may name a segment, they must find it dropped.
		if l.DataCount != nil && l.Datas[i].Mode == wasm.SegmentActive {
			w.op(wasm.OpDataDrop, uint32(i))
		}
	}
	if firstElem == len(l.Elems) && firstData == len(l.Datas) && len(w.code) == 0 {
		return
	}
	l.Elems = append([]wasm.ElemSegment(nil), l.Elems...)
	for i := firstElem; i < len(l.Elems); i++ {
		w.elem(uint32(i), &l.Elems[i])
	}
	l.Datas = append([]wasm.DataSegment(nil), l.Datas...)
	for i := firstData; i < len(l.Datas); i++ {
		w.data(uint32(i), &l.Datas[i])
	}
	count := uint32(len(l.Datas))
	l.DataCount = &count
	index := uint32(l.ImportedFuncs() + len(l.Funcs))
	l.Types = append(l.Types[:len(l.Types):len(l.Types)], wasm.SubType{Comp: wasm.CompType{Kind: wasm.CompFunc}})
	l.Funcs = append(l.Funcs[:len(l.Funcs):len(l.Funcs)], wasm.Func{TypeIndex: uint32(len(l.Types) - 1), Body: wasm.Body{
		Locals: []wasm.LocalRun{{Count: 1, Type: wasm.I32}},
		Code:   binary.AppendOpcode(w.code, wasm.OpEnd),
	}})
	c.segments = c.addExport(l, "segments", index)
}

// addExport exports a function under a name that no other export has.
func (c *module) addExport(l *wasm.Module, name string, index uint32) string {
	for {
		if _, taken := c.exportIndex[name]; !taken {
			break
		}
		name += "'"
	}
	l.Exports = append(l.Exports[:len(l.Exports):len(l.Exports)],
		wasm.Export{Name: name, Kind: wasm.ExternFunc, Index: index})
	return name
}

// deferredFrom finds the first element and data segment that are not left to
// wazero. Elements come before data, so all data are deferred where an element
// segment is.
func deferredFrom(m *wasm.Module) (elem, data int) {
	tables, memories := m.TableTypes(), m.MemoryTypes()
	for i := range m.Elems {
		s := &m.Elems[i]
		if s.Mode != wasm.SegmentActive || len(s.Offset.Code) == 0 {
			continue
		}
		// wazero writes null for whatever has another type than funcref.
		if s.Type.Heap() != wasm.HeapFunc || int64(s.Table) >= int64(len(tables)) ||
			!fits(s.Offset, uint64(s.Len()), tables[s.Table].Limits.Min) {
			return i, 0
		}
	}
	for i := range m.Datas {
		s := &m.Datas[i]
		if s.Mode != wasm.SegmentActive || len(s.Offset.Code) == 0 {
			continue
		}
		if int64(s.Memory) >= int64(len(memories)) ||
			!fits(s.Offset, uint64(len(s.Init)), min(memories[s.Memory].Limits.Min, maxPages)*pageSize) {
			return len(m.Elems), i
		}
	}
	return len(m.Elems), len(m.Datas)
}

// fits tells whether it is certain before instantiation that n items at an
// offset fit into what has at least size of them.
func fits(offset wasm.ConstExpr, n, size uint64) bool {
	c := offset.Code
	if c[0] != byte(wasm.OpI32Const) {
		return false
	}
	at, width, err := leb128.Int32(c[1:])
	return err == nil && len(c) == width+2 && uint64(uint32(at))+n <= size
}

// A segmentWriter collects the code that writes active segments. Local 0 is
// for the offset of one. The segments themselves become passive: those behind
// one that traps stay usable, as the specification has it.
type segmentWriter struct{ code []byte }

func (w *segmentWriter) op(op wasm.Opcode, imms ...uint32) {
	w.code = binary.AppendOpcode(w.code, op)
	for _, x := range imms {
		w.code = leb128.AppendUint(w.code, uint64(x))
	}
}

func (w *segmentWriter) i32(v uint32) {
	w.code = leb128.AppendInt(binary.AppendOpcode(w.code, wasm.OpI32Const), int64(int32(v)))
}

// expr adds a constant expression without its end.
func (w *segmentWriter) expr(x wasm.ConstExpr) {
	w.code = append(w.code, x.Code[:max(len(x.Code), 1)-1]...)
}

// elem writes the element segment i and drops it.
func (w *segmentWriter) elem(i uint32, s *wasm.ElemSegment) {
	if s.Mode != wasm.SegmentActive || len(s.Offset.Code) == 0 {
		return
	}
	w.expr(s.Offset)
	if s.UseExprs && s.Type == wasm.ExternRef {
		w.externs(s)
	} else {
		w.i32(0)
		w.i32(uint32(s.Len()))
		w.op(wasm.OpTableInit, i, s.Table)
	}
	w.op(wasm.OpElemDrop, i)
	s.Mode, s.Table, s.Offset, s.Explicit = wasm.SegmentPassive, 0, wasm.ConstExpr{}, false
}

// externs writes elements of type externref one by one, as wazero has no
// passive segments of them. The fill traps where they do not fit together.
func (w *segmentWriter) externs(s *wasm.ElemSegment) {
	w.op(wasm.OpLocalTee, 0)
	w.code = append(binary.AppendOpcode(w.code, wasm.OpRefNull), wasm.HeapExtern.Code())
	w.i32(uint32(len(s.Exprs)))
	w.op(wasm.OpTableFill, s.Table)
	for i, x := range s.Exprs {
		w.op(wasm.OpLocalGet, 0)
		w.i32(uint32(i))
		w.op(wasm.OpI32Add)
		w.expr(x)
		w.op(wasm.OpTableSet, s.Table)
	}
}

// data writes the data segment i and drops it.
func (w *segmentWriter) data(i uint32, s *wasm.DataSegment) {
	if s.Mode != wasm.SegmentActive || len(s.Offset.Code) == 0 {
		return
	}
	w.expr(s.Offset)
	w.i32(0)
	w.i32(uint32(len(s.Init)))
	w.op(wasm.OpMemoryInit, i, s.Memory)
	w.op(wasm.OpDataDrop, i)
	s.Mode, s.Memory, s.Offset, s.Explicit = wasm.SegmentPassive, 0, wasm.ConstExpr{}, false
}

// begin writes the segments that wazero did not, and runs the start function.
func (in *instance) begin(ctx context.Context) error {
	if name := in.module.segments; name != "" {
		if err := in.run(ctx, name); err != nil {
			if t, ok := err.(*engine.Trap); ok {
				t.Frames = nil // the function is not the module's
			}
			return err
		}
	}
	if name := in.module.start; name != "" {
		return in.run(ctx, name)
	}
	return nil
}

// run calls a function without parameters and results once.
func (in *instance) run(ctx context.Context, name string) error {
	fn := in.mod.ExportedFunction(name)
	if fn == nil {
		return fmt.Errorf("function %q is not exported", name)
	}
	if err := fn.CallWithStack(&callContext{Context: ctx, inst: in}, nil); err != nil {
		return in.module.trapOf(ctx, err)
	}
	return nil
}
