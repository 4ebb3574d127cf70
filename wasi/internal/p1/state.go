package p1

// This file is the state that the instances of one guest share.

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/dray-wasm/dray/host/clock"
	"github.com/dray-wasm/dray/host/fs"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/host/random"
	"github.com/dray-wasm/dray/host/stdio"
)

// A Config is what a guest is given. The zero value gives it nothing but the
// system's clock and random bytes.
type Config struct {
	// Args are the arguments, Args[0] the program's name.
	Args []string
	// Env are the environment variables, each "NAME=value".
	Env []string
	// Stdin, Stdout and Stderr are descriptors 0, 1 and 2; nil is empty, and
	// discards. They stay the caller's to close.
	Stdin, Stdout, Stderr *stdio.Stream
	// Listeners are the descriptors from 3 on. They stay the caller's.
	Listeners []net.Listener
	// Preopens follow the listeners.
	Preopens []Preopen
	// Clock tells the time; nil is the system's.
	Clock clock.Clock
	// Random gives random bytes; nil is the system's.
	Random random.Source
	Limits Limits
}

// A Preopen is a directory that is open from the start.
type Preopen struct {
	// Guest is the name under which the guest knows it.
	Guest string
	// Dir is the directory. It stays the caller's to close, also when the
	// guest closed its descriptor.
	Dir fs.Dir
}

// Limits bounds what a guest can make the host do. A zero field means the
// default.
type Limits struct {
	// MaxDescriptors is how many descriptors may be open at a time.
	MaxDescriptors int
	// MaxRandomBytes is how many bytes one random_get may ask for; more is
	// answered with inval.
	MaxRandomBytes uint64
	// MaxTransferBytes is how many bytes one read, write, send or receive
	// moves at most; a longer one is cut short.
	MaxTransferBytes uint64
	// MaxSubscriptions is how many subscriptions one poll_oneoff may have;
	// more is answered with inval.
	MaxSubscriptions int
}

// The defaults of Limits.
const (
	DefaultMaxDescriptors   = 10000
	DefaultMaxRandomBytes   = 64 << 20
	DefaultMaxTransferBytes = 128 << 20
	DefaultMaxSubscriptions = 1 << 16
)

// maxStrings bounds the bytes of all arguments, and of all variables, with the
// zero bytes behind them.
const maxStrings = 64 << 20

// A State is what the functions work on: the descriptors of one guest, its
// arguments and its environment. All instances of a guest with threads share
// one. It is safe for concurrent use.
type State struct {
	args, env stringList
	table     table
	clock     clock.Clock
	random    random.Source
	limits    Limits
}

// New makes the state of a guest. It fails where the guest could not be given
// what c says: a zero byte in a string, a variable without "=", too much or
// too many.
func New(c Config) (*State, error) {
	s := &State{clock: c.Clock, random: c.Random, limits: c.Limits}
	if s.clock == nil {
		s.clock = clock.System()
	}
	if s.random == nil {
		s.random = random.System()
	}
	if err := s.limits.fill(); err != nil {
		return nil, err
	}
	var err error
	if s.args, err = newStringList("argument", c.Args); err != nil {
		return nil, err
	}
	for i, v := range c.Env {
		if strings.IndexByte(v, '=') <= 0 {
			return nil, fmt.Errorf("environment variable %d, %q, is not of the form NAME=value", i, v)
		}
	}
	if s.env, err = newStringList("environment variable", c.Env); err != nil {
		return nil, err
	}
	if err := s.open(c); err != nil {
		return nil, err
	}
	return s, nil
}

// fill puts in the defaults.
func (l *Limits) fill() error {
	if l.MaxDescriptors < 0 || uint64(l.MaxDescriptors) > 1<<31-1 {
		return fmt.Errorf("the limit of %d descriptors is not between 1 and 2147483647", l.MaxDescriptors)
	}
	if l.MaxSubscriptions < 0 || uint64(l.MaxSubscriptions) > 1<<24 {
		return fmt.Errorf("the limit of %d subscriptions is not between 1 and %d", l.MaxSubscriptions, 1<<24)
	}
	if l.MaxDescriptors == 0 {
		l.MaxDescriptors = DefaultMaxDescriptors
	}
	if l.MaxRandomBytes == 0 {
		l.MaxRandomBytes = DefaultMaxRandomBytes
	}
	if l.MaxTransferBytes == 0 {
		l.MaxTransferBytes = DefaultMaxTransferBytes
	}
	if l.MaxSubscriptions == 0 {
		l.MaxSubscriptions = DefaultMaxSubscriptions
	}
	return nil
}

// open fills the table with what is there from the start.
func (s *State) open(c Config) error {
	in, out, errs := c.Stdin, c.Stdout, c.Stderr
	if in == nil {
		in = stdio.FromReader(nil)
	}
	if out == nil {
		out = stdio.FromWriter(nil)
	}
	if errs == nil {
		errs = stdio.FromWriter(nil)
	}
	ds := []*descriptor{stdDescriptor(in), stdDescriptor(out), stdDescriptor(errs)}
	for i, l := range c.Listeners {
		if l == nil {
			return fmt.Errorf("listener %d is nil", i)
		}
		ds = append(ds, listenerDescriptor(l))
	}
	for i, p := range c.Preopens {
		switch {
		case p.Dir == nil:
			return fmt.Errorf("preopened directory %d, %q, is nil", i, p.Guest)
		case p.Guest == "":
			return fmt.Errorf("preopened directory %d has no name for the guest", i)
		case len(p.Guest) > maxPath:
			return fmt.Errorf("the name of preopened directory %d for the guest has %d bytes, more than %d", i, len(p.Guest), maxPath)
		case !utf8.ValidString(p.Guest) || strings.IndexByte(p.Guest, 0) >= 0:
			return fmt.Errorf("the name of preopened directory %d for the guest, %q, is not UTF-8 without zero bytes", i, p.Guest)
		}
		ds = append(ds, preopenDescriptor(p))
	}
	if len(ds) > s.limits.MaxDescriptors {
		return fmt.Errorf("the guest starts with %d descriptors, more than the limit of %d", len(ds), s.limits.MaxDescriptors)
	}
	s.table = table{ds: ds, low: len(ds), max: s.limits.MaxDescriptors}
	return nil
}

// Close closes all descriptors that the guest opened and ends what waits for
// any. What Config gave stays open. Closing again does nothing.
func (s *State) Close() error {
	var errs []error
	for _, d := range s.table.close() {
		if d != nil {
			if err := d.close(); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}
