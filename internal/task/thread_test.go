package task

import (
	"context"
	"errors"
	"math/rand"
	"runtime"
	"slices"
	"testing"

	"github.com/dray-wasm/dray/engine"
	"github.com/dray-wasm/dray/internal/abi"
	"github.com/dray-wasm/dray/value"
)

type fakeEngine struct{ engine.Store }

func (fakeEngine) Close() error { return nil }

func newTask(s *Store) *Task {
	return &Task{Opts: &abi.Options{Async: true}, Inst: NewInstance(s, nil), State: TaskStarted}
}

// TestCloseEndsThreads closes a store with threads that never ran, that wait,
// that are suspended, and that another thread resumed.
func TestCloseEndsThreads(t *testing.T) {
	before := runtime.NumGoroutine()
	s := NewStore(fakeEngine{})
	ended := 0
	for range 50 {
		tk := newTask(s)
		NewThread(tk, func(*Thread) error { t.Error("a thread runs that was not resumed"); return nil })
		for _, stop := range []func(th *Thread) (bool, error){
			func(th *Thread) (bool, error) { return th.Suspend(true) },
			func(th *Thread) (bool, error) { return th.WaitUntil(func() bool { return false }, false) },
			func(th *Thread) (bool, error) {
				other := NewThread(tk, func(o *Thread) error {
					_, err := o.Suspend(false)
					ended++
					return err
				})
				return th.YieldThenResume(false, other)
			},
		} {
			th := NewThread(tk, func(th *Thread) error {
				_, err := stop(th)
				if !errors.Is(err, ErrClosed) {
					t.Errorf("a thread that is closed gets %v", err)
				}
				if _, err := th.Yield(false); !errors.Is(err, ErrClosed) {
					t.Errorf("a thread of a closed store blocks: %v", err)
				}
				ended++
				return err
			})
			if err := th.Resume(false); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error("closing again:", err)
	}
	if ended != 200 {
		t.Errorf("%d threads ended, want 200", ended)
	}
	for range 1_000_000 {
		if runtime.NumGoroutine() <= before {
			break
		}
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, there were %d", n, before)
	}
	if _, err := s.Enter(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("entering a closed store: %v", err)
	}
}

// TestGoexit is a host function that ends its goroutine.
func TestGoexit(t *testing.T) {
	s := NewStore(fakeEngine{})
	th := NewThread(newTask(s), func(*Thread) error { runtime.Goexit(); return nil })
	if err := th.Resume(false); err == nil {
		t.Error("no error")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestTick is threads that yield in turns of the store's choice.
func TestTick(t *testing.T) {
	orders := map[string]bool{}
	for seed := range 20 {
		s := NewStore(fakeEngine{})
		s.Choose = rand.New(rand.NewSource(int64(seed))).Intn
		order, running := "", false
		for i := range 3 {
			th := NewThread(newTask(s), func(th *Thread) error {
				for range 4 {
					if running {
						t.Error("two threads run at a time")
					}
					running = true
					order += string(rune('a' + i))
					running = false
					if _, err := th.Yield(false); err != nil {
						return err
					}
				}
				return nil
			})
			th.ResumeLater()
		}
		n := 0
		for ; ; n++ {
			if ran, err := s.Tick(); err != nil {
				t.Fatal(err)
			} else if !ran {
				break
			}
		}
		if len(order) != 12 {
			t.Errorf("order %q", order)
		}
		orders[order] = true
	}
	if len(orders) < 10 {
		t.Errorf("%d orders of 20", len(orders))
	}
}

// TestTickPoisoned is threads of an instance that trapped: they stay, and
// others go on.
func TestTickPoisoned(t *testing.T) {
	s := NewStore(fakeEngine{})
	good, bad := newTask(s), newTask(s)
	boom := errors.New("boom")
	NewThread(bad, func(*Thread) error { return boom }).ResumeLater()
	NewThread(bad, func(*Thread) error { t.Error("a poisoned instance runs"); return nil }).ResumeLater()
	ran := false
	NewThread(good, func(*Thread) error { ran = true; return nil }).ResumeLater()
	if _, err := s.Tick(); err != boom {
		t.Error(err)
	}
	if ok, err := s.Tick(); !ok || err != nil || !ran {
		t.Error(ok, err, ran)
	}
	if ok, err := s.Tick(); ok || err != nil {
		t.Error(ok, err)
	}
	if bad.Inst.MayEnterFrom(nil) == nil || good.Inst.MayEnterFrom(nil) != nil {
		t.Error("the wrong instance is poisoned")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestSetTurns is that waitables of a set take turns.
func TestSetTurns(t *testing.T) {
	s := NewStore(fakeEngine{})
	var set WaitableSet
	var got []uint32
	ws := make([]*Waitable, 3)
	for i := range ws {
		ws[i] = &Waitable{}
		if err := ws[i].Join(&set); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for i, w := range ws {
			w.SetPendingEvent(fixed{Code: EventSubtask, Index: uint32(i)})
		}
		for set.HasPendingEvent() {
			got = append(got, set.getPendingEvent(s).Index)
		}
	}
	if !slices.Equal(got, []uint32{0, 1, 2, 0, 1, 2}) {
		t.Error(got)
	}
	if set.Drop() == nil {
		t.Error("a set with waitables is dropped")
	}
	for _, w := range ws {
		if err := w.drop(); err != nil {
			t.Error(err)
		}
	}
	if err := set.Drop(); err != nil {
		t.Error(err)
	}
}

func TestSameType(t *testing.T) {
	s, types := NewStore(fakeEngine{}), abi.NewTypes()
	r1, r2 := &ResourceType{}, &ResourceType{}
	a, b := NewInstance(s, nil), NewInstance(s, nil)
	a.Resources = []*ResourceType{r1, r2}
	b.Resources = []*ResourceType{r2, r1}
	own := func(slot int) *value.Type {
		return &value.Type{Kind: value.KindOwn, Resource: &value.Resource{Slot: slot}}
	}
	list := func(e *value.Type) *value.Type { return &value.Type{Kind: value.KindList, Elem: e} }
	record := func(name string, e *value.Type) *value.Type {
		return &value.Type{Kind: value.KindRecord, Fields: []value.Field{{Name: name, Type: e}, {Name: "z", Type: e}}}
	}
	deep := func() *value.Type {
		e := value.TypeU8
		for range 60 { // 2^60 parts, if each were looked at every time
			e = record("a", e)
		}
		return e
	}
	tests := []struct {
		a, b *value.Type
		want bool
	}{
		{nil, nil, true},
		{nil, value.TypeU8, false},
		{value.TypeU8, value.TypeU8, true},
		{value.TypeU8, value.TypeS8, false},
		{own(0), own(1), true},
		{own(0), own(0), false},
		{list(own(1)), list(own(0)), true},
		{list(own(1)), list(own(1)), false},
		{record("a", value.TypeU8), record("a", value.TypeU8), true},
		{record("a", value.TypeU8), record("b", value.TypeU8), false},
		{deep(), deep(), true},
	}
	for i, tt := range tests {
		if got := SameType(types.Type(tt.a), a, types.Type(tt.b), b); got != tt.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}

// TestEnteringSet is calls between instances of a tree.
func TestEnteringSet(t *testing.T) {
	s := NewStore(fakeEngine{})
	root := NewInstance(s, nil)
	a, b := NewInstance(s, root), NewInstance(s, root)
	a.EnterFrom(nil)
	if root.MayEnter || a.MayEnter || !b.MayEnter {
		t.Error("entering from the host closes the instance and its parents")
	}
	if err := b.MayEnterFrom(a); err != nil {
		t.Error(err)
	}
	if b.MayEnterFrom(nil) == nil {
		t.Error("the host enters a child of an instance that runs")
	}
	b.EnterFrom(a)
	if a.MayEnterFrom(b) == nil || root.MayEnterFrom(a) == nil || a.MayEnterFrom(root) == nil {
		t.Error("calls that are not allowed")
	}
	b.LeaveTo(a)
	a.LeaveTo(nil)
	if !root.MayEnter || !a.MayEnter || !b.MayEnter {
		t.Error("leaving opens all again")
	}
}

// A fixed is an event that is known.
type fixed Event

func (e fixed) Event() Event { return Event(e) }
