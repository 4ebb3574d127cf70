package suite

// This file holds process groups on Windows, which are job objects there, and
// the only signal Windows has, which is termination.

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A processGroup is the process of a test and its descendants.
type processGroup struct{ job windows.Handle }

// prepare makes cmd the leader of a new group, which Ctrl-C in the console
// does not reach.
func (*processGroup) prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// adopt puts a started process into a job. Without a job, kill ends the
// process alone.
func (g *processGroup) adopt(p *os.Process) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = p.WithHandle(func(h uintptr) { err = windows.AssignProcessToJobObject(job, windows.Handle(h)) })
	}
	if err != nil {
		windows.CloseHandle(job)
		return
	}
	g.job = job
}

// kill ends every process of the group.
func (g *processGroup) kill(p *os.Process) {
	if g.job != 0 {
		windows.TerminateJobObject(g.job, 1)
		return
	}
	p.Kill()
}

func (g *processGroup) release() {
	if g.job != 0 {
		windows.CloseHandle(g.job)
		g.job = 0
	}
}

// signal terminates the process, whatever the signal. A process that has
// ended is no error.
func (p *process) signal(string) error {
	p.signalled = true
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

func exitCodeOf(s *os.ProcessState) int { return s.ExitCode() }

func describeExit(code int) string { return fmt.Sprint(code) }
