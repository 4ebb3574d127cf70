package main

// This file is "dray serve": its options, and the way from a file to a handler.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dray-wasm/dray"
	"github.com/dray-wasm/dray/wasi"
	wasihttp "github.com/dray-wasm/dray/wasi/http"
)

// serveOptions is what "dray serve" was told.
type serveOptions struct {
	// run has the options that are those of "dray run".
	run *runOptions

	addr, adminAddr, shutdownAddr string
	tlsCert, tlsKey               string

	concurrent, waiting       int
	reuse, atOnce, ahead      int
	idle, timeout             time.Duration
	headerTimeout, drain      time.Duration
	maxBody, maxHeader        string
	maxBodyBytes, headerBytes uint64

	accessLog, logFile string
	noPrefix           bool
}

// What a header may have in all, and how long it may take, where nothing is
// said.
const (
	defaultHeader        = "128K"
	defaultHeaderTimeout = 10 * time.Second
	defaultServeTimeout  = 30 * time.Second
	defaultDrain         = 30 * time.Second
)

func newServeCommand() *cobra.Command {
	o := &serveOptions{run: &runOptions{cli: true, common: true, cache: true}}
	o.run.makeGroups()
	cmd := &cobra.Command{
		Use:   "serve [options] FILE [NEXT...]",
		Short: "Answer HTTP requests with a component",
		Long: `Answer HTTP requests with a component that exports wasi:http/handler (WASI 0.3)
or wasi:http/incoming-handler (WASI 0.2). Instances are given what the options
say. With WASI 0.2 each request has one of its own, which is not used again: a
trap is status 500 for its own request and nothing else. With WASI 0.3 an
instance answers many requests, also at the same time; those that it has when it
traps fail together.

A component that imports wasi:http/handler, a middleware, has the next FILE
answer what it hands on. All are given what the options say.

Clients may speak HTTP/1.1 and HTTP/2, also without TLS. SIGINT and SIGTERM end
the server when the requests that are under way are answered; a second one ends
it at once.

What programs print goes to standard output and standard error, line by line.
Traces are exported by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT, or
OTEL_TRACES_EXPORTER=otlp, is in the environment.`,
		Example: `  dray serve app.wasm
  dray serve --addr 127.0.0.1:0 --access-log text app.wasm
  dray serve auth.wasm app.wasm                      auth.wasm is in front
  dray serve --timeout 5s --max-body 1M -W max-memory-size=64M app.wasm
  dray serve --tls-cert cert.pem --tls-key key.pem --addr :8443 app.wasm
  dray serve --admin-addr 127.0.0.1:9090 app.wasm    metrics and health`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeModules,
		RunE: func(cmd *cobra.Command, args []string) error {
			if helpAsked(&o.run.wasm, &o.run.wasi, &o.run.codegen) {
				return nil
			}
			if len(args) == 0 {
				return usage("no FILE was given; see \"dray serve --help\"")
			}
			if err := o.check(cmd); err != nil {
				return err
			}
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			return o.serve(ctx, args)
		},
	}
	o.flags(cmd)
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func (o *serveOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.addr, "addr", "0.0.0.0:8080", "listen on `ADDR`; port 0 is any free one")
	f.StringVar(&o.adminAddr, "admin-addr", "", "serve /metrics, /healthz and /readyz on `ADDR`")
	f.StringVar(&o.shutdownAddr, "shutdown-addr", "", "end the server when somebody connects to `ADDR`")
	f.StringVar(&o.tlsCert, "tls-cert", "", "speak TLS, with the certificates of `FILE` (PEM)")
	f.StringVar(&o.tlsKey, "tls-key", "", "the key of the certificate, a `FILE` (PEM)")
	f.IntVar(&o.concurrent, "max-concurrent-requests", wasihttp.DefaultMaxConcurrent, "answer at most `N` requests at the same time")
	f.IntVar(&o.waiting, "max-waiting-requests", wasihttp.DefaultMaxWaiting, "have at most `N` more wait; further ones get status 503")
	f.IntVar(&o.reuse, "max-instance-reuse-count", 0, "answer `N` requests with an instance (default: 128 with WASI 0.3; always 1 with 0.2)")
	f.IntVar(&o.atOnce, "max-instance-concurrent-reuse-count", 0, "answer `N` requests at the same time with an instance (default: 16 with WASI 0.3; always 1 with 0.2)")
	f.IntVar(&o.ahead, "instances-ahead", 0, "make `N` instances before there are requests for them")
	f.DurationVar(&o.idle, "idle-instance-timeout", 0, "close instances that were not used for a `DURATION` (default: 1s with WASI 0.3; never for those made ahead with 0.2)")
	f.DurationVar(&o.timeout, "timeout", defaultServeTimeout, "end a request that takes longer than this `DURATION`; 0 is never")
	f.StringVar(&o.maxBody, "max-body", "", "refuse bodies of requests that are larger than `BYTES` (default: none)")
	f.StringVar(&o.maxHeader, "max-header", defaultHeader, "refuse headers of requests that are larger than `BYTES`")
	f.DurationVar(&o.headerTimeout, "header-timeout", defaultHeaderTimeout, "close connections whose header takes longer than this `DURATION`")
	f.DurationVar(&o.drain, "shutdown-timeout", defaultDrain, "end requests that are still under way this `DURATION` after the server was told to end")
	f.StringVar(&o.accessLog, "access-log", "none", "log each request as `FORMAT`: text, json or none")
	f.StringVar(&o.logFile, "log-file", "", "log to the end of `FILE` (default: standard error)")
	f.BoolVar(&o.noPrefix, "no-logging-prefix", false, "print what programs print as it is, without \"stdout [N] :: \" in front")
	f.StringArrayVar(&o.run.dirs, "dir", nil, "give the program a directory: `HOST[::GUEST][:ro]`")
	f.StringArrayVar(&o.run.env, "env", nil, "set an environment variable: `NAME[=VALUE]`; without a value, the one it has here")
	f.VarP(groupFlag{&o.run.wasm}, "wasm", "W", "options of WebAssembly; \"-W help\" lists them")
	f.VarP(groupFlag{&o.run.wasi}, "wasi", "S", "options of WASI; \"-S help\" lists them")
	f.VarP(groupFlag{&o.run.codegen}, "codegen", "C", "options of compilation; \"-C help\" lists them")
}

