package instrument

import (
	"fmt"
	"io"
	"testing"

	"github.com/dray-wasm/dray/wasm"
)

func TestScratchCount(t *testing.T) {
	for _, p := range []string{"/tmp/wasm-core/gobench.wasm", "testdata/bench.wasm", "../../testdata/guests/hello-rust.wasm", "../../testdata/guests/fs.wasm"} {
		m := decodeFile(t, p)
		mp := newMap(m)
		w := mp.rewriter()
		var funcs, entries, loops, withLoopFirst, calls, params int
		for i := range m.Funcs {
			funcs++
			w.record = true
			e, _, err := w.body(&m.Funcs[i].Body)
			if err != nil { t.Fatal(err) }
			if len(e) > 0 { entries++ }
			w.r.Reset(m.Funcs[i].Body.Code, 0)
			lf := 0
			c := false
			for {
				if err := w.r.Next(&w.in); err == io.EOF { break }
				if w.in.Op == wasm.OpLoop { lf++ ; if x, ok := w.in.Block.Index(); ok && len(m.FuncType(x).Params) > 0 { params++ }}
				if isCall(w.in.Op) { c = true }
			}
			loops += lf
			if c { calls++ }
			if c && len(e) == 0 { withLoopFirst++ }
		}
		fmt.Println(p, "funcs", funcs, "entries", entries, "loops", loops, "calling", calls, "loopfirst", withLoopFirst, "loops with params", params)
	}
}
