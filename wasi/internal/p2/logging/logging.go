// Package logging is the host's side of wasi:logging 0.1.0-draft: messages of a
// guest, which go to a handler of package log/slog.
package logging

import (
	"context"
	"log/slog"
	"time"
	"unicode/utf8"

	gen "github.com/dray-wasm/dray/wasi/gen/p2/logging"
)

// The levels that log/slog has no name for.
const (
	LevelTrace    = slog.LevelDebug - 4
	LevelCritical = slog.LevelError + 4
)

// levels has the level of log/slog for each of the guest's.
var levels = [...]slog.Level{
	gen.LevelTrace:    LevelTrace,
	gen.LevelDebug:    slog.LevelDebug,
	gen.LevelInfo:     slog.LevelInfo,
	gen.LevelWarn:     slog.LevelWarn,
	gen.LevelError:    slog.LevelError,
	gen.LevelCritical: LevelCritical,
}

// MaxMessage and MaxContext bound what a message and its context have, in
// bytes. Longer ones are cut.
const (
	MaxMessage = 64 << 10
	MaxContext = 1 << 10
)

// A State is the log of one guest.
type State struct {
	handler slog.Handler
	now     func() time.Time
}

// New makes the log of a guest. Nil discards what it writes. now gives the time
// of a message; nil is the system's.
func New(handler slog.Handler, now func() time.Time) *State {
	if handler == nil {
		handler = slog.DiscardHandler
	}
	if now == nil {
		now = time.Now
	}
	return &State{handler, now}
}

// A Host is the functions of wasi:logging.
type Host struct {
	// Of finds the state of the guest that calls.
	Of func(context.Context) *State
}

var _ gen.LoggingHost = Host{}

// Link defines what the package has.
func (h Host) Link() gen.Host { return gen.Host{Logging: h} }

// Log gives a message to the handler, with the attribute "context" where the
// guest has one, and "cut" with the number of bytes that are left out. The
// guest is not told of errors of the handler, and waits while it is busy.
func (h Host) Log(ctx context.Context, level gen.Level, subject, message string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := h.Of(ctx)
	if !s.handler.Enabled(ctx, levels[level]) {
		return nil
	}
	message, cutMessage := cut(message, MaxMessage)
	subject, cutContext := cut(subject, MaxContext)
	r := slog.NewRecord(s.now(), levels[level], message, 0)
	if subject != "" {
		r.AddAttrs(slog.String("context", subject))
	}
	if n := cutMessage + cutContext; n > 0 {
		r.AddAttrs(slog.Int("cut", n))
	}
	s.handler.Handle(ctx, r)
	return nil
}

// cut cuts a text to at most n bytes, between two letters. left is how many
// bytes it leaves out.
func cut(text string, n int) (short string, left int) {
	if len(text) <= n {
		return text, 0
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n], len(text) - n
}
