// This file tells which features a script is written for, and which of them a
// module needs.

package script

import (
	"errors"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/component"
	compvalid "github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/valid"
)

// FeaturesFor gives the features of a script by its path: those of WebAssembly
// 3.0, and the proposals that folders of the path are named after ("threads",
// "wide-arithmetic", "custom-page-sizes", and "legacy" for legacy exceptions).
// The scripts of the proposal "threads" are written for an earlier language,
// with one memory and one table of funcref a module.
func FeaturesFor(path string) wasm.Features {
	set := wasm.Standard
	elems := strings.FieldsFunc(path, func(c rune) bool { return c == '/' || c == '\\' })
	if len(elems) > 0 {
		elems = elems[:len(elems)-1]
	}
	for _, e := range elems {
		f, ok := wasm.ParseFeature(e)
		switch {
		case e == "legacy":
			set = set.With(wasm.FeatureLegacyExceptions)
		case ok && f == wasm.FeatureThreads:
			set = set.With(f) &^ afterThreads
		case ok:
			set = set.With(f)
		}
	}
	return set
}

// ComponentFeatures are the features that the official scripts about components
// are written for: all but nested names, which they expect to be refused.
const ComponentFeatures = component.AllFeatures &^ (1 << component.FeatureNestedNames)

// afterThreads are features that the scripts of the proposal "threads" expect
// to be missing.
const afterThreads = wasm.Features(1)<<wasm.FeatureReferenceTypes | 1<<wasm.FeatureFunctionReferences |
	1<<wasm.FeatureGC | 1<<wasm.FeatureMultiMemory | 1<<wasm.FeatureMemory64

// supported is the part of a set that an engine has.
func supported(eng engine.Engine, set wasm.Features) wasm.Features {
	for f := range wasm.NumFeatures {
		if set.Has(f) && !eng.Supports(f) {
			set = set.Without(f)
		}
	}
	return set
}

// isFeature tells whether an error says that a module or component needs a
// feature.
func isFeature(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && (e.Code == valid.CodeFeature || e.Code == compvalid.CodeFeature)
}

// missing is the feature that a module or component needs and have lacks; ""
// where it lacks none. check validates it with some features, and does with
// all. Of several features it is the first that was standardised, and where one
// is part of another, the larger.
func missing(check func(wasm.Features) error, all, have wasm.Features) (string, error) {
	err := check(have)
	if err == nil {
		return "", nil
	}
	if !isFeature(err) {
		return "", err
	}
	for _, f := range skipOrder {
		if all.Has(f) && !have.Has(f) && isFeature(check(all.Without(f))) {
			return f.String(), nil
		}
	}
	return (all &^ have).String(), nil
}

// skipOrder is the order in which missing features are named.
var skipOrder = func() (order []wasm.Feature) {
	for f := range wasm.NumFeatures {
		order = append(order, f)
	}
	// Typed function references are part of gc.
	i := slices.Index(order, wasm.FeatureFunctionReferences)
	order[i], order[i+1] = order[i+1], order[i]
	return order
}()
