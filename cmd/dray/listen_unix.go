//go:build unix

package main

// This file takes over the sockets that a service manager passes, as
// sd_listen_fds(3) describes it.

import (
	"errors"
	"fmt"
	gonet "net"
	"os"
	"strconv"

	"github.com/dray-wasm/dray/host/net"
)

// firstPassed is the descriptor of the first socket passed.
const firstPassed = 3

func passedListeners() ([]net.Listener, error) {
	pid, _ := strconv.Atoi(os.Getenv("LISTEN_PID"))
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if pid != os.Getpid() || err != nil || n < 1 {
		return nil, errors.New("no sockets were passed to this process (LISTEN_FDS, LISTEN_PID)")
	}
	var out []net.Listener
	for fd := firstPassed; fd < firstPassed+n; fd++ {
		f := os.NewFile(uintptr(fd), "listen-"+strconv.Itoa(fd))
		ln, err := gonet.FileListener(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("descriptor %d is not a listening socket: %w", fd, err)
		}
		out = append(out, net.FromListener(ln))
	}
	return out, nil
}
