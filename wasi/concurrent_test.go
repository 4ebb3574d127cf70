package wasi_test

// This file is many guests at a time, and what they leave behind: nothing.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/stream"
	"github.com/dray-wasm/dray/wasi"
)

// TestThousandInstances runs 1,000 instances of one module at the same time on
// one runtime, each with a state, an output and a directory of its own.
func TestThousandInstances(t *testing.T) {
	const n = 1000
	rt := newRuntime(t)
	mod, err := rt.CompileFile(t.Context(), filepath.Join(guestDir, "filter.wasm"))
	check(t, err)
	l := rt.NewModuleLinker()
	check(t, wasi.LinkModule(l))
	dir, err := wasi.HostDir(t.TempDir(), "/", fs.ReadWrite)
	check(t, err)
	run := func(i int) error {
		var out bytes.Buffer
		in := strings.Repeat(fmt.Sprintf("line of %d\n", i), 20)
		code, err := wasi.RunModuleLinked(t.Context(), l, mod, wasi.Config{
			Args: []string{"filter"}, Stdin: strings.NewReader(in), Stdout: &out, Dirs: []wasi.Dir{dir}})
		if err != nil || code != 0 || out.String() != strings.ToUpper(in) {
			return fmt.Errorf("instance %d: exit %d, %v, %d bytes of output", i, code, err, out.Len())
		}
		return nil
	}
	check(t, run(0)) // what is made once is made
	before := measure(t)
	var wg sync.WaitGroup
	start := make(chan bool)
	for i := range n {
		wg.Go(func() {
			<-start
			if err := run(i); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	before.settle(t)
	check(t, dir.FS.Close())
}

// resources is what a process has open.
type resources struct {
	goroutines, descriptors int
	// addressSpace is in bytes, 0 where it is not known.
	addressSpace int64
}

func measure(t testing.TB) resources {
	t.Helper()
	stream.ReleaseIdle()
	runtime.GC()
	r := resources{goroutines: runtime.NumGoroutine()}
	if es, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.descriptors = len(es)
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, _ := strconv.ParseInt(strings.Fields(string(statm))[0], 10, 64)
		r.addressSpace = pages * int64(os.Getpagesize())
	}
	return r
}

// slack is what the Go heap and threads may have grown by; one linear memory
// reserves four times as much.
const slack = 1 << 30

// settle waits until nothing is left of what came after the measurement.
func (r resources) settle(t testing.TB) {
	t.Helper()
	var now resources
	for range 1000 {
		now = measure(t)
		if now.goroutines <= r.goroutines && now.descriptors <= r.descriptors &&
			now.addressSpace < r.addressSpace+slack {
			return
		}
		runtime.Gosched()
	}
	all := make([]byte, 1<<20)
	t.Errorf("before: %+v; after: %+v\n%s", r, now, all[:runtime.Stack(all, true)])
}
