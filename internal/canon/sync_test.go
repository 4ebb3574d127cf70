package canon

import (
	"context"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// resource declares a resource type in a slot of the guest.
func (g *guest) resource(rt *task.ResourceType) (own, borrow *value.Type) {
	g.inst.Resources = append(g.inst.Resources, rt)
	r := &value.Resource{Name: rt.Name, Slot: len(g.inst.Resources) - 1}
	return &value.Type{Kind: value.KindOwn, Resource: r}, &value.Type{Kind: value.KindBorrow, Resource: r}
}

func (g *guest) resourceFuncs(slot int) (newR, rep, drop fn) {
	b := Builtin{Resource: slot}
	return g.builtin(component.CanonResourceNew, b), g.builtin(component.CanonResourceRep, b), g.builtin(component.CanonResourceDrop, b)
}

// TestHandles is test_handles: own and borrow handles as parameters, results,
// and arguments of a function of the host.
func TestHandles(t *testing.T) {
	schedules(t, func(w *world) {
		impl, g := w.guest("impl", 0), w.guest("user", 64)
		dropped := uint64(0)
		dtor := core(func(a []uint64) uint64 { dropped = a[0]; return 0 })
		rt := &task.ResourceType{Name: "r", Impl: impl.inst, Dtor: dtor}
		rt2 := &task.ResourceType{Name: "r2", Impl: g.inst, Dtor: dtor}
		own, borrow := g.resource(rt)
		_, borrow2 := g.resource(rt2)
		newR, rep, drop := g.resourceFuncs(0)

		host := &Func{Name: "host", Host: func(_ context.Context, c *HostCall, flat []uint64) error {
			for i, want := range []uint64{42, 44} {
				r, err := c.Cx.Handles.LiftBorrow(uint32(flat[i]), 0)
				if err != nil {
					return err
				}
				eq(t, "host's argument", r.Bits, want)
			}
			i, err := c.Cx.Handles.LowerOwn(abi.Rep{Bits: 45}, 0)
			flat[0] = uint64(i)
			return err
		}}
		callHost := g.lower(host, w.sig(own, borrow, borrow), g.sync)
		results := &value.Type{Kind: value.KindTuple, Fields: fields([]*value.Type{own, own, own})}
		f := g.lift("f", w.sig(results, own, own, borrow, borrow2), g.sync, func(a []uint64) uint64 {
			eq(t, "handles", g.inst.Handles.Len(), 3)
			for i, want := range []uint64{1, 2, 3, 13} {
				eq(t, "argument", a[i], want)
			}
			for i, want := range []uint64{42, 43, 44} {
				eq(t, "rep", rep(a[i]), want)
			}
			h4 := callHost(1, 3)
			eq(t, "result of the host", h4, 4)
			eq(t, "its rep", rep(h4), 45)
			drop(1)
			eq(t, "dropped", dropped, 42)
			eq(t, "handles", g.inst.Handles.Len(), 3)
			h := newR(46)
			eq(t, "index used again", h, 1)
			dropped = 0
			drop(3)
			eq(t, "a borrow has no destructor", dropped, 0)
			for i, x := range []uint64{h, 2, h4} {
				g.mem.b[4*i] = byte(x)
			}
			return 0
		})
		var got []uint64
		err := f.CallAsync(context.Background(), func(cx *abi.Context, flat []uint64) error {
			for i, bits := range []uint64{42, 43} {
				h, err := cx.Handles.LowerOwn(abi.Rep{Bits: bits}, 0)
				if err != nil {
					return err
				}
				flat[i] = uint64(h)
			}
			h, err := cx.Handles.LowerBorrow(abi.Rep{Bits: 44}, 0)
			if err != nil {
				return err
			}
			flat[2] = uint64(h)
			h, err = cx.Handles.LowerBorrow(abi.Rep{Bits: 13}, 1)
			flat[3] = uint64(h)
			return err
		}, func(cx *abi.Context, flat []uint64, inMem bool) error {
			eq(t, "results in memory", inMem, true)
			for i := range 3 {
				r, err := cx.Handles.LiftOwn(g.u32(flat[0]+uint64(4*i)), 0)
				if err != nil {
					return err
				}
				got = append(got, r.Bits)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []uint64{46, 43, 45} {
			eq(t, "result", got[i], want)
		}
		eq(t, "handles afterwards", g.inst.Handles.Len(), 0)
	})
}

// TestHandleTraps is what a guest can do wrong with handles.
func TestHandleTraps(t *testing.T) {
	tests := []struct {
		name, want string
		f          func(g *guest, newR, rep, drop fn)
	}{
		{"never allocated", "unknown handle index 5", func(_ *guest, _, rep, _ fn) { rep(5) }},
		{"zero", "unknown handle index 0", func(_ *guest, _, _, drop fn) { drop(0) }},
		{"largest", "unknown handle index 4294967295", func(_ *guest, _, _, drop fn) { drop(0xffff_ffff) }},
		{"twice", "unknown handle index 1", func(_ *guest, newR, _, drop fn) { drop(newR(7)); drop(1) }},
		{"other resource", "handle index 1 used with the wrong type", func(g *guest, newR, _, _ fn) {
			_, rep, _ := g.resourceFuncs(1)
			rep(newR(7))
		}},
		{"other kind", "handle index 1 used with the wrong type, expected guest-defined resource a but found a waitable set",
			func(g *guest, _, rep, _ fn) { rep(g.setNew()()) }},
		{"no waitable set", "expected a waitable set but found guest-defined resource a",
			func(g *guest, newR, _, _ fn) { g.setDrop()(newR(7)) }},
		{"no waitable", "expected a waitable but found a waitable set",
			func(g *guest, _, _, _ fn) { g.join()(g.setNew()(), 0) }},
		{"no subtask", "expected a subtask but found a waitable set",
			func(g *guest, _, _, _ fn) { g.cancel(true)(g.setNew()()) }},
		{"no error context", "expected an error context but found a waitable set", func(g *guest, _, _, _ fn) {
			g.builtin(component.CanonErrorContextDrop, Builtin{})(g.setNew()())
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			g := w.guest("g", 16)
			g.resource(&task.ResourceType{Name: "a", Impl: g.inst})
			g.resource(&task.ResourceType{Name: "b", Impl: g.inst})
			newR, rep, drop := g.resourceFuncs(0)
			f := g.lift("f", w.sig(nil), g.sync, func([]uint64) uint64 { tt.f(g, newR, rep, drop); return 0 })
			if _, err := w.call(f); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if _, err := w.call(f); err == nil || !strings.Contains(err.Error(), "cannot enter component instance") {
				t.Errorf("after the trap: %v", err)
			}
		})
	}
}

// TestBorrows is borrows between components: lends while a call runs, borrows
// that outlive it.
func TestBorrows(t *testing.T) {
	schedules(t, func(w *world) {
		a, b, c := w.guest("a", 16), w.guest("b", 16), w.guest("c", 16)
		rt := &task.ResourceType{Name: "r", Impl: a.inst}
		for _, g := range []*guest{a, b, c} {
			g.resource(rt)
		}
		_, borrow := b.resource(rt) // slot 1 of b, and of c
		c.resource(rt)
		newR, _, drop := b.resourceFuncs(1)
		_, repC, dropC := c.resourceFuncs(1)
		keep := false
		f := c.lift("f", w.sig(nil, borrow), c.sync, func(x []uint64) uint64 {
			eq(t, "rep", repC(x[0]), 9)
			if !keep {
				dropC(x[0])
			}
			return 0
		})
		callF := b.lower(f, f.Type, b.sync)
		g := b.lift("g", w.sig(nil), b.sync, func([]uint64) uint64 {
			h := newR(9)
			callF(h)
			drop(h) // the lend is over
			keep = true
			callF(newR(9))
			return 0
		})
		if _, err := w.call(g); err == nil || !strings.Contains(err.Error(), "borrow handles still remain at the end of the call") {
			t.Error(err)
		}
		if c.inst.MayEnter {
			t.Error("the instance that trapped may be entered")
		}
	})
}

// TestLent is a handle that is dropped while it is lent.
func TestLent(t *testing.T) {
	w := newWorld(t)
	a, b := w.guest("a", 16), w.guest("b", 16)
	_, borrow := a.resource(&task.ResourceType{Name: "r", Impl: a.inst})
	b.resource(a.inst.Resources[0])
	newR, _, drop := a.resourceFuncs(0)
	slow := flag{}
	f := b.lift("f", w.asyncSig(nil, borrow), b.async, func(x []uint64) uint64 {
		_, _, dropB := b.resourceFuncs(0)
		w.wait(slow.isSet)
		dropB(x[0])
		return b.taskReturn(nil)()
	})
	callF := a.lower(f, f.Type, a.async)
	g := a.lift("g", w.asyncSig(nil), a.sync, func([]uint64) uint64 {
		h := newR(9)
		_, sub := status(callF(h))
		drop.trap(t, "cannot remove owned resource while borrowed", h)
		slow.set()
		ws := a.setNew()()
		a.join()(sub, ws)
		a.subtaskDrop().trap(t, "cannot drop a subtask which has not yet resolved", sub)
		a.event("end", a.setWait()(ws, 0), 0, task.EventSubtask, sub, uint64(task.SubtaskReturned))
		drop(h)
		a.subtaskDrop()(sub)
		return 0
	})
	w.run(g)
}

// TestMayLeave is calls out of realloc and post-return.
func TestMayLeave(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 64)
	ws := g.setNew()
	post := core(func([]uint64) uint64 {
		ws.trap(t, "cannot leave component instance")
		g.yield(false).trap(t, "cannot leave component instance")
		g.inc()()
		return 0
	})
	o := &abi.Options{Memory: g.mem, PostReturn: post}
	w.run(g.lift("f", w.sig(nil), o, func([]uint64) uint64 { return 0 }))
	eq(t, "backpressure", g.inst.Backpressure, 1)
	g.yield(false).trap(t, "none of its tasks runs")
}

// TestContextSlots is context slots of nested calls, destructors and realloc.
func TestContextSlots(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 64)
	get, set := g.getContext(), g.setContext()
	g.resource(&task.ResourceType{Name: "r", Impl: g.inst, Dtor: core(func(a []uint64) uint64 {
		eq(t, "slot in destructor", get(), 0)
		set(5)
		return 0
	})})
	re := NewRealloc(g.inst, core(func(a []uint64) uint64 {
		eq(t, "slot in realloc", get(), 0)
		set(6)
		return 16
	}))
	o := &abi.Options{Memory: g.mem, Realloc: re}
	newR, _, drop := g.resourceFuncs(0)
	f := g.lift("f", w.sig(nil), o, func([]uint64) uint64 {
		eq(t, "slot at first", get(), 0)
		set(0xffff_ffff_0000_0007)
		drop(newR(1))
		stack := []uint64{0, 0, 1, 1}
		must(re.Call(context.Background(), stack))
		eq(t, "result of realloc", stack[0], 16)
		eq(t, "slot at last", get(), 7)
		return 0
	})
	w.run(f)
	w.run(f)
}

// TestReenter is calls that may not enter their instance.
func TestReenter(t *testing.T) {
	w := newWorld(t)
	a, b := w.guest("a", 16), w.guest("b", 16)
	var callB fn
	f := a.lift("f", w.sig(nil), a.sync, func([]uint64) uint64 { callB(); return 0 })
	callF := b.lower(f, f.Type, b.sync)
	callB = a.lower(b.lift("g", w.sig(nil), b.sync, func([]uint64) uint64 { return callF() }), w.sig(nil), a.sync)
	if _, err := w.call(f); err == nil || !strings.Contains(err.Error(), "cannot enter component instance a: a call of it is under way") {
		t.Error(err)
	}
	for _, g := range []*guest{a, b} {
		if g.inst.MayEnter || g.inst.Trap == nil {
			t.Errorf("instance %s is not poisoned", g.inst.Name)
		}
	}
}

// TestBadArguments is arguments of the host that cannot be lowered: the
// instance stays as it was.
func TestBadArguments(t *testing.T) {
	w := newWorld(t)
	g := w.guest("g", 16)
	for _, sig := range []*abi.FuncType{w.sig(value.TypeU32), w.asyncSig(value.TypeU32)} {
		f := g.lift("f", sig, g.sync, func([]uint64) uint64 { return 3 })
		bad := context.Canceled
		err := f.CallAsync(context.Background(), func(*abi.Context, []uint64) error { return bad }, nil)
		eq(t, "error", err, error(bad))
		eq(t, "result", w.run(f)[0], 3)
		eq(t, "threads", g.inst.Threads.Len(), 0)
	}
}
