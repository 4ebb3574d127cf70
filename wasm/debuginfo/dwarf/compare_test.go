package dwarf_test

// This file compares lookups with what debug/dwarf of the standard library
// makes of the same sections, on real guests.

import (
	stddwarf "debug/dwarf"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo/dwarf"
)

const guests = "../../../testdata/guests"

// sections finds the DWARF sections of a module by name.
func sections(m *wasm.Module) map[string][]byte {
	s := map[string][]byte{}
	for _, c := range m.Customs {
		s[c.Name] = c.Data
	}
	return s
}

func ours(m *wasm.Module) *dwarf.Data {
	s := sections(m)
	code, _ := m.Section(wasm.SectionCode)
	return dwarf.New(dwarf.Sections{
		Abbrev: s[".debug_abbrev"], Info: s[".debug_info"], Line: s[".debug_line"],
		Str: s[".debug_str"], LineStr: s[".debug_line_str"], StrOffsets: s[".debug_str_offsets"],
		Addr: s[".debug_addr"], Ranges: s[".debug_ranges"], RngLists: s[".debug_rnglists"],
	}, uint32(code.Size))
}

func TestAgainstStandardLibrary(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(guests, "*.wasm"))
	if err != nil || len(files) == 0 {
		t.Skipf("NO GUESTS in %s (%v): nothing compared", guests, err)
	}
	compared := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := binary.Decode(data)
		if err != nil {
			continue // some guests are bad on purpose
		}
		if _, ok := m.Custom(".debug_info"); !ok {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { compared += compare(t, m) })
	}
	if compared == 0 {
		t.Skipf("NO GUEST in %s has debug information: nothing compared", guests)
	}
	t.Logf("%d addresses compared", compared)
}

// compare looks every fifth address of all functions up in both ways.
func compare(t *testing.T, m *wasm.Module) (compared int) {
	o, err := newOracle(m)
	if err != nil {
		t.Fatal(err)
	}
	d := ours(m)
	failed := 0
	for i := range m.Funcs {
		b := &m.Funcs[i].Body
		low := uint32(b.Start - m.CodeSection())
		high := uint32(b.Offset-m.CodeSection()) + uint32(len(b.Code))
		for pc := low; pc < high && failed < 10; pc += 5 {
			got, want := d.Lookup(pc, low), o.lookup(uint64(pc))
			compared++
			if !same(got, want) {
				failed++
				t.Errorf("%#x:\ngot  %+v\nwant %+v", pc, got, want)
			}
		}
	}
	return compared
}

func same(a, b []dwarf.Frame) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		a[i].File, b[i].File = path.Clean(a[i].File), path.Clean(b[i].File)
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// An oracle holds everything that debug/dwarf says.
type oracle struct {
	d     *stddwarf.Data
	units []oracleUnit
}

type oracleUnit struct {
	rows  []stddwarf.LineEntry
	files []*stddwarf.LineFile
	funcs []oracleFunc
}

type oracleFunc struct {
	e      *stddwarf.Entry
	ranges [][2]uint64
	// inlined are the functions inlined in this one, in order of the tree.
	inlined []oracleFunc
}

func newOracle(m *wasm.Module) (*oracle, error) {
	s := sections(m)
	d, err := stddwarf.New(s[".debug_abbrev"], nil, nil, s[".debug_info"], s[".debug_line"], nil,
		s[".debug_ranges"], s[".debug_str"])
	if err != nil {
		return nil, err
	}
	for name, data := range s {
		if err := d.AddSection(name, data); err != nil {
			return nil, err
		}
	}
	o := &oracle{d: d}
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil || e == nil {
			return o, err
		}
		if e.Tag != stddwarf.TagCompileUnit {
			r.SkipChildren()
			continue
		}
		var u oracleUnit
		lr, err := d.LineReader(e)
		if err != nil {
			return nil, err
		}
		for lr != nil {
			var row stddwarf.LineEntry
			if err := lr.Next(&row); errors.Is(err, io.EOF) {
				u.files = lr.Files()
				break
			} else if err != nil {
				return nil, err
			}
			u.rows = append(u.rows, row)
		}
		if e.Children {
			if u.funcs, err = o.children(r, stddwarf.TagSubprogram); err != nil {
				return nil, err
			}
		}
		o.units = append(o.units, u)
	}
}

