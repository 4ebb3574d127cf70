package canon

// This file is how long calls of the host go on whose context has ended.

import (
	"context"
	"sync"
	"time"
)

// CancelGrace is how long a call goes on that was asked to end because its
// context did.
const CancelGrace = 100 * time.Millisecond

// A grace is the time that a call has from the end of its context on. Code of
// the call that runs for all of CancelGrace is interrupted; a call that waits is
// left to itself.
type grace struct {
	ctx   context.Context // of the caller
	tc    *threadContext
	force context.CancelCauseFunc // ends the context of the call's threads
	stop  func() bool

	mu    sync.Mutex
	timer *time.Timer
	over  bool
	// run is the run that was under way when the time was looked at last, if one
	// was.
	run     int32
	running bool
	// asked is when the callee was asked to cancel; late ends CancelGrace after
	// that.
	asked time.Time
	late  context.CancelFunc
}

// newGrace gives the threads of a call a context that ends by force.
func newGrace(ctx context.Context, tc *threadContext) *grace {
	g := &grace{ctx: ctx, tc: tc}
	tc.Context, g.force = context.WithCancelCause(context.WithoutCancel(ctx))
	g.stop = context.AfterFunc(ctx, g.begin)
	return g
}

// begin starts the time.
func (g *grace) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over && g.timer == nil {
		g.run, g.running = g.tc.runs.Now()
		g.timer = time.AfterFunc(CancelGrace, g.expire)
	}
}

// ask says that the callee is being asked to cancel. The context ends when it
// has had its time.
func (g *grace) ask() context.Context {
	g.begin()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = time.Now()
	late, cancel := context.WithCancel(context.Background())
	g.late = cancel
	g.timer.Reset(CancelGrace)
	return late
}

// expire interrupts code of the call that runs, and ends the time of a callee
// that was asked. One that could not be asked yet, because the code of others
// runs, still can be.
func (g *grace) expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return
	}
	run, running := g.tc.runs.Now()
	if running && g.running && run == g.run {
		g.force(context.Cause(g.ctx))
	}
	g.run, g.running = run, running
	if g.late != nil && time.Since(g.asked) >= CancelGrace {
		g.late()
		return
	}
	g.timer.Reset(CancelGrace)
}

// end is the end of the call.
func (g *grace) end() {
	g.stop()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	if g.timer != nil {
		g.timer.Stop()
	}
	if g.late != nil {
		g.late()
	}
}
