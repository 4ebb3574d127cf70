package binary

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"bytes"
)

func TestScratchSpec(t *testing.T) {
	b, err := os.ReadFile("/tmp/wasm-core/spec.json")
	if err != nil { t.Skip() }
	var xs []struct{ File, Kind, Msg, Hex string }
	json.Unmarshal(b, &xs)
	for i, x := range xs {
		data, _ := hex.DecodeString(x.Hex)
		m, err := Decode(data)
		if err == nil { err = CheckCode(m) }
		bad := x.Kind == "assert_malformed"
		if bad && err == nil { t.Errorf("%d %s accepted, want %q: %s", i, x.File, x.Msg, x.Hex) }
		if !bad && err != nil { t.Errorf("%d %s %s rejected: %v %q: %s", i, x.File, x.Kind, err, x.Msg, x.Hex) }
		if bad && err != nil && !strings.Contains(err.Error(), x.Msg) { t.Logf("%d %s: want %q got %v", i, x.File, x.Msg, err) }
		if err == nil {
			out, err := Encode(m)
			if err != nil { t.Errorf("%d %v", i, err) ; continue}
			if !bytes.Equal(out, data) { t.Logf("%d %s differs:\n%x\n%x", i, x.File, data, out) }
		}
	}
}

func TestScratchReal(t *testing.T) {
	paths, _ := os.ReadFile("/tmp/wasm-core/real.txt")
	for _, p := range strings.Fields(string(paths)) {
		data, err := os.ReadFile(p)
		if err != nil { t.Error(err); continue }
		m, err := Decode(data)
		if err != nil { t.Errorf("%s %v", p, err); continue }
		if err := CheckCode(m); err != nil { t.Errorf("%s %v", p, err); continue }
		out, err := Encode(m)
		if err != nil { t.Error(err); continue }
		if !bytes.Equal(out, data) {
			i := 0
			for i < len(out) && i < len(data) && out[i] == data[i] { i++ }
			t.Logf("%s differs %d %d at %#x", p, len(out), len(data), i)
		}
		if _, err := ReadNames(m); err != nil { t.Errorf("%s %v", p, err) }
		if n, err := ReadNames(m); err == nil {
			if c, ok := m.Custom("name"); ok {
			b, err := EncodeNames(n)
			if err != nil || !bytes.Equal(b, c.Data) { t.Logf("%s names differ %v %d %d", p, err, len(b), len(c.Data)) }
			}
		}
		ps, err := ReadProducers(m)
		if err != nil { t.Errorf("%s %v", p, err) }
		if b, _ := EncodeProducers(ps); ps != nil {
			if c, _ := m.Custom("producers"); !bytes.Equal(b, c.Data) { t.Logf("prod differ") }
		}
	}
}
