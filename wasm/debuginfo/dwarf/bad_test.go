package dwarf

// This file tries sections that are made to hurt.

import (
	"runtime"
	"testing"
	"time"
)

// hostile is sections that a careless reader chokes on.
func hostile() map[string]Sections {
	all := map[string]Sections{}
	unit := func(entries []byte) []byte {
		u := asm{b: []byte{4, 0, 0, 0, 0, 0, 4}}
		u.b = append(u.b, entries...)
		var info asm
		info.sized(false, u.b)
		return info.b
	}
	repeat := func(n int, b ...byte) []byte {
		out := make([]byte, 0, n*len(b))
		for range n {
			out = append(out, b...)
		}
		return out
	}
	lines := func(rest ...byte) Sections {
		w := &writer{}
		w.declare(1, tagCompileUnit, 0, 0x10, formSecOffset)
		w.abbrev.u8(0)
		return Sections{Abbrev: w.abbrev.b, Info: unit([]byte{1, 0, 0, 0, 0}), Line: rest}
	}

	// 2^34 directories: 256 GiB of strings.
	var l asm
	l.sized(false, append([]byte{5, 0, 4, 0, 40, 0, 0, 0, 1, 1, 1, 0xfb, 14, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1,
		1, 1, formUdata, 0x80, 0x80, 0x80, 0x80, 0x40}, make([]byte, 64)...))
	all["directory count"] = lines(l.b...)
	l = asm{}
	l.sized(false, append([]byte{5, 0, 4, 0, 24, 0, 0, 0, 1, 1, 1, 0xfb, 14, 1,
		1, 1, formFlagPresent, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, make([]byte, 16)...))
	all["directories without size"] = lines(l.b...)

	// Entries of one byte with as many attributes as fit, none of which takes
	// space.
	w := &writer{}
	pairs := make([]int, 0, 200_000)
	for range 100_000 {
		pairs = append(pairs, 0x3f, formFlagPresent)
	}
	w.declare(1, tagSubprogram, 1, pairs...)
	all["attributes without size"] = Sections{Abbrev: w.abbrev.b, Info: unit(repeat(100_000, 1))}

	// Many units, each with its own view of one big abbreviation table.
	w = &writer{}
	for i := range 100_000 {
		w.declare(i+1, 0x34, 0)
	}
	var info asm
	for i := range 20_000 {
		info.sized(false, []byte{4, 0, byte(5 * i), byte(5 * i >> 8), byte(5 * i >> 16), 0, 4, 1})
	}
	all["overlapping abbreviations"] = Sections{Abbrev: w.abbrev.b, Info: info.b}

	// Many functions that share one long range list, and one long name.
	w = &writer{}
	w.declare(1, tagCompileUnit, 1)
	w.declare(2, tagSubprogram, 1, 0x55, formSecOffset, 0x03, formStrp)
	w.declare(3, tagInlined, 1, 0x55, formSecOffset, 0x31, formRef1)
	w.abbrev.u8(0)
	entries := append([]byte{1}, repeat(20_000, 2, 0, 0, 0, 0, 0, 0, 0, 0)...)
	all["shared ranges"] = Sections{
		Abbrev: w.abbrev.b, Info: unit(entries),
		Ranges: repeat(100_000, 0x10, 0, 0, 0, 0x20, 0, 0, 0), Str: repeat(1<<20, 'x'),
	}
	// Functions inlined in one another without end, each its own origin.
	entries = append([]byte{1, 2, 0, 0, 0, 0, 0, 0, 0, 0}, repeat(200_000, 3, 0, 0, 0, 0, 21)...)
	all["endless inlining"] = Sections{
		Abbrev: w.abbrev.b, Info: unit(entries), Ranges: repeat(1, 0x10, 0, 0, 0, 0x20, 0, 0, 0),
		Str: repeat(1<<20, 'x'),
	}
	// A long string in place that every frame leads to.
	w = &writer{}
	w.declare(1, tagSubprogram, 1, 0x11, formAddr, 0x12, formData1)
	w.declare(2, tagInlined, 1, 0x11, formAddr, 0x12, formData1, 0x31, formRef1)
	w.declare(3, tagSubprogram, 0, 0x3f, formString, 0x31, formRef1)
	w.abbrev.u8(0)
	entries = append([]byte{3}, repeat(8<<20, 'x')...)
	entries = append(entries, 0, 11, 1, 0x10, 0, 0, 0, 0x20)
	all["long strings"] = Sections{
		Abbrev: w.abbrev.b, Info: unit(append(entries, repeat(200, 2, 0x10, 0, 0, 0, 0x20, 11)...)),
	}
	return all
}

func TestHostile(t *testing.T) {
	for name, s := range hostile() {
		t.Run(name, func(t *testing.T) {
			size := uint64(len(s.Abbrev) + len(s.Info) + len(s.Line) + len(s.Ranges) + len(s.RngLists))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			d := New(s, 1<<20)
			for range 5 {
				d.Lookup(0x18, 0x10)
			}
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes of sections: %v, %d bytes allocated", size, took, allocated)
			if limit := 32<<20 + 32*size; allocated > limit {
				t.Errorf("allocated %d bytes, want at most %d", allocated, limit)
			}
			if took > 20*time.Second {
				t.Errorf("five lookups took %v", took)
			}
		})
	}
}
