package http

import (
	"net/http"
	"testing"

	"github.com/dray-wasm/dray/host/net"
)

// A policy of addresses is a Dialer, and holds behind the list of hosts.
func TestClientPolicy(t *testing.T) {
	_, r := serve(t, "h1", func(w http.ResponseWriter, q *http.Request) {})
	for _, test := range []struct {
		grant string
		ok    bool
	}{
		{"tcp:connect:127.0.0.1:*", true},
		{"tcp:connect:10.0.0.0/8:*", false},
		{"udp:connect:127.0.0.1:*", false},
	} {
		p, err := net.ParsePolicy(test.grant)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = answer(t, client(t, ClientConfig{Dialer: p}), r)
		if test.ok {
			if err != nil {
				t.Errorf("%s: %v", test.grant, err)
			}
			continue
		}
		wantCode(t, err, DestinationIPProhibited)
	}
}
