package govalue

// This file is resources in Go functions.

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

type hostFile struct{ path string }

func (f *hostFile) String() string { return f.path }

var (
	guestRes = &value.Resource{Name: "guest-file", Slot: 0}
	hostRes  = &value.Resource{Name: "host-file", Slot: 1}
)

// withResources is a guest with two resource types.
func withResources() *guest {
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	g.inst.Resources = []*task.ResourceType{
		{Name: "guest-file", Impl: g.inst},
		{Name: "host-file", HostType: reflect.TypeFor[*hostFile]()},
	}
	return g
}

func TestExportHandles(t *testing.T) {
	g := withResources()
	ctx := context.Background()
	open := bind[func(context.Context, uint32) (*task.Handle, error)](t, g.lift(funcType(value.OwnOf(guestRes), value.TypeU32), func(stack []uint64) error {
		h, err := g.inst.NewResource(g.inst.Resources[0], abi.Rep{Bits: stack[0]})
		stack[0] = uint64(h)
		return err
	}))
	// The implementer of a resource gets the representation of a borrow.
	size := bind[func(context.Context, *task.Handle) (uint32, error)](t, g.lift(funcType(value.TypeU32, value.BorrowOf(guestRes)), func([]uint64) error { return nil }))
	keep := bind[func(context.Context, *task.Handle) error](t, g.lift(funcType(nil, value.OwnOf(guestRes)), func([]uint64) error { return nil }))
	h, err := open(ctx, 42)
	if err != nil || !h.Own() {
		t.Fatal(h, err)
	}
	for range 2 {
		if n, err := size(ctx, h); n != 42 || err != nil {
			t.Error(n, err)
		}
	}
	if err := keep(ctx, h); err != nil {
		t.Error(err)
	}
	if _, err := size(ctx, h); err == nil || !strings.Contains(err.Error(), "dropped or given away") {
		t.Error(err)
	}
	if err := keep(ctx, nil); !isBadValue(err) || err.Error() != "parameter `p`: a handle of guest-file must not be nil" {
		t.Error(err)
	}
	// A resource of the host goes in and out.
	swap := bind[func(context.Context, *hostFile) (*hostFile, error)](t, g.lift(funcType(value.OwnOf(hostRes), value.OwnOf(hostRes)), func([]uint64) error { return nil }))
	f := &hostFile{"a"}
	if got, err := swap(ctx, f); got != f || err != nil {
		t.Error(got, err)
	}
	named := bind[func(fmt.Stringer) (fmt.Stringer, error)](t, g.lift(funcType(value.OwnOf(hostRes), value.OwnOf(hostRes)), func([]uint64) error { return nil }))
	if got, err := named(f); got != f || err != nil {
		t.Error(got, err)
	}
	dynamic := bind[func(value.Value) (value.Value, error)](t, g.lift(funcType(value.OwnOf(hostRes), value.OwnOf(hostRes)), func([]uint64) error { return nil }))
	v := must[value.Value](t)(value.Handle(value.OwnOf(hostRes), f))
	if got, err := dynamic(v); err != nil || got.Handle() != f {
		t.Error(got, err)
	}
	if err := g.inst.MayEnterFrom(nil); err != nil {
		t.Error(err)
	}
}

func TestHostHandles(t *testing.T) {
	g := withResources()
	var kept []*task.Handle
	take := func(all []*task.Handle) { kept = append(kept, all...) }
	ft := funcType(nil, value.ListOf(value.OwnOf(guestRes)))
	h, err := BindHost(reflect.ValueOf(take), ft, g.inst.Resources)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		n := must[uint32](t)(g.inst.NewResource(g.inst.Resources[0], abi.Rep{Bits: uint64(i)}))
		abi.StoreInt(g.mem.b, uint64(4*i), 4, uint64(n))
	}
	l := g.lower(ft, h)
	if err := l.Call(t.Context(), []uint64{0, 2}); err != nil || len(kept) != 2 || !kept[1].Own() {
		t.Error(kept, err)
	}
	if err := l.Call(t.Context(), []uint64{0, 2}); err == nil || !strings.HasPrefix(err.Error(), "host: parameter `p`[0]: unknown handle index") {
		t.Error(err)
	}
	// A borrow ends with the call.
	var borrowed *task.Handle
	ft = funcType(value.OwnOf(hostRes), value.BorrowOf(guestRes))
	h, err = BindHost(reflect.ValueOf(func(h *task.Handle) *hostFile { borrowed = h; return &hostFile{"new"} }), ft, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := must[uint32](t)(g.inst.NewResource(g.inst.Resources[0], abi.Rep{Bits: 9}))
	stack := []uint64{uint64(n)}
	if err := g.lower(ft, h).Call(t.Context(), stack); err != nil {
		t.Fatal(err)
	}
	if _, err := borrowed.Lend(); err == nil {
		t.Error("a borrow is good after the call")
	}
	rep := must[abi.Rep](t)(g.inst.ResourceRep(uint32(stack[0]), g.inst.Resources[1]))
	if f, ok := rep.Host.(*hostFile); !ok || f.path != "new" {
		t.Error(rep)
	}
	// What is bound to no known type is checked when it comes.
	h, err = BindHost(reflect.ValueOf(func(*task.Handle) {}), funcType(nil, value.OwnOf(hostRes)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.lower(funcType(nil, value.OwnOf(hostRes)), h).Call(t.Context(), stack); err == nil {
		t.Error("a handle of the wrong type is accepted")
	}
}

// TestHostViews checks that a function serves components that number their
// resource types each their own way.
func TestHostViews(t *testing.T) {
	one, two := withResources(), withResources()
	two.inst.Resources[0], two.inst.Resources[1] = two.inst.Resources[1], two.inst.Resources[0]
	got := ""
	fn := reflect.ValueOf(func(f *hostFile) { got = f.path })
	t1 := funcType(nil, value.BorrowOf(hostRes))
	t2 := funcType(nil, value.BorrowOf(&value.Resource{Name: "host-file", Slot: 0}))
	h, err := BindHost(fn, t1, one.inst.Resources)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		a := must[uint32](t)(one.inst.NewResource(one.inst.Resources[1], abi.Rep{Host: &hostFile{"one"}}))
		if err := one.lower(t1, h).Call(t.Context(), []uint64{uint64(a)}); err != nil || got != "one" {
			t.Error(i, got, err)
		}
		b := must[uint32](t)(two.inst.NewResource(two.inst.Resources[0], abi.Rep{Host: &hostFile{"two"}}))
		if err := two.lower(t2, h).Call(t.Context(), []uint64{uint64(b)}); err != nil || got != "two" {
			t.Error(i, got, err)
		}
	}
}
