package bindings

// This file makes random values of generated types.

import (
	"math/rand/v2"
	"reflect"
	"strings"
)

// flagBits are how many flags the types of that name have.
var flagBits = map[string]int{"Perms": 3, "Bits8": 8, "Bits9": 9, "Bits16": 16, "Bits32": 32, "Rights": 2}

// fill gives a value random content, as deep as it is.
func fill(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int64:
		v.SetInt(int64(r.Uint64() >> r.IntN(64)))
	case reflect.Int32: // a char or an s32: both take a character
		v.SetInt(int64([]rune("a\x00é€😀\U0010ffff\ue000\ud7ff")[r.IntN(8)]))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		fillUint(r, v)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(float32(r.NormFloat64())))
	case reflect.String:
		var b strings.Builder
		for range r.IntN(12) {
			b.WriteRune([]rune("abc éß€漢😀\x00\U0010ffff")[r.IntN(11)])
		}
		v.SetString(b.String())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(6), 6))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(5) {
			key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(r, key)
			fill(r, val)
			v.SetMapIndex(key, val)
		}
	case reflect.Pointer:
		if r.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(r, v.Elem())
		}
	case reflect.Struct:
		fillStruct(r, v)
	}
}

// fillUint makes a number, a case of an enum, or flags.
func fillUint(r *rand.Rand, v reflect.Value) {
	if bits, ok := flagBits[v.Type().Name()]; ok {
		v.SetUint(r.Uint64() & (1<<bits - 1))
		return
	}
	v.SetUint(r.Uint64() >> r.IntN(64))
	s, ok := v.Interface().(interface{ String() string })
	for ok && strings.Contains(s.String(), "(") { // no case
		v.SetUint(uint64(r.IntN(260)) >> r.IntN(8))
		s = v.Interface().(interface{ String() string })
	}
}

// fillStruct makes a record, a tuple, a result or a variant.
func fillStruct(r *rand.Rand, v reflect.Value) {
	t := v.Type()
	switch {
	case t.NumField() > 0 && t.Field(0).Name == "IsErr":
		if r.IntN(2) == 0 {
			v.Field(0).SetBool(true)
			fill(r, v.Field(2))
		} else {
			fill(r, v.Field(1))
		}
	case t.NumField() > 0 && t.Field(0).Name == "Case":
		fill(r, v.Field(0))
		name := strings.ReplaceAll(v.Field(0).Interface().(interface{ String() string }).String(), "-", "")
		for i := 1; i < t.NumField(); i++ {
			if strings.EqualFold(strings.TrimSuffix(t.Field(i).Name, "_"), name) {
				fill(r, v.Field(i))
			}
		}
	default:
		for i := range t.NumField() {
			fill(r, v.Field(i))
		}
	}
}

// normal makes empty slices and maps nil or not nil alike.
func normal(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Slice:
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(normal(v.Index(i)))
		}
	case reflect.Array:
		for i := range v.Len() {
			out.Index(i).Set(normal(v.Index(i)))
		}
	case reflect.Map:
		out.Set(reflect.MakeMap(v.Type()))
		for key, val := range v.Seq2() {
			out.SetMapIndex(key, normal(val))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(normal(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			out.Field(i).Set(normal(v.Field(i)))
		}
	default:
		return v
	}
	return out
}
