package dray

import (
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

const meterName = "dray.tick"

var meterFuncs []engine.HostFunc

type moved struct{}

func (*moved) Imports(x []engine.Extern, f engine.Extern) []engine.Extern { return x }
func (*moved) Original(f uint32, o int64) (uint32, int64)                 { return f, o }
func (m *Module) instrument() (*wasm.Module, error)                       { return m.syntax, nil }
