package suite

// This file turns a test into the command line that runs it.

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// A Runner is the command that tests run under. It receives wasmtime's
// options: --env NAME=VALUE, --dir HOST::/ , the .wasm file, its arguments.
// Its own environment is that of this process plus DRAY_TEST_VERSION,
// DRAY_TEST_WORLD and DRAY_TEST_PROPOSALS (separated by commas), for wrapper
// scripts that need to know more, and DEBUG=true where the spec asks for it.
type Runner struct {
	// Command is the program and its first arguments, as in "wasmtime run".
	Command []string
	// Serve is the same for tests of the world wasi:http/service; nil means
	// Command.
	Serve []string
	// Proposals are arguments that follow for tests that need a proposal.
	Proposals map[string][]string
	// Versions and Worlds are what the runner is known to support; tests of
	// others are skipped. Nil means that everything is attempted.
	Versions []Version
	Worlds   []World
}

// check reports a runner that cannot be started at all.
func (r *Runner) check() error {
	if len(r.Command) == 0 || r.Command[0] == "" {
		return fmt.Errorf("the runner command is empty; write one such as 'wasmtime run'")
	}
	if _, err := exec.LookPath(r.Command[0]); err != nil {
		return fmt.Errorf("the runner cannot be started: %w", err)
	}
	return nil
}

// skipReason is why the runner cannot run a test, or empty.
func (r *Runner) skipReason(t *Test) string {
	if r.Versions != nil && !slices.Contains(r.Versions, t.Version) {
		return fmt.Sprintf("WASI version %s is not supported by this runner (it runs %s)", t.Version, join(r.Versions))
	}
	if r.Worlds != nil && t.Spec != nil && !slices.Contains(r.Worlds, t.Spec.World) {
		return fmt.Sprintf("WASI world %s is not supported by this runner (it runs %s)", t.Spec.World, join(r.Worlds))
	}
	return ""
}

// argv is the command line of a run of a test.
func (r *Runner) argv(t *Test, file string, run *RunOp, extra []Pair, root string) []string {
	argv := slices.Clone(r.Command)
	if r.Serve != nil && t.Spec.World == HTTPService {
		argv = slices.Clone(r.Serve)
	}
	for _, p := range t.Spec.Proposals {
		argv = append(argv, r.Proposals[p]...)
	}
	for _, v := range mergeEnv(run.Env, extra) {
		argv = append(argv, "--env", v.Name+"="+v.Value)
	}
	if root != "" {
		argv = append(argv, "--dir", root+"::/")
	}
	if strings.HasPrefix(file, "-") {
		file = "./" + file
	}
	argv = append(argv, file)
	return append(argv, run.Args...)
}

// environ is the environment of the runner's own process.
func (r *Runner) environ(t *Test) []string {
	env := append(os.Environ(),
		"DRAY_TEST_VERSION="+string(t.Version),
		"DRAY_TEST_WORLD="+string(t.Spec.World),
		"DRAY_TEST_PROPOSALS="+strings.Join(t.Spec.Proposals, ","))
	if t.Spec.Debug {
		env = append(env, "DEBUG=true")
	}
	return env
}

// mergeEnv is base with the variables of extra, which win, in place.
func mergeEnv(base, extra []Pair) []Pair {
	out := slices.Clone(base)
	for _, x := range extra {
		i := slices.IndexFunc(out, func(p Pair) bool { return p.Name == x.Name })
		if i < 0 {
			out = append(out, x)
		} else {
			out[i] = x
		}
	}
	return out
}

// join is the words separated by commas.
func join[T ~string](words []T) string {
	s := make([]string, len(words))
	for i, w := range words {
		s[i] = string(w)
	}
	return strings.Join(s, ", ")
}
