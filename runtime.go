package dray

// This file is the runtime: an engine, and what all its modules share.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"weak"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/engine/wazero"
	"github.com/dray-wasm/dray/internal/futex"
	"github.com/dray-wasm/dray/wasm"
)

// Config configures a [Runtime]. The zero value is a good default.
type Config struct {
	// CacheDir is where compiled code is kept for the next process. Empty
	// means [DefaultCacheDir]; a directory that cannot be used there is no
	// error, the code is just not kept.
	CacheDir string
	// NoCache keeps no compiled code on disk.
	NoCache bool
	// Uninterruptible compiles modules as they are, but for those with shared
	// memory. Their code is a few per cent faster, but a call that loops ends
	// neither with its context nor with the process's garbage collection
	// waiting for it.
	Uninterruptible bool
	// MaxStackBytes bounds the call stack of an instance, together with those
	// it is linked with, in bytes as estimated from the code of functions;
	// deeper recursion is a trap of kind TrapStackExhausted. The threads of a
	// guest have 16 times of it together. 0 means 8 MiB, but no limit for modules
	// with exception handling, which cannot have one, and with Uninterruptible.
	// [NoStackLimit] means the engine's own, some 100 MB.
	MaxStackBytes uint64
	// Fuel compiles modules so that what they compute is counted: see
	// Limits.Fuel.
	Fuel bool
	// TrapOnGrowFailure ends a guest with a trap of kind TrapGrow when
	// memory.grow or table.grow would answer -1, which many programs do not
	// look at.
	TrapOnGrowFailure bool
	// MaxTableElements bounds the tables of a module together, also when they
	// grow: table.grow beyond it answers -1. 0 means 10 million.
	MaxTableElements uint64
	// MaxModuleBytes bounds the size of a module; 0 means 1 GiB.
	MaxModuleBytes int64
}

// A Runtime compiles modules. It is safe for concurrent use.
type Runtime struct {
	eng   engine.Engine
	cfg   Config
	meter func() (engine.HostModule, error) // makes it once

	hostMu sync.Mutex
	hosts  map[*HostModule]engine.HostModule

	modules sync.Map // weak.Pointer[Module] by engine.Module, for backtraces
}

const (
	defaultMaxModuleBytes = 1 << 30
	// sniffBytes is how much of a file tells what it is.
	sniffBytes = 4096
)

// NewRuntime makes a runtime. Close it when its modules are not needed any
// more.
func NewRuntime(cfg Config) (*Runtime, error) {
	if cfg.MaxModuleBytes == 0 {
		cfg.MaxModuleBytes = defaultMaxModuleBytes
	}
	cfg.MaxModuleBytes = min(cfg.MaxModuleBytes, math.MaxInt64-1)
	eng, err := newEngine(cfg)
	if err != nil {
		return nil, err
	}
	r := &Runtime{eng: eng, cfg: cfg, hosts: map[*HostModule]engine.HostModule{}}
	r.meter = sync.OnceValues(func() (engine.HostModule, error) {
		return eng.CompileHost(meterFuncs(new(futex.Table)))
	})
	return r, nil
}

func newEngine(cfg Config) (engine.Engine, error) {
	wc := wazero.Config{CacheDir: cfg.CacheDir, MaxTableElements: cfg.MaxTableElements}
	if dir, err := DefaultCacheDir(); err == nil && wc.CacheDir == "" && !cfg.NoCache {
		wc.CacheDir = dir
		if eng, err := wazero.New(wc); err == nil {
			return eng, nil
		}
		wc.CacheDir = ""
	}
	if cfg.NoCache {
		wc.CacheDir = ""
	}
	return wazero.New(wc)
}

// DefaultCacheDir is the directory "dray" in the user's cache directory.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "dray"), nil
}

// Close releases the code of all modules. Close instances before. What uses a
// closed runtime fails with [engine.ErrClosed]. Closing twice does nothing.
func (r *Runtime) Close() error { return r.eng.Close() }

// CompileFile reads and compiles a module. Errors name the file.
func (r *Runtime) CompileFile(ctx context.Context, path string) (*Module, error) {
	src, err := r.readFile(path)
	if err != nil {
		return nil, err
	}
	return r.compileNamed(ctx, path, src)
}

// CompileReader reads a module to its end and compiles it. The name is for
// error messages.
func (r *Runtime) CompileReader(ctx context.Context, name string, src io.Reader) (*Module, error) {
	bin, err := r.read(name, src, 0)
	if err != nil {
		return nil, err
	}
	return r.compileNamed(ctx, name, bin)
}

func (r *Runtime) compileNamed(ctx context.Context, name string, src []byte) (*Module, error) {
	m, err := r.Compile(ctx, src)
	if err != nil {
		return nil, diag.WithPath(err, name)
	}
	m.name = name
	return m, nil
}

// readFile reads a module or component.
func (r *Runtime) readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, &diag.Error{Code: "module/read", Path: path, Msg: "cannot be read", Err: err}
	}
	defer f.Close()
	var size int64
	if info, err := f.Stat(); err == nil {
		size = info.Size()
		if info.IsDir() {
			return nil, &diag.Error{Code: "module/read", Path: path, Msg: "is a directory, not a module"}
		}
		if size > r.cfg.MaxModuleBytes {
			return nil, diag.WithPath(r.tooLarge(), path)
		}
	}
	return r.read(path, f, size)
}

