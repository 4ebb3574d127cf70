package abi

// This file fuzzes loading and storing.

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dray-wasm/dray/value"
)

func seeds(f *testing.F) {
	f.Add([]byte{})
	for i := range byte(value.NumKinds) {
		f.Add([]byte{i, i, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
		f.Add(bytes.Repeat([]byte{i, 0xc4, 0x80, 2}, 40))
	}
}

// FuzzStoreLoad stores and lowers a random value of a random type and gets it
// back.
func FuzzStoreLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &choice{b}
		w, e := Width(c.below(2)), Encoding(c.below(3))
		vt := c.typ(3)
		typ := NewTypes().Type(vt)
		v := c.value(vt)
		if !v.Equal(v) {
			t.Fatalf("%v of type %s is not equal to itself", v, vt)
		}
		cx, r := guest(make([]byte, 1<<17), w, e)
		r.moves = len(b) < 100
		cx.Handles = echoHandles{}
		ptr, err := cx.Allocate(typ.Alignment(w), typ.ElemSize(w))
		if err != nil {
			t.Skip(err)
		}
		err = Store(cx, v, typ, ptr)
		if errors.Is(err, errFull) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatalf("%v of type %s: store: %v", v, vt, err)
		}
		if got, err := Load(cx, ptr, typ); err != nil || !got.Equal(v) || !got.Type().Equal(vt) {
			t.Fatalf("%v of type %s: loaded %v, %v", v, vt, got, err)
		}
		tuple := NewTypes().tuple(vt)
		words := make([]uint64, MaxFlatParams)
		err = LowerValues(cx, MaxFlatParams, []value.Value{v}, tuple, words, nil)
		if errors.Is(err, errFull) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatalf("%v of type %s: lower: %v", v, vt, err)
		}
		if got, err := LiftValues(cx, MaxFlatParams, words, tuple); err != nil || !got[0].Equal(v) {
			t.Fatalf("%v of type %s: lifted %v, %v", v, vt, got, err)
		}
	})
}

// FuzzHostileMemory loads and lifts random types from random bytes.
func FuzzHostileMemory(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		const budget = 1 << 16
		c := &choice{b}
		w, e := Width(c.below(2)), Encoding(c.below(3))
		typ := NewTypes().Type(c.typ(3))
		ptr := c.bits()
		words := make([]uint64, MaxFlatParams)
		for i := range words {
			words[i] = c.bits()
		}
		attempt := func(do func(cx *Context) (value.Value, error)) {
			cx, _ := guest(b, w, e)
			cx.Handles, cx.Budget = echoHandles{}, budget
			v, err := do(cx)
			if err != nil {
				if _, ok := err.(*Trap); !ok {
					t.Fatalf("%s: not a trap: %v", typ, err)
				}
				return
			}
			if !v.Type().Equal(typ.Type) {
				t.Fatalf("%s: loaded a %s", typ, v.Type())
			}
			if n := hostCost(v); n > budget-uint64(cx.Budget) {
				t.Fatalf("%s: %v takes %d bytes, %d were counted", typ, v, n, budget-cx.Budget)
			}
			if err := check(v, typ); err != nil {
				t.Fatalf("%s: %v cannot be lowered: %v", typ, v, err)
			}
		}
		attempt(func(cx *Context) (value.Value, error) { return Load(cx, ptr, typ) })
		attempt(func(cx *Context) (value.Value, error) { return Load(cx, 0, typ) })
		if _, ok := typ.Flat(w); ok {
			attempt(func(cx *Context) (value.Value, error) {
				v, _, err := LiftFlat(cx, words, typ)
				return v, err
			})
		}
	})
}
