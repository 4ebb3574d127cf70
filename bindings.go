package dray

// This file is what generated bindings need of this package: see package
// bindgen. Programs call the generated functions instead.

import (
	"fmt"
	"strings"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/internal/instance"
)

// Bound defines a function of generated bindings. Its type is compared with
// the one wanted when a component that imports it is prepared.
func (d *Definitions) Bound(name string, f *bind.HostFunc) error { return d.host(name, f.Bind) }

// BoundResource defines a resource type of generated bindings.
func (d *Definitions) BoundResource(name string, r *bind.Resource) error {
	return d.add(name, &instance.Definition{Item: r.Type()})
}

// Bound is an exported function for generated bindings, which have it of type
// t with the resources res. Owner is what they keep for the instance.
func (in *Instance) Bound(name string, t *FuncType, res []*bind.Resource, owner any) (*bind.Export, error) {
	f, err := in.Func(name)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(name, "#") && f.Name() != name { // one of an interface
		return nil, noExport(in.in.Plan.Exports, name)
	}
	e, err := bind.NewExport(f.f, t, res, owner, in.explain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e, nil
}
