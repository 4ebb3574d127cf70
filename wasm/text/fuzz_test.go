// This file has the fuzz target of the parser.

package text

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm/binary"
)

// FuzzParse checks that every text gives a module or an error with a place,
// and that a module can be encoded, and decoded again to the same.
func FuzzParse(f *testing.F) {
	for _, texts := range same {
		for _, src := range texts {
			f.Add([]byte(src))
		}
	}
	for _, tt := range parseErrors {
		if len(tt.src) < 200 {
			f.Add([]byte(tt.src))
		}
	}
	for i, path := range scriptFiles() {
		for j, form := range forms(f, path) {
			if (i+j)%8 == 0 && len(form.text) < 1000 {
				f.Add(form.text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Parse(src)
		if err != nil {
			var e *diag.Error
			if !errors.As(err, &e) || e.At.Line == 0 || e.Code == "" {
				t.Fatalf("error without a place: %#v", err)
			}
			return
		}
		data, err := binary.Encode(s.Module)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		m, err := binary.Decode(data)
		if err == nil {
			err = binary.CheckCode(m)
		}
		var e *diag.Error
		if errors.As(err, &e) && e.Code == binary.CodeLimit {
			return
		}
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		again, err := binary.Encode(m)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("encoded again: %v\n% x\n% x", err, again, data)
		}
		if binary.Sniff(src) != binary.KindText && bytes.HasPrefix(src, []byte("(module")) {
			t.Errorf("%q is not taken for text", src)
		}
	})
}
