package dwarf

// This file fuzzes lookups in all sections at once.

import (
	"encoding/binary"
	"testing"
	"time"
)

// pack puts sections into one byte string: nine lengths, then the contents.
func pack(s Sections) []byte {
	var head, body []byte
	for _, b := range s.list() {
		head = binary.LittleEndian.AppendUint16(head, uint16(len(*b)))
		body = append(body, *b...)
	}
	return append(head, body...)
}

func unpack(data []byte) (s Sections) {
	list := s.list()
	if len(data) < 2*len(list) {
		return s
	}
	body := data[2*len(list):]
	for i, b := range list {
		n := min(int(binary.LittleEndian.Uint16(data[2*i:])), len(body))
		*b, body = body[:n:n], body[n:]
	}
	return s
}

func (s *Sections) list() []*[]byte {
	return []*[]byte{&s.Abbrev, &s.Info, &s.Line, &s.Str, &s.LineStr, &s.StrOffsets, &s.Addr, &s.Ranges, &s.RngLists}
}

func FuzzLookup(f *testing.F) {
	for _, d := range dialects {
		f.Add(pack(program(d).sections()), uint32(0x1c))
	}
	for _, s := range hostile() {
		if len(s.Info)+len(s.Abbrev)+len(s.Line) < 1<<16 {
			f.Add(pack(s), uint32(0x18))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, pc uint32) {
		d := New(unpack(data), 1<<16)
		start := time.Now()
		for _, pc := range []uint32{pc, 0x10, 0x1c, 0x41} {
			frames := d.Lookup(pc, pc&^0xf)
			if len(frames) > maxInlined {
				t.Fatalf("%d frames", len(frames))
			}
			for _, f := range frames {
				if f.Line < 0 || f.Col < 0 || len(f.Name) > maxName || len(f.LinkageName) > maxName {
					t.Fatalf("bad frame %+v", f)
				}
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("lookups in %d bytes took %v", len(data), took)
		}
	})
}
