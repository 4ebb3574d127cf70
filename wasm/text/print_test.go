// This file tests the printer against golden files, and its strings, numbers,
// identifiers and limits one by one. Run with -update to write the goldens.

package text

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/google/go-cmp/cmp"
)

func init() {
	if flag.Lookup("update") == nil {
		flag.Bool("update", false, "write the golden files in testdata anew")
	}
}

const printGuests = "../../testdata/guests"

// readGuest decodes a committed guest.
func readGuest(t testing.TB, name string) *wasm.Module {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(printGuests, name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := binary.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// printed is the text of a module.
func printed(t testing.TB, m *wasm.Module, o PrintOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Print(&out, m, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// checkGolden compares with a file of testdata/print.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "print", name+".wat")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +printed), run with -update if it is right:\n%s", path, diff)
	}
}

func TestPrintGolden(t *testing.T) {
	for _, name := range []string{"missing", "unstable", "trap-cpp"} {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, name, printed(t, readGuest(t, name), PrintOptions{}))
		})
	}
	for name, o := range map[string]PrintOptions{
		"skeleton": {Skeleton: true},
		"no-names": {NoNames: true, Skeleton: true},
		"offsets":  {Offsets: true},
	} {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "trap-cpp."+name, printed(t, readGuest(t, "trap-cpp"), o))
		})
	}
	for name, m := range printSamples(t) {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, name, printed(t, m, PrintOptions{}))
		})
	}
}

func TestModulePrinter(t *testing.T) {
	m := readGuest(t, "unstable")
	data, err := binary.EncodeNames(&wasm.Names{Module: "own name", HasModule: true})
	if err != nil {
		t.Fatal(err)
	}
	m.Customs = []wasm.Custom{{Name: "name", Data: data, After: wasm.SectionData}}
	var out bytes.Buffer
	w := NewWriter(&out)
	w.Str("(component\n  ")
	p := NewModulePrinter(w, PrintOptions{})
	p.Begin(m)
	if name, ok := p.Name(); name != "own name" || !ok {
		t.Errorf("the name is %q, %v", name, ok)
	}
	p.Print("core module", "$m (;0;)", 1)
	w.Str("\n  ")
	p.Begin(new(wasm.Module))
	if name, ok := p.Name(); ok {
		t.Errorf("a module without a name has the name %q", name)
	}
	p.Print("core module", "", 1)
	w.Str("\n)\n")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "nested", out.String())
}

