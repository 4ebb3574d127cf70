package main

// This file is "dray print".

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	comptext "github.com/dray-wasm/dray/component/text"
	coretext "github.com/dray-wasm/dray/wasm/text"
)

func newPrintCommand() *cobra.Command {
	var out string
	var o coretext.PrintOptions
	cmd := &cobra.Command{
		Use:                   "print [options] FILE",
		Short:                 "Turn a binary into WebAssembly text",
		DisableFlagsInUseLine: true,
		Long: `Print writes a module or component as text. FILE is a binary, or a text, which
is formatted anew; "-" is standard input. Without options the text gives the
same binary again ("dray wat"). The module need not be valid. With -o the text
goes to a file, which is replaced only when all went well.`,
		Example: `  dray print app.wasm | less
  dray print --skeleton app.wasm       without the code
  dray print app.wasm -o app.wat`,
		Args:              oneFile("print"),
		ValidArgsFunction: completeInputs,
		RunE: func(_ *cobra.Command, args []string) error {
			return printText(args[0], out, o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "write to `FILE`; \"-\" is standard output")
	f.BoolVar(&o.Skeleton, "skeleton", false, "leave out function bodies and the contents of segments: a text for people, which does not parse")
	f.BoolVar(&o.NoNames, "no-names", false, "ignore the names in the file: everything has its index only")
	f.BoolVar(&o.Offsets, "offsets", false, "put the offset in the binary before each instruction")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func printText(file, out string, o coretext.PrintOptions) error {
	in, err := readInput(file)
	if err != nil {
		return err
	}
	src, err := in.parse()
	if err != nil {
		return err
	}
	if o.Offsets && in.text() {
		return usage("%s: --offsets are those of a binary, and this is text", safe(in.name))
	}
	var bad error // in the file, not in writing
	err = writeOutput(out, func(w io.Writer) error {
		t := &tracker{w: w}
		err := src.print(t, o)
		if err != nil && t.err == nil {
			bad = fmt.Errorf("%w", in.explain(src.locate(err)))
		}
		return err
	})
	if bad != nil {
		return bad
	}
	return err
}

// print writes a source as text.
func (src *source) print(w io.Writer, o coretext.PrintOptions) error {
	if src.comp != nil {
		return comptext.Print(w, src.comp, o)
	}
	return coretext.Print(w, src.module, o)
}

// A tracker knows whether writing failed.
type tracker struct {
	w   io.Writer
	err error
}

func (t *tracker) Write(b []byte) (int, error) {
	n, err := t.w.Write(b)
	if err != nil {
		t.err = err
	}
	return n, err
}
