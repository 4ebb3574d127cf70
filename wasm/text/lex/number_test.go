// This file tests the literals of numbers.

package lex

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestInt(t *testing.T) {
	tests := []struct {
		lit  string
		bits int
		want uint64
		err  error
	}{
		{"0", 32, 0, nil},
		{"-0", 32, 0, nil},
		{"+1", 32, 1, nil},
		{"4294967295", 32, math.MaxUint32, nil},
		{"4294967296", 32, 0, ErrRange},
		{"0xffff_ffff", 32, math.MaxUint32, nil},
		{"0x1_0000_0000", 32, 0, ErrRange},
		{"-1", 32, math.MaxUint32, nil},
		{"-0x80000000", 32, 0x80000000, nil},
		{"-0x80000001", 32, 0, ErrRange},
		{"+0x7fffffff", 32, 0x7fffffff, nil},
		{"+0x80000000", 32, 0, ErrRange},
		{"18446744073709551615", 64, math.MaxUint64, nil},
		{"18446744073709551616", 64, 0, ErrRange},
		{"-9223372036854775808", 64, 1 << 63, nil},
		{"-9223372036854775809", 64, 0, ErrRange},
		{"0x" + strings.Repeat("0", 99) + "1", 64, 1, nil},
		{strings.Repeat("9", 99), 64, 0, ErrRange},
		{"-1", 64, math.MaxUint64, nil},
		{"255", 8, 255, nil},
		{"-128", 8, 128, nil},
		{"256", 8, 0, ErrRange},
		{"-129", 8, 0, ErrRange},
		{"65535", 16, 65535, nil},
		{"-32769", 16, 0, ErrRange},
		{"1_000", 32, 1000, nil},
		{"", 32, 0, ErrLiteral},
		{"-", 32, 0, ErrLiteral},
		{"0x", 32, 0, ErrLiteral},
		{"_1", 32, 0, ErrLiteral},
		{"1_", 32, 0, ErrLiteral},
		{"1__0", 32, 0, ErrLiteral},
		{"0_x1", 32, 0, ErrLiteral},
		{"0x_1", 32, 0, ErrLiteral},
		{"0X1", 32, 0, ErrLiteral},
		{"1a", 32, 0, ErrLiteral},
		{"+-1", 32, 0, ErrLiteral},
		{"1.0", 32, 0, ErrLiteral},
	}
	for _, tt := range tests {
		if got, err := Int([]byte(tt.lit), tt.bits); got != tt.want || err != tt.err {
			t.Errorf("Int(%q, %d) = %#x, %v, want %#x, %v", tt.lit, tt.bits, got, err, tt.want, tt.err)
		}
	}
	if _, err := Uint([]byte("-1"), 32); err != ErrLiteral {
		t.Errorf("Uint of -1: %v", err)
	}
	if _, err := Uint([]byte("+1"), 32); err != ErrLiteral {
		t.Errorf("Uint of +1: %v", err)
	}
}

