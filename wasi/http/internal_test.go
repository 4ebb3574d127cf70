package http

// This file is parts that no guest of the tests reaches.

import (
	"bytes"
	"context"
	"errors"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestGate: turns are given in the order in which requests came.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		g.init(2, 3)
		ctx := t.Context()
		var order []int
		enter := func(i int, ctx context.Context) error {
			err := g.enter(ctx, time.Minute)
			if err == nil {
				order = append(order, i)
			}
			return err
		}
		for i := range 2 {
			if err := enter(i, ctx); err != nil {
				t.Fatal(err)
			}
		}
		impatient, leave := context.WithCancel(ctx)
		gone := make(chan error, 1)
		go func() { gone <- enter(2, impatient) }()
		synctest.Wait()
		for i := 3; i < 5; i++ {
			go enter(i, ctx)
			synctest.Wait()
		}
		if err := enter(5, ctx); err != ErrOverloaded {
			t.Errorf("one too many: %v", err)
		}
		leave()
		if err := <-gone; err != ErrGone {
			t.Errorf("the client that left: %v", err)
		}
		late := make(chan error, 1)
		go func() { late <- enter(6, ctx) }()
		synctest.Wait()
		for range 2 {
			g.leave()
			synctest.Wait()
		}
		time.Sleep(2 * time.Minute)
		if err := <-late; err != ErrOverloaded {
			t.Errorf("who waited for too long: %v", err)
		}
		if want := []int{0, 1, 3, 4}; !slices.Equal(order, want) {
			t.Errorf("turns were given to %v, want %v", order, want)
		}
		if running, waiting := g.state(); running != 2 || waiting != 0 {
			t.Errorf("%d run, %d wait", running, waiting)
		}
		last := make(chan error, 1)
		go func() { last <- enter(7, ctx) }()
		synctest.Wait()
		closed := make(chan error, 1)
		go func() { closed <- g.close(ctx) }()
		if err := <-last; err != ErrClosed {
			t.Errorf("who waited when it was closed: %v", err)
		}
		soon, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := g.close(soon); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closing while guests run: %v", err)
		}
		g.leave()
		g.leave()
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if err := enter(8, ctx); err != ErrClosed {
			t.Errorf("who came later: %v", err)
		}
	})
}

// TestGateMany: places are neither lost nor made.
func TestGateMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		g.init(3, 1000)
		for i := range 500 {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%50)*time.Millisecond)
				defer cancel()
				if g.enter(ctx, time.Duration(i%70)*time.Millisecond) == nil {
					if running, _ := g.state(); running > 3 {
						t.Errorf("%d run", running)
					}
					time.Sleep(time.Duration(i%7) * time.Millisecond)
					g.leave()
				}
			}()
		}
		time.Sleep(time.Minute)
		if running, waiting := g.state(); running != 0 || waiting != 0 || len(g.queue) > 0 {
			t.Errorf("%d run, %d wait, %d are queued", running, waiting, len(g.queue))
		}
	})
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", maxLine+10)
	for _, tt := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"one", []string{"a\n"}, "> a\n"},
		{"parts", []string{"a", "b", "c\nd", "\n"}, "> abc\n> d\n"},
		{"no end", []string{"a\nb"}, "> a\n> b\n"},
		{"empty", []string{"\n\n", ""}, "> \n> \n"},
		{"long", []string{long + "\n"}, "> " + long[:maxLine] + "\n> " + long[maxLine:] + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			to, _ := sinks(&out, nil)
			l := &lineWriter{to: to, prefix: "> "}
			for _, s := range tt.writes {
				if n, err := io.WriteString(l, s); n != len(s) || err != nil {
					t.Fatal(n, err)
				}
			}
			if err := l.end(); err != nil {
				t.Fatal(err)
			}
			if out.String() != tt.want {
				t.Errorf("%.100q, want %.100q", out.String(), tt.want)
			}
		})
	}
	a, b := sinks(io.Discard, io.Discard)
	if a != b {
		t.Error("one writer has two locks")
	}
	type odd struct {
		io.Writer
		_ []int
	}
	if a, b := sinks(odd{}, odd{}); a == nil || b == nil {
		t.Error("writers that cannot be compared are lost")
	}
}

// TestInform: informational responses come before the answer, up to a number.
func TestInform(t *testing.T) {
	srv := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		x := &exchange{w: w, r: r, rc: nethttp.NewResponseController(w)}
		sent := 0
		for range maxInformational + 5 {
			if x.inform(103, nethttp.Header{"Link": {"</a>"}}) == nil {
				sent++
			}
		}
		if x.inform(101, nil) == nil || sent != maxInformational {
			t.Errorf("%d were sent", sent)
		}
		x.informing.Lock()
		if x.inform(103, nil) == nil {
			t.Error("one was sent beside the answer")
		}
		io.WriteString(w, "answer")
	}))
	defer srv.Close()
	got := 0
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		if code != 103 || h.Get("Link") != "</a>" {
			t.Errorf("status %d, %v", code, h)
		}
		got++
		return nil
	}}
	req, err := nethttp.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&nethttp.Transport{}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got != maxInformational || resp.Header.Get("Link") != "" || resp.StatusCode != 200 {
		t.Errorf("%d came, then %s with %v", got, resp.Status, resp.Header)
	}
}

// TestGoneWithEverything has clients go while a guest has not decided yet on
// trailers: one of HTTP/1 with a whole answer has lost nothing.
func TestGoneWithEverything(t *testing.T) {
	for _, tt := range []struct {
		proto  int
		length int64
		want   error
	}{{1, 5, nil}, {1, -1, ErrGone}, {2, 5, ErrGone}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			r := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
			r.ProtoMajor = tt.proto
			w := httptest.NewRecorder()
			x := &exchange{h: &Handler{life: t.Context()}, w: w, r: r, rc: nethttp.NewResponseController(w)}
			x.begin(1)
			defer x.release()
			err := x.deliver(&answer{
				status: 200, length: tt.length, body: io.NopCloser(strings.NewReader("hello")),
				ready:      func() bool { return true },
				tryTrailer: func() (nethttp.Header, bool, error) { return nil, false, nil },
				trailer: func() (nethttp.Header, error) {
					leave()
					synctest.Wait()
					return nil, context.Cause(x.ctx)
				},
			})
			if err != tt.want {
				t.Errorf("HTTP/%d, length %d: %v, want %v", tt.proto, tt.length, err, tt.want)
			}
		})
	}
}
