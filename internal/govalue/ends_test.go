package govalue

// This file is elements of streams, which are to be moved as those of lists,
// and streams within values.

import (
	"bytes"
	"io"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/internal/ends"
	"github.com/dray-wasm/dray/value"
)

// compareElements loads and stores elements of a random type as those of a list
// and as those of a stream.
func compareElements(t *testing.T, seed int64, mem []byte) (loaded bool) {
	r := rand.New(rand.NewSource(seed))
	typ, g := randomType(r, 3)
	if mem == nil {
		mem = hostileMemory(r, 1<<r.Intn(11))
	}
	w, e := abi.Width(r.Intn(2)), abi.Encoding(r.Intn(3))
	at := abi.NewTypes().Type(value.ListOf(typ))
	n := r.Intn(9)
	ptr := uint64(r.Intn(64)) &^ (at.Elem.Alignment(w) - 1)
	if abi.CheckList(ptr, uint64(n), at.Elem, w, len(mem)) != nil {
		return false
	}
	c, err := newCompiler(nil).codec(reflect.SliceOf(g), at, place{"p", "g"})
	if err != nil {
		t.Fatal(err)
	}
	// from is a guest with the memory, to one with room.
	guests := func() (from, to *guest) {
		from, to = newGuest(0, w, e), newGuest(1<<14, w, e)
		from.mem.b = bytes.Clone(mem)
		return from, to
	}
	from, to := guests()
	want := reflect.New(reflect.SliceOf(g)).Elem()
	rd := newReader(from.context(), nil, at, true)
	wantErr := rd.elements(c, ptr, uint64(n), want)
	from, other := guests()
	got := reflect.New(reflect.SliceOf(g))
	got.Elem().Set(reflect.MakeSlice(reflect.SliceOf(g), n, n+3))
	m, err := (&elements{rt: g}).Elements(from.inst, at.Elem)
	if err != nil {
		t.Fatal(err)
	}
	gotErr := m.Load(from.context(), ptr, got.Interface())
	if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
		t.Fatalf("seed %d, %v as %v:\n%v\nwant %v", seed, typ, g, gotErr, wantErr)
	}
	if wantErr != nil || n == 0 {
		return false
	}
	to.mem.moves = r.Intn(2) == 0
	other.mem.moves = to.mem.moves
	size := uint64(n) * at.Elem.ElemSize(w)
	cx := to.context()
	out, err := cx.Allocate(at.Elem.Alignment(w), size)
	if err != nil {
		t.Fatal(err)
	}
	other.mem.next = to.mem.next
	wr := writer{cx: cx}
	wr.refresh()
	wantErr = wr.elements(c, want, n, out)
	if m, err = (&elements{rt: g}).Elements(other.inst, at.Elem); err != nil {
		t.Fatal(err)
	}
	gotErr = m.Store(other.context(), out, got.Interface())
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("seed %d, %v as %v:\n%v\nwant %v", seed, typ, g, gotErr, wantErr)
	}
	if wantErr == nil && !bytes.Equal(to.mem.b, other.mem.b) {
		t.Fatalf("seed %d, %v as %v: stored as\n%x\nwant\n%x", seed, typ, g, other.mem.b[out:][:size], to.mem.b[out:][:size])
	}
	return true
}

func TestElements(t *testing.T) {
	n, loaded := 4_000, 0
	if testing.Short() {
		n = 500
	}
	for seed := range n {
		if compareElements(t, int64(seed), nil) {
			loaded++
		}
	}
	if loaded < n/10 {
		t.Errorf("%d of %d memories had elements", loaded, n)
	}
}

func FuzzElements(f *testing.F) {
	f.Add(int64(1), []byte("some memory"))
	f.Add(int64(7), make([]byte, 256))
	f.Fuzz(func(t *testing.T, seed int64, mem []byte) {
		if mem == nil {
			mem = []byte{}
		}
		compareElements(t, seed, mem)
	})
}

// TestElementsReused checks that nothing is left of what a place had before.
func TestElementsReused(t *testing.T) {
	g := newGuest(64, abi.Width32, abi.UTF8)
	at := abi.NewTypes().Type(value.OptionOf(value.TypeU8))
	m, err := (&elements{rt: reflect.TypeFor[*uint8]()}).Elements(g.inst, at)
	if err != nil {
		t.Fatal(err)
	}
	copy(g.mem.b, []byte{1, 7, 0, 9})
	seven := uint8(3)
	vs := []*uint8{nil, &seven}
	if err := m.Load(g.context(), 0, &vs); err != nil || *vs[0] != 7 || vs[1] != nil || seven != 3 {
		t.Error(vs, err)
	}
}

