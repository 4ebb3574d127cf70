package debuginfo_test

// This file tests names and the text of backtraces.

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo"
)

func TestDemangle(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		// Rust, legacy.
		{"_ZN4core9panicking9panic_fmt17h0123456789abcdefE", "core::panicking::panic_fmt"},
		{"_ZN4core9panicking9panic_fmt17h0123456789abcdefE.llvm.1234", "core::panicking::panic_fmt"},
		{"_ZN61_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
			"<alloc::vec::Vec<T> as core::fmt::Debug>::fmt"},
		{"_ZN4demo4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE", "demo::main::{{closure}}"},
		{"core::fmt::write::h0123456789abcdef", "core::fmt::write"},
		{"demo::hash::h0123", "demo::hash::h0123"},
		// Rust, v0.
		{"_RNvNtCsis0p0cceayB_1t4deep5inner", "t::deep::inner"},
		{"_RINvNtCsis0p0cceayB_1t4deep5outerjEB4_", "t::deep::outer::<usize>"},
		{"_RNCINvNtCs8NZnfvJOJlS_3std2rt10lang_startuE0Csis0p0cceayB_1t", "std::rt::lang_start::<()>::{closure#0}"},
		// C++.
		{"_ZN6shapesrmERKNS_5ShapeEl", "shapes::operator%"},
		{"_ZNK6shapes7PolygonIiLi4EE6scaledEl", "shapes::Polygon<int, 4>::scaled"},
		{"_ZZNK6shapes7PolygonIiLi4EE6scaledElENKUliE_clEi", "shapes::Polygon<int, 4>::scaled(long) const::{lambda(int)#1}::operator()"},
		{"_ZN12_GLOBAL__N_15localEv", "(anonymous namespace)::local"},
		{"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back"},
		// Others.
		{"main.main", "main.main"},
		{"runtime.(*mcache).refill", "runtime.(*mcache).refill"},
		{"__main_void", "__main_void"},
		{"_start", "_start"},
		{"_Znot a name", "_Znot a name"},
		{"_Read", "_Read"},
		{"_Z", "_Z"},
		{"_R", "_R"},
		{"wasi_snapshot_preview1.fd_write", "wasi_snapshot_preview1.fd_write"},
		{"operator new(unsigned long)", "operator new(unsigned long)"},
		{"", ""},
		{"::h0123456789abcdef", "::h0123456789abcdef"},
	} {
		if got := debuginfo.Demangle(tt.raw); got != tt.want {
			t.Errorf("Demangle(%q) = %q, want %q", tt.raw, got, tt.want)
		}
	}
}