// check finds what is wrong with the options before anything is done.
func (o *serveOptions) check(cmd *cobra.Command) error {
	if o.run.timeout > 0 {
		if cmd.Flags().Changed("timeout") {
			return usage("--timeout and -W timeout are the same: give one of them")
		}
		o.timeout = o.run.timeout
	}
	switch {
	case cmd.Flags().Changed("max-instance-reuse-count") && o.reuse < 1:
		return usage("--max-instance-reuse-count %d: at least 1", o.reuse)
	case cmd.Flags().Changed("max-instance-concurrent-reuse-count") && o.atOnce < 1:
		return usage("--max-instance-concurrent-reuse-count %d: at least 1", o.atOnce)
	case o.concurrent < 1:
		return usage("--max-concurrent-requests %d: at least 1", o.concurrent)
	case o.ahead < 0 || o.ahead > o.concurrent:
		return usage("--instances-ahead %d: 0 to %d, the requests that are answered at the same time", o.ahead, o.concurrent)
	case o.timeout < 0 || o.idle < 0 || o.headerTimeout < 0 || o.drain < 0:
		return usage("a time cannot be less than nothing")
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return usage("--tls-cert and --tls-key go together: both are needed for TLS")
	case !slices.Contains([]string{"text", "json", "none"}, o.accessLog):
		return usage("--access-log %q: write text, json or none", o.accessLog)
	case len(o.run.listen) > 0 || o.run.listenFDs:
		return usage("-S tcplisten and -S listenfd are for \"dray run\": \"dray serve\" listens itself, on --addr")
	case o.waiting == 0:
		o.waiting = -1
	}
	for _, s := range []struct {
		flag, value string
		to          *uint64
	}{{"max-body", o.maxBody, &o.maxBodyBytes}, {"max-header", o.maxHeader, &o.headerBytes}} {
		if s.value == "" {
			continue
		}
		n, err := parseSize(s.value)
		if err == nil && n == 0 {
			err = errZero
		}
		if err == nil && s.flag == "max-header" && n > 1<<30 {
			err = errors.New("at most 1G")
		}
		if err != nil {
			return usage("--%s: %v", s.flag, err)
		}
		*s.to = n
	}
	return nil
}

