package canon

// This file is the table of the built-ins, and what they share.

import (
	"context"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

var builtins = map[component.CanonOp]func(context.Context, *Builtin, []uint64) error{
	component.CanonResourceNew:              canonResourceNew,
	component.CanonResourceDrop:             canonResourceDrop,
	component.CanonResourceRep:              canonResourceRep,
	component.CanonContextGet:               canonContextGet,
	component.CanonContextSet:               canonContextSet,
	component.CanonBackpressureInc:          canonBackpressureInc,
	component.CanonBackpressureDec:          canonBackpressureDec,
	component.CanonTaskReturn:               canonTaskReturn,
	component.CanonTaskCancel:               canonTaskCancel,
	component.CanonWaitableSetNew:           canonWaitableSetNew,
	component.CanonWaitableSetWait:          canonWaitableSetWait,
	component.CanonWaitableSetPoll:          canonWaitableSetPoll,
	component.CanonWaitableSetDrop:          canonWaitableSetDrop,
	component.CanonWaitableJoin:             canonWaitableJoin,
	component.CanonSubtaskCancel:            canonSubtaskCancel,
	component.CanonSubtaskDrop:              canonSubtaskDrop,
	component.CanonStreamNew:                canonStreamNew,
	component.CanonStreamRead:               canonStreamRead,
	component.CanonStreamWrite:              canonStreamWrite,
	component.CanonStreamCancelRead:         canonStreamCancelRead,
	component.CanonStreamCancelWrite:        canonStreamCancelWrite,
	component.CanonStreamDropReadable:       canonStreamDropReadable,
	component.CanonStreamDropWritable:       canonStreamDropWritable,
	component.CanonFutureNew:                canonFutureNew,
	component.CanonFutureRead:               canonFutureRead,
	component.CanonFutureWrite:              canonFutureWrite,
	component.CanonFutureCancelRead:         canonFutureCancelRead,
	component.CanonFutureCancelWrite:        canonFutureCancelWrite,
	component.CanonFutureDropReadable:       canonFutureDropReadable,
	component.CanonFutureDropWritable:       canonFutureDropWritable,
	component.CanonThreadIndex:              canonThreadIndex,
	component.CanonThreadNewIndirect:        canonThreadNewIndirect,
	component.CanonThreadResumeLater:        canonThreadResumeLater,
	component.CanonThreadSuspend:            canonThreadSuspend,
	component.CanonThreadYield:              canonThreadYield,
	component.CanonThreadSuspendThenResume:  canonThreadSuspendThenResume,
	component.CanonThreadYieldThenResume:    canonThreadYieldThenResume,
	component.CanonThreadSuspendThenPromote: canonThreadSuspendThenPromote,
	component.CanonThreadYieldThenPromote:   canonThreadYieldThenPromote,
	component.CanonErrorContextNew:          canonErrorContextNew,
	component.CanonErrorContextDebugMessage: canonErrorContextDebugMessage,
	component.CanonErrorContextDrop:         canonErrorContextDrop,
	component.CanonThreadParallelism:        threadParallelism,
}

// NewBuiltin makes a built-in for a definition that is not lift or lower, with
// the fields of b. One that is not available traps when it is called.
func NewBuiltin(op component.CanonOp, b Builtin) *Builtin {
	b.do = builtins[op]
	if b.do == nil {
		b.do = func(context.Context, *Builtin, []uint64) error {
			return abi.Trapf("%s is not available: threads that share memory are not supported in components; use thread.new-indirect", op)
		}
	}
	if b.Opts == nil {
		b.Opts = new(abi.Options)
	}
	return &b
}

// dtorType is the type of destructors, dtorOpts their options.
var (
	types    = abi.NewTypes()
	dtorType = types.Func(&value.FuncType{Params: []value.Field{{Name: "rep", Type: value.TypeU32}}})
	dtorOpts abi.Options
	textType = types.Type(value.TypeString)
)

// threadParallelism is thread.available-parallelism: one thread of a store runs
// at a time.
func threadParallelism(_ context.Context, _ *Builtin, stack []uint64) error {
	stack[0] = 1
	return nil
}

// current is the thread that runs in an instance.
func current(inst *task.Instance) (*task.Thread, error) {
	if th := inst.Store.Current; th != nil && th.Task.Inst == inst {
		return th, nil
	}
	return nil, abi.Trapf("the instance calls out while none of its tasks runs")
}

// mayLeave checks that the instance may call out, and finds its thread.
func (b *Builtin) mayLeave() (*task.Thread, error) {
	if err := b.Inst.CheckLeave(); err != nil {
		return nil, err
	}
	return current(b.Inst)
}

// mayBlock is mayLeave of a built-in that waits, unless it is async.
func (b *Builtin) mayBlock(async bool) (*task.Thread, error) {
	th, err := b.mayLeave()
	if err == nil && !async {
		err = th.CheckMayBlock()
	}
	return th, err
}

// pointer is an argument that is a pointer or length.
func (b *Builtin) pointer(x uint64) uint64 {
	if b.Opts.Width == abi.Width32 {
		return uint64(uint32(x))
	}
	return x
}

// truth is a bool as a core value.
func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// A realloc is a realloc function that runs in a thread of its own, as code
// with context slots needs it.
type realloc struct {
	f      abi.CoreFunc
	task   task.Task
	thread task.Thread
}

// NewRealloc wraps the realloc function of an instance that uses context.get
// or context.set: the slots that it sees are not those of its caller.
func NewRealloc(inst *task.Instance, f abi.CoreFunc) abi.CoreFunc {
	r := &realloc{f: f}
	r.task.Reset(dtorType, &dtorOpts, inst)
	return r
}

// Call implements abi.CoreFunc. Realloc functions cannot be reentered.
func (r *realloc) Call(ctx context.Context, stack []uint64) error {
	r.thread.Inline(&r.task)
	return r.thread.EndInline(r.f.Call(ctx, stack))
}
