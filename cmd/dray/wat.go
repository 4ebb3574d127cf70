package main

// This file is "dray wat".

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray/component"
	compbin "github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

func newWatCommand() *cobra.Command {
	var out string
	var noValidate bool
	cmd := &cobra.Command{
		Use:                   "wat [options] FILE",
		Short:                 "Turn WebAssembly text into a binary",
		DisableFlagsInUseLine: true,
		Long: `Wat turns the text of a module or component into the binary format. FILE is the
text, "-" is standard input. The binary goes to standard output, but never to a
terminal; with -o it goes to a file, which is replaced only when all went well.
"dray run app.wat" runs a text without this step.

The text is validated, with all features that Dray knows; --no-validate leaves
that out and takes whatever is well formed. Identifiers become the name section.`,
		Example: `  dray wat app.wat -o app.wasm
  dray wat - <app.wat | dray validate -`,
		Args:              oneFile("wat"),
		ValidArgsFunction: completeText,
		RunE: func(_ *cobra.Command, args []string) error {
			return wat(args[0], out, !noValidate)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to `FILE`; \"-\" is standard output")
	cmd.Flags().BoolVar(&noValidate, "no-validate", false, "take a text that is well formed but not valid")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

// completeText completes files that look like text.
func completeText(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"wat"}, cobra.ShellCompDirectiveFilterFileExt
}

func wat(file, out string, validate bool) error {
	if (out == "" || out == "-") && isTerminal(os.Stdout) {
		return usage("the binary would go to a terminal; name a file: dray wat %s -o %s", file, wasmName(file))
	}
	in, err := readInput(file)
	if err != nil {
		return err
	}
	if in.kind == binary.KindModule || in.kind == binary.KindComponent {
		return fmt.Errorf("%s: this is %v in the binary format already; \"dray print\" turns it into text", safe(in.name), in.kind)
	}
	src, err := in.parse()
	if err != nil {
		return err
	}
	if validate {
		if err := src.locate(src.validate(wasm.AllFeatures, component.AllFeatures)); err != nil {
			return in.explain(err)
		}
	}
	bin, err := src.encode()
	if err != nil {
		return in.explain(err)
	}
	return writeOutput(out, func(w io.Writer) error {
		_, err := w.Write(bin)
		return err
	})
}

// wasmName is a good name for the binary of a text.
func wasmName(file string) string {
	if file == "-" {
		return "out.wasm"
	}
	return strings.TrimSuffix(file, filepath.Ext(file)) + ".wasm"
}

// encode is the binary format of a source.
func (src *source) encode() ([]byte, error) {
	if src.comp != nil {
		return compbin.Encode(src.comp)
	}
	return binary.Encode(src.module)
}
