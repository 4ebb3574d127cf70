package bindings

// This file runs resources in both directions.

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/bind"
	"github.com/dray-wasm/dray/examples/bindings/resources"
)

// A gauge implements resources.Gauge.
type gauge struct {
	of *gauges
	n  uint32
}

func (g *gauge) Get(context.Context) (uint32, error) { return g.n, nil }

func (g *gauge) Add(_ context.Context, n uint32) (uint32, error) {
	g.n += n
	return g.n, nil
}

func (g *gauge) Drop(context.Context) error {
	delete(g.of.live, g)
	return nil
}

// gauges implements resources.GaugesHost.
type gauges struct{ live map[*gauge]bool }

func (h *gauges) NewGauge(_ context.Context, start uint32) (resources.Gauge, error) {
	g := &gauge{h, start}
	h.live[g] = true
	return g, nil
}

func (h *gauges) GaugeMerge(ctx context.Context, a, b resources.Gauge) (resources.Gauge, error) {
	x, y := a.(*gauge), b.(*gauge)
	x.Drop(ctx)
	y.Drop(ctx)
	return h.NewGauge(ctx, x.n+y.n)
}

func (h *gauges) GaugeLive(context.Context) (uint32, error) { return uint32(len(h.live)), nil }

func (h *gauges) Pass(_ context.Context, g resources.Gauge) (resources.Gauge, error) { return g, nil }

func (h *gauges) Peek(_ context.Context, g resources.Gauge) (uint32, error) { return g.(*gauge).n, nil }

func (h *gauges) Make(ctx context.Context, n uint32) (out []resources.Gauge, err error) {
	for i := range n {
		g, _ := h.NewGauge(ctx, i)
		out = append(out, g)
	}
	return out, nil
}

func (h *gauges) Sum(_ context.Context, all []resources.Gauge) (n uint32, err error) {
	for _, g := range all {
		n += g.(*gauge).n
	}
	return n, nil
}

func newResources(t *testing.T) (*resources.Exports, *gauges) {
	rt := runtime(t)
	host := &gauges{map[*gauge]bool{}}
	l := rt.NewLinker()
	check(t, resources.Link(l, resources.Host{Gauges: host}))
	x, err := resources.New(instantiate(t, l, compile(t, rt, "resources.wasm")))
	check(t, err)
	return x, host
}

// want checks a number.
func want[T comparable](t *testing.T, what string, want T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", what, got, err, want)
		}
	}
}

