// Package wazero runs WebAssembly with github.com/tetratelabs/wazero. All
// that is peculiar to wazero is dealt with in this folder:
//
//   - imports are resolved by position: the import section is rewritten before
//     compilation so that import i asks module "i" (lower.go), and a small
//     generated module re-exports an extern under another name where the names
//     differ (generate.go);
//   - active segments that may trap are written by a function that the module
//     gets, and the start function is called by us (segments.go);
//   - one set of host functions serves all instances: the instance that calls
//     is found from the call's context (call.go);
//   - functions of tables are called by a generated module (indirect.go);
//   - linear memories are reserved address space that we own, so that growing
//     copies nothing and closing one user frees nothing of another's (memory.go);
//   - trap kinds and frames are read from the text of wazero's errors (trap.go);
//   - compiled code is kept on disk behind a checksum of ours (cache.go).
package wazero

import (
	"context"
	"runtime"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/wasm"
)

// Config configures an engine.
type Config struct {
	// CacheDir is a directory for compiled code; it is made where it does not
	// exist. Several processes may share it. Empty means no cache.
	CacheDir string
	// MaxTableElements bounds all tables of a module together, also when they
	// grow. 0 means 10 million.
	MaxTableElements uint64
}

// enabled are the proposals that wazero runs correctly. It also knows
// exception handling and typed function references, but its try_table
// corrupts locals.
const enabled = api.CoreFeaturesV2 |
	experimental.CoreFeaturesThreads |
	experimental.CoreFeaturesTailCall |
	experimental.CoreFeaturesExtendedConst

// An Engine is the wazero engine.
type Engine struct {
	rt    wazero.Runtime
	cfg   Config
	cache *diskCache // nil without a cache
	wc    wazero.CompilationCache

	// instances finds our instance for one of wazero's: api.Module to
	// *instance.
	instances sync.Map
	// named finds the modules of frames.
	named names

	genMu     sync.Mutex
	generated map[string]wazero.CompiledModule

	// life is read-locked by whoever uses wazero, which does not bear being
	// closed meanwhile.
	life sync.RWMutex
	// releasing is held for reading by stores that close their instances, which
	// wazero's runtime closes, too.
	releasing sync.RWMutex
	closed    bool
}

// use keeps wazero until the engine's done; engine.ErrClosed when it is
// closed. It must not be called twice without done between.
func (e *Engine) use() error {
	e.life.RLock()
	if e.closed {
		e.life.RUnlock()
		return engine.ErrClosed
	}
	return nil
}

func (e *Engine) done() { e.life.RUnlock() }

var _ engine.Engine = (*Engine)(nil)

// New makes an engine. A cache directory that cannot be used is an error.
func New(cfg Config) (*Engine, error) {
	if cfg.MaxTableElements == 0 {
		cfg.MaxTableElements = defaultTableElements
	}
	e := &Engine{cfg: cfg, generated: map[string]wazero.CompiledModule{}}
	rc := wazero.NewRuntimeConfig().WithCoreFeatures(enabled)
	if cfg.CacheDir != "" {
		c, err := openCache(cfg.CacheDir)
		if err != nil {
			return nil, err
		}
		wc, err := c.wazeroCache()
		if err != nil {
			c.leave()
			return nil, err
		}
		e.cache, e.wc = c, wc
		rc = rc.WithCompilationCache(wc)
	}
	e.rt = wazero.NewRuntimeWithConfig(context.Background(), rc)
	return e, nil
}

// Name is "wazero".
func (e *Engine) Name() string { return "wazero" }

// Supports tells whether wazero runs a proposal correctly.
func (e *Engine) Supports(f wasm.Feature) bool {
	switch f {
	case wasm.FeatureRelaxedSIMD, wasm.FeatureExceptions, wasm.FeatureFunctionReferences,
		wasm.FeatureGC, wasm.FeatureMultiMemory, wasm.FeatureMemory64,
		wasm.FeatureLegacyExceptions, wasm.FeatureWideArithmetic, wasm.FeatureCustomPageSizes:
		return false
	}
	return f < wasm.NumFeatures
}

// Interruptible is false: a loop in wazero's code heeds nothing at a bearable
// price.
func (e *Engine) Interruptible() bool { return false }

// Close releases all code. It may be called twice.
func (e *Engine) Close() error {
	e.life.Lock()
	defer e.life.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	ctx := context.Background()
	e.releasing.Lock()
	defer e.releasing.Unlock()
	err := e.rt.Close(ctx)
	if e.wc != nil {
		if cerr := e.wc.Close(ctx); err == nil {
			err = cerr
		}
		e.cache.leave()
	}
	return err
}

// compileContext makes wazero compile on all processors.
func compileContext(ctx context.Context) context.Context {
	return experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0))
}
