package canon

// This file is the cases of canonical-abi/run_tests.py about streams and
// futures.

import (
	"context"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

const (
	completed = uint64(task.CopyCompleted)
	dropped   = uint64(task.CopyDropped)
	cancelled = uint64(task.CopyCancelled)
)

// copied is the answer of a copy of n elements.
func copied(t testing.TB, what string, r, result, n uint64) {
	t.Helper()
	if r == blocked {
		t.Errorf("%s: blocked", what)
		return
	}
	eq(t, what+": result", r&0xf, result)
	eq(t, what+": elements", r>>4, n)
}

// bytes are values of type u8.
func u8s(bs ...byte) (vs []value.Value) {
	for _, b := range bs {
		vs = append(vs, value.U8(b))
	}
	return vs
}

// A hostSource is a stream of the host that guests read.
type hostSource struct {
	elem       *abi.Type
	home       *task.Instance
	remaining  []value.Value
	chunk      int
	end        bool // after remaining
	slowCancel bool
	dst        task.Buffer
	op         task.CopyOp
}

func (s *hostSource) Elem() *abi.Type      { return s.elem }
func (s *hostSource) Home() *task.Instance { return s.home }
func (s *hostSource) Future() bool         { return false }
func (s *hostSource) closed() bool         { return len(s.remaining) == 0 && s.end }

// Reclaim implements task.Reclaimer.
func (s *hostSource) Reclaim() { s.reset() }
func (s *hostSource) reset()   { s.dst, s.op = nil, nil }

func (s *hostSource) Read(_ *task.Instance, dst task.Buffer, op task.CopyOp) error {
	switch {
	case s.closed():
		op.Done(task.CopyDropped)
	case len(s.remaining) > 0:
		if err := s.copy(dst); err != nil {
			return err
		}
		if s.closed() {
			op.Done(task.CopyDropped)
		} else {
			op.Done(task.CopyCompleted)
		}
	default:
		s.dst, s.op = dst, op
	}
	return nil
}

func (s *hostSource) Write(*task.Instance, task.Buffer, task.CopyOp) error {
	panic("write to a source")
}

func (s *hostSource) copy(dst task.Buffer) error {
	n := min(int(dst.Remain()), len(s.remaining), s.chunk)
	vs := s.remaining[:n]
	s.remaining = s.remaining[n:]
	return task.Copy(dst, &task.ValueBuffer{Values: vs}, uint32(n))
}

func (s *hostSource) Cancel() {
	if !s.slowCancel {
		s.cancelNow()
	}
}

func (s *hostSource) cancelNow() { op := s.op; s.reset(); op.Done(task.CopyCancelled) }

func (s *hostSource) Drop() {
	s.remaining, s.end = nil, true
	if s.dst != nil {
		op := s.op
		s.reset()
		op.Done(task.CopyDropped)
	}
}

// put adds elements.
func (s *hostSource) put(vs ...value.Value) {
	s.remaining = append(s.remaining, vs...)
	if s.dst == nil {
		return
	}
	if err := s.copy(s.dst); err != nil {
		panic(trapped{err})
	}
	if s.dst.Remain() > 0 {
		s.op.Copied(s)
		return
	}
	op := s.op
	s.reset()
	op.Done(task.CopyCompleted)
}

// finish ends the stream after what it has.
func (s *hostSource) finish() {
	s.end = true
	if len(s.remaining) == 0 {
		s.Drop()
	}
}

// A hostSink reads a stream on a thread of the host.
type hostSink struct {
	shared   task.Shared
	received []byte
	remain   uint32
	reading  bool
	closed   bool
}

// sink reads a stream as far as remain says, and again when that grows.
func (w *world) sink(s task.Shared, remain uint32) *hostSink {
	k := &hostSink{shared: s, remain: remain}
	k.read()
	w.hostThread("sink", func() {
		for !k.closed {
			w.wait(func() bool { return !k.reading && k.remain > 0 || k.closed })
			k.read()
		}
	})
	return k
}

// hostThread runs f on a thread of the host.
func (w *world) hostThread(name string, run func()) {
	f := &Func{
		Name: name, Type: w.asyncSig(nil), Inst: task.NewInstance(w.store, nil), Opts: &abi.Options{},
		Callee: core(func([]uint64) uint64 { run(); return 0 }),
	}
	nothing := func(*abi.Context, []uint64) error { return nil }
	if _, err := f.beginAsync(nothing, func(*abi.Context, []uint64, bool) error { return nil }); err != nil {
		w.t.Error(err)
	}
}

func (k *hostSink) read() {
	if k.reading || k.remain == 0 || k.closed {
		return
	}
	k.reading = true
	if err := k.shared.Read(nil, k, k); err != nil {
		panic(trapped{err})
	}
}

// Copied and Done implement task.CopyOp.
func (k *hostSink) Copied(r task.Reclaimer) { r.Reclaim(); k.reading = false }
func (k *hostSink) Done(r task.CopyResult) {
	k.reading = false
	k.closed = k.closed || r == task.CopyDropped
}

func (k *hostSink) Remain() uint32     { return k.remain }
func (k *hostSink) IsZeroLength() bool { return false }

func (k *hostSink) StoreTo(*abi.Context, *task.Instance, *abi.Type, uint64, uint32) error {
	panic("read from a sink")
}

func (k *hostSink) LoadFrom(cx *abi.Context, _ *task.Instance, _ *abi.Type, ptr uint64, n uint32) error {
	k.received = append(k.received, cx.Memory.Bytes()[ptr:][:n]...)
	k.remain -= n
	return nil
}

func (k *hostSink) MoveFrom(src task.HostBuffer, n uint32) error {
	vs := &task.ValueBuffer{Values: make([]value.Value, n)}
	if err := vs.MoveFrom(src, n); err != nil {
		return err
	}
	for _, v := range vs.Values {
		k.received = append(k.received, byte(v.Uint()))
	}
	k.remain -= n
	return nil
}

// take waits until n bytes were received, or fewer and no more come.
func (k *hostSink) take(w *world, n int) []byte {
	w.wait(func() bool { return len(k.received) >= n || k.closed })
	n = min(n, len(k.received))
	b := k.received[:n]
	k.received = k.received[n:]
	return b
}

// lowerHandle puts a value in a table for a function of the host.
func streamIn(cx *abi.Context, v any, t *abi.Type) (uint64, error) {
	i, err := cx.Handles.LowerAsyncValue(v, t)
	return uint64(i), err
}

// streamCall calls f with a stream and gets one.
func (w *world) streamCall(f *Func, src task.Shared, got func(task.Shared)) {
	w.t.Helper()
	st := w.types.Type(value.StreamOf(value.TypeU8))
	err := f.CallAsync(context.Background(), func(cx *abi.Context, flat []uint64) (err error) {
		flat[0], err = streamIn(cx, src, st)
		return err
	}, func(cx *abi.Context, flat []uint64, _ bool) error {
		v, err := cx.Handles.LiftAsyncValue(uint32(flat[0]), st)
		if err == nil {
			got(v.(task.Shared))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.drain()
}

// streamHost is a function of the host from a stream to a stream.
func (w *world) streamHost(f func(in task.Shared) task.Shared) *Func {
	st := w.types.Type(value.StreamOf(value.TypeU8))
	return &Func{Name: "host", Host: func(_ context.Context, c *HostCall, flat []uint64) error {
		var in, out task.Shared
		if len(c.Type.Params.Fields) > 0 {
			v, err := c.Cx.Handles.LiftAsyncValue(uint32(flat[0]), st)
			if err != nil {
				return err
			}
			in = v.(task.Shared)
		}
		if out = f(in); out == nil {
			return nil
		}
		i, err := streamIn(&c.Cx, out, st)
		if err != nil {
			return err
		}
		m := c.Cx.Memory.Bytes()[c.Out():]
		m[0], m[1], m[2], m[3] = byte(i), byte(i>>8), byte(i>>16), byte(i>>24)
		return nil
	}}
}

func (w *world) source(chunk int, end bool, bs ...byte) *hostSource {
	return &hostSource{elem: w.types.Type(value.TypeU8), home: w.root, remaining: u8s(bs...), chunk: chunk, end: end}
}

// add10 is a function of the host that adds 10 to what comes through. It waits
// on a thread of the host.
func (w *world) add10(incoming *hostSink, out *hostSource) {
	w.hostThread("add10", func() {
		for {
			bs := incoming.take(w, 4)
			if len(bs) == 0 {
				out.finish()
				return
			}
			for _, b := range bs {
				out.put(value.U8(b + 10))
			}
		}
	})
}

// TestHostStreams is test_eager_stream_completion and test_async_stream_ops in
// one: operations that complete at once and later, with streams of the host.
func TestHostStreams(t *testing.T) {
	schedules(t, func(w *world) {
		g := w.guest("g", 32)
		st := value.StreamOf(value.TypeU8)
		var in *hostSink
		host := w.streamHost(func(s task.Shared) task.Shared {
			in = w.sink(s, 0)
			out := w.source(4, false)
			w.add10(in, out)
			return out
		})
		src := w.source(4, false)
		var dst *hostSink
		f := g.lift("f", w.asyncSig(st, st), g.async, func(a []uint64) uint64 {
			e, join, wait := g.ends(st), g.join(), g.setWait()
			r1 := a[0]
			r2, w2 := pair(e.new())
			g.taskReturn(st)(r2)
			eq(t, "read", e.read(r1, 0, 4), blocked)
			src.put(u8s(1, 2, 3, 4)...)
			ws := g.setNew()()
			join(r1, ws)
			g.event("read", wait(ws, 16), 16, task.EventStreamRead, r1, completed|4<<4)
			eq(t, "read", string(g.mem.b[:4]), "\x01\x02\x03\x04")
			r3, w3 := pair(e.new())
			eq(t, "host", g.lower(host, w.asyncSig(st, st), g.async)(r3, 16), returned)
			r4 := uint64(g.u32(16))
			eq(t, "write", e.write(w3, 0, 4), blocked)
			in.remain = 100
			join(w3, ws)
			g.event("write", wait(ws, 16), 16, task.EventStreamWrite, w3, completed|4<<4)
			for n := uint64(0); n < 4; { // the host may give less at once
				r := e.syncRead(r4, n, 4-n)
				copied(t, "read", r, completed, r>>4)
				n += r >> 4
			}
			eq(t, "read", string(g.mem.b[:4]), "\x0b\x0c\x0d\x0e")
			eq(t, "write", e.write(w2, 0, 4), blocked)
			dst.remain = 100
			join(w2, ws)
			g.event("write", wait(ws, 16), 16, task.EventStreamWrite, w2, completed|4<<4)
			src.put(u8s(5, 6, 7, 8)...)
			src.finish()
			copied(t, "last read", e.read(r1, 0, 4), dropped, 4)
			e.dropReadable(r1)
			eq(t, "read", string(g.mem.b[:4]), "\x05\x06\x07\x08")
			join(w3, 0)
			copied(t, "write", e.syncWrite(w3, 0, 4), completed, 4)
			e.dropWritable(w3)
			for n := uint64(0); n < 4; {
				r := e.syncRead(r4, n, 4-n)
				copied(t, "read", r, r&0xf, r>>4)
				n += r >> 4
			}
			for {
				if r := e.syncRead(r4, 4, 4); r&0xf == dropped {
					break
				}
			}
			e.dropReadable(r4)
			join(w2, 0)
			copied(t, "write", e.syncWrite(w2, 0, 4), completed, 4)
			e.dropWritable(w2)
			return g.setDrop()(ws)
		})
		w.streamCall(f, src, func(s task.Shared) { dst = w.sink(s, 0) })
		eq(t, "received", string(dst.received), "\x0b\x0c\x0d\x0e\x0f\x10\x11\x12")
	})
}

func TestStreamForward(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 0)
	st := value.StreamOf(value.TypeU8)
	src := w.source(4, true, 1, 2)
	var got task.Shared
	w.streamCall(g.lift("f", w.sig(st, st), g.sync, func(a []uint64) uint64 {
		eq(t, "index", a[0], 1)
		return a[0]
	}), src, func(s task.Shared) { got = s })
	eq(t, "stream", got, task.Shared(src))
	eq(t, "handles", g.inst.Handles.Len(), 0)
}

func TestReceiveOwnStream(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 20)
	st := value.StreamOf(value.TypeU8)
	host := w.streamHost(func(s task.Shared) task.Shared { return s })
	w.run(g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
		e := g.ends(st)
		r, wr := pair(e.new())
		eq(t, "write", e.write(wr, 0, 4), blocked)
		eq(t, "host", g.lower(host, w.sig(st, st), g.async)(r, 8), returned)
		eq(t, "index", g.u32(8), 1)
		copied(t, "cancel", e.cancelWrite(wr), cancelled, 0)
		return e.dropWritable(wr)
	}))
}

