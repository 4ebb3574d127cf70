package suite

// This file splits a runner command into words and joins words into a command
// a person can paste.

import (
	"errors"
	"runtime"
	"strings"
)

// SplitCommand splits a command line into words as a POSIX shell does: words
// end at blanks, '...' keeps everything, "..." keeps all but backslash before
// one of $`"\, and a backslash keeps the next character. Nothing is expanded.
// On Windows a backslash outside double quotes is an ordinary character.
func SplitCommand(s string) ([]string, error) {
	return splitCommand(s, runtime.GOOS != "windows")
}

func splitCommand(s string, posix bool) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
			continue
		case c == '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a single quote is not closed")
			}
			word.WriteString(s[i+1 : i+1+end])
			i += end + 1
		case c == '"':
			end, err := doubleQuoted(&word, s, i+1)
			if err != nil {
				return nil, err
			}
			i = end
		case c == '\\' && posix:
			if i+1 == len(s) {
				return nil, errors.New("a backslash stands at the end")
			}
			i++
			word.WriteByte(s[i])
		default:
			word.WriteByte(c)
		}
		inWord = true
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// doubleQuoted adds the text from s[i] to the closing double quote to word
// and returns the offset of that quote.
func doubleQuoted(word *strings.Builder, s string, i int) (int, error) {
	for ; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return i, nil
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte("$`\"\\", s[i+1]) >= 0:
			i++
		}
		word.WriteByte(s[i])
	}
	return 0, errors.New("a double quote is not closed")
}

// joinCommand joins words so that a POSIX shell splits them again.
func joinCommand(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		if w != "" && strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") == "" {
			b.WriteString(w)
			continue
		}
		b.WriteString("'" + strings.ReplaceAll(w, "'", `'\''`) + "'")
	}
	return b.String()
}
