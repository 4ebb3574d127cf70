package abi

// This file compares with what the Canonical ABI's reference code does:
// testdata/canon/gen.py says how the goldens are made and what is in them.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/value"
	"github.com/dray-wasm/dray/wasm"
)

// A golden is one line.
type golden struct {
	kind, class string
	typ         any
	val         any
	width       int
	encoding    string
	layout      [4]uint64
	flat        *string
	ptr         uint64
	stored      []byte
	bits        []uint64
	lowered     []byte
	mem         []byte
	lifted      any
	loaded      any
}

func (g *golden) UnmarshalJSON(b []byte) error {
	var head [2]string
	into := []any{&head[0]}
	if bytes.HasPrefix(b, []byte(`["lower"`)) {
		into = append(into, &head[1], &g.typ, &g.val, &g.width, &g.encoding, &g.layout, &g.flat, &g.ptr, &g.stored, &g.bits, &g.lowered)
	} else {
		into = append(into, &head[1], &g.typ, &g.width, &g.encoding, &g.mem, &g.bits, &g.lifted, &g.loaded)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	for i, r := range raw {
		d := json.NewDecoder(bytes.NewReader(r))
		d.UseNumber()
		if err := d.Decode(into[i]); err != nil {
			return err
		}
	}
	g.kind, g.class = head[0], head[1]
	return nil
}

func goldens(t testing.TB) []*golden {
	f, err := os.Open("testdata/canon/goldens.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []*golden
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		g := new(golden)
		if err := json.Unmarshal(lines.Bytes(), g); err != nil {
			t.Fatalf("line %d: %v", len(out)+1, err)
		}
		out = append(out, g)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return out
}

// primKinds are the kinds by keyword.
var primKinds = func() map[string]value.Kind {
	m := map[string]value.Kind{}
	for k := value.KindBool; k <= value.KindString; k++ {
		m[k.String()] = k
	}
	return m
}()

// goldenType makes a type from JSON.
func goldenType(j any) *value.Type {
	if j == nil {
		return nil
	}
	if s, ok := j.(string); ok {
		return value.Prim(primKinds[s])
	}
	a := j.([]any)
	kind, a := a[0].(string), a[1:]
	var fields []value.Field
	var labels []string
	switch kind {
	case "record", "variant":
		for _, f := range a {
			f := f.([]any)
			fields = append(fields, value.Field{Name: f[0].(string), Type: goldenType(f[1])})
		}
	case "enum", "flags":
		for _, l := range a {
			labels = append(labels, l.(string))
		}
	}
	switch kind {
	case "list":
		if len(a) == 2 {
			return value.FixedListOf(goldenType(a[0]), uint32(integer(a[1])))
		}
		return value.ListOf(goldenType(a[0]))
	case "record":
		return value.RecordOf(fields...)
	case "variant":
		return value.VariantOf(fields...)
	case "enum":
		return value.EnumOf(labels...)
	case "flags":
		return value.FlagsOf(labels...)
	case "option":
		return value.OptionOf(goldenType(a[0]))
	case "result":
		return value.ResultOf(goldenType(a[0]), goldenType(a[1]))
	case "map":
		return value.MapOf(goldenType(a[0]), goldenType(a[1]))
	}
	var elems []*value.Type
	for _, e := range a {
		elems = append(elems, goldenType(e))
	}
	return value.TupleOf(elems...)
}

func integer(j any) uint64 {
	n := j.(json.Number)
	var x int64
	var u uint64
	if _, err := fmt.Sscan(n.String(), &x); err == nil {
		return uint64(x)
	}
	fmt.Sscan(n.String(), &u)
	return u
}

// goldenValue makes a value from JSON.
func goldenValue(t *value.Type, j any) (value.Value, error) {
	all := func(types func(i int) *value.Type) []value.Value {
		var out []value.Value
		for i, e := range j.([]any) {
			v, err := goldenValue(types(i), e)
			if err != nil {
				panic(err)
			}
			out = append(out, v)
		}
		return out
	}
	switch t.Kind {
	case value.KindBool:
		return value.Bool(j.(bool)), nil
	case value.KindString:
		return value.String(j.(string)), nil
	case value.KindList:
		return value.List(t, all(func(int) *value.Type { return t.Elem }))
	case value.KindRecord, value.KindTuple:
		return value.Record(t, all(func(i int) *value.Type { return t.Fields[i].Type })...)
	case value.KindFlags:
		return value.FlagsFromBits(t, integer(j))
	case value.KindMap:
		var entries []value.Entry
		for _, e := range j.([]any) {
			e := e.([]any)
			k, err := goldenValue(t.Key, e[0])
			if err != nil {
				return k, err
			}
			v, err := goldenValue(t.Elem, e[1])
			if err != nil {
				return v, err
			}
			entries = append(entries, value.Entry{Key: k, Value: v})
		}
		return value.Map(t, entries)
	case value.KindVariant, value.KindEnum, value.KindOption, value.KindResult:
		a := j.([]any)
		i := int(integer(a[0]))
		if len(a) == 1 {
			return value.VariantCase(t, i, nil)
		}
		p, err := goldenValue(t.Cases[i].Type, a[1])
		if err != nil {
			return p, err
		}
		return value.VariantCase(t, i, &p)
	}
	return value.FromBits(t, integer(j))
}

func goldenWidth(w int) Width {
	if w == 64 {
		return Width64
	}
	return Width32
}

var encodings = map[string]Encoding{"utf8": UTF8, "utf16": UTF16, "latin1+utf16": Latin1UTF16}

func flatString(flat []wasm.ValType) string {
	var b strings.Builder
	for _, f := range flat {
		b.WriteByte(map[wasm.ValType]byte{wasm.I32: 'i', wasm.I64: 'l', wasm.F32: 'f', wasm.F64: 'd'}[f])
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	counts := map[string]int{}
	failed := 0
	for i, g := range goldens(t) {
		typ := goldenType(g.typ)
		var err error
		if g.kind == "lower" {
			err = g.checkLower(NewTypes().Type(typ))
		} else {
			err = g.checkLift(NewTypes().Type(typ))
		}
		if err != nil {
			t.Errorf("line %d: %s %s of type %s, value %v, width %d, %s: %v", i+1, g.kind, g.class, typ, g.val, g.width, g.encoding, err)
			if failed++; failed > 10 {
				t.Fatal("too many failures")
			}
		}
		counts[g.kind+" "+g.class]++
	}
	classes := 0
	for c, n := range counts {
		if strings.HasPrefix(c, "lower") {
			classes++
			if n < 500 {
				t.Errorf("%s: %d cases", c, n)
			}
		}
	}
	if classes < 24 {
		t.Errorf("%d classes: %v", classes, counts)
	}
}

func (g *golden) checkLower(t *Type) error {
	v, err := goldenValue(t.Type, g.val)
	if err != nil {
		return err
	}
	layout := [4]uint64{t.ElemSize(Width32), t.Alignment(Width32), t.ElemSize(Width64), t.Alignment(Width64)}
	if layout != g.layout {
		return fmt.Errorf("layout %v, want %v", layout, g.layout)
	}
	w := goldenWidth(g.width)
	cx, r := guest(filled(1<<13), w, encodings[g.encoding])
	r.moves = true
	ptr, err := cx.Allocate(t.Alignment(w), t.ElemSize(w))
	if err != nil {
		return err
	}
	if err := Store(cx, v, t, ptr); err != nil {
		return err
	}
	if err := sameMemory(r, g.stored); err != nil {
		return fmt.Errorf("stored: %w", err)
	}
	switch got, err := Load(cx, ptr, t); {
	case err != nil:
		return err
	case ptr != g.ptr || !got.Equal(v):
		return fmt.Errorf("loaded %v from %d, want %v from %d", got, ptr, v, g.ptr)
	}
	return g.checkLowerFlat(t, v)
}

func (g *golden) checkLowerFlat(t *Type, v value.Value) error {
	w := goldenWidth(g.width)
	flat, ok := t.Flat(w)
	if !ok || g.flat == nil {
		if ok || g.flat != nil {
			return fmt.Errorf("flat form: %t, want %t", ok, g.flat != nil)
		}
		return nil
	}
	if got := flatString(flat); got != *g.flat {
		return fmt.Errorf("flat form %q, want %q", got, *g.flat)
	}
	cx, r := guest(filled(1<<13), w, encodings[g.encoding])
	r.moves = true
	bits := slices.Repeat([]uint64{0xbbbbbbbbbbbbbbbb}, MaxFlatParams)
	n, err := LowerFlat(cx, v, t, bits)
	if err != nil {
		return err
	}
	if !slices.Equal(bits[:n], g.bits) {
		return fmt.Errorf("flat values %x, want %x", bits[:n], g.bits)
	}
	if err := sameMemory(r, g.lowered); err != nil {
		return fmt.Errorf("lowered: %w", err)
	}
	got, m, err := LiftFlat(cx, bits, t)
	if err != nil {
		return err
	}
	if m != n || !got.Equal(v) {
		return fmt.Errorf("lifted %v of %d words, want %v of %d", got, m, v, n)
	}
	return nil
}

func sameMemory(r *bumpRealloc, want []byte) error {
	used := uint64(len(want))
	if !bytes.Equal(r.m.b[:used], want) {
		return fmt.Errorf("memory\n%x, want\n%x", r.m.b[:used], want)
	}
	if r.next != used || !bytes.Equal(r.m.b[used:], filled(len(r.m.b)-len(want))) {
		return fmt.Errorf("allocated up to %d, want %d", r.next, used)
	}
	return nil
}

func (g *golden) checkLift(t *Type) error {
	cx, _ := guest(g.mem, goldenWidth(g.width), encodings[g.encoding])
	lifted, _, err := LiftFlat(cx, g.bits, t)
	if err := same(t.Type, lifted, err, g.lifted); err != nil {
		return fmt.Errorf("lift %x: %w", g.bits, err)
	}
	loaded, err := Load(cx, 0, t)
	if err := same(t.Type, loaded, err, g.loaded); err != nil {
		return fmt.Errorf("load %x: %w", g.mem, err)
	}
	return nil
}

// same compares a value, or the error of getting it, with what the reference
// code has.
func same(t *value.Type, got value.Value, err error, want any) error {
	if want == nil {
		if _, ok := err.(*Trap); !ok {
			return fmt.Errorf("got %v, %v, want a trap", got, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	v, err := goldenValue(t, want)
	if err != nil {
		return err
	}
	if !got.Equal(v) {
		return fmt.Errorf("got %v, want %v", got, v)
	}
	return nil
}
