package stream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
)

// readAll reads an Input to its end, size bytes at a time.
func readAll(ctx context.Context, in Input, size int) ([]byte, error) {
	var all []byte
	p := make([]byte, size)
	for {
		n, err := in.Read(ctx, p)
		all = append(all, p[:n]...)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

func TestReaders(t *testing.T) {
	checkLeaks(t)
	text := strings.Repeat("streams are read in pieces; ", 10_000)
	readers := map[string]func() io.Reader{
		"bytes.Reader":   func() io.Reader { return bytes.NewReader([]byte(text)) },
		"strings.Reader": func() io.Reader { return strings.NewReader(text) },
		"bytes.Buffer":   func() io.Reader { return bytes.NewBufferString(text) },
		"other":          func() io.Reader { return bufio.NewReader(strings.NewReader(text)) },
		"one byte":       func() io.Reader { return iotest.OneByteReader(strings.NewReader(text[:2000])) },
		"data and error": func() io.Reader { return iotest.DataErrReader(strings.NewReader(text)) },
		"half":           func() io.Reader { return iotest.HalfReader(strings.NewReader(text)) },
	}
	for name, open := range readers {
		t.Run(name, func(t *testing.T) {
			in := NewReader(open())
			got, err := readAll(t.Context(), in, 777)
			want := text
			if name == "one byte" {
				want = text[:2000]
			}
			if err != nil || string(got) != want {
				t.Errorf("read %d bytes, %v; want %d", len(got), err, len(want))
			}
			if !in.Readable().Ready() {
				t.Error("the end is not ready")
			}
			if n, err := in.TryRead(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("behind the end: %d, %v", n, err)
			}
			if n, err := in.Read(t.Context(), nil); n != 0 || err != nil {
				t.Errorf("empty read: %d, %v", n, err)
			}
			if err := in.Close(); err != nil {
				t.Error(err)
			}
			if _, err := in.Read(t.Context(), make([]byte, 1)); err != host.EBADF {
				t.Errorf("after Close: %v", err)
			}
			if err := in.Close(); err != host.EBADF {
				t.Errorf("second Close: %v", err)
			}
		})
	}
}

func TestNull(t *testing.T) {
	for _, in := range []Input{Null, NewReader(nil)} {
		if n, err := in.Read(t.Context(), make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("read %d, %v", n, err)
		}
	}
	for _, out := range []Output{Null, NewWriter(nil), NewWriter(io.Discard)} {
		if n, err := out.Write(t.Context(), make([]byte, 9)); n != 9 || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
}

// badReader answers what no reader may.
type badReader struct {
	n   int
	err error
}

func (r badReader) Read([]byte) (int, error) { return r.n, r.err }

func TestBadReaders(t *testing.T) {
	checkLeaks(t)
	boom := errors.New("boom")
	tests := []struct {
		r    badReader
		want host.Errno
	}{
		{badReader{-1, nil}, host.EIO},
		{badReader{1 << 30, nil}, host.EIO},
		{badReader{0, nil}, host.EIO},
		{badReader{0, boom}, host.EIO},
		{badReader{0, io.ErrClosedPipe}, host.EPIPE},
	}
	for _, tt := range tests {
		in := NewReader(tt.r)
		for range 2 {
			n, err := in.Read(t.Context(), make([]byte, 8))
			if n != 0 || host.ErrnoOf(err) != tt.want {
				t.Errorf("%+v: %d, %v, want %v", tt.r, n, err, tt.want)
			}
		}
	}
	in := NewReader(badReader{0, boom})
	if _, err := in.Read(t.Context(), make([]byte, 8)); !errors.Is(err, boom) {
		t.Errorf("the reader's own error is lost: %v", err)
	}
}

// A Read that is cancelled loses nothing of what comes later.
func TestPumpCancel(t *testing.T) {
	checkLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		in := NewReader(r)
		p := make([]byte, 16)
		for _, word := range []string{"one", "two", "three"} {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				if n, err := in.Read(ctx, p); n != 0 || err != context.Canceled {
					t.Errorf("cancelled Read = %d, %v", n, err)
				}
			}()
			synctest.Wait()
			cancel()
			<-done
			if _, err := io.WriteString(w, word); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if n := in.Available(); n != len(word) {
				t.Errorf("Available = %d, want %d", n, len(word))
			}
			n, err := in.(Peeker).Peek(t.Context(), p)
			if string(p[:n]) != word || err != nil {
				t.Errorf("Peek = %q, %v", p[:n], err)
			}
			n, err = in.TryRead(p)
			if string(p[:n]) != word || err != nil {
				t.Errorf("TryRead = %q, %v", p[:n], err)
			}
			if _, err := in.TryRead(p); err != host.EAGAIN {
				t.Errorf("TryRead when empty: %v", err)
			}
		}
		w.Close()
		if n, err := in.Read(t.Context(), p); n != 0 || err != io.EOF {
			t.Errorf("end: %d, %v", n, err)
		}
	})
}

