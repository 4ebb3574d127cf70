package main

// This file is "dray test".

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray/suite"
)

// A testFlags holds the options of "dray test" as typed.
type testFlags struct {
	opt          suite.Options
	filter, skip string
	runner       string
}

func newTestCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:                   "test [options] PATH...",
		Short:                 "Run folders of WebAssembly tests",
		DisableFlagsInUseLine: true,
		Long: `Test runs every .wasm file at and below the paths. A JSON file of the same
base name, in the format of the wasi-testsuite, says how to start the test and
what to expect; without one, exit code 0 is a pass. Each test runs in a process
of its own, on a private copy of the folder it may see.

The exit code is 0 when all tests pass, 1 when some fail (with --baseline: when
some fail that it does not list), 2 when nothing could be run, 130 after Ctrl-C.

  dray test tests/                             run a folder
  dray test --filter '^fd_' -v tests/          run some, name all
  dray test --baseline known.txt tests/        fail only on new failures
  dray test --runner 'wasmtime run' tests/     measure another runtime`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name a folder of tests or a .wasm file; see \"dray test --help\"")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&f.opt.Jobs, "jobs", "j", 0, "how many tests run at a time (0: one a processor)")
	flags.StringVar(&f.filter, "filter", "", "run only tests whose ID or name matches this `REGEXP`")
	flags.StringVar(&f.skip, "skip", "", "skip tests whose ID or name matches this `REGEXP`")
	flags.DurationVar(&f.opt.Timeout, "timeout", suite.DefaultTimeout, "how long one test may take")
	flags.BoolVar(&f.opt.JSON, "json", false, "report one JSON object a line")
	flags.StringVar(&f.opt.JUnit, "junit", "", "write a JUnit XML report to this `FILE`")
	flags.StringVar(&f.runner, "runner", "", "run tests under this `COMMAND`, which takes wasmtime's --env, --dir, file and arguments")
	flags.StringVar(&f.opt.Baseline, "baseline", "", "compare with the failed tests listed in this `FILE`; write it when it does not exist")
	flags.BoolVar(&f.opt.UpdateBaseline, "update-baseline", false, "write the baseline anew")
	flags.BoolVarP(&f.opt.Verbose, "verbose", "v", false, "report passed and skipped tests too")
	return cmd
}

// run runs the tests and turns what came of them into an exit status.
func (f *testFlags) run(cmd *cobra.Command, paths []string) error {
	opt := f.opt
	opt.Paths, opt.Stdout, opt.Stderr = paths, cmd.OutOrStdout(), cmd.ErrOrStderr()
	if opt.Jobs < 0 {
		return usage("--jobs %d: the number of tests at a time cannot be negative", opt.Jobs)
	}
	if opt.Timeout <= 0 {
		return usage("--timeout %s: write a time above zero, such as 30s or 2m", opt.Timeout)
	}
	var err error
	if opt.Filter, err = pattern("--filter", f.filter); err != nil {
		return err
	}
	if opt.Skip, err = pattern("--skip", f.skip); err != nil {
		return err
	}
	if opt.Runner, err = testRunner(f.runner, cmd.Flags().Changed("runner")); err != nil {
		return err
	}
	parent := cmd.Context()
	if parent == nil {
		parent = context.Background()
	}
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	// A closed standard output is an error to report after cleaning up.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	defer signal.Stop(pipe)
	sum, err := suite.Run(ctx, opt)
	if err != nil {
		return usage("%v", err)
	}
	if code := sum.ExitCode(); code != 0 {
		return exitStatus{code: code}
	}
	return nil
}

// pattern compiles the value of an option; nil when it is empty.
func pattern(option, text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, usage("%s: %v", option, err)
	}
	return re, nil
}

// testRunner is the command that tests run under: this program, or what
// --runner says.
func testRunner(command string, given bool) (suite.Runner, error) {
	if given {
		words, err := suite.SplitCommand(command)
		if err != nil {
			return suite.Runner{}, usage("--runner %s: %v", command, err)
		}
		return suite.Runner{Command: words}, nil
	}
	self, err := os.Executable()
	if err != nil {
		return suite.Runner{}, fmt.Errorf("this program cannot find its own file, which tests run under: %w", err)
	}
	return suite.Runner{
		Command: []string{self, "run"},
		Serve:   []string{self, "serve", "--addr", "127.0.0.1:0"},
		Proposals: map[string][]string{
			"http":    {"-S", "http"},
			"sockets": {"-S", "inherit-network"},
		},
	}, nil
}
