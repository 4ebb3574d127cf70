package abi

import (
	"bytes"
	"errors"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/value"
)

var (
	adU8, adU32, adU64 = value.Prim(value.KindU8), value.Prim(value.KindU32), value.Prim(value.KindU64)
	adStr, adChar      = value.Prim(value.KindString), value.Prim(value.KindChar)
)

func TestAdapterTraps(t *testing.T) {
	const size = 1 << 16
	pair := value.RecordOf(value.Field{Name: "n", Type: adU32}, value.Field{Name: "s", Type: adStr})
	shape := value.VariantOf(value.Field{Name: "none"}, value.Field{Name: "text", Type: adStr})
	deep := value.RecordOf(value.Field{Name: "tags", Type: value.ListOf(pair)})
	tests := []struct {
		name    string
		typ     *value.Type
		w       Width
		in      []uint64
		mem     map[uint64]uint32 // words of the sender's memory
		realloc uint64            // result, 0 for a good one
		want    string
	}{
		{"char", adChar, 0, []uint64{0xd800}, nil, 0, "parameter `p0`: invalid `char` bit pattern: 0xd800 is no Unicode scalar value"},
		{"char too big", adChar, 0, []uint64{0x110000}, nil, 0, "invalid `char` bit pattern"},
		{"char in a list", value.ListOf(adChar), 0, []uint64{16, 3}, map[uint64]uint32{24: 0xdfff}, 0, "parameter `p0`[2]: invalid `char` bit pattern: 0xdfff"},
		{"case", shape, 0, []uint64{2, 0, 0}, nil, 0, "parameter `p0`: invalid variant discriminant: 2, but there are 2 cases"},
		{"case in a list", value.ListOf(shape), 0, []uint64{16, 2}, map[uint64]uint32{28: 9}, 0, "parameter `p0`[1]: invalid variant discriminant: 9"},
		{"enum", value.EnumOf("a", "b"), 0, []uint64{1 << 31}, nil, 0, "invalid variant discriminant: 2147483648"},
		{"string in a case", shape, 0, []uint64{1, size, 1}, nil, 0, "parameter `p0`.text: string content out-of-bounds: 1 bytes at 0x10000, but the memory has 65536"},
		{"place", deep, 0, []uint64{16, 2}, map[uint64]uint32{32: 5, 36: 1 << 31}, 0, "parameter `p0`.tags[1].s: string content out-of-bounds: 2147483648 bytes at 0x5"},
		{"map", value.MapOf(adStr, adChar), 0, []uint64{16, 2}, map[uint64]uint32{16 + 12: size + 1}, 0, "parameter `p0`[1] key: string content out-of-bounds"},
		{"map value", value.MapOf(adStr, adChar), 0, []uint64{16, 2}, map[uint64]uint32{16 + 20: 0xd800}, 0, "parameter `p0`[1]: invalid `char`"},
		{"list beyond", value.ListOf(adU8), 0, []uint64{size, 1}, nil, 0, "list content out-of-bounds: 1 elements of 1 bytes at 0x10000"},
		{"list unaligned", value.ListOf(adU32), 0, []uint64{17, 0}, nil, 0, "unaligned pointer: list at 0x11, which is not a multiple of 4"},
		{"long list", value.ListOf(adU64), 0, []uint64{0, 1<<32 - 1}, nil, 0, "list content out-of-bounds"},
		{"64 bits", value.ListOf(adU64), Width64, []uint64{0, 1 << 61}, nil, 0, "list content out-of-bounds"},
		{"64 bits around", value.ListOf(adU64), Width64, []uint64{1<<64 - 8, 2}, nil, 0, "list content out-of-bounds"},
		{"list of long lists", value.ListOf(value.FixedListOf(adU64, 1<<30)), Width64, []uint64{0, 1 << 40}, nil, 0, "list content out-of-bounds"},
		{"realloc beyond", value.ListOf(adU8), 0, []uint64{0, 0}, nil, 1<<32 - 1, "list content out-of-bounds: realloc return: beyond end of memory"},
		{"realloc unaligned", value.ListOf(adU32), 0, []uint64{8, 1}, nil, 2, "unaligned pointer: realloc return: result not aligned"},
		{"realloc string", adStr, 0, []uint64{8, 1}, nil, size, "string content out-of-bounds: realloc return"},
		{"handle", value.OwnOf(&value.Resource{}), 0, []uint64{0}, nil, 0, "unknown handle index"},
		{"stream", value.StreamOf(nil), 0, []uint64{0}, nil, 0, "unknown handle index"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from, _ := adContext(size, UTF8, tt.w)
			to, h := adContext(size, UTF8, tt.w)
			if tt.realloc != 0 {
				h.bad = func() uint64 { return tt.realloc }
			}
			for at, x := range tt.mem {
				le.PutUint32(from.Memory.Bytes()[at:], x)
			}
			err := adMove(t, tt.typ, tt.w, from, tt.in, to)
			var trap *Trap
			if !errors.As(err, &trap) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// adMove moves flat parameters of one type.
func adMove(t *testing.T, typ *value.Type, w Width, from *Context, in []uint64, to *Context) error {
	t.Helper()
	p := adParams(typ)
	a, err := NewAdapter(p, p, w, w)
	if err != nil {
		t.Fatal(err)
	}
	return a.Move(from, in, false, to, make([]uint64, MaxFlatParams), false)
}

func TestAdapterTuplePointers(t *testing.T) {
	p := adParams(adU32, adU64)
	a, err := NewAdapter(p, p, Width32, Width32)
	if err != nil {
		t.Fatal(err)
	}
	const size = 128
	tests := []struct {
		in, out uint64
		want    string
	}{
		{0, 0, ""},
		{size - 16, size - 16, ""},
		{1 << 40, 1 << 40, ""}, // the high half does not count
		{4, 0, "unaligned pointer: 0x4 is not a multiple of 8"},
		{0, 1, "unaligned pointer: 0x1 is not a multiple of 8"},
		{size - 8, 0, "pointer out of bounds of memory: 16 bytes at 0x78, but the memory has 128"},
		{0, 1<<32 - 8, "pointer out of bounds of memory"},
	}
	for _, tt := range tests {
		from, _ := adContext(size, UTF8, Width32)
		to, _ := adContext(size, UTF8, Width32)
		err := a.Move(from, []uint64{tt.in}, true, to, []uint64{tt.out}, true)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%#x to %#x: error %v, want %q", tt.in, tt.out, err, tt.want)
		}
	}
	from, _ := adContext(size, UTF8, Width32)
	to, h := adContext(size, UTF8, Width32)
	h.bad = func() uint64 { return 1 }
	if err := a.MoveNew(from, []uint64{0}, true, to, []uint64{0}); err == nil || !strings.Contains(err.Error(), "unaligned pointer") {
		t.Errorf("error %v", err)
	}
	if err := a.Move(from, []uint64{0}, false, to, []uint64{0, 0}, false); err == nil || !strings.Contains(err.Error(), "1 words for a tuple of 2 flat values") {
		t.Errorf("error %v for too few values", err)
	}
}

// Handles go from table to table in order, with the slots of each side.
func TestAdapterHandles(t *testing.T) {
	view := func(slot int) *Type {
		r := &value.Resource{Name: "r", Slot: slot}
		return adParams(value.OwnOf(r), value.OptionOf(value.BorrowOf(r)), value.StreamOf(nil), value.Prim(value.KindErrorContext),
			value.ListOf(value.OwnOf(r)))
	}
	a, err := NewAdapter(view(1), view(2), Width32, Width32)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := adContext(128, UTF8, Width32)
	to, _ := adContext(128, UTF8, Width32)
	le.PutUint32(from.Memory.Bytes()[8:], 70)
	le.PutUint32(from.Memory.Bytes()[12:], 71)
	out := make([]uint64, 7)
	if err := a.Move(from, []uint64{30, 1, 40, 50, 60, 8, 2}, false, to, out, false); err != nil {
		t.Fatal(err)
	}
	if want := []uint64{1, 1, 2, 3, 4, 64, 2}; !reflect.DeepEqual(out, want) {
		t.Errorf("flat values %d, want %d", out, want)
	}
	if x, y := le.Uint32(to.Memory.Bytes()[64:]), le.Uint32(to.Memory.Bytes()[68:]); x != 5 || y != 6 {
		t.Errorf("handles %d and %d in the list", x, y)
	}
	lifted := []string{"lift own 30 of 1", "lift borrow 40 of 1", "lift stream 50 of 0", "lift error 60 of 0", "lift own 70 of 1", "lift own 71 of 1"}
	lowered := []string{"lower own 1030 of 2: 1", "lower borrow 1040 of 2: 2", "lower stream 50 of 0: 3", "lower error 60 of 0: 4", "lower own 1070 of 2: 5", "lower own 1071 of 2: 6"}
	if got := from.Handles.(*adHandles).log; !reflect.DeepEqual(got, lifted) {
		t.Errorf("sender: %q", got)
	}
	if got := to.Handles.(*adHandles).log; !reflect.DeepEqual(got, lowered) {
		t.Errorf("receiver: %q", got)
	}
	from.Handles = nil
	if err := a.Move(from, []uint64{30, 0, 0, 0, 0, 0, 0}, false, to, out, false); err == nil || !strings.Contains(err.Error(), "without handles") {
		t.Errorf("error %v without handles", err)
	}
}

func TestAdapterRefusesOtherTypes(t *testing.T) {
	own := value.OwnOf(&value.Resource{})
	tests := []struct {
		a, b *value.Type
		want string
	}{
		{adU32, adU64, "u32 and u64"},
		{value.ListOf(adU32), value.ListOf(adU8), "u32 and u8"},
		{value.ListOf(adU32), value.FixedListOf(adU32, 2), "elements"},
		{value.FlagsOf("a"), value.FlagsOf("b"), `flag 0 is "a" and "b"`},
		{value.FlagsOf("a"), value.FlagsOf("a", "b"), "1 and 2 flags"},
		{value.EnumOf("a"), value.EnumOf("a", "b"), "1 and 2 cases"},
		{value.EnumOf("a"), value.EnumOf("b"), `case 0 is "a" and "b"`},
		{value.ResultOf(adU8, nil), value.ResultOf(nil, adU8), "one is missing"},
		{value.RecordOf(value.Field{Name: "a", Type: adU8}), value.RecordOf(value.Field{Name: "b", Type: adU8}), `field 0 is "a" and "b"`},
		{own, value.BorrowOf(own.Resource), "own and borrow"},
		{value.StreamOf(nil), value.StreamOf(adU8), "payload"},
	}
	for _, tt := range tests {
		var e *diag.Error
		_, err := NewAdapter(adParams(tt.a), adParams(tt.b), Width32, Width32)
		if !errors.As(err, &e) || e.Code != CodeAdapter || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s and %s: error %v, want %q", tt.a, tt.b, err, tt.want)
		}
	}
	if _, err := NewElementAdapter(nil, NewTypes().Type(adU8), Width32, Width32); err == nil {
		t.Error("no error for a payload on one side")
	}
}

// Types that refer to one another many times take no more time than they have
// parts.
func TestAdapterOfSharedTypes(t *testing.T) {
	for _, double := range []func(*value.Type) *value.Type{
		func(t *value.Type) *value.Type { return value.TupleOf(t, t) },
		func(t *value.Type) *value.Type {
			return value.VariantOf(value.Field{Name: "a", Type: t}, value.Field{Name: "b", Type: t})
		},
		func(t *value.Type) *value.Type { return value.MapOf(t, t) },
		func(t *value.Type) *value.Type { return value.FixedListOf(t, 1<<31) },
	} {
		typ := value.RecordOf(value.Field{Name: "c", Type: adChar}, value.Field{Name: "s", Type: adStr})
		for range 90 {
			typ = double(typ)
		}
		p := adParams(typ)
		a, err := NewAdapter(p, p, Width32, Width64)
		if err != nil {
			t.Fatal(err)
		}
		from, _ := adContext(1<<16, UTF8, Width32)
		to, _ := adContext(1<<16, UTF8, Width64)
		out := make([]uint64, MaxFlatParams)
		_ = a.Move(from, make([]uint64, 1), true, to, out, true)
	}
}

func TestElementAdapter(t *testing.T) {
	types := NewTypes()
	str := types.Type(adStr)
	from, _ := adContext(128, UTF8, Width32)
	to, _ := adContext(128, UTF16, Width64)
	copy(from.Memory.Bytes()[100:], "hi, you")
	for i, x := range []uint32{100, 2, 104, 3} {
		le.PutUint32(from.Memory.Bytes()[8+4*i:], x)
	}
	a, err := NewElementAdapter(str, str, Width32, Width64)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.CopyElements(from, 8, to, 16, 2); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"hi", "you"} {
		s, err := loadString(to, 16+16*uint64(i))
		if err != nil || s.String() != want {
			t.Errorf("string %d is %q, %v", i, s, err)
		}
	}
	for _, tt := range []struct{ src, dst, n uint64 }{
		{4, 12, 2}, {2, 16, 2}, {120, 16, 2}, {8, 112, 2}, {8, 16, 1 << 62}, {8, 16, 1 << 28}, {1<<64 - 8, 16, 1}, {8, 1<<64 - 8, 1},
	} {
		var trap *Trap
		if err := a.CopyElements(from, tt.src, to, tt.dst, tt.n); !errors.As(err, &trap) {
			t.Errorf("%d, %d, %d: error %v", tt.src, tt.dst, tt.n, err)
		}
	}
	u8 := types.Type(adU8)
	if a, err = NewElementAdapter(u8, u8, Width32, Width64); err != nil {
		t.Fatal(err)
	}
	if err := a.CopyElements(from, 100, to, 1, 7); err != nil || string(to.Memory.Bytes()[1:8]) != "hi, you" {
		t.Errorf("%q, %v", to.Memory.Bytes()[1:8], err)
	}
	if a, err = NewElementAdapter(nil, nil, Width32, Width64); err != nil {
		t.Fatal(err)
	}
	if err := a.CopyElements(from, 1<<63, to, 1<<63, 1<<62); err != nil {
		t.Error(err)
	}
}

