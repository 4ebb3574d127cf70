package main

// This file runs the scripts of testdata/serve, which are about servers. The
// commands that are added here are
//
//	serve ARGS...       start "dray serve --addr 127.0.0.1:0 ARGS" and wait until
//	                    it serves; sets ADDR, and ADMIN and SHUTDOWN for
//	                    --admin-addr and --shutdown-addr
//	get [-h2] [-d BODY] [-trace ID] URL
//	                    send a request and print the status line, the header,
//	                    and the body of the answer; -h2 speaks HTTP/2 without
//	                    TLS, -trace makes the request part of a trace
//	begin PATH          send a request to ADDR, and wait until it is answered in
//	                    part; "finish" reads the rest
//	finish              fail unless the rest of it comes
//	connect ADDR        open a connection, and close it
//	end SIGNAL...       send the signals, one after the other, and wait for the
//	                    server: fail unless it ends with exit status 0. What it
//	                    printed is there for "stdout" and "stderr". Without a
//	                    signal just wait
//	occupy              listen on a port, and set TAKEN to the address
//	certificate         write cert.pem and key.pem
//	collector PROTOCOL  start what takes traces, and point the environment to it
//	traces              print what it got, as it came

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A served is the server of a script.
type served struct {
	cmd       *exec.Cmd
	out, errs bytes.Buffer
	printed   chan struct{} // closed when standard error is at its end
	open      *http.Response
	env       []string
	mu        sync.Mutex
	collected bytes.Buffer
}

type servedKey struct{}

func TestServe(t *testing.T) {
	if _, err := exec.LookPath("kill"); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/serve",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("STAGES", filepath.Join(root, "wasi", "http", "testdata", "stages.wasm"))
			env.Setenv("P3", filepath.Join(root, "testdata", "guests", "p3"))
			env.Setenv("GUESTS", filepath.Join(root, "testdata", "guests"))
			env.Setenv("COMPONENTS", filepath.Join(root, "testdata", "components"))
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Values[servedKey{}] = &served{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": cmdServe, "get": cmdGet, "begin": cmdBegin, "finish": cmdFinish, "connect": cmdConnect,
			"end": cmdEnd, "occupy": cmdOccupy, "certificate": cmdCertificate, "collector": cmdCollector, "traces": cmdTraces,
		},
	})
}

func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	path, err := exec.LookPath("dray")
	ts.Check(err)
	s.cmd = exec.Command(path, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	s.cmd.Dir = ts.Getenv("WORK")
	s.cmd.Env = append(append(os.Environ(), "XDG_CACHE_HOME="+ts.Getenv("XDG_CACHE_HOME")), s.env...)
	s.cmd.Stdout = &s.out
	stderr, err := s.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ts.Defer(func() { s.cmd.Process.Kill() })
	timer := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer timer.Stop()
	r := bufio.NewReader(stderr)
	for {
		line, err := r.ReadString('\n')
		s.errs.WriteString(line)
		if err != nil {
			ts.Fatalf("it does not serve: %v; stderr:\n%s", err, s.errs.String())
		}
		line = strings.TrimSuffix(line, "\n")
		if _, addr, ok := strings.Cut(line, "Listening for shutdown on tcp://"); ok {
			ts.Setenv("SHUTDOWN", strings.TrimSuffix(addr, "/"))
		}
		if _, addr, ok := strings.Cut(line, "Serving metrics on http://"); ok {
			ts.Setenv("ADMIN", strings.TrimSuffix(addr, "/metrics"))
		}
		if _, addr, ok := strings.Cut(line, "Serving HTTP on http"); ok {
			_, addr, _ = strings.Cut(addr, "://")
			ts.Setenv("ADDR", strings.TrimSuffix(addr, "/"))
			break
		}
	}
	s.printed = make(chan struct{})
	go func() {
		defer close(s.printed)
		io.Copy(&s.errs, r)
	}()
}

func cmdGet(ts *testscript.TestScript, neg bool, args []string) {
	tr := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: new(http.Protocols)}
	tr.Protocols.SetHTTP1(true)
	tr.Protocols.SetHTTP2(true)
	method, body, trace := "GET", io.Reader(nil), ""
	for len(args) > 1 {
		switch args[0] {
		case "-h2":
			tr.DisableKeepAlives = false
			tr.Protocols.SetHTTP1(false)
			tr.Protocols.SetUnencryptedHTTP2(true)
		case "-d":
			method, body = "POST", strings.NewReader(args[1])
			args = args[1:]
		case "-trace":
			trace = "00-" + args[1] + "-00f067aa0ba902b7-01"
			args = args[1:]
		default:
			ts.Fatalf("get: %q", args)
		}
		args = args[1:]
	}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequest(method, args[0], body)
	ts.Check(err)
	if trace != "" {
		req.Header.Set("Traceparent", trace)
	}
	client := &http.Client{Transport: tr, Timeout: patience}
	resp, err := client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		fmt.Fprintln(ts.Stdout(), resp.Proto, resp.Status)
		resp.Header.Write(ts.Stdout())
		_, err = io.Copy(ts.Stdout(), resp.Body)
	}
	if (err != nil) != neg {
		ts.Fatalf("get %s: %v", args[0], err)
	}
}

