// This file tests malformed modules: the class of the error, its offset and
// its words.

package binary

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/leb128"
)

// raw is a text that unhex reads; anything else sections reads, and the
// preamble goes before it.
type raw string

type errorTest struct {
	in   any
	code diag.Code
	at   int64
	msg  string
}

var preambleErrors = []errorTest{
	{raw(``), CodeMagic, 0, "the input is empty"},
	{raw(`00 61`), CodeTruncated, 2, "unexpected end"},
	{raw(`00 61 73 6d`), CodeTruncated, 4, "unexpected end"},
	{raw(`00 61 73 6d 01 00 00`), CodeTruncated, 7, "unexpected end"},
	{raw(`7f 45 4c 46 02 01 01 00`), CodeMagic, 0, `magic header not detected: expected "\x00asm", found "\x7fELF"`},
	{raw(`00 61 73 6d 02 00 00 00`), CodeVersion, 4, "unknown binary version: expected 01 00 00 00, found 02 00 00 00"},
	{raw(`00 61 73 6d 0d 00 00 00`), CodeVersion, 4, "unknown binary version"},
	{raw(`00 61 73 6d 0d 00 01 00`), CodeComponent, 4, "this is a component"},
}

var sectionErrors = []errorTest{
	{`@14 00`, CodeSection, 8, "malformed section id 14"},
	{raw(`00 61 73 6d 01 00 00 00 01`), CodeTruncated, 9, "expected section size"},
	{raw(`00 61 73 6d 01 00 00 00 01 05 00`), CodeTruncated, 9, "length out of bounds: section size is 5, but 1 bytes are left"},
	{raw(`00 61 73 6d 01 00 00 00 01 ff ff ff ff 1f 00`), CodeInteger, 9, "integer too large: section size"},
	{raw(`00 61 73 6d 01 00 00 00 01 80 80 80 80 80 00`), CodeInteger, 9, "integer representation too long: section size"},
	{`@1 00 00`, CodeSection, 11, "section size mismatch: the type section ends here, but its size says that 1 more bytes follow"},
	{`@1 00 @1 00`, CodeSection, 11, "unexpected content after last section: a second type section"},
	{`@2 00 @1 00`, CodeSection, 11, "the type section stands after the import section"},
	{`@10 00 @12 00`, CodeSection, 11, "the datacount section stands after the code section"},
	{`@6 00 @13 00`, CodeSection, 11, "the tag section stands after the global section"},
	{`@0`, CodeTruncated, 10, "unexpected end of section or function: expected name of a custom section"},
	{`@0 05 61`, CodeTruncated, 10, "length out of bounds"},
	{`@0 02 c3 28`, CodeUTF8, 11, `malformed UTF-8 encoding: name of a custom section "\xc3("`},
	{`@3 01 00`, CodeCount, 12, "function and code section have inconsistent lengths: 1 functions, but no code section"},
	{`@10 01 02 00 0b`, CodeCount, 10, "function and code section have inconsistent lengths: 0 functions, 1 bodies"},
	{`@12 01`, CodeCount, 11, "data count and data section have inconsistent lengths: 1 and 0"},
	{`@12 00 @11 01 01 00`, CodeCount, 16, "data count and data section have inconsistent lengths: 0 and 1"},
}