func TestHostPartial(t *testing.T) {
	schedules(t, func(w *world) {
		g := w.guest("g", 32)
		st := value.StreamOf(value.TypeU8)
		src := w.source(2, false, 1, 2, 3, 4)
		var dst *hostSink
		give := w.streamHost(func(task.Shared) task.Shared { return src })
		take := w.streamHost(func(s task.Shared) task.Shared { dst = w.sink(s, 2); return nil })
		w.run(g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
			e, ws := g.ends(st), g.setNew()()
			g.lower(give, w.sig(st), g.async)(8)
			r := uint64(g.u32(8))
			copied(t, "read", e.read(r, 0, 4), completed, 2)
			copied(t, "read", e.read(r, 2, 4), completed, 2)
			eq(t, "read", string(g.mem.b[:4]), "\x01\x02\x03\x04")
			eq(t, "read", e.read(r, 0, 4), blocked)
			src.put(u8s(5, 6)...)
			g.join()(r, ws)
			g.event("read", g.setWait()(ws, 8), 8, task.EventStreamRead, r, completed|2<<4)
			e.dropReadable(r)
			r, wr := pair(e.new())
			g.lower(take, w.sig(nil, st), g.async)(r)
			copy(g.mem.b, "\x01\x02\x03\x04\x05\x06")
			copied(t, "write", e.write(wr, 0, 6), completed, 2)
			eq(t, "write", e.write(wr, 2, 4), blocked)
			dst.remain = 4
			g.join()(wr, ws)
			g.event("write", g.setWait()(ws, 8), 8, task.EventStreamWrite, wr, completed|4<<4)
			eq(t, "received", string(dst.received), "\x01\x02\x03\x04\x05\x06")
			e.dropWritable(wr)
			g.setDrop()(ws)
			dst.remain = 100
			w.wait(func() bool { return dst.closed })
			return 0
		}))
	})
}

