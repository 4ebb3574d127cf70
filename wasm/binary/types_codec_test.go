// This file tests the functions for single types.

package binary

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestValTypeCodec(t *testing.T) {
	for in, want := range map[string]wasm.ValType{
		"7f": wasm.I32, "7b": wasm.V128, "70": wasm.FuncRef, "64 6e": wasm.Ref(false, wasm.HeapAny), "63 c8 01": wasm.Ref(true, wasm.HeapIndex(200)),
	} {
		data := unhex(t, in)
		got, n, err := DecodeValType(append(bytes.Clone(data), 0x7f), 5)
		if err != nil || got != want || n != len(data) {
			t.Errorf("%s: %s in %d bytes, %v; want %s", in, got, n, err, want)
		}
		if out, err := AppendValType([]byte{1}, want); err != nil || !bytes.Equal(out[1:], data) {
			t.Errorf("%s: % x, %v", want, out, err)
		}
	}
	for in, at := range map[string]int64{"": 5, "78": 5, "40": 5, "63": 6} {
		_, _, err := DecodeValType(unhex(t, in), 5)
		var e *diag.Error
		if !errors.As(err, &e) || e.At.Offset != at {
			t.Errorf("%q: %v, want an error at %d", in, err, at)
		}
	}
	for _, bad := range []wasm.ValType{wasm.Bot, wasm.I8} {
		if _, err := AppendValType(nil, bad); err == nil {
			t.Errorf("%s was encoded", bad)
		}
	}
}

func TestRecTypeCodec(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []wasm.SubType
		rec  bool
	}{
		{"60 00 00", []wasm.SubType{{}}, false},
		{"50 01 03 60 00 00", []wasm.SubType{{Open: true, Supers: []uint32{3}}}, false},
		{"4e 02 50 00 60 00 00 60 00 00", []wasm.SubType{{Open: true}, {}}, true},
		{"4e 00", nil, true},
	} {
		data := unhex(t, tt.in)
		got, rec, n, err := DecodeRecType(append(bytes.Clone(data), 0), 0)
		if err != nil || rec != tt.rec || n != len(data) {
			t.Errorf("%s: rec %v in %d bytes, %v", tt.in, rec, n, err)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
		if out, err := AppendRecType(nil, got, rec); err != nil || !bytes.Equal(out, data) {
			t.Errorf("%s: % x, %v", tt.in, out, err)
		}
	}
	for _, in := range []string{"", "4e ff ff ff ff 0f", "4e 01", "40", "60 01"} {
		if _, _, _, err := DecodeRecType(unhex(t, in), 0); err == nil {
			t.Errorf("%q was decoded", in)
		}
	}
	if _, err := AppendRecType(nil, make([]wasm.SubType, 2), false); err == nil {
		t.Error("two types without a group were encoded")
	}
}

func TestExternTypeCodec(t *testing.T) {
	for in, want := range map[string]wasm.ExternType{
		"00 81 01":    {TypeIndex: 129},
		"01 70 00 01": {Kind: wasm.ExternTable, Table: wasm.TableType{Limits: wasm.Limits{Min: 1}, Elem: wasm.FuncRef}},
		"02 01 01 02": {Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true}}},
		"03 7e 01":    {Kind: wasm.ExternGlobal, Global: wasm.GlobalType{Type: wasm.I64, Mutable: true}},
		"04 00 02":    {Kind: wasm.ExternTag, TypeIndex: 2},
	} {
		data := unhex(t, in)
		got, n, err := DecodeExternType(append(bytes.Clone(data), 0), 0)
		if err != nil || got != want || n != len(data) {
			t.Errorf("%s: %s in %d bytes, %v", in, got, n, err)
		}
		if out, err := AppendExternType(nil, want); err != nil || !bytes.Equal(out, data) {
			t.Errorf("%s: % x, %v", in, out, err)
		}
	}
	if _, _, err := DecodeExternType([]byte{5}, 0); err == nil {
		t.Error("an unknown kind was decoded")
	}
	if _, err := AppendExternType(nil, wasm.ExternType{Kind: 5}); err == nil {
		t.Error("an unknown kind was encoded")
	}
}
