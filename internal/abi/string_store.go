package abi

// This file stores strings, with as few calls of realloc as the source
// encoding allows: guests can observe them (section "Storing", strings).

import "unicode/utf8"

// StoreString stores a Go string in memory that is allocated for it. s must be
// valid UTF-8.
func StoreString(cx *Context, s string) (ptr, taggedCodeUnits uint64, err error) {
	switch {
	case len(s) > MaxStringByteLength:
		return 0, 0, Trapf("string of %d bytes: at most %d are allowed", len(s), MaxStringByteLength)
	case !utf8.ValidString(s):
		return 0, 0, Within(badUTF8([]byte(s)), "string of the host")
	case cx.Encoding != UTF8:
		return storeStringIntoRange(cx, text{data: []byte(s), enc: simpleUTF8})
	}
	ptr, dst, err := realloc(cx, 0, 0, 1, uint64(len(s)))
	if err != nil {
		return 0, 0, err
	}
	copy(dst, s)
	return ptr, uint64(len(s)), nil
}

// storeString stores a string and puts its pointer and length at ptr, which is
// in bounds (store_string).
func storeString(cx *Context, s text, ptr uint64) error {
	begin, taggedCodeUnits, err := storeStringIntoRange(cx, s)
	if err != nil {
		return err
	}
	mem := cx.Memory.Bytes()
	storePointer(mem, ptr, cx.Width, begin)
	storePointer(mem, ptr+cx.Width.Size(), cx.Width, taggedCodeUnits)
	return nil
}

// storePointer writes a pointer or length to memory.
func storePointer(mem []byte, ptr uint64, w Width, v uint64) {
	if w == Width64 {
		le.PutUint64(mem[ptr:], v)
		return
	}
	le.PutUint32(mem[ptr:], uint32(v))
}

// storeStringIntoRange stores a string in memory that is allocated for it
// (store_string_into_range).
func storeStringIntoRange(cx *Context, s text) (ptr, taggedCodeUnits uint64, err error) {
	if s.host {
		return StoreString(cx, s.str)
	}
	switch cx.Encoding {
	case UTF16:
		switch s.enc {
		case simpleUTF8:
			return storeUTF8ToUTF16(cx, &s)
		case simpleUTF16:
			return storeStringCopy(cx, &s, 2)
		}
		return storeLatin1ToUTF16(cx, &s)
	case Latin1UTF16:
		switch {
		case s.enc == simpleLatin1:
			return storeStringCopy(cx, &s, 2)
		case s.dynamic:
			return storeProbablyUTF16ToLatin1OrUTF16(cx, &s)
		}
		return storeStringToLatin1OrUTF16(cx, &s)
	}
	switch s.enc {
	case simpleUTF8:
		return storeStringCopy(cx, &s, 1)
	case simpleUTF16:
		return storeStringToUTF8(cx, &s, 3*s.units())
	}
	return storeStringToUTF8(cx, &s, 2*s.units())
}

// realloc is Context.Reallocate with the memory of the new block.
func realloc(cx *Context, old, oldSize, align, newSize uint64) (uint64, []byte, error) {
	if cx.Memory == nil {
		return 0, nil, Trapf("a string needs memory, but the canonical definition has no option memory")
	}
	ptr, err := cx.Reallocate(old, oldSize, align, newSize)
	if err != nil {
		return 0, nil, err
	}
	return ptr, cx.Memory.Bytes()[ptr:][:newSize], nil
}

// storeStringCopy stores a string in the encoding it has.
func storeStringCopy(cx *Context, s *text, align uint64) (uint64, uint64, error) {
	ptr, dst, err := realloc(cx, 0, 0, align, uint64(len(s.data)))
	if err != nil {
		return 0, 0, err
	}
	copy(dst, s.bytes())
	return ptr, s.units(), nil
}

// storeLatin1ToUTF16 stores a Latin-1 string as UTF-16.
func storeLatin1ToUTF16(cx *Context, s *text) (uint64, uint64, error) {
	ptr, dst, err := realloc(cx, 0, 0, 2, 2*s.units())
	if err != nil {
		return 0, 0, err
	}
	latin1ToUTF16(dst, s.bytes())
	return ptr, s.units(), nil
}

