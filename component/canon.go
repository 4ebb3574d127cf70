// This file is the canonical definitions, with one table that says what each
// is called and what follows it (explainer, section "Canonical Definitions").

package component

import (
	"strconv"

	"github.com/dray-wasm/dray/wasm"
)

// A Canon is a canonical definition: a lifted or lowered function, or a
// canonical built-in. [CanonInfo.Imms] of its Op says which fields count.
type Canon struct {
	Pos int64
	Op  CanonOp
	// Func is the core function of lift, the function of lower.
	Func uint32
	// Type is a type index; for the thread built-ins a core type index.
	Type uint32
	// Table and Memory are core indices.
	Table, Memory uint32
	// Async, Cancellable and Shared are the keywords of those names.
	Async, Cancellable, Shared bool
	// Result is the result of task.return; zero for none.
	Result ValType
	// Slot and SlotType are the context slot and its type.
	Slot     uint32
	SlotType wasm.ValType
	Opts     []CanonOpt
}

// A CanonOp says which canonical definition a [Canon] is; its value is the
// byte of the binary format.
type CanonOp uint8

// The canonical definitions.
const (
	CanonLift                     CanonOp = 0x00
	CanonLower                    CanonOp = 0x01
	CanonResourceNew              CanonOp = 0x02
	CanonResourceDrop             CanonOp = 0x03
	CanonResourceRep              CanonOp = 0x04
	CanonTaskCancel               CanonOp = 0x05
	CanonSubtaskCancel            CanonOp = 0x06
	CanonTaskReturn               CanonOp = 0x09
	CanonContextGet               CanonOp = 0x0a
	CanonContextSet               CanonOp = 0x0b
	CanonThreadYield              CanonOp = 0x0c
	CanonSubtaskDrop              CanonOp = 0x0d
	CanonStreamNew                CanonOp = 0x0e
	CanonStreamRead               CanonOp = 0x0f
	CanonStreamWrite              CanonOp = 0x10
	CanonStreamCancelRead         CanonOp = 0x11
	CanonStreamCancelWrite        CanonOp = 0x12
	CanonStreamDropReadable       CanonOp = 0x13
	CanonStreamDropWritable       CanonOp = 0x14
	CanonFutureNew                CanonOp = 0x15
	CanonFutureRead               CanonOp = 0x16
	CanonFutureWrite              CanonOp = 0x17
	CanonFutureCancelRead         CanonOp = 0x18
	CanonFutureCancelWrite        CanonOp = 0x19
	CanonFutureDropReadable       CanonOp = 0x1a
	CanonFutureDropWritable       CanonOp = 0x1b
	CanonErrorContextNew          CanonOp = 0x1c
	CanonErrorContextDebugMessage CanonOp = 0x1d
	CanonErrorContextDrop         CanonOp = 0x1e
	CanonWaitableSetNew           CanonOp = 0x1f
	CanonWaitableSetWait          CanonOp = 0x20
	CanonWaitableSetPoll          CanonOp = 0x21
	CanonWaitableSetDrop          CanonOp = 0x22
	CanonWaitableJoin             CanonOp = 0x23
	CanonBackpressureInc          CanonOp = 0x24
	CanonBackpressureDec          CanonOp = 0x25
	CanonThreadIndex              CanonOp = 0x26
	CanonThreadNewIndirect        CanonOp = 0x27
	CanonThreadResumeLater        CanonOp = 0x28
	CanonThreadSuspend            CanonOp = 0x29
	CanonThreadSuspendThenResume  CanonOp = 0x2a
	CanonThreadYieldThenResume    CanonOp = 0x2b
	CanonThreadSuspendThenPromote CanonOp = 0x2c
	CanonThreadYieldThenPromote   CanonOp = 0x2d
	CanonThreadSpawnRef           CanonOp = 0x40
	CanonThreadSpawnIndirect      CanonOp = 0x41
	CanonThreadParallelism        CanonOp = 0x42
	numCanonOps                           = 0x43
)

// A CanonImm is an immediate of a canonical definition.
type CanonImm uint8

