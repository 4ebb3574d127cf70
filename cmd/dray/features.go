package main

// This file is the option --features, and which features a module needs.

import (
	"fmt"
	"io"
	"math/bits"
	"strings"
	"text/tabwriter"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/component"
	compvalid "github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/valid"
)

// featureHelp says what each feature is.
var featureHelp = map[string]string{
	"mvp":                 "WebAssembly 1.0; always on",
	"mutable-globals":     "mutable globals as imports and exports",
	"sign-extension":      "i32.extend8_s and its relatives",
	"nontrapping-fptoint": "conversions of floats to integers that saturate",
	"multi-value":         "functions and blocks with several results, blocks with parameters",
	"reference-types":     "externref, several tables, table.get and its relatives",
	"bulk-memory":         "memory.copy, memory.fill, passive segments",
	"simd":                "vectors of 128 bits",
	"relaxed-simd":        "vector instructions whose results may differ between machines",
	"tail-call":           "return_call",
	"extended-const":      "add, sub and mul in constant expressions",
	"exceptions":          "tags, throw, try_table",
	"function-references": "typed function references, call_ref",
	"gc":                  "structures, arrays and i31 of the engine's garbage collector",
	"multi-memory":        "several memories",
	"memory64":            "memories and tables with 64-bit addresses",
	"threads":             "shared memories and atomic accesses",
	"legacy-exceptions":   "try, catch and delegate, from before exceptions",
	"wide-arithmetic":     "128-bit addition, subtraction and multiplication",
	"custom-page-sizes":   "memories with pages of 1 byte",

	"cm-mvp":                 "the components of WASI 0.2; always on",
	"cm-async":               "async functions, streams and futures",
	"cm-map":                 "the type map",
	"cm-attributes":          "implements and external-id of imports and exports",
	"cm-values":              "values and start functions",
	"cm-nested-names":        "nested namespaces and packages in names",
	"cm-more-async-builtins": "more options of the async built-ins",
	"cm-async-stackful":      "async functions without a callback",
	"cm-threading":           "built-ins for threads",
	"cm-shared-threads":      "built-ins for threads that share memory",
	"cm-fixed-length-lists":  "lists of fixed length",
	"cm-error-context":       "the type error-context",
	"cm-canonical-names":     "canonical versions in names",
	"cm-memory64":            "64-bit memories",
}

// A featureFlags is features of modules and components as --features has them.
type featureFlags struct {
	core wasm.Features
	comp component.Features
}

// runnable is what this dray runs: where there is no other word, modules and
// components may use it.
func runnable() (wasm.Features, component.Features, error) {
	rt, err := dray.NewRuntime(dray.Config{NoCache: true})
	if err != nil {
		return 0, 0, err
	}
	defer rt.Close()
	return rt.Features(), component.Released, nil
}

// runnableWith is what this dray runs, changed by --features.
func runnableWith(list string) (f featureFlags, err error) {
	if f.core, f.comp, err = runnable(); err != nil {
		return f, err
	}
	return f.with(list)
}

