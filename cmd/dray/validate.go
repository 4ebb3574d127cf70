package main

// This file is "dray validate".

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray/component"
	compvalid "github.com/dray-wasm/dray/component/valid"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/valid"
)

// featuresUsage is the help of --features, which several commands have.
const featuresUsage = "allow or forbid features: a `LIST` of NAME, +NAME and -NAME; \"--features help\" shows all"

func newValidateCommand() *cobra.Command {
	var features string
	var verbose bool
	cmd := &cobra.Command{
		Use:                   "validate [options] FILE...",
		Short:                 "Check that modules and components are valid",
		DisableFlagsInUseLine: true,
		Long: `Validate checks modules and components, in the binary format or as text; "-"
is standard input. It prints nothing when all are valid; otherwise it says what
is wrong with each that is not, and the exit status is 1.

Without --features, what this dray runs is allowed: a module that needs more is
refused with the name of the feature.`,
		Example: `  dray validate app.wasm
  dray validate --features all lib/*.wat
  dray validate --features -simd,+gc app.wasm`,
		ValidArgsFunction: completeInputs,
		RunE: func(_ *cobra.Command, args []string) error {
			if featuresHelp(features) {
				return printFeatures(os.Stdout)
			}
			if len(args) == 0 {
				return usage("no FILE was given; see \"dray validate --help\"")
			}
			set, err := runnableWith(features)
			if err != nil {
				return err
			}
			return validateFiles(args, set, verbose)
		},
	}
	cmd.Flags().StringVarP(&features, "features", "f", "", featuresUsage)
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "name valid files, too")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

// featuresHelp tells whether --features asks for help.
func featuresHelp(list string) bool {
	return slices.Contains(strings.Split(list, ","), "help")
}

// validateFiles reports all files that are not valid.
func validateFiles(files []string, set featureFlags, verbose bool) error {
	if err := stdinOnce(files); err != nil {
		return err
	}
	failed := false
	for _, file := range files {
		src, err := validateFile(file, set)
		switch {
		case err != nil:
			failed = true
			fmt.Fprintln(os.Stderr, "Error: "+err.Error())
		case verbose:
			fmt.Printf("%s: valid %s\n", safe(src.name), src.what())
		}
	}
	if failed {
		return exitStatus{code: 1}
	}
	return nil
}

func validateFile(file string, set featureFlags) (*source, error) {
	in, err := readInput(file)
	if err != nil {
		return nil, err
	}
	src, err := in.parse()
	if err != nil {
		return nil, err
	}
	return src, in.explain(src.check(set))
}

// what is what a source is called.
func (src *source) what() string {
	if src.comp != nil {
		return "component"
	}
	return "core module"
}

// check validates a source, with places in a text and with what to do about a
// feature that is not allowed.
func (src *source) check(set featureFlags) error {
	err := src.locate(src.validate(set.core, set.comp))
	var e *diag.Error
	if !errors.As(err, &e) || !needsMore(err) {
		return err
	}
	hint := *e
	hint.Msg += "; --features allows it"
	return &hint
}

// validate validates a source; nothing is located.
func (src *source) validate(core wasm.Features, comp component.Features) error {
	if src.comp != nil {
		_, err := compvalid.Component(src.comp, comp, core)
		return err
	}
	return valid.Module(src.module, core)
}

// needsMore tells whether an error is about a feature that is not allowed.
func needsMore(err error) bool {
	var e *diag.Error
	return errors.As(err, &e) && strings.HasSuffix(string(e.Code), "/feature")
}
