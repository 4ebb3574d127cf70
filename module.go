package dray

// This file is compiled modules.

import (
	"sync"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo"
	"github.com/dray-wasm/dray/wasm/instrument"
	"github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/valid"
)

// A Module is a compiled module. It is safe for concurrent use.
type Module struct {
	rt     *Runtime
	name   string
	syntax *wasm.Module
	code   engine.Module
	// moved says where instrumentation put the code; nil without it.
	moved *instrument.Map
	meter engine.HostModule

	infoOnce sync.Once
	info     *debuginfo.Info
}

// Name is the file the module was read from, or what it was called when it was
// compiled; it may be empty.
func (m *Module) Name() string { return m.name }

// Runtime is the runtime that compiled the module.
func (m *Module) Runtime() *Runtime { return m.rt }

// Syntax is the module as it was written. It is shared: do not change it.
func (m *Module) Syntax() *wasm.Module { return m.syntax }

// Imports are the types of the imports, in order.
func (m *Module) Imports() []wasm.Import { return m.syntax.ImportTypes() }

// Exports are the exports in order, with their types.
func (m *Module) Exports() []wasm.ExportType { return m.syntax.ExportTypes() }

// Close releases the module's code as soon as no instance uses it.
func (m *Module) Close() error { return m.code.Close() }

// debug is what the module tells about its source.
func (m *Module) debug() *debuginfo.Info {
	m.infoOnce.Do(func() { m.info = debuginfo.New(m.syntax) })
	return m.info
}

// decode reads a module in the binary or text format and validates it, but for
// function bodies, which the function bodies checks. What the module needs
// beyond features is an error.
func decode(src []byte, features wasm.Features) (m *wasm.Module, bodies func() error, err error) {
	if err := identify(src); err != nil {
		return nil, nil, err
	}
	if IsComponent(src) {
		return nil, nil, &diag.Error{Code: "module/component", Msg: "this is a component, as made for wasm32-wasip2 and wasm32-wasip3, where a core module is expected"}
	}
	if binary.Sniff(src) != binary.KindText {
		if m, err = binary.Decode(src); err != nil {
			return nil, nil, err
		}
		bodies, err = valid.Head(m, features)
		return m, bodies, err
	}
	parsed, err := text.Parse(src)
	if err != nil {
		return nil, nil, err
	}
	if err := valid.Module(parsed.Module, features); err != nil {
		return nil, nil, parsed.Locate(err)
	}
	bin, err := binary.Encode(parsed.Module)
	if err != nil {
		return nil, nil, err
	}
	m, err = binary.Decode(bin)
	return m, nil, err
}

// identify says what the start of a file is, when it is neither a module nor a
// component.
func identify(src []byte) error {
	kind := binary.Sniff(src)
	switch {
	case kind == binary.KindComponent, kind == binary.KindModule, kind == binary.KindText:
		return nil
	case len(src) == 0:
		return &diag.Error{Code: "module/unknown", Msg: "the file is empty"}
	}
	return &diag.Error{Code: "module/unknown", Msg: "this is not WebAssembly: a module starts with the bytes 00 61 73 6d (\\0asm), or is text and starts with \"(module\""}
}

func newHostFrames() *Module { return &Module{syntax: &wasm.Module{}} }
