package abi

// This file is which of the host's values can be lowered. They are checked
// before anything is stored, so that a mistake in Go costs no instance.

import (
	"strconv"
	"unicode/utf8"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
)

// CodeValue is the code of errors about values of the host that cannot be
// lowered.
const CodeValue diag.Code = "abi/value"

func badValue(format string, args ...any) error {
	return diag.Errorf(CodeValue, diag.Pos{}, format, args...)
}

// check checks that v is a value of type t, whichever resource types it names,
// and that it can be lowered.
func check(v value.Value, t *Type) error {
	if v.Type() == nil || !v.Type().SameShape(t.Type) {
		return badValue("the value must be of type `%s`, not `%s`", t.Short(), v.Type().Short())
	}
	return checkContent(v, t)
}

// named says which field of a tuple an error of check is about.
func named(t *Type, i int, err error) error {
	if e, ok := err.(*diag.Error); ok {
		if i < len(t.parts) {
			e.Msg = t.parts[i] + ": " + e.Msg
		} else {
			e.Msg = "value " + strconv.Itoa(i) + ": " + e.Msg
		}
	}
	return err
}

// checkContent checks strings, chars and the sizes of lists.
func checkContent(v value.Value, t *Type) error {
	if !t.checked {
		return nil
	}
	switch t.Kind {
	case value.KindChar:
		if c := uint32(v.Char()); !validChar(c) {
			return badValue("a char must be a Unicode scalar value, not %#x", c)
		}
	case value.KindString:
		switch s := v.Text(); {
		case len(s) > MaxStringByteLength:
			return badValue("a string of %d bytes: at most %d are allowed", len(s), MaxStringByteLength)
		case !utf8.ValidString(s):
			return badValue("a string must be UTF-8, and %q is not", s[:min(len(s), 40)])
		}
	case value.KindList, value.KindMap:
		return checkList(v, t)
	case value.KindRecord, value.KindTuple:
		for i, f := range v.Elems() {
			if err := checkContent(f, t.Fields[i]); err != nil {
				return err
			}
		}
	case value.KindVariant, value.KindOption, value.KindResult:
		if p, ok := v.Payload(); ok {
			return checkContent(p, t.Cases[v.Case()])
		}
	}
	return nil
}

func checkList(v value.Value, t *Type) error {
	size := t.Elem.ElemSize(Width32)
	if blockSize(uint64(v.Len()), size) > MaxListByteLength {
		return badValue("a list of %d elements of %d bytes: at most %d bytes are allowed", v.Len(), size, MaxListByteLength)
	}
	if !t.Elem.checked {
		return nil
	}
	for _, e := range v.Entries() {
		if err := checkContent(e.Key, t.Elem.Fields[0]); err != nil {
			return err
		}
		if err := checkContent(e.Value, t.Elem.Fields[1]); err != nil {
			return err
		}
	}
	if t.Kind == value.KindMap {
		return nil
	}
	for _, e := range v.Elems() {
		if err := checkContent(e, t.Elem); err != nil {
			return err
		}
	}
	return nil
}