var contentErrors = []errorTest{
	{`@1 01 60 00`, CodeTruncated, 13, "expected number of results"},
	{`@1 01 61`, CodeType, 11, "malformed definition type 0x61"},
	{`@1 01 60 01 40 00`, CodeType, 13, "malformed value type 0x40"},
	{`@1 01 60 01 78 00`, CodeType, 13, "malformed value type 0x78"},
	{`@1 01 5e 76 00`, CodeType, 12, "malformed storage type 0x76"},
	{`@1 01 5e 7f 02`, CodeType, 13, "malformed mutability 0x02"},
	{`@1 01 60 01 63 7f 00`, CodeType, 14, "malformed heap type 0x7f"},
	{`@1 05 60 00 00`, CodeTruncated, 10, "length out of bounds: number of types is 5, but 3 bytes are left"},
	{`@2 01 00 00 05 00`, CodeType, 13, "malformed import kind 0x05"},
	{`@2 01 00 00 04 01 00`, CodeType, 14, "zero byte expected: tag attribute is 0x01"},
	{`@2 01 01 ff 00 00 00`, CodeUTF8, 12, "malformed UTF-8 encoding: module name of an import"},
	{`@4 01 7f 00 00`, CodeType, 11, "malformed reference type 0x7f"},
	{`@4 01 70 02 00`, CodeType, 12, "malformed limits flags 0x02"},
	{`@4 01 40 01 70 00 00 0b`, CodeType, 12, "zero byte expected after 0x40 of a table"},
	{`@5 01 10 00`, CodeType, 11, "malformed limits flags 0x10"},
	{`@5 01 01 00`, CodeTruncated, 13, "expected maximum of limits"},
	{`@5 65` + strings.Repeat(" 00 00", 101), CodeLimit, 11, "number of memories is 101, and the limit of this implementation is 100"},
	{`@6 01 7f 00 41 00`, CodeTruncated, 15, "END opcode expected"},
	{`@6 01 7f 00 05 0b`, CodeOpcode, 13, "misplaced ELSE opcode"},
	{`@6 01 7f 00 27 0b`, CodeOpcode, 13, "illegal opcode 27"},
	{`@7 01 00 05 00`, CodeType, 12, "malformed export kind 0x05"},
	{`@8`, CodeTruncated, 10, "expected function index"},
	{`@9 01 08 00 00`, CodeSegment, 11, "malformed elements segment kind 8"},
	{`@9 01 01 01 00`, CodeSegment, 12, "malformed element kind 0x01"},
	{`@11 01 03 00`, CodeSegment, 11, "malformed data segment kind 3"},
	{`@11 01 01 02 00`, CodeTruncated, 12, "length of a data segment is 2, but 1 bytes are left"},
	{`@3 01 00 @10 01 00`, CodeTruncated, 16, "expected number of local declarations"},
	{`@3 01 00 @10 01 01 00`, CodeTruncated, 17, "END opcode expected"},
	{`@3 01 00 @10 01 05 00 0b`, CodeTruncated, 15, "size of a function body is 5, but 2 bytes are left"},
	{`@3 01 00 @10 01 09 01 ff ff ff ff 0f 7f 0b`, CodeTruncated, 15, "size of a function body"},
	{`@3 01 00 @10 01 08 01 ff ff ff ff 0f 7f 0b`, CodeLimit, 16, "too many locals: 4294967295"},
	{`@3 01 00 @10 01 04 01 01 40 0b`, CodeType, 18, "malformed value type 0x40"},
}

func TestDecodeErrors(t *testing.T) {
	for _, tests := range [][]errorTest{preambleErrors, sectionErrors, contentErrors} {
		for _, tt := range tests {
			var data []byte
			switch in := tt.in.(type) {
			case raw:
				data = unhex(t, string(in))
			case string:
				data = module(sections(t, in))
			}
			m, err := Decode(data)
			if m != nil {
				t.Errorf("%v: a module comes with the error", tt.in)
			}
			wantError(t, tt.in, err, tt)
		}
	}
}

func wantError(t *testing.T, in any, err error, want errorTest) {
	t.Helper()
	var e *diag.Error
	if !errors.As(err, &e) {
		t.Errorf("%v: got error %v, want %q", in, err, want.msg)
		return
	}
	if e.Code != want.code || e.At != diag.Offset(want.at) || !strings.Contains(e.Msg, want.msg) {
		t.Errorf("%v: got %s at %d: %s\nwant %s at %d: %s", in, e.Code, e.At.Offset, e.Msg, want.code, want.at, want.msg)
	}
}

// Every cut of a module that uses every section is an error, never a panic,
// except where the rest happens to be a module.
func TestTruncated(t *testing.T) {
	data := everySection(t)
	accepted := 0
	for n := range data {
		if _, err := Decode(data[:n:n]); err == nil {
			accepted++
		}
	}
	if accepted > 12 {
		t.Errorf("%d of %d prefixes are modules", accepted, len(data))
	}
}

// everySection is a module with every section and custom sections.
func everySection(t testing.TB) []byte {
	return module(sections(t, `
		@0 01 61 ff
		@1 03 60 00 00 60 01 7f 00 4e 01 50 00 5f 01 7f 00
		@2 02 01 61 01 66 00 00 01 61 01 6d 02 00 01
		@3 01 00
		@4 01 70 00 01
		@5 01 01 01 02
		@13 01 00 01
		@6 01 7f 00 41 2a 0b
		@7 01 01 66 00 00
		@8 00
		@9 01 00 41 00 0b 01 00
		@12 01
		@10 01 06 01 01 7f 20 00 0b
		@11 01 00 41 00 0b 01 ff
		@0 04 6e 61 6d 65 00 02 01 6d 01 04 01 00 01 66`))
}

