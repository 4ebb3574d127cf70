package abi

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/value"
)

// An adCase is a move of random values.
type adCase struct {
	seed       int64
	f          *value.FuncType
	sw, dw     Width
	senc, denc Encoding
}

func (c *adCase) String() string {
	return fmt.Sprintf("seed %d: %s, %d->%d bits, encodings %d->%d", c.seed, c.f, 32<<c.sw, 32<<c.dw, c.senc, c.denc)
}

// contexts makes sender and receiver with tables in which handles keep their
// numbers. The receiver's memory moves whenever it can.
func (c *adCase) contexts() (from, to *Context) {
	from, _ = adContext(1<<15, c.senc, c.sw)
	to, h := adContext(1<<16, c.denc, c.dw)
	h.mem.move = true
	from.Handles, to.Handles = adSame{&adHandles{}}, adSame{&adHandles{}}
	for i := range from.Memory.Bytes() {
		from.Memory.Bytes()[i] = 0xaa
	}
	return from, to
}

// Values that are lowered to one side, moved and lifted from the other are the
// same, whichever side is flat.
func TestAdapterMovesRandomValues(t *testing.T) {
	rounds := 1500
	if testing.Short() {
		rounds = 300
	}
	flat := 0
	for seed := range int64(rounds) {
		g := &adGen{Rand: rand.New(rand.NewSource(seed)), handles: seed%3 == 0, floats: true}
		c := &adCase{seed: seed, f: g.params(g.Intn(4), int(seed%4)), sw: Width(g.Intn(2)), dw: Width(g.Intn(2))}
		c.senc, c.denc = Encoding(g.Intn(3)), Encoding(g.Intn(3))
		// Two views of the type, as two components have them.
		src, dst := NewTypes().Func(c.f).Params, NewTypes().Func(c.f).Params
		a, err := NewAdapter(src, dst, c.sw, c.dw)
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		vs := make([]value.Value, len(src.Fields))
		for i, f := range c.f.Params {
			vs[i] = g.value(f.Type)
		}
		if src.flatLen <= MaxFlatParams {
			flat++
		}
		for _, mode := range []struct{ in, out, fresh bool }{{}, {out: true}, {in: true}, {in: true, out: true}, {in: true, fresh: true}, {fresh: true}} {
			if src.flatLen > MaxFlatParams && !(mode.in && (mode.out || mode.fresh)) {
				continue
			}
			if err := c.move(a, src, dst, vs, mode.in, mode.out, mode.fresh); err != nil {
				t.Fatalf("%v, %+v: %v", c, mode, err)
			}
		}
	}
	if flat < rounds/4 {
		t.Errorf("only %d of %d types were flat", flat, rounds)
	}
}

func (c *adCase) move(a *Adapter, src, dst *Type, vs []value.Value, inMem, outMem, fresh bool) error {
	from, to := c.contexts()
	limit := func(mem bool) int {
		if mem {
			return -1
		}
		return MaxFlatParams
	}
	in, out := make([]uint64, MaxFlatParams), make([]uint64, MaxFlatParams)
	if err := LowerValues(from, limit(inMem), vs, src, in, nil); err != nil {
		return fmt.Errorf("lower: %w", err)
	}
	for i := range out {
		out[i] = 1<<64 - 1
	}
	// What the sender has above its flat values is not there.
	if !inMem {
		for i, ft := range src.flat[c.sw] {
			if ft.String() == "i32" || ft.String() == "f32" {
				in[i] |= 0xdead << 40
			}
		}
	}
	before := bytes.Clone(from.Memory.Bytes())
	if fresh {
		if err := a.MoveNew(from, in, inMem, to, out); err != nil {
			return err
		}
	} else {
		if outMem {
			out[0] = 1 << 15
		}
		if err := a.Move(from, in, inMem, to, out, outMem); err != nil {
			return err
		}
	}
	if !bytes.Equal(before, from.Memory.Bytes()) {
		return errors.New("the sender's memory changed")
	}
	if !outMem && !fresh {
		for i, ft := range dst.flat[c.dw] {
			if s := ft.String(); (s == "i32" || s == "f32") && out[i]>>32 != 0 {
				return fmt.Errorf("flat value %d of type %s is %#x", i, s, out[i])
			}
		}
	}
	got, err := LiftValues(to, limit(outMem || fresh), out, dst)
	if err != nil {
		return fmt.Errorf("lift: %w", err)
	}
	for i := range vs {
		if !got[i].Equal(vs[i]) {
			return fmt.Errorf("parameter %d: %v became %v", i, vs[i], got[i])
		}
	}
	return nil
}

