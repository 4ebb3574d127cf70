package suite

// This file reads the output of a process: as text to compare, and, once
// nothing compares it any more, as a capture for the report.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// maxBacklog is how much unread output a stream holds before the process
	// has to wait, as it would on a full pipe.
	maxBacklog = 1 << 20
	// maxLine caps a line read to learn an address.
	maxLine = 64 << 10
	// captureHalf is how much of the start and of the end of output a capture
	// keeps.
	captureHalf = 64 << 10
)

// errNotText is the failure of comparing output that is not UTF-8.
var errNotText = errors.New("the output is not valid UTF-8")

// A textStream reads a pipe as the official runner does: UTF-8, with \r\n and
// \r read as \n. It is safe for concurrent use by one reader and the pump.
type textStream struct {
	f    *os.File
	done chan struct{} // closed when the pump has ended

	mu      sync.Mutex
	cond    sync.Cond
	buf     []byte // unread
	skipLF  bool   // the last character read was a \r
	eof     bool
	closed  bool
	capture *capture // set by drain
}

// newTextStream starts reading f, which it owns from now on.
func newTextStream(f *os.File) *textStream {
	s := &textStream{f: f, done: make(chan struct{})}
	s.cond.L = &s.mu
	go s.pump()
	return s
}

// pump moves what the process writes into the buffer.
func (s *textStream) pump() {
	defer close(s.done)
	chunk := make([]byte, 32<<10)
	for {
		n, err := s.f.Read(chunk)
		s.mu.Lock()
		if s.capture != nil {
			s.capture.write(chunk[:n])
		} else {
			s.buf = append(s.buf, chunk[:n]...)
		}
		if err != nil {
			s.eof = true
		}
		s.cond.Broadcast()
		for len(s.buf) >= maxBacklog && !s.closed && s.capture == nil {
			s.cond.Wait()
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// wake makes a blocked reader look at its context again; call the result to
// end that.
func (s *textStream) wake(ctx context.Context) func() bool {
	return context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.cond.Broadcast()
	})
}

// readChars reads n characters. Fewer are returned at the end of the output,
// with a nil error, or when ctx ends or the output is not text.
func (s *textStream) readChars(ctx context.Context, n int) (string, error) {
	defer s.wake(ctx)()
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for n > 0 {
		r, err := s.char(ctx)
		if err != nil || r < 0 {
			return b.String(), err
		}
		b.WriteRune(r)
		n--
	}
	return b.String(), nil
}

// readLine reads up to and with the next newline, or the end of the output.
func (s *textStream) readLine(ctx context.Context) (string, error) {
	defer s.wake(ctx)()
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for {
		r, err := s.char(ctx)
		if err != nil || r < 0 {
			return b.String(), err
		}
		b.WriteRune(r)
		if r == '\n' {
			return b.String(), nil
		}
		if b.Len() > maxLine {
			return b.String(), fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
	}
}

// char reads one character; -1 is the end of the output. s.mu is held.
func (s *textStream) char(ctx context.Context) (rune, error) {
	for {
		if s.skipLF && len(s.buf) > 0 {
			s.skipLF = false
			if s.buf[0] == '\n' {
				s.consume(1)
			}
		}
		if len(s.buf) > 0 && (s.eof || utf8.FullRune(s.buf)) {
			break
		}
		if s.eof {
			return -1, nil
		}
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		s.cond.Wait()
	}
	r, size := utf8.DecodeRune(s.buf)
	if r == utf8.RuneError && size <= 1 {
		return 0, errNotText
	}
	s.consume(size)
	if r == '\r' {
		s.skipLF = true
		return '\n', nil
	}
	return r, nil
}

// consume drops n bytes of the buffer. s.mu is held.
func (s *textStream) consume(n int) {
	full := len(s.buf) >= maxBacklog
	s.buf = s.buf[n:]
	if full && len(s.buf) < maxBacklog {
		s.cond.Broadcast()
	}
}

// drain ends comparing: unread and further output goes to the capture.
func (s *textStream) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.capture != nil {
		return
	}
	s.capture = &capture{}
	s.capture.write(s.buf)
	s.buf = nil
	s.cond.Broadcast()
}

// ended tells whether the process has closed the stream.
func (s *textStream) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.eof
}

// captured is what drain kept.
func (s *textStream) captured() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.capture == nil {
		return ""
	}
	return s.capture.String()
}

// close ends the pump and waits for it.
func (s *textStream) close() {
	s.mu.Lock()
	s.closed = true
	s.cond.Broadcast()
	s.mu.Unlock()
	s.f.Close()
	<-s.done
}

// A capture keeps the start and the end of a long output.
type capture struct {
	head, tail []byte
	total      int64
}

func (c *capture) write(p []byte) {
	c.total += int64(len(p))
	n := min(len(p), captureHalf-len(c.head))
	c.head = append(c.head, p[:n]...)
	c.tail = append(c.tail, p[n:]...)
	if len(c.tail) > 4*captureHalf {
		c.tail = append([]byte(nil), c.tail[len(c.tail)-captureHalf:]...)
	}
}

// String is the output as text, with a note where bytes are left out.
func (c *capture) String() string {
	tail := c.tail
	if len(tail) > captureHalf {
		tail = tail[len(tail)-captureHalf:]
	}
	head := strings.ToValidUTF8(string(c.head), "\uFFFD")
	rest := strings.ToValidUTF8(string(tail), "\uFFFD")
	omitted := c.total - int64(len(c.head)) - int64(len(tail))
	if omitted == 0 {
		return head + rest
	}
	return fmt.Sprintf("%s\n[%d bytes left out]\n%s", head, omitted, rest)
}
