package keyvalue

// This file is numbers as values.

import (
	"math"
	"strconv"
)

// ParseNumber reads the number that a value is: decimal digits, with "-" before
// them or not, from -2^63 to 2^63-1.
func ParseNumber(value []byte) (int64, error) {
	const most = 20 // digits and sign
	if len(value) <= most && len(value) > 0 && value[0] != '+' {
		if n, err := strconv.ParseInt(string(value), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, &Error{Text: "the value is not a decimal number of 64 bits"}
}

// FormatNumber is the value that a number is.
func FormatNumber(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// Add adds to a number.
func Add(n, delta int64) (int64, error) {
	if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
		return 0, &Error{Text: "the sum is not a number of 64 bits"}
	}
	return n + delta, nil
}
