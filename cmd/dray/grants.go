package main

// This file is what a component is given beyond files: options that "dray run"
// and "dray serve" share.

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dray-wasm/dray/host/http"
	"github.com/dray-wasm/dray/host/net"
	"github.com/dray-wasm/dray/wasi"
	"github.com/dray-wasm/dray/wasi/keyvalue"
	"github.com/dray-wasm/dray/wasi/keyvalue/bolt"
	"github.com/dray-wasm/dray/wasi/keyvalue/redis"
)

// grants is what the program was given on the command line.
type grants struct {
	inheritNetwork bool
	net            []string // as in -S allow-net
	lookup         bool
	tcp, udp       bool

	http      bool     // to any host
	httpHosts []string // as in -S allow-http

	config      []string // NAME=VALUE
	configFiles []string

	keyValue string
	logging  bool
}

// flags adds the options that are not of a group.
func (g *grants) flags(f *pflag.FlagSet) {
	g.tcp, g.udp = true, true
	f.StringArrayVar(&g.config, "config", nil, "give the program a value of wasi:config: `NAME=VALUE`")
	f.StringArrayVar(&g.configFiles, "config-file", nil, "give it all values of a `FILE` with lines NAME=VALUE; --config goes before it")
}

// options are those of the group -S.
func (g *grants) options() []option {
	return []option{
		toggle("inherit-network", "let the program use the whole network, also to look up names", &g.inheritNetwork),
		list("allow-net", "GRANT", "let it use a part of the network: \"dray run --help\" says how (several: with commas)", &g.net, func(item string) bool {
			return strings.Contains(item, ":")
		}),
		toggle("allow-ip-name-lookup", "let it look up any name", &g.lookup),
		toggle("tcp", "let it use TCP where the network is granted (default y)", &g.tcp),
		toggle("udp", "let it use UDP where the network is granted (default y)", &g.udp),
		toggle("http", "let it send HTTP requests to any host", &g.http),
		list("allow-http", "HOST[:PORT]", "let it send HTTP requests to a host, \"*.example.com\" to those below it (several: with commas)", &g.httpHosts, func(item string) bool {
			return strings.ContainsAny(item, ".:*") && !strings.Contains(item, "=")
		}),
		text("keyvalue", "STORE", "give it wasi:keyvalue: memory, bolt:PATH or redis://HOST:PORT/DB", func(v string) error {
			g.keyValue = v
			return nil
		}),
		toggle("logging", "write what it tells wasi:logging to standard error", &g.logging),
	}
}

// give puts the grants into a Config. closeAll closes what was opened for that,
// also when there is an error.
func (g *grants) give(cfg *wasi.Config) (closeAll func() error, err error) {
	var closers []io.Closer
	closeAll = func() (err error) {
		for _, c := range closers {
			err = errors.Join(err, c.Close())
		}
		return err
	}
	if cfg.Network, err = g.policy(); err != nil {
		return closeAll, err
	}
	if cfg.HTTP, err = g.client(); err != nil {
		return closeAll, err
	}
	if cfg.HTTP != nil {
		closers = append(closers, cfg.HTTP)
	}
	if cfg.KeyValue, err = g.store(); err != nil {
		return closeAll, err
	}
	if c, ok := cfg.KeyValue.(io.Closer); ok {
		closers = append(closers, c)
	}
	if g.logging {
		cfg.Log = slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.Level(math.MinInt)})
	}
	cfg.Config, err = g.values()
	return closeAll, err
}

// store is the store that -S keyvalue names; nil when it was not given.
func (g *grants) store() (keyvalue.Store, error) {
	kind, where, _ := strings.Cut(g.keyValue, ":")
	switch {
	case g.keyValue == "":
		return nil, nil
	case g.keyValue == "memory":
		return keyvalue.NewMemory(0), nil
	case kind == "bolt" && where != "":
		s, err := bolt.Open(where, bolt.Options{})
		if err != nil {
			return nil, fmt.Errorf("-S keyvalue=%s: %w", g.keyValue, err)
		}
		return s, nil
	case kind == "redis" || kind == "rediss" || kind == "unix":
		redis.Silence() // the guest is told of errors
		s, err := redis.Open(g.keyValue, redis.Options{})
		if err != nil {
			return nil, fmt.Errorf("-S keyvalue: %w", err)
		}
		return s, nil
	}
	return nil, usage("-S keyvalue: there is no store %q: write memory, bolt:PATH or redis://HOST:PORT/DB", g.keyValue)
}