// wasmStreamWriter is the writer of TestWasmStream.
func wasmStreamWriter(t *testing.T, w *world, g *guest, st *value.Type, futs *[4]flag) *Func {
	return g.lift("writer", w.asyncSig(st), g.async, func([]uint64) uint64 {
		e := g.ends(st)
		r, wr := pair(e.new())
		g.taskReturn(st)(r)
		w.wait(futs[0].isSet)
		copy(g.mem.b, "\x01\x02\x03\x04")
		copied(t, "write 1", e.write(wr, 0, 4), completed, 4)
		copied(t, "write 2", e.write(wr, 0, 4), completed, 4)
		eq(t, "probe", e.write(wr, 0, 0), blocked)
		copied(t, "cancel", e.asyncCancelWrite(wr), cancelled, 0)
		w.wait(futs[1].isSet)
		copy(g.mem.b, "\x05\x06\x07\x08\x09\x0a\x0b\x0c")
		eq(t, "write 3", e.write(wr, 0, 8), blocked)
		futs[2].set()
		ws := g.setNew()()
		g.join()(wr, ws)
		g.event("write 3", g.setWait()(ws, 16), 16, task.EventStreamWrite, wr, completed|4<<4)
		eq(t, "probe", e.write(wr, 12345, 0), blocked)
		futs[3].set()
		g.event("probe", g.setWait()(ws, 16), 16, task.EventStreamWrite, wr, 0)
		eq(t, "probe", e.write(wr, 12345, 0), 0)
		ec := g.builtin(component.CanonErrorContextNew, Builtin{})(0, 0)
		e.dropWritable(wr)
		g.setDrop()(ws)
		return g.builtin(component.CanonErrorContextDrop, Builtin{})(ec)
	})
}

