package p1

// This file is random bytes.

import "github.com/dray-wasm/dray/host"

// randomChunk is how many bytes are made between two looks at the context.
const randomChunk = 1 << 20

func (c call) randomGet(p []uint64) error {
	n := uint64(uint32(p[1]))
	b, ok := c.memory().bytes(uint32(p[0]), n)
	if !ok {
		return host.EFAULT
	}
	if n > c.state.limits.MaxRandomBytes {
		return host.EINVAL
	}
	for len(b) > 0 {
		chunk := b[:min(len(b), randomChunk)]
		if err := c.state.random.Fill(chunk); err != nil {
			return err
		}
		b = b[len(chunk):]
		if err := c.ctx.Err(); err != nil && len(b) > 0 {
			return err
		}
	}
	return nil
}
