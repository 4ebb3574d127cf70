// This file reads what all parts of components consist of: flags, value types,
// and the core types that components embed.

package binary

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/valtype"
	"github.com/dray-wasm/dray/wasm"
	core "github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/binary/values"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// format is how errors of this package look.
var format = values.Format{
	Truncated:  CodeTruncated,
	Integer:    CodeInteger,
	UTF8:       CodeUTF8,
	Limit:      CodeLimit,
	Encode:     CodeEncode,
	End:        "unexpected end-of-file",
	LongLength: "unexpected end-of-file: ",
	LongName:   "unexpected end-of-file: the length of ",
	Subject:    "component",
}

// A reader reads what components consist of.
type reader struct{ values.Reader }

// newReader makes a reader of data, whose first byte is at offset base of the
// file.
func newReader(data []byte, base int64) reader {
	return reader{values.NewReader(data, base, &format)}
}

// failByte records that the byte that was read last cannot start what.
func (r *reader) failByte(c byte, what, expected string) {
	r.FailAt(r.Pos-1, CodeByte, "invalid leading byte (%#x) for %s: expected %s", c, what, expected)
}

// flag reads a byte that is 0 or 1.
func (r *reader) flag(what string) bool {
	c := r.Byte(what)
	if c > 1 {
		r.FailAt(r.Pos-1, CodeByte, "invalid boolean value %#x: %s is 0x0 or 0x1", c, what)
	}
	return c == 1
}

// present reads the byte in front of something optional.
func (r *reader) present(what string) bool {
	c := r.Byte(what)
	if c > 1 {
		r.failByte(c, "optional "+what, "0x0 for none or 0x1")
	}
	return c == 1
}

// valType reads a component value type.
func (r *reader) valType() component.ValType {
	c, ok := r.Peek()
	if !ok {
		r.Byte("a value type")
		return 0
	}
	if p := valtype.Prim(c); p.Valid() {
		r.Pos++
		return component.Prim(p)
	}
	x, n, err := leb128.Int33(r.Data[r.Pos:])
	switch {
	case err != nil:
		r.FailInt(err, "type index")
		return 0
	case x < 0:
		r.FailAt(r.Pos, CodeByte, "invalid leading byte (%#x) for component value type: expected a primitive type or a type index", c)
		return 0
	}
	r.Pos += n
	return component.Index(uint32(x))
}

// optValType reads a value type that may be absent.
func (r *reader) optValType(what string) component.ValType {
	if r.present(what) {
		return r.valType()
	}
	return 0
}

// coreValType reads a core value type.
func (r *reader) coreValType() wasm.ValType {
	if r.Err != nil {
		return 0
	}
	t, n, err := core.DecodeValType(r.Data[r.Pos:], r.Offset())
	r.Pos += n
	r.coreFail(err)
	return t
}

// coreExternType reads the type of a core import.
func (r *reader) coreExternType() wasm.ExternType {
	if r.Err != nil {
		return wasm.ExternType{}
	}
	t, n, err := core.DecodeExternType(r.Data[r.Pos:], r.Offset())
	r.Pos += n
	r.coreFail(err)
	return t
}

// coreFail records an error of wasm/binary.
func (r *reader) coreFail(err error) {
	if err != nil && r.Err == nil {
		r.Err = coreError(err, 0)
	}
}
