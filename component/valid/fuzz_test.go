package valid

import (
	"errors"
	"testing"

	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/binary"
	"github.com/dray-wasm/dray/diag"
	"github.com/dray-wasm/dray/internal/reference"
	"github.com/dray-wasm/dray/wasm"
)

// FuzzComponent checks that validation ends, with an error of the right kind or
// with an Info that fits the component, and that more features never make a
// component invalid.
func FuzzComponent(f *testing.F) {
	for _, tt := range tests {
		if b, err := binary.Encode(parseText(f, tt.src)); err == nil {
			f.Add(b)
		}
	}
	if _, ok := reference.Find("wast/component-model"); ok {
		for _, w := range suiteForms(f) {
			if w.c == nil {
				continue
			}
			if b, err := binary.Encode(w.c); err == nil && len(b) < 4096 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := binary.Decode(data)
		if err != nil {
			return
		}
		_, releasedErr := Component(c, component.Released, wasm.Standard)
		info, err := Component(c, component.AllFeatures, wasm.AllFeatures)
		if err != nil {
			if e := (*diag.Error)(nil); !errors.As(err, &e) || e.Code == "" || e.Msg == "" {
				t.Errorf("not a good error: %#v", err)
			}
			if releasedErr == nil {
				t.Errorf("valid with fewer features only: %v", err)
			}
			return
		}
		checkInfo(t, c, info)
	})
}

// checkInfo checks that an Info has as many definitions as the component, and
// that all types in it are there.
func checkInfo(t *testing.T, c *component.Component, info *Info) {
	var canons, nested, imports, exports, modules int
	for _, d := range c.Defs {
		switch d := d.(type) {
		case *component.Canon:
			canons++
		case *component.Component:
			checkInfo(t, d, info.Nested[nested])
			nested++
		case *component.Import:
			imports++
		case *component.Export:
			exports++
		case *component.CoreModule:
			modules++
		}
	}
	if len(info.Canons) != canons || len(info.Nested) != nested || len(info.Imports) != imports || len(info.Exports) != exports || len(info.CoreModules) < modules {
		t.Errorf("the info does not fit the component")
	}
	for _, id := range info.Funcs {
		if info.Types.Type(id).Kind != KindFunc {
			t.Errorf("type %d of a function is a %s", id, info.Types.Type(id).Kind)
		}
	}
	for _, id := range info.Instances {
		if info.Types.Type(id).Kind != KindInstance {
			t.Errorf("type %d of an instance is a %s", id, info.Types.Type(id).Kind)
		}
		for _, x := range info.Types.Exports(id) {
			if found := info.Types.Export(id, x.Name); found == nil || *found != x {
				t.Errorf("export %q is not found", x.Name)
			}
		}
	}
}
