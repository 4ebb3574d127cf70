package dwarf

// This file reads abbreviation tables, which say what attributes entries have
// (DWARF 5, section 7.5.3).

// Tags of the entries that matter here.
const (
	tagCompileUnit  = 0x11
	tagInlined      = 0x1d
	tagSubprogram   = 0x2e
	tagPartialUnit  = 0x3c
	tagSkeletonUnit = 0x4a
)

// A slot is a place for an attribute that matters here; slotNone stands for
// all others.
type slot uint8

const (
	slotNone slot = iota
	slotName
	slotLinkage
	slotLow
	slotHigh
	slotRanges
	slotOrigin
	slotSpec
	slotCallFile
	slotCallLine
	slotCallCol
	slotStmtList
	slotCompDir
	slotStrBase
	slotAddrBase
	slotRngBase
	slots
)

// slotOf finds the slot of an attribute (7.5.4).
func slotOf(attribute uint64) slot {
	switch attribute {
	case 0x03:
		return slotName
	case 0x6e, 0x2007: // DW_AT_linkage_name, DW_AT_MIPS_linkage_name
		return slotLinkage
	case 0x11:
		return slotLow
	case 0x12:
		return slotHigh
	case 0x55:
		return slotRanges
	case 0x31:
		return slotOrigin
	case 0x47:
		return slotSpec
	case 0x58:
		return slotCallFile
	case 0x59:
		return slotCallLine
	case 0x57:
		return slotCallCol
	case 0x10:
		return slotStmtList
	case 0x1b:
		return slotCompDir
	case 0x72:
		return slotStrBase
	case 0x73, 0x2133: // DW_AT_addr_base, DW_AT_GNU_addr_base
		return slotAddrBase
	case 0x74:
		return slotRngBase
	}
	return slotNone
}

// An attr is one attribute of an abbreviation.
type attr struct {
	form uint16
	slot slot
	// value is that of DW_FORM_implicit_const.
	value int64
}

type abbrev struct {
	tag      uint64
	children bool
	attrs    []attr
}

// An abbrevTable maps codes to abbreviations. Compilers count from 1: dense
// holds those, rest the others.
type abbrevTable struct {
	dense []abbrev
	rest  map[uint64]abbrev
}

func (t *abbrevTable) get(code uint64) *abbrev {
	if code-1 < uint64(len(t.dense)) {
		return &t.dense[code-1]
	}
	if a, ok := t.rest[code]; ok {
		return &a
	}
	return nil
}

// abbrevTable reads the table at an offset, or as much of it as makes sense.
func (d *Data) abbrevTable(off uint64) *abbrevTable {
	if off > uint64(len(d.s.Abbrev)) {
		return &abbrevTable{}
	}
	key := uint32(off)
	if t, ok := d.abbrevs[key]; ok {
		return t
	}
	t := &abbrevTable{}
	r := at(d.s.Abbrev, off)
	for {
		code := r.uleb()
		if code == 0 {
			break
		}
		a, ok := d.abbrev(&r)
		if !ok || !d.abbrevRoom.take(8) {
			break
		}
		if code == uint64(len(t.dense))+1 {
			t.dense = append(t.dense, a)
			continue
		}
		if t.rest == nil {
			t.rest = map[uint64]abbrev{}
		}
		t.rest[code] = a
	}
	d.abbrevs[key] = t
	return t
}

// abbrev reads what follows the code of an abbreviation.
func (d *Data) abbrev(r *reader) (a abbrev, ok bool) {
	a.tag = r.uleb()
	a.children = r.byte() != 0
	for d.abbrevRoom.take(2) {
		name, form := r.uleb(), r.uleb()
		if r.bad {
			return a, false
		}
		if name == 0 && form == 0 {
			return a, true
		}
		if form > 0xffff {
			return a, false
		}
		at := attr{form: uint16(form)}
		switch a.tag {
		case tagCompileUnit, tagPartialUnit, tagSkeletonUnit, tagSubprogram, tagInlined:
			at.slot = slotOf(name)
		}
		if form == formImplicitConst {
			at.value = r.sleb()
		}
		a.attrs = append(a.attrs, at)
	}
	return a, false
}
