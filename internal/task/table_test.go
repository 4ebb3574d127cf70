package task

import (
	"math/rand"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var tab Table[*int]
	v := func() *int { return new(int) }
	add := func(want uint32) {
		t.Helper()
		if i, err := tab.Add(v()); err != nil || i != want {
			t.Errorf("Add: %d, %v, want %d", i, err, want)
		}
	}
	fails := func(i uint32, want string) {
		t.Helper()
		if _, err := tab.Get(i); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Get(%d): %v, want %s", i, err, want)
		}
		if _, err := tab.Remove(i); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Remove(%d): %v, want %s", i, err, want)
		}
	}
	fails(0, "unknown handle index 0")
	fails(1, "unknown handle index 1")
	add(1)
	add(2)
	add(3)
	fails(0, "unknown handle index 0")
	fails(4, "unknown handle index 4")
	fails(0xffff_ffff, "unknown handle index 4294967295")
	for _, i := range []uint32{1, 3} {
		if _, err := tab.Remove(i); err != nil {
			t.Error(err)
		}
		fails(i, "unknown handle index")
	}
	if tab.Len() != 1 {
		t.Errorf("Len: %d", tab.Len())
	}
	add(3) // the index freed last
	add(1)
	add(4)
	var order []uint32
	tab.All(func(i uint32, _ *int) { order = append(order, i) })
	if len(order) != 4 || order[0] != 1 || order[3] != 4 {
		t.Errorf("All: %v", order)
	}
}

func TestTableLimit(t *testing.T) {
	tab := Table[int]{Limit: 2}
	for i := range 2 {
		if _, err := tab.Add(i + 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tab.Add(3); err == nil || !strings.Contains(err.Error(), "no free keys") {
		t.Error(err)
	}
	if _, err := tab.Remove(1); err != nil {
		t.Fatal(err)
	}
	if i, err := tab.Add(4); err != nil || i != 1 {
		t.Error(i, err)
	}
}

// TestTableModel compares a table with a map.
func TestTableModel(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var tab Table[int]
	model := map[uint32]int{}
	for n := 1; n < 20_000; n++ {
		if r.Intn(5) < 3 {
			i, err := tab.Add(n)
			if _, taken := model[i]; err != nil || taken || i == 0 {
				t.Fatal(i, err, taken)
			}
			model[i] = n
			continue
		}
		i := uint32(r.Intn(len(model) + 3))
		got, err := tab.Remove(i)
		want, ok := model[i]
		if ok != (err == nil) || got != want {
			t.Fatal(i, got, want, err)
		}
		delete(model, i)
		if tab.Len() != len(model) {
			t.Fatal(tab.Len(), len(model))
		}
	}
}
