package script

import (
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/dray-wasm/dray/engine/wazero"
)

// TestSchedules runs the scripts of component-model/async with other orders of
// the threads that are ready: 20, or as many as DRAY_SCHEDULES says.
func TestSchedules(t *testing.T) {
	const suite = "component-model"
	n := 20
	if testing.Short() {
		n = 2
	}
	if s := os.Getenv("DRAY_SCHEDULES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(suiteDir(t, suite), "async", "*.wast"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	_, skip := tolerated(t, suite)
	// It takes calls that wait to begin in the order in which they were made.
	skip[suite+"/async/async-calls-sync.wast"] = true
	eng, err := wazero.New(wazero.Config{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	passed := 0
	for _, file := range files {
		name := suite + "/async/" + filepath.Base(file)
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range n {
			r := Run(t.Context(), name, src, Config{Engine: eng, Choose: rand.New(rand.NewSource(int64(seed))).Intn})
			passed += r.Passed
			for _, f := range r.Failures {
				if !skip[name] {
					t.Errorf("seed %d: %s:%d: %s", seed, name, f.Line, f.Message)
				}
			}
		}
	}
	t.Logf("%d scripts in %d orders each: %d passed", len(files), n, passed)
}
