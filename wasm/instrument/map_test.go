// This file tests the translation of places back to the old module.

package instrument

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
)

func TestMapFuncs(t *testing.T) {
	m := counting() // one import, ten functions
	_, mp := interrupt(t, m, Options{})
	for _, tt := range []struct {
		in, want uint32
		ok       bool
	}{{0, 0, true}, {1, 0, false}, {2, 1, true}, {11, 10, true}, {12, 0, false}, {13, 0, false}, {1<<32 - 1, 0, false}} {
		if got, ok := mp.Func(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("function %d: %d, %t", tt.in, got, ok)
		}
		if got, off, ok := mp.Original(tt.in, -1); got != tt.want || ok != tt.ok || off != -1 {
			t.Errorf("function %d without offset: %d, %d, %t", tt.in, got, off, ok)
		}
	}
}

// instrs lists the instructions of a body with offsets from the content of
// its entry.
func instrs(t *testing.T, b *wasm.Body) []wasm.Instr {
	t.Helper()
	var out []wasm.Instr
	r := binary.NewInstrReader(b.Code, b.Offset-b.Start)
	for {
		var in wasm.Instr
		if err := r.Next(&in); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, in)
	}
}

// reencode is a module after a way through the binary format.
func reencode(t *testing.T, m *wasm.Module) *wasm.Module {
	t.Helper()
	bin, err := binary.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := binary.Decode(bin)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every old instruction is found once, in order, at an instruction that is the
// same; what lies between becomes the loop or the start of the function. Large
// functions and those after the first 200 are left out.
func checkPlaces(t *testing.T, m *wasm.Module) {
	t.Helper()
	with, mp := interrupt(t, m, Options{})
	with = reencode(t, with)
	for f := range min(len(m.Funcs), 200) {
		if len(m.Funcs[f].Body.Code) > 1000 {
			continue // each look-up reads the whole function
		}
		old, now := instrs(t, &m.Funcs[f].Body), instrs(t, &with.Funcs[f].Body)
		next := 0 // the old instruction to be found next
		for _, in := range now {
			for off := in.Pos; off < in.End; off += max(1, in.End-in.Pos-1) {
				fn, at, ok := mp.Original(uint32(f)+mp.TickFunc()+1, off)
				switch {
				case !ok || fn != uint32(f)+mp.TickFunc():
					t.Fatalf("function %d: %d, %t", f, fn, ok)
				case next < len(old) && at == old[next].Pos && off == in.Pos && in.Op == old[next].Op:
					next++
				case next == 0 && at == old[0].Pos:
				case next > 0 && at >= old[next-1].Pos && at < old[next-1].End:
				default:
					t.Fatalf("function %d: %s at %d becomes %d after %d old instructions", f, in.Op, off, at, next)
				}
			}
		}
		if next != len(old) {
			t.Fatalf("function %d: %d of %d instructions found", f, next, len(old))
		}
	}
}

func TestMapPlaces(t *testing.T) {
	checkPlaces(t, reencode(t, counting()))
	checkPlaces(t, reencode(t, endless()))
	checkPlaces(t, decodeFile(t, "testdata/bench.wasm"))
	// Calls whose index grows by a byte, local declarations that are padded,
	// and offsets within these.
	funcs := []wasm.Func{fn(typeVoid, 0, idx(wasm.OpCall, 127), blk(wasm.OpLoop, empty), idx(wasm.OpCall, 127), end, idx(wasm.OpCall, 0))}
	for range 130 {
		funcs = append(funcs, fn(typeVoid, 0))
	}
	m := reencode(t, testModule(funcs...))
	checkPlaces(t, m)
	m.Funcs[0].Body.Start -= 3
	_, mp := interrupt(t, m, Options{})
	if _, off, _ := mp.Original(2, 0); off != 0 {
		t.Errorf("the local declarations are at %d", off)
	}
	w := mp.rewriter()
	check, _, err := w.body(0)
	if err != nil || len(check) == 0 {
		t.Fatal(check, err)
	}
	entry := int64(len(check)) + int64(binary.LocalsLen(w.locals(&m.Funcs[0].Body)))
	if _, off, _ := mp.Original(2, entry+3); off != m.Funcs[0].Body.Offset-m.Funcs[0].Body.Start+2 {
		t.Errorf("the instruction after the first call is at %d", off)
	}
	if _, off, ok := mp.Original(2, 1<<40); !ok || off != m.Funcs[0].Body.Offset-m.Funcs[0].Body.Start+int64(len(m.Funcs[0].Body.Code)) {
		t.Errorf("an offset beyond the end is at %d", off)
	}
}

// A module that was not decoded has bodies without offsets.
func TestMapOfMadeModule(t *testing.T) {
	m := counting()
	_, mp := interrupt(t, m, Options{})
	w := mp.rewriter()
	if _, _, err := w.body(0); err != nil {
		t.Fatal(err)
	}
	_, off, ok := mp.Original(2, int64(binary.LocalsLen(w.locals(&m.Funcs[0].Body))))
	if !ok || off != 3 {
		t.Errorf("the first instruction is at %d, %t", off, ok)
	}
}

func TestMapPlacesOfGuests(t *testing.T) {
	for _, path := range guests(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			checkPlaces(t, guest(t, path))
		})
	}
}
