// This file tests the integers against a table of hand-made encodings, and
// every reader against the writer.

package leb128

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

func TestUnsigned(t *testing.T) {
	tests := []struct {
		in   string
		bits int
		want uint64
		n    int
		err  error
	}{
		{"\x00", 32, 0, 1, nil},
		{"\x7f", 32, 127, 1, nil},
		{"\x80\x01", 32, 128, 2, nil},
		{"\x83\x00", 32, 3, 2, nil},
		{"\xe5\x8e\x26rest", 32, 624485, 3, nil},
		{"\xff\xff\xff\xff\x0f", 32, math.MaxUint32, 5, nil},
		{"\x82\x80\x80\x80\x00", 32, 2, 5, nil},
		{"\x82\x80\x80\x80\x10", 32, 0, 0, ErrTooLarge},
		{"\x82\x80\x80\x80\x40", 32, 0, 0, ErrTooLarge},
		{"\x82\x80\x80\x80\x80\x00", 32, 0, 0, ErrTooLong},
		{"\xff\xff\xff\xff\xff", 32, 0, 0, ErrTooLarge},
		{"", 32, 0, 0, ErrTruncated},
		{"\x80", 32, 0, 0, ErrTruncated},
		{"\x80\x80\x80\x80", 32, 0, 0, ErrTruncated},
		{"\x80\x80\x80\x80\x80", 32, 0, 0, ErrTooLong},

		{"\x05", 64, 5, 1, nil},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 64, math.MaxUint64, 10, nil},
		{"\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00", 64, 2, 10, nil},
		{"\x82\x80\x80\x80\x80\x80\x80\x80\x80\x02", 64, 0, 0, ErrTooLarge},
		{"\x82\x80\x80\x80\x80\x80\x80\x80\x80\x70", 64, 0, 0, ErrTooLarge},
		{"\x82\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 64, 0, 0, ErrTooLong},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80", 64, 0, 0, ErrTruncated},
	}
	for _, tt := range tests {
		var v uint64
		var n int
		var err error
		if tt.bits == 32 {
			var v32 uint32
			v32, n, err = Uint32([]byte(tt.in))
			v = uint64(v32)
		} else {
			v, n, err = Uint64([]byte(tt.in))
		}
		if v != tt.want || n != tt.n || err != tt.err {
			t.Errorf("u%d %x: got %d, %d, %v; want %d, %d, %v", tt.bits, tt.in, v, n, err, tt.want, tt.n, tt.err)
		}
	}
}

func TestSigned(t *testing.T) {
	tests := []struct {
		in   string
		bits int
		want int64
		n    int
		err  error
	}{
		{"\x00", 32, 0, 1, nil},
		{"\x3f", 32, 63, 1, nil},
		{"\x40", 32, -64, 1, nil},
		{"\x7f", 32, -1, 1, nil},
		{"\xfe\x7f", 32, -2, 2, nil},
		{"\xfe\xff\x7f", 32, -2, 3, nil},
		{"\x80\x01", 32, 128, 2, nil},
		{"\xc0\xbb\x78", 32, -123456, 3, nil},
		{"\xff\xff\xff\xff\x07", 32, math.MaxInt32, 5, nil},
		{"\x80\x80\x80\x80\x78", 32, math.MinInt32, 5, nil},
		{"\x80\x80\x80\x80\x70", 32, 0, 0, ErrTooLarge},
		{"\xff\xff\xff\xff\x0f", 32, 0, 0, ErrTooLarge},
		{"\x80\x80\x80\x80\x1f", 32, 0, 0, ErrTooLarge},
		{"\xff\xff\xff\xff\x4f", 32, 0, 0, ErrTooLarge},
		{"\x80\x80\x80\x80\x80\x00", 32, 0, 0, ErrTooLong},
		{"\xff\xff\xff\xff\xff\x7f", 32, 0, 0, ErrTooLong},
		{"\xff\xff", 32, 0, 0, ErrTruncated},
		{"", 32, 0, 0, ErrTruncated},

		{"\x40", 33, -64, 1, nil},
		{"\xff\xff\xff\xff\x0f", 33, math.MaxUint32, 5, nil},
		{"\x80\x80\x80\x80\x70", 33, -1 << 32, 5, nil},
		{"\xff\xff\xff\xff\x1f", 33, 0, 0, ErrTooLarge},
		{"\x80\x80\x80\x80\x60", 33, 0, 0, ErrTooLarge},
		{"\x80\x80\x80\x80\x80\x00", 33, 0, 0, ErrTooLong},
		{"", 33, 0, 0, ErrTruncated},

		{"\x7f", 64, -1, 1, nil},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 64, math.MaxInt64, 10, nil},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", 64, math.MinInt64, 10, nil},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7e", 64, 0, 0, ErrTooLarge},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 64, 0, 0, ErrTooLarge},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 64, 0, 0, ErrTooLong},
		{"\x80", 64, 0, 0, ErrTruncated},
	}
	for _, tt := range tests {
		v, n, err := readSigned(tt.bits, []byte(tt.in))
		if v != tt.want || n != tt.n || err != tt.err {
			t.Errorf("s%d %x: got %d, %d, %v; want %d, %d, %v", tt.bits, tt.in, v, n, err, tt.want, tt.n, tt.err)
		}
	}
}

