package main

// This file reads the files that commands work on: modules and components, in
// the binary format or as text.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray/component"
	compbin "github.com/dray-wasm/dray/component/binary"
	comptext "github.com/dray-wasm/dray/component/text"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	coretext "github.com/dray-wasm/dray/wasm/text"
	"github.com/dray-wasm/dray/wasm/text/lex"
)

// maxInput is the largest file that is read, in bytes.
const maxInput = binary.MaxModuleSize

// sniffLen is how much of a file tells that it is not WebAssembly.
const sniffLen = 4096

// An input is a file that was read.
type input struct {
	name string // as typed, or "<stdin>"
	data []byte
	kind binary.Kind
}

// A source is what an input holds: a module or a component.
type source struct {
	*input
	module *wasm.Module
	comp   *component.Component
	// locate gives an error of validation a line and column in a text.
	locate func(error) error
}

// readInput reads a file, or standard input for "-". Its errors name the file.
func readInput(file string) (*input, error) {
	in := &input{name: file}
	if file == "-" {
		in.name = "<stdin>"
		return in, in.read(os.Stdin)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, in.cannotRead(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		switch {
		case info.IsDir():
			return nil, fmt.Errorf("%s: is a directory, not a file", safe(file))
		case info.Size() > maxInput:
			return nil, in.tooLarge()
		}
	}
	return in, in.read(f)
}

func (in *input) cannotRead(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: cannot be read: %w", safe(in.name), err)
}

func (in *input) tooLarge() error {
	return fmt.Errorf("%s: the file is larger than a module may be: %d bytes", safe(in.name), maxInput)
}

// read reads to the end. What is not WebAssembly shows at the start, and may
// be endless.
func (in *input) read(r io.Reader) error {
	var b bytes.Buffer
	r = io.LimitReader(r, maxInput+1)
	_, err := io.CopyN(&b, r, sniffLen)
	if err == nil && foreign(b.Bytes()) {
		return in.notWasm()
	}
	if err == nil {
		_, err = b.ReadFrom(r)
	}
	if err != nil && err != io.EOF {
		return in.cannotRead(err)
	}
	in.data = b.Bytes()
	switch {
	case len(in.data) > maxInput:
		return in.tooLarge()
	case len(in.data) == 0:
		return fmt.Errorf("%s: the file is empty", safe(in.name))
	case foreign(in.data[:min(len(in.data), sniffLen)]):
		return in.notWasm()
	}
	in.kind = binary.Sniff(in.data)
	return nil
}

func (in *input) notWasm() error {
	return fmt.Errorf("%s: not WebAssembly: neither the binary format, which starts with \"\\0asm\", nor text", safe(in.name))
}

// foreign tells whether the start of a file is neither a binary nor a text.
// What opens like a form or a comment is left to the parser to refuse.
func foreign(b []byte) bool {
	if magic := []byte("\x00asm"); bytes.HasPrefix(b, magic) || bytes.HasPrefix(magic, b) {
		return false
	}
	open := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\ufeff")), " \t\r\n")
	if len(open) > 0 && (open[0] == '(' || open[0] == ';') {
		return false
	}
	for end := len(b); len(b) > end-utf8.UTFMax && len(b) > 0 && !utf8.Valid(b); {
		b = b[:len(b)-1] // the start may end within a character
	}
	return bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b)
}

// text tells whether the input is text, as far as its start tells.
func (in *input) text() bool {
	return in.kind == binary.KindText || in.kind == binary.KindOther && in.data[0] != 0
}

// parse decodes or parses what the input holds.
func (in *input) parse() (*source, error) {
	src := &source{input: in, locate: func(err error) error { return err }}
	if in.kind == binary.KindOther && in.text() && strings.EqualFold(filepath.Ext(in.name), ".wasm") {
		return nil, in.notWasm() // errors of syntax would lead astray
	}
	if in.text() {
		return src, in.explain(src.parseText())
	}
	var err error
	if in.kind == binary.KindComponent {
		src.comp, err = compbin.Decode(in.data)
	} else {
		src.module, err = binary.Decode(in.data)
	}
	return src, in.explain(err)
}

func (src *source) parseText() error {
	head := lex.New(src.data, nil).PeekHead()
	switch {
	case head == "component":
		s, err := comptext.Parse(src.data)
		if err != nil {
			return err
		}
		src.comp, src.locate = s.Component, s.Locate
		return nil
	case strings.HasPrefix(head, "assert_"):
		return errScript(src.name)
	}
	s, err := coretext.Parse(src.data)
	if err != nil && strings.HasSuffix(strings.ToLower(src.name), ".wast") {
		return errScript(src.name)
	}
	if err != nil {
		return err
	}
	src.module, src.locate = s.Module, s.Locate
	return nil
}

func errScript(name string) error {
	return &diag.Error{Code: "text/script", Msg: fmt.Sprintf("this is a test script, not a module; run it with \"dray wast %s\"", name)}
}

// explain is an error about the input for people: it names the file, and where
// the place in a text is known it shows the line. nil stays nil.
func (in *input) explain(err error) error {
	var e *diag.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e):
		return fmt.Errorf("%s: %s", safe(in.name), printable(err.Error()))
	}
	named := *e
	named.Path = safe(in.name)
	return errors.New(printable(diag.Excerpt(in.data, &named)))
}

// stdinOnce refuses a list that names standard input twice.
func stdinOnce(files []string) error {
	n := 0
	for _, f := range files {
		if f == "-" {
			n++
		}
	}
	if n > 1 {
		return usage("standard input, \"-\", can be read only once")
	}
	return nil
}

// oneFile is the arguments of a command that takes one FILE.
func oneFile(command string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usage("no FILE was given; see \"dray %s --help\"", command)
		case 1:
			return nil
		}
		return usage("one FILE at a time: %q is one too many; see \"dray %s --help\"", args[1], command)
	}
}

// completeInputs completes files that look like modules or text.
func completeInputs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"wasm", "wat"}, cobra.ShellCompDirectiveFilterFileExt
}
