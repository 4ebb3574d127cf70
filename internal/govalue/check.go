package govalue

// This file is which Go values can be lowered. They are checked before anything
// is stored, so that a mistake in Go costs no instance.

import (
	"reflect"
	"strconv"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

// badValue is the error for a value that cannot be lowered. Its text begins
// where the place in the parameter or result is put before it.
func badValue(format string, args ...any) error {
	return diag.Errorf(abi.CodeValue, diag.Pos{}, ": "+format, args...)
}

// inPart puts a place before the text of an error of check.
func inPart(err error, part string) error {
	if e, ok := err.(*diag.Error); ok {
		e.Msg = part + e.Msg
	}
	return err
}

// asBad is an error of abi as one of badValue.
func asBad(err error) error { return inPart(err, ": ") }

// check checks that a value can be lowered.
func (c *codec) check(v reflect.Value) error {
	if !c.checked {
		return nil
	}
	switch c.op {
	case opChar:
		return asBad(abi.CheckChar(rune(v.Int())))
	case opString:
		return asBad(abi.CheckString(v.String()))
	case opBytes, opNumbers, opList, opArray:
		return c.checkList(v)
	case opStruct:
		for i := range c.fields {
			f := &c.fields[i]
			if err := f.codec.check(v.Field(f.index)); err != nil {
				return inPart(err, "."+c.t.Type.Fields[i].Name)
			}
		}
	case opOption:
		if !v.IsNil() {
			return c.elem.check(v.Elem())
		}
	case opVariant:
		return c.checkVariant(v)
	case opEnumUint, opEnumInt, opEnumString:
		_, err := c.caseOf(v)
		return err
	case opFlagsUint:
		if x := v.Uint() &^ c.labelBits(); x != 0 {
			return badValue("bits %#x are set, but there are %d flags", x, len(c.t.Labels))
		}
	case opMap:
		return c.checkMap(v)
	case opHandle:
		if nilable(v.Kind()) && v.IsNil() {
			return badValue("%s must not be nil", c.handleName())
		}
	case opEnd, opReader:
		return c.checkEnd(v)
	case opValue:
		return checkValue(valueOf(v), c.t)
	}
	return nil
}

func nilable(k reflect.Kind) bool {
	switch k {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return true
	}
	return false
}

// valueOf is the value.Value that v holds.
func valueOf(v reflect.Value) value.Value {
	if v.CanAddr() {
		return *v.Addr().Interface().(*value.Value)
	}
	return v.Interface().(value.Value)
}

func (c *codec) checkList(v reflect.Value) error {
	n := v.Len()
	switch {
	case c.t.Fixed && uint64(n) != uint64(c.t.Len):
		return badValue("a list of %d elements: there must be %d", n, c.t.Len)
	case !abi.FitsList(n, c.t.Elem, abi.Width32):
		return tooLong(n, c.t.Elem, abi.Width32)
	case !c.elem.checked:
		return nil
	}
	for i := range n {
		if err := c.elem.check(v.Index(i)); err != nil {
			return inPart(err, "["+strconv.Itoa(i)+"]")
		}
	}
	return nil
}

func tooLong(n int, elem *abi.Type, w abi.Width) error {
	return badValue("a list of %d elements of %d bytes: at most %d bytes are allowed", n, elem.ElemSize(w), abi.MaxListByteLength)
}

func (c *codec) checkMap(v reflect.Value) error {
	if !abi.FitsList(v.Len(), c.t.Elem, abi.Width32) {
		return tooLong(v.Len(), c.t.Elem, abi.Width32)
	}
	if !c.key.checked && !c.elem.checked {
		return nil
	}
	for it := v.MapRange(); it.Next(); {
		if err := c.key.check(it.Key()); err != nil {
			return inPart(err, " key")
		}
		if err := c.elem.check(it.Value()); err != nil {
			return inPart(err, " value")
		}
	}
	return nil
}

func (c *codec) checkVariant(v reflect.Value) error {
	set := -1
	for i := range c.fields {
		if c.field(v, i).IsNil() {
			continue
		}
		if set >= 0 {
			return badValue("the fields for the cases %s and %s are both set in %s", c.caseName(set), c.caseName(i), goName(c.rt))
		}
		set = i
	}
	if set < 0 {
		return badValue("no field is set in %s: one must be, for the case that is meant", goName(c.rt))
	}
	if f := &c.fields[set]; f.codec != nil {
		if err := f.codec.check(v.Field(f.index).Elem()); err != nil {
			return inPart(err, "."+c.t.Type.Cases[set].Name)
		}
	}
	return nil
}

func (c *codec) caseName(i int) string { return quote(c.t.Type.Cases[i].Name) }

// caseOf is the case that a Go value stands for.
func (c *codec) caseOf(v reflect.Value) (int, error) {
	n := len(c.t.Cases)
	switch c.op {
	case opEnumUint:
		if x := v.Uint(); x >= uint64(n) {
			return 0, badValue("%d is no case: there are %d", x, n)
		}
		return int(v.Uint()), nil
	case opEnumInt:
		if x := v.Int(); x < 0 || x >= int64(n) {
			return 0, badValue("%d is no case: there are %d", x, n)
		}
		return int(v.Int()), nil
	case opEnumString:
		i, ok := c.labels[v.String()]
		if !ok {
			return 0, badValue("%q is no case of the enum", cut(v.String()))
		}
		return i, nil
	case opOption:
		if v.IsNil() {
			return 0, nil
		}
		return 1, nil
	}
	for i := range c.fields {
		if !c.field(v, i).IsNil() {
			return i, nil
		}
	}
	return 0, badValue("no field is set in %s: one must be, for the case that is meant", goName(c.rt))
}

// cut is a string for a message.
func cut(s string) string { return s[:min(len(s), 40)] }

// content is what a case holds, and how it is lowered; the codec is nil where
// it holds nothing.
func (c *codec) content(v reflect.Value, i int) (reflect.Value, *codec) {
	if c.op == opVariant {
		if f := &c.fields[i]; f.codec != nil {
			return v.Field(f.index).Elem(), f.codec
		}
		return v, nil
	}
	if i == 0 {
		return v, nil
	}
	return v.Elem(), c.elem
}
