//go:build !unix

package main

import (
	"errors"

	"github.com/dray-wasm/dray/host/net"
)

func passedListeners() ([]net.Listener, error) {
	return nil, errors.New("sockets are passed to processes on Unix systems only")
}
