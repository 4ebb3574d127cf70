package config

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dray-wasm/dray/bind"
)

func TestStore(t *testing.T) {
	values := map[string]string{"b": "2", "a": "", "": "empty", "c": "ü"}
	s := New(values)
	values["a"] = "changed"
	h := Host{Of: func(context.Context) *State { return s }}
	for key, want := range map[string]string{"a": "", "b": "2", "": "empty", "c": "ü"} {
		if got, err := h.Get(t.Context(), key); err != nil || got == nil || *got != want {
			t.Errorf("Get(%q) = %v, %v; want %q", key, got, err, want)
		}
	}
	if got, err := h.Get(t.Context(), "d"); got != nil || err != nil {
		t.Errorf("Get of a key that is not there = %v, %v", got, err)
	}
	type pair = bind.Tuple2[string, string]
	all, err := h.GetAll(t.Context())
	if diff := cmp.Diff([]pair{{F0: "", F1: "empty"}, {F0: "a", F1: ""}, {F0: "b", F1: "2"}, {F0: "c", F1: "ü"}}, all); diff != "" || err != nil {
		t.Errorf("GetAll: %v\n%s", err, diff)
	}
}

func TestNothing(t *testing.T) {
	s := New(nil)
	h := Host{Of: func(context.Context) *State { return s }}
	all, err := h.GetAll(t.Context())
	if len(all) > 0 || err != nil {
		t.Errorf("GetAll = %v, %v", all, err)
	}
	if got, err := h.Get(t.Context(), ""); got != nil || err != nil {
		t.Errorf("Get = %v, %v", got, err)
	}
}
