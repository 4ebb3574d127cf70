// This file validates all function bodies of a module, on several goroutines
// when there is much code.

package valid

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/binary"
)

// chunkSize is the amount of code in bytes that is worth a turn of a
// goroutine. Functions themselves count as a few bytes.
const (
	chunkSize = 32 << 10
	funcSize  = 16
)

func (e *env) bodies() *diag.Error {
	chunks := e.chunks()
	workers := min(runtime.GOMAXPROCS(0), len(chunks)-1)
	if workers <= 1 {
		if at, err := e.span(newChecker(e), 0, len(e.m.Funcs)); err != nil {
			return e.inBody(at, err)
		}
		return nil
	}
	return e.parallel(chunks, workers)
}

// chunks are the ends of stretches of functions: chunk i is that from ends[i]
// to ends[i+1].
func (e *env) chunks() []int {
	ends, size := []int{0}, 0
	for i := range e.m.Funcs {
		if size += len(e.m.Funcs[i].Body.Code) + funcSize; size >= chunkSize {
			ends, size = append(ends, i+1), 0
		}
	}
	if ends[len(ends)-1] < len(e.m.Funcs) {
		ends = append(ends, len(e.m.Funcs))
	}
	return ends
}

// span validates functions up to the first error, which it gives with the
// number of the function among those that the module defines.
func (e *env) span(c *checker, from, to int) (at int, err *diag.Error) {
	imported := len(e.funcs) - len(e.m.Funcs)
	for i := from; i < to; i++ {
		typ := e.types.Func(e.funcs[imported+i])
		if err := c.function(&e.m.Funcs[i], typ); err != nil {
			return i, err
		}
	}
	return to, nil
}

// parallel gives out the chunks in order. When one has an error no later one
// is begun, so that the first error is always found.
func (e *env) parallel(ends []int, workers int) *diag.Error {
	var next, failed atomic.Int64
	failed.Store(int64(len(ends)))
	errs := make([]*diag.Error, len(ends)-1)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			c := newChecker(e)
			for {
				k := next.Add(1) - 1
				if k >= int64(len(errs)) || k > failed.Load() {
					return
				}
				at, err := e.span(c, ends[k], ends[k+1])
				if err != nil {
					errs[k] = e.inBody(at, err)
					for old := failed.Load(); k < old && !failed.CompareAndSwap(old, k); old = failed.Load() {
					}
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// inBody adds to an error the function that it is in.
func (e *env) inBody(i int, err *diag.Error) *diag.Error {
	where := e.inFunc(len(e.funcs) - len(e.m.Funcs) + i)
	if err.Code != CodeFeature {
		return about(err, "%s", where)
	}
	named := *err
	named.Msg = strings.TrimPrefix(where, ", in ") + ": " + err.Msg
	return &named
}

// inFunc names a function in a message: `, in function 3 "main"`.
func (e *env) inFunc(x int) string {
	where := fmt.Sprintf(", in function %d", x)
	names, _ := binary.ReadNames(e.m)
	if name, ok := names.Funcs.Get(uint32(x)); ok {
		where += fmt.Sprintf(" %q", name)
	}
	return where
}

// about adds to the message of an error what it is about.
func about(err *diag.Error, format string, args ...any) *diag.Error {
	if format == "" {
		return err
	}
	named := *err
	named.Msg += fmt.Sprintf(format, args...)
	return &named
}

func asError(err error) *diag.Error {
	d := *err.(*diag.Error)
	return &d
}
