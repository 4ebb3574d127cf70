package abi

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/dray-wasm/dray/value"
)

// adPrim is a type without parts.
func adPrim(k value.Kind) *value.Type { return &value.Type{Kind: k} }

// adRecord is a record with the fields a, b and so on.
func adRecord(types ...*value.Type) *value.Type {
	t := &value.Type{Kind: value.KindRecord}
	for i, f := range types {
		t.Fields = append(t.Fields, value.Field{Name: string(rune('a' + i)), Type: f})
	}
	return t
}

func adList(elem *value.Type) *value.Type { return &value.Type{Kind: value.KindList, Elem: elem} }

// adParams is the tuple of parameters of some types.
func adParams(types ...*value.Type) *Type {
	f := &value.FuncType{}
	for i, t := range types {
		f.Params = append(f.Params, value.Field{Name: fmt.Sprint("p", i), Type: t})
	}
	return NewTypes().Func(f).Params
}

func BenchmarkAdapter(b *testing.B) {
	u32, str := adPrim(value.KindU32), adPrim(value.KindString)
	plain := adRecord(u32, u32, adPrim(value.KindF64))
	mixed := adRecord(u32, str, adPrim(value.KindU64))
	tests := []struct {
		name  string
		types []*value.Type
		enc   [2]Encoding
		in    []uint64
		bytes int64
	}{
		{"scalar", []*value.Type{u32, u32}, [2]Encoding{}, []uint64{1, 2}, 0},
		{"mixed scalars", []*value.Type{adPrim(value.KindBool), adPrim(value.KindS8), adPrim(value.KindChar)}, [2]Encoding{}, []uint64{1, 2, 3}, 0},
		{"option u32", []*value.Type{{Kind: value.KindOption, Cases: []value.Field{{Name: "none"}, {Name: "some", Type: u32}}}}, [2]Encoding{}, []uint64{1, 2}, 0},
		{"string 64 B", []*value.Type{str}, [2]Encoding{}, []uint64{1 << 16, 64}, 64},
		{"string 64 KiB", []*value.Type{str}, [2]Encoding{}, []uint64{1 << 16, 1 << 16}, 1 << 16},
		{"string 64 KiB to utf16", []*value.Type{str}, [2]Encoding{UTF8, UTF16}, []uint64{1 << 16, 1 << 16}, 1 << 16},
		{"string 64 KiB of utf16", []*value.Type{str}, [2]Encoding{UTF16, UTF8}, []uint64{1 << 16, 1 << 15}, 1 << 16},
		{"list of 1000 records", []*value.Type{adList(plain)}, [2]Encoding{}, []uint64{1 << 16, 1000}, 16000},
		{"list of 1000 records with strings", []*value.Type{adList(mixed)}, [2]Encoding{}, []uint64{1 << 12, 1000}, 24000},
	}
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			from, _ := adContext(1<<20, tt.enc[0], Width32)
			to, h := adContext(1<<20, tt.enc[1], Width32)
			mem := from.Memory.Bytes()
			fill := []byte("x")
			if tt.enc[0] == UTF16 {
				fill = []byte("x\x00")
			}
			copy(mem[1<<16:1<<18], bytes.Repeat(fill, 1<<18))
			for i := range uint64(1000) {
				le.PutUint32(mem[1<<12+24*i+4:], uint32(1<<16+i))
				le.PutUint32(mem[1<<12+24*i+8:], 16)
			}
			p := adParams(tt.types...)
			a, err := NewAdapter(p, p, Width32, Width32)
			if err != nil {
				b.Fatal(err)
			}
			out := make([]uint64, 16)
			b.SetBytes(tt.bytes)
			b.ReportAllocs()
			for b.Loop() {
				h.next = 64
				if err := a.Move(from, tt.in, false, to, out, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("memcpy 64 KiB", func(b *testing.B) {
		x, y := make([]byte, 1<<16), make([]byte, 1<<16)
		b.SetBytes(1 << 16)
		for b.Loop() {
			copy(y, x)
		}
	})
}