// client sends HTTP requests to what is granted; nil when nothing is. A name
// that is granted leads to addresses that a name may have, see net.Policy.
func (g *grants) client() (*http.Client, error) {
	hosts := g.httpHosts
	if g.http {
		hosts = []string{"*"}
	}
	if len(hosts) == 0 {
		return nil, nil
	}
	c := http.ClientConfig{Dialer: net.AllowAll(), Propagate: propagate}
	var addresses []string
	for _, h := range hosts {
		p, err := http.ParseHostPattern(h)
		if err != nil {
			return nil, usage("-S allow-http: %v", err)
		}
		c.Allow = append(c.Allow, p)
		addresses = append(addresses, "tcp:connect:"+address(h))
	}
	if !g.http {
		p, err := net.ParsePolicy(addresses...)
		if err != nil {
			return nil, usage("-S allow-http: %v", err)
		}
		c.Dialer = p
	}
	return http.NewClient(c), nil
}

// address is the host and port of a host pattern, as a grant has them. The
// client knows which port a scheme has.
func address(pattern string) string {
	if _, after, ok := strings.Cut(pattern, "://"); ok {
		pattern = after
	}
	host := strings.TrimSuffix(pattern, "/")
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]:*"
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		return host
	}
	return host + ":*"
}

// policy is what is granted of the network; nil when nothing is.
func (g *grants) policy() (*net.Policy, error) {
	if g.inheritNetwork && g.tcp && g.udp {
		return net.AllowAll(), nil
	}
	list := slices.Clone(g.net)
	if g.inheritNetwork {
		list = append(list, "*:*:*:*")
	}
	off := func(grant string) bool {
		return !g.tcp && strings.HasPrefix(grant, "tcp:") || !g.udp && strings.HasPrefix(grant, "udp:")
	}
	list = slices.DeleteFunc(list, off)
	for i, grant := range list {
		rest, any := strings.CutPrefix(grant, "*:")
		switch {
		case any && !g.tcp && !g.udp:
			list[i] = ""
		case any && !g.tcp:
			list[i] = "udp:" + rest
		case any && !g.udp:
			list[i] = "tcp:" + rest
		}
	}
	list = slices.DeleteFunc(list, func(grant string) bool { return grant == "" })
	if g.lookup {
		list = append(list, "resolve:*")
	}
	if len(list) == 0 {
		return nil, nil
	}
	p, err := net.ParsePolicy(list...)
	if err != nil {
		return nil, usage("-S allow-net: %v", err)
	}
	return p, nil
}

// values is what --config and --config-file say; nil when neither is there.
func (g *grants) values() (map[string]string, error) {
	if len(g.config)+len(g.configFiles) == 0 {
		return nil, nil
	}
	values := map[string]string{}
	for _, name := range g.configFiles {
		src, err := os.ReadFile(name)
		if err != nil {
			var pe *os.PathError
			if errors.As(err, &pe) {
				err = pe.Err
			}
			return nil, fmt.Errorf("--config-file %s: %w", name, err)
		}
		n := 0
		for line := range strings.Lines(string(src)) {
			n++
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			k, v, ok := strings.Cut(line, "=")
			if k = strings.TrimSpace(k); !ok || k == "" {
				return nil, usage("--config-file %s:%d: %q is not of the form NAME=VALUE", name, n, line)
			}
			values[k] = strings.TrimSpace(v)
		}
	}
	for _, kv := range g.config {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || k == "" {
			return nil, usage("--config %q: write NAME=VALUE", kv)
		}
		values[k] = v
	}
	return values, nil
}
