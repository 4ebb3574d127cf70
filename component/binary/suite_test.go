// This file runs the decoder and encoder over the binary components of the
// Component Model's scripts.

package binary

import (
	"bytes"
	"strings"
	"testing"
)

func TestScriptBinaries(t *testing.T) {
	var good, malformed, invalid int
	for _, w := range wastBinaries(t) {
		c, err := Decode(w.data)
		switch {
		case w.command == "assert_malformed":
			malformed++
			if err == nil {
				t.Errorf("%s:%d: decoded, expected %q", w.file, w.line, w.message)
			} else if !strings.Contains(err.Error(), w.message) {
				t.Errorf("%s:%d: %v; expected %q", w.file, w.line, err, w.message)
			}
			continue
		case err != nil:
			t.Errorf("%s:%d: %v", w.file, w.line, err)
			continue
		case w.command == "assert_invalid":
			invalid++
		default:
			good++
		}
		out, err := Encode(c)
		if err != nil {
			t.Errorf("%s:%d: %v", w.file, w.line, err)
		} else if !bytes.Equal(out, w.data) {
			t.Errorf("%s:%d: encoded\n got % x\nwant % x", w.file, w.line, out, w.data)
		}
	}
	t.Logf("%d good, %d invalid, %d malformed", good, invalid, malformed)
	if good == 0 || malformed == 0 || invalid == 0 {
		t.Error("the scripts have no binary components")
	}
}
