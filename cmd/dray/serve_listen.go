package main

// This file is the sockets of "dray serve", and its end.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

const (
	// idleConnection is how long a connection without requests is kept.
	idleConnection = 2 * time.Minute
	// maxStreams bounds the requests of one HTTP/2 connection.
	maxStreams = 250
)

// A server is the sockets of "dray serve".
type server struct {
	main, admin *http.Server // admin may be nil
	handler     *wasihttp.Handler
	logs        *serveLogs
	shutdown    net.Listener // may be nil
	ending      atomic.Bool
	failed      chan error
}

// newServer makes the server that answers requests.
func (o *serveOptions) newServer(h *wasihttp.Handler, traced http.Handler, logs *serveLogs) (*server, error) {
	s := &server{handler: h, logs: logs, failed: make(chan error, 2)}
	s.main = &http.Server{
		Handler: traced, ReadHeaderTimeout: o.headerTimeout, IdleTimeout: idleConnection,
		MaxHeaderBytes: int(o.headerBytes), ErrorLog: log.New(serverErrors{logs.logger}, "", 0),
		Protocols: new(http.Protocols), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
	}
	s.main.Protocols.SetHTTP1(true)
	s.main.Protocols.SetHTTP2(true)
	s.main.Protocols.SetUnencryptedHTTP2(true)
	if o.tlsCert != "" {
		cert, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
		if err != nil {
			return nil, fmt.Errorf("--tls-cert %s, --tls-key %s: %w", o.tlsCert, o.tlsKey, err)
		}
		s.main.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	return s, nil
}

// listenAndServe serves until a signal, or a connection to --shutdown-addr,
// or until ctx ends.
func (o *serveOptions) listenAndServe(ctx context.Context, h *wasihttp.Handler, traced http.Handler, m *serveMetrics, logs *serveLogs) error {
	s, err := o.newServer(h, traced, logs)
	if err != nil {
		return err
	}
	ln, err := listen("addr", o.addr)
	if err != nil {
		return err
	}
	defer ln.Close()
	if o.shutdownAddr != "" {
		if s.shutdown, err = listen("shutdown-addr", o.shutdownAddr); err != nil {
			return err
		}
		defer s.shutdown.Close()
		fmt.Fprintf(os.Stderr, "Listening for shutdown on tcp://%s/\n", s.shutdown.Addr())
	}
	if m != nil {
		admin, err := listen("admin-addr", o.adminAddr)
		if err != nil {
			return err
		}
		defer admin.Close()
		s.admin = &http.Server{Handler: m.admin(&s.ending), ReadHeaderTimeout: o.headerTimeout, ErrorLog: s.main.ErrorLog}
		defer s.admin.Close()
		fmt.Fprintf(os.Stderr, "Serving metrics on http://%s/metrics\n", admin.Addr())
		go s.run(func() error { return s.admin.Serve(admin) })
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if s.shutdown != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go s.awaitConnection(cancel)
	}
	serve, scheme := s.main.Serve, "http"
	if s.main.TLSConfig != nil {
		serve, scheme = func(ln net.Listener) error { return s.main.ServeTLS(ln, "", "") }, "https"
	}
	fmt.Fprintf(os.Stderr, "Serving HTTP on %s://%s/\n", scheme, ln.Addr())
	go s.run(func() error { return serve(ln) })
	select {
	case err := <-s.failed:
		return err
	case <-ctx.Done():
	}
	stop() // the next signal ends the process
	return s.end(o.drain)
}

// listen opens the socket that a flag names.
func listen(flag, addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		return ln, nil
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("--%s %s: another program listens there already; choose another port, or 0 for any free one", flag, addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("--%s %s: this port needs privileges; choose one above 1023", flag, addr)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return nil, fmt.Errorf("--%s %s: %w", flag, addr, err)
}

func (s *server) run(serve func() error) {
	if err := serve(); err != http.ErrServerClosed {
		s.failed <- err
	}
}

// awaitConnection ends the server at the first connection.
func (s *server) awaitConnection(end func()) {
	if conn, err := s.shutdown.Accept(); err == nil {
		conn.Close()
		end()
	}
}

// end answers what is under way, for as long as there is time.
func (s *server) end(drain time.Duration) error {
	s.ending.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := s.main.Shutdown(ctx)
	if err == nil {
		err = s.handler.Shutdown(ctx)
	}
	if err != nil {
		running := s.handler.Stats().Running
		s.logs.logger.Warn("requests were cut off at the end", "running", running)
		s.main.Close()
		s.handler.Close()
	}
	return nil
}