// storeStringToUTF8 stores a string that is hoped to be ASCII: only where it is
// not, room for the worst case is asked for.
func storeStringToUTF8(cx *Context, s *text, worst uint64) (uint64, uint64, error) {
	units := s.units()
	ptr, dst, err := realloc(cx, 0, 0, 1, units)
	if err != nil {
		return 0, 0, err
	}
	var done, rest int
	if s.enc == simpleUTF16 {
		done = utf16ToASCII(dst, s.bytes())
		rest = 2 * done
	} else {
		done = asciiPrefix(s.bytes())
		copy(dst, s.data[:done])
		rest = done
	}
	if uint64(done) == units {
		return ptr, units, nil
	}
	if ptr, dst, err = realloc(cx, ptr, units, 1, worst); err != nil {
		return 0, 0, err
	}
	src := s.bytes()[rest:]
	var n int
	if s.enc == simpleUTF16 {
		n, _ = utf16ToUTF8(dst[done:], src)
	} else {
		n, _ = latin1ToUTF8(dst[done:], src)
	}
	size := uint64(done + n)
	if size < worst {
		if ptr, _, err = realloc(cx, ptr, worst, 1, size); err != nil {
			return 0, 0, err
		}
	}
	return ptr, size, nil
}

// storeUTF8ToUTF16 stores a UTF-8 string as UTF-16.
func storeUTF8ToUTF16(cx *Context, s *text) (uint64, uint64, error) {
	worst := 2 * s.units()
	ptr, dst, err := realloc(cx, 0, 0, 2, worst)
	if err != nil {
		return 0, 0, err
	}
	size := uint64(utf8ToUTF16(dst, s.bytes()))
	if size < worst {
		if ptr, _, err = realloc(cx, ptr, worst, 2, size); err != nil {
			return 0, 0, err
		}
	}
	return ptr, size / 2, nil
}

// storeStringToLatin1OrUTF16 stores a string that is hoped to be Latin-1.
func storeStringToLatin1OrUTF16(cx *Context, s *text) (uint64, uint64, error) {
	units := s.units()
	ptr, dst, err := realloc(cx, 0, 0, 2, units)
	if err != nil {
		return 0, 0, err
	}
	var done, taken int
	if s.enc == simpleUTF16 {
		done = utf16ToLatin1(dst, s.bytes())
		taken = 2 * done
	} else {
		done, taken = utf8ToLatin1(dst, s.bytes())
	}
	if taken == len(s.data) {
		if uint64(done) < units {
			if ptr, _, err = realloc(cx, ptr, units, 2, uint64(done)); err != nil {
				return 0, 0, err
			}
		}
		return ptr, uint64(done), nil
	}
	worst := 2 * units
	if ptr, dst, err = realloc(cx, ptr, units, 2, worst); err != nil {
		return 0, 0, err
	}
	for j := done - 1; j >= 0; j-- {
		le.PutUint16(dst[2*j:], uint16(dst[j]))
	}
	src := s.bytes()[taken:]
	n := 2 * done
	if s.enc == simpleUTF16 {
		n += copy(dst[n:], src)
	} else {
		n += utf8ToUTF16(dst[n:], src)
	}
	size := uint64(n)
	if size < worst {
		if ptr, _, err = realloc(cx, ptr, worst, 2, size); err != nil {
			return 0, 0, err
		}
	}
	return ptr, size/2 | cx.Width.utf16Tag(), nil
}

// storeProbablyUTF16ToLatin1OrUTF16 stores a string that its source found to
// need UTF-16.
func storeProbablyUTF16ToLatin1OrUTF16(cx *Context, s *text) (uint64, uint64, error) {
	units := s.units()
	ptr, dst, err := realloc(cx, 0, 0, 2, 2*units)
	if err != nil {
		return 0, 0, err
	}
	copy(dst, s.bytes())
	if !utf16IsLatin1(dst) {
		return ptr, units | cx.Width.utf16Tag(), nil
	}
	utf16ToLatin1(dst, dst)
	if ptr, _, err = realloc(cx, ptr, 2*units, 1, units); err != nil {
		return 0, 0, err
	}
	return ptr, units, nil
}
