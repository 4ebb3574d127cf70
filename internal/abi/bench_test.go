package abi

// This file measures loading and storing of dynamic values.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/value"
)

func benchValues() []value.Value {
	person := value.RecordOf(value.Field{Name: "name", Type: value.TypeString}, value.Field{Name: "id", Type: value.TypeU32},
		value.Field{Name: "mail", Type: value.OptionOf(value.TypeString)})
	people := make([]value.Value, 1000)
	for i := range people {
		people[i] = must(value.Record(person, value.String(fmt.Sprintf("person number %d", i)), value.U32(uint32(i)), must(value.None(person.Fields[2].Type))))
	}
	scalars := value.TupleOf(value.TypeU32, value.TypeF64, value.TypeBool, value.TypeChar)
	return []value.Value{
		value.U32(1),
		must(value.Record(scalars, value.U32(1), value.F64(1.5), value.Bool(true), value.Char('x'))),
		value.String(strings.Repeat("x", 64)),
		value.String(strings.Repeat("x", 64<<10)),
		value.Bytes(make([]byte, 64<<10)),
		must(value.Numbers(value.ListOf(value.TypeU32), make([]uint32, 16<<10))),
		must(value.Numbers(value.ListOf(value.TypeF64), make([]float64, 8<<10))),
		must(value.List(value.ListOf(person), people)),
	}
}

var benchNames = []string{"u32", "tuple of 4", "string 64 B", "string 64 KiB", "list<u8> 64 KiB", "list<u32> 64 KiB", "list<f64> 64 KiB", "1000 records"}

func BenchmarkLowerValues(b *testing.B) {
	for i, v := range benchValues() {
		b.Run(benchNames[i], func(b *testing.B) {
			t := NewTypes().tuple(v.Type())
			cx, r := guest(make([]byte, 1<<20), Width32, UTF8)
			words, vs := make([]uint64, MaxFlatParams), []value.Value{v}
			b.ReportAllocs()
			for b.Loop() {
				r.next = 8
				if err := LowerValues(cx, MaxFlatParams, vs, t, words, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLiftValues(b *testing.B) {
	for i, v := range benchValues() {
		b.Run(benchNames[i], func(b *testing.B) {
			t := NewTypes().tuple(v.Type())
			cx, _ := guest(make([]byte, 1<<20), Width32, UTF8)
			words := make([]uint64, MaxFlatParams)
			if err := LowerValues(cx, MaxFlatParams, []value.Value{v}, t, words, nil); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				cx.Budget = DefaultBudget
				if _, err := LiftValues(cx, MaxFlatParams, words, t); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