func readSigned(bits int, b []byte) (int64, int, error) {
	switch bits {
	case 32:
		v, n, err := Int32(b)
		return int64(v), n, err
	case 33:
		return Int33(b)
	}
	return Int64(b)
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 100_000 {
		u := r.Uint64() >> (i % 64)
		b := AppendUint(nil, u)
		if v, n, err := Uint64(b); v != u || n != len(b) || n != UintLen(u) || err != nil {
			t.Fatalf("u64 %d: %x reads as %d, %d, %v", u, b, v, n, err)
		}
		if v, n, err := Uint32(b); u <= math.MaxUint32 != (err == nil && n == len(b) && uint64(v) == u) {
			t.Fatalf("u32 %d: %x reads as %d, %d, %v", u, b, v, n, err)
		}
		s := int64(r.Uint64()) >> (i % 64)
		b = AppendInt(nil, s)
		for _, bits := range []int{32, 33, 64} {
			fits := s>>(bits-1) == 0 || s>>(bits-1) == -1
			if v, n, err := readSigned(bits, b); fits != (err == nil && n == len(b) && v == s) {
				t.Fatalf("s%d %d: %x reads as %d, %d, %v", bits, s, b, v, n, err)
			}
		}
	}
}

func TestPadded(t *testing.T) {
	for _, tt := range []struct {
		v     uint64
		width int
		want  string
	}{
		{3, 0, "\x03"}, {3, 1, "\x03"}, {3, 2, "\x83\x00"}, {3, 5, "\x83\x80\x80\x80\x00"},
		{300, 1, "\xac\x02"}, {300, 3, "\xac\x82\x00"}, {math.MaxUint32, 5, "\xff\xff\xff\xff\x0f"},
	} {
		if got := AppendUintPadded(nil, tt.v, tt.width); string(got) != tt.want {
			t.Errorf("%d in %d bytes: got %x, want %x", tt.v, tt.width, got, tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "\x00", "\x80\x01", "\xff\xff\xff\xff\x0f", "\x80\x80\x80\x80\x78",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", "\x80\x80\x80"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(name string, n int, err error, again []byte, limit int) {
			if err != nil {
				if n != 0 {
					t.Fatalf("%s %x: length %d with error %v", name, b, n, err)
				}
				return
			}
			if n < 1 || n > limit || n > len(b) {
				t.Fatalf("%s %x: length %d", name, b, n)
			}
			if len(again) > n || len(again) == n && !bytes.Equal(again, b[:n]) {
				t.Fatalf("%s %x: written again as %x", name, b[:n], again)
			}
		}
		u32, n, err := Uint32(b)
		check("u32", n, err, AppendUint(nil, uint64(u32)), MaxLen32)
		u64, n, err := Uint64(b)
		check("u64", n, err, AppendUint(nil, u64), MaxLen64)
		s32, n, err := Int32(b)
		check("s32", n, err, AppendInt(nil, int64(s32)), MaxLen32)
		s33, n, err := Int33(b)
		check("s33", n, err, AppendInt(nil, s33), MaxLen33)
		s64, n, err := Int64(b)
		check("s64", n, err, AppendInt(nil, s64), MaxLen64)
	})
}

func BenchmarkUint32(b *testing.B) {
	in := []byte("\xe5\x8e\x26")
	b.ReportAllocs()
	for b.Loop() {
		Uint32(in)
	}
}
