package suite

// This file starts and ends the process of a test.

import (
	"context"
	"os"
	"os/exec"
	"time"
)

const (
	// killGrace is how long a killed process gets to disappear.
	killGrace = 5 * time.Second
	// exitGrace is how long a process of a failed test gets to end by itself.
	exitGrace = time.Second
)

// A process is a running runner command. It is used by one goroutine.
type process struct {
	cmd            *exec.Cmd
	stdin          *os.File
	stdout, stderr *textStream
	group          processGroup
	exited         chan struct{} // closed when the process has ended
	signalled      bool          // a kill operation terminated it (Windows)
	killed         bool          // finish had to end it, so its exit code says nothing
}

// startProcess starts argv with pipes on its three streams and in a process
// group of its own.
func startProcess(argv, env []string) (*process, error) {
	p := &process{exited: make(chan struct{})}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env = env
	var ours, theirs [3]*os.File
	closeAll := func(files []*os.File) {
		for _, f := range files {
			if f != nil {
				f.Close()
			}
		}
	}
	defer func() { closeAll(theirs[:]) }()
	for i := range ours {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ours[:])
			return nil, err
		}
		if i == 0 {
			ours[i], theirs[i] = w, r
		} else {
			ours[i], theirs[i] = r, w
		}
	}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = theirs[0], theirs[1], theirs[2]
	p.group.prepare(p.cmd)
	if err := p.cmd.Start(); err != nil {
		closeAll(ours[:])
		return nil, err
	}
	p.group.adopt(p.cmd.Process)
	p.stdin = ours[0]
	p.stdout, p.stderr = newTextStream(ours[1]), newTextStream(ours[2])
	go func() {
		p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// output is the stream with an id.
func (p *process) output(id string) *textStream {
	if id == "stderr" {
		return p.stderr
	}
	return p.stdout
}

// write writes to the input of the process.
func (p *process) write(ctx context.Context, s string) error {
	done := make(chan error, 1)
	go func() {
		_, err := p.stdin.WriteString(s)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wait closes the input, reads all output and waits for the end.
func (p *process) wait(ctx context.Context) error {
	p.stdin.Close()
	p.stdout.drain()
	p.stderr.drain()
	for _, c := range []<-chan struct{}{p.stdout.done, p.stderr.done, p.exited} {
		select {
		case <-c:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// finish ends the process however it stands and releases what it holds. A
// graceful end gives it a moment after the end of its input to end by itself,
// so that its last output and its own exit code are known.
func (p *process) finish(graceful bool) {
	p.stdout.drain()
	p.stderr.drain()
	p.stdin.Close()
	if graceful && within(p.exited, exitGrace) {
		within(p.stdout.done, exitGrace)
		within(p.stderr.done, exitGrace)
	}
	if !p.quiet() {
		_, ended := p.exitCode()
		p.killed = !ended
		p.group.kill(p.cmd.Process)
	}
	within(p.exited, killGrace)
	within(p.stdout.done, exitGrace)
	within(p.stderr.done, exitGrace)
	p.stdout.close()
	p.stderr.close()
	p.group.release()
}

// quiet tells whether the process has ended and nothing holds its outputs.
func (p *process) quiet() bool {
	select {
	case <-p.exited:
		return p.stdout.ended() && p.stderr.ended()
	default:
		return false
	}
}

// exitCode is the exit code of a process that ended by itself or by a signal
// of a kill operation: -N after signal N.
func (p *process) exitCode() (code int, ok bool) {
	select {
	case <-p.exited:
	default:
		return 0, false
	}
	if p.killed || p.cmd.ProcessState == nil {
		return 0, false
	}
	return exitCodeOf(p.cmd.ProcessState), true
}

// within waits for c for at most d.
func within(c <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c:
		return true
	case <-t.C:
		return false
	}
}