func TestWasmStream(t *testing.T) {
	schedules(t, func(w *world) {
		p, c := w.guest("writer", 24), w.guest("reader", 24)
		st := value.StreamOf(value.TypeU8)
		var futs [4]flag
		writer := wasmStreamWriter(t, w, p, st, &futs)
		w.run(c.lift("reader", w.asyncSig(nil), c.async, func([]uint64) uint64 {
			e := c.ends(st)
			c.taskReturn(nil)()
			eq(t, "call", c.lower(writer, writer.Type, c.async)(16), returned)
			r := uint64(c.u32(16))
			eq(t, "index", r, 1)
			eq(t, "read 1", e.read(r, 0, 8), blocked)
			futs[0].set()
			ws := c.setNew()()
			c.join()(r, ws)
			c.event("read 1", c.setWait()(ws, 16), 16, task.EventStreamRead, r, completed|8<<4)
			eq(t, "bytes", string(c.mem.b[:8]), "\x01\x02\x03\x04\x01\x02\x03\x04")
			futs[1].set()
			w.wait(futs[2].isSet)
			eq(t, "probe", e.read(r, 12345, 0), 0)
			clear(c.mem.b[:8])
			copied(t, "read 3", e.read(r, 0, 2), completed, 2)
			eq(t, "bytes", string(c.mem.b[:6]), "\x05\x06\x00\x00\x00\x00")
			copied(t, "read 4", e.read(r, 2, 2), completed, 2)
			eq(t, "bytes", string(c.mem.b[:6]), "\x05\x06\x07\x08\x00\x00")
			w.wait(futs[3].isSet)
			eq(t, "probe", e.read(r, 12345, 0), blocked)
			c.event("end", c.setWait()(ws, 16), 16, task.EventStreamRead, r, dropped)
			e.read.trap(t, "cannot read from stream after being notified that the writable end dropped", r, 0, 1)
			e.dropReadable(r)
			return c.setDrop()(ws)
		}))
	})
}

