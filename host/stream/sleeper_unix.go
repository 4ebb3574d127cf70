//go:build unix

// This file sleeps in poll(2), woken through a pipe. The sleep costs a thread
// of the operating system.

package stream

import (
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A pipeSleeper is a sleeper on any unix.
type pipeSleeper struct {
	r, w  *os.File
	rfd   int
	woken atomic.Bool
	// fds are those watched, and behind them the pipe.
	fds []pollFD
}

// newPipeSleeper returns nil when the process has no descriptors left.
func newPipeSleeper() *pipeSleeper {
	r, w, err := os.Pipe()
	if err != nil {
		return nil
	}
	s := &pipeSleeper{r: r, w: w}
	rc, err := r.SyscallConn()
	if err == nil {
		err = rc.Control(func(fd uintptr) { s.rfd = int(fd) })
	}
	if err != nil {
		s.close()
		return nil
	}
	return s
}

func (s *pipeSleeper) watch(fds []pollFD) {
	s.fds = append(append(s.fds[:0], fds...), pollFD{Fd: int32(s.rfd), Events: unix.POLLIN})
}

func (s *pipeSleeper) unwatch() bool {
	keep := cap(s.fds) <= maxKept
	s.fds = s.fds[:0]
	return keep
}

func (s *pipeSleeper) sleep(deadline time.Time) {
	if _, err := sysPoll(s.fds, millis(deadline)); err != nil {
		if err != unix.EINTR {
			s.woken.Store(false)
			slowSleep(s.fds, &s.woken, deadline)
		}
		return
	}
	if s.fds[len(s.fds)-1].Revents == 0 {
		return
	}
	// The pipe is non-blocking: an error means that it is empty. A wake
	// between the two lines is the one that this return answers.
	var buf [16]byte
	_, _ = unix.Read(s.rfd, buf[:])
	s.woken.Store(false)
}

var oneByte = []byte{0}

func (s *pipeSleeper) wake() {
	if !s.woken.Swap(true) {
		// There is room: the pipe never holds more than a few bytes.
		_, _ = s.w.Write(oneByte)
	}
}

func (s *pipeSleeper) close() {
	s.r.Close()
	s.w.Close()
}

// A slowSleeper works without a descriptor of its own: it looks at its wake
// flag every few milliseconds. It serves while a process has used up all the
// descriptors it may have.
type slowSleeper struct {
	fds   []pollFD
	woken atomic.Bool
}

func (s *slowSleeper) watch(fds []pollFD)       { s.fds = fds }
func (s *slowSleeper) unwatch() bool            { return false }
func (s *slowSleeper) wake()                    { s.woken.Store(true) }
func (s *slowSleeper) close()                   {}
func (s *slowSleeper) sleep(deadline time.Time) { slowSleep(s.fds, &s.woken, deadline) }

// slowStep is how long slowSleep takes to notice a wake.
const slowStep = 20 * time.Millisecond

// slowSleep sleeps until a descriptor is ready, the deadline has passed, or
// woken is set, which it clears.
func slowSleep(fds []pollFD, woken *atomic.Bool, deadline time.Time) {
	for !woken.Swap(false) {
		step := time.Now().Add(slowStep)
		last := !deadline.IsZero() && deadline.Before(step)
		if last {
			step = deadline
		}
		n, err := sysPoll(fds, millis(step))
		if err != nil && err != unix.EINTR {
			// Nothing can be asked: only the deadline and wake are left.
			time.Sleep(time.Until(step))
		}
		if n > 0 || last {
			return
		}
	}
}
