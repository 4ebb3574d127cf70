// This file is readers that hold their bytes in memory as inputs.

package stream

import (
	"context"
	"io"
	"sync"

	"github.com/dray-wasm/dray/host"
)

// memoryReader is what *bytes.Reader, *strings.Reader and *bytes.Buffer share.
// Their Read never waits.
type memoryReader interface {
	io.Reader
	Len() int
}

// A memory is a memoryReader as an Input.
type memory struct {
	mu     sync.Mutex
	r      memoryReader
	closed bool
}

func (m *memory) Read(_ context.Context, p []byte) (int, error) { return m.TryRead(p) }

func (m *memory) TryRead(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, host.EBADF
	}
	if len(p) == 0 {
		return 0, nil
	}
	return m.r.Read(p)
}

func (m *memory) Readable() Waitable { return Always }

func (m *memory) Available() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0
	}
	return m.r.Len()
}

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return host.EBADF
	}
	m.closed = true
	return nil
}
