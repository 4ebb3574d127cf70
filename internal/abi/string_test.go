package abi

// This file tests strings. testdata/strings.json is written by
// testdata/strings.py from what definitions.py does.

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

type stringCase struct {
	Src, Dst, SW, DW, S, Bytes, N string
	Calls                         [][4]uint64
	Ptr                           uint64
	Units, Stored                 string
}

var (
	adEncodings = map[string]Encoding{"utf8": UTF8, "utf16": UTF16, "latin1+utf16": Latin1UTF16}
	adWidths    = map[string]Width{"i32": Width32, "i64": Width64}
)

func adNumber(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every string goes the way it goes in definitions.py, with the same calls of
// realloc, and comes back from there as the same Go string.
func TestStringsLikeDefinitions(t *testing.T) {
	data, err := os.ReadFile("testdata/strings.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []stringCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 400 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		for _, move := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s-%s/%s-%s/%+q/%v", c.Src, c.Dst, c.SW, c.DW, c.S, move), func(t *testing.T) {
				testStringCase(t, c, move)
			})
		}
	}
}

func testStringCase(t *testing.T, c stringCase, move bool) {
	from, _ := adContext(4096, adEncodings[c.Src], adWidths[c.SW])
	to, h := adContext(4096, adEncodings[c.Dst], adWidths[c.DW])
	h.keep, h.mem.move = true, move
	b, err := hex.DecodeString(c.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	copy(from.Memory.Bytes()[16:], b)
	s, err := loadStringFromRange(from, 16, adNumber(t, c.N))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.String(); got != c.S {
		t.Errorf("lifted %q, want %q", got, c.S)
	}
	ptr, units, err := storeStringIntoRange(to, s)
	if err != nil {
		t.Fatal(err)
	}
	if want := adNumber(t, c.Units); ptr != c.Ptr || units != want {
		t.Errorf("stored at %d, length %#x, want %d, %#x", ptr, units, c.Ptr, want)
	}
	if !reflect.DeepEqual(h.calls, c.Calls) {
		t.Errorf("calls of realloc %v, want %v", h.calls, c.Calls)
	}
	if got := hex.EncodeToString(to.Memory.Bytes()[ptr:][:len(c.Stored)/2]); got != c.Stored {
		t.Errorf("stored %s, want %s", got, c.Stored)
	}
	if got, err := LoadString(to, ptr, units); err != nil || got != c.S {
		t.Errorf("LoadString: %q, %v, want %q", got, err, c.S)
	}
	if used := DefaultBudget - to.Budget; used != int64(len(c.S)) {
		t.Errorf("LoadString spent %d bytes for %d", used, len(c.S))
	}
	if c.Src != "utf8" {
		return
	}
	to, h = adContext(4096, to.Encoding, to.Width)
	h.keep = true
	if ptr, n, err := StoreString(to, c.S); err != nil || ptr != c.Ptr || n != units || !reflect.DeepEqual(h.calls, c.Calls) {
		t.Errorf("StoreString: %d, %d, %v with calls %v", ptr, n, err, h.calls)
	}
}

func TestStringTraps(t *testing.T) {
	const size = 1 << 16
	tests := []struct {
		name  string
		enc   Encoding
		w     Width
		bytes string // at address 16
		ptr   uint64
		n     uint64
		want  string // empty for none
	}{
		{"empty at 0", UTF8, Width32, "", 0, 0, ""},
		{"empty at the end", UTF8, Width32, "", size, 0, ""},
		{"empty beyond", UTF8, Width32, "", size + 1, 0, stringBounds + ": 0 bytes at 0x10001, but the memory has 65536"},
		{"far beyond", UTF8, Width32, "", 0xdeadbeef, 0, stringBounds},
		{"one byte beyond", UTF8, Width32, "", size - 1, 2, stringBounds},
		{"64 bits", UTF8, Width64, "", 16, 1<<64 - 1, stringBounds},
		{"64 bits around", UTF8, Width64, "", 1<<64 - 16, 17, stringBounds},
		{"units around", UTF16, Width64, "", 16, 1 << 63, stringBounds},
		{"units around with tag", Latin1UTF16, Width64, "", 16, 1<<64 - 1, stringBounds},
		{"lone start", UTF8, Width32, "a\xc3", 16, 2, "incomplete utf-8 byte sequence: the string ends 0 bytes after byte 0xc3 at index 1"},
		{"bad byte", UTF8, Width32, "\xff", 16, 1, "invalid utf-8: no character starts with byte 0xff at index 0"},
		{"surrogate", UTF8, Width32, "abcdefghijk\xed\xa0\x80", 16, 14, "invalid utf-8"},
		{"overlong", UTF8, Width32, "\xc0\x80", 16, 2, "invalid utf-8"},
		{"too high", UTF8, Width32, "\xf4\x90\x80\x80", 16, 4, "invalid utf-8"},
		{"unaligned", UTF16, Width32, "", 17, 0, "unaligned pointer: string at 0x11, which is not a multiple of 2"},
		{"unaligned dynamic", Latin1UTF16, Width32, "", 17, 0, "unaligned pointer"},
		{"unaligned dynamic 16", Latin1UTF16, Width32, "", 17, 1 << 31, "unaligned pointer"},
		{"high alone", UTF16, Width32, "\x3c\xd8", 16, 1, "invalid utf-16: unpaired surrogate 0xd83c at code unit 0"},
		{"low alone", UTF16, Width32, "a\x00b\x00c\x00d\x00\x00\xdc", 16, 5, "invalid utf-16: unpaired surrogate 0xdc00 at code unit 4"},
		{"high before a letter", UTF16, Width32, "a\x00\x3c\xd8b\x00d\x00", 16, 4, "unpaired surrogate 0xd83c at code unit 1"},
		{"high high low", UTF16, Width32, "\x3c\xd8\x3c\xd8\x70\xdf", 16, 3, "unpaired surrogate 0xd83c at code unit 0"},
		{"low in dynamic", Latin1UTF16, Width32, "\x00\xdc", 16, 1<<31 | 1, "unpaired surrogate"},
		{"pair over words", UTF16, Width32, "a\x00b\x00c\x00\x3c\xd8\x70\xdfa\x00b\x00c\x00", 16, 8, ""},
		{"every byte is Latin-1", Latin1UTF16, Width32, "\xff\xd8\x00\x80", 16, 4, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cx, _ := adContext(size, tt.enc, tt.w)
			copy(cx.Memory.Bytes()[16:], tt.bytes)
			_, err := loadStringFromRange(cx, tt.ptr, tt.n)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestStringLimits(t *testing.T) {
	cx, _ := adContext(1<<28+16, UTF8, Width32)
	if _, err := loadStringFromRange(cx, 0, MaxStringByteLength); err != nil {
		t.Error(err)
	}
	if _, err := loadStringFromRange(cx, 0, MaxStringByteLength+1); err == nil {
		t.Error("no error for a string that is too long")
	}
	if _, err := LoadString(cx, 0, DefaultBudget+1); err == nil || !strings.Contains(err.Error(), "bytes of the host's memory") {
		t.Errorf("error %v for a string beyond the budget", err)
	}
	for _, s := range []string{"a\xff", "\xed\xa0\x80"} {
		for _, enc := range adEncodings {
			cx, _ := adContext(128, enc, Width32)
			if _, _, err := storeStringIntoRange(cx, textOf(s)); err == nil || !strings.Contains(err.Error(), "utf-8") {
				t.Errorf("error %v for the string %q of the host", err, s)
			}
		}
	}
	cx, _ = adContext(128, UTF8, Width32)
	cx.Realloc = nil
	if _, _, err := StoreString(cx, "x"); err == nil || !strings.Contains(err.Error(), "realloc") {
		t.Errorf("error %v without realloc", err)
	}
}

// adString is a random string that has something of everything.
func adString(r *rand.Rand) string {
	var b strings.Builder
	limits := []int{0x80, 0x80, 0x100, 0x800, 0x10000, 0x110000}
	top := limits[r.Intn(len(limits))]
	for range r.Intn(40) {
		n := top
		if r.Intn(3) > 0 {
			n = 0x80
		}
		c := rune(r.Intn(n))
		if !utf8.ValidRune(c) {
			c = 'x'
		}
		b.WriteRune(c)
	}
	return b.String()
}

func TestStringRoundTrips(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 3000 {
		s := adString(r)
		for _, a := range adEncodings {
			for _, b := range adEncodings {
				x, _ := adContext(1024, a, Width32)
				y, _ := adContext(1024, b, Width64)
				ptr, n, err := StoreString(x, s)
				if err != nil {
					t.Fatal(err)
				}
				text, err := loadStringFromRange(x, ptr, n)
				if err != nil {
					t.Fatal(err)
				}
				if ptr, n, err = storeStringIntoRange(y, text); err != nil {
					t.Fatal(err)
				}
				if got, err := LoadString(y, ptr, n); err != nil || got != s {
					t.Fatalf("%q came back as %q, %v by %d and %d", s, got, err, a, b)
				}
			}
		}
	}
}

// Any bytes are either refused or what the standard library makes of them, and
// nothing panics where memory changes after it was checked.
func FuzzString(f *testing.F) {
	f.Add([]byte("a\xc3\xb6\xe2\x98\x83\xf0\x9f\x8d\xb0"), uint8(0))
	f.Add([]byte("h\x00\xf6\x00\x03\x26\x3c\xd8\x70\xdf"), uint8(7))
	f.Add([]byte("plain \xe9"), uint8(5))
	f.Fuzz(func(t *testing.T, data []byte, how uint8) {
		if len(data) > 1000 {
			return
		}
		from, _ := adContext(16+len(data), Encoding(how%3), Width32)
		copy(from.Memory.Bytes()[16:], data)
		n := uint64(len(data))
		var want string
		ok := true
		switch {
		case from.Encoding == UTF8:
			want, ok = string(data), utf8.Valid(data)
		case from.Encoding == Latin1UTF16 && how&0x80 == 0:
			for _, c := range data {
				want += string(rune(c))
			}
		default:
			units := make([]uint16, n/2)
			for i := range units {
				units[i] = le.Uint16(data[2*i:])
			}
			want = string(utf16.Decode(units))
			ok = strings.Count(want, "\ufffd") == countUnit(units, 0xfffd)
			n /= 2
			if from.Encoding == Latin1UTF16 {
				n |= 1 << 31
			}
		}
		s, err := loadStringFromRange(from, 16, n)
		if (err == nil) != ok {
			t.Fatalf("error %v for %q", err, data)
		}
		if err != nil {
			return
		}
		if got := s.String(); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		to, h := adContext(8*len(data)+256, Encoding(how/3%3), Width64)
		ptr, units, err := storeStringIntoRange(to, s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := LoadString(to, ptr, units); err != nil || got != want {
			t.Fatalf("stored %q, %v, want %q", got, err, want)
		}
		h.next = 64
		to.Realloc = adSpoiler{h, from.Memory.Bytes()}
		_, _, _ = storeStringIntoRange(to, s)
	})
}

func countUnit(units []uint16, u uint16) (n int) {
	for _, x := range units {
		if x == u {
			n++
		}
	}
	return n
}

// An adSpoiler is a realloc that changes a memory that was checked.
type adSpoiler struct {
	*adHeap
	b []byte
}

func (s adSpoiler) Call(ctx context.Context, stack []uint64) error {
	for i := range s.b {
		s.b[i] = ^s.b[i]*3 + byte(i)
	}
	return s.adHeap.Call(ctx, stack)
}

// TestASCIIPrefix puts a byte that is not ASCII at every place.
func TestASCIIPrefix(t *testing.T) {
	b := bytes.Repeat([]byte("ascii, "), 100)
	for off := range 40 {
		b := b[off:]
		if n := asciiPrefix(b); n != len(b) {
			t.Fatalf("%d of %d bytes", n, len(b))
		}
		for i := range b {
			b[i] |= 0x80
			if n := asciiPrefix(b); n != i {
				t.Fatalf("offset %d: %d, want %d", off, n, i)
			}
			b[i] &^= 0x80
		}
	}
}