func cmdBegin(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + ts.Getenv("ADDR") + args[0])
	ts.Check(err)
	s.open = resp
	_, err = io.ReadFull(resp.Body, make([]byte, 1))
	ts.Check(err)
}

func cmdFinish(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	_, err := io.Copy(io.Discard, s.open.Body)
	s.open.Body.Close()
	if (err != nil) != neg {
		ts.Fatalf("the rest of the answer: %v", err)
	}
}

func cmdConnect(ts *testscript.TestScript, neg bool, args []string) {
	conn, err := net.Dial("tcp", args[0])
	ts.Check(err)
	ts.Check(conn.Close())
}

var signals = map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}

func cmdEnd(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	for i, name := range args {
		if i > 0 {
			awaitRefusal(ts) // the one before was heeded
		}
		ts.Check(s.cmd.Process.Signal(signals[name]))
	}
	timer := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer timer.Stop()
	<-s.printed
	s.cmd.Wait()
	ts.Stdout().Write(s.out.Bytes())
	ts.Stderr().Write(s.errs.Bytes())
	if state := s.cmd.ProcessState; state.Success() == neg {
		ts.Fatalf("the server ended with %v; stderr:\n%s", state, s.errs.String())
	}
}

// awaitRefusal waits until the server takes no connections any more.
func awaitRefusal(ts *testscript.TestScript) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		conn, err := net.Dial("tcp", ts.Getenv("ADDR"))
		if err != nil {
			return
		}
		conn.Close()
	}
	ts.Fatalf("the server still takes connections")
}

func cmdOccupy(ts *testscript.TestScript, neg bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv("TAKEN", ln.Addr().String())
}

func cmdCertificate(ts *testscript.TestScript, neg bool, args []string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ts.Check(err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: der},
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(block), 0o600))
	}
}

func cmdCollector(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprintf(&s.collected, "%s %s %s\n%q\n", r.Proto, r.URL.Path, r.Header.Get("Content-Type"), body)
		if args[0] == "grpc" {
			w.Header().Set("Content-Type", "application/grpc")
			w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
			w.Write(make([]byte, 5)) // an empty message
		}
	}))
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetHTTP1(true)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	ts.Defer(srv.Close)
	s.env = []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + srv.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=" + args[0], "OTEL_SERVICE_NAME=greeter"}
}

func cmdTraces(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(servedKey{}).(*served)
	s.mu.Lock()
	defer s.mu.Unlock()
	ts.Stdout().Write(s.collected.Bytes())
}

// TestTracesOff: what is not asked for is not there.
func TestTracesOff(t *testing.T) {
	for _, tt := range []struct {
		env  string
		want bool
	}{
		{"OTEL_SERVICE_NAME=x", false}, {"OTEL_TRACES_EXPORTER=none", false}, {"OTEL_TRACES_EXPORTER=otlp", true},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:1", true}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:1", true},
	} {
		t.Run(tt.env, func(t *testing.T) {
			k, v, _ := strings.Cut(tt.env, "=")
			t.Setenv(k, v)
			got, err := startTraces(context.Background(), "x", nil)
			if err != nil || (got != nil) != tt.want {
				t.Errorf("%v, %v", got, err)
			}
			got.stop()
			t.Setenv("OTEL_SDK_DISABLED", "true")
			if got, err := startTraces(context.Background(), "x", nil); err != nil || got != nil {
				t.Errorf("disabled: %v, %v", got, err)
			}
		})
	}
	for _, env := range []string{"OTEL_TRACES_EXPORTER=zipkin", "OTEL_EXPORTER_OTLP_PROTOCOL=carrier-pigeon"} {
		k, v, _ := strings.Cut(env, "=")
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:1")
		t.Setenv(k, v)
		if _, err := startTraces(context.Background(), "x", nil); err == nil || !strings.Contains(err.Error(), env) {
			t.Errorf("%s: %v", env, err)
		}
		os.Unsetenv(k)
	}
}
