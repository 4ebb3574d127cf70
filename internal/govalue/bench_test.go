package govalue

// This file is what calls cost.

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/value"
)

// A row is an element of the list of the benchmarks.
type row struct {
	ID    uint32
	Name  string
	Score float64
	Tag   *uint8
}

var typeRow = value.RecordOf(
	value.Field{Name: "id", Type: value.TypeU32}, value.Field{Name: "name", Type: value.TypeString},
	value.Field{Name: "score", Type: value.TypeF64}, value.Field{Name: "tag", Type: value.OptionOf(value.TypeU8)})

// reset makes a guest forget what it allocated.
func reset(g *guest) { g.mem.next = 64 }

// consume is a function that takes a value and does nothing; produce returns
// what is at an address.
func consume(g *guest, t *value.Type) *canon.Func {
	return g.lift(funcType(nil, t), func([]uint64) error { reset(g); return nil })
}

func produce(tb testing.TB, g *guest, t *value.Type, v value.Value) *canon.Func {
	ft := funcType(t)
	cx := g.context()
	at := must[uint64](tb)(cx.Allocate(8, ft.Result.ElemSize(g.opts.Width)))
	if err := abi.Store(cx, v, abi.NewTypes().Type(t), at); err != nil {
		tb.Fatal(err)
	}
	return g.lift(ft, func(stack []uint64) error { stack[0] = at; return nil })
}

func benchFunc[F any](b *testing.B, f *canon.Func) F {
	b.Helper()
	return must[reflect.Value](b)(BindExport(reflect.TypeFor[F](), f, nil)).Interface().(F)
}

func BenchmarkExportAdd(b *testing.B) {
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	f := g.lift(funcType(value.TypeU32, value.TypeU32, value.TypeU32), func(stack []uint64) error {
		stack[0] += stack[1]
		return nil
	})
	ctx := context.Background()
	b.Run("direct", func(b *testing.B) {
		add := benchFunc[func(context.Context, uint32, uint32) (uint32, error)](b, f)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := add(ctx, 1, 2); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reflected", func(b *testing.B) {
		type n uint32
		add := benchFunc[func(context.Context, n, uint32) (uint32, error)](b, f)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := add(ctx, 1, 2); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkExportString(b *testing.B) {
	for _, n := range []int{64, 64 << 10} {
		s := strings.Repeat("x", n)
		b.Run("in/"+itoa(n), func(b *testing.B) {
			g := newGuest(1<<20, abi.Width32, abi.UTF8)
			call := benchFunc[func(context.Context, string) error](b, consume(g, value.TypeString))
			b.ReportAllocs()
			for b.Loop() {
				if err := call(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("out/"+itoa(n), func(b *testing.B) {
			g := newGuest(1<<20, abi.Width32, abi.UTF8)
			call := benchFunc[func(context.Context) (string, error)](b, produce(b, g, value.TypeString, value.String(s)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := call(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkExportRows(b *testing.B) {
	rows := make([]row, 1000)
	for i := range rows {
		rows[i] = row{ID: uint32(i), Name: "name of a row", Score: float64(i)}
	}
	list := value.ListOf(typeRow)
	b.Run("in", func(b *testing.B) {
		g := newGuest(1<<20, abi.Width32, abi.UTF8)
		call := benchFunc[func(context.Context, []row) error](b, consume(g, list))
		b.ReportAllocs()
		for b.Loop() {
			if err := call(b.Context(), rows); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("out", func(b *testing.B) {
		g := newGuest(1<<20, abi.Width32, abi.UTF8)
		v := benchValue(b, rows, list)
		call := benchFunc[func(context.Context) ([]row, error)](b, produce(b, g, list, v))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := call(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// benchValue is rows as a value.
func benchValue(b *testing.B, rows []row, list *value.Type) value.Value {
	elems := make([]value.Value, len(rows))
	for i, r := range rows {
		none := must[value.Value](b)(value.None(typeRow.Fields[3].Type))
		elems[i] = must[value.Value](b)(value.Record(typeRow, value.U32(r.ID), value.String(r.Name), value.F64(r.Score), none))
	}
	return must[value.Value](b)(value.List(list, elems))
}

func BenchmarkHostAdd(b *testing.B) {
	type n uint32
	for name, fn := range map[string]any{
		"direct":    func(a, b uint32) uint32 { return a + b },
		"reflected": func(a n, b uint32) uint32 { return uint32(a) + b },
	} {
		b.Run(name, func(b *testing.B) {
			g := newGuest(1<<12, abi.Width32, abi.UTF8)
			ft := funcType(value.TypeU32, value.TypeU32, value.TypeU32)
			h := must[canon.HostFunc](b)(BindHost(reflect.ValueOf(fn), ft, nil))
			l := g.lower(ft, h)
			var stack [4]uint64
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				stack[0], stack[1] = 1, 2
				if err := l.Call(ctx, stack[:]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