// read expects some bytes, but takes any number.
func (r *Runtime) read(name string, src io.Reader, expect int64) ([]byte, error) {
	var bin bytes.Buffer
	bin.Grow(int(expect) + bytes.MinRead)
	src = io.LimitReader(src, r.cfg.MaxModuleBytes+1)
	// What is not WebAssembly shows at the start, and may be endless.
	_, err := io.CopyN(&bin, src, sniffBytes)
	if err == nil {
		if err := identify(bin.Bytes()); err != nil && !opensText(bin.Bytes()) {
			return nil, diag.WithPath(err, name)
		}
		_, err = bin.ReadFrom(src)
	}
	if err != nil && err != io.EOF {
		return nil, &diag.Error{Code: "module/read", Path: name, Msg: "cannot be read", Err: err}
	}
	return bin.Bytes(), nil
}

// opensText tells whether a text may begin like this, though the first
// parenthesis of a module is not yet in sight behind comments.
func opensText(start []byte) bool {
	start = bytes.TrimLeft(start, " \t\r\n")
	return len(start) == 0 || bytes.HasPrefix(start, []byte(";;")) || bytes.HasPrefix(start, []byte("(;"))
}

// Compile validates and compiles a module in the binary or text format. The
// runtime keeps src and it must not be changed. A module that needs a proposal
// beyond [Runtime.Features] is refused with the name of it.
func (r *Runtime) Compile(ctx context.Context, src []byte) (*Module, error) {
	if int64(len(src)) > r.cfg.MaxModuleBytes {
		return nil, r.tooLarge()
	}
	syntax, bodies, err := decode(src, r.Features())
	if err != nil {
		return nil, err
	}
	return r.compileValid(ctx, syntax, bodies)
}

// compileValid compiles a module that is valid but for its function bodies,
// which bodies checks, if it is not nil.
func (r *Runtime) compileValid(ctx context.Context, syntax *wasm.Module, bodies func() error) (_ *Module, err error) {
	m := &Module{rt: r, syntax: syntax}
	low := syntax
	if r.meters(syntax) {
		if m.meter, err = r.meter(); err != nil {
			return nil, err
		}
		if low, m.moved, err = r.metered(syntax); err != nil {
			// Validation has the better message.
			if bodies != nil {
				if invalid := bodies(); invalid != nil {
					err = invalid
				}
			}
			return nil, err
		}
	}
	m.code, err = r.eng.Compile(ctx, low, bodies)
	var ce *engine.CompileError
	if errors.As(err, &ce) {
		return nil, &diag.Error{Code: "module/compile", Msg: ce.Msg}
	}
	if err != nil {
		return nil, err
	}
	r.modules.Store(m.code, weak.Make(m))
	runtime.AddCleanup(m, func(code engine.Module) { r.modules.Delete(code) }, m.code)
	return m, nil
}

// moduleOf is the module that code was compiled from, or nil.
func (r *Runtime) moduleOf(code engine.Module) *Module {
	if p, ok := r.modules.Load(code); ok {
		return p.(weak.Pointer[Module]).Value()
	}
	return nil
}

// Features is what modules may use: the proposals that the engine runs.
func (r *Runtime) Features() wasm.Features {
	var set wasm.Features
	for f := range wasm.NumFeatures {
		if r.eng.Supports(f) {
			set = set.With(f)
		}
	}
	return set
}

func (r *Runtime) tooLarge() error {
	return &diag.Error{Code: "module/size", Msg: fmt.Sprintf("the file is larger than a module may be: %d bytes", r.cfg.MaxModuleBytes)}
}

// newStore makes a store of the runtime's engine.
func (r *Runtime) newStore(l Limits) engine.Store {
	return r.eng.NewStore(engine.Limits{MemoryBytes: l.MemoryBytes, TableElements: l.TableElements})
}

// Limits bounds what one instance may make the host spend, together with its
// threads and the instances that it is linked with. A zero field means the
// default it tells of, or no limit but that of WebAssembly. What goes beyond a
// limit is an error for the guest, or a trap.
type Limits struct {
	// MemoryBytes bounds linear memory. memory.grow beyond it answers -1; a
	// module that starts with more is not instantiated.
	MemoryBytes uint64
	// TableElements bounds the elements of the module's tables at the start;
	// Config.MaxTableElements bounds them for good.
	TableElements uint64
	// Instances bounds how many instances of core modules and components a
	// component consists of; 0 means 10,000.
	Instances int
	// Fuel bounds how much the instance may compute in its life, in units that
	// are about one round of a loop, or one call (see Config.Fuel, which must be
	// set). A guest that has used it up ends with a trap of kind TrapFuel.
	Fuel uint64
	// Descriptors bounds what a guest of WASI has open at a time: files,
	// sockets, bodies of HTTP; 0 means 10,000.
	Descriptors int
	// Threads bounds the threads of a core module that run at a time, besides
	// its main one; 0 means 1024, and less refuses modules that start threads.
	Threads int
	// CopyBytes bounds the host's memory that the values of one call of or by
	// a component take; 0 means 128 MiB.
	CopyBytes uint64
	// Handles bounds the handles that one instance of a component can have:
	// of resources, and of what async code waits for. 0 means a million.
	Handles int
}
