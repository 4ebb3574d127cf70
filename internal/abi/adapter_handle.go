package abi

// This file moves handles.

// scalar is what becomes of a value of one word: handles change tables.
func (m *mover) scalar(n *node, x uint64) (uint64, error) {
	if n.op < opOwn {
		return scalar(n.op, x&n.mask, n.shift)
	}
	if m.from.Handles == nil || m.to.Handles == nil {
		return 0, Trapf("%s in a context without handles", n.src.Kind)
	}
	i := uint32(x)
	switch n.op {
	case opOwn:
		r, err := m.from.Handles.LiftOwn(i, n.src.Resource.Slot)
		if err != nil {
			return 0, err
		}
		i, err = m.to.Handles.LowerOwn(r, n.dst.Resource.Slot)
		return uint64(i), err
	case opBorrow:
		r, err := m.from.Handles.LiftBorrow(i, n.src.Resource.Slot)
		if err != nil {
			return 0, err
		}
		i, err = m.to.Handles.LowerBorrow(r, n.dst.Resource.Slot)
		return uint64(i), err
	case opErrorContext:
		v, err := m.from.Handles.LiftErrorContext(i)
		if err != nil {
			return 0, err
		}
		i, err = m.to.Handles.LowerErrorContext(v)
		return uint64(i), err
	}
	v, err := m.from.Handles.LiftAsyncValue(i, n.src)
	if err != nil {
		return 0, err
	}
	i, err = m.to.Handles.LowerAsyncValue(v, n.dst)
	return uint64(i), err
}