func TestGuestResources(t *testing.T) {
	ctx := t.Context()
	x, _ := newResources(t)
	c, err := x.Counters.NewCounter(ctx, 5)
	check(t, err)
	want(t, "add", uint32(7))(c.Add(ctx, 2))
	want(t, "get", uint32(7))(c.Get(ctx))
	want(t, "peek", uint32(7))(x.Counters.Peek(ctx, c))
	deep, err := x.Counters.PeekDeep(ctx, &bind.Tuple2[uint8, *resources.Counter]{F0: 1, F1: c})
	if err != nil || deep == nil || *deep != 7 {
		t.Errorf("peek-deep: %v, %v", deep, err)
	}
	deep, err = x.Counters.PeekDeep(ctx, nil)
	if err != nil || deep != nil {
		t.Errorf("peek-deep of none: %v, %v", deep, err)
	}
	d, err := x.Counters.Pass(ctx, c)
	check(t, err)
	if _, err := c.Get(ctx); err == nil || !strings.Contains(err.Error(), "dropped or given away") {
		t.Errorf("a counter that was given away: %v", err)
	}
	list, err := x.Counters.Make(ctx, 4)
	check(t, err)
	want(t, "live", uint32(5))(x.Counters.CounterLive(ctx))
	want(t, "sum", uint32(13))(x.Counters.Sum(ctx, append(list, d)))
	m, err := x.Counters.CounterMerge(ctx, list[3], d)
	check(t, err)
	want(t, "merged", uint32(10))(m.Get(ctx))
	want(t, "consume", uint32(3))(x.Counters.Consume(ctx, list[:3]))
	want(t, "live", uint32(1))(x.Counters.CounterLive(ctx))
	check(t, m.Drop(ctx))
	if err := m.Drop(ctx); err == nil {
		t.Error("a counter was dropped twice")
	}
	want(t, "live", uint32(0))(x.Counters.CounterLive(ctx))
	n, err := x.Counters.Dropped(ctx)
	if err != nil || !reflect.DeepEqual(n, []uint32{3, 7, 0, 1, 2, 10}) && len(n) != 6 {
		t.Errorf("dropped: %v, %v", n, err)
	}
	c, err = x.Counters.TryMake(ctx, 3, nil)
	check(t, err)
	want(t, "get", uint32(3))(c.Get(ctx))
	msg := "no counters"
	var text bind.Error[string]
	if c, err := x.Counters.TryMake(ctx, 3, &msg); c != nil || !errors.As(err, &text) || text.Value != msg {
		t.Errorf("try-make: %v, %v", c, err)
	}
	if _, err := x.Counters.Peek(ctx, nil); err == nil || !strings.Contains(err.Error(), "parameter `c`: a resource is nil") {
		t.Errorf("a nil counter: %v", err)
	}
	if _, err := x.Counters.Peek(ctx, &resources.Counter{}); err == nil {
		t.Error("the zero counter works")
	}
	y, _ := newResources(t)
	other, err := y.Counters.NewCounter(ctx, 1)
	check(t, err)
	if _, err := x.Counters.Peek(ctx, other); err == nil || !strings.Contains(err.Error(), "not linked") {
		t.Errorf("a counter of another instance: %v", err)
	}
	want(t, "get", uint32(3))(c.Get(ctx)) // mistakes in Go do no harm
}

func TestHostResources(t *testing.T) {
	ctx := t.Context()
	x, host := newResources(t)
	g, err := x.Driver.Make(ctx, 4)
	check(t, err)
	want(t, "get", uint32(4))(g.Get(ctx))
	if g, err = x.Driver.Pass(ctx, g); err != nil || g.(*gauge).n != 4 {
		t.Errorf("pass: %v, %v", g, err)
	}
	want(t, "peek", uint32(4))(x.Driver.Peek(ctx, g))
	if n, err := x.Driver.Kept(ctx); n != nil || err != nil {
		t.Errorf("kept nothing: %v, %v", n, err)
	}
	if got, err := x.Driver.GiveBack(ctx); got != nil || err != nil {
		t.Errorf("given back nothing: %v, %v", got, err)
	}
	check(t, x.Driver.Keep(ctx, g))
	if n, err := x.Driver.Kept(ctx); err != nil || n == nil || *n != 4 {
		t.Errorf("kept: %v, %v", n, err)
	}
	second, _ := host.NewGauge(ctx, 9)
	check(t, x.Driver.Keep(ctx, second))
	if host.live[g.(*gauge)] || !host.live[second.(*gauge)] {
		t.Error("the gauge that was kept before should be dropped, and only that")
	}
	if got, err := x.Driver.GiveBack(ctx); err != nil || got != second {
		t.Errorf("given back: %v, %v", got, err)
	}
	lines, err := x.Driver.Exercise(ctx)
	check(t, err)
	t.Log(strings.Join(lines, "\n"))
	if len(host.live) != 1 {
		t.Errorf("%d gauges are left, want 1", len(host.live))
	}
	if err := x.Driver.Keep(ctx, nil); err == nil {
		t.Error("a nil gauge was given away")
	}
}

// TestForeignResource gives functions of bindings another resource type than
// theirs.
func TestForeignResource(t *testing.T) {
	rt := runtime(t)
	l := rt.NewLinker()
	in := l.Instance("dray:test/gauges@1.0.0")
	check(t, in.Resource("gauge", dray.NewResource[int](nil)))
	err := resources.LinkGauges(l, &gauges{})
	if err == nil || !strings.Contains(err.Error(), `"gauge" is defined twice`) {
		t.Errorf("got %v", err)
	}
}
