package task

// This file is how waiting threads are found to be ready, without looking at
// all of them: who changes what a thread waits for lists it as runnable, and
// then its turn shows whether it is ready.

import "math"

// A waitKind says who lists a waiting thread.
type waitKind uint8

const (
	waitNone waitKind = iota
	// waitPolled is a condition that anything may change: the thread stays in
	// the list.
	waitPolled
	// waitEvent is an event of a waitable or of a set.
	waitEvent
	// waitGate is an event, if any, and that the thread can have its instance
	// for itself; waitEnter is that its task can begin.
	waitGate
	waitEnter
)

// isSo tells whether what a waiting thread waits for is so.
func (t *Thread) isSo() bool {
	switch t.wait {
	case waitGate:
		return t.Task.Inst.ExclusiveThread == nil && (t.set == nil || t.tell || t.set.HasPendingEvent())
	case waitEnter:
		return !t.Task.hasBackpressure()
	}
	return t.readyFunc()
}

// gateBatch is how many threads are listed when an instance becomes free: one
// of them will have it.
const gateBatch = 16

// A threadList is a list of waiting threads. A thread is in one at most.
type threadList struct{ first, last *Thread }

func (l *threadList) push(t *Thread) {
	t.leaveList()
	t.in, t.prev, t.next = l, l.last, nil
	if l.last == nil {
		l.first = t
	} else {
		l.last.next = t
	}
	l.last = t
}

// leaveList takes the thread out of the list that it is in.
func (t *Thread) leaveList() {
	l := t.in
	if l == nil {
		return
	}
	if t.prev == nil {
		l.first = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		l.last = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.in, t.prev, t.next = nil, nil, nil
}

// hint lists a waiting thread that may have become ready.
func (t *Thread) hint() {
	if t == nil || t.wait == waitNone {
		return
	}
	if l := &t.Task.Inst.Store.runnable; t.in != l {
		l.push(t)
	}
}

// unready takes a thread out of the runnable ones that is not ready.
func (t *Thread) unready() {
	i := t.Task.Inst
	switch t.wait {
	case waitPolled:
	case waitEnter:
		i.entering.push(t)
	case waitGate:
		if i.ExclusiveThread != nil && (t.set == nil || t.tell || t.set.HasPendingEvent()) {
			i.gated.push(t)
			return
		}
		t.leaveList()
		i.openGate()
	default:
		t.leaveList()
	}
}

// openGate lists some of the threads that wait for the instance to be free: of
// those that run in it, and of those that are to begin. One that is listed and
// does not take the instance calls it again.
func (i *Instance) openGate() {
	n := gateBatch
	if i.Store.Choose != nil {
		n = math.MaxInt
	}
	for _, l := range [...]*threadList{&i.gated, &i.entering} {
		for k := 0; k < n && l.first != nil; k++ {
			i.Store.runnable.push(l.first)
			i.Store.relisted = true
		}
	}
}

// TakeExclusive gives the instance to a thread.
func (i *Instance) TakeExclusive(t *Thread) { i.ExclusiveThread = t }

// ReleaseExclusive takes it back.
func (i *Instance) ReleaseExclusive() {
	i.ExclusiveThread = nil
	for _, t := range i.cancelling {
		t.hint()
	}
	i.cancelling = nil
	i.openGate()
}

// EndBackpressure is called when the counter has become 0.
func (i *Instance) EndBackpressure() {
	for i.entering.first != nil {
		i.Store.runnable.push(i.entering.first)
	}
}
