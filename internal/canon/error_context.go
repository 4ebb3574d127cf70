package canon

// This file is error contexts (sections "canon error-context.new" and so on).

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
)

// maxDebugMessage bounds what an error context keeps, in bytes: it is the
// host's memory.
const maxDebugMessage = 1024

// context is a context for the instance of the built-in.
func (b *Builtin) context(ctx context.Context) abi.Context {
	return abi.Context{Options: b.Opts, Ctx: ctx, MayLeave: &b.Inst.MayLeave, Budget: b.Inst.Store.CopyBytes}
}

func canonErrorContextNew(ctx context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	cx := b.context(ctx)
	if cx.Memory == nil {
		return abi.Trapf("error-context.new needs memory, but the canonical definition has no option memory")
	}
	s, err := abi.LoadString(&cx, b.pointer(stack[0]), b.pointer(stack[1]))
	if err != nil {
		return err
	}
	i, err := b.Inst.Handles.Add(&task.ErrorContext{DebugMessage: shorten(s)})
	stack[0] = uint64(i)
	return err
}

// shorten cuts a message that is too long, between characters.
func shorten(s string) string {
	if len(s) <= maxDebugMessage {
		return s
	}
	n := maxDebugMessage
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n])
}

func canonErrorContextDebugMessage(ctx context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	c, err := b.Inst.ErrorContext(uint32(stack[0]))
	if err != nil {
		return err
	}
	cx := b.context(ctx)
	return abi.Store(&cx, value.String(c.DebugMessage), textType, b.pointer(stack[1]))
}

func canonErrorContextDrop(_ context.Context, b *Builtin, stack []uint64) error {
	if err := b.Inst.CheckLeave(); err != nil {
		return err
	}
	i := uint32(stack[0])
	if _, err := b.Inst.ErrorContext(i); err != nil {
		return err
	}
	_, err := b.Inst.Handles.Remove(i)
	return err
}
