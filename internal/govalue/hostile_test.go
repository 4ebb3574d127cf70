package govalue

// This file compares lifting and lowering of Go values with that of dynamic
// values (package abi), for random types and memories that guests fill with
// anything.

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/canon"
	"github.com/dray-wasm/dray/value"
)

var scalarTypes = []struct {
	t *value.Type
	g reflect.Type
}{
	{value.TypeBool, reflect.TypeFor[bool]()}, {value.TypeS8, reflect.TypeFor[int8]()}, {value.TypeU8, reflect.TypeFor[uint8]()},
	{value.TypeS16, reflect.TypeFor[int16]()}, {value.TypeU16, reflect.TypeFor[number]()}, {value.TypeS32, reflect.TypeFor[int32]()},
	{value.TypeU32, reflect.TypeFor[uint32]()}, {value.TypeS64, reflect.TypeFor[int64]()}, {value.TypeU64, reflect.TypeFor[uint64]()},
	{value.TypeF32, reflect.TypeFor[float32]()}, {value.TypeF64, reflect.TypeFor[float64]()}, {value.TypeChar, reflect.TypeFor[rune]()},
	{value.TypeString, reflect.TypeFor[string]()}, {value.TypeString, reflect.TypeFor[name]()},
	{typeColor, reflect.TypeFor[color]()}, {typeColor, reflect.TypeFor[shade]()}, {typeColor, reflect.TypeFor[int]()},
	{typePerms, reflect.TypeFor[perms]()}, {typePerms, reflect.TypeFor[uint32]()},
	{value.OptionOf(value.TypeS8), typeValue}, {value.ListOf(typePoint), typeValue}, {typePoint, reflect.TypeFor[point]()},
	{value.ResultOf(value.TypeU16, nil), reflect.TypeFor[Result[uint16, struct{}]]()},
	{value.ResultOf(value.TypeF32, value.TypeU64), reflect.TypeFor[Result[float32, uint64]]()},
}

// randomType makes a component type with a Go type for it.
func randomType(r *rand.Rand, depth int) (*value.Type, reflect.Type) {
	if depth == 0 || r.Intn(3) == 0 {
		s := scalarTypes[r.Intn(len(scalarTypes))]
		return s.t, s.g
	}
	t, g := randomType(r, depth-1)
	switch r.Intn(6) {
	case 0:
		return value.ListOf(t), reflect.SliceOf(g)
	case 1:
		n := r.Intn(4) + 1
		if r.Intn(2) == 0 {
			return value.FixedListOf(t, uint32(n)), reflect.SliceOf(g)
		}
		return value.FixedListOf(t, uint32(n)), reflect.ArrayOf(n, g)
	case 2:
		return value.OptionOf(t), reflect.PointerTo(g)
	}
	cases := r.Intn(2) == 0
	fields, parts := []value.Field{{Name: "f0", Type: t}}, []reflect.StructField{{Name: "F0", Type: g}}
	for i := range r.Intn(4) {
		n := itoa(i + 1)
		t, g := randomType(r, depth-1)
		if cases && r.Intn(4) == 0 {
			t, g = nil, typeEmpty
		}
		fields, parts = append(fields, value.Field{Name: "f" + n, Type: t}), append(parts, reflect.StructField{Name: "F" + n, Type: g})
	}
	if !cases {
		return value.RecordOf(fields...), reflect.StructOf(parts)
	}
	for i := range parts {
		parts[i].Type = reflect.PointerTo(parts[i].Type)
	}
	return value.VariantOf(fields...), reflect.StructOf(parts)
}

// hostileMemory is bytes that often look like values.
func hostileMemory(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	switch r.Intn(3) {
	case 0:
		r.Read(b)
	case 1:
		for i := 0; i+4 <= n; i += 4 {
			binary.LittleEndian.PutUint32(b[i:], uint32(r.Intn(1<<r.Intn(9))))
		}
	case 2:
		for i := range b {
			b[i] = byte(r.Intn(3))
		}
	}
	return b
}