// TestBadElements checks elements of the program that cannot be lowered.
func TestBadElements(t *testing.T) {
	g := newGuest(1<<10, abi.Width32, abi.UTF8)
	at := abi.NewTypes().Type(value.TypeString)
	m, err := (&elements{rt: reflect.TypeFor[string]()}).Elements(g.inst, at)
	if err != nil {
		t.Fatal(err)
	}
	const want = `element 1 of a string: a string must be UTF-8, and "\xff" is not`
	if err := m.Store(g.context(), 0, &[]string{"a", "\xff"}); err == nil || err.Error() != want {
		t.Error(err)
	}
	if _, err := (&elements{rt: reflect.TypeFor[int]()}).Elements(g.inst, at); err == nil {
		t.Error("strings become int")
	}
	g.opts.Memory = nil
	if err := m.Load(g.context(), 0, &[]string{"a"}); err == nil {
		t.Error("a string without memory")
	}
}

// TestGather checks where streams are found in values.
func TestGather(t *testing.T) {
	type rec struct {
		S *ends.Stream[uint32]
		O **ends.Stream[uint32]
		L []io.Reader
		M map[string]*ends.Future[struct{}]
		R Result[*ends.Stream[uint32], string]
		V value.Value
		N uint32
	}
	stream := value.StreamOf(value.TypeU32)
	typ := value.RecordOf(
		value.Field{Name: "s", Type: stream}, value.Field{Name: "o", Type: value.OptionOf(stream)},
		value.Field{Name: "l", Type: value.ListOf(value.StreamOf(value.TypeU8))},
		value.Field{Name: "m", Type: value.MapOf(value.TypeString, value.FutureOf(nil))},
		value.Field{Name: "r", Type: value.ResultOf(stream, value.TypeString)},
		value.Field{Name: "v", Type: value.ListOf(value.TupleOf(value.OptionOf(stream)))},
		value.Field{Name: "n", Type: value.TypeU32})
	at := abi.NewTypes().Type(typ)
	c, err := newCompiler(nil).codec(reflect.TypeFor[rec](), at, place{"p", "g"})
	if err != nil || !c.ends {
		t.Fatal(err, c.ends)
	}
	s := func() *ends.Stream[uint32] { return ends.StreamFrom[uint32](1) }
	o, r := s(), s()
	inner := typ.Fields[5].Type
	dynamic := func(end any) value.Value {
		h := must[value.Value](t)(value.Handle(stream, end))
		some := must[value.Value](t)(value.Some(inner.Elem.Fields[0].Type, h))
		return must[value.Value](t)(value.List(inner, []value.Value{must[value.Value](t)(value.Tuple(inner.Elem, some))}))
	}
	v := rec{
		s(), &o, []io.Reader{strings.NewReader(""), &ends.ByteStream{}},
		map[string]*ends.Future[struct{}]{"a": ends.Resolved(struct{}{})},
		Result[*ends.Stream[uint32], string]{OK: &r}, dynamic(s()), 1,
	}
	list := c.gather(reflect.ValueOf(&v).Elem(), nil)
	if len(list) != 6 || twice(list) != nil {
		t.Errorf("%d streams: %v", len(list), twice(list))
	}
	v.L = nil
	if err := c.check(reflect.ValueOf(&v).Elem()); err != nil {
		t.Error(err)
	}
	for want, end := range map[string]any{
		".v[0].0.some: the stream was closed":    func() any { s := s(); s.Close(); return s }(),
		".v[0].0.some: a stream must not be nil": nil,
		".v[0].0.some: the value is a stream<u32>, but what stands for it in Go is an int; use *dray.Stream[uint32]": 7,
	} {
		v.V = dynamic(end)
		if err := c.check(reflect.ValueOf(&v).Elem()); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	*v.O = v.S
	if twice(c.gather(reflect.ValueOf(&v).Elem(), nil)) == nil {
		t.Error("a stream twice is not found")
	}
	list = c.gather(reflect.ValueOf(&v).Elem(), nil)
	closeAll(list)
	for _, e := range list {
		if e != ends.End((*ends.Stream[uint32])(nil)) && !ends.IsFuture(e) && ends.Check(e) == nil {
			t.Error("a stream is not closed")
		}
	}
}
