package http

// This file is the fields of headers and trailers.

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
)

// perField is what a field counts beside its name and its value, in bytes.
const perField = 32

// A field is a name and one value.
type field struct{ name, value string }

func (f field) size() int { return len(f.name) + len(f.value) + perField }

// A fieldList is fields in order. Resources share it; one that changes it
// makes a copy of its own before.
type fieldList struct {
	st      *State
	entries []field
	size    int
	refs    int
}

// newList makes a list with one reference, and counts it.
func (s *State) newList(entries []field) *fieldList {
	l := &fieldList{st: s, entries: entries, refs: 1}
	for _, f := range entries {
		l.size += f.size()
	}
	s.fields += l.size
	return l
}

// release gives a reference back; nil has none.
func (l *fieldList) release() {
	if l == nil {
		return
	}
	if l.refs--; l.refs == 0 {
		l.st.fields -= l.size
	}
}

// incomingList is the fields of a message that came from outside, by name, and
// without those that are not the guest's. Names are in lower case: that is how
// HTTP/2 has them, and the case of others is not known any more.
func (s *State) incomingList(h hosthttp.Header) *fieldList {
	entries := make([]field, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if hosthttp.Forbidden(name) || !hosthttp.ValidToken(name) {
			continue
		}
		lower := strings.ToLower(name)
		for _, v := range h[name] {
			entries = append(entries, field{lower, cleanValue(v)})
		}
	}
	return s.newList(entries)
}

// cleanValue is a value that came from outside with spaces in the place of what
// a guest may not send on.
func cleanValue(v string) string {
	if hosthttp.ValidValue(v) {
		return v
	}
	b := []byte(v)
	for i := range b {
		if !hosthttp.ValidValue(b[i : i+1]) {
			b[i] = ' '
		}
	}
	return string(b)
}

// header is the list as the host sends it.
func (l *fieldList) header() hosthttp.Header {
	h := make(hosthttp.Header, len(l.entries))
	for _, f := range l.entries {
		h.Add(f.name, strings.Trim(f.value, " \t"))
	}
	return h
}

// contentLength reads the Content-Length; -1 if there is none.
func (l *fieldList) contentLength() (int64, bool) {
	var values []string
	for _, f := range l.entries {
		if same(f.name, "content-length") {
			values = append(values, f.value)
		}
	}
	return hosthttp.ContentLength(values)
}

