// This file takes modules from binary to text and back: the guests, the
// modules of the reference scripts, and what a fuzzer makes of them.

package text

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/text/lex"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// shortest encodes instructions again, in as few bytes as possible.
func shortest(t testing.TB, code []byte) (out []byte) {
	t.Helper()
	var in wasm.Instr
	r := binary.NewInstrReader(code, 0)
	for {
		err := r.Next(&in)
		if err == io.EOF {
			return out
		}
		if err == nil {
			out, err = binary.AppendInstr(out, &in)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// comparable is a module without what text does not keep, see Print.
func comparable(t testing.TB, data []byte) *wasm.Module {
	t.Helper()
	m, err := binary.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	p := begun(m)
	for i := range m.Customs {
		c := &m.Customs[i]
		c.After = p.lastPresent(c.After)
		c.NameLen, c.SizeLen = 0, 0
	}
	m.DataCount = nil
	if n := uint32(len(m.Datas)); p.usesData() {
		m.DataCount = &n
	}
	m.Sections = nil
	expr := func(x *wasm.ConstExpr) { *x = wasm.ConstExpr{Code: shortest(t, x.Code)} }
	for i := range m.Tables {
		if x := &m.Tables[i].Init; len(x.Code) == 1 {
			x.Code = nil
		} else if len(x.Code) > 0 {
			expr(x)
		}
	}
	for i := range m.Globals {
		expr(&m.Globals[i].Init)
	}
	for i := range m.Elems {
		e := &m.Elems[i]
		if e.Mode == wasm.SegmentActive {
			expr(&e.Offset)
		}
		for j := range e.Exprs {
			expr(&e.Exprs[j])
		}
	}
	for i := range m.Datas {
		if d := &m.Datas[i]; d.Mode == wasm.SegmentActive {
			expr(&d.Offset)
		}
	}
	for i := range m.Funcs {
		b := &m.Funcs[i].Body
		var runs []wasm.LocalRun
		for _, run := range b.Locals {
			if n := len(runs); n > 0 && runs[n-1].Type == run.Type {
				runs[n-1].Count += run.Count
			} else if run.Count > 0 {
				runs = append(runs, run)
			}
		}
		*b = wasm.Body{Locals: runs, Code: shortest(t, b.Code)}
	}
	return m
}

// canonical is the encoding of a comparable module.
func canonical(t testing.TB, data []byte) []byte {
	t.Helper()
	out, err := binary.Encode(comparable(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var comparePrinted = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(wasm.Custom{}, "Offset"),
}

// roundTrip prints a binary and parses the text. It tells whether the result
// is the same bytes.
func roundTrip(t *testing.T, name string, data []byte) (same bool) {
	t.Helper()
	m, err := binary.Decode(data)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return false
	}
	text := printed(t, m, PrintOptions{})
	src, err := Parse([]byte(text))
	if err != nil {
		t.Errorf("%s: the printed text does not parse: %v\n%s", name, err, near(text, err))
		return false
	}
	again, err := binary.Encode(src.Module)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return false
	}
	if bytes.Equal(data, again) {
		return true
	}
	if want := canonical(t, data); !bytes.Equal(want, canonical(t, again)) {
		t.Errorf("%s: (-binary +printed and parsed):\n%.2000s", name, cmp.Diff(comparable(t, data), comparable(t, again), comparePrinted))
		return false
	}
	m, err = binary.Decode(again)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return false
	}
	if second := printed(t, m, PrintOptions{}); second != text {
		t.Errorf("%s: printed again (-first +second):\n%.2000s", name, cmp.Diff(strings.Split(text, "\n"), strings.Split(second, "\n")))
	}
	return false
}

// near is the line of an error.
func near(text string, err error) string {
	var e *diag.Error
	lines := strings.Split(text, "\n")
	if !errors.As(err, &e) || e.At.Line < 1 || e.At.Line > len(lines) {
		return ""
	}
	line := lines[e.At.Line-1]
	return line[:min(len(line), 300)]
}

func TestPrintRoundTripSamples(t *testing.T) {
	for name, m := range printSamples(t) {
		data, err := binary.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			same := roundTrip(t, name, data)
			if lossy := name == "customs" || name == "externs"; !same && !lossy {
				t.Errorf("%s: other bytes", name)
			}
		})
	}
}

