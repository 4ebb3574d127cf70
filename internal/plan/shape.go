package plan

// This file is how an instance or component looks through the type that it is
// given for: subtyping allows more exports than are asked for, in any order,
// and fewer imports.

import (
	"github.com/dray-wasm/dray/component"
	"github.com/dray-wasm/dray/component/valid"
)

// A Shape is a view of an instance or component.
type Shape struct {
	// Exports are those of the view, in order: where each is in what is
	// viewed.
	Exports []Part
	// Imports are those of a component that is viewed, in order: where each is
	// among those of the view.
	Imports []Part
	// Component is set for the view of a component.
	Component bool
}

// A Part is the item at a position, seen through a shape of its own.
type Part struct {
	Pos   int
	Shape *Shape
}

// shape is the view that an item of type have gives as one of type want; nil
// when they are alike. The types match.
func (t *types) shape(have, want valid.Extern) *Shape {
	switch want.Sort {
	case component.SortInstance:
		s := &Shape{}
		if alike := t.align(&s.Exports, t.from.Exports(have.Type), t.from.Exports(want.Type)); alike {
			return nil
		}
		return s
	case component.SortComponent:
		s := &Shape{Component: true}
		a := t.align(&s.Exports, t.from.Exports(have.Type), t.from.Exports(want.Type))
		b := t.align(&s.Imports, t.from.Imports(want.Type), t.from.Imports(have.Type))
		if a && b {
			return nil
		}
		return s
	}
	return nil
}

// align finds each of want in have, and tells whether these are all there is,
// in the same order.
func (t *types) align(parts *[]Part, have, want []valid.Extern) (alike bool) {
	at := make(map[string]int, len(have))
	for i, x := range have {
		at[x.Name] = i
	}
	alike = len(have) == len(want)
	for i, w := range want {
		pos := at[w.Name]
		p := Part{pos, t.shape(have[pos], w)}
		alike = alike && pos == i && p.Shape == nil
		*parts = append(*parts, p)
	}
	return alike
}
