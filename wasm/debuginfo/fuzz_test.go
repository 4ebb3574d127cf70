package debuginfo_test

// This file fuzzes what reads names and debug sections of a guest.

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo"
)

// FuzzSections changes bytes of the debug and name sections of a real guest:
// each four bytes of edits are a section, an offset in two bytes, and a value.
func FuzzSections(f *testing.F) {
	data, err := os.ReadFile(filepath.Join(guests, "trap-cpp.wasm"))
	if err != nil {
		f.Skipf("GUEST IS MISSING: %v", err)
	}
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 0xff, 1, 0, 4, 0xff, 2, 0, 9, 0x80})
	f.Add([]byte{3, 1, 0, 0xff, 4, 0, 0, 1, 5, 0, 0, 0x7f, 6, 0, 1, 0xff})
	f.Fuzz(func(t *testing.T, edits []byte) {
		m, err := binary.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Customs {
			m.Customs[i].Data = slices.Clone(m.Customs[i].Data)
		}
		for e := range slices.Chunk(edits, 4) {
			if len(e) < 4 {
				break
			}
			s := m.Customs[int(e[0])%len(m.Customs)].Data
			if len(s) > 0 {
				s[(int(e[1])<<8|int(e[2]))%len(s)] = e[3]
			}
		}
		start := time.Now()
		i := debuginfo.New(m)
		for own := range m.Funcs {
			index := uint32(m.ImportedFuncs() + own)
			for _, line := range i.Backtrace([]debuginfo.Frame{{Func: index, Offset: 4}, {Func: index, Offset: 20, Returning: true}}) {
				if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) || !utf8.ValidString(line) {
					t.Fatalf("line %q", line)
				}
			}
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}

func FuzzDemangle(f *testing.F) {
	for _, s := range []string{
		"_ZN4core9panicking9panic_fmt17h0123456789abcdefE", "_RINvNtCsis0p0cceayB_1t4deep5outerjEB4_",
		"_ZNK6shapes7PolygonIiLi4EE6scaledEl", "_ZZNK6shapes7PolygonIiLi4EE6scaledElENKUliE_clEi",
		"_RNvYNtNtNtCsaeYBpMJDXx8_4core3fmt8builders10PadAdapterNtB6_5Write9write_fmtB8_", "_ZSt4moveIRSsEONSt16remove_referenceIT_E4typeEOS2_",
		"_Z1fIiEDTcl1gfp_EET_", "_GLOBAL__I__Z1fv", "main.main",
		// Types that double, and deep ones.
		"_Z1fI1AIiiE1BIS1_S1_E" + strings.Join([]string{
			"S2_IS3_S3_E", "S2_IS4_S4_E", "S2_IS5_S5_E", "S2_IS6_S6_E", "S2_IS7_S7_E", "S2_IS8_S8_E",
			"S2_IS9_S9_E", "S2_ISA_SA_E", "S2_ISB_SB_E", "S2_ISC_SC_E", "S2_ISD_SD_E", "S2_ISE_SE_E",
		}, "") + "Evv",
		"_ZN" + strings.Repeat("1aI", 2000) + "i" + strings.Repeat("E", 2001) + "v",
		"_RINvC1a1f" + strings.Repeat("T", 3000) + "i" + strings.Repeat("E", 3001),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		start := time.Now()
		got := debuginfo.Demangle(s)
		if took := time.Since(start); took > 2*time.Second {
			t.Fatalf("took %v for %d bytes", took, len(s))
		}
		if len(got) > max(len(s), 64<<10) {
			t.Fatalf("%d bytes became %d", len(s), len(got))
		}
	})
}
