// This file sleeps in an epoll instance that is itself watched by the poller
// of the Go run time. The sleep costs no thread, its deadline is one of Go's
// own timers, and waking it is moving that deadline into the past.

package stream

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func newSleeper() sleeper {
	if s := newEpollSleeper(); s != nil {
		return s
	}
	if s := newPipeSleeper(); s != nil {
		return s
	}
	return new(slowSleeper)
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// An epollSleeper is the sleeper of Linux.
type epollSleeper struct {
	f     *os.File
	fd    int
	rc    syscall.RawConn
	woken atomic.Bool
	// bad says that the instance does not tell all, or not for sure.
	bad bool
	fds []pollFD

	// look is the question asked of the instance; event receives the answer.
	look  func(fd uintptr) bool
	event [1]unix.EpollEvent
}

// newEpollSleeper returns nil when the system refuses.
func newEpollSleeper() *epollSleeper {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	// With O_NONBLOCK os.NewFile hands the descriptor to Go's poller.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil
	}
	s := &epollSleeper{f: os.NewFile(uintptr(fd), "epoll"), fd: fd}
	s.look = func(uintptr) bool {
		n, err := unix.EpollWait(s.fd, s.event[:], 0)
		return n > 0 || err != nil
	}
	if s.rc, err = s.f.SyscallConn(); err == nil {
		// This fails when Go's poller did not take it.
		err = s.f.SetReadDeadline(time.Time{})
	}
	if err != nil {
		s.f.Close()
		return nil
	}
	return s
}

func (s *epollSleeper) watch(fds []pollFD) {
	s.fds = fds
	for i := range fds {
		fd := int(fds[i].Fd)
		ev := unix.EpollEvent{Events: uint32(fds[i].Events), Fd: fds[i].Fd}
		if unix.EpollCtl(s.fd, unix.EPOLL_CTL_ADD, fd, &ev) != nil {
			// A file of a kind that epoll does not take, or no memory.
			s.bad = true
		}
	}
}

func (s *epollSleeper) unwatch() bool {
	for i := range s.fds {
		// A descriptor closed meanwhile may stay behind in the instance when
		// another process shares the file.
		if unix.EpollCtl(s.fd, unix.EPOLL_CTL_DEL, int(s.fds[i].Fd), nil) != nil {
			s.bad = true
		}
	}
	s.fds = nil
	return !s.bad
}

func (s *epollSleeper) sleep(deadline time.Time) {
	if s.bad {
		slowSleep(s.fds, &s.woken, deadline)
		return
	}
	// The deadline is set before woken is read, and wake does the two in the
	// other order: one of them sees the other.
	if err := s.f.SetReadDeadline(deadline); err != nil {
		s.bad = true
		return
	}
	if s.woken.Swap(false) {
		return
	}
	if err := s.rc.Read(s.look); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.bad = true
	}
}

func (s *epollSleeper) wake() {
	s.woken.Store(true)
	// After close there is nobody to wake.
	_ = s.f.SetReadDeadline(past)
}

func (s *epollSleeper) close() { s.f.Close() }

// pollable reports whether a descriptor can ever make anyone wait. Regular
// files and devices such as /dev/null cannot.
func pollable(fd int) bool {
	w := idle.get()
	defer w.release()
	s, ok := w.os.(*epollSleeper)
	if !ok {
		return true
	}
	var ev unix.EpollEvent
	if err := unix.EpollCtl(s.fd, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return err != unix.EPERM
	}
	if unix.EpollCtl(s.fd, unix.EPOLL_CTL_DEL, fd, nil) != nil {
		s.bad = true
	}
	return true
}
