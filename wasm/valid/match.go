// This file decides whether a type matches another, that is, is a subtype of
// it (Validation, section "Matching").

package valid

import (
	"fmt"

	"github.com/dray-wasm/dray/wasm"
)

// heapBot is the bottom heap type of validation, a subtype of all heap types.
// No module contains it.
const heapBot = wasm.HeapNoExn / 0x74

// refBot is the reference type (ref bot).
var refBot = wasm.Ref(false, heapBot)

// MatchDef tells whether the defined type sub matches super: they are the same
// type, or super is among the declared supertypes of sub and theirs.
func (s *Types) MatchDef(sub, super TypeID) bool {
	if sub == super {
		return true
	}
	depth := s.defs[super].depth
	return depth < s.defs[sub].depth && s.above(sub, depth) == super
}

// MatchHeap tells whether the heap type sub matches super; both are canonical.
func (s *Types) MatchHeap(sub, super wasm.HeapType) bool {
	if sub == super || sub == heapBot {
		return true
	}
	a, subDef := sub.Index()
	b, superDef := super.Index()
	switch {
	case subDef && superDef:
		return s.MatchDef(TypeID(a), TypeID(b))
	case subDef:
		h := abstractOf(s.defs[a].comp.Kind)
		return h == super || matchAbstract(h, super)
	case superDef:
		if s.defs[b].comp.Kind == wasm.CompFunc {
			return sub == wasm.HeapNoFunc
		}
		return sub == wasm.HeapNone
	}
	return matchAbstract(sub, super)
}

// abstractOf is the abstract heap type right above the types of a kind.
func abstractOf(k wasm.CompKind) wasm.HeapType {
	switch k {
	case wasm.CompStruct:
		return wasm.HeapStruct
	case wasm.CompArray:
		return wasm.HeapArray
	}
	return wasm.HeapFunc
}

// matchAbstract tells whether sub is below super and not equal to it.
func matchAbstract(sub, super wasm.HeapType) bool {
	switch super {
	case wasm.HeapAny:
		return sub == wasm.HeapEq || sub == wasm.HeapI31 || sub == wasm.HeapStruct || sub == wasm.HeapArray || sub == wasm.HeapNone
	case wasm.HeapEq:
		return sub == wasm.HeapI31 || sub == wasm.HeapStruct || sub == wasm.HeapArray || sub == wasm.HeapNone
	case wasm.HeapI31, wasm.HeapStruct, wasm.HeapArray:
		return sub == wasm.HeapNone
	case wasm.HeapFunc:
		return sub == wasm.HeapNoFunc
	case wasm.HeapExtern:
		return sub == wasm.HeapNoExtern
	case wasm.HeapExn:
		return sub == wasm.HeapNoExn
	}
	return false
}

// top is the largest heap type above h, which is canonical.
func (s *Types) top(h wasm.HeapType) wasm.HeapType {
	if x, ok := h.Index(); ok {
		h = abstractOf(s.defs[x].comp.Kind)
	}
	return h.Top()
}

// MatchVal tells whether the value type sub matches super; both are canonical.
func (s *Types) MatchVal(sub, super wasm.ValType) bool {
	if sub == super || sub == wasm.Bot {
		return true
	}
	if !sub.IsRef() || !super.IsRef() || sub.Nullable() && !super.Nullable() {
		return false
	}
	return s.MatchHeap(sub.Heap(), super.Heap())
}

// MatchResult tells whether the types of a list match those of another, one by
// one; both are canonical.
func (s *Types) MatchResult(sub, super []wasm.ValType) bool {
	if len(sub) != len(super) {
		return false
	}
	if len(sub) == 0 || &sub[0] == &super[0] {
		return true
	}
	for i, t := range sub {
		if t != super[i] && !s.MatchVal(t, super[i]) {
			return false
		}
	}
	return true
}

// MatchFuncType tells whether a function type matches another by its
// structure: parameters the other way round, results as they stand. Both are
// canonical. Functions and imports match by [Types.MatchDef] instead.
func (s *Types) MatchFuncType(sub, super wasm.FuncType) bool {
	return s.MatchResult(super.Params, sub.Params) && s.MatchResult(sub.Results, super.Results)
}

// matchField tells whether a field type matches another.
func (s *Types) matchField(sub, super wasm.FieldType) bool {
	if sub.Mutable != super.Mutable {
		return false
	}
	return s.MatchVal(sub.Storage, super.Storage) && (!sub.Mutable || s.MatchVal(super.Storage, sub.Storage))
}

// matchComp tells whether a composite type matches another.
func (s *Types) matchComp(sub, super *wasm.CompType) bool {
	if sub.Kind != super.Kind || len(sub.Fields) < len(super.Fields) {
		return false
	}
	if sub.Kind == wasm.CompFunc {
		return s.MatchFuncType(sub.Func, super.Func)
	}
	for i, f := range super.Fields {
		if !s.matchField(sub.Fields[i], f) {
			return false
		}
	}
	return true
}

// whyNoMatch says what keeps sub from matching super.
func (s *Types) whyNoMatch(sub, super *wasm.CompType) string {
	switch {
	case sub.Kind != super.Kind:
		return fmt.Sprintf("expected a %s, found a %s", super.Kind, sub.Kind)
	case sub.Kind == wasm.CompFunc:
		return "the parameters must be wider or equal and the results narrower or equal"
	case len(sub.Fields) < len(super.Fields):
		return fmt.Sprintf("expected at least %d fields, found %d", len(super.Fields), len(sub.Fields))
	}
	for i, f := range super.Fields {
		if sub.Fields[i].Mutable != f.Mutable {
			return fmt.Sprintf("field %d is mutable in one of them only", i)
		}
		if !s.matchField(sub.Fields[i], f) {
			return fmt.Sprintf("field %d has the type %s, expected one that matches %s", i, kindOf(sub.Fields[i].Storage), kindOf(f.Storage))
		}
	}
	return "they are different"
}

// kindOf describes a canonical type without the TypeID, which means nothing to
// the reader of a module.
func kindOf(t wasm.ValType) string {
	switch {
	case !hasIndex(t):
		return t.String()
	case t.Nullable():
		return "(ref null) to a defined type"
	}
	return "(ref) to a defined type"
}