// same compares names.
func same(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// Fields is the resource fields.
type Fields struct {
	st      *State
	list    *fieldList
	mutable bool
}

var _ gen.Fields = (*Fields)(nil)

// view makes fields of a list that cannot be changed.
func (s *State) view(l *fieldList) *Fields {
	l.refs++
	return &Fields{st: s, list: l}
}

// take is the list of fields that are used up.
func (f *Fields) take() *fieldList {
	l := f.list
	f.list, f.mutable = nil, false
	return l
}

// NewFields makes fields without any.
func (h Host) NewFields(ctx context.Context) (gen.Fields, error) {
	s := h.Of(ctx)
	return &Fields{st: s, list: s.newList(nil), mutable: true}, nil
}

// FieldsFromList makes fields of names and values.
func (h Host) FieldsFromList(ctx context.Context, entries []bind.Tuple2[string, []byte]) (gen.Fields, error) {
	s := h.Of(ctx)
	size := 0
	for _, e := range entries {
		if err := checkName(e.F0); err != nil {
			return nil, err
		}
		if !hosthttp.ValidValue(e.F1) {
			return nil, invalid
		}
		size += len(e.F0) + len(e.F1) + perField
	}
	if !s.room(0, size) {
		return nil, invalid
	}
	list := make([]field, len(entries))
	for i, e := range entries {
		list[i] = field{e.F0, string(e.F1)}
	}
	return &Fields{st: s, list: s.newList(list), mutable: true}, nil
}

// The errors of fields. Fields that would become too large are invalid too:
// header-error has no case for them.
var (
	invalid   = gen.HeaderError{Case: gen.HeaderErrorInvalidSyntax}
	forbidden = gen.HeaderError{Case: gen.HeaderErrorForbidden}
	immutable = gen.HeaderError{Case: gen.HeaderErrorImmutable}
)

// checkName is why a guest may not set a field.
func checkName(name string) error {
	switch {
	case !hosthttp.ValidToken(name):
		return invalid
	case hosthttp.Forbidden(name):
		return forbidden
	}
	return nil
}

// room tells whether a list of some size may grow to another one.
func (s *State) room(from, to int) bool {
	return to <= s.maxFields && s.fields-from+to <= allFields*s.maxFields
}

// own checks that a field may be changed, and makes the list the resource's
// own.
func (f *Fields) own(name string) error {
	if !f.mutable {
		return immutable
	}
	if err := checkName(name); err != nil {
		return err
	}
	if f.list.refs == 1 {
		return nil
	}
	if !f.st.room(0, f.list.size) {
		return invalid
	}
	copied := f.st.newList(slices.Clone(f.list.entries))
	f.list.release()
	f.list = copied
	return nil
}

// resized counts the list with another size.
func (f *Fields) resized(size int) {
	f.st.fields += size - f.list.size
	f.list.size = size
}

// Get gives the values of a name, in order.
func (f *Fields) Get(_ context.Context, name string) ([][]byte, error) {
	values := [][]byte{}
	for _, e := range f.list.entries {
		if same(e.name, name) {
			values = append(values, []byte(e.value))
		}
	}
	return values, nil
}

// Has tells whether a name has values.
func (f *Fields) Has(_ context.Context, name string) (bool, error) {
	return slices.ContainsFunc(f.list.entries, func(e field) bool { return same(e.name, name) }), nil
}

// Set puts values in the place of those that a name has.
func (f *Fields) Set(_ context.Context, name string, values [][]byte) error {
	if err := f.own(name); err != nil {
		return err
	}
	size := f.list.size
	for _, e := range f.list.entries {
		if same(e.name, name) {
			size -= e.size()
		}
	}
	for _, v := range values {
		if !hosthttp.ValidValue(v) {
			return invalid
		}
		size += len(name) + len(v) + perField
	}
	if !f.st.room(f.list.size, size) {
		return invalid
	}
	at := slices.IndexFunc(f.list.entries, func(e field) bool { return same(e.name, name) })
	f.remove(name)
	if at < 0 {
		at = len(f.list.entries)
	}
	added := make([]field, len(values))
	for i, v := range values {
		added[i] = field{name, string(v)}
	}
	f.list.entries = slices.Insert(f.list.entries, at, added...)
	f.resized(size)
	return nil
}

// remove takes the values of a name out of the list, which is the resource's
// own.
func (f *Fields) remove(name string) {
	f.list.entries = slices.DeleteFunc(f.list.entries, func(e field) bool { return same(e.name, name) })
}

// Delete takes all values of a name away.
func (f *Fields) Delete(_ context.Context, name string) error {
	if err := f.own(name); err != nil {
		return err
	}
	f.remove(name)
	size := 0
	for _, e := range f.list.entries {
		size += e.size()
	}
	f.resized(size)
	return nil
}

// Append adds a value to a name.
func (f *Fields) Append(_ context.Context, name string, value []byte) error {
	if err := f.own(name); err != nil {
		return err
	}
	e := field{name, string(value)}
	size := f.list.size + e.size()
	if !hosthttp.ValidValue(value) || !f.st.room(f.list.size, size) {
		return invalid
	}
	f.list.entries = append(f.list.entries, e)
	f.resized(size)
	return nil
}

// Entries gives all names and values, in order.
func (f *Fields) Entries(context.Context) ([]bind.Tuple2[string, []byte], error) {
	out := make([]bind.Tuple2[string, []byte], len(f.list.entries))
	for i, e := range f.list.entries {
		out[i] = bind.Tuple2[string, []byte]{F0: e.name, F1: []byte(e.value)}
	}
	return out, nil
}

// Clone makes a copy that can be changed.
func (f *Fields) Clone(context.Context) (gen.Fields, error) {
	c := f.st.view(f.list)
	c.mutable = true
	return c, nil
}

// Drop forgets the fields.
func (f *Fields) Drop(context.Context) error {
	f.list.release()
	f.list = nil
	return nil
}
