package http

// This file is what guests print.

import (
	"bytes"
	"io"
	"sync"
)

// maxLine is how long a line may be before it is written in parts, in bytes.
const maxLine = 16 << 10

// A sink is where the output of many guests goes.
type sink struct {
	mu sync.Mutex
	w  io.Writer
}

// sinks are one for each writer: where standard output and standard error are
// the same one, they share a lock.
func sinks(stdout, stderr io.Writer) (out, err *sink) {
	if stdout != nil {
		out = &sink{w: stdout}
	}
	switch {
	case stderr == nil:
	case out != nil && same(stdout, stderr):
		err = out
	default:
		err = &sink{w: stderr}
	}
	return out, err
}

// same tells whether two writers are one, as far as they can be compared.
func same(a, b io.Writer) (is bool) {
	defer func() {
		if recover() != nil { // of a type that cannot be compared
			is = false
		}
	}()
	return a == b
}

// A lineWriter writes whole lines of one guest, each behind a prefix.
type lineWriter struct {
	to     *sink
	mu     sync.Mutex
	prefix string
	buf    []byte // a line that has not ended
}

func (l *lineWriter) setPrefix(s string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prefix = s
}

// Write takes all of p, and writes the lines that are whole.
func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(p)
	for len(p) > 0 {
		line, rest := p, []byte(nil)
		i := bytes.IndexByte(p, '\n')
		whole := i >= 0
		if whole {
			line, rest = p[:i+1], p[i+1:]
		}
		if room := maxLine - len(l.buf); len(line) > room {
			line, rest, whole = p[:room], p[room:], false
		}
		if len(l.buf) == 0 {
			l.buf = append(l.buf, l.prefix...)
		}
		l.buf, p = append(l.buf, line...), rest
		if len(l.buf) >= maxLine && !whole {
			l.buf, whole = append(l.buf, '\n'), true
		}
		if whole {
			if err := l.flush(); err != nil {
				return n - len(p), err
			}
		}
	}
	return n, nil
}

func (l *lineWriter) flush() error {
	l.to.mu.Lock()
	defer l.to.mu.Unlock()
	_, err := l.to.w.Write(l.buf)
	l.buf = l.buf[:0]
	return err
}

// end writes a line that has not ended.
func (l *lineWriter) end() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buf) == 0 {
		return nil
	}
	l.buf = append(l.buf, '\n')
	return l.flush()
}
