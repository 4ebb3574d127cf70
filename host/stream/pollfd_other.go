//go:build !unix

// This file stands in for waiting on descriptors, on systems where no stream
// is a bare descriptor.

package stream

import (
	"time"

	"github.com/dray-wasm/dray/host"
)

// A descriptor is a Waitable that the operating system can wait for. Here
// none is.
type descriptor interface {
	notifier
	pollFD() (fd pollFD, ok bool)
	gone() bool
}

type pollFD struct {
	Fd      int32
	Events  int16
	Revents int16
}

func pollNow([]pollFD) error { return host.ENOTSUP }

func newSleeper() sleeper { return noSleeper{} }

type noSleeper struct{}

func (noSleeper) watch([]pollFD)  {}
func (noSleeper) unwatch() bool   { return false }
func (noSleeper) sleep(time.Time) {}
func (noSleeper) wake()           {}
func (noSleeper) close()          {}
