package main

// This file is "dray wit".

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wit"
	"github.com/dray-wasm/dray/wit/encode"
)

// A witCommand is what was asked of "dray wit".
type witCommand struct {
	json, wasm, noDocs, rootOnly, all bool
	out                               string
	features                          []string
}

func newWitCommand() *cobra.Command {
	var c witCommand
	cmd := &cobra.Command{
		Use:                   "wit [options] FILE|DIR",
		Short:                 "Print the WIT of a component, module or package",
		DisableFlagsInUseLine: true,
		Long: `Wit prints interfaces and worlds as WIT. It takes

  a component               its imports and exports, as "world root"
  a core module             the types that a generator of bindings left in it
  a WIT package in binary   the package
  a WIT file                the package, checked and in canonical form
  a directory               the package of its *.wit files, with dependencies in
                            its directory "deps": directories, *.wit, *.wasm

"-" is standard input. Packages that the first one uses follow it as
"package ... { }", so that the output is whole and can be read again. Items
behind @unstable are left out unless their feature is enabled.

--json prints the same as JSON, whose fields are described by "go doc
github.com/dray-wasm/dray/wit.Resolve.JSON". --wasm encodes the first package
in the binary format.`,
		Example: `  dray wit app.wasm
  dray wit --features clocks-timezone wit/
  dray wit --wasm wit/ -o package.wasm`,
		Args:              oneFile("wit"),
		ValidArgsFunction: completeWit,
		RunE: func(_ *cobra.Command, args []string) error {
			return c.run(args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&c.out, "output", "o", "", "write to `FILE`; \"-\" is standard output")
	f.BoolVar(&c.json, "json", false, "print JSON")
	f.BoolVar(&c.wasm, "wasm", false, "write the package in the binary format")
	f.BoolVar(&c.noDocs, "no-docs", false, "leave documentation out")
	f.BoolVar(&c.rootOnly, "root-only", false, "leave out the packages that the first one uses")
	f.StringSliceVar(&c.features, "features", nil, "enable a `LIST` of features of @unstable")
	f.BoolVar(&c.all, "all-features", false, "enable all features of @unstable")
	cmd.MarkFlagsMutuallyExclusive("json", "wasm")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

// completeWit completes files that may hold WIT.
func completeWit(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"wit", "wasm", "wat"}, cobra.ShellCompDirectiveFilterFileExt
}

func (c *witCommand) run(file string) error {
	if c.wasm && (c.out == "" || c.out == "-") && isTerminal(os.Stdout) {
		return usage("the binary would go to a terminal; name a file: dray wit --wasm %s -o FILE", file)
	}
	r, err := loadWit(file, wit.Options{Features: c.features, AllFeatures: c.all})
	if err != nil {
		return err
	}
	return c.write(r)
}

// write writes what was asked for.
func (c *witCommand) write(r *wit.Resolve) error {
	var data []byte
	var err error
	switch {
	case c.json:
		data, err = r.JSON()
	case c.wasm:
		data, err = encode.Encode(r)
	default:
		return writeOutput(c.out, func(w io.Writer) error {
			return wit.Print(w, r, wit.PrintOptions{NoDocs: c.noDocs, RootOnly: c.rootOnly})
		})
	}
	if err != nil {
		return err
	}
	return writeOutput(c.out, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// loadWit reads WIT from a file, directory or standard input. Its errors name
// the file and show the line.
func loadWit(name string, o wit.Options) (*wit.Resolve, error) {
	if name == "-" {
		data, err := io.ReadAll(io.LimitReader(os.Stdin, maxInput+1))
		if err != nil {
			return nil, fmt.Errorf("<stdin>: cannot be read: %w", plainPathError(err))
		}
		if len(data) == 0 {
			return nil, errors.New("<stdin>: the file is empty")
		}
		r, err := encode.LoadBytes("<stdin>", data, o)
		return r, explainWit(err, func(string) ([]byte, string) { return data, "<stdin>" })
	}
	// The directory is opened at its parent, so that a path is one within it.
	dir, base := filepath.Split(filepath.Clean(name))
	if dir == "" {
		dir = "."
	}
	if base == "." || base == ".." {
		dir, base = filepath.Clean(name), "."
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		dir, base = filepath.Clean(name), "."
	}
	r, err := encode.Load(os.DirFS(dir), filepath.ToSlash(base), o)
	return r, explainWit(err, func(path string) ([]byte, string) {
		path = filepath.Join(dir, filepath.FromSlash(path))
		data, _ := os.ReadFile(path)
		return data, path
	})
}

// explainWit is an error for people; open gives the content of a file and how
// to call it.
func explainWit(err error, open func(path string) ([]byte, string)) error {
	e, ok := err.(*diag.Error)
	if !ok {
		return err
	}
	data, path := open(e.Path)
	named := *e
	named.Path = safe(path)
	return errors.New(strings.TrimRight(printable(diag.Excerpt(data, &named)), "\n"))
}
