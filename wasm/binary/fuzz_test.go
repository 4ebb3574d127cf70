// This file has the fuzz targets and benchmarks of the package.

package binary

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/google/go-cmp/cmp"
)

// addSeeds adds the modules of the other tests.
func addSeeds(f *testing.F) {
	tests := append(append(typeTests(), importTests()...), customTests()...)
	for _, tt := range tests {
		f.Add(module(sections(f, tt.sections)))
	}
	f.Add(everySection(f))
	f.Add(module(sections(f, `
		@3 01 00
		@4 02 40 00 64 70 00 01 0b 6f 05 00 07
		@5 02 03 00 01 04 80 80 80 80 80 01
		@9 03 06 00 41 00 0b 64 70 01 d2 00 0b 03 00 01 04 05 6f 01 d0 6f 0b
		@12 02
		@10 01 19 01 02 7f 02 40 03 7f 04 40 05 0b 06 40 07 00 19 0b 1f 40 01 02 00 0b 0b 0b 0b
		@11 02 01 01 ff 02 00 41 00 0b 01 00`)))
	for _, tt := range append(append(preambleErrors, sectionErrors...), contentErrors...) {
		if s, ok := tt.in.(string); ok {
			f.Add(module(sections(f, s)))
		}
	}
}

// FuzzDecode checks that no input makes the decoder fail other than with an
// error, and that what it accepts survives being written and read again.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		Sniff(data)
		if err != nil {
			return
		}
		out, err := Encode(m)
		if err != nil {
			t.Fatalf("a decoded module cannot be encoded: %v", err)
		}
		if len(out) > len(data) {
			t.Fatalf("%d bytes became %d", len(data), len(out))
		}
		again, err := Decode(out)
		if err != nil {
			t.Fatalf("an encoded module cannot be decoded: %v", err)
		}
		if diff := cmp.Diff(m, again, ignorePlaces); diff != "" {
			t.Fatalf("decoded again (-first +second):\n%s", diff)
		}
		if third, err := Encode(again); err != nil || !bytes.Equal(third, out) {
			t.Fatalf("encoded again differs: %v", err)
		}
		useModule(m)
	})
}

// useModule calls what works on any decoded module.
func useModule(m *wasm.Module) {
	CheckCode(m)
	if names, _ := ReadNames(m); names != nil {
		EncodeNames(names)
	}
	ReadProducers(m)
	m.ImportTypes()
	m.ExportTypes()
	for i := range m.Funcs {
		m.FuncTypeOf(uint32(i))
	}
	for i := range m.Globals {
		ConstInstrs(m.Globals[i].Init)
	}
}

// FuzzInstrReader checks that what is read can be written and read again.
func FuzzInstrReader(f *testing.F) {
	for op := range wasm.Opcode(wasm.NumOpcodes) {
		if op.Info().Name == "" {
			continue
		}
		for _, in := range samples(op)[:1] {
			before, after := around(op)
			code, err := AppendInstr(unhex(f, before), &in)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(append(code, unhex(f, after)...))
		}
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		var ops []wasm.Opcode
		var out []byte
		var in wasm.Instr
		r := NewInstrReader(code, 0)
		pos := int64(0)
		for {
			err := r.Next(&in)
			if err == io.EOF {
				break
			}
			if err != nil {
				return
			}
			if in.Pos != pos || in.End <= in.Pos || in.End > int64(len(code)) {
				t.Fatalf("%s from %d to %d after %d", in.Op, in.Pos, in.End, pos)
			}
			pos = in.End
			ops = append(ops, in.Op)
			if out, err = AppendInstr(out, &in); err != nil {
				t.Fatalf("%s cannot be written: %v", in.Op, err)
			}
		}
		if len(out) > len(code) {
			t.Fatalf("%d bytes became %d", len(code), len(out))
		}
		r.Reset(out, 0)
		for i := 0; ; i++ {
			err := r.Next(&in)
			if err == io.EOF && i == len(ops) {
				return
			}
			if err != nil || i >= len(ops) || in.Op != ops[i] {
				t.Fatalf("instruction %d: %s, %v", i, in.Op, err)
			}
		}
	})
}

// largestGuest is the largest program in the repository.
func largestGuest(b *testing.B) []byte {
	var path string
	var size int64
	for _, p := range guests(b) {
		if info, err := os.Stat(p); err == nil && info.Size() > size {
			path, size = p, info.Size()
		}
	}
	return readFile(b, path)
}

func BenchmarkDecode(b *testing.B) {
	data := largestGuest(b)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	data := largestGuest(b)
	m, err := Decode(data)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckCode reads every instruction of the largest guest.
func BenchmarkCheckCode(b *testing.B) {
	m, err := Decode(largestGuest(b))
	if err != nil {
		b.Fatal(err)
	}
	code, _ := m.Section(wasm.SectionCode)
	b.SetBytes(code.Size)
	b.ReportAllocs()
	for b.Loop() {
		if err := CheckCode(m); err != nil {
			b.Fatal(err)
		}
	}
}
