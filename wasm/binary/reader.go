// This file adapts the readers and writers of primitives (Binary Format,
// section "Values") to core modules.

package binary

import "github.com/dray-wasm/dray/wasm/binary/values"

// format is how errors of this package look.
var format = values.Format{
	Truncated:  CodeTruncated,
	Integer:    CodeInteger,
	UTF8:       CodeUTF8,
	Limit:      CodeLimit,
	Encode:     CodeEncode,
	End:        "unexpected end of section or function",
	LongLength: "unexpected end of section or function: length out of bounds: ",
	LongName:   "unexpected end of section or function: length out of bounds: ",
	Subject:    "module",
}

// A reader reads what modules consist of.
type reader struct{ values.Reader }

// newReader makes a reader of data, whose first byte is at offset base of the
// file.
func newReader(data []byte, base int64) reader {
	return reader{values.NewReader(data, base, &format)}
}