// TestCancelCopy is operations that are cancelled, with streams of the host.
func TestCancelCopy(t *testing.T) {
	schedules(t, func(w *world) {
		g := w.guest("g", 32)
		st := value.StreamOf(value.TypeU8)
		var dst *hostSink
		var src *hostSource
		take := w.streamHost(func(s task.Shared) task.Shared { dst = w.sink(s, 0); return nil })
		give := w.streamHost(func(task.Shared) task.Shared { src = w.source(2, false); return src })
		w.run(g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
			e := g.ends(st)
			for _, cancel := range []fn{e.cancelWrite, e.asyncCancelWrite} {
				r, wr := pair(e.new())
				g.lower(take, w.sig(nil, st), g.async)(r)
				copy(g.mem.b, "\x0a\x0b\x0c\x0d")
				eq(t, "write", e.write(wr, 0, 4), blocked)
				dst.remain = 2
				eq(t, "got", string(dst.take(w, 2)), "\x0a\x0b")
				copied(t, "cancel", cancel(wr), cancelled, 2)
				e.dropWritable(wr)
				dst.remain = 100
				eq(t, "rest", len(dst.take(w, 100)), 0)
			}
			for _, slow := range []bool{false, true} {
				g.lower(give, w.sig(st), g.async)(16)
				r := uint64(g.u32(16))
				e.cancelRead.trap(t, "there is no operation to cancel", r)
				eq(t, "read", e.read(r, 0, 4), blocked)
				src.slowCancel = slow
				if !slow {
					copied(t, "cancel", e.cancelRead(r), cancelled, 0)
				} else {
					eq(t, "cancel", e.asyncCancelRead(r), blocked)
					e.asyncCancelRead.trap(t, "is being cancelled already", r)
					src.put(u8s(7, 8)...)
					src.op = nil
					src.reset()
					ws := g.setNew()()
					g.join()(r, ws)
					g.event("cancelled", g.setWait()(ws, 16), 16, task.EventStreamRead, r, cancelled|2<<4)
					eq(t, "bytes", string(g.mem.b[:2]), "\x07\x08")
				}
				e.dropReadable(r)
			}
			return 0
		}))
	})
}

