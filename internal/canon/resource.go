package canon

// This file is the built-ins of resources (sections "canon resource.new",
// "canon resource.drop" and "canon resource.rep").

import (
	"context"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
)

func canonResourceNew(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	i, err := b.Inst.NewResource(b.Inst.Resources[b.Resource], abi.Rep{Bits: stack[0]})
	stack[0] = uint64(i)
	return err
}

func canonResourceDrop(ctx context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	rt := b.Inst.Resources[b.Resource]
	rep, own, err := b.Inst.RemoveResource(uint32(stack[0]), rt)
	if err != nil || !own {
		return err
	}
	return Destroy(ctx, rt, rep, b.Inst)
}

func canonResourceRep(_ context.Context, b *Builtin, stack []uint64) error {
	rep, err := b.Inst.ResourceRep(uint32(stack[0]), b.Inst.Resources[b.Resource])
	stack[0] = rep.Bits
	return err
}

// Drop drops a resource that the host owns.
func Drop(ctx context.Context, h *task.Handle) error {
	s := h.Store
	nested, err := s.Enter(ctx)
	if err != nil {
		return err
	}
	if !nested {
		defer s.Leave()
	}
	rep, err := h.Take()
	if err != nil {
		return err
	}
	return Destroy(ctx, h.Type, rep, nil)
}

// Destroy runs the destructor of a resource that caller owned; caller is nil
// for the host. Needs the baton.
func Destroy(ctx context.Context, rt *task.ResourceType, rep abi.Rep, caller *task.Instance) error {
	if rt.Host() {
		if rt.HostDtor == nil {
			return nil
		}
		if caller != nil {
			ctx = caller.Store.HostContext(ctx)
		}
		return rt.HostDtor(ctx, rep.Host)
	}
	if rt.Impl != caller {
		if err := rt.Impl.MayEnterFrom(caller); err != nil {
			return abi.In(err, "destructor of "+rt.Name)
		}
	}
	if rt.Dtor == nil {
		return nil
	}
	f := &Func{Name: "destructor of " + rt.Name, Type: dtorType, Inst: rt.Impl, Callee: rt.Dtor, Opts: &dtorOpts}
	c := f.enter(ctx, caller, rt.Impl.EnteringSet(caller))
	c.nested = true // the baton stays where it is
	c.Stack[0] = rep.Bits
	return c.End(c.Invoke())
}
