// This file tests the instruction table against a list of opcodes and against
// itself.

package wasm

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestOpcodesAgainstList(t *testing.T) {
	data, err := os.ReadFile("testdata/opcodes.txt")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[Opcode]bool)
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var prefix byte
		var sub uint32
		var name string
		if _, err := fmt.Sscanf(line, "%x %x %s", &prefix, &sub, &name); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		op, ok := Opcode(sub), true
		if prefix != 0 {
			op, ok = MakeOpcode(prefix, sub)
		}
		if !ok || op.String() != name {
			t.Errorf("%02x %02x: got %q, %t; want %q", prefix, sub, op, ok, name)
		}
		first, number, prefixed := op.Bytes()
		if prefix == 0 && (prefixed || uint32(first) != sub) || prefix != 0 && (!prefixed || first != prefix || number != sub) {
			t.Errorf("%s: Bytes gives %02x %02x %t", name, first, number, prefixed)
		}
		listed[op] = true
	}
	for op := range Opcode(NumOpcodes) {
		if op.Info().Name != "" && !listed[op] {
			t.Errorf("%s (%#x) is in the table and not in the list", op, uint16(op))
		}
	}
	if len(listed) < 550 {
		t.Errorf("only %d opcodes listed", len(listed))
	}
}

func TestMakeOpcodeUnknown(t *testing.T) {
	for _, tt := range []struct {
		prefix byte
		sub    uint32
	}{{0xfa, 0}, {0xff, 0}, {0xfb, 31}, {0xfb, 32}, {0xfc, 0x20}, {0xfd, 0x9a}, {0xfd, 0x120}, {0xfe, 4}, {0xfe, 0x50}, {0xfe, 1<<32 - 1}} {
		if op, ok := MakeOpcode(tt.prefix, tt.sub); ok {
			t.Errorf("%02x %d is %s", tt.prefix, tt.sub, op)
		}
	}
	if Opcode(NumOpcodes).Info().Name != "" || Opcode(0xffff).String() != "unknown" {
		t.Error("an opcode beyond the table has a row")
	}
}

func TestOpTableConsistent(t *testing.T) {
	for op := range Opcode(NumOpcodes) {
		info := op.Info()
		if info.Name == "" {
			if *info != (OpInfo{}) {
				t.Errorf("%#x has no name, but a row", uint16(op))
			}
			continue
		}
		if info.Feature >= NumFeatures || info.Feature.String() == "" {
			t.Errorf("%s: feature %d", info.Name, info.Feature)
		}
		if info.Imms[0] == ImmNone && info.Imms[1] != ImmNone {
			t.Errorf("%s: a second immediate without a first", info.Name)
		}
		params, results, _ := strings.Cut(info.Sig, ":")
		if info.Sig != "" && (strings.Count(info.Sig, ":") != 1 || strings.Trim(params+results, "iIfFva") != "") {
			t.Errorf("%s: signature %q", info.Name, info.Sig)
		}
		memory := info.Imms[0] == ImmMemArg
		if memory != strings.HasPrefix(params, "a") && info.Imms[0] != ImmMemory && info.Imms[1] != ImmMemory && info.Imms[1] != ImmTable {
			t.Errorf("%s: immediates %v, signature %q", info.Name, info.Imms, info.Sig)
		}
		if info.Align != 0 && !memory {
			t.Errorf("%s: an alignment, but no memory access", info.Name)
		}
		lanes := info.Imms[0] == ImmLane || info.Imms[1] == ImmLane || info.Imms[0] == ImmShuffle
		if lanes != (info.Lanes > 0) {
			t.Errorf("%s: %d lanes", info.Name, info.Lanes)
		}
		if dot := strings.Contains(info.Name, "."); dot && info.Sig == "" && info.Feature < FeatureReferenceTypes && !strings.Contains("local global", info.Name[:strings.Index(info.Name, ".")]) {
			t.Errorf("%s: no signature", info.Name)
		}
	}
}

func TestFeatureNames(t *testing.T) {
	seen := make(map[string]bool)
	for f := range NumFeatures {
		if s := f.String(); s == "" || seen[s] {
			t.Errorf("feature %d: name %q", f, s)
		} else {
			seen[s] = true
		}
	}
	if !FeatureGC.Standard() || FeatureThreads.Standard() || NumFeatures.String() != "unknown" {
		t.Error("Standard is wrong")
	}
}