func TestFutures(t *testing.T) {
	schedules(t, func(w *world) {
		p, g := w.guest("p", 16), w.guest("g", 32)
		ft := value.FutureOf(value.TypeU8)
		callee := p.lift("p", w.asyncSig(ft, ft), p.async, func(a []uint64) uint64 {
			e := p.ends(ft)
			r, wr := pair(e.new())
			p.taskReturn(ft)(r)
			eq(t, "read", e.syncRead(a[0], 3), completed)
			eq(t, "value", p.mem.b[3], 42)
			p.mem.b[3] = 43
			eq(t, "write", e.syncWrite(wr, 3), completed)
			e.dropReadable(a[0])
			return e.dropWritable(wr)
		})
		w.run(g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
			e, ws := g.ends(ft), g.setNew()()
			for _, late := range []bool{false, true} {
				r, wr := pair(e.new())
				eq(t, "call", g.lower(callee, callee.Type, g.async)(r, 16), returned)
				r = uint64(g.u32(16))
				eq(t, "read", e.read(r, 0), blocked)
				g.mem.b[8] = 42
				eq(t, "write", e.write(wr, 8), completed)
				if late {
					end, err := g.inst.End(uint32(r), task.ReadableFutureEnd, w.types.Type(value.TypeU8))
					must(err)
					w.wait(end.HasPendingEvent)
					eq(t, "cancel", e.cancelRead(r), completed)
				} else {
					g.join()(r, ws)
					g.event("read", g.setWait()(ws, 16), 16, task.EventFutureRead, r, completed)
				}
				eq(t, "value", g.mem.b[0], 43)
				e.read.trap(t, "cannot read from future after previous read succeeded", r, 0)
				e.write.trap(t, "cannot write to future after previous write succeeded", wr, 0)
				e.dropWritable(wr)
				e.dropReadable(r)
			}
			g.setDrop()(ws)
			r, wr := pair(e.new())
			e.dropWritable.trap(t, "cannot drop future write end without first writing a value", wr)
			eq(t, "write", e.write(wr, 0), blocked)
			e.dropWritable.trap(t, "cannot drop busy future", wr)
			eq(t, "cancel", e.cancelWrite(wr), cancelled)
			e.dropReadable(r)
			eq(t, "write", e.write(wr, 0), dropped)
			return e.dropWritable(wr)
		}))
	})
}

