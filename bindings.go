package dray

// This file is what generated bindings need of this package: see package
// bindgen. Programs call the generated functions instead.

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/internal/instance"
)

// Bound defines functions of generated bindings, whose resources are res. Their
// types are compared with those wanted when a component that imports them is
// prepared.
func (d *Definitions) Bound(res []*bind.Resource, funcs ...bind.HostFunc) error {
	for i := range funcs {
		f := &funcs[i]
		f.Resources = res
		if err := d.host(f.Name, f.Bind); err != nil {
			return err
		}
	}
	return nil
}

// BoundResource defines a resource type of generated bindings.
func (d *Definitions) BoundResource(name string, r *bind.Resource) error {
	return d.add(name, &instance.Definition{Item: r.Type()})
}

// Bound fills exports with exported functions for generated bindings, whose
// resources are res. Owner is what they keep for the instance.
func (in *Instance) Bound(exports []*bind.Export, owner any, res []*bind.Resource, funcs ...bind.Func) (err error) {
	for i, f := range funcs {
		if exports[i], err = in.bound(f, res, owner); err != nil {
			return err
		}
	}
	return nil
}

func (in *Instance) bound(want bind.Func, res []*bind.Resource, owner any) (*bind.Export, error) {
	f, err := in.Func(want.Name)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(want.Name, "#") && f.Name() != want.Name { // one of an interface
		return nil, noExport(in.in.Plan.Exports, want.Name)
	}
	e, err := bind.NewExport(f.f, want.Type, res, owner, in.explain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", want.Name, err)
	}
	return e, nil
}
