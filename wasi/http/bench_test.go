package http_test

// This file measures requests, with and without a network. Run it with
//
//	go test -run=- -bench=. ./wasi/http
//
// One operation is one request to the guest's hello; plain is what net/http
// takes for the same with a handler in Go.

import (
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"testing"

	"github.com/dray-wasm/dray/wasi/http"
)

var plain = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
	w.Header().Set("Content-Type", "text/plain")
	io.WriteString(w, "hello\n")
})

// A sinkWriter is a response that nobody reads.
type sinkWriter struct{ h nethttp.Header }

func (s *sinkWriter) Header() nethttp.Header      { return s.h }
func (s *sinkWriter) Write(p []byte) (int, error) { return len(p), nil }
func (s *sinkWriter) WriteHeader(int)             {}
func (s *sinkWriter) FlushError() error           { return nil }
func (s *sinkWriter) EnableFullDuplex() error     { return nil }

// BenchmarkHandler is requests one after the other, without a network.
func BenchmarkHandler(b *testing.B) {
	h := newHandler(b, http.Config{})
	r := httptest.NewRequest("GET", "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(&sinkWriter{nethttp.Header{}}, r)
	}
}

// BenchmarkShared is the same with an instance of WASI 0.3, and its example.
func BenchmarkShared(b *testing.B) {
	h := serveFile(b, p3Example, http.Config{}).h
	r := httptest.NewRequest("GET", "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(&sinkWriter{nethttp.Header{}}, r)
	}
}

// BenchmarkHandlerParallel is requests on all processors.
func BenchmarkHandlerParallel(b *testing.B) {
	h := newHandler(b, http.Config{})
	b.RunParallel(func(pb *testing.PB) {
		r := httptest.NewRequest("GET", "/", nil)
		for pb.Next() {
			h.ServeHTTP(&sinkWriter{nethttp.Header{}}, r)
		}
	})
}

// BenchmarkLoopback is requests of 64 connections.
func BenchmarkLoopback(b *testing.B) {
	for _, bb := range []struct {
		name string
		h    nethttp.Handler
	}{{"dray", newHandler(b, http.Config{})}, {"plain", plain}} {
		b.Run(bb.name, func(b *testing.B) {
			s := httptest.NewServer(bb.h)
			defer s.Close()
			client := &nethttp.Client{Transport: &nethttp.Transport{MaxIdleConnsPerHost: 64}}
			defer client.CloseIdleConnections()
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					resp, err := client.Get(s.URL + "/")
					if err != nil {
						b.Error(err)
						return
					}
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			})
		})
	}
}