// The immediates, in both formats in the order of [CanonInfo.Imms], but for
// lift and lower, which the text format ends with a type and a core function.
const (
	CanonImmNone        CanonImm = iota
	CanonImmCoreFunc             // core function index: Func
	CanonImmFunc                 // function index: Func
	CanonImmType                 // type index: Type
	CanonImmCoreType             // core type index: Type
	CanonImmTable                // core table index: Table
	CanonImmMemory               // core memory index: Memory
	CanonImmAsync                // async?: Async
	CanonImmCancellable          // cancellable?: Cancellable
	CanonImmShared               // shared?: Shared
	CanonImmResult               // result list: Result
	CanonImmSlot                 // core value type and u32: SlotType, Slot
	CanonImmOpts                 // canonical options: Opts
)

// CanonInfo is what the table tells about a canonical definition.
type CanonInfo struct {
	// Name is the keyword of the text format.
	Name string
	// Feature is the gate of the definition.
	Feature Feature
	// Imms are the immediates in the order of the binary format, ended by
	// CanonImmNone.
	Imms [3]CanonImm
}

type canonImms = [3]CanonImm

var canonTable = [numCanonOps]CanonInfo{
	CanonLift:                     {"lift", FeatureMVP, canonImms{CanonImmCoreFunc, CanonImmOpts, CanonImmType}},
	CanonLower:                    {"lower", FeatureMVP, canonImms{CanonImmFunc, CanonImmOpts}},
	CanonResourceNew:              {"resource.new", FeatureMVP, canonImms{CanonImmType}},
	CanonResourceDrop:             {"resource.drop", FeatureMVP, canonImms{CanonImmType}},
	CanonResourceRep:              {"resource.rep", FeatureMVP, canonImms{CanonImmType}},
	CanonTaskCancel:               {"task.cancel", FeatureAsync, canonImms{}},
	CanonSubtaskCancel:            {"subtask.cancel", FeatureAsync, canonImms{CanonImmAsync}},
	CanonTaskReturn:               {"task.return", FeatureAsync, canonImms{CanonImmResult, CanonImmOpts}},
	CanonContextGet:               {"context.get", FeatureAsync, canonImms{CanonImmSlot}},
	CanonContextSet:               {"context.set", FeatureAsync, canonImms{CanonImmSlot}},
	CanonThreadYield:              {"thread.yield", FeatureAsync, canonImms{CanonImmCancellable}},
	CanonSubtaskDrop:              {"subtask.drop", FeatureAsync, canonImms{}},
	CanonStreamNew:                {"stream.new", FeatureAsync, canonImms{CanonImmType}},
	CanonStreamRead:               {"stream.read", FeatureAsync, canonImms{CanonImmType, CanonImmOpts}},
	CanonStreamWrite:              {"stream.write", FeatureAsync, canonImms{CanonImmType, CanonImmOpts}},
	CanonStreamCancelRead:         {"stream.cancel-read", FeatureAsync, canonImms{CanonImmType, CanonImmAsync}},
	CanonStreamCancelWrite:        {"stream.cancel-write", FeatureAsync, canonImms{CanonImmType, CanonImmAsync}},
	CanonStreamDropReadable:       {"stream.drop-readable", FeatureAsync, canonImms{CanonImmType}},
	CanonStreamDropWritable:       {"stream.drop-writable", FeatureAsync, canonImms{CanonImmType}},
	CanonFutureNew:                {"future.new", FeatureAsync, canonImms{CanonImmType}},
	CanonFutureRead:               {"future.read", FeatureAsync, canonImms{CanonImmType, CanonImmOpts}},
	CanonFutureWrite:              {"future.write", FeatureAsync, canonImms{CanonImmType, CanonImmOpts}},
	CanonFutureCancelRead:         {"future.cancel-read", FeatureAsync, canonImms{CanonImmType, CanonImmAsync}},
	CanonFutureCancelWrite:        {"future.cancel-write", FeatureAsync, canonImms{CanonImmType, CanonImmAsync}},
	CanonFutureDropReadable:       {"future.drop-readable", FeatureAsync, canonImms{CanonImmType}},
	CanonFutureDropWritable:       {"future.drop-writable", FeatureAsync, canonImms{CanonImmType}},
	CanonErrorContextNew:          {"error-context.new", FeatureErrorContext, canonImms{CanonImmOpts}},
	CanonErrorContextDebugMessage: {"error-context.debug-message", FeatureErrorContext, canonImms{CanonImmOpts}},
	CanonErrorContextDrop:         {"error-context.drop", FeatureErrorContext, canonImms{}},
	CanonWaitableSetNew:           {"waitable-set.new", FeatureAsync, canonImms{}},
	CanonWaitableSetWait:          {"waitable-set.wait", FeatureAsync, canonImms{CanonImmCancellable, CanonImmMemory}},
	CanonWaitableSetPoll:          {"waitable-set.poll", FeatureAsync, canonImms{CanonImmCancellable, CanonImmMemory}},
	CanonWaitableSetDrop:          {"waitable-set.drop", FeatureAsync, canonImms{}},
	CanonWaitableJoin:             {"waitable.join", FeatureAsync, canonImms{}},
	CanonBackpressureInc:          {"backpressure.inc", FeatureAsync, canonImms{}},
	CanonBackpressureDec:          {"backpressure.dec", FeatureAsync, canonImms{}},
	CanonThreadIndex:              {"thread.index", FeatureThreading, canonImms{}},
	CanonThreadNewIndirect:        {"thread.new-indirect", FeatureThreading, canonImms{CanonImmCoreType, CanonImmTable}},
	CanonThreadResumeLater:        {"thread.resume-later", FeatureThreading, canonImms{}},
	CanonThreadSuspend:            {"thread.suspend", FeatureThreading, canonImms{CanonImmCancellable}},
	CanonThreadSuspendThenResume:  {"thread.suspend-then-resume", FeatureThreading, canonImms{CanonImmCancellable}},
	CanonThreadYieldThenResume:    {"thread.yield-then-resume", FeatureThreading, canonImms{CanonImmCancellable}},
	CanonThreadSuspendThenPromote: {"thread.suspend-then-promote", FeatureThreading, canonImms{CanonImmCancellable}},
	CanonThreadYieldThenPromote:   {"thread.yield-then-promote", FeatureThreading, canonImms{CanonImmCancellable}},
	CanonThreadSpawnRef:           {"thread.spawn-ref", FeatureSharedThreads, canonImms{CanonImmShared, CanonImmCoreType}},
	CanonThreadSpawnIndirect:      {"thread.spawn-indirect", FeatureSharedThreads, canonImms{CanonImmShared, CanonImmCoreType, CanonImmTable}},
	CanonThreadParallelism:        {"thread.available-parallelism", FeatureSharedThreads, canonImms{CanonImmShared}},
}

