// Package exit is how a guest ends its program: as an error that a function of
// the host returns, which unwinds the guest and is no trap.
package exit

import (
	"fmt"

	"github.com/dray-wasm/dray/engine"
)

// An Exit is the end of a program with a status.
type Exit struct{ Code uint32 }

var _ engine.Unwinder = (*Exit)(nil)

func (e *Exit) Error() string { return fmt.Sprintf("the guest exited with status %d", e.Code) }

// Unwind implements [engine.Unwinder].
func (*Exit) Unwind() {}
