package net

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/dray-wasm/dray/host"
)

// use is "tcp connect 10.0.0.1:80" as Check has it.
func use(t testing.TB, text string) (Proto, Op, netip.AddrPort) {
	t.Helper()
	f := strings.Fields(text)
	proto, op := ProtoTCP, OpBind
	if f[0] == ProtoUDP.String() {
		proto = ProtoUDP
	}
	if f[1] == OpConnect.String() {
		op = OpConnect
	}
	return proto, op, netip.MustParseAddrPort(f[2])
}

func TestPolicyCheck(t *testing.T) {
	tests := []struct {
		grants  string
		allowed string
		denied  string
	}{
		{"", "", "tcp bind 127.0.0.1:0, tcp connect 127.0.0.1:80, udp bind [::]:0, udp connect [::1]:1"},
		{
			"tcp:connect:10.1.2.3:443",
			"tcp connect 10.1.2.3:443, tcp connect [::ffff:10.1.2.3]:443",
			"tcp connect 10.1.2.3:444, tcp connect 10.1.2.4:443, tcp bind 10.1.2.3:443, udp connect 10.1.2.3:443",
		},
		{
			"udp:bind:127.0.0.1:*",
			"udp bind 127.0.0.1:0, udp bind 127.0.0.1:65535",
			"udp bind 127.0.0.2:0, udp bind 0.0.0.0:0, tcp bind 127.0.0.1:0, udp connect 127.0.0.1:1",
		},
		{
			"*:connect:10.0.0.0/8:*",
			"tcp connect 10.0.0.0:1, udp connect 10.255.255.255:65535",
			"tcp connect 11.0.0.0:1, tcp bind 10.0.0.1:1, tcp connect [a00::]:1",
		},
		{
			"tcp:*:[::1]:8080-8090",
			"tcp bind [::1]:8080, tcp bind [::1]:8090, tcp connect [::1]:8085, tcp bind [::1%7]:8085",
			"tcp bind [::1]:8079, tcp bind [::1]:8091, tcp bind [::]:8085, tcp bind 127.0.0.1:8085, tcp bind [::1]:0",
		},
		{
			"tcp:connect:[fd00::/8]:443",
			"tcp connect [fd00::1]:443, tcp connect [fdff::1]:443, tcp connect [fd00::1%3]:443",
			"tcp connect [fe00::1]:443, tcp connect 253.0.0.1:443",
		},
		{
			"tcp:bind:*:80",
			"tcp bind 0.0.0.0:80, tcp bind [::]:80, tcp bind 10.0.0.1:80",
			"tcp bind 0.0.0.0:81, tcp connect 10.0.0.1:80",
		},
		{
			"tcp:bind:0.0.0.0/0:80", "tcp bind 0.0.0.0:80, tcp bind 1.2.3.4:80", "tcp bind [::]:80",
		},
		{
			"tcp:bind:0.0.0.0/1:80", "tcp bind 1.2.3.4:80", "tcp bind 0.0.0.0:80",
		},
		{
			"tcp:bind:[::]:80", "tcp bind [::]:80", "tcp bind [::1]:80, tcp bind 0.0.0.0:80",
		},
		{
			"udp:bind:127.0.0.1:0", "udp bind 127.0.0.1:0", "udp bind 127.0.0.1:1",
		},
		{
			// A name that was not looked up is no address, and resolve never is.
			"*:*:example.com:*, *:*:*.example.com:*, *:*:localhost:*, resolve:*", "",
			"tcp connect 127.0.0.1:80, tcp connect 93.184.216.34:80, udp bind [::1]:80",
		},
		{
			"tcp:connect:1.1.1.1:1, udp:connect:1.1.1.1:2, tcp:bind:1.1.1.1:3",
			"tcp connect 1.1.1.1:1, udp connect 1.1.1.1:2, tcp bind 1.1.1.1:3",
			"tcp connect 1.1.1.1:2, udp connect 1.1.1.1:1, udp bind 1.1.1.1:3, tcp bind 1.1.1.1:1",
		},
	}
	for _, tt := range tests {
		p, err := ParsePolicy(split(tt.grants)...)
		if err != nil {
			t.Errorf("%s: %v", tt.grants, err)
			continue
		}
		for _, text := range split(tt.allowed) {
			if err := p.Check(use(t, text)); err != nil {
				t.Errorf("%s: %s: %v", tt.grants, text, err)
			}
			if err := AllowAll().Check(use(t, text)); err != nil {
				t.Errorf("AllowAll: %s: %v", text, err)
			}
		}
		for _, text := range split(tt.denied) {
			err := p.Check(use(t, text))
			var denied *DeniedError
			if host.ErrnoOf(err) != host.EACCES || !errors.As(err, &denied) || !strings.HasPrefix(err.Error(), text[:3]) {
				t.Errorf("%s: %s: %v", tt.grants, text, err)
			}
			if err := (*Policy)(nil).Check(use(t, text)); host.ErrnoOf(err) != host.EACCES {
				t.Errorf("no Policy: %s: %v", text, err)
			}
		}
		if !slices.Equal(p.Grants(), split(tt.grants)) {
			t.Errorf("Grants = %q", p.Grants())
		}
	}
}

