//go:build !unix

// This file stands in for sockets where the host core has none of its own.

package net

import (
	"fmt"
	"net/netip"
	"runtime"

	"github.com/dray-wasm/dray/host"
	"github.com/dray-wasm/dray/host/stream"
)

// acceptInherits tells that a connection has all options of its listener.
const acceptInherits = true

// A descriptor is that of a socket: here there is never one.
type descriptor struct{}

func openDescriptor(f Family, p Proto) (*descriptor, error) {
	return nil, fmt.Errorf("a %v socket of %v: a guest can make sockets on Unix systems only, and this is %s: %w",
		p, f, runtime.GOOS, host.ENOTSUP)
}

func (d *descriptor) retain()                           {}
func (d *descriptor) release()                          {}
func (d *descriptor) stream() (*stream.File, error)     { return nil, host.ENOTSUP }
func (d *descriptor) reuseAddr() error                  { return host.ENOTSUP }
func (d *descriptor) bind(netip.AddrPort) error         { return host.ENOTSUP }
func (d *descriptor) connect(netip.AddrPort) error      { return host.ENOTSUP }
func (d *descriptor) connectError() error               { return host.ENOTSUP }
func (d *descriptor) disconnect() error                 { return host.ENOTSUP }
func (d *descriptor) listen(int) error                  { return host.ENOTSUP }
func (d *descriptor) shutdown(receive, send bool) error { return host.ENOTSUP }
func (d *descriptor) get(option) (int, error)           { return 0, host.ENOTSUP }
func (d *descriptor) set(option, int) error             { return host.ENOTSUP }

func (d *descriptor) accept() (*descriptor, netip.AddrPort, error) {
	return nil, netip.AddrPort{}, host.ENOTSUP
}

func (d *descriptor) localAddr() (netip.AddrPort, error) {
	return netip.AddrPort{}, host.ENOTSUP
}

func (d *descriptor) receive([]byte) (int, netip.AddrPort, error) {
	return 0, netip.AddrPort{}, host.ENOTSUP
}

func (d *descriptor) send([]byte, netip.AddrPort) (int, error) { return 0, host.ENOTSUP }
