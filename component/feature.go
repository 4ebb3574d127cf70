// This file names what the Component Model adds to its first release, one
// gate at a time (explainer, section "Gated Features").

package component

import (
	"fmt"
	"strings"
)

// A Feature is a gated feature of the Component Model. FeatureMVP is WASI 0.2.
type Feature uint8

// The features. Those before FeatureValues have shipped with a release of
// WASI.
const (
	FeatureMVP            Feature = iota
	FeatureAsync                  // async functions, streams, futures and their built-ins
	FeatureMap                    // the map type
	FeatureAttributes             // implements and external-id
	FeatureValues                 // values and start functions
	FeatureNestedNames            // nested namespaces and packages in names
	FeatureMoreAsync              // more canonical options on async built-ins
	FeatureStackful               // async lifts without a callback
	FeatureThreading              // thread built-ins
	FeatureSharedThreads          // thread built-ins of shared-everything-threads
	FeatureFixedLists             // lists of fixed length
	FeatureErrorContext           // the error-context type
	FeatureCanonicalNames         // canonical versions in interface names
	FeatureMemory64               // 64-bit memories and i64 resources
	NumFeatures
)

var featureNames = [NumFeatures]string{
	"cm-mvp", "cm-async", "cm-map", "cm-attributes", "cm-values",
	"cm-nested-names", "cm-more-async-builtins", "cm-async-stackful",
	"cm-threading", "cm-shared-threads", "cm-fixed-length-lists",
	"cm-error-context", "cm-canonical-names", "cm-memory64",
}

// String is the name of the feature.
func (f Feature) String() string {
	if f < NumFeatures {
		return featureNames[f]
	}
	return "unknown"
}

// Features is a set of features.
type Features uint32

const (
	// Released is the set that has shipped with a release of WASI.
	Released = Features(1)<<FeatureValues - 1
	// AllFeatures is the set of all features.
	AllFeatures = Features(1)<<NumFeatures - 1
)

// Has tells whether f is in the set.
func (s Features) Has(f Feature) bool { return s>>f&1 != 0 }

// With is the set with f in it.
func (s Features) With(f Feature) Features { return s | 1<<f }

// Without is the set without f.
func (s Features) Without(f Feature) Features { return s &^ (1 << f) }

// String lists the names, separated by commas.
func (s Features) String() string {
	var names []string
	for f := range NumFeatures {
		if s.Has(f) {
			names = append(names, f.String())
		}
	}
	return strings.Join(names, ",")
}

// ParseFeature is the feature of a name as [Feature.String] gives it.
func ParseFeature(name string) (Feature, error) {
	for f := range NumFeatures {
		if featureNames[f] == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("unknown feature %q: the features are %s", name, AllFeatures)
}
