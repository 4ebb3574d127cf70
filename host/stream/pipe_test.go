package stream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/dray-wasm/dray/host"
)

func TestPipeCarriesBytesInOrder(t *testing.T) {
	for _, capacity := range []int{1, 7, 4096, 5000, 0} {
		p := NewPipe(capacity)
		want := make([]byte, 300_000)
		rng := rand.New(rand.NewPCG(1, uint64(capacity)))
		for i := range want {
			want[i] = byte(rng.Uint32())
		}
		if capacity == 1 {
			want = want[:1000]
		}
		go func() {
			rng := rand.New(rand.NewPCG(2, uint64(capacity)))
			for rest := want; len(rest) > 0; {
				n := min(len(rest), 1+rng.IntN(9000))
				if m, err := p.Output().Write(t.Context(), rest[:n]); m != n || err != nil {
					t.Errorf("Write = %d, %v", m, err)
				}
				rest = rest[n:]
			}
			p.Output().Close()
		}()
		got, err := io.ReadAll(BindReader(t.Context(), p.Input()))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("capacity %d: read %d bytes of %d, %v", capacity, len(got), len(want), err)
		}
	}
}

func TestPipeBounds(t *testing.T) {
	p := NewPipe(10)
	in, out := p.Input(), p.Output()
	if p.buf != nil {
		t.Error("a pipe has a buffer before there are bytes")
	}
	if out.Writable().Ready() != true || in.Readable().Ready() != false {
		t.Error("an empty pipe must be writable and not readable")
	}
	if n, err := out.TryWrite(make([]byte, 25)); n != 10 || err != nil {
		t.Errorf("TryWrite = %d, %v", n, err)
	}
	if n, err := out.TryWrite([]byte{1}); n != 0 || err != host.EAGAIN {
		t.Errorf("TryWrite of a full pipe = %d, %v", n, err)
	}
	if out.Writable().Ready() || !in.Readable().Ready() || in.Available() != 10 {
		t.Error("a full pipe must be readable and not writable")
	}
	if err := out.Put(make([]byte, 11)); err != host.EAGAIN {
		t.Errorf("Put of too much = %v", err)
	}
	if err := out.Put(make([]byte, 10)); err != nil {
		t.Errorf("Put = %v", err)
	}
	if n, err := in.TryRead(make([]byte, 5)); n != 5 || err != nil || out.Writable().Ready() {
		t.Errorf("TryRead = %d, %v; writable %v", n, err, out.Writable().Ready())
	}
	if n, err := in.TryRead(make([]byte, 50)); n != 15 || err != nil || !out.Writable().Ready() {
		t.Errorf("TryRead = %d, %v; writable %v", n, err, out.Writable().Ready())
	}
	if cap(p.buf) > 20 {
		t.Errorf("the buffer has %d bytes", cap(p.buf))
	}
	if n, err := in.TryRead(make([]byte, 5)); n != 0 || err != host.EAGAIN {
		t.Errorf("TryRead of an empty pipe = %d, %v", n, err)
	}
}

func TestPipeEnds(t *testing.T) {
	boom := errors.New("boom")
	tests := []struct {
		name        string
		act         func(*PipeInput, *PipeOutput) error
		read, write error
		bytes       int
	}{
		{"writer closes", func(_ *PipeInput, out *PipeOutput) error { return out.Close() }, io.EOF, host.EBADF, 3},
		{"writer fails", func(_ *PipeInput, out *PipeOutput) error { return out.CloseWithError(boom) }, boom, host.EBADF, 3},
		{"reader closes", func(in *PipeInput, _ *PipeOutput) error { return in.Close() }, host.EBADF, host.EPIPE, 0},
		{"reader fails", func(in *PipeInput, _ *PipeOutput) error { return in.CloseWithError(boom) }, host.EBADF, boom, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := NewPipe(0)
			in, out := p.Input(), p.Output()
			out.TryWrite([]byte("abc"))
			if err := test.act(in, out); err != nil {
				t.Fatal(err)
			}
			if err := test.act(in, out); err != host.EBADF {
				t.Errorf("again: %v", err)
			}
			if !in.Readable().Ready() || !out.Writable().Ready() {
				t.Error("an end must be ready")
			}
			b := make([]byte, 10)
			if test.bytes > 0 {
				if n, err := in.TryRead(b); n != test.bytes || err != nil {
					t.Errorf("TryRead = %d, %v", n, err)
				}
			}
			if n, err := in.Read(t.Context(), b); n != 0 || err != test.read {
				t.Errorf("Read = %d, %v", n, err)
			}
			if n, err := out.Write(t.Context(), b); n != 0 || err != test.write {
				t.Errorf("Write = %d, %v", n, err)
			}
			if err := out.Put(b); err != test.write {
				t.Errorf("Put = %v", err)
			}
		})
	}
}

func TestPipeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPipe(4)
		in, out := p.Input(), p.Output()
		ctx, cancel := context.WithCancel(t.Context())
		read, wrote := make(chan error), make(chan error)
		go func() { _, err := in.Read(ctx, make([]byte, 1)); read <- err }()
		synctest.Wait()
		cancel()
		if err := <-read; err != context.Canceled {
			t.Errorf("Read = %v", err)
		}
		go func() { _, err := out.Write(t.Context(), make([]byte, 9)); wrote <- err }()
		synctest.Wait()
		if in.Available() != 4 {
			t.Errorf("Available = %d", in.Available())
		}
		in.TryRead(make([]byte, 4))
		synctest.Wait()
		go func() { in.Close() }()
		if err := <-wrote; err != host.EPIPE {
			t.Errorf("Write = %v", err)
		}
		// Poll waits for both ends without a goroutine of its own.
		q := NewPipe(1)
		ready := make([]bool, 2)
		go func() { q.Output().TryWrite([]byte{1}) }()
		n, err := Poll(t.Context(), []Waitable{q.Input().Readable(), NewEvent()}, ready, Deadline{})
		if n != 1 || err != nil || !ready[0] {
			t.Errorf("Poll = %d, %v", n, err)
		}
	})
}

// FuzzPipe runs operations on a pipe and on a slice beside it.
func FuzzPipe(f *testing.F) {
	f.Add(uint16(10), []byte{1, 200, 30, 4, 255, 0, 7})
	f.Add(uint16(5000), bytes.Repeat([]byte{250, 251, 252, 9}, 50))
	f.Fuzz(func(t *testing.T, capacity uint16, ops []byte) {
		p := NewPipe(int(capacity))
		limit := p.max
		var model []byte
		next := byte(0)
		for i, op := range ops {
			size := int(op>>2) * (i%40 + 1)
			b := make([]byte, size)
			switch op % 3 {
			case 0, 1:
				for j := range b {
					b[j] = next + byte(j)
				}
				n, room := 0, limit-len(model)
				var err error
				if op%3 == 0 {
					n, err = p.Output().TryWrite(b)
				} else if err = p.Output().Put(b); err == nil {
					n, room = size, 2*limit-len(model)
				}
				if n > max(room, 0) || n < size && err == nil && op%3 == 0 && n != room || err != nil && err != host.EAGAIN {
					t.Fatalf("wrote %d of %d into %d bytes: %v", n, size, room, err)
				}
				model = append(model, b[:n]...)
				next += byte(n)
			case 2:
				n, err := p.Input().TryRead(b)
				if n != min(size, len(model)) || err == nil && n == 0 && size > 0 || !bytes.Equal(b[:n], model[:n]) {
					t.Fatalf("read %d of %d: %v", n, len(model), err)
				}
				model = model[n:]
			}
			if p.Input().Available() != len(model) || len(p.buf) > 2*limit {
				t.Fatalf("%d bytes, not %d, in %d", p.Input().Available(), len(model), len(p.buf))
			}
			if p.Output().Writable().Ready() != (len(model) < limit) || p.Input().Readable().Ready() != (len(model) > 0) {
				t.Fatal("readiness")
			}
		}
	})
}
