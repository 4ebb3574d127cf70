package plan

// This file is canonical definitions.

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

func (b *builder) canon(d *component.Canon) error {
	t := b.info.Canons[len(b.p.Canons)]
	c := &Canon{Op: d.Op, Index: len(b.p.Canons), Func: d.Func, Async: d.Async, Cancellable: d.Cancellable,
		Slot: d.Slot, Table: d.Table, Wide: d.SlotType == wasm.I64}
	b.p.Canons = append(b.p.Canons, c)
	c.Options = b.optionSet(d, t.Memory64)
	if f := b.info.Core.Func(t.Core); f != nil {
		c.core = *f
	}
	switch d.Op {
	case component.CanonLift:
		c.Type, c.Nth = b.types.fn(t.Type), b.p.Lifts
		b.p.Lifts++
		c.Name = b.coreName(d.Func)
		b.define(component.SortFunc)
		b.named(component.SortFunc, b.next[component.SortFunc]-1, c.Name)
		b.emit(&CanonInit{c})
		return nil
	case component.CanonLower:
		c.Type, c.Nth = b.types.fn(t.Type), b.p.Lowers
		b.p.Lowers++
		c.Name = b.funcs.at(d.Func)
	default:
		b.builtin(c, t)
	}
	i := b.define(component.SortCoreFunc)
	if c.Name == "" {
		c.Name = "canon " + d.Op.String()
	}
	b.origin(component.SortCoreFunc, i, c.hostName())
	b.emit(&CanonInit{c})
	return nil
}

// coreName is the name of a core function where it comes from.
func (b *builder) coreName(i uint32) string {
	return b.originOf(CoreRef{Sort: component.SortCoreFunc, Index: i})
}

// builtin fills in what a canonical built-in has.
func (b *builder) builtin(c *Canon, t valid.CanonType) {
	c.Name = "canon " + c.Op.String()
	switch c.Op {
	case component.CanonContextGet, component.CanonContextSet:
		b.p.Context = true
	case component.CanonTaskReturn:
		f := &value.FuncType{Result: b.types.value(t.Type)}
		c.Result = b.types.layouts.Func(f).Result
		return
	}
	if t.Type == 0 {
		return
	}
	switch f := b.info.Types.Type(t.Type); f.Kind {
	case valid.KindResource:
		c.Resource = b.types.slot(f.Resource)
		c.Name += " " + b.types.names[c.Resource]
	case valid.KindStream, valid.KindFuture:
		c.Value = b.types.layouts.Type(b.types.value(t.Type))
	}
}

// optionSet is the position of a set of options.
func (b *builder) optionSet(d *component.Canon, wide bool) int {
	o := Options{Memory: -1, Realloc: -1, PostReturn: -1, Callback: -1, Async: d.Async}
	if wide {
		o.Width = abi.Width64
	}
	for _, opt := range d.Opts {
		switch opt.Kind {
		case component.OptUTF8:
			o.Encoding = abi.UTF8
		case component.OptUTF16:
			o.Encoding = abi.UTF16
		case component.OptLatin1UTF16:
			o.Encoding = abi.Latin1UTF16
		case component.OptMemory:
			o.Memory = int64(opt.Index)
		case component.OptRealloc:
			o.Realloc = int64(opt.Index)
		case component.OptPostReturn:
			o.PostReturn = int64(opt.Index)
		case component.OptCallback:
			o.Callback = int64(opt.Index)
		case component.OptAsync:
			o.Async = true
		}
	}
	if d.Op == component.CanonWaitableSetWait || d.Op == component.CanonWaitableSetPoll {
		o.Memory = int64(d.Memory)
	}
	n, ok := b.options[o]
	if !ok {
		n = len(b.p.Options)
		b.options[o] = n
		b.p.Options = append(b.p.Options, o)
	}
	return n
}

// hostName is the name of the core function, which no other has.
func (c *Canon) hostName() string { return fmt.Sprintf("%s [%d]", c.Name, c.Index) }

// FuncName is the name in that of a core function of a canonical definition.
func FuncName(host string) string {
	if i := strings.LastIndex(host, " ["); i > 0 && strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}

// compileHost prepares the core functions of all canonical definitions.
func (b *builder) compileHost() (err error) {
	var funcs []engine.HostFunc
	for _, c := range b.p.Canons {
		if c.Op == component.CanonLift {
			continue
		}
		c.host = len(funcs)
		funcs = append(funcs, engine.HostFunc{Name: c.hostName(), Type: c.core, Call: b.cfg.Call(c.Index)})
	}
	if len(funcs) == 0 {
		return nil
	}
	b.p.Host, err = b.cfg.Engine.CompileHost(funcs)
	return err
}

// Extern is the core function of the definition as core code imports it.
func (p *Plan) Extern(c *Canon) engine.Extern { return p.Host.Func(c.host) }