// named is a module of one import and four functions with names from different
// places.
func named(t *testing.T) *wasm.Module {
	names, err := binary.EncodeNames(&wasm.Names{Funcs: wasm.NameMap{
		{Index: 0, Name: "import_by_another_name"},
		{Index: 1, Name: "_ZN4demo4main17h0123456789abcdefE"},
		{Index: 4, Name: "\x1b[31mred\u202e\nline"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	body := wasm.Body{Code: []byte{0x01, 0x01, 0x0b}}
	m := &wasm.Module{
		Types:   []wasm.SubType{{}},
		Imports: []wasm.Import{{Module: "wasi_snapshot_preview1", Name: "fd_write"}},
		Funcs:   []wasm.Func{{Body: body}, {Body: body}, {Body: body}, {Body: body}},
		Exports: []wasm.Export{
			{Name: "memory", Kind: wasm.ExternMemory, Index: 3},
			{Name: "run", Index: 2}, {Name: "run_again", Index: 2}, {Name: "main", Index: 1},
		},
		Customs: []wasm.Custom{{Name: "name", Data: names, After: wasm.SectionCode}},
	}
	data, err := binary.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = binary.Decode(data); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFuncName(t *testing.T) {
	i := debuginfo.New(named(t))
	for index, want := range []string{
		"wasi_snapshot_preview1.fd_write", "_ZN4demo4main17h0123456789abcdefE", "run", "", "\x1b[31mred\u202e\nline", "", "",
	} {
		got, ok := i.FuncName(uint32(index))
		if got != want || ok != (want != "") {
			t.Errorf("FuncName(%d) = %q, %v, want %q", index, got, ok, want)
		}
	}
	if got, ok := i.FuncName(1<<32 - 1); ok {
		t.Errorf("FuncName(2^32-1) = %q", got)
	}
	if i.HasLines() {
		t.Error("HasLines of a module without debug information")
	}
}

func TestMalformedNames(t *testing.T) {
	m := named(t)
	data := slices.Clone(m.Customs[0].Data)
	data[len(data)-1] = 0xff // not UTF-8
	m.Customs[0].Data = data
	i := debuginfo.New(m)
	if got, ok := i.FuncName(1); got != "_ZN4demo4main17h0123456789abcdefE" {
		t.Errorf("before a bad name FuncName(1) = %q, %v", got, ok)
	}
	m.Customs[0].Data = []byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f}
	i = debuginfo.New(m)
	if got, _ := i.FuncName(1); got != "main" {
		t.Errorf("of a bad name section FuncName(1) = %q, want the export's", got)
	}
}

func TestBacktrace(t *testing.T) {
	m := named(t)
	got := debuginfo.New(m).Backtrace([]debuginfo.Frame{
		{Func: 0, Offset: 3},
		{Func: 1, Offset: -1},
		{Func: 1, Offset: 2},
		{Host: "env.log\r"},
		{Func: 3, Offset: 1, Returning: true},
		{Func: 4, Offset: -1},
		{Func: 99, Offset: 7},
	})
	start := m.Funcs[0].Body.Start
	if start == 0 || start > 0xf0 {
		t.Fatalf("first body starts at %#x", start)
	}
	want := []string{
		"    0: wasi_snapshot_preview1.fd_write",
		"    1: demo::main",
		"    2:     0x" + hex(start+2) + " - demo::main",
		`    3: env.log\r (host)`,
		"    4:     0x" + hex(m.Funcs[2].Body.Start+1) + " - <wasm function 3>",
		`    5: \x1b[31mred\u202e\nline`,
		"    6: <wasm function 99>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("backtrace (-want +got):\n%s", diff)
	}
}

func hex(v int64) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[v>>4&15], digits[v&15]})
}

func TestBacktraceLines(t *testing.T) {
	m := load(t, "trap-cpp.wasm")
	i := debuginfo.New(m)
	for own := range m.Funcs {
		index := uint32(m.ImportedFuncs() + own)
		lines := i.Lookup(index, int64(len(m.Funcs[own].Body.Code))/2, false)
		if len(lines) != 2 || lines[1].Func != "shapes::operator%" {
			continue
		}
		instrs(t, &m.Funcs[own].Body, func(op wasm.Opcode, pos, end int64) {
			if op != wasm.OpCallIndirect {
				return
			}
			got := i.Backtrace([]debuginfo.Frame{{Func: index, Offset: end, Returning: true}})
			if len(got) != 4 ||
				!strings.HasSuffix(got[0], " - shapes::inlined_total (inlined)") || !strings.HasPrefix(got[0], "    0: ") ||
				!strings.HasPrefix(got[1], "                    at c/trap-cpp.cc:") ||
				!strings.HasSuffix(got[2], " - shapes::operator%") || !strings.HasPrefix(got[2], "    1: ") ||
				!strings.HasPrefix(got[3], "                    at c/trap-cpp.cc:") {
				t.Errorf("backtrace:\n%s", strings.Join(got, "\n"))
			}
		})
	}
}

// TestOddOffsets: no offset or index is too odd to ask about.
func TestOddOffsets(t *testing.T) {
	m := load(t, "trap.wasm")
	i := debuginfo.New(m)
	n := uint32(m.ImportedFuncs())
	size := int64(m.Funcs[0].Body.Offset-m.Funcs[0].Body.Start) + int64(len(m.Funcs[0].Body.Code))
	for _, index := range []uint32{0, n, n + uint32(len(m.Funcs)), 1 << 31, 1<<32 - 1} {
		for _, off := range []int64{-1 << 63, -1, size, size + 1, 1 << 32, 1<<63 - 1} {
			if got := i.Lookup(index, off, false); got != nil {
				t.Errorf("Lookup(%d, %d) = %v", index, off, got)
			}
			i.Lookup(index, off, true)
			i.Backtrace([]debuginfo.Frame{{Func: index, Offset: off}, {Func: index, Offset: off, Returning: true}})
		}
	}
}
