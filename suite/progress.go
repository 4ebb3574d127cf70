package suite

// This file draws the progress bar.

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// A progress is a bar on a terminal, or nothing.
type progress struct {
	bars   *mpb.Progress
	bar    *mpb.Bar
	failed atomic.Int64
}

// newProgress draws a bar for n tests on w if w is a terminal.
func newProgress(w io.Writer, n int) *progress {
	p := &progress{}
	if !isTerminal(w) || os.Getenv("TERM") == "dumb" {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(60))
	p.bar = p.bars.AddBar(int64(n), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.CountersNoUnit("%d/%d ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			if n := p.failed.Load(); n > 0 {
				return fmt.Sprintf(" %d failed", n)
			}
			return ""
		})))
	return p
}

// step moves the bar by one test.
func (p *progress) step(failed int) {
	if p.bar != nil {
		p.failed.Store(int64(failed))
		p.bar.Increment()
	}
}

// output is where text for w goes while the bar is drawn: above the bar when
// w is a terminal, and to w itself when it is not.
func (p *progress) output(w io.Writer) io.Writer {
	if p.bars == nil || !isTerminal(w) {
		return w
	}
	return p.bars
}

// close removes the bar. It may be called twice.
func (p *progress) close() {
	if p.bars == nil {
		return
	}
	p.bar.Abort(true)
	p.bars.Wait()
	p.bars, p.bar = nil, nil
}

// isTerminal tells whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
