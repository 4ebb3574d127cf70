package debuginfo

// This file tests how source positions are written.

import (
	"strings"
	"testing"
)

func TestPlace(t *testing.T) {
	hash := strings.Repeat("0123456789", 4)
	for _, tt := range []struct {
		line Line
		want string
	}{
		{Line{File: "/rustc/" + hash + "/library/core/src/panicking.rs", Line: 75, Col: 14}, "/rustc/.../library/core/src/panicking.rs:75:14"},
		{Line{File: "/rustc/" + hash}, "/rustc/" + hash},
		{Line{File: "/rustc/1.97.1/library/a.rs", Line: 1}, "/rustc/1.97.1/library/a.rs:1"},
		{Line{File: "/home/me/src/trap.rs", Line: 12, Col: 5}, "/home/me/src/trap.rs:12:5"},
		{Line{File: `C:\src\trap.rs`, Line: 12}, `C:\src\trap.rs:12`},
		{Line{File: "a\tb\xff", Col: 3}, `a\tb\xff`},
		{Line{File: strings.Repeat("é", maxText+1)}, strings.Repeat("é", maxText) + "..."},
		{Line{File: strings.Repeat("x", maxText)}, strings.Repeat("x", maxText)},
	} {
		if got := tt.line.place(); got != tt.want {
			t.Errorf("place of %+v = %q, want %q", tt.line, got, tt.want)
		}
	}
}
