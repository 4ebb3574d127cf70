package dwarf

// This file reads attribute values (DWARF 5, section 7.5.5 and 7.5.6).

const (
	formAddr          = 0x01
	formBlock2        = 0x03
	formBlock4        = 0x04
	formData2         = 0x05
	formData4         = 0x06
	formData8         = 0x07
	formString        = 0x08
	formBlock         = 0x09
	formBlock1        = 0x0a
	formData1         = 0x0b
	formFlag          = 0x0c
	formSdata         = 0x0d
	formStrp          = 0x0e
	formUdata         = 0x0f
	formRefAddr       = 0x10
	formRef1          = 0x11
	formRef2          = 0x12
	formRef4          = 0x13
	formRef8          = 0x14
	formRefUdata      = 0x15
	formIndirect      = 0x16
	formSecOffset     = 0x17
	formExprloc       = 0x18
	formFlagPresent   = 0x19
	formStrx          = 0x1a
	formAddrx         = 0x1b
	formRefSup4       = 0x1c
	formStrpSup       = 0x1d
	formData16        = 0x1e
	formLineStrp      = 0x1f
	formRefSig8       = 0x20
	formImplicitConst = 0x21
	formLoclistx      = 0x22
	formRnglistx      = 0x23
	formRefSup8       = 0x24
	formStrx1         = 0x25
	formStrx2         = 0x26
	formStrx3         = 0x27
	formStrx4         = 0x28
	formAddrx1        = 0x29
	formAddrx2        = 0x2a
	formAddrx3        = 0x2b
	formAddrx4        = 0x2c
	formGNUAddrIndex  = 0x1f01
	formGNUStrIndex   = 0x1f02
	formGNURefAlt     = 0x1f20
	formGNUStrpAlt    = 0x1f21
)

// A value is an attribute's value as it is written: bits is a number, an
// offset or an index, which form tells. A string written in place has its
// offset in the section as bits; a block has nothing.
type value struct {
	form uint16
	bits uint64
}

// An encoding is what the size of some forms depends on.
type encoding struct {
	version  uint16
	addrSize uint8
	offSize  uint8
}

// value reads a value of a form.
func (e encoding) value(r *reader, form uint16) value {
	for range 4 {
		if form != formIndirect {
			break
		}
		form = uint16(min(r.uleb(), 0xffff))
	}
	v := value{form: form}
	switch form {
	case formAddr:
		v.bits = r.uint(int(e.addrSize))
	case formData1, formRef1, formFlag, formStrx1, formAddrx1:
		v.bits = uint64(r.byte())
	case formData2, formRef2, formStrx2, formAddrx2:
		v.bits = r.uint(2)
	case formStrx3, formAddrx3:
		v.bits = r.uint(3)
	case formData4, formRef4, formStrx4, formAddrx4, formRefSup4:
		v.bits = r.uint(4)
	case formData8, formRef8, formRefSig8, formRefSup8:
		v.bits = r.uint(8)
	case formUdata, formRefUdata, formStrx, formAddrx, formLoclistx, formRnglistx,
		formGNUAddrIndex, formGNUStrIndex:
		v.bits = r.uleb()
	case formSdata:
		v.bits = uint64(r.sleb())
	case formStrp, formLineStrp, formSecOffset, formStrpSup, formGNURefAlt, formGNUStrpAlt:
		v.bits = r.uint(int(e.offSize))
	case formRefAddr:
		size := e.offSize
		if e.version < 3 {
			size = e.addrSize
		}
		v.bits = r.uint(int(size))
	case formString:
		v.bits = uint64(r.off)
		r.skipString()
	case formFlagPresent, formImplicitConst:
	default:
		e.block(r, form)
	}
	return v
}

// block skips a value that is a run of bytes. A form that is not known has no
// known size: nothing after it can be read.
func (e encoding) block(r *reader, form uint16) {
	switch form {
	case formBlock1:
		r.bytes(uint64(r.byte()))
	case formBlock2:
		r.bytes(r.uint(2))
	case formBlock4:
		r.bytes(r.uint(4))
	case formBlock, formExprloc:
		r.bytes(r.uleb())
	case formData16:
		r.bytes(16)
	default:
		r.fail()
	}
}

// isConstant tells whether a form is of the class constant, as opposed to an
// address.
func isConstant(form uint16) bool {
	switch form {
	case formData1, formData2, formData4, formData8, formSdata, formUdata, formImplicitConst:
		return true
	}
	return false
}

// str is a string attribute of a unit; "" when it is in no section that is
// here.
func (u *unit) str(v value) string {
	s := &u.d.s
	var r reader
	switch v.form {
	case formString:
		r = at(s.Info, v.bits)
	case formStrp:
		r = at(s.Str, v.bits)
	case formLineStrp:
		r = at(s.LineStr, v.bits)
	case formStrx, formStrx1, formStrx2, formStrx3, formStrx4, formGNUStrIndex:
		x := indexed(s.StrOffsets, u.strBase, v.bits, int(u.offSize))
		off := x.uint(int(u.offSize))
		if x.bad {
			return ""
		}
		r = at(s.Str, off)
	default:
		return ""
	}
	return r.text()
}

// addr is an address attribute of a unit, or an entry of .debug_addr.
func (u *unit) addr(v value) (addr uint64, ok bool) {
	switch v.form {
	case formAddr:
		return v.bits, true
	case formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4, formGNUAddrIndex:
		r := indexed(u.d.s.Addr, u.addrBase, v.bits, int(u.addrSize))
		addr = r.uint(int(u.addrSize))
		return addr, !r.bad
	}
	return 0, false
}

// indexed makes a reader of the entry of a number in a table of entries of
// equal size.
func indexed(section []byte, base, index uint64, size int) reader {
	if index > uint64(len(section)) || base > uint64(len(section)) {
		return reader{bad: true}
	}
	return at(section, base+index*uint64(size))
}
