// This file tests the custom sections "name" and "producers", and Sniff.

package binary

import (
	"bytes"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func allNames() *wasm.Names {
	one := wasm.NameMap{{Index: 0, Name: "a"}, {Index: 300, Name: "ü"}}
	two := wasm.IndirectNameMap{{Index: 1, Names: one}, {Index: 2, Names: wasm.NameMap{{Index: 5, Name: ""}}}}
	return &wasm.Names{
		Module: "m", HasModule: true, Funcs: one, Locals: two, Labels: two, Types: one, Tables: one, Memories: one,
		Globals: one, Elems: one, Datas: one, Fields: two, Tags: one,
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		data string
		want *wasm.Names
	}{
		{"", &wasm.Names{}},
		{"00 02 01 6d", &wasm.Names{Module: "m", HasModule: true}},
		{"00 01 00  01 07 02 00 01 61 05 01 62", &wasm.Names{HasModule: true, Funcs: wasm.NameMap{{Index: 0, Name: "a"}, {Index: 5, Name: "b"}}}},
		{"02 06 01 03 01 00 01 78", &wasm.Names{Locals: wasm.IndirectNameMap{{Index: 3, Names: wasm.NameMap{{Index: 0, Name: "x"}}}}}},
	} {
		got, err := DecodeNames(unhex(t, tt.data), 0)
		if err != nil || !cmp.Equal(got, tt.want, cmpopts.EquateEmpty()) {
			t.Errorf("%s: %v, %v", tt.data, got, err)
		}
		if again, err := EncodeNames(got); err != nil || !bytes.Equal(again, unhex(t, tt.data)) {
			t.Errorf("%s: encoded % x, %v", tt.data, again, err)
		}
	}
	data, err := EncodeNames(allNames())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadNames(&wasm.Module{Customs: []wasm.Custom{{Name: "other"}, {Name: "name", Data: data}}})
	if diff := cmp.Diff(allNames(), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := ReadNames(&wasm.Module{}); err != nil || !cmp.Equal(got, &wasm.Names{}) {
		t.Errorf("without a section: %v, %v", got, err)
	}
}

// Tools write names out of order and subsections that nobody knows; a broken
// part keeps what was before it.
func TestNamesLenient(t *testing.T) {
	for _, tt := range []struct {
		data  string
		fails bool
	}{
		{"63 03 01 02 03  01 07 02 05 01 62 00 01 61", false},
		{"01 07 02 00 01 61 05 01 62  00 09", true},
		{"01 07 02 00 01 61 05 01 62  04 03 01 00 05", true},
		{"01 07 02 00 01 61 05 01 62  00 03 01 6d 00", true},
		{"01 07 02 00 01 61 05 01 62  00 02 01 ff", true},
	} {
		got, err := DecodeNames(unhex(t, tt.data), 0)
		a, _ := got.Funcs.Get(0)
		b, _ := got.Funcs.Get(5)
		if a != "a" || b != "b" || tt.fails != (err != nil) {
			t.Errorf("%s: %v, %v", tt.data, got.Funcs, err)
		}
	}
}

func TestProducers(t *testing.T) {
	want := wasm.Producers{
		{Name: "language", Values: []wasm.ProducersValue{{Name: "Rust"}}},
		{Name: "processed-by", Values: []wasm.ProducersValue{{Name: "rustc", Version: "1.97"}, {Name: "x", Version: "2"}}},
	}
	data, err := EncodeProducers(want)
	if err != nil {
		t.Fatal(err)
	}
	m := &wasm.Module{Customs: []wasm.Custom{{Name: "producers", Data: data, Offset: 100}}}
	got, err := ReadProducers(m)
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if v := got.Field("language"); len(v) != 1 || v[0].Name != "Rust" || got.Field("sdk") != nil {
		t.Errorf("language: %v", v)
	}
	if p, err := ReadProducers(&wasm.Module{}); p != nil || err != nil {
		t.Errorf("without a section: %v, %v", p, err)
	}
	for n := range len(data) {
		if _, err := DecodeProducers(data[:n], 0); err == nil {
			t.Errorf("the first %d bytes are accepted", n)
		}
	}
	if _, err := DecodeProducers(append(data, 0), 0); err == nil {
		t.Error("trailing bytes are accepted")
	}
	if _, err := EncodeProducers(wasm.Producers{{Name: "\xff"}}); err == nil {
		t.Error("a name that is not UTF-8 is written")
	}
}

func TestSniff(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Kind
	}{
		{"", KindOther}, {"\x00asm", KindOther}, {"\x00asm\x01\x00\x00\x00", KindModule}, {"\x00asm\x02\x00\x00\x00more", KindModule},
		{"\x00asm\x0d\x00\x01\x00", KindComponent}, {"\x00asm\x0a\x00\x01\x00", KindComponent}, {"\x00asm\x0d\x00\x02\x00", KindOther},
		{"(module)", KindText}, {"  \t\r\n( module", KindText}, {"\ufeff(component)", KindText}, {"(@custom \"a\")", KindText},
		{";; hello\n(module", KindText}, {"(; a (; b ;) c ;) (module", KindText}, {";; only", KindOther}, {"(; open", KindOther},
		{"(", KindOther}, {"(1 2)", KindOther}, {"hello", KindOther}, {"#!/bin/sh\n", KindOther}, {"\x7fELF", KindOther}, {"(;", KindOther},
	} {
		if got := Sniff([]byte(tt.in)); got != tt.want {
			t.Errorf("%q is %s, want %s", tt.in, got, tt.want)
		}
	}
}
