package dwarf

// This file finds the path of a file of a line table (DWARF 5, section 6.2.4
// and its predecessor in DWARF 4).

import (
	"path"
	"strings"
)

// A source is a file as a list has it: its name and its directory. inUnit is
// set when the directory counts from that of the compilation.
type source struct {
	name, dir string
	inUnit    bool
}

// file is the path of the file of a number in the unit's line table, "" when
// there is none.
func (u *unit) file(number uint64, work *meter) string {
	t := u.lineTable()
	if t == nil {
		return ""
	}
	var s source
	if t.version >= 5 {
		s = t.fileV5(u, number, work)
	} else {
		s = t.fileV4(number, work)
	}
	if s.name == "" {
		return ""
	}
	if s.inUnit {
		s.dir = join(u.compDir, s.dir)
	}
	return join(s.dir, s.name)
}

// skip moves r over a string of a list; false at the end of the list, or when
// there is no work left.
func skip(r *reader, work *meter) bool {
	from := r.off
	if !r.more() || r.data[from] == 0 || !work.take(1) {
		return false
	}
	r.skipString()
	return !r.bad && work.passed(r.off-from)
}

// fileV4 looks in the lists of versions 2 to 4, where files count from 1 and
// directory 0 is that of the compilation.
func (t *lineTable) fileV4(number uint64, work *meter) source {
	r := t.files
	for skip(&r, work) {
	}
	r.byte() // the end of the directories
	for number > 0 {
		name := r
		if !skip(&r, work) {
			break
		}
		dir := r.uleb()
		r.uleb() // time
		r.uleb() // size
		if number--; number == 0 {
			return source{name: name.text(), dir: t.dirV4(dir, work), inUnit: true}
		}
	}
	return source{}
}

// dirV4 is the directory of a number.
func (t *lineTable) dirV4(number uint64, work *meter) string {
	r := t.files
	for number > 0 {
		dir := r
		if !skip(&r, work) {
			break
		}
		if number--; number == 0 {
			return dir.text()
		}
	}
	return ""
}

// A column is what an entry of a list of version 5 holds at a place.
type column struct {
	content uint64
	form    uint16
}

// Contents of columns (DWARF 5, section 6.2.4.1).
const (
	contentPath = 1
	contentDir  = 2
)

// A list is a list of version 5.
type list struct {
	columns []column
	count   uint64
	// entries is where the entries start.
	entries reader
}

// fileV5 looks in the lists of version 5, where both count from 0 and
// directory 0 is that of the compilation.
func (t *lineTable) fileV5(u *unit, number uint64, work *meter) source {
	e := encoding{version: t.version, addrSize: uint8(t.addrSize), offSize: uint8(t.offSize)}
	r := t.files
	dirs := newList(&r)
	for range dirs.count {
		if _, _, ok := e.pick(&r, dirs.columns, work); !ok {
			return source{}
		}
	}
	files := newList(&r)
	name, dir, ok := e.find(files, number, work)
	if !ok {
		return source{}
	}
	in, _, _ := e.find(dirs, dir.bits, work)
	return source{name: t.str(u, name), dir: t.str(u, in), inUnit: dir.bits != 0}
}

// find reads the entry of a number.
func (e encoding) find(l list, number uint64, work *meter) (path, dir value, ok bool) {
	if number >= l.count {
		return path, dir, false
	}
	for range number {
		if _, _, ok = e.pick(&l.entries, l.columns, work); !ok {
			return path, dir, false
		}
	}
	return e.pick(&l.entries, l.columns, work)
}

// newList reads the description of a list. It has no entries when they would
// take no space.
func newList(r *reader) list {
	n := r.byte()
	l := list{columns: make([]column, 0, n)}
	for range n {
		c := column{content: r.uleb(), form: uint16(min(r.uleb(), 0xffff))}
		if c.form == formImplicitConst || c.form == formFlagPresent || c.form == formIndirect {
			r.fail()
		}
		l.columns = append(l.columns, c)
	}
	count := r.uleb()
	l.entries = *r
	if !r.bad && n > 0 {
		l.count = count
	}
	return l
}

// pick reads an entry of a list; false at the end of the data, or when there
// is no work left.
func (e encoding) pick(r *reader, cs []column, work *meter) (path, dir value, ok bool) {
	from := r.off
	if !work.take(1 + len(cs)) {
		return path, dir, false
	}
	for _, c := range cs {
		v := e.value(r, c.form)
		switch c.content {
		case contentPath:
			path = v
		case contentDir:
			dir = v
		}
	}
	return path, dir, !r.bad && work.passed(r.off-from)
}

// str is a string of the table's lists.
func (t *lineTable) str(u *unit, v value) string {
	if v.form == formString {
		s := at(t.files.data, v.bits)
		return s.text()
	}
	return u.str(v)
}

// join puts a directory before a path that is not absolute, and cleans the
// result. Both come from the machine of the compiler, which may be a Windows.
func join(dir, name string) string {
	switch {
	case name == "":
		return dir
	case dir == "" || absolute(name):
	case strings.Contains(dir, `\`) && !strings.Contains(dir, "/"):
		return strings.TrimSuffix(dir, `\`) + `\` + name
	default:
		name = dir + "/" + name
	}
	if strings.Contains(name, `\`) {
		return name
	}
	return path.Clean(name)
}

// absolute tells whether a path is absolute, on Unix or on Windows.
func absolute(name string) bool {
	if name[0] == '/' || name[0] == '\\' {
		return true
	}
	return len(name) > 2 && name[1] == ':' && (name[2] == '\\' || name[2] == '/')
}
