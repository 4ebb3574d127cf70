package wazero

// This file is debug information that says nothing. wazero tells the offset
// of a frame only where the module has line numbers for it, so modules that
// have some get these: one compilation unit over all code, with one line.

import "github.com/dray-wasm/dray/wasm"

var fakeDebugInfo = []wasm.Custom{
	{Name: ".debug_abbrev", After: wasm.SectionData, Data: []byte{
		1, 0x11, 0, // abbreviation 1: DW_TAG_compile_unit without children
		0x10, 0x17, // DW_AT_stmt_list: sec_offset
		0x11, 0x01, // DW_AT_low_pc: addr
		0x12, 0x01, // DW_AT_high_pc: addr
		0, 0, 0,
	}},
	{Name: ".debug_info", After: wasm.SectionData, Data: []byte{
		20, 0, 0, 0, // length
		4, 0, // DWARF 4
		0, 0, 0, 0, // abbreviations at 0
		4,          // address size
		1,          // abbreviation 1
		0, 0, 0, 0, // lines at 0
		1, 0, 0, 0, // low_pc
		0xf0, 0xff, 0xff, 0x7f, // high_pc
	}},
	{Name: ".debug_line", After: wasm.SectionData, Data: append(fakeLineHeader(), []byte{
		0, 5, 2, 1, 0, 0, 0, // DW_LNE_set_address 1
		1,                               // DW_LNS_copy: a row
		0, 5, 2, 0xf0, 0xff, 0xff, 0x7f, // DW_LNE_set_address
		0, 1, 1, // DW_LNE_end_sequence
	}...)},
}

// fakeLineHeader is the header of a line table of version 4 with one file "x"
// and a program of 18 bytes.
func fakeLineHeader() []byte {
	prologue := []byte{
		1,                                  // minimum instruction length
		1,                                  // operations an instruction
		1,                                  // default is_stmt
		0xfb,                               // line base -5
		14,                                 // line range
		13,                                 // opcode base
		0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, // operands of the standard opcodes
		0,               // no include directories
		'x', 0, 0, 0, 0, // file 1
		0, // no more files
	}
	const program = 18
	head := appendLE(nil, uint64(2+4+len(prologue)+program), 4)
	head = append(head, 4, 0)
	head = appendLE(head, uint64(len(prologue)), 4)
	return append(head, prologue...)
}
