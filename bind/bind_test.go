package bind

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/task"
	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// A memory is a linear memory of some bytes.
type memoryOf struct {
	b    []byte
	next uint64
}

func (m *memoryOf) Type() (t wasm.ExternType)  { return t }
func (m *memoryOf) Bytes() []byte              { return m.b }
func (m *memoryOf) Grow(uint64) (uint64, bool) { return 0, false }

// Call is realloc.
func (m *memoryOf) Call(_ context.Context, stack []uint64) error {
	m.next = (m.next + stack[2] - 1) &^ (stack[2] - 1)
	stack[0] = m.next
	m.next += stack[3]
	return nil
}

func guest(size int) (*Context, *memoryOf) {
	m := &memoryOf{make([]byte, size), 16}
	return &Context{Options: &abi.Options{Memory: m, Realloc: m}, Ctx: context.Background(), Budget: abi.DefaultBudget}, m
}

func roundTrip[T Number](t *testing.T, s ...T) {
	cx, m := guest(256)
	ptr, err := LowerNumbers(cx, s)
	if err != nil {
		t.Fatal(err)
	}
	PutPair(m.b, ptr, uint64(len(s)))
	got, err := LoadNumbers[T](cx, m.b)
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Errorf("%T: %v, %v, want %v", s, got, err, s)
	}
	if n := abi.DefaultBudget - cx.Budget; n != int64(24+uint64(len(s))*sizeOf[T]()) {
		t.Errorf("%T: %d bytes were counted", s, n)
	}
}

func TestNumbers(t *testing.T) {
	roundTrip[int8](t, -128, 0, 127)
	roundTrip[uint8](t, 0, 255)
	roundTrip[int16](t, -32768, 32767)
	roundTrip[uint16](t, 0, 65535)
	roundTrip[int32](t, math.MinInt32, math.MaxInt32)
	roundTrip[uint32](t, 0, math.MaxUint32)
	roundTrip[int64](t, math.MinInt64, math.MaxInt64)
	roundTrip[uint64](t, 0, math.MaxUint64)
	roundTrip[float32](t, 0, float32(math.Inf(-1)), 1.5)
	roundTrip[float64](t, 0, math.Inf(1), 0.1)
}

func TestNaN(t *testing.T) {
	if b := math.Float32bits(F32(0xffc12345)); b != canonicalNaN32 {
		t.Errorf("%#x", b)
	}
	if b := math.Float64bits(F64(0xfff8000012345678)); b != canonicalNaN64 {
		t.Errorf("%#x", b)
	}
	if b := W32(math.Float32frombits(0xffc12345)); b != canonicalNaN32 {
		t.Errorf("%#x", b)
	}
	if b := W64(math.Float64frombits(0x7ff8000012345678)); b != canonicalNaN64 {
		t.Errorf("%#x", b)
	}
}

