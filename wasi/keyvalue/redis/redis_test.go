package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/dray-wasm/dray/wasi/keyvalue"
	"github.com/dray-wasm/dray/wasi/keyvalue/internal/storetest"
)

func open(t *testing.T, server string, o Options) *Store {
	t.Helper()
	s, err := Open(server, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestMain(m *testing.M) {
	Silence()
	os.Exit(m.Run())
}

// TestServer runs the tests with a real server, at the URL that
// DRAY_TEST_REDIS has.
func TestServer(t *testing.T) {
	server := os.Getenv("DRAY_TEST_REDIS")
	if server == "" {
		t.Skip("NO REDIS: DRAY_TEST_REDIS is not the URL of a server")
	}
	s := open(t, server, Options{Prefix: "dray-test:" + rand.Text() + ":"})
	t.Cleanup(func() {
		ctx := context.Background()
		keys, _ := s.client.Keys(ctx, s.prefix+"*").Result()
		if len(keys) > 0 {
			s.client.Del(ctx, keys...)
		}
	})
	storetest.Run(t, s)
}

func TestStore(t *testing.T) {
	m := miniredis.RunT(t)
	s := open(t, "redis://"+m.Addr(), Options{})
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The stand-in for a server lets numbers overflow and has one page of keys.
	storetest.Run(t, s, "Limits of numbers", "Pages")
	for _, key := range m.Keys() {
		if !strings.HasPrefix(key, DefaultPrefix) {
			t.Errorf("the store made the key %q", key)
		}
	}
}

// TestErrors looks at what guests are told of answers of the server.
func TestErrors(t *testing.T) {
	m := miniredis.RunT(t)
	addr := m.Addr()
	s := open(t, "redis://"+addr, Options{Prefix: "p:"})
	if err := m.Set("p:string", "x"); err != nil {
		t.Fatal(err)
	}
	told := func(name, want string) {
		t.Helper()
		b, _ := s.Open(t.Context(), name)
		_, _, err := b.Get(t.Context(), "k")
		var e *keyvalue.Error
		if !errors.As(err, &e) || e.Text != want {
			t.Errorf("Get: %v, want %q", err, want)
		}
		if e != nil && strings.Contains(e.Text, addr) {
			t.Errorf("the guest is told the address of the server: %q", e.Text)
		}
	}
	told("string", "the bucket is something else in the store")
	m.SetError("OOM command not allowed when used memory > 'maxmemory'.")
	told("b", "the store is full")
	m.SetError("NOAUTH Authentication required.")
	told("b", "the store refused the call")
	m.Close()
	told("b", "the store cannot be reached")
	s.Close()
	told("b", "the store is closed")
}

// TestCancel ends a call to a server that does not answer.
func TestCancel(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := open(t, "redis://"+l.Addr().String(), Options{})
	b, _ := s.Open(t.Context(), "b")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := b.Increment(ctx, "n", 1)
		done <- err
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Increment: %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("Increment goes on")
	}
}

func TestURL(t *testing.T) {
	for _, server := range []string{"", "host:6379", "http://host", "redis://:secret@ho st", "redis://user:secret@host:port/0", "redis://:secret@host/x", "redis://:secret@host?nonsense=1"} {
		_, err := Open(server, Options{})
		if err == nil || !strings.Contains(err.Error(), "the URL of the Redis server is wrong") || strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%q): %v", server, err)
		}
	}
}