var canonByName = func() map[string]CanonOp {
	m := make(map[string]CanonOp)
	for op := range canonTable {
		if name := canonTable[op].Name; name != "" {
			m[name] = CanonOp(op)
		}
	}
	return m
}()

// Info is the row of the table, nil when there is no such definition.
func (op CanonOp) Info() *CanonInfo {
	if int(op) >= len(canonTable) || canonTable[op].Name == "" {
		return nil
	}
	return &canonTable[op]
}

// String is the keyword of the text format.
func (op CanonOp) String() string {
	if info := op.Info(); info != nil {
		return info.Name
	}
	return "canon(" + strconv.Itoa(int(op)) + ")"
}

// CanonByName is the canonical definition of a keyword.
func CanonByName(keyword string) (op CanonOp, ok bool) {
	op, ok = canonByName[keyword]
	return op, ok
}

// A CanonOpt is a canonical option. Index is a core memory or function index
// where the kind has one.
type CanonOpt struct {
	Kind  CanonOptKind
	Index uint32
}

// A CanonOptKind is the kind of a canonical option; the values are those of
// the binary format.
type CanonOptKind uint8

// The canonical options.
const (
	OptUTF8        CanonOptKind = iota // string-encoding=utf8
	OptUTF16                           // string-encoding=utf16
	OptLatin1UTF16                     // string-encoding=latin1+utf16
	OptMemory                          // (memory m)
	OptRealloc                         // (realloc f)
	OptPostReturn                      // (post-return f)
	OptAsync                           // async
	OptCallback                        // (callback f)
	NumCanonOpts
)

var canonOptNames = [NumCanonOpts]string{
	"string-encoding=utf8", "string-encoding=utf16", "string-encoding=latin1+utf16",
	"memory", "realloc", "post-return", "async", "callback",
}

// String is the keyword of the text format.
func (k CanonOptKind) String() string {
	if k < NumCanonOpts {
		return canonOptNames[k]
	}
	return "unknown option"
}

// HasIndex tells whether the option has an index.
func (k CanonOptKind) HasIndex() bool {
	return k == OptMemory || k == OptRealloc || k == OptPostReturn || k == OptCallback
}
