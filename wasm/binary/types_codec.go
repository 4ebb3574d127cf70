// This file reads and writes single types outside of a module, for formats
// that embed them: components have core types, value types and module types of
// their own.

package binary

import (
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary/values"
)

// DecodeValType reads a value type at the start of data; packed types are
// malformed. n is the number of bytes that it takes. base is the offset of
// data[0] in the file, for errors.
func DecodeValType(data []byte, base int64) (t wasm.ValType, n int, err error) {
	r := newReader(data, base)
	t = r.valType()
	return t, r.Pos, r.Err
}

// DecodeRecType reads an entry of a type section at the start of data: one sub
// type, or a recursion group, for which rec is true. n and base are as in
// [DecodeValType].
func DecodeRecType(data []byte, base int64) (types []wasm.SubType, rec bool, n int, err error) {
	r := newReader(data, base)
	if c, ok := r.Peek(); !ok || c != 0x4e {
		t := r.subType()
		return []wasm.SubType{t}, false, r.Pos, r.Err
	}
	r.Pos++
	count := r.Count("number of types in a recursion group", MaxTypes)
	types = make([]wasm.SubType, 0, r.Room(count, 2))
	for i := 0; i < count && r.Err == nil; i++ {
		types = append(types, r.subType())
	}
	return types, true, r.Pos, r.Err
}

// DecodeExternType reads the type of an import at the start of data. n and
// base are as in [DecodeValType].
func DecodeExternType(data []byte, base int64) (t wasm.ExternType, n int, err error) {
	r := newReader(data, base)
	t = r.externType()
	return t, r.Pos, r.Err
}

// AppendValType appends a value type in its shortest form.
func AppendValType(dst []byte, t wasm.ValType) ([]byte, error) {
	out, ok := appendValType(dst, t)
	if !ok || t.IsPacked() {
		return dst, noEncoding("value type " + t.String())
	}
	return out, nil
}

// AppendRecType appends an entry of a type section: types as a recursion group
// when rec is set, otherwise the one type that there must be.
func AppendRecType(dst []byte, types []wasm.SubType, rec bool) ([]byte, error) {
	e := encoder{Writer: values.NewWriter(dst, &format)}
	switch {
	case rec:
		e.Byte(0x4e)
		e.Len(len(types))
	case len(types) != 1:
		return dst, noEncoding("several types, or none, without a recursion group")
	}
	for i := range types {
		e.subType(&types[i])
	}
	return e.Buf, e.Err
}

// AppendExternType appends the type of an import.
func AppendExternType(dst []byte, t wasm.ExternType) ([]byte, error) {
	e := encoder{Writer: values.NewWriter(dst, &format)}
	if !e.externType(&t) {
		return dst, noEncoding("import kind of " + t.String())
	}
	return e.Buf, e.Err
}

func noEncoding(what string) error {
	return &diag.Error{Code: CodeEncode, Msg: "cannot encode a type: there is no encoding of the " + what}
}
