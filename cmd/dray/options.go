package main

// This file is the groups of options that are written -W name[=value],...

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dray-wasm/dray/diag"
)

// A group is a set of options behind one letter, as wasmtime has them.
type group struct {
	letter, title string
	options       []option
	help          bool
}

// An option is one name in a group.
type option struct {
	name  string
	value string // what the value is, for help; "" for a switch
	help  string
	set   func(value string) error
	// continues tells, for an option whose value is a list, whether an item
	// that is no option's name is one more of its values. It is nil otherwise.
	continues func(item string) bool
}

// groupFlag makes a group a pflag.Value.
type groupFlag struct{ *group }

func (g groupFlag) String() string { return "" }
func (g groupFlag) Type() string   { return "KEY[=VAL],..." }

// An optionError is a mistake in one option of a group.
type optionError struct{ error }

// Set reads "name[=value],...".
func (g groupFlag) Set(s string) error {
	if err := g.set(s); err != nil {
		return &optionError{err}
	}
	return nil
}

func (g groupFlag) set(s string) error {
	list := -1 // the option that an item without a name continues
	for item := range strings.SplitSeq(s, ",") {
		name, value, given := strings.Cut(strings.TrimSpace(item), "=")
		if name == "" && !given {
			continue // a trailing comma
		}
		if name == "help" {
			g.help = true
			continue
		}
		i := slices.IndexFunc(g.options, func(o option) bool { return o.name == name })
		if i < 0 && list >= 0 && g.options[list].continues(item) {
			i, value = list, strings.TrimSpace(item)
		}
		if i < 0 {
			return g.unknown(name)
		}
		o := g.options[i]
		if list = -1; o.continues != nil {
			list = i
		}
		if value == "" && o.value != "" {
			return fmt.Errorf("-%s %s needs a value: -%s %s=%s", g.letter, name, g.letter, name, o.value)
		}
		if err := o.set(value); err != nil {
			return fmt.Errorf("-%s %s: %w", g.letter, name, err)
		}
	}
	return nil
}

func (g groupFlag) unknown(name string) error {
	var names []string
	for _, o := range g.options {
		names = append(names, o.name)
	}
	if near := diag.Nearest(name, names); near != "" {
		return fmt.Errorf("there is no option -%s %s; did you mean -%s %s?", g.letter, name, g.letter, near)
	}
	return fmt.Errorf("there is no option -%s %s; \"-%s help\" lists those that there are", g.letter, name, g.letter)
}

// printHelp lists the options of a group.
func (g *group) printHelp(w io.Writer) {
	fmt.Fprintf(w, "%s: -%s KEY[=VAL],...\n\n", g.title, g.letter)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, o := range g.options {
		name := o.name
		if o.value != "" {
			name += "=" + o.value
		} else {
			name += "[=y|n]"
		}
		fmt.Fprintf(t, "  -%s %s\t%s\n", g.letter, name, o.help)
	}
	t.Flush()
}

// list is an option whose values are added up. continues tells whether an item
// behind a comma is one more value.
func list(name, value, help string, to *[]string, continues func(item string) bool) option {
	return option{name: name, value: value, help: help, continues: continues, set: func(v string) error {
		*to = append(*to, v)
		return nil
	}}
}

// toggle is an option that is on or off.
func toggle(name, help string, to *bool) option {
	return option{name: name, help: help, set: func(v string) error {
		switch v {
		case "", "y", "yes", "true", "on", "1":
			*to = true
		case "n", "no", "false", "off", "0":
			*to = false
		default:
			return fmt.Errorf("%q is neither y nor n", v)
		}
		return nil
	}}
}

// duration is an option for a time; a bare number counts seconds.
func duration(name, help string, to *time.Duration) option {
	return option{name: name, value: "DURATION", help: help, set: func(v string) error {
		d, err := time.ParseDuration(v)
		if n, nerr := strconv.ParseFloat(v, 64); nerr == nil {
			d, err = time.Duration(n*float64(time.Second)), nil
		}
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a time: write 5s, 300ms or 1m30s", v)
		}
		*to = d
		return nil
	}}
}

// size is an option for a number of bytes; K, M and G count in steps of 1024.
func size(name, help string, to *uint64) option {
	return option{name: name, value: "BYTES", help: help, set: func(v string) error {
		n, err := parseSize(v)
		if err != nil {
			return err
		}
		if n == 0 {
			return errZero
		}
		*to = n
		return nil
	}}
}

// count is an option for a number.
func count(name, help string, to *uint64) option {
	return option{name: name, value: "N", help: help, set: func(v string) error {
		n, err := strconv.ParseUint(v, 0, 63)
		if err != nil {
			return fmt.Errorf("%q is not a number", v)
		}
		if n == 0 {
			return errZero
		}
		*to = n
		return nil
	}}
}

var errZero = errors.New("a limit of 0 allows nothing; leave the option out for no limit")

func parseSize(v string) (uint64, error) {
	digits := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(v), "B"), "I")
	shift := 0
	if digits != "" {
		if i := strings.IndexByte("KMGT", digits[len(digits)-1]); i >= 0 {
			shift, digits = 10*(i+1), digits[:len(digits)-1]
		}
	}
	n, err := strconv.ParseUint(digits, 0, 63)
	if v == "" || err != nil || n<<shift>>shift != n || n<<shift > 1<<62 {
		return 0, fmt.Errorf("%q is not a size: write 65536, 64K, 10M or 1G", v)
	}
	return n << shift, nil
}

// text is an option for words.
func text(name, value, help string, add func(string) error) option {
	return option{name: name, value: value, help: help, set: add}
}

// helpAsked prints the help of the groups that were asked for it.
func helpAsked(groups ...*group) bool {
	asked := false
	for _, g := range groups {
		if g.help {
			g.printHelp(os.Stdout)
			asked = true
		}
	}
	return asked
}
