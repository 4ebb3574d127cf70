// This file is lift and lower (Canonical ABI, sections "canon lift" and "canon
// lower").

package valid

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/valid"
)

// A CanonType is what validation found out about a canonical definition.
type CanonType struct {
	// Type is the function type of lift and lower, the resource, stream or
	// future type of a built-in that has one, and the result of task.return.
	Type TypeID
	// Core is the type of the core function: of lift the one that is lifted,
	// otherwise the one that is made.
	Core core.TypeID
	// Memory64 tells that the memory option has 64-bit addresses.
	Memory64 bool
}

// canonDef checks a canonical definition.
func (v *validator) canonDef(d *component.Canon) error {
	info := d.Op.Info()
	if info == nil {
		return errf(CodeCanon, "unknown canonical definition %#x", uint8(d.Op))
	}
	if err := v.needs(info.Feature, "`canon "+info.Name+"`"); err != nil {
		return err
	}
	sort := component.SortCoreFunc
	if d.Op == component.CanonLift {
		sort = component.SortFunc
	}
	if err := v.scope.room(sort); err != nil {
		return err
	}
	c, err := v.canon(d)
	if err != nil {
		return err
	}
	v.scope.info.Canons = append(v.scope.info.Canons, c)
	if d.Op == component.CanonLift {
		v.scope.Funcs = append(v.scope.Funcs, c.Type)
	} else {
		v.scope.CoreFuncs = append(v.scope.CoreFuncs, c.Core)
	}
	return nil
}

func (v *validator) canon(d *component.Canon) (CanonType, error) {
	switch d.Op {
	case component.CanonLift:
		return v.lift(d)
	case component.CanonLower:
		return v.lower(d)
	}
	return v.builtin(d)
}

// lift checks `canon lift`.
func (v *validator) lift(d *component.Canon) (CanonType, error) {
	var c CanonType
	id, err := v.kindAt(d.Type, KindFunc)
	if err != nil {
		return c, err
	}
	callee, err := v.coreFunc(d.Func)
	if err != nil {
		return c, err
	}
	o, err := v.options(d, optLift)
	if err != nil {
		return c, err
	}
	f := v.types.types[id]
	if err := v.asyncOption(o, &f); err != nil {
		return c, err
	}
	if o.async && !o.has[component.OptCallback] {
		if err := v.needs(component.FeatureStackful, "`canon lift` with `async` and without `callback`"); err != nil {
			return c, err
		}
	}
	params, results := v.types.flattenAll(f.Elems, o.ptr64), v.types.flatten(f.Result, o.ptr64)
	pointers := v.pointers(f.Elems)
	o.needMemory = pointers || params.more || v.pointers([]TypeID{f.Result}) || results.longer(o.maxResults())
	o.needRealloc = pointers || params.more
	if err := o.complete(); err != nil {
		return c, err
	}
	want := v.flatFunc(params, results, o, true)
	if err := sameCore(callee, want); err != nil {
		return c, err
	}
	if o.has[component.OptPostReturn] {
		if err := o.signature(component.OptPostReturn, o.post, wasm.FuncType{Params: want.Results}); err != nil {
			return c, err
		}
	}
	return CanonType{Type: id, Core: v.scope.CoreFuncs[d.Func], Memory64: o.ptr64}, nil
}

// maxResults is the largest number of results of a lifted function that need
// no memory.
func (o *options) maxResults() int {
	if o.async {
		return MaxFlatParams
	}
	return MaxFlatResults
}

// lower checks `canon lower`.
func (v *validator) lower(d *component.Canon) (CanonType, error) {
	var c CanonType
	if err := v.scope.check(component.SortFunc, d.Func); err != nil {
		return c, err
	}
	id := v.scope.Funcs[d.Func]
	o, err := v.options(d, optLower)
	if err != nil {
		return c, err
	}
	f := v.types.types[id]
	if err := v.asyncOption(o, &f); err != nil {
		return c, err
	}
	params, results := v.types.flattenAll(f.Elems, o.ptr64), v.types.flatten(f.Result, o.ptr64)
	maxParams, maxResults := MaxFlatParams, MaxFlatResults
	if o.async {
		maxParams, maxResults = MaxFlatAsyncParams, 0
	}
	o.needRealloc = v.pointers([]TypeID{f.Result})
	o.needMemory = o.needRealloc || v.pointers(f.Elems) || params.longer(maxParams) || results.longer(maxResults)
	if err := o.complete(); err != nil {
		return c, err
	}
	c = CanonType{Type: id, Core: v.core.AddFunc(v.flatFunc(params, results, o, false)), Memory64: o.ptr64}
	return c, nil
}

// longer tells whether a flat form has more than n types.
func (f flat) longer(n int) bool { return f.more || len(f.types) > n }

// pointers tells whether values of the types hold lists or strings.
func (v *validator) pointers(ids []TypeID) bool {
	for _, id := range ids {
		if v.types.types[id].props&hasPointer != 0 {
			return true
		}
	}
	return false
}

// asyncOption checks that the option async is used with async types only.
func (v *validator) asyncOption(o *options, f *Type) error {
	if o.async && !f.Async {
		return errf(CodeCanon, "the `async` canonical option requires an async function type")
	}
	return nil
}

// flatFunc is the core function type of a function type (Canonical ABI,
// flatten_functype).
func (v *validator) flatFunc(params, results flat, o *options, lift bool) wasm.FuncType {
	ptr := []wasm.ValType{addrType(o.ptr64)}
	limit := MaxFlatParams
	if o.async && !lift {
		limit = MaxFlatAsyncParams
	}
	f := wasm.FuncType{Params: params.types, Results: results.types}
	if params.longer(limit) {
		f.Params = ptr
	}
	switch {
	case o.async && lift:
		f.Results = nil
		if o.has[component.OptCallback] {
			f.Results = []wasm.ValType{wasm.I32}
		}
	case o.async:
		if results.longer(0) {
			f.Params = append(f.Params[:len(f.Params):len(f.Params)], ptr...)
		}
		f.Results = []wasm.ValType{wasm.I32}
	case results.longer(MaxFlatResults) && lift:
		f.Results = ptr
	case results.longer(MaxFlatResults):
		f.Params = append(f.Params[:len(f.Params):len(f.Params)], ptr...)
		f.Results = nil
	}
	return f
}

// sameCore checks that the core function that is lifted has the type that its
// function type asks for.
func sameCore(found *wasm.FuncType, want wasm.FuncType) error {
	if s, t := coreTypeString(want.Params), coreTypeString(found.Params); s != t {
		return errf(CodeCanon, "lowered parameter types `%s` do not match parameter types `%s` of the core function", s, t)
	}
	if s, t := coreTypeString(want.Results), coreTypeString(found.Results); s != t {
		return errf(CodeCanon, "lowered result types `%s` do not match result types `%s` of the core function", s, t)
	}
	return nil
}
