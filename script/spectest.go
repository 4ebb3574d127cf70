// This file is the host module "spectest" (interpreter/README.md, section
// "Spectest host module").

package script

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/text"
)

// spectestText is the module as far as its types go. Scripts of today have
// table64 and shared_memory beside what the document lists.
const spectestText = `(module
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (table (export "table64") i64 10 20 funcref)
  (memory (export "memory") 1 2)
  (memory (export "shared_memory") 1 2 shared)
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64)))`

// A spectest makes the externs of the module when they are first asked for.
type spectest struct {
	r       *runner
	types   map[string]wasm.ExternType
	mu      sync.Mutex
	externs map[string]engine.Extern
	out     sync.Mutex
}

// makeSpectest makes the instance that all scripts can import from.
func (r *runner) makeSpectest() error {
	src, err := text.Parse([]byte(spectestText))
	if err != nil {
		return fmt.Errorf("the module spectest: %w", err)
	}
	def := &definition{module: src.Module}
	if err := r.addTypes(def); err != nil {
		return fmt.Errorf("the module spectest: %w", err)
	}
	s := &spectest{r: r, types: map[string]wasm.ExternType{}, externs: map[string]engine.Extern{}}
	var funcs []engine.HostFunc
	for _, e := range src.Module.ExportTypes() {
		s.types[e.Name] = e.Type
		if e.Type.Kind == wasm.ExternFunc {
			funcs = append(funcs, engine.HostFunc{Name: e.Name, Type: *e.Type.Func, Call: s.printer(e.Name, *e.Type.Func)})
		}
	}
	host, err := r.eng.CompileHost(funcs)
	if err != nil {
		return fmt.Errorf("the module spectest: %w", err)
	}
	r.hosts = append(r.hosts, host)
	for i, f := range funcs {
		s.externs[f.Name] = host.Func(i)
	}
	r.spec = &instance{def: def, exports: def.exports, extern: s.find}
	return nil
}

// printer is a function that prints its arguments.
func (s *spectest) printer(name string, t wasm.FuncType) func(context.Context, engine.Caller, []uint64) error {
	return func(_ context.Context, _ engine.Caller, stack []uint64) error {
		if s.r.cfg.Output == nil {
			return nil
		}
		var b strings.Builder
		b.WriteString("spectest." + name)
		for i, p := range t.Params {
			b.WriteString(" " + resultText(p, stack[i], 0))
		}
		b.WriteByte('\n')
		s.out.Lock()
		defer s.out.Unlock()
		_, err := io.WriteString(s.r.cfg.Output, b.String())
		return err
	}
}

// find makes an extern, once.
func (s *spectest) find(name string) (engine.Extern, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x, ok := s.externs[name]; ok {
		return x, nil
	}
	x, err := s.make(name)
	if err != nil {
		return nil, err
	}
	s.externs[name] = x
	return x, nil
}

func (s *spectest) make(name string) (engine.Extern, error) {
	t, ctx, store := s.types[name], s.r.ctx, s.r.store
	switch t.Kind {
	case wasm.ExternTable:
		if t.Table.Limits.Is64 && !s.r.eng.Supports(wasm.FeatureMemory64) {
			return nil, &skipError{wasm.FeatureMemory64.String()}
		}
		return store.NewTable(ctx, t.Table)
	case wasm.ExternMemory:
		if t.Memory.Limits.Shared && !s.r.eng.Supports(wasm.FeatureThreads) {
			return nil, &skipError{wasm.FeatureThreads.String()}
		}
		return store.NewMemory(ctx, t.Memory)
	}
	const number = 666.6
	v := uint64(666)
	switch t.Global.Type {
	case wasm.F32:
		v = uint64(math.Float32bits(number))
	case wasm.F64:
		v = math.Float64bits(number)
	}
	return store.NewGlobal(ctx, t.Global, engine.Value{Lo: v})
}