// A move does to the receiver's memory what lifting and then lowering does,
// byte by byte and call by call of realloc; and what one refuses, the other
// refuses. Types have no floats, whose NaNs are free, and strings are UTF-8 as
// those of the host are.
func TestAdapterLikeLiftAndLower(t *testing.T) {
	rounds := 1500
	if testing.Short() {
		rounds = 300
	}
	trapped := 0
	for seed := range int64(rounds) {
		g := &adGen{Rand: rand.New(rand.NewSource(seed)), handles: seed%3 == 0}
		c := &adCase{seed: seed, f: g.params(1+g.Intn(3), int(seed%4)), sw: Width(g.Intn(2)), dw: Width(g.Intn(2)), denc: Encoding(g.Intn(3))}
		trap, err := c.compare(g)
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		if trap {
			trapped++
		}
	}
	if trapped < rounds/20 || trapped > rounds*19/20 {
		t.Errorf("%d of %d moves trapped", trapped, rounds)
	}
}

// compare moves values, some of which are spoilt, both ways.
func (c *adCase) compare(g *adGen) (trapped bool, err error) {
	p := NewTypes().Func(c.f).Params
	from, _ := c.contexts()
	in := make([]uint64, MaxFlatParams)
	vs := make([]value.Value, len(p.Fields))
	for i, f := range c.f.Params {
		vs[i] = g.value(f.Type)
	}
	maxFlat := MaxFlatParams
	if g.Intn(2) == 0 {
		maxFlat = -1
	}
	if err := LowerValues(from, maxFlat, vs, p, in, nil); err != nil {
		return false, err
	}
	inMem := int(p.flatLen) > maxFlat
	used := from.Realloc.(*adHeap).next
	for range g.Intn(3) {
		if used > 64 {
			from.Memory.Bytes()[64+g.Intn(int(used-64))] = byte(g.Uint32() >> g.Intn(32))
		}
		if g.Intn(3) == 0 {
			in[g.Intn(max(1, int(min(p.flatLen, 16))))] ^= 1 << g.Intn(64)
		}
	}
	results := [2][]uint64{make([]uint64, MaxFlatParams), make([]uint64, MaxFlatParams)}
	var heaps [2]*adHeap
	var errs [2]error
	for i := range 2 {
		_, to := c.contexts()
		heaps[i] = to.Realloc.(*adHeap)
		heaps[i].keep = true
		out := results[i]
		if i == 0 {
			var vs []value.Value
			if vs, errs[0] = LiftValues(from, maxFlat, in, p); errs[0] == nil {
				errs[0] = LowerValues(to, maxFlat, vs, p, out, nil)
			}
			continue
		}
		a, err := NewAdapter(p, p, c.sw, c.dw)
		if err != nil {
			return false, err
		}
		if inMem {
			errs[1] = a.MoveNew(from, in, true, to, out)
		} else {
			errs[1] = a.Move(from, in, false, to, out, false)
		}
	}
	switch {
	case (errs[0] == nil) != (errs[1] == nil):
		return false, fmt.Errorf("lift and lower: %v, adapter: %v", errs[0], errs[1])
	case errs[0] != nil:
		a, b := errs[0].Error(), errs[1].Error()
		if a != b && !strings.Contains(a, stringBounds) && !strings.Contains(b, "out of memory") {
			return true, fmt.Errorf("lift and lower: %q, adapter: %q", a, b)
		}
		return true, nil
	case !reflect.DeepEqual(results[0], results[1]):
		return false, fmt.Errorf("flat values %#x, adapter %#x", results[0], results[1])
	case !reflect.DeepEqual(heaps[0].calls, heaps[1].calls):
		return false, fmt.Errorf("calls of realloc %d, adapter %d", heaps[0].calls, heaps[1].calls)
	case !bytes.Equal(heaps[0].mem.b, heaps[1].mem.b):
		return false, errors.New("memories differ")
	}
	return false, nil
}
