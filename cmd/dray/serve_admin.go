package main

// This file is the metrics and the health of "dray serve".

import (
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

// serveMetrics are the metrics of a server. nil are none.
type serveMetrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     prometheus.Histogram
	waited   prometheus.Histogram
	bytes    prometheus.Counter
}

// newMetrics makes the metrics, where somebody may ask for them.
func (o *serveOptions) newMetrics() *serveMetrics {
	if o.adminAddr == "" {
		return nil
	}
	buckets := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	m := &serveMetrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dray_http_requests_total",
			Help: "Requests by the status that was sent (0: none) and by whether the answer is what the guest gave.",
		}, []string{"code", "outcome"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dray_http_request_duration_seconds", Help: "Time from a request's header to the end of its answer.", Buckets: buckets,
		}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dray_http_request_wait_seconds", Help: "Time that requests waited because too many others were under way.", Buckets: buckets,
		}),
		bytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "dray_http_response_bytes_total", Help: "Bytes of the bodies of answers.",
		}),
	}
	m.registry.MustRegister(m.requests, m.took, m.waited, m.bytes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe adds what the handler knows itself.
func (m *serveMetrics) observe(h *wasihttp.Handler) {
	if m == nil {
		return
	}
	gauge := func(name, help string, f func(wasihttp.Stats) int) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return float64(f(h.Stats())) }))
	}
	counter := func(name, help string, f func(wasihttp.Stats) uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
			func() float64 { return float64(f(h.Stats())) }))
	}
	gauge("dray_guests_running", "Guests that run now; with WASI 0.3 requests that they answer.", func(s wasihttp.Stats) int { return s.Running })
	gauge("dray_http_requests_waiting", "Requests that wait for their turn.", func(s wasihttp.Stats) int { return s.Waiting })
	gauge("dray_instances_ahead", "Instances that wait for their first request.", func(s wasihttp.Stats) int { return s.Ahead })
	gauge("dray_instances_shared", "Instances of WASI 0.3 that get further requests.", func(s wasihttp.Stats) int { return s.Shared })
	counter("dray_instances_total", "Instances that were made.", func(s wasihttp.Stats) uint64 { return s.Instances })
	counter("dray_traps_total", "Guests that trapped.", func(s wasihttp.Stats) uint64 { return s.Traps })
	counter("dray_timeouts_total", "Guests that ran out of time.", func(s wasihttp.Stats) uint64 { return s.Timeouts })
}

// count counts a request.
func (m *serveMetrics) count(out wasihttp.Outcome) {
	m.requests.WithLabelValues(strconv.Itoa(out.Status), out.Reason()).Inc()
	m.took.Observe(out.Took.Seconds())
	m.waited.Observe(out.Waited.Seconds())
	m.bytes.Add(float64(out.Bytes))
}

// admin answers on --admin-addr. ending tells that the server ends.
func (m *serveMetrics) admin(ending *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if ending.Load() {
			http.Error(w, "the server is ending", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ok\n")
	})
	return mux
}
