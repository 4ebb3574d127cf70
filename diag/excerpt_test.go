// This file tests excerpts.

package diag

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("a", 80) + "X" + strings.Repeat("ä", 80)
	tests := []struct {
		name, src string
		err       error
		want      string
	}{
		{"first line", "(modul)", &Error{At: LineCol(1, 1, 2), Msg: "bad"}, "1:2: bad\n(modul)\n ^"},
		{"path", "a\n\tb c\r\nd", &Error{Path: "x.wat", At: LineCol(5, 2, 4), Msg: "bad"}, "x.wat:2:4: bad\n\tb c\n\t  ^"},
		{"cause", "a", &Error{At: LineCol(0, 1, 1), Msg: "bad", Err: errors.New("why")}, "1:1: bad: why\na\n^"},
		{"end of source", "a\nb", &Error{At: LineCol(3, 2, 2), Msg: "bad"}, "2:2: bad\nb\n ^"},
		{"behind a line feed", "a\n", &Error{At: LineCol(2, 2, 1), Msg: "bad"}, "2:1: bad\n\n^"},
		{"runes", "äöü x", &Error{At: LineCol(7, 1, 8), Msg: "bad"}, "1:8: bad\näöü x\n    ^"},
		{"control", "a\x1b[2Jb\xffc", &Error{At: LineCol(6, 1, 7), Msg: "bad"}, "1:7: bad\na\ufffd[2Jb\ufffdc\n      ^"},
		{"no such line", "a", &Error{At: LineCol(9, 3, 1), Msg: "bad"}, "3:1: bad"},
		{"binary", "a", &Error{At: Offset(9), Msg: "bad"}, "offset 0x9: bad"},
		{"other error", "a", errors.New("bad"), "bad"},
		{"column beyond the line", "ab\nc", &Error{At: LineCol(9, 1, 99), Msg: "bad"}, "1:99: bad\nab\n  ^"},
		{"long", long, &Error{At: LineCol(80, 1, 81), Msg: "bad"}, "1:81: bad\n..." + strings.Repeat("a", 50) + "X" +
			strings.Repeat("ä", 25) + "...\n" + strings.Repeat(" ", 53) + "^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Excerpt([]byte(tt.src), tt.err); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add([]byte("(modul\t\xff\n)"), 1, 3)
	f.Add([]byte(strings.Repeat("ä\x80", 200)), 1, 300)
	f.Fuzz(func(t *testing.T, src []byte, line, col int) {
		out := Excerpt(src, &Error{At: Pos{Line: line, Col: col, Valid: true}, Msg: "m"})
		if !utf8.ValidString(out) || len(out) > 2000 {
			t.Errorf("%q", out)
		}
	})
}
