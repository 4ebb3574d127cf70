package main

// This file is the logs of "dray serve".

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

// serveLogs are where "dray serve" tells what happens.
type serveLogs struct {
	logger *slog.Logger
	access bool // requests are logged
	close  func() error
}

// openLogs opens the log. Without an access log it has only what goes wrong.
func (o *serveOptions) openLogs() (*serveLogs, error) {
	var w io.Writer = os.Stderr
	closeLog := func() error { return nil }
	if o.logFile != "" {
		f, err := os.OpenFile(o.logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			return nil, fmt.Errorf("--log-file: %w", err)
		}
		w, closeLog = f, f.Close
	}
	var h slog.Handler = newTextLog(w)
	if o.accessLog == "json" {
		h = slog.NewJSONHandler(w, nil)
	}
	return &serveLogs{slog.New(h), o.accessLog != "none", closeLog}, nil
}

// report is what is done at the end of each request; nil for nothing.
func (o *serveOptions) report(logs *serveLogs, m *serveMetrics) func(*http.Request, wasihttp.Outcome) {
	if !logs.access && m == nil {
		return nil
	}
	return func(r *http.Request, out wasihttp.Outcome) {
		if m != nil {
			m.count(out)
		}
		if logs.access {
			logs.request(r, out)
		}
	}
}

// request logs a request.
func (l *serveLogs) request(r *http.Request, out wasihttp.Outcome) {
	attrs := []slog.Attr{
		slog.Uint64("request", out.ID), slog.String("remote", r.RemoteAddr),
		slog.String("method", r.Method), slog.String("host", r.Host), slog.String("uri", r.URL.RequestURI()),
		slog.String("proto", r.Proto), slog.Int("status", out.Status), slog.Int64("bytes", out.Bytes),
		slog.Float64("ms", float64(out.Took.Microseconds())/1000),
	}
	if out.Waited > time.Millisecond {
		attrs = append(attrs, slog.Float64("waited_ms", float64(out.Waited.Microseconds())/1000))
	}
	if ua := r.UserAgent(); ua != "" {
		attrs = append(attrs, slog.String("agent", ua))
	}
	if out.Err != nil {
		attrs = append(attrs, slog.String("error", out.Err.Error()))
	}
	l.logger.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

// serverErrors takes what net/http logs. What clients do wrong is for nobody;
// the rest is a line each.
type serverErrors struct{ *slog.Logger }

func (l serverErrors) Write(p []byte) (int, error) {
	msg := strings.TrimSuffix(string(p), "\n")
	if !strings.HasPrefix(msg, "http: TLS handshake error") && !strings.HasPrefix(msg, "http: URL query contains semicolon") {
		l.Warn(msg)
	}
	return len(p), nil
}

// A textLog is [slog.TextHandler], but for backtraces: these follow their line
// as they are.
type textLog struct {
	slog.Handler
	out *lockedWriter
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func newTextLog(w io.Writer) textLog {
	out := &lockedWriter{w: w}
	return textLog{slog.NewTextHandler(out, nil), out}
}

func (t textLog) WithAttrs(a []slog.Attr) slog.Handler { return textLog{t.Handler.WithAttrs(a), t.out} }
func (t textLog) WithGroup(name string) slog.Handler {
	return textLog{t.Handler.WithGroup(name), t.out}
}

// Handle writes a record.
func (t textLog) Handle(ctx context.Context, r slog.Record) error {
	backtrace := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "backtrace" {
			backtrace = a.Value.String()
		}
		return true
	})
	if backtrace == "" {
		return t.Handler.Handle(ctx, r)
	}
	rest := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "backtrace" {
			rest.AddAttrs(a)
		}
		return true
	})
	if err := t.Handler.Handle(ctx, rest); err != nil {
		return err
	}
	_, err := fmt.Fprintf(t.out, "guest backtrace, innermost function first:\n%s\n", strings.TrimRight(backtrace, "\n"))
	return err
}