// TestSelfCopy is reader and writer in one instance: of numbers only.
func TestSelfCopy(t *testing.T) {
	for _, elem := range []*value.Type{nil, value.TypeU8, value.TypeF64} {
		schedules(t, func(w *world) {
			g := w.guest("g", 64)
			w.run(g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
				f, s, ws := g.ends(value.FutureOf(elem)), g.ends(value.StreamOf(elem)), g.setNew()()
				r, wr := pair(f.new())
				eq(t, "write", f.write(wr, 0), blocked)
				eq(t, "read", f.read(r, 0), completed)
				f.dropReadable(r)
				g.join()(wr, ws)
				g.event("write", g.setWait()(ws, 0), 0, task.EventFutureWrite, wr, completed)
				f.dropWritable(wr)
				r, wr = pair(s.new())
				eq(t, "write", s.write(wr, 0, 3), blocked)
				copied(t, "read", s.read(r, 0, 1), completed, 1)
				copied(t, "read", s.read(r, 0, 4), completed, 2)
				s.dropReadable(r)
				g.join()(wr, ws)
				g.event("write", g.setWait()(ws, 0), 0, task.EventStreamWrite, wr, dropped|3<<4)
				s.dropWritable(wr)
				return g.setDrop()(ws)
			}))
		})
	}
}

