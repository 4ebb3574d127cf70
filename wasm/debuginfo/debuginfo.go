// Package debuginfo turns places in the code of a module into what a person
// wrote: names of functions, files and lines, and the text of a backtrace. It
// reads the name section, DWARF sections and exports.
//
// All of these come from whoever made the guest: nothing here panics, and work
// and memory stay in proportion to the size of the module, whatever they hold.
package debuginfo

import (
	"strings"
	"sync"

	"github.com/dray-wasm/dray/wasm"
	"github.com/dray-wasm/dray/wasm/binary"
	"github.com/dray-wasm/dray/wasm/debuginfo/dwarf"
)

// An Info answers questions about one module. It reads nothing until it is
// asked, and is safe for concurrent use.
type Info struct {
	m     *wasm.Module
	names func() *names
	lines func() *dwarf.Data
}

// New makes an Info. It keeps m, which must not change.
func New(m *wasm.Module) *Info {
	return &Info{
		m:     m,
		names: sync.OnceValue(func() *names { return readNames(m) }),
		lines: sync.OnceValue(func() *dwarf.Data { return readLines(m) }),
	}
}

// names is where names of functions are found.
type names struct {
	imported []string
	section  wasm.NameMap
	exported map[uint32]string
}

func readNames(m *wasm.Module) *names {
	n := &names{exported: map[uint32]string{}}
	for i := range m.Imports {
		if imp := &m.Imports[i]; imp.Type.Kind == wasm.ExternFunc {
			n.imported = append(n.imported, imp.Module+"."+imp.Name)
		}
	}
	// What was read before an error is as good as it gets.
	if section, _ := binary.ReadNames(m); section != nil {
		n.section = section.Funcs
	}
	for _, e := range m.Exports {
		if _, ok := n.exported[e.Index]; !ok && e.Kind == wasm.ExternFunc {
			n.exported[e.Index] = e.Name
		}
	}
	return n
}

// FuncName is the name of a function as the module has it, often mangled: of an
// imported function "module.name", otherwise that of the name section, or else
// that of an export.
func (i *Info) FuncName(funcIndex uint32) (raw string, ok bool) {
	n := i.names()
	if int64(funcIndex) < int64(len(n.imported)) {
		return n.imported[funcIndex], true
	}
	if raw, ok = n.section.Get(funcIndex); ok && raw != "" {
		return raw, true
	}
	raw, ok = n.exported[funcIndex]
	return raw, ok && raw != ""
}

// HasLines tells whether the module has source positions. It is cheap.
func (i *Info) HasLines() bool {
	c, ok := i.m.Custom(".debug_line")
	return ok && len(c.Data) > 0
}

func readLines(m *wasm.Module) *dwarf.Data {
	var s dwarf.Sections
	for name, to := range map[string]*[]byte{
		"abbrev": &s.Abbrev, "info": &s.Info, "line": &s.Line, "str": &s.Str,
		"line_str": &s.LineStr, "str_offsets": &s.StrOffsets, "addr": &s.Addr,
		"ranges": &s.Ranges, "rnglists": &s.RngLists,
	} {
		if c, ok := m.Custom(".debug_" + name); ok {
			*to = c.Data
		}
	}
	code, _ := m.Section(wasm.SectionCode)
	return dwarf.New(s, uint32(min(max(code.Size, 0), 1<<32-1)))
}

// A Line is a source position and the function it lies in. Fields that are not
// known are empty or 0. The texts come from the guest and may hold anything.
type Line struct {
	// Func is the function's name, demangled.
	Func string
	// File is the path of the source file where it was compiled.
	File string
	// Line and Col count from 1.
	Line, Col int
}

// Lookup finds the source position of the instruction at an offset in bytes
// from the start of a function's body (its locals, [wasm.Body.Start]), the
// innermost inlined function first and the function itself last. The result is
// empty where the debug information says nothing.
//
// returning is for the frames that wait for a call: offset is then behind the
// call instruction, where it will return to, and the position is that of the
// call.
func (i *Info) Lookup(funcIndex uint32, offset int64, returning bool) []Line {
	body := i.body(funcIndex)
	if body == nil || !i.HasLines() {
		return nil
	}
	if returning {
		offset--
	}
	code := i.m.CodeSection()
	size := body.Offset - body.Start + int64(len(body.Code))
	low := body.Start - code
	if offset < 0 || offset >= size || low <= 0 || code == 0 || low+offset >= 1<<32 {
		return nil
	}
	frames := i.lines().Lookup(uint32(low+offset), uint32(low))
	lines := make([]Line, len(frames))
	for j, f := range frames {
		lines[j] = Line{Func: Demangle(f.LinkageName), File: f.File, Line: f.Line, Col: f.Col}
		if f.LinkageName == "" {
			lines[j].Func = f.Name
		}
	}
	if n := len(lines); n > 0 && lines[n-1].Func == "" {
		lines[n-1].Func = i.demangled(funcIndex)
	}
	return lines
}

// body is the code of a function of the module itself, nil for others.
func (i *Info) body(funcIndex uint32) *wasm.Body {
	own := int64(funcIndex) - int64(len(i.names().imported))
	if own < 0 || own >= int64(len(i.m.Funcs)) {
		return nil
	}
	return &i.m.Funcs[own].Body
}

// demangled is the name of a function for people, "" when it has none.
func (i *Info) demangled(funcIndex uint32) string {
	raw, _ := i.FuncName(funcIndex)
	return Demangle(strings.TrimSpace(raw))
}