func TestFloat(t *testing.T) {
	const inf32, inf64 = 0x7f800000, 0x7ff0000000000000
	tests := []struct {
		lit    string
		want32 uint32
		err32  error
		want64 uint64
		err64  error
	}{
		{"0", 0, nil, 0, nil},
		{"-0.0", 1 << 31, nil, 1 << 63, nil},
		{"1", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"1.", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"1.e0", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"1E+0", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"0x1p0", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"0x1.P-0", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"0x10", 0x41800000, nil, 0x4030000000000000, nil},
		{"0x0.8", 0x3f000000, nil, 0x3fe0000000000000, nil},
		{"1_0.5_0e0_1", 0x42d20000, nil, 0x405a400000000000, nil},
		{"inf", inf32, nil, inf64, nil},
		{"-inf", 1<<31 | inf32, nil, 1<<63 | inf64, nil},
		{"nan", 0x7fc00000, nil, 0x7ff8000000000000, nil},
		{"-nan", 0xffc00000, nil, 0xfff8000000000000, nil},
		{"nan:0x1", 0x7f800001, nil, 0x7ff0000000000001, nil},
		{"nan:0x7f_ffff", 0x7fffffff, nil, 0x7ff00000007fffff, nil},
		{"nan:0x80_0000", 0, ErrRange, 0x7ff0000000800000, nil},
		{"nan:0xf_ffff_ffff_ffff", 0, ErrRange, 0x7fffffffffffffff, nil},
		{"nan:0x10_0000_0000_0000", 0, ErrRange, 0, ErrRange},
		{"nan:0x1_0000_0000_0000_0000_0000", 0, ErrRange, 0, ErrRange},
		{"nan:0x0", 0, ErrRange, 0, ErrRange},
		// The largest values, and what rounds to them and beyond.
		{"0x1.fffffep127", 0x7f7fffff, nil, 0x47efffffe0000000, nil},
		{"0x1.fffffefffffff8p127", 0x7f7fffff, nil, 0x47effffff0000000, nil},
		{"0x1.ffffffp127", 0, ErrRange, 0x47effffff0000000, nil},
		{"340282356779733661637539395458142568447", 0x7f7fffff, nil, 0x47effffff0000000, nil},
		{"340282356779733661637539395458142568448", 0, ErrRange, 0x47effffff0000000, nil},
		{"0x1.fffffffffffff7ffp1023", 0, ErrRange, 0x7fefffffffffffff, nil},
		{"0x1.fffffffffffff8p1023", 0, ErrRange, 0, ErrRange},
		{"1e999999999999999999999", 0, ErrRange, 0, ErrRange},
		// Ties go to even, and one bit far away breaks them.
		{"0x1.000001p0", 0x3f800000, nil, 0x3ff0000010000000, nil},
		{"0x1.000003p0", 0x3f800002, nil, 0x3ff0000030000000, nil},
		{"0x1.000001" + strings.Repeat("0", 999) + "1p0", 0x3f800001, nil, 0x3ff0000010000000, nil},
		{"0x1.00000000000008p0", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"0x1.00000000000008" + strings.Repeat("0", 999) + "1p0", 0x3f800000, nil, 0x3ff0000000000001, nil},
		// Subnormals.
		{"0x1p-149", 1, nil, 0x36a0000000000000, nil},
		{"0x1p-150", 0, nil, 0x3690000000000000, nil},
		{"0x1.8p-150", 1, nil, 0x3698000000000000, nil},
		{"0x1p-1074", 0, nil, 1, nil},
		{"0x1p-1075", 0, nil, 0, nil},
		{"4.9e-324", 0, nil, 1, nil},
		{"1e-999999999999999999999", 0, nil, 0, nil},
		// Exponents that only the digits make small.
		{"0x" + "0." + strings.Repeat("0", 5000) + "1p20004", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"1" + strings.Repeat("0", 20000) + "e-20000", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"0." + strings.Repeat("0", 200000) + "1e200001", 0x3f800000, nil, 0x3ff0000000000000, nil},
		{"", 0, ErrLiteral, 0, ErrLiteral},
		{".5", 0, ErrLiteral, 0, ErrLiteral},
		{"0x.5", 0, ErrLiteral, 0, ErrLiteral},
		{"1e", 0, ErrLiteral, 0, ErrLiteral},
		{"1e+", 0, ErrLiteral, 0, ErrLiteral},
		{"0x1p", 0, ErrLiteral, 0, ErrLiteral},
		{"0x1e+1", 0, ErrLiteral, 0, ErrLiteral},
		{"1_.0", 0, ErrLiteral, 0, ErrLiteral},
		{"1._0", 0, ErrLiteral, 0, ErrLiteral},
		{"1.0_", 0, ErrLiteral, 0, ErrLiteral},
		{"1e_1", 0, ErrLiteral, 0, ErrLiteral},
		{"1p1", 0, ErrLiteral, 0, ErrLiteral},
		{"0x1.8e1x", 0, ErrLiteral, 0, ErrLiteral},
		{"nan:1", 0, ErrLiteral, 0, ErrLiteral},
		{"nan:0x", 0, ErrLiteral, 0, ErrLiteral},
		{"nan:canonical", 0, ErrLiteral, 0, ErrLiteral},
		{"infinity", 0, ErrLiteral, 0, ErrLiteral},
		{"NaN", 0, ErrLiteral, 0, ErrLiteral},
	}
	for _, tt := range tests {
		if got, err := Float32([]byte(tt.lit)); got != tt.want32 || err != tt.err32 {
			t.Errorf("Float32(%.40q) = %#x, %v, want %#x, %v", tt.lit, got, err, tt.want32, tt.err32)
		}
		if got, err := Float64([]byte(tt.lit)); got != tt.want64 || err != tt.err64 {
			t.Errorf("Float64(%.40q) = %#x, %v, want %#x, %v", tt.lit, got, err, tt.want64, tt.err64)
		}
	}
}