func split(list string) []string {
	if list == "" {
		return []string{}
	}
	return strings.Split(list, ", ")
}

func TestParsePolicyErrors(t *testing.T) {
	for _, tt := range []struct{ grant, want string }{
		{"", "form"},
		{"tcp", "form"},
		{"tcp:connect", "no host and port"},
		{"sctp:connect:*:1", `protocol "sctp"`},
		{"TCP:connect:*:1", `protocol "TCP"`},
		{":connect:*:1", `protocol ""`},
		{"tcp:listen:*:1", `operation "listen"`},
		{"tcp::*:1", `operation ""`},
		{"tcp:connect:example.com", "no port"},
		{"tcp:connect:[::1]", "no port"},
		{"tcp:connect::80", "no host"},
		{"tcp:connect:::1:80", "brackets"},
		{"tcp:connect:fe80::1:80", "brackets"},
		{"tcp:connect:http://example.com:80", "colon"},
		{"tcp:connect:[::1:80", "]"},
		{"tcp:connect:[::1]x:80", "]"},
		{"tcp:connect:[fd00::]/8:80", "[fd00::/8]"},
		{"tcp:connect:[fd00::1/8]:80", "write fd00::/8"},
		{"tcp:connect:10.0.0.1/8:80", "write 10.0.0.0/8"},
		{"tcp:connect:10.0.0.0/33:80", "no range"},
		{"tcp:connect:[10.0.0.1]:80", "brackets"},
		{"tcp:connect:[::ffff:10.0.0.1]:80", "IPv4"},
		{"tcp:connect:[::ffff:10.0.0.0/104]:80", "IPv4"},
		{"tcp:connect:[fe80::1%eth0]:80", "zone"},
		{"tcp:connect:[]:80", "no IP address"},
		{"tcp:connect:10.0.0.256:80", "no IP address"},
		{"tcp:connect:127.1:80", "no IP address"},
		{"tcp:connect:0x7f000001:80", "no IP address"},
		{"tcp:connect:01.2.3.4:80", "no IP address"},
		{"tcp:connect:a*.com:80", "*.example.com"},
		{"tcp:connect:a.*.com:80", "*.example.com"},
		{"tcp:connect:*.*.com:80", `'*'`},
		{"tcp:connect:*.:80", "empty"},
		{"tcp:connect:*.10.0.0.1:80", "no IP address"},
		{"tcp:connect:a b:80", `' '`},
		{"tcp:connect:-a.com:80", "hyphen"},
		{"tcp:connect:a..com:80", "dots"},
		{"tcp:connect:.a.com:80", "dots"},
		{"tcp:connect:" + strings.Repeat("a", 64) + ".com:80", "63"},
		{"tcp:connect:" + strings.Repeat("a.", 127) + "com:80", "too long"},
		{"tcp:connect:" + strings.Repeat("é", 1000) + ":80", "too long"},
		{"tcp:connect:xn--a:80", "ASCII"},
		{"tcp:connect:a\x00.com:80", `'\x00'`},
		{"tcp:connect:\xff.com:80", "UTF-8"},
		{"tcp:connect:example.com:", `port ""`},
		{"tcp:connect:example.com:http", `port "http"`},
		{"tcp:connect:example.com:65536", `port "65536"`},
		{"tcp:connect:example.com:-1", `port "-1"`},
		{"tcp:connect:example.com:1-", `port "1-"`},
		{"tcp:connect:example.com:1-2-3", `port "1-2-3"`},
		{"tcp:connect:example.com:+1", `port "+1"`},
		{"tcp:connect:example.com:9-8", "before"},
		{"resolve:", "no host"},
		{"resolve:10.0.0.1", "address"},
		{"resolve:[::1]", "address"},
		{"resolve:example.com:443", "colon"},
	} {
		p, err := ParsePolicy("tcp:connect:ok.example:1", tt.grant)
		if p != nil || err == nil {
			t.Errorf("%q: no error", tt.grant)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "network grant ") {
			t.Errorf("%q: %v, want %s", tt.grant, err, tt.want)
		}
	}
}