// children reads the entries down to the end of the present list of children,
// and keeps those of a tag, with the inlined functions in them.
func (o *oracle) children(r *stddwarf.Reader, tag stddwarf.Tag) (fs []oracleFunc, err error) {
	for {
		e, err := r.Next()
		if err != nil || e == nil || e.Tag == 0 {
			return fs, err
		}
		f := oracleFunc{e: e}
		if e.Tag == stddwarf.TagSubprogram || e.Tag == stddwarf.TagInlinedSubroutine {
			if f.ranges, err = o.d.Ranges(e); err != nil {
				return nil, err
			}
		}
		if e.Children {
			inner := tag
			if e.Tag == stddwarf.TagSubprogram {
				inner = stddwarf.TagInlinedSubroutine
			}
			if f.inlined, err = o.children(r, inner); err != nil {
				return nil, err
			}
		}
		if e.Tag == tag {
			fs = append(fs, f)
		} else {
			fs = append(fs, f.inlined...)
		}
	}
}

func (f *oracleFunc) covers(pc uint64) bool {
	for _, r := range f.ranges {
		if r[0] != 0 && r[0] <= pc && pc < r[1] {
			return true
		}
	}
	return false
}

func (o *oracle) lookup(pc uint64) (frames []dwarf.Frame) {
	for i := range o.units {
		u := &o.units[i]
		for j := range u.funcs {
			if f := &u.funcs[j]; f.covers(pc) {
				return o.frames(u, f, pc)
			}
		}
	}
	return nil
}

func (o *oracle) frames(u *oracleUnit, f *oracleFunc, pc uint64) (frames []dwarf.Frame) {
	var at dwarf.Frame
	start := uint64(0)
	for i, row := range u.rows {
		if i == 0 || u.rows[i-1].EndSequence {
			start = row.Address
		}
		if start == 0 || row.EndSequence || row.Address > pc || u.rows[i+1].Address <= pc {
			continue
		}
		at = dwarf.Frame{Line: row.Line, Col: row.Column}
		if row.File != nil {
			at.File = row.File.Name
		}
	}
	for f != nil {
		here := at
		here.Name, here.LinkageName = o.names(f.e)
		frames = append([]dwarf.Frame{here}, frames...)
		next := (*oracleFunc)(nil)
		for i := range f.inlined {
			if f.inlined[i].covers(pc) {
				next = &f.inlined[i]
				break
			}
		}
		if f = next; f != nil {
			file, _ := f.e.Val(stddwarf.AttrCallFile).(int64)
			line, _ := f.e.Val(stddwarf.AttrCallLine).(int64)
			col, _ := f.e.Val(stddwarf.AttrCallColumn).(int64)
			frames[0].File, frames[0].Line, frames[0].Col = "", int(line), int(col)
			if file < int64(len(u.files)) && u.files[file] != nil {
				frames[0].File = u.files[file].Name
			}
		}
	}
	return frames
}

func (o *oracle) names(e *stddwarf.Entry) (name, linkage string) {
	for range 8 {
		if s, ok := e.Val(stddwarf.AttrName).(string); ok && name == "" {
			name = s
		}
		if s, ok := e.Val(stddwarf.AttrLinkageName).(string); ok && linkage == "" {
			return name, s
		}
		ref, ok := e.Val(stddwarf.AttrAbstractOrigin).(stddwarf.Offset)
		if !ok {
			if ref, ok = e.Val(stddwarf.AttrSpecification).(stddwarf.Offset); !ok {
				break
			}
		}
		r := o.d.Reader()
		r.Seek(ref)
		next, err := r.Next()
		if err != nil || next == nil {
			break
		}
		e = next
	}
	return name, linkage
}
