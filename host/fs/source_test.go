package fs

import (
	"fmt"
	"strings"
)

// This file makes operations for a world from bytes, which a fuzzer or a random
// source gives.

var (
	fuzzNames = []string{
		"a", "b", "c", "a/b", "a/c", "b/a", "a/b/c", "b/c/a", ".", "..", "a/..", "b/.",
		"a/", "b/", "a/b/", "a/../b", "a/../..", "c/../a/b", "b/../../a", "c/", "a//b", "./c",
	}
	fuzzTargets = []string{"a", "b", "c", "a/b", "..", "../b", "../../c", "a/", ".", "b/..", "./c/.", "nothing"}
	fuzzFlags   = []string{"r", "w", "rw", "rc", "wc", "wct", "wcx", "rf", "wf", "rcf", "wcf", "wctf", "rd", "rdf", "-", "cx", "t", "tf"}
	fuzzHandles = []string{"h", "k"}
	fuzzTexts   = []string{"", "x", "hello", strings.Repeat("long", 1500)}
	fuzzOffsets = []string{"0", "1", "4", "4095", "4096", "10000"}
)

// A source hands out choices from the fuzzer's bytes.
type source struct{ data []byte }

func (s *source) next(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

func (s *source) of(list []string) string { return list[s.next(len(list))] }

// name is a name, at times relative to a handle.
func (s *source) name() string {
	if n := s.next(8); n < len(fuzzHandles) {
		return fuzzHandles[n] + ":" + s.of(fuzzNames)
	}
	return s.of(fuzzNames)
}

// line makes one operation.
func (s *source) line() string {
	switch s.next(19) {
	case 0, 1:
		return "mkdir " + s.name()
	case 2:
		return "rmdir " + s.name()
	case 3:
		return "unlink " + s.name()
	case 4, 5:
		return "symlink " + s.of(fuzzTargets) + " " + s.name()
	case 6, 7:
		return "rename " + s.name() + " " + s.name()
	case 8:
		return "link " + s.name() + " " + s.name()
	case 9:
		return "linkf " + s.name() + " " + s.name()
	case 10:
		return "open " + s.name() + " " + s.of(fuzzFlags) + " " + s.of(fuzzHandles)
	case 11:
		return "open " + s.name() + " " + s.of(fuzzFlags)
	case 12:
		return fmt.Sprintf("write %s %q", s.name(), s.of(fuzzTexts))
	case 13:
		return "stat " + s.name()
	case 14:
		return "lstat " + s.name()
	case 15:
		return "readlink " + s.name()
	case 16:
		return fmt.Sprintf("pwrite %s %s %q", s.of(fuzzHandles), s.of(fuzzOffsets), s.of(fuzzTexts))
	case 17:
		return fmt.Sprintf("append %s %q", s.of(fuzzHandles), s.of(fuzzTexts))
	default:
		return "truncate " + s.of(fuzzHandles) + " " + s.of(fuzzOffsets)
	}
}