// Padding is not copied: it may hold what the receiver must not see.
func TestAdapterLeavesPadding(t *testing.T) {
	p := adParams(value.ListOf(value.TupleOf(adU8, adU32)))
	a, err := NewAdapter(p, p, Width32, Width32)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := adContext(128, UTF8, Width32)
	to, _ := adContext(128, UTF8, Width32)
	copy(from.Memory.Bytes(), bytes.Repeat([]byte{0xee}, 128))
	if err := a.Move(from, []uint64{8, 2}, false, to, make([]uint64, 2), false); err != nil {
		t.Fatal(err)
	}
	want := []byte{0xee, 0, 0, 0, 0xee, 0xee, 0xee, 0xee, 0xee, 0, 0, 0, 0xee, 0xee, 0xee, 0xee}
	if got := to.Memory.Bytes()[64:80]; !bytes.Equal(got, want) {
		t.Errorf("stored %x, want %x", got, want)
	}
}

// Fields that follow each other in one memory need not do so in the other.
func TestAdapterBetweenWidths(t *testing.T) {
	p := adParams(value.ListOf(value.TupleOf(adU32, value.TupleOf(adU32, adStr), adU32)))
	a, err := NewAdapter(p, p, Width32, Width64)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := adContext(128, UTF8, Width32)
	to, _ := adContext(256, UTF8, Width64)
	for i, x := range []uint32{1, 2, 100, 5, 3} {
		le.PutUint32(from.Memory.Bytes()[8+4*i:], x)
	}
	out := make([]uint64, 2)
	if err := a.Move(from, []uint64{8, 1}, false, to, out, false); err != nil {
		t.Fatal(err)
	}
	want := []byte{0: 1, 8: 2, 16: 64 + 40, 24: 5, 32: 3, 39: 0}
	if got := to.Memory.Bytes()[out[0]:][:40]; !bytes.Equal(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}

func TestAdapterDoesNotAllocate(t *testing.T) {
	p := adParams(adU32, value.Prim(value.KindBool), adChar, adStr, value.ListOf(value.TupleOf(adU8, adStr)), value.OptionOf(adU64))
	a, err := NewAdapter(p, p, Width32, Width32)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := adContext(1024, UTF8, Width32)
	for _, enc := range []Encoding{UTF8, UTF16, Latin1UTF16} {
		to, h := adContext(1024, enc, Width32)
		in, out := []uint64{1, 1, 'x', 8, 8, 512, 8, 1, 2}, make([]uint64, 9)
		if n := testing.AllocsPerRun(100, func() {
			h.next = 64
			if err := a.Move(from, in, false, to, out, false); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations with encoding %d", n, enc)
		}
	}
}

// Whatever is in memory and on the stack, a move ends with a value or a trap.
func FuzzAdapterHostile(f *testing.F) {
	for i := range int64(12) {
		f.Add(i, uint16(i*37), []byte("\x01\x00\x00\x00\x10\x00\x00\x00\x03\x00\x00\x00abc"))
	}
	f.Fuzz(func(t *testing.T, seed int64, how uint16, data []byte) {
		if len(data) > 4096 {
			return
		}
		g := &adGen{Rand: rand.New(rand.NewSource(seed)), handles: true, floats: true}
		bit := func(i int) int { return int(how >> i & 1) }
		sw, dw := Width(bit(0)), Width(bit(1))
		p := NewTypes().Func(g.params(1+g.Intn(3), int(how>>2&3))).Params
		a, err := NewAdapter(p, p, sw, dw)
		if err != nil {
			t.Fatal(err)
		}
		from, _ := adContext(len(data), Encoding(how>>4&3%3), sw)
		to, h := adContext(1<<14, Encoding(how>>6&3%3), dw)
		copy(from.Memory.Bytes(), data)
		if bit(8) != 0 {
			h.bad = g.Uint64
		}
		in, out := make([]uint64, MaxFlatParams), make([]uint64, MaxFlatParams)
		for i := range in {
			in[i] = g.Uint64() >> g.Intn(64)
			out[i] = uint64(g.Intn(1 << 14))
		}
		inMem := p.flatLen > MaxFlatParams || bit(9) != 0
		if bit(10) != 0 {
			err = a.MoveNew(from, in, inMem, to, out)
		} else {
			err = a.Move(from, in, inMem, to, out, inMem || bit(11) != 0)
		}
		if err != nil {
			return
		}
	})
}
