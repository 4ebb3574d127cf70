//go:build linux || darwin

package wazero

import "golang.org/x/sys/unix"

const mapNoReserve = unix.MAP_NORESERVE