func TestClassifyNumber(t *testing.T) {
	for lit, want := range map[string]NumberKind{
		"1": Nat, "0xf": Nat, "+1": SignedInt, "-0x1": SignedInt, "1.": Float, "1e1": Float, "0x1p1": Float,
		"nan": Float, "-inf": Float, "nan:0x1": Float, "0x": NotNumber, "nan:1": NotNumber, "1x": NotNumber,
		"nop": NotNumber, "": NotNumber, "0xe1": Nat,
	} {
		if got := ClassifyNumber([]byte(lit)); got != want {
			t.Errorf("%q: %d, want %d", lit, got, want)
		}
	}
}

// FuzzNumber compares integers and floats with those of math/big.
func FuzzNumber(f *testing.F) {
	for _, lit := range []string{"0", "-1", "0xffffffffffffffff", "1_0.5e-3", "0x1.8p-1074", "nan:0x1", "-inf", "1e38", "0x1.fffffep127", "123456789012345678901234567890e-20"} {
		f.Add(lit)
	}
	f.Fuzz(func(t *testing.T, lit string) {
		kind := ClassifyNumber([]byte(lit))
		i, intErr := Int([]byte(lit), 64)
		if (kind == Nat || kind == SignedInt) == (intErr == ErrLiteral) {
			t.Errorf("Int: %v of kind %d", intErr, kind)
		}
		f32, err32 := Float32([]byte(lit))
		f64, err64 := Float64([]byte(lit))
		if (kind == NotNumber) != errors.Is(err64, ErrLiteral) || (err32 == ErrLiteral) != (err64 == ErrLiteral) {
			t.Errorf("Float: %v, %v of kind %d", err32, err64, kind)
		}
		if kind == NotNumber || strings.ContainsAny(lit, "in") {
			return
		}
		// Rat takes long for large exponents.
		if e := strings.LastIndexAny(lit, "pP"); e >= 0 && len(lit)-e > 6 || len(lit) > 100 {
			return
		}
		if e := strings.LastIndexAny(lit, "eE"); !strings.Contains(lit, "x") && e >= 0 && len(lit)-e > 5 {
			return
		}
		r, ok := new(big.Rat).SetString(oracleForm(lit))
		if !ok {
			t.Fatalf("%q is no number for big.Rat", oracleForm(lit))
		}
		if kind != Float {
			want := oracleInt(r, lit[0] == '+')
			if (intErr == nil) != (want != nil) || want != nil && want.Uint64() != i {
				t.Errorf("Int(%q) = %#x, %v, want %v", lit, i, intErr, want)
			}
		}
		want32, _ := r.Float32()
		if got := math.Float32frombits(f32); math.IsInf(float64(want32), 0) != (err32 == ErrRange) || err32 == nil && got != want32 {
			t.Errorf("Float32(%q) = %g, %v, want %g", lit, got, err32, want32)
		}
		want64, _ := r.Float64()
		if got := math.Float64frombits(f64); math.IsInf(want64, 0) != (err64 == ErrRange) || err64 == nil && got != want64 {
			t.Errorf("Float64(%q) = %g, %v, want %g", lit, got, err64, want64)
		}
	})
}

// oracleForm is a literal in the form of big.Rat, which takes a leading 0 for
// an octal number.
func oracleForm(lit string) string {
	lit = strings.ReplaceAll(lit, "_", "")
	sign := ""
	if lit[0] == '-' || lit[0] == '+' {
		sign, lit = lit[:1], lit[1:]
	}
	if !strings.HasPrefix(lit, "0x") {
		if rest := strings.TrimLeft(lit, "0"); rest == "" || rest[0] == '.' || rest[0] == 'e' || rest[0] == 'E' {
			lit = "0" + rest
		} else {
			lit = rest
		}
	} else if !strings.ContainsAny(lit, "pP") && strings.Contains(lit, ".") {
		lit += "p0"
	}
	return sign + lit
}

// oracleInt is the two's complement of an integer that fits 64 bits, or 63 if
// it has a plus sign, and nil for one that does not.
func oracleInt(r *big.Rat, plus bool) *big.Int {
	v := new(big.Int).Set(r.Num())
	limit := new(big.Int).Lsh(big.NewInt(1), 64)
	if v.Sign() < 0 {
		if v.Cmp(big.NewInt(math.MinInt64)) < 0 {
			return nil
		}
		return v.Add(v, limit)
	}
	if v.Cmp(limit) >= 0 || plus && v.BitLen() > 63 {
		return nil
	}
	return v
}
