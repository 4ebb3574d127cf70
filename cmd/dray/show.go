package main

// This file writes what comes out of files, which may hold anything, so that a
// person can read it and a terminal is not steered by it.

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/dray-wasm/dray/diag"
)

const (
	// excerptBefore and excerptAfter are how many characters of a line are
	// shown on either side of an error.
	excerptBefore, excerptAfter = 60, 40
)

// excerpt is the line of a text at a place, with a mark below it; "" when there
// is nothing to see. It starts with a newline.
func excerpt(src []byte, at diag.Pos) string {
	if at.Offset < 0 || at.Offset > int64(len(src)) {
		return ""
	}
	off := int(at.Offset)
	start := 1 + bytes.LastIndexByte(src[:off], '\n')
	line := src[start:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:max(end, off-start)]
	}
	before := []rune(string(cutLeft(line[:off-start], 4*excerptBefore)))
	after := []rune(string(cutRight(line[off-start:], 4*excerptAfter)))
	lead, tail := "", ""
	if len(before) > excerptBefore || 4*excerptBefore < off-start {
		before, lead = before[max(0, len(before)-excerptBefore):], "..."
	}
	if len(after) > excerptAfter {
		after, tail = after[:excerptAfter], "..."
	}
	shown, rest := lead+onLine(before), strings.TrimRight(onLine(after), " ")
	if strings.TrimSpace(shown+rest) == "" {
		return ""
	}
	number := strconv.Itoa(at.Line)
	margin := strings.Repeat(" ", len(number))
	return fmt.Sprintf("\n  %s | %s%s%s\n  %s | %s^", number, shown, rest, tail,
		margin, strings.Repeat(" ", utf8.RuneCountInString(shown)))
}

// cutLeft is the last n bytes, and cutRight the first n, without the pieces of
// a character.
func cutLeft(b []byte, n int) []byte {
	b = b[max(0, len(b)-n):]
	for len(b) > 0 && !utf8.RuneStart(b[0]) {
		b = b[1:]
	}
	return b
}

func cutRight(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// onLine is characters that take one column each.
func onLine(line []rune) string {
	for i, r := range line {
		switch {
		case r == '\t' || r == '\r':
			line[i] = ' '
		case !unicode.IsPrint(r):
			line[i] = '?'
		}
	}
	return string(line)
}

// printable is s with characters that would act on a terminal written as
// escapes; newlines and tabs stay.
func printable(s string) string {
	return escape(s, func(r rune) bool { return unicode.IsPrint(r) || r == '\n' || r == '\t' })
}

// safe is s on one line with characters that would act on a terminal written
// as escapes.
func safe(s string) string { return escape(s, unicode.IsPrint) }

func escape(s string, plain func(rune) bool) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case plain(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		i += n
	}
	return b.String()
}

// word is a name from a file where it stands among words of ours: in quotes
// when it is empty or has anything unusual in it.
func word(s string) string {
	plain := func(r rune) bool { return unicode.IsPrint(r) && r != ' ' && r != '"' && r != '\\' }
	if s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// bytesText is a number of bytes for people.
func bytesText(n uint64) string {
	if n < 1024 {
		return fmt.Sprintf("%d bytes", n)
	}
	v, unit := float64(n)/1024, 0
	for v >= 1023.95 && unit < 5 {
		v, unit = v/1024, unit+1
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + " " + string("KMGTPE"[unit]) + "iB"
}

// plural is "1 thing", "2 things".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if stem, ok := strings.CutSuffix(thing, "y"); ok {
		return strconv.Itoa(n) + " " + stem + "ies"
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// isTerminal tells whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
