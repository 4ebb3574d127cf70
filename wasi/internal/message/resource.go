package message

// This file is what the resource fields does, in all versions.

import (
	"slices"

	"github.com/dray-wasm/dray/bind"
	hosthttp "github.com/dray-wasm/dray/host/http"
)

// A FieldError says why fields were not changed.
type FieldError uint8

// The reasons.
const (
	ErrSyntax FieldError = iota + 1
	ErrForbidden
	ErrImmutable
	ErrTooLarge
)

func (e FieldError) Error() string {
	switch e {
	case ErrSyntax:
		return "the name or the value of a field is not valid"
	case ErrForbidden:
		return "the field belongs to the connection"
	case ErrImmutable:
		return "the fields cannot be changed"
	}
	return "the fields are too large"
}

// Fields is a reference to a list, which may be one that can be changed. Its
// methods are called by one goroutine at a time.
type Fields struct {
	list    *List
	mutable bool
}

// NewFields makes fields without any.
func (b *Budget) NewFields() Fields { return Fields{list: b.NewList(nil), mutable: true} }

// View makes fields of a list that cannot be changed, with a reference of their
// own.
func View(l *List) Fields { return Fields{list: l.Retain()} }

// FieldsFrom makes fields of names and values.
func (b *Budget) FieldsFrom(entries []bind.Tuple2[string, []byte]) (Fields, error) {
	size := 0
	for _, e := range entries {
		if err := checkName(e.F0); err != nil {
			return Fields{}, err
		}
		if !hosthttp.ValidValue(e.F1) {
			return Fields{}, ErrSyntax
		}
		size += len(e.F0) + len(e.F1) + PerField
	}
	if !b.Resize(0, size) {
		return Fields{}, ErrTooLarge
	}
	list := make([]Field, len(entries))
	for i, e := range entries {
		list[i] = Field{e.F0, string(e.F1)}
	}
	return Fields{list: &List{b: b, entries: list, size: size, refs: 1}, mutable: true}, nil
}

// checkName is why a guest may not set a field.
func checkName(name string) error {
	switch {
	case !hosthttp.ValidToken(name):
		return ErrSyntax
	case hosthttp.Forbidden(name):
		return ErrForbidden
	}
	return nil
}

// List is the list, which stays the fields'.
func (f *Fields) List() *List { return f.list }

// Take is the list of fields that are used up.
func (f *Fields) Take() *List {
	l := f.list
	f.list, f.mutable = nil, false
	return l
}

// own checks that a field may be changed, and makes the list the fields' own.
func (f *Fields) own(name string) error {
	if !f.mutable {
		return ErrImmutable
	}
	if err := checkName(name); err != nil {
		return err
	}
	b := f.list.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.list.refs == 1 {
		return nil
	}
	if !b.room(0, f.list.size) {
		return ErrTooLarge
	}
	b.used += f.list.size
	f.list.refs--
	f.list = &List{b: b, entries: slices.Clone(f.list.entries), size: f.list.size, refs: 1}
	return nil
}

// resize counts the list with another size, if it may have that.
func (f *Fields) resize(size int) error {
	if !f.list.b.Resize(f.list.size, size) {
		return ErrTooLarge
	}
	f.list.size = size
	return nil
}

// Get gives the values of a name, in order. It is never nil.
func (f *Fields) Get(name string) [][]byte {
	values := [][]byte{}
	for _, e := range f.list.entries {
		if same(e.Name, name) {
			values = append(values, []byte(e.Value))
		}
	}
	return values
}

// Has tells whether a name has values.
func (f *Fields) Has(name string) bool { return f.list.Has(name) }

// Spelling is a name as the first field that has it is spelled, or as it is.
func (f *Fields) Spelling(name string) string {
	if at := f.list.at(name); at >= 0 {
		return f.list.entries[at].Name
	}
	return name
}

// Set puts values in the place of those that a name has.
func (f *Fields) Set(name string, values [][]byte) error {
	if err := f.own(name); err != nil {
		return err
	}
	size := f.list.size - f.sizeOf(name)
	for _, v := range values {
		if !hosthttp.ValidValue(v) {
			return ErrSyntax
		}
		size += len(name) + len(v) + PerField
	}
	if err := f.resize(size); err != nil {
		return err
	}
	at := f.list.at(name)
	f.remove(name)
	if at < 0 {
		at = len(f.list.entries)
	}
	added := make([]Field, len(values))
	for i, v := range values {
		added[i] = Field{name, string(v)}
	}
	f.list.entries = slices.Insert(f.list.entries, at, added...)
	return nil
}

// sizeOf is how much the values of a name count.
func (f *Fields) sizeOf(name string) (size int) {
	for _, e := range f.list.entries {
		if same(e.Name, name) {
			size += e.size()
		}
	}
	return size
}

// remove takes the values of a name out of the list, which is the fields' own.
func (f *Fields) remove(name string) {
	f.list.entries = slices.DeleteFunc(f.list.entries, func(e Field) bool { return same(e.Name, name) })
}

// Delete takes all values of a name away.
func (f *Fields) Delete(name string) error {
	if err := f.own(name); err != nil {
		return err
	}
	less := f.sizeOf(name)
	f.remove(name)
	f.list.b.Free(less)
	f.list.size -= less
	return nil
}

// Append adds a value to a name.
func (f *Fields) Append(name string, value []byte) error {
	if err := f.own(name); err != nil {
		return err
	}
	if !hosthttp.ValidValue(value) {
		return ErrSyntax
	}
	if err := f.resize(f.list.size + len(name) + len(value) + PerField); err != nil {
		return err
	}
	f.list.entries = append(f.list.entries, Field{name, string(value)})
	return nil
}

// Entries gives all names and values, in order.
func (f *Fields) Entries() []bind.Tuple2[string, []byte] {
	out := make([]bind.Tuple2[string, []byte], len(f.list.entries))
	for i, e := range f.list.entries {
		out[i] = bind.Tuple2[string, []byte]{F0: e.Name, F1: []byte(e.Value)}
	}
	return out
}

// Clone makes a copy that can be changed. It costs nothing until it is.
func (f *Fields) Clone() Fields { return Fields{list: f.list.Retain(), mutable: true} }

// Drop forgets the fields.
func (f *Fields) Drop() { f.Take().Release() }
