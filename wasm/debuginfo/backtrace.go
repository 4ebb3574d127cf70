package debuginfo

// This file is the text of backtraces.

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Frame is one active function call.
type Frame struct {
	// Func is the index of a function of the module.
	Func uint32
	// Offset is a position in the function's body, in bytes from its start
	// (its locals); negative when it is not known.
	Offset int64
	// Returning says that Offset is where a call will return to, behind the
	// call instruction; otherwise it is the instruction itself. Innermost
	// frames are of the latter sort.
	Returning bool
	// Host is the name of a host function; empty for a function of the module.
	Host string
}

// maxText bounds a name or path of a backtrace, in runes.
const maxText = 400

// Backtrace is the text of frames, innermost first, in lines without line
// ends. Numbers in hexadecimal are byte offsets in the module:
//
//	0:   0x1a2b - demo::deep::inner (inlined)
//	                at src/main.rs:12:5
//	1:   0x1a2b - demo::deep::outer
//	                at src/main.rs:20:9
//	2:   0x2c01 - <wasm function 12>
//	3: wasi_snapshot_preview1.fd_write (host)
//
// Characters of the guest's that are not printable are written as escapes.
func (i *Info) Backtrace(frames []Frame) []string {
	var lines []string
	number := 0
	for _, f := range frames {
		lines, number = i.AppendFrame(lines, number, f)
	}
	return lines
}

// AppendFrame appends the lines of one frame, numbered from number on, and
// returns the number for the next. It is for stacks that go through several
// modules.
func (i *Info) AppendFrame(lines []string, number int, f Frame) (_ []string, next int) {
	if f.Host != "" {
		return append(lines, fmt.Sprintf("%5d: %s (host)", number, printable(f.Host))), number + 1
	}
	head := ""
	if body := i.body(f.Func); body != nil && body.Start > 0 && f.Offset >= 0 {
		head = fmt.Sprintf("%#8x - ", body.Start+f.Offset)
	}
	positions := i.Lookup(f.Func, f.Offset, f.Returning)
	if len(positions) == 0 {
		positions = []Line{{Func: i.demangled(f.Func)}}
	}
	for j, at := range positions {
		name := printable(at.Func)
		switch {
		case name != "":
		case j < len(positions)-1:
			name = "<unknown>"
		default:
			name = fmt.Sprintf("<wasm function %d>", f.Func)
		}
		if j < len(positions)-1 {
			name += " (inlined)"
		}
		lines = append(lines, fmt.Sprintf("%5d: %s%s", number, head, name))
		number++
		if at.File != "" {
			lines = append(lines, strings.Repeat(" ", 20)+"at "+at.place())
		}
	}
	return lines, number
}

// place is "file:line:col" as far as it is known.
func (l Line) place() string {
	s := printable(shorten(l.File))
	if l.Line > 0 {
		s += ":" + strconv.Itoa(l.Line)
		if l.Col > 0 {
			s += ":" + strconv.Itoa(l.Col)
		}
	}
	return s
}

// shorten leaves the commit out of the paths of Rust's own library:
// "/rustc/.../library/core/src/panicking.rs".
func shorten(file string) string {
	rest, ok := strings.CutPrefix(file, "/rustc/")
	if !ok {
		return file
	}
	commit, rest, ok := strings.Cut(rest, "/")
	if !ok || len(commit) != 40 || strings.Trim(commit, "0123456789abcdef") != "" {
		return file
	}
	return "/rustc/.../" + rest
}

// printable is s with escapes for what would not print, cut at maxText runes.
func printable(s string) string {
	plain := len(s) <= maxText
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] < 0x7f
	}
	if plain {
		return s
	}
	var b strings.Builder
	for n := 0; s != ""; n++ {
		if n == maxText {
			b.WriteString("...")
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[size:]
	}
	return b.String()
}
