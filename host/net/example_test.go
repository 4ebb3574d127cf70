package net_test

import (
	"fmt"
	"net/netip"

	"github.com/dray-wasm/dray/host/net"
)

func ExampleParsePolicy() {
	p, err := net.ParsePolicy("tcp:connect:10.0.0.0/8:443", "udp:bind:127.0.0.1:*")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Check(net.ProtoTCP, net.OpConnect, netip.MustParseAddrPort("10.1.2.3:443")))
	fmt.Println(p.Check(net.ProtoTCP, net.OpConnect, netip.MustParseAddrPort("10.1.2.3:80")))
	_, err = net.ParsePolicy("tcp:listen:*:80")
	fmt.Println(err)
	// Output:
	// <nil>
	// tcp connect to 10.1.2.3:80 is not granted
	// network grant "tcp:listen:*:80": operation "listen" is not one of bind, connect, *
}
