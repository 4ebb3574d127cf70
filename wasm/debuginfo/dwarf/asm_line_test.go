package dwarf

// This file writes line tables for the tests.

// lineStart is where the table of program starts in .debug_line.
const lineStart = 3

// lineSection writes the table of program behind a few bytes of padding.
func (w *writer) lineSection() {
	w.line.u8(0xee, 0xee, 0xee)
	var h asm // what the header length counts
	h.u8(1)
	if w.version >= 4 {
		h.u8(1)
	}
	h.u8(1, 0xfb, 14, 13)                    // is_stmt, line base -5, range 14, opcode base
	h.u8(0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1) // operands
	if w.version >= 5 {
		w.lists5(&h)
	} else {
		h.str("lib")
		h.str("/inc")
		h.u8(0)
		h.str("a.c")
		h.uleb(1, 0, 0)
		h.str("b.h")
		h.uleb(2, 1, 2)
		h.u8(0)
	}
	var t asm
	t.u16(w.version)
	if w.version >= 5 {
		t.u8(4, 0)
	}
	t.off(w.is64, len(h.b))
	t.b = append(t.b, h.b...)
	w.rows(&t)
	w.line.sized(w.is64, t.b)
}

// lists5 writes the lists of version 5. Files count from 0 there; the tests
// use 1 and 2 everywhere.
func (w *writer) lists5(h *asm) {
	lineStr := func(s string) {
		h.off(w.is64, len(w.lineText.b))
		w.lineText.str(s)
	}
	h.u8(1)
	h.uleb(contentPath, formLineStrp)
	h.uleb(3)
	lineStr("/src")
	lineStr("lib")
	lineStr("/inc")
	h.u8(3)
	h.uleb(5, formData16) // MD5
	h.uleb(contentPath, formString, contentDir, formUdata)
	h.uleb(3)
	for i, f := range []string{"root.c", "a.c", "b.h"} {
		h.b = append(h.b, make([]byte, 16)...)
		h.str(f)
		h.uleb(i)
	}
}

// rows writes the program, sequences out of order.
func (w *writer) rows(t *asm) {
	setAddr := func(v int) {
		t.u8(0, 5, 2)
		t.u32(v)
	}
	end := func() { t.u8(0, 1, 1) }
	special := func(addr, line int) { t.u8(byte(line + 5 + 14*addr + 13)) }

	setAddr(0x10)
	t.u8(5, 1, 1)     // column 1, copy: 0x10 a.c:1:1
	t.u8(4, 2, 5, 2)  // file 2, column 2
	t.u8(3)           // advance line
	t.sleb(19)        //
	t.u8(2, 8, 1)     // advance pc 8, copy: 0x18 b.h:20:2
	t.u8(5, 4, 3, 10) // column 4, line + 10
	special(4, 0)     // 0x1c b.h:30:4
	t.u8(5, 2, 6, 10) // column 2, negate_stmt, prologue_end
	t.u8(12, 3)       // set_isa
	t.u8(3)           //
	t.sleb(-9)        //
	special(4, 0)     // 0x20 b.h:21:2
	t.u8(9, 0x10, 0)  // fixed_advance_pc 16
	t.u8(4, 1, 3)     //
	t.sleb(-21)       //
	t.u8(5, 0, 1)     // 0x30 a.c:0
	t.u8(8, 2)        // const_add_pc: (255-13)/14 = 17
	t.uleb(0x40 - 0x30 - 17 + 1<<32)
	t.u8(2)
	t.u8(0x80, 0x80, 0x80, 0x80, 0xf0, 0xff, 0xff, 0xff, 0xff, 1) // -2^32
	end()                                                         // 0x40

	setAddr(0x60)
	t.u8(3)
	t.sleb(49)
	t.u8(1, 2, 8) // 0x60 a.c:50, end at 0x68
	end()
	setAddr(0x40)
	t.u8(3)
	t.sleb(39)
	t.u8(1, 2, 8) // 0x40 a.c:40, end at 0x48
	end()
	setAddr(w.tomb)
	t.u8(3)
	t.sleb(665)
	t.u8(1, 2, 0x30)
	end()
}
