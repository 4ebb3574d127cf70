// This file performs commands.

package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/engine/wazero"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/valid"
)

// A runner is what all commands of one run of a script share.
type runner struct {
	ctx   context.Context
	cfg   Config
	eng   engine.Engine
	own   bool          // eng is closed with the runner
	have  wasm.Features // those of cfg.Features that the engine has
	store engine.Store
	tasks *task.Store // has store
	spec  *instance   // the module "spectest"
	meter *meter      // nil where modules run as they are

	mu    sync.Mutex // for types
	types *valid.Types

	// abandoned is set when a thread was left behind: then nothing is closed.
	abandoned atomic.Bool
	// broken is set when a command panicked that had the store of components.
	broken atomic.Bool
	hosts  []engine.HostModule
	codes  struct {
		sync.Mutex
		list []io.Closer
	}
}

func newRunner(ctx context.Context, cfg Config) (*runner, error) {
	r := &runner{ctx: ctx, cfg: cfg, eng: cfg.Engine, types: valid.NewTypes()}
	if r.eng == nil {
		eng, err := wazero.New(wazero.Config{})
		if err != nil {
			return nil, err
		}
		r.eng, r.own = eng, true
	}
	r.have = supported(r.eng, cfg.Features)
	r.store = r.eng.NewStore(engine.Limits{})
	r.tasks = task.NewStore(r.store)
	r.tasks.Choose = cfg.Choose
	err := r.makeSpectest()
	if err == nil && cfg.Metered {
		err = r.makeMeter()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *runner) close() {
	if r.abandoned.Load() {
		return
	}
	if r.broken.Load() {
		r.store.Close()
	} else {
		r.tasks.Close()
	}
	for _, m := range r.codes.list {
		m.Close()
	}
	for _, h := range r.hosts {
		h.Close()
	}
	if r.own {
		r.eng.Close()
	}
}

// keep has compiled code closed with the runner.
func (r *runner) keep(code io.Closer) {
	r.codes.Lock()
	r.codes.list = append(r.codes.list, code)
	r.codes.Unlock()
}

// A scope is what the commands of a script, or of one of its threads, have
// defined.
type scope struct {
	r       *runner
	res     *Result
	defs    map[string]*definition
	lastDef *definition
	insts   map[string]*instance
	last    *instance
	// registered are the instances by the name under which modules import
	// from them.
	registered map[string]*instance
	threads    []*thread
}

func newScope(r *runner, res *Result) *scope {
	return &scope{r: r, res: res, defs: map[string]*definition{}, insts: map[string]*instance{},
		registered: map[string]*instance{"spectest": r.spec}}
}

// command performs a command. The error is a *skipError where it could not
// be performed.
func (sc *scope) command(c *Command) error {
	switch c.Kind {
	case KindModule:
		return sc.define(c)
	case KindInstance:
		def, err := sc.definition(c.Module)
		if err != nil {
			return err
		}
		return sc.bind(c.Name, c.Line, def)
	case KindRegister:
		in, err := sc.instance(c.Name)
		if err != nil {
			return err
		}
		sc.registered[c.Text] = in
		return nil
	case KindAction:
		_, err := sc.act(c.Action)
		return err
	case KindReturn:
		return sc.assertReturn(c)
	case KindTrap:
		return sc.assertTrap(c)
	case KindExhaustion:
		_, err := sc.act(c.Action)
		if err := checkKind(err, engine.TrapStackExhausted); err != nil {
			return err
		}
		sc.trapped(c, err)
		return checkText(string(engine.TrapStackExhausted), c.Text)
	case KindException:
		_, err := sc.act(c.Action)
		return checkKind(err, engine.TrapUncaughtException)
	case KindMalformed, KindMalformedCustom, KindInvalid, KindInvalidCustom:
		return sc.assertRefused(c)
	case KindUnlinkable:
		return sc.assertUnlinkable(c)
	case KindThread:
		return sc.start(c)
	case KindWait:
		return sc.wait(c)
	}
	return fmt.Errorf("the command %q reads or writes files, and is not performed", c.Head)
}

// definition finds what an instance is made from.
func (sc *scope) definition(m *Module) (*definition, error) {
	def := sc.lastDef
	if m.Of != "" {
		def = sc.defs[m.Of]
	}
	switch {
	case def == nil && m.Of == "":
		return nil, fmt.Errorf("there is no %s to make an instance of", m.noun())
	case def == nil:
		return nil, fmt.Errorf("unknown %s $%s", m.noun(), m.Of)
	case def.err != nil:
		return nil, fmt.Errorf("it needs the command of line %d, which failed", def.line)
	}
	return def, nil
}

// instance finds an instance by its identifier, the last one for "". Where it
// was not made because of a feature, it is there all the same.
func (sc *scope) instance(name string) (*instance, error) {
	in := sc.last
	if name != "" {
		in = sc.insts[name]
	}
	switch {
	case in == nil && name == "":
		return nil, errors.New("there is no instance yet")
	case in == nil:
		return nil, fmt.Errorf("unknown instance $%s", name)
	case in.err != nil:
		return nil, fmt.Errorf("it needs the command of line %d, which failed", in.line)
	}
	return in, nil
}

// define performs a module command.
func (sc *scope) define(c *Command) error {
	def := sc.r.define(c.Module, c.Line)
	sc.lastDef = def
	if c.Module.Name != "" {
		sc.defs[c.Module.Name] = def
	}
	if c.Module.Definition {
		return def.err
	}
	if def.err != nil {
		sc.set(c.Module.Name, &instance{line: c.Line, err: def.err})
		return def.err
	}
	return sc.bind(c.Module.Name, c.Line, def)
}

// bind instantiates a definition under a name.
func (sc *scope) bind(name string, line int, def *definition) error {
	in, err := sc.instantiate(def)
	switch {
	case in != nil:
	case isSkip(err):
		in = &instance{def: def, skip: err}
	default:
		in = &instance{err: err}
	}
	in.line = line
	sc.set(name, in)
	return err
}

func (sc *scope) set(name string, in *instance) {
	sc.last = in
	if name != "" {
		sc.insts[name] = in
	}
}

// assertTrap performs assert_trap, of an action or of an instantiation.
func (sc *scope) assertTrap(c *Command) error {
	if c.Module == nil {
		_, err := sc.act(c.Action)
		return sc.checkTrap(c, err)
	}
	_, err := sc.instantiated(c)
	return sc.checkTrap(c, err)
}

// assertUnlinkable performs assert_unlinkable.
func (sc *scope) assertUnlinkable(c *Command) error {
	_, err := sc.instantiated(c)
	var link *linkError
	switch {
	case err == nil:
		return fmt.Errorf("expected a %s that cannot be linked (%q), but it was instantiated", c.Module.noun(), c.Text)
	case errors.As(err, &link) && c.Module.Component:
		sc.trapped(c, err)
		return nil
	case errors.As(err, &link):
		return checkText(link.Error(), c.Text)
	case isSkip(err):
		return err
	}
	return fmt.Errorf("expected a %s that cannot be linked (%q): %w", c.Module.noun(), c.Text, err)
}

// instantiated makes an instance of an assertion's module.
func (sc *scope) instantiated(c *Command) (*instance, error) {
	if c.Module.Form == FormInstance {
		def, err := sc.definition(c.Module)
		if err != nil {
			return nil, err
		}
		return sc.instantiate(def)
	}
	def := sc.r.define(c.Module, c.Line)
	if def.err != nil {
		return nil, def.err
	}
	return sc.instantiate(def)
}

// checkText checks that a message contains what a script expects.
func checkText(msg, want string) error {
	if !strings.Contains(msg, want) {
		return fmt.Errorf("expected %q, but the message is %q", want, msg)
	}
	return nil
}
