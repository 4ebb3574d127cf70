// This file reads bodies for calls.

package instrument

import (
	"runtime"
	"sync"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

// A scan is what is known about some bodies that follow each other.
type scan struct {
	in wasm.Instr
	r  binary.InstrReader
	// calls are the calls in the order of the code: twice the index of the
	// function, or one more than twice that of the type. ends are where those of
	// each body end.
	calls []uint32
	ends  []uint32
	// refs are the functions that references are made to.
	refs []uint32
	// catches is the offset of an instruction that catches exceptions, or -1.
	catches int64
}

// scanBodies reads the bodies, on all processors.
func scanBodies(m *wasm.Module) []*scan {
	size := 0
	for i := range m.Funcs {
		size += len(m.Funcs[i].Body.Code)
	}
	share := max(size/runtime.GOMAXPROCS(0)+1, 1<<16)
	var scans []*scan
	var running sync.WaitGroup
	for from := 0; from < len(m.Funcs); {
		to, n := from, 0
		for ; to < len(m.Funcs) && n < share; to++ {
			n += len(m.Funcs[to].Body.Code)
		}
		s, bodies := &scan{catches: -1}, m.Funcs[from:to]
		scans = append(scans, s)
		running.Go(func() {
			for i := range bodies {
				s.read(bodies[i].Body.Code, bodies[i].Body.Offset)
				s.ends = append(s.ends, uint32(len(s.calls)))
			}
		})
		from = to
	}
	running.Wait()
	return scans
}

// read reads an expression that begins at an offset.
func (s *scan) read(code []byte, base int64) {
	s.r.Reset(code, base)
	for s.r.Next(&s.in) == nil {
		switch x := s.in.Index; s.in.Op {
		case wasm.OpCall, wasm.OpReturnCall:
			s.calls = append(s.calls, x<<1)
		case wasm.OpCallIndirect, wasm.OpReturnCallIndirect, wasm.OpCallRef, wasm.OpReturnCallRef:
			s.calls = append(s.calls, x<<1|1)
		case wasm.OpRefFunc:
			s.refs = append(s.refs, x)
		case wasm.OpTry, wasm.OpTryTable:
			if s.catches < 0 {
				s.catches = s.in.Pos
			}
		}
	}
}
