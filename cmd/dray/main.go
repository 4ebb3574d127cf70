// Command dray runs WebAssembly programs built for WASI.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dray-wasm/dray/diag"
)

// version is the version of this command; a release build of the module
// carries its own.
const version = "0.1.0-dev"

func main() {
	os.Exit(dispatch(os.Args[1:]))
}

// dispatch runs the command line and returns the process's exit status.
func dispatch(args []string) int {
	root := newRootCommand()
	root.SetArgs(args)
	err := root.Execute()
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		if status.msg != "" {
			fmt.Fprintln(os.Stderr, "Error: "+status.msg)
		}
		return status.code
	}
	fmt.Fprintf(os.Stderr, "Error: %s\n", withExcerpt(err))
	return 1
}

// withExcerpt is an error with the line it is about, when it is in a text file.
func withExcerpt(err error) string {
	e, ok := err.(*diag.Error)
	if !ok || e.At.Line == 0 {
		return err.Error()
	}
	src, readErr := os.ReadFile(e.Path)
	if readErr != nil {
		return err.Error() // standard input
	}
	return diag.Excerpt(src, err)
}

// An exitStatus is a command that ends with a status of its own, after it said
// what there was to say, or with msg.
type exitStatus struct {
	code int
	msg  string
}

func (e exitStatus) Error() string { return e.msg }

// usage is an error in how the command was typed.
func usage(format string, args ...any) error {
	return exitStatus{2, fmt.Sprintf(format, args...)}
}

func newRootCommand() *cobra.Command {
	run := newRunCommand()
	root := &cobra.Command{
		Use:   "dray [options] FILE [ARGS...]",
		Short: "Run WebAssembly programs built for WASI",
		Long: `Dray runs what Cargo builds for WASI. "dray FILE" is short for "dray run FILE".

  dray app.wasm one two                 run a program with arguments
  dray run --dir . app.wasm             let it see the current directory
  dray run --dir data::/data:ro app.wasm
  dray test tests/                      run a folder of tests
  dray inspect app.wasm                 see what a module or component is and needs
  dray print app.wasm                   read it as text; "dray wat" goes back`,
		Args:              cobra.ArbitraryArgs,
		Version:           versionLine(),
		SilenceUsage:      true,
		SilenceErrors:     true,
		ValidArgsFunction: completeModules,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && cmd.Flags().NFlag() == 0 {
				return cmd.Help()
			}
			if len(args) > 0 {
				if err := maybeCommand(cmd, args[0]); err != nil {
					return err
				}
			}
			return run.RunE(cmd, args)
		},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.Flags().AddFlagSet(run.Flags())
	root.Flags().SetInterspersed(false)
	root.AddCommand(run, newServeCommand(), newTestCommand(), newWatCommand(), newPrintCommand(), newValidateCommand(), newWastCommand(), newInspectCommand(), newWitCommand(), newBindgenCommand())
	return root
}

// maybeCommand catches a mistyped subcommand before it is taken for a file.
func maybeCommand(root *cobra.Command, name string) error {
	if _, err := os.Stat(name); err == nil || strings.ContainsAny(name, "./\\") || name == "-" {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := diag.Nearest(name, names); near != "" {
		return usage("there is no command and no file %q; did you mean \"dray %s\"?", name, near)
	}
	return usage("there is no command and no file %q; see \"dray --help\"", name)
}

// flagError explains an option that does not exist.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := diag.Nearest(unknown.GetSpecifiedName(), names); near != "" && len(unknown.GetSpecifiedName()) > 1 {
			return usage("%v; did you mean --%s?", err, near)
		}
	}
	var option *optionError
	if errors.As(err, &option) {
		return usage("%v", option) // it says all that pflag says around it
	}
	return usage("%v; see \"%s --help\"", err, cmd.CommandPath())
}

// versionLine is what --version prints.
func versionLine() string {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		v = strings.TrimPrefix(info.Main.Version, "v")
	}
	return fmt.Sprintf("dray %s (%s %s/%s)", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
