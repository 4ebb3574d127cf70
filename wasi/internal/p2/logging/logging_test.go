package logging

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gen "github.com/dray-wasm/dray/wasi/gen/p2/logging"
)

func host(s *State) Host { return Host{Of: func(context.Context) *State { return s }} }

var noon = time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)

func TestLog(t *testing.T) {
	var out bytes.Buffer
	s := New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}), func() time.Time { return noon })
	for _, tt := range []struct {
		level            gen.Level
		context, message string
		want             string
	}{
		{gen.LevelTrace, "c", "m", ""},
		{gen.LevelDebug, "c", "m", `level=DEBUG msg=m context=c`},
		{gen.LevelInfo, "", "two words", `level=INFO msg="two words"`},
		{gen.LevelWarn, "", "", `level=WARN msg=""`},
		{gen.LevelError, "a b", "x\ny=1\x1b[0m", `level=ERROR msg="x\ny=1\x1b[0m" context="a b"`},
		{gen.LevelCritical, "", "m", `level=ERROR+4 msg=m`},
	} {
		out.Reset()
		if err := host(s).Log(t.Context(), tt.level, tt.context, tt.message); err != nil {
			t.Error(err)
		}
		want := tt.want
		if want != "" {
			want = "time=2000-01-01T12:00:00.000Z " + want + "\n"
		}
		if out.String() != want {
			t.Errorf("%v: %q, want %q", tt.level, out.String(), want)
		}
	}
}

func TestCut(t *testing.T) {
	var records []slog.Record
	s := New(handler(func(r slog.Record) error { records = append(records, r); return errors.New("full") }), nil)
	if err := host(s).Log(t.Context(), gen.LevelInfo, strings.Repeat("c", MaxContext+1), "x"+strings.Repeat("ü", MaxMessage)); err != nil {
		t.Errorf("the guest is told of an error of the handler: %v", err)
	}
	r := records[0]
	attrs := map[string]slog.Value{}
	r.Attrs(func(a slog.Attr) bool { attrs[a.Key] = a.Value; return true })
	if len(r.Message) != MaxMessage-1 || !utf8.ValidString(r.Message) || len(attrs["context"].String()) != MaxContext {
		t.Errorf("the message has %d bytes, the context %d", len(r.Message), len(attrs["context"].String()))
	}
	if got, want := attrs["cut"].Int64(), int64(2*MaxMessage+1-(MaxMessage-1)+1); got != want {
		t.Errorf("%d bytes are cut, want %d", got, want)
	}
	if r.Time.IsZero() {
		t.Error("the message has no time")
	}
}

func TestEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := New(handler(func(slog.Record) error { t.Error("a message is written"); return nil }), nil)
	if err := host(s).Log(ctx, gen.LevelInfo, "", ""); err != context.Canceled {
		t.Errorf("Log = %v", err)
	}
	if err := host(New(nil, nil)).Log(t.Context(), gen.LevelCritical, "", "m"); err != nil {
		t.Errorf("Log without a handler = %v", err)
	}
}

// A handler is a handler of records.
type handler func(slog.Record) error

func (h handler) Enabled(context.Context, slog.Level) bool      { return true }
func (h handler) Handle(_ context.Context, r slog.Record) error { return h(r) }
func (h handler) WithAttrs([]slog.Attr) slog.Handler            { return h }
func (h handler) WithGroup(string) slog.Handler                 { return h }