// TestStreamTraps is what a guest can do wrong with streams.
func TestStreamTraps(t *testing.T) {
	st := value.StreamOf(value.TypeU32)
	tests := []struct {
		name, want string
		f          func(g *guest, e ends, r, wr uint64)
	}{
		{"wrong end", "expected the readable end of a stream but found the writable end of a stream",
			func(_ *guest, e ends, _, wr uint64) { e.read(wr, 0, 1) }},
		{"wrong payload", "another payload", func(g *guest, _ ends, r, _ uint64) { g.ends(value.StreamOf(value.TypeU8)).read(r, 0, 1) }},
		{"not aligned", "unaligned pointer", func(_ *guest, e ends, r, _ uint64) { e.read(r, 2, 1) }},
		{"out of bounds", "out of bounds", func(_ *guest, e ends, r, _ uint64) { e.read(r, 56, 3) }},
		{"end of address space", "out of bounds", func(_ *guest, e ends, r, _ uint64) { e.read(r, 0xffff_fffc, 1<<28-1) }},
		{"too long", "at most 268435455", func(_ *guest, e ends, r, _ uint64) { e.read(r, 0, 1<<28) }},
		{"two at once", "cannot have concurrent operations", func(_ *guest, e ends, r, _ uint64) { e.read(r, 0, 1); e.read(r, 0, 1) }},
		{"drop while reading", "cannot remove busy stream", func(_ *guest, e ends, r, _ uint64) { e.read(r, 0, 1); e.dropReadable(r) }},
		{"drop while writing", "cannot drop busy stream", func(_ *guest, e ends, _, wr uint64) { e.write(wr, 0, 1); e.dropWritable(wr) }},
		{"sync in a set", "waitable cannot be used synchronously while added to a waitable set",
			func(g *guest, e ends, r, _ uint64) { g.join()(r, g.setNew()()); e.syncRead(r, 0, 1) }},
		{"sync cancel in a set", "waitable cannot be used synchronously", func(g *guest, e ends, r, _ uint64) {
			g.join()(r, g.setNew()())
			e.read(r, 0, 1)
			e.cancelRead(r)
		}},
		{"write after the end", "cannot write to stream after being notified that the readable end dropped",
			func(_ *guest, e ends, r, wr uint64) { e.dropReadable(r); e.write(wr, 0, 1); e.write(wr, 0, 1) }},
		{"lift in a set", "cannot lift stream while it's in a waitable set", func(g *guest, e ends, r, _ uint64) {
			g.join()(r, g.setNew()())
			must2(g.inst, r, g.types.Type(st))
		}},
		{"lift busy", "cannot remove busy stream", func(g *guest, e ends, r, _ uint64) { e.read(r, 0, 1); must2(g.inst, r, g.types.Type(st)) }},
		{"lift done", "cannot lift stream after being notified that the writable end dropped",
			func(g *guest, e ends, r, wr uint64) {
				e.dropWritable(wr)
				e.read(r, 0, 1)
				must2(g.inst, r, g.types.Type(st))
			}},
		{"one instance", "cannot read from and write to intra-component stream", func(g *guest, _ ends, _, _ uint64) {
			e := g.ends(value.StreamOf(value.TypeChar))
			r, wr := pair(e.new())
			e.write(wr, 0, 1)
			e.read(r, 0, 1)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			g := w.guest("g", 64)
			f := g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
				e := g.ends(st)
				r, wr := pair(e.new())
				tt.f(g, e, r, wr)
				return 0
			})
			if _, err := w.call(f); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// must2 lifts the readable end of a stream.
func must2(inst *task.Instance, i uint64, t *abi.Type) {
	tk := &task.Task{Inst: inst}
	_, err := tk.LiftAsyncValue(uint32(i), t)
	must(err)
}

// TestStreamOfResources moves own handles and strings from instance to
// instance, whose slots differ.
func TestStreamOfResources(t *testing.T) {
	w := newWorld(t)
	p, c := w.guest("p", 64), w.guest("c", 128)
	rt := &task.ResourceType{Name: "r", Impl: p.inst}
	ownP, _ := p.resource(rt)
	c.resource(&task.ResourceType{Name: "other", Impl: c.inst})
	ownC, _ := c.resource(rt)
	item := func(own *value.Type) *value.Type {
		return &value.Type{Kind: value.KindTuple, Fields: fields([]*value.Type{own, value.TypeString})}
	}
	stP, stC := value.StreamOf(item(ownP)), value.StreamOf(item(ownC))
	newR, _, _ := p.resourceFuncs(0)
	_, rep, _ := c.resourceFuncs(1)
	callee := p.lift("p", w.asyncSig(stP), p.async, func([]uint64) uint64 {
		e := p.ends(stP)
		r, wr := pair(e.new())
		p.taskReturn(stP)(r)
		p.mem.b[0], p.mem.b[4], p.mem.b[8] = byte(newR(77)), 32, 2
		copy(p.mem.b[32:], "hi")
		// The reader drops its end before the writer learns of the copy.
		copied(t, "write", e.syncWrite(wr, 0, 1), dropped, 1)
		return e.dropWritable(wr)
	})
	c.heap = 64
	w.run(c.lift("c", w.asyncSig(nil), c.sync, func([]uint64) uint64 {
		e := c.ends(stC)
		eq(t, "call", c.lower(callee, w.asyncSig(stC), c.async)(0), returned)
		r := uint64(c.u32(0))
		copied(t, "read", e.syncRead(r, 16, 2), completed, 1)
		eq(t, "rep", rep(uint64(c.u32(16))), 77)
		ptr := c.u32(20)
		eq(t, "string", string(c.mem.b[ptr:][:c.u32(24)]), "hi")
		return e.dropReadable(r)
	}))
	eq(t, "handles of p", p.inst.Handles.Len(), 0)
}

func TestErrorContext(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 8192)
	copy(g.mem.b[16:], "oh no")
	for i := range 3000 {
		g.mem.b[4096+i] = "é"[i%2]
	}
	newE := g.builtin(component.CanonErrorContextNew, Builtin{})
	msg := g.builtin(component.CanonErrorContextDebugMessage, Builtin{})
	w.run(g.lift("f", w.asyncSig(nil), g.sync, func([]uint64) uint64 {
		e := newE(16, 5)
		g.heap = 32
		msg(e, 0)
		eq(t, "message", string(g.mem.b[g.u32(0):][:g.u32(4)]), "oh no")
		msg(newE(4096, 3000), 0)
		eq(t, "length of a long one", g.u32(4), maxDebugMessage)
		g.builtin(component.CanonErrorContextDrop, Builtin{})(e)
		msg.trap(t, "unknown handle index", e, 0)
		newE.trap(t, "out of bounds", 8190, 5)
		return 0
	}))
}
