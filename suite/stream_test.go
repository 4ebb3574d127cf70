package suite

// This file checks the reading of process output.

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// pipe is a stream and the end to write to.
func pipe(t *testing.T) (*textStream, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := newTextStream(r)
	t.Cleanup(func() {
		w.Close()
		s.close()
	})
	return s, w
}

func TestStreamReadsCharactersAndLines(t *testing.T) {
	s, w := pipe(t)
	w.WriteString("ä\r\n€")
	if got, err := s.readLine(t.Context()); got != "ä\n" || err != nil {
		t.Errorf("line %q, %v", got, err)
	}
	if got, err := s.readChars(t.Context(), 1); got != "€" || err != nil {
		t.Errorf("character %q, %v", got, err)
	}
	go func() {
		// A character in pieces, and a \r\n in pieces.
		for _, p := range []string{"\xf0\x9f", "\x98\x80", "\r", "\n", "z"} {
			w.WriteString(p)
		}
		w.Close()
	}()
	if got, err := s.readChars(t.Context(), 3); got != "😀\nz" || err != nil {
		t.Errorf("characters %q, %v", got, err)
	}
	if got, err := s.readChars(t.Context(), 3); got != "" || err != nil {
		t.Errorf("at the end: %q, %v", got, err)
	}
	if got, err := s.readLine(t.Context()); got != "" || err != nil {
		t.Errorf("line at the end: %q, %v", got, err)
	}
}

func TestStreamTruncatedCharacterAtTheEnd(t *testing.T) {
	s, w := pipe(t)
	w.WriteString("a\xf0\x9f")
	w.Close()
	if got, err := s.readChars(t.Context(), 5); got != "a" || !errors.Is(err, errNotText) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStreamEndsWithTheContext(t *testing.T) {
	s, w := pipe(t)
	w.WriteString("ab")
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	time.AfterFunc(10*time.Millisecond, func() { cancel(cause) })
	if got, err := s.readChars(ctx, 3); got != "ab" || !errors.Is(err, cause) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestStreamHoldsBackTheWriter(t *testing.T) {
	s, w := pipe(t)
	done := make(chan struct{})
	go func() {
		w.WriteString(strings.Repeat("x", 3*maxBacklog))
		w.Close()
		close(done)
	}()
	if within(done, 100*time.Millisecond) {
		t.Error("the writer did not have to wait")
	}
	s.mu.Lock()
	if n := len(s.buf); n > maxBacklog+64<<10 {
		t.Errorf("%d bytes are held", n)
	}
	s.mu.Unlock()
	if got, err := s.readChars(t.Context(), 3*maxBacklog); len(got) != 3*maxBacklog || err != nil {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	<-done
}

func TestStreamLineIsCapped(t *testing.T) {
	s, w := pipe(t)
	go w.WriteString(strings.Repeat("x", 2*maxLine))
	if _, err := s.readLine(t.Context()); err == nil || !strings.Contains(err.Error(), "longer than 65536") {
		t.Errorf("error %v", err)
	}
	s.drain()
}

func TestCapture(t *testing.T) {
	var c capture
	text := strings.Repeat("0123456789", 100_000)
	r := iotest.HalfReader(strings.NewReader(text))
	buf := make([]byte, 999)
	for {
		n, err := r.Read(buf)
		c.write(buf[:n])
		if err != nil {
			break
		}
	}
	got := c.String()
	if !strings.HasPrefix(got, text[:captureHalf]+"\n[868928 bytes left out]\n") || !strings.HasSuffix(got, "\n"+text[len(text)-captureHalf:]) {
		t.Errorf("%d bytes: %q ... %q", len(got), got[captureHalf:captureHalf+40], got[len(got)-20:])
	}
	short := capture{}
	short.write([]byte("a\xff"))
	if got := short.String(); got != "a\uFFFD" {
		t.Errorf("%q", got)
	}
}