// A count that promises much more than the bytes can hold must not cost
// memory.
func TestHugeCounts(t *testing.T) {
	huge := leb128.AppendUint(nil, 1<<32-1)
	filler := make([]byte, 100)
	var inputs [][]byte
	for _, id := range wasm.SectionOrder {
		inputs = append(inputs, module(section(id, append(bytes.Clone(huge), filler...))))
	}
	for _, prefix := range []string{"01 4e", "01 5f", "01 60", "01 50"} {
		content := append(unhex(t, prefix), huge...)
		inputs = append(inputs, module(section(wasm.SectionType, append(content, filler...))))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, in := range inputs {
		if _, err := Decode(in); err == nil {
			t.Errorf("%x: accepted", in)
		}
	}
	for _, f := range []func([]byte) error{
		func(b []byte) error { _, err := DecodeNames(append([]byte{nameFuncs, 105}, b...), 0); return err },
		func(b []byte) error { _, err := DecodeNames(append([]byte{nameLocals, 105}, b...), 0); return err },
		func(b []byte) error { _, err := DecodeProducers(b, 0); return err },
	} {
		if err := f(append(bytes.Clone(huge), filler...)); err == nil {
			t.Error("accepted")
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes allocated", n)
	}
}

func TestLimits(t *testing.T) {
	body := append(unhex(t, "00"), bytes.Repeat([]byte{0x01}, MaxBodySize)...)
	body = append(body, 0x0b)
	code := append(leb128.AppendUint([]byte{1}, uint64(len(body))), body...)
	params := leb128.AppendUint([]byte{1, 0x60}, MaxParams+1)
	params = append(append(params, bytes.Repeat([]byte{0x7f}, MaxParams+1)...), 0)
	locals := leb128.AppendUint([]byte{1, 8, 1}, MaxLocals+1)
	locals = append(locals, 0x7f, 0x0b)
	locals[1] = byte(len(locals) - 2)
	oneFunc := section(wasm.SectionFunc, []byte{1, 0})
	for _, tt := range []struct {
		name string
		data []byte
		msg  string
	}{
		{"body", module(oneFunc, section(wasm.SectionCode, code)), "the function body has 7654323 bytes"},
		{"params", module(section(wasm.SectionType, params)), "number of parameters is 1001"},
		{"locals", module(oneFunc, section(wasm.SectionCode, locals)), "too many locals: 50001"},
	} {
		_, err := Decode(tt.data)
		var e *diag.Error
		if !errors.As(err, &e) || e.Code != CodeLimit || !strings.Contains(e.Msg, tt.msg) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	for _, tt := range []struct {
		m   wasm.Module
		msg string
	}{
		{wasm.Module{Funcs: []wasm.Func{{}}}, "a function body is empty"},
		{wasm.Module{Globals: []wasm.Global{{Type: wasm.GlobalType{Type: wasm.I32}}}}, "the initial value of a global is missing"},
		{wasm.Module{Globals: []wasm.Global{{}}}, "no encoding of the type bot"},
		{wasm.Module{Imports: []wasm.Import{{Name: "\xff"}}}, "is not UTF-8"},
		{wasm.Module{Imports: []wasm.Import{{Type: wasm.ExternType{Kind: 9}}}}, "no import kind 9"},
		{wasm.Module{Tables: []wasm.Table{{Type: wasm.TableType{Elem: wasm.I32}}}}, "no encoding of the table type"},
		{wasm.Module{Datas: []wasm.DataSegment{{Mode: wasm.SegmentDeclarative}}}, "cannot be declarative"},
		{wasm.Module{Datas: []wasm.DataSegment{{}}}, "offset of a data segment is missing"},
		{wasm.Module{Elems: []wasm.ElemSegment{{Mode: wasm.SegmentPassive, Type: wasm.FuncRef}}}, "has the type funcref instead of (ref func)"},
		{wasm.Module{Types: []wasm.SubType{{Comp: wasm.CompType{Kind: wasm.CompArray}}}}, "no encoding of a array type with 0 fields"},
		{wasm.Module{RecGroups: []wasm.RecGroup{{Count: 1}}}, "recursion group"},
		{wasm.Module{Types: make([]wasm.SubType, 3), RecGroups: []wasm.RecGroup{{First: 0, Count: 2}, {First: 1, Count: 2}}}, "recursion group"},
		{wasm.Module{Customs: []wasm.Custom{{After: wasm.SectionCode}, {After: wasm.SectionType}}}, "out of order"},
	} {
		b, err := Encode(&tt.m)
		var e *diag.Error
		if b != nil || !errors.As(err, &e) || e.Code != CodeEncode || !strings.Contains(e.Msg, tt.msg) {
			t.Errorf("got %v, want %q", err, tt.msg)
		}
	}
}
