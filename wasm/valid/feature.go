// This file refuses what a module needs from proposals that are not enabled.
// Instructions are refused in the loop over a body.

package valid

import (
	"fmt"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

// errFeature says that something needs a feature.
func errFeature(f wasm.Feature, format string, args ...any) *diag.Error {
	return diag.Errorf(CodeFeature, diag.Pos{}, "%s needs the proposal %q, which is not enabled", fmt.Sprintf(format, args...), f)
}

// denied reports an instruction of a feature that is not enabled.
func (c *checker) denied(op wasm.Opcode) {
	c.failErr(errFeature(op.Info().Feature, "the instruction %s", op))
}

// typeFeatures are the features that types of values need.
const typeFeatures = 1<<wasm.FeatureSIMD | 1<<wasm.FeatureReferenceTypes | 1<<wasm.FeatureExceptions |
	1<<wasm.FeatureFunctionReferences | 1<<wasm.FeatureGC

// featureOf is the feature that a value or storage type needs.
func featureOf(t wasm.ValType) wasm.Feature {
	switch {
	case t == wasm.V128:
		return wasm.FeatureSIMD
	case t.IsPacked():
		return wasm.FeatureGC
	case !t.IsRef():
		return wasm.FeatureMVP
	}
	switch h := t.Heap(); {
	case h == wasm.HeapExn || h == wasm.HeapNoExn:
		return wasm.FeatureExceptions
	case hasIndex(t):
		return wasm.FeatureFunctionReferences
	case h != wasm.HeapFunc && h != wasm.HeapExtern:
		return wasm.FeatureGC
	}
	if !t.Nullable() {
		return wasm.FeatureFunctionReferences
	}
	return wasm.FeatureReferenceTypes
}

// valType is the canonical form of a type of the module.
func (e *env) valType(t wasm.ValType) (wasm.ValType, error) {
	if err := e.allowType(t); err != nil {
		return t, err
	}
	return e.types.Val(t, e.ids)
}

// allowType refuses a type whose feature is not enabled.
func (e *env) allowType(t wasm.ValType) error {
	if e.features&typeFeatures == typeFeatures {
		return nil
	}
	if f := featureOf(t); !e.features.Has(f) {
		return errFeature(f, "the type %s", t)
	}
	return nil
}

func (e *env) allowTypes(ts []wasm.ValType) error {
	for _, t := range ts {
		if err := e.allowType(t); err != nil {
			return err
		}
	}
	return nil
}

// allowDefs refuses type definitions whose features are not enabled.
func (e *env) allowDefs() error {
	const all = typeFeatures | 1<<wasm.FeatureMultiValue
	if e.features&all == all {
		return nil
	}
	if len(e.m.RecGroups) > 0 && !e.features.Has(wasm.FeatureGC) {
		return errFeature(wasm.FeatureGC, "a recursion group")
	}
	for i := range e.m.Types {
		if err := e.allowDef(&e.m.Types[i]); err != nil {
			err := *err.(*diag.Error)
			err.Msg = "type " + utoa(uint64(i)) + ": " + err.Msg
			return &err
		}
	}
	return nil
}

func (e *env) allowDef(t *wasm.SubType) error {
	comp := &t.Comp
	switch {
	case !e.features.Has(wasm.FeatureGC) && (t.Open || len(t.Supers) > 0):
		return errFeature(wasm.FeatureGC, "a sub type")
	case !e.features.Has(wasm.FeatureGC) && comp.Kind != wasm.CompFunc:
		return errFeature(wasm.FeatureGC, "a type of kind %s", comp.Kind)
	case !e.features.Has(wasm.FeatureMultiValue) && len(comp.Func.Results) > 1:
		return errFeature(wasm.FeatureMultiValue, "a function type with %d results", len(comp.Func.Results))
	}
	for _, f := range comp.Fields {
		if err := e.allowType(f.Storage); err != nil {
			return err
		}
	}
	if err := e.allowTypes(comp.Func.Params); err != nil {
		return err
	}
	return e.allowTypes(comp.Func.Results)
}

// allowExtern refuses the type of an import or definition whose features are
// not enabled.
func (e *env) allowExtern(t *wasm.ExternType) error {
	has := e.features.Has
	switch t.Kind {
	case wasm.ExternTag:
		if !has(wasm.FeatureExceptions) && !has(wasm.FeatureLegacyExceptions) {
			return errFeature(wasm.FeatureExceptions, "a tag")
		}
	case wasm.ExternTable:
		if t.Table.Limits.Is64 && !has(wasm.FeatureMemory64) {
			return errFeature(wasm.FeatureMemory64, "a table with addresses of type i64")
		}
		if t.Table.Elem != wasm.FuncRef {
			return e.allowType(t.Table.Elem)
		}
	case wasm.ExternMemory:
		switch {
		case t.Memory.Limits.Is64 && !has(wasm.FeatureMemory64):
			return errFeature(wasm.FeatureMemory64, "a memory with addresses of type i64")
		case t.Memory.Limits.Shared && !has(wasm.FeatureThreads):
			return errFeature(wasm.FeatureThreads, "a shared memory")
		case t.Memory.HasPageSize && !has(wasm.FeatureCustomPageSizes):
			return errFeature(wasm.FeatureCustomPageSizes, "a memory that says its page size")
		}
	case wasm.ExternGlobal:
		return e.allowType(t.Global.Type)
	}
	return nil
}

// allowMutable refuses a mutable global that crosses the border of the module.
func (e *env) allowMutable(g wasm.GlobalType) error {
	if g.Mutable && !e.features.Has(wasm.FeatureMutableGlobals) {
		return errFeature(wasm.FeatureMutableGlobals, "a mutable global that is imported or exported")
	}
	return nil
}

// allowSpaces refuses several memories or tables.
func (e *env) allowSpaces() error {
	if len(e.mems) > 1 && !e.features.Has(wasm.FeatureMultiMemory) {
		return errFeature(wasm.FeatureMultiMemory, "multiple memories: a module with %d memories", len(e.mems))
	}
	if len(e.tables) > 1 && !e.features.Has(wasm.FeatureReferenceTypes) {
		return errFeature(wasm.FeatureReferenceTypes, "multiple tables: a module with %d tables", len(e.tables))
	}
	return nil
}

// allowElem refuses forms of element segments whose features are not enabled.
func (e *env) allowElem(s *wasm.ElemSegment) error {
	switch {
	case s.Mode == wasm.SegmentDeclarative && !e.features.Has(wasm.FeatureReferenceTypes):
		return errFeature(wasm.FeatureReferenceTypes, "a declarative element segment")
	case s.Mode == wasm.SegmentPassive && !e.features.Has(wasm.FeatureBulkMemory):
		return errFeature(wasm.FeatureBulkMemory, "a passive element segment")
	case s.UseExprs && !e.features.Has(wasm.FeatureReferenceTypes) && !e.features.Has(wasm.FeatureBulkMemory):
		return errFeature(wasm.FeatureReferenceTypes, "an element segment with expressions")
	case s.UseExprs && s.Type != wasm.FuncRef:
		return e.allowType(s.Type)
	}
	return nil
}
