// This file names the proposals that the language grew by, one at a time and
// in sets.

package wasm

import (
	"fmt"
	"strings"
)

// A Feature is the proposal that brought an instruction or another part of
// the language. FeatureMVP is WebAssembly 1.0.
type Feature uint8

// The features. All before FeatureThreads are part of WebAssembly 3.0; the
// others are proposals.
const (
	FeatureMVP Feature = iota
	FeatureMutableGlobals
	FeatureSignExtension
	FeatureNontrappingFpToInt
	FeatureMultiValue
	FeatureReferenceTypes
	FeatureBulkMemory
	FeatureSIMD
	FeatureRelaxedSIMD
	FeatureTailCall
	FeatureExtendedConst
	FeatureExceptions
	FeatureFunctionReferences
	FeatureGC
	FeatureMultiMemory
	FeatureMemory64
	FeatureThreads
	FeatureLegacyExceptions
	FeatureWideArithmetic
	FeatureCustomPageSizes
	NumFeatures
)

var featureNames = [NumFeatures]string{
	FeatureMVP:                "mvp",
	FeatureMutableGlobals:     "mutable-globals",
	FeatureSignExtension:      "sign-extension",
	FeatureNontrappingFpToInt: "nontrapping-fptoint",
	FeatureMultiValue:         "multi-value",
	FeatureReferenceTypes:     "reference-types",
	FeatureBulkMemory:         "bulk-memory",
	FeatureSIMD:               "simd",
	FeatureRelaxedSIMD:        "relaxed-simd",
	FeatureTailCall:           "tail-call",
	FeatureExtendedConst:      "extended-const",
	FeatureExceptions:         "exceptions",
	FeatureFunctionReferences: "function-references",
	FeatureGC:                 "gc",
	FeatureMultiMemory:        "multi-memory",
	FeatureMemory64:           "memory64",
	FeatureThreads:            "threads",
	FeatureLegacyExceptions:   "legacy-exceptions",
	FeatureWideArithmetic:     "wide-arithmetic",
	FeatureCustomPageSizes:    "custom-page-sizes",
}

// String is the name of the proposal.
func (f Feature) String() string {
	if f < NumFeatures {
		return featureNames[f]
	}
	return "unknown"
}

// Standard tells whether the feature is part of WebAssembly 3.0; otherwise it
// is a proposal.
func (f Feature) Standard() bool { return f < FeatureThreads }

// ParseFeature is the feature of a name as [Feature.String] gives it.
func ParseFeature(name string) (f Feature, ok bool) {
	for f := range NumFeatures {
		if featureNames[f] == name {
			return f, true
		}
	}
	return 0, false
}

// Features is a set of features.
type Features uint64

const (
	// Standard is the set of WebAssembly 3.0.
	Standard = Features(1)<<FeatureThreads - 1
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

// Parse changes the set by a list of names separated by commas: "simd" or
// "+simd" adds, "-simd" removes, "all", "standard" and "none" stand for the sets.
func (s Features) Parse(list string) (Features, error) {
	for item := range strings.SplitSeq(list, ",") {
		name := strings.TrimSpace(item)
		remove := strings.HasPrefix(name, "-")
		name = strings.TrimPrefix(strings.TrimPrefix(name, "-"), "+")
		var set Features
		switch f, ok := ParseFeature(name); {
		case ok:
			set = set.With(f)
		case name == "all":
			set = AllFeatures
		case name == "standard":
			set = Standard
		case name == "none" && !remove:
			s = 0
		case name == "":
		default:
			return s, fmt.Errorf("unknown feature %q: the features are all, standard, none, %s", name, AllFeatures)
		}
		if remove {
			s &^= set
		} else {
			s |= set
		}
	}
	return s.With(FeatureMVP), nil
}