func TestPrintRoundTripGuests(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(printGuests, "*.wasm"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no guests: %v", err)
	}
	same := 0
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if roundTrip(t, path, data) {
			same++
			continue
		}
		t.Logf("%s: other bytes: %s", filepath.Base(path), lost(t, data))
		if !roundTrip(t, path, canonical(t, data)) {
			t.Errorf("%s: other bytes although those before were canonical", path)
		}
	}
	t.Logf("%d of %d guests are the same bytes, and all are once they are canonical", same, len(files))
}

// lost tells why a binary is not the shortest encoding of what is in it.
func lost(t *testing.T, data []byte) string {
	m, err := binary.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	var why []string
	bodies, runs := 0, 0
	for i := range m.Funcs {
		b := &m.Funcs[i].Body
		if !bytes.Equal(b.Code, shortest(t, b.Code)) {
			bodies++
		}
		for j, run := range b.Locals {
			if run.Count == 0 || j > 0 && b.Locals[j-1].Type == run.Type {
				runs++
				break
			}
		}
	}
	if bodies > 0 {
		why = append(why, "long integers in bodies")
	}
	if runs > 0 {
		why = append(why, "split runs of locals")
	}
	short := *m
	short.Sections = nil
	short.Customs = slices.Clone(m.Customs)
	for i := range short.Customs {
		short.Customs[i].SizeLen, short.Customs[i].NameLen = 0, 0
	}
	if out, err := binary.Encode(&short); err != nil || !bytes.Equal(out, data) {
		why = append(why, "long sizes or empty sections")
	}
	return strings.Join(why, ", ")
}

func TestPrintRoundTripScripts(t *testing.T) {
	texts, binaries, same := 0, 0, 0
	for _, path := range sharedScripts(t) {
		for _, f := range forms(t, path) {
			src, err := Parse(f.text)
			if err != nil {
				continue // TestScripts tells
			}
			data, err := binary.Encode(src.Module)
			if err != nil {
				continue
			}
			texts++
			if name := path + ":" + f.pos.String(); !roundTrip(t, name, data) {
				t.Errorf("%s: other bytes", name)
			}
		}
		for _, data := range binaryForms(t, path) {
			if m, err := binary.Decode(data); err == nil && binary.CheckCode(m) == nil {
				binaries++
				if roundTrip(t, path+" (binary)", data) {
					same++
				}
			}
		}
	}
	t.Logf("%d modules written as text, all are the same bytes; %d binary ones, %d are", texts, binaries, same)
}

// binaryForms finds the contents of all "(module binary ...)" of a script.
func binaryForms(t testing.TB, path string) (out [][]byte) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := lex.New(src, nil)
	for tok := s.Next(); tok.Kind != lex.EOF; tok = s.Next() {
		if tok.Kind != lex.Keyword || s.Text(tok) != "binary" {
			continue
		}
		var data []byte
		for s.Peek().Kind == lex.String {
			data = s.AppendString(data, s.Next())
		}
		out = append(out, data)
	}
	return out
}

func FuzzPrint(f *testing.F) {
	for _, m := range printSamples(f) {
		data, err := binary.Encode(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, name := range []string{"missing", "unstable", "trap-cpp"} {
		data, err := os.ReadFile(filepath.Join(printGuests, name+".wasm"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := binary.Decode(data)
		if err != nil || binary.CheckCode(m) != nil {
			return
		}
		for _, o := range []PrintOptions{{}, {Skeleton: true}, {NoNames: true}, {Offsets: true}} {
			var e *diag.Error
			var w countWriter
			err := Print(&w, m, o)
			if errors.As(err, &e) && e.Code == CodePrintLimit {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		roundTrip(t, "module", data)
	})
}