func TestQuote(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `""`},
		{"a b~", `"a b~"`},
		{"\"\\'", `"\"\\'"`},
		{"\t\n\r\x00\x1b\x7f", `"\t\n\r\00\1b\7f"`},
		{"käse λ", `"käse λ"`},
		{"\xff\xc3", `"\ff\c3"`},
		{"a\u202eb\u200b\u00a0", `"a\u{202e}b\u{200b}\u{a0}"`},
		{"\ufffd", "\"\ufffd\""},
	}
	for _, tt := range tests {
		if got := string(Quote(nil, []byte(tt.in))); got != tt.want {
			t.Errorf("Quote(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestPrintID(t *testing.T) {
	tests := []struct{ name, want string }{
		{"", ""},
		{"a", "$a"},
		{"_ZN4core3fmt", "$_ZN4core3fmt"},
		{"a::b<*>#1", "$a::b<*>#1"},
		{"a b", `$"a b"`},
		{"a(b)", `$"a(b)"`},
		{"käse", `$"käse"`},
		{"\x1b[31m;)", `$"\1b[31m;)"`},
		{"[x]", `$"[x]"`},
	}
	for _, tt := range tests {
		if got := PrintID(tt.name); got != tt.want {
			t.Errorf("PrintID(%q) = %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestPrintFloat(t *testing.T) {
	f32 := []struct {
		bits uint32
		want string
	}{
		{0, "0"}, {1 << 31, "-0"}, {math.Float32bits(1), "1"}, {math.Float32bits(0.1), "0.1"},
		{1, "1e-45"}, {math.Float32bits(math.MaxFloat32), "3.4028235e+38"},
		{0x7f800000, "inf"}, {0xff800000, "-inf"}, {0x7fc00000, "nan"}, {0xffc00000, "-nan"},
		{0x7f800001, "nan:0x1"}, {0xffffffff, "-nan:0x7fffff"},
	}
	for _, tt := range f32 {
		if got := string(PrintFloat32(nil, tt.bits)); got != tt.want {
			t.Errorf("PrintFloat32(%#x) = %s, want %s", tt.bits, got, tt.want)
		}
	}
	f64 := []struct {
		bits uint64
		want string
	}{
		{0, "0"}, {1 << 63, "-0"}, {1, "5e-324"}, {math.Float64bits(123456789), "1.23456789e+08"},
		{0x7ff0000000000000, "inf"}, {0x7ff8000000000000, "nan"}, {0xfff8000000000000, "-nan"},
		{0x7ff0000000000001, "nan:0x1"}, {0xfff4000000000000, "-nan:0x4000000000000"},
	}
	for _, tt := range f64 {
		if got := string(PrintFloat64(nil, tt.bits)); got != tt.want {
			t.Errorf("PrintFloat64(%#x) = %s, want %s", tt.bits, got, tt.want)
		}
	}
}

func TestIDs(t *testing.T) {
	ids := NewIDs(wasm.NameMap{
		{Index: 0, Name: "a"}, {Index: 1, Name: "a"}, {Index: 2, Name: "a#1"}, {Index: 3, Name: "a"},
		{Index: 4, Name: ""}, {Index: 6, Name: "x y"}, {Index: 7, Name: "x y"}, {Index: 8, Name: "a"},
		{Index: 9, Name: "beyond"},
	}, 9)
	want := []string{
		"$a", `$a#2 (@name "a")`, "$a#1", `$a#3 (@name "a")`, `(@name "")`, "",
		`$"x y"`, `$"x y#1" (@name "x y")`, `$a#4 (@name "a")`, "",
	}
	for i, w := range want {
		if got := string(ids.AppendDef(nil, uint32(i))); got != w {
			t.Errorf("AppendDef(%d) = %s, want %s", i, got, w)
		}
	}
	if got := ids.ID(3); got != "$a#3" {
		t.Errorf("ID(3) = %s, want $a#3", got)
	}
}

func TestPrintTypes(t *testing.T) {
	name := func(x uint32) string {
		if x == 7 {
			return "$t"
		}
		return ""
	}
	i31 := wasm.Ref(false, wasm.HeapI31)
	sub := wasm.SubType{Open: true, Supers: []uint32{7, 8}, Comp: wasm.CompType{
		Kind:   wasm.CompStruct,
		Fields: []wasm.FieldType{{Storage: wasm.I8}, {Storage: wasm.Ref(true, wasm.HeapIndex(7)), Mutable: true}}}}
	if got, want := string(PrintSubType(nil, sub, name)), "(sub $t 8 (struct (field i8) (field (mut (ref null $t)))))"; got != want {
		t.Errorf("PrintSubType: %s, want %s", got, want)
	}
	array := wasm.SubType{Supers: []uint32{1}, Comp: wasm.CompType{Kind: wasm.CompArray, Fields: []wasm.FieldType{{Storage: i31}}}}
	if got, want := string(PrintSubType(nil, array, name)), "(sub final 1 (array (ref i31)))"; got != want {
		t.Errorf("PrintSubType: %s, want %s", got, want)
	}
	externs := []struct {
		t    wasm.ExternType
		id   string
		want string
	}{
		{wasm.ExternType{Kind: wasm.ExternFunc, TypeIndex: 7}, "$f", "(func $f (type $t))"},
		{wasm.ExternType{Kind: wasm.ExternTag, TypeIndex: 1}, "", "(tag (type 1))"},
		{wasm.ExternType{Kind: wasm.ExternGlobal, Global: wasm.GlobalType{Type: wasm.Ref(false, wasm.HeapIndex(7)), Mutable: true}}, "", "(global (mut (ref $t)))"},
		{wasm.ExternType{Kind: wasm.ExternTable, Table: wasm.TableType{Limits: wasm.Limits{Is64: true, Min: 1}, Elem: wasm.AnyRef}}, "$t", "(table $t i64 1 anyref)"},
		{wasm.ExternType{Kind: wasm.ExternMemory, Memory: wasm.MemoryType{Limits: wasm.Limits{Min: 1, Max: 2, HasMax: true, Shared: true}}}, "", "(memory 1 2 shared)"},
	}
	for _, tt := range externs {
		if got := string(PrintExternType(nil, tt.t, tt.id, name)); got != tt.want {
			t.Errorf("PrintExternType: %s, want %s", got, tt.want)
		}
	}
}

// begun is a printer for a module.
func begun(m *wasm.Module) *printer {
	p := &printer{Writer: NewWriter(nil)}
	p.begin(m)
	return p
}

// countWriter counts bytes, and fails after a limit when it has one.
type countWriter struct{ n, limit int }

func (w *countWriter) Write(b []byte) (int, error) {
	w.n += len(b)
	if w.limit > 0 && w.n > w.limit {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestPrintLimits(t *testing.T) {
	types := []wasm.SubType{{}, {Comp: wasm.CompType{Func: wasm.FuncType{Params: make([]wasm.ValType, 1000)}}}}
	for i := range types[1].Comp.Func.Params {
		types[1].Comp.Func.Params[i] = wasm.I32
	}
	end := []byte{byte(wasm.OpEnd)}
	locals := &wasm.Module{Types: types}
	for range 1000 {
		locals.Funcs = append(locals.Funcs, wasm.Func{Body: wasm.Body{Code: end, Locals: []wasm.LocalRun{{Count: 50000, Type: wasm.I32}}}})
	}
	params := &wasm.Module{Types: types}
	for range 100_000 {
		params.Funcs = append(params.Funcs, wasm.Func{TypeIndex: 1, Body: wasm.Body{Code: end}})
	}
	for name, m := range map[string]*wasm.Module{"locals": locals, "parameters": params} {
		var w countWriter
		var e *diag.Error
		if err := Print(&w, m, PrintOptions{}); !errors.As(err, &e) || e.Code != CodePrintLimit {
			t.Errorf("%s: %v, want an error with %s", name, err, CodePrintLimit)
		}
		if err := Print(&w, m, PrintOptions{Skeleton: true}); err != nil || w.n > 100*len(m.Funcs) {
			t.Errorf("%s: skeleton: %v, %d bytes", name, err, w.n)
		}
	}
}

func TestPrintWriteError(t *testing.T) {
	if err := Print(&countWriter{limit: 1000}, readGuest(t, "hello-rust"), PrintOptions{}); err != io.ErrShortWrite {
		t.Errorf("got %v, want the error of the writer", err)
	}
}

// TestPrintAmplification prints modules that try to make much of few bytes.
func TestPrintAmplification(t *testing.T) {
	long := strings.Repeat("x", printLong-1)
	calls := bytes.Repeat([]byte{byte(wasm.OpCall), 0}, 100_000)
	nested := bytes.Repeat([]byte{byte(wasm.OpBlock), 0x40}, 100_000)
	types := []wasm.SubType{{}, {Comp: wasm.CompType{Func: wasm.FuncType{Params: make([]wasm.ValType, 1000)}}}}
	for i := range types[1].Comp.Func.Params {
		types[1].Comp.Func.Params[i] = wasm.I32
	}
	tests := []struct {
		name string
		code []byte
		max  int
	}{
		{"long name", append(calls, byte(wasm.OpEnd)), printBudget + 100_000*3*printBudgetByte + printLong*printBudgetByte + 1<<20},
		{"deep", append(nested, bytes.Repeat([]byte{byte(wasm.OpEnd)}, 100_001)...), 100_000 * 300},
		{"block types", append(bytes.Repeat([]byte{byte(wasm.OpBlock), 1, byte(wasm.OpEnd)}, 100_000), byte(wasm.OpEnd)), 100_000 * 60},
	}
	names, err := binary.EncodeNames(&wasm.Names{Funcs: wasm.NameMap{{Index: 0, Name: long}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		m := &wasm.Module{
			Types:   types,
			Funcs:   []wasm.Func{{Body: wasm.Body{Code: tt.code}}},
			Customs: []wasm.Custom{{Name: "name", Data: names, After: wasm.SectionCode}},
		}
		var w countWriter
		if err := Print(&w, m, PrintOptions{}); err != nil || w.n > tt.max {
			t.Errorf("%s: %v, %d bytes, want at most %d", tt.name, err, w.n, tt.max)
		}
	}
}

// TestPrintTerminal prints names that are made to fool a terminal or to end a
// comment.
func TestPrintTerminal(t *testing.T) {
	evil := "a;)\x1b[2J\u202e\n\r(;\""
	names, err := binary.EncodeNames(&wasm.Names{Module: evil, HasModule: true,
		Funcs: wasm.NameMap{{Index: 0, Name: evil}, {Index: 1, Name: evil}}})
	if err != nil {
		t.Fatal(err)
	}
	producers, err := binary.EncodeProducers(wasm.Producers{{Name: evil, Values: []wasm.ProducersValue{{Name: evil, Version: evil}}}})
	if err != nil {
		t.Fatal(err)
	}
	m := &wasm.Module{
		Types:   []wasm.SubType{{}},
		Imports: []wasm.Import{{Module: evil, Name: evil}, {Module: evil, Name: evil}},
		Exports: []wasm.Export{{Name: evil}},
		Customs: []wasm.Custom{{Name: evil, Data: []byte(evil)}, {Name: "producers", Data: producers}, {Name: "name", Data: names}},
	}
	for _, o := range []PrintOptions{{}, {Skeleton: true}} {
		out := printed(t, m, o)
		for _, r := range out {
			if r != '\n' && r < ' ' || r == '\u202e' || r == 0x7f {
				t.Errorf("the text has the character %q:\n%s", r, out)
			}
		}
	}
	checkGolden(t, "hostile-names", printed(t, m, PrintOptions{}))
}

func BenchmarkPrint(b *testing.B) {
	m := readGuest(b, "hello-go")
	var w countWriter
	if err := Print(&w, m, PrintOptions{}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(w.n))
	b.ReportAllocs()
	for b.Loop() {
		if err := Print(io.Discard, m, PrintOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
