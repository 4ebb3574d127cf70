package bindings

// This file is a host that gives back what it is given.

import (
	"context"
	"fmt"

	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/examples/bindings/types"
)

// An echo implements types.ValuesHost.
type echo struct{ nothings uint32 }

func (h *echo) EchoBool(_ context.Context, v bool) (bool, error) { return v, nil }

func (h *echo) EchoU8(_ context.Context, v uint8) (uint8, error) { return v, nil }

func (h *echo) EchoU16(_ context.Context, v uint16) (uint16, error) { return v, nil }

func (h *echo) EchoU32(_ context.Context, v uint32) (uint32, error) { return v, nil }

func (h *echo) EchoU64(_ context.Context, v uint64) (uint64, error) { return v, nil }

func (h *echo) EchoS8(_ context.Context, v int8) (int8, error) { return v, nil }

func (h *echo) EchoS16(_ context.Context, v int16) (int16, error) { return v, nil }

func (h *echo) EchoS32(_ context.Context, v int32) (int32, error) { return v, nil }

func (h *echo) EchoS64(_ context.Context, v int64) (int64, error) { return v, nil }

func (h *echo) EchoF32(_ context.Context, v float32) (float32, error) { return v, nil }

func (h *echo) EchoF64(_ context.Context, v float64) (float64, error) { return v, nil }

func (h *echo) EchoChar(_ context.Context, v rune) (rune, error) { return v, nil }

func (h *echo) EchoString(_ context.Context, v types.Text) (types.Text, error) { return v, nil }

func (h *echo) EchoListBool(_ context.Context, v []bool) ([]bool, error) { return v, nil }

func (h *echo) EchoListU8(_ context.Context, v []byte) ([]byte, error) { return v, nil }

func (h *echo) EchoListS16(_ context.Context, v []int16) ([]int16, error) { return v, nil }

func (h *echo) EchoListU32(_ context.Context, v []uint32) ([]uint32, error) { return v, nil }

func (h *echo) EchoListU64(_ context.Context, v []uint64) ([]uint64, error) { return v, nil }

func (h *echo) EchoListF32(_ context.Context, v []float32) ([]float32, error) { return v, nil }

func (h *echo) EchoListF64(_ context.Context, v []float64) ([]float64, error) { return v, nil }

func (h *echo) EchoListChar(_ context.Context, v []rune) ([]rune, error) { return v, nil }

func (h *echo) EchoListString(_ context.Context, v []string) ([]string, error) { return v, nil }

func (h *echo) EchoListPoint(_ context.Context, v []types.Point) ([]types.Point, error) {
	return v, nil
}

func (h *echo) EchoListMixed(_ context.Context, v []types.Mixed) ([]types.Mixed, error) {
	return v, nil
}

func (h *echo) EchoListPerson(_ context.Context, v []types.Person) ([]types.Person, error) {
	return v, nil
}

func (h *echo) EchoListShape(_ context.Context, v []types.Shape) ([]types.Shape, error) {
	return v, nil
}

func (h *echo) EchoListColor(_ context.Context, v []types.Color) ([]types.Color, error) {
	return v, nil
}

func (h *echo) EchoListWide(_ context.Context, v []types.Wide) ([]types.Wide, error) { return v, nil }

func (h *echo) EchoListBits9(_ context.Context, v []types.Bits9) ([]types.Bits9, error) {
	return v, nil
}

func (h *echo) EchoListList(_ context.Context, v [][]uint16) ([][]uint16, error) { return v, nil }

func (h *echo) EchoListTuple(_ context.Context, v []bind.Tuple2[uint8, string]) ([]bind.Tuple2[uint8, string], error) {
	return v, nil
}

func (h *echo) EchoListOption(_ context.Context, v []*uint32) ([]*uint32, error) { return v, nil }

func (h *echo) EchoListResult(_ context.Context, v []bind.Result[uint8, string]) ([]bind.Result[uint8, string], error) {
	return v, nil
}

func (h *echo) EchoPoint(_ context.Context, v types.Point) (types.Point, error) { return v, nil }