func TestListTraps(t *testing.T) {
	for _, tt := range []struct {
		ptr, n, size, align uint64
		want                string
	}{
		{8, 1, 8, 8, ""},
		{1<<32 + 8, 1<<32 + 1, 8, 8, ""},
		{256, 0, 8, 8, ""},
		{4, 0, 8, 8, "unaligned pointer: list at 0x4, which is not a multiple of 8"},
		{8, 32, 8, 8, "list content out-of-bounds: 32 elements of 8 bytes at 0x8, but the memory has 256"},
		{257, 0, 1, 1, "list content out-of-bounds"},
		{0, 1<<32 - 1, 8, 8, "list content out-of-bounds"},
		{0, 1 << 30, 1 << 40, 8, "list content out-of-bounds"},
		{0, 1 << 31, 0, 1, "at most 268435455 bytes are allowed"},
		{0, 1 << 27, 0, 1, "the values of one call need more bytes of the host's memory than its limit allows"},
	} {
		cx, _ := guest(256)
		m, n, err := LiftList(cx, tt.ptr, tt.n, tt.size, tt.align, 2)
		var trap *abi.Trap
		switch {
		case tt.want == "" && (err != nil || uint64(n) != uint64(uint32(tt.n)) || len(m) != n*int(tt.size)):
			t.Errorf("%v: %d, %v", tt, n, err)
		case tt.want != "" && (!errors.As(err, &trap) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%v: %v", tt, err)
		}
	}
	cx := &Context{Options: &abi.Options{}}
	if _, _, err := LiftList(cx, 0, 0, 1, 1, 1); err == nil {
		t.Error("a list without memory")
	}
	if _, err := Allocate(cx, 1, 1, 1); err == nil {
		t.Error("room without memory")
	}
}

func TestBadValues(t *testing.T) {
	cx, _ := guest(256)
	_, _, badUTF8 := LowerString(cx, "a\xff")
	_, badRune := Rune(0xd800)
	_, tooLong := Allocate(cx, 1<<26, 8, 8)
	for _, err := range []error{badUTF8, badRune, tooLong, BadEnum("e", 3, 2), ErrNil(), CheckHandle(Handle{}, true)} {
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != abi.CodeValue {
			t.Errorf("%v", err)
			continue
		}
		if got := Within(Element(err, 3), "parameter `p`").Error(); !strings.Contains(got, "parameter `p`: [3]: ") {
			t.Errorf("%v", got)
		}
	}
	if err := Within(Element(BadCase(7, 2), 3), "parameter `p`"); err.Error() != "parameter `p`[3]: invalid variant discriminant: 7, but there are 2 cases" {
		t.Error(err)
	}
}

func TestMatch(t *testing.T) {
	host, guest := HostResource[Dropper]("h"), GuestResource("g")
	res := []*Resource{host, guest}
	rts := []*task.ResourceType{nil, host.Type(), {Name: "g", Impl: &task.Instance{}}, {Name: "other"}}
	fn := func(params ...Field) *FuncType { return &FuncType{Params: params} }
	r := func(name string, slot int) *value.Type { return value.OwnOf(&value.Resource{Name: name, Slot: slot}) }
	point := RecordOf(Field{Name: "x", Type: TypeU8}, Field{Name: "y", Type: TypeString})
	for _, tt := range []struct {
		mine, theirs *FuncType
		want         string
	}{
		{fn(), fn(), ""},
		{fn(Field{Name: "p", Type: point}), fn(Field{Name: "p", Type: RecordOf(point.Fields...)}), ""},
		{fn(), fn(Field{Name: "p", Type: TypeU8}), "there are 1 parameters, the bindings have 0: func(p: u8) instead of func()"},
		{fn(), &FuncType{Result: TypeU8}, "there is func() -> u8, the bindings have func()"},
		{fn(), &FuncType{Async: true}, "there is async func(), the bindings have func()"},
		{fn(Field{Name: "p", Type: ListOf(OptionOf(point))}), fn(Field{Name: "p", Type: ListOf(OptionOf(RecordOf(point.Fields[0], Field{Name: "y", Type: TypeU8})))}),
			`parameter "p": element: case "some": field "y": the type there is u8, the bindings have string`},
		{fn(Field{Name: "p", Type: EnumOf("a", "b")}), fn(Field{Name: "p", Type: EnumOf("a", "c")}), `parameter "p": case 1 is "c" there, in the bindings it is "b"`},
		{fn(Field{Name: "p", Type: FlagsOf("a", "b")}), fn(Field{Name: "p", Type: FlagsOf("a")}), `parameter "p": there are 1 flags, the bindings have 2`},
		{fn(Field{Name: "p", Type: VariantOf(Field{Name: "a"})}), fn(Field{Name: "p", Type: VariantOf(Field{Name: "a", Type: TypeU8})}), `case "a" has a payload there`},
		{fn(Field{Name: "p", Type: FixedListOf(TypeU8, 2)}), fn(Field{Name: "p", Type: FixedListOf(TypeU8, 3)}), `the type there is list<u8, 3>, the bindings have list<u8, 2>`},
		{fn(Field{Name: "p", Type: MapOf(TypeU8, TypeU8)}), fn(Field{Name: "p", Type: MapOf(TypeU16, TypeU8)}), `key: the type there is u16`},
		{fn(Field{Name: "p", Type: OwnOf("h", 0)}, Field{Name: "q", Type: OwnOf("g", 1)}), fn(Field{Name: "p", Type: r("h", 1)}, Field{Name: "q", Type: r("g", 2)}), ""},
		{fn(Field{Name: "p", Type: OwnOf("h", 0)}), fn(Field{Name: "p", Type: r("h", 0)}), `resource "h" is not defined`},
		{fn(Field{Name: "p", Type: OwnOf("h", 0)}), fn(Field{Name: "p", Type: r("h", 9)}), `resource "h" is not defined`},
		{fn(Field{Name: "p", Type: OwnOf("h", 0)}), fn(Field{Name: "p", Type: r("h", 3)}), `resource "h" is not the one of these bindings`},
		{fn(Field{Name: "p", Type: OwnOf("g", 1)}), fn(Field{Name: "p", Type: r("g", 3)}), `resource "g" is one of the host, in the bindings it is the component's`},
		{fn(Field{Name: "p", Type: OwnOf("g", 1)}), fn(Field{Name: "p", Type: BorrowOf("g", 2)}), `the type there is borrow`},
		{fn(Field{Name: "p", Type: StreamOf(OwnOf("h", 0))}, Field{Name: "q", Type: FutureOf(OwnOf("g", 1))}), fn(Field{Name: "p", Type: StreamOf(r("h", 1))}, Field{Name: "q", Type: FutureOf(r("g", 2))}), ""},
		{fn(Field{Name: "p", Type: StreamOf(nil)}), fn(Field{Name: "p", Type: StreamOf(nil)}), ""},
		{fn(Field{Name: "p", Type: TypeErrorContext}), fn(Field{Name: "p", Type: TypeErrorContext}), ""},
		{fn(Field{Name: "p", Type: StreamOf(nil)}), fn(Field{Name: "p", Type: TypeByteStream}), "the type there is stream<u8>, the bindings have stream"},
		{fn(Field{Name: "p", Type: TypeByteStream}), fn(Field{Name: "p", Type: FutureOf(TypeU8)}), "the type there is future<u8>, the bindings have stream<u8>"},
		{fn(Field{Name: "p", Type: FutureOf(ResultOf(nil, TypeU8))}), fn(Field{Name: "p", Type: FutureOf(ResultOf(nil, TypeS8))}), `parameter "p": element: case "error": the type there is s8, the bindings have u8`},
	} {
		b, err := match(tt.mine, res, abi.NewTypes().Func(tt.theirs), rts)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%v: %v", tt.mine, err)
		case tt.want == "" && len(tt.mine.Params) == 2 && !reflect.DeepEqual(b.slots, []int{1, 2}):
			t.Errorf("slots are %v", b.slots)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

// TestMatchShared compares types that are small but whose trees are large.
func TestMatchShared(t *testing.T) {
	deep := func() *Type {
		typ := TypeU8
		for range 64 {
			typ = TupleOf(typ, typ)
		}
		return typ
	}
	mine, theirs := deep(), deep()
	if _, err := match(&FuncType{Result: mine}, nil, abi.NewTypes().Func(&FuncType{Result: theirs}), nil); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{Fail("text"), "text"},
		{Fail(None{}), "the function failed"},
		{Fail([]uint8{1, 2}), "[1 2]"},
		{Fail(errors.New("inner")), "inner"},
	} {
		if tt.err.Error() != tt.want {
			t.Errorf("%v, want %s", tt.err, tt.want)
		}
	}
	joined := errors.Join(errors.New("first"), Fail(uint8(7)))
	if e, ok := AsError[Error[uint8]](joined); !ok || e.Value != 7 {
		t.Errorf("%v, %t", e, ok)
	}
	if _, ok := AsError[Error[uint16]](joined); ok {
		t.Error("an error of another type was found")
	}
	if s := FlagNames(5, []string{"a", "b", "c"}); s != "{a, c}" {
		t.Error(s)
	}
}
