package value

// This file is when values are equal.

import (
	"math"
	"slices"
)

// Equal tells whether v and w are the same value of equal types. Floats are
// compared as bits, but NaN equals NaN. Handles are equal where what stands for
// them in Go is.
func (v Value) Equal(w Value) bool { return v.typ.Equal(w.typ) && v.same(w) }

// same compares values of equal types.
func (v Value) same(w Value) bool {
	switch v.Kind() {
	case KindF32, KindF64:
		return v.num == w.num || math.IsNaN(v.Float()) && math.IsNaN(w.Float())
	case KindString:
		return v.Text() == w.Text()
	case KindList:
		if ops := listOps(v.typ); ops != nil {
			return ops.equal(v.ref, w.ref)
		}
		fallthrough
	case KindRecord, KindTuple:
		return slices.EqualFunc(v.Elems(), w.Elems(), Value.same)
	case KindVariant, KindEnum, KindOption, KindResult:
		if v.num != w.num {
			return false
		}
		p, ok := v.Payload()
		q, _ := w.Payload()
		return !ok || p.same(q)
	case KindMap:
		return slices.EqualFunc(v.Entries(), w.Entries(), func(a, b Entry) bool {
			return a.Key.same(b.Key) && a.Value.same(b.Value)
		})
	case KindOwn, KindBorrow, KindStream, KindFuture, KindErrorContext:
		return sameHandle(v.ref, w.ref)
	}
	return v.num == w.num
}

// sameHandle compares what stands for handles. What cannot be compared is not
// equal.
func sameHandle(a, b any) (same bool) {
	defer func() {
		if recover() != nil {
			same = false
		}
	}()
	return a == b
}