// Cancelling at random moments, all bytes arrive once and in order.
func TestPumpCancelStress(t *testing.T) {
	checkLeaks(t)
	const total = 200_000
	r, w := io.Pipe()
	var wg sync.WaitGroup
	wg.Go(func() {
		defer w.Close()
		rnd := rand.New(rand.NewPCG(1, 2))
		for n := 0; n < total; {
			p := make([]byte, min(1+rnd.IntN(300), total-n))
			for i := range p {
				p[i] = byte((n + i) * 31 >> 3)
			}
			w.Write(p)
			n += len(p)
		}
	})
	in := NewReader(r)
	rnd := rand.New(rand.NewPCG(3, 4))
	p := make([]byte, 100)
	for n := 0; ; {
		ctx, cancel := context.WithCancel(t.Context())
		if rnd.IntN(2) == 0 {
			go cancel()
		}
		m, err := in.Read(ctx, p[:1+rnd.IntN(len(p))])
		cancel()
		for i := range m {
			if p[i] != byte((n+i)*31>>3) {
				t.Fatalf("byte %d is wrong", n+i)
			}
		}
		n += m
		if err == io.EOF {
			if n != total {
				t.Errorf("got %d bytes of %d", n, total)
			}
			break
		}
		if err != nil && err != context.Canceled {
			t.Fatal(err)
		}
	}
	wg.Wait()
}

func TestPumpClose(t *testing.T) {
	checkLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		in := NewReader(r)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := in.Read(t.Context(), make([]byte, 1)); err != host.EBADF {
					t.Errorf("Read = %v", err)
				}
			})
		}
		synctest.Wait()
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
		w.Close()
	})
}

// Nothing is read before somebody asks, and not more than is asked for.
func TestPumpIsLazy(t *testing.T) {
	checkLeaks(t)
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		in := NewReader(r)
		wrote := 0
		go func() {
			for range 3 {
				w.Write([]byte("x"))
				wrote++
			}
			w.Close()
		}()
		synctest.Wait()
		if wrote != 0 {
			t.Error("read before anyone asked")
		}
		if in.Readable().Ready() {
			t.Error("ready before a byte was read")
		}
		synctest.Wait()
		if !in.Readable().Ready() || wrote != 1 {
			t.Errorf("%d bytes are read, want 1", wrote)
		}
		got, err := readAll(t.Context(), in, 8)
		if string(got) != "xxx" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// The buffer of a pump stays below its bound.
func TestPumpBound(t *testing.T) {
	in := newPump(io.LimitReader(endless{}, 1<<20))
	got, err := readAll(t.Context(), in, 1<<16)
	if len(got) != 1<<20 || err != nil || len(in.buf) != maxPump {
		t.Errorf("%d bytes, %v, buffer of %d", len(got), err, len(in.buf))
	}
}

// endless gives bytes without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func BenchmarkPump64K(b *testing.B) {
	in, p := NewReader(endless{}), make([]byte, 64<<10)
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	for b.Loop() {
		for n := 0; n < len(p); {
			m, err := in.Read(ctx, p[n:])
			if err != nil {
				b.Fatal(err)
			}
			n += m
		}
	}
}

func BenchmarkPump64(b *testing.B) {
	in, p := NewReader(endless{}), make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Read(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMemory64(b *testing.B) {
	buf := bytes.NewReader(make([]byte, 1<<20))
	in, p := NewReader(buf), make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := in.Read(b.Context(), p); err == io.EOF {
			buf.Reset(make([]byte, 1<<20))
		}
	}
}
