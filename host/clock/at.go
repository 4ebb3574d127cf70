// This file is a moment as something to wait for.

package clock

import (
	"context"

	"github.com/dray-wasm/dray/host/stream"
)

// At is ready once c.Monotonic is at least t. Many of them in one stream.Poll
// cost no more than one when c is the system's clock, and a goroutine each
// otherwise.
func At(c Clock, t uint64) stream.Waitable { return moment{c, t} }

type moment struct {
	c Clock
	t uint64
}

func (m moment) Ready() bool                    { return m.c.Monotonic() >= m.t }
func (m moment) Wait(ctx context.Context) error { return m.c.SleepUntil(ctx, m.t) }
func (m moment) Deadline() stream.Deadline      { return stream.Deadline{Clock: m.c, At: m.t} }
