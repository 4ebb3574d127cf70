package dwarf

// This file tests attribute values, headers of units and line programs.

import (
	"encoding/binary"
	"testing"
)

// TestForms reads a value of each form, and looks where it ends.
func TestForms(t *testing.T) {
	data := []byte{0x81, 0x82, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 0}
	v4 := encoding{version: 4, addrSize: 4, offSize: 4}
	for _, tt := range []struct {
		e    encoding
		form uint16
		bits uint64
		size int
	}{
		{v4, formAddr, 0x04038281, 4},
		{encoding{4, 8, 4}, formAddr, 0x0807060504038281, 8},
		{v4, formData1, 0x81, 1},
		{v4, formRef1, 0x81, 1},
		{v4, formFlag, 0x81, 1},
		{v4, formStrx1, 0x81, 1},
		{v4, formAddrx1, 0x81, 1},
		{v4, formData2, 0x8281, 2},
		{v4, formRef2, 0x8281, 2},
		{v4, formStrx2, 0x8281, 2},
		{v4, formAddrx2, 0x8281, 2},
		{v4, formStrx3, 0x038281, 3},
		{v4, formAddrx3, 0x038281, 3},
		{v4, formData4, 0x04038281, 4},
		{v4, formRef4, 0x04038281, 4},
		{v4, formStrx4, 0x04038281, 4},
		{v4, formAddrx4, 0x04038281, 4},
		{v4, formRefSup4, 0x04038281, 4},
		{v4, formData8, 0x0807060504038281, 8},
		{v4, formRef8, 0x0807060504038281, 8},
		{v4, formRefSig8, 0x0807060504038281, 8},
		{v4, formRefSup8, 0x0807060504038281, 8},
		{v4, formUdata, 0xc101, 3},
		{v4, formRefUdata, 0xc101, 3},
		{v4, formStrx, 0xc101, 3},
		{v4, formAddrx, 0xc101, 3},
		{v4, formLoclistx, 0xc101, 3},
		{v4, formRnglistx, 0xc101, 3},
		{v4, formGNUAddrIndex, 0xc101, 3},
		{v4, formGNUStrIndex, 0xc101, 3},
		{v4, formSdata, 0xc101, 3},
		{v4, formStrp, 0x04038281, 4},
		{encoding{4, 4, 8}, formStrp, 0x0807060504038281, 8},
		{encoding{5, 4, 8}, formLineStrp, 0x0807060504038281, 8},
		{v4, formSecOffset, 0x04038281, 4},
		{v4, formStrpSup, 0x04038281, 4},
		{v4, formGNURefAlt, 0x04038281, 4},
		{v4, formGNUStrpAlt, 0x04038281, 4},
		{v4, formRefAddr, 0x04038281, 4},
		{encoding{2, 8, 4}, formRefAddr, 0x0807060504038281, 8},
		{encoding{3, 8, 4}, formRefAddr, 0x04038281, 4},
		{v4, formString, 0, 17},
		{v4, formFlagPresent, 0, 0},
		{v4, formImplicitConst, 0, 0},
		{v4, formData16, 0, 16},
	} {
		r := at(data, 0)
		v := tt.e.value(&r, tt.form)
		if v.bits != tt.bits || v.form != tt.form || r.off != tt.size || r.bad {
			t.Errorf("%v of form %#x: %#x, %d bytes, bad %v, want %#x, %d bytes", tt.e, tt.form, v.bits, r.off, r.bad, tt.bits, tt.size)
		}
	}
	for form, block := range map[uint16][]byte{
		formBlock1: {2, 1, 1}, formBlock2: {2, 0, 1, 1}, formBlock4: {2, 0, 0, 0, 1, 1},
		formBlock: {2, 1, 1}, formExprloc: {0x82, 0, 1, 1},
	} {
		r := at(append(block, 9, 9), 0)
		v4.value(&r, form)
		if r.off != len(block) || r.bad {
			t.Errorf("block form %#x ends at %d of %d, bad %v", form, r.off, len(block), r.bad)
		}
	}
	for _, bad := range [][]byte{
		{formBlock1, 0xff}, {formBlock, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		{0x7e}, {formIndirect, formIndirect, formIndirect, formIndirect, formIndirect, 1},
		{formUdata, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}, {formString, 'a'},
	} {
		r := at(bad, 0)
		v4.value(&r, formIndirect)
		if !r.bad {
			t.Errorf("% x: value up to %d", bad, r.off)
		}
	}
}

func TestSignedLEB(t *testing.T) {
	for _, v := range []int{0, 1, -1, 63, 64, -64, -65, 1 << 40, -1 << 40, 1<<63 - 1, -1 << 63} {
		var a asm
		a.sleb(v)
		r := at(a.b, 0)
		if got := r.sleb(); got != int64(v) || r.bad || r.off != len(a.b) {
			t.Errorf("% x is %d, want %d", a.b, got, v)
		}
	}
}

// TestUnits looks up the one function of units with unusual headers.
func TestUnits(t *testing.T) {
	w := &writer{}
	// A unit that does not say what it covers, with its string table at the
	// default place, and one of another language's that does.
	w.declare(1, tagCompileUnit, 1)
	w.declare(2, tagSubprogram, 0, 0x03, formStrx1, 0x11, formAddr, 0x12, formData1)
	w.declare(700, tagSkeletonUnit, 1, 0x11, formAddr, 0x12, formImplicitConst)
	w.abbrev.b = append(w.abbrev.b[:len(w.abbrev.b)-2], 0x20, 0, 0, 0) // the constant, and the end of the table
	function := []byte{2, 1, 0x10, 0, 0, 0, 0x20, 0}
	skeleton := append([]byte{0xbc, 5, 0x10, 0, 0, 0}, function...)
	strs := append(make([]byte, 8), 9, 0, 0, 0, 2, 0, 0, 0)
	for _, tt := range []struct {
		name         string
		header, rest []byte
		want         string
	}{
		{"loose", []byte{5, 0, 1, 4, 0, 0, 0, 0}, append([]byte{1}, function...), "f|@:0:0"},
		{"partial", []byte{5, 0, 3, 4, 0, 0, 0, 0}, append([]byte{1}, function...), "f|@:0:0"},
		{"skeleton", []byte{5, 0, 4, 4, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, skeleton, "f|@:0:0"},
		{"type unit", []byte{5, 0, 2, 4, 0, 0, 0, 0}, append([]byte{1}, function...), ""},
		{"version 6", []byte{6, 0, 1, 4, 0, 0, 0, 0}, append([]byte{1}, function...), ""},
		{"version 1", []byte{1, 0, 0, 0, 0, 0, 4}, append([]byte{1}, function...), ""},
		{"address size 2", []byte{5, 0, 1, 2, 0, 0, 0, 0}, append([]byte{1}, function...), ""},
		{"abbreviations elsewhere", []byte{5, 0, 1, 4, 0, 1, 0, 0}, append([]byte{1}, function...), ""},
		{"unknown code", []byte{5, 0, 1, 4, 0, 0, 0, 0}, append([]byte{99}, function...), ""},
	} {
		var info asm
		info.sized(false, nil) // an empty unit before it
		info.sized(false, append(append([]byte{}, tt.header...), tt.rest...))
		s := Sections{Abbrev: w.abbrev.b, Info: info.b, StrOffsets: strs, Str: []byte("x\x00f\x00")}
		if got := text(New(s, 0x1000).Lookup(0x12, 0x10)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestOpcodeBase runs a program whose header knows fewer, or more, standard
// opcodes.
func TestOpcodeBase(t *testing.T) {
	for base, operands := range map[byte][]byte{
		4:  {0, 1, 1},
		10: {0, 1, 1, 1, 1, 0, 0, 0, 1},
		15: {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2, 0},
	} {
		header := append([]byte{1, 1, 0, 14, base}, operands...)
		header = append(header, 0, 'f', 0, 0, 0, 0, 0)
		body := binary.LittleEndian.AppendUint32([]byte{3, 0}, uint32(len(header)))
		body = append(append(body, header...), 0, 5, 2, 0x10, 0, 0, 0)
		if base > 13 {
			body = append(body, 13, 0x80, 1, 7) // an unknown opcode of two operands
		}
		body = append(body, base+5, 1, 2, 4, 0, 1, 1) // line + 5, copy, advance, end
		var line asm
		line.sized(false, body)
		u := unit{d: New(Sections{Line: line.b}, 0x1000), lines: value{form: formSecOffset}}
		got, found := u.position(0x12, &meter{left: 1000})
		if want := (position{file: 1, line: 6}); got != want || !found {
			t.Errorf("opcode base %d: %+v, %v, want %+v", base, got, found, want)
		}
		if got := u.file(1, &meter{left: 1000}); got != "f" {
			t.Errorf("opcode base %d: file %q", base, got)
		}
	}
}

// TestTruncated cuts every section of every dialect at every length.
func TestTruncated(t *testing.T) {
	for _, d := range dialects {
		s := program(d).sections()
		for _, b := range s.list() {
			whole := *b
			for n := range whole {
				*b = whole[:n:n]
				data := New(s, 0x1000)
				for _, pc := range []uint32{0x10, 0x1c, 0x41, 0x61} {
					data.Lookup(pc, pc&^0xf)
				}
			}
			*b = whole
		}
	}
}
