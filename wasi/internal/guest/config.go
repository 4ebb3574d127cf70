package guest

// This file is what a guest is started with.

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/host/fs"
	hosthttp "github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/random"
	"github.com/dray-wasm/dray/host/stdio"
	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// A Config is what a guest is given. The zero value gives it nothing but the
// system's clock and random bytes.
type Config struct {
	// Args are the arguments, Args[0] the program's name.
	Args []string
	// Env are the environment variables, each "NAME=value".
	Env []string
	// InitialCwd is the directory that relative paths begin at; "" is none.
	InitialCwd string
	// Stdin, Stdout and Stderr are the standard streams; nil is empty, and
	// discards. They stay the caller's to close.
	Stdin, Stdout, Stderr *stdio.Stream
	// Preopens are the directories that the guest can open.
	Preopens []Preopen
	// Clock tells the time; nil is the system's.
	Clock clock.Clock
	// Timezone is the guest's; nil is UTC.
	Timezone *time.Location
	// Random gives random bytes; nil is the system's.
	Random random.Source
	// Network is what the guest can do with sockets; nil is nothing.
	Network *net.Policy
	// HTTP sends the guest's requests; nil denies them.
	HTTP hosthttp.Doer
	// Config is what the guest reads with wasi:config; nil is nothing.
	Config map[string]string
	// KeyValue is the guest's store of keys and values; nil denies it.
	KeyValue keyvalue.Store
	// Log gets what the guest logs; nil discards it.
	Log    slog.Handler
	Limits Limits
}

// A Preopen is a directory that a guest is given.
type Preopen struct {
	// Guest is the name under which the guest knows it.
	Guest string
	// Dir is the directory. It stays the caller's to close.
	Dir fs.Dir
}

// Limits bounds what a guest can make the host do. A zero field means the
// default.
type Limits struct {
	// MaxOpen is how many files, sockets and HTTP bodies may be open at a time;
	// the default is [DefaultMaxOpen].
	MaxOpen int
	// MaxRandomBytes is how many bytes one call may ask for; the default is
	// that of the face.
	MaxRandomBytes uint64
}

// maxStrings bounds the bytes of all arguments, and of all variables.
const maxStrings = 64 << 20

// A Program is what of a [Config] has to do with the program: checked, and as
// guests get it. It is not changed.
type Program struct {
	Args []string
	Env  []bind.Tuple2[string, string]
	// Cwd is nil where there is none.
	Cwd *string
	// The standard streams are not nil.
	Stdin, Stdout, Stderr *stdio.Stream
}

// NewProgram fails where a guest could not be given what c says: text that is
// not UTF-8, a variable without "=", too much.
func NewProgram(c *Config) (*Program, error) {
	p := &Program{Args: c.Args, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr}
	if p.Stdin == nil {
		p.Stdin = stdio.FromReader(nil)
	}
	if p.Stdout == nil {
		p.Stdout = stdio.FromWriter(nil)
	}
	if p.Stderr == nil {
		p.Stderr = stdio.FromWriter(nil)
	}
	if err := checkStrings("argument", c.Args); err != nil {
		return nil, err
	}
	if err := checkStrings("environment variable", c.Env); err != nil {
		return nil, err
	}
	p.Env = make([]bind.Tuple2[string, string], len(c.Env))
	for i, v := range c.Env {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("environment variable %d, %q, is not of the form NAME=value", i, v)
		}
		p.Env[i] = bind.Tuple2[string, string]{F0: name, F1: value}
	}
	if cwd := c.InitialCwd; cwd != "" {
		if !utf8.ValidString(cwd) {
			return nil, fmt.Errorf("the initial directory %q is not UTF-8", cwd)
		}
		p.Cwd = &cwd
	}
	return p, nil
}

// Nothing is what a guest is started with that is given nothing.
func Nothing() (*Config, *Program) { return nothing() }

var nothing = sync.OnceValues(func() (*Config, *Program) {
	c := &Config{Clock: clock.System()}
	p, err := NewProgram(c)
	if err != nil {
		panic(err) // nothing can be wrong with nothing
	}
	return c, p
})

// checkStrings tells why a guest cannot be given a list of strings.
func checkStrings(what string, list []string) error {
	total := 0
	for i, v := range list {
		switch {
		case !utf8.ValidString(v):
			return fmt.Errorf("%s %d, %q, is not UTF-8, which is all that WASI can pass on", what, i, v)
		case strings.IndexByte(v, 0) >= 0:
			return fmt.Errorf("%s %d, %q, has a zero byte in it", what, i, v)
		}
		if total += len(v) + 1; total > maxStrings {
			return fmt.Errorf("the %ss have more than %d bytes", what, maxStrings)
		}
	}
	return nil
}
