package http

// This file is the fields of headers and trailers.

import (
	"context"

	"github.com/dray-wasm/dray/bind"
	gen "github.com/dray-wasm/dray/wasi/gen/p2/http"
	"github.com/dray-wasm/dray/wasi/internal/message"
)

// Fields is the resource fields.
type Fields struct{ f message.Fields }

var _ gen.Fields = (*Fields)(nil)

// view makes fields of a list that cannot be changed.
func view(l *message.List) *Fields { return &Fields{message.View(l)} }

// take is the list of fields that are used up.
func (f *Fields) take() *message.List { return f.f.Take() }

// NewFields makes fields without any.
func (h Host) NewFields(ctx context.Context) (gen.Fields, error) {
	return &Fields{h.Of(ctx).fields.NewFields()}, nil
}

// FieldsFromList makes fields of names and values.
func (h Host) FieldsFromList(ctx context.Context, entries []bind.Tuple2[string, []byte]) (gen.Fields, error) {
	f, err := h.Of(ctx).fields.FieldsFrom(entries)
	if err != nil {
		return nil, headerError(err)
	}
	return &Fields{f}, nil
}

// The errors of fields.
var (
	invalid   = gen.HeaderError{Case: gen.HeaderErrorInvalidSyntax}
	forbidden = gen.HeaderError{Case: gen.HeaderErrorForbidden}
	immutable = gen.HeaderError{Case: gen.HeaderErrorImmutable}
)

// headerError is what the guest gets. Fields that would become too large are
// invalid too: header-error has no case for them.
func headerError(err error) error {
	switch err {
	case nil:
		return nil
	case message.ErrForbidden:
		return forbidden
	case message.ErrImmutable:
		return immutable
	}
	return invalid
}

// Get gives the values of a name, in order.
func (f *Fields) Get(_ context.Context, name string) ([][]byte, error) { return f.f.Get(name), nil }

// Has tells whether a name has values.
func (f *Fields) Has(_ context.Context, name string) (bool, error) { return f.f.Has(name), nil }

// Set puts values in the place of those that a name has.
func (f *Fields) Set(_ context.Context, name string, values [][]byte) error {
	return headerError(f.f.Set(name, values))
}

// Delete takes all values of a name away.
func (f *Fields) Delete(_ context.Context, name string) error { return headerError(f.f.Delete(name)) }

// Append adds a value to a name.
func (f *Fields) Append(_ context.Context, name string, value []byte) error {
	return headerError(f.f.Append(name, value))
}

// Entries gives all names and values, in order.
func (f *Fields) Entries(context.Context) ([]bind.Tuple2[string, []byte], error) {
	return f.f.Entries(), nil
}

// Clone makes a copy that can be changed.
func (f *Fields) Clone(context.Context) (gen.Fields, error) { return &Fields{f.f.Clone()}, nil }

// Drop forgets the fields.
func (f *Fields) Drop(context.Context) error {
	f.f.Drop()
	return nil
}
