//go:build linux || freebsd || dragonfly

// This file is accept4(2).

package net

import "golang.org/x/sys/unix"

func accept4(fd int) (int, unix.Sockaddr, error) {
	return unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
}