func TestUnion(t *testing.T) {
	a, err := ParsePolicy("tcp:connect:10.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := ParsePolicy("tcp:connect:10.0.0.2:1", "tcp:connect:10.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	u := Union(nil, a, b)
	if got := strings.Join(u.Grants(), " "); got != "tcp:connect:10.0.0.1:1 tcp:connect:10.0.0.2:1" {
		t.Errorf("Grants = %s", got)
	}
	if err := Union().Check(use(t, "tcp connect 10.0.0.1:1")); err == nil {
		t.Error("the union of nothing grants something")
	}
	if err := Union(a, AllowAll()).Check(use(t, "udp bind 1.1.1.1:1")); err != nil {
		t.Error(err)
	}
	if got := strings.Join(AllowAll().Grants(), " "); got != "*:*:*:*" {
		t.Errorf("Grants = %s", got)
	}
}

// What is granted is answered without allocations: it is asked for each
// datagram.
func TestCheckAllocs(t *testing.T) {
	p, err := ParsePolicy("tcp:connect:a.example:1", "udp:connect:*.example:*", "udp:connect:10.0.0.0/8:*")
	if err != nil {
		t.Fatal(err)
	}
	p = p.WithResolver(fixed("192.0.2.1"))
	if _, err := p.Lookup(t.Context(), "b.example"); err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{"10.0.0.1:5", "192.0.2.1:5"} {
		addr := netip.MustParseAddrPort(a)
		if n := testing.AllocsPerRun(100, func() {
			if err := p.Check(ProtoUDP, OpConnect, addr); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations to check %s", n, a)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	for _, seed := range []string{
		"tcp:connect:example.com:443", "*:*:*:*", "udp:bind:127.0.0.1:0", "tcp:*:[::1]:1-2",
		"tcp:connect:[fd00::/8]:*", "tcp:connect:10.0.0.0/8:*", "resolve:*.example.com", "resolve:*",
		"tcp:connect:bücher.example:80", "tcp:connect:::80", "a:b:c:d", "tcp:connect:[::ffff:1.2.3.4]:1",
		"tcp:connect:１２７.0.0.1:1", "tcp:connect:0x7f.1:1", "tcp:bind:[::%1]:1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy(text)
		if err != nil {
			if p != nil || err.Error() == "" {
				t.Fatalf("%q: %v, %v", text, p, err)
			}
			return
		}
		if again, err := ParsePolicy(p.Grants()...); err != nil || again.grants[0] != p.grants[0] {
			t.Fatalf("%q: read again: %v", text, err)
		}
		g := p.grants[0]
		if g.host.isName() {
			name := strings.TrimPrefix(g.host.name, ".")
			if again, err := asciiName(name); again != name || err != nil {
				t.Fatalf("%q: name %q becomes %q, %v", text, name, again, err)
			}
		}
		// Names, and look-ups, are no addresses.
		if g.host.isName() || g.ops == 0 {
			for _, a := range []string{"127.0.0.1:80", "[::1]:80", "0.0.0.0:0", "8.8.8.8:53"} {
				for proto := range ProtoUDP + 1 {
					for op := range OpConnect + 1 {
						if p.Check(proto, op, netip.MustParseAddrPort(a)) == nil {
							t.Fatalf("%q grants %v %v %s", text, proto, op, a)
						}
					}
				}
			}
		}
	})
}