// compare lifts a value of a random type from memory and, where that works,
// stores it again, both ways.
func compare(t *testing.T, seed int64, mem []byte) (lifted bool) {
	r := rand.New(rand.NewSource(seed))
	typ, g := randomType(r, 4)
	if mem == nil {
		mem = hostileMemory(r, 1<<r.Intn(11))
	}
	at := abi.NewTypes().Type(typ)
	w, e := abi.Width(r.Intn(2)), abi.Encoding(r.Intn(3))
	guest := func() (*guest, *abi.Context) {
		gu := newGuest(0, w, e)
		gu.mem.b = bytes.Clone(mem)
		return gu, gu.context()
	}
	c, err := newCompiler(nil).codec(g, at, place{"p", "g"})
	if err != nil {
		t.Fatal(err)
	}
	dst := reflect.New(g).Elem()
	var want value.Value
	var wantErr, gotErr error
	flat := r.Intn(2) == 0 && at.FlatLen() <= abi.MaxFlatParams
	ptr := uint64(r.Intn(64)) &^ (at.Alignment(w) - 1)
	var words [abi.MaxFlatParams]uint64
	for i := range words {
		words[i] = uint64(r.Int63()) >> r.Intn(63)
		if r.Intn(3) > 0 {
			words[i] = words[i]&^0xffffffff | uint64(r.Intn(3))
		}
	}
	_, one := guest()
	_, two := guest()
	if flat {
		want, _, wantErr = abi.LiftFlat(one, words[:], at)
		rd := newReader(two, words[:], at, false)
		gotErr = rd.lift(c, dst)
	} else {
		want, wantErr = abi.Load(one, ptr, at)
		rd := newReader(two, nil, at, true)
		if gotErr = abi.CheckRange(ptr, at.ElemSize(w), at.Alignment(w), len(mem)); gotErr == nil {
			gotErr = rd.load(c, ptr, dst)
		}
	}
	if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
		t.Fatalf("seed %d, %v as %v:\n%v\nwant %v", seed, typ, g, gotErr, wantErr)
	}
	if wantErr != nil {
		return false
	}
	if err := c.check(dst); err != nil {
		t.Fatalf("seed %d, %v as %v: %v", seed, typ, g, err)
	}
	compareStores(t, seed, c, dst, want, w, e, r.Intn(2) == 0)
	return true
}

// compareStores lowers the same value twice.
func compareStores(t *testing.T, seed int64, c *codec, v reflect.Value, want value.Value, w abi.Width, e abi.Encoding, moves bool) {
	one, two := newGuest(1<<15, w, e), newGuest(1<<15, w, e)
	one.mem.moves, two.mem.moves = moves, moves
	cx := two.context()
	ptr, err := cx.Allocate(c.t.Alignment(w), c.t.ElemSize(w))
	if err != nil {
		return
	}
	one.mem.next = two.mem.next
	wantErr := abi.Store(one.context(), want, c.t, ptr)
	wr := writer{cx: cx}
	wr.refresh()
	gotErr := wr.store(c, v, ptr)
	if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
		t.Fatalf("seed %d, %v as %v:\n%v\nwant %v", seed, c.t, c.rt, gotErr, wantErr)
	}
	if !bytes.Equal(one.mem.b, two.mem.b) {
		t.Fatalf("seed %d, %v as %v: %v is stored as\n%x\nwant\n%x", seed, c.t, c.rt, want, two.mem.b[:two.mem.next], one.mem.b[:one.mem.next])
	}
	if c.t.FlatLen() > abi.MaxFlatParams || wantErr != nil {
		return
	}
	var flat1, flat2 [abi.MaxFlatParams]uint64
	for i := range flat1 {
		flat1[i], flat2[i] = 0xdddd, 0xdddd
	}
	_, wantErr = abi.LowerFlat(one.context(), want, c.t, flat1[:])
	wr = writer{cx: two.context(), flat: flat2[:]}
	gotErr = wr.lower(c, v)
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("seed %d, %v as %v:\n%v\nwant %v", seed, c.t, c.rt, gotErr, wantErr)
	}
	if wantErr == nil && (flat1 != flat2 || !bytes.Equal(one.mem.b, two.mem.b)) {
		t.Fatalf("seed %d, %v as %v: %v is %x, want %x", seed, c.t, c.rt, want, flat2, flat1)
	}
}

func TestHostileMemory(t *testing.T) {
	n, lifted := 20_000, 0
	if testing.Short() {
		n = 2_000
	}
	for seed := range n {
		if compare(t, int64(seed), nil) {
			lifted++
		}
	}
	if lifted < n/10 || lifted > n*9/10 {
		t.Errorf("%d of %d memories had a value: both ways out should be tried", lifted, n)
	}
}

func FuzzLift(f *testing.F) {
	f.Add(int64(1), []byte("some memory"))
	f.Add(int64(7), make([]byte, 256))
	f.Fuzz(func(t *testing.T, seed int64, mem []byte) {
		if mem == nil {
			mem = []byte{}
		}
		compare(t, seed, mem)
	})
}

// TestManyElements checks that a list costs what it says before any of it is
// made.
func TestManyElements(t *testing.T) {
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	empty := value.ListOf(value.TupleOf())
	ft := funcType(nil, empty)
	h, err := BindHost(reflect.ValueOf(func([]struct{}) {}), ft, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		n    uint64
		want string
	}{
		{1 << 20, ""},
		{1 << 27, "host: parameter `p`: the values of one call need more bytes of the host's memory than its limit allows"},
		{1<<32 - 1, "host: parameter `p`: list of 4294967295 elements of 0 bytes: at most 268435455 bytes are allowed"},
	} {
		got := ""
		if err := g.lower(ft, h).Call(t.Context(), []uint64{0, tt.n}); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%d elements: %s, want %s", tt.n, got, tt.want)
		}
	}
}