func (h *echo) EchoMixed(_ context.Context, v types.Mixed) (types.Mixed, error) { return v, nil }

func (h *echo) EchoPerson(_ context.Context, v types.Person) (types.Person, error) { return v, nil }

func (h *echo) EchoLine(_ context.Context, v types.Line) (types.Line, error) { return v, nil }

func (h *echo) EchoLarge(_ context.Context, v types.Large) (types.Large, error) { return v, nil }

func (h *echo) EchoTuple(_ context.Context, v bind.Tuple3[uint8, int64, string]) (bind.Tuple3[uint8, int64, string], error) {
	return v, nil
}

func (h *echo) EchoTupleOne(_ context.Context, v bind.Tuple1[float32]) (bind.Tuple1[float32], error) {
	return v, nil
}

func (h *echo) EchoOption(_ context.Context, v *uint32) (*uint32, error) { return v, nil }

func (h *echo) EchoOptionString(_ context.Context, v *string) (*string, error) { return v, nil }

func (h *echo) EchoOptionOption(_ context.Context, v **bool) (**bool, error) { return v, nil }

func (h *echo) EchoResult(_ context.Context, v bind.Result[uint32, string]) (uint32, error) {
	if v.IsErr {
		return v.OK, bind.Fail(v.Err)
	}
	return v.OK, nil
}

func (h *echo) EchoResultOk(_ context.Context, v bind.Result[uint64, bind.None]) (uint64, error) {
	if v.IsErr {
		return v.OK, bind.Fail(v.Err)
	}
	return v.OK, nil
}

func (h *echo) EchoResultErr(_ context.Context, v bind.Result[bind.None, string]) error {
	if v.IsErr {
		return bind.Fail(v.Err)
	}
	return nil
}

func (h *echo) EchoResultNone(_ context.Context, v bind.Result[bind.None, bind.None]) error {
	if v.IsErr {
		return bind.Fail(v.Err)
	}
	return nil
}

func (h *echo) EchoResultJoin(_ context.Context, v bind.Result[float32, int64]) (float32, error) {
	if v.IsErr {
		return v.OK, bind.Fail(v.Err)
	}
	return v.OK, nil
}

func (h *echo) EchoShape(_ context.Context, v types.Shape) (types.Shape, error) { return v, nil }

func (h *echo) EchoNested(_ context.Context, v types.Nested) (types.Nested, error) { return v, nil }

func (h *echo) EchoColor(_ context.Context, v types.Color) (types.Color, error) { return v, nil }

func (h *echo) EchoWide(_ context.Context, v types.Wide) (types.Wide, error) { return v, nil }

func (h *echo) EchoPerms(_ context.Context, v types.Perms) (types.Perms, error) { return v, nil }

func (h *echo) EchoBits8(_ context.Context, v types.Bits8) (types.Bits8, error) { return v, nil }

func (h *echo) EchoBits9(_ context.Context, v types.Bits9) (types.Bits9, error) { return v, nil }

func (h *echo) EchoBits16(_ context.Context, v types.Bits16) (types.Bits16, error) { return v, nil }

func (h *echo) EchoBits32(_ context.Context, v types.Bits32) (types.Bits32, error) { return v, nil }

func (h *echo) Flat16(_ context.Context, a uint8, b int8, c uint16, d int16, e uint32, f int32, g uint64, i int64, j float32, k float64, l bool, m rune, n types.Color, o types.Perms, p string) (string, error) {
	return fmt.Sprintln(a, b, c, d, e, f, g, i, j, k, l, m, n, o, p), nil
}

func (h *echo) Flat17(_ context.Context, a uint8, b int8, c uint16, d int16, e uint32, f int32, g uint64, i int64, j float32, k float64, l bool, m rune, n types.Color, o types.Perms, p string, q uint8) (string, error) {
	return fmt.Sprintln(a, b, c, d, e, f, g, i, j, k, l, m, n, o, p, q), nil
}

func (h *echo) Nothing(context.Context) error { h.nothings++; return nil }

func (h *echo) Nothings(context.Context) (uint32, error) { return h.nothings, nil }
