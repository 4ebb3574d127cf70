package keyvalue_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/dray-wasm/dray/wasi/keyvalue"
)

// FuzzNumber reads numbers as package big does, and adds to them.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"", "0", "-0", "+1", "-1", "007", "1_000", "0x10", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "00000000000000000001", "000000000000000000001", " 1", "1 ", "\u0661"} {
		f.Add([]byte(seed), int64(math.MaxInt64))
		f.Add([]byte(seed), int64(math.MinInt64))
	}
	f.Fuzz(func(t *testing.T, value []byte, delta int64) {
		n, err := keyvalue.ParseNumber(value)
		digits := len(value) > 0 && len(value) <= 20
		for i, c := range value {
			digits = digits && (c >= '0' && c <= '9' || c == '-' && i == 0 && len(value) > 1)
		}
		want, ok := new(big.Int).SetString(string(value), 10)
		if ok = ok && digits && want.IsInt64(); ok != (err == nil) || ok && want.Int64() != n {
			t.Fatalf("ParseNumber(%q) = %d, %v; want %v, %v", value, n, err, want, ok)
		}
		if !ok {
			return
		}
		sum, err := keyvalue.Add(n, delta)
		want.Add(want, big.NewInt(delta))
		if want.IsInt64() != (err == nil) || err == nil && want.Int64() != sum {
			t.Fatalf("Add(%d, %d) = %d, %v; want %v", n, delta, sum, err, want)
		}
		if err == nil && string(keyvalue.FormatNumber(sum)) != want.String() {
			t.Fatalf("FormatNumber(%d) = %q", sum, keyvalue.FormatNumber(sum))
		}
	})
}