// TestHostilePointers checks where guests say that results are, and want them.
func TestHostilePointers(t *testing.T) {
	for _, tt := range []struct {
		ptr  uint64
		want string
	}{
		{2, "unaligned pointer: 0x2 is not a multiple of 4"},
		{4088, "pointer out of bounds of memory: 12 bytes at 0xff8, but the memory has 4096"},
		{1<<32 - 4, "pointer out of bounds of memory: 12 bytes at 0xfffffffc, but the memory has 4096"},
	} {
		g := newGuest(1<<12, abi.Width32, abi.UTF8)
		typ := value.ResultOf(value.TypeString, nil)
		f := g.lift(funcType(typ), func(stack []uint64) error { stack[0] = tt.ptr; return nil })
		if s, err := bind[func() (string, error)](t, f)(); s != "" || err == nil || err.Error() != "test: result: "+tt.want && err.Error() != "test: "+tt.want {
			t.Errorf("%#x: %v", tt.ptr, err)
		}
		ft := funcType(typ, value.TypeU8)
		h := must[canon.HostFunc](t)(BindHost(reflect.ValueOf(func(uint8) (string, error) { return "", nil }), ft, nil))
		if err := g.lower(ft, h).Call(t.Context(), []uint64{0, tt.ptr}); err == nil || err.Error() != "host: "+tt.want {
			t.Errorf("%#x: %v", tt.ptr, err)
		}
		many := make([]*value.Type, 17)
		ins := make([]reflect.Type, 17)
		for i := range many {
			many[i], ins[i] = value.TypeU32, reflect.TypeFor[uint32]()
		}
		ft = funcType(nil, many...)
		fn := reflect.MakeFunc(reflect.FuncOf(ins, nil, false), func([]reflect.Value) []reflect.Value { t.Error("called"); return nil })
		h = must[canon.HostFunc](t)(BindHost(fn, ft, nil))
		if err := g.lower(ft, h).Call(t.Context(), []uint64{tt.ptr}); err == nil {
			t.Errorf("%#x is accepted", tt.ptr)
		}
	}
}

// TestNoHalfResults checks that a result that traps is no result at all.
func TestNoHalfResults(t *testing.T) {
	g := newGuest(1<<12, abi.Width32, abi.UTF8)
	typ := value.TupleOf(value.TypeU32, value.TypeChar)
	f := g.lift(funcType(typ), func(stack []uint64) error {
		abi.StoreInt(g.mem.b, 8, 4, 7)
		abi.StoreInt(g.mem.b, 12, 4, 0xd800)
		stack[0] = 8
		return nil
	})
	type pair struct {
		N uint32
		C rune
	}
	p, err := bind[func() (pair, error)](t, f)()
	if p != (pair{}) || err == nil || err.Error() != "test: result.1: invalid `char` bit pattern: 0xd800 is no Unicode scalar value" {
		t.Error(p, err)
	}
	if err := g.inst.MayEnterFrom(nil); err == nil {
		t.Error("the instance may be entered")
	}
}

// TestBudget checks that all that a guest makes the host allocate counts.
func TestBudget(t *testing.T) {
	for _, tt := range []struct {
		t *value.Type
		g reflect.Type
	}{
		{value.TypeString, reflect.TypeFor[string]()},
		{value.ListOf(value.TypeU8), reflect.TypeFor[[]byte]()},
		{value.ListOf(value.TypeU16), reflect.TypeFor[[]uint16]()},
		{value.ListOf(value.TypeChar), reflect.TypeFor[[]rune]()},
		{value.OptionOf(value.TypeU64), reflect.TypeFor[*uint64]()},
		{value.ResultOf(value.TypeU64, value.TypeU64), reflect.TypeFor[Result[uint64, uint64]]()},
		{value.MapOf(value.TypeU8, value.TypeU8), reflect.TypeFor[map[uint8]uint8]()},
		{value.FixedListOf(value.TypeU16, 9), reflect.TypeFor[[]uint16]()},
	} {
		at := abi.NewTypes().Type(tt.t)
		c := must[*codec](t)(newCompiler(nil).codec(tt.g, at, place{}))
		for _, flat := range []bool{false, true} {
			cx := newGuest(1<<12, abi.Width32, abi.UTF8).context()
			clear(cx.Memory.Bytes())
			cx.Memory.Bytes()[0], cx.Memory.Bytes()[4] = 1, 9
			cx.Budget = 5
			r := newReader(cx, []uint64{1, 9, 0, 0, 0, 0, 0, 0, 0}, at, true)
			load := func() error { return r.load(c, 0, reflect.New(tt.g).Elem()) }
			if flat {
				r.flat[0] = 1
				load = func() error { return r.lift(c, reflect.New(tt.g).Elem()) }
			}
			if tt.t.Kind == value.KindList && at.Elem.ElemSize(abi.Width32) > 1 || tt.t.Kind == value.KindMap {
				cx.Memory.Bytes()[0], r.flat[0] = 0, 0
			}
			if err := load(); err == nil || !strings.Contains(err.Error(), "of the host's memory") {
				t.Errorf("%v, flat %v: %v", tt.t, flat, err)
			}
		}
	}
}
