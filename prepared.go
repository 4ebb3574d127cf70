package dray

// This file is components with their imports resolved.

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/instance"
	"github.com/dray-wasm/dray/internal/task"
)

// A Prepared is a component whose imports are resolved and checked, so that
// instances are made of it at low cost. It is safe for concurrent use.
type Prepared struct {
	component *Component
	items     []instance.Item
	store     *instanceStore // where instances go, nil for a new one each
}

// Prepare resolves the imports of a component. What is missing or does not fit
// is an *[ImportError].
func (l *Linker) Prepare(c *Component) (*Prepared, error) {
	if c.rt != l.rt {
		return nil, fmt.Errorf("the component was compiled by another runtime than the linker's")
	}
	l.mu.RLock()
	defs, store := snapshot(l.names, "", l.observe), l.store
	l.mu.RUnlock()
	items, problems := instance.Link(c.root.Plan, defs)
	if len(problems) > 0 {
		return nil, &ImportError{Component: c.name, Problems: importProblems(problems)}
	}
	return &Prepared{c, items, store}, nil
}

// Component is the component.
func (p *Prepared) Component() *Component { return p.component }

// Instantiate prepares a component and makes an instance of it.
func (l *Linker) Instantiate(ctx context.Context, c *Component, opts ...Option) (*Instance, error) {
	p, err := l.Prepare(c)
	if err != nil {
		var cfg instanceConfig
		for _, o := range opts {
			o(&cfg)
		}
		cfg.close()
		return nil, err
	}
	return p.Instantiate(ctx, opts...)
}

// Instantiate makes an instance. Start functions run with ctx before it
// returns.
func (p *Prepared) Instantiate(ctx context.Context, opts ...Option) (*Instance, error) {
	cfg := &instanceConfig{}
	for _, o := range opts {
		o(cfg)
	}
	if err := cfg.fuel(p.component.rt, true); err != nil {
		cfg.close()
		return nil, err
	}
	in := &Instance{component: p.component, store: p.store, closers: cfg.closers}
	if in.store == nil {
		in.store = &instanceStore{task.NewStore(p.component.rt.newStore(cfg.limits))}
		cfg.state.stack.begin(p.component.rt.stackLimit(), false)
		in.store.Data = &storeData{rt: p.component.rt, state: &cfg.state}
		in.store.Instances = 1 + defaultTo(cfg.limits.Instances, defaultInstances)
		in.store.MaxHandles = defaultTo(cfg.limits.Handles, defaultHandles)
		if n := cfg.limits.CopyBytes; n != 0 {
			in.store.CopyBytes = int64(min(n, math.MaxInt64))
		}
		in.store.Patient = cfg.patient
		in.owner = true
	}
	if err := in.start(ctx, p); err != nil {
		in.Close()
		return nil, in.explain(err)
	}
	return in, nil
}

// The limits of components where Limits does not say.
const (
	defaultInstances = 10_000
	defaultHandles   = 1_000_000
)

func defaultTo(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

// start runs the initializers.
func (in *Instance) start(ctx context.Context, p *Prepared) error {
	if err := notInterrupted(ctx); err != nil {
		return err
	}
	nested, err := in.store.Enter(ctx)
	if err != nil {
		return err
	}
	if !nested {
		defer in.store.Leave()
	}
	in.in, err = p.component.root.Instantiate(ctx, in.store.Store, nil, p.items)
	return err
}

// explain makes an error of the run time of components one of this package.
func (r *Runtime) explain(err error) error { return explain(err, r.moduleOf) }

// A storeData is what this package keeps in a task.Store.
type storeData struct {
	rt    *Runtime
	state *state
}

// watch finds the fuel of a core instance of a component.
func watch(s *task.Store, in engine.Instance) {
	if data, ok := s.Data.(*storeData); ok && data.state.tank != nil {
		data.state.tank.add(in)
	}
}

func (in *Instance) explain(err error) error { return in.component.rt.explain(err) }

// An ImportError is a component whose imports cannot be satisfied.
type ImportError struct {
	// Component is the name of the component.
	Component string
	Problems  []ImportProblem
}

// An ImportProblem is an import that cannot be satisfied.
type ImportProblem struct {
	// Name is the import, and behind "#" the export of an instance.
	Name string
	// Want is what is imported.
	Want Extern
	// Msg says what does not fit; it is empty when there is no definition.
	Msg string
	// Near is a name that is defined and much like the missing one, or empty.
	Near string
}

func importProblems(list []instance.Problem) []ImportProblem {
	out := make([]ImportProblem, len(list))
	for i, p := range list {
		out[i] = ImportProblem{Name: strings.Join(p.Path, "#"), Want: extern(p.Want), Msg: p.Msg, Near: p.Near}
	}
	return out
}

func (e *ImportError) Error() string {
	var b strings.Builder
	if e.Component != "" {
		b.WriteString(e.Component + ": ")
	}
	var missing, wrong []ImportProblem
	for _, p := range e.Problems {
		if p.Msg == "" {
			missing = append(missing, p)
		} else {
			wrong = append(wrong, p)
		}
	}
	if n := len(missing); n > 0 {
		b.WriteString(plural(n, "an import is missing:", "%d imports are missing:"))
		for _, p := range missing {
			fmt.Fprintf(&b, "\n  %s: %s", p.Name, p.Want.describe())
			if p.Near != "" {
				fmt.Fprintf(&b, "; there is %q", p.Near)
			}
		}
	}
	if n := len(wrong); n > 0 {
		if len(missing) > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(plural(n, "an import does not fit what there is:", "%d imports do not fit what there is:"))
		for _, p := range wrong {
			fmt.Fprintf(&b, "\n  %s: %s", p.Name, p.Msg)
		}
	}
	return b.String()
}

// describe is what an import or export is, in a line.
func (x Extern) describe() string {
	switch {
	case x.Func != nil && x.Kind == ExternFunc:
		return x.Func.Short()
	case x.Type != nil:
		return string(x.Kind) + " " + x.Type.Short()
	case x.Kind == ExternInstance:
		var names []string
		for _, e := range x.Exports {
			if e.Kind != ExternType {
				names = append(names, e.Name)
			}
		}
		if len(names) > 6 {
			names = append(names[:6], fmt.Sprintf("and %d more", len(names)-6))
		}
		return "instance with " + strings.Join(names, ", ")
	}
	return string(x.Kind)
}
