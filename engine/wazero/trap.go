package wazero

// This file reads wazero's errors. Kinds of traps and stack frames are in
// their text only.

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/dray-wasm/dray/engine"
)

// trapKinds maps what wazero's errors say to kinds.
var trapKinds = map[string]engine.TrapKind{
	"unreachable":                   engine.TrapUnreachable,
	"integer divide by zero":        engine.TrapDivideByZero,
	"integer overflow":              engine.TrapIntegerOverflow,
	"invalid conversion to integer": engine.TrapInvalidConversion,
	"out of bounds memory access":   engine.TrapMemoryOutOfBounds,
	"invalid table access":          engine.TrapTableOutOfBounds,
	"indirect call type mismatch":   engine.TrapIndirectCallMismatch,
	"null reference":                engine.TrapNullReference,
	"stack overflow":                engine.TrapStackExhausted,
	"unaligned atomic":              engine.TrapUnalignedAtomic,
	"expected shared memory":        engine.TrapExpectedShared,
	"too many waiters":              engine.TrapTooManyWaiters,
	"uncaught exception":            engine.TrapUncaughtException,
}

// maxFrames bounds the frames of a trap that went through guests that hosts
// called: they nest deep, and each adds its own.
const maxFrames = 1000

// trapOf makes an error of wazero's one of ours. c is the module whose
// function was called.
func (c *module) trapOf(ctx context.Context, err error) error {
	if errors.Is(err, engine.ErrClosed) {
		return err
	}
	var host *hostError
	if errors.As(err, &host) {
		if u, ok := host.err.(engine.Unwinder); ok {
			return u
		}
		// A guest that a host function called may have trapped: that trap is
		// the answer, with the frames of both.
		if inner, ok := host.err.(*engine.Trap); ok {
			if len(inner.Frames) >= maxFrames {
				return inner
			}
			t := *inner
			t.Frames = append(t.Frames[:len(t.Frames):len(t.Frames)], c.frames(err.Error())...)
			return &t
		}
		t := &engine.Trap{Kind: engine.TrapHost, Err: host.err, Frames: c.frames(err.Error())}
		if ctx.Err() != nil && (errors.Is(host.err, ctx.Err()) || errors.Is(host.err, context.Cause(ctx))) {
			t.Kind, t.Err = engine.TrapInterrupted, context.Cause(ctx)
		}
		return t
	}
	text := err.Error()
	first, _, _ := strings.Cut(text, "\n")
	if kind, ok := kindOf(first); ok {
		return &engine.Trap{Kind: kind, Frames: c.frames(text)}
	}
	if strings.Contains(text, "(recovered by wazero)") {
		msg, _, _ := strings.Cut(first, " (recovered by wazero)")
		return &engine.Trap{Kind: engine.TrapHost, Err: errors.New("a host function panicked: " + msg), Frames: c.frames(text)}
	}
	if strings.Contains(first, "closed with exit_code(") {
		return engine.ErrClosed
	}
	return &engine.Trap{Kind: engine.TrapUnknown, Err: errors.New(first)}
}

// kindOf reads "wasm error: unreachable", or a kind alone.
func kindOf(line string) (engine.TrapKind, bool) {
	if i := strings.LastIndex(line, "wasm error: "); i >= 0 {
		line = line[i+len("wasm error: "):]
	}
	kind, ok := trapKinds[line]
	return kind, ok
}

// frames reads the stack trace: lines of the form "\tm1f-2c.$12(i32,i32) i32"
// with the name of a module, "\thost.fd_write(...)", and "\t\t0x1f: ..." with
// the offset of the frame before.
func (c *module) frames(text string) []engine.Frame {
	_, trace, ok := strings.Cut(text, "wasm stack trace:\n")
	if !ok {
		return nil
	}
	var out []engine.Frame
	for line := range strings.SplitSeq(trace, "\n") {
		line, ok := strings.CutPrefix(line, "\t")
		if !ok {
			break // the Go stack of a panic follows
		}
		if at, ok := strings.CutPrefix(line, "\t0x"); ok {
			setOffset(out, at)
			continue
		}
		name, _, ok := strings.Cut(line, "(")
		if !ok {
			continue // "... maybe followed by omitted frames"
		}
		if strings.HasPrefix(name, ".$") {
			continue // a generated module has no name
		}
		out = append(out, c.frame(name))
	}
	return out
}

// frame reads "host.fd_write" or "m1f-2c.$12". Functions call those of other
// modules, so that a frame need not be of the module that was called.
func (c *module) frame(name string) engine.Frame {
	if host, ok := strings.CutPrefix(name, "host."); ok {
		return engine.Frame{Host: host, Offset: -1}
	}
	f := engine.Frame{Module: c, Offset: -1}
	of, num, ok := strings.Cut(name, ".$")
	if !ok {
		return f
	}
	if n, err := strconv.ParseUint(num, 10, 32); err == nil {
		f.Func = uint32(n)
	}
	if of != c.name {
		if m := c.e.named.find(of); m != nil {
			f.Module = m
		}
	}
	return f
}

// setOffset gives the last frame the offset that "1f: x:1" says, which counts
// from the start of the code section.
func setOffset(frames []engine.Frame, at string) {
	hex, _, ok := strings.Cut(at, ":")
	off, err := strconv.ParseInt(hex, 16, 64)
	if !ok || err != nil || len(frames) == 0 {
		return
	}
	f := &frames[len(frames)-1]
	c, ok := f.Module.(*module)
	if !ok {
		return
	}
	i := int64(f.Func) - int64(c.importedFuncs)
	if i >= 0 && i < int64(len(c.starts)) && off >= c.starts[i] {
		f.Offset = off - c.starts[i]
	}
}