// serve compiles the components and serves until it is told to end.
func (o *serveOptions) serve(ctx context.Context, files []string) (err error) {
	logs, err := o.openLogs()
	if err != nil {
		return err
	}
	defer logs.close()
	cfg, closeAll, err := o.run.config(files[0], nil)
	defer closeAll()
	if err != nil {
		return err
	}
	tuneCollector()
	traces, err := startTraces(ctx, filepath.Base(files[0]), logs.logger)
	if err != nil {
		return err
	}
	defer traces.stop()
	rt, err := dray.NewRuntime(o.run.runtime())
	if err != nil {
		return err
	}
	defer rt.Close()
	prepared, err := o.prepareAll(ctx, rt, files)
	if err != nil {
		return err
	}
	metrics := o.newMetrics()
	hc := wasihttp.Config{
		WASI: cfg, PrefixOutput: !o.noPrefix,
		MaxConcurrent: o.concurrent, MaxWaiting: o.waiting, Timeout: o.timeout, MaxBodyBytes: int64(o.maxBodyBytes),
		MaxReuse: o.reuse, MaxConcurrentReuse: o.atOnce, IdleTimeout: o.idle,
		Ahead: o.ahead, AheadTimeout: o.idle, Logger: logs.logger,
	}
	var h *wasihttp.Handler
	for i, p := range slices.Backward(prepared) { // each needs the one behind it
		c := hc
		c.Next = h
		if i == 0 {
			c.Report = o.report(logs, metrics)
		} else {
			c.Logger = logs.logger.With("component", files[i])
		}
		if h, err = wasihttp.New(p, c); err != nil {
			return err
		}
		defer h.Close()
	}
	metrics.observe(h)
	return o.listenAndServe(ctx, h, traces.handler(h), metrics, logs)
}

// prepareAll compiles and links the components, and checks that each fits before
// the one behind it.
func (o *serveOptions) prepareAll(ctx context.Context, rt *dray.Runtime, files []string) ([]*dray.Prepared, error) {
	var list []*dray.Prepared
	for i, file := range files {
		p, err := o.prepare(ctx, rt, file)
		if err != nil {
			return nil, err
		}
		c, last := p.Component(), i == len(files)-1
		switch {
		case max(o.reuse, o.atOnce) > 1 && !wasihttp.Shared(c):
			return nil, usage("%s: with WASI 0.2 an instance answers one request: leave out --max-instance-reuse-count and --max-instance-concurrent-reuse-count", file)
		case wasihttp.HandsOn(c) && last:
			return nil, usage("%s imports wasi:http/handler: name the component that answers it behind it", file)
		case !wasihttp.HandsOn(c) && !last:
			return nil, usage("%s does not import wasi:http/handler, so that nothing can be behind it: leave out %s", file, files[i+1])
		case i > 0 && !wasihttp.Shared(c):
			return nil, usage("%s answers with WASI 0.2: what is behind %s must export wasi:http/handler, of WASI 0.3", file, files[i-1])
		}
		list = append(list, p)
	}
	return list, nil
}

// garbage is how much the heap may grow between two collections, in per cent of
// what lives. Little lives in a server, whose instances have their memories
// elsewhere, so that collecting less often costs little memory.
const garbage = 400

// tuneCollector sets how often garbage is collected, unless the environment
// does.
func tuneCollector() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(garbage)
	}
}

// prepare compiles and links the component.
func (o *serveOptions) prepare(ctx context.Context, rt *dray.Runtime, file string) (*dray.Prepared, error) {
	var mod *dray.Module
	var c *dray.Component
	var err error
	if file == "-" {
		mod, c, err = rt.LoadReader(ctx, "<stdin>", os.Stdin)
	} else {
		mod, c, err = rt.LoadFile(ctx, file)
	}
	if err != nil {
		return nil, err
	}
	if mod != nil {
		return nil, notServable(mod)
	}
	var not *wasihttp.NotHandlerError
	if err := wasihttp.Check(c); errors.As(err, &not) {
		return nil, fmt.Errorf("%w%s", err, insteadOfServe(file, not.Exports))
	}
	l := rt.NewLinker()
	if o.run.cli && o.run.common {
		if err := wasi.Link(l); err != nil {
			return nil, err
		}
	}
	if o.run.unknownTrap {
		if err := l.Traps(c); err != nil {
			return nil, err
		}
	}
	p, err := l.Prepare(c)
	var missing *dray.ImportError
	if errors.As(err, &missing) && !o.run.unknownTrap {
		return nil, fmt.Errorf("%w\nwith -W unknown-imports-trap they trap when they are called", err)
	}
	return p, err
}

// notServable says what a core module is good for.
func notServable(mod *dray.Module) error {
	msg := mod.Name() + ": this is a core module; \"dray serve\" needs a component that exports wasi:http/handler or wasi:http/incoming-handler"
	if _, ok := mod.Syntax().Export("_start"); ok {
		return fmt.Errorf("%s. It is a command: run it with \"dray run %s\"", msg, mod.Name())
	}
	return fmt.Errorf("%s. Building for wasm32-wasip2 makes one", msg)
}

// insteadOfServe says what to do with a component that exports something else.
func insteadOfServe(file string, exports []string) string {
	for _, name := range exports {
		if strings.HasPrefix(name, "wasi:cli/run@") {
			return fmt.Sprintf("\nit is a command: run it with \"dray run %s\"", file)
		}
	}
	if len(exports) == 0 {
		return ""
	}
	return fmt.Sprintf("\ncall its functions with \"dray run --invoke 'NAME(ARGS)' %s\"", file)
}
