package main

// This file is "dray bindgen".

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray/bindgen"
	"github.com/dray-wasm/dray/wit"
)

// A bindgenCommand is what was asked of "dray bindgen".
type bindgenCommand struct {
	out, world string
	check, all bool
	interfaces bool
	features   []string
	config     bindgen.Config
}

func newBindgenCommand() *cobra.Command {
	var c bindgenCommand
	cmd := &cobra.Command{
		Use:                   "bindgen [options] FILE|DIR",
		Short:                 "Write Go bindings for a component or WIT",
		DisableFlagsInUseLine: true,
		Long: `Bindgen writes a Go package with which a program runs components of a world. It
takes what "dray wit" takes: a WIT file, a directory with a package and its
dependencies in "deps", a package in the binary format, or a component.

  imports    XHost is an interface of Go methods for each interface X that
             components import. Implement them; Link defines them in a linker.
  exports    New gives the Exports of an instance: a field for each interface,
             a method for each function.
  types      records, variants and tuples are structs, options are pointers,
             enums and flags integers. A function whose result is a result
             returns the error case as an error.
  resources  those of the host are Go interfaces to implement, those of a
             component Go types, both with methods.
  async      async functions are Go functions that block, as all are: those of
             the host run beside other calls, those of a component can be
             called by many goroutines.
  streams    a stream<u8> is an io.ReadCloser, another stream<T> a
             *bind.Stream[T], a future<T> a *bind.Future[T].

The output is the same for the same input. Files of the world that are not
needed any more are removed; a file that was not generated is never touched.
Without --world, a package without worlds is taken to be imported, all of it.

In a Go file of the package, a comment keeps it up to date with "go generate":

  //go:generate go tool dray bindgen --world app wit`,
		Example: `  dray bindgen -o people wit/
  dray bindgen --world app --package host -o internal/host wit/
  dray bindgen -o app app.wasm
  dray bindgen --check -o people wit/
  dray bindgen --interfaces -o gen/io wit/deps/io
  dray bindgen --with wasi:io=example.org/app/gen/io -o gen/app wit/`,
		Args:              oneFile("bindgen"),
		ValidArgsFunction: completeWit,
		RunE: func(_ *cobra.Command, args []string) error {
			return c.run(args[0])
		},
	}
	f := cmd.Flags()
	f.StringVarP(&c.out, "output", "o", ".", "write to directory `DIR`, which is made")
	f.StringVar(&c.world, "world", "", "the world, as `NAME` or ns:pkg/name")
	f.StringVar(&c.config.Package, "package", "", "call the Go package `NAME`; otherwise it has the world's")
	f.BoolVar(&c.interfaces, "interfaces", false, "take all interfaces of the package to be imported, not a world")
	f.StringToStringVar(&c.config.With, "with", nil, "take the types of WIT package ns:name from a Go package, as `NS:NAME=PATH`; its bindings were made with --interfaces")
	f.BoolVar(&c.config.Prefix, "prefix", false, "put interface names before all type names, not only where two are the same")
	f.BoolVar(&c.check, "check", false, "write nothing; fail if files would change")
	f.StringSliceVar(&c.features, "features", nil, "enable a `LIST` of features of @unstable")
	f.BoolVar(&c.all, "all-features", false, "enable all features of @unstable")
	cmd.MarkFlagsMutuallyExclusive("world", "interfaces")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func (c *bindgenCommand) run(file string) error {
	r, err := loadWit(file, wit.Options{Features: c.features, AllFeatures: c.all})
	if err != nil {
		return err
	}
	w := bindgen.Interfaces(r)
	if !c.interfaces {
		if w, err = bindgen.Select(r, c.world); err != nil {
			return fmt.Errorf("%s: %w", safe(file), err)
		}
	}
	files, err := bindgen.World(r, w, c.config)
	if err != nil {
		return fmt.Errorf("%s: %w", safe(file), err)
	}
	changed, stale, err := c.compare(w, files)
	if err != nil {
		return err
	}
	if c.check {
		return c.report(changed, stale)
	}
	if err := os.MkdirAll(c.out, 0o777); err != nil {
		return fmt.Errorf("%s: cannot be made: %w", safe(c.out), plainPathError(err))
	}
	for _, f := range changed {
		path := filepath.Join(c.out, f.Name)
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			return fmt.Errorf("%s: cannot be written: %w", safe(path), plainPathError(err))
		}
	}
	for _, name := range stale {
		path := filepath.Join(c.out, name)
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("%s: cannot be removed: %w", safe(path), plainPathError(err))
		}
	}
	return nil
}

// compare finds the files that are to be written, and those of the same world
// that are to be removed.
func (c *bindgenCommand) compare(w *wit.World, files []bindgen.File) (changed []bindgen.File, stale []string, err error) {
	names := map[string]bool{}
	for _, f := range files {
		names[f.Name] = true
		path := filepath.Join(c.out, f.Name)
		old, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, nil, fmt.Errorf("%s: cannot be read: %w", safe(path), plainPathError(err))
		case !bytes.HasPrefix(old, []byte(bindgen.Header)):
			return nil, nil, fmt.Errorf("%s: there is a file that was not generated; choose another directory", safe(path))
		case bytes.Equal(old, f.Data):
			continue
		}
		changed = append(changed, f)
	}
	entries, err := os.ReadDir(c.out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: cannot be read: %w", safe(c.out), plainPathError(err))
	}
	for _, e := range entries {
		if names[e.Name()] || filepath.Ext(e.Name()) != ".go" || !e.Type().IsRegular() {
			continue
		}
		src, err := os.ReadFile(filepath.Join(c.out, e.Name()))
		if err == nil && bindgen.Generated(src, w) {
			stale = append(stale, e.Name())
		}
	}
	return changed, stale, nil
}

// report is the error of --check, nil where nothing would change.
func (c *bindgenCommand) report(changed []bindgen.File, stale []string) error {
	var lines []string
	for _, f := range changed {
		lines = append(lines, "\n  "+safe(filepath.Join(c.out, f.Name))+" would change")
	}
	for _, name := range stale {
		lines = append(lines, "\n  "+safe(filepath.Join(c.out, name))+" would be removed")
	}
	if len(lines) == 0 {
		return nil
	}
	return errors.New("the bindings are not up to date; run the command without --check:" + strings.Join(lines, ""))
}
