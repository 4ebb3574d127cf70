// This file tests what readers and writers share: sticky errors, their places
// and wording, and that what is written is read again.

package values

import (
	"bytes"
	"slices"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
)

var testFormat = Format{
	Truncated: "t/truncated", Integer: "t/integer", UTF8: "t/utf8", Limit: "t/limit", Encode: "t/encode",
	End: "the end", LongLength: "long: ", LongName: "long name: ", Subject: "thing",
}

func TestReaderErrors(t *testing.T) {
	tests := []struct {
		in   string
		read func(r *Reader)
		code diag.Code
		at   int64
		msg  string
	}{
		{"", func(r *Reader) { r.Byte("x") }, "t/truncated", 100, "the end: expected x"},
		{"ab", func(r *Reader) { r.Bytes(3, "x") }, "t/truncated", 102, "the end: expected x"},
		{"\x80", func(r *Reader) { r.U32("x") }, "t/truncated", 101, "the end: expected x"},
		{"\x00\xff\xff\xff\xff\x1f", func(r *Reader) { r.Byte("x"); r.U32("x") }, "t/integer", 101, "integer too large: x"},
		{"\x80\x80\x80\x80\x80\x00", func(r *Reader) { r.S33("x") }, "t/integer", 100, "integer representation too long: x"},
		{"\x03ab", func(r *Reader) { r.Length("x") }, "t/truncated", 100, "long: x is 3, but 2 bytes are left"},
		{"\x02ab", func(r *Reader) { r.Count("x", 1) }, "t/limit", 100, "x is 2, and the limit of this implementation is 1"},
		{"\x03ab", func(r *Reader) { r.Name("x") }, "t/truncated", 100, "long name: x is 3, but 2 bytes are left"},
		{"\x01\xff", func(r *Reader) { r.Name("x") }, "t/utf8", 101, `malformed UTF-8 encoding: x "\xff"`},
		{"ab", func(r *Reader) { r.Byte("x"); sub := r.Sub(1, "x"); sub.Bytes(2, "y"); r.Err = sub.Err }, "t/truncated", 102, "the end: expected y"},
	}
	for _, tt := range tests {
		r := NewReader([]byte(tt.in), 100, &testFormat)
		tt.read(&r)
		e, ok := r.Err.(*diag.Error)
		if !ok || e.Code != tt.code || e.At.Offset != tt.at || e.Msg != tt.msg {
			t.Errorf("%q: %v, want %s at %d: %s", tt.in, r.Err, tt.code, tt.at, tt.msg)
		}
		first, pos := r.Err, r.Pos
		sum := uint64(r.Byte("z")) + uint64(r.U32("z")) + r.U64("z") + uint64(r.S32("z")) + uint64(r.S33("z")) + uint64(r.S64("z"))
		if sum != 0 || r.Name("z") != "" || r.Bytes(0, "z") != nil || r.Err != first || r.Pos != pos {
			t.Errorf("%q: reads after the error give something, move, or change it to %v", tt.in, r.Err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	names := wasm.NameMap{{Index: 1, Name: "a"}, {Index: 300, Name: "é"}}
	w := NewWriter([]byte("p"), &testFormat)
	w.Byte(7)
	w.U32(1 << 31)
	w.U64(1 << 63)
	w.Bool(true)
	w.PaddedName("abc", 200)
	w.NameMap(names)
	w.Name("z")
	r := NewReader(w.Buf[1:], 0, &testFormat)
	if c := r.Byte("x"); c != 7 {
		t.Errorf("a byte: %d", c)
	}
	if v := r.U32("x"); v != 1<<31 {
		t.Errorf("a u32: %#x", v)
	}
	if v := r.U64("x"); v != 1<<63 {
		t.Errorf("a u64: %#x", v)
	}
	if c := r.Byte("x"); c != 1 {
		t.Errorf("true: %d", c)
	}
	at := r.Pos
	if s := r.Name("x"); s != "abc" || r.Pos != at+5+3 {
		t.Errorf("a padded name: %q in %d bytes", s, r.Pos-at)
	}
	if m := r.NameMap(); !slices.Equal(m, names) {
		t.Errorf("a name map: %v", m)
	}
	if s := r.Name("x"); s != "z" || r.Left() != 0 || r.Err != nil {
		t.Errorf("the last name: %q, %d bytes left, %v", s, r.Left(), r.Err)
	}
}

func TestNameMapSorts(t *testing.T) {
	r := NewReader([]byte("\x03\x02\x01a\x01\x01b\x02\x01c"), 0, &testFormat)
	want := wasm.NameMap{{Index: 1, Name: "b"}, {Index: 2, Name: "a"}, {Index: 2, Name: "c"}}
	if m := r.NameMap(); r.Err != nil || !slices.Equal(m, want) {
		t.Errorf("%v, %v, want %v", m, r.Err, want)
	}
}

func TestWriter(t *testing.T) {
	w := NewWriter(nil, &testFormat)
	w.Name("ab")
	out := w.NameSubsection([]byte("x"), 4)
	if want := []byte("x\x04\x03\x02ab"); !bytes.Equal(out, want) || len(w.Buf) != 0 {
		t.Errorf("a subsection: %q, want %q; %d bytes stay", out, want, len(w.Buf))
	}
	w.Name("\xff")
	w.Fail("second")
	e, ok := w.Err.(*diag.Error)
	if !ok || e.Code != "t/encode" || e.Msg != `cannot encode the thing: the name "\xff" is not UTF-8` {
		t.Errorf("a bad name: %v", w.Err)
	}
}
