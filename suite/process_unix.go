//go:build unix

package suite

// This file holds process groups and signals on Unix.

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// A processGroup is the process of a test and its descendants.
type processGroup struct{}

// prepare makes cmd the leader of a new group, which Ctrl-C on the terminal
// does not reach.
func (processGroup) prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func (processGroup) adopt(*os.Process) {}

// kill ends every process of the group.
func (processGroup) kill(p *os.Process) {
	syscall.Kill(-p.Pid, syscall.SIGKILL)
}

func (processGroup) release() {}

// signal sends a named signal to the process alone. A process that has ended
// is no error.
func (p *process) signal(name string) error {
	sig, err := signalByName(name)
	if err != nil {
		return err
	}
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// signalAliases are names that the system's table spells in another way.
var signalAliases = map[string]string{"SIGCLD": "SIGCHLD", "SIGPOLL": "SIGIO", "SIGIOT": "SIGABRT"}

// signalByName is the signal with a name that a spec may use.
func signalByName(name string) (syscall.Signal, error) {
	if alias, ok := signalAliases[name]; ok {
		name = alias
	}
	if sig := unix.SignalNum(name); sig != 0 {
		return sig, nil
	}
	if runtime.GOOS == "linux" {
		switch name {
		case "SIGRTMIN":
			return 34, nil
		case "SIGRTMAX":
			return 64, nil
		}
	}
	return 0, fmt.Errorf("%s has no signal %s", runtime.GOOS, name)
}

// exitCodeOf is the exit code, or -N after signal N.
func exitCodeOf(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return -int(ws.Signal())
	}
	return s.ExitCode()
}

// describeExit names the signal in a negative exit code.
func describeExit(code int) string {
	if code < 0 {
		if name := unix.SignalName(syscall.Signal(-code)); name != "" {
			return fmt.Sprintf("%d (ended by %s)", code, name)
		}
	}
	return fmt.Sprint(code)
}