// with is features changed by a list: "simd" and "+simd" add, "-simd" removes,
// "all", "standard" and "none" stand for many.
func (f featureFlags) with(list string) (featureFlags, error) {
	for item := range strings.SplitSeq(list, ",") {
		if err := f.change(strings.TrimSpace(item)); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *featureFlags) change(item string) error {
	name := strings.TrimLeft(item, "+-")
	remove := strings.HasPrefix(item, "-")
	var core wasm.Features
	var comp component.Features
	switch {
	case item == "":
		return nil
	case len(item)-len(name) > 1:
		return usage("--features %q: write NAME, +NAME or -NAME", item)
	case name == "all":
		core, comp = wasm.AllFeatures, component.AllFeatures
	case name == "standard":
		core = wasm.Standard
	case name == "none" && !remove:
		f.core, f.comp = 0, 0
	case strings.HasPrefix(name, "cm-"):
		x, err := component.ParseFeature(name)
		if err != nil {
			return unknownFeature(name)
		}
		comp = comp.With(x)
	default:
		x, ok := wasm.ParseFeature(name)
		if !ok {
			return unknownFeature(name)
		}
		core = core.With(x)
	}
	if remove {
		f.core, f.comp = f.core&^core, f.comp&^comp
	} else {
		f.core, f.comp = f.core|core, f.comp|comp
	}
	f.core, f.comp = f.core.With(wasm.FeatureMVP), f.comp.With(component.FeatureMVP)
	return nil
}

func unknownFeature(name string) error {
	names := []string{"all", "standard", "none", "help"}
	for x := range wasm.NumFeatures {
		names = append(names, x.String())
	}
	for x := range component.NumFeatures {
		names = append(names, x.String())
	}
	if near := diag.Nearest(name, names); near != "" {
		return usage("--features: there is no feature %q; did you mean %s?", name, near)
	}
	return usage("--features: there is no feature %q; \"--features help\" lists those that there are", name)
}

// printFeatures lists all features and whether they are on without a word.
func printFeatures(w io.Writer) error {
	core, comp, err := runnable()
	if err != nil {
		return err
	}
	on := map[bool]string{true: "on", false: "-"}
	fmt.Fprint(w, "--features [+|-]NAME,...   + adds to what is on, - removes\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for x := range wasm.NumFeatures {
		if x == wasm.FeatureThreads {
			fmt.Fprintf(t, "\nProposals beyond WebAssembly 3.0\n")
		} else if x == 0 {
			fmt.Fprintf(t, "WebAssembly 3.0\n")
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", x, on[core.Has(x)], featureHelp[x.String()])
	}
	fmt.Fprintf(t, "\nComponents\n")
	for x := range component.NumFeatures {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", x, on[comp.Has(x)], featureHelp[x.String()])
	}
	fmt.Fprintf(t, "\nMany at once\n")
	fmt.Fprintf(t, "  all\t\tall of them\n  standard\t\tWebAssembly 3.0\n  none\t\tonly mvp and cm-mvp: \"none,simd\" is these and simd\n")
	return t.Flush()
}

// needs is the features that a module needs.
func needs(m *wasm.Module) wasm.Features {
	need := usedByCode(m)
	ok := func(set uint64) bool { return !needsMore(valid.Module(m, wasm.Features(set))) }
	return wasm.Features(fewest(uint64(need), uint64(wasm.AllFeatures&^need), ok))
}

// addNeeds lists features of modules.
func (i *inspector) addNeeds(need wasm.Features) {
	for f := wasm.FeatureMVP + 1; f < wasm.NumFeatures; f++ {
		if need.Has(f) {
			i.Features = append(i.Features, feature{f.String(), i.runs.Has(f)})
		}
	}
}

// needsOf finds out which features a component and its modules need.
func (i *inspector) needsOf(c *component.Component, modules []*wasm.Module) {
	core, comp := wasm.Features(0).With(wasm.FeatureMVP), component.Features(0).With(component.FeatureMVP)
	for _, m := range modules {
		core |= usedByCode(m)
	}
	ok := func(comp component.Features, core wasm.Features) bool {
		_, err := compvalid.Component(c, comp, core)
		return !needsMore(err)
	}
	core = wasm.Features(fewest(uint64(core), uint64(wasm.AllFeatures&^core), func(set uint64) bool {
		return ok(component.AllFeatures, wasm.Features(set))
	}))
	comp = component.Features(fewest(uint64(comp), uint64(component.AllFeatures&^comp), func(set uint64) bool {
		return ok(component.Features(set), core)
	}))
	i.addNeeds(core)
	for f := component.FeatureMVP + 1; f < component.NumFeatures; f++ {
		if comp.Has(f) {
			i.Features = append(i.Features, feature{f.String(), i.runsComp.Has(f)})
		}
	}
}

// usedByCode is the features of the instructions in function bodies, as far as
// these can be read.
func usedByCode(m *wasm.Module) wasm.Features {
	used := wasm.Features(0).With(wasm.FeatureMVP)
	var r binary.InstrReader
	var in wasm.Instr
	for n := range m.Funcs {
		b := &m.Funcs[n].Body
		for r.Reset(b.Code, b.Offset); r.Next(&in) == nil; {
			used = used.With(in.Op.Info().Feature)
		}
	}
	return used
}

// fewest is must with those members of may that ok asks for: the smallest set
// that can be had by halving. It asks a number of times that is in proportion
// to the number of members found.
func fewest(must, may uint64, ok func(set uint64) bool) uint64 {
	if may == 0 || ok(must) {
		return must
	}
	if bits.OnesCount64(may) == 1 {
		return must | may
	}
	half := may
	for n := bits.OnesCount64(may) / 2; n > 0; n-- {
		half &= half - 1
	}
	rest := may &^ half
	found := fewest(must|rest, half, ok) &^ rest
	return fewest(found|must, rest, ok)
}
