// This file instantiates modules: imports are looked up and matched by their
// types (core specification, Execution, section "Instantiation").

package script

import (
	"errors"
	"fmt"
	"math"

	"github.com/dray-wasm/dray/engine"
	comp "github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/valid"
)

// An instance is an instance of a module, or what stands for one that was not
// made.
type instance struct {
	line int
	// err is why there is none because something failed, skip because the
	// engine cannot make it.
	err, skip error
	def       *definition
	exports   map[string]valid.ExternType
	inst      engine.Instance
	// root is the instance of a component.
	root *comp.Instance
	// extern finds what inst does not have: the externs of "spectest".
	extern func(name string) (engine.Extern, error)
	// links are the instances with which it shares something that can change,
	// in both directions; see taint.go.
	links []*instance
}

// find is an extern of an instance that was made.
func (in *instance) find(name string) (engine.Extern, error) {
	if in.extern != nil {
		return in.extern(name)
	}
	if x := in.inst.Export(name); x != nil {
		return x, nil
	}
	return nil, fmt.Errorf("the engine does not find the export %q", name)
}

// A linkError is an import for which there is nothing, or nothing that fits.
type linkError struct{ msg string }

func (e *linkError) Error() string { return e.msg }

// instantiate makes an instance of a definition without failures. Where it is
// skipped, there is an instance all the same, that says so.
func (sc *scope) instantiate(def *definition) (*instance, error) {
	if def.component {
		return sc.instantiateComponent(def)
	}
	skip, err := sc.link(def)
	if err != nil {
		return nil, err
	}
	if def.skip != "" {
		skip = &skipError{def.skip}
	}
	in := &instance{def: def, exports: def.exports, skip: skip}
	sc.connect(in)
	if skip != nil {
		in.taintBy(def)
		return in, skip
	}
	code, err := sc.r.compile(def)
	if err != nil {
		return nil, err
	}
	externs := make([]engine.Extern, len(def.imports))
	for i, imp := range def.imports {
		if externs[i], err = sc.registered[imp.Module].find(imp.Name); err != nil {
			return nil, err
		}
	}
	externs = append(externs, def.extra...)
	inst, err := sc.r.store.Instantiate(sc.r.ctx, code, externs, nil)
	if err != nil {
		var link *engine.LinkError
		if errors.As(err, &link) {
			return nil, fmt.Errorf("the imports match, but the engine refuses to link: %w", err)
		}
		return nil, sc.r.afterTrap(err)
	}
	if sc.r.meter != nil {
		sc.r.meter.watch(inst)
	}
	in.inst = inst
	return in, nil
}

// link checks the imports of a definition. skip is why something that is
// imported was not made.
func (sc *scope) link(def *definition) (skip, err error) {
	sc.r.mu.Lock()
	defer sc.r.mu.Unlock()
	for _, imp := range def.imports {
		from := sc.registered[imp.Module]
		if from != nil && from.err != nil {
			return nil, fmt.Errorf("it imports from the command of line %d, which failed", from.line)
		}
		var t valid.ExternType
		ok := false
		if from != nil && from.def.component {
			return nil, &linkError{fmt.Sprintf("unknown import %q %q: what is registered under the name is a component", imp.Module, imp.Name)}
		}
		if from != nil {
			t, ok = from.exports[imp.Name]
		}
		if !ok {
			return nil, &linkError{fmt.Sprintf("unknown import %q %q", imp.Module, imp.Name)}
		}
		if from.skip != nil && skip == nil {
			skip = from.skip
		}
		if from.skip == nil {
			x, err := from.find(imp.Name)
			if isSkip(err) {
				skip = err
			} else if err != nil {
				return nil, err
			} else {
				t = grown(t, x)
			}
		}
		if sc.r.types.MatchExtern(t, imp.Type) {
			continue
		}
		if from.skip != nil && sc.r.types.MatchExtern(largest(t), imp.Type) {
			continue // it would match had it grown
		}
		return nil, &linkError{fmt.Sprintf("incompatible import type: %q %q is %s, but the import asks for %s",
			imp.Module, imp.Name, externText(t), externText(imp.Type))}
	}
	return skip, nil
}

// grown is the type of a table or memory with its size as it is now.
func grown(t valid.ExternType, x engine.Extern) valid.ExternType {
	switch t.Kind {
	case wasm.ExternTable:
		t.Table.Limits.Min = x.Type().Table.Limits.Min
	case wasm.ExternMemory:
		t.Memory.Limits.Min = x.Type().Memory.Limits.Min
	}
	return t
}

// largest is the type of a table or memory that has grown as far as it can.
func largest(t valid.ExternType) valid.ExternType {
	for _, l := range []*wasm.Limits{&t.Table.Limits, &t.Memory.Limits} {
		if l.Min = math.MaxUint64; l.HasMax {
			l.Min = l.Max
		}
	}
	return t
}

// externText is an external type for messages.
func externText(t valid.ExternType) string {
	switch t.Kind {
	case wasm.ExternTable:
		return "a table " + t.Table.Limits.String()
	case wasm.ExternMemory:
		return "a memory " + t.Memory.String()
	case wasm.ExternGlobal:
		return "a global " + t.Global.String()
	}
	return fmt.Sprintf("a %v of type %d", t.Kind, t.Type)
}

// compile compiles a definition that the engine has the features for.
func (r *runner) compile(def *definition) (engine.Module, error) {
	if def.code != nil {
		return def.code, nil
	}
	m := def.module
	if r.meter != nil {
		var err error
		if m, def.extra, err = r.meter.instrument(m); err != nil {
			return nil, fmt.Errorf("it is valid, but cannot be instrumented: %w", err)
		}
	}
	code, err := r.eng.Compile(r.ctx, m, nil)
	if err != nil {
		return nil, fmt.Errorf("it is valid, but the engine refuses it: %w", err)
	}
	def.code = code
	r.keep(code)
	return code, nil
}
